/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Live runs and validations in the store of a directory. */
#ifndef SIM_VALIDATE_KEEP_H
#define SIM_VALIDATE_KEEP_H

#include "sim/cli/keep.h"
#include "sim/cli/validate.h"

/* Keeping what one command has run. */
struct live_keep {
    struct keep keep;
    const struct study *study;
    uint32_t position; /* policies kept so far */
    bool begun;
    int n; /* the command line */
    char **words;
    const char *kind; /* "live" or "validate" */
};

/* Opens the store of a directory (NULL: results/NAME), making both. 0, or -1 with keep.why. Close
 * it in each case. */
int live_keep_open(struct live_keep *, const char *directory, const struct study *);
/* Keeps a contender that has been run; `validation` NULL: nobody predicted it. 0, or -1. */
int live_keep(struct live_keep *, const struct live_told *, const struct validate_told *validation);
void live_keep_close(struct live_keep *);

#endif
