/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The ladder against the heap, event by event, on sets made to hurt it. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>

#include "sim/engine/queue.h"

int suite_queue(void);

/* Both queues, fed alike; the heap is the oracle. */
struct pair {
    struct queue ladder, heap;
    struct lb_random dice;
    lb_time now;
    uint32_t serial;
    bool good;
};

static void pair_open(struct pair *p, uint64_t seed)
{
    p->dice.state = seed;
    p->now = 0;
    p->serial = 0;
    p->good = queue_open(&p->ladder, QUEUE_LADDER, NULL, NULL) == 0 &&
              queue_open(&p->heap, QUEUE_HEAP, NULL, NULL) == 0;
    CU_ASSERT_FATAL(p->good);
}

static void pair_close(struct pair *p)
{
    CU_ASSERT(p->good);
    CU_ASSERT(!p->ladder.failed && !p->heap.failed);
    queue_close(&p->ladder);
    queue_close(&p->heap);
}

/* Kinds and serials in no order, so that at one instant `what` decides. */
static void push_at(struct pair *p, lb_time time)
{
    struct event e = { time, event_what(lb_below(&p->dice, 11), p->serial * 2654435761U,
                                        lb_below(&p->dice, 1000)) };

    p->serial++;
    queue_push(&p->ladder, e);
    queue_push(&p->heap, e);
}

static bool pop(struct pair *p)
{
    const struct event *a = queue_first(&p->ladder), *b = queue_first(&p->heap);

    if (!a || !b) {
        p->good &= !a && !b;
        return false;
    }
    p->good &= a->time == b->time && a->what == b->what && a->time >= p->now &&
               queue_pending(&p->ladder) == queue_pending(&p->heap);
    p->now = a->time;
    queue_pop(&p->ladder);
    queue_pop(&p->heap);
    return true;
}

static void drain(struct pair *p)
{
    while (p->good && pop(p))
        continue;
    p->good &= queue_pending(&p->ladder) == 0;
}

/* ---- Increments. */

typedef lb_time increment(struct pair *);

static lb_time equal(struct pair *p)
{
    (void)p;
    return 1000000;
}

static lb_time none(struct pair *p)
{
    (void)p;
    return 0;
}

static lb_time uniform(struct pair *p)
{
    return lb_below(&p->dice, 2000000);
}

static lb_time exponential(struct pair *p)
{
    return (lb_time)(-1e6 * log(1.0 - lb_unit(&p->dice)));
}

/* 99 % near, 1 % a thousand times as far. */
static lb_time two_scales(struct pair *p)
{
    return lb_below(&p->dice, 100) ? lb_below(&p->dice, 1000) : 1000000 + uniform(p);
}

/* Shape 1.1: hardly a mean. */
static lb_time pareto(struct pair *p)
{
    return (lb_time)fmin(1e3 * pow(1.0 - lb_unit(&p->dice), -1.0 / 1.1), 1e15);
}

/* Many at one instant, instants far apart. */
static lb_time burst(struct pair *p)
{
    return (p->now / 10000000 + 1 + lb_below(&p->dice, 2)) * 10000000 - p->now;
}

static lb_time few_values(struct pair *p)
{
    return INT64_C(1) << 6 * lb_below(&p->dice, 7);
}

static lb_time all_magnitudes(struct pair *p)
{
    uint64_t bits = lb_bits(&p->dice);
    uint64_t step = bits >> 1 >> lb_below(&p->dice, 63);

    return (lb_time)step < LB_NEVER - p->now - 1 ? (lb_time)step : 0;
}

static increment *const increments[] = { equal,  none,  uniform,    exponential,   two_scales,
                                         pareto, burst, few_values, all_magnitudes };
enum { INCREMENTS = sizeof increments / sizeof increments[0] };

/* ---- The hold model: the number pending stays. */

static void hold(increment *next, uint32_t pending, uint32_t turns, uint64_t seed)
{
    struct pair p;
    uint32_t i;

    pair_open(&p, seed);
    for (i = 0; i < pending; i++)
        push_at(&p, next(&p));
    for (i = 0; p.good && i < turns; i++) {
        pop(&p);
        push_at(&p, p.now + next(&p));
    }
    drain(&p);
    pair_close(&p);
}

static void test_hold(void)
{
    static const uint32_t pending[] = { 1, 2, 15, 40, 64, 65, 500, 513, 3000, 40000 };
    uint32_t i, k;

    for (i = 0; i < INCREMENTS; i++)
        for (k = 0; k < sizeof pending / sizeof pending[0]; k++)
            hold(increments[i], pending[k], 20000 + pending[k], 100 * i + k);
}

/* The number pending rises and falls; each phase draws its increments anew. */
static void test_growing_and_shrinking(void)
{
    struct pair p;
    uint32_t phase, i, turns;
    increment *next;

    pair_open(&p, 7);
    for (phase = 0; p.good && phase < 300; phase++) {
        next = increments[lb_below(&p.dice, INCREMENTS - 1)];
        turns = lb_below(&p.dice, 3000);
        for (i = 0; phase % 2 == 0 && i < turns; i++)
            push_at(&p, p.now + next(&p));
        for (i = 0; phase % 2 == 1 && i < turns && pop(&p); i++)
            if (lb_below(&p.dice, 3) == 0)
                push_at(&p, p.now + next(&p));
    }
    drain(&p);
    pair_close(&p);
}

/* Looking at the first event fills the bottom from buckets ahead; what is then pushed before it,
 * and before the base of the levels, must still come first. */
static void test_pushes_before_the_base(void)
{
    struct pair p;
    const struct event *first;
    uint32_t i, k;

    pair_open(&p, 8);
    for (i = 0; i < 5000; i++)
        push_at(&p, INT64_C(1) << 40 | (lb_time)(lb_bits(&p.dice) >> 30));
    while (p.good && (first = queue_first(&p.ladder))) {
        lb_time ahead = first->time - p.now;

        for (k = lb_below(&p.dice, 20); p.serial < 50000 && k > 0; k--)
            push_at(&p, p.now + (lb_time)(lb_unit(&p.dice) * (double)ahead));
        for (k = 1 + lb_below(&p.dice, 20); k > 0; k--)
            pop(&p);
    }
    drain(&p);
    pair_close(&p);
}

/* A crowd in the bottom that begins before the base and goes on behind it. */
static void test_crowds_around_the_base(void)
{
    struct pair p;
    uint32_t round, i;

    pair_open(&p, 9);
    for (round = 0; p.good && round < 50; round++) {
        lb_time far = p.now + (INT64_C(1) << (10 + round % 40));

        for (i = 0; i < 200; i++)
            push_at(&p, far + lb_below(&p.dice, 64));
        queue_first(&p.ladder);
        for (i = 0; i < 700; i++)
            push_at(&p, p.now + (lb_time)(lb_unit(&p.dice) * 1.2 * (double)(far - p.now)));
        for (i = 0; i < 500 + round; i++)
            pop(&p);
    }
    drain(&p);
    pair_close(&p);
}

static void test_last_instants(void)
{
    struct pair p;
    uint32_t i;

    pair_open(&p, 10);
    for (i = 0; i < 500; i++)
        push_at(&p, LB_NEVER - 1 - lb_below(&p.dice, 1000));
    for (i = 0; i < 500; i++)
        push_at(&p, lb_below(&p.dice, 3));
    drain(&p);
    pair_close(&p);
}

static void test_reuse(void)
{
    struct pair p;
    uint32_t round, i;

    pair_open(&p, 11);
    for (round = 0; p.good && round < 200; round++) {
        for (i = 0; i < 10 * round; i++)
            push_at(&p, p.now + exponential(&p));
        drain(&p);
    }
    CU_ASSERT(p.ladder.chunks < 1000); /* 2,000 events at most were pending */
    pair_close(&p);
}

struct touched {
    uint64_t n;
    lb_time last;
};

static void touch(void *context, const struct event *at, uint32_t n)
{
    struct touched *t = context;

    t->n += n;
    t->last = at[n - 1].time;
}

/* Each event of the levels is announced once, before it comes up. */
static void test_touch(void)
{
    enum { EVENTS = 10000 };
    struct touched t = { 0, 0 };
    struct lb_random dice = { 12 };
    struct queue q;
    uint32_t i;

    CU_ASSERT_FATAL(queue_open(&q, QUEUE_LADDER, touch, &t) == 0);
    queue_push(&q, (struct event) { 1, event_what(0, 0, 0) });
    for (i = 1; i < EVENTS; i++)
        queue_push(&q,
                   (struct event) { 1000000 + lb_below(&dice, 1000000000), event_what(0, i, 0) });
    for (i = 0; queue_first(&q); i++)
        queue_pop(&q);
    CU_ASSERT_EQUAL(i, EVENTS);
    CU_ASSERT(t.n > EVENTS / 2 && t.n <= EVENTS);
    queue_close(&q);
}

int suite_queue(void)
{
    CU_pSuite suite = CU_add_suite("queue", NULL, NULL);

    return !suite || !CU_add_test(suite, "hold model, hostile increments", test_hold) ||
           !CU_add_test(suite, "growing and shrinking", test_growing_and_shrinking) ||
           !CU_add_test(suite, "pushes before the base", test_pushes_before_the_base) ||
           !CU_add_test(suite, "crowds around the base", test_crowds_around_the_base) ||
           !CU_add_test(suite, "the last instants of time", test_last_instants) ||
           !CU_add_test(suite, "emptied and filled again", test_reuse) ||
           !CU_add_test(suite, "touch", test_touch);
}
