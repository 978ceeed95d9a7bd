/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside the express way: its state, and the borders of measured time. */
#ifndef SIM_EXPRESS_PART_H
#define SIM_EXPRESS_PART_H

#include "sim/run/lane.h"
#include "sim/run/step.h"

enum { RISES_MOST = 1 << 26 };

/* The longest queue so far became so long then. */
struct rise {
    lb_time reached;
    uint64_t waiting;
};

/* Of the wide way: jobs at a server, linked by job.next. Those from `oldest` have not ended for
 * their balancer; of these, those from `served` have not left the server; of these, those from
 * `coming` have not reached it. Without links only `oldest` counts. */
struct queue_of_jobs {
    lb_time due; /* the next thing to do, or LB_NEVER */
    uint32_t oldest, served, coming, last;
};

struct express {
    bool wide;
    struct lanes lanes;
    lb_time way; /* between the balancer and each server: the same there and back */
    bool looks;  /* what the policy reads depends on loads */
    struct rise *rise;
    uint64_t rises, longest; /* `longest`: of the rises */
    uint64_t turned_away;

    /* of the wide way */
    struct queue_of_jobs *queue; /* by server */
    lb_time *leave;              /* by slot of a job: when it leaves its server */
    lb_time *ways;               /* by group: between balancers and servers */
    void (**advance)(struct world *, uint32_t server, lb_time now); /* by group */
    uint64_t events;
};

/* Sets `advance` of each group. */
void express_choose(struct world *);
void express_run_wide(struct world *);
/* Does a trial that may go the express way need the wide one? */
bool express_is_wide(const struct world_order *);
/* The delay between the servers of a group and whoever sends to them: the same there and back, and
 * for all of these; -1: it is not. */
lb_time express_way(const struct scenario *, uint32_t group);

/* Whoever has left by then is, by `now`, an answer at the balancer. */
ALWAYS_INLINE lb_time express_left(const struct express *x, lb_time now)
{
    return now > x->way ? now - x->way : 0;
}

/* A queue becomes as long as none before it, or so it may turn out: within measured time if that
 * does not end too soon. */
void express_rise(struct world *, uint64_t waiting, lb_time reached);
/* Measured time has just begun, or ended: who is in the system now is counted as far as he
 * should. */
void express_begins(struct world *);
void express_ends(struct world *);
/* How many events the general way would have had for all that has been issued. */
uint64_t express_events(const struct world *);

/* The latency of a request, for the pilot. */
void add_to_series(const struct world_order *, uint64_t serial, lb_time latency);

#endif
