/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pareto between two borders: the law of job sizes of M. Harchol-Balter, M. Crovella and C. Murta,
 * On Choosing a Task Assignment Policy for a Distributed Server System, JPDC 59 (1999). Drawn by
 * inversion, least (1 - u (1 - (least / most)^shape))^(-1 / shape): one word of the stream a draw,
 * and a greater word never gives a smaller draw but for the last bits. */
#include <math.h>

#include "models/arithmetic.h"
#include "models/dispatch.h"
#include "models/distribution.h"

extern const struct distribution_kind distribution_bounded_pareto;

enum { BLOCK = 256, PANELS = 64 }; /* a block stays in the first cache between the two passes */

/* INSIDE is the part of an unbounded Pareto that lies below `most`, WIDTH is log(most / least). */
enum number { SHAPE, LEAST, MOST, INSIDE, WIDTH };

static const double SHAPE_LEAST = 0.01, SHAPE_MOST = 100.0, RATIO_MOST = 1e18;
static const double NARROW = 10.0; /* below it the closed form of the variance cancels */

struct config {
    double shape, least, most;
};

static const struct lb_param params[] = {
    { .name = "shape",
      .type = LB_NUMBER,
      .offset = offsetof(struct config, shape),
      .preset = NAN,
      .least = 0.01,
      .most = 100.0,
      .help = "the power by which the tail falls; sizes of files and jobs: about 1.1" },
    { .name = "least",
      .type = LB_DURATION,
      .offset = offsetof(struct config, least),
      .preset = NAN,
      .least = 0.0,
      .most = 1e18,
      .help = "the lower border, above 0" },
    { .name = "most",
      .type = LB_DURATION,
      .offset = offsetof(struct config, most),
      .preset = NAN,
      .least = 0.0,
      .most = 1e18,
      .help = "the upper border, up to 1e18 times the lower" },
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
    if (isnan(c->most))
        return "most is missing";
    if (!(c->shape >= SHAPE_LEAST && c->shape <= SHAPE_MOST))
        return "shape must lie between 0.01 and 100";
    if (!(c->least > 0.0))
        return "least must be above 0";
    if (c->most < c->least)
        return "most must not be below least";
    if (!(c->most / c->least <= RATIO_MOST))
        return "most must be at most 1e18 times least";
    *d = (struct distribution) { .kind = &distribution_bounded_pareto,
                                 .p = { c->shape, c->least, c->most } };
    d->p[WIDTH] = exact_log(c->most / c->least);
    d->p[INSIDE] = -exact_expm1(fmax(-c->shape * d->p[WIDTH], -700.0));
    return NULL;
}

/* Two passes, so that the second is vector code. */
static void fill_block(const double *p, struct lb_random *random, double *out, uint32_t n)
{
    const double shape = p[SHAPE], least = p[LEAST], most = p[MOST], inside = p[INSIDE];
    const double width = p[WIDTH];
    uint64_t bits[BLOCK];
    uint32_t i;

    for (i = 0; i < n; i++)
        bits[i] = lb_bits(random);
    for (i = 0; i < n; i++) {
        const double above = -exact_log(1.0 - exact_uniform(bits[i]) * inside) / shape;
        const double x = least * exact_exp(above < width ? above : width);

        out[i] = x < most ? x : most;
    }
}

DISPATCHED static void fill(const struct distribution *d, struct lb_random *random, double *out,
                            uint32_t n)
{
    for (; n > BLOCK; n -= BLOCK, out += BLOCK)
        fill_block(d->p, random, out, BLOCK);
    fill_block(d->p, random, out, n);
}

/* The integral of e^(rate t) from 0 to width. */
static double growth(double rate, double width)
{
    return fabs(rate * width) < 1e-300 ? width : expm1(rate * width) / rate;
}

/* With t = log(X / least), of density proportional to e^(-shape t), E(X^k) is least^k times this.
 */
static double moment(const struct distribution *d, double k)
{
    return growth(k - d->p[SHAPE], d->p[WIDTH]) / growth(-d->p[SHAPE], d->p[WIDTH]);
}

static double mean(const struct distribution *d)
{
    return d->p[WIDTH] > 0.0 ? d->p[LEAST] * moment(d, 1.0) : d->p[LEAST];
}

/* The mean of (X / least - 1 - centre)^power, over t by the rule of Gauss with five points in each
 * of PANELS: to the last digits while neither e^(2 t) nor the density changes much in a panel. */
static double narrow_moment(const struct distribution *d, double centre, int power)
{
    static const double at[] = { -0.9061798459386640, -0.5384693101056831, 0.0, 0.5384693101056831,
                                 0.9061798459386640 };
    static const double weight[] = { 0.2369268850561891, 0.4786286704993665, 0.5688888888888889,
                                     0.4786286704993665, 0.2369268850561891 };
    const double half = d->p[WIDTH] / (2.0 * PANELS);
    double sum = 0.0, whole = 0.0;
    uint32_t i;

    for (i = 0; i < 5 * PANELS; i++) {
        const double t = half * (2.0 * (double)(i / 5) + 1.0 + at[i % 5]);
        const double part = weight[i % 5] * exp(-d->p[SHAPE] * t), away = expm1(t) - centre;

        sum += part * (power == 1 ? away : away * away);
        whole += part;
    }
    return sum / whole;
}

static double variance(const struct distribution *d)
{
    const double first = moment(d, 1.0);

    if (!(d->p[WIDTH] > 0.0))
        return 0.0;
    if ((d->p[SHAPE] + 2.0) * d->p[WIDTH] < NARROW)
        return d->p[LEAST] * d->p[LEAST] * narrow_moment(d, narrow_moment(d, 0.0, 1), 2);
    return d->p[LEAST] * d->p[LEAST] * (moment(d, 2.0) - first * first);
}

static double quantile(const struct distribution *d, double p)
{
    const double above = -log1p(p * expm1(-d->p[SHAPE] * d->p[WIDTH])) / d->p[SHAPE];

    return fmin(d->p[MOST], d->p[LEAST] * exp(above));
}

const struct distribution_kind distribution_bounded_pareto = {
    .name = "bounded_pareto",
    .summary = "a power law between two borders: heavy-tailed sizes with all their moments",
    .formula = "P(X <= x) = (1 - (least / x)^shape) / (1 - (least / most)^shape)",
    .config_size = sizeof(struct config),
    .params = params,
    .make = make,
    .fill = fill,
    .mean = mean,
    .variance = variance,
    .quantile = quantile,
};
