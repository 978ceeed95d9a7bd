/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/engine/queue.h"

#include <errno.h>
#include <stdlib.h>

#include "sim/engine/slab.h"

enum {
    SPLIT_ABOVE = 24, /* a fuller bucket is spread over the level below */
    TAKE_UNTIL = 16,  /* buckets go to the bottom together until it holds so many */
    FEW = 40,         /* so many pending events need no levels */
    KEEP = 32,        /* of a crowded bottom, so many stay */
    HEAP_ABOVE = 512, /* a bottom that cannot be handed back becomes a heap */
    DIGIT = 6,
    NO_CHUNK = -1
};

static const uint32_t no_chunk = (uint32_t)NO_CHUNK;

static void set_heaped(struct queue *q, bool heaped)
{
    q->heaped = heaped;
    q->crowd = heaped ? 0 : QUEUE_CROWD;
}

int queue_open(struct queue *q, enum queue_kind kind, queue_touch *touch, void *context)
{
    memset(q, 0, sizeof *q);
    q->kind = kind;
    set_heaped(q, kind == QUEUE_HEAP);
    q->touch = touch;
    q->context = context;
    q->bottom_end = LB_NEVER;
    q->spare = no_chunk;
    memset(q->bucket, 0xff, sizeof q->bucket);
    q->room = 4 * QUEUE_CROWD;
    q->bottom = malloc(q->room * sizeof q->bottom[0]);
    q->chunk = slab_reserve(QUEUE_CHUNKS_MOST * sizeof q->chunk[0]);
    if (!q->bottom || !q->chunk) {
        queue_close(q);
        return -ENOMEM;
    }
    return 0;
}

void queue_close(struct queue *q)
{
    free(q->bottom);
    slab_release(q->chunk, QUEUE_CHUNKS_MOST * sizeof q->chunk[0]);
    q->bottom = NULL;
    q->chunk = NULL;
}

/* ---- The bottom as a binary heap: the oracle, and the way out of a crowd at one instant. */

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

void queue_pop_heap(struct queue *q)
{
    struct event last;

    q->tail--;
    if (q->tail == 0) {
        set_heaped(q, q->kind == QUEUE_HEAP);
        return;
    }
    last = q->bottom[q->tail];
    heap_down(q->bottom, q->tail, last);
}

static bool grow(struct queue *q)
{
    struct event *more;

    if (q->room > UINT32_MAX / 2)
        return false;
    more = realloc(q->bottom, 2 * (size_t)q->room * sizeof more[0]);
    if (!more)
        return false;
    q->bottom = more;
    q->room *= 2;
    return true;
}

/* ---- The levels. */

static uint32_t level_of(lb_time time, lb_time base)
{
    uint64_t differ = (uint64_t)(time ^ base);

    return differ ? (uint32_t)(63 - __builtin_clzll(differ)) * 43 >> 8 : 0; /* / 6, below 64 */
}

static uint32_t digit_of(lb_time time, uint32_t level)
{
    return (uint32_t)((uint64_t)time >> (DIGIT * level)) & (QUEUE_BUCKETS - 1);
}

static uint32_t take_chunk(struct queue *q)
{
    uint32_t c = q->spare;

    if (c != no_chunk) {
        q->spare = q->chunk[c].next;
        return c;
    }
    return q->chunks < QUEUE_CHUNKS_MOST ? q->chunks++ : no_chunk;
}

static void place(struct queue *q, struct event e)
{
    uint32_t level = level_of(e.time, q->base), digit = digit_of(e.time, level);
    uint32_t c = q->bucket[level][digit];

    if (c == no_chunk || q->chunk[c].n == QUEUE_CHUNK) {
        uint32_t fresh = take_chunk(q);

        if (fresh == no_chunk) {
            q->failed = true;
            return;
        }
        q->chunk[fresh].next = c;
        q->chunk[fresh].n = 0;
        q->bucket[level][digit] = c = fresh;
        q->occupied[level] |= UINT64_C(1) << digit;
        q->levels |= UINT64_C(1) << level;
    }
    q->chunk[c].at[q->chunk[c].n++] = e;
    q->count[level][digit]++;
    q->above++;
}

void queue_push_far(struct queue *q, struct event e)
{
    place(q, e);
}

/* Hands the later part of a crowded bottom back to the levels, cut where the time changes and not
 * before the base: what is in the levels stays rightly filed. */
static bool hand_back(struct queue *q)
{
    uint32_t cut = q->head + KEEP, i;

    if (q->above == 0)
        q->base = q->bottom[q->head].time;
    while (cut < q->tail &&
           (q->bottom[cut].time == q->bottom[cut - 1].time || q->bottom[cut].time < q->base))
        cut++;
    if (cut == q->tail)
        return false;
    q->bottom_end = q->bottom[cut].time;
    for (i = cut; i < q->tail; i++)
        place(q, q->bottom[i]);
    q->tail = cut;
    return true;
}

static void slide_down(struct queue *q)
{
    memmove(q->bottom, q->bottom + q->head, (q->tail - q->head) * sizeof q->bottom[0]);
    q->tail -= q->head;
    q->head = 0;
}

static void insert_sorted(struct queue *q, struct event e)
{
    uint32_t i = q->tail++;

    for (; i > q->head && event_before(e, q->bottom[i - 1]); i--)
        q->bottom[i] = q->bottom[i - 1];
    q->bottom[i] = e;
}

/* A push that the bottom cannot take as it stands. */
void queue_push_crowded(struct queue *q, struct event e)
{
    if (q->head > 0)
        slide_down(q);
    if (!q->heaped && q->tail >= QUEUE_CROWD && hand_back(q)) {
        queue_push(q, e);
        return;
    }
    if (q->tail == q->room && !grow(q)) {
        q->failed = true;
        return;
    }
    if (!q->heaped && q->tail > HEAP_ABOVE)
        set_heaped(q, true); /* a sorted array is a heap */
    if (q->heaped)
        heap_up(q->bottom, q->tail++, e);
    else
        insert_sorted(q, e);
}

/* ---- From the levels to the bottom. */

static void sort_small(struct event *at, uint32_t n)
{
    uint32_t i, k;

    for (i = 1; i < n; i++) {
        struct event e = at[i];

        for (k = i; k > 0 && event_before(e, at[k - 1]); k--)
            at[k] = at[k - 1];
        at[k] = e;
    }
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

static void sort(struct event *at, uint32_t n)
{
    if (n <= 2 * SPLIT_ABOVE)
        sort_small(at, n);
    else
        sort_large(at, n);
}

static uint32_t unlink_bucket(struct queue *q, uint32_t level, uint32_t digit)
{
    uint32_t c = q->bucket[level][digit];

    q->above -= q->count[level][digit];
    q->count[level][digit] = 0;
    q->bucket[level][digit] = no_chunk;
    q->occupied[level] &= ~(UINT64_C(1) << digit);
    if (!q->occupied[level])
        q->levels &= ~(UINT64_C(1) << level);
    return c;
}

static uint32_t return_chunk(struct queue *q, uint32_t c)
{
    uint32_t next = q->chunk[c].next;

    q->chunk[c].next = q->spare;
    q->spare = c;
    return next;
}

/* First instant of a bucket, and the first instant after it. */
static lb_time bucket_start(const struct queue *q, uint32_t level, uint32_t digit)
{
    uint64_t prefix = level + 1 >= QUEUE_LEVELS ? 0 : (uint64_t)q->base >> (DIGIT * (level + 1));

    prefix = level + 1 >= QUEUE_LEVELS ? 0 : prefix << (DIGIT * (level + 1));
    return (lb_time)(prefix | (uint64_t)digit << (DIGIT * level));
}

static lb_time bucket_end(lb_time start, uint32_t level)
{
    uint64_t end = (uint64_t)start + (UINT64_C(1) << (DIGIT * level));

    return end > (uint64_t)LB_NEVER ? LB_NEVER : (lb_time)end;
}

/* Spreads a bucket over the levels below it. */
static void split(struct queue *q, uint32_t level, uint32_t digit)
{
    lb_time start = bucket_start(q, level, digit);
    uint32_t c = unlink_bucket(q, level, digit), i;

    q->base = start;
    while (c != no_chunk) {
        struct queue_chunk *chunk = &q->chunk[c];

        for (i = 0; i < chunk->n; i++)
            place(q, chunk->at[i]);
        c = return_chunk(q, c);
    }
}

/* Appends a bucket to the bottom and sorts it there. False: out of memory. */
static bool take(struct queue *q, uint32_t level, uint32_t digit)
{
    uint32_t from = q->tail, n = q->count[level][digit], c;

    while (q->room - q->tail < n + QUEUE_CROWD)
        if (!grow(q))
            return false;
    q->bottom_end = bucket_end(bucket_start(q, level, digit), level);
    c = unlink_bucket(q, level, digit);
    while (c != no_chunk) {
        const struct queue_chunk *chunk = &q->chunk[c];

        memcpy(q->bottom + q->tail, chunk->at, chunk->n * sizeof chunk->at[0]);
        q->tail += chunk->n;
        c = return_chunk(q, c);
    }
    if (q->touch)
        q->touch(q->context, q->bottom + from, n);
    sort(q->bottom + from, n);
    return true;
}

/* Fills the empty bottom with the earliest buckets. False: nothing is pending (or memory is out). */
bool queue_refill(struct queue *q)
{
    bool first = true;

    q->head = q->tail = 0;
    set_heaped(q, q->kind == QUEUE_HEAP);
    while (q->levels && (q->tail < TAKE_UNTIL || queue_pending(q) <= FEW)) {
        uint32_t level = (uint32_t)__builtin_ctzll(q->levels);
        uint32_t digit = (uint32_t)__builtin_ctzll(q->occupied[level]);

        if (q->count[level][digit] > SPLIT_ABOVE && level > 0) {
            if (!first)
                break;
            split(q, level, digit);
            continue;
        }
        if (first)
            q->base = bucket_start(q, level, digit);
        if (!take(q, level, digit)) {
            q->failed = true;
            return false;
        }
        first = false;
    }
    if (!q->levels)
        q->bottom_end = LB_NEVER;
    return q->tail > 0;
}
