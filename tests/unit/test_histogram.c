/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random data come from lb_bits with fixed seeds, so a test that passes once passes always. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/policy.h"
#include "sim/record/histogram.h"

int suite_histogram(void);

static struct histogram *histogram_new(void)
{
    return calloc(1, sizeof(struct histogram));
}

static struct histogram_total *total_new(void)
{
    return calloc(1, sizeof(struct histogram_total));
}

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Log-uniform over all magnitudes: the leading zeros are uniform, too. */
static int64_t any_value(struct lb_random *random)
{
    const uint64_t bits = lb_bits(random);
    return (int64_t)(bits >> 1 >> lb_below(random, 63));
}

static void test_buckets(void)
{
    struct lb_random random = { 1 };
    struct histogram_total *total = total_new();
    int64_t expected = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        total->count[i] = 1;
    struct histogram_bucket bucket;
    uint32_t at = 0, index = 0;
    for (; histogram_next(total, &at, &bucket); index++) {
        CU_ASSERT_EQUAL_FATAL(bucket.low, expected);
        CU_ASSERT_EQUAL_FATAL(histogram_index(bucket.low), index);
        CU_ASSERT_EQUAL_FATAL(histogram_index(bucket.high), index);
        CU_ASSERT_FATAL(bucket.low < 1024 ? bucket.high == bucket.low
                                          : (bucket.high - bucket.low) < bucket.low / 512);
        expected = (int64_t)((uint64_t)bucket.high + 1);
    }
    CU_ASSERT_EQUAL(index, HISTOGRAM_BUCKETS);
    CU_ASSERT_EQUAL(bucket.high, INT64_MAX);
    for (int i = 0; i < 10000; i++)
        CU_ASSERT_FATAL(histogram_index(any_value(&random)) < HISTOGRAM_BUCKETS);
    free(total);
}

static void check_quantiles(const int64_t *sorted, uint32_t n, const struct histogram_total *total)
{
    for (uint32_t k = 0; k <= 1000; k++) {
        const double p = k / 1000.;
        const uint64_t rank = ((uint64_t)k * n + 999) / 1000;
        const double exact = (double)sorted[rank ? rank - 1 : 0];
        const double told = histogram_quantile(total, p);
        CU_ASSERT_FATAL(fabs(told - exact) <= histogram_rounding(told));
        CU_ASSERT_FATAL(fabs(told - exact) <= exact / 1024);
    }
}

static void test_quantiles_against_sorting(void)
{
    struct lb_random random = { 2 };
    for (uint32_t n = 1; n < 20000; n = n * 7 / 2 + 1) {
        int64_t *values = malloc(n * sizeof *values);
        struct histogram *histogram = histogram_new();
        struct histogram_total *total = total_new();
        for (uint32_t i = 0; i < n; i++)
            histogram_add(histogram, values[i] = any_value(&random));
        histogram_merge(total, histogram);
        CU_ASSERT_EQUAL(total->n, n);
        qsort(values, n, sizeof *values, ascending);
        check_quantiles(values, n, total);
        free(values);
        free(histogram);
        free(total);
    }
}

/* A million exponential values: p99.9 lies within 4 of its standard errors (3.2 %) and rounding. */
static void test_quantiles_against_theory(void)
{
    const uint32_t n = 1000000;
    static const double ps[] = { .5, .9, .99, .999 };
    struct lb_random random = { 3 };
    struct histogram *histogram = histogram_new();
    struct histogram_total *total = total_new();
    for (uint32_t i = 0; i < n; i++)
        histogram_add(histogram, (int64_t)gsl_cdf_exponential_Pinv(lb_unit(&random), 1e7));
    histogram_merge(total, histogram);
    for (size_t i = 0; i < sizeof ps / sizeof *ps; i++) {
        const double exact = gsl_cdf_exponential_Pinv(ps[i], 1e7);
        const double se = 1e7 * sqrt(ps[i] / (1 - ps[i]) / n);
        CU_ASSERT(fabs(histogram_quantile(total, ps[i]) - exact) < 4 * se + exact / 1024);
    }
    free(histogram);
    free(total);
}

static void test_ranks(void)
{
    struct histogram_total *total = total_new();
    CU_ASSERT(isnan(histogram_quantile(total, .5)));
    for (uint32_t i = 1; i <= 100; i++)
        total->count[i] = 1;
    total->n = 100;
    CU_ASSERT_EQUAL(histogram_quantile(total, 0), 1);
    CU_ASSERT_EQUAL(histogram_quantile(total, 1), 100);
    for (uint32_t i = 1; i <= 100; i++)
        CU_ASSERT_EQUAL(histogram_quantile(total, i / 100.), i);
    CU_ASSERT_EQUAL(histogram_quantile(total, .9901), 100);
    CU_ASSERT_EQUAL(histogram_quantile(total, .5001), 51);
    CU_ASSERT_EQUAL(histogram_above(total, 0), 100);
    CU_ASSERT_EQUAL(histogram_above(total, 99), 1);
    CU_ASSERT_EQUAL(histogram_above(total, 100), 0);
    free(total);
}

/* Above 1,024 ns a bucket is shared: [2048, 2051] holds 8 values, of which a quarter lies above
 * 2050. */
static void test_above_within_a_bucket(void)
{
    struct histogram_total *total = total_new();
    total->count[histogram_index(2048)] = 8;
    total->count[histogram_index(INT64_MAX)] = 1;
    total->n = 9;
    CU_ASSERT_EQUAL(histogram_above(total, 2047), 9);
    CU_ASSERT_EQUAL(histogram_above(total, 2050), 3);
    CU_ASSERT_EQUAL(histogram_above(total, 2051), 1);
    CU_ASSERT_EQUAL(histogram_above(total, INT64_MAX), 0);
    free(total);
}

static struct histogram *random_histogram(uint64_t seed)
{
    struct lb_random random = { seed };
    struct histogram *histogram = histogram_new();
    for (uint32_t i = lb_below(&random, 3000); i > 0; i--)
        histogram_add(histogram, any_value(&random));
    return histogram;
}

static void test_merges_are_associative(void)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct histogram *part[3];
        struct histogram_total *total[4];
        for (uint64_t i = 0; i < 3; i++)
            part[i] = random_histogram(3 * seed + i);
        for (int i = 0; i < 4; i++)
            total[i] = total_new();
        for (int i = 0; i < 3; i++) {
            histogram_merge(total[0], part[i]);
            histogram_merge(total[1], part[2 - i]);
        }
        histogram_merge(total[2], part[0]);
        histogram_merge(total[3], part[1]);
        histogram_merge(total[3], part[2]);
        histogram_merge_total(total[2], total[3]);
        CU_ASSERT_FATAL(memcmp(total[0], total[1], sizeof **total) == 0);
        CU_ASSERT_FATAL(memcmp(total[0], total[2], sizeof **total) == 0);
        for (int i = 0; i < 3; i++)
            free(part[i]);
        for (int i = 0; i < 4; i++)
            free(total[i]);
    }
}

static void test_encoding_returns(void)
{
    uint8_t *bytes = malloc(HISTOGRAM_ENCODED_MOST);
    struct histogram_total *plain = total_new(), *decoded = total_new();
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct histogram *histogram = random_histogram(seed);
        const size_t n = histogram_encode(histogram, bytes);
        histogram_merge(plain, histogram);
        CU_ASSERT_EQUAL_FATAL(histogram_decode(decoded, bytes, n), 0);
        CU_ASSERT_FATAL(memcmp(plain, decoded, sizeof *plain) == 0);
        free(histogram);
    }
    struct histogram *full = histogram_new();
    memset(full, 0xff, sizeof *full);
    CU_ASSERT(histogram_encode(full, bytes) <= HISTOGRAM_ENCODED_MOST);
    free(full);
    free(bytes);
    free(plain);
    free(decoded);
}

static void test_every_cut_is_refused(void)
{
    uint8_t *bytes = malloc(HISTOGRAM_ENCODED_MOST + 1);
    struct histogram *histogram = random_histogram(5);
    struct histogram_total *total = total_new(), *empty = total_new();
    const size_t n = histogram_encode(histogram, bytes);
    for (size_t cut = 0; cut < n; cut++)
        CU_ASSERT_EQUAL_FATAL(histogram_decode(total, bytes, cut), -EBADMSG);
    bytes[n] = 0;
    CU_ASSERT_EQUAL(histogram_decode(total, bytes, n + 1), -EBADMSG);
    CU_ASSERT(memcmp(total, empty, sizeof *total) == 0);
    free(bytes);
    free(histogram);
    free(total);
    free(empty);
}

static void test_hostile_bytes(void)
{
    static const struct {
        uint8_t n, bytes[16];
        int answer;
    } cases[] = {
        { 2, { 1, 0 }, 0 },
        { 2, { 2, 0 }, -EBADMSG },                   /* version */
        { 4, { 1, 1, 0, 0 }, -EBADMSG },             /* a count of zero */
        { 3, { 1, 0x80, 0 }, -EBADMSG },             /* not the shortest form */
        { 5, { 1, 1, 0x80, 0, 1 }, -EBADMSG },       /* the same */
        { 6, { 1, 1, 0xff, 0xdb, 1, 1 }, 0 },        /* the last bucket, 28,159 */
        { 6, { 1, 1, 0x80, 0xdc, 1, 1 }, -EBADMSG }, /* one too far */
        { 8, { 1, 2, 0xff, 0xdb, 1, 1, 0, 1 }, -EBADMSG },
        { 4, { 1, 0x81, 0xdc, 1 }, -EBADMSG }, /* more buckets than there are */
        { 13, { 1, 1, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1 }, -EOVERFLOW },
        { 13, { 1, 1, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2 }, -EBADMSG },
        { 14, { 1, 1, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1 }, -EBADMSG },
    };
    struct histogram_total *total = total_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        total->n = 1;
        CU_ASSERT_EQUAL(histogram_decode(total, cases[i].bytes, cases[i].n), cases[i].answer);
    }
    free(total);
}

static uint64_t sum_of(const struct histogram_total *total)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        sum += total->count[i];
    return sum;
}

/* Whatever the bytes, the total stays consistent, and what is accepted is in canonical form. */
static void test_random_bytes(void)
{
    uint8_t *encoded = malloc(HISTOGRAM_ENCODED_MOST);
    struct lb_random random = { 9 };
    struct histogram *histogram = random_histogram(7);
    struct histogram_total *total = total_new();
    const size_t n = histogram_encode(histogram, encoded);
    uint32_t accepted = 0;
    for (int i = 0; i < 2000; i++) {
        const uint32_t at = lb_below(&random, (uint32_t)n);
        const uint8_t kept = encoded[at];
        encoded[at] = (uint8_t)lb_bits(&random);
        accepted += histogram_decode(total, encoded, n) == 0;
        encoded[at] = kept;
        if (i % 100 == 0)
            CU_ASSERT_EQUAL_FATAL(sum_of(total), total->n);
    }
    CU_ASSERT(accepted > 0 && accepted < 2000);
    free(encoded);
    free(histogram);
    free(total);
}

int suite_histogram(void)
{
    CU_pSuite suite = CU_add_suite("histogram", NULL, NULL);
    if (!suite || !CU_add_test(suite, "buckets", test_buckets) ||
        !CU_add_test(suite, "quantiles against sorting", test_quantiles_against_sorting) ||
        !CU_add_test(suite, "quantiles against theory", test_quantiles_against_theory) ||
        !CU_add_test(suite, "ranks", test_ranks) ||
        !CU_add_test(suite, "above within a bucket", test_above_within_a_bucket) ||
        !CU_add_test(suite, "merges are associative", test_merges_are_associative) ||
        !CU_add_test(suite, "encoding returns", test_encoding_returns) ||
        !CU_add_test(suite, "every cut is refused", test_every_cut_is_refused) ||
        !CU_add_test(suite, "hostile bytes", test_hostile_bytes) ||
        !CU_add_test(suite, "random bytes", test_random_bytes))
        return -1;
    return 0;
}
