/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lanes against plain lists: counts, places, queues at a later instant, blocks that grow, come back
 * and are used again, with and without links. */
#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>

#include "models/policy.h"
#include "sim/run/lane.h"

int suite_lane(void);

enum { SERVERS = 7, STEPS = 60000, WAY = 40 };

/* All who ever came, in order; those before `gone` have left. */
struct list {
    struct stay *stay;
    uint32_t n, gone;
};

struct pair {
    struct lanes lanes;
    struct list list[SERVERS];
    struct lb_random dice;
    lb_time now;
    bool links;
    uint32_t wrong, longest;
};

static void open_pair(struct pair *p, bool links)
{
    uint32_t i;

    memset(p, 0, sizeof *p);
    p->links = links;
    p->dice.state = 77;
    p->now = 1000;
    CU_ASSERT_EQUAL_FATAL(lanes_open(&p->lanes, SERVERS, links), 0);
    for (i = 0; i < SERVERS; i++)
        p->list[i].stay = calloc(STEPS + 1, sizeof p->list[i].stay[0]);
}

static void close_pair(struct pair *p)
{
    uint32_t i;

    lanes_close(&p->lanes);
    for (i = 0; i < SERVERS; i++)
        free(p->list[i].stay);
}

/* Whoever leaves at `now` or before has left. */
static uint32_t inside(struct list *l, lb_time now)
{
    while (l->gone < l->n && l->stay[l->gone].leave <= now)
        l->gone++;
    return l->n - l->gone;
}

static uint32_t inside_later(const struct list *l, lb_time then)
{
    uint32_t i, n = 0;

    for (i = l->gone; i < l->n; i++)
        n += l->stay[i].leave > then;
    return n;
}

static void look(struct pair *p, uint32_t server)
{
    struct list *l = &p->list[server];
    uint32_t n = inside(l, p->now), bound, i;
    lb_time then = p->now + lb_below(&p->dice, 200);

    bound = lanes_bound(&p->lanes, server, p->now, p->links, lb_below(&p->dice, 20));
    p->wrong += bound < n;
    p->wrong += lanes_count(&p->lanes, server, p->now, p->links) != n;
    p->wrong += lanes_later(&p->lanes, server, then) != inside_later(l, then);
    for (i = 0; i < n && i < 50; i++) {
        struct stay said = lanes_stay(&p->lanes, server, n, i), is = l->stay[l->gone + i];

        p->wrong += said.leave != is.leave || said.reached != is.reached;
    }
    p->longest = n > p->longest ? n : p->longest;
}

/* One more, often together with the one before or with no service at all. */
static void push(struct pair *p, uint32_t server, lb_time service)
{
    struct list *l = &p->list[server];
    uint32_t n = inside(l, p->now);
    lb_time reached = p->links ? p->now + WAY : 0, last = l->n ? l->stay[l->n - 1].leave : 0;
    lb_time start = last > p->now + (p->links ? WAY : 0) ? last : p->now + (p->links ? WAY : 0);
    struct stay stay = { start + service, reached };

    if (lb_below(&p->dice, 4)) /* as said, or as it was some time ago */
        n = lanes_count(&p->lanes, server, p->now, p->links);
    else
        n += lb_below(&p->dice, 4);
    p->wrong += !lanes_push(&p->lanes, server, stay, n, p->links);
    p->wrong += p->lanes.lane[server].last != stay.leave;
    l->stay[l->n++] = stay;
}

/* Busy times, in which queues grow, and idle ones, in which they come back. */
static void walk(struct pair *p)
{
    uint32_t i;

    for (i = 0; i < STEPS; i++) {
        uint32_t server = lb_below(&p->dice, SERVERS);
        bool busy = i / 8000 % 2 == 0;

        if (lb_below(&p->dice, 8) < (busy ? 7u : 2u))
            push(p, server, lb_below(&p->dice, 3) ? (lb_time)lb_below(&p->dice, busy ? 60 : 5) : 0);
        else
            look(p, server);
        p->now += lb_below(&p->dice, 3) ? 0 : lb_below(&p->dice, busy ? 4 : 400);
    }
}

static void both_like_lists(void)
{
    uint32_t links;

    for (links = 0; links < 2; links++) {
        struct pair *p = malloc(sizeof *p);

        CU_ASSERT_PTR_NOT_NULL_FATAL(p);
        open_pair(p, links);
        walk(p);
        CU_ASSERT_EQUAL(p->wrong, 0);
        CU_ASSERT(p->longest > 100); /* or nothing has grown much */
        close_pair(p);
        free(p);
    }
}

/* Blocks that are given back are taken again: the pool does not grow with time. */
static void blocks_come_back(void)
{
    struct lanes lanes;
    uint64_t used = 0;
    lb_time now = 1;
    uint32_t round, i;

    CU_ASSERT_EQUAL_FATAL(lanes_open(&lanes, 2, false), 0);
    for (round = 0; round < 10; round++) {
        for (i = 0; i < 500; i++) {
            uint32_t n = lanes_count(&lanes, round % 2, now, false);

            CU_ASSERT_EQUAL(n, i);
            CU_ASSERT(lanes_push(&lanes, round % 2, (struct stay) { now + 1 + i, 0 }, n, false));
        }
        CU_ASSERT(lanes.lane[round % 2].size > 0);
        now += 500 - LANE_FEW;
        CU_ASSERT_EQUAL(lanes_count(&lanes, round % 2, now, false), LANE_FEW);
        CU_ASSERT_EQUAL(lanes.lane[round % 2].size, 0); /* few are left: in the lane itself */
        CU_ASSERT_EQUAL(lanes_stay(&lanes, round % 2, LANE_FEW, 0).leave, now + 1);
        now += 2000;
        CU_ASSERT_EQUAL(lanes_count(&lanes, round % 2, now, false), 0);
        used = round == 0 ? lanes.used : used;
        CU_ASSERT_EQUAL(lanes.used, used);
    }
    lanes_close(&lanes);
}

/* A queue that is never looked at, only bounded, grows all the same. */
static void bounds_alone(void)
{
    struct lanes lanes;
    uint32_t i, n;

    CU_ASSERT_EQUAL_FATAL(lanes_open(&lanes, 1, false), 0);
    for (i = 0; i < 100000; i++) {
        lb_time now = i;

        n = lanes_bound(&lanes, 0, now, false, UINT64_MAX);
        CU_ASSERT(n >= (i < 10 ? i : 10)); /* each stays for ten instants */
        CU_ASSERT(lanes_push(&lanes, 0, (struct stay) { now + 11, 0 }, n, false));
    }
    CU_ASSERT_EQUAL(lanes_count(&lanes, 0, 100000, false), 10);
    lanes_close(&lanes);
}

static void closing(void)
{
    struct lanes lanes;

    memset(&lanes, 0, sizeof lanes);
    lanes_close(&lanes); /* never opened */
    CU_ASSERT_EQUAL(lanes_open(&lanes, 0, true), 0);
    lanes_close(&lanes);
}

int suite_lane(void)
{
    CU_pSuite s = CU_add_suite("lane", NULL, NULL);

    return !s || !CU_add_test(s, "lanes are as lists are", both_like_lists) ||
           !CU_add_test(s, "blocks come back", blocks_come_back) ||
           !CU_add_test(s, "bounds alone", bounds_alone) ||
           !CU_add_test(s, "opened, closed", closing);
}
