/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The best policy at each point of a sweep, with as few replications as it takes (selection.h). */
#ifndef SIM_CHOOSER_H
#define SIM_CHOOSER_H

#include "sim/record/selection.h"
#include "sim/run/experiment.h"

/* One point of the sweep. */
struct choice {
    struct selection *selection; /* NULL: not begun */
    double alpha;                /* 1 - the confidence of its scenario */
    double delta;                /* what difference matters, in the metric's unit */
    uint32_t best; /* index into points: the best, or the best so far; not begun: nothing */
    bool decided;
    const char *why; /* not decided; NULL while it goes on */
};

struct chooser {
    const char *metric;    /* by its full name */
    double relative;       /* what difference matters, relative to the best of the first stage */
    struct choice *choice; /* one a cell */
    uint32_t cells;
    char why[256];
};

/* Gives each contender a first stage of 10 replications and has the experiment decide by this
 * chooser, whose metric and relative are set. 0, or -1 with chooser->why (no such metric, or it is
 * neither good nor bad). Before experiment_run; close it in each case. */
int choose_begin(struct chooser *, struct experiment *);
/* For experiment.decide: true if some contender is to go on. */
bool choose_decide(struct chooser *, struct experiment *);
void choose_close(struct chooser *);

#endif
