/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <CUnit/CUnit.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "models/policy.h"
#include "sim/record/batch_means.h"

int suite_batch_means(void);

static double normal(struct lb_random *random)
{
    return gsl_cdf_ugaussian_Pinv(1 - (lb_unit(random) + 0x1p-60));
}

/* 64 batches of 10 whose sums alternate 10, 30: regrouped, all 32 are 2. 32 batches that alternate
 * 1, 3: mean 2, S^2 = 32 / 31, lag-1 correlation -31 / 32. */
static void test_by_hand(void)
{
    struct metric_number at[64];
    for (uint32_t i = 0; i < 64; i++)
        at[i] = (struct metric_number) { .y = i % 2 ? 30 : 10, .n = 10 };
    struct batch_means means = batch_means(at, 64, .95);
    CU_ASSERT(means.interval.value == 2 && means.interval.se == 0 && !means.interval.why);
    CU_ASSERT(isnan(means.lag1) && !means.correlated);
    means = batch_means(at, 32, .95);
    CU_ASSERT_EQUAL(means.interval.value, 2);
    CU_ASSERT_EQUAL(means.interval.n, 32);
    CU_ASSERT_DOUBLE_EQUAL(means.interval.se, sqrt(1. / 31), 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(means.interval.high - 2, 2.0395134464 * sqrt(1. / 31), 1e-7);
    CU_ASSERT_DOUBLE_EQUAL(means.lag1, -31. / 32, 1e-12);
    CU_ASSERT_FALSE(means.correlated);
}

/* A line is as correlated as can be. */
static void test_correlated(void)
{
    struct metric_number at[32];
    double squares = 0, products = 0;
    for (int i = 0; i < 32; i++) {
        at[i] = (struct metric_number) { .y = 5. * (i + 1), .n = 5 };
        squares += (i - 15.5) * (i - 15.5);
        products += i > 0 ? (i - 15.5) * (i - 16.5) : 0;
    }
    const struct batch_means means = batch_means(at, 32, .95);
    CU_ASSERT_DOUBLE_EQUAL(means.lag1, products / squares, 1e-12);
    CU_ASSERT_TRUE(means.correlated);
}

static void test_refusals(void)
{
    struct metric_number at[40] = { { .y = 0 } };
    CU_ASSERT_PTR_NOT_NULL(batch_means(at, 40, .95).interval.why);
    for (int i = 0; i < 40; i++)
        at[i] = (struct metric_number) { .y = i, .n = 1 };
    CU_ASSERT_PTR_NOT_NULL(batch_means(at, 31, .95).interval.why);
    CU_ASSERT_EQUAL(batch_means(at, 31, .95).interval.value, 15);
    CU_ASSERT_PTR_NULL(batch_means(at, 40, .95).interval.why);
    CU_ASSERT_EQUAL(batch_means(at, 40, .95).interval.value, 19.5);
    at[5].n = 0;
    CU_ASSERT_PTR_NULL(batch_means(at, 40, .95).interval.why);
    CU_ASSERT_PTR_NOT_NULL(batch_means(at, 32, .95).interval.why);
}

/* An autoregressive series, x' = a x + noise, in 64 batches of 512: with a = .9 the interval covers
 * 95 % (of 250 237.5 with deviation 3.4; 224 is 4 sigma below) and 5 % are called correlated (12.5;
 * 30 is 5 sigma above); with a = .9995 nearly all are. */
static void series(double a, uint32_t runs, uint32_t *covered, uint32_t *correlated)
{
    struct lb_random random = { 9 };
    *covered = *correlated = 0;
    for (uint32_t run = 0; run < runs; run++) {
        struct metric_number at[64] = { { .y = 0 } };
        double x = normal(&random) / sqrt(1 - a * a);
        for (uint32_t i = 0; i < 64 * 512; i++) {
            x = a * x + normal(&random);
            at[i / 512].y += x;
            at[i / 512].n++;
        }
        const struct batch_means means = batch_means(at, 64, .95);
        *covered += means.interval.low <= 0 && means.interval.high >= 0;
        *correlated += means.correlated;
    }
}

static void test_series(void)
{
    uint32_t covered, correlated;
    series(.9, 250, &covered, &correlated);
    CU_ASSERT(covered >= 224 && correlated <= 30);
    series(.9995, 40, &covered, &correlated);
    CU_ASSERT(correlated >= 30);
}

/* Ten sections of exponential values with mean 1 ms: the 0.9 quantile is ln 10 ms. */
static void test_quantile(void)
{
    struct lb_random random = { 3 };
    struct histogram_total *sections = calloc(11, sizeof sections[0]);
    const struct histogram_total *list[10];
    CU_ASSERT_PTR_NOT_NULL_FATAL(sections);
    for (uint32_t i = 0; i < 10; i++) {
        list[i] = &sections[i];
        for (uint32_t r = 0; r < 2000; r++) {
            const double x = gsl_cdf_exponential_Pinv(lb_unit(&random), 1e6);
            sections[i].count[histogram_index((int64_t)x)]++;
            sections[i].n++;
        }
    }
    const struct interval x = batch_quantile(list, 10, &sections[10], .9, .95);
    CU_ASSERT_PTR_NULL(x.why);
    CU_ASSERT_EQUAL(x.method, INTERVAL_SECTIONING);
    CU_ASSERT_EQUAL(x.value, histogram_quantile(&sections[10], .9));
    CU_ASSERT(x.low < 1e6 * log(10) && x.high > 1e6 * log(10));
    CU_ASSERT(x.high - x.low < .2e6);
    CU_ASSERT_PTR_NOT_NULL(batch_quantile(list, 10, &sections[10], .999, .95).why);
    CU_ASSERT_PTR_NOT_NULL(batch_quantile(list, 1, &sections[10], .9, .95).why);
    free(sections);
}

int suite_batch_means(void)
{
    static CU_TestInfo tests[] = {
        { "regrouping and lag-1 correlation by hand", test_by_hand },
        { "a trend is correlated", test_correlated },
        { "too few batches, and empty ones", test_refusals },
        { "an autoregressive series", test_series },
        { "a quantile by sections", test_quantile },
        CU_TEST_INFO_NULL,
    };
    static CU_SuiteInfo suites[] = { { "batch means", NULL, NULL, NULL, NULL, tests },
                                     CU_SUITE_INFO_NULL };
    return CU_register_suites(suites);
}
