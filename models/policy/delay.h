/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The server with the shortest expected delay of one more request, (load + 1) / speed, kept in a
 * tournament. A speed is the server's weight or its rate, slow start included. Delays are compared
 * as products of doubles, which are exact for the weights or rates of warm servers while load stays
 * below 2^29, and then equal delays are ties. */
#ifndef MODELS_POLICY_DELAY_H
#define MODELS_POLICY_DELAY_H

#include <errno.h>
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/eligible.h"
#include "models/policy/tournament.h"

enum delay_by { DELAY_BY_WEIGHT, DELAY_BY_RATE };

struct delay_config {
    int32_t tie, by;
};

struct delay_key {
    double jobs, speed; /* with one more request; speed 0: out, after all that are in */
};

struct delay {
    const struct lb_view *view;
    enum tie tie;
    enum delay_by by;
    struct delay_key *key; /* by seat */
    lb_server *aside;      /* taken out for the length of one pick */
    struct tournament tree;
};

static inline int delay_order(const void *keys, lb_server a, lb_server b)
{
    const struct delay_key *key = keys;
    double left = key[a].jobs * key[b].speed, right = key[b].jobs * key[a].speed;

    return (left > right) - (left < right);
}

/* Nonzero if s may be used at all. */
static inline int delay_has(const struct delay *d, lb_server s)
{
    return d->key[s].speed > 0.0;
}

/* The speed of a usable server: its weight in units of 1 / SHARE_UNIT, or its rate, which slow
 * start lowers to no less than 1 / SHARE_UNIT of it. One that stands still comes after all that
 * move; servers of unlimited cores are tied before all others. */
static inline double delay_speed(const struct delay *d, lb_server s)
{
    const struct lb_view *view = d->view;
    double ramp = view->ramp && view->ramp[s] < 1.0f ? (double)view->ramp[s] : 1.0;
    double rate;

    if (d->by == DELAY_BY_WEIGHT)
        return share_of(view, s);
    rate = view->rate[s] > 0.0f ? (double)view->rate[s] : 0x1p-149;
    return rate * (ramp * SHARE_UNIT < 1.0 ? 1.0 / SHARE_UNIT : ramp);
}

/* The expected delay at s, for the trace: in requests of weight 1, or of rate 1. */
static inline double delay_of(const struct delay *d, lb_server s)
{
    double unit = d->by == DELAY_BY_WEIGHT ? SHARE_UNIT : 1.0;

    return ((double)d->view->load[s] + 1.0) * unit / delay_speed(d, s);
}

static inline void delay_set_key(struct delay *d, lb_server s, int in)
{
    d->key[s] = (struct delay_key) { 1.0, 0.0 };
    if (in)
        d->key[s] = (struct delay_key) { (double)d->view->load[s] + 1.0, delay_speed(d, s) };
}

static inline void delay_put(struct delay *d, lb_server s, int in)
{
    delay_set_key(d, s, in);
    tournament_fix(&d->tree, s, delay_order, d->key);
}

static inline void delay_close(struct delay *d)
{
    tournament_close(&d->tree);
    free(d->key);
    free(d->aside);
}

/* 0, or -ENOMEM, or -ENOTSUP if it goes by rates and nobody tells them; then nothing is left to
 * close. */
static inline int delay_open(struct delay *d, const struct lb_setup *setup)
{
    const struct delay_config *config = setup->config;
    const struct lb_view *view = setup->view;
    uint32_t i, leaves = tournament_leaves(view->capacity);

    *d = (struct delay) { .view = view,
                          .tie = (enum tie)config->tie,
                          .by = (enum delay_by)config->by };
    if (d->by == DELAY_BY_RATE && !view->rate)
        return -ENOTSUP;
    d->key = malloc((size_t)leaves * sizeof *d->key);
    d->aside = malloc(((size_t)view->capacity + 1) * sizeof *d->aside);
    if (tournament_open(&d->tree, view->capacity) || !d->key || !d->aside) {
        delay_close(d);
        return -ENOMEM;
    }
    for (i = 0; i < leaves; i++)
        delay_set_key(d, i, 0);
    for (i = 0; i < view->usable_n; i++)
        delay_set_key(d, view->usable[i], 1);
    tournament_build(&d->tree, delay_order, d->key);
    return 0;
}

/* Says why delay_open failed and answers the NULL that `open` returns. */
static inline void *delay_refuses(struct lb_host *host, int failure)
{
    if (failure != -ENOTSUP)
        return no_memory(host);
    host->note(host, "by=rate needs the servers' rates, which nobody tells here; use by=weight");
    return NULL;
}

/* view->load[s] changed. */
static inline void delay_loaded(struct delay *d, lb_server s)
{
    if (!delay_has(d, s))
        return;
    d->key[s].jobs = (double)d->view->load[s] + 1.0;
    tournament_fix(&d->tree, s, delay_order, d->key);
}

/* s was added, or became usable or not, or its weight, rate or ramp changed. */
static inline void delay_changed(struct delay *d, lb_server s)
{
    delay_put(d, s, usable_has(d->view, s));
}

/* The server to take, by the tie rule, or LB_NONE. O(log n), times those denied to the request that
 * come before. */
static inline lb_server delay_pick(struct delay *d, const struct lb_request *request,
                                   struct lb_random *random)
{
    uint32_t aside = 0;
    lb_server s;

    for (;;) {
        struct tournament_node root = tournament_root(&d->tree);
        uint32_t k = d->tie == TIE_LAST ? root.tied - 1 : 0;

        s = LB_NONE;
        if (!delay_has(d, root.winner))
            break;
        if (d->tie == TIE_RANDOM && root.tied > 1)
            k = lb_below(random, root.tied);
        s = k ? tournament_tied(&d->tree, k, delay_order, d->key) : root.winner;
        if (lb_may(d->view, request, s))
            break;
        delay_put(d, s, 0);
        d->aside[aside++] = s;
    }
    while (aside-- > 0)
        delay_put(d, d->aside[aside], 1);
    return s;
}

static const char *const delay_ties[] = { TIE_NAMES, NULL };
static const char *const delay_bys[] = { "weight", "rate", NULL };

static const struct lb_param delay_params[] = {
    { "tie", LB_CHOICE, offsetof(struct delay_config, tie), TIE_FIRST, 0, 2, "",
      "which of several equally good servers: a random one, the first or the last in order",
      delay_ties },
    { "by", LB_CHOICE, offsetof(struct delay_config, by), DELAY_BY_WEIGHT, 0, 1, "",
      "what stands for a server's speed: its weight, or its true rate, cores times speed",
      delay_bys },
    { NULL, LB_INT, 0, 0, 0, 0, NULL, NULL, NULL },
};

#endif
