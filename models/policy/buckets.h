/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Servers sorted by length in O(1) a step: one permutation in ascending order of length, the place
 * of each server in it, and a bucket (a range of the permutation) for each length that occurs.
 * A length that changes by one is one swap; by more, one swap for each bucket passed. The shortest
 * servers are the first bucket, so a random one of them is one draw. Lengths have no bound. */
#ifndef MODELS_POLICY_BUCKETS_H
#define MODELS_POLICY_BUCKETS_H

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "models/policy.h"

struct bucket {
    uint32_t length;
    uint32_t start, end; /* order[start .. end - 1]; never empty */
    uint32_t previous, next;
};

struct bucket_spot {
    uint32_t place, bucket; /* bucket LB_NONE: not in */
};

struct buckets {
    lb_server *order;
    struct bucket_spot *spot; /* by seat */
    struct bucket *bucket;
    uint32_t n;          /* servers in */
    uint32_t head, tail; /* shortest and longest bucket, or LB_NONE */
    uint32_t free, used; /* buckets given back; those never given out begin at `used` */
};

static inline void buckets_close(struct buckets *b)
{
    free(b->order);
    free(b->spot);
    free(b->bucket);
}

/* Takes every server out; `capacity` as opened with. */
static inline void buckets_clear(struct buckets *b, uint32_t capacity)
{
    uint32_t i;

    b->n = b->used = 0;
    b->head = b->tail = b->free = LB_NONE;
    for (i = 0; i < capacity; i++)
        b->spot[i].bucket = LB_NONE;
}

/* 0, or -ENOMEM; then nothing is left to close. Untouched memory stays virtual. */
static inline int buckets_open(struct buckets *b, uint32_t capacity)
{
    size_t room = (size_t)capacity + 1;

    b->order = malloc(room * sizeof *b->order);
    b->spot = malloc(room * sizeof *b->spot);
    b->bucket = malloc(room * sizeof *b->bucket);
    if (b->order && b->spot && b->bucket) {
        buckets_clear(b, capacity);
        return 0;
    }
    buckets_close(b);
    return -ENOMEM;
}

static inline int buckets_has(const struct buckets *b, lb_server s)
{
    return b->spot[s].bucket != LB_NONE;
}

static inline void buckets_swap(struct buckets *b, lb_server s, uint32_t place)
{
    lb_server other = b->order[place];
    uint32_t from = b->spot[s].place;

    b->order[from] = other;
    b->spot[other].place = from;
    b->order[place] = s;
    b->spot[s].place = place;
}

static inline void buckets_release(struct buckets *b, uint32_t i)
{
    const struct bucket *bucket = &b->bucket[i];

    if (bucket->previous == LB_NONE)
        b->head = bucket->next;
    else
        b->bucket[bucket->previous].next = bucket->next;
    if (bucket->next == LB_NONE)
        b->tail = bucket->previous;
    else
        b->bucket[bucket->next].previous = bucket->previous;
    b->bucket[i].next = b->free;
    b->free = i;
}

/* A bucket of one, for s where it stands, between two neighbours. */
static inline void buckets_insert(struct buckets *b, lb_server s, uint32_t length,
                                  uint32_t previous, uint32_t next)
{
    uint32_t place = b->spot[s].place, i = b->free;

    if (i == LB_NONE)
        i = b->used++;
    else
        b->free = b->bucket[i].next;
    b->bucket[i] = (struct bucket) { length, place, place + 1, previous, next };
    if (previous == LB_NONE)
        b->head = i;
    else
        b->bucket[previous].next = i;
    if (next == LB_NONE)
        b->tail = i;
    else
        b->bucket[next].previous = i;
    b->spot[s].bucket = i;
}

/* Takes s out at the upper end of its bucket and past all buckets shorter than `length`; answers
 * the bucket that it now stands before, or LB_NONE. */
static inline uint32_t buckets_lift(struct buckets *b, lb_server s, uint64_t length)
{
    uint32_t from = b->spot[s].bucket, above = b->bucket[from].next;

    buckets_swap(b, s, b->bucket[from].end - 1);
    if (--b->bucket[from].end == b->bucket[from].start)
        buckets_release(b, from);
    while (above != LB_NONE && b->bucket[above].length < length) {
        buckets_swap(b, s, b->bucket[above].end - 1);
        b->bucket[above].start--;
        b->bucket[above].end--;
        above = b->bucket[above].next;
    }
    return above;
}

/* Lets s, which stands above bucket `below` (or LB_NONE), down to its length. */
static inline void buckets_settle(struct buckets *b, lb_server s, uint32_t length, uint32_t below)
{
    uint32_t above;

    while (below != LB_NONE && b->bucket[below].length > length) {
        buckets_swap(b, s, b->bucket[below].start);
        b->bucket[below].start++;
        b->bucket[below].end++;
        below = b->bucket[below].previous;
    }
    if (below != LB_NONE && b->bucket[below].length == length) {
        b->bucket[below].end++;
        b->spot[s].bucket = below;
        return;
    }
    above = below == LB_NONE ? b->head : b->bucket[below].next;
    buckets_insert(b, s, length, below, above);
}

static inline void buckets_rise(struct buckets *b, lb_server s, uint32_t length)
{
    uint32_t above = buckets_lift(b, s, length);

    if (above != LB_NONE && b->bucket[above].length == length) {
        b->bucket[above].start--;
        b->spot[s].bucket = above;
        return;
    }
    buckets_insert(b, s, length, above == LB_NONE ? b->tail : b->bucket[above].previous, above);
}

static inline void buckets_sink(struct buckets *b, lb_server s, uint32_t length)
{
    uint32_t from = b->spot[s].bucket, below = b->bucket[from].previous;

    buckets_swap(b, s, b->bucket[from].start);
    if (++b->bucket[from].start == b->bucket[from].end)
        buckets_release(b, from);
    buckets_settle(b, s, length, below);
}

/* Puts s, which is not in, at its length. */
static inline void buckets_add(struct buckets *b, lb_server s, uint32_t length)
{
    b->order[b->n] = s;
    b->spot[s].place = b->n++;
    buckets_settle(b, s, length, b->tail);
}

static inline void buckets_remove(struct buckets *b, lb_server s)
{
    buckets_lift(b, s, UINT64_MAX);
    b->spot[s].bucket = LB_NONE;
    b->n--;
}

/* The length of s, which is in, is now `length`. */
static inline void buckets_move(struct buckets *b, lb_server s, uint32_t length)
{
    const struct bucket *bucket = &b->bucket[b->spot[s].bucket];

    assert(buckets_has(b, s));
    if (length > bucket->length)
        buckets_rise(b, s, length);
    else if (length < bucket->length)
        buckets_sink(b, s, length);
}

#endif
