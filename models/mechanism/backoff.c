/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/mechanism/backoff.h"

#define LONGEST 1e17 /* ns: 1e8 s */

/* x^k by squaring: the same bits everywhere, and quick however often it was tried. */
static double power(double x, uint32_t k)
{
    double result = 1.0;

    for (; k; k >>= 1) {
        if (k & 1)
            result *= x;
        x *= x;
    }
    return result;
}

static double jittered(double wait, enum jitter jitter, struct lb_random *random)
{
    switch (jitter) {
    case JITTER_FULL:
        return wait * lb_unit(random);
    case JITTER_EQUAL:
        return wait * (0.5 + 0.5 * lb_unit(random));
    case JITTER_FIFTH:
        return wait * (0.8 + 0.4 * lb_unit(random));
    case JITTER_NONE:
        break;
    }
    return wait;
}

static double by_rule(const struct backoff_spec *spec, uint32_t k, struct lb_random *random)
{
    double wait = (double)spec->first, most = (double)spec->most;

    if (spec->first == 0)
        return 0.0;
    wait *= power(spec->factor, k - 1);
    return jittered(wait < most ? wait : most, spec->jitter, random);
}

lb_time backoff_wait(const struct backoff_spec *spec, uint32_t k, struct lb_random *random)
{
    double wait;

    if (spec->delay.kind) {
        spec->delay.kind->fill(&spec->delay, random, &wait, 1);
        wait *= 1e9;
    } else {
        wait = by_rule(spec, k, random);
    }
    return wait >= 0.0 && wait <= LONGEST ? (lb_time)(wait + 0.5) : -1;
}
