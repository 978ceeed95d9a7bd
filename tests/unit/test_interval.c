/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <CUnit/CUnit.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "models/policy.h"
#include "sim/record/interval.h"

int suite_interval(void);

static double exponential(struct lb_random *random)
{
    return gsl_cdf_exponential_Qinv(1 - lb_unit(random), 1);
}

/* Tables of Student's t: two-sided 95 % and 99 %. */
static void test_t_quantiles(void)
{
    CU_ASSERT_DOUBLE_EQUAL(interval_t_quantile(.95, 1), 12.7062047362, 1e-8);
    CU_ASSERT_DOUBLE_EQUAL(interval_t_quantile(.95, 9), 2.2621571628, 1e-8);
    CU_ASSERT_DOUBLE_EQUAL(interval_t_quantile(.95, 19), 2.0930240544, 1e-8);
    CU_ASSERT_DOUBLE_EQUAL(interval_t_quantile(.99, 19), 2.8609346065, 1e-8);
    CU_ASSERT_DOUBLE_EQUAL(interval_t_quantile(.95, 1000000), 1.959966, 1e-5);
}

static void test_known_t_interval(void)
{
    static const double values[] = { 1, 2, 3, 4, 5 };
    const struct interval interval = interval_t(values, 5, .95);
    CU_ASSERT_EQUAL(interval.value, 3);
    CU_ASSERT_DOUBLE_EQUAL(interval.se, sqrt(.5), 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(interval.high - 3, 2.7764451052 * sqrt(.5), 1e-8);
    CU_ASSERT_DOUBLE_EQUAL(interval.high - 3, 3 - interval.low, 1e-15);
    CU_ASSERT_PTR_NULL(interval.why);
    CU_ASSERT_STRING_EQUAL(interval_method_name(interval.method), "t");
}

static void check_none(struct interval interval)
{
    CU_ASSERT(isnan(interval.low) && isnan(interval.high) && isnan(interval.se));
    CU_ASSERT_PTR_NOT_NULL(interval.why);
    CU_ASSERT(isnan(interval_score(&interval, 1)));
    interval_blur(&interval, 1);
    CU_ASSERT(isnan(interval.low));
}

static void test_refusals(void)
{
    static const double ones[] = { 1, 1, 1 }, holes[] = { 1, NAN, 1 }, zeros[] = { 0, 0, 0 };
    const struct quantile_data thin = { .p = .999, .pooled = 1, .total = 99999, .least = 33333 };
    CU_ASSERT_EQUAL(interval_t(ones, 1, .95).value, 1);
    CU_ASSERT(isnan(interval_t(holes, 3, .95).value));
    CU_ASSERT_EQUAL(interval_quantile(ones, 3, &thin, .95).value, 1);
    check_none(interval_t(ones, 1, .95));
    check_none(interval_t(ones, 0, .95));
    check_none(interval_t(holes, 3, .95));
    check_none(interval_ratio(ones, ones, 1, .95));
    check_none(interval_ratio(ones, zeros, 3, .95));
    check_none(interval_ratio(holes, ones, 3, .95));
    check_none(interval_sectioning(ones, 1, 1, .95));
    check_none(interval_sectioning(ones, 3, NAN, .95));
    check_none(interval_paired(ones, holes, 3, .95, NULL));
    check_none(interval_paired(ones, ones, 1, .95, NULL));
    check_none(interval_quantile(ones, 3, &thin, .95));
}

/* Three replications of 10, 20 and 30 requests: 0.5 of them all, whatever the mean of the ratios.
 */
static void test_ratio(void)
{
    static const double y[] = { 10, 5, 15 }, counts[] = { 10, 20, 30 };
    const struct interval interval = interval_ratio(y, counts, 3, .95);
    CU_ASSERT_EQUAL(interval.value, .5);
    CU_ASSERT_DOUBLE_EQUAL(interval.se, sqrt((25. + 25 + 0) / 2 / 3) / 20, 1e-15);
}

static void test_quantile_rule(void)
{
    static const double quantiles[] = { 1, 2, 3, 6 };
    struct quantile_data data = { .p = .9, .pooled = 2, .total = 4000, .least = 1000 };
    struct interval interval = interval_quantile(quantiles, 4, &data, .95);
    CU_ASSERT_EQUAL(interval.method, INTERVAL_T);
    CU_ASSERT_EQUAL(interval.value, 2);
    CU_ASSERT_DOUBLE_EQUAL(interval.se, sqrt(14. / 3 / 4), 1e-15);
    data.memory = 51;
    interval = interval_quantile(quantiles, 4, &data, .95);
    CU_ASSERT_EQUAL(interval.method, INTERVAL_SECTIONING);
    CU_ASSERT_DOUBLE_EQUAL(interval.se, sqrt(18. / 3 / 4), 1e-15);
    data.memory = 50;
    CU_ASSERT_EQUAL(interval_quantile(quantiles, 4, &data, .95).method, INTERVAL_T);
    data.least = 999;
    CU_ASSERT_EQUAL(interval_quantile(quantiles, 4, &data, .95).method, INTERVAL_SECTIONING);
}

static void test_paired(void)
{
    static const double a[] = { 11, 22, 33 }, b[] = { 10, 20, 30 }, same[] = { 7, 17, 27 };
    double reduction;
    struct interval interval = interval_paired(a, b, 3, .95, &reduction);
    CU_ASSERT_EQUAL(interval.value, 2);
    CU_ASSERT_DOUBLE_EQUAL(interval.se, sqrt(1. / 3), 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(reduction, 121. + 100, 1e-9);
    interval = interval_paired(b, same, 3, .95, &reduction);
    CU_ASSERT(interval.low == 3 && interval.high == 3 && isnan(reduction));
    static const double mirrored[] = { 30, 20, 10 };
    interval_paired(b, mirrored, 3, .95, &reduction);
    CU_ASSERT_DOUBLE_EQUAL(reduction, .5, 1e-12);
}

static void test_score(void)
{
    static const double values[] = { 1, 2, 3, 4, 5 }, equal[] = { .1, .1, .1 };
    struct interval interval = interval_t(values, 5, .95);
    CU_ASSERT_EQUAL(interval_score(&interval, 3), 0);
    CU_ASSERT_DOUBLE_EQUAL(interval_score(&interval, interval.low), 1.9599639845, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(interval_score(&interval, interval.high), -1.9599639845, 1e-6);
    interval = interval_t(equal, 3, .95);
    CU_ASSERT_EQUAL(interval.se, 0);
    CU_ASSERT_EQUAL(interval_score(&interval, .1), 0);
    CU_ASSERT_EQUAL(interval_score(&interval, .2), -INFINITY);
    interval_blur(&interval, .1);
    CU_ASSERT_DOUBLE_EQUAL(interval.se, .1 / sqrt(3), 1e-15);
    CU_ASSERT(interval.low < 0 && interval.high > .2);
}

/* How many of 2,000 nominal 95 % intervals hold the truth. With a perfect estimator the count is
 * binomial, sd 9.75; a band of +-33 (3.4 sd) would be left by one seed in 1,500. */
static void check_coverage(uint32_t covered)
{
    CU_ASSERT(covered >= 1867 && covered <= 1933);
}

static double mean_of_exponentials(struct lb_random *random, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += exponential(random);
    return sum / n;
}

static void test_coverage_of_means(void)
{
    struct lb_random random = { 11 };
    uint32_t t_covers = 0, ratio_covers = 0, paired_covers = 0;
    for (int run = 0; run < 2000; run++) {
        double a[20], b[20], y[20], counts[20];
        for (int r = 0; r < 20; r++) {
            const uint32_t count = 50 + lb_below(&random, 100);
            counts[r] = count;
            y[r] = mean_of_exponentials(&random, count) * count;
            a[r] = mean_of_exponentials(&random, 100);
            b[r] = a[r] / 2 + mean_of_exponentials(&random, 100);
        }
        const struct interval t = interval_t(a, 20, .95);
        const struct interval ratio = interval_ratio(y, counts, 20, .95);
        const struct interval paired = interval_paired(a, b, 20, .95, NULL);
        t_covers += t.low <= 1 && 1 <= t.high;
        ratio_covers += ratio.low <= 1 && 1 <= ratio.high;
        paired_covers += paired.low <= -.5 && -.5 <= paired.high;
    }
    check_coverage(t_covers);
    check_coverage(ratio_covers);
    check_coverage(paired_covers);
}

int suite_interval(void)
{
    CU_pSuite suite = CU_add_suite("interval", NULL, NULL);
    if (!suite || !CU_add_test(suite, "t quantiles", test_t_quantiles) ||
        !CU_add_test(suite, "known t interval", test_known_t_interval) ||
        !CU_add_test(suite, "refusals", test_refusals) ||
        !CU_add_test(suite, "ratio", test_ratio) ||
        !CU_add_test(suite, "quantile rule", test_quantile_rule) ||
        !CU_add_test(suite, "paired", test_paired) || !CU_add_test(suite, "score", test_score) ||
        !CU_add_test(suite, "coverage of means", test_coverage_of_means))
        return -1;
    return 0;
}
