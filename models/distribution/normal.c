/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Normal, without what lies below 0: the law of a normal variable given that it is not negative.
 * Drawn by inversion, mean - stddev z with z the normal quantile of (1 - u) P(not negative): one
 * word of the stream a draw, and a greater word never gives a smaller draw but for the last bits.
 *
 * Moments: N. L. Johnson, S. Kotz and N. Balakrishnan, Continuous Univariate Distributions 1,
 * section 13.10.1. */
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "models/arithmetic.h"
#include "models/distribution.h"

extern const struct distribution_kind distribution_normal;

/* CENTRE and SPREAD are mean and standard deviation before the cut, KEPT what the cut leaves. */
enum number { CENTRE, SPREAD, KEPT };

struct config {
    double mean, stddev;
};

static const struct lb_param params[] = {
    { .name = "mean",
      .type = LB_DURATION,
      .offset = offsetof(struct config, mean),
      .preset = NAN,
      .least = 0.0,
      .most = 1e18,
      .help = "the mean before the cut at 0; after it the mean is greater" },
    { .name = "stddev",
      .type = LB_DURATION,
      .offset = offsetof(struct config, stddev),
      .preset = NAN,
      .least = 0.0,
      .most = 1e18,
      .help = "the standard deviation before the cut at 0; after it it is smaller" },
    { .name = NULL },
};

static const char *make(const void *config, double *room, struct distribution *d)
{
    const struct config *c = config;

    (void)room;
    if (isnan(c->mean))
        return "mean is missing";
    if (isnan(c->stddev))
        return "stddev is missing";
    if (!(c->mean >= 0.0))
        return "mean must not be negative";
    if (!(c->stddev >= 0.0))
        return "stddev must not be negative";
    *d = (struct distribution) { .kind = &distribution_normal, .p = { c->mean, c->stddev } };
    d->p[KEPT] = c->stddev > 0.0 ? exact_normal_below(c->mean / c->stddev) : 1.0;
    return NULL;
}

static void fill(const struct distribution *d, struct lb_random *random, double *out, uint32_t n)
{
    const double centre = d->p[CENTRE], spread = d->p[SPREAD], kept = d->p[KEPT];
    uint32_t i;

    for (i = 0; i < n; i++) {
        const double above = (1.0 - exact_uniform(lb_bits(random))) * kept;
        const double x = centre - spread * exact_normal_quantile(above);

        out[i] = x > 0.0 ? x : 0.0;
    }
}

/* The density over the probability at the cut, of the standard normal. */
static double hazard(const struct distribution *d)
{
    const double cut = d->p[CENTRE] / d->p[SPREAD];

    return exp(-0.5 * cut * cut) / (sqrt(2.0 * acos(-1.0)) * gsl_cdf_ugaussian_P(cut));
}

static double mean(const struct distribution *d)
{
    return d->p[SPREAD] > 0.0 ? d->p[CENTRE] + d->p[SPREAD] * hazard(d) : d->p[CENTRE];
}

static double variance(const struct distribution *d)
{
    double rate;

    if (!(d->p[SPREAD] > 0.0))
        return 0.0;
    rate = hazard(d);
    return d->p[SPREAD] * d->p[SPREAD] * (1.0 - rate * (d->p[CENTRE] / d->p[SPREAD] + rate));
}

static double quantile(const struct distribution *d, double p)
{
    if (!(d->p[SPREAD] > 0.0))
        return d->p[CENTRE];
    return fmax(0.0, d->p[CENTRE] + d->p[SPREAD] * gsl_cdf_ugaussian_Qinv((1.0 - p) * d->p[KEPT]));
}

const struct distribution_kind distribution_normal = {
    .name = "normal",
    .summary = "the bell, cut at 0; mean and stddev are those before the cut",
    .formula = "X = mean + stddev Z given that it is at least 0, Z standard normal",
    .config_size = sizeof(struct config),
    .params = params,
    .make = make,
    .fill = fill,
    .mean = mean,
    .variance = variance,
    .quantile = quantile,
};
