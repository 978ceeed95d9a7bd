/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The usable servers with the least load, or load / share, without looking at the others: buckets
 * where the shares are equal and ties need no order, else a tournament by cross products. */
#ifndef MODELS_POLICY_LEAST_H
#define MODELS_POLICY_LEAST_H

#include <errno.h>
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/buckets.h"
#include "models/policy/eligible.h"
#include "models/policy/tournament.h"

struct ratio {
    uint32_t load, share; /* share 0 with load 1: out, greater than any that is in */
};

struct least {
    const struct lb_view *view;
    enum tie tie;
    int weighted;          /* by shares, else all count 1 */
    int flat;              /* buckets rule, else the tree */
    uint32_t base;         /* the share that all have while flat */
    uint32_t present, odd; /* servers in; those whose share is not base */
    struct ratio *key;     /* by seat; share always true, load only while the tree rules */
    lb_server *aside;      /* taken out for the length of one pick */
    struct buckets buckets;
    struct tournament tree;
};

static inline int least_order(const void *keys, lb_server a, lb_server b)
{
    const struct ratio *key = keys;
    uint64_t left = (uint64_t)key[a].load * key[b].share;
    uint64_t right = (uint64_t)key[b].load * key[a].share;

    return (left > right) - (left < right);
}

static inline void least_close(struct least *l)
{
    buckets_close(&l->buckets);
    tournament_close(&l->tree);
    free(l->key);
    free(l->aside);
}

static inline void least_set_key(struct least *l, lb_server s, uint32_t share)
{
    l->key[s] = (struct ratio) { share ? l->view->load[s] : 1, share };
}

/* All from the shares in `key`: O(capacity). */
static inline void least_rebuild(struct least *l)
{
    const struct lb_view *view = l->view;
    uint32_t i;

    l->flat = l->odd == 0 && (l->tie == TIE_RANDOM || l->tie == TIE_SWRR);
    if (l->flat) {
        buckets_clear(&l->buckets, view->capacity);
        for (i = 0; i < view->n; i++)
            if (l->key[i].share)
                buckets_add(&l->buckets, i, view->load[i]);
        return;
    }
    for (i = 0; i < view->n; i++)
        least_set_key(l, i, l->key[i].share);
    tournament_build(&l->tree, least_order, l->key);
}

static inline void least_count_odd(struct least *l, uint32_t base)
{
    uint32_t i;

    l->base = base;
    l->odd = 0;
    for (i = 0; i < l->view->n; i++)
        l->odd += l->key[i].share && l->key[i].share != base;
}

/* The share that s has now; 0 if it is out. */
static inline uint32_t least_share(const struct least *l, lb_server s)
{
    if (!usable_has(l->view, s))
        return 0;
    return l->weighted ? share_of(l->view, s) : 1;
}

/* 0, or -ENOMEM; then nothing is left to close. */
static inline int least_open(struct least *l, const struct lb_view *view, enum tie tie,
                             int weighted)
{
    uint32_t i, leaves = tournament_leaves(view->capacity);

    *l = (struct least) { .view = view, .tie = tie, .weighted = weighted };
    l->key = malloc((size_t)leaves * sizeof *l->key);
    l->aside = malloc(((size_t)view->capacity + 1) * sizeof *l->aside);
    if (buckets_open(&l->buckets, view->capacity))
        l->buckets = (struct buckets) { 0 };
    if (tournament_open(&l->tree, view->capacity) || !l->key || !l->aside || !l->buckets.order) {
        least_close(l);
        return -ENOMEM;
    }
    for (i = 0; i < leaves; i++)
        l->key[i] = (struct ratio) { 1, 0 };
    for (i = 0; i < view->usable_n; i++)
        l->key[view->usable[i]].share = least_share(l, view->usable[i]);
    l->present = view->usable_n;
    least_count_odd(l, l->present ? l->key[view->usable[0]].share : 0);
    least_rebuild(l);
    return 0;
}

/* view->load[s] changed. */
static inline void least_loaded(struct least *l, lb_server s)
{
    if (l->flat) {
        if (buckets_has(&l->buckets, s))
            buckets_move(&l->buckets, s, l->view->load[s]);
    } else if (l->key[s].share) {
        l->key[s].load = l->view->load[s];
        tournament_fix(&l->tree, s, least_order, l->key);
    }
}

/* Puts s in with that share, moves it or takes it out, in the structure that rules. */
static inline void least_place(struct least *l, lb_server s, uint32_t share)
{
    if (!l->flat) {
        least_set_key(l, s, share);
        tournament_fix(&l->tree, s, least_order, l->key);
        return;
    }
    l->key[s].share = share;
    if (buckets_has(&l->buckets, s))
        buckets_remove(&l->buckets, s);
    if (share)
        buckets_add(&l->buckets, s, l->view->load[s]);
}

/* s was added, or became usable or not, or its weight or ramp changed. O(log n), and O(n) when
 * equal shares become unequal or the other way. */
static inline void least_changed(struct least *l, lb_server s)
{
    uint32_t was = l->key[s].share, share = least_share(l, s);

    if (was == share)
        return;
    l->present = l->present + (share != 0) - (was != 0);
    l->odd = l->odd + (share && share != l->base) - (was && was != l->base);
    if (l->odd && l->odd == l->present) {
        l->key[s].share = share;
        least_count_odd(l, share ? share : l->key[l->view->usable[0]].share);
    }
    if (l->flat != (l->odd == 0 && (l->tie == TIE_RANDOM || l->tie == TIE_SWRR))) {
        l->key[s].share = share;
        least_rebuild(l);
        return;
    }
    least_place(l, s, share);
}

static inline void least_set_aside(struct least *l, lb_server s, uint32_t *n)
{
    l->aside[(*n)++] = s;
    l->key[s] = (struct ratio) { 1, 0 };
    tournament_fix(&l->tree, s, least_order, l->key);
}

static inline void least_put_back(struct least *l, uint32_t n)
{
    while (n-- > 0) {
        least_set_key(l, l->aside[n], least_share(l, l->aside[n]));
        tournament_fix(&l->tree, l->aside[n], least_order, l->key);
    }
}

static inline lb_server least_of_tree(struct least *l, const struct lb_request *request,
                                      struct lb_random *random)
{
    uint32_t aside = 0;
    lb_server s;

    for (;;) {
        struct tournament_node root = tournament_root(&l->tree);
        uint32_t k = l->tie == TIE_LAST ? root.tied - 1 : 0;

        s = LB_NONE;
        if (l->key[root.winner].share == 0)
            break;
        if (l->tie == TIE_RANDOM && root.tied > 1)
            k = lb_below(random, root.tied);
        s = k ? tournament_tied(&l->tree, k, least_order, l->key) : root.winner;
        if (lb_may(l->view, request, s))
            break;
        least_set_aside(l, s, &aside);
    }
    least_put_back(l, aside);
    return s;
}

/* The server to take, by the tie rule (not TIE_SWRR), or LB_NONE. */
static inline lb_server least_pick(struct least *l, const struct lb_request *request,
                                   struct lb_random *random)
{
    const struct buckets *b = &l->buckets;
    uint32_t i;

    if (!l->flat)
        return least_of_tree(l, request, random);
    for (i = b->head; i != LB_NONE; i = b->bucket[i].next) {
        const struct bucket *at = &b->bucket[i];
        lb_server s = any_of(l->view, request, b->order + at->start, at->end - at->start, random);

        if (s != LB_NONE)
            return s;
    }
    return LB_NONE;
}

static inline uint32_t least_tied_of_tree(struct least *l, const struct lb_request *request,
                                          lb_server *tied)
{
    struct tournament_node root = tournament_root(&l->tree);
    uint32_t n = 0, aside = 0, k, first;

    for (; n == 0 && l->key[root.winner].share; root = tournament_root(&l->tree)) {
        for (k = 0, first = aside; k < root.tied; k++) {
            lb_server s = tournament_tied(&l->tree, k, least_order, l->key);

            if (lb_may(l->view, request, s))
                tied[n++] = s;
            else
                l->aside[aside++] = s;
        }
        for (k = first, aside = first; n == 0 && k < first + root.tied; k++)
            least_set_aside(l, l->aside[k], &aside);
    }
    least_put_back(l, aside);
    return n;
}

/* Writes all the tied that the request may go to and answers their number; O(tied) in buckets,
 * O(tied log n) in the tree. */
static inline uint32_t least_tied(struct least *l, const struct lb_request *request,
                                  lb_server *tied)
{
    const struct buckets *b = &l->buckets;
    uint32_t i, k, n = 0;

    if (!l->flat)
        return least_tied_of_tree(l, request, tied);
    for (i = b->head; i != LB_NONE && n == 0; i = b->bucket[i].next)
        for (k = b->bucket[i].start; k < b->bucket[i].end; k++)
            if (lb_may(l->view, request, b->order[k]))
                tied[n++] = b->order[k];
    return n;
}

#endif
