/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <CUnit/CUnit.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "models/policy.h"
#include "sim/record/selection.h"

int suite_selection(void);

static double normal(struct lb_random *random)
{
    return gsl_cdf_ugaussian_Pinv(1 - (lb_unit(random) + 0x1p-60));
}

static const struct selection_rule two = {
    .contenders = 2, .first = 3, .delta = .99, .alpha = .05
};

/* k = 2, n0 = 3, alpha = .05: eta = (.1^-1 - 1) / 2 = 4.5, h^2 = 2 * 4.5 * 2 = 18. Differences 1,
 * 0, 2: S^2 = 1, so W_12(r) = (18 - r) / 2 until r = 18; the sums differ by 3 against 7.5. */
static void test_by_hand(void)
{
    static const double first[3][2] = { { 5, 4 }, { 4, 4 }, { 6, 4 } };
    struct selection *s = selection_open(&two);
    CU_ASSERT(selection_least(s) == 3 && selection_most(s) == UINT32_MAX);
    for (uint32_t r = 0; r < 3; r++)
        CU_ASSERT_TRUE(selection_feed(s, first[r]));
    CU_ASSERT(selection_left(s) == 2 && selection_least(s) == 1 && selection_most(s) == 16);
    CU_ASSERT_EQUAL(selection_best(s), 1);
    /* r = 4: sums differ by 7 against 7.1; r = 5: by 7 against 6.6. */
    CU_ASSERT_TRUE(selection_feed(s, (const double[]) { 8, 4 }));
    CU_ASSERT_EQUAL(selection_left(s), 2);
    CU_ASSERT_FALSE(selection_feed(s, (const double[]) { NAN, 4 }));
    CU_ASSERT_TRUE(selection_feed(s, (const double[]) { 4, 4 }));
    CU_ASSERT(selection_left(s) == 1 && selection_in(s, 1) && !selection_in(s, 0));
    CU_ASSERT(selection_least(s) == 0 && selection_most(s) == 0 && selection_taken(s) == 5);
    CU_ASSERT_FALSE(selection_feed(s, first[0]));
    CU_ASSERT_EQUAL(selection_best(s), 1);
    selection_close(s);
}

/* Equal means: it ends at r = 19 > 18, with the smaller mean, or both if they are the same. */
static void test_end(void)
{
    static const double noise[3] = { 1, 0, -1 };
    struct selection *s = selection_open(&two);
    for (uint32_t r = 0; selection_least(s) > 0; r++)
        CU_ASSERT_TRUE_FATAL(selection_feed(s, (const double[]) { r < 3 ? noise[r] : 0, 0 }));
    CU_ASSERT_EQUAL(selection_taken(s), 19);
    CU_ASSERT(selection_left(s) == 2 && selection_best(s) == 0);
    selection_close(s);
}

static void test_larger(void)
{
    struct selection_rule rule = two;
    rule.larger = true;
    struct selection *s = selection_open(&rule);
    for (uint32_t r = 0; r < 3; r++)
        selection_feed(s, (const double[]) { 100 + r % 2, 4 });
    CU_ASSERT(selection_left(s) == 1 && selection_best(s) == 0);
    selection_close(s);
}

static void test_alone(void)
{
    const struct selection_rule rule = { .contenders = 1, .first = 10, .delta = 1, .alpha = .05 };
    struct selection *s = selection_open(&rule);
    CU_ASSERT(selection_least(s) == 0 && selection_best(s) == 0);
    CU_ASSERT_FALSE(selection_feed(s, (const double[]) { 1 }));
    selection_close(s);
}

/* What the procedure is for: which it selects, and how many replications it took in all. */
static uint32_t select(struct lb_random *random, const struct selection_rule *rule,
                       const double *means, uint32_t *cost)
{
    struct selection *s = selection_open(rule);
    while (selection_least(s) > 0) {
        const double common = 2 * normal(random);
        double values[8];
        for (uint32_t i = 0; i < rule->contenders; i++)
            values[i] = means[i] + common + normal(random);
        *cost += selection_left(s);
        CU_ASSERT_TRUE_FATAL(selection_feed(s, values));
    }
    const uint32_t best = selection_best(s);
    selection_close(s);
    return best;
}

/* The least favourable case: all others are exactly delta worse. Wrong at most 5 %: of 2,000 at
 * most 100 on average, deviation 9.8; more than 132 has probability below 0.1 %. */
static void test_correct_selection(void)
{
    static const double slippage[] = { 1, 1, 0, 1, 1 }, spread[] = { 0, 1, 2, 4, 8 };
    const struct selection_rule rule = { .contenders = 5, .first = 10, .delta = 1, .alpha = .05 };
    struct lb_random random = { 2001 };
    uint32_t wrong = 0, hard = 0, easy = 0;
    for (int run = 0; run < 2000; run++)
        wrong += select(&random, &rule, slippage, &hard) != 2;
    CU_ASSERT(wrong <= 132);
    CU_ASSERT(wrong > 0);
    wrong = 0;
    for (int run = 0; run < 2000; run++)
        wrong += select(&random, &rule, spread, &easy) != 0;
    CU_ASSERT(wrong <= 132);
    CU_ASSERT(easy < hard);
}

int suite_selection(void)
{
    static CU_TestInfo tests[] = {
        { "steps by hand", test_by_hand },
        { "equal contenders end", test_end },
        { "larger is better", test_larger },
        { "one contender", test_alone },
        { "the best is selected as often as promised", test_correct_selection },
        CU_TEST_INFO_NULL,
    };
    static CU_SuiteInfo suites[] = { { "selection", NULL, NULL, NULL, NULL, tests },
                                     CU_SUITE_INFO_NULL };
    return CU_register_suites(suites);
}
