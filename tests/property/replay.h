/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One server, simulated once more and naively: from when requests reached it, when clients took
 * them back, and the timeline, to when each service began and ended, and what the server counted.
 * At every step all requests inside are looked at; nothing is kept in order but their arrival. */
#ifndef TESTS_REPLAY_H
#define TESTS_REPLAY_H

#include "tests/property/onlooker.h"

enum fate {
    FATE_INSIDE,   /* still there at the end */
    FATE_SERVED,   /* service ended, the answer is right */
    FATE_ERROR,    /* ended, and the answer is an error */
    FATE_LOST,     /* the server went down with it */
    FATE_TAKEN,    /* its client took it back from the queue */
    FATE_SHUT_OUT, /* refused: the server is down or refuses */
    FATE_NO_PLACE  /* refused: full */
};

/* Requests reach a server in order of time, then of this, then of `order`. */
enum reach_phase { REACH_OFFERED, REACH_LINKED, REACH_ISSUED, REACH_UNCLEAR };

struct guest {
    const struct attempt *attempt;
    lb_time reached, work, removed; /* removed: its client takes it back then, or LB_NEVER */
    lb_time left;                   /* processor sharing: when it left by the books, or LB_NEVER */
    uint64_t order;
    uint32_t priority;
    enum reach_phase phase;
    /* what comes of it */
    enum fate fate;
    lb_time began, ended; /* LB_NEVER: not */
    /* while inside */
    double rest, mark; /* work to do at `since`; processor sharing: attained work when it came */
    lb_time since;     /* LB_NEVER: it waits */
    lb_time end;
};

struct replay {
    const struct witness *w;
    const struct server_spec *spec;
    uint32_t server;
    struct guest *guest; /* all that ever reached it */
    uint32_t guests;
    struct guest **inside; /* by arrival */
    uint32_t n;
    lb_time now;
    double speed, attained; /* processor sharing: work that each inside has got since ever */
    enum server_state state;
    bool absent;
    bool unclear; /* what happened first at some instant cannot be told */
    bool wrong;   /* processor sharing: somebody left too early or too late */
    uint64_t busy, waited, gone, longest;
};

/* Runs it all. False: out of memory. */
bool replay_run(struct replay *);

#endif
