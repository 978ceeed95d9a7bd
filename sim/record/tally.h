/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What one replication counts. Sums are integers, so they do not depend on the order in which
 * requests end. A request is measured if it was issued after the warm-up; time averages run from
 * the issue that ends the warm-up to the last issue. */
#ifndef SIM_TALLY_H
#define SIM_TALLY_H

#include "models/policy.h"
#include "sim/record/histogram.h"
#include "sim/record/moments.h"

/* Slowdowns are ratios; they are summed as whole multiples of 2^-20. */
#define TALLY_RATIO_ONE INT64_C(1048576)

enum ending { ENDED_COMPLETED, ENDED_REJECTED, ENDED_TIMED_OUT, ENDED_FAILED, ENDED_CANCELLED };
enum { ENDINGS = 5 };

/* How an attempt, one request sent to one server, can end. */
enum attempt_ending {
    ATTEMPT_OK,
    ATTEMPT_ERROR,
    ATTEMPT_TIMEOUT,
    ATTEMPT_REFUSED,
    ATTEMPT_LOST,
    ATTEMPT_CANCELLED,
    ATTEMPT_CUT
};
enum { ATTEMPT_ENDINGS = 7 };

/* "ok", "error" ... */
const char *attempt_ending_name(enum attempt_ending);

/* The durations of completed, measured requests, in the order of their metrics' names. */
enum duration {
    DURATION_LATENCY,
    DURATION_WAIT,
    DURATION_SERVICE,
    DURATION_SLOWDOWN,
    DURATION_WAIT_SLOWDOWN
};
enum { DURATIONS = 5 };

/* Completed, measured requests are counted in batches, a loop a duration, which keeps the sums in
 * registers. */
enum { TALLY_BATCH = 128 };

struct tally {
    uint64_t issued, ended[ENDINGS];            /* all requests */
    uint64_t measured, measured_ended[ENDINGS]; /* measured ones */
    uint64_t sent, attempts[ATTEMPT_ENDINGS];   /* all attempts */
    uint64_t measured_attempts;                 /* attempts of measured requests */
    uint64_t begun, waited;                     /* measured: service began; of these, not at once */
    uint64_t served;     /* measured: services finished, those for nobody included */
    uint64_t finished;   /* services that ended in measured time, those for nobody included */
    uint64_t answered;   /* of these, for a client that waited and got its answer */
    uint64_t retries;    /* attempts of measured requests that followed a failed one: clients' and
                            balancers' */
    uint64_t hedges;     /* that were sent while another was out: hedges and copies */
    moments_wide spent;  /* work done for measured requests, ns at speed 1; ... */
    moments_wide useful; /* ... of this, for answers that their clients waited for; ... */
    moments_wide duplicated; /* ... for copies whose request another one had answered */
    uint64_t messages; /* probes, reports and tokens, from the warm-up's end to the last issue */
    struct moments duration[DURATIONS];
    struct histogram *histogram[DURATIONS]; /* NULL: not asked for */
    moments_wide in_system; /* integral over measured time of requests issued and not ended, ns */
    moments_wide waiting;   /* of requests waiting, at servers and balancers */
    uint64_t longest_queue; /* in measured time */
    uint64_t unmeasurable;  /* completed, measured, with no service time: no slowdown */
    uint64_t before, after; /* requests in the system when measured time begins, and ends */
    lb_time from, to;       /* measured time */
    uint32_t batched;
    int64_t latency[TALLY_BATCH], wait[TALLY_BATCH], service[TALLY_BATCH], alone[TALLY_BATCH];
};

/* Counts the samples of the batch. To be called once more at the end. */
void tally_flush(struct tally *);

/* `alone` is the service time that the request would have on a core of its own: what a slowdown is
 * relative to. It is `service` unless requests share cores. */
static inline void tally_sample(struct tally *t, int64_t latency, int64_t wait, int64_t service,
                                int64_t alone)
{
    uint32_t i = t->batched;

    t->latency[i] = latency;
    t->wait[i] = wait;
    t->service[i] = service;
    t->alone[i] = alone;
    t->batched = i + 1;
    if (i + 1 == TALLY_BATCH)
        tally_flush(t);
}

/* A ratio of times in whole multiples of 1 / TALLY_RATIO_ONE; below > 0. */
static inline int64_t tally_ratio(int64_t above, int64_t below)
{
    double r = (double)above / (double)below * (double)TALLY_RATIO_ONE + 0.5;

    return r < 9.2e18 ? (int64_t)r : INT64_MAX;
}

/* What a replication's servers add up to. Shares are of cores times measured time; the imbalance is
 * over the drawn work of measured requests by the server that completed them, over its cores times
 * speed. NAN where it cannot be told. */
struct evenness {
    double utilization_mean, utilization_max, utilization_min;
    double cov, max_over_mean, jain;
};

/* The part of [start, end] that lies in measured time. */
static inline uint64_t tally_overlap(const struct tally *t, lb_time start, lb_time end)
{
    lb_time from = start > t->from ? start : t->from, to = end < t->to ? end : t->to;

    return to > from ? (uint64_t)(to - from) : 0;
}

/* Attempts that have been sent and have not ended. */
static inline uint64_t tally_in_flight(const struct tally *t)
{
    uint64_t n = t->sent;
    int i;

    for (i = 0; i < ATTEMPT_ENDINGS; i++)
        n -= t->attempts[i];
    return n;
}

/* A request has ended: was it in the system at a border of measured time? `early`: it was issued
 * before the warm-up's end. */
static inline void tally_borders(struct tally *t, bool early, lb_time end)
{
    t->before += early && end > t->from;
    t->after += end > t->to;
}

#endif
