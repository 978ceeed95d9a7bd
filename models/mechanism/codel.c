/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/mechanism/codel.h"

#include <math.h>

/* A new state of dropping that begins this many intervals after the last one takes up its rate. */
enum { MEMORY = 16 };

/* RFC 8289, control_law */
static lb_time after(const struct codel_spec *spec, lb_time time, uint32_t count)
{
    return time + (lb_time)((double)spec->interval / sqrt((double)count));
}

/* RFC 8289, dodequeue: has the wait been above target for an interval? A request counts as a packet
 * of greatest size, so one that leaves at most one behind is none of a standing queue. */
static bool too_long(struct codel *codel, const struct codel_spec *spec, lb_time sojourn,
                     uint32_t left, lb_time now)
{
    if (sojourn < spec->target || left <= 1) {
        codel->first_above = 0;
        return false;
    }
    if (codel->first_above == 0) {
        codel->first_above = now + spec->interval;
        return false;
    }
    return now >= codel->first_above;
}

static void begin(struct codel *codel, const struct codel_spec *spec, lb_time now)
{
    uint32_t more = codel->count - codel->last_count;
    bool recent = now - codel->drop_next < MEMORY * spec->interval;

    codel->dropping = true;
    codel->count = more > 1 && recent ? more : 1;
    codel->last_count = codel->count;
    codel->drop_next = after(spec, now, codel->count);
}

/* In the state of dropping, with a wait that is too long. */
static bool goes_on(struct codel *codel, const struct codel_spec *spec, lb_time now)
{
    if (codel->dropped) {
        codel->dropped = false;
        codel->drop_next = after(spec, codel->drop_next, codel->count);
    }
    if (now < codel->drop_next)
        return false;
    codel->dropped = true;
    codel->count += codel->count < UINT32_MAX;
    return true;
}

bool codel_drops(struct codel *codel, const struct codel_spec *spec, lb_time sojourn, uint32_t left,
                 lb_time now)
{
    if (!too_long(codel, spec, sojourn, left, now)) {
        codel->dropping = codel->dropped = false;
        return false;
    }
    if (codel->dropping)
        return goes_on(codel, spec, now);
    begin(codel, spec, now);
    return true;
}
