/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The slower side of the ladder queue: refilling the bottom, dividing crowds, fitting the wheel.
 */
#include "tests/bench/ladder.h"

#include "tests/bench/reference.h"

#define SPAN_FIRST 64
#define SPAN_MOST  ((uint64_t)1 << 28)
#define SHIFT_MOST 56

/* Fitting the wheel: shares of buckets not empty, and how many must be seen to judge. */
#define FILLED_LEAST 0.7
#define FILLED_MOST  0.93
#define SEEN_LEAST   1024

/* Where the fast ways through the queue end: at rungs as soon as there are any. */
static void set_limits(struct queue *queue)
{
    const uint64_t end = queue->half_turn + (queue->last + 1) / 2;
    if (queue->rungs > 0) {
        queue->stop = queue->next;
        queue->wheel_end = 0;
    } else {
        queue->stop = queue->half_turn;
        queue->wheel_end =
            end > (uint64_t)INT64_MAX >> queue->shift ? INT64_MAX : (int64_t)(end << queue->shift);
    }
}

int queue_start(struct queue *queue, uint64_t *pool)
{
    *queue = (struct queue) { .pool = pool, .last = SPAN_FIRST - 1, .shift = 10 };
    queue->half_turn = SPAN_FIRST / 2;
    queue->wheel = reference_memory(SPAN_FIRST * sizeof *queue->wheel);
    *queue_request(queue, 0) = (struct request) { .time = INT64_MAX, .order.whole = UINT64_MAX };
    set_limits(queue);
    return queue->wheel == NULL ? -1 : 0;
}

static void push(struct queue *queue, uint32_t *list, size_t slot)
{
    queue_request(queue, slot)->next = *list;
    *list = (uint32_t)slot;
}

/* One list of the events of two. */
static uint32_t join(struct queue *queue, uint32_t list, uint32_t rest)
{
    while (list != 0) {
        const uint32_t next = queue_request(queue, list)->next;
        push(queue, &rest, list);
        list = next;
    }
    return rest;
}

static bool rung_holds(const struct rung *rung, int64_t time)
{
    return (uint64_t)((time >> rung->shift) - rung->first) < rung->buckets;
}

static void rung_put(struct queue *queue, struct rung *rung, size_t slot)
{
    const int64_t place = (queue_request(queue, slot)->time >> rung->shift) - rung->first;
    push(queue, &rung->bucket[place], slot);
}

void queue_put_elsewhere(struct queue *queue, size_t slot)
{
    const int64_t time = queue_request(queue, slot)->time;
    for (uint32_t i = queue->rungs; i > 0; i--) {
        if (rung_holds(&queue->rung[i - 1], time)) {
            rung_put(queue, &queue->rung[i - 1], slot);
            return;
        }
    }
    const uint64_t index = (uint64_t)time >> queue->shift;
    if (index - queue->next <= queue->last) {
        push(queue, &queue->wheel[index & queue->last], slot);
        return;
    }
    push(queue, &queue->far, slot);
    queue->put_far++;
}

/* Width of the buckets that fill the bottom now, as a shift. */
static int narrowest(const struct queue *queue)
{
    return queue->rungs == 0 ? queue->shift : queue->rung[queue->rungs - 1].shift;
}

/* Makes a rung of a list that came from the bucket of 2^shift ns, shift > 0, that ends at
 * bottom_end; nothing is left in the bottom. */
static void spawn(struct queue *queue, uint32_t list, int shift)
{
    assert(queue->rungs < RUNGS_MOST && shift > 0);
    const int64_t start = queue->bottom_end - ((int64_t)1 << shift);
    struct rung *const rung = &queue->rung[queue->rungs++];
    *rung = (struct rung) { .shift = shift > 6 ? shift - 6 : 0 };
    rung->first = start >> rung->shift;
    rung->buckets = 1u << (shift - rung->shift);
    while (list != 0) {
        const uint32_t next = queue_request(queue, list)->next;
        rung_put(queue, rung, list);
        list = next;
    }
    queue->bottom = 0;
    queue->bottom_end = start;
    set_limits(queue);
}

void queue_relieve(struct queue *queue)
{
    if (narrowest(queue) > 0) {
        spawn(queue, queue->bottom, narrowest(queue));
    }
}

static bool longer_than(const struct queue *queue, uint32_t list, uint32_t most)
{
    for (uint32_t count = 0; list != 0; list = queue_request(queue, list)->next) {
        if (++count > most) {
            return true;
        }
    }
    return false;
}

static uint32_t merge(struct queue *queue, uint32_t one, uint32_t other)
{
    uint32_t first = 0;
    uint32_t *link = &first;
    while (one != 0 && other != 0) {
        const bool before = event_before(queue_request(queue, one), queue_request(queue, other));
        uint32_t *const least = before ? &one : &other;
        *link = *least;
        link = &queue_request(queue, *least)->next;
        *least = *link;
    }
    *link = one != 0 ? one : other;
    return first;
}

/* Merge sort, bottom up: sorted[i] is empty or holds 2^i events. */
static uint32_t sort(struct queue *queue, uint32_t list)
{
    uint32_t sorted[32] = { 0 };
    while (list != 0) {
        uint32_t run = list;
        list = queue_request(queue, run)->next;
        queue_request(queue, run)->next = 0;
        int i = 0;
        for (; sorted[i] != 0; i++) {
            run = merge(queue, sorted[i], run);
            sorted[i] = 0;
        }
        sorted[i] = run;
    }
    uint32_t whole = 0;
    for (int i = 0; i < 32; i++) {
        whole = merge(queue, sorted[i], whole);
    }
    return whole;
}

/* The next bucket that is not empty of the narrowest rung that has one, unlinked; 0 if none has. */
static uint32_t take_from_rungs(struct queue *queue)
{
    while (queue->rungs > 0) {
        struct rung *const rung = &queue->rung[queue->rungs - 1];
        while (rung->next < rung->buckets) {
            const uint32_t list = rung->bucket[rung->next];
            rung->bucket[rung->next++] = 0;
            queue->bottom_end = (rung->first + rung->next) << rung->shift;
            if (list != 0) {
                return list;
            }
        }
        queue->rungs--;
    }
    return 0;
}

/* All events of wheel and far, unlinked, as one list. */
static uint32_t take_all(struct queue *queue)
{
    uint32_t list = queue->far;
    queue->far = 0;
    for (uint64_t i = 0; i <= queue->last; i++) {
        list = join(queue, queue->wheel[i], list);
        queue->wheel[i] = 0;
    }
    return list;
}

static void put_all(struct queue *queue, uint32_t list)
{
    while (list != 0) {
        struct request *const request = queue_request(queue, list);
        const uint32_t next = request->next;
        queue_put(queue, request, list, request->time);
        list = next;
    }
}

/* Gives the wheel another width and span from here on. Returns the events of wheel and far. */
static uint32_t fit(struct queue *queue, int shift, uint64_t span)
{
    const uint32_t list = take_all(queue);
    if (span > queue->last + 1) {
        const size_t entry = sizeof *queue->wheel;
        uint32_t *const wheel =
            reference_memory_grow(queue->wheel, (queue->last + 1) * entry, span * entry);
        queue->out_of_memory = wheel == NULL;
        queue->wheel = wheel == NULL ? queue->wheel : wheel;
        queue->last = wheel == NULL ? queue->last : span - 1;
    }
    const int64_t start = (int64_t)(queue->next << queue->shift);
    queue->shift = shift;
    queue->next = (uint64_t)start >> shift;
    queue->bottom_end = (int64_t)(queue->next << shift);
    return list;
}

/* Width: one or two events a bucket, that is, FILLED_LEAST to FILLED_MOST of the buckets not empty,
 * or as many events as come in a nanosecond. */
static int wanted_shift(const struct queue *queue)
{
    const double filled = (double)queue->filled / (double)queue->seen;
    if (filled > FILLED_MOST && queue->shift > 0) {
        return queue->shift - 1;
    }
    if (filled < FILLED_LEAST && queue->shift < SHIFT_MOST) {
        return queue->shift + (filled < FILLED_LEAST / 16 ? 3 : 1);
    }
    return queue->shift;
}

/* Span: so long that little goes past its end. */
static uint64_t wanted_span(const struct queue *queue)
{
    const uint64_t span = queue->last + 1;
    const bool is_short = queue->put_far > queue->filled / 8 && queue->filled > queue->seen / 2;
    return is_short && span < SPAN_MOST && !queue->out_of_memory ? 2 * span : span;
}

/* Half a turn is over: takes in what has come within reach, and fits the wheel to the events once
 * enough buckets were seen to know. */
static void look(struct queue *queue)
{
    uint32_t list = queue->far;
    queue->seen += (queue->last + 1) / 2;
    if (queue->seen >= SEEN_LEAST) {
        const int shift = wanted_shift(queue);
        const uint64_t span = wanted_span(queue);
        if (shift != queue->shift || span != queue->last + 1) {
            list = fit(queue, shift, span);
        }
        queue->seen = 0;
        queue->filled = 0;
        queue->put_far = 0;
    }
    queue->far = 0;
    queue->half_turn = queue->next + (queue->last + 1) / 2;
    set_limits(queue);
    put_all(queue, list);
}

uint32_t queue_turn(struct queue *queue)
{
    if (queue->rungs > 0) {
        const uint32_t list = take_from_rungs(queue);
        if (list != 0) {
            return list;
        }
        set_limits(queue);
    }
    if (queue->next == queue->half_turn) {
        look(queue);
    }
    return 0;
}

void queue_settle_crowd(struct queue *queue, uint32_t list, uint32_t rest)
{
    const uint32_t whole = join(queue, list, rest);
    queue->bottom = 0;
    if (narrowest(queue) > 0 && longer_than(queue, whole, QUEUE_CROWD)) {
        spawn(queue, whole, narrowest(queue));
    } else {
        queue->bottom = sort(queue, whole);
    }
}
