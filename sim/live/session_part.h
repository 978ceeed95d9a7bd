/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a session is going to run. */
#ifndef SIM_SESSION_PART_H
#define SIM_SESSION_PART_H

#include "sim/live/session.h"

/* Sets the plan of the n-th try of a phase; it has no shared page yet. 0, or -1: out of memory. */
int session_plan(const struct session_order *, struct session_try *, bool ping, uint32_t n);
/* Records that will do for it. */
uint64_t session_room(const struct live_plan *);
uint32_t session_balancers(const struct scenario *);

#endif
