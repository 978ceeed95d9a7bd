/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is told of live runs while they go on: a line that moves on a terminal, and each try. */
#ifndef SIM_LIVE_PROGRESS_H
#define SIM_LIVE_PROGRESS_H

#include "sim/cli/live_report.h"

struct live_progress {
    const struct order *order;
    uint32_t tries;
    bool terminal, shown; /* the line that moves */
};

void live_progress_open(struct live_progress *, const struct order *);
/* A contender is run, so many tries at most. */
void live_progress_begin(struct live_progress *, const struct live_told *, uint32_t tries);
void live_progress_watch(struct live_progress *, const struct live_glance *);
void live_progress_tried(struct live_progress *, const struct session_try *, uint32_t n);
/* Something else is about to be said. */
void live_progress_clear(struct live_progress *);

#endif
