/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a whole run costs beside its trials: store, statistics, and handing out the work. */
#ifndef SIM_BENCH_SWEEP_H
#define SIM_BENCH_SWEEP_H

#include <stdbool.h>
#include <stddef.h>

/* CPU time in seconds. */
struct sweep_cost {
    unsigned trials;
    double trials_s;  /* in trials and pilots, as the workers measure it */
    double workers_s; /* in all worker processes */
    double all_s;     /* in all processes, this one included */
    double wall_s;
};

/* Runs a sweep of 16 trials of about a second each as `lbsim run` does, results and all, in a
 * directory of its own that is removed again. 0, or -1 with a reason. */
int bench_sweep(struct sweep_cost *, char *why, size_t room);

#endif
