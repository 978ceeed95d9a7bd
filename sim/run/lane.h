/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the express way (express.h) keeps of a server: those of its requests that may still be in
 * flight. First-in first-out servers let them go in the order in which they came, so a lane is a
 * ring of departures. A few lie in the lane itself, which is one cache line: whoever has left is
 * not taken out but overwritten by the one who comes next, and counting those who have not needs no
 * branch. More lie in a block of a pool, which grows by doubling and goes back when few are left.
 *
 * Over links, when a request reaches its server is kept beside when it leaves. */
#ifndef SIM_LANE_H
#define SIM_LANE_H

#include <stdbool.h>

#include "models/policy.h"
#include "sim/run/inline.h"

enum { LANE_OWN = 6, LANE_UNIT = 16, LANE_CLASSES = 28, LANE_FEW = 3 };

struct lane {
    lb_time last;   /* the departure of the youngest, 0 at first */
    uint32_t block; /* where its block is in the pool, in units; ... */
    uint16_t size;  /* ... of LANE_UNIT << (size - 1) words; 0: it has none */
    uint16_t next;  /* of its own places, the one of the oldest: the next to be taken */
    union {
        lb_time own[LANE_OWN];
        struct {
            lb_time *word;
            uint32_t head, count, mask; /* in stays */
        } far;                          /* with a block */
    };
};
_Static_assert(sizeof(struct lane) == 64, "one cache line");

struct lanes {
    struct lane *lane;            /* by server */
    lb_time (*reached)[LANE_OWN]; /* likewise, beside lane.own; NULL: there are no links */
    uint32_t n, words;            /* words of a stay in a block: 1, with links 2 */
    lb_time *pool;
    uint64_t used;               /* units */
    uint32_t free[LANE_CLASSES]; /* by size, the first free block + 1; 0: none */
};

/* A request: when it leaves, and when it has reached its server (without links: 0). */
struct stay {
    lb_time leave, reached;
};

/* Lanes for so many servers: 0 or -ENOMEM. Close them in each case. */
int lanes_open(struct lanes *, uint32_t servers, bool links);
void lanes_close(struct lanes *);
/* Of the `count` who have not left, as lanes_count has just said, one by place, the oldest first.
 */
struct stay lanes_stay(const struct lanes *, uint32_t server, uint32_t count, uint32_t place);

/* The rarer cases of the functions below. */
void lanes_come_back(struct lanes *, struct lane *);
bool lanes_grow(struct lanes *, struct lane *);
uint32_t lanes_later_far(const struct lanes *, const struct lane *, lb_time then);

/* How many of its own leave after `then`. */
ALWAYS_INLINE uint32_t lane_later(const struct lane *l, lb_time then)
{
    uint64_t n = 0;
    int i;

    for (i = 0; i < LANE_OWN; i++)
        n += l->own[i] > then;
    return (uint32_t)n;
}

/* Of a block: who has left is taken out. */
ALWAYS_INLINE uint32_t lane_expire(struct lanes *x, struct lane *l, lb_time now, uint32_t words)
{
    const lb_time *word = l->far.word;
    const uint32_t mask = l->far.mask;
    uint32_t head = l->far.head, count = l->far.count;

    while (count && word[(size_t)(head & mask) * words] <= now) {
        head++;
        count--;
    }
    l->far.head = head;
    l->far.count = count;
    if (UNLIKELY(count <= LANE_FEW))
        lanes_come_back(x, l);
    return count;
}

/* How many have not left by `now`. `now` never falls. */
ALWAYS_INLINE uint32_t lanes_count(struct lanes *x, uint32_t server, lb_time now, bool links)
{
    struct lane *l = &x->lane[server];

    return l->size == 0 ? lane_later(l, now) : lane_expire(x, l, now, links ? 2 : 1);
}

/* At most so many have not left by `now`; those who have are counted too as long as that spares
 * work and the number does not exceed `least`. */
ALWAYS_INLINE uint32_t lanes_bound(struct lanes *x, uint32_t server, lb_time now, bool links,
                                   uint64_t least)
{
    struct lane *l = &x->lane[server];

    if (l->size && l->far.count <= l->far.mask && l->far.count <= least)
        return l->far.count;
    return lanes_count(x, server, now, links);
}

/* How many of those who have not left by the last look leave after `then`. */
ALWAYS_INLINE uint32_t lanes_later(const struct lanes *x, uint32_t server, lb_time then)
{
    const struct lane *l = &x->lane[server];

    return l->size == 0 ? lane_later(l, then) : lanes_later_far(x, l, then);
}

ALWAYS_INLINE void lane_append(struct lane *l, struct stay stay, bool links)
{
    lb_time *at =
        l->far.word + (size_t)((l->far.head + l->far.count++) & l->far.mask) * (links ? 2 : 1);

    at[0] = stay.leave;
    if (links)
        at[1] = stay.reached;
}

/* One more, who leaves no earlier than those before; `count` is what lanes_count has just said.
 * False: there is no room. */
ALWAYS_INLINE bool lanes_push(struct lanes *x, uint32_t server, struct stay stay, uint32_t count,
                              bool links)
{
    struct lane *l = &x->lane[server];

    l->last = stay.leave;
    if (l->size == 0 && LIKELY(count < LANE_OWN)) {
        l->own[l->next] = stay.leave;
        if (links)
            x->reached[server][l->next] = stay.reached;
        l->next = l->next + 1 == LANE_OWN ? 0 : (uint16_t)(l->next + 1);
        return true;
    }
    if (UNLIKELY(l->size == 0 || l->far.count > l->far.mask) && !lanes_grow(x, l))
        return false;
    lane_append(l, stay, links);
    return true;
}

#endif
