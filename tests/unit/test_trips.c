/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests of several attempts, small enough to be worked out by hand: a request at 1, 2, 3 and
 * 4 ms, 1.5 ms of work each, and unless a case says otherwise servers that serve all at once. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/warmup.h"
#include "sim/run/plugin.h"
#include "sim/run/world.h"
#include "sim/scenario/diagnose.h"

int suite_trips(void);

enum { REQUESTS = 4 };
#define NEVER (-1.0)

struct expected {
    const char *client, *rest, *work; /* work NULL: 1.5ms */
    const struct lb_policy *policy;   /* NULL: the first allowed server */
    double latency[REQUESTS];         /* ms; NEVER: not completed */
    uint64_t rejected, timed_out, failed, cancelled;
    uint64_t ok, error, timeout, refused, stopped, cut;
    double spent, useful, duplicated; /* ms */
    uint64_t retries, hedges;
};

/* ---- Policies. */

struct scripted {
    const struct lb_view *view;
    struct lb_host *host;
    uint32_t turn;
};

static void *open_scripted(const struct lb_setup *setup)
{
    struct scripted *p = malloc(sizeof *p);

    if (p)
        *p = (struct scripted) { setup->view, setup->host, 0 };
    return p;
}

static lb_server first_allowed(const struct scripted *p, const struct lb_request *request)
{
    uint32_t i;

    for (i = 0; i < p->view->usable_n; i++)
        if (lb_may(p->view, request, p->view->usable[i]))
            return p->view->usable[i];
    return LB_NONE;
}

static lb_server pick_first(void *self, const struct lb_request *request, struct lb_random *random)
{
    (void)random;
    return first_allowed(self, request);
}

/* Two copies, the second at once. */
static lb_server pick_two(void *self, const struct lb_request *request, struct lb_random *random)
{
    struct scripted *p = self;

    (void)random;
    if (request->attempt == 0)
        p->host->also(p->host, 1, 0);
    return first_allowed(p, request);
}

/* A second copy 1 ms later. */
static lb_server pick_later(void *self, const struct lb_request *request, struct lb_random *random)
{
    struct scripted *p = self;

    (void)random;
    if (request->attempt == 0)
        p->host->also(p->host, 1, 1000000);
    return first_allowed(p, request);
}

/* A copy to where the request goes anyway. */
static lb_server pick_same(void *self, const struct lb_request *request, struct lb_random *random)
{
    struct scripted *p = self;

    (void)request;
    (void)random;
    p->host->also(p->host, 0, 0);
    return 0;
}

/* Cut after 1 ms, and then no more. */
static lb_server pick_cut(void *self, const struct lb_request *request, struct lb_random *random)
{
    struct scripted *p = self;

    (void)random;
    if (request->attempt == 0)
        p->host->limit(p->host, 1000000);
    return request->attempt < 2 ? request->attempt : 1;
}

/* The first to server 0, the second to both, the others to server 1. */
static lb_server pick_both(void *self, const struct lb_request *request, struct lb_random *random)
{
    struct scripted *p = self;

    (void)random;
    if (request->id == 1)
        p->host->also(p->host, 1, 0);
    return request->id > 1;
}

/* The first attempt to server 0, further ones to both of the others. */
static lb_server pick_away(void *self, const struct lb_request *request, struct lb_random *random)
{
    struct scripted *p = self;

    (void)random;
    if (request->attempt == 1)
        p->host->also(p->host, 2, 0);
    return request->attempt > 0;
}

static lb_server pick_in_turn(void *self, const struct lb_request *request,
                              struct lb_random *random)
{
    struct scripted *p = self;

    (void)request, (void)random;
    return p->turn++ % p->view->n;
}

/* The second request is held for ever. */
static lb_server pick_hold(void *self, const struct lb_request *request, struct lb_random *random)
{
    (void)self, (void)random;
    return request->id == 1 ? LB_HOLD : 0;
}

#define SCRIPTED(called, sees_what, picks)                                                         \
    {                                                                                              \
        .abi = LB_ABI, .size = sizeof(struct lb_policy), .name = called, .sees = sees_what,        \
        .open = open_scripted, .close = free, .pick = picks                                        \
    }
static const struct lb_policy first = SCRIPTED("first", 0, pick_first);
static const struct lb_policy two = SCRIPTED("two", LB_SENDS_COPIES, pick_two);
static const struct lb_policy later = SCRIPTED("later", LB_SENDS_COPIES, pick_later);
static const struct lb_policy same = SCRIPTED("same", LB_SENDS_COPIES, pick_same);
static const struct lb_policy both = SCRIPTED("both", LB_SENDS_COPIES, pick_both);
static const struct lb_policy away = SCRIPTED("away", LB_SENDS_COPIES, pick_away);
static const struct lb_policy in_turn = SCRIPTED("in_turn", 0, pick_in_turn);
static const struct lb_policy hold = SCRIPTED("hold", LB_MAY_HOLD, pick_hold);
static const struct lb_policy cut = SCRIPTED("cut", LB_CUTS, pick_cut);

/* ---- Running. */

struct told {
    int64_t latency[REQUESTS];
    struct tally tally;
    int failed;
    char why[256];
};

static void run_world(const struct scenario *s, const struct lb_policy *policy, struct told *told)
{
    struct policy_spec spec = s->policies[0];
    int64_t parts[WARMUP_PARTS] = { 0 };
    uint32_t parts_n[WARMUP_PARTS] = { 0 }, n[REQUESTS] = { 0 }, i;
    struct world_order order = { .scenario = s,
                                 .policy = &spec,
                                 .requests = REQUESTS,
                                 .ahead = UINT32_MAX,
                                 .series = told->latency,
                                 .series_n = n,
                                 .parts = parts,
                                 .parts_n = parts_n };
    struct world *w = malloc(sizeof *w);

    spec.policy = policy ? policy : &first;
    told->failed = world_open(w, &order) || world_run(w);
    memcpy(told->why, w->why, sizeof told->why);
    for (i = 0; i < REQUESTS; i++)
        if (n[i] == 0)
            told->latency[i] = -1;
    told->tally = w->tally;
    world_close(w);
    free(w);
}

static struct told run(const struct expected *e)
{
    struct plugins *plugins = plugins_open();
    struct policy_source source = plugins_source(plugins);
    struct scenario_request request = { .policies = &source };
    struct diagnostics *said = diagnostics_open();
    struct told told = { .failed = -1 };
    struct scenario *s;
    char text[2048];

    snprintf(text, sizeof text,
             "{ \"clients\": { \"service\": \"%s\", "
             "\"arrivals\": { \"process\": \"deterministic\", \"rate\": 1000 }%s }, %s, "
             "\"policies\": [ \"random\" ] }",
             e->work ? e->work : "1.5ms", e->client, e->rest);
    s = scenario_read("test", text, strlen(text), &request, said);
    CU_ASSERT_PTR_NOT_NULL(s);
    if (!s)
        diagnostics_print(said, stdout, 0);
    else
        run_world(s, e->policy, &told);
    scenario_close(s);
    diagnostics_close(said);
    plugins_close(plugins);
    return told;
}

static int64_t ns(double ms)
{
    return (int64_t)(ms * 1e6 + 0.5);
}

static void check(const struct expected *e)
{
    const struct told told = run(e);
    const struct tally *t = &told.tally;
    int i;

    CU_ASSERT_EQUAL(told.failed, 0);
    if (told.failed)
        printf("%s\n", told.why);
    for (i = 0; i < REQUESTS; i++)
        CU_ASSERT_EQUAL(told.latency[i], e->latency[i] < 0 ? -1 : ns(e->latency[i]));
    CU_ASSERT_EQUAL(t->ended[ENDED_REJECTED], e->rejected);
    CU_ASSERT_EQUAL(t->ended[ENDED_TIMED_OUT], e->timed_out);
    CU_ASSERT_EQUAL(t->ended[ENDED_FAILED], e->failed);
    CU_ASSERT_EQUAL(t->ended[ENDED_CANCELLED], e->cancelled);
    CU_ASSERT_EQUAL(t->attempts[ATTEMPT_OK], e->ok);
    CU_ASSERT_EQUAL(t->attempts[ATTEMPT_ERROR], e->error);
    CU_ASSERT_EQUAL(t->attempts[ATTEMPT_TIMEOUT], e->timeout);
    CU_ASSERT_EQUAL(t->attempts[ATTEMPT_REFUSED], e->refused);
    CU_ASSERT_EQUAL(t->attempts[ATTEMPT_CANCELLED], e->stopped);
    CU_ASSERT_EQUAL(t->attempts[ATTEMPT_CUT], e->cut);
    CU_ASSERT_EQUAL((int64_t)t->spent, ns(e->spent));
    CU_ASSERT_EQUAL((int64_t)t->useful, ns(e->useful));
    CU_ASSERT_EQUAL((int64_t)t->duplicated, ns(e->duplicated));
    CU_ASSERT_EQUAL(t->retries, e->retries);
    CU_ASSERT_EQUAL(t->hedges, e->hedges);
}

#define ROOMY "\"servers\": { \"count\": 2, \"cores\": \"unlimited\" }"

/* ---- Balancers. */

/* Each attempt takes 1.5 ms and may take 1: two of them, and the request has timed out. The servers
 * do all the work in vain. */
static void attempts_time_out(void)
{
    check(&(struct expected) {
        .client = "",
        .rest = ROOMY ", \"balancers\": { \"attempts\": { \"timeout\": \"1ms\", \"retry\": "
                      "{ \"attempts\": 2, \"on\": [ \"timeout\" ] } } }",
        .latency = { NEVER, NEVER, NEVER, NEVER },
        .timed_out = 4,
        .timeout = 8,
        .spent = 12,
        .retries = 4 });
}

/* All answers are errors. Waits of 1 ms between. */
static void errors_are_retried(void)
{
    check(&(struct expected) {
        .client = "",
        .rest = "\"servers\": { \"count\": 3, \"cores\": \"unlimited\", \"errors\": 1 }, "
                "\"balancers\": { \"attempts\": { \"retry\": { \"attempts\": 3, \"backoff\": "
                "\"1ms\" } } }",
        .latency = { NEVER, NEVER, NEVER, NEVER },
        .failed = 4,
        .error = 12,
        .spent = 18,
        .retries = 8 });
}

/* The first server takes them and keeps quiet; it does nothing for them. The second one answers. */
static void silence_is_timed_out(void)
{
    check(&(struct expected) {
        .client = "",
        .rest = "\"servers\": [ { \"name\": \"mute\", \"errors\": { \"hang\": 1 } }, { \"name\": "
                "\"good\", \"cores\": \"unlimited\" } ], \"balancers\": { \"attempts\": { "
                "\"timeout\": \"2ms\", \"retry\": { \"attempts\": 2, \"on\": [ \"timeout\" ], "
                "\"exclude_tried\": true } } }",
        .latency = { 3.5, 3.5, 3.5, 3.5 },
        .ok = 4,
        .timeout = 4,
        .spent = 6,
        .useful = 6,
        .retries = 4 });
}

/* Connections break at the end of the service: it is done in vain. */
static void resets_are_errors(void)
{
    check(&(struct expected) {
        .client = "",
        .rest =
            "\"servers\": { \"count\": 2, \"cores\": \"unlimited\", \"errors\": { \"reset\": 1 } }",
        .latency = { NEVER, NEVER, NEVER, NEVER },
        .failed = 4,
        .error = 4,
        .spent = 6 });
}

/* The deadline of 2 ms leaves time for one wait of 1 ms after the first error, at 1.5 ms: it would
 * end at 2.5, and is not begun. */
static void deadline_forbids_retry(void)
{
    check(&(struct expected) {
        .client = "",
        .rest = "\"servers\": { \"count\": 3, \"cores\": \"unlimited\", \"errors\": 1 }, "
                "\"balancers\": { \"attempts\": { \"deadline\": \"2ms\", \"retry\": "
                "{ \"attempts\": 3, \"backoff\": \"1ms\" } } }",
        .latency = { NEVER, NEVER, NEVER, NEVER },
        .failed = 4,
        .error = 4,
        .spent = 6 });
}

/* A second attempt at 1 ms; the first is answered at 1.5, and the second has had half a ms. */
static void hedges_are_cancelled(void)
{
    check(&(struct expected) {
        .client = "",
        .rest = ROOMY ", \"balancers\": { \"attempts\": { \"hedge\": { \"after\": \"1ms\" } } }",
        .latency = { 1.5, 1.5, 1.5, 1.5 },
        .ok = 4,
        .stopped = 4,
        .spent = 8,
        .useful = 6,
        .duplicated = 2,
        .hedges = 4 });
}

/* Cancelling makes 0.25 ms of work of its own. */
static void cancelling_costs(void)
{
    check(&(struct expected) {
        .client = "",
        .rest = ROOMY ", \"balancers\": { \"attempts\": { \"hedge\": { \"after\": \"1ms\" }, "
                      "\"copies\": { \"cancel_cost\": \"0.25ms\" } } }",
        .latency = { 1.5, 1.5, 1.5, 1.5 },
        .ok = 4,
        .stopped = 4,
        .spent = 9,
        .useful = 6,
        .duplicated = 2,
        .hedges = 4 });
}

/* Nobody cancels: both are served to the end. */
static void hedges_run_on(void)
{
    check(&(struct expected) {
        .client = "",
        .rest = ROOMY ", \"balancers\": { \"attempts\": { \"hedge\": { \"after\": \"1ms\" }, "
                      "\"copies\": { \"cancel\": \"never\" } } }",
        .latency = { 1.5, 1.5, 1.5, 1.5 },
        .ok = 8,
        .spent = 12,
        .useful = 6,
        .duplicated = 6,
        .hedges = 4 });
}

/* One core each. Requests 1 and 3 find server 0 idle and need no copy; 2 and 4 wait there until
 * their copies begin at server 1, at once. */
static void copies_cancel_on_start(void)
{
    check(&(struct expected) {
        .client = "",
        .rest = "\"servers\": { \"count\": 2 }, \"balancers\": { \"attempts\": { \"copies\": "
                "{ \"cancel\": \"on_start\" } } }",
        .policy = &two,
        .latency = { 1.5, 1.5, 1.5, 1.5 },
        .ok = 4,
        .stopped = 2,
        .spent = 6,
        .useful = 6,
        .hedges = 2 });
}

/* Two copies at one server are no safer than one. */
static void copies_go_elsewhere(void)
{
    check(&(struct expected) { .client = "",
                               .rest = ROOMY ", \"balancers\": {}",
                               .policy = &same,
                               .latency = { 1.5, 1.5, 1.5, 1.5 },
                               .ok = 4,
                               .spent = 6,
                               .useful = 6 });
}

/* Server 0 needs 15 ms for the first request, behind which the second waits. Its copy begins at
 * 2 ms at server 1 and fails at 3.5; at 7 ms server 0 hears that it has begun. Then nobody is left
 * to wait for: the request has failed. */
static void last_copy_is_called_off(void)
{
    check(&(struct expected) {
        .client = "",
        .rest = "\"servers\": [ { \"name\": \"slow\", \"speed\": 0.1, \"errors\": 1 }, "
                "{ \"name\": \"fast\", \"errors\": 1 } ], \"balancers\": { \"attempts\": "
                "{ \"copies\": { \"cancel\": \"on_start\", \"cancel_delay\": \"5ms\" } } }",
        .policy = &both,
        .latency = { NEVER, NEVER, NEVER, NEVER },
        .failed = 4,
        .error = 4,
        .stopped = 1,
        .spent = 6,
        .hedges = 1 });
}

static void copies_go_out_later(void)
{
    check(&(struct expected) { .client = "",
                               .rest = ROOMY,
                               .policy = &later,
                               .latency = { 1.5, 1.5, 1.5, 1.5 },
                               .ok = 4,
                               .stopped = 4,
                               .spent = 8,
                               .useful = 6,
                               .duplicated = 2,
                               .hedges = 4 });
}

/* Cut after 1 ms at server 0, and begun anew at server 1. */
static void services_are_cut(void)
{
    check(&(struct expected) { .client = "",
                               .rest = ROOMY,
                               .policy = &cut,
                               .latency = { 2.5, 2.5, 2.5, 2.5 },
                               .ok = 4,
                               .cut = 4,
                               .spent = 10,
                               .useful = 6,
                               .retries = 4 });
}

/* ---- Clients. */

/* The client gives up after 1 ms and asks again half a ms later, each time in vain; what it asked
 * for first is served all the same. */
static void clients_try_again(void)
{
    check(&(struct expected) {
        .client = ", \"timeout\": \"1ms\", \"retry\": { \"attempts\": 2, \"backoff\": \"0.5ms\" }",
        .rest = ROOMY,
        .latency = { NEVER, NEVER, NEVER, NEVER },
        .timed_out = 4,
        .ok = 8,
        .spent = 12,
        .retries = 4 });
}

/* The same, but it says so: each attempt is stopped after 1 ms. */
static void clients_cancel(void)
{
    check(&(struct expected) {
        .client = ", \"timeout\": \"1ms\", \"retry\": { \"attempts\": 2, \"backoff\": \"0.5ms\" }, "
                  "\"cancel\": { \"on_timeout\": true }",
        .rest = ROOMY,
        .latency = { NEVER, NEVER, NEVER, NEVER },
        .timed_out = 4,
        .stopped = 8,
        .spent = 8,
        .retries = 4 });
}

/* Tries of 1 ms again and again, until 2.5 ms have passed: three of them. */
static void clients_have_deadlines(void)
{
    check(&(struct expected) { .client =
                                   ", \"timeout\": \"1ms\", \"deadline\": \"2.5ms\", \"retry\": "
                                   "{ \"attempts\": 9 }, \"cancel\": { \"on_timeout\": true }",
                               .rest = ROOMY,
                               .latency = { NEVER, NEVER, NEVER, NEVER },
                               .timed_out = 4,
                               .stopped = 12,
                               .spent = 10,
                               .retries = 8 });
}

/* Two of three parts make a request; the third is in vain. One core a server: the third part waits
 * at server 0. Requests 1 to 4: the parts of a request are served at its issue, or behind those
 * before it. */
static void parts_are_needed(void)
{
    check(&(struct expected) { .client = ", \"fan_out\": { \"parts\": 3, \"need\": 2 }",
                               .rest = ROOMY,
                               .latency = { 1.5, 1.5, 1.5, 1.5 },
                               .ok = 12,
                               .spent = 18,
                               .useful = 12 });
}

/* One part of two makes a request, and the other is called off: the work of part 1 is as long as
 * that of part 0, which is answered first. Server 0 has both, one after the other, so that the
 * second has only waited. */
static void parts_are_called_off(void)
{
    check(&(struct expected) {
        .client =
            ", \"fan_out\": { \"parts\": 2, \"need\": 1 }, \"cancel\": { \"cost\": \"0.25ms\" }",
        .rest = "\"servers\": { \"count\": 4 }",
        .work = "0.5ms",
        .latency = { .5, .5, .5, .5 },
        .ok = 4,
        .stopped = 4,
        .spent = 3,
        .useful = 2 });
}

/* All parts fail: the request fails when the second one has. */
static void parts_fail(void)
{
    check(&(struct expected) {
        .client = ", \"fan_out\": { \"parts\": 3, \"need\": 2 }",
        .rest = "\"servers\": { \"count\": 2, \"cores\": \"unlimited\", \"errors\": 1 }",
        .latency = { NEVER, NEVER, NEVER, NEVER },
        .failed = 4,
        .error = 12,
        .spent = 18 });
}

/* One part is answered and the other fails: what was done for the first has served nobody. */
static void good_part_of_a_failure(void)
{
    check(&(struct expected) {
        .client = ", \"fan_out\": { \"parts\": 2 }",
        .rest = "\"servers\": [ { \"name\": \"good\", \"cores\": \"unlimited\" }, { \"name\": "
                "\"bad\", \"cores\": \"unlimited\", \"errors\": 1 } ]",
        .policy = &in_turn,
        .latency = { NEVER, NEVER, NEVER, NEVER },
        .failed = 4,
        .ok = 4,
        .error = 4,
        .spent = 12 });
}

/* An error at 1.5 ms, the client leaves at 2, and at 2.5 two attempts set out whose link loses them
 * at once: nobody is left to wait, and the call is gone when both have left. */
static void lost_as_they_leave(void)
{
    check(&(struct expected) {
        .client = ", \"timeout\": \"2ms\"",
        .rest = "\"links\": { \"name\": \"dead\", \"latency\": 0, \"loss\": 1 }, \"servers\": [ "
                "{ \"name\": \"near\", \"cores\": \"unlimited\", \"errors\": 1 }, { \"name\": "
                "\"far\", \"count\": 2, \"link\": \"dead\" } ], \"balancers\": { \"attempts\": "
                "{ \"retry\": { \"attempts\": 2, \"backoff\": \"1ms\" } } }",
        .policy = &away,
        .latency = { NEVER, NEVER, NEVER, NEVER },
        .timed_out = 4,
        .error = 4,
        .spent = 6,
        .retries = 4,
        .hedges = 4 });
}

/* ---- Limits. */

/* The second request leaves the queue at 3.25 ms; the third, behind it since 3, goes then. */
static void next_in_turn_goes(void)
{
    check(&(struct expected) {
        .client = "",
        .rest = "\"servers\": { \"cores\": \"unlimited\" }, \"balancers\": { \"queue\": "
                "{ \"time_limit\": \"1.25ms\" } }",
        .policy = &hold,
        .latency = { 1.5, NEVER, 1.75, 1.5 },
        .rejected = 1,
        .ok = 3,
        .spent = 4.5,
        .useful = 4.5 });
}

/* One in flight: who comes meanwhile is turned away. */
static void limit_turns_away(void)
{
    check(
        &(struct expected) { .client = "",
                             .rest = ROOMY ", \"balancers\": { \"limits\": { \"in_flight\": 1 } }",
                             .latency = { 1.5, NEVER, 1.5, NEVER },
                             .rejected = 2,
                             .ok = 2,
                             .spent = 3,
                             .useful = 3 });
}

/* ... or waits: served 1 to 2.5, 2.5 to 4, 4 to 5.5, 5.5 to 7. */
static void limit_makes_wait(void)
{
    check(&(struct expected) {
        .client = "",
        .rest = ROOMY ", \"balancers\": { \"limits\": { \"in_flight\": 1 }, \"queue\": {} }",
        .latency = { 1.5, 2, 2.5, 3 },
        .ok = 4,
        .spent = 6,
        .useful = 6 });
}

/* The youngest first: at 4 ms the second ends as the fourth comes, and the third, which waits,
 * goes; with two in the queue it would not. */
static void waits_have_limits(void)
{
    check(&(struct expected) { .client = "",
                               .rest = ROOMY
                               ", \"balancers\": { \"limits\": { \"in_flight\": 1 }, \"queue\": "
                               "{ \"time_limit\": \"0.75ms\" } }",
                               .latency = { 1.5, 2, NEVER, 1.5 },
                               .rejected = 1,
                               .ok = 3,
                               .spent = 4.5,
                               .useful = 4.5 });
}

/* Of 2.5 ms each, the youngest that waits first: 1 to 3.5, then the third, the fourth, and from 8.5
 * to 11 the second. */
static void the_youngest_goes_first(void)
{
    check(&(struct expected) { .client = "",
                               .work = "2.5ms",
                               .rest = ROOMY
                               ", \"balancers\": { \"limits\": { \"in_flight\": 1 }, \"queue\": "
                               "{ \"order\": \"lifo\" } }",
                               .latency = { 2.5, 9, 3, 4.5 },
                               .ok = 4,
                               .spent = 10,
                               .useful = 10 });
}

/* Work of 1.5 ms at one server with a cap of one: the same as a limit on all. */
static void servers_have_caps(void)
{
    check(&(struct expected) {
        .client = "",
        .rest = "\"servers\": { \"cores\": \"unlimited\" }, \"balancers\": { \"limits\": "
                "{ \"per_server\": 1 }, \"queue\": {} }",
        .latency = { 1.5, 2, 2.5, 3 },
        .ok = 4,
        .spent = 6,
        .useful = 6 });
}

static void rates_are_limited(void)
{
    check(&(struct expected) { .client = "",
                               .rest = ROOMY
                               ", \"balancers\": { \"rate_limit\": { \"rate\": 1, \"burst\": 2 } }",
                               .latency = { 1.5, 1.5, NEVER, NEVER },
                               .rejected = 2,
                               .ok = 2,
                               .spent = 3,
                               .useful = 3 });
}

/* The first two answers, errors at 2.5 and 3.5 ms, break the circuit: the fourth finds no server.
 */
static void circuit_breaks(void)
{
    check(&(struct expected) {
        .client = "",
        .rest = "\"servers\": { \"cores\": \"unlimited\", \"errors\": 1 }, \"balancers\": "
                "{ \"breaker\": { \"errors\": 0.5, \"least_requests\": 2, \"open\": \"1s\" } }",
        .latency = { NEVER, NEVER, NEVER, NEVER },
        .failed = 3,
        .rejected = 1,
        .error = 3,
        .spent = 4.5 });
}

/* Retries cost 1 each and there is no reserve: four requests have brought 1 when the third fails.
 */
static void budgets_bind(void)
{
    check(&(struct expected) {
        .client = "",
        .rest = "\"servers\": { \"count\": 2, \"cores\": \"unlimited\", \"errors\": 1 }, "
                "\"balancers\": { \"attempts\": { \"retry\": { \"attempts\": 2, \"budget\": "
                "{ \"ratio\": 0.3, \"floor\": 0, \"window\": \"10s\" } } } }",
        .latency = { NEVER, NEVER, NEVER, NEVER },
        .failed = 4,
        .error = 5,
        .spent = 7.5,
        .retries = 1 });
}

/* From 2.5 ms on nobody serves: the requests of 3 and 4 ms wait for ever. The last of the others is
 * answered at 3.5 ms, and there are no more after 4. A limit that nothing meets changes nothing. */
static void some_wait_for_ever(void)
{
    static const char *const limits[] = { "", ", \"limits\": { \"in_flight\": 1000 }" };
    size_t i;

    for (i = 0; i < 2; i++) {
        char rest[512];
        struct told told;

        snprintf(rest, sizeof rest,
                 ROOMY ", \"balancers\": { \"on_none\": \"queue\"%s }, \"timeline\": "
                       "{ \"at\": \"2.5ms\", \"server\": \"server\", \"weight\": 0 }",
                 limits[i]);
        told = run(&(struct expected) { .client = "", .rest = rest });
        CU_ASSERT_EQUAL(told.failed, 0);
        CU_ASSERT_EQUAL(told.tally.ended[ENDED_COMPLETED], 2);
        CU_ASSERT_EQUAL(told.tally.after, 2);
        CU_ASSERT_EQUAL((int64_t)told.tally.in_system, ns(1.5 + 1.5 + 1.0));
        CU_ASSERT_EQUAL((int64_t)told.tally.waiting, ns(1.0));
    }
}

int suite_trips(void)
{
    CU_pSuite suite = CU_add_suite("trips", NULL, NULL);

    return !suite || !CU_add_test(suite, "attempts time out", attempts_time_out) ||
           !CU_add_test(suite, "errors are retried", errors_are_retried) ||
           !CU_add_test(suite, "silence is timed out", silence_is_timed_out) ||
           !CU_add_test(suite, "resets are errors", resets_are_errors) ||
           !CU_add_test(suite, "a deadline forbids a retry", deadline_forbids_retry) ||
           !CU_add_test(suite, "hedges are cancelled", hedges_are_cancelled) ||
           !CU_add_test(suite, "cancelling costs", cancelling_costs) ||
           !CU_add_test(suite, "hedges run on", hedges_run_on) ||
           !CU_add_test(suite, "copies are cancelled on start", copies_cancel_on_start) ||
           !CU_add_test(suite, "copies go elsewhere", copies_go_elsewhere) ||
           !CU_add_test(suite, "the last copy is called off", last_copy_is_called_off) ||
           !CU_add_test(suite, "copies go out later", copies_go_out_later) ||
           !CU_add_test(suite, "services are cut", services_are_cut) ||
           !CU_add_test(suite, "clients try again", clients_try_again) ||
           !CU_add_test(suite, "clients cancel", clients_cancel) ||
           !CU_add_test(suite, "clients have deadlines", clients_have_deadlines) ||
           !CU_add_test(suite, "parts are needed", parts_are_needed) ||
           !CU_add_test(suite, "parts are called off", parts_are_called_off) ||
           !CU_add_test(suite, "parts fail", parts_fail) ||
           !CU_add_test(suite, "a good part of a failure", good_part_of_a_failure) ||
           !CU_add_test(suite, "lost as they leave", lost_as_they_leave) ||
           !CU_add_test(suite, "the next in turn goes", next_in_turn_goes) ||
           !CU_add_test(suite, "a limit turns away", limit_turns_away) ||
           !CU_add_test(suite, "a limit makes wait", limit_makes_wait) ||
           !CU_add_test(suite, "waits have limits", waits_have_limits) ||
           !CU_add_test(suite, "the youngest goes first", the_youngest_goes_first) ||
           !CU_add_test(suite, "servers have caps", servers_have_caps) ||
           !CU_add_test(suite, "rates are limited", rates_are_limited) ||
           !CU_add_test(suite, "a circuit breaks", circuit_breaks) ||
           !CU_add_test(suite, "budgets bind", budgets_bind) ||
           !CU_add_test(suite, "some wait for ever", some_wait_for_ever);
}
