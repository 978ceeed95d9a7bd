/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The parts that make up a live result. */
#ifndef SIM_LIVE_RESULT_PART_H
#define SIM_LIVE_RESULT_PART_H

#include "sim/live/live_result.h"

/* What was counted, and causes as the records have them. */
void live_account_take(struct live_account *, const struct live_plan *);
/* Fills path and slow_share: 0, or -1: out of memory. */
int live_paths(struct live_result *, const struct live_plan *, double slow);

#endif
