/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>

#include "models/policy.h"
#include "sim/record/warmup.h"

int suite_warmup(void);

enum { REQUESTS = 10000, REPLICATIONS = 10 };

struct made {
    int64_t sum[REQUESTS];
    uint32_t count[REQUESTS];
};

static struct warmup_series series_of(const struct made *made)
{
    return (struct warmup_series) { made->sum, made->count, REQUESTS };
}

/* 1 ms +- 50 % noise, less `depth` ms that fade linearly over the first `length` requests. */
static struct made *make(uint64_t seed, double depth, uint32_t length)
{
    struct lb_random random = { seed };
    struct made *made = calloc(1, sizeof *made);
    for (uint32_t i = 0; i < REQUESTS; i++) {
        const double lack = i < length ? depth * (1 - (double)i / length) : 0;
        for (int r = 0; r < REPLICATIONS; r++)
            made->sum[i] += (int64_t)(1e6 * (.5 + lb_unit(&random) - lack));
        made->count[i] = REPLICATIONS;
    }
    return made;
}

/* The definition, in O(n^2). */
static uint64_t slow_cut(const struct made *made)
{
    enum { N = REQUESTS / 5 };
    static double y[N];
    for (int i = 0; i < N; i++) {
        y[i] = 0;
        for (int k = 0; k < 5; k++)
            y[i] += (double)made->sum[5 * i + k] / (5. * REPLICATIONS);
    }
    double best = INFINITY;
    uint64_t cut = 0;
    for (int d = 0; d <= N / 2; d++) {
        double mean = 0, squares = 0;
        for (int i = d; i < N; i++)
            mean += y[i] / (N - d);
        for (int i = d; i < N; i++)
            squares += (y[i] - mean) * (y[i] - mean);
        if (squares / (N - d) / (N - d) < best) {
            best = squares / (N - d) / (N - d);
            cut = 5 * (uint64_t)d;
        }
    }
    return cut;
}

static void test_against_the_definition(void)
{
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct made *made = make(seed, .2 * (double)seed, 200 * (uint32_t)seed);
        const struct warmup_series series = series_of(made);
        const struct warmup warmup = warmup_find(&series);
        CU_ASSERT_TRUE(warmup.found);
        CU_ASSERT_EQUAL(warmup.cut, slow_cut(made));
        free(made);
    }
}

/* A start-up of known length is cut near its end. */
static void test_known_transient(void)
{
    struct made *made = make(21, 2, 2000);
    const struct warmup_series series = series_of(made);
    const struct warmup warmup = warmup_find(&series);
    CU_ASSERT_TRUE(warmup.found);
    CU_ASSERT(warmup.cut > 1500 && warmup.cut < 2200);
    free(made);
}

static void test_constant_needs_no_cut(void)
{
    struct made *made = calloc(1, sizeof *made);
    for (int i = 0; i < REQUESTS; i++) {
        made->sum[i] = 3333333;
        made->count[i] = 1;
    }
    const struct warmup_series series = series_of(made);
    const struct warmup warmup = warmup_find(&series);
    CU_ASSERT_TRUE(warmup.found);
    CU_ASSERT_EQUAL(warmup.cut, 0);
    free(made);
}

/* What never settles, and what is too short, has no warm-up to find. */
static void test_not_found(void)
{
    struct made *made = make(31, 9, REQUESTS);
    struct warmup_series series = series_of(made);
    CU_ASSERT_FALSE(warmup_find(&series).found);
    free(made);
    made = make(32, 0, 0);
    series = series_of(made);
    series.n = 49;
    CU_ASSERT_FALSE(warmup_find(&series).found);
    series.n = 50;
    CU_ASSERT_TRUE(warmup_find(&series).found);
    free(made);
}

/* Requests that nobody completed leave holes; the cut still counts requests, holes included. */
static void test_holes(void)
{
    struct made *made = make(41, 2, 2000);
    struct warmup_series series = series_of(made);
    const struct warmup whole = warmup_find(&series);
    for (int i = 0; i < 100; i++)
        made->sum[i] = made->count[i] = 0;
    made->sum[5000] = made->count[5000] = 0;
    const struct warmup holed = warmup_find(&series);
    CU_ASSERT_TRUE(holed.found);
    CU_ASSERT(holed.cut + 100 >= whole.cut && holed.cut <= whole.cut + 100);
    free(made);
}

static void test_welch_rows(void)
{
    static const int64_t sum[] = {
        5, 5, 5, 5, 5, 10, 10, 10, 10, 10, 0, 0, 0, 0, 0, 9, 9, 9, 9, 9
    };
    static const uint32_t count[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1 };
    const struct warmup_series series = { sum, count, 20 };
    char *text = NULL;
    size_t length;
    FILE *file = open_memstream(&text, &length);
    CU_ASSERT_EQUAL(warmup_write_welch(file, &series, 1), 0);
    fclose(file);
    CU_ASSERT_STRING_EQUAL(text, "request,latency_s,moving_average_s\n"
                                 "0,5e-09,5e-09\n"
                                 "5,1e-08,7.5e-09\n"
                                 "10,,9.5e-09\n"
                                 "15,9e-09,9e-09\n");
    free(text);
}

/* Ten replications of 64 parts: noise of standard deviation 1 about `level`, which rises by `drift`
 * over the whole run. */
static bool settles(uint64_t seed, double level, double drift, uint32_t first)
{
    int64_t sum[10 * WARMUP_PARTS];
    uint32_t count[10 * WARMUP_PARTS], i;
    struct lb_random random = { seed };

    for (i = 0; i < 10 * WARMUP_PARTS; i++) {
        double noise = lb_unit(&random) + lb_unit(&random) + lb_unit(&random) - 1.5;

        count[i] = 100;
        sum[i] = (int64_t)(1e5 * (level + 2.0 * noise +
                                  drift * (double)(i % WARMUP_PARTS) / (double)WARMUP_PARTS));
    }
    return warmup_settled(sum, count, 10, first);
}

/* A settled series is doubted once in a hundred: of 400, more than 12 doubts come up by chance with
 * probability 1e-4. A drift of a standard deviation of a part is seen. */
static void test_settling(void)
{
    int doubts = 0, seen = 0;
    uint64_t seed;

    for (seed = 0; seed < 400; seed++) {
        doubts += !settles(seed * 977 + 1, 50.0, 0.0, 10);
        seen += !settles(seed * 977 + 1, 50.0, 2.0, 10);
    }
    CU_ASSERT_TRUE(doubts <= 12);
    CU_ASSERT_TRUE(seen >= 390);
    CU_ASSERT_FALSE(settles(1, 50.0, 0.0, 60)); /* too little is left to tell */
}

int suite_warmup(void)
{
    CU_pSuite suite = CU_add_suite("warmup", NULL, NULL);
    if (!suite || !CU_add_test(suite, "against the definition", test_against_the_definition) ||
        !CU_add_test(suite, "known transient", test_known_transient) ||
        !CU_add_test(suite, "constant needs no cut", test_constant_needs_no_cut) ||
        !CU_add_test(suite, "not found", test_not_found) ||
        !CU_add_test(suite, "holes", test_holes) ||
        !CU_add_test(suite, "settling", test_settling) ||
        !CU_add_test(suite, "Welch rows", test_welch_rows))
        return -1;
    return 0;
}
