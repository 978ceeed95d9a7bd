/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Numbers of a live run from records that are written by hand, and the gate. */
#include <math.h>

#include "sim/live/gate.h"
#include "sim/live/live_result.h"
#include "sim/live/quiet.h"
#include "tests/unit/scenario_fixture.h"

static const char text[] =
    "{\"clients\": {\"arrivals\": {\"process\": \"poisson\", \"rate\": 100}, \"service\": \"5ms\"},"
    "\"servers\": {\"count\": 2, \"cores\": 1}, \"policies\": [\"plain\"],"
    "\"run\": {\"requests\": 110, \"percentiles\": [75]}}";

enum { N = 110, WARM = 10, MS = 1000000 };

/* 110 requests 10 ms apart; each is sent 0.1 ms late, takes 0.2 ms to the balancer, 0.05 ms there,
 * 0.2 ms to the server, waits as many ms as its number's last digit, is served 5 ms, answered
 * 0.01 ms late, and is back 0.3 ms, 0.05 ms and 0.4 ms later. */
static void fill(struct live_record *r, uint64_t i)
{
    r->intended = (lb_time)i * 10 * MS;
    r->sent = r->intended + MS / 10;
    r->arrived = r->sent + MS / 5;
    r->forwarded = r->arrived + MS / 20;
    r->reached = r->forwarded + MS / 5;
    r->wait = (lb_time)(i % 10) * MS;
    r->service = 5 * MS;
    r->due = r->reached + r->wait + r->service;
    r->answered = r->due + MS / 100;
    r->returned = r->answered + 3 * MS / 10;
    r->replied = r->returned + MS / 20;
    r->done = r->replied + 4 * MS / 10;
    r->dispatched = r->server = i % 4 == 0;
    r->tries = 1;
    r->attempts = 1;
    r->ended = 1 + ENDED_COMPLETED;
}

struct bench {
    struct reading reading;
    struct live_plan plan;
    struct live_result result;
};

static void setup(struct bench *b)
{
    struct live_fare *fare;
    uint64_t i;

    b->reading = read_text(text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(b->reading.scenario);
    b->plan = (struct live_plan) { .scenario = b->reading.scenario,
                                   .policy = &b->reading.scenario->policies[0],
                                   .requests = N,
                                   .warmup = WARM,
                                   .time_scale = 1.0,
                                   .shared = shared_open(N + 5, 1, 2) };
    CU_ASSERT_PTR_NOT_NULL_FATAL(b->plan.shared);
    for (i = 0; i < N; i++)
        fill(shared_record(b->plan.shared, i), i);
    fare = b->plan.shared->fare;
    fare[ROLE_CLIENTS].tally.issued = N;
    fare[ROLE_CLIENTS].tally.ended[ENDED_COMPLETED] = N;
    fare[ROLE_BALANCER].tally.sent = N;
    fare[ROLE_BALANCER].tally.attempts[ATTEMPT_OK] = N;
}

static void take(struct bench *b)
{
    CU_ASSERT_EQUAL_FATAL(live_result_of(&b->result, &b->plan, 2e-3), 0);
}

static void teardown(struct bench *b)
{
    live_result_close(&b->result);
    shared_close(b->plan.shared);
    reading_end(&b->reading);
}

static int near(double a, double b)
{
    if (fabs(a - b) <= 1e-9 + 1e-9 * fabs(b))
        return 1;
    fprintf(stderr, "%.12g, expected %.12g\n", a, b);
    return 0;
}

static void blank_records(void)
{
    struct live_shared *s = shared_open(3, 2, 4);

    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    CU_ASSERT_EQUAL(s->room, 3);
    CU_ASSERT_EQUAL(shared_record(s, 2)->due, LB_NEVER);
    CU_ASSERT_EQUAL(shared_record(s, 2)->server, LB_NONE);
    CU_ASSERT_EQUAL(shared_record(s, 2)->ended, 0);
    CU_ASSERT_PTR_NULL(shared_record(s, 3));
    s->balancer_port[1] = 7;
    s->server_port[3] = 9;
    CU_ASSERT_EQUAL(s->server_port[0], 0);
    CU_ASSERT_EQUAL(shared_record(s, 0)->intended, LB_NEVER);
    CU_ASSERT_PTR_NULL(shared_open(UINT64_MAX / 8, 1, 1));
    shared_close(s);
}

static void durations(void)
{
    struct bench b;

    setup(&b);
    take(&b);
    CU_ASSERT_EQUAL(b.result.measured, N - WARM);
    /* 0.1 + 0.2 + 0.05 + 0.2 + (0 .. 9) + 5 + 0.01 + 0.3 + 0.05 + 0.4 ms */
    CU_ASSERT(near(b.result.latency.mean, 10.81e-3));
    CU_ASSERT(near(b.result.latency.p50, 10.31e-3));
    CU_ASSERT(near(b.result.latency.p90, 14.31e-3));
    CU_ASSERT(near(b.result.latency.p99, 15.31e-3));
    CU_ASSERT(near(b.result.latency.max, 15.31e-3));
    CU_ASSERT(near(b.result.percentile[0], 13.31e-3));
    CU_ASSERT(near(b.result.uncorrected.mean, 10.71e-3));
    CU_ASSERT(near(b.result.wait.mean, 4.5e-3));
    CU_ASSERT(near(b.result.service.p50, 5e-3));
    CU_ASSERT_EQUAL(b.result.spectrum->n, N - WARM);
    CU_ASSERT(fabs(histogram_quantile(b.result.spectrum, 0.5) - 10.31e6) < 10.31e6 / 1000);
    teardown(&b);
}

static void rates_and_shares(void)
{
    struct bench b;

    setup(&b);
    take(&b);
    CU_ASSERT(near(b.result.seconds, 1.0));
    CU_ASSERT(near(b.result.rate, 100.0));
    CU_ASSERT(near(b.result.rate_achieved, 100.0 / 1.0001));
    CU_ASSERT(near(b.result.share[1], 0.25));
    CU_ASSERT(near(b.result.share[0], 0.75));
    /* 25 services of 5 ms in 1 s; one that began before, and one that ends after, may be cut */
    CU_ASSERT(fabs(b.result.utilization[1] - 0.125) < 0.006);
    CU_ASSERT(fabs(b.result.utilization[0] - 0.375) < 0.006);
    CU_ASSERT(near(b.result.attempts, 1.0));
    CU_ASSERT(near(b.result.retries, 0.0));
    CU_ASSERT(fabs(b.result.goodput - 100.0) < 2.1);
    teardown(&b);
}

static void paths(void)
{
    static const double ms[PATH_PARTS] = { 0.1, 0.2, 0.1, 0.2, 0.01, 0.3, 0.4, 1.31 };
    struct bench b;
    int i;

    setup(&b);
    /* one is held for 3 ms, one has an overhead of 4.31 ms, one was tried twice */
    shared_record(b.plan.shared, 20)->forwarded += 3 * MS;
    shared_record(b.plan.shared, 20)->wait += 3 * MS;
    shared_record(b.plan.shared, 20)->reached += 3 * MS;
    shared_record(b.plan.shared, 20)->due += 3 * MS;
    shared_record(b.plan.shared, 20)->answered += 3 * MS;
    shared_record(b.plan.shared, 20)->returned += 3 * MS;
    shared_record(b.plan.shared, 20)->replied += 3 * MS;
    shared_record(b.plan.shared, 20)->done += 3 * MS;
    shared_record(b.plan.shared, 30)->done += 3 * MS;
    shared_record(b.plan.shared, 40)->tries = 2;
    take(&b);
    for (i = 0; i < PATH_PARTS; i++) {
        CU_ASSERT_EQUAL(b.result.path[i].n, N - WARM - (i == PATH_SEND ? 0 : 1));
        CU_ASSERT(near(b.result.path[i].p50, ms[i] / 1e3));
        CU_ASSERT(near(b.result.path[i].max,
                       (i == PATH_TO_CLIENT || i == PATH_OVERHEAD ? ms[i] + 3.0 : ms[i]) / 1e3));
    }
    CU_ASSERT(near(b.result.slow_share, 1.0 / (N - WARM - 1)));
    CU_ASSERT(near(b.result.retries, 1.0 / (N - WARM)));
    teardown(&b);
}

/* What simulated links take is the scenario's, and no overhead. */
static void links(void)
{
    static const double ms[PATH_PARTS] = { 0.1, 0.2, 0.1, 0.2, 0.01, 0.3, 0.4, 1.31 };
    struct bench b;
    uint64_t i;
    int k;

    setup(&b);
    for (i = 0; i < N; i++) {
        struct live_record *r = shared_record(b.plan.shared, i);

        r->client_link = 7 * MS;
        r->balancer_links = 9 * MS; /* 4 there, 5 back */
        r->server_link = 4 * MS;
        r->sent += 7 * MS;
        r->arrived += 7 * MS;
        r->forwarded += 11 * MS;
        r->reached += 11 * MS;
        r->due += 11 * MS;
        r->answered += 15 * MS;
        r->returned += 15 * MS;
        r->replied += 20 * MS;
        r->done += 20 * MS;
    }
    take(&b);
    for (k = 0; k < PATH_PARTS; k++)
        CU_ASSERT(near(b.result.path[k].max, ms[k] / 1e3));
    CU_ASSERT(near(b.result.latency.mean, 30.81e-3));
    CU_ASSERT(near(b.result.uncorrected.mean, 30.71e-3));
    CU_ASSERT(near(b.result.rate_achieved, 100.0 / 1.0001));
    teardown(&b);
}

/* What simulated links lose was sent: it is no fault of the clients, nor of the balancer. */
static void lossy_links(void)
{
    struct bench b;
    uint64_t i;

    setup(&b);
    for (i = 0; i < N; i += 3) {
        struct live_record *r = shared_record(b.plan.shared, i);

        *r = (struct live_record) { .intended = r->intended,
                                    .sent = LB_NEVER,
                                    .done = r->intended + 50 * MS,
                                    .ended = 1 + ENDED_TIMED_OUT,
                                    .arrived = LB_NEVER,
                                    .forwarded = LB_NEVER,
                                    .due = LB_NEVER,
                                    .dispatched = LB_NONE,
                                    .server = LB_NONE };
    }
    take(&b);
    CU_ASSERT(near(b.result.rate, 100.0));
    CU_ASSERT(near(b.result.rate_achieved, 100.0 / 1.0001));
    teardown(&b);
}

/* Each server's process counts for itself, at its own desk: the account has the sum. */
static void desks(void)
{
    struct bench b;
    uint32_t i;

    setup(&b);
    for (i = 0; i < b.plan.shared->servers; i++) {
        b.plan.shared->desk[i].inlet.requests = 10 + i;
        b.plan.shared->desk[i].inlet.receive_buffer = 1000 * i;
    }
    b.plan.shared->fare[ROLE_BALANCER].inlet.requests = 100;
    take(&b);
    CU_ASSERT_EQUAL_FATAL(b.plan.shared->servers, 2);
    CU_ASSERT_EQUAL(b.result.account.inlet.requests, 100 + 10 + 11);
    CU_ASSERT_EQUAL(b.result.account.inlet.receive_buffer, 1000);
    teardown(&b);
}

/* Of a balancer that is not lbsim's, only what lies before and behind it is known. */
static void foreign_balancer(void)
{
    struct bench b;
    const struct address through = { .length = 1 };
    uint64_t i;

    setup(&b);
    for (i = 0; i < N; i++) {
        struct live_record *r = shared_record(b.plan.shared, i);

        r->arrived = r->forwarded = r->returned = r->replied = LB_NEVER;
        r->dispatched = LB_NONE;
        r->attempts = 0;
    }
    memset(&b.plan.shared->fare[ROLE_BALANCER], 0, sizeof b.plan.shared->fare[0]);
    b.plan.through = &through;
    take(&b);
    CU_ASSERT_EQUAL(b.result.path[PATH_TO_BALANCER].n, 0);
    CU_ASSERT(isnan(b.result.path[PATH_IN_BALANCER].p50));
    CU_ASSERT(near(b.result.path[PATH_TO_SERVER].p50, 0.45e-3));
    CU_ASSERT(near(b.result.path[PATH_FROM_SERVER].p50, 0.75e-3));
    CU_ASSERT(near(b.result.path[PATH_OVERHEAD].p50, 1.31e-3));
    CU_ASSERT(near(b.result.share[1], 0.25));
    CU_ASSERT(isnan(b.result.attempts));
    teardown(&b);
}

/* Of servers that are not lbsim's, only how long it took there and back is known. */
static void foreign_servers(void)
{
    struct bench b;
    uint64_t i;

    setup(&b);
    for (i = 0; i < N; i++) {
        struct live_record *r = shared_record(b.plan.shared, i);

        r->reached = r->due = r->answered = LB_NEVER;
        r->server = LB_NONE;
        r->wait = i == 20 ? 3 * MS : 0; /* in the balancer's queue */
        r->service = 0;
        r->forwarded += r->wait;
        r->returned += r->wait;
        r->replied += r->wait;
        r->done += r->wait;
    }
    take(&b);
    CU_ASSERT_EQUAL(b.result.path[PATH_TO_SERVER].n, 0);
    CU_ASSERT(near(b.result.path[PATH_IN_BALANCER].max, 0.1e-3));
    /* 0.1 sent late, 0.2 to the balancer, 0.1 in it and 0.4 to the client */
    CU_ASSERT(near(b.result.path[PATH_OVERHEAD].p50, 0.8e-3));
    CU_ASSERT(near(b.result.path[PATH_OVERHEAD].max, 0.8e-3));
    CU_ASSERT_FALSE(live_is_silent(&b.plan, 0));
    for (i = 0; i < N; i++)
        if (shared_record(b.plan.shared, i)->dispatched == 0)
            shared_record(b.plan.shared, i)->ended = 1 + ENDED_FAILED;
    CU_ASSERT(live_is_silent(&b.plan, 0));
    CU_ASSERT_FALSE(live_is_silent(&b.plan, 1));
    CU_ASSERT_FALSE(live_is_silent(&b.plan, 9)); /* nothing was sent there */
    teardown(&b);
}

static void warmup_by_time(void)
{
    struct bench b;

    setup(&b);
    b.plan.warmup = UINT64_MAX;
    b.plan.warmup_time = 205 * MS;
    take(&b);
    CU_ASSERT_EQUAL(b.result.warmup, 21);
    CU_ASSERT_EQUAL(b.result.measured, N - 21);
    CU_ASSERT(near(b.result.seconds, 1.09 - 0.205));
    teardown(&b);
    setup(&b);
    b.plan.warmup = N + 3; /* nothing is left */
    take(&b);
    CU_ASSERT_EQUAL(b.result.measured, 0);
    CU_ASSERT(isnan(b.result.latency.mean) && isnan(b.result.rate));
    teardown(&b);
}

static int account_says(const struct bench *b, const char *words)
{
    char why[300] = "";
    const bool good = live_account_good(&b->result, &b->plan, why, sizeof why);

    if (good == (words[0] == '\0') && strstr(why, words))
        return 1;
    fprintf(stderr, "%s: %s\n", good ? "good" : "not good", why);
    return 0;
}

static void accounting(void)
{
    struct bench b;
    struct live_fare *fare;

    setup(&b);
    fare = b.plan.shared->fare;
    take(&b);
    CU_ASSERT(account_says(&b, ""));
    live_result_close(&b.result);

    fare[ROLE_CLIENTS].tally.ended[ENDED_COMPLETED] = N - 1; /* one is missing */
    fare[ROLE_CLIENTS].tally.ended[ENDED_FAILED] = 1; /* or is it? the records know nothing */
    take(&b);
    CU_ASSERT(account_says(&b, "their records say 110 and 110"));
    live_result_close(&b.result);

    shared_record(b.plan.shared, 50)->ended = 1 + ENDED_FAILED;
    shared_record(b.plan.shared, 50)->cause = CAUSE_RESET;
    take(&b);
    CU_ASSERT(account_says(&b, ""));
    CU_ASSERT_EQUAL(b.result.account.failed[CAUSE_RESET], 1);
    CU_ASSERT(near(b.result.failed, 0.01));
    live_result_close(&b.result);

    shared_record(b.plan.shared, 50)->cause = CAUSES; /* of no cause that there is */
    take(&b);
    CU_ASSERT(account_says(&b, "0 of 1 failures have a cause"));
    live_result_close(&b.result);

    shared_record(b.plan.shared, 50)->cause = CAUSE_EOF;
    fare[ROLE_CLIENTS].tally.ended[ENDED_FAILED] = 0;
    take(&b);
    CU_ASSERT(account_says(&b, "110 requests issued, 109 ended"));
    live_result_close(&b.result);

    fare[ROLE_CLIENTS].tally.ended[ENDED_FAILED] = 1;
    fare[ROLE_BALANCER].left_in_flight = 2;
    take(&b);
    CU_ASSERT(account_says(&b, "balancers count 2 in flight"));
    live_result_close(&b.result);

    fare[ROLE_BALANCER].left_in_flight = 0;
    fare[ROLE_BALANCER].tally.attempts[ATTEMPT_OK] = N - 3;
    take(&b);
    CU_ASSERT(account_says(&b, "110 attempts sent, 107 ended"));
    teardown(&b);
}

/* ---- The gate. */

static void gate(void)
{
    const struct gate_limits limits = gate_limits_default();
    const struct gate_reading good = {
        5.9e-3, 0.9e-3, 0.004, 0.02, 0.995, 0, false, false, false, 0
    };
    struct gate_reading r;
    struct gate g = gate_judge(&limits, &good);
    char why[400];

    CU_ASSERT_EQUAL(g.verdict, GATE_VALID);
    gate_write(&g, why, sizeof why);
    CU_ASSERT_STRING_EQUAL(why, "");
    r = good;
    r.overhead = 6.1e-3;
    r.steal = 0.2;
    g = gate_judge(&limits, &r);
    CU_ASSERT_EQUAL(g.verdict, GATE_SUSPECT);
    CU_ASSERT_EQUAL(g.faults, GATE_OVERHEAD | GATE_STEAL);
    gate_write(&g, why, sizeof why);
    CU_ASSERT_STRING_EQUAL(why, "overhead p99.9 6.1 ms, above 6 ms; steal 20 %, above 0.5 %");
    r = good;
    r.send = 1.1e-3;
    CU_ASSERT_EQUAL(gate_judge(&limits, &r).faults, GATE_SEND);
    r = good;
    r.slow_share = 0.04;
    CU_ASSERT_EQUAL(gate_judge(&limits, &r).faults, GATE_SLOW);
    r = good;
    r.rate = 0.95;
    CU_ASSERT_EQUAL(gate_judge(&limits, &r).faults, GATE_RATE);
    r = good;
    r.empty = true;
    CU_ASSERT_EQUAL(gate_judge(&limits, &r).verdict, GATE_SUSPECT);
    r = good;
    r.endless = true;
    CU_ASSERT_EQUAL(gate_judge(&limits, &r).verdict, GATE_OVERLOADED);
    r = good;
    r.overload = 1;
    r.send = 1.0;
    g = gate_judge(&limits, &r);
    CU_ASSERT_EQUAL(g.verdict, GATE_OVERLOADED);
    gate_write(&g, why, 40); /* cut, not beyond */
    CU_ASSERT(strlen(why) < 40 && strstr(why, "1 requests found no free") == why);
}

static void gate_unknown(void)
{
    const struct gate_limits limits = gate_limits_default();
    const struct gate_reading r = { NAN, NAN, NAN, NAN, NAN, 0, false, false, true, 0 };

    struct gate_reading own = r;
    struct gate g = gate_judge(&limits, &r);
    char why[400];

    CU_ASSERT_EQUAL(g.verdict, GATE_SUSPECT); /* a machine says what is stolen */
    gate_write(&g, why, sizeof why);
    CU_ASSERT_STRING_EQUAL(why, "steal not known");
    own.steal = 0.0;
    CU_ASSERT_EQUAL(gate_judge(&limits, &own).verdict, GATE_VALID);
    own.foreign = false;
    g = gate_judge(&limits, &own);
    CU_ASSERT_EQUAL(g.verdict, GATE_SUSPECT);
    gate_write(&g, why, sizeof why);
    CU_ASSERT_STRING_EQUAL(why, "overhead not known");
    own.empty = true;
    CU_ASSERT_EQUAL(gate_judge(&limits, &own).faults, GATE_EMPTY);
}

static void gate_collapse(void)
{
    const struct gate_limits limits = gate_limits_default();
    struct gate_reading r = { 5.9e-3, 0.9e-3, 0.004, 0.02, 0.91, 0, false, false, false, 0 };

    CU_ASSERT_EQUAL(gate_judge(&limits, &r).verdict, GATE_SUSPECT);
    r.rate = 0.89;
    CU_ASSERT_EQUAL(gate_judge(&limits, &r).verdict, GATE_OVERLOADED);
}

/* Who is sent late and never answered was sent late all the same; hedged requests alone, whose
 * overhead is told for want of others. */
static void gate_sees_all(void)
{
    struct bench b;
    uint64_t i;

    setup(&b);
    for (i = WARM; i < N; i++) {
        struct live_record *r = shared_record(b.plan.shared, i);

        r->attempts = 2;
        if (i % 2)
            continue;
        r->sent += 50 * MS;
        r->ended = 1 + ENDED_TIMED_OUT;
    }
    take(&b);
    CU_ASSERT_EQUAL(b.result.path[PATH_SEND].n, N - WARM);
    CU_ASSERT(near(b.result.path[PATH_SEND].p99, 50.1e-3));
    CU_ASSERT_EQUAL(b.result.path[PATH_OVERHEAD].n, (N - WARM) / 2);
    CU_ASSERT(near(b.result.path[PATH_OVERHEAD].max, 1.31e-3));
    CU_ASSERT_EQUAL(b.result.slow_share, 0.0);
    CU_ASSERT_EQUAL(b.result.path[PATH_TO_SERVER].n, 0);
    teardown(&b);
}

/* ---- The scheduler. What a machine grants is its own business: only the words are certain. */

static void quiet(void)
{
    const struct quiet mixed = { 0, 1, -1 }, all = { 0, 0, 0 };
    struct quiet got = quiet_ask(false);
    char words[200];

    CU_ASSERT_EQUAL(got.realtime, -1);
    quiet_write(&mixed, words, sizeof words);
    CU_ASSERT_STRING_EQUAL(words,
                           "timer slack 1 ns, slice 100 us (refused: Operation not permitted)");
    quiet_write(&all, words, sizeof words);
    CU_ASSERT_STRING_EQUAL(words, "timer slack 1 ns, slice 100 us, SCHED_FIFO");
    quiet_write(&all, words, 20);
    CU_ASSERT_EQUAL(strlen(words), 19);
}

static void steal(void)
{
    const struct steal a = { 1000, 10 }, b = { 1200, 15 }, none = { 0, 0 };

    CU_ASSERT(near(steal_share(a, b), 5.0 / 200.0));
    CU_ASSERT(isnan(steal_share(none, none)));
    CU_ASSERT(steal_now().all > 0);
}

/* On a busy machine two timers of three are late by a slice of another process; a source that
 * counts whole ms is late by anything up to 1 ms on an idle one. */
static void timer_sources(void)
{
    double busy[TIMER_TEST_TIMERS], coarse[TIMER_TEST_TIMERS];
    struct timer_test t;
    int i;

    for (i = 0; i < TIMER_TEST_TIMERS; i++) {
        busy[i] = i % 3 ? 752e-6 : 30e-6;
        coarse[i] = 5e-6 * (double)((i * 77) % TIMER_TEST_TIMERS + 1);
    }
    timer_test_of(busy, TIMER_TEST_TIMERS, &t);
    CU_ASSERT(near(t.p50, 752e-6) && near(t.low, 30e-6) && near(t.most, 752e-6));
    CU_ASSERT(!timer_is_coarse(&t));
    timer_test_of(coarse, TIMER_TEST_TIMERS, &t);
    CU_ASSERT(near(t.p50, 500e-6) && near(t.low, 200e-6) && near(t.p99, 990e-6));
    CU_ASSERT(timer_is_coarse(&t));
}

static void timers(void)
{
    struct timer_test t;
    char why[200] = "";
    const int refused = timer_test(&t, why, sizeof why);

    CU_ASSERT_EQUAL(t.n, TIMER_TEST_TIMERS);
    CU_ASSERT(t.low > 0.0 && t.low <= t.p50 && t.p50 <= t.p99 && t.p99 <= t.most);
    CU_ASSERT_EQUAL(refused != 0, timer_is_coarse(&t));
    CU_ASSERT_EQUAL(refused != 0, why[0] != '\0');
}

int suite_live_result(void);
int suite_live_result(void)
{
    CU_pSuite s = CU_add_suite("live_result", NULL, NULL);

    return !s || !CU_add_test(s, "records are blank at first", blank_records) ||
           !CU_add_test(s, "latency corrected and uncorrected, exactly", durations) ||
           !CU_add_test(s, "rates, shares, utilization", rates_and_shares) ||
           !CU_add_test(s, "the path, part by part", paths) ||
           !CU_add_test(s, "the path without its simulated links", links) ||
           !CU_add_test(s, "what simulated links lose was sent", lossy_links) ||
           !CU_add_test(s, "the path through a foreign balancer", foreign_balancer) ||
           !CU_add_test(s, "servers that are not lbsim's", foreign_servers) ||
           !CU_add_test(s, "servers count for themselves", desks) ||
           !CU_add_test(s, "warm-up by time, and nothing left", warmup_by_time) ||
           !CU_add_test(s, "accounting: broken in each way", accounting) ||
           !CU_add_test(s, "gate: each limit", gate) ||
           !CU_add_test(s, "gate: what is not known is not judged", gate_unknown) ||
           !CU_add_test(s, "a gate: collapse", gate_collapse) ||
           !CU_add_test(s, "a gate sees all requests", gate_sees_all) ||
           !CU_add_test(s, "what the scheduler gave, in words", quiet) ||
           !CU_add_test(s, "steal", steal) || !CU_add_test(s, "timers", timers) ||
           !CU_add_test(s, "timers: coarse, or on a busy machine", timer_sources);
}
