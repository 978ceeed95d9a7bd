/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * When servers go down and lose all they had, and when they are up again: timeline and faults of a
 * scenario are the same in every process, so whoever kills a server knows the instants beforehand.
 */
#ifndef SIM_DOWNTIME_H
#define SIM_DOWNTIME_H

#include "sim/live/role.h"

struct downtime {
    lb_time at;
    uint32_t server;
    bool down; /* else it comes up */
};

struct downtimes {
    struct downtime *at; /* in order of time */
    uint32_t n, room;
    bool *falls; /* by server: does it ever? */
    bool failed; /* out of memory */
};

/* Those up to an instant: 0, or -1 with `why`. Close it in each case. */
int downtimes_open(struct downtimes *, const struct live_plan *, lb_time until, char *why,
                   size_t room);
void downtimes_close(struct downtimes *);

#endif
