/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>

#include "sim/live/agree.h"

int suite_agree(void);

/* 1, 2, ..., 200 ms against the same twice as long, and in reverse. */
static void test_by_hand(void)
{
    double x[200], y[200];
    struct latencies a = { x, 200, false }, b = { y, 200, false };
    struct agreement out;
    int i;

    for (i = 0; i < 200; i++) {
        x[i] = (200 - i) * 1e-3;
        y[i] = (i + 1) * 2e-3;
    }
    CU_ASSERT_EQUAL(agree(&a, &b, &out), 0);
    CU_ASSERT_DOUBLE_EQUAL(out.predicted[AGREE_MEAN], 0.1005, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(out.predicted[AGREE_P50], 0.1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(out.predicted[AGREE_P90], 0.18, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(out.predicted[AGREE_P99], 0.198, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(out.measured[AGREE_P99], 0.396, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(out.error[AGREE_P99], -0.5, 1e-12);
    CU_ASSERT(isnan(out.predicted[AGREE_P999]) && isnan(out.error[AGREE_P999]));
    /* at 199 ms 199 of the first and 99 of the second */
    CU_ASSERT_DOUBLE_EQUAL(out.ks, 0.5, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(out.ks_at, 0.199, 1e-12);
    CU_ASSERT(isnan(out.same) && out.n_predicted == 200 && out.n_measured == 200);
    CU_ASSERT_DOUBLE_EQUAL(x[0], 0.001, 1e-12);
    CU_ASSERT_EQUAL(agree(&a, &a, &out), 0);
    CU_ASSERT(out.ks <= 0.0 && out.error[AGREE_MEAN] >= 0.0 && out.error[AGREE_MEAN] <= 0.0);
    b.n = 0;
    CU_ASSERT_EQUAL(agree(&a, &b, &out), -1);
    CU_ASSERT(isnan(out.ks) && isnan(out.error[0]));
}

/* Ties: 1, 1, 2 against 1, 2, 2: at 1 they are 2/3 and 1/3. */
static void test_ties(void)
{
    double x[] = { 1, 1, 2 }, y[] = { 2, 1, 2 };
    struct latencies a = { x, 3, false }, b = { y, 3, false };
    struct agreement out;

    CU_ASSERT_EQUAL(agree(&a, &b, &out), 0);
    CU_ASSERT_DOUBLE_EQUAL(out.ks, 1.0 / 3.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(out.ks_at, 1.0, 1e-12);
}

/* p99.9 from 100,000 of both on: of 1, ..., 100,000 the 99,900th. */
static void test_far_out(void)
{
    double *x = malloc(100000 * sizeof x[0]);
    struct latencies a;
    struct agreement out;
    int i;

    for (i = 0; i < 100000; i++)
        x[i] = i + 1;
    a = (struct latencies) { x, 100000, true };
    CU_ASSERT_EQUAL(agree(&a, &a, &out), 0);
    CU_ASSERT_DOUBLE_EQUAL(out.measured[AGREE_P999], 99900.0, 1e-9);
    a.n--;
    CU_ASSERT_EQUAL(agree(&a, &a, &out), 0);
    CU_ASSERT(isnan(out.measured[AGREE_P999]));
    free(x);
}

/* Five requests, the first of them warm-up. */
static void test_fates(void)
{
    enum { DONE = 1 + ENDED_COMPLETED, LATE = 1 + ENDED_TIMED_OUT };
    struct fate here[] = { { 9, 0, DONE, 0 },
                           { 1000, 0, DONE, 0 },
                           { 2000, 1, DONE, 1 },
                           { 3000, 1, DONE, 1 },
                           { 4000, 1, DONE, 1 } };
    struct fate there[] = { { 99, 1, DONE, 1 },
                            { 1000, 0, DONE, 0 },
                            { 0, LB_NONE, LATE, 1 },
                            { 3000, 0, DONE, 0 },
                            { 8000, 1, DONE, 1 } };
    const struct fates a = { here, 5, 1 }, b = { there, 5, 1 };
    const struct fates none = { here, 5, 5 };
    struct agreement out;
    double share[2], *value;
    uint64_t n;

    CU_ASSERT_EQUAL(agree_fates(&a, &b, false, &out), 0);
    CU_ASSERT(out.n_predicted == 4 && out.n_measured == 3);
    CU_ASSERT_DOUBLE_EQUAL(out.predicted[AGREE_MEAN], 2500e-9, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(out.measured[AGREE_MEAN], 4000e-9, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(out.same, 2.0 / 3.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(out.differ, 0.25, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(out.lost, 0.25, 1e-12); /* one of four */
    CU_ASSERT_EQUAL(agree_fates(&a, &b, true, &out), 0);
    CU_ASSERT(out.n_predicted == 3 && out.n_measured == 3);
    CU_ASSERT_DOUBLE_EQUAL(out.predicted[AGREE_P50], 3000e-9, 1e-15);
    CU_ASSERT_EQUAL(agree_fates(&none, &none, false, &out), -1);
    fates_shares(&a, 2, share);
    CU_ASSERT_DOUBLE_EQUAL(share[0], 0.25, 1e-12);
    fates_shares(&b, 2, share);
    CU_ASSERT_DOUBLE_EQUAL(share[0], 0.5, 1e-12); /* who was too late went somewhere as well */
    fates_shares(&none, 2, share);
    CU_ASSERT(share[0] <= 0.0 && share[1] <= 0.0);
    value = fates_latencies(&b, &n);
    CU_ASSERT(n == 4 && isnan(value[1]));
    CU_ASSERT_DOUBLE_EQUAL(value[3], 8e-6, 1e-15);
    free(value);
}

int suite_agree(void)
{
    CU_pSuite s = CU_add_suite("agree", NULL, NULL);

    return !s || !CU_add_test(s, "two distributions, by hand", test_by_hand) ||
           !CU_add_test(s, "ties", test_ties) || !CU_add_test(s, "p99.9", test_far_out) ||
           !CU_add_test(s, "request by request", test_fates);
}
