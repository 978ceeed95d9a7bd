/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a scenario uses, and so which loop it needs and which arrays. */
#ifndef SIM_FEATURES_H
#define SIM_FEATURES_H

#include "sim/run/world.h"

/* So many servers that memory is the bill. */
enum { FEATURE_LARGE = 8192 };

/* Does anything travel over a link? Does a link lose messages, or take longer for longer ones? Have
 * clients links of their own? */
bool scenario_has_links(const struct scenario *);
bool scenario_has_difficult_links(const struct scenario *);
bool scenario_has_client_links(const struct scenario *);
bool scenario_has_patience(const struct scenario *);
/* Can a request end, or be lost, before its answer comes? */
bool scenario_has_leavers(const struct scenario *);
/* May requests that it serves fail one by one? */
bool server_group_errs(const struct server_spec *);
bool scenario_has_closed(const struct scenario *);
bool scenario_has_sessions(const struct scenario *);
/* May arrivals end before all requests are issued? */
bool scenario_may_dry(const struct scenario *);

/* Does anybody look at what requests have beside their work? */
bool world_needs_more(const struct world_order *);
/* The bit set of features that the loop is compiled for. */
unsigned world_features(const struct world_order *);
/* In the short loop with links: the delay between balancer and servers, or -1 if it varies. */
lb_time world_constant_way(const struct scenario *, unsigned features);

#endif
