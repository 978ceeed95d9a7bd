/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SIM_PART_OF_RUN_H
#define SIM_PART_OF_RUN_H

#include <stdbool.h>

#include "sim/record/results.h"

enum { PART_OF_RUN = 128 };

/* Are some of the replications that the whole run has not here? Then `text` says so: "3 of 20
 * replications are here: part of a run (a share, or interrupted)". */
bool part_of_run(const struct results_contender *, char text[PART_OF_RUN]);

#endif
