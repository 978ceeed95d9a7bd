/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Exponential: no memory. Drawn by inversion, -mean log(1 - u): one word of the stream a draw, and
 * a greater word never gives a smaller draw. */
#include <math.h>

#include "models/arithmetic.h"
#include "models/dispatch.h"
#include "models/distribution.h"

extern const struct distribution_kind distribution_exponential;

enum { BLOCK = 256 }; /* stays in the first cache between the two passes */

struct config {
    double mean;
};

static const struct lb_param params[] = {
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
    if (isnan(c->mean))
        return "mean is missing";
    if (!(c->mean > 0.0))
        return "mean must be above 0; for none at all write the number 0";
    *d = (struct distribution) { .kind = &distribution_exponential, .p = { c->mean } };
    return NULL;
}

/* Two passes, so that the second is vector code. */
static void fill_block(double mean, struct lb_random *random, double *out, uint32_t n)
{
    uint64_t bits[BLOCK];
    uint32_t i;

    for (i = 0; i < n; i++)
        bits[i] = lb_bits(random);
    for (i = 0; i < n; i++)
        out[i] = -mean * exact_log(1.0 - exact_uniform(bits[i]));
}

DISPATCHED static void fill(const struct distribution *d, struct lb_random *random, double *out,
                            uint32_t n)
{
    for (; n > BLOCK; n -= BLOCK, out += BLOCK)
        fill_block(d->p[0], random, out, BLOCK);
    fill_block(d->p[0], random, out, n);
}

static double mean(const struct distribution *d)
{
    return d->p[0];
}

static double variance(const struct distribution *d)
{
    return d->p[0] * d->p[0];
}

static double quantile(const struct distribution *d, double p)
{
    return -d->p[0] * log1p(-p);
}

const struct distribution_kind distribution_exponential = {
    .name = "exponential",
    .summary = "no memory; its standard deviation equals its mean",
    .formula = "P(X > x) = exp(-x / mean)",
    .config_size = sizeof(struct config),
    .params = params,
    .make = make,
    .fill = fill,
    .mean = mean,
    .variance = variance,
    .quantile = quantile,
};
