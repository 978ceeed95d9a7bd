/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside of decision_log.c, and of the host that a logged policy has. */
#ifndef SIM_DECISION_LOGGED_H
#define SIM_DECISION_LOGGED_H

#include "sim/live/decision_log.h"
#include "sim/live/decision_view.h"

struct decision_log {
    struct decision_writer out;
    const struct lb_policy *inner;
    const void *config;
    struct lb_policy policy;
    struct lb_agent agent;
    struct policy_spec spec;
    uint32_t balancers; /* opened so far: each opening has a number of its own */
    bool finished;
};

/* A memo that the inner policy may write to until its call returns. */
struct lent {
    uint64_t ticket, *at; /* at: NULL: no more */
};

/* One instance. */
struct logged {
    struct lb_host host; /* first: the inner policy's handle leads back here */
    struct decision_log *log;
    struct lb_host *outer;
    const struct lb_view *view;
    void *self;
    uint32_t number;
    struct lb_setup setup;
    struct decision_seen seen;
    struct lent *lent;
    uint32_t lent_n, lent_room;
};

/* What the inner policy asks is written down, and asked of the true host. */
extern const struct lb_host logged_host;

/* The inner policy may write to this memo (NULL: there is none) until its call returns. */
void logged_lend(struct logged *, uint64_t ticket, uint64_t *at);
/* Writes what a call has left in those that it was lent, from `base` on. */
void logged_settle(struct logged *, uint32_t base);

#endif
