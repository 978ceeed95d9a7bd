/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keeping results: the directory of a run with results.sqlite and the scenario as it was run. */
#ifndef SIM_KEEP_H
#define SIM_KEEP_H

#include "sim/run/experiment.h"
#include "sim/run/identity.h"

struct store;

struct keep {
    struct store *store;
    struct identity *identity;
    char directory[2048];
    char why[512]; /* what went wrong */
};

/* Makes the directory (NULL: results/NAME) and opens the store in it. `words` is the command line.
 * 0, or -1 with keep->why. Close it in each case. */
int keep_open(struct keep *, const char *directory, const struct scenario *, int n, char **words);
/* Stores a finished trial. 0, or -1 with keep->why. */
int keep_trial(struct keep *, const struct experiment *, const struct outcome *);
/* Stores the numbers of the summary. 0, or -1 with keep->why. */
int keep_intervals(struct keep *, const struct experiment *, const struct interval *,
                   const struct told_windows *);
void keep_close(struct keep *);

#endif
