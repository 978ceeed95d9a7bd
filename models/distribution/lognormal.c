/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lognormal, given by its mean and squared coefficient of variation. Drawn by inversion,
 * median exp(sigma z), z the normal quantile of u: one word of the stream a draw, and a greater
 * word never gives a smaller draw but for the last bit. */
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "models/arithmetic.h"
#include "models/distribution.h"

extern const struct distribution_kind distribution_lognormal;

enum { BLOCK = 256 }; /* stays in the first cache between the two passes */

enum number { MEDIAN, SIGMA, MEAN, SCV };

struct config {
    double mean, scv;
};

static const struct lb_param params[] = {
    { .name = "mean",
      .type = LB_DURATION,
      .offset = offsetof(struct config, mean),
      .preset = NAN,
      .least = 0.0,
      .most = 1e18,
      .help = "the mean, above 0" },
    { .name = "scv",
      .type = LB_NUMBER,
      .offset = offsetof(struct config, scv),
      .preset = NAN,
      .least = 0.0,
      .most = 1e6,
      .help = "squared coefficient of variation: variance over squared mean" },
    { .name = NULL },
};

static const char *make(const void *config, double *room, struct distribution *d)
{
    const struct config *c = config;

    (void)room;
    if (isnan(c->mean))
        return "mean is missing";
    if (isnan(c->scv))
        return "scv is missing";
    if (!(c->mean > 0.0))
        return "mean must be above 0; for none at all write the number 0";
    if (!(c->scv >= 0.0 && c->scv <= 1e6))
        return "scv must lie between 0 and 1e6";
    *d = (struct distribution) { .kind = &distribution_lognormal };
    d->p[MEDIAN] = c->mean / sqrt(1.0 + c->scv);
    d->p[SIGMA] = sqrt(exact_log(1.0 + c->scv));
    d->p[MEAN] = c->mean;
    d->p[SCV] = c->scv;
    return NULL;
}

/* Two passes, so that the second is vector code. */
static void fill_block(double median, double sigma, struct lb_random *random, double *out,
                       uint32_t n)
{
    uint32_t i;

    for (i = 0; i < n; i++)
        out[i] = exact_normal_quantile(exact_uniform(lb_bits(random)));
    for (i = 0; i < n; i++)
        out[i] = median * exact_exp(sigma * out[i]);
}

static void fill(const struct distribution *d, struct lb_random *random, double *out, uint32_t n)
{
    for (; n > BLOCK; n -= BLOCK, out += BLOCK)
        fill_block(d->p[MEDIAN], d->p[SIGMA], random, out, BLOCK);
    fill_block(d->p[MEDIAN], d->p[SIGMA], random, out, n);
}

static double mean(const struct distribution *d)
{
    return d->p[MEAN];
}

static double variance(const struct distribution *d)
{
    return d->p[SCV] * d->p[MEAN] * d->p[MEAN];
}

static double quantile(const struct distribution *d, double p)
{
    return d->p[MEDIAN] * exp(d->p[SIGMA] * gsl_cdf_ugaussian_Pinv(p));
}

const struct distribution_kind distribution_lognormal = {
    .name = "lognormal",
    .summary = "its logarithm is normal: many small, few very large",
    .formula = "X = mean / sqrt(1 + scv) exp(sigma Z), sigma^2 = log(1 + scv), Z standard normal",
    .config_size = sizeof(struct config),
    .params = params,
    .make = make,
    .fill = fill,
    .mean = mean,
    .variance = variance,
    .quantile = quantile,
};
