/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What decides whether and when there is a further attempt: back-off, budgets, recent quantiles.
 * Worked examples, and random sequences against references that keep everything. Seeds are fixed;
 * a statistical check raises a false alarm with probability below 1e-6. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>

#include "models/arithmetic.h"
#include "models/mechanism/backoff.h"
#include "models/mechanism/budget.h"
#include "models/mechanism/recent_quantile.h"
#include "models/mechanism/sample_rank.h"

int suite_mechanism_attempts(void);

#define US INT64_C(1000)
#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

/* ---- Back-off. */

static void test_backoff_doubles(void)
{
    struct backoff_spec spec = { .first = 25 * MS, .most = 250 * MS, .factor = 2.0 };
    struct backoff_spec grpc = { .first = S, .most = 120 * S, .factor = 1.6 };
    struct backoff_spec still = { .first = 3 * MS, .most = S, .factor = 1.0 };
    struct backoff_spec at_once = { .first = 0 };
    static const int64_t waits[] = { 25, 50, 100, 200, 250, 250 };
    struct lb_random dice = { 1 }, untouched = { 1 };
    uint32_t k;

    for (k = 1; k <= 6; k++)
        CU_ASSERT_EQUAL(backoff_wait(&spec, k, &dice), waits[k - 1] * MS);
    CU_ASSERT_EQUAL(backoff_wait(&spec, UINT32_MAX, &dice), 250 * MS);
    CU_ASSERT_EQUAL(backoff_wait(&grpc, 3, &dice), 2560 * MS);
    CU_ASSERT_EQUAL(backoff_wait(&grpc, 12, &dice), 120 * S);
    CU_ASSERT_EQUAL(backoff_wait(&still, UINT32_MAX, &dice), 3 * MS);
    CU_ASSERT_EQUAL(backoff_wait(&at_once, 7, &dice), 0);
    CU_ASSERT_EQUAL(dice.state, untouched.state);
}

/* All within [low, high] times 100 ms, and the mean of a uniform one, within 5 standard errors. */
static void check_jitter(enum jitter jitter, double low, double high)
{
    enum { N = 100000 };
    struct backoff_spec spec = { .first = 25 * MS, .most = S, .factor = 2.0, .jitter = jitter };
    struct lb_random dice = { 2 };
    double sum = 0.0, middle = 1e8 * (low + high) / 2.0;
    int i;

    for (i = 0; i < N; i++) {
        lb_time wait = backoff_wait(&spec, 3, &dice);

        CU_ASSERT_FATAL((double)wait >= low * 1e8 - 0.5 && (double)wait <= high * 1e8 + 0.5);
        sum += (double)wait;
    }
    CU_ASSERT_DOUBLE_EQUAL(sum / N, middle, 5.0 * 1e8 * (high - low) / sqrt(12.0 * N));
}

static void test_backoff_jitter(void)
{
    check_jitter(JITTER_FULL, 0.0, 1.0);
    check_jitter(JITTER_EQUAL, 0.5, 1.0);
    check_jitter(JITTER_FIFTH, 0.8, 1.2);
}

static void test_backoff_drawn(void)
{
    struct backoff_spec spec = { .delay = distribution_constant(0.25), .first = S, .most = S };
    struct backoff_spec endless = { .first = S, .most = LB_NEVER, .factor = 2.0 };
    struct lb_random dice = { 3 };

    CU_ASSERT_EQUAL(backoff_wait(&spec, 5, &dice), 250 * MS);
    spec.delay = distribution_constant(1.1e8);
    CU_ASSERT_TRUE(backoff_wait(&spec, 1, &dice) < 0);
    CU_ASSERT_EQUAL(backoff_wait(&endless, 27, &dice), (INT64_C(1) << 26) * S);
    CU_ASSERT_TRUE(backoff_wait(&endless, 28, &dice) < 0);
    CU_ASSERT_TRUE(backoff_wait(&endless, UINT32_MAX, &dice) < 0);
}

/* ---- Budgets. */

static int taken(struct budget *budget, int most, lb_time now)
{
    int n = 0;

    while (n < most && budget_take(budget, 0, 0, now))
        n++;
    return n;
}

/* Finagle's defaults: 10 a second over 10 s are always there, and 20 % of requests. */
static void test_budget_window(void)
{
    struct budget_spec spec = {
        .kind = BUDGET_WINDOW, .ratio = 0.2, .floor = 10.0, .window = 10 * S
    };
    struct budget budget;
    int i;

    budget_open(&budget, &spec);
    CU_ASSERT_EQUAL(taken(&budget, 1000, 0), 100);
    CU_ASSERT_EQUAL(taken(&budget, 1000, 9 * S), 0);
    CU_ASSERT_EQUAL(taken(&budget, 1000, 10 * S), 100);
    for (i = 0; i < 50; i++)
        budget_deposit(&budget, 12 * S);
    CU_ASSERT_EQUAL(taken(&budget, 1000, 13 * S), 10);
    CU_ASSERT_EQUAL(taken(&budget, 1000, INT64_C(100000000) * S), 100);
}

/* Deposits alone, at the end of time: one lives for ten slots, its own included. */
static void test_budget_deposits_end(void)
{
    struct budget_spec spec = { .kind = BUDGET_WINDOW, .ratio = 0.29, .window = 10 * S };
    const lb_time start = INT64_C(99999990) * S;
    struct budget budget;
    int i;

    budget_open(&budget, &spec);
    for (i = 0; i < 100; i++)
        budget_deposit(&budget, start);
    CU_ASSERT_EQUAL(taken(&budget, 9, start), 9);
    CU_ASSERT_EQUAL(taken(&budget, 1000, start + 10 * S - 1), 20);
    budget_open(&budget, &spec);
    for (i = 0; i < 100; i++)
        budget_deposit(&budget, start);
    CU_ASSERT_EQUAL(taken(&budget, 1000, start + 10 * S), 0);
}

struct log {
    int64_t slot;
    int retry;
};

/* Against a list of all that happened: retries <= ratio x requests + floor x window, over the ten
 * slots that end now, is what a retry must keep and all that stops one. */
static void check_budget(double thousandth, double floor, lb_time window, uint64_t seed)
{
    enum { N = 4000 };
    struct budget_spec spec = {
        .kind = BUDGET_WINDOW, .ratio = thousandth / 1000.0, .floor = floor, .window = window
    };
    struct lb_random dice = { seed };
    struct log *log = malloc(N * sizeof *log);
    struct budget budget;
    lb_time now = 0;
    int i, j, n = 0, granted = 0;

    CU_ASSERT_FATAL(log != NULL);
    budget_open(&budget, &spec);
    for (i = 0; i < N; i++) {
        int64_t requests = 0, retries = 0, slot;
        bool takes = lb_below(&dice, 2), may;

        now += lb_below(&dice, 40) ? lb_below(&dice, 1000) * window / 50000 : 3 * window;
        slot = now * 10 / window;
        if (!takes) {
            budget_deposit(&budget, now);
            log[n++] = (struct log) { slot, 0 };
            continue;
        }
        for (j = n - 1; j >= 0 && log[j].slot > slot - 10; j--)
            *(log[j].retry ? &retries : &requests) += 1;
        may = ((double)retries + 1.0) * 1e12 <=
              (double)requests * thousandth * 1e9 + floor * (double)window * 1e3 + 1.0;
        CU_ASSERT_EQUAL_FATAL(budget_take(&budget, 0, 0, now), may);
        granted += may;
        if (may)
            log[n++] = (struct log) { slot, 1 };
    }
    CU_ASSERT_TRUE(granted > N / 100 && granted < N / 2 - N / 100);
    free(log);
}

static void test_budget_random(void)
{
    check_budget(200.0, 0.0, 10 * S, 4);
    check_budget(290.0, 1.0, 7 * S, 5);
    check_budget(125.0, 2.0, 999999937, 6);
    check_budget(70.0, 2e4, 1009 * US, 7);
}

static void test_budget_active(void)
{
    struct budget_spec spec = { .kind = BUDGET_ACTIVE, .ratio = 0.2, .floor = 3.0 };
    struct budget budget;
    uint32_t active, retries;

    budget_open(&budget, &spec);
    CU_ASSERT_TRUE(budget_take(&budget, 2, 3, 0));
    CU_ASSERT_FALSE(budget_take(&budget, 3, 19, 0));
    CU_ASSERT_TRUE(budget_take(&budget, 19, 100, 0));
    CU_ASSERT_FALSE(budget_take(&budget, 20, 104, 0));
    for (active = 0; active < 2000; active++)
        for (retries = 0; retries <= 410; retries++) {
            uint32_t most = active / 5 > 3 ? active / 5 : 3;

            CU_ASSERT_EQUAL_FATAL(budget_take(&budget, retries, active, 0), retries < most);
        }
}

/* gRPC A6, against whole tenths. */
static void test_budget_tokens(void)
{
    struct budget_spec spec = { .kind = BUDGET_TOKENS, .tokens = 10.0, .refill = 0.1 };
    struct lb_random dice = { 8 };
    struct budget budget;
    int i, tenths = 100, granted = 0;

    budget_open(&budget, &spec);
    for (i = 0; i < 200000; i++) {
        bool may = budget_take(&budget, 0, 0, 0);
        bool success = lb_below(&dice, 100) < (i / 500 % 2 ? 97u : 89u);

        CU_ASSERT_EQUAL_FATAL(may, tenths > 50);
        granted += may;
        budget_ended(&budget, success);
        tenths += success ? 1 : -10;
        tenths = tenths < 0 ? 0 : tenths > 100 ? 100 : tenths;
    }
    CU_ASSERT_TRUE(granted > 20000 && granted < 180000);
}

/* ---- Recent quantiles. */

static int ascending(const void *a, const void *b)
{
    lb_time x = *(const lb_time *)a, y = *(const lb_time *)b;

    return (x > y) - (x < y);
}

static void check_recent(double q, uint64_t seed)
{
    enum { N = 4000, SPAN = 100 };
    struct recent_quantile_spec spec = { .quantile = q, .window = SPAN * MS, .least = 10 };
    struct recent_quantile *recent = malloc(sizeof *recent);
    lb_time *all = malloc(2 * N * sizeof *all), *sorted = all + N, now = 0, at[N];
    struct lb_random dice = { seed };
    int i, first = 0, searched = 0;

    CU_ASSERT_FATAL(recent != NULL && all != NULL);
    recent_quantile_open(recent, &spec);
    for (i = 0; i < N; i++) {
        lb_time told, exact;
        int j, n;

        now += lb_below(&dice, 300) ? (lb_time)lb_below(&dice, 900000) : 2 * SPAN * MS;
        at[i] = now;
        all[i] = (lb_time)(5e6 * exact_exp(3.0 * (lb_unit(&dice) - 0.5)));
        recent_quantile_add(recent, all[i], now);
        while (at[first] / spec.window < now / spec.window - 1)
            first++;
        n = i + 1 - first;
        told = recent_quantile_get(recent, now);
        if (n < 10) {
            CU_ASSERT_EQUAL_FATAL(told, LB_NEVER);
            continue;
        }
        CU_ASSERT_FATAL(told != LB_NEVER && recent->fresh * 128 < (uint64_t)n);
        if (recent->fresh)
            continue;
        for (j = 0; j < n; j++)
            sorted[j] = all[first + j];
        qsort(sorted, (size_t)n, sizeof sorted[0], ascending);
        exact = sorted[(int)ceil(q * n * (1.0 - 1e-12)) - 1];
        CU_ASSERT_FATAL(told >= exact && (double)told <= 1.022 * (double)exact + 1.0);
        searched++;
    }
    CU_ASSERT_TRUE(searched > N / 10);
    free(all);
    free(recent);
}

static void test_recent_random(void)
{
    check_recent(0.5, 9);
    check_recent(0.95, 10);
    check_recent(0.99, 11);
}

static void test_sample_rank(void)
{
    CU_ASSERT_EQUAL(sample_rank(0.07, 100), 7);
    CU_ASSERT_EQUAL(sample_rank(0.95, 20), 19);
    CU_ASSERT_EQUAL(sample_rank(0.95, 21), 20);
    CU_ASSERT_EQUAL(sample_rank(0.5, 3), 2);
    CU_ASSERT_EQUAL(sample_rank(0.0, 5), 1);
    CU_ASSERT_EQUAL(sample_rank(1.0, 5), 5);
    CU_ASSERT_EQUAL(sample_rank(1.0, UINT32_MAX), UINT32_MAX);
}

/* What was told goes with the samples that it came from, however few are new. */
static void test_recent_forgets(void)
{
    struct recent_quantile_spec spec = { .quantile = 0.4, .window = S, .least = 1 };
    struct recent_quantile *recent = malloc(sizeof *recent);
    int i;

    CU_ASSERT_FATAL(recent != NULL);
    recent_quantile_open(recent, &spec);
    for (i = 0; i < 2000; i++)
        recent_quantile_add(recent, i < 1000 ? MS : 10 * MS, i < 1000 ? 0 : S);
    CU_ASSERT_DOUBLE_EQUAL((double)recent_quantile_get(recent, S), 1.011e6, 0.011e6);
    CU_ASSERT_DOUBLE_EQUAL((double)recent_quantile_get(recent, 2 * S), 10.11e6, 0.11e6);
    free(recent);
}

/* Cells are the claimed width from end to end; what is outside is put at the ends. */
static void test_recent_cells(void)
{
    struct recent_quantile_spec spec = { .quantile = 1.0, .window = S, .least = 1 };
    struct recent_quantile *recent = malloc(sizeof *recent);
    double d;

    CU_ASSERT_FATAL(recent != NULL);
    recent_quantile_open(recent, &spec);
    CU_ASSERT_EQUAL(recent_quantile_get(recent, 0), LB_NEVER);
    for (d = 1000.0; d < 1.3e14; d *= 1.001) {
        lb_time told;

        recent_quantile_open(recent, &spec);
        recent_quantile_add(recent, (lb_time)d, 5);
        told = recent_quantile_get(recent, 5);
        CU_ASSERT_FATAL(told >= (lb_time)d && (double)told <= 1.022 * d + 1.0);
    }
    recent_quantile_open(recent, &spec);
    recent_quantile_add(recent, 0, 5);
    CU_ASSERT_EQUAL(recent_quantile_get(recent, 5), 1022);
    recent_quantile_add(recent, INT64_C(100000000) * S, 6);
    CU_ASSERT_DOUBLE_EQUAL((double)recent_quantile_get(recent, 6), 1000.0 * 0x1p37, 2.0);
    CU_ASSERT_EQUAL(recent_quantile_get(recent, 2 * S - 1), recent_quantile_get(recent, 6));
    CU_ASSERT_EQUAL(recent_quantile_get(recent, 2 * S), LB_NEVER);
    free(recent);
}

int suite_mechanism_attempts(void)
{
    CU_pSuite suite = CU_add_suite("mechanism_attempts", NULL, NULL);

    return !suite || !CU_add_test(suite, "back-off doubles up to its most", test_backoff_doubles) ||
           !CU_add_test(suite, "jitter is uniform where it says", test_backoff_jitter) ||
           !CU_add_test(suite, "a drawn back-off; too long ones", test_backoff_drawn) ||
           !CU_add_test(suite, "budget of a window: Finagle", test_budget_window) ||
           !CU_add_test(suite, "deposits end", test_budget_deposits_end) ||
           !CU_add_test(suite, "budget of a window: random", test_budget_random) ||
           !CU_add_test(suite, "budget of active requests", test_budget_active) ||
           !CU_add_test(suite, "budget of tokens", test_budget_tokens) ||
           !CU_add_test(suite, "rank of a quantile", test_sample_rank) ||
           !CU_add_test(suite, "recent quantiles: forgotten ones", test_recent_forgets) ||
           !CU_add_test(suite, "recent quantiles: random", test_recent_random) ||
           !CU_add_test(suite, "cells of recent quantiles", test_recent_cells);
}
