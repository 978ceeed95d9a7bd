/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests that go to several servers at once: any answer will do, or all are needed. */
#include <math.h>
#include <stdio.h>

#include "models/theory.h"
#include "models/theory_begin.h"
#include "models/theory_panels.h"

const char *theory_redundancy_d(double rate, double service_mean, uint32_t servers, uint32_t copies,
                                struct theory_answer *answer)
{
    const double load = rate * service_mean / servers;
    const char *wrong = theory_begin(answer, rate, service_mean, load);
    double sum = 0.0, share = 1.0, i;

    if (wrong)
        return wrong;
    if (copies == 0 || copies > servers)
        return "there must be 1 copy to as many as servers";
    /* share = C(i - 1, d - 1) / C(n - 1, d - 1) */
    for (i = servers; i >= copies && share > 0.0; i--) {
        sum += share / (1.0 - load * share);
        share *= (i - copies) / (i - 1.0);
    }
    snprintf(answer->model, sizeof answer->model, "red-%u of %u", (unsigned)copies,
             (unsigned)servers);
    theory_finish(answer, rate, sum * service_mean / servers);
    return NULL;
}

static double quantile_of(const void *answer, double p)
{
    return theory_latency_quantile(answer, p);
}

const char *theory_redundancy_d_limit(double rate, double service_mean, uint32_t copies,
                                      struct theory_answer *answer)
{
    const double load = rate * service_mean;
    const char *wrong = theory_begin(answer, rate, service_mean, load);

    if (wrong)
        return wrong;
    if (copies == 0)
        return "there must be at least one copy";
    if (copies == 1)
        return theory_mm1(rate, service_mean, answer);
    snprintf(answer->model, sizeof answer->model, "limit red-%u", (unsigned)copies);
    answer->limit = true;
    answer->law = THEORY_COPIES;
    answer->choices = copies;
    theory_finish(answer, rate, panels_mean(quantile_of, answer));
    return NULL;
}

const char *theory_fork_join(double rate, double service_mean, uint32_t servers,
                             struct theory_answer *answer)
{
    const double load = rate * service_mean;
    const char *wrong = theory_begin(answer, rate, service_mean, load);
    const double two = (12.0 - load) / 8.0;
    double harmonic = 0.0, scale;
    uint32_t i;

    if (wrong)
        return wrong;
    if (servers == 0)
        return "there must be at least one server";
    if (servers == 1)
        return theory_mm1(rate, service_mean, answer);
    for (i = servers; i > 0; i--)
        harmonic += 1.0 / i;
    scale = harmonic / 1.5 + 4.0 / 11.0 * (1.0 - harmonic / 1.5) * load;
    snprintf(answer->model, sizeof answer->model, "fork-join %u", (unsigned)servers);
    answer->approximate = servers > 2;
    theory_finish(answer, rate, scale * two * service_mean / (1.0 - load));
    return NULL;
}
