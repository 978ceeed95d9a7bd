/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A film: what happened to each request of one policy's first replication, and what its balancers
 * believed at each pick, written down while the world runs. It is the world of `lbsim run`: same
 * seed, same draws, same instants.
 *
 * Rows are flat and name each other by number. Memory holds what is in flight and what is kept: of
 * a run that is too long, the requests that live in the windows. */
#ifndef SIM_FILM_H
#define SIM_FILM_H

#include "sim/record/ledger.h"
#include "sim/run/world.h"

#define FILM_NOTHING UINT32_MAX /* no row; no server */

enum { FILM_WINDOWS = 8, FILM_CANDIDATES = 6, FILM_BINS = 1024, FILM_OPEN = ENDINGS };

/* From when to when a film shows the run. */
struct film_window {
    lb_time from, to; /* to: LB_NEVER: the end */
};

/* Instants are LB_NEVER where something never happened. */
struct film_request {
    uint32_t next; /* of free rows */
    uint32_t serial, client;
    uint32_t call, last_call;         /* its calls, in the order in which they set out */
    uint32_t open;                    /* its parts that have not ended */
    lb_time issued, end, work, until; /* until: its last part ended then */
    uint8_t how;                      /* enum ending; FILM_OPEN */
    bool used;
};
/* A part of a try of a request, at one balancer. */
struct film_call {
    uint32_t next, request, balancer;
    uint32_t attempt, last_attempt, pick, last_pick;
    bool live;
    lb_time out, there;     /* sets out; is at the balancer */
    lb_time answered, home; /* the answer sets out; is at the client */
};
/* One sending to one server. */
struct film_attempt {
    uint32_t next, call, server;
    bool live, lost;
    lb_time sent, reached, begun, left; /* left: the server, or the world where it is lost */
    lb_time back;                       /* the answer is at the balancer */
};
struct film_candidate {
    uint32_t server, load;
    double score;
};
/* What a policy was asked, and answered. */
struct film_pick {
    uint32_t next, call, balancer;
    uint32_t number;  /* of all picks of the run */
    lb_server answer; /* server, over all groups; or LB_NONE, LB_HOLD, LB_REJECT */
    uint16_t attempt, offer;
    uint32_t candidates; /* that it spoke of; the first FILM_CANDIDATES are here */
    lb_time at;
    struct film_candidate at_hand[FILM_CANDIDATES];
};
/* What a balancer believed of a server, in the view of a pick, where it differs from the pick
 * before (at first: from nothing). */
struct film_belief {
    uint32_t pick; /* its number */
    uint32_t server;
    uint32_t load, load_before;
    bool closed, closed_before; /* not to be used */
};
struct film_change {
    lb_time at;
    uint32_t server;
    enum server_state state;
    bool absent;
    double speed;
};
/* What had happened before a window. */
struct film_before {
    uint64_t issued, ended[ENDINGS], bins[FILM_BINS];
};

enum film_moment_kind {
    MOMENT_QUEUE,    /* a server has most requests: a */
    MOMENT_GAP,      /* a balancer believes a at a server that has b */
    MOMENT_SLOWEST,  /* the request that takes longest is issued; a: how long, ns */
    MOMENT_REJECTED, /* the first of these */
    MOMENT_TIMED_OUT,
    MOMENT_FAILED,
    MOMENT_CANCELLED,
    MOMENT_DOWN, /* the first server that is not up */
    MOMENTS
};
struct film_moment {
    lb_time at; /* LB_NEVER: there is none */
    uint32_t server;
    uint64_t a, b;
};

struct film_pool {
    unsigned char *at;
    size_t each;
    uint32_t n, room, free;
};
struct film_state;

struct film {
    /* The order. */
    const struct scenario *scenario;
    const struct policy_spec *policy;
    struct film_window window[FILM_WINDOWS]; /* ascending, apart */
    uint32_t windows;                        /* 0: only moments and totals are wanted */
    uint32_t most;                           /* requests that are kept at most */
    lb_time unit;                            /* ns; bins count in it */
    volatile const int *stop;

    /* What came of it. */
    struct film_pool request, call, attempt, pick;
    struct film_belief *belief;
    struct film_change *change;
    uint32_t beliefs, beliefs_room, changes, changes_room;
    struct film_before before[FILM_WINDOWS], total; /* total: all that was run */
    struct film_moment moment[MOMENTS];
    lb_time ends;        /* of the run, or of what was run of it */
    double latency_mean; /* ns, of the completed */
    uint64_t completed;
    bool believes; /* beliefs are told */
    bool full;     /* more than `most`: nothing of it is of use */
    char why[256];
    struct film_state *state;
};

/* Runs it. 0; or -1 with `why` (out of memory, or as world_run says). Close it in each case. */
int film_run(struct film *);
void film_close(struct film *);

/* Rows. */
struct film_request *film_request_at(const struct film *, uint32_t row);
struct film_call *film_call_at(const struct film *, uint32_t row);
struct film_attempt *film_attempt_at(const struct film *, uint32_t row);
struct film_pick *film_pick_at(const struct film *, uint32_t row);
/* The rows of its requests by serial, and of its picks in the order in which they were made: NULL
 * without memory. To be freed. */
uint32_t *film_requests(const struct film *, uint32_t *n);
uint32_t *film_picks(const struct film *, uint32_t *n);

/* The bin of a latency of so many units: sixteen for each doubling. */
uint32_t film_bin(uint64_t units);

#endif
