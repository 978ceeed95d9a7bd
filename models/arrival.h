/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Arrival processes: when requests come. A kind knows its mean rate, how bursty it is, and how to
 * move on from one request to the next.
 *
 * A clock counts in units of expected requests (processes driven by a Poisson intensity) or in gaps
 * (the others), and the scenario's factor over time sets its pace: exact, for an intensity that is
 * multiplied has its integral multiplied. What modulates an intensity (states, periods) keeps real
 * time. Draws come through models/arithmetic.h: the same bits on every processor. */
#ifndef MODELS_ARRIVAL_H
#define MODELS_ARRIVAL_H

#include <stdbool.h>

#include "models/distribution.h"

enum arrival_process {
#define ARRIVAL(NAME, name, summary) ARRIVAL_##NAME,
#include "models/arrival/arrivals.def"
#undef ARRIVAL
    ARRIVALS
};

/* From `at` on, rates are multiplied by the factor, 0 or more. */
struct rate_change {
    lb_time at;
    double factor;
};

/* From `from` on, so many requests per second. */
struct rate_piece {
    lb_time from;
    double rate;
};

/* A line of a trace. */
struct arrival_record {
    lb_time time;     /* from the start of the run */
    lb_time work;     /* ns at speed 1; -1: not in the trace */
    uint64_t key;     /* 0 if not in the trace */
    int64_t response; /* bytes of the answer; -1: not in the trace */
};

/* Where a trace comes from: models know no files. */
struct arrival_feed {
    /* The next record: 1; 0 at the end; -1 with a reason in *why, which stays. */
    int (*pull)(void *context, struct arrival_record *, const char **why);
    /* Back to the first record: 0, or -1 with a reason. */
    int (*rewind)(void *context, const char **why);
    void *context;
};

/* What a scenario says of a process; a kind looks at what is its own. */
struct arrival_spec {
    const struct arrival_kind *kind;
    double rate; /* requests per second on average, as written; NAN: set by the load */
    struct distribution interarrival; /* s */
    struct distribution size;         /* of a batch */
    struct distribution on, off;      /* s */
    struct lb_list rates, leave;      /* by state, per second */
    double amplitude;                 /* of the sinusoid; its mean is `rate` */
    lb_time period;                   /* of the sinusoid; 0: steps */
    const struct rate_piece *pieces;  /* steps, ascending */
    uint32_t pieces_n;
    uint64_t count;     /* records of the trace */
    lb_time first, gap; /* of the trace: its first instant, and the mean gap */
    lb_time last;
    double scale; /* of the trace's times */
    bool loop;
};

/* An instant: whole + part / 2^32 ns, so that rounding never accumulates. */
struct arrival_instant {
    lb_time whole;
    uint64_t part;
};

/* A process under way. */
struct arrival_clock {
    const struct arrival_spec *spec;
    struct lb_random draws, modulation;
    double speed;                      /* how much faster than written */
    const struct rate_change *changes; /* those still to come */
    uint32_t changes_n;
    double factor;                /* in force */
    struct arrival_instant at;    /* of the last request */
    double rate;                  /* units per second, as written, ... */
    struct arrival_instant until; /* ... until here */
    uint32_t state;
    uint64_t left; /* of the batch at hand */
    struct arrival_feed feed;
    struct arrival_record record; /* of the last request */
    lb_time shift;                /* of the round of the trace */
    const char *failed;           /* why it cannot go on, or NULL */
};

struct arrival_kind {
    const char *name, *rule, *bursts;
    /* NULL, or a sentence saying what is wrong. NULL: nothing can be. */
    const char *(*check)(const struct arrival_spec *);
    /* Requests per second on average, as written; of a process that ends, over `horizon` seconds
     * (0: as far as it says). NULL: the kind has no rate of its own. */
    double (*rate)(const struct arrival_spec *, double horizon);
    /* Index of dispersion: variance over mean of the number of requests in a long time, at this
     * mean rate. NAN: there is none. Poisson has 1. */
    double (*dispersion)(const struct arrival_spec *, double rate);
    /* Changes of state per second. NULL: none. */
    double (*turns)(const struct arrival_spec *);
    void (*begin)(struct arrival_clock *); /* NULL: rate as written, for ever */
    void (*turn)(struct arrival_clock *);  /* `until` has come */
    bool (*next)(struct arrival_clock *);  /* to the next request; false: there is none */
};

/* By enum arrival_process. */
extern const struct arrival_kind *const arrival_kinds[ARRIVALS + 1];

/* Starts a process at time 0. `draws` and `modulation` are streams of its own; `speed` is what the
 * written rates are multiplied by. */
void arrival_begin(struct arrival_clock *, const struct arrival_spec *, double speed,
                   const struct rate_change *changes, uint32_t changes_n, struct lb_random draws,
                   struct lb_random modulation);
/* Moves to the next request: its instant is `at`. False: no more, or `failed` says why. */
bool arrival_next(struct arrival_clock *);

/* ---- For the kinds. */

#define ARRIVAL_LONGEST 1e8 /* s between two requests */

/* Adds seconds, 0 .. 1e9; what is below a nanosecond is kept to 32 bits. */
static inline void arrival_add(struct arrival_instant *at, double seconds)
{
    double ns = seconds * 1e9;
    lb_time floor = (lb_time)ns;

    at->part += (uint64_t)(int64_t)((ns - (double)floor) * 4294967296.0);
    at->whole += floor + (lb_time)(at->part >> 32);
    at->part &= UINT32_MAX;
}
double arrival_seconds(struct arrival_instant from, struct arrival_instant to);
/* A unit exponential. */
double arrival_exponential(struct lb_random *);
/* Passes so many units at the present pace, through turns and changes. */
bool arrival_spend(struct arrival_clock *, double units);
/* Where the pace changes next by a rate_change, at LB_NEVER if it does not; and passing it. */
struct arrival_instant arrival_border(const struct arrival_clock *);
void arrival_cross(struct arrival_clock *);
/* Is the run already longer than the clock can hold, or the gap since `from` too long? Says so. */
bool arrival_too_long(struct arrival_clock *, lb_time from);

/* A quantity as a whole number, at least 1: rounded at random to one of its neighbours, so that the
 * mean is the same; below 1 it counts as 1. */
uint64_t whole_draw(const struct distribution *, struct lb_random *);
/* Its mean, to 1e-6 where values lie below 1, else exactly. */
double whole_mean(const struct distribution *);

#endif
