/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What there is to see of a policy at work at one instant: counters, the requests completed last,
 * and its servers as they are beside what balancers believe. Plain data, so that pictures can be
 * drawn, and tested, without a world. */
#ifndef SIM_SIGHT_H
#define SIM_SIGHT_H

#include "sim/play/stage.h"

/* What is the matter with a server, the worst first. */
enum trouble {
    TROUBLE_DOWN,
    TROUBLE_HANG,
    TROUBLE_REFUSE,
    TROUBLE_RESET,
    TROUBLE_HOLE,
    TROUBLE_DRAIN,
    TROUBLE_EJECTED, /* a balancer has found it out */
    TROUBLE_ILL,     /* it has failed a balancer's checks */
    TROUBLE_FULL,    /* a balancer's limit or breaker is against it */
    TROUBLE_UNUSED,  /* a balancer does not use it, for another reason */
    TROUBLE_SLOW,
    TROUBLE_FAST,
    TROUBLE_NONE
};
/* "down", "hangs" ...; "" for none. */
const char *trouble_name(enum trouble);

struct sight_server {
    const char *group;
    uint32_t server, number; /* over all; within its group */
    uint32_t cores;
    bool alone;                       /* in its group */
    uint32_t running, waiting;        /* requests in service, and behind them */
    uint32_t believed, believed_most; /* by its balancers: the least and the most */
    bool seen;                        /* some balancer has it */
    double speed;                     /* of each core, over what the scenario gives it */
    enum trouble trouble;
};

struct sight {
    const char *label;
    bool over;
    uint64_t issued, in_flight, ended[ENDINGS], retries, hedges;
    uint32_t held;         /* in balancers' queues */
    uint32_t recent;       /* requests completed last, of which these are: */
    double rate, p50, p99; /* per model second; seconds; NAN: none */
    struct sight_server *server;
    uint32_t shown, servers;     /* of so many that are there */
    uint32_t idle, busy, queued; /* of those not shown: idle, without and with requests waiting */
};

/* Room for `most` servers: 0 or -ENOMEM. Close it in each case. */
int sight_open(struct sight *, uint32_t most);
void sight_close(struct sight *);
/* Looks. Of more servers than there is room for, those with the most requests, in that order. */
void sight_take(struct sight *, const struct act *, lb_time now, uint32_t most);

#endif
