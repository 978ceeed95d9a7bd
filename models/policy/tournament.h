/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A tournament tree over seats: each inner node names the least server below it and how many are
 * tied with it, so the k-th of the tied (in seat order) is found in O(log n), and a changed key is
 * one walk to the root. The keys belong to the caller, who hands in their order; a server that is
 * out has a key greater than all others. Knuth, TAOCP 3, section 5.4.1. */
#ifndef MODELS_POLICY_TOURNAMENT_H
#define MODELS_POLICY_TOURNAMENT_H

#include <errno.h>
#include <stdlib.h>

#include "models/policy.h"

/* Negative, zero or positive as the key of a is less than, equal to or greater than that of b. */
#define TOURNAMENT_ORDER(name) int (*name)(const void *keys, lb_server a, lb_server b)

struct tournament_node {
    lb_server winner; /* the first of the least */
    uint32_t tied;
};

struct tournament {
    struct tournament_node *node; /* 1 is the root; the children of i are 2 i and 2 i + 1 */
    uint32_t leaves;              /* a power of two, at least the capacity; keys for that many */
};

/* The number of keys that a tournament for so many seats compares. */
static inline uint32_t tournament_leaves(uint32_t capacity)
{
    uint32_t leaves = 1;

    while (leaves < capacity)
        leaves *= 2;
    return leaves;
}

static inline int tournament_open(struct tournament *t, uint32_t capacity)
{
    t->leaves = tournament_leaves(capacity);
    t->node = malloc((size_t)t->leaves * sizeof *t->node);
    return t->node ? 0 : -ENOMEM;
}

static inline void tournament_close(struct tournament *t)
{
    free(t->node);
}

static inline struct tournament_node tournament_at(const struct tournament *t, uint32_t i)
{
    return i < t->leaves ? t->node[i] : (struct tournament_node) { i - t->leaves, 1 };
}

static inline struct tournament_node tournament_play(const struct tournament *t, uint32_t i,
                                                     TOURNAMENT_ORDER(order), const void *keys)
{
    struct tournament_node left = tournament_at(t, 2 * i), right = tournament_at(t, 2 * i + 1);
    int sign = order(keys, left.winner, right.winner);

    if (sign == 0)
        left.tied += right.tied;
    return sign <= 0 ? left : right;
}

/* Plays everything anew: O(capacity). */
static inline void tournament_build(struct tournament *t, TOURNAMENT_ORDER(order), const void *keys)
{
    uint32_t i;

    for (i = t->leaves - 1; i > 0; i--)
        t->node[i] = tournament_play(t, i, order, keys);
}

/* After the key of s changed. Above a node that s does not win and that stays as it was, nothing
 * can change. */
static inline void tournament_fix(struct tournament *t, lb_server s, TOURNAMENT_ORDER(order),
                                  const void *keys)
{
    uint32_t i;

    for (i = (t->leaves + s) / 2; i > 0; i /= 2) {
        struct tournament_node now = tournament_play(t, i, order, keys), was = t->node[i];

        t->node[i] = now;
        if (now.winner == was.winner && now.tied == was.tied && now.winner != s)
            break;
    }
}

/* The least key's first server and the number of those tied with it. */
static inline struct tournament_node tournament_root(const struct tournament *t)
{
    return tournament_at(t, 1);
}

/* The k-th (from 0, in seat order) of those tied for the least key. */
static inline lb_server tournament_tied(const struct tournament *t, uint32_t k,
                                        TOURNAMENT_ORDER(order), const void *keys)
{
    uint32_t i = 1;

    while (i < t->leaves) {
        struct tournament_node left = tournament_at(t, 2 * i);
        struct tournament_node right = tournament_at(t, 2 * i + 1);
        int sign = order(keys, left.winner, right.winner);

        i *= 2;
        if (sign > 0) {
            i++;
        } else if (sign == 0 && k >= left.tied) {
            k -= left.tied;
            i++;
        }
    }
    return i - t->leaves;
}

#endif
