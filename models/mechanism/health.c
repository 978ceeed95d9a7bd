/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Active health checks. */
#include "models/mechanism/health.h"

static bool turn(struct health *health)
{
    health->down = !health->down;
    health->run = 0;
    return true;
}

bool health_checked(struct health *health, const struct health_spec *spec, bool passed)
{
    const bool first = !health->known, contradicts = passed == health->down;

    health->known = true;
    if (!contradicts) {
        health->run = 0;
        return false;
    }
    if (first && spec->first_decides)
        return turn(health);
    return ++health->run < (health->down ? spec->rise : spec->fall) ? false : turn(health);
}

/* HAProxy's srv_getinter: slow while all is certain, fast while it is not. */
static lb_time span(const struct health *health, const struct health_spec *spec)
{
    const lb_time special = health->run > 0 ? spec->fast : health->down ? spec->down : 0;

    return special > 0 ? special : spec->interval;
}

lb_time health_next(const struct health *health, const struct health_spec *spec,
                    struct lb_random *random)
{
    const lb_time even = span(health, spec);
    lb_time next;

    if (!health->known)
        return (lb_time)(lb_unit(random) * (double)even);
    if (!(spec->jitter > 0.0))
        return even;
    next = (lb_time)((double)even * (1.0 + spec->jitter * (2.0 * lb_unit(random) - 1.0)));
    return next > 0 ? next : 1;
}
