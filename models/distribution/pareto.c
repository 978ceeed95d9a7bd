/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pareto: a tail that falls as a power of x. Drawn by inversion, least (1 - u)^(-1 / shape): one
 * word of the stream a draw, and a greater word never gives a smaller draw. */
#include <math.h>

#include "models/arithmetic.h"
#include "models/dispatch.h"
#include "models/distribution.h"

extern const struct distribution_kind distribution_pareto;

enum { BLOCK = 256 }; /* stays in the first cache between the two passes */

enum number { SHAPE, LEAST };

static const double SHAPE_LEAST = 0.1, SHAPE_MOST = 1000.0;

struct config {
    double shape, least;
};

static const struct lb_param params[] = {
    { .name = "shape",
      .type = LB_NUMBER,
      .offset = offsetof(struct config, shape),
      .preset = NAN,
      .least = 0.1,
      .most = 1000.0,
      .help = "the power of the tail: up to 2 no variance, up to 1 no mean" },
    { .name = "least",
      .type = LB_DURATION,
      .offset = offsetof(struct config, least),
      .preset = NAN,
      .least = 0.0,
      .most = 1e18,
      .help = "the least value, above 0" },
    { .name = NULL },
};

static const char *make(const void *config, double *room, struct distribution *d)
{
    const struct config *c = config;

    (void)room;
    if (isnan(c->shape))
        return "shape is missing";
    if (isnan(c->least))
        return "least is missing";
    if (!(c->shape >= SHAPE_LEAST && c->shape <= SHAPE_MOST))
        return "shape must lie between 0.1 and 1000";
    if (!(c->least > 0.0))
        return "least must be above 0";
    *d = (struct distribution) { .kind = &distribution_pareto, .p = { c->shape, c->least } };
    return NULL;
}

/* Two passes, so that the second is vector code. */
static void fill_block(double shape, double least, struct lb_random *random, double *out,
                       uint32_t n)
{
    uint64_t bits[BLOCK];
    uint32_t i;

    for (i = 0; i < n; i++)
        bits[i] = lb_bits(random);
    for (i = 0; i < n; i++)
        out[i] = least * exact_exp(-exact_log(1.0 - exact_uniform(bits[i])) / shape);
}

DISPATCHED static void fill(const struct distribution *d, struct lb_random *random, double *out,
                            uint32_t n)
{
    for (; n > BLOCK; n -= BLOCK, out += BLOCK)
        fill_block(d->p[SHAPE], d->p[LEAST], random, out, BLOCK);
    fill_block(d->p[SHAPE], d->p[LEAST], random, out, n);
}

static double mean(const struct distribution *d)
{
    const double shape = d->p[SHAPE];

    return shape > 1.0 ? d->p[LEAST] * (shape / (shape - 1.0)) : INFINITY;
}

static double variance(const struct distribution *d)
{
    const double shape = d->p[SHAPE], part = d->p[LEAST] / (shape - 1.0);

    return shape > 2.0 ? part * part * (shape / (shape - 2.0)) : INFINITY;
}

static double quantile(const struct distribution *d, double p)
{
    return d->p[LEAST] * exp(-log1p(-p) / d->p[SHAPE]);
}

const struct distribution_kind distribution_pareto = {
    .name = "pareto",
    .summary = "a power-law tail: no variance up to shape 2, no mean up to shape 1",
    .formula = "P(X > x) = (least / x)^shape, x at least `least`",
    .config_size = sizeof(struct config),
    .params = params,
    .make = make,
    .fill = fill,
    .mean = mean,
    .variance = variance,
    .quantile = quantile,
};
