/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The express way: a trial without departure events. Where a server is first-in first-out and
 * nothing can change a departure once it is known, the departure is known when the request is
 * issued, and all that the trial tells of the request can be told then. In-flight counts are
 * brought up to date for the servers that the policy looks at, when it looks: a request is gone at
 * t if its answer is at the balancer at t or before, for REPLY and FINISH come before ISSUE at one
 * instant. The results are those of the general loop to the last bit; the conditions stand in
 * express_refuses, each with its reason.
 *
 * What lies across a border of measured time is known only when the border is: so all lanes are
 * looked over twice, when measured time begins and when it ends. */
#ifndef SIM_EXPRESS_H
#define SIM_EXPRESS_H

#include "sim/run/world.h"

enum engine_way { ENGINE_AUTO, ENGINE_GENERAL, ENGINE_EXPRESS };

/* Why a trial must go the general way: a phrase, for people. NULL: it may go the express way. */
const char *express_refuses(const struct world_order *);

/* Room in a world that is otherwise open: 0, or -ENOMEM. */
int express_open(struct world *);
void express_close(struct world *);
/* Runs it, without judging the accounts. */
void express_run(struct world *);

#endif
