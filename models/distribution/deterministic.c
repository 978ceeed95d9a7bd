/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Always the same number. It takes no draw from the stream. */
#include <math.h>

#include "models/distribution.h"

struct config {
    double value;
};

static const struct lb_param params[] = {
    { .name = "value",
      .type = LB_DURATION,
      .offset = offsetof(struct config, value),
      .preset = NAN,
      .least = 0.0,
      .most = 1e18,
      .help = "the number itself" },
    { .name = NULL },
};

static const char *make(const void *config, double *room, struct distribution *d)
{
    const struct config *c = config;

    (void)room;
    if (isnan(c->value))
        return "value is missing";
    *d = distribution_constant(c->value);
    return NULL;
}

static void fill(const struct distribution *d, struct lb_random *random, double *out, uint32_t n)
{
    const double value = d->p[0];
    uint32_t i;

    (void)random;
    for (i = 0; i < n; i++)
        out[i] = value;
}

static double mean(const struct distribution *d)
{
    return d->p[0];
}

static double variance(const struct distribution *d)
{
    (void)d;
    return 0.0;
}

static double quantile(const struct distribution *d, double p)
{
    (void)p;
    return d->p[0];
}

const struct distribution_kind distribution_deterministic = {
    .name = "deterministic",
    .summary = "always the same number, as a bare number in a scenario is",
    .formula = "X = value",
    .config_size = sizeof(struct config),
    .params = params,
    .make = make,
    .fill = fill,
    .mean = mean,
    .variance = variance,
    .quantile = quantile,
};
