/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The rounds in which a precision is sought. */
#ifndef SIM_ROUNDS_H
#define SIM_ROUNDS_H

#include "sim/scenario/scenario.h"

#define ROUNDS_BUDGET       1e9 /* requests of a point, over all rounds, unless told */
#define ROUNDS_MOST         UINT64_C(4000000000) /* requests of a replication */
#define ROUNDS_REPLICATIONS 1000000
#define ROUNDS_UNSETTLED    4 /* doublings after which what never settled is given up */
#define ROUNDS_LONGEST      INT64_C(100000000000000000) /* ns */

/* Requests that a point may cost, over all rounds and replications. */
double rounds_budget(const struct scenario *);

#endif
