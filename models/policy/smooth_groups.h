/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Smooth weighted round robin from its beginning, in O(different weights) a step instead of
 * O(servers). Servers of one weight that start level take their turns in seat order, so only the
 * next one of each weight can win a step: those before it have fallen one total behind, those
 * after it are level with it. */
#ifndef MODELS_POLICY_SMOOTH_GROUPS_H
#define MODELS_POLICY_SMOOTH_GROUPS_H

#include <errno.h>
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/eligible.h"
#include "models/policy/smooth.h"

struct smooth_group {
    int64_t weight, front; /* front: the current weight of the next in turn */
    uint32_t start, n, turn;
};

struct smooth_groups {
    struct smooth_group *group;
    uint64_t *member; /* share << 32 | seat, ascending */
    uint32_t n;
    int64_t total;
};

static inline void smooth_groups_close(struct smooth_groups *g)
{
    free(g->group);
    free(g->member);
}

static inline int smooth_groups_open(struct smooth_groups *g, uint32_t capacity)
{
    g->group = malloc(((size_t)capacity + 1) * sizeof *g->group);
    g->member = malloc(((size_t)capacity + 1) * sizeof *g->member);
    if (g->group && g->member)
        return 0;
    smooth_groups_close(g);
    return -ENOMEM;
}

static inline void smooth_sift(uint64_t *heap, uint32_t i, uint32_t n)
{
    uint64_t moved = heap[i];
    uint32_t child;

    for (; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && heap[child + 1] > heap[child])
            child++;
        if (heap[child] <= moved)
            break;
        heap[i] = heap[child];
    }
    heap[i] = moved;
}

/* Heapsort (Williams 1964): the C library's qsort may allocate. */
static inline void smooth_sort(uint64_t *at, uint32_t n)
{
    uint32_t i;

    for (i = n / 2; i-- > 0;)
        smooth_sift(at, i, n);
    for (i = n; i-- > 1;) {
        uint64_t most = at[0];

        at[0] = at[i];
        at[i] = most;
        smooth_sift(at, 0, i);
    }
}

/* Groups the usable servers, all level at zero. */
static inline void smooth_groups_build(struct smooth_groups *g, const struct lb_view *view)
{
    uint32_t i, n = view->usable_n;
    int sorted = 1;

    g->n = 0;
    g->total = 0;
    for (i = 0; i < n; i++) {
        g->member[i] = (uint64_t)share_of(view, view->usable[i]) << 32 | view->usable[i];
        sorted &= i == 0 || g->member[i - 1] < g->member[i];
    }
    if (!sorted)
        smooth_sort(g->member, n);
    for (i = 0; i < n; i++) {
        int64_t weight = (int64_t)(g->member[i] >> 32);

        if (g->n == 0 || g->group[g->n - 1].weight != weight)
            g->group[g->n++] = (struct smooth_group) { .weight = weight, .start = i };
        g->group[g->n - 1].n++;
        g->total += weight;
    }
}

/* Takes a step; at least one server is in. */
static inline lb_server smooth_groups_step(struct smooth_groups *g)
{
    struct smooth_group *best = NULL;
    lb_server chosen = LB_NONE;
    uint32_t i;

    for (i = 0; i < g->n; i++) {
        struct smooth_group *at = &g->group[i];
        lb_server s = (lb_server)g->member[at->start + at->turn];

        at->front += at->weight;
        if (!best || at->front > best->front || (at->front == best->front && s < chosen)) {
            best = at;
            chosen = s;
        }
    }
    if (++best->turn == best->n) {
        best->turn = 0;
        best->front -= g->total;
    }
    return chosen;
}

/* Writes the current weights that the steps so far have led to. */
static inline void smooth_groups_write(const struct smooth_groups *g, struct smooth_server *server)
{
    uint32_t i, j;

    for (i = 0; i < g->n; i++) {
        const struct smooth_group *at = &g->group[i];

        for (j = 0; j < at->n; j++)
            server[(lb_server)g->member[at->start + j]].current =
                at->front - (j < at->turn ? g->total : 0);
    }
}

#endif
