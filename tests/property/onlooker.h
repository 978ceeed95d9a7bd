/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A world that ran under observation: its end state, and its request log read back from text into
 * whole nanoseconds, so that what the world counted can be counted once more from outside. */
#ifndef TESTS_ONLOOKER_H
#define TESTS_ONLOOKER_H

#include "tests/property/spy.h"

enum { STILL_INSIDE = ENDINGS }; /* `ended` of a request that has no line in the log */

struct logged {
    lb_time issued, work, wait, service, latency;
    lb_time started, left; /* its server; completed requests only; -1: cannot be told */
    uint32_t serial, client, balancer, server;
    uint32_t ended; /* enum ending, or STILL_INSIDE */
};

struct witness {
    const struct scenario *scenario;
    struct world_order order;
    uint32_t policy;                  /* of the scenario */
    struct metrics measured, windows; /* as asked, and every scope that there is */
    bool asks;                        /* the scenario itself asks for what only a ledger tells */
    struct world world;
    struct spy spy;
    struct logged *at;      /* by serial */
    uint64_t n;             /* issued */
    uint64_t repeated, bad; /* lines for a request that has one; lines that make no sense */
    uint64_t on_the_way;    /* to a server when the run ended */
    uint64_t first;         /* serial of the first measured request */
    lb_time from, to;       /* measured time, found from the log and the scenario */
    /* what the scenario can do */
    bool timeouts, lossy, holds, closed, linked, fifo;
    bool calm;     /* no timeline, no patience, no errors */
    bool told;     /* every request's way can be told from the log */
    bool trips;    /* a request may be several attempts, ... */
    bool falling;  /* ... and its balancer may go down with them */
    bool unsteady; /* what servers do is left to chance, not to the timeline alone */
};

/* The warm-up of a trial, as world_order wants it. */
uint64_t warmup_of(const struct scenario *);

/* Runs a policy's replication. 0; or -1 with the reason in w->world.why: it did not open
 * (*refused), or failed. Close it in each case. */
int witness_open(struct witness *, const struct scenario *, uint32_t policy, uint32_t replication,
                 bool *refused);
void witness_close(struct witness *);

/* Delay of a link that has always the same (SCENARIO_NONE: 0) and loses nothing, or -1. */
lb_time constant_delay(const struct scenario *, uint32_t link);
/* The spec of a balancer. */
const struct balancer_spec *balancer_at(const struct scenario *, uint32_t balancer);
/* The link between a server and a balancer, or SCENARIO_NONE. */
uint32_t server_link(const struct scenario *, uint32_t server, uint32_t balancer);
/* When a request was sent to a server, or NULL: never. */
const struct attempt *attempt_of(const struct witness *, uint32_t serial);

#endif
