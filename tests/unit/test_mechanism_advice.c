/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What cannot be said of attempts, health and limits, and what had better not be said. */
#include "tests/unit/scenario_fixture.h"

int suite_mechanism_advice(void);

/* A tenth of a second of service, four servers, half of their capacity or twice it. */
#define CLIENT(load, keys) "{ \"load\": " load ", \"clients\": { \"service\": \"100ms\"" keys " }, "
#define SERVERS(keys)                                                                              \
    "\"servers\": { \"name\": \"app\", \"count\": 4" keys " }, \"policies\": \"plain\" }"
#define BALANCER(keys) "\"balancers\": { \"name\": \"edge\", " keys " }, "
#define ONE(keys)      CLIENT("0.5", "") BALANCER(keys) SERVERS("")

/* No warning of this code. */
static int silent(const char *text, const char *code)
{
    struct reading reading = read_text(text);
    const int good = reading.scenario && !strstr(reading.shown, code);

    if (!good)
        fprintf(stderr, "not expected: %s\nshown: %s\n", code, reading.shown);
    reading_end(&reading);
    return good;
}

static void test_client_errors(void)
{
    CU_ASSERT(refused(CLIENT("0.5", ", \"cancel\": {}") SERVERS(""), "it never gives up"));
    CU_ASSERT(refused(CLIENT("0.5", ", \"timeout\": 1, \"cancel\": { \"on_timeout\": false, "
                                    "\"cost\": 1 }") SERVERS(""),
                      "cancel.cost: it does not cancel"));
    CU_ASSERT(refused(CLIENT("0.5", ", \"fan_out\": { \"parts\": 2, \"need\": 3 }") SERVERS(""),
                      "fan_out.need: there are not so many parts"));
    CU_ASSERT(refused(CLIENT("0.5", ", \"retry\": { \"attempts\": 2, \"on\": [ \"timeout\" ] }")
                          SERVERS(""),
                      "retry.on: there is no timeout"));
    CU_ASSERT(refused(CLIENT("0.5", ", \"retry\": { \"attempts\": \"unlimited\" }") SERVERS(""),
                      "retry.attempts: without a back-off"));
    CU_ASSERT(refused(CLIENT("0.5", ", \"retry\": { \"attempts\": 2, \"backoff\": { \"first\": 2, "
                                    "\"most\": 1 } }") SERVERS(""),
                      "backoff.most: it is shorter than the first wait"));
}

static void test_balancer_errors(void)
{
    CU_ASSERT(refused(ONE("\"queue\": { \"target\": 1 }"), "target: this goes with order codel"));
    CU_ASSERT(refused(ONE("\"attempts\": { \"copies\": { \"cancel\": \"never\", \"cancel_cost\": 1 "
                          "} }"),
                      "cancel_cost: copies are never called off"));
    CU_ASSERT(refused(ONE("\"attempts\": { \"hedge\": { \"after\": 1, \"most\": 1 } }"),
                      "hedge.most: expected a whole number from 2"));
    CU_ASSERT(refused(ONE("\"attempts\": { \"retry\": { \"attempts\": 2, \"on\": [ \"timeout\" ] } "
                          "}"),
                      "retry.on: there is no timeout"));
    CU_ASSERT(refused(ONE("\"limits\": {}"), "limits: nothing is bounded"));
    CU_ASSERT(refused(ONE("\"limits\": { \"retries\": 3 }"), "makes one attempt a request"));
    CU_ASSERT(refused(ONE("\"shed\": { \"below_priority\": 1, \"when\": {} }"),
                      "when: it never happens"));
    CU_ASSERT(refused(CLIENT("0.5", ", \"priority\": 2") BALANCER(
                          "\"shed\": { \"below_priority\": 2, \"when\": { \"in_flight\": 9 } }")
                          SERVERS(""),
                      "no client of this balancer has a lower priority"));
    CU_ASSERT(refused(ONE("\"rate_limit\": { \"kind\": \"fixed_window\", \"rate\": 0.5 }"),
                      "less than one request a window"));
    CU_ASSERT(refused(ONE("\"concurrency\": { \"least\": 30, \"most\": 20 }"),
                      "least is more than most"));
    CU_ASSERT(refused(ONE("\"concurrency\": { \"like\": \"aimd\", \"most\": 10 }"),
                      "initial, 20, lies outside 1 to 10"));
}

static void test_outlier_errors(void)
{
    CU_ASSERT(refused(ONE("\"outlier\": { \"like\": \"nginx\", \"consecutive\": 0 }"),
                      "outlier: nothing is judged"));
    CU_ASSERT(refused(ONE("\"outlier\": { \"most_ejected\": 0 }"), "no server is ever left out"));
    CU_ASSERT(refused(ONE("\"outlier\": { \"failure_percentage\": { \"threshold\": 0.5 } }"),
                      "failure_percentage: this rule is not applied"));
    CU_ASSERT(refused(ONE("\"outlier\": { \"failure_percentage\": {} }"),
                      "failure_percentage: this rule is not applied"));
    CU_ASSERT(refused(ONE("\"outlier\": { \"consecutive\": 0, \"enforced\": 0.5, "
                          "\"success_rate\": {} }"),
                      "outlier.enforced: consecutive is 0"));
    CU_ASSERT(refused(ONE("\"attempts\": {}"), "attempts: nothing is said"));
    CU_ASSERT(refused(ONE("\"outlier\": { \"latency\": {} }"), "latency: factor is missing"));
}

/* Attempts without number, each of which may fail. */
static void test_endless_errors(void)
{
#define AGAIN(more) ", \"retry\": { \"attempts\": \"unlimited\", \"backoff\": 1 }" more
#define FIRM                                                                                       \
    BALANCER("\"attempts\": { \"retry\": { \"attempts\": \"unlimited\", \"backoff\": 1 } }")
#define DOWN(until)                                                                                \
    "\"timeline\": { \"server\": \"app\", \"state\": \"down\", \"at\": 1" until " }, "
    CU_ASSERT(refused(CLIENT("0.5", AGAIN("")) SERVERS(", \"errors\": 1"),
                      "retry.attempts: each of them may fail, and nothing ends them: give the "
                      "client a deadline"));
    CU_ASSERT(silent(CLIENT("0.5", AGAIN("")) SERVERS(", \"errors\": 0.9"), "nothing ends them"));
    CU_ASSERT(silent(CLIENT("0.5", AGAIN(", \"deadline\": 9")) SERVERS(", \"errors\": 1"),
                     "nothing ends them"));
    CU_ASSERT(refused(CLIENT("0.5", AGAIN(", \"timeout\": 1")) SERVERS(""), "nothing ends them"));
    CU_ASSERT(refused(CLIENT("0.5", AGAIN("")) DOWN("") SERVERS(""), "nothing ends them"));
    CU_ASSERT(silent(CLIENT("0.5", AGAIN(", \"deadline\": 9")) DOWN("") SERVERS(""),
                     "nothing ends them"));
    CU_ASSERT(refused(CLIENT("0.5", ", \"timeout\": 1") FIRM SERVERS(", \"errors\": 1"),
                      "attempts.retry.attempts: each of them may fail"));
    CU_ASSERT(silent(CLIENT("0.5", ", \"timeout\": 1, \"cancel\": {}")
                         FIRM SERVERS(", \"errors\": 1"),
                     "nothing ends them"));
}

/* A run of 2e5 requests takes 1e4 s. */
static void test_many_events(void)
{
    CU_ASSERT(refused(ONE("\"health\": { \"interval\": \"1us\" }"),
                      "health.interval: it would happen 4e+10 times in a run"));
    CU_ASSERT(refused(ONE("\"health\": { \"down\": \"1us\" }"), "health.down: it would happen"));
    CU_ASSERT(refused(ONE("\"outlier\": { \"interval\": \"1us\" }"), "outlier.interval: it would"));
    CU_ASSERT(
        silent(ONE("\"outlier\": { \"like\": \"nginx\", \"ejection\": \"1us\" }"), "it would"));
    CU_ASSERT(refused(CLIENT("0.5", "") SERVERS(", \"speed\": { \"redraw\": \"1us\", \"values\": [ "
                                                "1 ] }"),
                      "speed.redraw: it would happen"));
}

static void test_fault_errors(void)
{
#define FAULT(keys)                                                                                \
    CLIENT("0.5", ", \"timeout\": 9")                                                              \
    SERVERS(", \"faults\": { " keys " }") /* a run of 2e5 requests takes 1e4 s */
    CU_ASSERT(refused(FAULT("\"state\": \"down\", \"every\": 1, \"lasts\": 0"), "lasts no time"));
    CU_ASSERT(
        refused(FAULT("\"state\": \"down\", \"every\": 0, \"lasts\": \"1us\""), "let it be rarer"));
    CU_ASSERT(refused(FAULT("\"state\": \"up\", \"every\": 1, \"lasts\": 1"), "unknown state"));
    CU_ASSERT(refused(FAULT("\"state\": \"down\", \"every\": 1, \"lasts\": 1, \"together\": "
                            "\"zone\""),
                      "the group stands in no zone"));
}

static void test_timeline_errors(void)
{
#define ENTRY(keys)                                                                                \
    CLIENT("0.5", "") BALANCER("\"count\": 3") "\"timeline\": { \"at\": 1, " keys " }, " SERVERS("")
    CU_ASSERT(refused(ENTRY("\"balancer\": \"edge\", \"state\": \"hang\""),
                      "state: a balancer is up or down"));
    CU_ASSERT(refused(ENTRY("\"balancer\": \"edge[3]\", \"state\": \"down\""),
                      "there are 3 of \"edge\": the last is edge[2]"));
    CU_ASSERT(
        refused(ENTRY("\"balancer\": \"egde\", \"state\": \"down\""), "did you mean \"edge\"?"));
    CU_ASSERT(refused(ENTRY("\"balancer\": \"edge\", \"speed\": 1"),
                      "this is a property of a server or zone"));
}

static void test_storm(void)
{
#define STORM(load, more)                                                                          \
    CLIENT(load, ", \"timeout\": 1, \"cancel\": {}, \"retry\": { \"attempts\": 3" more " }")       \
    SERVERS("")
    CU_ASSERT(warned(STORM("0.5", ""), "are a load of 1.5 while requests fail"));
    CU_ASSERT(silent(STORM("0.3", ""), "retry_storm"));
    CU_ASSERT(silent(STORM("0.5", ", \"budget\": {}"), "retry_storm"));
    CU_ASSERT(silent(STORM("0.5", ", \"on\": [ \"refused\" ]"), "retry_storm"));
    CU_ASSERT(warned(CLIENT("0.1", ", \"timeout\": 1, \"deadline\": 9, \"retry\": { \"attempts\": "
                                   "\"unlimited\", \"on\": [ \"timeout\" ] }") SERVERS(""),
                     "attempts are unlimited and there is no budget"));
    /* A balancer's, where answers are errors. */
    CU_ASSERT(warned(CLIENT("0.7", "") BALANCER("\"attempts\": { \"retry\": { \"attempts\": 2 } }")
                         SERVERS(", \"errors\": 0.1"),
                     "attempts.retry: 2 attempts at a load of 0.7"));
    CU_ASSERT(silent(CLIENT("0.7", "") BALANCER("\"attempts\": { \"retry\": { \"attempts\": 2 } }")
                         SERVERS(""),
                     "retry_storm"));
}

static void test_client_warnings(void)
{
    CU_ASSERT(warned(CLIENT("0.3", ", \"timeout\": 1, \"retry\": { \"attempts\": 2 }") SERVERS(""),
                     "[zombie_work]"));
    CU_ASSERT(silent(STORM("0.3", ""), "zombie_work"));
    CU_ASSERT(warned(CLIENT("0.3", ", \"timeout\": 1, \"retry\": { \"attempts\": 1, \"backoff\": 1 "
                                   "}") SERVERS(""),
                     "[unused_retry]"));
    CU_ASSERT(warned(CLIENT("0.3", ", \"timeout\": \"99ms\"") SERVERS(""), "[short_timeout]"));
    CU_ASSERT(silent(CLIENT("0.3", ", \"timeout\": \"99ms\"") SERVERS(", \"speed\": 2"),
                     "short_timeout"));
    CU_ASSERT(
        warned(CLIENT("0.3", ", \"timeout\": 2, \"deadline\": 1") SERVERS(""), "[late_timeout]"));
}

static void test_late(void)
{
#define LATE(timeout, attempts)                                                                    \
    CLIENT("0.3", ", \"timeout\": " timeout) BALANCER("\"attempts\": { " attempts " }") SERVERS("")
#define TRIES "\"timeout\": 0.4, \"retry\": { \"attempts\": 3, \"on\": [ \"timeout\" ] }"
    CU_ASSERT(warned(LATE("1.1", TRIES), "before its balancer has made all attempts"));
    CU_ASSERT(silent(LATE("1.2", TRIES), "late_retries"));
    CU_ASSERT(warned(LATE("0.4", "\"timeout\": 0.4"), "before its balancer gives up an attempt"));
    CU_ASSERT(warned(LATE("9", "\"timeout\": 0.01"), "attempts.timeout: it is shorter than"));
    CU_ASSERT(warned(LATE("9", "\"timeout\": 2, \"deadline\": 2"), "[late_timeout]"));
    CU_ASSERT(warned(LATE("9", "\"timeout\": 1, \"hedge\": { \"after\": 1 }"), "[late_hedge]"));
}

static void test_hedge(void)
{
#define HEDGE(load, keys, more)                                                                    \
    CLIENT(load, "")                                                                               \
    BALANCER("\"attempts\": { \"hedge\": { \"after\": 1" keys " } }" more) SERVERS("")
    CU_ASSERT(warned(HEDGE("0.6", "", ""), "[unbounded_hedge]"));
    CU_ASSERT(silent(HEDGE("0.4", "", ""), "unbounded_hedge"));
    CU_ASSERT(warned(HEDGE("0.4", ", \"most\": 3", ""), "[unbounded_hedge]"));
    CU_ASSERT(silent(HEDGE("0.6", ", \"budget\": {}", ""), "unbounded_hedge"));
    CU_ASSERT(silent(HEDGE("0.6", "", ", \"limits\": { \"retries\": 9 }"), "unbounded_hedge"));
}

static void test_unused(void)
{
    CU_ASSERT(warned(ONE("\"attempts\": { \"copies\": {} }"), "[unused_copies]"));
    CU_ASSERT(warned(ONE("\"queue\": { \"limit\": 9 }"), "[unused_queue]"));
    CU_ASSERT(silent(ONE("\"queue\": { \"limit\": 9 }, \"on_none\": \"queue\""), "unused_queue"));
    CU_ASSERT(silent(ONE("\"queue\": { \"limit\": 9 }, \"limits\": { \"per_server\": 9 }"),
                     "unused_queue"));
    CU_ASSERT(warned(ONE("\"shed\": { \"below_priority\": 1, \"when\": { \"queue\": 9 } }"),
                     "[unused_queue]"));
    CU_ASSERT(warned(CLIENT("1.2", "") BALANCER("\"queue\": {}, \"limits\": { \"per_server\": 9 }")
                         SERVERS(", \"queue_limit\": 9"),
                     "[unbounded_queue]"));
    CU_ASSERT(warned(CLIENT("0.3", "") SERVERS(", \"slow_start\": { \"window\": 9 }"),
                     "[unused_slow_start]"));
    CU_ASSERT(warned(CLIENT("0.3", "") SERVERS(", \"warm_up\": { \"from\": 0.5, \"over\": 9 }"),
                     "[unused_slow_start]"));
    CU_ASSERT(silent(CLIENT("0.3", "") BALANCER("\"health\": {}")
                         SERVERS(", \"slow_start\": { \"window\": 9 }"),
                     "unused_slow_start"));
}

static void test_unused_attempts(void)
{
#define NONE ", \"limits\": { \"retries\": 0 }"
    CU_ASSERT(warned(ONE("\"attempts\": { \"hedge\": { \"after\": 1 } }" NONE),
                     "limits.retries is 0: it never hedges"));
    CU_ASSERT(warned(ONE("\"attempts\": { \"retry\": { \"attempts\": 2 } }" NONE),
                     "limits.retries is 0: it never tries again"));
    CU_ASSERT(warned(CLIENT("0.3", "") BALANCER(
                         "\"attempts\": { \"hedge\": { \"after\": 1 } }") "\"servers\": {}, "
                                                                          "\"policies\": "
                                                                          "\"plain\" }",
                     "[unused_hedge]"));
    CU_ASSERT(warned(CLIENT("0.3", ", \"retry\": { \"attempts\": 2, \"backoff\": { \"first\": 1, "
                                   "\"factor\": 3 } }") SERVERS(""),
                     "backoff.factor: two attempts have one wait"));
#define URGENT(shed)                                                                               \
    "{ \"load\": 0.3, \"clients\": [ { \"name\": \"a\", \"service\": 1, \"priority\": 1 }, { "     \
    "\"name\": "                                                                                   \
    "\"b\", \"service\": 1 } ], " BALANCER("\"count\": 1" shed) SERVERS("")
    CU_ASSERT(warned(URGENT(""), "[unused_priority]"));
    CU_ASSERT(
        silent(URGENT(", \"shed\": { \"below_priority\": 1, \"when\": { \"in_flight\": 9 } }"),
               "unused_priority"));
}

static void test_health(void)
{
#define FAILING(state, lasts, guard)                                                               \
    CLIENT("0.3", ", \"timeout\": 9")                                                              \
    BALANCER(guard)                                                                                \
    "\"servers\": { \"count\": 4, \"faults\": { \"state\": \"" state "\", "                        \
    "\"every\": 900, \"lasts\": " lasts " } }, \"policies\": [ \"plain\", \"jsq\" ] }"
    CU_ASSERT(warned(FAILING("hang", "5", "\"health\": {}"), "3 failed checks take 6 s"));
    CU_ASSERT(silent(FAILING("hang", "7", "\"health\": {}"), "slow_checks"));
    CU_ASSERT(warned(FAILING("black_hole", "9", "\"health\": {}"), "looks idle to jsq"));
    CU_ASSERT(warned(FAILING("refuse", "9", "\"count\": 1"), "[sinkhole]"));
    CU_ASSERT(silent(FAILING("hang", "9", "\"count\": 1"), "sinkhole"));
    /* With a balancer that is not written. */
    CU_ASSERT(warned(CLIENT("0.3", "") "\"servers\": { \"faults\": { \"state\": \"refuse\", "
                                       "\"every\": 9, \"lasts\": 1 } }, \"policies\": \"jsq\" }",
                     "servers: a server that fails at once looks idle to jsq"));
    CU_ASSERT(
        silent(FAILING("refuse", "9", "\"outlier\": { \"most_ejected\": 0.25 }"), "sinkhole"));
    CU_ASSERT(warned(FAILING("refuse", "9", "\"outlier\": {}"), "[sinkhole]"));
    CU_ASSERT(warned(FAILING("refuse", "9", "\"outlier\": { \"like\": \"grpc\" }"), "[sinkhole]"));
    CU_ASSERT(silent(FAILING("refuse", "9", "\"outlier\": { \"like\": \"nginx\" }"), "sinkhole"));
    CU_ASSERT(silent(FAILING("black_hole", "9", "\"health\": { \"deep\": true }"), "sinkhole"));
}

/* Four servers. */
static void test_outlier_warnings(void)
{
    CU_ASSERT(warned(ONE("\"outlier\": {}"), "most_ejected, 0.1, lets none of 4 servers out"));
    CU_ASSERT(silent(ONE("\"outlier\": { \"at_least_one\": true }"), "useless_outlier"));
    CU_ASSERT(silent(ONE("\"outlier\": { \"most_ejected\": 0.25 }"), "useless_outlier"));
    CU_ASSERT(warned(ONE("\"outlier\": { \"most_ejected\": 0.24 }"), "[useless_outlier]"));
    CU_ASSERT(warned(ONE("\"outlier\": { \"like\": \"grpc\" }"),
                     "least_hosts, 5, is more than the 4 servers there are"));
    CU_ASSERT(silent(ONE("\"outlier\": { \"like\": \"grpc\", \"latency\": { \"factor\": 2, "
                         "\"least_hosts\": 4 } }"),
                     "useless_outlier"));
    CU_ASSERT(silent(ONE("\"outlier\": { \"like\": \"haproxy\" }"), "useless_outlier"));
}

static void test_panic(void)
{
    CU_ASSERT(refused(ONE("\"panic\": 0.5"), "panic: neither health nor outlier"));
    CU_ASSERT(silent(ONE("\"panic\": 0"), "panic"));
    CU_ASSERT(warned(ONE("\"panic\": 0.8, \"outlier\": {}"), "one server less is panic already"));
    CU_ASSERT(warned(ONE("\"panic\": 0.5, \"outlier\": { \"most_ejected\": 0.4 }"),
                     "it never comes to this"));
    CU_ASSERT(
        silent(ONE("\"panic\": 0.7, \"outlier\": { \"most_ejected\": 0.4 }"), "panic_or_ejection"));
    CU_ASSERT(silent(ONE("\"panic\": 0.5, \"health\": {}, \"outlier\": {}"), "panic_or_ejection"));
}

/* 20 requests a second on 4 servers: 50 in the 10 s of the window. */
static void test_breaker(void)
{
    CU_ASSERT(warned(ONE("\"breaker\": { \"least_requests\": 51 }"), "about 50 requests"));
    CU_ASSERT(silent(ONE("\"breaker\": { \"least_requests\": 50 }"), "breaker_never_opens"));
}

int suite_mechanism_advice(void)
{
    CU_pSuite suite = CU_add_suite("mechanism_advice", NULL, NULL);

    return !suite || !CU_ADD_TEST(suite, test_client_errors) ||
           !CU_ADD_TEST(suite, test_balancer_errors) || !CU_ADD_TEST(suite, test_outlier_errors) ||
           !CU_ADD_TEST(suite, test_fault_errors) || !CU_ADD_TEST(suite, test_endless_errors) ||
           !CU_ADD_TEST(suite, test_many_events) || !CU_ADD_TEST(suite, test_timeline_errors) ||
           !CU_ADD_TEST(suite, test_storm) || !CU_ADD_TEST(suite, test_client_warnings) ||
           !CU_ADD_TEST(suite, test_late) || !CU_ADD_TEST(suite, test_hedge) ||
           !CU_ADD_TEST(suite, test_unused) || !CU_ADD_TEST(suite, test_unused_attempts) ||
           !CU_ADD_TEST(suite, test_health) || !CU_ADD_TEST(suite, test_outlier_warnings) ||
           !CU_ADD_TEST(suite, test_panic) || !CU_ADD_TEST(suite, test_breaker);
}
