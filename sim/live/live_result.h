/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a live run comes to, from the records of its requests. Durations are model seconds. A
 * request is measured if it was to be issued after the warm-up, as in simulation. */
#ifndef SIM_LIVE_RESULT_H
#define SIM_LIVE_RESULT_H

#include "sim/live/agree.h"
#include "sim/live/role.h"
#include "sim/record/histogram.h"

/* A set of durations, exactly; NAN where there are none. */
struct live_numbers {
    uint64_t n;
    double mean, stddev, p50, p90, p95, p99, p999, p9999, max;
};

/* All requests, and what became of them. */
struct live_account {
    uint64_t issued, ended[ENDINGS], in_system;
    uint64_t failed[CAUSES]; /* of those that failed; CAUSE_NONE: answered with an error */
    uint64_t sent, attempts[ATTEMPT_ENDINGS], in_flight; /* of balancers; 0 without lbsim's own */
    uint64_t strangers, straight; /* requests of others, at balancers and straight at servers: in no
                                     other number */
    struct inlet_count inlet;     /* of balancers and servers together */
    struct outlet_count outlet;   /* of clients and balancers together */
};

struct live_result {
    struct live_account account;
    uint64_t warmup, measured, measured_ended[ENDINGS];
    double seconds;              /* measured time: from the end of the warm-up to the last issue */
    struct live_numbers latency; /* from the intended time: what a user sees */
    struct live_numbers uncorrected; /* from when it was sent: what many tools tell */
    struct live_numbers wait, service;
    struct latencies latencies;       /* sorted */
    struct histogram_total *spectrum; /* of latency, ns */
    double *percentile;               /* of latency, as run.percentiles asks */
    double rate, rate_achieved;       /* requests a second that were to be issued, that were sent */
    double throughput, goodput;       /* services finished, requests completed, a second */
    double rejected, timed_out, failed, cancelled; /* shares of measured requests */
    double retries;                                /* tries of clients after the first, each */
    double attempts;                               /* of balancers, each */
    double *share;       /* by server: of measured requests, where the last attempt went */
    double *utilization; /* by server; NAN where cores are shared or unlimited */
    uint32_t servers;
    /* Of requests with one attempt; `sent late` of all. The overhead of a run without such requests
     * is that of all that completed, at most: what a hedge or a retry waited for is in it. n 0: not
     * known. */
    struct path_summary path[PATH_PARTS];
    double slow_share; /* whose overhead is longer than asked; NAN */
    double pick_ns;    /* the policy's pick, real ns; NAN */
    double cpu[ROLES]; /* real s */
};

/* `slow`: real s, see gate.h. 0, or -1: out of memory. */
int live_result_of(struct live_result *, const struct live_plan *, double slow);
void live_result_close(struct live_result *);

/* Is every request and attempt accounted for, in the counts of the clients as well as in the
 * records? False, with `why`: "the accounting broke: ...". */
bool live_account_good(const struct live_result *, const struct live_plan *, char *why,
                       size_t room);

/* How long one part of its path took, model ns: -1: not known of this request. */
lb_time live_path_of(const struct live_record *, enum path_part);
/* Did it complete, is it measured, and was it one attempt, so that its path is known? */
bool live_is_plain(const struct live_record *);
/* Were requests sent to this server, of which none completed? */
bool live_is_silent(const struct live_plan *, lb_server);
/* The first measured request, as the warm-up of the plan has it. */
uint64_t live_first_measured(const struct live_plan *);

#endif
