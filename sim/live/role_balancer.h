/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The balancer's role, in two halves: towards clients (role_balancer.c) and towards servers
 * (role_balancer_out.c). */
#ifndef SIM_ROLE_BALANCER_H
#define SIM_ROLE_BALANCER_H

#include "sim/live/control.h"
#include "sim/live/loop.h"
#include "sim/run/trip.h"

struct balancer_role;

/* One of the balancers of this process, as its inlet's context. */
struct front {
    struct balancer_role *role;
    struct inlet *inlet;
    uint32_t index;
};

struct balancer_role {
    const struct live_plan *plan;
    struct live_fare *fare;
    struct world world;
    struct world_order order;
    struct wire wire;
    struct loop loop;
    struct control *control; /* one, or by server */
    uint32_t controls;
    struct front *front;
    struct outlet **outlet; /* by server */
    struct event *term;     /* SIGTERM */
    struct event *drip;     /* while it drains: are the last answers out? */
    bool draining;          /* it takes no more requests */
    uint32_t coming;        /* the call that is coming: who asks */
    struct visitor *visitor;
    struct visitor **asker; /* by slot of a call; NULL: nobody any more */
    uint64_t tickets, strangers;
    int64_t asked; /* when the policy was asked; real ns */
    struct out {
        struct passage *passage;
        uint64_t ticket;
    } * out,    /* by slot of an attempt */
        *check; /* by number of a check */
    char (*name)[64];
};

/* ---- Towards servers. */

int balancer_out_open(struct balancer_role *);
void balancer_out_close(struct balancer_role *);
/* The functions of the wire. */
lb_time balancer_sets_out(void *, const struct world *, uint32_t slot, enum link_part,
                          lb_time delay);
void balancer_dispatches(void *, const struct world *, uint32_t slot, lb_server);
void balancer_closes(void *, const struct world *, uint32_t slot, enum attempt_ending);
void balancer_sends(void *, struct world *, uint32_t slot);
void balancer_cancels(void *, struct world *, uint32_t slot);
void balancer_checks(void *, struct world *, uint32_t server, uint32_t number, uint32_t n);

#endif
