/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <CUnit/CUnit.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

#include "models/policy.h"
#include "sim/record/moments.h"

int suite_moments(void);

static struct moments moments_of(const int64_t *values, uint32_t n)
{
    struct moments moments = MOMENTS_EMPTY;
    for (uint32_t i = 0; i < n; i++)
        moments_add(&moments, values[i]);
    return moments;
}

static void test_empty_and_one(void)
{
    struct moments moments = MOMENTS_EMPTY;
    CU_ASSERT(isnan(moments_mean(&moments)));
    CU_ASSERT(isnan(moments_variance(&moments)));
    moments_add(&moments, 7);
    CU_ASSERT_EQUAL(moments_mean(&moments), 7);
    CU_ASSERT(isnan(moments_stddev(&moments)));
    CU_ASSERT(moments.least == 7 && moments.most == 7);
}

static void test_against_gsl(void)
{
    enum { n = 1000 };
    struct lb_random random = { 1 };
    int64_t values[n];
    double doubles[n];
    for (int i = 0; i < n; i++)
        doubles[i] = (double)(values[i] = lb_below(&random, 1000000000));
    const struct moments moments = moments_of(values, n);
    CU_ASSERT_DOUBLE_EQUAL(moments_mean(&moments) / gsl_stats_mean(doubles, 1, n), 1, 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(moments_variance(&moments) / gsl_stats_variance(doubles, 1, n), 1,
                           1e-12);
    CU_ASSERT_EQUAL(moments.least, (int64_t)gsl_stats_min(doubles, 1, n));
    CU_ASSERT_EQUAL(moments.most, (int64_t)gsl_stats_max(doubles, 1, n));
}

/* 1e17 + {0, 1, 2}: doubles see three equal values; the variance is exactly 1. */
static void test_no_cancellation(void)
{
    const int64_t big = 100000000000000000;
    const struct moments moments = moments_of((int64_t[]) { big, big + 1, big + 2 }, 3);
    CU_ASSERT_EQUAL(moments_variance(&moments), 1);
    CU_ASSERT_EQUAL(moments_mean(&moments), 1e17);
    struct moments equal = MOMENTS_EMPTY;
    for (int i = 0; i < 1000; i++)
        moments_add(&equal, big + 3);
    CU_ASSERT_EQUAL(moments_stddev(&equal), 0);
}

/* Half of 2^40 values are 2^43, the others 0: sum^2 and n squares need 166 bits. */
static void test_wide_products(void)
{
    struct moments moments = MOMENTS_EMPTY;
    moments.n = UINT64_C(1) << 40;
    moments.sum = (moments_wide)1 << 82;
    moments.squares = (moments_wide)1 << 125;
    const double n = 0x1p40;
    CU_ASSERT_EQUAL(moments_mean(&moments), 0x1p42);
    CU_ASSERT_DOUBLE_EQUAL(moments_variance(&moments), 0x1p84 * n / (n - 1), 0x1p34);
}

/* Six values of 2^62 and two of 1: the difference of the 256-bit products borrows across 128 bits.
 */
static void test_borrowing(void)
{
    const int64_t big = INT64_C(1) << 62;
    const struct moments moments =
        moments_of((int64_t[]) { big, big, 1, big, big, 1, big, big }, 8);
    CU_ASSERT_DOUBLE_EQUAL(moments_variance(&moments) / (12 * 0x1p124 / 56), 1, 1e-15);
}

static void test_overflow_is_told(void)
{
    struct moments moments = MOMENTS_EMPTY;
    for (int i = 0; i < 4; i++)
        moments_add(&moments, INT64_MAX);
    CU_ASSERT_FALSE(moments.overflowed);
    CU_ASSERT_EQUAL(moments_variance(&moments), 0);
    moments_add(&moments, INT64_MAX);
    CU_ASSERT_TRUE(moments.overflowed);
    CU_ASSERT(isnan(moments_variance(&moments)));
    CU_ASSERT_EQUAL(moments_mean(&moments), 0x1p63);
    struct moments other = MOMENTS_EMPTY;
    moments_merge(&other, &moments);
    CU_ASSERT_TRUE(other.overflowed);
}

static void test_merging_is_adding(void)
{
    struct lb_random random = { 4 };
    struct moments all = MOMENTS_EMPTY, parts[3] = { MOMENTS_EMPTY, MOMENTS_EMPTY, MOMENTS_EMPTY };
    for (int i = 0; i < 10000; i++) {
        const int64_t value = (int64_t)(lb_bits(&random) >> 3);
        moments_add(&all, value);
        moments_add(&parts[lb_below(&random, 3)], value);
    }
    struct moments merged = MOMENTS_EMPTY;
    for (int i = 2; i >= 0; i--)
        moments_merge(&merged, &parts[i]);
    CU_ASSERT(merged.n == all.n && merged.sum == all.sum && merged.squares == all.squares);
    CU_ASSERT(merged.least == all.least && merged.most == all.most);
    CU_ASSERT_EQUAL(merged.overflowed, all.overflowed);
}

int suite_moments(void)
{
    CU_pSuite suite = CU_add_suite("moments", NULL, NULL);
    if (!suite || !CU_add_test(suite, "empty and one", test_empty_and_one) ||
        !CU_add_test(suite, "against GSL", test_against_gsl) ||
        !CU_add_test(suite, "no cancellation", test_no_cancellation) ||
        !CU_add_test(suite, "wide products", test_wide_products) ||
        !CU_add_test(suite, "borrowing", test_borrowing) ||
        !CU_add_test(suite, "overflow is told", test_overflow_is_told) ||
        !CU_add_test(suite, "merging is adding", test_merging_is_adding))
        return -1;
    return 0;
}
