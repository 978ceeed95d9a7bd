/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a scenario says of live runs, and how single requests fail. */
#include "sim/run/identity.h"
#include "sim/run/plugin.h"
#include "sim/run/world.h"
#include "sim/scenario/describe.h"
#include "tests/unit/scenario_fixture.h"

int suite_live_read(void);

#define SCENARIO(more)                                                                             \
    "{ \"load\": 0.5, \"clients\": { \"service\": \"10ms\", \"timeout\": 1 }, \"servers\": [ { "   \
    "\"name\": \"app\", \"count\": 2 }, { \"name\": \"db\", \"count\": 3 } ], \"policies\": "      \
    "\"plain\"" more " }"

static void test_absent(void)
{
    struct reading reading = read_text(SCENARIO(""));
    const struct live_spec *live;

    CU_ASSERT_PTR_NOT_NULL_FATAL(reading.scenario);
    live = &reading.scenario->live;
    CU_ASSERT(!live->given && live->transport == LIVE_HTTP && !live->tls);
    CU_ASSERT(!live->backends && !live->through.text && live->duration == LB_NEVER);
    CU_ASSERT(live->tries == 5 && live->connections == SCENARIO_UNLIMITED);
    CU_ASSERT_DOUBLE_EQUAL(live->time_scale, 1, 0);
    reading_end(&reading);
}

static void test_all(void)
{
    struct reading reading = read_text(SCENARIO(
        ", \"live\": { \"transport\": \"tcp\", \"backends\": { \"db\": [ \"[::1]:8081\", "
        "\"localhost:8082\", \"10.0.0.255:65535\" ] }, \"through\": \"127.0.0.1:1\", "
        "\"time_scale\": 2.5, \"duration\": \"12s\", \"tries\": 3, \"connections\": 64 }"));
    const struct live_spec *live;

    CU_ASSERT_PTR_NOT_NULL_FATAL(reading.scenario);
    live = &reading.scenario->live;
    CU_ASSERT(live->given && live->transport == LIVE_TCP && !live->tls);
    CU_ASSERT(live->duration == (lb_time)12000000000 && live->tries == 3);
    CU_ASSERT_EQUAL(live->connections, 64);
    CU_ASSERT_DOUBLE_EQUAL(live->time_scale, 2.5, 0);
    CU_ASSERT_STRING_EQUAL(live->through.text, "127.0.0.1:1");
    CU_ASSERT_EQUAL(live->through.port, 1);
    CU_ASSERT_PTR_NULL(live->backends[0].text);
    CU_ASSERT_PTR_NULL(live->backends[1].text);
    CU_ASSERT_STRING_EQUAL(live->backends[2].text, "[::1]:8081");
    CU_ASSERT_EQUAL(live->backends[3].port, 8082);
    CU_ASSERT_EQUAL(live->backends[4].port, 65535);
    reading_end(&reading);
}

static void test_addresses(void)
{
    static const char *const bad[] = {
        "127.0.0.1",      "127.0.0.1:0",  "127.0.0.1:65536", "127.0.0.1:+1",  "127.0.0.1:8 0",
        "127.0.0:80",     "1.2.3.4.5:80", "1.2.3.256:80",    "1.2.3.:80",     "1..3.4:80",
        "01234.1.1.1:80", ":80",          "[]:80",           "[::1:80",       "::1:80",
        "example.org:80", "localhos:80",  "[::g]:80",        "127.0.0.1:80:", "",
    };
    char text[512];
    uint32_t i;

    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(text, sizeof text, SCENARIO(", \"live\": { \"through\": \"%s\" }"), bad[i]);
        CU_ASSERT(refused(text, "live.through: expected an address"));
    }
}

/* One group may be real and another lbsim's own; a part of a group may not. */
static void test_backends(void)
{
    CU_ASSERT(refused(SCENARIO(", \"live\": { \"backends\": { \"db\": \"127.0.0.1:80\" } }"),
                      "the group has 3 servers, and here is 1 address"));
    CU_ASSERT(refused(SCENARIO(", \"live\": { \"backends\": { \"app\": [ 8080, \"127.0.0.1:80\" ] "
                               "} }"),
                      "live.backends.app[0]: expected an address"));
    CU_ASSERT(refused(SCENARIO(", \"live\": { \"backends\": [ \"127.0.0.1:80\" ] }"),
                      "expected an object with the addresses"));
    CU_ASSERT(refused(SCENARIO(", \"live\": { \"backends\": { } }"),
                      "expected an object with the addresses"));
    CU_ASSERT(refused(SCENARIO(", \"timeline\": { \"at\": 1, \"server\": \"app\", \"count\": 4 }, "
                               "\"live\": { \"backends\": { \"app\": [ \"127.0.0.1:80\", "
                               "\"127.0.0.1:81\" ] } }"),
                      "the group has 4 servers with those that the timeline adds, and here are 2"));
}

static int describes(const char *text, const char *words)
{
    struct reading reading = read_text(text);
    char *said = NULL;
    size_t length;
    FILE *out = open_memstream(&said, &length);
    int good;

    CU_ASSERT_PTR_NOT_NULL_FATAL(reading.scenario);
    scenario_describe(reading.scenario, out);
    fclose(out);
    good = strstr(said, words) != NULL;
    if (!good)
        fprintf(stderr, "expected: %s\nsaid: %s\n", words, said);
    free(said);
    reading_end(&reading);
    return good;
}

static void test_words(void)
{
    CU_ASSERT(
        describes(SCENARIO(", \"live\": { \"transport\": \"tcp\", \"tls\": true, \"tries\": 1 }"),
                  "\nlive: lines over TCP under TLS; one try\n"));
    CU_ASSERT(
        describes(SCENARIO(", \"live\": { \"time_scale\": 10, \"duration\": 3, \"backends\": { "
                           "\"app\": [ \"127.0.0.1:80\", \"127.0.0.1:81\" ] }, \"through\": "
                           "\"127.0.0.1:8\", \"connections\": 9 }"),
                  "\nlive: HTTP/1.1, a second of the model in 10 real ones, for 3s; app: the "
                  "servers at 127.0.0.1:80 and 1 more; through the balancer at 127.0.0.1:8; up "
                  "to 9 connections to a balancer; up to 5 tries until a run is valid\n"));
}

/* Results are kept by what is simulated: how it is run live is no part of that. */
static void test_identity(void)
{
    static const char *const texts[] = {
        SCENARIO(""),
        SCENARIO(", \"live\": { \"transport\": \"udp\", \"time_scale\": 3, \"duration\": 5 }"),
    };
    const struct identity_of of = { .requests = 1000, .warmup = 10 };
    uint8_t hash[2][IDENTITY_BYTES];
    uint32_t i;

    for (i = 0; i < 2; i++) {
        struct reading reading = read_text(texts[i]);
        struct identity *id = reading.scenario ? identity_open(reading.scenario, "1") : NULL;

        CU_ASSERT(id && !identity_hash(id, &of, hash[i]));
        identity_close(id);
        reading_end(&reading);
    }
    CU_ASSERT(!memcmp(hash[0], hash[1], IDENTITY_BYTES));
}

/* ---- Requests that fail one by one. */

enum { REQUESTS = 20000 };

static struct tally failing(const char *errors)
{
    struct plugins *plugins = plugins_open();
    struct policy_source source = plugins_source(plugins);
    struct scenario_request request = { .policies = &source };
    struct diagnostics *said = diagnostics_open();
    struct tally tally = { 0 };
    struct world *w = malloc(sizeof *w);
    struct world_order order; /* the world looks at it to its end */
    struct scenario *s;
    char text[512];

    snprintf(text, sizeof text,
             "{ \"load\": 0.5, \"clients\": { \"service\": \"1ms\", \"timeout\": 10 }, "
             "\"servers\": { \"count\": 4, \"errors\": %s }, \"policies\": [ \"random\" ] }",
             errors);
    s = scenario_read("test", text, strlen(text), &request, said);
    CU_ASSERT_FATAL(s != NULL && w != NULL);
    order = (struct world_order) {
        .scenario = s, .policy = &s->policies[0], .requests = REQUESTS, .ahead = UINT32_MAX
    };
    CU_ASSERT_FATAL(!world_open(w, &order));
    CU_ASSERT(!world_run(w));
    tally = w->tally;
    world_close(w);
    free(w);
    scenario_close(s);
    diagnostics_close(said);
    plugins_close(plugins);
    return tally;
}

/* One draw a request decides whether and how it fails: exactly the same ones, whatever that is. */
static void test_kinds_share_a_draw(void)
{
    const uint64_t one = failing("0.1").ended[ENDED_FAILED], n = failing("0.3").ended[ENDED_FAILED];
    const uint64_t two = failing("0.2").ended[ENDED_FAILED];
    const struct tally reset = failing("{ \"reset\": 0.3 }"), hang = failing("{ \"hang\": 0.3 }");
    const struct tally all = failing("{ \"error\": 0.1, \"reset\": 0.1, \"hang\": 0.1 }");

    CU_ASSERT(one > 0 && one < two && two < n && n < REQUESTS);
    CU_ASSERT_EQUAL(reset.ended[ENDED_FAILED], n);
    CU_ASSERT_EQUAL(reset.ended[ENDED_COMPLETED], REQUESTS - n);
    CU_ASSERT_EQUAL(hang.ended[ENDED_TIMED_OUT], n);
    CU_ASSERT_EQUAL(hang.attempts[ATTEMPT_LOST], n);
    CU_ASSERT_EQUAL(hang.ended[ENDED_COMPLETED], REQUESTS - n);
    CU_ASSERT_EQUAL(all.ended[ENDED_FAILED], two);
    CU_ASSERT_EQUAL(all.ended[ENDED_TIMED_OUT], n - two);
}

int suite_live_read(void)
{
    CU_pSuite suite = CU_add_suite("live_read", NULL, NULL);

    return !suite || !CU_ADD_TEST(suite, test_absent) || !CU_ADD_TEST(suite, test_all) ||
           !CU_ADD_TEST(suite, test_addresses) || !CU_ADD_TEST(suite, test_backends) ||
           !CU_ADD_TEST(suite, test_words) || !CU_ADD_TEST(suite, test_identity) ||
           !CU_ADD_TEST(suite, test_kinds_share_a_draw);
}
