/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Arrivals at equal gaps: a metronome, or a load generator. */
#include "models/arrival.h"

extern const struct arrival_kind arrival_deterministic;

static double rate(const struct arrival_spec *spec, double horizon)
{
    (void)horizon;
    return spec->rate;
}

static double dispersion(const struct arrival_spec *spec, double mean)
{
    (void)spec;
    (void)mean;
    return 0.0;
}

static bool next(struct arrival_clock *c)
{
    return arrival_spend(c, 1.0);
}

const struct arrival_kind arrival_deterministic = {
    .name = "deterministic",
    .rule = "One request every 1 / rate, the first after one gap.",
    .bursts = "None at all: index of dispersion 0. Real users are burstier.",
    .rate = rate,
    .dispersion = dispersion,
    .next = next,
};
