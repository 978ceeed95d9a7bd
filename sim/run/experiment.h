/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All trials of a study, over worker processes. Results do not depend on how many there are, nor on
 * what was simulated before: a trial is a pure function, and numbers are put together in the order
 * of replications. */
#ifndef SIM_EXPERIMENT_H
#define SIM_EXPERIMENT_H

#include <signal.h>

#include "sim/run/identity.h"
#include "sim/run/trial.h"
#include "sim/run/workers.h"
#include "sim/scenario/study.h"

/* The windows of a point. One that not every replication reaches has no interval: those that do are
 * not like the others. */
struct told_window {
    lb_time from, to;      /* the greatest end over the replications: the last is cut */
    uint32_t replications; /* that reach it */
};
struct told_windows {
    struct told_window *at;
    uint32_t n;
    struct interval *interval; /* at window * window_metrics->n + metric */
};

/* Histograms of all finished replications that have been put together. */
struct pooled {
    struct encoded sum;
    uint64_t least; /* values in the replication that has the fewest */
};

/* Whether the precision that was asked for is reached. */
enum aim { AIM_NONE, AIM_OPEN, AIM_REACHED, AIM_MISSED };

enum point_state {
    POINT_NEW,   /* its warm-up is not known */
    POINT_PILOT, /* its pilot is in hand */
    POINT_OPEN,  /* trials are handed out */
    POINT_CLOSED /* nothing is handed out, unless it is given more replications */
};

/* A policy at a point of the sweep, with all its replications. */
struct point {
    const struct scenario *scenario; /* as it is run */
    const struct scenario *given;    /* as it was read: another only for a single run */
    const struct policy_spec *policy;
    uint32_t policy_index;
    uint32_t cell;  /* of the study */
    const char *at; /* its name: "load=0.9"; "" without a sweep */
    uint32_t twin;  /* the first point with the same content: it alone is simulated */
    const struct metrics *metrics;        /* of measured time */
    const struct metrics *window_metrics; /* of each window; none: no windows */
    struct identity *identity;
    enum point_state state;
    struct warmup_found warmup;
    bool piloted;
    bool drifts; /* it ought to be steady, and requests gather (metric_drifts) */
    /* the present round: with a precision, one is twice as long as the one before */
    uint32_t round, passes; /* passes: rounds in a row that met the precision */
    uint64_t requests, cut; /* requests 0: `duration` rules; cut UINT64_MAX: by time */
    lb_time duration;
    struct outcome *outcome; /* one a replication; those not finished have no values */
    bool *finished;
    uint32_t replications, room; /* asked for; how many `outcome` can hold */
    uint32_t next, to;           /* replications that are still to be handed out */
    uint32_t in_hand;
    uint32_t done, failed;  /* finished with a result; without one */
    uint32_t recalled;      /* of those done: not simulated now */
    uint32_t pooled_n;      /* replications whose histograms are in `pooled` alone */
    struct pooled *pooled;  /* one a metrics->pool */
    uint64_t events, spent; /* spent: requests simulated for it, over all rounds */
    double cpu_s;           /* of trials and pilots simulated now, and ... */
    uint64_t cpu_requests;  /* ... the requests of these trials */
    enum aim aim;
    double achieved; /* the largest relative half-width of what the precision is asked of */
    uint32_t achieved_metric;
    /* of a single run */
    double lag1;     /* correlation of neighbouring batch means of latency.mean, and ... */
    bool correlated; /* ... whether it is too large for intervals to be trusted */
    /* what it comes to: NULL until it is closed */
    struct interval *interval; /* one a metric */
    struct told_windows windows;
};

struct experiment;

/* Called as the experiment goes on: after each trial, and about once a second. Anything but 0 ends
 * it early. */
typedef int experiment_watch(void *context, const struct experiment *);

/* Where finished work is kept, so that it is not done again. */
struct experiment_store {
    void *context;
    /* Is this trial, or the pilot of the point, there? Then it becomes part of this run. */
    bool (*recall)(void *context, const struct point *, uint32_t replication, struct outcome *);
    bool (*recall_pilot)(void *context, const struct point *, struct warmup_found *);
    /* Called for each finished trial and pilot, in the order of finishing. Anything but 0 ends it.
     */
    int (*keep)(void *context, const struct point *, const struct outcome *);
    int (*keep_pilot)(void *context, const struct point *);
    /* A longer round begins: what is kept of the point is no part of the results any more. */
    int (*again)(void *context, const struct point *);
    /* The twin of a point has been kept under that point's name: now under its own, too. */
    int (*share)(void *context, const struct point *, const struct point *twin);
};

struct experiment {
    const struct study *study; /* NULL: a scenario alone */
    struct point *points;      /* by cell, then in the order of policies */
    uint32_t points_n;
    uint32_t *first; /* of each cell, and points_n at last */
    uint32_t cells_n;
    struct asked_list *asked;
    struct single *singles; /* scenarios of single runs; NULL: replications */
    /* to be set before it runs */
    uint32_t jobs;          /* worker processes; 0: one a core, as memory allows */
    uint32_t shard, shards; /* shards 0: all of it; else share `shard` of them, from 0 */
    bool confirm;           /* the precision is to be met in two rounds in a row */
    const struct experiment_store *store;
    experiment_watch *watch;
    /* A worker has died over a trial (or a pilot, then `pilot`), which is tried once more; or NULL.
     */
    void (*lost)(void *context, const struct point *, uint32_t replication, bool pilot,
                 const char *why);
    /* Called when nothing is left to do; true if it has given a point more replications. */
    bool (*decide)(void *context, struct experiment *);
    void *context;
    int (*pool)(const struct crew *); /* who works: workers_run unless set */
    volatile sig_atomic_t *interrupt; /* nonzero: stop; or NULL */
    const char *picks, *log;          /* files for the traces of each policy's first replication */
    enum queue_kind queue;
    uint32_t ahead;
    int way; /* enum engine_way (express.h) */
    /* the state of things, for those who watch */
    uint32_t open;                /* the first cell with something to hand out */
    uint64_t trials, trials_done; /* of this shard; pilots not counted */
    uint64_t recalled;            /* of trials_done */
    uint64_t events_done;         /* of trials and pilots simulated now */
    uint32_t in_hand;
    uint32_t latest; /* point of the last trial taken */
    double started, cpu_s, workers_cpu_s;
    uint32_t workers;
    bool interrupted;
    char why[512]; /* why it ended early, or why trials have failed */
};

/* Why the trials of a point take the general way (express.h), but for a first one that is traced;
 * NULL: the express way. */
const char *experiment_general_why(const struct experiment *, uint32_t point);

/* 0 or -ENOMEM. Set options, store, watch and traces before running; close it in each case. */
int experiment_open(struct experiment *, const struct study *);
/* The same with one long run instead of replications: intervals are from batch means. */
int experiment_open_single(struct experiment *, const struct study *);
/* The same of one scenario, without a study. */
int experiment_open_one(struct experiment *, const struct scenario *);
/* Opens each policy once, in a process of its own, to see whether it accepts the scenario. `refuse`
 * is called with the reason for each that does not. The number of those, or -1 with e->why. */
int experiment_rehearse(struct experiment *,
                        void (*refuse)(void *context, const struct point *, const char *why),
                        void *context);
/* 0: all trials have results. 1: some have failed (see why). -1: it ended early or could not start.
 * Points have their intervals then, as far as trials are finished. */
int experiment_run(struct experiment *);
/* For a process of another rank: what a crew is to do, e->pool serving it. */
int experiment_serve(struct experiment *, int (*serve)(const struct crew *));
void experiment_close(struct experiment *);

/* Wants a point to have so many replications, if it has fewer. 0 or -ENOMEM. */
int experiment_extend(struct experiment *, uint32_t point, uint32_t replications);

/* How many workers it will have. */
uint32_t experiment_jobs(const struct experiment *);
/* Seconds that what is left will take, from what the finished trials of each point have cost (of
 * others, if none has finished yet). With a precision: the present rounds. NAN: nothing is known.
 */
double experiment_rest(const struct experiment *);

/* The point of a cell with a policy's label; NULL: there is none. */
const struct point *experiment_find(const struct experiment *, uint32_t cell, const char *label);

/* ---- Numbers. */

/* The scenario of a point with the length of a round. */
struct scenario point_round(const struct point *, uint64_t requests, lb_time duration);

/* Pools the histograms metrics->pool[pool] over the finished replications of a point: the number of
 * values in the replication that has the fewest. */
uint64_t point_pool(const struct point *, uint32_t pool, struct histogram_total *);
/* Puts a metric's values of the finished replications into `values` (room for all), and which
 * replications they are of into `which` (or NULL): how many. */
uint32_t point_values(const struct point *, uint32_t metric, double *values, uint32_t *which);
/* The interval of a metric at any confidence. */
struct interval point_interval(const struct point *, uint32_t metric, double confidence);
/* Values of replications that both have finished, in pairs: how many. */
uint32_t point_pairs(const struct point *, uint32_t metric, const struct point *,
                     uint32_t other_metric, double *values, double *others);
/* Fills interval and windows of a point from what is finished. False: out of memory. */
bool point_conclude(struct point *);
/* Part of point_conclude: the windows. */
bool point_tell_windows(struct point *);
/* Forgets all replications, for a longer round. */
void point_clear(struct point *);

/* Sums over the finished replications of a point, for the accounting. */
struct counts {
    uint64_t issued, ended[ENDINGS], in_system, measured, events;
    uint64_t sent, attempts[ATTEMPT_ENDINGS], in_flight; /* attempts */
    double measured_seconds;
};
struct counts point_counts(const struct point *);

/* The columns of a log of requests, a line each; times in s. */
#define EXPERIMENT_REQUEST_COLUMNS                                                                 \
    "policy,replication,request,client,balancer,issued_s,work_s,wait_s,service_s,latency_s,"       \
    "ended,server,key,point"

#endif
