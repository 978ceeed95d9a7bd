/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Health checks, ejection, breaker and slow start: worked examples, borders, and random sequences
 * against a second implementation. Where something is drawn the seed is fixed, and the bounds are
 * five standard deviations off: a false alarm has probability below 1e-6. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>

#include "models/mechanism/breaker.h"
#include "models/mechanism/health.h"
#include "models/mechanism/slow_start.h"
#include "tests/unit/naive_outlier.h"

int suite_mechanism_health(void);

#define SECOND  INT64_C(1000000000)
#define HUNDRED INT64_C(100000000000000000) /* ns: the longest span */

/* ---- Health checks. */

static void test_rise_and_fall(void)
{
    const struct health_spec spec = { .rise = 2, .fall = 3 };
    struct health health = { 0 };

    CU_ASSERT_FALSE(health_checked(&health, &spec, false));
    CU_ASSERT_FALSE(health_checked(&health, &spec, false));
    CU_ASSERT_FALSE(health_checked(&health, &spec, true)); /* the run is broken */
    CU_ASSERT_FALSE(health_checked(&health, &spec, false));
    CU_ASSERT_FALSE(health_checked(&health, &spec, false));
    CU_ASSERT_FALSE(health.down);
    CU_ASSERT_TRUE(health_checked(&health, &spec, false));
    CU_ASSERT_TRUE(health.down);
    CU_ASSERT_FALSE(health_checked(&health, &spec, true));
    CU_ASSERT_FALSE(health_checked(&health, &spec, false));
    CU_ASSERT_FALSE(health_checked(&health, &spec, true));
    CU_ASSERT_TRUE(health_checked(&health, &spec, true));
    CU_ASSERT_FALSE(health.down);
}

static void test_first_decides(void)
{
    const struct health_spec spec = { .rise = 2, .fall = 3, .first_decides = true };
    struct health bad = { 0 }, good = { 0 };

    CU_ASSERT_TRUE(health_checked(&bad, &spec, false));
    CU_ASSERT_TRUE(bad.down);
    CU_ASSERT_FALSE(health_checked(&bad, &spec, true)); /* only the first does */
    CU_ASSERT_FALSE(health_checked(&good, &spec, true));
    CU_ASSERT_FALSE(health_checked(&good, &spec, false));
    CU_ASSERT_FALSE(good.down);
}

/* The verdict changes when all of the last `fall` or `rise` results, since it last did, speak
 * against it. */
static void test_health_against_history(void)
{
    const struct health_spec spec = { .rise = 2, .fall = 3 };
    struct lb_random random = { 11 };
    struct health health = { 0 };
    bool down = false, history[2000];
    int i, since = 0, changes = 0;

    for (i = 0; i < 2000; i++) {
        const int need = down ? 2 : 3;
        int against = 0, k;

        history[i] = lb_below(&random, 2);
        for (k = i; k > i - need && k >= since; k--)
            against += history[k] == down;
        CU_ASSERT_EQUAL(health_checked(&health, &spec, history[i]), against == need);
        if (against == need) {
            down = !down;
            since = i + 1;
            changes++;
        }
        CU_ASSERT_EQUAL(health.down, down);
    }
    CU_ASSERT_TRUE(changes > 100);
}

static void test_when_checked(void)
{
    struct health_spec spec = { .interval = 10 * SECOND, .rise = 2, .fall = 3 };
    struct health health = { 0 };
    struct lb_random random = { 12 };
    double sum = 0.0;
    int i;

    for (i = 0; i < 10000; i++) {
        const lb_time next = health_next(&health, &spec, &random);

        CU_ASSERT_TRUE(next >= 0 && next < spec.interval);
        sum += (double)next;
    }
    CU_ASSERT_DOUBLE_EQUAL(sum / 10000.0, 5e9, 5.0 * 1e10 / sqrt(12.0 * 10000.0));
    health.known = true;
    CU_ASSERT_EQUAL(health_next(&health, &spec, &random), spec.interval);
    health.run = 1; /* neither fast nor down is given */
    CU_ASSERT_EQUAL(health_next(&health, &spec, &random), spec.interval);
    spec.fast = SECOND;
    spec.down = 30 * SECOND;
    CU_ASSERT_EQUAL(health_next(&health, &spec, &random), spec.fast);
    health.down = true;
    CU_ASSERT_EQUAL(health_next(&health, &spec, &random), spec.fast);
    health.run = 0;
    CU_ASSERT_EQUAL(health_next(&health, &spec, &random), spec.down);
}

static void test_jitter(void)
{
    const struct health_spec spec = { .interval = 10 * SECOND, .jitter = 0.2 };
    const struct health_spec whole = { .interval = 1, .jitter = 1.0 };
    const struct health health = { .known = true };
    struct lb_random random = { 13 };
    lb_time least = INT64_MAX, most = 0;
    double sum = 0.0;
    int i;

    for (i = 0; i < 10000; i++) {
        const lb_time next = health_next(&health, &spec, &random);

        least = next < least ? next : least;
        most = next > most ? next : most;
        sum += (double)next;
        CU_ASSERT_TRUE(health_next(&health, &whole, &random) >= 1);
    }
    CU_ASSERT_TRUE(least >= 8 * SECOND && least < 8 * SECOND + SECOND / 50);
    CU_ASSERT_TRUE(most <= 12 * SECOND && most > 12 * SECOND - SECOND / 50);
    CU_ASSERT_DOUBLE_EQUAL(sum / 10000.0, 1e10, 5.0 * 4e9 / sqrt(12.0 * 10000.0));
}

/* ---- Envoy and gRPC. */

static struct outlier_spec envoy(void)
{
    struct outlier_spec spec = { .rule = OUTLIER_ENVOY,
                                 .consecutive = 5,
                                 .interval = 10 * SECOND,
                                 .ejection = 30 * SECOND,
                                 .most_ejection = 300 * SECOND,
                                 .most_ejected = 0.1,
                                 .enforced = 1.0 };

    spec.success_rate.factor = 1.9;
    spec.success_rate.enforced = 1.0;
    spec.success_rate.least_hosts = 5;
    spec.success_rate.least_requests = 100;
    spec.failure_percentage.threshold = NAN;
    spec.latency.factor = NAN;
    return spec;
}

/* A set of seats with what it is told. */
struct bench {
    struct outlier_spec spec;
    struct outlier_seat seat[NAIVE_MOST];
    struct outlier outlier;
    struct lb_random random;
    lb_server changed[NAIVE_MOST];
};

static void begin(struct bench *b, uint32_t n)
{
    outlier_open(&b->outlier, &b->spec, b->seat, n);
    b->random.state = 14;
}

static enum outlier_action tell(struct bench *b, lb_server s, bool failed, lb_time now)
{
    return outlier_done(&b->outlier, s, failed, SECOND, &b->random, now);
}

static void tell_many(struct bench *b, lb_server s, uint32_t good, uint32_t bad, lb_time latency)
{
    uint32_t i;

    for (i = 0; i < bad || i < good; i++) {
        if (i < bad)
            outlier_done(&b->outlier, s, true, latency, &b->random, 0);
        if (i < good)
            outlier_done(&b->outlier, s, false, latency, &b->random, 0);
    }
}

static uint32_t tick(struct bench *b, lb_time now)
{
    return outlier_tick(&b->outlier, &b->random, b->changed, now);
}

/* Fails it until it is out; then lets time go by until it is in. For how long was it out? */
static lb_time out_for(struct bench *b, lb_server s, lb_time *now)
{
    const lb_time from = *now;
    int failures = 0;

    while (tell(b, s, true, from) == OUTLIER_NOTHING && failures < 100)
        failures++;
    CU_ASSERT_EQUAL(failures, 4);
    CU_ASSERT_FALSE(outlier_allows(&b->outlier, s));
    while (!outlier_allows(&b->outlier, s) && outlier_due(&b->outlier) < from + 1000 * SECOND) {
        *now = outlier_due(&b->outlier);
        tick(b, *now);
    }
    return *now - from;
}

static void test_longer_and_longer(void)
{
    static const int expected[] = { 30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300 };
    struct bench b = { .spec = envoy() };
    lb_time now = 0;
    size_t i;

    begin(&b, 10);
    for (i = 0; i < sizeof expected / sizeof expected[0]; i++)
        CU_ASSERT_EQUAL(out_for(&b, 3, &now), expected[i] * SECOND);
    CU_ASSERT_EQUAL(b.seat[3].times, 11); /* Envoy counts one past the longest */
    now += 1;                             /* just missed a sweep */
    CU_ASSERT_EQUAL(out_for(&b, 3, &now), 310 * SECOND - 1);
}

static void test_forgiven_in_time(void)
{
    struct bench b = { .spec = envoy() };
    lb_time now = 0;
    uint32_t left;

    begin(&b, 10);
    out_for(&b, 3, &now);
    out_for(&b, 3, &now);
    out_for(&b, 3, &now);
    for (left = 3; left > 0; left--) {
        CU_ASSERT_EQUAL(b.seat[3].times, left);
        now = outlier_due(&b.outlier);
        CU_ASSERT_EQUAL(tick(&b, now), 0);
    }
    CU_ASSERT_EQUAL(b.seat[3].times, 0);
    CU_ASSERT_EQUAL(out_for(&b, 3, &now), 30 * SECOND);
}

static void test_a_success_between(void)
{
    struct bench b = { .spec = envoy() };
    int i;

    begin(&b, 10);
    for (i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(tell(&b, 0, i % 5 != 4, 0), OUTLIER_NOTHING);
    for (i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(tell(&b, 0, true, 0), OUTLIER_NOTHING);
    CU_ASSERT_EQUAL(tell(&b, 0, true, 0), OUTLIER_EJECTED);
    CU_ASSERT_EQUAL(tell(&b, 0, true, 0), OUTLIER_NOTHING); /* it is out already */
}

/* How many of n that always fail are out at once. */
static uint32_t out_of(struct outlier_spec spec, uint32_t n)
{
    struct bench b = { .spec = spec };
    uint32_t i, out = 0;

    begin(&b, n);
    for (i = 0; i < 20 * n; i++)
        tell(&b, i % n, true, 0);
    if (spec.rule == OUTLIER_GRPC)
        tick(&b, spec.interval);
    for (i = 0; i < n; i++)
        out += !outlier_allows(&b.outlier, i);
    CU_ASSERT_EQUAL(out, b.outlier.out);
    return out;
}

static void test_most_ejected(void)
{
    struct outlier_spec spec = envoy();

    CU_ASSERT_EQUAL(out_of(spec, 10), 1);
    CU_ASSERT_EQUAL(out_of(spec, 15), 1);
    CU_ASSERT_EQUAL(out_of(spec, 9), 0);
    spec.at_least_one = true;
    CU_ASSERT_EQUAL(out_of(spec, 9), 1);
    spec.most_ejected = 0.5;
    CU_ASSERT_EQUAL(out_of(spec, 10), 5);
    spec.most_ejected = NAN;
    CU_ASSERT_EQUAL(out_of(spec, 10), 10);
    spec = envoy();
    spec.rule = OUTLIER_GRPC;
    spec.failure_percentage.threshold = 0.85;
    spec.failure_percentage.enforced = 1.0;
    CU_ASSERT_EQUAL(out_of(spec, 10), 1);
    CU_ASSERT_EQUAL(out_of(spec, 9), 1); /* it looks before it ejects, not at what will be */
    CU_ASSERT_EQUAL(out_of(spec, 15), 2);
    spec.most_ejected = 0.0;
    CU_ASSERT_EQUAL(out_of(spec, 10), 0);
}

static void test_enforced(void)
{
    struct bench b = { .spec = envoy() };
    int i, out = 0;

    b.spec.enforced = 0.3;
    for (i = 0; i < 2000; i++) {
        struct lb_random random = { (uint64_t)i };
        int k;

        outlier_open(&b.outlier, &b.spec, b.seat, 10);
        for (k = 0; k < 5; k++)
            outlier_done(&b.outlier, 0, true, SECOND, &random, 0);
        out += !outlier_allows(&b.outlier, 0);
    }
    CU_ASSERT_DOUBLE_EQUAL(out / 2000.0, 0.3, 5.0 * sqrt(0.3 * 0.7 / 2000.0));
    b.spec.enforced = 0.0;
    CU_ASSERT_EQUAL(out_of(b.spec, 10), 0);
}

static void test_check_passed(void)
{
    struct bench b = { .spec = envoy() };
    lb_time now = 0;

    begin(&b, 10);
    CU_ASSERT_FALSE(outlier_check_passed(&b.outlier, 2, 0));
    while (tell(&b, 2, true, SECOND) == OUTLIER_NOTHING)
        ;
    CU_ASSERT_TRUE(outlier_check_passed(&b.outlier, 2, 4 * SECOND));
    CU_ASSERT_TRUE(outlier_allows(&b.outlier, 2));
    CU_ASSERT_EQUAL(b.outlier.out, 0);
    CU_ASSERT_EQUAL(tick(&b, 10 * SECOND), 0);
    CU_ASSERT_EQUAL(b.seat[2].times, 1); /* not in for an interval yet */
    now = 10 * SECOND;
    CU_ASSERT_EQUAL(out_for(&b, 2, &now), 60 * SECOND);
    b.spec.rule = OUTLIER_GRPC;
    b.seat[2].out = true;
    CU_ASSERT_FALSE(outlier_check_passed(&b.outlier, 2, now));
}

/* Five servers, one of which is worse: its rate is 2 standard deviations below the mean, however
 * bad it is. Four: sqrt(3), and nobody can be out by a factor of 1.9. */
static void test_success_rate(void)
{
    struct bench b = { .spec = envoy() };
    const struct {
        double factor;
        uint32_t n, requests, out;
    } cases[] = {
        { 1.9, 5, 100, 1 }, { 2.0, 5, 100, 0 }, { 2.1, 5, 100, 0 },  { 1.9, 4, 100, 0 },
        { 1.7, 4, 100, 0 }, { 1.9, 5, 99, 0 },  { 1.9, 16, 100, 1 }, { 3.9, 16, 100, 0 }
    };
    size_t k;
    uint32_t i;

    b.spec.most_ejected = 1.0;
    b.spec.consecutive = 0;
    for (k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        b.spec.success_rate.factor = cases[k].factor;
        begin(&b, cases[k].n);
        for (i = 0; i < cases[k].n; i++)
            tell_many(&b, i, cases[k].requests - (i == 1 ? 50 : 0), i == 1 ? 50 : 0, 1);
        CU_ASSERT_EQUAL(tick(&b, 10 * SECOND), cases[k].out);
        CU_ASSERT_EQUAL(outlier_allows(&b.outlier, 1), cases[k].out == 0);
    }
}

/* All alike are never out, whatever the rounding of their mean. */
static void test_all_alike(void)
{
    struct bench b = { .spec = envoy() };
    uint32_t i, bad;

    b.spec.most_ejected = 1.0;
    b.spec.consecutive = 0;
    b.spec.success_rate.factor = 0.1;
    for (bad = 1; bad < 100; bad++) {
        begin(&b, 11);
        for (i = 0; i < 11; i++)
            tell_many(&b, i, 107 - bad, bad, 1);
        CU_ASSERT_EQUAL(tick(&b, 10 * SECOND), 0);
    }
}

static void test_failure_percentage(void)
{
    const struct {
        enum outlier_rule rule;
        uint32_t bad, requests, n, out;
    } cases[] = { { OUTLIER_ENVOY, 85, 100, 5, 5 }, { OUTLIER_ENVOY, 84, 100, 5, 0 },
                  { OUTLIER_GRPC, 85, 100, 5, 0 },  { OUTLIER_GRPC, 86, 100, 5, 5 },
                  { OUTLIER_ENVOY, 49, 49, 5, 0 },  { OUTLIER_ENVOY, 50, 50, 5, 5 },
                  { OUTLIER_ENVOY, 100, 100, 4, 0 } };
    struct bench b = { .spec = envoy() };
    size_t k;
    uint32_t i;

    b.spec.most_ejected = 1.0;
    b.spec.consecutive = 0;
    b.spec.success_rate.factor = NAN;
    b.spec.failure_percentage.threshold = 0.85;
    b.spec.failure_percentage.enforced = 1.0;
    b.spec.failure_percentage.least_hosts = 5;
    b.spec.failure_percentage.least_requests = 50;
    for (k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        b.spec.rule = cases[k].rule;
        begin(&b, cases[k].n);
        for (i = 0; i < cases[k].n; i++)
            tell_many(&b, i, cases[k].requests - cases[k].bad, cases[k].bad, 1);
        CU_ASSERT_EQUAL(tick(&b, 10 * SECOND), cases[k].out);
    }
}

/* Means of 1 .. n - 1 ms and one of `slow`: the median is known. */
static uint32_t slow_ones(uint32_t n, lb_time slow, uint32_t requests, uint32_t least_hosts)
{
    struct bench b = { .spec = envoy() };
    uint32_t i;

    b.spec.most_ejected = 1.0;
    b.spec.success_rate.factor = NAN;
    b.spec.latency.factor = 3.0;
    b.spec.latency.least_hosts = least_hosts;
    b.spec.latency.least_requests = 10;
    begin(&b, n);
    for (i = 0; i < n; i++)
        tell_many(&b, (i * 5 + 3) % n, requests, 0, i == 0 ? slow : (lb_time)i * 1000000);
    tell_many(&b, 3, 0, 4, HUNDRED); /* failures are not timed */
    return tick(&b, 10 * SECOND) ? 1 + b.changed[0] : 0;
}

static void test_latency(void)
{
    CU_ASSERT_EQUAL(slow_ones(7, 12000000, 10, 5), 0); /* median 4 ms: at the border */
    CU_ASSERT_EQUAL(slow_ones(7, 12000001, 10, 5), 1 + 3);
    CU_ASSERT_EQUAL(slow_ones(8, 13500000, 10, 5), 0); /* 4.5 ms */
    CU_ASSERT_EQUAL(slow_ones(8, 13500001, 10, 5), 1 + 3);
    CU_ASSERT_EQUAL(slow_ones(8, HUNDRED, 9, 5), 0);
    CU_ASSERT_EQUAL(slow_ones(8, HUNDRED, 10, 9), 0);
    CU_ASSERT_EQUAL(slow_ones(16, 25500001, 10, 5), 1 + 3);
    CU_ASSERT_EQUAL(slow_ones(16, 25500000, 10, 5), 0);
}

static int ascending(const void *a, const void *b)
{
    const lb_time x = *(const lb_time *)a, y = *(const lb_time *)b;

    return (x > y) - (x < y);
}

/* Everyone above the median by sorting is out by a factor of 1; in each interval anew. */
static void test_median(void)
{
    struct bench b = { .spec = envoy() };
    struct lb_random random = { 15 };
    lb_time latency[NAIVE_MOST], sorted[NAIVE_MOST], now = 0;
    uint32_t i, n, round;
    int differ = 0;

    b.spec.most_ejected = 1.0;
    b.spec.success_rate.factor = NAN;
    b.spec.latency.factor = 1.0;
    b.spec.ejection = b.spec.most_ejection = SECOND;
    for (round = 0; round < 3000; round++) {
        n = 1 + round / 200;
        if (round % 200 == 0) {
            begin(&b, n);
            now = 0;
        }
        for (i = 0; i < n; i++) {
            sorted[i] = latency[i] = 2 * (1 + (lb_time)lb_below(&random, 1 + round % 50));
            outlier_done(&b.outlier, i, false, latency[i], &b.random, now);
        }
        qsort(sorted, n, sizeof *sorted, ascending);
        tick(&b, now += 10 * SECOND);
        for (i = 0; i < n; i++)
            differ += outlier_allows(&b.outlier, i) ==
                      (2 * latency[i] > sorted[n / 2] + sorted[(n - 1) / 2]);
    }
    CU_ASSERT_EQUAL(differ, 0);
}

/* One is out by its success rate; the other by its failures, of which five must tell: the first
 * still does. */
static void test_both_passes(void)
{
    static const uint32_t bad[] = { 100, 90, 0, 0, 0 };
    struct bench b = { .spec = envoy() };
    uint32_t i;
    int above;

    b.spec.most_ejected = 1.0;
    b.spec.consecutive = 0;
    b.spec.success_rate.factor = 1.2;
    b.spec.failure_percentage.least_hosts = 5;
    b.spec.failure_percentage.enforced = 1.0;
    for (above = 0; above < 2; above++) {
        b.spec.failure_percentage.threshold = above ? 0.91 : 0.9;
        begin(&b, 5);
        for (i = 0; i < 5; i++)
            tell_many(&b, i, 100 - bad[i], bad[i], 1);
        tick(&b, 10 * SECOND);
        CU_ASSERT_FALSE(outlier_allows(&b.outlier, 0));
        CU_ASSERT_EQUAL(outlier_allows(&b.outlier, 1), above);
    }
}

/* Who comes in again needs all the failures anew. */
static void test_forgets_failures(void)
{
    struct bench b = { .spec = envoy() };
    uint32_t i;

    begin(&b, 10);
    for (i = 0; i < 10; i++)
        tell_many(&b, i, i == 4 ? 0 : 100, 0, 1);
    b.spec.consecutive = 105;
    tell_many(&b, 4, 0, 104, 1);
    CU_ASSERT_EQUAL(tick(&b, 10 * SECOND), 1); /* by its success rate */
    CU_ASSERT_EQUAL(tick(&b, 40 * SECOND), 1);
    for (i = 0; i < 104; i++)
        CU_ASSERT_EQUAL(tell(&b, 4, true, 41 * SECOND), OUTLIER_NOTHING);
    CU_ASSERT_EQUAL(tell(&b, 4, true, 41 * SECOND), OUTLIER_EJECTED);
}

static void test_clock_jumps(void)
{
    struct bench b = { .spec = envoy() };
    lb_time now = 0;

    begin(&b, 10);
    out_for(&b, 0, &now);
    out_for(&b, 0, &now);
    CU_ASSERT_EQUAL(now, 90 * SECOND);
    CU_ASSERT_EQUAL(tick(&b, 99 * SECOND), 0);
    CU_ASSERT_EQUAL(outlier_due(&b.outlier), 100 * SECOND);
    tick(&b, 115 * SECOND);
    CU_ASSERT_EQUAL(b.seat[0].times, 0); /* healthy for two intervals */
    CU_ASSERT_EQUAL(outlier_due(&b.outlier), 120 * SECOND);
    while (tell(&b, 0, true, 116 * SECOND) == OUTLIER_NOTHING)
        ;
    CU_ASSERT_EQUAL(tick(&b, HUNDRED), 1);
    CU_ASSERT_TRUE(outlier_allows(&b.outlier, 0));
    CU_ASSERT_TRUE(outlier_due(&b.outlier) > HUNDRED &&
                   outlier_due(&b.outlier) <= HUNDRED + 10 * SECOND);
    b.spec.interval = INT64_MAX / 2 + 10;
    b.spec.ejection = INT64_MAX - 5;
    begin(&b, 10);
    while (tell(&b, 0, true, 116) == OUTLIER_NOTHING)
        ;
    CU_ASSERT_EQUAL(b.seat[0].until, LB_NEVER);
    tick(&b, INT64_MAX / 2 + 20);
    CU_ASSERT_EQUAL(outlier_due(&b.outlier), LB_NEVER);
}

/* Without intervals an ejection ends to the nanosecond. */
static void test_no_interval(void)
{
    struct bench b = { .spec = envoy() };

    b.spec.interval = 0;
    begin(&b, 10);
    CU_ASSERT_EQUAL(outlier_due(&b.outlier), LB_NEVER);
    while (tell(&b, 7, true, 123) == OUTLIER_NOTHING)
        ;
    CU_ASSERT_EQUAL(outlier_due(&b.outlier), 123 + 30 * SECOND);
    CU_ASSERT_EQUAL(tick(&b, 122 + 30 * SECOND), 0);
    CU_ASSERT_EQUAL(tick(&b, 123 + 30 * SECOND), 1);
    CU_ASSERT_EQUAL(b.changed[0], 7);
    CU_ASSERT_EQUAL(outlier_due(&b.outlier), LB_NEVER);
}

/* Servers are good and bad by turns; answers come at random, also from who is out. */
static void against_naive(struct outlier_spec spec, uint64_t seed)
{
    struct bench b = { .spec = spec };
    struct naive_detector naive = { .spec = &b.spec, .n = 11 };
    struct lb_random random = { seed };
    double failing[NAIVE_MOST] = { 0 };
    lb_time now = 0;
    int i, ejections = 0, changes = 0, differ = 0;

    begin(&b, naive.n);
    for (i = 0; i < 400000; i++) {
        const lb_server s = lb_below(&random, naive.n);
        uint32_t k;
        bool failed;

        now += lb_below(&random, 20) * SECOND / 400;
        while (outlier_due(&b.outlier) <= now) {
            const lb_time at = outlier_due(&b.outlier);

            changes += (int)tick(&b, at);
            naive_sweep(&naive, at);
        }
        if (lb_below(&random, 500) == 0)
            failing[s] = failing[s] > 0.0 ? 0.0 : lb_unit(&random);
        failed = lb_unit(&random) < failing[s];
        ejections += tell(&b, s, failed, now) == OUTLIER_EJECTED;
        naive_done(&naive, s, failed, now);
        for (k = 0; k < naive.n; k++)
            differ += naive.host[k].out == outlier_allows(&b.outlier, k) ||
                      naive.host[k].backoff != b.seat[k].times;
    }
    CU_ASSERT_EQUAL(differ, 0);
    CU_ASSERT_TRUE(spec.rule == OUTLIER_GRPC ? ejections == 0 : ejections > 20);
    CU_ASSERT_TRUE(changes > 50);
}

static void test_against_naive(void)
{
    struct outlier_spec spec = envoy();

    spec.most_ejected = 0.3;
    spec.success_rate.least_requests = spec.failure_percentage.least_requests = 20;
    spec.failure_percentage.threshold = 0.85;
    spec.failure_percentage.enforced = 1.0;
    spec.failure_percentage.least_hosts = 6;
    spec.most_ejection = 100 * SECOND;
    against_naive(spec, 21);
    spec.success_rate.factor = 1.2;
    against_naive(spec, 22);
    spec.rule = OUTLIER_GRPC;
    against_naive(spec, 23);
    spec.at_least_one = true;
    spec.most_ejected = 0.0;
    against_naive(spec, 24);
}

/* ---- nginx and HAProxy. */

static struct outlier_spec nginx(uint32_t max_fails)
{
    return (struct outlier_spec) { .rule = OUTLIER_NGINX,
                                   .consecutive = max_fails,
                                   .ejection = 10 * SECOND };
}

static void test_nginx(void)
{
    struct bench b = { .spec = nginx(1) };
    const lb_time over = 11 * SECOND + 1;

    begin(&b, 2);
    outlier_sent(&b.outlier, 0, SECOND / 2);
    CU_ASSERT_EQUAL(tell(&b, 0, true, SECOND), OUTLIER_EJECTED);
    CU_ASSERT_FALSE(outlier_allows(&b.outlier, 0));
    CU_ASSERT_EQUAL(tell(&b, 0, false, 2 * SECOND), OUTLIER_NOTHING); /* sent before */
    CU_ASSERT_EQUAL(outlier_due(&b.outlier), over);
    CU_ASSERT_EQUAL(tick(&b, over - 1), 0);
    CU_ASSERT_EQUAL(tick(&b, over), 1);
    CU_ASSERT_TRUE(outlier_allows(&b.outlier, 0));
    outlier_sent(&b.outlier, 0, over);
    CU_ASSERT_FALSE(outlier_allows(&b.outlier, 0)); /* one at a time */
    CU_ASSERT_EQUAL(tell(&b, 0, true, over + SECOND), OUTLIER_NOTHING);
    CU_ASSERT_EQUAL(tick(&b, over + 10 * SECOND + 1), 0); /* the period began anew */
    CU_ASSERT_EQUAL(tick(&b, over + 11 * SECOND + 1), 1);
    outlier_sent(&b.outlier, 0, 30 * SECOND);
    CU_ASSERT_EQUAL(tell(&b, 0, false, 31 * SECOND), OUTLIER_RETURNED);
    CU_ASSERT_TRUE(outlier_allows(&b.outlier, 0));
    CU_ASSERT_EQUAL(b.outlier.out, 0);
}

/* The deciding request is lost: after fail_timeout the next one is let through. */
static void test_nginx_lost_trial(void)
{
    struct bench b = { .spec = nginx(1) };

    begin(&b, 2);
    tell(&b, 1, true, 0);
    CU_ASSERT_EQUAL(tick(&b, 10 * SECOND + 1), 1);
    outlier_sent(&b.outlier, 1, 12 * SECOND);
    CU_ASSERT_EQUAL(outlier_due(&b.outlier), 22 * SECOND + 1);
    CU_ASSERT_EQUAL(tick(&b, 22 * SECOND + 1), 1);
    CU_ASSERT_TRUE(outlier_allows(&b.outlier, 1));
}

/* A failure counts until a success that was sent more than fail_timeout later. */
static void test_nginx_counts(void)
{
    int late;

    for (late = 0; late < 2; late++) {
        struct bench b = { .spec = nginx(2) };

        begin(&b, 2);
        CU_ASSERT_EQUAL(tell(&b, 0, true, SECOND), OUTLIER_NOTHING);
        outlier_sent(&b.outlier, 0, 11 * SECOND + late);
        CU_ASSERT_EQUAL(tell(&b, 0, false, 12 * SECOND), OUTLIER_NOTHING);
        CU_ASSERT_EQUAL(tell(&b, 0, true, 13 * SECOND), late ? OUTLIER_NOTHING : OUTLIER_EJECTED);
    }
}

static void test_nginx_alone_or_off(void)
{
    struct bench b = { .spec = nginx(1) };
    int i;

    begin(&b, 1);
    for (i = 0; i < 10; i++)
        CU_ASSERT_EQUAL(tell(&b, 0, true, i), OUTLIER_NOTHING);
    b.spec = nginx(0);
    begin(&b, 5);
    for (i = 0; i < 10; i++)
        CU_ASSERT_EQUAL(tell(&b, 0, true, i), OUTLIER_NOTHING);
}

static void nginx_against_naive(uint32_t max_fails, uint64_t seed)
{
    struct bench b = { .spec = nginx(max_fails) };
    struct naive_peer peer[5] = { 0 };
    struct lb_random random = { seed };
    double failing[5] = { 0 };
    lb_time now = 0;
    int i, differ = 0, out = 0;

    begin(&b, 5);
    for (i = 0; i < 50000; i++) {
        const uint32_t s = lb_below(&random, 5);

        now += 1 + lb_below(&random, 2) * lb_below(&random, 4000000) * 1000;
        if (outlier_due(&b.outlier) <= now)
            tick(&b, now);
        differ += outlier_allows(&b.outlier, s) != naive_peer_allows(&peer[s], &b.spec, now);
        out += !outlier_allows(&b.outlier, s);
        if (lb_below(&random, 50) == 0)
            failing[s] = failing[s] > 0.0 ? 0.0 : lb_unit(&random);
        if (lb_below(&random, 2)) {
            const bool failed = lb_unit(&random) < failing[s];

            tell(&b, s, failed, now);
            naive_peer_done(&peer[s], failed, now);
        } else if (outlier_allows(&b.outlier, s)) {
            outlier_sent(&b.outlier, s, now);
            naive_peer_sent(&peer[s], &b.spec, now);
        }
    }
    CU_ASSERT_EQUAL(differ, 0);
    CU_ASSERT_TRUE(out > 1000 && out < 49000);
}

static void test_nginx_against_naive(void)
{
    nginx_against_naive(1, 31);
    nginx_against_naive(3, 32);
}

static void test_haproxy(void)
{
    struct bench b = { .spec = { .rule = OUTLIER_HAPROXY, .consecutive = 10 } };
    int i;

    begin(&b, 3);
    for (i = 1; i <= 30; i++)
        CU_ASSERT_EQUAL(tell(&b, 0, true, i), i % 10 ? OUTLIER_NOTHING : OUTLIER_FAILED_CHECK);
    for (i = 1; i <= 30; i++)
        CU_ASSERT_EQUAL(tell(&b, 0, i % 10 != 0, i), OUTLIER_NOTHING);
    CU_ASSERT_TRUE(outlier_allows(&b.outlier, 0));
    CU_ASSERT_EQUAL(outlier_due(&b.outlier), LB_NEVER);
    b.spec.ejection = 5 * SECOND;
    begin(&b, 3);
    for (i = 1; i < 10; i++)
        CU_ASSERT_EQUAL(tell(&b, 2, true, 0), OUTLIER_NOTHING);
    CU_ASSERT_EQUAL(tell(&b, 2, true, 0), OUTLIER_EJECTED);
    CU_ASSERT_EQUAL(tick(&b, 5 * SECOND - 1), 0);
    CU_ASSERT_EQUAL(tick(&b, 5 * SECOND), 1);
    CU_ASSERT_EQUAL(b.changed[0], 2);
}

/* ---- The breaker. */

static struct breaker_spec breaker_spec(void)
{
    return (struct breaker_spec) { .errors = 0.3,
                                   .least_requests = 10,
                                   .window = 10 * SECOND,
                                   .open = 5 * SECOND,
                                   .half_open = 2 };
}

/* Opens at 1 s: 3 of 10, the last a failure. */
static void open_breaker(struct breaker *breaker, const struct breaker_spec *spec)
{
    int i;

    *breaker = (struct breaker) { 0 };
    for (i = 0; i < 9; i++)
        CU_ASSERT_FALSE(breaker_done(breaker, spec, i < 2, false, SECOND));
    CU_ASSERT_TRUE(breaker_allows(breaker, spec, SECOND));
    CU_ASSERT_FALSE(breaker_done(breaker, spec, true, true, SECOND)); /* cancelled */
    CU_ASSERT_TRUE(breaker_done(breaker, spec, true, false, SECOND));
    CU_ASSERT_EQUAL(breaker->state, BREAKER_OPEN);
}

static void test_breaker_closes(void)
{
    const struct breaker_spec spec = breaker_spec();
    struct breaker breaker;
    int i;

    open_breaker(&breaker, &spec);
    CU_ASSERT_FALSE(breaker_done(&breaker, &spec, false, false, 2 * SECOND)); /* too late */
    CU_ASSERT_FALSE(breaker_allows(&breaker, &spec, 6 * SECOND - 1));
    CU_ASSERT_TRUE(breaker_allows(&breaker, &spec, 6 * SECOND));
    CU_ASSERT_FALSE(breaker_done(&breaker, &spec, true, false, 6 * SECOND)); /* sent before */
    breaker_sent(&breaker, &spec, 6 * SECOND);
    CU_ASSERT_TRUE(breaker_allows(&breaker, &spec, 6 * SECOND));
    breaker_sent(&breaker, &spec, 6 * SECOND);
    CU_ASSERT_FALSE(breaker_allows(&breaker, &spec, 6 * SECOND));
    CU_ASSERT_FALSE(breaker_done(&breaker, &spec, false, true, 6 * SECOND));
    CU_ASSERT_TRUE(breaker_allows(&breaker, &spec, 6 * SECOND)); /* a cancelled one frees */
    breaker_sent(&breaker, &spec, 6 * SECOND);
    CU_ASSERT_FALSE(breaker_done(&breaker, &spec, false, false, 7 * SECOND));
    CU_ASSERT_TRUE(breaker_done(&breaker, &spec, false, false, 7 * SECOND));
    CU_ASSERT_EQUAL(breaker.state, BREAKER_CLOSED);
    for (i = 0; i < 9; i++) /* what was before is forgotten */
        CU_ASSERT_FALSE(breaker_done(&breaker, &spec, true, false, 7 * SECOND));
    CU_ASSERT_TRUE(breaker_done(&breaker, &spec, true, false, 7 * SECOND));
}

static void test_breaker_opens_again(void)
{
    const struct breaker_spec spec = breaker_spec();
    struct breaker breaker;

    open_breaker(&breaker, &spec);
    breaker_sent(&breaker, &spec, 8 * SECOND);
    breaker_sent(&breaker, &spec, 8 * SECOND);
    CU_ASSERT_FALSE(breaker_done(&breaker, &spec, false, false, 9 * SECOND));
    CU_ASSERT_TRUE(breaker_done(&breaker, &spec, true, false, 9 * SECOND));
    CU_ASSERT_FALSE(breaker_allows(&breaker, &spec, 14 * SECOND - 1));
    CU_ASSERT_TRUE(breaker_allows(&breaker, &spec, 14 * SECOND));
    breaker_sent(&breaker, &spec, 14 * SECOND);
    CU_ASSERT_FALSE(breaker_done(&breaker, &spec, false, false, 15 * SECOND)); /* 1 of 2 */
}

/* Against a list of all that has come back. */
static void test_breaker_window(void)
{
    const struct breaker_spec spec = breaker_spec();
    struct lb_random random = { 41 };
    int round, opened = 0, jumps = 0;

    for (round = 0; round < 300; round++) {
        struct breaker breaker = { 0 };
        bool failed[200];
        int64_t slot[200];
        lb_time now = lb_below(&random, 1000) * SECOND;
        int i, k;

        for (i = 0; i < 200 && breaker.state == BREAKER_CLOSED; i++) {
            int all = 0, bad = 0;

            now += lb_below(&random, 40) ? lb_below(&random, 1200) * SECOND / 1000
                                         : (8 + lb_below(&random, 5)) * SECOND;
            slot[i] = now / SECOND;
            failed[i] = lb_below(&random, 4) == 0;
            for (k = i; k >= 0 && slot[k] > slot[i] - 10; k--) {
                all++;
                bad += failed[k];
            }
            jumps += k >= 0;
            CU_ASSERT_EQUAL(breaker_done(&breaker, &spec, failed[i], false, now),
                            failed[i] && all >= 10 && 10 * bad >= 3 * all);
        }
        opened += breaker.state == BREAKER_OPEN;
    }
    CU_ASSERT_TRUE(opened > 100);
    CU_ASSERT_TRUE(jumps > 1000);
}

/* ---- Slow start. */

static void test_slow_start_envoy(void)
{
    const struct {
        double aggression, least;
        lb_time up;
        double share;
    } cases[] = {
        { 1.0, 0.1, 25 * SECOND, 0.25 },
        { 2.0, 0.1, 25 * SECOND, 0.5 },
        { 0.5, 0.0, 25 * SECOND, 0.0625 },
        { 0.5, 0.1, 25 * SECOND, 0.1 },
        { 1.0, 0.1, 0, 0.1 },
        { 1.0, 0.0, 0, 0.01 },
        { 1.0, 0.0, SECOND - 1, 0.01 },
        { 1.0, 0.0, 2 * SECOND, 0.02 },
        { 2.0, 0.0, 0, 0.1 },
        { 1.0, 0.1, 10 * SECOND, 0.1 },
        { 1.0, 0.1, 11 * SECOND, 0.11 },
        { 3.0, 0.1, 12500 * SECOND / 1000, 0.5 },
        { 1.5, 0.1, 50 * SECOND, 0.62996052494743658 },
        { 1.5, 0.1, 100 * SECOND, 1.0 },
        { 1e-9, 0.2, 99 * SECOND, 0.2 },
        { 1.0, 0.1, HUNDRED, 1.0 },
        { 1.0, 0.1, LB_NEVER, 1.0 },
    };
    struct slow_start_spec spec = { .window = 100 * SECOND, .kind = SLOW_START_ENVOY };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        spec.aggression = cases[i].aggression;
        spec.least = cases[i].least;
        CU_ASSERT_DOUBLE_EQUAL(slow_start_share(&spec, cases[i].up), cases[i].share, 1e-15);
    }
    spec.window = SECOND / 2; /* shorter than the least time */
    CU_ASSERT_EQUAL(slow_start_share(&spec, 0), 1.0);
}

static void test_slow_start_others(void)
{
    struct slow_start_spec spec = { .window = 16 * SECOND, .kind = SLOW_START_LINEAR };
    lb_time t;

    CU_ASSERT_EQUAL(slow_start_share(&spec, 0), 0.0);
    CU_ASSERT_EQUAL(slow_start_share(&spec, 4 * SECOND), 0.25);
    CU_ASSERT_EQUAL(slow_start_share(&spec, 16 * SECOND), 1.0);
    spec.kind = SLOW_START_HAPROXY;
    for (t = 0; t < 16; t++) {
        CU_ASSERT_EQUAL(slow_start_share(&spec, t * SECOND), (double)(t + 1) / 16.0);
        CU_ASSERT_EQUAL(slow_start_share(&spec, (t + 1) * SECOND - 1), (double)(t + 1) / 16.0);
    }
    CU_ASSERT_EQUAL(slow_start_share(&spec, 17 * SECOND), 1.0);
    spec.window = HUNDRED;
    CU_ASSERT_EQUAL(slow_start_share(&spec, HUNDRED / 2), 9.0 / 16.0);
    spec.window = 0;
    CU_ASSERT_EQUAL(slow_start_share(&spec, 0), 1.0);
}

int suite_mechanism_health(void)
{
    CU_pSuite suite = CU_add_suite("health, ejection, breaker, slow start", NULL, NULL);
    if (!suite || !CU_add_test(suite, "rise and fall", test_rise_and_fall) ||
        !CU_add_test(suite, "the first decides", test_first_decides) ||
        !CU_add_test(suite, "health against history", test_health_against_history) ||
        !CU_add_test(suite, "when to check", test_when_checked) ||
        !CU_add_test(suite, "jitter", test_jitter) ||
        !CU_add_test(suite, "longer and longer", test_longer_and_longer) ||
        !CU_add_test(suite, "forgiven in time", test_forgiven_in_time) ||
        !CU_add_test(suite, "a success between", test_a_success_between) ||
        !CU_add_test(suite, "most ejected", test_most_ejected) ||
        !CU_add_test(suite, "enforced", test_enforced) ||
        !CU_add_test(suite, "a check has passed", test_check_passed) ||
        !CU_add_test(suite, "success rate", test_success_rate) ||
        !CU_add_test(suite, "all alike", test_all_alike) ||
        !CU_add_test(suite, "failure percentage", test_failure_percentage) ||
        !CU_add_test(suite, "latency", test_latency) ||
        !CU_add_test(suite, "median", test_median) ||
        !CU_add_test(suite, "both passes", test_both_passes) ||
        !CU_add_test(suite, "forgets failures", test_forgets_failures) ||
        !CU_add_test(suite, "clock jumps", test_clock_jumps) ||
        !CU_add_test(suite, "no interval", test_no_interval) ||
        !CU_add_test(suite, "Envoy and gRPC against naive", test_against_naive) ||
        !CU_add_test(suite, "nginx", test_nginx) ||
        !CU_add_test(suite, "nginx, a lost trial", test_nginx_lost_trial) ||
        !CU_add_test(suite, "nginx counts", test_nginx_counts) ||
        !CU_add_test(suite, "nginx, alone or off", test_nginx_alone_or_off) ||
        !CU_add_test(suite, "nginx against naive", test_nginx_against_naive) ||
        !CU_add_test(suite, "HAProxy", test_haproxy) ||
        !CU_add_test(suite, "breaker closes", test_breaker_closes) ||
        !CU_add_test(suite, "breaker opens again", test_breaker_opens_again) ||
        !CU_add_test(suite, "breaker window", test_breaker_window) ||
        !CU_add_test(suite, "slow start, Envoy", test_slow_start_envoy) ||
        !CU_add_test(suite, "slow start, others", test_slow_start_others))
        return -1;
    return 0;
}
