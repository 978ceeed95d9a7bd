/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The summary of a contender from its stored trials, by the functions that a run itself uses: the
 * same rows, whoever ran the trials. */
#ifndef SIM_SUMMARY_H
#define SIM_SUMMARY_H

#include "sim/record/results.h"

struct summary;

/* Intervals of all metrics, of windows too: `rows` until summary_close. 0, or -errno with
 * results_why. */
int summary_open(struct results *, uint32_t contender, struct summary **,
                 const struct store_interval **rows, size_t *n);
void summary_close(struct summary *); /* NULL is allowed */

/* Does it gather requests although nothing changes over time (metric_drifts)? */
bool summary_drifts(const struct results_contender *);

#endif
