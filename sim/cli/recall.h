/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Trials taken back from results.sqlite, so that a run goes on where another stopped. */
#ifndef SIM_RECALL_H
#define SIM_RECALL_H

#include "sim/cli/trial_rows.h"

/* Rebuilds the outcome that trial_rows_open made rows of: values, histograms, windows and numbers
 * bit for bit (but for the sign of a zero, and for sums of squares that no metric reads), and of
 * the tally what results tell: issued, ended, measured, from, to. `policy` is 0: whose trial it is
 * the caller knows. 0; -ENOENT if something is missing that the metrics ask for; -ENOMEM. Close the
 * outcome in each case. */
int recall_outcome(const struct store_trial *, const struct metrics *measured,
                   const struct metrics *windows, struct outcome *);

/* What a pilot found. 0, or -ENOENT if this is none. */
int recall_warmup(const struct store_trial *, struct warmup_found *);

#endif
