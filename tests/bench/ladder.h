/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The skeleton's ordered set of events: a ladder queue (Tang, Goh and Thng, "Ladder queue: an O(1)
 * priority queue structure for large-scale discrete event simulation", ACM TOMACS 15(3), 2005) with
 * the first rung bent to a wheel.
 *
 *   far      unsorted: beyond the wheel
 *   wheel    unsorted buckets of 2^shift ns, from now on in time; their width and number follow the
 *            events
 *   rungs    64 narrower buckets each, made only of a crowded bucket or a crowded bottom
 *   bottom   the events before bottom_end, sorted; the only place for a crowd of one instant
 *
 * An event is the request itself, since a request waits for at most one event: lists are linked
 * through the pool by slot, and no event is ever copied. Order is total: time, kind, serial.
 */
#ifndef TESTS_BENCH_LADDER_H
#define TESTS_BENCH_LADDER_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Kinds in the order in which they happen at one instant: who leaves goes before who comes. */
enum event_kind { EVENT_REPLY, EVENT_FINISH, EVENT_REACH, EVENT_ISSUE };

/* The place of an event among those of its instant: kind, then serial, read as one number. */
union event_order {
    uint64_t whole;
    struct {
        uint32_t serial, kind;
    } part;
};

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the kind is the upper half of an order");

struct request {
    int64_t time; /* of its event, ns */
    union event_order order;
    int64_t issued;
    int64_t work;
    uint32_t next; /* slot: in a list of the queue, of a server or of free slots */
    uint32_t server;
};

/* A slot is the distance of a request from the start of the pool in words of 8 bytes: an address
 * without a multiplication. Slot 0 is no request: it ends every list, at the end of time. */
#define SLOT_STEP ((uint32_t)(sizeof(struct request) / sizeof(uint64_t)))

#define RUNG_BUCKETS 64
#define RUNGS_MOST   10 /* each narrows by up to 2^6, and a time has 63 bits */

struct rung {
    int shift;     /* buckets are 2^shift ns wide */
    int64_t first; /* time >> shift of bucket 0 */
    uint32_t next; /* the first bucket not yet taken */
    uint32_t buckets;
    uint32_t bucket[RUNG_BUCKETS];
};

struct queue {
    uint64_t *pool;
    int64_t bottom_end;
    int64_t wheel_end; /* events from here on go elsewhere; 0 while there are rungs */
    uint32_t bottom;
    int shift;
    uint64_t next; /* time >> shift of the first wheel bucket not yet taken */
    uint64_t last; /* number of buckets, a power of two, less one */
    uint32_t *wheel;
    uint64_t stop;      /* turn elsewhere when `next` is here */
    uint64_t half_turn; /* fit the wheel when `next` is here */
    uint64_t seen;      /* wheel buckets passed since the last fit */
    uint64_t filled;    /* those of them that were not empty */
    uint64_t put_far;   /* events that went to `far` since the last fit */
    uint32_t far;
    uint32_t rungs;
    bool out_of_memory; /* the wheel could not grow: slower from here on, but right */
    struct rung rung[RUNGS_MOST];
};

static inline struct request *queue_request(const struct queue *queue, size_t slot)
{
    return (struct request *)(void *)(queue->pool + slot);
}

/* An empty queue at time 0 over a pool of which slot 0 is the queue's to fill in. Returns 0, or -1
 * if there is no memory. */
int queue_start(struct queue *queue, uint64_t *pool);

/* Puts an event that lies beyond the bottom and, for all the caller knows, not in the wheel. */
void queue_put_elsewhere(struct queue *queue, size_t slot);

/* Turns a bottom that has grown too long into a rung, unless it is all one instant. */
void queue_relieve(struct queue *queue);

/* The wheel has come to `stop`: the next bucket of the rungs that is not empty, unlinked, or 0 if
 * there is none and the wheel can go on. */
uint32_t queue_turn(struct queue *queue);

/* Sorts two lists of one bucket, too long to be sorted by insertion, into the empty bottom, or
 * makes a rung of them and leaves the bottom empty. */
void queue_settle_crowd(struct queue *queue, uint32_t list, uint32_t rest);

#define QUEUE_CROWD 64 /* events; a longer bottom or bucket is divided */

static inline bool event_before(const struct request *one, const struct request *other)
{
    return one->time < other->time ||
           (one->time == other->time && one->order.whole < other->order.whole);
}

/* Puts an event, of the request at `slot`, into the sorted bottom. Returns how many events it had
 * to pass. */
static inline uint32_t queue_put_bottom(struct queue *queue, struct request *request, size_t slot)
{
    uint32_t passed = 0;
    uint32_t *link = &queue->bottom;
    for (;;) {
        struct request *const other = queue_request(queue, *link);
        if (!event_before(other, request)) {
            break;
        }
        link = &other->next;
        passed++;
    }
    request->next = *link;
    *link = (uint32_t)slot;
    return passed;
}

/* Puts an event, of the request at `slot`: its order is set; `time` is not before that of the last
 * event taken. */
static inline void queue_put(struct queue *queue, struct request *request, size_t slot,
                             int64_t time)
{
    request->time = time;
    if (time < queue->bottom_end) {
        if (__builtin_expect(queue_put_bottom(queue, request, slot) > QUEUE_CROWD, 0)) {
            queue_relieve(queue);
        }
    } else if (__builtin_expect(time >= queue->wheel_end, 0)) {
        queue_put_elsewhere(queue, slot);
    } else {
        uint32_t *const bucket = &queue->wheel[(uint64_t)time >> queue->shift & queue->last];
        request->next = *bucket;
        *bucket = (uint32_t)slot;
    }
}

/* The next bucket that is not empty, unlinked; bottom_end becomes its end. */
static inline uint32_t queue_take_bucket(struct queue *queue)
{
    uint64_t next = queue->next;
    uint32_t list;
    uint32_t *bucket;
    do {
        if (__builtin_expect(next == queue->stop, 0)) {
            queue->next = next;
            list = queue_turn(queue);
            if (list != 0) {
                return list;
            }
            next = queue->next;
        }
        bucket = &queue->wheel[next & queue->last];
        list = *bucket;
        next++;
    } while (list == 0);
    *bucket = 0;
    queue->next = next;
    queue->bottom_end = (int64_t)(next << queue->shift);
    queue->filled++;
    return list;
}

/* Sorts a bucket into the empty bottom, which stays empty if the bucket became a rung. */
static inline void queue_settle(struct queue *queue, uint32_t list)
{
    struct request *const first = queue_request(queue, list);
    uint32_t passed = 0;
    size_t rest = first->next;
    first->next = 0;
    queue->bottom = list;
    while (rest != 0) {
        struct request *const request = queue_request(queue, rest);
        const size_t slot = rest;
        rest = request->next;
        passed += queue_put_bottom(queue, request, slot);
        if (__builtin_expect(passed > QUEUE_CROWD, 0)) {
            queue_settle_crowd(queue, queue->bottom, (uint32_t)rest);
            return;
        }
    }
}

/* Takes the first event. The queue holds at least one. */
static inline size_t queue_take(struct queue *queue)
{
    while (queue->bottom == 0) {
        const uint32_t list = queue_take_bucket(queue);
        if (queue_request(queue, list)->next == 0) {
            return list; /* alone: the bottom stays empty */
        }
        queue_settle(queue, list);
    }
    const size_t slot = queue->bottom;
    queue->bottom = queue_request(queue, slot)->next;
    return slot;
}

#endif
