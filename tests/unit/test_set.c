/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "tests/unit/scenario_fixture.h"

int suite_set(void);

static const char base[] =
    "{ \"load\": 0.5, \"clients\": { \"service\": \"10ms\" },\n"
    "  \"servers\": [ { \"name\": \"a.b\", \"count\": 2 }, { \"count\": 3 } ],\n"
    "  \"policies\": [ \"plain\", { \"policy\": \"many\", \"label\": \"two choices\" }, { "
    "\"policy\": \"many\", \"d\": 7 } ],\n"
    "  \"run\": { \"requests\": 1000, \"warmup\": 10 } }";

#define CHANGES(...) ((const char *const[]) { __VA_ARGS__, NULL })

static const struct fake_config *config_of(const struct reading *r, uint32_t i)
{
    return r->scenario->policies[i].config;
}

static void test_paths(void)
{
    struct reading r = read_set(base, CHANGES("load=0.8", "servers[0].count=20",
                                              "servers[a.b].cores=4", "servers[server2].count=30",
                                              "policies[two choices].d=3", "policies[1].tie=last",
                                              "clients.service=5ms", "clients[0].timeout=\"1s\""));
    const struct scenario *s = r.scenario;

    CU_ASSERT_STRING_EQUAL(r.shown, "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    CU_ASSERT_EQUAL(s->load, 0.8);
    CU_ASSERT(s->servers[0].count == 20 && s->servers[0].cores == 4 && s->servers[1].count == 30);
    CU_ASSERT(config_of(&r, 1)->d == 3 && config_of(&r, 1)->tie == 1);
    CU_ASSERT_EQUAL(s->clients[0].timeout, 1000000000);
    CU_ASSERT_DOUBLE_EQUAL(s->clients[0].service.kind->mean(&s->clients[0].service), 0.005, 1e-12);
    reading_end(&r);
}

static void test_made(void)
{
    struct reading r =
        read_set(base, CHANGES("policies[plain].description=x", "balancers.on_none=queue",
                               "balancers[0].information.kind=fresh",
                               "links={\"name\":\"l\",\"latency\":\"1ms\"}",
                               "balancers[balancer].link=l", "run.seed=18446744073709551615",
                               "run.warmup=null", "clients.arrivals.process=deterministic"));
    const struct scenario *s = r.scenario;

    CU_ASSERT_STRING_EQUAL(r.shown, "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    CU_ASSERT(s->balancers[0].on_none == ON_NONE_QUEUE && s->balancers[0].link == 0);
    CU_ASSERT_EQUAL(s->balancers[0].information, INFORMATION_FRESH);
    CU_ASSERT_EQUAL(s->run.seed, UINT64_MAX); /* no quotes are needed on a command line */
    CU_ASSERT_EQUAL(s->run.warmup, WARMUP_AUTO);
    CU_ASSERT_EQUAL(s->clients[0].process, ARRIVAL_DETERMINISTIC);
    reading_end(&r);
}

/* The text of the scenario as it is run gives the same scenario again. */
static void test_text(void)
{
    struct reading r = read_set(base, CHANGES("load=0.25", "policies[plain].label=\"p\"")), again;

    CU_ASSERT_PTR_NOT_NULL_FATAL(r.scenario);
    again = read_text(r.scenario->text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(again.scenario);
    CU_ASSERT_EQUAL(again.scenario->load, 0.25);
    CU_ASSERT_STRING_EQUAL(again.scenario->policies[0].label, "p");
    CU_ASSERT_EQUAL(again.scenario->clients[0].rate, r.scenario->clients[0].rate);
    reading_end(&again);
    reading_end(&r);
}

static void test_displaced(void)
{
    struct reading r = read_set(base, CHANGES("run.warmup=null", "run.duration=10s"));

    CU_ASSERT_PTR_NOT_NULL_FATAL(r.scenario);
    CU_ASSERT(r.scenario->run.duration == 10000000000 && r.scenario->run.requests == 0);
    reading_end(&r);
    r = read_set(base, CHANGES("run.requests=500", "run.duration=10s"));
    CU_ASSERT_PTR_NULL(r.scenario);
    CU_ASSERT(has(&r, "exclude each other"));
    reading_end(&r);
}

static int wrong(const char *change, const char *words)
{
    struct reading r = read_set(base, CHANGES(change));
    const int good = !r.scenario && has(&r, words);

    reading_end(&r);
    return good;
}

static void test_wrong(void)
{
    CU_ASSERT(wrong(
        "servers[0].cuont=3",
        "--set servers[0].cuont=3: error: servers[0].cuont: unknown key; did you mean \"count\"?"));
    CU_ASSERT(wrong("sevrers.count=3", "sevrers: unknown key; did you mean \"servers\"?"));
    CU_ASSERT(wrong("servers.count=3", "servers has 2 elements: say which, as in servers[0]"));
    CU_ASSERT(wrong("servers[2].count=3", "there is no servers[2]: servers has 2"));
    CU_ASSERT(wrong("servers[db].count=3", "there is no servers[db]"));
    CU_ASSERT(wrong("policies[plain].d=3", "policies[0].d: unknown key"));
    CU_ASSERT(wrong("balancers[x].count=3", "there is no balancers[x]"));
    CU_ASSERT(wrong("clients.service.mean=3", "service is \"10ms\", which has no keys"));
    CU_ASSERT(wrong("load=1e400", "--set load=1e400: error: 1e400 is beyond"));
    CU_ASSERT(wrong("load=NaN", "load: expected a number from 1e-06 to 1000, found \"NaN\""));
    CU_ASSERT(wrong("load={", "expected a key in double quotes"));
    CU_ASSERT(wrong("load=\xff", "not UTF-8"));
    CU_ASSERT(wrong("load=", "load: expected a number"));
    CU_ASSERT(wrong("=3", "expected a path such as"));
    CU_ASSERT(wrong(".load=3", "expected a path such as"));
    CU_ASSERT(wrong("servers[0=3", "expected a path such as"));
    CU_ASSERT(wrong("servers[0]count=3", "expected a path such as"));
    CU_ASSERT(wrong("run.seed=-1", "--set run.seed=-1: error: run.seed: expected a whole number"));
    CU_ASSERT(wrong("run.replications=ten", "found \"ten\""));
}

static void test_option_name(void)
{
    const struct setting setting = { "run.seed", "abc", "--seed abc" };
    const struct scenario_request request = { .policies = &fake_source,
                                              .settings = &setting,
                                              .settings_n = 1 };
    struct reading r = reading_of(base, &request);

    CU_ASSERT_PTR_NULL(r.scenario);
    CU_ASSERT_STRING_EQUAL(r.shown,
                           "--seed abc: error: run.seed: expected a whole number from 0 to "
                           "18446744073709551615, found \"abc\"\n");
    reading_end(&r);
}

static struct reading only(const char *text, const char *const *names, uint32_t n)
{
    const struct scenario_request request = { .policies = &fake_source,
                                              .only = names,
                                              .only_n = n };

    return reading_of(text, &request);
}

static void test_policies(void)
{
    const char *const names[] = { "plain", "many:d=3,flag=true,cuts=[1,\"20ms\"],tie=last",
                                  "nginx:many", "many_of_d:d=9" };
    struct reading r = only(base, names, 4);
    const struct fake_config *config;

    CU_ASSERT_STRING_EQUAL(r.shown, "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(r.scenario);
    CU_ASSERT_EQUAL(r.scenario->policies_n, 4);
    CU_ASSERT_STRING_EQUAL(r.scenario->policies[0].name, "plain");
    config = config_of(&r, 1);
    CU_ASSERT(config->d == 3 && config->flag == 1 && config->tie == 1);
    CU_ASSERT(config->cuts.n == 2 && config->cuts.at[0] == 1 && config->cuts.at[1] == 0.02);
    CU_ASSERT(config_of(&r, 2)->tie == 0 && config_of(&r, 2)->every == 20000000);
    CU_ASSERT_STRING_EQUAL(r.scenario->policies[2].label, "nginx:many");
    CU_ASSERT_EQUAL(config_of(&r, 3)->d, 9);
    reading_end(&r);
}

static int wrong_policy(const char *name, const char *words)
{
    struct reading r = only(base, &name, 1);
    const int good = !r.scenario && has(&r, words);

    reading_end(&r);
    return good;
}

static void test_wrong_policies(void)
{
    CU_ASSERT(wrong_policy("plian", "--policy plian: error: policies[0].policy: unknown policy "
                                    "\"plian\"; did you mean \"plain\"?"));
    CU_ASSERT(wrong_policy("many:d", "unknown policy \"many:d\""));
    CU_ASSERT(wrong_policy("many:d=",
                           "policies[0].d: expected a whole number from 1 to 100, found \"\""));
    CU_ASSERT(wrong_policy("many:=3", "expected parameters as key=value, found \"=3\""));
    CU_ASSERT(wrong_policy("many:d=3,flag", "expected parameters as key=value, found \"flag\""));
    CU_ASSERT(wrong_policy("many:d=3,d=4", "d is here twice"));
    CU_ASSERT(wrong_policy("many:dd=3", "--policy many:dd=3: error: policies[0].dd: unknown key"));
    CU_ASSERT(wrong_policy("many_of_d", "many_of_d wants d"));
}

static void test_no_file(void)
{
    struct reading r;
    const struct setting settings[] = { { "servers.count", "10", "--servers 10" },
                                        { "load", "0.9", "--load 0.9" } };
    const char *const names[] = { "plain", "many" };
    struct scenario_request request = {
        .policies = &fake_source, .settings = settings, .settings_n = 2, .only = names, .only_n = 2
    };

    r = reading_of(NULL, &request);
    CU_ASSERT_STRING_EQUAL(r.shown, "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(r.scenario);
    CU_ASSERT_STRING_EQUAL(r.scenario->path, "-");
    CU_ASSERT_EQUAL(r.scenario->servers_total, 10);
    CU_ASSERT_DOUBLE_EQUAL(r.scenario->clients[0].rate, 900, 1e-9);
    CU_ASSERT_STRING_EQUAL(r.scenario->clients[0].service.kind->name, "exponential");
    reading_end(&r);
    request.only_n = 0;
    request.settings_n = 1;
    r = reading_of(NULL, &request);
    CU_ASSERT_PTR_NULL(r.scenario);
    CU_ASSERT(has(&r, "policies is missing"));
    CU_ASSERT(has(&r, "no rate: give arrivals.rate, or the scenario a load"));
    reading_end(&r);
}

int suite_set(void)
{
    CU_pSuite suite = CU_add_suite("set", NULL, NULL);

    if (!suite || !CU_add_test(suite, "paths", test_paths) ||
        !CU_add_test(suite, "made on the way", test_made) ||
        !CU_add_test(suite, "text as run", test_text) ||
        !CU_add_test(suite, "requests and duration", test_displaced) ||
        !CU_add_test(suite, "wrong ones", test_wrong) ||
        !CU_add_test(suite, "option by its name", test_option_name) ||
        !CU_add_test(suite, "--policy", test_policies) ||
        !CU_add_test(suite, "wrong --policy", test_wrong_policies) ||
        !CU_add_test(suite, "no file", test_no_file))
        return -1;
    return 0;
}
