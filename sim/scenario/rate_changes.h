/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Loads and rates that the timeline changes, as factors over time. */
#ifndef SIM_RATE_CHANGES_H
#define SIM_RATE_CHANGES_H

#include "sim/scenario/build.h"

/* Fills `changes` of each open client, whose rates are known. False: out of memory. */
bool build_rate_changes(struct build *);

/* The mean factor of a client's rate from time 0 to `until` > 0. */
double rate_changes_mean(const struct client_spec *, lb_time until);

#endif
