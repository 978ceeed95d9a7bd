/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A renewal process: independent gaps of any distribution, the first from time 0. */
#include <math.h>

#include "models/arrival.h"

extern const struct arrival_kind arrival_renewal;

static const char *check(const struct arrival_spec *spec)
{
    return spec->interarrival.kind->mean(&spec->interarrival) > 0.0
               ? NULL
               : "interarrival: gaps of no length would bring all requests at one instant";
}

static double rate(const struct arrival_spec *spec, double horizon)
{
    (void)horizon;
    return 1.0 / spec->interarrival.kind->mean(&spec->interarrival);
}

/* Asymptotically the squared coefficient of variation of the gaps. W. Feller, An Introduction to
 * Probability Theory and Its Applications II, XI.6. */
static double dispersion(const struct arrival_spec *spec, double mean)
{
    const double gap = spec->interarrival.kind->mean(&spec->interarrival);

    (void)mean;
    return spec->interarrival.kind->variance(&spec->interarrival) / (gap * gap);
}

static void begin(struct arrival_clock *c)
{
    c->rate = 1.0;
}

static bool next(struct arrival_clock *c)
{
    double gap;

    c->spec->interarrival.kind->fill(&c->spec->interarrival, &c->draws, &gap, 1);
    return arrival_spend(c, gap);
}

const struct arrival_kind arrival_renewal = {
    .name = "renewal",
    .rule = "Gaps are independent draws of interarrival, the first from time 0. With the "
            "scenario's load the gaps are stretched to the mean rate; their shape stays.",
    .bursts = "The index of dispersion tends to the squared coefficient of variation of the gaps: "
              "below 1 smoother than Poisson, above 1 burstier. Gaps remember nothing, so a long "
              "burst is rare: see mmpp.",
    .check = check,
    .rate = rate,
    .dispersion = dispersion,
    .begin = begin,
    .next = next,
};
