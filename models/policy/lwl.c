/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Least work left: the server that would run dry first. Those that have run dry already are tied
 * at zero work and kept in a set; the others play a tournament by the time they run dry, and leave
 * it when that time has come. Each departure from the tournament is paid by the request that made
 * the server busy, so a pick costs O(log n), amortised. On first-come-first-served servers this
 * takes the decisions of one central queue (Harchol-Balter 2013, chapter 24). */
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/eligible.h"
#include "models/policy/seat_set.h"
#include "models/policy/tournament.h"

struct config {
    int32_t tie;
};

struct lwl {
    const struct lb_view *view;
    struct lb_host *host;
    enum tie tie;
    struct seat_set idle;
    struct tournament busy;
    lb_time *key; /* by seat: when it runs dry; LB_NEVER if it does not play */
    lb_server *aside;
};

static int order(const void *keys, lb_server a, lb_server b)
{
    const lb_time *key = keys;

    return (key[a] > key[b]) - (key[a] < key[b]);
}

static void set_key(struct lwl *p, lb_server s, lb_time key)
{
    p->key[s] = key;
    tournament_fix(&p->busy, s, order, p->key);
}

/* A server that never runs dry still comes before none. */
static lb_time dry_at(const struct lwl *p, lb_server s)
{
    lb_time at = p->view->free_at[s];

    return at < LB_NEVER ? at : LB_NEVER - 1;
}

static void lwl_close(void *self)
{
    struct lwl *p = self;

    seat_set_close(&p->idle);
    tournament_close(&p->busy);
    free(p->key);
    free(p->aside);
    free(p);
}

static int allocate(struct lwl *p, uint32_t capacity)
{
    uint32_t leaves = tournament_leaves(capacity), i;

    if (seat_set_open(&p->idle, capacity, p->tie != TIE_RANDOM))
        p->idle = (struct seat_set) { 0 };
    if (tournament_open(&p->busy, capacity))
        return -ENOMEM;
    p->key = malloc((size_t)leaves * sizeof *p->key);
    p->aside = malloc(((size_t)capacity + 1) * sizeof *p->aside);
    if (!p->key || !p->aside || !p->idle.member)
        return -ENOMEM;
    for (i = 0; i < leaves; i++)
        p->key[i] = LB_NEVER;
    return 0;
}

static void *lwl_open(const struct lb_setup *setup)
{
    const struct config *config = setup->config;
    struct lwl *p = calloc(1, sizeof *p);
    uint32_t i;

    if (!p)
        return no_memory(setup->host);
    p->view = setup->view;
    p->host = setup->host;
    p->tie = (enum tie)config->tie;
    if (allocate(p, setup->view->capacity)) {
        lwl_close(p);
        return no_memory(setup->host);
    }
    for (i = 0; i < p->view->usable_n; i++)
        p->key[p->view->usable[i]] = dry_at(p, p->view->usable[i]);
    tournament_build(&p->busy, order, p->key);
    return p;
}

static void retire_idle(struct lwl *p, lb_time now)
{
    for (;;) {
        lb_server s = tournament_root(&p->busy).winner;

        if (p->key[s] > now || p->key[s] == LB_NEVER)
            return;
        set_key(p, s, LB_NEVER);
        seat_set_add(&p->idle, s);
    }
}

/* The busy server to take; one that is denied is set aside until the choice is made. */
static lb_server pick_busy(struct lwl *p, const struct lb_request *request,
                           struct lb_random *random)
{
    uint32_t aside = 0;
    lb_server s;

    for (;;) {
        struct tournament_node root = tournament_root(&p->busy);
        uint32_t k = p->tie == TIE_LAST ? root.tied - 1 : 0;

        s = LB_NONE;
        if (p->key[root.winner] == LB_NEVER)
            break;
        if (p->tie == TIE_RANDOM && root.tied > 1)
            k = lb_below(random, root.tied);
        s = k ? tournament_tied(&p->busy, k, order, p->key) : root.winner;
        if (lb_may(p->view, request, s))
            break;
        set_key(p, s, LB_NEVER);
        p->aside[aside++] = s;
    }
    while (aside-- > 0)
        set_key(p, p->aside[aside], dry_at(p, p->aside[aside]));
    return s;
}

static lb_server lwl_pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    struct lwl *p = self;
    lb_server s;

    retire_idle(p, request->now);
    s = seat_set_choose(&p->idle, p->tie, p->view, request, random);
    if (s != LB_NONE) {
        lb_why(p->host, s, 0.0);
        return s;
    }
    s = pick_busy(p, request, random);
    if (s != LB_NONE)
        lb_why(p->host, s, (double)(dry_at(p, s) - request->now) / 1e9);
    return s;
}

/* An idle server joins the busy ones and is retired by the next pick if it is idle still. */
static void lwl_loaded(void *self, lb_server s)
{
    struct lwl *p = self;

    if (p->key[s] == LB_NEVER && !seat_set_has(&p->idle, s))
        return;
    seat_set_remove(&p->idle, s);
    set_key(p, s, dry_at(p, s));
}

static void lwl_changed(void *self, lb_server s, lb_time now)
{
    struct lwl *p = self;

    (void)now;
    seat_set_remove(&p->idle, s);
    set_key(p, s, usable_has(p->view, s) ? dry_at(p, s) : LB_NEVER);
}

static const char *const ties[] = { TIE_NAMES, NULL };

static const struct lb_param params[] = {
    { "tie", LB_CHOICE, offsetof(struct config, tie), TIE_RANDOM, 0, 2, "",
      "which of several with the least work, all idle ones above all: a random one, the first or "
      "the last in order",
      ties },
    { NULL, LB_INT, 0, 0, 0, 0, NULL, NULL, NULL },
};

static const struct lb_about about = {
    .rule = "Take the server that would finish its present work first; all idle servers are tied "
            "at zero work.",
    .formula = "argmin max(0, free_at_i - now); on FIFO servers this is M/G/n: n = 10 at load 0.9, "
               "exponential: E[T] = 1.669 E[S] (Erlang C)",
    .cost = "O(log n) amortised",
    .source = "Harchol-Balter 2013, chapter 24; Harchol-Balter, Crovella, Murta 1999",
    .fails = "It must know the size of every request. Where sizes are guessed, one underestimated "
             "giant holds up all behind it; short requests still wait behind long ones.",
    .scenario = "scenarios/first/quickstart.json",
};

const struct lb_policy policy_lwl = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "lwl",
    .family = "queue length",
    .summary = "the least work left",
    .sees = LB_SEES_WORK,
    .config_size = sizeof(struct config),
    .param_size = sizeof(struct lb_param),
    .params = params,
    .about = &about,
    .open = lwl_open,
    .close = lwl_close,
    .pick = lwl_pick,
    .loaded = lwl_loaded,
    .changed = lwl_changed,
};
