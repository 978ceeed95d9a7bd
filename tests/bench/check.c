/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The skeleton's queue beside a plain binary heap: take the first event of both, compare, put it
 * back later, over sets of delays that ladder queues are known to find hard.
 */
#include "tests/bench/draw.h"
#include "tests/bench/ladder.h"
#include "tests/bench/reference.h"

#include <math.h>

#define PENDING_MOST 20000

enum delays {
    DELAYS_EXPONENTIAL,
    DELAYS_ZERO_OR_ONE,
    DELAYS_ALL_EQUAL,
    DELAYS_FEW_VALUES,
    DELAYS_RARE_AND_LONG,
    DELAYS_HEAVY_TAIL,
    DELAYS_SHRINKING,
    DELAYS_BURSTS,
    DELAYS_FLOOD,
    DELAYS,
};

static const char *const failures[DELAYS] = {
    [DELAYS_EXPONENTIAL] = "queue and heap differ with exponential delays",
    [DELAYS_ZERO_OR_ONE] = "queue and heap differ with delays of 0 and 1 ns",
    [DELAYS_ALL_EQUAL] = "queue and heap differ with one constant delay",
    [DELAYS_FEW_VALUES] = "queue and heap differ with four constant delays",
    [DELAYS_RARE_AND_LONG] = "queue and heap differ with a few delays a hundred times as long",
    [DELAYS_HEAVY_TAIL] = "queue and heap differ with Pareto delays",
    [DELAYS_SHRINKING] = "queue and heap differ with delays that shrink",
    [DELAYS_BURSTS] = "queue and heap differ with bursts",
    [DELAYS_FLOOD] = "queue and heap differ with many events put just ahead of long delays",
};

struct check {
    struct queue queue;
    struct stream stream;
    struct ziggurat ziggurat;
    double units[DRAW_BLOCK];
    uint32_t serial;
    uint32_t pending;
    bool flooding;                         /* half of the events are being put at one instant */
    struct request heap[PENDING_MOST + 1]; /* from 1; copies */
};

/* The order as it is meant, spelt out apart from the queue's. */
static bool precedes(const struct request *one, const struct request *other)
{
    if (one->time != other->time) {
        return one->time < other->time;
    }
    if (one->order.part.kind != other->order.part.kind) {
        return one->order.part.kind < other->order.part.kind;
    }
    return one->order.part.serial < other->order.part.serial;
}

static void heap_put(struct check *check, const struct request *event)
{
    uint32_t place = ++check->pending;
    for (; place > 1 && precedes(event, &check->heap[place / 2]); place /= 2) {
        check->heap[place] = check->heap[place / 2];
    }
    check->heap[place] = *event;
}

static struct request heap_take(struct check *check)
{
    const struct request first = check->heap[1];
    const struct request moved = check->heap[check->pending--];
    uint32_t place = 1;
    for (;;) {
        uint32_t child = 2 * place;
        if (child < check->pending && precedes(&check->heap[child + 1], &check->heap[child])) {
            child++;
        }
        if (child > check->pending || !precedes(&check->heap[child], &moved)) {
            break;
        }
        check->heap[place] = check->heap[child];
        place = child;
    }
    check->heap[place] = moved;
    return first;
}

static int64_t delay_ns(struct check *check, enum delays delays, int64_t now)
{
    static const int64_t few[] = { 500000, 500001, 1000000, 70000000 };
    if (check->serial % DRAW_BLOCK == 0) {
        draw_exponentials(&check->ziggurat, &check->stream, check->units);
    }
    const double unit = check->units[check->serial % DRAW_BLOCK];
    switch (delays) {
    case DELAYS_EXPONENTIAL:
        return (int64_t)(unit * 1e6);
    case DELAYS_ZERO_OR_ONE:
        return (int64_t)draw_one(&check->stream, 2);
    case DELAYS_ALL_EQUAL:
        return 500000;
    case DELAYS_FEW_VALUES:
        return few[draw_one(&check->stream, 4)];
    case DELAYS_RARE_AND_LONG:
        return (int64_t)(unit * (draw_one(&check->stream, 100) == 0 ? 1e8 : 1e6));
    case DELAYS_HEAVY_TAIL:
        return (int64_t)fmin(1e15, 1e4 * exp(unit / 1.1));
    case DELAYS_SHRINKING:
        return (int64_t)(unit * 1e10 / (1 + exp(2e-9 * (double)now)));
    case DELAYS_FLOOD:
        return check->flooding ? draw_one(&check->stream, 1000) : (int64_t)(unit * 1e8);
    default:
        return 1000000000 - now % 1000000000 + (int64_t)draw_one(&check->stream, 3);
    }
}

/* Plans the event of a slot, after the others of its instant if `kind` is the same. */
static void check_put(struct check *check, size_t slot, int64_t time)
{
    struct request *const event = queue_request(&check->queue, slot);
    event->order.part.kind = draw_one(&check->stream, 4);
    event->order.part.serial = check->serial++;
    queue_put(&check->queue, event, slot, time);
    heap_put(check, event);
}

static void put_many(struct check *check, enum delays delays, uint32_t from, uint32_t to,
                     int64_t now)
{
    for (uint32_t i = from; i <= to; i++) {
        check_put(check, i * SLOT_STEP, now + delay_ns(check, delays, now));
    }
}

/* Half of the events from the start, the other half at once in the middle. */
static bool check_one(struct check *check, enum delays delays, uint32_t pending)
{
    const uint64_t rounds = 20 * (uint64_t)pending + 100000;
    const uint32_t half = (pending + 1) / 2;
    put_many(check, delays, 1, half, 0);
    for (uint64_t round = 0; check->pending > 0; round++) {
        const struct request expected = heap_take(check);
        const size_t slot = queue_take(&check->queue);
        const struct request *const event = queue_request(&check->queue, slot);
        if (event->time != expected.time || event->order.whole != expected.order.whole) {
            return false;
        }
        if (round < rounds) {
            check_put(check, slot, expected.time + delay_ns(check, delays, expected.time));
        }
        if (round == rounds / 2) {
            check->flooding = true;
            put_many(check, delays, half + 1, pending, expected.time);
            check->flooding = false;
        }
    }
    return true;
}

int check_queue(uint64_t seed, const char **reason)
{
    static const uint32_t pending[] = { 1, 10, 100, 1000, PENDING_MOST };
    for (int delays = 0; delays < DELAYS; delays++) {
        for (size_t i = 0; i < sizeof pending / sizeof *pending; i++) {
            struct check *const check = reference_memory(sizeof *check);
            uint64_t *const pool = reference_memory((PENDING_MOST + 1) * sizeof(struct request));
            if (check == NULL || pool == NULL || queue_start(&check->queue, pool) != 0) {
                *reason = "out of memory";
                return -1;
            }
            stream_start(&check->stream, seed, STREAM_CHECK);
            ziggurat_start(&check->ziggurat);
            if (!check_one(check, (enum delays)delays, pending[i])) {
                *reason = failures[delays];
                return -1;
            }
        }
    }
    return 0;
}
