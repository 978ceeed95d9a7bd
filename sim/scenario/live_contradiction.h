/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What can be simulated and cannot be run over real sockets, or not so that it would tell anything.
 */
#ifndef SIM_LIVE_CONTRADICTION_H
#define SIM_LIVE_CONTRADICTION_H

#include "sim/scenario/study.h"

enum { LIVE_REQUESTS_MOST = 16000000, LIVE_SERVERS_MOST = 20000 };

/* Says what stands against a live run of a checked scenario, and warns of what will make its
 * figures differ from the simulated ones. `descriptors` is how many a process may have open; 0: not
 * known, and nothing is said of it. */
void live_contradictions(const struct scenario *, uint64_t descriptors, struct diagnostics *);
/* The same of one of its policies. */
void live_policy_contradictions(const struct scenario *, uint32_t policy, struct diagnostics *);
/* Of all contenders of a study; of several points with errors the first speaks for all. */
void live_study_contradictions(const struct study *, uint64_t descriptors, struct diagnostics *);

#endif
