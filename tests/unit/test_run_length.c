/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <CUnit/CUnit.h>
#include <math.h>

#include "sim/record/run_length.h"

int suite_run_length(void);

/* Means 9, 10, 11 of 1,000 requests: S^2 = 1, sigma^2 = 1,000. To 5 %: allowed is 10 / 21, t(.975,
 * 2) = 4.30265, so n = 4.30265^2 1000 (2.1)^2 = 81,641. From 3,000 that takes 5 doublings (96,000).
 */
static void test_by_hand(void)
{
    static const double means[] = { 9, 10, 11 };
    const struct run_length plan = run_length(means, 3, 1000, .05, .95, 3000);
    CU_ASSERT_PTR_NULL(plan.why);
    CU_ASSERT_EQUAL(plan.mean, 10);
    CU_ASSERT_DOUBLE_EQUAL(plan.variance, 1000, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(plan.requests, 4.3026527297 * 4.3026527297 * 1000 * 4.41, 1e-2);
    CU_ASSERT_EQUAL(plan.doublings, 5);
    CU_ASSERT_EQUAL(run_length(means, 3, 1000, .05, .95, 1e6).doublings, 0);
    CU_ASSERT_EQUAL(run_length(means, 3, 1000, .05, .95, plan.requests / 8).doublings, 3);
}

/* M/M/1 waiting at load 0.9: sigma^2 = 35,901, E[W] = 9. With many replications t is 1.96, and to
 * within 1 % half-width (gamma = 1 / 99) that is 17.0 million customers. */
static void test_known_queue(void)
{
    enum { N = 100000 };
    static double means[N];
    const double spread = sqrt(35901. / 1000 * (N - 1) / N);
    for (int i = 0; i < N; i++)
        means[i] = 9 + (i % 2 ? spread : -spread);
    const struct run_length plan = run_length(means, N, 1000, 1. / 99, .95, 1);
    CU_ASSERT_DOUBLE_EQUAL(plan.requests, 17.03e6, .01e6);
}

static void test_ends(void)
{
    static const double same[] = { 2, 2, 2 }, none[] = { -1, 0, 1 }, holes[] = { 1, NAN, 1 };
    CU_ASSERT_EQUAL(run_length(same, 3, 10, .01, .95, 30).requests, 0);
    CU_ASSERT_EQUAL(run_length(same, 3, 10, .01, .95, 30).doublings, 0);
    CU_ASSERT(isinf(run_length(none, 3, 10, .01, .95, 30).requests));
    CU_ASSERT_EQUAL(run_length(none, 3, 10, .01, .95, 30).doublings, UINT32_MAX);
    CU_ASSERT_PTR_NOT_NULL(run_length(holes, 3, 10, .01, .95, 30).why);
    CU_ASSERT_PTR_NOT_NULL(run_length(same, 1, 10, .01, .95, 30).why);
}

int suite_run_length(void)
{
    static CU_TestInfo tests[] = {
        { "a plan by hand", test_by_hand },
        { "a queue of known variance", test_known_queue },
        { "no spread, no mean, no values", test_ends },
        CU_TEST_INFO_NULL,
    };
    static CU_SuiteInfo suites[] = { { "run length", NULL, NULL, NULL, NULL, tests },
                                     CU_SUITE_INFO_NULL };
    return CU_register_suites(suites);
}
