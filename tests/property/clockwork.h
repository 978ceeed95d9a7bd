/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a timeline says about an instant, found anew from the scenario each time. An instant at
 * which something changes belongs to the new value. */
#ifndef TESTS_CLOCKWORK_H
#define TESTS_CLOCKWORK_H

#include "sim/scenario/scenario.h"

/* The change in force, or NULL. */
const struct change *change_at(const struct scenario *, enum change_kind, uint32_t target, lb_time);
double speed_at(const struct scenario *, uint32_t server, lb_time);
uint32_t weight_at(const struct scenario *, uint32_t server, lb_time);
enum server_state state_at(const struct scenario *, uint32_t server, lb_time);
/* Is it there at all? */
bool present_at(const struct scenario *, uint32_t server, lb_time);
/* May balancers send it requests? */
bool takes_at(const struct scenario *, uint32_t server, lb_time);
/* Does any property of a server change at that very instant? */
bool turns_at(const struct scenario *, lb_time);
/* The first instant after t at which a property of this kind of this target may change. */
lb_time next_turn(const struct scenario *, enum change_kind, uint32_t target, lb_time t);

/* The group of a server. */
uint32_t group_at(const struct scenario *, uint32_t server);

/* Do servers do what the timeline does not tell: faults, speeds drawn anew, slowness at first? */
bool left_to_chance(const struct scenario *);

#endif
