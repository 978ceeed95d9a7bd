/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A policy with a spy in it: it picks what the policy picks, and writes down every attempt from the
 * moment when it is sent to the moment when the balancer hears how it ended. */
#ifndef TESTS_SPY_H
#define TESTS_SPY_H

#include "sim/run/world.h"

enum { ATTEMPT_OPEN = 99 }; /* status of an attempt of whose end nobody has heard */

struct attempt {
    uint32_t serial, balancer, server, status;
    lb_time sent, done; /* done: LB_NEVER while open */
    bool held;          /* it was in the balancer's queue before */
    bool panicked;      /* the policy had found no server */
    uint32_t previous;  /* of the same request, or UINT32_MAX */
};

/* What became of a request at its balancer. */
struct stay {
    uint32_t attempt; /* index, the last one, or UINT32_MAX */
    lb_time issued;
    lb_time held_since; /* LB_NEVER: never held */
    lb_time rejected;   /* when the balancer turned it away, or LB_NEVER */
    lb_server answer;   /* of the last pick */
    bool offered;
};

struct spy {
    struct world *world;
    struct lb_policy policy;
    struct lb_agent agent;
    struct policy_spec spec; /* to be run */
    const struct lb_policy *inner;
    const void *config;
    struct attempt *attempt; /* in the order in which they were sent */
    struct stay *stay;       /* by serial */
    uint32_t attempts, attempts_room, stays, stays_room;
    uint64_t again;          /* requests sent, where they are sent once, or answered, twice */
    uint64_t over;           /* attempts sent beyond a limit, ... */
    char bound[160];         /* ... the first of them */
    uint64_t looks, strange; /* views that were looked at; that were not as they ought to be */
    char first[160];         /* what was strange in the first */
    bool no_memory;
};

/* An attempt of a request of several has been sent to a seat: was it within all limits? */
void spy_looks_at_limits(struct spy *, const struct balancer *, const struct lb_request *,
                         lb_server seat);

/* Puts a spy into a policy for a world to come. The spy must not move. */
void spy_open(struct spy *, const struct policy_spec *, struct world *);
void spy_close(struct spy *);

#endif
