/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Weibull: lifetimes that age (shape above 1) or harden (below 1). Drawn by inversion,
 * scale (-log(1 - u))^(1 / shape): one word of the stream a draw, and a greater word never gives a
 * smaller draw but for the last bits. */
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

#include "models/arithmetic.h"
#include "models/dispatch.h"
#include "models/distribution.h"

extern const struct distribution_kind distribution_weibull;

enum { BLOCK = 256 }; /* stays in the first cache between the two passes */

enum number { SCALE, POWER, MEAN };

static const double SHAPE_LEAST = 0.05, SHAPE_MOST = 1000.0;

struct config {
    double shape, mean;
};

static const struct lb_param params[] = {
    { .name = "shape",
      .type = LB_NUMBER,
      .offset = offsetof(struct config, shape),
      .preset = NAN,
      .least = 0.05,
      .most = 1000.0,
      .help = "below 1 a heavier tail than exponential, 1 the exponential, above 1 more regular" },
    { .name = "mean",
      .type = LB_DURATION,
      .offset = offsetof(struct config, mean),
      .preset = NAN,
      .least = 0.0,
      .most = 1e18,
      .help = "the mean, above 0" },
    { .name = NULL },
};

static const char *make(const void *config, double *room, struct distribution *d)
{
    const struct config *c = config;

    (void)room;
    if (isnan(c->shape))
        return "shape is missing";
    if (isnan(c->mean))
        return "mean is missing";
    if (!(c->shape >= SHAPE_LEAST && c->shape <= SHAPE_MOST))
        return "shape must lie between 0.05 and 1000";
    if (!(c->mean > 0.0))
        return "mean must be above 0; for none at all write the number 0";
    *d = (struct distribution) { .kind = &distribution_weibull };
    d->p[POWER] = 1.0 / c->shape;
    d->p[SCALE] = c->mean / exact_gamma(1.0 + d->p[POWER]);
    d->p[MEAN] = c->mean;
    return NULL;
}

/* Two passes, so that the second is vector code. */
static void fill_block(double scale, double power, struct lb_random *random, double *out,
                       uint32_t n)
{
    uint64_t bits[BLOCK];
    uint32_t i;

    for (i = 0; i < n; i++)
        bits[i] = lb_bits(random);
    for (i = 0; i < n; i++)
        out[i] = scale * exact_pow(-exact_log(1.0 - exact_uniform(bits[i])), power);
}

DISPATCHED static void fill(const struct distribution *d, struct lb_random *random, double *out,
                            uint32_t n)
{
    for (; n > BLOCK; n -= BLOCK, out += BLOCK)
        fill_block(d->p[SCALE], d->p[POWER], random, out, BLOCK);
    fill_block(d->p[SCALE], d->p[POWER], random, out, n);
}

static double mean(const struct distribution *d)
{
    return d->p[MEAN];
}

/* mean^2 (G(1 + 2 / shape) / G(1 + 1 / shape)^2 - 1), by logarithms: they keep their digits where
 * the shape is large. */
static double variance(const struct distribution *d)
{
    const double power = d->p[POWER];

    return d->p[MEAN] * d->p[MEAN] *
           expm1(gsl_sf_lngamma(1.0 + 2.0 * power) - 2.0 * gsl_sf_lngamma(1.0 + power));
}

static double quantile(const struct distribution *d, double p)
{
    return d->p[SCALE] * pow(-log1p(-p), d->p[POWER]);
}

const struct distribution_kind distribution_weibull = {
    .name = "weibull",
    .summary = "lifetimes: shape 1 is exponential, below 1 a heavier tail, above 1 more regular",
    .formula = "P(X > x) = exp(-(x / scale)^shape), scale = mean / Gamma(1 + 1 / shape)",
    .config_size = sizeof(struct config),
    .params = params,
    .make = make,
    .fill = fill,
    .mean = mean,
    .variance = variance,
    .quantile = quantile,
};
