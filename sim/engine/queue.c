/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/engine/queue.h"

#include "models/dispatch.h"

#include <errno.h>
#include <stdlib.h>

#include "sim/engine/queue_order.h"
#include "sim/engine/slab.h"

enum {
    TAKE_UNTIL = 16,    /* buckets go to the bottom together until it holds so many */
    FEW = 40,           /* so many pending events need no levels */
    KEEP = 32,          /* of a crowded bottom, so many stay */
    HEAP_ABOVE = 512,   /* a bottom that cannot be handed back becomes a heap */
    WIDE_HOLDS = 12,    /* events a bucket of the wide level: at most, by the rate so far */
    KNOWN = 64,         /* so many events taken tell a rate */
    WIDE = QUEUE_FIXED, /* its place among the levels */
    BITS = 63           /* of a time */
};

/* Chunk 0 is nobody's: it ends each chain, and is full, so that filing an event asks one question
 * whether the bucket is empty or its first chunk is full. */
static const uint32_t no_chunk = 0;

static void set_heaped(struct queue *q, bool heaped)
{
    q->heaped = heaped;
    q->crowd = heaped ? 0 : (uint32_t)QUEUE_CROWD;
}

static void set_place(struct queue *q, uint32_t bit, uint32_t level)
{
    uint32_t mask = (UINT32_C(1) << (level == WIDE ? QUEUE_WIDE : QUEUE_DIGIT)) - 1;

    q->place[bit] = (struct queue_place) { .shift = (uint16_t)q->level[level].shift,
                                           .mask = (uint16_t)mask,
                                           .bucket = (uint16_t)(q->level[level].word * 64),
                                           .level = (uint16_t)level };
}

/* Lays the wide level over the bits from `low` to below `high`. What is in the base's own bucket
 * stays there until that bucket is spread. */
static void lay_wide(struct queue *q, uint32_t low, uint32_t high)
{
    uint32_t bit;

    q->level[WIDE].shift = low;
    for (bit = 0; bit < 64; bit++)
        set_place(q, bit, bit < high ? WIDE : WIDE + 1 + bit / QUEUE_DIGIT);
}

/* From here on what is in the base's own bucket goes to the levels below. */
static void lay_below(struct queue *q)
{
    uint32_t bit;

    if (q->place[0].level == WIDE)
        for (bit = 0; bit < q->level[WIDE].shift; bit++)
            set_place(q, bit, bit / QUEUE_DIGIT);
}

/* The fixed levels on both sides of a wide one that is not there yet. */
static void lay_levels(struct queue *q)
{
    uint32_t i;

    for (i = 0; i < QUEUE_FIXED; i++) {
        q->level[i] = (struct queue_level) { .shift = i * QUEUE_DIGIT, .word = i };
        q->level[WIDE + 1 + i] =
            (struct queue_level) { .shift = i * QUEUE_DIGIT, .word = QUEUE_FIXED + i };
    }
    q->level[WIDE].word = 2 * QUEUE_FIXED;
    q->wide = BITS;
    lay_wide(q, 0, 0);
}

/* One more is before the first: none is earlier, so that sorting asks for no end. */
static bool set_room(struct queue *q, uint32_t room)
{
    uint32_t before = q->bottom ? q->room + 1 : 0;
    struct event *more =
        realloc(q->bottom ? q->bottom - 1 : NULL, ((size_t)room + 1) * sizeof more[0]);

    if (!more)
        return false;
    memset(more + before, 0, (room + 1 - before) * sizeof more[0]);
    q->bottom = more + 1;
    q->room = room;
    return true;
}

int queue_open(struct queue *q, enum queue_kind kind, queue_touch *touch, void *context)
{
    memset(q, 0, sizeof *q);
    q->kind = kind;
    set_heaped(q, kind == QUEUE_HEAP);
    q->touch = touch;
    q->context = context;
    q->bottom_end = LB_NEVER;
    q->chunk = slab_reserve(QUEUE_CHUNKS_MOST * sizeof q->chunk[0]);
    if (!q->chunk || !set_room(q, 4 * QUEUE_CROWD)) {
        queue_close(q);
        return -ENOMEM;
    }
    q->chunk[no_chunk].n = QUEUE_CHUNK;
    q->chunks = 1;
    lay_levels(q);
    return 0;
}

void queue_close(struct queue *q)
{
    free(q->bottom ? q->bottom - 1 : NULL);
    slab_release(q->chunk, QUEUE_CHUNKS_MOST * sizeof q->chunk[0]);
    q->bottom = NULL;
    q->chunk = NULL;
}

/* ---- The bottom as a binary heap: the oracle, and the way out of a crowd at one instant. */

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
    return q->room <= UINT32_MAX / 2 && set_room(q, 2 * q->room);
}

/* ---- The levels. */

static uint32_t take_chunk(struct queue *q)
{
    uint32_t c = q->spare;

    if (c != no_chunk) {
        q->spare = q->chunk[c].next;
        return c;
    }
    return q->chunks < QUEUE_CHUNKS_MOST ? q->chunks++ : no_chunk;
}

/* Puts a fresh chunk at the head of a bucket. */
static uint32_t add_chunk(struct queue *q, struct queue_place place, uint32_t bucket)
{
    uint32_t fresh = take_chunk(q), old = q->bucket[bucket];
    struct queue_level *level = &q->level[place.level];

    if (fresh == no_chunk)
        return no_chunk;
    q->chunk[fresh].next = old;
    q->chunk[fresh].n = 0;
    q->chunk[fresh].further = old == no_chunk ? 0 : q->chunk[old].further + QUEUE_CHUNK;
    q->bucket[bucket] = fresh;
    if (old == no_chunk) {
        q->occupied[bucket / 64] |= UINT64_C(1) << bucket % 64;
        level->words |= UINT64_C(1) << (bucket / 64 - level->word);
        q->levels |= UINT32_C(1) << place.level;
    }
    return fresh;
}

/* The rarer half of place, apart so that the other saves no registers for it. */
static __attribute__((noinline)) void place_fresh(struct queue *q, struct event e,
                                                  struct queue_place place, uint32_t bucket)
{
    uint32_t c = add_chunk(q, place, bucket);

    if (c == no_chunk) {
        q->failed = true;
        return;
    }
    q->chunk[c].at[0] = e;
    q->chunk[c].n = 1;
    q->above++;
}

static inline void place(struct queue *q, struct event e)
{
    uint64_t differ = (uint64_t)(e.time ^ q->base);
    struct queue_place place = q->place[63 - __builtin_clzll(differ | 1)];
    uint32_t bucket = place.bucket + ((uint32_t)((uint64_t)e.time >> place.shift) & place.mask);
    struct queue_chunk *chunk = &q->chunk[q->bucket[bucket]];
    uint32_t n = chunk->n;

    if (n == QUEUE_CHUNK) {
        place_fresh(q, e, place, bucket);
        return;
    }
    chunk->at[n] = e;
    chunk->n = n + 1;
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

struct bucket {
    uint32_t level, at; /* at: over all levels */
    uint64_t events;
    lb_time start;
};

/* The earliest bucket of a level that is not empty. */
static struct bucket bucket_of(const struct queue *q, uint32_t level)
{
    const struct queue_level *l = &q->level[level];
    uint32_t word = l->word + (uint32_t)__builtin_ctzll(l->words);
    uint32_t at = word * 64 + (uint32_t)__builtin_ctzll(q->occupied[word]);
    const struct queue_chunk *chunk = &q->chunk[q->bucket[at]];

    return (struct bucket) { .level = level,
                             .at = at,
                             .events = chunk->further + chunk->n,
                             .start =
                                 (lb_time)((uint64_t)chunk->at[0].time >> l->shift << l->shift) };
}

static uint32_t unlink_bucket(struct queue *q, struct bucket b)
{
    struct queue_level *l = &q->level[b.level];
    uint32_t c = q->bucket[b.at], word = b.at / 64;

    q->above -= b.events;
    q->bucket[b.at] = no_chunk;
    q->occupied[word] &= ~(UINT64_C(1) << b.at % 64);
    if (!q->occupied[word])
        l->words &= ~(UINT64_C(1) << (word - l->word));
    if (!l->words)
        q->levels &= ~(UINT32_C(1) << b.level);
    return c;
}

static uint32_t return_chunk(struct queue *q, uint32_t c)
{
    uint32_t next = q->chunk[c].next;

    q->chunk[c].next = q->spare;
    q->spare = c;
    return next;
}

/* Files the events of a bucket anew, by the present base and levels. */
static void refile(struct queue *q, struct bucket b)
{
    uint32_t c = unlink_bucket(q, b), i;

    while (c != no_chunk) {
        const struct queue_chunk *chunk = &q->chunk[c];

        __builtin_prefetch(&q->chunk[chunk->next]);
        __builtin_prefetch(&q->chunk[chunk->next].at[4]);
        for (i = 0; i < chunk->n; i++)
            place(q, chunk->at[i]);
        c = return_chunk(q, c);
    }
}

/* The width, as a power of two, of buckets of which `events` over `span` ns fill each with
 * WIDE_HOLDS at most. */
static uint32_t width_for(double span, double events)
{
    double width = span * WIDE_HOLDS / events;

    if (width < 1.0)
        return 0;
    return width < 0x1p62 ? 63 - (uint32_t)__builtin_clzll((uint64_t)width) : BITS - 1;
}

/* How wide the buckets of the wide level shall be: by the rate at which events were taken since it
 * was laid last, but so that this bucket, whose events are known, is spread. */
static uint32_t choose_width(struct queue *q, struct bucket b)
{
    double span = (double)(UINT64_C(1) << q->level[b.level].shift);
    uint32_t spread = width_for(span, (double)b.events);

    if (q->taken >= KNOWN) {
        q->wide = width_for((double)(b.start - q->laid), (double)q->taken);
        q->taken = 0;
        q->laid = b.start;
    }
    return q->wide < spread ? q->wide : spread;
}

/* The earliest bucket is of a level above the wide one, which is empty, as are those below it. Lays
 * the wide level over this bucket, and over those after it as far as it reaches, and files them
 * there. */
static void lay_anew(struct queue *q, struct bucket b)
{
    uint32_t bottom = q->level[b.level].shift, top = less(bottom + QUEUE_DIGIT, BITS);
    uint32_t low = less(choose_width(q, b), top), high = less(low + QUEUE_WIDE, top);

    lay_wide(q, low, high);
    q->base = b.start;
    refile(q, b);
    while (high > bottom && q->level[b.level].words) {
        b = bucket_of(q, b.level);
        if ((uint64_t)(b.start ^ q->base) >> high)
            return;
        refile(q, b);
    }
}

/* Copies the events of a bucket, whole chunks at a time. */
static void copy_bucket(struct queue *q, struct bucket b, struct event *to)
{
    uint32_t c = unlink_bucket(q, b);

    while (c != no_chunk) {
        const struct queue_chunk *chunk = &q->chunk[c];

        memcpy(to, chunk->at, sizeof chunk->at);
        to += chunk->n;
        c = return_chunk(q, c);
    }
}

/* Appends a bucket to the bottom. False: out of memory. */
static bool take(struct queue *q, struct bucket b)
{
    uint32_t shift = q->level[b.level].shift, n = (uint32_t)b.events;
    uint64_t end = (uint64_t)b.start + (UINT64_C(1) << shift);
    struct event copy[SPLIT_ABOVE + QUEUE_CHUNK], *to;

    while (q->room - q->tail < b.events + QUEUE_CROWD)
        if (!grow(q))
            return false;
    to = q->bottom + q->tail;
    if (n <= SPLIT_ABOVE && shift + PLACE_BITS <= 64) {
        copy_bucket(q, b, copy);
        sort_by_time(to, copy, n, b.start);
        settle_ties(to, to + n);
    } else {
        copy_bucket(q, b, to);
        sort_large(to, n);
    }
    if (q->touch)
        q->touch(q->context, to, n);
    q->bottom_end = end > (uint64_t)LB_NEVER ? LB_NEVER : (lb_time)end;
    q->taken += n;
    q->tail += n;
    return true;
}

/* A bucket that holds more than is quickly sorted, or the first of those yet to be spread. */
static bool to_be_spread(const struct queue *q, struct bucket b)
{
    if (queue_pending(q) <= FEW)
        return false;
    return b.level > WIDE || (b.events > SPLIT_ABOVE && q->level[b.level].shift > 0);
}

static void spread(struct queue *q, struct bucket b)
{
    if (b.level > WIDE) {
        lay_anew(q, b);
        return;
    }
    lay_below(q);
    q->base = b.start;
    refile(q, b);
}

/* Fills the empty bottom with the earliest buckets. False: nothing is pending (or memory is out).
 */
DISPATCHED bool queue_refill(struct queue *q)
{
    q->head = q->tail = 0;
    set_heaped(q, q->kind == QUEUE_HEAP);
    while (q->levels && (q->tail < TAKE_UNTIL || queue_pending(q) <= FEW)) {
        struct bucket b = bucket_of(q, (uint32_t)__builtin_ctz(q->levels));

        if (to_be_spread(q, b)) {
            if (q->tail > 0)
                break;
            spread(q, b);
            continue;
        }
        if (q->tail == 0)
            q->base = b.start;
        if (!take(q, b)) {
            q->failed = true;
            return false;
        }
    }
    if (!q->levels)
        q->bottom_end = LB_NEVER;
    return q->tail > 0;
}
