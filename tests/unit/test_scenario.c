/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <unistd.h>

#include "sim/scenario/describe.h"
#include "tests/unit/scenario_fixture.h"

int suite_scenario(void);

#define REST "\"policies\": \"plain\" }"

static double mean(const struct distribution *d)
{
    return d->kind->mean(d);
}

static void test_shortest(void)
{
    struct reading r = read_text("{ \"load\": 0.9, \"clients\": { \"service\": \"10ms\" },\n"
                                 "  \"servers\": { \"count\": 10 }, " REST);
    const struct scenario *s = r.scenario;

    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    CU_ASSERT_STRING_EQUAL(r.shown, "");
    CU_ASSERT_STRING_EQUAL(s->name, "t");
    CU_ASSERT_STRING_EQUAL(s->path, "dir/t.json");
    CU_ASSERT(s->clients_n == 1 && s->servers_n == 1 && s->links_n == 0 && s->balancers_n == 1);
    CU_ASSERT_STRING_EQUAL(s->clients[0].name, "client");
    CU_ASSERT_STRING_EQUAL(s->servers[0].name, "server");
    CU_ASSERT_STRING_EQUAL(s->balancers[0].name, "balancer");
    CU_ASSERT(s->clients[0].process == ARRIVAL_POISSON && s->clients[0].timeout == LB_NEVER);
    CU_ASSERT_DOUBLE_EQUAL(s->clients[0].rate, 900, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(s->offered_load, 0.9, 1e-12);
    CU_ASSERT(s->clients[0].link == SCENARIO_NONE && s->clients[0].balancer == 0);
    CU_ASSERT(s->servers[0].cores == 1 && s->servers[0].speed == 1 && s->servers[0].weight == 1);
    CU_ASSERT_EQUAL(s->servers[0].queue_limit, SCENARIO_UNLIMITED);
    CU_ASSERT_EQUAL(s->servers[0].discipline, DISCIPLINE_FIFO);
    CU_ASSERT(s->balancers[0].groups_n == 1 && s->balancers[0].groups[0] == 0);
    CU_ASSERT(s->balancers[0].on_none == ON_NONE_FAIL && s->balancers[0].count == 1);
    CU_ASSERT_EQUAL(s->balancers[0].information, INFORMATION_DEFAULT);
    CU_ASSERT(s->run.seed == 1 && s->run.requests == 200000 && s->run.duration == 0);
    CU_ASSERT(s->run.replications == 20 && s->run.confidence == 0.95);
    CU_ASSERT_EQUAL(s->run.warmup, WARMUP_AUTO);
    CU_ASSERT_EQUAL(mean(&s->clients[0].request_bytes), 0);
    reading_end(&r);
}

static const char full[] =
    "{ \"$schema\": \"schema.json\", \"format\": 1, \"name\": \"full\", \"description\": \"d\",\n"
    "  \"source\": \"s\",\n"
    "  \"clients\": [\n"
    "    { \"name\": \"web\", \"description\": \"d\", \"to\": \"edge\", \"link\": \"wan\", "
    "\"timeout\": \"800ms\",\n"
    "      \"arrivals\": { \"process\": \"deterministic\", \"rate\": \"600/min\", \"description\": "
    "\"d\" },\n"
    "      \"bytes\": { \"request\": \"2KiB\", \"response\": { \"distribution\": \"exponential\", "
    "\"mean\": \"64KiB\" } },\n"
    "      \"service\": { \"distribution\": \"erlang\", \"phases\": 4, \"mean\": \"20ms\", "
    "\"description\": \"d\" } },\n"
    "    { \"arrivals\": { \"process\": \"closed\", \"population\": 5, \"think\": \"1s\" }, "
    "\"to\": \"inner\",\n"
    "      \"service\": { \"distribution\": \"hyperexponential\", \"weights\": [ 1, 3 ], "
    "\"means\": [ \"40ms\", 0.02 ] },\n"
    "      \"timeout\": 1 } ],\n"
    "  \"links\": [ { \"name\": \"lan\", \"latency\": \"200us\" },\n"
    "             { \"name\": \"wan\", \"latency\": { \"distribution\": \"uniform\", \"most\": "
    "\"20ms\" },\n"
    "               \"bandwidth\": \"1Gbit/s\", \"loss\": 0.0001 } ],\n"
    "  \"balancers\": [ { \"name\": \"edge\", \"count\": 4, \"spread\": \"round_robin\", "
    "\"on_none\": \"panic\",\n"
    "                   \"information\": { \"kind\": \"fresh\" }, \"link\": \"lan\", \"servers\": "
    "[ \"db\", \"server1\" ] },\n"
    "                 { \"name\": \"inner\", \"servers\": [ \"db\" ], \"on_none\": \"queue\" } ],\n"
    "  \"servers\": [ { \"count\": 3, \"cores\": 2, \"speed\": 0.5, \"discipline\": \"ps\", "
    "\"queue_limit\": 0 },\n"
    "               { \"name\": \"db\", \"count\": 2, \"weight\": 7, \"discipline\": { "
    "\"discipline\": \"fifo\" }, \"link\": \"wan\" } ],\n"
    "  \"policies\": [ \"plain\", { \"policy\": \"many\", \"d\": 3 } ],\n"
    "  \"run\": { \"seed\": \"18446744073709551615\", \"duration\": \"5min\", \"warmup\": \"10s\", "
    "\"replications\": 12,\n"
    "           \"confidence\": 0.99, \"percentiles\": [ 99.9, 50, 99, 50 ], \"metrics\": [ "
    "\"share{db}\" ] } }\n";

static void test_full_system(void)
{
    struct reading r = read_text(full);
    const struct scenario *s = r.scenario;

    CU_ASSERT_STRING_EQUAL(r.shown, "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    CU_ASSERT_STRING_EQUAL(s->name, "full");
    CU_ASSERT_STRING_EQUAL(s->source, "s");
    CU_ASSERT_STRING_EQUAL(s->text, full);
    CU_ASSERT(isnan(s->load));
    CU_ASSERT_DOUBLE_EQUAL(s->offered_load, 10 * 0.02 / (3 * 2 * 0.5 + 2), 1e-12);
    CU_ASSERT(s->clients[0].process == ARRIVAL_DETERMINISTIC && s->clients[0].rate == 10);
    CU_ASSERT_EQUAL(s->clients[0].timeout, 800000000);
    CU_ASSERT_EQUAL(mean(&s->clients[0].request_bytes), 2048);
    CU_ASSERT_DOUBLE_EQUAL(mean(&s->clients[0].response_bytes), 65536, 1e-6);
    CU_ASSERT(s->clients[0].link == 1 && s->clients[0].balancer == 0);
    CU_ASSERT(s->clients[1].process == ARRIVAL_CLOSED && s->clients[1].population == 5);
    CU_ASSERT(s->clients[1].rate == 0 && mean(&s->clients[1].think) == 1);
    CU_ASSERT_DOUBLE_EQUAL(mean(&s->clients[1].service), 0.25 * 0.04 + 0.75 * 0.02, 1e-12);
    CU_ASSERT(s->clients[1].balancer == 1);
    CU_ASSERT_STRING_EQUAL(s->clients[1].name, "client2");
    CU_ASSERT(s->links[1].bandwidth == 125e6 && s->links[1].loss == 0.0001);
    CU_ASSERT_DOUBLE_EQUAL(mean(&s->links[1].latency), 0.01, 1e-12);
    CU_ASSERT(s->links[0].bandwidth == 0 && s->links[0].loss == 0);
    CU_ASSERT(s->servers[0].first == 0 && s->servers[1].first == 3 && s->servers_total == 5);
    CU_ASSERT(s->servers[0].discipline == DISCIPLINE_PS && s->servers[0].queue_limit == 0);
    CU_ASSERT(s->servers[1].weight == 7 && s->servers[1].link == 1);
    CU_ASSERT(s->servers[0].cores == 2 && s->servers[0].speed == 0.5);
    CU_ASSERT(s->balancers[0].count == 4 && s->balancers[0].spread == SPREAD_ROUND_ROBIN);
    CU_ASSERT(s->balancers[0].on_none == ON_NONE_PANIC && s->balancers[0].link == 0);
    CU_ASSERT_EQUAL(s->balancers[0].information, INFORMATION_FRESH);
    CU_ASSERT(s->balancers[0].groups_n == 2 && s->balancers[0].groups[0] == 0 &&
              s->balancers[0].groups[1] == 1);
    CU_ASSERT(s->balancers[1].groups_n == 1 && s->balancers[1].groups[0] == 1);
    CU_ASSERT(s->clients[1].place.line == 8 && s->clients[1].place.column == 5);
    CU_ASSERT(s->policies[1].place.line == 19);
    reading_end(&r);
}

static void test_full_run(void)
{
    struct reading r = read_text(full);
    const struct run_spec *run = &r.scenario->run;

    CU_ASSERT_EQUAL(run->seed, UINT64_MAX);
    CU_ASSERT(run->duration == 300000000000 && run->requests == 0);
    CU_ASSERT(run->warmup == WARMUP_TIME && run->warmup_time == 10000000000);
    CU_ASSERT(run->replications == 12 && run->confidence == 0.99);
    CU_ASSERT(run->percentiles_n == 3 && run->percentiles[0] == 50 && run->percentiles[1] == 99 &&
              run->percentiles[2] == 99.9);
    CU_ASSERT(run->metrics_n == 1 && !strcmp(run->metrics[0], "share{db}"));
    reading_end(&r);
}

static void test_shares(void)
{
    struct reading r =
        read_text("{ \"load\": 0.5, \"clients\": [ { \"share\": 3, \"service\": \"1ms\" }, { "
                  "\"service\": \"5ms\" } ],\n"
                  "  \"servers\": [ { \"count\": 4, \"speed\": 2 }, { \"cores\": 8 } ], " REST);
    const struct scenario *s = r.scenario;

    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    /* 16 core-seconds a second, half of them, at 2 ms a request. */
    CU_ASSERT_DOUBLE_EQUAL(s->clients[0].rate, 3000, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(s->clients[1].rate, 1000, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(s->offered_load, 0.5, 1e-12);
    reading_end(&r);
}

#define SEED(text)                                                                                 \
    "{ \"load\": 0.5, \"clients\": { \"service\": 1 }, \"servers\": {}, \"run\": { "               \
    "\"seed\": " text " }, " REST

static uint64_t seed_of(const char *text)
{
    struct reading r = read_text(text);
    uint64_t seed = r.scenario ? r.scenario->run.seed : 0;

    reading_end(&r);
    return seed;
}

/* 64-bit integers never pass through a double. */
static void test_seeds(void)
{
    CU_ASSERT_EQUAL(seed_of(SEED("9007199254740991")), UINT64_C(9007199254740991));
    CU_ASSERT_EQUAL(seed_of(SEED("\"9007199254740993\"")), UINT64_C(9007199254740993));
    CU_ASSERT_EQUAL(seed_of(SEED("\"18446744073709551615\"")), UINT64_MAX);
    CU_ASSERT(refused(SEED("9007199254740992"), "write it in quotes, \"9007199254740992\""));
    CU_ASSERT(refused(SEED("18446744073709551616"), "at most 64 bits"));
    CU_ASSERT(refused(SEED("\"18446744073709551616\""), "at most 64 bits"));
    CU_ASSERT(refused(SEED("\"12x\""), "a whole number from 0"));
    CU_ASSERT(refused(SEED("\"\""), "a whole number from 0"));
    CU_ASSERT(refused(SEED("1.5"), "a whole number from 0"));
    CU_ASSERT(refused(SEED("true"), "expected a whole number, found true"));
}

static void test_requests(void)
{
    struct reading r =
        read_text("{ \"load\": 0.5, \"clients\": { \"service\": 1e-3 }, \"servers\": {},\n"
                  "  \"run\": { \"requests\": 1e6, \"warmup\": 1e3 }, " REST);

    CU_ASSERT_PTR_NOT_NULL_FATAL(r.scenario);
    CU_ASSERT_EQUAL(r.scenario->run.requests, 1000000);
    CU_ASSERT_EQUAL(r.scenario->run.warmup, WARMUP_COUNT);
    CU_ASSERT_EQUAL(r.scenario->run.warmup_count, 1000);
    reading_end(&r);
}

static void test_large(void)
{
    enum { GROUPS = 100000 };
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    struct reading r;
    int i;

    fputs("{ \"load\": 0.5, \"clients\": { \"service\": \"1ms\" }, \"servers\": [", out);
    for (i = 0; i < GROUPS; i++)
        fprintf(out, "%s{ \"name\": \"s-%d\", \"weight\": %d }", i ? "," : "", i, i % 9 + 1);
    fputs("], " REST, out);
    fclose(out);
    r = read_text(text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(r.scenario);
    CU_ASSERT_EQUAL(r.scenario->servers_total, GROUPS);
    CU_ASSERT_EQUAL(r.scenario->servers[GROUPS - 1].first, GROUPS - 1);
    CU_ASSERT_DOUBLE_EQUAL(r.scenario->clients[0].rate, 0.5 * GROUPS * 1000, 1e-3);
    reading_end(&r);
    free(text);
}

static int metric_known_here(const struct scenario *s, const char *name, char *why, size_t room)
{
    if (!strcmp(name, "latency.mean") && s->clients_n == 1)
        return 0;
    snprintf(why, room, "unknown metric \"%s\"", name);
    return 1;
}

static void test_metrics(void)
{
    const struct scenario_request request = { .policies = &fake_source,
                                              .metric = metric_known_here };
    struct reading r =
        reading_of("{ \"load\": 0.5, \"clients\": { \"service\": 1 }, \"servers\": {},\n"
                   "\"run\": { \"metrics\": [ \"latency.mean\", \"latency.men\" ] }, " REST,
                   &request);

    CU_ASSERT_PTR_NULL(r.scenario);
    CU_ASSERT(has(&r, "t.json:2:39: error: run.metrics[1]: unknown metric \"latency.men\"\n"));
    reading_end(&r);
}

static void test_file(void)
{
    const struct scenario_request request = { .policies = &fake_source };
    struct diagnostics *said = diagnostics_open();
    char path[] = "/tmp/lbsim-test-XXXXXX.json";
    const int file = mkstemps(path, 5);
    struct scenario *s;

    CU_ASSERT_FATAL(file >= 0);
    CU_ASSERT_EQUAL(write(file, full, strlen(full)), (ssize_t)strlen(full));
    close(file);
    s = scenario_load(path, &request, said);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    CU_ASSERT_STRING_EQUAL(s->text, full);
    CU_ASSERT_STRING_EQUAL(s->path, path);
    scenario_close(s);
    unlink(path);
    CU_ASSERT_PTR_NULL(scenario_load(path, &request, said));
    CU_ASSERT_STRING_EQUAL(diagnostics_at(said, 0)->message,
                           "cannot be read: No such file or directory");
    CU_ASSERT_PTR_NULL(scenario_load("/", &request, said));
    CU_ASSERT_STRING_EQUAL(diagnostics_at(said, 1)->message, "cannot be read: Is a directory");
    diagnostics_close(said);
}

static void test_description(void)
{
    struct reading r = read_text(full);
    char *text = NULL;
    size_t length, i;
    FILE *out = open_memstream(&text, &length);
    const char *const words[] = {
        "full: d\n",
        "source: s\n",
        "web: arrivals at equal gaps at 10 requests/s; service erlang",
        "answers of exponential with mean 64KiB",
        "gives up after 800ms; over link wan",
        "client2: 5 users",
        "who think before each: 1s",
        "edge: 4 balancers",
        "in turn",
        "for all servers",
        "inner: for db; a request for which no server is found waits",
        "server1: 3 servers, 2 cores each, processor sharing, speed 0.5, no waiting places\n",
        "db: 2 servers, 1 core each, FIFO, weight 7, over link wan\n",
        "0.04 of the capacity",
        "wan: uniform with mean 10ms",
        "1Gbit/s, each message lost with probability 0.0001",
        "many(d=3)",
        "12 replications of 5min, the first 10s not measured",
        "99% confidence",
        "its instant is not.",
    };

    scenario_describe(r.scenario, out);
    fclose(out);
    for (i = 0; i < sizeof words / sizeof *words; i++) {
        if (!strstr(text, words[i]))
            fprintf(stderr, "expected: %s\n", words[i]);
        CU_ASSERT_PTR_NOT_NULL(strstr(text, words[i]));
    }
    free(text);
    reading_end(&r);
}

int suite_scenario(void)
{
    CU_pSuite suite = CU_add_suite("scenario", NULL, NULL);

    if (!suite || !CU_add_test(suite, "the shortest", test_shortest) ||
        !CU_add_test(suite, "the fullest: system", test_full_system) ||
        !CU_add_test(suite, "the fullest: run", test_full_run) ||
        !CU_add_test(suite, "load by shares", test_shares) ||
        !CU_add_test(suite, "seeds", test_seeds) ||
        !CU_add_test(suite, "requests and warm-up", test_requests) ||
        !CU_add_test(suite, "100,000 groups", test_large) ||
        !CU_add_test(suite, "metrics", test_metrics) || !CU_add_test(suite, "files", test_file) ||
        !CU_add_test(suite, "in words", test_description))
        return -1;
    return 0;
}
