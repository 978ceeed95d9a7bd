/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Health checks, ejection and panic in worlds that can be worked out by hand. */
#include "tests/unit/guard_world.h"

int suite_guards(void);

/* The k-th change heard of is this, at an instant within from .. to, in seconds. */
static void hears(uint32_t k, lb_server seat, bool usable, double from, double to)
{
    const struct heard *h = &notes.heard[k];

    CU_ASSERT_TRUE(k < notes.n && h->seat == seat && h->usable == usable &&
                   h->at >= SECONDS(from) && h->at <= SECONDS(to));
    if (!(k < notes.n && h->seat == seat && h->usable == usable && h->at >= SECONDS(from) &&
          h->at <= SECONDS(to)))
        printf("change %u of %u: server %u %s at %.9f s\n", k, notes.n, h->seat,
               h->usable ? "in" : "out", (double)h->at / 1e9);
}

/* ---- Active checks. */

#define HEALTH "\"health\": { \"interval\": \"2s\", \"rise\": 2, \"fall\": 3 "

/* Refused at once: out after the third check, which sets out 4 to 6 s after the death. */
static void checks_find_the_dead(void)
{
    guard_run((struct guard_case) {
        .text =
            CLIENT(10, "1ms",
                   ", \"timeout\": \"1s\"") "\"servers\": { \"name\": \"s\", \"count\": 2 }, "
                                            "\"balancers\": { " HEALTH
                                            "} }, \"timeline\": { \"at\": \"10s\", \"server\": "
                                            "\"s[0]\", \"state\": \"down\", \"until\": \"30s\" }",
        .policy = &first_one,
        .requests = 500 });
    CU_ASSERT_EQUAL(notes.n, 2);
    hears(0, 0, false, 14, 16);
    hears(1, 0, true, 32, 34);
}

/* One that hangs is out when the third check's time is over. */
static void hanging_takes_the_timeout(void)
{
    guard_run((struct guard_case) {
        .text =
            CLIENT(10, "1ms",
                   ", \"timeout\": \"1s\"") "\"servers\": { \"name\": \"s\", \"count\": 2 }, "
                                            "\"balancers\": { " HEALTH
                                            ", \"timeout\": \"1s\" } }, \"timeline\": { \"at\": "
                                            "\"10s\", \"server\": \"s[0]\", \"state\": \"hang\", "
                                            "\"until\": \"30s\" }",
        .policy = &first_one,
        .requests = 500 });
    CU_ASSERT_EQUAL(notes.n, 2);
    hears(0, 0, false, 15, 17);
    hears(1, 0, true, 32, 34);
}

/* Each balancer finds out by itself. */
static void balancers_check_by_themselves(void)
{
    uint32_t i;

    guard_run((struct guard_case) {
        .text =
            CLIENT(10, "1ms",
                   ", \"timeout\": \"1s\"") "\"servers\": { \"name\": \"s\", \"count\": 2 }, "
                                            "\"balancers\": { "
                                            "\"count\": 3, " HEALTH
                                            "} }, \"timeline\": { \"at\": \"10s\", \"server\": "
                                            "\"s[0]\", \"state\": \"down\", \"until\": \"30s\" }",
        .policy = &first_one,
        .requests = 500 });
    CU_ASSERT_EQUAL(notes.n, 6);
    for (i = 0; i < 3; i++)
        hears(i, 0, false, 14, 16);
    for (i = 3; i < 6; i++)
        hears(i, 0, true, 32, 34);
}

/* Who has the second group alone checks that, and its servers are seats 0 and 1 there. */
static void seats_are_not_servers(void)
{
    guard_run((struct guard_case) {
        .text = CLIENT(
            10, "1ms",
            ", \"timeout\": \"1s\", \"to\": \"y\"") "\"servers\": [ { \"name\": \"a\", \"count\": "
                                                    "3 }, { \"name\": \"b\", "
                                                    "\"count\": 2 } ], \"balancers\": [ { "
                                                    "\"name\": \"x\", \"servers\": [ \"a\" ], "
                                                    "" HEALTH "} }, { \"name\": \"y\", "
                                                    "\"servers\": [ \"b\" ], " HEALTH
                                                    "} } ], \"timeline\": { \"at\": \"10s\", "
                                                    "\"server\": \"b[1]\", \"state\": "
                                                    "\"down\", \"until\": \"30s\" }",
        .policy = &first_one,
        .requests = 500 });
    CU_ASSERT_EQUAL(notes.n, 2);
    hears(0, 1, false, 14, 16);
    hears(1, 1, true, 32, 34);
}

#define BLACK_HOLE(deep)                                                                           \
    CLIENT(10, "1ms", "")                                                                          \
    "\"servers\": { \"name\": \"s\", \"count\": 2 }, \"balancers\": { " HEALTH ", \"deep\": " deep \
    " } }, \"timeline\": { \"at\": \"10s\", \"server\": \"s[0]\", \"state\": \"black_hole\", "     \
    "\"until\": \"30s\" }"

static void black_holes_want_deep_checks(void)
{
    guard_run(
        (struct guard_case) { .text = BLACK_HOLE("false"), .policy = &first_one, .requests = 500 });
    CU_ASSERT_EQUAL(notes.n, 0);
    guard_run(
        (struct guard_case) { .text = BLACK_HOLE("true"), .policy = &first_one, .requests = 500 });
    CU_ASSERT_EQUAL(notes.n, 2);
    hears(0, 0, false, 14, 16);
    hears(1, 0, true, 32, 34);
}

static void busy_of_first(const struct world *w, void *into)
{
    *(double *)into = (double)w->server[0].busy / 1e9;
}

/* In 100 s a hundred checks, 10 ms each, and a hundred requests of 1 ms. */
static void checks_cost_work(void)
{
    double busy = 0.0;

    guard_run((struct guard_case) {
        .text = CLIENT(1, "1ms", "") "\"servers\": {}, \"balancers\": { \"health\": { "
                                     "\"interval\": \"1s\", \"cost\": \"10ms\" } }",
        .policy = &first_one,
        .requests = 101,
        .warmup = 1,
        .look = busy_of_first,
        .into = &busy });
    CU_ASSERT_DOUBLE_EQUAL(busy, 1.1, 0.0111);
    CU_ASSERT_EQUAL(notes.n, 0);
}

/* 1.5 s of work a second: a check of 1 ms waits for all that has come before. From 2 s on it waits
 * longer than it may: the third one that set out after that is over by 6 s. */
static void checks_wait_in_line(void)
{
    guard_run((struct guard_case) {
        .text = CLIENT(
            1000, "1.5ms",
            "") "\"servers\": {}, \"balancers\": { \"health\": { "
                "\"interval\": \"1s\", \"timeout\": \"1s\", \"fall\": 3, \"cost\": \"1ms\" } }",
        .policy = &first_one,
        .requests = 8000 });
    CU_ASSERT_TRUE(notes.n > 0);
    hears(0, 0, false, 4.9, 6);
}

/* A check fails if either of its messages is lost: q = 1 - .8^2 = .36. From one verdict of three in
 * a row to the next: (1 - q^3) / (q^3 (1 - q)) checks up on average, and 1 / (1 - q) down. 10
 * servers with 2,000 checks each: 597 times, with a deviation below 25; a false alarm is rarer than
 * 1e-6. */
static void losses_take_servers_out(void)
{
    uint32_t i, out = 0;

    guard_run((struct guard_case) {
        .text =
            CLIENT(1, "1ms", ", \"timeout\": \"10ms\"") "\"links\": { \"name\": \"l\", "
                                                        "\"latency\": \"1ms\", \"loss\": 0.2 }, "
                                                        "\"servers\": { \"count\": 10 }, "
                                                        "\"balancers\": { \"link\": \"l\", "
                                                        "\"health\": { \"interval\": \"100ms\", "
                                                        "\"rise\": 1, \"fall\": 3 } }",
        .policy = &first_one,
        .requests = 200 });
    for (i = 0; i < notes.n && i < HEARD_MOST; i++)
        out += !notes.heard[i].usable;
    CU_ASSERT_DOUBLE_EQUAL(out, 597, 125);
}

/* Always some check is at work somewhere, and yet the world ends with its requests. */
static void ends_at(const struct world *w, void *into)
{
    *(lb_time *)into = w->now;
}

static void checks_end_with_the_requests(void)
{
    lb_time end = 0;

    guard_run((struct guard_case) {
        .text =
            CLIENT(10, "1ms", "") "\"servers\": { \"count\": 200 }, \"balancers\": { "
                                  "\"health\": { \"interval\": \"20ms\", \"cost\": \"5ms\" } }, "
                                  "\"run\": { \"requests\": 100 }",
        .policy = &first_one,
        .requests = 100,
        .look = ends_at,
        .into = &end });
    CU_ASSERT_TRUE(end >= SECONDS(10) && end < SECONDS(10.1));
}

/* ---- Ejection. */

#define BAD_AND_GOOD                                                                               \
    "\"servers\": [ { \"name\": \"bad\", \"errors\": 1 }, { \"name\": \"good\" } ], "

/* It fails at 1.1 ms, at once again in the first request after each 10 s. */
static void nginx_tries_one(void)
{
    static const double at[] = { 0.001, 10.002, 20.003, 30.004 };
    uint32_t i;

    guard_run((struct guard_case) { .text = CLIENT(1000, "0.1ms", "") BAD_AND_GOOD
                                    "\"balancers\": { \"outlier\": { \"like\": \"nginx\" } }",
                                    .policy = &first_one,
                                    .requests = 35000 });
    CU_ASSERT_EQUAL(notes.picks, 4);
    for (i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(notes.picked[i], SECONDS(at[i]));
}

static void nginx_keeps_a_lone_server(void)
{
    guard_run((struct guard_case) {
        .text = CLIENT(1000, "0.1ms",
                       "") "\"servers\": { \"errors\": 1 }, \"balancers\": { \"outlier\": "
                           "{ \"like\": \"nginx\" } }",
        .policy = &first_one,
        .requests = 1000 });
    CU_ASSERT_EQUAL(notes.picks, 1000);
    CU_ASSERT_EQUAL(notes.n, 0);
}

#define ONE_OF_TEN                                                                                 \
    "\"servers\": [ { \"name\": \"bad\", \"errors\": 1 }, { \"name\": \"good\", \"count\": 9 } "   \
    "], "

/* Five failures, the last at 50.1 ms; out until the sweep after 30, 60, 90 s. */
static void envoy_ejects_for_longer_and_longer(void)
{
    guard_run((struct guard_case) { .text = CLIENT(100, "0.1ms", "") ONE_OF_TEN
                                    "\"balancers\": { \"outlier\": { \"like\": \"envoy\" } }",
                                    .policy = &first_one,
                                    .requests = 25000 });
    hears(0, 0, false, 0.0501, 0.0501);
    hears(1, 0, true, 40, 40);
    hears(2, 0, false, 40.0401, 40.0501);
    hears(3, 0, true, 110, 110);
    hears(4, 0, false, 110.0401, 110.0501);
    hears(5, 0, true, 210, 210);
    CU_ASSERT_EQUAL(notes.picks / 5, 4);
}

static void envoy_ejects_a_tenth_at_most(void)
{
    guard_run((struct guard_case) {
        .text =
            CLIENT(100, "0.1ms",
                   "") "\"servers\": [ { \"name\": \"bad\", \"count\": 2, "
                       "\"errors\": 1 }, { \"name\": \"good\", \"count\": 8 } ], \"balancers\": { "
                       "\"outlier\": { \"like\": \"envoy\" } }",
        .policy = &first_one,
        .requests = 1000 });
    CU_ASSERT_EQUAL(notes.n, 1);
    hears(0, 0, false, 0.0501, 0.0501);
}

/* A check that passes takes it back at once. */
static void checks_end_ejections(void)
{
    guard_run((struct guard_case) { .text = CLIENT(100, "0.1ms", "") ONE_OF_TEN
                                    "\"balancers\": { \"outlier\": { \"like\": "
                                    "\"envoy\" }, \"health\": { \"interval\": \"2s\" } }",
                                    .policy = &first_one,
                                    .requests = 200 });
    hears(0, 0, false, 0.0501, 0.0501);
    hears(1, 0, true, 0.0501, 2);
}

/* One of six fails always: 0 is below the mean .833 - 1.9 x .373. Nothing before an interval ends;
 * back after three. */
static void grpc_looks_at_intervals(void)
{
    guard_run((struct guard_case) {
        .text = CLIENT(
            100, "0.1ms",
            "") "\"servers\": [ { \"name\": \"bad\", \"errors\": 1 }, { "
                "\"name\": \"good\", \"count\": 5 } ], \"balancers\": { \"outlier\": { \"like\": "
                "\"grpc\" } }",
        .policy = &in_turn,
        .requests = 4500 });
    CU_ASSERT_EQUAL(notes.n, 2);
    hears(0, 0, false, 10, 10);
    hears(1, 0, true, 40, 40);
}

/* Ten errors are a failed check: 30 make three, before a true one has passed. The first check of
 * each server is due within 1,000 s, here after 50 ms. */
static void haproxy_counts_failed_checks(void)
{
    guard_run((struct guard_case) {
        .text = CLIENT(1000, "0.1ms", "") BAD_AND_GOOD
        "\"balancers\": { \"outlier\": { \"like\": \"haproxy\" }, \"health\": { "
        "\"interval\": \"1000s\", \"fall\": 3 } }",
        .policy = &first_one,
        .requests = 50 });
    CU_ASSERT_EQUAL(notes.n, 1);
    hears(0, 0, false, 0.0301, 0.0301);
}

/* The tenth error, at 10.0001 s, calls for a check within a second, and another: both see errors
 * too. Without them it would take 30 errors. */
static void haproxy_checks_sooner(void)
{
    guard_run((struct guard_case) {
        .text = CLIENT(1, "0.1ms", "") BAD_AND_GOOD
        "\"balancers\": { \"outlier\": { \"like\": \"haproxy\" }, \"health\": { "
        "\"interval\": \"1000s\", \"fast\": \"1s\", \"fall\": 3, \"deep\": true } }",
        .policy = &first_one,
        .requests = 20 });
    CU_ASSERT_EQUAL(notes.n, 1);
    hears(0, 0, false, 12.0001, 12.0001);
}

/* ---- Panic. */

#define DEAD(count, dead, panic)                                                                   \
    CLIENT(10, "1ms", ", \"timeout\": \"1s\"")                                                     \
    "\"servers\": { \"name\": \"s\", \"count\": " #count " }, \"balancers\": { \"panic\": " panic  \
    ", \"health\": { \"interval\": \"1s\", \"fall\": 1 } }, \"timeline\": { \"at\": \"1s\", "      \
    "\"server\": \"s[0.." #dead "]\", \"state\": \"down\" }"

static uint32_t usable_with(const char *text)
{
    guard_run((struct guard_case) { .text = text, .policy = &in_turn, .requests = 50 });
    return notes.usable;
}

/* Below the threshold, not at it; 7 of 100 are just .07. */
static void panics_below_the_threshold(void)
{
    CU_ASSERT_EQUAL(usable_with(DEAD(10, 4, "0.5")), 5);
    CU_ASSERT_EQUAL(usable_with(DEAD(10, 5, "0.5")), 10);
    CU_ASSERT_EQUAL(usable_with(DEAD(100, 92, "0.07")), 7);
    CU_ASSERT_EQUAL(usable_with(DEAD(100, 93, "0.07")), 100);
}

int suite_guards(void)
{
    CU_pSuite suite = CU_add_suite("guards", NULL, NULL);

    return !suite || !CU_add_test(suite, "checks find the dead", checks_find_the_dead) ||
           !CU_add_test(suite, "hanging takes the time-out", hanging_takes_the_timeout) ||
           !CU_add_test(suite, "balancers check by themselves", balancers_check_by_themselves) ||
           !CU_add_test(suite, "seats are not servers", seats_are_not_servers) ||
           !CU_add_test(suite, "black holes want deep checks", black_holes_want_deep_checks) ||
           !CU_add_test(suite, "checks cost work", checks_cost_work) ||
           !CU_add_test(suite, "checks wait in line", checks_wait_in_line) ||
           !CU_add_test(suite, "losses take servers out", losses_take_servers_out) ||
           !CU_add_test(suite, "checks end with the requests", checks_end_with_the_requests) ||
           !CU_add_test(suite, "nginx tries one", nginx_tries_one) ||
           !CU_add_test(suite, "nginx keeps a lone server", nginx_keeps_a_lone_server) ||
           !CU_add_test(suite, "Envoy ejects for longer and longer",
                        envoy_ejects_for_longer_and_longer) ||
           !CU_add_test(suite, "Envoy ejects a tenth at most", envoy_ejects_a_tenth_at_most) ||
           !CU_add_test(suite, "checks end ejections", checks_end_ejections) ||
           !CU_add_test(suite, "gRPC looks at intervals", grpc_looks_at_intervals) ||
           !CU_add_test(suite, "HAProxy counts failed checks", haproxy_counts_failed_checks) ||
           !CU_add_test(suite, "HAProxy checks sooner", haproxy_checks_sooner) ||
           !CU_add_test(suite, "panics below the threshold", panics_below_the_threshold);
}
