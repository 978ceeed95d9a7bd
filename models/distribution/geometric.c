/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Geometric on 1, 2, ...: how many throws until the first success. Drawn by inversion,
 * 1 + floor(log(1 - u) / log(1 - 1 / mean)): one word of the stream a draw, and a greater word
 * never gives a smaller draw. */
#include <math.h>

#include "models/arithmetic.h"
#include "models/dispatch.h"
#include "models/distribution.h"

extern const struct distribution_kind distribution_geometric;

enum { BLOCK = 256 }; /* stays in the first cache between the two passes */

enum number { MEAN, SCALE }; /* SCALE is 1 / log(1 - 1 / mean), 0 where the mean is 1 */

struct config {
    double mean;
};

static const struct lb_param params[] = {
    { .name = "mean",
      .type = LB_DURATION,
      .offset = offsetof(struct config, mean),
      .preset = NAN,
      .least = 0.0,
      .most = 1e14,
      .help = "the mean, at least 1; draws are whole numbers (of seconds, bytes, items)" },
    { .name = NULL },
};

static const char *make(const void *config, double *room, struct distribution *d)
{
    const struct config *c = config;

    (void)room;
    if (isnan(c->mean))
        return "mean is missing";
    if (!(c->mean >= 1.0))
        return "mean must be at least 1: the draws are 1, 2, ...";
    if (c->mean > 1e14)
        return "mean must be at most 1e14";
    *d = (struct distribution) { .kind = &distribution_geometric, .p = { c->mean } };
    d->p[SCALE] = c->mean > 1.0 ? 1.0 / exact_log1p(-1.0 / c->mean) : 0.0;
    return NULL;
}

/* Two passes, so that the second is vector code. */
static void fill_block(double scale, struct lb_random *random, double *out, uint32_t n)
{
    uint64_t bits[BLOCK];
    uint32_t i;

    for (i = 0; i < n; i++)
        bits[i] = lb_bits(random);
    for (i = 0; i < n; i++)
        out[i] = 1.0 + floor(exact_log(1.0 - exact_uniform(bits[i])) * scale);
}

DISPATCHED static void fill(const struct distribution *d, struct lb_random *random, double *out,
                            uint32_t n)
{
    for (; n > BLOCK; n -= BLOCK, out += BLOCK)
        fill_block(d->p[SCALE], random, out, BLOCK);
    fill_block(d->p[SCALE], random, out, n);
}

static double mean(const struct distribution *d)
{
    return d->p[MEAN];
}

static double variance(const struct distribution *d)
{
    return d->p[MEAN] * (d->p[MEAN] - 1.0);
}

static double quantile(const struct distribution *d, double p)
{
    if (!(d->p[MEAN] > 1.0))
        return 1.0;
    return fmax(1.0, ceil(log1p(-p) / log1p(-1.0 / d->p[MEAN])));
}

const struct distribution_kind distribution_geometric = {
    .name = "geometric",
    .summary = "whole numbers from 1: how many throws until the first success",
    .formula = "P(X > k) = (1 - 1 / mean)^k, k = 0, 1, ...",
    .config_size = sizeof(struct config),
    .params = params,
    .make = make,
    .fill = fill,
    .mean = mean,
    .variance = variance,
    .quantile = quantile,
};
