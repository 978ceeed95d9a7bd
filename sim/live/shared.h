/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The page that the processes of a live run share: the clock, the ports, how each one fares, and a
 * record of every request. Each field has one writer. */
#ifndef SIM_SHARED_H
#define SIM_SHARED_H

#include <stdatomic.h>

#include "sim/live/channel.h"
#include "sim/record/tally.h"
#include "sim/scenario/scenario.h"

/* What came of a request and when, in model time (LB_NEVER: never). Of a request of several
 * attempts the last one that each process saw. */
struct live_record {
    /* written by the clients */
    lb_time intended, sent, done;
    lb_time client_link;   /* of the way to `sent`: what a simulated link took; 0 */
    lb_time wait, service; /* as its answer says */
    lb_time work;          /* ns at speed 1, and ... */
    uint64_t key;          /* ... 0 where there are none; both of requests that have ended */
    uint32_t balancer;     /* the same: of its last try */
    _Atomic uint8_t ended; /* 0: not yet; else 1 + enum ending: written last */
    uint8_t cause;         /* enum cause, of one that failed */
    uint16_t tries;
    uint32_t client;
    lb_server served; /* whose answer it was; LB_NONE: nobody's, or it does not say */
    /* by the balancer */
    lb_time arrived;        /* it read the request ... */
    lb_time forwarded;      /* ... sent it to a server ... */
    lb_time returned;       /* ... heard from it ... */
    lb_time replied;        /* ... and answered the client */
    lb_time balancer_links; /* to `forwarded` and to `replied`: the same, together */
    lb_server dispatched;   /* over all groups; LB_NONE: nowhere */
    bool unwanted;          /* a server that is not lbsim's found fault with it: 4xx */
    uint32_t attempts;
    /* by the servers */
    lb_time reached, due, answered; /* due: when its service was to end */
    lb_time server_link;            /* from `due` to `answered`: the same */
    lb_server server;               /* who reached it last */
};

/* Something that a policy and a server said to each other, as it came: model time. */
struct live_talk {
    lb_time sent; /* it left its (simulated) link */
    lb_time came;
    uint32_t server, balancer, kind; /* enum message_kind */
};

/* One message of a request that may be several calls and attempts: it set out, came, or came to
 * nobody any more, because who waited for it has given it up (or was about to). */
enum moment_kind { MOMENT_OUT, MOMENT_COME, MOMENT_VAIN };
struct live_moment {
    lb_time at;            /* model time */
    uint32_t serial, draw; /* of the request; of its call or attempt (trip.draw) */
    uint16_t part, kind;   /* enum link_part, of the first four; enum moment_kind */
};

enum live_role { ROLE_CLIENTS, ROLE_BALANCER, ROLE_SERVERS, ROLES };

enum live_state { LIVE_STARTING, LIVE_READY, LIVE_DONE, LIVE_FAILED };

/* How one process fares. Of servers that have processes of their own, what is atomic adds up; the
 * rest is at their desks. */
struct live_fare {
    _Atomic int state;
    _Atomic int code; /* of a failure, the first: the exit status that fits, 3 or 70 */
    char why[256];
    _Atomic uint64_t issued, ended[ENDINGS], in_flight; /* clients: requests; others: attempts */
    _Atomic uint64_t cpu_ns;
    _Atomic uint64_t picks, pick_ns; /* balancer: time spent in the policy's pick, real ns */
    struct tally tally;              /* when it is done */
    struct inlet_count inlet;        /* not of servers */
    struct outlet_count outlet;
    _Atomic bool all_issued; /* clients: nothing more will be */
    uint64_t left_in_flight; /* balancer: its counts over all seats, when it is done: 0 */
    /* balancer: requests that were not of this run, and those of them that were not served; their
     * attempts, which are in the tally as well */
    uint64_t strangers, strangers_failed;
    uint64_t strangers_sent, strangers_attempts[ATTEMPT_ENDINGS];
};

/* What came to one server. Each server has one process at a time. */
struct live_desk {
    struct inlet_count inlet; /* when it is done */
    uint64_t strangers;       /* requests that were not of this run, and came straight to it */
    uint64_t balanced;        /* by the balancer: the same that it served for the balancer */
};

struct live_shared {
    _Atomic int64_t epoch; /* CLOCK_MONOTONIC, ns, of model time 0; 0: not yet */
    _Atomic int stop;      /* 1: issue no more, and drain; 2: stop at once */
    struct live_fare fare[ROLES];
    /* A number that only this run knows: what does not carry it is a stranger's, whatever else it
     * says. Not 0. */
    uint64_t run;
    uint64_t room; /* records */
    uint32_t servers, balancers;
    _Atomic uint16_t *balancer_port, *server_port;
    struct live_desk *desk;     /* by server */
    struct live_record *record; /* by the serial number of the request */
    uint64_t talk_room;
    _Atomic uint64_t talks; /* claimed so far, perhaps beyond the room */
    struct live_talk *talk; /* in no order */
    uint64_t moment_room;
    _Atomic uint64_t moments;   /* claimed so far, perhaps beyond the room */
    struct live_moment *moment; /* in no order */
    size_t bytes;
};

/* Room for so many requests and so many ports: NULL if there is no memory. All records are blank,
 * and in memory: writing one does not keep a process waiting. */
struct live_shared *shared_open(uint64_t requests, uint32_t balancers, uint32_t servers);
void shared_close(struct live_shared *);
/* The record of a request, or NULL beyond the room. */
struct live_record *shared_record(struct live_shared *, uint64_t id);
/* Keeps it, while there is room. */
void shared_talk(struct live_shared *, const struct live_talk *);
/* So many are kept. */
uint64_t shared_talks(const struct live_shared *);
/* The same of moments; those of requests without a record are not kept. */
void shared_moment(struct live_shared *, const struct live_moment *);
uint64_t shared_moments(const struct live_shared *);

#endif
