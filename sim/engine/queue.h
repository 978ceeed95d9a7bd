/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The queue of pending events: what is pushed comes out in (time, what) order.
 *
 * Two structures behind one header give the same order to the bit. The ladder is the one to use: a
 * radix heap (Ahuja, Mehlhorn, Orlin, Tarjan 1990) whose lowest part is kept sorted like the bottom
 * of a ladder queue (Tang, Goh, Thng 2005). An event is filed by the highest bit in which its time
 * differs from a base that only advances: a level is a range of bits, six wide, its bucket the
 * value of those bits. One range, the wide level, is eleven bits and lies where its buckets hold a
 * few events each, so that most events are filed once. It is laid anew whenever it has run empty;
 * where it lies decides the cost, never the order, and without it an event still moves at most
 * eleven times. Few events simply all stay in the sorted bottom. The binary heap is the oracle in
 * tests. */
#ifndef SIM_QUEUE_H
#define SIM_QUEUE_H

#include <stddef.h>
#include <string.h>

#include "sim/engine/event.h"

enum queue_kind { QUEUE_LADDER, QUEUE_HEAP };

enum {
    QUEUE_DIGIT = 6,  /* bits a level; 11 levels hold any nonnegative 64-bit time */
    QUEUE_WIDE = 11,  /* bits of the wide level */
    QUEUE_FIXED = 11, /* levels below the wide one, and as many above */
    QUEUE_LEVELS = 2 * QUEUE_FIXED + 1,
    QUEUE_WORDS = 2 * QUEUE_FIXED + (1 << (QUEUE_WIDE - 6)), /* 64 buckets a word of occupancy */
    QUEUE_CHUNK = 7,                                         /* events a chunk of 128 bytes */
    QUEUE_CHUNKS_MOST = 1 << 24, /* 2 GiB of address space: 117 million events */
    QUEUE_CROWD = 64             /* a longer bottom is handed back to the levels, if it can be */
};

struct queue_chunk {
    uint32_t next, n;
    uint64_t further; /* events in the chunks that follow */
    struct event at[QUEUE_CHUNK];
};

/* A level of buckets; its words of occupancy and its buckets lie in the arrays for all. */
struct queue_level {
    uint32_t shift; /* of the lowest bit of its digit */
    uint32_t word;  /* its first; the first bucket is 64 times that */
    uint64_t words; /* set of its words that are not 0 */
};

/* Where an event goes whose time differs from the base in this bit first. */
struct queue_place {
    uint16_t shift, mask, bucket, level;
};

/* Called for events that will come up within the next dozens, so that the caller can fetch what
 * they name into the cache. */
typedef void queue_touch(void *context, const struct event *, uint32_t n);

struct queue {
    struct event *bottom; /* [head, tail) is sorted (or a heap, when heaped) */
    uint32_t head, tail, room;
    uint32_t crowd;     /* from so many on, pushing takes the slow way; 0 when heaped */
    lb_time bottom_end; /* whatever is earlier belongs in the bottom */
    bool heaped;
    bool failed; /* out of memory: the event was dropped, the run must end */
    enum queue_kind kind;
    lb_time base; /* nothing in the levels is earlier */
    struct queue_chunk *chunk;
    uint64_t above;         /* events in the levels */
    uint32_t chunks, spare; /* given out of the array so far; LIFO of returned ones */
    queue_touch *touch;     /* may be NULL */
    void *context;
    uint32_t levels; /* set of levels with an occupied bucket */
    uint32_t wide;   /* width of the wide level's buckets, as a power of two */
    uint64_t taken;  /* from the levels since it was laid there, */
    lb_time laid;    /* which was then */
    struct queue_place place[64];
    struct queue_level level[QUEUE_LEVELS]; /* below, the wide one, above: in order of time */
    uint64_t occupied[QUEUE_WORDS];
    uint32_t bucket[QUEUE_WORDS * 64]; /* first chunk */
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

/* Inserts an event that comes up soon, where popped events have left room: from the front. */
static inline void queue_insert_early(struct queue *q, struct event e)
{
    struct event *at = q->bottom + --q->head;

    for (; event_before(at[1], e); at++)
        at[0] = at[1];
    at[0] = e;
}

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
    if (q->head > 0 && event_before(e, q->bottom[q->head + (i - q->head) / 4])) {
        queue_insert_early(q, e);
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
