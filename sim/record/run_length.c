/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/run_length.h"

#include <math.h>

#include "sim/record/interval.h"

static uint32_t doublings_to(double requests, double present)
{
    if (requests <= present)
        return 0;
    const double n = ceil(log2(requests / present) * (1 - 1e-15));
    return n < 1000 ? (uint32_t)n : UINT32_MAX;
}

struct run_length run_length(const double *means, uint32_t n, double each, double gamma,
                             double confidence, double present)
{
    const struct interval x = interval_t(means, n, confidence);
    struct run_length plan = {
        .mean = x.value, .variance = NAN, .requests = NAN, .doublings = UINT32_MAX, .why = x.why
    };
    if (x.why)
        return plan;
    const double allowed = gamma / (1 + gamma) * fabs(x.value);
    plan.variance = each * n * x.se * x.se;
    const double t = interval_t_quantile(confidence, n - 1);
    plan.requests = x.se > 0 ? t * t * plan.variance / (allowed * allowed) : 0;
    plan.doublings = doublings_to(plan.requests, present);
    return plan;
}
