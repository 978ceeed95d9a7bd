/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rendezvous: how many keys each server has, and which move when servers or weights change. What is
 * exact (no key moves between servers that stay) is asserted exactly. What is random is asserted
 * with fixed seeds, within 4.9 standard errors or at a chi-square probability of 1e-6: a right
 * program would fail each of the fifteen such tests about once in a million for another choice of
 * keys and salts. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>

#include "models/policies.h"
#include "models/policy/race.h"
#include "tests/unit/mini_host.h"
#include "tests/unit/pick_shares.h"
#include "tests/unit/policy_find.h"

enum { KEYS = 60000, GROWN_MOST = 101 };
static const double DEVIATIONS = 4.9;

int suite_policies_keyed(void);

static void open_salted(struct mini *m, uint32_t salt, uint32_t capacity, uint32_t n,
                        const uint32_t *weights)
{
    char settings[40];

    snprintf(settings, sizeof settings, "salt=%u", salt);
    mini_open(m, named("rendezvous"), settings, capacity, n, weights);
}

/* Where a request of that key goes after so many attempts at `tried`. */
static lb_server place_after(const struct mini *m, uint64_t key, const lb_server *tried, uint32_t n)
{
    struct lb_request request = { .key = key, .tried = tried, .tried_n = n };
    struct lb_random random = { 0 };

    return m->policy->pick(m->self[0], &request, &random);
}

static lb_server place(const struct mini *m, uint64_t key)
{
    return place_after(m, key, NULL, 0);
}

static void place_all(const struct mini *m, lb_server *at)
{
    uint32_t i;

    for (i = 0; i < KEYS; i++)
        at[i] = place(m, i + 1);
}

/* Is a share p of so many keys believable? */
static void check_fraction(uint32_t count, double p)
{
    CU_ASSERT(fabs(count - KEYS * p) < DEVIATIONS * sqrt(KEYS * p * (1.0 - p)));
}

/* ---- Balls into bins. */

/* The greatest number of keys 1 .. m that one of n servers has. */
static double greatest(uint32_t salt, uint32_t keys, uint32_t n)
{
    uint32_t count[GROWN_MOST] = { 0 }, i, most = 0;
    struct mini m;

    open_salted(&m, salt, n, n, NULL);
    for (i = 1; i <= keys; i++)
        count[place(&m, i)]++;
    for (i = 0; i < n; i++)
        most = count[i] > most ? count[i] : most;
    mini_close(&m);
    return most;
}

static void check_greatest(uint32_t keys, uint32_t n, uint32_t repetitions, double expected)
{
    double sum = 0.0, squares = 0.0, mean, error;
    uint32_t i;

    for (i = 0; i < repetitions; i++) {
        double most = greatest(i, keys, n);

        sum += most;
        squares += most * most;
    }
    mean = sum / repetitions;
    error = sqrt((squares / repetitions - mean * mean) / (repetitions - 1));
    if (!(fabs(mean - expected) < DEVIATIONS * error))
        fprintf(stderr, "%u keys on %u servers: %g, not %g\n", keys, n, mean, expected);
    CU_ASSERT(fabs(mean - expected) < DEVIATIONS * error);
}

/* The mean of the greatest count when balls fall into bins at random: computed exactly, by
 * conditioning independent Poisson counts on their sum (error below 1e-7). */
static void test_greatest_share(void)
{
    check_greatest(10, 10, 20000, 2.74868911);
    check_greatest(100, 100, 2000, 4.23259524);
    check_greatest(1000, 10, 2000, 115.66358176);
    check_greatest(10000, 100, 100, 125.95939071);
    check_greatest(100000, 100, 20, 1080.19968930);
}

/* ---- What moves. */

/* With one server more, 1 / (n + 1) of the keys move, all of them to the new one (Lamping, Veach
 * 2014: no fewer can). */
static void check_growth(uint32_t n)
{
    struct mini m;
    lb_server *before = malloc(KEYS * sizeof *before), *after = malloc(KEYS * sizeof *after);
    uint32_t i, moved = 0, astray = 0;

    CU_ASSERT_FATAL(before && after);
    open_salted(&m, 1, n + 1, n, NULL);
    place_all(&m, before);
    mini_add(&m, 1, 1);
    place_all(&m, after);
    for (i = 0; i < KEYS; i++) {
        moved += after[i] != before[i];
        astray += after[i] != before[i] && after[i] != n;
    }
    CU_ASSERT_EQUAL(astray, 0);
    check_fraction(moved, 1.0 / (n + 1));
    mini_close(&m);
    free(before);
    free(after);
}

static void test_growth(void)
{
    check_growth(10);
    check_growth(100);
}

/* The keys of a server that goes are spread over the others by weight; no other key moves, and when
 * it comes back they return. */
static void check_removal(const uint32_t *weights)
{
    static lb_server before[KEYS], after[KEYS];
    uint32_t count[CROWD] = { 0 }, i, astray = 0;
    double share[CROWD];
    struct mini m;

    open_salted(&m, 2, CROWD, CROWD, weights);
    place_all(&m, before);
    m.up[5] = 0;
    mini_changed(&m, 5);
    place_all(&m, after);
    for (i = 0; i < KEYS; i++) {
        if (before[i] == 5)
            count[after[i]]++;
        else
            astray += after[i] != before[i];
    }
    CU_ASSERT_EQUAL(astray, 0);
    for (i = 0; i < CROWD; i++)
        share[i] = i == 5 ? 0.0 : weights ? weights[i] : 1.0;
    check_shares(count, share, CROWD);
    m.up[5] = 1;
    mini_changed(&m, 5);
    place_all(&m, after);
    CU_ASSERT_EQUAL(memcmp(before, after, sizeof before), 0);
    mini_close(&m);
}

static void test_removal(void)
{
    static const uint32_t weights[CROWD] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };

    check_removal(NULL);
    check_removal(weights);
}

/* A greater weight draws keys from all others and moves none between them. */
static void test_greater_weight(void)
{
    static lb_server before[KEYS], after[KEYS];
    uint32_t i, moved = 0, astray = 0;
    struct mini m;

    open_salted(&m, 3, 4, 4, (const uint32_t[]) { 1, 2, 3, 4 });
    place_all(&m, before);
    m.weight[1] = 4;
    mini_changed(&m, 1);
    place_all(&m, after);
    for (i = 0; i < KEYS; i++) {
        moved += after[i] != before[i];
        astray += after[i] != before[i] && after[i] != 1;
    }
    CU_ASSERT_EQUAL(astray, 0);
    check_fraction(moved, 4.0 / 12 - 2.0 / 10);
    mini_close(&m);
}

/* ---- Shares. */

static void test_weighted_shares(void)
{
    static const uint32_t weights[] = { 1, 2, 3 };
    static const double share[] = { 1, 2, 3 };
    uint32_t count[3] = { 0 }, i;
    struct mini m;

    open_salted(&m, 4, 3, 3, weights);
    for (i = 1; i <= KEYS; i++)
        count[place(&m, i)]++;
    check_shares(count, share, 3);
    mini_close(&m);
}

/* Keys in sequence, multiples of a power of two, and keys that differ in the top bits alone. */
static void test_regular_keys(void)
{
    static const uint32_t shifts[] = { 0, 20, 47 };
    uint32_t i, j;

    for (j = 0; j < sizeof shifts / sizeof shifts[0]; j++) {
        uint32_t count[CROWD] = { 0 };
        double share[CROWD];
        struct mini m;

        open_salted(&m, 0, CROWD, CROWD, NULL);
        for (i = 0; i < KEYS; i++)
            count[place(&m, (uint64_t)i << shifts[j])]++;
        for (i = 0; i < CROWD; i++)
            share[i] = 1.0;
        check_shares(count, share, CROWD);
        mini_close(&m);
    }
}

/* Equal weights are no weights; and with a third server of another weight the order of two equal
 * ones stays. */
static void test_equal_weights(void)
{
    uint32_t i, wrong = 0;
    struct mini plain, sevens, odd;

    open_salted(&plain, 5, 2, 2, NULL);
    open_salted(&sevens, 5, 2, 2, (const uint32_t[]) { 7, 7 });
    open_salted(&odd, 5, 3, 3, (const uint32_t[]) { 7, 7, 1 });
    for (i = 0; i < KEYS; i++) {
        lb_server s = place(&plain, i), other = place(&odd, i);

        wrong += s != place(&sevens, i) || (other != 2 && other != s);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    mini_close(&plain);
    mini_close(&sevens);
    mini_close(&odd);
}

/* Two salts agree on a key as often as chance has it. */
static void test_salt(void)
{
    uint32_t i, same = 0;
    struct mini one, other;

    open_salted(&one, 6, CROWD, CROWD, NULL);
    open_salted(&other, 7, CROWD, CROWD, NULL);
    for (i = 0; i < KEYS; i++)
        same += place(&one, i) == place(&other, i);
    check_fraction(same, 1.0 / CROWD);
    mini_close(&one);
    mini_close(&other);
}

/* ---- Retries. */

/* The k-th attempt goes where the key would be if the servers before it were gone. */
static void check_retries(const uint32_t *weights)
{
    lb_server tried[CROWD];
    uint32_t i, k, wrong = 0;
    struct mini m;

    open_salted(&m, 8, CROWD, CROWD, weights);
    for (i = 0; i < 200; i++) {
        for (k = 0; k < CROWD; k++)
            tried[k] = place_after(&m, i, tried, k);
        wrong += place_after(&m, i, tried, CROWD) != LB_NONE;
        for (k = 0; k < CROWD; k++) {
            wrong += tried[k] != place(&m, i);
            m.up[tried[k]] = 0;
            mini_changed(&m, tried[k]);
        }
        wrong += place(&m, i) != LB_NONE;
        memset(m.up, 1, CROWD);
        mini_changed(&m, 0);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    mini_close(&m);
}

static void test_retries(void)
{
    static const uint32_t weights[CROWD] = { 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 7, 100 };

    check_retries(NULL);
    check_retries(weights);
}

/* ---- Arithmetic and text. */

/* Against the C library's long doubles; and the bound that spares logarithms is below. */
static void test_race(void)
{
    struct lb_random random = { 9 };
    uint32_t i, wrong = 0, above = 0;

    for (i = 0; i < 200000; i++) {
        uint64_t d = lb_bits(&random) >> i % 64;
        long double rest = ((long double)d + 0.5L) * 0x1p-64L;
        long double right = i & 64 ? -logl(rest) : -log1pl(-rest);
        double time = race_time(i & 64 ? ~d : d);

        wrong += fabsl((long double)time / right - 1.0L) > 1e-15L;
        above += race_bound(i & 64 ? ~d : d) >= time;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(above, 0);
}

static void check_text(uint64_t key, const char *expected)
{
    char text[21];

    memset(text, 'x', sizeof text);
    CU_ASSERT_EQUAL(lb_text(key, text), strlen(expected));
    CU_ASSERT_STRING_EQUAL(text, expected);
}

static void test_text_of_keys(void)
{
    check_text(0, "0");
    check_text(9, "9");
    check_text(10, "10");
    check_text(1234567890, "1234567890");
    check_text(UINT64_C(10000000000000000000), "10000000000000000000");
    check_text(UINT64_MAX, "18446744073709551615");
}

int suite_policies_keyed(void)
{
    CU_pSuite suite = CU_add_suite("policies of keys", NULL, NULL);

    return !suite || !CU_add_test(suite, "greatest share", test_greatest_share) ||
           !CU_add_test(suite, "growth", test_growth) ||
           !CU_add_test(suite, "removal", test_removal) ||
           !CU_add_test(suite, "greater weight", test_greater_weight) ||
           !CU_add_test(suite, "weighted shares", test_weighted_shares) ||
           !CU_add_test(suite, "regular keys", test_regular_keys) ||
           !CU_add_test(suite, "equal weights", test_equal_weights) ||
           !CU_add_test(suite, "salt", test_salt) || !CU_add_test(suite, "retries", test_retries) ||
           !CU_add_test(suite, "race of exponential variables", test_race) ||
           !CU_add_test(suite, "text of keys", test_text_of_keys);
}
