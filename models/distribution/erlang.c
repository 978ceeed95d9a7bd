/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Erlang: the sum of some exponential phases, more regular than one. Drawn as that sum,
 * -(mean / phases) log((1 - u1) (1 - u2) ...): as many words of the stream a draw as there are
 * phases, and a greater word never gives a smaller draw but for the last bit. */
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "models/arithmetic.h"
#include "models/distribution.h"

extern const struct distribution_kind distribution_erlang;

enum { PHASES_MOST = 1000 };

/* A product of factors of at least 2^-53 is still a normal number just after it falls below. */
static const double PRODUCT_LEAST = 0x1p-900;

struct config {
    int64_t phases;
    double mean;
};

static const struct lb_param params[] = {
    { .name = "phases",
      .type = LB_INT,
      .offset = offsetof(struct config, phases),
      .preset = NAN,
      .least = 1.0,
      .most = PHASES_MOST,
      .help = "how many phases; 1 is the exponential, more are more regular (scv 1 / phases)" },
    { .name = "mean",
      .type = LB_DURATION,
      .offset = offsetof(struct config, mean),
      .preset = NAN,
      .least = 0.0,
      .most = 1e18,
      .help = "the mean of the whole, above 0" },
    { .name = NULL },
};

static const char *make(const void *config, double *room, struct distribution *d)
{
    const struct config *c = config;

    (void)room;
    if (c->phases < 1)
        return "phases is missing; it must be a whole number, at least 1";
    if (c->phases > PHASES_MOST)
        return "phases must be at most 1000; beyond that use deterministic";
    if (isnan(c->mean))
        return "mean is missing";
    if (!(c->mean > 0.0))
        return "mean must be above 0; for none at all write the number 0";
    *d =
        (struct distribution) { .kind = &distribution_erlang, .p = { (double)c->phases, c->mean } };
    return NULL;
}

/* The sum of that many exponential phases of mean 1. */
static double draw_sum(uint32_t phases, struct lb_random *random)
{
    double product = 1.0, sum = 0.0;
    uint32_t i;

    for (i = 0; i < phases; i++) {
        product *= 1.0 - exact_uniform(lb_bits(random));
        if (product < PRODUCT_LEAST) {
            sum -= exact_log(product);
            product = 1.0;
        }
    }
    return sum - exact_log(product);
}

static void fill(const struct distribution *d, struct lb_random *random, double *out, uint32_t n)
{
    const uint32_t phases = (uint32_t)d->p[0];
    const double scale = d->p[1] / d->p[0];
    uint32_t i;

    for (i = 0; i < n; i++)
        out[i] = scale * draw_sum(phases, random);
}

static double mean(const struct distribution *d)
{
    return d->p[1];
}

static double variance(const struct distribution *d)
{
    return d->p[1] * d->p[1] / d->p[0];
}

static double below(const void *context, double x)
{
    const double *p = context;

    return gsl_cdf_gamma_P(x, p[0], p[1] / p[0]);
}

static double minus_above(const void *context, double x)
{
    const double *p = context;

    return -gsl_cdf_gamma_Q(x, p[0], p[1] / p[0]);
}

static double quantile(const struct distribution *d, double p)
{
    /* A sum stays below the number of its terms times their maximum. */
    const double beyond = -expm1(log(p) / d->p[0]), high = -d->p[1] * 1.000001 * log(beyond);

    if (p < 0.5)
        return invert_increasing(below, d->p, p, 0.0, high);
    return invert_increasing(minus_above, d->p, p - 1.0, 0.0, high);
}

const struct distribution_kind distribution_erlang = {
    .name = "erlang",
    .summary = "the sum of exponential phases: more regular than exponential, scv 1 / phases",
    .formula = "P(X > x) = exp(-r) (1 + r + ... + r^(phases-1) / (phases-1)!), r = phases x / mean",
    .config_size = sizeof(struct config),
    .params = params,
    .make = make,
    .fill = fill,
    .mean = mean,
    .variance = variance,
    .quantile = quantile,
};
