/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Batches: Poisson, several requests at one instant, one after the other. */
#include <math.h>

#include "models/arrival.h"

extern const struct arrival_kind arrival_batch;

static double rate(const struct arrival_spec *spec, double horizon)
{
    (void)horizon;
    return spec->rate;
}

/* E N^2 / E N; the rounding of sizes that are not whole adds at most 1/4 to E N^2. */
static double dispersion(const struct arrival_spec *spec, double mean)
{
    const double size = whole_mean(&spec->size);

    (void)mean;
    return size + spec->size.kind->variance(&spec->size) / size;
}

static void begin(struct arrival_clock *c)
{
    c->rate /= whole_mean(&c->spec->size);
}

static bool next(struct arrival_clock *c)
{
    if (c->left == 0) {
        if (!arrival_spend(c, arrival_exponential(&c->draws)))
            return false;
        c->left = whole_draw(&c->spec->size, &c->modulation);
    }
    c->left--;
    return true;
}

const struct arrival_kind arrival_batch = {
    .name = "batch",
    .rule = "Batches come as a Poisson process with rate / (mean size) batches per second, so that "
            "rate counts requests. A size is rounded at random to one of its whole neighbours, so "
            "that the mean stays; below 1 it is 1. The requests of a batch are picked for one "
            "after the other, in order, at the same instant.",
    .bursts = "Index of dispersion E(N^2) / E(N), which is N for batches of N.",
    .rate = rate,
    .dispersion = dispersion,
    .begin = begin,
    .next = next,
};
