/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/scenario_fixture.h"

int suite_contradiction(void);

#define S1   "\"clients\": { \"service\": 1 }, "
#define REST "\"servers\": {}, \"policies\": \"plain\" }"
#define RATE(rate, more)                                                                           \
    "\"clients\": { \"arrivals\": { \"rate\": " rate " }, \"service\": 1" more " }, "
#define LOSSY "\"links\": [ { \"name\": \"bad\", \"loss\": 0.1 }, { \"name\": \"good\" } ], "

static void test_load(void)
{
    CU_ASSERT(refused("{ \"load\": 0.5, " RATE("1", "") REST, "clients.arrivals.rate: load sets"));
    CU_ASSERT(refused("{ " S1 REST, "clients: no rate"));
    CU_ASSERT(refused("{ \"load\": 0, " S1 REST, "load: expected a number from 1e-06 to 1000"));
    CU_ASSERT(
        warned("{ \"load\": 1, " S1 REST, "warning: load: the work offered is 1 of the capacity"));
    CU_ASSERT(warned("{ " RATE("2", "") REST, "[unstable]"));
}

static int quiet(const char *text)
{
    struct reading reading = read_text(text);
    const int good = reading.scenario && !*reading.shown;

    if (!good)
        fprintf(stderr, "expected nothing, shown: %s\n", reading.shown);
    reading_end(&reading);
    return good;
}

static void test_quiet(void)
{
    CU_ASSERT(quiet("{ \"load\": 0.5, " S1 REST));
    CU_ASSERT(quiet("{ " RATE("0.9", "") REST));
    /* A loss system is stable at any load. */
    CU_ASSERT(quiet("{ \"load\": 2, " S1
                    "\"servers\": { \"queue_limit\": 3 }, \"policies\": \"plain\" }"));
}

static void test_balancer_overload(void)
{
    CU_ASSERT(warned(
        "{ \"clients\": [ { \"to\": \"a\", \"service\": 1, \"arrivals\": { \"rate\": 3 } },\n"
        "               { \"to\": \"b\", \"service\": 1, \"arrivals\": { \"rate\": 1 } } ],\n"
        "  \"balancers\": [ { \"name\": \"a\", \"servers\": [ \"s\" ] }, { \"name\": \"b\", "
        "\"servers\": [ \"l\" ] } ],\n"
        "  \"servers\": [ { \"name\": \"s\" }, { \"name\": \"l\", \"count\": 9 } ], \"policies\": "
        "\"plain\" }",
        "the work offered to balancer \"a\" is 3 of its servers' capacity"));
}

static void test_closed(void)
{
#define CLOSED(more)                                                                               \
    "{ \"clients\": { \"arrivals\": { \"process\": \"closed\", \"population\": 3 }, "              \
    "\"service\": " more " }, "
    CU_ASSERT(quiet(CLOSED("1") REST));
    CU_ASSERT(warned(CLOSED("1") "\"load\": 0.5, " REST, "[closed_ignores_load]"));
    CU_ASSERT(refused(CLOSED("0") REST, "users that neither think nor take service"));
}

static void test_loss(void)
{
    const char *words = "it has no timeout: a request would never end";

    CU_ASSERT(refused("{ " RATE("0.5", ", \"link\": \"bad\"") LOSSY REST, words));
    CU_ASSERT(
        refused("{ " RATE("0.5", "") LOSSY "\"balancers\": { \"link\": \"bad\" }, " REST, words));
    CU_ASSERT(refused("{ " RATE("0.5", "") LOSSY
                      "\"servers\": [ {}, { \"link\": \"bad\" } ], \"policies\": \"plain\" }",
                      words));
    CU_ASSERT(warned("{ " RATE("0.5", ", \"link\": \"bad\", \"timeout\": 5") LOSSY REST,
                     "warning: links[1]: \"good\" is used by nobody [unused_link]"));
    /* The servers' own link stands in for the balancer's. */
    CU_ASSERT(quiet("{ " RATE("0.5", "") LOSSY
                    "\"balancers\": { \"link\": \"bad\" },\n"
                    "\"servers\": { \"link\": \"good\" }, \"policies\": \"plain\" }"));
}

static void test_unused(void)
{
    CU_ASSERT(warned(
        "{ \"load\": 0.5, " S1 "\"balancers\": { \"servers\": [ \"a\" ] },\n"
        "\"servers\": [ { \"name\": \"a\" }, { \"name\": \"b\" } ], \"policies\": \"plain\" }",
        "warning: servers[1]: \"b\" is used by no balancer [unused_servers]"));
    CU_ASSERT(warned("{ \"load\": 0.5, \"clients\": { \"service\": 1, \"to\": \"a\" }, "
                     "\"balancers\": [ { \"name\": \"a\" }, {} ], " REST,
                     "\"balancer2\" is used by no client [unused_balancer]"));
}

static void test_share(void)
{
    CU_ASSERT(
        warned("{ " RATE("0.5", ", \"share\": 2") REST,
               "clients.share: shares count where load sets the rates, not here [unused_share]"));
    CU_ASSERT(quiet("{ \"load\": 0.5, \"clients\": { \"service\": 1, \"share\": 2 }, " REST));
}

/* The capacity is that of the servers in use. */
static void test_capacity(void)
{
    struct reading r =
        read_text("{ \"load\": 0.5, " S1 "\"balancers\": { \"servers\": [ \"a\" ] },\n"
                  "\"servers\": [ { \"name\": \"a\", \"count\": 3 }, { \"name\": \"b\" } ], "
                  "\"policies\": \"plain\" }");

    CU_ASSERT_DOUBLE_EQUAL(r.scenario->clients[0].rate, 1.5, 1e-12);
    reading_end(&r);
}

static void test_weights(void)
{
    CU_ASSERT(
        refused("{ \"load\": 0.5, " S1
                "\"servers\": [ { \"weight\": 0 }, { \"weight\": 0 } ], \"policies\": \"plain\" }",
                "servers: all servers have weight 0"));
    CU_ASSERT(quiet("{ \"load\": 0.5, " S1
                    "\"servers\": [ { \"weight\": 0 }, {} ], \"policies\": \"plain\" }"));
    CU_ASSERT(refused("{ \"load\": 0.5, " S1
                      "\"servers\": { \"weight\": 1.5 }, \"policies\": \"plain\" }",
                      "multiply all by 10"));
}

static void test_run(void)
{
#define RUN(text) "{ \"load\": 0.5, " S1 "\"run\": { " text " }, " REST
    CU_ASSERT(
        warned(RUN("\"replications\": 9"),
               "warning: run.replications: 9: intervals want at least 10 [few_replications]"));
    CU_ASSERT(refused(RUN("\"requests\": 5, \"duration\": 5"), "exclude each other"));
    CU_ASSERT(refused(RUN("\"requests\": 5, \"warmup\": 5"), "leave nothing to measure"));
    CU_ASSERT(refused(RUN("\"duration\": 5, \"warmup\": \"5s\""), "as long as the run"));
    CU_ASSERT(refused(RUN("\"warmup\": 1.5"), "expected \"auto\", a number of requests"));
    CU_ASSERT(refused(RUN("\"warmup\": -1"), "expected \"auto\", a number of requests"));
    CU_ASSERT(refused(RUN("\"requests\": 4000000001"), "from 1 to 4000000000"));
    CU_ASSERT(refused(RUN("\"duration\": 2e8"), "smaller unit"));
    CU_ASSERT(refused("{ " RATE("1e6", "") "\"run\": { \"duration\": 5000 }, \"servers\": { "
                                           "\"count\": 2000000 }, \"policies\": \"plain\" }",
                      "are 5e+09 requests; at most 4e+09"));
    CU_ASSERT(refused("{ " RATE("1e-7", "") "\"run\": { \"requests\": 1e6 }, " REST,
                      "1000000 requests at 1e-07 per second"));
}

static void test_support(void)
{
#define SERVICE(text) "{ \"load\": 0.5, \"clients\": { \"service\": " text " }, " REST
    CU_ASSERT(refused(SERVICE("2e8"), "smaller unit"));
    CU_ASSERT(refused(SERVICE("{ \"distribution\": \"exponential\", \"mean\": 1e7 }"),
                      "its values reach 3.45396e+08s, beyond 1e+08s"));
    CU_ASSERT(warned(SERVICE("{ \"distribution\": \"exponential\", \"mean\": 5000 }"),
                     "note: clients.service: 5000 has no unit"));
    CU_ASSERT(warned(SERVICE("101"), "[bare_number]"));
    CU_ASSERT(quiet(SERVICE("\"101s\"")));
    CU_ASSERT(quiet(SERVICE("100")));
    CU_ASSERT(refused("{ \"clients\": { \"arrivals\": { \"rate\": 1e-3 }, \"service\": 1000 }, "
                      "\"servers\": { \"speed\": 1e-6 }, \"policies\": \"plain\" }",
                      "at the slowest server it takes up to 1e+09 s"));
    CU_ASSERT(refused(
        "{ " RATE(
            "0.5",
            ", \"link\": \"l\", \"bytes\": { \"request\": \"1000TB\" }") "\"links\": { \"name\": "
                                                                         "\"l\", \"bandwidth\": 1 "
                                                                         "}, " REST,
        "on the slowest link they take up to 1e+15 s"));
}

static void test_policies(void)
{
#define POLICY(name)                                                                               \
    "{ \"load\": 0.5, " S1                                                                         \
    "\"servers\": {}, \"balancers\": { \"count\": 2 }, \"policies\": [ \"plain\", \"" name         \
    "\" ] }"
    CU_ASSERT(warned(POLICY("central_queue"),
                     "warning: policies[1]: each of the 2 balancers has a queue of its own"));
    CU_ASSERT(warned(POLICY("jsq"), "note: policies[1]: it sees the true queues"));
    CU_ASSERT(quiet("{ \"load\": 0.5, " S1
                    "\"servers\": {}, \"policies\": [ \"central_queue\", \"jsq\" ] }"));
}

int suite_contradiction(void)
{
    CU_pSuite suite = CU_add_suite("contradictions", NULL, NULL);

    if (!suite || !CU_add_test(suite, "load", test_load) ||
        !CU_add_test(suite, "nothing to say", test_quiet) ||
        !CU_add_test(suite, "one balancer overloaded", test_balancer_overload) ||
        !CU_add_test(suite, "closed clients", test_closed) ||
        !CU_add_test(suite, "loss", test_loss) || !CU_add_test(suite, "unused", test_unused) ||
        !CU_add_test(suite, "share", test_share) ||
        !CU_add_test(suite, "capacity in use", test_capacity) ||
        !CU_add_test(suite, "weights", test_weights) || !CU_add_test(suite, "run", test_run) ||
        !CU_add_test(suite, "support", test_support) ||
        !CU_add_test(suite, "policies", test_policies))
        return -1;
    return 0;
}
