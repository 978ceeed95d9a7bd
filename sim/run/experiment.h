/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All trials of a scenario, over worker processes. Results do not depend on how many there are: a
 * trial is a pure function, and numbers are put together in the order of replications. */
#ifndef SIM_EXPERIMENT_H
#define SIM_EXPERIMENT_H

#include <signal.h>

#include "sim/run/trial.h"

/* One policy of the scenario, all replications. */
struct point {
    const struct policy_spec *policy;
    struct warmup_found warmup;
    bool piloted;
    struct outcome *outcome; /* one a replication; those not finished have no values */
    bool *finished;
    uint32_t replications; /* asked for */
    uint32_t done, failed; /* finished with a result; without one */
    uint64_t events;
    double cpu_s;
};

struct experiment;

/* Called as the experiment goes on: after each trial, and about once a second. Anything but 0 ends
 * it early. */
typedef int experiment_watch(void *context, const struct experiment *);
/* Called for each finished trial, in the order of finishing. Anything but 0 ends it. */
typedef int experiment_keep(void *context, const struct experiment *, const struct outcome *);

struct experiment {
    const struct scenario *scenario;
    struct metrics metrics;        /* of measured time */
    struct metrics window_metrics; /* of each window; none: no windows */
    struct point *points;
    uint32_t points_n;
    uint32_t jobs; /* worker processes; 0: one a core, as memory allows */
    experiment_watch *watch;
    experiment_keep *keep;
    void *context;
    volatile sig_atomic_t *interrupt; /* nonzero: stop; or NULL */
    const char *picks, *log;          /* files for the traces of each policy's first replication */
    enum queue_kind queue;
    uint32_t ahead;
    /* the state of things, for those who watch */
    uint64_t trials, trials_done; /* pilots not counted */
    uint64_t events_done;         /* of finished trials and pilots */
    double started, cpu_s, workers_cpu_s;
    uint32_t tasks, asked; /* of the crew at work */
    bool interrupted;
    char why[512]; /* why it ended early, or why trials have failed */
};

/* 0 or -ENOMEM. Set jobs, watch, keep, context, traces before running. */
int experiment_open(struct experiment *, const struct scenario *);
/* Opens each policy once, in a process of its own, to see whether it accepts the scenario. `refuse`
 * is called with the reason for each that does not. The number of those, or -1 with e->why. */
int experiment_rehearse(struct experiment *,
                        void (*refuse)(void *context, const struct policy_spec *, const char *why),
                        void *context);
/* 0: all trials have results. 1: some have failed (see why). -1: it ended early or could not start.
 */
int experiment_run(struct experiment *);
void experiment_close(struct experiment *);

/* Pools the histograms metrics.pool[pool] over the finished replications of a point: the number of
 * values in the replication that has the fewest. */
uint64_t experiment_pool(const struct experiment *, uint32_t point, uint32_t pool,
                         struct histogram_total *);

/* All intervals at once: intervals[point * metrics.n + metric]. NULL: out of memory. */
struct interval *experiment_intervals(const struct experiment *);

/* The windows of a point. One that not every replication reaches has no interval: those that do are
 * not like the others. */
struct told_window {
    lb_time from, to;      /* the greatest end over the replications: the last is cut */
    uint32_t replications; /* that reach it */
};
struct told_windows {
    struct told_window *at;
    uint32_t n;
    struct interval *interval; /* at window * window_metrics.n + metric */
};
/* One a point, or NULL without memory. */
struct told_windows *experiment_windows(const struct experiment *);
/* The borders of a window, whether or not a run reaches it. */
struct window experiment_window(const struct experiment *, uint32_t window);
void experiment_windows_close(const struct experiment *, struct told_windows *);

/* Sums over the finished replications of a point, for the accounting. */
struct counts {
    uint64_t issued, ended[ENDINGS], in_system, measured, events;
    double measured_seconds;
};
struct counts experiment_counts(const struct experiment *, uint32_t point);

#endif
