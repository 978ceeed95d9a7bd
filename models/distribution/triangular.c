/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Triangular: a density that rises in a line to the mode and falls in a line. Drawn by inversion,
 * with a square root: one word of the stream a draw, and a greater word never gives a smaller draw
 * but for the last bit. */
#include <math.h>

#include "models/arithmetic.h"
#include "models/dispatch.h"
#include "models/distribution.h"

extern const struct distribution_kind distribution_triangular;

enum { BLOCK = 256 }; /* stays in the first cache between the two passes */

enum number { LEAST, MODE, MOST };

struct config {
    double least, mode, most;
};

static const struct lb_param params[] = {
    { .name = "least",
      .type = LB_DURATION,
      .offset = offsetof(struct config, least),
      .preset = 0.0,
      .least = 0.0,
      .most = 1e18,
      .help = "the lower border" },
    { .name = "mode",
      .type = LB_DURATION,
      .offset = offsetof(struct config, mode),
      .preset = NAN,
      .least = 0.0,
      .most = 1e18,
      .help = "the most frequent value, between the borders" },
    { .name = "most",
      .type = LB_DURATION,
      .offset = offsetof(struct config, most),
      .preset = NAN,
      .least = 0.0,
      .most = 1e18,
      .help = "the upper border" },
    { .name = NULL },
};

static const char *make(const void *config, double *room, struct distribution *d)
{
    const struct config *c = config;

    (void)room;
    if (isnan(c->least))
        return "least is missing";
    if (isnan(c->mode))
        return "mode is missing";
    if (isnan(c->most))
        return "most is missing";
    if (!(c->least <= c->mode && c->mode <= c->most))
        return "mode must lie between least and most";
    *d = (struct distribution) { .kind = &distribution_triangular,
                                 .p = { c->least, c->mode, c->most } };
    return NULL;
}

/* Two passes, so that the second is vector code. */
static void fill_block(const double *p, struct lb_random *random, double *out, uint32_t n)
{
    const double least = p[LEAST], most = p[MOST], width = most - least;
    const double rise = p[MODE] - least, fall = most - p[MODE];
    uint64_t bits[BLOCK];
    uint32_t i;

    for (i = 0; i < n; i++)
        bits[i] = lb_bits(random);
    for (i = 0; i < n; i++) {
        const double u = exact_uniform(bits[i]);
        const double up = least + sqrt(u * width * rise);
        const double down = most - sqrt((1.0 - u) * width * fall);

        out[i] = u * width < rise ? up : down;
    }
}

DISPATCHED static void fill(const struct distribution *d, struct lb_random *random, double *out,
                            uint32_t n)
{
    for (; n > BLOCK; n -= BLOCK, out += BLOCK)
        fill_block(d->p, random, out, BLOCK);
    fill_block(d->p, random, out, n);
}

static double mean(const struct distribution *d)
{
    return d->p[LEAST] + ((d->p[MODE] - d->p[LEAST]) + (d->p[MOST] - d->p[LEAST])) / 3.0;
}

static double variance(const struct distribution *d)
{
    const double width = d->p[MOST] - d->p[LEAST], rise = d->p[MODE] - d->p[LEAST];

    return (width * (width - rise) + rise * rise) / 18.0;
}

static double quantile(const struct distribution *d, double p)
{
    const double width = d->p[MOST] - d->p[LEAST], rise = d->p[MODE] - d->p[LEAST];

    if (p * width < rise)
        return d->p[LEAST] + sqrt(p * width * rise);
    return d->p[MOST] - sqrt((1.0 - p) * width * (width - rise));
}

const struct distribution_kind distribution_triangular = {
    .name = "triangular",
    .summary = "between two borders, most often near the mode: an estimate of three numbers",
    .formula = "density 2 (x - least) / (width (mode - least)) up to the mode, then falling alike",
    .config_size = sizeof(struct config),
    .params = params,
    .make = make,
    .fill = fill,
    .mean = mean,
    .variance = variance,
    .quantile = quantile,
};
