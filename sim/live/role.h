/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The three roles of a live run: clients, balancer, servers. Each is a world (sim/run/world.h)
 * whose clock waits and whose other parts are elsewhere; what goes there goes over sockets. A role
 * is a function, run in a process of its own (or, for tests, in a thread). */
#ifndef SIM_ROLE_H
#define SIM_ROLE_H

#include "sim/live/shared.h"

/* One run of one policy: the same for all roles, and unchanged while they run. */
struct live_plan {
    const struct scenario *scenario;
    const struct policy_spec *policy;
    const struct policy_spec *logged; /* the same, for the balancer, if it logs (decision_log.h);
                                         or NULL */
    uint32_t replication;
    uint64_t requests; /* to issue in all; 0: by the scenario's duration */
    lb_time duration;  /* model time after which no more are issued; LB_NEVER */
    uint64_t warmup;   /* requests; UINT64_MAX: by warmup_time */
    lb_time warmup_time;
    bool ping; /* requests make no work: what is left is overhead */
    enum transport transport;
    double time_scale; /* real time by model time */
    struct channel_limits limits;
    struct channel_tls *tls;        /* or NULL */
    const struct address *through;  /* the balancer to drive instead of lbsim's; or NULL */
    const struct address *backends; /* by server; length 0: lbsim's own; or NULL: all are */
    const struct address *bind;     /* where balancers listen; NULL: any free port of loopback */
    uint32_t connections;           /* opened beforehand, by clients to each balancer */
    bool serve;                     /* no clients: wait for strangers until told to stop */
    struct live_shared *shared;
};

/* CLOCK_MONOTONIC, ns. */
int64_t live_monotonic(void);
/* Model time now, never before the epoch; and real ns, of CLOCK_MONOTONIC, of a model time. */
lb_time live_now(const struct live_plan *);
int64_t live_real(const struct live_plan *, lb_time model);

/* Runs a role to its end. `leash` is a descriptor that becomes readable, or is closed, when the
 * supervisor has something to say (shared->stop) or is gone; -1: none. `control` is one end of a
 * socket pair between balancer and servers, for what policies and their agents say to each other;
 * -1: nobody has anything to say. It first says in its fare that it is ready (ports are known
 * then), waits for the epoch, and works. 0, or -1 with its fare's code and why. */
int role_clients(const struct live_plan *, int leash);
/* The balancer has one end for all servers (controls 1), or one for each (as many), or none. */
int role_balancer(const struct live_plan *, int leash, const int *control, uint32_t controls);
/* Servers first .. first + count - 1, in one process. `again`: a process before this one has been
 * killed, and this one takes its ports. */
int role_servers(const struct live_plan *, uint32_t first, uint32_t count, bool again, int leash,
                 int control);

#endif
