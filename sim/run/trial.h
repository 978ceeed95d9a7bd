/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A trial is one replication of one policy: parameters and seed in, numbers out, and nothing else
 * decides the result. */
#ifndef SIM_TRIAL_H
#define SIM_TRIAL_H

#include "sim/record/warmup.h"
#include "sim/run/outcome.h"

struct trial {
    const struct scenario *scenario;
    uint32_t policy;      /* index into its policies */
    uint32_t replication; /* with STREAM_PILOT for a pilot's */
    uint64_t warmup;      /* requests; UINT64_MAX: by the scenario's time */
    enum queue_kind queue;
    uint32_t ahead; /* UINT32_MAX: as the size advises */
    int way;        /* enum engine_way (express.h) */
    FILE *picks, *log;
    const char *point;             /* of the sweep, for these; NULL or "": none */
    const struct metrics *windows; /* what is told of the scenario's windows, or NULL */
    volatile uint64_t *progress;
    volatile const int *stop;
};

/* Runs a trial. 0, or -1 with outcome->failed and why. Close the outcome in each case. */
int trial_run(const struct trial *, const struct metrics *, struct outcome *);

/* Why a trial takes the general way (express.h): a phrase. NULL: it takes the express way. */
const char *trial_general_why(const struct trial *, const struct metrics *);

/* Builds the world of a trial and takes it down again: `why` (room bytes) is empty if that went
 * well, else the reason. */
void trial_rehearse(const struct trial *, char *why, size_t room);

/* How much to leave out at the start. */
struct warmup_found {
    uint64_t cut;    /* requests */
    uint64_t memory; /* what the series itself asked for, before the floor */
    bool found;
    bool steady; /* nothing changes over time but by chance: there is a steady state to be in */
    bool failed;
    char why[256];
    uint64_t events;
    double cpu_s;
    /* How latency settles, for Welch's plot: its mean over the pilots in each part of a pilot of
     * `length` requests (0: there was none), and the standard error, s; NAN where there is none. */
    uint64_t length;
    float mean[WARMUP_PARTS], se[WARMUP_PARTS];
};

/* Finds the warm-up of a policy by a pilot: ten short replications on streams of their own, whose
 * data are thrown away; longer ones as long as the series has not settled (White 1997, applied to
 * the average over replications). At least a tenth of the run is cut. What the timeline changes is
 * left out; where rates never stay the same, just a tenth is cut. */
void trial_pilot(const struct trial *, struct warmup_found *);

/* How many requests a replication will have: as the scenario says, or what its rates make likely
 * in its duration. */
uint64_t trial_length(const struct scenario *);

/* How long a replication will last in model time, likewise. */
lb_time trial_span(const struct scenario *);

/* Bytes that a world of this scenario will want, about. */
uint64_t trial_memory(const struct scenario *);

#endif
