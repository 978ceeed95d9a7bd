/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From the names of metrics that people write, "latency.p99{web}", "share{app[*]}",
 * "latency.above{1s,web}", to metrics of a scenario.
 *
 * What stands in braces is a client, a server group, a zone or a balancer; NAME[3] is one server
 * of a group or one of several balancers, NAME[*] all of them. Where a name means two things,
 * "client:", "servers:", "server:", "zone:" or "balancer:" before it says which. */
#ifndef SIM_ASKED_H
#define SIM_ASKED_H

#include "sim/record/metric.h"
#include "sim/scenario/scenario.h"

enum { ASKED_MOST = 10000 }; /* scopes in one name: [*] */

/* "{1s}", "{10}", "{2}": what a metric wants in braces before any name; "" for most. */
const char *asked_threshold(const struct metric *);

/* As scenario_request wants it: is that a metric of the scenario? 0, or -1 with what is wrong in
 * `why`. */
int asked_check(const struct scenario *, const char *name, char *why, size_t room);
/* The unit of a metric by its name, braces or not: "s", "1/s" ...; NULL: there is no such metric.
 */
const char *asked_unit(const char *name);
/* May the windows of the scenario be told, or are they too many? */
int asked_check_windows(const struct scenario *, char *why, size_t room);

/* What results have without being asked, and what run.metrics asks for beside it; what is asked of
 * windows. 0 or -ENOMEM. Close both in each case. */
int asked_open(const struct scenario *, struct metrics *measured, struct metrics *windows);

/* The metrics that a name means: their indices, at most ASKED_MOST; how many. */
uint32_t asked_find(const struct scenario *, const struct metrics *, const char *name,
                    uint32_t at[ASKED_MOST]);

#endif
