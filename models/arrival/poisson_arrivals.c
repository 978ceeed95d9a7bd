/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Poisson arrivals: what many independent users make together. */
#include "models/arrival.h"

extern const struct arrival_kind arrival_poisson;

static double rate(const struct arrival_spec *spec, double horizon)
{
    (void)horizon;
    return spec->rate;
}

static double dispersion(const struct arrival_spec *spec, double mean)
{
    (void)spec;
    (void)mean;
    return 1.0;
}

static bool next(struct arrival_clock *c)
{
    return arrival_spend(c, arrival_exponential(&c->draws));
}

const struct arrival_kind arrival_poisson = {
    .name = "poisson",
    .rule = "Gaps are exponential with mean 1 / rate; what has come so far says nothing of what "
            "comes next.",
    .bursts = "The yardstick: the number of requests in any time has a variance equal to its mean "
              "(index of dispersion 1).",
    .rate = rate,
    .dispersion = dispersion,
    .next = next,
};
