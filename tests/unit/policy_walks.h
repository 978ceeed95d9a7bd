/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random walks of a policy: requests, answers, failures, caps, slow start, servers that come and
 * go, each pick judged by a naive oracle. */
#ifndef TESTS_UNIT_POLICY_WALKS_H
#define TESTS_UNIT_POLICY_WALKS_H

#include <CUnit/CUnit.h>
#include <malloc.h>
#include <stdio.h>

#include "tests/unit/mini_host.h"
#include "tests/unit/naive_policies.h"
#include "tests/unit/policy_find.h"

enum { WALK_MOST = 1016, FLYING_MOST = 4096, TRIED_MOST = 3 };

struct flight {
    struct mini_pick pick;
    lb_server tried[TRIED_MOST];
};

struct walk {
    struct mini m;
    const struct walk_case *rule;
    struct lb_random random; /* of the walk itself */
    struct flight *flying;
    uint32_t flying_n, wrong;
    int weights_vary;
    lb_server tied[WALK_MOST];
    struct naive_smooth smooth[WALK_MOST];
    uint64_t out[WALK_MOST]; /* charges */
    uint64_t turn;
};

struct walk_case {
    const char *policy, *settings;
    int (*right)(struct walk *, const struct mini_pick *);
    enum naive_rule measure;
    enum tie tie;
    int64_t number; /* max_fails, amount, or where the turn begins */
};

static uint32_t eligible(struct walk *w, const struct lb_request *request)
{
    uint32_t s, n = 0;

    for (s = 0; s < w->m.view.n; s++)
        if (naive_may(&w->m, request, s))
            w->tied[n++] = s;
    return n;
}

/* s is among the n in `tied`, where the tie rule puts it. */
static int one_of(const struct walk *w, uint32_t n, lb_server s)
{
    uint32_t i;

    if (n == 0)
        return s == LB_NONE;
    if (w->rule->tie == TIE_FIRST)
        return s == w->tied[0];
    if (w->rule->tie == TIE_LAST)
        return s == w->tied[n - 1];
    for (i = 0; i < n; i++)
        if (s == w->tied[i])
            return 1;
    return 0;
}

static int right_any(struct walk *w, const struct mini_pick *pick)
{
    return one_of(w, eligible(w, &pick->request), pick->server);
}

static int right_least(struct walk *w, const struct mini_pick *pick)
{
    return one_of(w, naive_tied(&w->m, &pick->request, w->rule->measure, w->tied), pick->server);
}

static int right_smooth(struct walk *w, const struct mini_pick *pick)
{
    uint32_t n = eligible(w, &pick->request);

    return pick->server == naive_smooth_step(w->smooth, w->tied, n);
}

static int right_least_smooth(struct walk *w, const struct mini_pick *pick)
{
    uint32_t n = naive_tied(&w->m, &pick->request, w->rule->measure, w->tied);

    if (n < 2)
        return one_of(w, n, pick->server);
    return pick->server == naive_smooth_step(w->smooth, w->tied, n);
}

static int right_turn(struct walk *w, const struct mini_pick *pick)
{
    uint32_t n = w->m.view.usable_n, tries;

    for (tries = n; tries; tries--) {
        lb_server s = w->m.usable[w->turn++ % n];

        if (naive_may(&w->m, &pick->request, s))
            return s == pick->server;
    }
    return pick->server == LB_NONE;
}

static int right_central(struct walk *w, const struct mini_pick *pick)
{
    uint32_t all = eligible(w, &pick->request), n = 0, i;

    for (i = 0; i < all; i++)
        if (w->m.inflight[w->tied[i]] < w->m.slots[w->tied[i]])
            w->tied[n++] = w->tied[i];
    if (n == 0)
        return pick->server == (all ? LB_HOLD : LB_NONE);
    return one_of(w, n, pick->server);
}

static uint64_t budget_left(const struct walk *w, lb_server s)
{
    uint64_t limit = share_of(&w->m.view, s) / SHARE_UNIT;

    limit = limit ? limit : 1;
    return limit > w->out[s] ? limit - w->out[s] : 0;
}

/* Every charge lies within the budget that weights and earlier charges leave, so that budgets stay
 * in 0 .. weight and budgets and charges together make the weights. */
static int right_budget(struct walk *w, const struct mini_pick *pick)
{
    uint32_t n = w->m.view.n, i;
    lb_server next = LB_NONE, first = w->m.via == LB_NONE ? pick->server : w->m.via;
    uint64_t left, amount = (uint64_t)w->rule->number;

    for (i = 0; i < n && next == LB_NONE; i++) {
        lb_server s = (lb_server)((w->turn + i) % n);

        if (naive_may(&w->m, &pick->request, s) && budget_left(w, s))
            next = s;
    }
    if (next != LB_NONE)
        w->turn = next + 1;
    if (first != next || next == LB_NONE)
        return first == next;
    left = budget_left(w, pick->server);
    if (w->m.via == pick->server || left == 0 || !naive_may(&w->m, &pick->request, pick->server))
        return 0;
    if (amount == 0)
        return pick->memo[0] >= 1 && pick->memo[0] <= left;
    return pick->memo[0] == (amount < left ? amount : left);
}

/* The first idle one, else the shortest expected delay. */
static int right_never_queue(struct walk *w, const struct mini_pick *pick)
{
    uint32_t all = eligible(w, &pick->request), n = 0, i;

    for (i = 0; i < all; i++)
        if (w->m.load[w->tied[i]] == 0)
            w->tied[n++] = w->tied[i];
    return n ? one_of(w, n, pick->server) : right_least(w, pick);
}

static int right_rendezvous(struct walk *w, const struct mini_pick *pick)
{
    return pick->server == naive_rendezvous(&w->m, &pick->request, (uint64_t)w->rule->number);
}

/* Copies go to different servers, to as many as suit up to `number`, equally spaced. */
static int right_copies(struct walk *w, const struct mini_pick *pick)
{
    const struct mini_asked *asked = &w->m.asked;
    uint32_t all = eligible(w, &pick->request), i, j, wanted = (uint32_t)w->rule->number;

    if (!one_of(w, all, pick->server))
        return 0;
    if (asked->also_n != (all == 0 ? 0 : (wanted < all ? wanted : all) - 1))
        return 0;
    for (i = 0; i < asked->also_n; i++) {
        if (!one_of(w, all, asked->also[i]) || asked->also[i] == pick->server ||
            asked->after[i] != (lb_time)(i + 1) * asked->after[0])
            return 0;
        for (j = 0; j < i; j++)
            if (asked->also[j] == asked->also[i])
                return 0;
    }
    return 1;
}

/* Cut-offs 1, 2, 3 ... s, `number` of them. */
static int right_tags(struct walk *w, const struct mini_pick *pick)
{
    const struct lb_request *request = &pick->request;
    uint32_t all = eligible(w, request), i = 0;
    lb_time limit = 0;

    while (i < all && request->tried_n && w->tied[i] <= request->tried[request->tried_n - 1])
        i++;
    if (i < all && i + 1 < all && w->tied[i] < w->rule->number)
        limit = (lb_time)(w->tied[i] + 1) * 1000000000;
    if (w->m.asked.limit != limit || w->m.asked.limits != (limit > 0))
        return 0;
    if (all == 0)
        return pick->server == LB_NONE;
    return pick->server == w->tied[i < all ? i : all - 1];
}

static const struct walk_case cases[] = {
    { "random", "", right_any, 0, TIE_RANDOM, 0 },
    { "weighted_random", "", right_any, 0, TIE_RANDOM, 0 },
    { "round_robin", "start=zero", right_turn, 0, TIE_RANDOM, 0 },
    { "round_robin", "start=random", right_any, 0, TIE_RANDOM, 0 },
    { "smooth_wrr", "", right_smooth, 0, TIE_RANDOM, 1 },
    { "smooth_wrr", "max_fails=3", right_smooth, 0, TIE_RANDOM, 3 },
    { "smooth_wrr", "max_fails=0", right_smooth, 0, TIE_RANDOM, 0 },
    { "least_conn", "", right_least, NAIVE_RATIO, TIE_RANDOM, 0 },
    { "least_conn", "tie=first", right_least, NAIVE_RATIO, TIE_FIRST, 0 },
    { "least_conn", "tie=last", right_least, NAIVE_RATIO, TIE_LAST, 0 },
    { "least_conn", "tie=swrr", right_least_smooth, NAIVE_RATIO, TIE_RANDOM, 1 },
    { "sed", "", right_least, NAIVE_DELAY, TIE_FIRST, 0 },
    { "sed", "tie=last", right_least, NAIVE_DELAY, TIE_LAST, 0 },
    { "sed", "tie=random", right_least, NAIVE_DELAY, TIE_RANDOM, 0 },
    { "sed", "by=rate", right_least, NAIVE_RATE_DELAY, TIE_FIRST, 0 },
    { "sed", "by=rate,tie=random", right_least, NAIVE_RATE_DELAY, TIE_RANDOM, 0 },
    { "nq", "", right_never_queue, NAIVE_DELAY, TIE_FIRST, 0 },
    { "nq", "tie=last", right_never_queue, NAIVE_DELAY, TIE_LAST, 0 },
    { "nq", "by=rate,tie=random", right_never_queue, NAIVE_RATE_DELAY, TIE_RANDOM, 0 },
    { "jsq", "", right_least, NAIVE_LOAD, TIE_RANDOM, 0 },
    { "jsq", "tie=first", right_least, NAIVE_LOAD, TIE_FIRST, 0 },
    { "jsq", "tie=last", right_least, NAIVE_LOAD, TIE_LAST, 0 },
    { "p2c", "", right_any, 0, TIE_RANDOM, 0 },
    { "p2c", "tie=random,d=3", right_any, 0, TIE_RANDOM, 0 },
    { "p2c", "replacement=true", right_any, 0, TIE_RANDOM, 0 },
    { "p2c", "d=64,tie=random", right_any, 0, TIE_RANDOM, 0 },
    { "p2c", "d=1", right_any, 0, TIE_RANDOM, 0 },
    { "lwl", "", right_least, NAIVE_WORK, TIE_RANDOM, 0 },
    { "lwl", "tie=first", right_least, NAIVE_WORK, TIE_FIRST, 0 },
    { "lwl", "tie=last", right_least, NAIVE_WORK, TIE_LAST, 0 },
    { "central_queue", "", right_central, 0, TIE_RANDOM, 0 },
    { "central_queue", "tie=first", right_central, 0, TIE_FIRST, 0 },
    { "central_queue", "tie=last", right_central, 0, TIE_LAST, 0 },
    { "jiq", "", right_any, 0, TIE_RANDOM, 0 },
    { "jiq", "tell=sq_d,stale=false", right_any, 0, TIE_RANDOM, 0 },
    { "weight_budget", "", right_budget, 0, TIE_RANDOM, 1 },
    { "weight_budget", "amount=3", right_budget, 0, TIE_RANDOM, 3 },
    { "weight_budget", "cost=random,forward=0.3", right_budget, 0, TIE_RANDOM, 0 },
    { "weight_budget", "forward=1", right_budget, 0, TIE_RANDOM, 1 },
    { "rendezvous", "", right_rendezvous, 0, TIE_RANDOM, 0 },
    { "rendezvous", "salt=12345", right_rendezvous, 0, TIE_RANDOM, 12345 },
    { "redundancy_d", "", right_copies, 0, TIE_RANDOM, 2 },
    { "redundancy_d", "d=1", right_copies, 0, TIE_RANDOM, 1 },
    { "redundancy_d", "d=64", right_copies, 0, TIE_RANDOM, 64 },
    { "hedged", "after=0.002,most=5", right_copies, 0, TIE_RANDOM, 5 },
    { "tied", "", right_copies, 0, TIE_RANDOM, 2 },
    { "speculative_retry", "least=1000000", right_copies, 0, TIE_RANDOM, 1 },
    { "approx_pull", "d=3", right_copies, 0, TIE_RANDOM, 3 },
    { "tags", "cutoffs=1", right_tags, 0, TIE_RANDOM, 1 },
    { "tags", "cutoffs=1/2/3/4/5", right_tags, 0, TIE_RANDOM, 5 },
};
enum { CASES = sizeof cases / sizeof cases[0] };

static uint32_t below(struct walk *w, uint32_t n)
{
    return lb_below(&w->random, n);
}

static void dispatch(struct walk *w)
{
    struct flight *flight = &w->flying[w->flying_n];
    uint32_t i, tried_n = below(w, 100) < 15 ? below(w, TRIED_MOST) + 1 : 0;

    for (i = 0; i < tried_n && w->m.view.n; i++)
        flight->tried[i] = below(w, w->m.view.n);
    mini_pick(&w->m, flight->tried, w->m.view.n ? tried_n : 0, &flight->pick);
    if (!w->rule->right(w, &flight->pick))
        w->wrong++;
    if (flight->pick.server >= w->m.view.n)
        return;
    w->out[flight->pick.server] += flight->pick.memo[0];
    mini_send(&w->m, &flight->pick, (lb_time)below(w, 4) * 1000);
    w->flying_n++;
}

static void finish(struct walk *w)
{
    uint32_t i = below(w, w->flying_n), failed = below(w, 10) == 0;
    struct mini_pick *pick = &w->flying[i].pick;
    struct naive_smooth *smooth = &w->smooth[pick->server];

    mini_done(&w->m, pick, failed ? LB_TIMEOUT : LB_OK);
    w->out[pick->server] -= pick->memo[0];
    if (failed && w->rule->number) {
        smooth->effective -= w->m.weight[pick->server] / w->rule->number * SHARE_UNIT;
        smooth->effective = smooth->effective < 0 ? 0 : smooth->effective;
    }
    w->flying[i] = w->flying[--w->flying_n];
}

static void tell_change(struct walk *w, lb_server s)
{
    mini_changed(&w->m, s);
    naive_smooth_top(&w->smooth[s], share_of(&w->m.view, s));
}

/* Weight, up or down, cap, slow start, news of another load, one more server, or time passes. */
static void disturb(struct walk *w)
{
    struct mini *m = &w->m;
    uint32_t what = below(w, 8);
    lb_server s = m->view.n ? below(w, m->view.n) : LB_NONE;

    if (what == 0 && m->view.n < m->view.capacity) {
        mini_add(m, w->weights_vary ? below(w, 5) : 1, below(w, 3) + 1);
        tell_change(w, m->view.n - 1);
    } else if (s == LB_NONE || what == 1 || what == 7) {
        m->now += below(w, 3000);
    } else if (what == 2) {
        m->up[s] = !m->up[s] || below(w, 3) == 0;
        tell_change(w, s);
    } else if (what == 3 && w->weights_vary) {
        m->weight[s] = below(w, 6);
        tell_change(w, s);
    } else if (what == 4) {
        m->view.full = m->full;
        m->full[s / 64] ^= below(w, 3) ? 0 : UINT64_C(1) << (s % 64);
    } else if (what == 5 && w->weights_vary) {
        m->view.ramp = m->ramp;
        m->ramp[s] = below(w, 3) ? 1.0f : (float)below(w, 5) / 4.0f;
        tell_change(w, s);
    } else if (what == 6) {
        m->load[s] = below(w, 2) ? 0 : below(w, 20);
        m->free_at[s] = m->now + (lb_time)below(w, 5) * 1000 - 2000;
        mini_loaded(m, s);
    }
}

/* All weights alike again, all up, no caps: the structures for equal servers take over. */
static void calm(struct walk *w)
{
    uint32_t s;

    memset(w->m.full, 0, (w->m.view.capacity / 64 + 1) * sizeof *w->m.full);
    for (s = 0; s < w->m.view.n; s++) {
        w->m.weight[s] = 2;
        w->m.up[s] = 1;
        w->m.ramp[s] = 1.0f;
        tell_change(w, s);
    }
}

static void walk_on(struct walk *w, uint32_t steps)
{
    uint32_t i, what;

    for (i = 0; i < steps; i++) {
        what = below(w, 1000);
        if (what < 520 && w->flying_n < FLYING_MOST)
            dispatch(w);
        else if (what < 900 && w->flying_n)
            finish(w);
        else if (what >= 900 && (i & 512))
            disturb(w);
        else if (what == 899 && w->weights_vary)
            calm(w);
    }
}

static void open_walk(struct walk *w, const struct walk_case *rule, uint32_t n, int weights_vary)
{
    uint32_t weights[WALK_MOST], i;

    w->rule = rule;
    w->random = (struct lb_random) { 1000 + n + (uint64_t)weights_vary };
    w->flying_n = w->wrong = 0;
    w->weights_vary = weights_vary;
    w->turn = 0;
    memset(w->smooth, 0, sizeof w->smooth);
    memset(w->out, 0, sizeof w->out);
    for (i = 0; i < n; i++) {
        weights[i] = weights_vary ? below(w, 5) + 1 : 1;
        naive_smooth_top(&w->smooth[i], (int64_t)weights[i] * SHARE_UNIT);
    }
    mini_open(&w->m, named(rule->policy), rule->settings, n + 8, n, weights);
}

/* The whole walk of one case; says which step of the table went wrong. */
static void take_walk(struct walk *w, const struct walk_case *rule, uint32_t n, int weights_vary)
{
    struct mallinfo2 before, after;

    open_walk(w, rule, n, weights_vary);
    CU_ASSERT_PTR_NOT_NULL_FATAL(w->m.self[0]);
    CU_ASSERT_PTR_NOT_NULL_FATAL(w->m.self[1]);
    before = mallinfo2();
    walk_on(w, n < 100 ? 20000 : 8000);
    after = mallinfo2();
    if (w->wrong || w->m.parted)
        fprintf(stderr, "%s(%s), %u servers, weights %s: %u wrong, %u parted\n", rule->policy,
                rule->settings, n, weights_vary ? "vary" : "equal", w->wrong, w->m.parted);
    CU_ASSERT_EQUAL(w->wrong, 0);
    CU_ASSERT_EQUAL(w->m.parted, 0);
    CU_ASSERT_EQUAL(before.uordblks + before.hblkhd, after.uordblks + after.hblkhd);
    while (w->flying_n)
        finish(w);
    mini_close(&w->m);
}

#endif
