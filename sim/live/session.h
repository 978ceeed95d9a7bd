/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Everything live about one policy of a scenario: a ping phase at the run's own rate, whose
 * requests make no work and meet no errors, then the run, each gated and tried again if it was not
 * good enough. Servers that are not lbsim's do work for pings, too: there time is stretched so that
 * a quarter of the servers' time at most is theirs, as the scenario has services. */
#ifndef SIM_SESSION_H
#define SIM_SESSION_H

#include "sim/live/gate.h"
#include "sim/live/live_result.h"
#include "sim/live/supervisor.h"

enum { SESSION_TRIES_MOST = 20 };

/* One run, finished. */
struct session_try {
    struct scenario as_run;   /* the scenario with the length of this run */
    struct server_spec *calm; /* of pings: as_run's servers, which fail no requests; or NULL */
    struct live_plan plan; /* plan.shared has its records; NULL where only the numbers are kept */
    struct live_result result;
    struct gate gate;
    struct supervised supervised;
};

/* A phase: tries until one is VALID. All are here, but only the best keeps records. */
struct session_phase {
    struct session_try *at; /* room for all */
    uint32_t n;             /* made; 0: there is no such phase */
    uint32_t best;          /* VALID, or of the least overhead: never of the least error */
};

struct session_order {
    const struct scenario *scenario;
    const struct policy_spec *policy;
    uint64_t requests, warmup; /* see session_length, session_warmup */
    lb_time duration;
    uint32_t tries; /* of each phase, at most */
    struct gate_limits gate;
    struct channel_limits limits;
    struct channel_tls *tls;        /* or NULL: without */
    const struct address *through;  /* or NULL */
    const struct address *backends; /* by server, or NULL */
    const struct address *bind;     /* or NULL */
    uint32_t connections;           /* opened beforehand */
    uint16_t server_port; /* servers listen here and on the ports that follow; 0: on any */
    const struct live_roles *roles; /* NULL: the usual ones */
    bool realtime, threads, serve;
    struct timer_test *timers; /* of this process, tested by whoever is first; NULL: test anew */
    volatile sig_atomic_t *interrupt;
    /* The same policy, for the balancer of the n-th try, if it is to log its decisions
     * (decision_log.h); or NULL. Not called for pings. */
    const struct policy_spec *(*logged)(void *context, uint32_t n);
    void (*ready)(void *context, const struct live_plan *);
    void (*watch)(void *context, const struct live_glance *);
    void (*tried)(void *context, const struct session_try *, uint32_t n); /* one more is made */
    void *context;
};

struct live_session {
    struct timer_test timers;
    struct session_phase ping, run;
    bool interrupted;
    int code; /* exit status that fits: 3 the machine said no, 70 a bug of lbsim */
    char why[400];
};

/* What the scenario says: length (requests 0: duration rules), warm-up (found by a pilot where it
 * is "auto"), tries, limits, the gate's defaults. No addresses. 0, or -1 with `why`. */
int session_prepare(struct session_order *, const struct scenario *, const struct policy_spec *,
                    char *why, size_t room);
/* How long one try will take, real s: of the run, and of its ping phase (0: there is none, where
 * users without work to wait for would come faster than in the run). */
double session_seconds(const struct session_order *);
double session_ping_seconds(const struct session_order *);
/* The same of both together, where the last answers are awaited as long as clients may wait. */
double session_most_seconds(const struct session_order *);
/* Requests a second that the scenario is likely to issue, in model time. */
double session_rate(const struct scenario *);

/* Runs it. 0, or -1 with code and why. An interrupt keeps what there is. Close it in each case. */
int session_run(const struct session_order *, struct live_session *);
void session_close(struct live_session *);

/* The best try of a phase, or NULL. */
struct session_try *session_best(struct session_phase *);

#endif
