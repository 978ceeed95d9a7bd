/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The queue of pending events: what is pushed comes out in (time, what) order.
 *
 * Two structures behind one header give the same order to the bit. The ladder is the one to use:
 * eleven levels of 64 buckets by six-bit digits of the time, like a radix heap (Ahuja, Mehlhorn,
 * Orlin, Tarjan 1990) whose lowest part is kept sorted like the bottom of a ladder queue (Tang, Goh,
 * Thng 2005). An event moves at most eleven times whatever the distribution; nothing adapts,
 * resizes or divides. Few events simply all stay in the sorted bottom. The binary heap is its
 * oracle in tests. */
#ifndef SIM_QUEUE_H
#define SIM_QUEUE_H

#include <stddef.h>
#include <string.h>

#include "sim/engine/event.h"

enum queue_kind { QUEUE_LADDER, QUEUE_HEAP };

enum {
    QUEUE_LEVELS = 11,   /* 11 digits of 6 bits hold any nonnegative 64-bit time */
    QUEUE_BUCKETS = 64,
    QUEUE_CHUNK = 15,    /* events a chunk of 256 bytes */
    QUEUE_CHUNKS_MOST = 1 << 23, /* 2 GiB of address space: 125 million events */
    QUEUE_CROWD = 64     /* a longer bottom is handed back to the levels, if it can be */
};

struct queue_chunk {
    uint32_t next, n;
    uint64_t unused;
    struct event at[QUEUE_CHUNK];
};

/* Called for events that will come up within the next dozens, so that the caller can fetch what
 * they name into the cache. */
typedef void queue_touch(void *context, const struct event *, uint32_t n);

struct queue {
    struct event *bottom;     /* [head, tail) is sorted (or a heap, when heaped) */
    uint32_t head, tail, room;
    uint32_t crowd;           /* from so many on, pushing takes the slow way; 0 when heaped */
    bool heaped;
    lb_time bottom_end;       /* whatever is earlier belongs in the bottom */
    lb_time base;             /* levels are digits that differ from it; nothing in them is earlier */
    uint64_t levels;          /* set of levels with an occupied bucket */
    uint64_t occupied[QUEUE_LEVELS];
    uint32_t bucket[QUEUE_LEVELS][QUEUE_BUCKETS]; /* first chunk */
    uint32_t count[QUEUE_LEVELS][QUEUE_BUCKETS];
    struct queue_chunk *chunk;
    uint32_t chunks, spare;   /* given out of the array so far; LIFO of returned ones */
    uint32_t above;           /* events in the levels */
    queue_touch *touch;       /* may be NULL */
    void *context;
    enum queue_kind kind;
    bool failed;              /* out of memory: the event was dropped, the run must end */
};

/* Opens an empty queue. 0 or -errno. */
int queue_open(struct queue *, enum queue_kind, queue_touch *, void *context);
void queue_close(struct queue *);

static inline uint64_t queue_pending(const struct queue *q)
{
    return (uint64_t)(q->tail - q->head) + q->above;
}

/* The slow ways, out of line. */
void queue_push_far(struct queue *, struct event);
void queue_push_crowded(struct queue *, struct event);
bool queue_refill(struct queue *);
void queue_pop_heap(struct queue *);

/* Adds an event: not earlier than the last one popped. */
static inline void queue_push(struct queue *q, struct event e)
{
    uint32_t i = q->tail;

    if (e.time >= q->bottom_end) {
        queue_push_far(q, e);
        return;
    }
    if (q->tail - q->head >= q->crowd || q->tail == q->room) {
        queue_push_crowded(q, e);
        return;
    }
    while (i > q->head && event_before(e, q->bottom[i - 1])) {
        q->bottom[i] = q->bottom[i - 1];
        i--;
    }
    q->bottom[i] = e;
    q->tail++;
}

/* The first event, or NULL if none is pending. Valid until the next push or pop. */
static inline const struct event *queue_first(struct queue *q)
{
    if (q->head == q->tail && !queue_refill(q))
        return NULL;
    return &q->bottom[q->head];
}

/* Removes the first event; there must be one in the bottom (queue_first has just said so). */
static inline void queue_pop(struct queue *q)
{
    if (q->heaped)
        queue_pop_heap(q);
    else
        q->head++;
}

#endif
