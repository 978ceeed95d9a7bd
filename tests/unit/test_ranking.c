/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Simulated tests have fixed seeds: what passes once passes always. The rates of false alarms below
 * are those over all seeds. */
#include <CUnit/CUnit.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "models/policy.h"
#include "sim/record/ranking.h"

int suite_ranking(void);

static double normal(struct lb_random *random)
{
    return gsl_cdf_ugaussian_Pinv(1 - (lb_unit(random) + 0x1p-60));
}

static void test_bonferroni(void)
{
    CU_ASSERT_EQUAL(ranking_each(.95, 1), .95);
    CU_ASSERT_DOUBLE_EQUAL(ranking_each(.95, 5), .99, 1e-15);
    CU_ASSERT_EQUAL(ranking_each(.9, 0), .9);
}

/* Differences 1, 2, 3: mean 2, se 1 / sqrt(3); t(.975, 2) = 4.30265. */
static void test_paired_by_hand(void)
{
    static const double a[] = { 11, 22, 33 }, b[] = { 10, 20, 30 };
    const struct ranking_difference d = ranking_paired(a, b, 3, .95);
    CU_ASSERT_EQUAL(d.absolute.value, 2);
    CU_ASSERT_DOUBLE_EQUAL(d.absolute.high - 2, 4.3026527297 / sqrt(3), 1e-8);
    CU_ASSERT_DOUBLE_EQUAL(d.reduction, 221, 1e-9);
    CU_ASSERT_FALSE(d.backfired);
    CU_ASSERT_DOUBLE_EQUAL(d.percent.value, 10, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(d.percent.low, 10, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(d.percent.high, 10, 1e-9);
}

/* ln ratios are ln 2 and ln 8: mean ln 4, se ln 2; t(.975, 1) = 12.7062. */
static void test_percent_by_hand(void)
{
    static const double a[] = { 2, 8 }, b[] = { 1, 1 }, zero[] = { 0, 1 };
    struct ranking_difference d = ranking_paired(a, b, 2, .95);
    CU_ASSERT_DOUBLE_EQUAL(d.percent.value, 300, 1e-10);
    CU_ASSERT_DOUBLE_EQUAL(log1p(d.percent.high / 100), (2 + 12.7062047362) * log(2), 1e-8);
    CU_ASSERT_DOUBLE_EQUAL(log1p(d.percent.low / 100), (2 - 12.7062047362) * log(2), 1e-8);
    d = ranking_paired(a, zero, 2, .95);
    CU_ASSERT(isnan(d.percent.value) && d.percent.why && !d.absolute.why);
}

static void test_backfired(void)
{
    static const double a[] = { 1, 2, 3 }, b[] = { 30, 20, 10 };
    const struct ranking_difference d = ranking_paired(a, b, 3, .95);
    CU_ASSERT_TRUE(d.backfired);
    CU_ASSERT_DOUBLE_EQUAL(d.reduction, 101. / 121, 1e-12);
}

static void test_no_values(void)
{
    static const double a[] = { 1, NAN, 3 }, b[] = { 3, 2, 1 };
    const struct ranking_difference d = ranking_paired(a, b, 3, .95),
                                    e = ranking_paired(b, b, 1, .9);
    CU_ASSERT(isnan(d.absolute.low) && d.absolute.why && isnan(d.percent.low) && d.percent.why);
    CU_ASSERT(e.absolute.value == 0 && e.absolute.why && e.percent.value == 0 && e.percent.why);
    CU_ASSERT_PTR_NOT_NULL(ranking_welch(a, 3, b, 3, .95).absolute.why);
    CU_ASSERT_PTR_NOT_NULL(ranking_welch(b, 3, b, 1, .95).absolute.why);
}

/* Variances 1 / 3 and 100 / 3 of the means: (101 / 3)^2 / ((1 + 10000) / 9 / 2) = 2.04 degrees. */
static void test_welch_by_hand(void)
{
    static const double a[] = { 1, 2, 3 }, b[] = { 10, 20, 30 };
    struct ranking_difference d = ranking_welch(b, 3, a, 3, .95);
    CU_ASSERT_EQUAL(d.absolute.value, 18);
    CU_ASSERT_DOUBLE_EQUAL(d.absolute.se, sqrt(101. / 3), 1e-12);
    CU_ASSERT_EQUAL(d.absolute.n, 3);
    CU_ASSERT_DOUBLE_EQUAL(d.absolute.high - 18, 4.3026527297 * sqrt(101. / 3), 1e-7);
    CU_ASSERT_DOUBLE_EQUAL(d.percent.value, 900, 1e-9);
    CU_ASSERT(isnan(d.reduction) && !d.backfired);
    const struct interval x = interval_t(b, 3, .95), y = interval_t(a, 3, .95);
    const struct ranking_difference apart = ranking_apart(&x, &y, .95);
    CU_ASSERT_EQUAL(apart.absolute.low, d.absolute.low);
    CU_ASSERT_DOUBLE_EQUAL(apart.percent.value, 900, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(log1p(apart.percent.high / 100) - log(10),
                           interval_t_quantile(.95, 4) * sqrt(1. / 12 + 1. / 12), 1e-9);
    d = ranking_welch(a, 3, a, 3, .95);
    CU_ASSERT_EQUAL(d.absolute.n, 5);
}

static void test_pair_places(void)
{
    uint32_t expected = 0;
    for (uint32_t i = 0; i < 6; i++) {
        for (uint32_t j = i + 1; j < 6; j++)
            CU_ASSERT_EQUAL(ranking_pair(6, i, j), expected++);
    }
}

/* Contender 1 is best, 0 and 2 differ by noise alone, 3 is far behind. */
static const double four[] = { 5.0, 5.2, 4.9, 5.1, 3.0, 3.1, 2.9, 3.0,
                               5.1, 5.1, 5.0, 5.0, 9.0, 9.3, 8.9, 9.1 };
static const struct ranking_data four_data = { .values = four, .contenders = 4, .n = 4 };

static void test_to_base(void)
{
    struct ranking_difference d[4];
    ranking_to_base(&four_data, 1, .95, d);
    CU_ASSERT_PTR_NOT_NULL(d[1].absolute.why);
    CU_ASSERT(isnan(d[1].absolute.value));
    CU_ASSERT_DOUBLE_EQUAL(d[0].absolute.value, 2.05, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(d[0].absolute.confidence, 1 - .05 / 3, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(d[0].absolute.high - d[0].absolute.value,
                           interval_t_quantile(1 - .05 / 3, 3) * d[0].absolute.se, 1e-12);
    const double narrow = d[0].absolute.high;
    const double blur[] = { .3, .4, 0, 0 };
    struct ranking_data rounded = four_data;
    rounded.blur = blur;
    const double exact = d[0].absolute.se;
    ranking_to_base(&rounded, 1, .95, d);
    CU_ASSERT(d[0].absolute.high > narrow);
    CU_ASSERT_DOUBLE_EQUAL(d[0].absolute.se, sqrt(exact * exact + .25 / 3), 1e-12);
}

/* Differences 1, 2, 3 around 5 - 2 = 3: se = sqrt((4 + 1 + 0) / 2 / 3). */
static void test_centres(void)
{
    static const double values[] = { 11, 22, 33, 10, 20, 30 }, centre[] = { 5, 2 };
    const struct ranking_data data = {
        .values = values, .centre = centre, .contenders = 2, .n = 3
    };
    struct ranking_difference pair;
    ranking_all_pairs(&data, .95, &pair);
    CU_ASSERT_EQUAL(pair.absolute.value, 3);
    CU_ASSERT_EQUAL(pair.absolute.method, INTERVAL_SECTIONING);
    CU_ASSERT_DOUBLE_EQUAL(pair.absolute.se, sqrt(5. / 6), 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(pair.absolute.high - 3, 4.3026527297 * sqrt(5. / 6), 1e-8);
    CU_ASSERT_DOUBLE_EQUAL(pair.percent.value, 150, 1e-10);
}

static void check_place(const struct ranking_place *place, uint32_t contender, uint32_t best,
                        uint32_t worst, uint32_t group)
{
    CU_ASSERT_EQUAL(place->contender, contender);
    CU_ASSERT_EQUAL(place->best, best);
    CU_ASSERT_EQUAL(place->worst, worst);
    CU_ASSERT_EQUAL(place->group, group);
}

static void test_order(void)
{
    struct ranking_difference pairs[6];
    struct ranking_place place[4];
    struct ranking_data data = four_data;
    ranking_all_pairs(&data, .95, pairs);
    CU_ASSERT_DOUBLE_EQUAL(pairs[0].absolute.confidence, 1 - .05 / 6, 1e-15);
    CU_ASSERT_EQUAL(ranking_better(&data, pairs, 0, 1), 1);
    CU_ASSERT_EQUAL(ranking_better(&data, pairs, 1, 0), -1);
    CU_ASSERT_EQUAL(ranking_better(&data, pairs, 2, 0), 0);
    ranking_order(&data, pairs, place);
    check_place(&place[0], 1, 1, 1, 0);
    CU_ASSERT_EQUAL(place[1].group, 1);
    CU_ASSERT(place[2].group == 1 && place[2].alike && place[2].best == 2 && place[2].worst == 3);
    check_place(&place[3], 3, 4, 4, 3);
    data.larger = true;
    ranking_order(&data, pairs, place);
    check_place(&place[0], 3, 1, 1, 0);
    check_place(&place[3], 1, 4, 4, 3);
}

/* 0 and 1 cannot be told apart, nor 1 and 2; but 0 and 2 can: one group, and not alike. */
static void test_overlapping_group(void)
{
    static const double values[] = { 1.0, 1.1, .9, 1.0, 1.8, .8, 1.9, 1.0, 2.0, 2.1, 1.9, 2.05 };
    const struct ranking_data data = { .values = values, .contenders = 3, .n = 4 };
    struct ranking_difference pairs[3];
    struct ranking_place place[3];
    ranking_all_pairs(&data, .95, pairs);
    ranking_order(&data, pairs, place);
    check_place(&place[0], 0, 1, 2, 0);
    check_place(&place[1], 1, 1, 3, 0);
    check_place(&place[2], 2, 2, 3, 0);
    CU_ASSERT_FALSE(place[0].alike || place[1].alike || place[2].alike);
}

static void test_missing_comes_last(void)
{
    static const double values[] = { NAN, 1, 2, 2.1, 1, 1.1 };
    const struct ranking_data data = { .values = values, .contenders = 3, .n = 2 };
    struct ranking_difference pairs[3];
    struct ranking_place place[3];
    ranking_all_pairs(&data, .95, pairs);
    ranking_order(&data, pairs, place);
    CU_ASSERT_EQUAL(place[2].contender, 0);
    CU_ASSERT(place[2].best == 1 && place[2].worst == 3);
}

static void test_best_by_hand(void)
{
    struct interval behind[4];
    bool possible[4];
    struct ranking_best best = { .behind = behind, .possible = possible };
    struct ranking_difference d[4];
    ranking_with_best(&four_data, .95, &best);
    ranking_to_base(&four_data, 1, .95, d);
    CU_ASSERT(best.possibles == 1 && best.best == 1 && possible[1] && !possible[0]);
    CU_ASSERT_EQUAL(behind[1].high, 0);
    CU_ASSERT(behind[0].low == 0 && behind[3].low == 0);
    CU_ASSERT_DOUBLE_EQUAL(behind[3].high, d[3].absolute.high, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(best.margin, fmin(d[0].absolute.low, d[2].absolute.low), 1e-12);
    CU_ASSERT_EQUAL(best.next, d[0].absolute.low < d[2].absolute.low ? 0 : 2);
    struct ranking_data data = four_data;
    data.larger = true;
    ranking_with_best(&data, .95, &best);
    CU_ASSERT(best.possibles == 1 && best.best == 3);
    CU_ASSERT(behind[3].low == 0 && behind[3].high > 0 && behind[0].high == 0);
    CU_ASSERT(best.margin > 3.5 && best.margin < 4.1);
}

/* Correlated normal values (common random numbers) with different variances. */
static void draw(struct lb_random *random, const double *means, uint32_t k, uint32_t n,
                 double *values)
{
    for (uint32_t r = 0; r < n; r++) {
        const double common = 2 * normal(random);
        for (uint32_t i = 0; i < k; i++)
            values[i * n + r] = means[i] + common + (1 + i) * .5 * normal(random);
    }
}

/* All statements of a family hold together: 2,000 times 5 contenders, 15 replications, 95 %. The
 * count of failures has mean at most 100 and deviation 9.8; more than 132 has probability below
 * 0.1 %. */
static void test_coverage(void)
{
    static const double means[] = { 10, 10, 10.4, 11, 12 };
    enum { K = 5, N = 15 };
    struct lb_random random = { 77 };
    double values[K * N];
    struct ranking_difference pairs[K * (K - 1) / 2], base[K];
    struct interval behind[K];
    bool possible[K];
    int wrong_pairs = 0, wrong_base = 0, wrong_best = 0, only = 0;
    for (int run = 0; run < 2000; run++) {
        const struct ranking_data data = { .values = values, .contenders = K, .n = N };
        struct ranking_best best = { .behind = behind, .possible = possible };
        bool pair = false, control = false, mcb = false;
        draw(&random, means, K, N, values);
        ranking_all_pairs(&data, .95, pairs);
        ranking_to_base(&data, 4, .95, base);
        ranking_with_best(&data, .95, &best);
        for (uint32_t i = 0; i < K; i++) {
            const double off = means[i] - 10;
            mcb |= off < behind[i].low || off > behind[i].high;
            control |= i < 4 && fabs(base[i].absolute.value - (means[i] - 12)) >
                                    base[i].absolute.high - base[i].absolute.value;
            for (uint32_t j = i + 1; j < K; j++) {
                const struct interval *d = &pairs[ranking_pair(K, i, j)].absolute;
                pair |= means[i] - means[j] < d->low || means[i] - means[j] > d->high;
            }
        }
        wrong_pairs += pair;
        wrong_base += control;
        wrong_best += mcb;
        only += best.possibles == 1;
    }
    CU_ASSERT(wrong_pairs <= 132 && wrong_base <= 132 && wrong_best <= 132);
    CU_ASSERT(wrong_pairs > 20 && wrong_base > 20 && wrong_best > 1);
    CU_ASSERT(only <= 132);
}

/* Welch's interval covers 95 %: of 4,000 it misses 200 with deviation 13.8; +-55 is 4 sigma. */
static void test_welch_coverage(void)
{
    struct lb_random random = { 5 };
    int missed = 0;
    for (int run = 0; run < 4000; run++) {
        double a[8], b[20];
        for (int i = 0; i < 8; i++)
            a[i] = 3 + 5 * normal(&random);
        for (int i = 0; i < 20; i++)
            b[i] = 1 + normal(&random);
        const struct interval d = ranking_welch(a, 8, b, 20, .95).absolute;
        missed += d.low > 2 || d.high < 2;
    }
    CU_ASSERT(missed > 145 && missed < 255);
}

int suite_ranking(void)
{
    static CU_TestInfo tests[] = {
        { "the level of each of several statements", test_bonferroni },
        { "paired differences by hand", test_paired_by_hand },
        { "percent from log-ratios by hand", test_percent_by_hand },
        { "pairing that backfires is told", test_backfired },
        { "without values there is no interval", test_no_values },
        { "Welch's interval by hand", test_welch_by_hand },
        { "the places of pairs", test_pair_places },
        { "differences to a base", test_to_base },
        { "centres of quantiles", test_centres },
        { "order, ranks and groups", test_order },
        { "a group whose ends can be told apart", test_overlapping_group },
        { "a contender without a value comes last", test_missing_comes_last },
        { "comparisons with the best by hand", test_best_by_hand },
        { "families of statements hold together", test_coverage },
        { "Welch's interval covers", test_welch_coverage },
        CU_TEST_INFO_NULL,
    };
    static CU_SuiteInfo suites[] = { { "ranking", NULL, NULL, NULL, NULL, tests },
                                     CU_SUITE_INFO_NULL };
    return CU_register_suites(suites);
}
