/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keeping results: the directory of a run with results.sqlite and the scenario as it was run. */
#ifndef SIM_KEEP_H
#define SIM_KEEP_H

#include "sim/run/experiment.h"

struct store;
struct diagnostics;

struct keep {
    struct store *store;
    struct experiment_store calls; /* for experiment.store */
    char directory[2048];
    char why[512]; /* what went wrong */
    bool failed;   /* while the experiment ran */
    bool mended;   /* the store was damaged, and is not any more */
};

/* Makes the directory (NULL: results/NAME) and opens the store in it. 0, or -1 with keep->why.
 * Close it in each case. */
int keep_open(struct keep *, const char *directory, const char *name);
/* Begins a run of an experiment, which keeps its trials here from now on and takes back those that
 * are here. `words` is the command line. 0, or -1 with keep->why. */
int keep_begin(struct keep *, struct experiment *, int n, char **words);
/* Stores the numbers of the summary and the warnings. 0, or -1 with keep->why. */
int keep_summary(struct keep *, const struct experiment *, struct diagnostics *said);
void keep_close(struct keep *);

/* Opens what is there already, to look at only. False: there is nothing, or it cannot be read. */
bool keep_look(struct keep *, const char *directory, const char *name);

/* Where results of a scenario of this name go: the directory, or results/NAME. */
void keep_directory(char *out, size_t room, const char *directory, const char *name);

/* The directory that the paths in a scenario start from, absolute; to be freed, may be NULL. */
char *keep_directory_of(const char *scenario);

/* Says so in keep->why: -1. */
int keep_no_memory(struct keep *);

/* ---- The parts: keep_trial.c. */

bool keep_has(struct keep *, const struct point *, uint32_t replication);
bool keep_has_pilot(struct keep *, const struct point *, struct warmup_found *);

int keep_trial(struct keep *, const struct point *, const struct outcome *);
int keep_pilot(struct keep *, const struct point *);
bool keep_recall(struct keep *, const struct point *, uint32_t replication, struct outcome *);
bool keep_recall_pilot(struct keep *, const struct point *, struct warmup_found *);
/* All finished trials of a point become part of the run under its name. */
int keep_use(struct keep *, const struct point *);

#endif
