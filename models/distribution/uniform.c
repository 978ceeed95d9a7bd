/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Uniform between two borders. Drawn by inversion, least + (most - least) u: one word of the stream
 * a draw, and a greater word never gives a smaller draw. */
#include <math.h>

#include "models/arithmetic.h"
#include "models/distribution.h"

extern const struct distribution_kind distribution_uniform;

struct config {
    double least, most;
};

static const struct lb_param params[] = {
    { .name = "least",
      .type = LB_DURATION,
      .offset = offsetof(struct config, least),
      .preset = 0.0,
      .least = 0.0,
      .most = 1e18,
      .help = "the lower border" },
    { .name = "most",
      .type = LB_DURATION,
      .offset = offsetof(struct config, most),
      .preset = NAN,
      .least = 0.0,
      .most = 1e18,
      .help = "the upper border, not below the lower" },
    { .name = NULL },
};

static const char *make(const void *config, double *room, struct distribution *d)
{
    const struct config *c = config;

    (void)room;
    if (isnan(c->least))
        return "least is missing";
    if (isnan(c->most))
        return "most is missing";
    if (c->most < c->least)
        return "most must not be below least";
    *d = (struct distribution) { .kind = &distribution_uniform, .p = { c->least, c->most } };
    return NULL;
}

static void fill(const struct distribution *d, struct lb_random *random, double *out, uint32_t n)
{
    const double least = d->p[0], width = d->p[1] - d->p[0];
    uint32_t i;

    for (i = 0; i < n; i++)
        out[i] = least + width * exact_uniform(lb_bits(random));
}

static double mean(const struct distribution *d)
{
    return d->p[0] + (d->p[1] - d->p[0]) / 2.0;
}

static double variance(const struct distribution *d)
{
    const double width = d->p[1] - d->p[0];

    return width * width / 12.0;
}

static double quantile(const struct distribution *d, double p)
{
    return d->p[0] + (d->p[1] - d->p[0]) * p;
}

const struct distribution_kind distribution_uniform = {
    .name = "uniform",
    .summary = "equally likely anywhere between two borders",
    .formula = "P(X <= x) = (x - least) / (most - least)",
    .config_size = sizeof(struct config),
    .params = params,
    .make = make,
    .fill = fill,
    .mean = mean,
    .variance = variance,
    .quantile = quantile,
};
