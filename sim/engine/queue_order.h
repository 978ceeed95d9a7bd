/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Putting events in order: the heap, and the sorting of a bucket. Private to queue.c. */
#ifndef SIM_QUEUE_ORDER_H
#define SIM_QUEUE_ORDER_H

#include "sim/engine/queue.h"

enum {
    SPLIT_ABOVE = 24, /* a fuller bucket is spread over the level below */
    PLACE_BITS = 5    /* hold a number below SPLIT_ABOVE */
};

static void heap_up(struct event *heap, uint32_t i, struct event e)
{
    while (i > 0 && event_before(e, heap[(i - 1) / 2])) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i] = e;
}

static void heap_down(struct event *heap, uint32_t n, struct event e)
{
    uint32_t i = 0, child;

    while ((child = 2 * i + 1) < n) {
        if (child + 1 < n && event_before(heap[child + 1], heap[child]))
            child++;
        if (!event_before(heap[child], e))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = e;
}

static uint32_t less(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Heap sort: in place, where the C library's qsort would allocate. */
static void sort_large(struct event *at, uint32_t n)
{
    struct event first;
    uint32_t i;

    for (i = 1; i < n; i++)
        heap_up(at, i, at[i]);
    for (i = n - 1; i > 0; i--) {
        first = at[0];
        heap_down(at, i, at[i]);
        at[i] = first;
    }
    for (i = 0; i < n / 2; i++) {
        first = at[i];
        at[i] = at[n - 1 - i];
        at[n - 1 - i] = first;
    }
}

/* Sorts up to SPLIT_ABOVE events of a bucket by time: numbers made of a time and a place in `from`.
 * What is moved where hangs on no branch: which way it would go nobody could foretell. */
static void sort_by_time(struct event *to, const struct event *from, uint32_t n, lb_time start)
{
    uint64_t keys[SPLIT_ABOVE];
    uint32_t i, k;

    for (i = 0; i < n; i++) {
        uint64_t key = (uint64_t)(from[i].time - start) << PLACE_BITS | i;

        for (k = i; k > 0; k--) {
            uint64_t before = keys[k - 1];

            keys[k] = before > key ? before : key;
            key = before > key ? key : before;
        }
        keys[0] = key;
    }
    for (i = 0; i < n; i++)
        to[i] = from[keys[i] % (1 << PLACE_BITS)];
}

/* Events in order of time, put in full order: ties are rare. */
static void settle_ties(struct event *first, const struct event *end)
{
    struct event *at, *to;

    for (at = first + 1; at < end; at++)
        if (at[0].time == at[-1].time)
            for (to = at; to > first && event_before(to[0], to[-1]); to--) {
                struct event e = to[0];

                to[0] = to[-1];
                to[-1] = e;
            }
}

#endif
