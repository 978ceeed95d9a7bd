/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tries and what is chosen of them, with roles that only pretend. How much the machine steals is
 * not asked. */
#include <math.h>
#include <sys/mman.h>

#include "sim/live/session.h"
#include "sim/run/plugin.h"
#include "tests/unit/scenario_fixture.h"

static const char text[] = "{\"clients\": {\"arrivals\": {\"process\": \"poisson\", \"rate\": "
                           "1000}, \"service\": \"5ms\"},"
                           "\"servers\": {\"count\": 2, \"cores\": 1, \"errors\": 0.25}, "
                           "\"policies\": [\"random\"],"
                           "\"run\": {\"requests\": 100, \"warmup\": 10}}";

enum { MS = 1000000 };

/* In memory that all processes see. */
struct script {
    int overhead_ms[8]; /* of each run in turn, pings too */
    double errors[8];   /* that servers make, as each run has it */
    int broken;         /* the run whose accounts are wrong, from 1 */
    _Atomic int runs, pings, logged;
};
static struct script *script;

static int well(const struct live_plan *plan, enum live_role role)
{
    plan->shared->fare[role].state = LIVE_READY;
    return 0;
}

static int clients(const struct live_plan *plan, int leash)
{
    const int run = script->runs++;
    struct live_fare *fare = &plan->shared->fare[ROLE_CLIENTS];
    uint64_t i;

    (void)leash;
    script->pings += plan->ping;
    script->errors[run] = plan->scenario->servers[0].errors;
    script->logged += plan->logged != NULL;
    for (i = 0; i < plan->requests; i++) {
        struct live_record *r = shared_record(plan->shared, i);

        r->intended = r->sent = (lb_time)i * MS;
        r->wait = 0;
        r->service = 5 * MS;
        r->done = r->intended + (5 + script->overhead_ms[run]) * MS;
        r->tries = 1;
        r->ended = 1 + ENDED_COMPLETED;
    }
    fare->tally.issued = plan->requests;
    fare->tally.ended[ENDED_COMPLETED] = plan->requests - (script->broken == run + 1);
    return well(plan, ROLE_CLIENTS);
}

static int balancer(const struct live_plan *plan, int leash, const int *control, uint32_t controls)
{
    (void)leash;
    (void)control;
    (void)controls;
    return well(plan, ROLE_BALANCER);
}

static int servers(const struct live_plan *plan, uint32_t first, uint32_t count, bool again,
                   int leash, int control)
{
    uint32_t i;

    (void)again;
    (void)leash;
    (void)control;
    for (i = first; i < first + count; i++)
        plan->shared->server_port[i] = 1;
    return well(plan, ROLE_SERVERS);
}

static const struct live_roles fakes = { clients, balancer, servers };

struct stage {
    struct plugins *plugins;
    struct reading reading;
    struct session_order order;
    struct live_session session;
    uint32_t told;
};

static void tried(void *context, const struct session_try *t, uint32_t n)
{
    struct stage *s = context;

    CU_ASSERT_EQUAL(n, t->plan.ping ? s->session.ping.n - 1 : s->session.run.n - 1);
    s->told++;
}

static const struct policy_spec *logged(void *context, uint32_t n)
{
    struct stage *s = context;

    (void)n;
    return &s->reading.scenario->policies[0];
}

static void set_stage(struct stage *s)
{
    struct policy_source source;
    char why[200];

    memset(s, 0, sizeof *s);
    script = mmap(NULL, sizeof *script, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CU_ASSERT_PTR_NOT_EQUAL_FATAL(script, MAP_FAILED);
    s->plugins = plugins_open();
    CU_ASSERT_PTR_NOT_NULL_FATAL(s->plugins);
    source = plugins_source(s->plugins);
    s->reading = reading_of(text, &(struct scenario_request) { .policies = &source });
    CU_ASSERT_PTR_NOT_NULL_FATAL(s->reading.scenario);
    CU_ASSERT_EQUAL_FATAL(session_prepare(&s->order, s->reading.scenario,
                                          &s->reading.scenario->policies[0], why, sizeof why),
                          0);
    s->order.roles = &fakes;
    s->order.tries = 3;
    s->order.tried = tried;
    s->order.logged = logged;
    s->order.context = s;
    s->order.gate.steal = 2.0; /* whatever */
}

static void clear_stage(struct stage *s)
{
    session_close(&s->session);
    reading_end(&s->reading);
    plugins_close(s->plugins);
    munmap(script, sizeof *script);
}

static void as_the_scenario_says(void)
{
    struct stage s;

    set_stage(&s);
    CU_ASSERT_EQUAL(s.order.requests, 100);
    CU_ASSERT_EQUAL(s.order.warmup, 10);
    CU_ASSERT(fabs(session_rate(s.reading.scenario) - 1000.0) < 1e-6);
    CU_ASSERT(fabs(session_seconds(&s.order) - 0.1) < 1e-9);
    CU_ASSERT(fabs(session_ping_seconds(&s.order) - 0.1) < 1e-9); /* not longer than the run */
    CU_ASSERT_EQUAL(s.order.tries, 3);
    clear_stage(&s);
}

/* Through another's balancer pings are whole rounds of its servers, by weight. */
static void whole_rounds(void)
{
    static const char weighted[] =
        "{\"clients\": {\"arrivals\": {\"process\": \"poisson\", \"rate\": 1000}, \"service\": "
        "\"5ms\"}, \"servers\": [{\"name\": \"a\", \"count\": 2, \"weight\": 3}, {\"name\": \"b\", "
        "\"count\": 1}],"
        "\"policies\": [\"random\"], \"run\": {\"requests\": 100, \"warmup\": 10}}";
    const struct address elsewhere = { .length = 1 };
    struct policy_source source;
    struct reading other;
    struct stage s;

    set_stage(&s);
    source = plugins_source(s.plugins);
    other = reading_of(weighted, &(struct scenario_request) { .policies = &source });
    CU_ASSERT_PTR_NOT_NULL_FATAL(other.scenario);
    s.order.scenario = other.scenario;
    CU_ASSERT(fabs(session_ping_seconds(&s.order) - 0.1) < 1e-9);
    s.order.through = &elsewhere;
    CU_ASSERT(fabs(session_ping_seconds(&s.order) - 0.105) < 1e-9); /* 15 rounds of 7 */
    reading_end(&other);
    clear_stage(&s);
}

/* The first VALID try ends a phase. */
static void until_valid(void)
{
    static const int overhead[8] = { 1, 9, 1 };
    struct stage s;

    set_stage(&s);
    memcpy(script->overhead_ms, overhead, sizeof overhead);
    CU_ASSERT_EQUAL(session_run(&s.order, &s.session), 0);
    CU_ASSERT_EQUAL(s.session.ping.n, 1);
    CU_ASSERT_EQUAL(s.session.run.n, 2);
    CU_ASSERT_EQUAL(s.session.run.best, 1);
    CU_ASSERT_EQUAL(s.session.run.at[0].gate.verdict, GATE_SUSPECT);
    CU_ASSERT_EQUAL(s.session.run.at[1].gate.verdict, GATE_VALID);
    CU_ASSERT_PTR_NULL(s.session.run.at[0].plan.shared);
    CU_ASSERT_PTR_EQUAL(session_best(&s.session.run), &s.session.run.at[1]);
    CU_ASSERT_PTR_NOT_NULL(s.session.run.at[1].plan.shared);
    CU_ASSERT_EQUAL(s.session.run.at[1].result.measured, 90);
    CU_ASSERT_EQUAL(s.told, 3);
    CU_ASSERT_EQUAL(script->pings, 1);
    CU_ASSERT_EQUAL(script->errors[0], 0.0); /* pings meet no errors */
    CU_ASSERT_EQUAL(script->errors[1], 0.25);
    CU_ASSERT_EQUAL(script->logged, 2); /* pings are not logged */
    clear_stage(&s);
}

/* Timers are tested once: by whoever is first. */
static void timers_once(void)
{
    struct timer_test timers = { .n = 0 };
    struct stage s;

    set_stage(&s);
    s.order.timers = &timers;
    CU_ASSERT_EQUAL(session_run(&s.order, &s.session), 0);
    CU_ASSERT_EQUAL(timers.n, TIMER_TEST_TIMERS);
    CU_ASSERT_EQUAL(s.session.timers.n, TIMER_TEST_TIMERS);
    session_close(&s.session);
    timers = (struct timer_test) { .p50 = 0.125, .n = 7 };
    CU_ASSERT_EQUAL(session_run(&s.order, &s.session), 0);
    CU_ASSERT_EQUAL(s.session.timers.n, 7);
    CU_ASSERT_DOUBLE_EQUAL(s.session.timers.p50, 0.125, 0.0);
    clear_stage(&s);
}

/* None is: the least overhead counts. */
static void never_valid(void)
{
    static const int overhead[8] = { 9, 8, 10, 20, 15, 30 };
    struct stage s;

    set_stage(&s);
    memcpy(script->overhead_ms, overhead, sizeof overhead);
    CU_ASSERT_EQUAL(session_run(&s.order, &s.session), 0);
    CU_ASSERT_EQUAL(s.session.ping.n, 3);
    CU_ASSERT_EQUAL(s.session.ping.best, 1);
    CU_ASSERT_EQUAL(s.session.run.n, 3);
    CU_ASSERT_EQUAL(s.session.run.best, 1);
    CU_ASSERT(fabs(session_best(&s.session.run)->gate.reading.overhead - 15e-3) < 1e-9);
    clear_stage(&s);
}

static void broken_accounts(void)
{
    struct stage s;

    set_stage(&s);
    script->broken = 2;
    CU_ASSERT_EQUAL(session_run(&s.order, &s.session), -1);
    CU_ASSERT_EQUAL(s.session.code, 70);
    CU_ASSERT_STRING_EQUAL(s.session.why, "the accounting broke: 100 requests issued, 99 ended");
    clear_stage(&s);
}

static void interrupted(void)
{
    volatile sig_atomic_t asked = 1;
    struct stage s;

    set_stage(&s);
    s.order.interrupt = &asked;
    CU_ASSERT_EQUAL(session_run(&s.order, &s.session), 0);
    CU_ASSERT(s.session.interrupted);
    CU_ASSERT_EQUAL(s.session.run.n, 0);
    CU_ASSERT_PTR_NULL(session_best(&s.session.run));
    clear_stage(&s);
}

int suite_session(void);
int suite_session(void)
{
    CU_pSuite s = CU_add_suite("session", NULL, NULL);

    return !s || !CU_add_test(s, "as the scenario says", as_the_scenario_says) ||
           !CU_add_test(s, "pings through another's balancer", whole_rounds) ||
           !CU_add_test(s, "tries until one is VALID", until_valid) ||
           !CU_add_test(s, "timers are tested once", timers_once) ||
           !CU_add_test(s, "none is VALID", never_valid) ||
           !CU_add_test(s, "broken accounts end it", broken_accounts) ||
           !CU_add_test(s, "interrupted before it begins", interrupted);
}
