/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/lane.h"

#include <errno.h>
#include <string.h>

#include "sim/engine/slab.h"

enum { HUGE_FROM = 65536 };
/* Room for twice as many departures and arrivals as there may be requests in flight: a block that
 * is half full is the emptiest that has just grown. */
#define POOL_UNITS (UINT64_C(1) << 25)

int lanes_open(struct lanes *x, uint32_t servers, bool links)
{
    const size_t n = (size_t)servers + 1;

    memset(x, 0, sizeof *x);
    x->n = servers;
    x->words = links ? 2 : 1;
    x->lane = slab_reserve(n * sizeof x->lane[0]);
    x->pool = slab_reserve(POOL_UNITS * LANE_UNIT * sizeof x->pool[0]);
    if (links)
        x->reached = slab_reserve(n * sizeof x->reached[0]);
    if (!x->lane || !x->pool || (links && !x->reached))
        return -ENOMEM;
    if (servers >= HUGE_FROM)
        slab_huge(x->lane, n * sizeof x->lane[0]);
    return 0;
}

void lanes_close(struct lanes *x)
{
    const size_t n = (size_t)x->n + 1;

    if (!x->words)
        return; /* never opened */
    slab_release(x->lane, n * sizeof x->lane[0]);
    slab_release(x->reached, n * sizeof x->reached[0]);
    slab_release(x->pool, POOL_UNITS * LANE_UNIT * sizeof x->pool[0]);
}

/* ---- Blocks. */

static bool take(struct lanes *x, struct lane *l, uint16_t size)
{
    const uint64_t units = UINT64_C(1) << (size - 1);

    if (size >= LANE_CLASSES)
        return false;
    if (x->free[size]) {
        l->block = x->free[size] - 1;
        x->free[size] = (uint32_t)x->pool[(uint64_t)l->block * LANE_UNIT];
    } else if (x->used + units <= POOL_UNITS) {
        l->block = (uint32_t)x->used;
        x->used += units;
    } else {
        return false;
    }
    l->size = size;
    l->far.word = x->pool + (uint64_t)l->block * LANE_UNIT;
    l->far.head = l->far.count = 0;
    l->far.mask = (uint32_t)(units * LANE_UNIT / x->words - 1);
    return true;
}

static void give(struct lanes *x, const struct lane *l)
{
    x->pool[(uint64_t)l->block * LANE_UNIT] = x->free[l->size];
    x->free[l->size] = l->block + 1;
}

static const lb_time *stay_at(const struct lanes *x, const struct lane *l, uint32_t place)
{
    return l->far.word + (size_t)((l->far.head + place) & l->far.mask) * x->words;
}

static struct stay read_stay(const struct lanes *x, const struct lane *l, uint32_t place)
{
    const lb_time *at = stay_at(x, l, place);

    return (struct stay) { at[0], x->words == 2 ? at[1] : 0 };
}

/* Few are left: they move into the lane itself. */
void lanes_come_back(struct lanes *x, struct lane *l)
{
    const struct lane far = *l;
    uint32_t i;

    memset(l->own, 0, sizeof l->own);
    for (i = 0; i < far.far.count; i++) {
        const struct stay stay = read_stay(x, &far, i);

        l->own[i] = stay.leave;
        if (x->words == 2)
            x->reached[l - x->lane][i] = stay.reached;
    }
    l->next = (uint16_t)far.far.count;
    l->size = 0;
    give(x, &far);
}

/* Its places are all taken: a block, or one twice as large, for them first. */
bool lanes_grow(struct lanes *x, struct lane *l)
{
    const struct lane old = *l;
    const lb_time *reached = x->reached ? x->reached[l - x->lane] : NULL;
    const uint32_t count = old.size ? old.far.count : LANE_OWN;
    uint32_t i, k;

    if (!take(x, l, (uint16_t)(old.size + 1)))
        return false;
    for (i = 0, k = old.next; i < count; i++, k = k + 1 == LANE_OWN ? 0 : k + 1)
        lane_append(l,
                    old.size ? read_stay(x, &old, i)
                             : (struct stay) { old.own[k], reached ? reached[k] : 0 },
                    x->words == 2);
    if (old.size)
        give(x, &old);
    return true;
}

uint32_t lanes_later_far(const struct lanes *x, const struct lane *l, lb_time then)
{
    uint32_t low = 0, high = l->far.count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (*stay_at(x, l, middle) <= then)
            low = middle + 1;
        else
            high = middle;
    }
    return l->far.count - low;
}

/* ---- One by one. */

struct stay lanes_stay(const struct lanes *x, uint32_t server, uint32_t count, uint32_t place)
{
    const struct lane *l = &x->lane[server];
    uint32_t k;

    if (l->size)
        return read_stay(x, l, place);
    k = (l->next + LANE_OWN - count + place) % LANE_OWN; /* who has left comes first */
    return (struct stay) { l->own[k], x->reached ? x->reached[server][k] : 0 };
}
