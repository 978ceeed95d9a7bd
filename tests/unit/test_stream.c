/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random streams: published values, keys that differ, and draws that look independent where the
 * simulator relies on it. A statistical test here raises a false alarm with probability 1e-6; seeds
 * are fixed, so what passes once passes always. */
#include <CUnit/CUnit.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "sim/engine/stream.h"

int suite_stream(void);

static const double FALSE_ALARM = 1e-6;

/* ---- Values. */

/* Philox-4x32-10 as the paper has it (Salmon et al. 2011, section 3.3). */
static uint64_t philox(uint64_t seed, uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t x[4] = { a, b, c, 0 }, k[2] = { (uint32_t)seed, (uint32_t)(seed >> 32) };
    int round;

    for (round = 0; round < 10; round++) {
        uint64_t left = (uint64_t)0xD2511F53 * x[0], right = (uint64_t)0xCD9E8D57 * x[2];
        uint32_t next[4] = { (uint32_t)(right >> 32) ^ x[1] ^ k[0], (uint32_t)right,
                             (uint32_t)(left >> 32) ^ x[3] ^ k[1], (uint32_t)left };
        int i;

        for (i = 0; i < 4; i++)
            x[i] = next[i];
        k[0] += 0x9E3779B9;
        k[1] += 0xBB67AE85;
    }
    return (uint64_t)x[1] << 32 | x[0];
}

static void test_keys(void)
{
    struct lb_random dice = { 1 };
    int i;

    /* Random123's known answers, counter and key zero: 6627e8d5 e169c58d ... */
    CU_ASSERT_EQUAL(philox(0, 0, 0, 0), UINT64_C(0xe169c58d6627e8d5));
    for (i = 0; i < 1000; i++) {
        uint64_t seed = lb_bits(&dice);
        uint32_t replication = lb_below(&dice, 1000000), entity = lb_below(&dice, 1000000);
        enum stream_purpose purpose = (enum stream_purpose)(1 + lb_below(&dice, STREAM_PANIC));

        CU_ASSERT_EQUAL_FATAL(stream_key(seed, replication, entity, purpose),
                              philox(seed, replication, entity, (uint32_t)purpose));
    }
}

/* SplitMix64 from 1234567, as its authors' code prints it. */
static void test_draws(void)
{
    static const uint64_t known[] = { UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                                      UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
                                      UINT64_C(16408922859458223821) };
    struct lb_random r = stream_open(1234567);
    int i;

    for (i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(lb_bits(&r), known[i]);
}

/* Results of every version depend on these: a change here changes them all. */
static void test_golden(void)
{
    struct lb_random at = stream_at(stream_key(1, 2, 3, STREAM_SERVICE), 4, 5);
    struct lb_random open = stream_open(stream_key(1, 2, 3, STREAM_ARRIVAL));

    CU_ASSERT_EQUAL(lb_bits(&at), UINT64_C(18245629413634437065));
    CU_ASSERT_EQUAL(lb_bits(&open), UINT64_C(12616632947288782059));
}

static int ascending(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static bool all_differ(uint64_t *values, uint32_t n)
{
    uint32_t i;

    qsort(values, n, sizeof values[0], ascending);
    for (i = 1; i < n; i++)
        if (values[i] == values[i - 1])
            return false;
    return true;
}

/* 600,000 keys of 64 bits collide with probability 1e-8. */
static void test_keys_differ(void)
{
    enum { SEEDS = 6, REPLICATIONS = 50, ENTITIES = 100, PILOT = 2 };
    uint64_t *key = malloc(sizeof key[0] * SEEDS * PILOT * REPLICATIONS * ENTITIES * STREAM_PANIC);
    uint32_t seed, replication, pilot, entity, purpose, n = 0;

    CU_ASSERT_FATAL(key != NULL);
    for (seed = 0; seed < SEEDS; seed++)
        for (replication = 0; replication < REPLICATIONS; replication++)
            for (pilot = 0; pilot < PILOT; pilot++)
                for (entity = 0; entity < ENTITIES; entity++)
                    for (purpose = STREAM_ARRIVAL; purpose <= STREAM_PANIC; purpose++)
                        key[n++] =
                            stream_key(seed, pilot ? replication | STREAM_PILOT : replication,
                                       entity, (enum stream_purpose)purpose);
    CU_ASSERT(all_differ(key, n));
    free(key);
}

static void test_occasions_differ(void)
{
    enum { REQUESTS = 100000, PARTS = 6 };
    uint64_t *state = malloc(sizeof state[0] * REQUESTS * PARTS);
    uint32_t request, part, n = 0;

    CU_ASSERT_FATAL(state != NULL);
    for (request = 0; request < REQUESTS; request++)
        for (part = 0; part < PARTS; part++)
            state[n++] = stream_at(stream_key(9, 0, 0, STREAM_LINK), request, part).state;
    CU_ASSERT(all_differ(state, n));
    free(state);
}

/* ---- Statistics over a sequence of draws in [0, 1). */

enum { DRAWS = 1 << 18, CELLS = 1 << 10, SIDE = 1 << 5 };

static bool fits(const double *count, uint32_t cells, double n)
{
    double x = 0, expected = n / cells;
    uint32_t i;

    for (i = 0; i < cells; i++)
        x += (count[i] - expected) * (count[i] - expected) / expected;
    return gsl_cdf_chisq_Q(x, cells - 1) > FALSE_ALARM / 2 &&
           gsl_cdf_chisq_P(x, cells - 1) > FALSE_ALARM / 2;
}

static bool even(const double *u, double low_bits)
{
    double count[CELLS] = { 0 };
    uint32_t i;

    for (i = 0; i < DRAWS; i++) {
        double scaled = u[i] * low_bits;

        count[(uint32_t)((scaled - floor(scaled)) * CELLS)]++;
    }
    return fits(count, CELLS, DRAWS);
}

static bool even_in_pairs(const double *u)
{
    double count[CELLS] = { 0 };
    uint32_t i;

    for (i = 0; i + 1 < DRAWS; i += 2)
        count[(uint32_t)(u[i] * SIDE) * SIDE + (uint32_t)(u[i + 1] * SIDE)]++;
    return fits(count, CELLS, DRAWS / 2);
}

/* Correlation with the draw `lag` later is normal with deviation 1 / sqrt(n). */
static bool uncorrelated(const double *u, uint32_t lag)
{
    double sum = 0;
    uint32_t i, n = DRAWS - lag;

    for (i = 0; i < n; i++)
        sum += (u[i] - 0.5) * (u[i + lag] - 0.5);
    return fabs(sum * 12 / sqrt(n)) < gsl_cdf_ugaussian_Qinv(FALSE_ALARM / 2);
}

static void judge(const double *u)
{
    uint32_t lag;

    CU_ASSERT(even(u, 1));
    CU_ASSERT(even(u, 1 << 20));
    CU_ASSERT(even_in_pairs(u));
    for (lag = 1; lag <= 128; lag *= 2)
        CU_ASSERT(uncorrelated(u, lag));
}

typedef double draw(uint32_t i);

static void judge_draws(draw *of)
{
    double *u = malloc(DRAWS * sizeof u[0]);
    uint32_t i;

    CU_ASSERT_FATAL(u != NULL);
    for (i = 0; i < DRAWS; i++)
        u[i] = of(i);
    judge(u);
    free(u);
}

static double first_of(struct lb_random r)
{
    return lb_unit(&r);
}

/* Draw after draw of one stream. */
static double along(uint32_t i)
{
    struct lb_random r = { stream_key(1, 0, 0, STREAM_ARRIVAL) + i * UINT64_C(0x9e3779b97f4a7c15) };

    return first_of(r);
}

/* The first draw of request after request: what policies, links and bytes see. */
static double over_requests(uint32_t i)
{
    return first_of(stream_at(stream_key(1, 0, 0, STREAM_POLICY), i, 0));
}

/* Part after part of a request, request after request. */
static double over_parts(uint32_t i)
{
    return first_of(stream_at(stream_key(1, 0, 0, STREAM_LINK), i / 4, i % 4));
}

static double over_replications(uint32_t i)
{
    return first_of(stream_open(stream_key(1, i, 0, STREAM_ARRIVAL)));
}

static double over_entities(uint32_t i)
{
    return first_of(stream_open(stream_key(1, 0, i, STREAM_SERVICE)));
}

static double over_seeds(uint32_t i)
{
    return first_of(stream_open(stream_key(i, 0, 0, STREAM_ARRIVAL)));
}

/* Draw i of one purpose, then of the next. */
static double over_purposes(uint32_t i)
{
    struct lb_random r = { stream_key(1, 0, 0, i % 2 ? STREAM_ARRIVAL : STREAM_SERVICE) +
                           i / 2 * UINT64_C(0x9e3779b97f4a7c15) };

    return first_of(r);
}

static void test_statistics(void)
{
    judge_draws(along);
    judge_draws(over_requests);
    judge_draws(over_parts);
    judge_draws(over_replications);
    judge_draws(over_entities);
    judge_draws(over_seeds);
    judge_draws(over_purposes);
}

static void test_below(void)
{
    static const uint32_t most[] = { 2, 3, 7, 10, 100, 1000 };
    uint32_t k, i;

    for (k = 0; k < sizeof most / sizeof most[0]; k++) {
        double count[1000] = { 0 };

        for (i = 0; i < DRAWS; i++) {
            struct lb_random r = stream_at(stream_key(2, 0, 0, STREAM_POLICY), i, 0);
            uint32_t drawn = lb_below(&r, most[k]);

            CU_ASSERT_FATAL(drawn < most[k]);
            count[drawn]++;
        }
        CU_ASSERT(fits(count, most[k], DRAWS));
    }
}

int suite_stream(void)
{
    CU_pSuite suite = CU_add_suite("stream", NULL, NULL);

    return !suite || !CU_add_test(suite, "keys are Philox", test_keys) ||
           !CU_add_test(suite, "draws are SplitMix64", test_draws) ||
           !CU_add_test(suite, "golden values", test_golden) ||
           !CU_add_test(suite, "keys differ", test_keys_differ) ||
           !CU_add_test(suite, "occasions differ", test_occasions_differ) ||
           !CU_add_test(suite, "chi-square and correlation", test_statistics) ||
           !CU_add_test(suite, "draws below n", test_below);
}
