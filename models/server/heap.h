/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A pairing heap of jobs that are linked by index (Fredman, Sedgewick, Sleator, Tarjan 1986, The
 * pairing heap), with removal of any of them. O(log n) amortized. A heap is named by its root,
 * JOB_NONE if empty; the first by `before` is at the root. Private to models/server. */
#ifndef MODELS_SERVER_HEAP_H
#define MODELS_SERVER_HEAP_H

#include "models/server.h"

#define HEAP_INLINE static inline __attribute__((always_inline))

struct heap_link {
    uint32_t child, sibling;
    uint32_t previous; /* the sibling to the left, or the parent of the leftmost */
};

/* Where the links lie in the state of a job, and a total order. */
struct heap_kind {
    size_t job_size, link;
    bool (*before)(const void *jobs, uint32_t a, uint32_t b);
};

HEAP_INLINE struct heap_link *heap_link(const struct heap_kind *kind, void *jobs, uint32_t job)
{
    return (void *)((unsigned char *)jobs + job * kind->job_size + kind->link);
}

/* Of two roots. */
HEAP_INLINE uint32_t heap_meld(const struct heap_kind *kind, void *jobs, uint32_t a, uint32_t b)
{
    struct heap_link *parent, *child;

    if (a == JOB_NONE)
        return b;
    if (b == JOB_NONE)
        return a;
    if (kind->before(jobs, b, a)) {
        uint32_t other = a;

        a = b;
        b = other;
    }
    parent = heap_link(kind, jobs, a);
    child = heap_link(kind, jobs, b);
    child->sibling = parent->child;
    child->previous = a;
    if (parent->child != JOB_NONE)
        heap_link(kind, jobs, parent->child)->previous = b;
    parent->child = b;
    return a;
}

/* Makes a root of the first of some siblings; answers the second. */
HEAP_INLINE uint32_t heap_cut(const struct heap_kind *kind, void *jobs, uint32_t first)
{
    struct heap_link *link = heap_link(kind, jobs, first);
    uint32_t second = link->sibling;

    link->sibling = link->previous = JOB_NONE;
    return second;
}

/* One heap of some siblings, in two passes: pair up from the left, then meld from the right. */
HEAP_INLINE uint32_t heap_gather(const struct heap_kind *kind, void *jobs, uint32_t first)
{
    uint32_t pairs = JOB_NONE, root = JOB_NONE;

    while (first != JOB_NONE) {
        uint32_t a = first, b = heap_cut(kind, jobs, a);

        first = b == JOB_NONE ? JOB_NONE : heap_cut(kind, jobs, b);
        a = heap_meld(kind, jobs, a, b);
        heap_link(kind, jobs, a)->sibling = pairs;
        pairs = a;
    }
    while (pairs != JOB_NONE) {
        uint32_t pair = pairs;

        pairs = heap_cut(kind, jobs, pair);
        root = heap_meld(kind, jobs, root, pair);
    }
    return root;
}

/* Adds a job that is in no heap of this kind; answers the root. */
HEAP_INLINE uint32_t heap_add(const struct heap_kind *kind, void *jobs, uint32_t root, uint32_t job)
{
    *heap_link(kind, jobs, job) = (struct heap_link) { JOB_NONE, JOB_NONE, JOB_NONE };
    return heap_meld(kind, jobs, root, job);
}

/* Removes a job of this heap, the root or another; answers the root. The order of the heap need not
 * hold: keys may have changed if the whole heap is then emptied from the root. */
HEAP_INLINE uint32_t heap_remove(const struct heap_kind *kind, void *jobs, uint32_t root,
                                 uint32_t job)
{
    const struct heap_link link = *heap_link(kind, jobs, job);
    uint32_t rest = heap_gather(kind, jobs, link.child);
    struct heap_link *previous;

    if (job == root)
        return rest;
    previous = heap_link(kind, jobs, link.previous);
    if (previous->child == job)
        previous->child = link.sibling;
    else
        previous->sibling = link.sibling;
    if (link.sibling != JOB_NONE)
        heap_link(kind, jobs, link.sibling)->previous = link.previous;
    return heap_meld(kind, jobs, root, rest);
}

#endif
