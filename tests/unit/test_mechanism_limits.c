/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What turns requests away: rate limits, admission, adaptive concurrency, controlled delay. Worked
 * examples, laws, and random sequences against references that keep everything. Seeds are fixed; a
 * statistical check raises a false alarm with probability below 1e-6. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>

#include "models/mechanism/admission.h"
#include "models/mechanism/codel.h"
#include "models/mechanism/concurrency.h"
#include "models/mechanism/rate_limit.h"

int suite_mechanism_limits(void);

#define US INT64_C(1000)
#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

/* ---- Rate limits. */

/* Bursts and pauses: between two instants s <= t at most burst + rate (t - s) pass. */
static void check_bucket_law(double rate, double burst, lb_time start, uint64_t seed)
{
    enum { N = 20000 };
    struct rate_limit_spec spec = { .kind = RATE_LIMIT_BUCKET, .rate = rate, .burst = burst };
    struct lb_random dice = { seed };
    struct rate_limit limit;
    lb_time now = start, *passed = malloc(N * sizeof *passed);
    double least = INFINITY;
    int i, j, n = 0;

    CU_ASSERT_FATAL(passed != NULL);
    rate_limit_open(&limit, &spec);
    for (i = 0; i < N; i++) {
        double gap = lb_unit(&dice) * (lb_below(&dice, 500) ? 0.6e9 / rate : burst * 2e9 / rate);

        now += (lb_time)gap;
        if (rate_limit_take(&limit, now))
            passed[n++] = now;
    }
    for (i = 0; i < n; i++)
        for (j = i; j < n && j < i + 3000; j++) {
            double room = burst + rate * (double)(passed[j] - passed[i]) / 1e9 - (j - i + 1);

            least = room < least ? room : least;
        }
    CU_ASSERT_TRUE(n > N / 20 && n < N - N / 20);
    CU_ASSERT_TRUE(least > -1e-6 && least < 1.0);
    free(passed);
}

static void test_bucket_law(void)
{
    check_bucket_law(10.0, 1.0, 0, 1);
    check_bucket_law(5000.0, 500.0, 0, 2);
    check_bucket_law(0.37, 3.5, 0, 3);
    check_bucket_law(1e6 / 7.0, 20.0, INT64_C(90000000) * S, 4);
}

/* The generic cell rate algorithm in whole nanoseconds, burst = 1 + tau / T. */
static void test_bucket_is_gcra(void)
{
    static const lb_time spacing[] = { 1000, 4 * MS, 250 * MS, 2 * S };
    struct lb_random dice = { 5 };
    int k, i, burst, passed = 0;

    for (k = 0; k < 4; k++)
        for (burst = 1; burst < 40; burst += 6) {
            struct rate_limit_spec spec = { .kind = RATE_LIMIT_BUCKET,
                                            .rate = 1e9 / (double)spacing[k],
                                            .burst = burst };
            lb_time now = 0, due = 0, tau = (burst - 1) * spacing[k];
            struct rate_limit limit;

            rate_limit_open(&limit, &spec);
            for (i = 0; i < 20000; i++) {
                uint32_t most = lb_below(&dice, 300) ? 40 : 2000;
                bool may;

                now += lb_below(&dice, most) * spacing[k] / 40;
                may = due - now <= tau;
                CU_ASSERT_EQUAL_FATAL(rate_limit_take(&limit, now), may);
                if (may)
                    due = (due > now ? due : now) + spacing[k];
                passed += may;
            }
        }
    CU_ASSERT_TRUE(passed > 100000 && passed < 500000);
}

/* Ten million offers, ten a millisecond of which 7.3 pass, late in a long run: not one is lost. */
static void test_bucket_does_not_drift(void)
{
    struct rate_limit_spec spec = { .kind = RATE_LIMIT_BUCKET, .rate = 7300.0, .burst = 5.0 };
    const lb_time start = INT64_C(99000000) * S;
    struct rate_limit limit;
    int64_t i, passed = 0;

    rate_limit_open(&limit, &spec);
    for (i = 0; i <= 10000000; i++)
        passed += rate_limit_take(&limit, start + i * 100 * US);
    CU_ASSERT_EQUAL(passed, 7300 * 1000 + 5);
}

static int taken(struct rate_limit *limit, lb_time now)
{
    int n = 0;

    while (n < 1000 && rate_limit_take(limit, now))
        n++;
    return n;
}

static void test_fixed_window(void)
{
    struct rate_limit_spec spec = { .kind = RATE_LIMIT_FIXED_WINDOW, .rate = 6.0, .window = S / 2 };
    struct rate_limit limit;

    rate_limit_open(&limit, &spec);
    CU_ASSERT_EQUAL(taken(&limit, 499 * MS), 3);
    CU_ASSERT_EQUAL(taken(&limit, 500 * MS - 1), 0);
    CU_ASSERT_EQUAL(taken(&limit, 500 * MS), 3);
    CU_ASSERT_EQUAL(taken(&limit, 7 * S), 3);
}

/* 50 a minute; 42 in the last minute and 18 in this one, 15 s into it: .75 x 42 + 18 = 49.5, so no
 * more; at 16 s 30.8 + 18 = 48.8. (Cloudflare, "How we built rate limiting", 2017.) */
static void test_sliding_window(void)
{
    struct rate_limit_spec spec = { .kind = RATE_LIMIT_SLIDING_WINDOW,
                                    .rate = 50.0 / 60.0,
                                    .window = 60 * S };
    struct rate_limit limit;
    int i, n = 0;

    rate_limit_open(&limit, &spec);
    for (i = 0; i < 42; i++)
        n += rate_limit_take(&limit, (10 + i) * S);
    CU_ASSERT_EQUAL(n, 42);
    for (i = 0; i < 18; i++)
        n += rate_limit_take(&limit, 60 * S + 15 * S - 1);
    CU_ASSERT_EQUAL(n, 60);
    CU_ASSERT_EQUAL(taken(&limit, 75 * S), 0);
    CU_ASSERT_EQUAL(taken(&limit, 76 * S), 1);
    CU_ASSERT_EQUAL(taken(&limit, 179 * S), 49);
    CU_ASSERT_EQUAL(taken(&limit, 300 * S), 50);
}

static void test_windows_random(void)
{
    enum { N = 20000, MOST = 40 };
    struct rate_limit_spec spec = { .rate = 80.0, .window = S / 2 };
    int kind, i, j;

    for (kind = RATE_LIMIT_FIXED_WINDOW; kind <= RATE_LIMIT_SLIDING_WINDOW; kind++) {
        struct lb_random dice = { 6 };
        struct rate_limit limit;
        lb_time now = 0, *passed = malloc(N * sizeof *passed);
        int n = 0;

        CU_ASSERT_FATAL(passed != NULL);
        spec.kind = (enum rate_limit_kind)kind;
        rate_limit_open(&limit, &spec);
        for (i = 0; i < N; i++) {
            int64_t this_one = 0, last_one = 0, rest;
            bool may;

            now += lb_below(&dice, 400) ? lb_below(&dice, 16) * MS : lb_below(&dice, 1500) * MS;
            for (j = n - 1; j >= 0 && passed[j] / spec.window >= now / spec.window - 1; j--)
                *(passed[j] / spec.window == now / spec.window ? &this_one : &last_one) += 1;
            rest = kind == RATE_LIMIT_FIXED_WINDOW ? 0 : spec.window - now % spec.window;
            may = last_one * rest + (this_one + 1) * spec.window <= MOST * spec.window;
            CU_ASSERT_EQUAL_FATAL(rate_limit_take(&limit, now), may);
            if (may)
                passed[n++] = now;
        }
        CU_ASSERT_TRUE(n > N / 3 && n < N - N / 10);
        free(passed);
    }
}

/* ---- Admission. */

static void admit(struct admission *admission, int requests, int accepts, lb_time now)
{
    while (requests-- > 0)
        admission_came(admission, false, now);
    while (accepts-- > 0)
        admission_succeeded(admission, now);
}

static void test_admission_examples(void)
{
    struct admission_spec sre = { .kind = ADMISSION_SRE, .window = 120 * S, .k = 2.0 };
    struct admission_spec envoy = {
        .kind = ADMISSION_ENVOY, .window = 30 * S, .threshold = 0.95, .aggression = 1.0, .cap = 0.8
    };
    struct admission a;

    admission_open(&a, &sre);
    CU_ASSERT_EQUAL(admission_rejects(&a, 0), 0.0);
    admit(&a, 100, 50, S);
    CU_ASSERT_EQUAL(admission_rejects(&a, S), 0.0);
    admission_came(&a, true, 2 * S);
    CU_ASSERT_DOUBLE_EQUAL(admission_rejects(&a, 2 * S), 1.0 / 102.0, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(admission_rejects(&a, 120 * S - 1), 1.0 / 102.0, 1e-15);
    CU_ASSERT_EQUAL(admission_rejects(&a, 120 * S), 0.0);

    admission_open(&a, &envoy);
    admit(&a, 100, 76, S);
    admission_came(&a, true, S);
    CU_ASSERT_DOUBLE_EQUAL(admission_rejects(&a, S), 20.0 / 101.0, 1e-15);
    envoy.aggression = 2.0;
    CU_ASSERT_DOUBLE_EQUAL(admission_rejects(&a, S), sqrt(20.0 / 101.0), 1e-15);
    admit(&a, 1000, 0, 29 * S);
    CU_ASSERT_EQUAL(admission_rejects(&a, 29 * S), 0.8);
    CU_ASSERT_EQUAL(admission_rejects(&a, 60 * S), 0.0);
}

/* Against the list of all that happened, slots of a thirtieth of the window. */
static void test_admission_random(void)
{
    enum { N = 6000 };
    struct admission_spec spec = { .kind = ADMISSION_SRE, .window = 7 * S, .k = 1.5 };
    struct lb_random dice = { 7 };
    struct admission a;
    int64_t *slot = malloc(N * sizeof *slot), now = 0;
    bool *accept = malloc(N * sizeof *accept);
    int i, j, above = 0;

    CU_ASSERT_FATAL(slot != NULL && accept != NULL);
    admission_open(&a, &spec);
    for (i = 0; i < N; i++) {
        double requests = 0.0, accepts = 0.0, p;

        now += lb_below(&dice, 100) ? lb_below(&dice, 40) * MS : lb_below(&dice, 9000) * MS;
        slot[i] = now * 30 / spec.window;
        accept[i] = lb_below(&dice, 10) < 4;
        if (accept[i])
            admission_succeeded(&a, now);
        else
            admission_came(&a, lb_below(&dice, 2), now);
        for (j = i; j >= 0 && slot[j] > slot[i] - 30; j--)
            *(accept[j] ? &accepts : &requests) += 1.0;
        p = (requests - 1.5 * accepts) / (requests + 1.0);
        CU_ASSERT_EQUAL_FATAL(admission_rejects(&a, now), p > 0.0 ? p : 0.0);
        above += p > 0.0;
    }
    CU_ASSERT_TRUE(above > N / 10 && above < N - N / 10);
    free(slot);
    free(accept);
}

/* A server that accepts 100 a second and is offered `offered`: it sees K times what it can do, not
 * more. In equilibrium requests (1 - p) = K accepts; 4 standard errors of 60 s are below 4 %. */
static double seen_by_server(double k, int offered)
{
    struct admission_spec spec = { .kind = ADMISSION_SRE, .window = 120 * S, .k = k };
    struct lb_random dice = { 8 };
    struct admission a;
    int second, i, room, seen = 0;

    admission_open(&a, &spec);
    for (second = 0; second < 360; second++)
        for (i = 0, room = 100; i < offered; i++) {
            lb_time now = second * S + i * (S / offered);
            bool away = lb_unit(&dice) < admission_rejects(&a, now);

            admission_came(&a, away, now);
            if (away)
                continue;
            seen += second >= 300;
            if (room * S / 100 >= S - now % S && room-- > 0)
                admission_succeeded(&a, now);
        }
    return seen / 60.0 / 100.0;
}

static void test_admission_overload(void)
{
    CU_ASSERT_DOUBLE_EQUAL(seen_by_server(2.0, 1000), 2.0, 0.1);
    CU_ASSERT_DOUBLE_EQUAL(seen_by_server(2.0, 300), 2.0, 0.1);
    CU_ASSERT_DOUBLE_EQUAL(seen_by_server(1.1, 1000), 1.1, 0.1);
    CU_ASSERT_EQUAL(seen_by_server(2.0, 150), 1.5);
}

/* ---- Adaptive concurrency. */

static void test_aimd(void)
{
    struct concurrency_spec spec = {
        .kind = CONCURRENCY_AIMD, .initial = 10, .least = 2, .most = 12, .decrease = 0.9
    };
    struct lb_random dice = { 9 };
    struct concurrency c;
    int i;

    concurrency_open(&c, &spec);
    concurrency_done(&c, MS, false, 3, &dice, 0); /* 4 of 10 are less than half */
    CU_ASSERT_EQUAL(c.limit, 10.0);
    concurrency_done(&c, MS, false, 4, &dice, 0);
    CU_ASSERT_EQUAL(c.limit, 10.1);
    CU_ASSERT_EQUAL(concurrency_limit(&c), 10);
    concurrency_done(&c, MS, true, 0, &dice, 0);
    CU_ASSERT_DOUBLE_EQUAL(c.limit, 9.09, 1e-12);
    for (i = 0; i < 100; i++)
        concurrency_done(&c, MS, false, 12, &dice, 0);
    CU_ASSERT_EQUAL(concurrency_limit(&c), 12);
    for (i = 0; i < 100; i++)
        concurrency_done(&c, MS, true, 12, &dice, 0);
    CU_ASSERT_EQUAL(concurrency_limit(&c), 2);
}

static const struct concurrency_spec gradient = { .kind = CONCURRENCY_GRADIENT,
                                                  .initial = 100,
                                                  .least = 3,
                                                  .most = 1000,
                                                  .buffer = 0.25,
                                                  .quantile = 0.5,
                                                  .jitter = 0.15,
                                                  .every = 100 * MS,
                                                  .measure = 60 * S,
                                                  .measure_requests = 5 };

static void answers(struct concurrency *c, int n, lb_time rtt, struct lb_random *dice, lb_time now)
{
    while (n-- > 0)
        concurrency_done(c, rtt, false, 0, dice, now);
}

static void test_gradient_examples(void)
{
    struct lb_random dice = { 10 };
    struct concurrency *c = malloc(sizeof *c);
    double limit;

    CU_ASSERT_FATAL(c != NULL);
    concurrency_open(c, &gradient);
    CU_ASSERT_EQUAL(concurrency_limit(c), 3);
    answers(c, 4, 10 * MS, &dice, S);
    CU_ASSERT_EQUAL(concurrency_limit(c), 3);
    answers(c, 1, 10 * MS, &dice, S);
    CU_ASSERT_EQUAL(concurrency_limit(c), 100);
    CU_ASSERT_EQUAL(c->min_rtt, 10 * MS);
    CU_ASSERT_TRUE(c->measure_at >= 61 * S && c->measure_at < 70 * S);
    answers(c, 9, 12500 * US, &dice, S + 50 * MS);
    answers(c, 1, 25 * MS, &dice, S + 100 * MS);
    CU_ASSERT_EQUAL(c->limit, 110.0);
    answers(c, 5, 100 * MS, &dice, S + 199 * MS); /* gradient .5, not .125 */
    CU_ASSERT_EQUAL(c->limit, 110.0);
    answers(c, 1, 2 * MS, &dice, S + 350 * MS);
    CU_ASSERT_DOUBLE_EQUAL(c->limit, 55.0 + sqrt(110.0), 1e-12);
    answers(c, 1, 2 * MS, &dice, S + 400 * MS); /* gradient 2, not 6.25 */
    limit = 2.0 * (55.0 + sqrt(110.0)) + sqrt(55.0 + sqrt(110.0));
    CU_ASSERT_DOUBLE_EQUAL(c->limit, limit, 1e-12);
    answers(c, 1, 2 * MS, &dice, 100 * S); /* measured anew; what was sent before is not taken */
    CU_ASSERT_EQUAL(concurrency_limit(c), 3);
    answers(c, 100, 20 * MS, &dice, 100 * S + 10 * MS);
    CU_ASSERT_EQUAL(concurrency_limit(c), 3);
    answers(c, 4, 20 * MS, &dice, 100 * S + 20 * MS);
    CU_ASSERT_EQUAL(concurrency_limit(c), 3);
    answers(c, 1, 20 * MS, &dice, 100 * S + 20 * MS);
    CU_ASSERT_EQUAL(c->min_rtt, 20 * MS);
    CU_ASSERT_TRUE(concurrency_limit(c) > 60);
    free(c);
}

static int ascending(const void *a, const void *b)
{
    lb_time x = *(const lb_time *)a, y = *(const lb_time *)b;

    return (x > y) - (x < y);
}

/* The quantile of a period, from what it makes of the limit, against sorted samples; of more than
 * fit it is within 5 standard errors. */
static void check_quantile(int n, double q, double tolerance, struct lb_random *dice)
{
    struct concurrency_spec spec = gradient;
    struct concurrency *c = malloc(sizeof *c);
    lb_time *x = malloc((size_t)n * sizeof *x);
    double told, exact;
    int i;

    CU_ASSERT_FATAL(c != NULL && x != NULL);
    spec.quantile = q;
    concurrency_open(c, &spec);
    answers(c, 5, 10 * MS, dice, S);
    for (i = 0; i < n; i++) {
        x[i] = 8 * MS + 16 * MS / 40 * lb_below(dice, 41);
        concurrency_done(c, x[i], false, 0, dice, S + 1);
    }
    concurrency_done(c, MS, false, 0, dice, S + 100 * MS);
    told = 12.5 * 100.0 / (c->limit - 10.0);
    qsort(x, (size_t)n, sizeof x[0], ascending);
    exact = (double)x[(int)ceil(q * n * (1.0 - 1e-12)) - 1] / 1e6;
    CU_ASSERT_DOUBLE_EQUAL(told, exact, tolerance + 1e-9);
    free(c);
    free(x);
}

static void test_gradient_quantile(void)
{
    static const double quantiles[] = { 0.01, 0.5, 0.9, 1.0 };
    struct lb_random dice = { 11 };
    int n, k;

    for (k = 0; k < 4; k++) {
        for (n = 1; n <= CONCURRENCY_SAMPLES; n = n * 3 / 2 + 1)
            check_quantile(n, quantiles[k], 0.0, &dice);
        check_quantile(20000, quantiles[k], 5.0 * 16.0 * 0.5 / 32.0 + 0.4, &dice);
    }
}

/* Of 40,000 answers the first three quarters decide the median, not the last that came. */
static void test_gradient_reservoir(void)
{
    struct lb_random dice = { 14 };
    struct concurrency *c = malloc(sizeof *c);

    CU_ASSERT_FATAL(c != NULL);
    concurrency_open(c, &gradient);
    answers(c, 5, 10 * MS, &dice, S);
    answers(c, 30000, 12500 * US, &dice, S + 1);
    answers(c, 10000, 25 * MS, &dice, S + 1);
    answers(c, 1, 25 * MS, &dice, S + 100 * MS);
    CU_ASSERT_EQUAL(c->limit, 110.0);
    free(c);
}

/* As many requests as are let in share `cores` equally, each 10 ms of work: rtt = 10 ms x
 * max(1, n / cores). Where the limit rests, gradient = 1 - 1 / sqrt(limit), so that the answer
 * takes min_rtt (1 + buffer) / (1 - 1 / sqrt(limit)); without the room for bursts it would be
 * min_rtt (1 + buffer). */
static void check_loop(struct concurrency *c, double cores, lb_time *now, struct lb_random *dice)
{
    double rtt, rest, limit = 1.25 * cores;
    lb_time until = *now + 80 * S;
    int i;

    for (i = 0; i < 60; i++)
        limit = 1.25 * cores + sqrt(limit);
    while (*now < until || c->measuring) {
        double n = concurrency_limit(c);

        rtt = 1e7 * (n > cores ? n / cores : 1.0) * (0.98 + 0.04 * lb_unit(dice));
        *now += (lb_time)(rtt / n);
        concurrency_done(c, (lb_time)rtt, false, (uint32_t)n - 1, dice, *now);
    }
    rtt = concurrency_limit(c) / cores;
    rest = 1.25 / (1.0 - 1.0 / sqrt(limit));
    CU_ASSERT_DOUBLE_EQUAL(c->limit, limit, 0.03 * limit + 1.0); /* it is used whole */
    CU_ASSERT_DOUBLE_EQUAL(rtt, rest, 0.05 * rest);
}

static void test_gradient_converges(void)
{
    struct lb_random dice = { 12 };
    struct concurrency *c = malloc(sizeof *c);
    lb_time now = 0;

    CU_ASSERT_FATAL(c != NULL);
    concurrency_open(c, &gradient);
    check_loop(c, 100.0, &now, &dice);
    check_loop(c, 400.0, &now, &dice);
    check_loop(c, 16.0, &now, &dice);
    CU_ASSERT_TRUE(c->measure_at > 240 * S); /* it was measured anew on the way */
    free(c);
}

/* ---- Controlled delay. */

static const struct codel_spec codel_spec = { 5 * MS, 100 * MS };

/* Heads that have always waited too long, one a microsecond: the first goes after an interval, the
 * k-th after that interval / sqrt(k) after the one before. */
static void test_codel_spacing(void)
{
    struct codel codel = { 0 };
    double due = 100e6;
    lb_time now;
    int k = 0;

    for (now = US; now < 3 * S; now += US) {
        if (!codel_drops(&codel, &codel_spec, 5 * MS, 10, now))
            continue;
        CU_ASSERT_DOUBLE_EQUAL_FATAL((double)now, due, 3e3);
        due += 100e6 / sqrt((double)++k);
    }
    CU_ASSERT_TRUE(k > 200);
}

static void test_codel_lets_be(void)
{
    struct codel codel = { 0 };
    lb_time now;

    for (now = MS; now < 5 * S; now += MS) {
        CU_ASSERT_FALSE_FATAL(codel_drops(&codel, &codel_spec, 5 * MS - 1, 1000, now));
        CU_ASSERT_FALSE_FATAL(codel.dropping);
    }
    for (; now < 10 * S; now += MS) /* nor when there is no queue left to speak of */
        CU_ASSERT_FALSE_FATAL(codel_drops(&codel, &codel_spec, S, 1, now));
    for (; now < 15 * S; now += MS) /* nor when it never lasts for an interval */
        CU_ASSERT_FALSE_FATAL(codel_drops(&codel, &codel_spec, now / MS % 100 ? S : 0, 1000, now));
}

/* Eleven drops, a pause, then too long a wait again: the rate is taken up within 16 intervals. */
static uint32_t count_after(lb_time pause)
{
    struct codel codel = { 0 };
    lb_time now = MS;

    while (codel.count < 11)
        codel_drops(&codel, &codel_spec, S, 10, now += MS);
    codel_drops(&codel, &codel_spec, 0, 10, now += MS);
    CU_ASSERT_FALSE(codel.dropping);
    now += pause;
    while (!codel.dropping)
        codel_drops(&codel, &codel_spec, S, 10, now += MS);
    return codel.count;
}

static void test_codel_takes_up_its_rate(void)
{
    CU_ASSERT_EQUAL(count_after(MS), 10);
    CU_ASSERT_EQUAL(count_after(1450 * MS), 10);
    CU_ASSERT_EQUAL(count_after(1550 * MS), 1);
}

/* RFC 8289, section 5, with the queue in hand: head .. tail - 1 are waiting. */
struct rfc {
    const lb_time *since;
    bool *dropped;
    int head, tail;
    lb_time above, next;
    uint32_t count, last;
    bool dropping, ok;
};

static int rfc_head(struct rfc *q, lb_time now)
{
    int p = q->head;

    q->ok = false;
    if (p == q->tail) {
        q->above = 0;
        return -1;
    }
    q->head++;
    if (now - q->since[p] < codel_spec.target || q->tail - q->head <= 1)
        q->above = 0;
    else if (q->above == 0)
        q->above = now + codel_spec.interval;
    else
        q->ok = now >= q->above;
    return p;
}

static lb_time rfc_law(lb_time t, uint32_t count)
{
    return t + (lb_time)((double)codel_spec.interval / sqrt((double)count));
}

static int rfc_dequeue(struct rfc *q, lb_time now)
{
    int p = rfc_head(q, now);

    if (q->dropping) {
        q->dropping = q->ok;
        while (q->dropping && now >= q->next) {
            q->dropped[p] = true;
            q->count++;
            p = rfc_head(q, now);
            q->dropping = q->ok;
            if (q->ok)
                q->next = rfc_law(q->next, q->count);
        }
    } else if (q->ok) {
        uint32_t delta = q->count - q->last;

        q->dropped[p] = true;
        p = rfc_head(q, now);
        q->dropping = true;
        q->count = delta > 1 && now - q->next < 16 * codel_spec.interval ? delta : 1;
        q->next = rfc_law(now, q->count);
        q->last = q->count;
    }
    return p;
}

/* The first that codel lets through, or -1; those it drops are marked. */
static int dequeue(struct codel *codel, bool *dropped, int *head, int tail, lb_time now,
                   const lb_time *since)
{
    while (*head < tail) {
        int p = (*head)++;

        if (!codel_drops(codel, &codel_spec, now - since[p], (uint32_t)(tail - *head), now))
            return p;
        dropped[p] = true;
    }
    return -1;
}

/* A server of 1 ms a request under loads that come and go, for 100 s. */
static void test_codel_is_the_rfc(void)
{
    enum { N = 100000 };
    struct lb_random dice = { 13 };
    lb_time *since = malloc(N * sizeof *since), now = MS;
    bool *dropped = calloc(2 * N, sizeof *dropped);
    struct rfc rfc = { .since = since, .dropped = dropped };
    struct codel codel = { 0 };
    int tick, head = 0, tail = 0, drops = 0, i;

    CU_ASSERT_FATAL(since != NULL && dropped != NULL);
    for (tick = 0; tick < N && tail < N - 10; tick++, now += MS - 300 + lb_below(&dice, 600)) {
        uint32_t percent = tick / 3000 % 3 == 0 ? 60 : tick / 3000 % 3 == 1 ? 130 : 102;

        for (i = 0; i < 3; i++)
            if (lb_below(&dice, 300) < percent)
                since[tail++] = now - lb_below(&dice, 1000);
        rfc.tail = tail;
        CU_ASSERT_EQUAL_FATAL(dequeue(&codel, dropped + N, &head, tail, now, since),
                              rfc_dequeue(&rfc, now));
        CU_ASSERT_EQUAL_FATAL(head, rfc.head);
    }
    for (i = 0; i < N; i++) {
        CU_ASSERT_EQUAL_FATAL(dropped[i], dropped[N + i]);
        drops += dropped[i];
    }
    CU_ASSERT_TRUE(drops > 1000);
    free(since);
    free(dropped);
}

int suite_mechanism_limits(void)
{
    CU_pSuite suite = CU_add_suite("mechanism_limits", NULL, NULL);

    return !suite || !CU_add_test(suite, "token bucket: burst + rate t", test_bucket_law) ||
           !CU_add_test(suite, "token bucket is GCRA", test_bucket_is_gcra) ||
           !CU_add_test(suite, "token bucket does not drift", test_bucket_does_not_drift) ||
           !CU_add_test(suite, "fixed window", test_fixed_window) ||
           !CU_add_test(suite, "sliding window", test_sliding_window) ||
           !CU_add_test(suite, "windows: random", test_windows_random) ||
           !CU_add_test(suite, "admission: examples", test_admission_examples) ||
           !CU_add_test(suite, "admission: random", test_admission_random) ||
           !CU_add_test(suite, "admission under overload", test_admission_overload) ||
           !CU_add_test(suite, "additive increase", test_aimd) ||
           !CU_add_test(suite, "gradient: examples", test_gradient_examples) ||
           !CU_add_test(suite, "gradient: quantiles", test_gradient_quantile) ||
           !CU_add_test(suite, "gradient: more samples than fit", test_gradient_reservoir) ||
           !CU_add_test(suite, "gradient converges", test_gradient_converges) ||
           !CU_add_test(suite, "CoDel: spacing of drops", test_codel_spacing) ||
           !CU_add_test(suite, "CoDel lets short waits be", test_codel_lets_be) ||
           !CU_add_test(suite, "CoDel takes up its rate", test_codel_takes_up_its_rate) ||
           !CU_add_test(suite, "CoDel is that of RFC 8289", test_codel_is_the_rfc);
}
