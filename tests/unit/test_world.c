/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Worlds small enough to be worked out by hand: a request each millisecond, 1.5 ms of work. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/warmup.h"
#include "sim/run/plugin.h"
#include "sim/run/world.h"
#include "sim/scenario/diagnose.h"

int suite_world(void);

enum { REQUESTS = 4 };
#define MS(x) ((lb_time)((x)*1e6 + 0.5))

struct told {
    int64_t latency[REQUESTS]; /* -1: never answered */
    struct tally tally;
    uint64_t busy, waited; /* of server 0 */
    int failed;
    char why[256];
};

/* A policy that turns every other request away. */
static void *open_moody(const struct lb_setup *setup)
{
    (void)setup;
    return malloc(1);
}

static lb_server pick_moody(void *self, const struct lb_request *request, struct lb_random *random)
{
    (void)self, (void)random;
    return request->id % 2 ? LB_REJECT : 0;
}

static const struct lb_policy moody = { .abi = LB_ABI,
                                        .size = sizeof moody,
                                        .name = "moody",
                                        .open = open_moody,
                                        .close = free,
                                        .pick = pick_moody };

static void run_world(const struct scenario *s, bool watched, const struct lb_policy *instead,
                      struct told *told)
{
    struct policy_spec policy = s->policies[0];
    int64_t parts[WARMUP_PARTS] = { 0 };
    uint32_t parts_n[WARMUP_PARTS] = { 0 }, n[REQUESTS] = { 0 }, i;
    struct world_order order = { .scenario = s,
                                 .policy = &policy,
                                 .requests = REQUESTS,
                                 .ahead = UINT32_MAX,
                                 .series = watched ? told->latency : NULL,
                                 .series_n = n,
                                 .parts = parts,
                                 .parts_n = parts_n };
    struct world *w = malloc(sizeof *w);

    policy.policy = instead ? instead : policy.policy;
    told->failed = world_open(w, &order) || world_run(w);
    memcpy(told->why, w->why, sizeof told->why);
    for (i = 0; watched && i < REQUESTS; i++)
        if (n[i] == 0)
            told->latency[i] = -1;
    told->tally = w->tally;
    told->busy = w->server[0].busy;
    told->waited = w->server[0].waited;
    world_close(w);
    free(w);
}

/* Runs the usual scenario with changes: "clients": what follows, and the rest of the object. */
static struct told run_with(const char *client, const char *rest, const char *policy, bool watched,
                            const struct lb_policy *instead)
{
    static const char service[] = "\"service\": { \"distribution\": \"deterministic\", \"value\": "
                                  "\"1.5ms\" }";
    struct plugins *plugins = plugins_open();
    struct policy_source source = plugins_source(plugins);
    struct scenario_request request = { .policies = &source };
    struct diagnostics *said = diagnostics_open();
    struct told told = { 0 };
    struct scenario *s;
    char text[2048];

    snprintf(text, sizeof text, "{ \"clients\": { %s, %s }, %s, \"policies\": [ \"%s\" ] }",
             service, client, rest, policy);
    s = scenario_read("test", text, strlen(text), &request, said);
    CU_ASSERT_PTR_NOT_NULL(s);
    if (!s)
        diagnostics_print(said, stdout, 0);
    else
        run_world(s, watched, instead, &told);
    scenario_close(s);
    diagnostics_close(said);
    plugins_close(plugins);
    return told;
}

static struct told run(const char *client, const char *rest, const char *policy, bool watched)
{
    return run_with(client, rest, policy, watched, NULL);
}

static const char each_ms[] = "\"arrivals\": { \"process\": \"deterministic\", \"rate\": 1000 }";

static void latencies(const struct told *t, double a, double b, double c, double d)
{
    CU_ASSERT_EQUAL(t->failed, 0);
    CU_ASSERT_EQUAL(t->latency[0], a < 0 ? -1 : MS(a));
    CU_ASSERT_EQUAL(t->latency[1], b < 0 ? -1 : MS(b));
    CU_ASSERT_EQUAL(t->latency[2], c < 0 ? -1 : MS(c));
    CU_ASSERT_EQUAL(t->latency[3], d < 0 ? -1 : MS(d));
}

/* Issued at 1, 2, 3, 4 ms; served 1-2.5, 2.5-4, 4-5.5, 5.5-7. */
static void fifo(void)
{
    struct told t = run(each_ms, "\"servers\": {}", "random", true);
    struct told plain = run(each_ms, "\"servers\": {}", "random", false);

    latencies(&t, 1.5, 2, 2.5, 3);
    CU_ASSERT_EQUAL(t.tally.to, MS(4));
    CU_ASSERT_EQUAL((uint64_t)t.tally.in_system, MS(4.5));
    CU_ASSERT_EQUAL(t.busy, MS(3));
    CU_ASSERT_EQUAL(t.waited, MS(1.5));
    CU_ASSERT_EQUAL(t.tally.longest_queue, 1);
    CU_ASSERT_EQUAL(t.tally.waited, 3);
    CU_ASSERT_EQUAL((uint64_t)t.tally.duration[DURATION_WAIT].sum, MS(3));
    CU_ASSERT_EQUAL((uint64_t)plain.tally.in_system, MS(4.5));
    CU_ASSERT_EQUAL((uint64_t)plain.tally.duration[DURATION_LATENCY].sum, MS(9));
    CU_ASSERT_EQUAL(plain.busy, MS(3));
    CU_ASSERT_EQUAL(plain.waited, MS(1.5));
    CU_ASSERT_EQUAL(plain.tally.longest_queue, 1);
    CU_ASSERT_EQUAL(plain.tally.sent, REQUESTS);
    CU_ASSERT_EQUAL(t.tally.finished, 2); /* at 2.5 and at 4 */
    CU_ASSERT_EQUAL(t.tally.answered, 2);
    CU_ASSERT_EQUAL(plain.tally.finished, 2);
    CU_ASSERT_EQUAL(plain.tally.answered, 2);
}

/* No waiting places: the second and the fourth find the core busy. */
static void loss(void)
{
    struct told t = run(each_ms, "\"servers\": { \"queue_limit\": 0 }", "random", true);

    latencies(&t, 1.5, -1, 1.5, -1);
    CU_ASSERT_EQUAL(t.tally.ended[ENDED_REJECTED], 2);
    CU_ASSERT_EQUAL(t.tally.attempts[ATTEMPT_REFUSED], 2);
    CU_ASSERT_EQUAL(t.tally.attempts[ATTEMPT_OK], 2);
}

/* Twice the speed: done in 0.75 ms, nobody waits. */
static void speed(void)
{
    struct told t = run(each_ms, "\"servers\": { \"speed\": 2 }", "random", true);

    latencies(&t, .75, .75, .75, .75);
}

static void two_cores(void)
{
    struct told t = run(each_ms, "\"servers\": { \"cores\": 2 }", "random", true);

    latencies(&t, 1.5, 1.5, 1.5, 1.5);
    CU_ASSERT_EQUAL(t.busy, MS(1.5 + 1.5 + 1));
}

/* r1 alone until 2, then shares until 3; and so on: worked out in the same way. */
static void sharing(void)
{
    struct told t = run(each_ms, "\"servers\": { \"discipline\": \"ps\" }", "random", true);

    latencies(&t, 2, 3.5, 3.5, 3);
    CU_ASSERT_EQUAL(t.busy, MS(3));
}

/* A millisecond there and one back. */
static void links(void)
{
    static const char rest[] =
        "\"servers\": {}, \"links\": { \"name\": \"lan\", \"latency\": \"1ms\" "
        "}, \"balancers\": { \"link\": \"lan\" }";
    struct told t = run(each_ms, rest, "random", true);
    struct told plain = run(each_ms, rest, "random", false);

    latencies(&t, 3.5, 4, 4.5, 5);
    CU_ASSERT_EQUAL((uint64_t)plain.tally.duration[DURATION_LATENCY].sum, MS(17));
    CU_ASSERT_EQUAL((uint64_t)plain.tally.duration[DURATION_WAIT].sum, MS(3));
}

/* Clients leave after 1.8 ms; the server works on, for nobody. */
static void timeouts(void)
{
    struct told t = run("\"arrivals\": { \"process\": \"deterministic\", \"rate\": 1000 }, "
                        "\"timeout\": \"1.8ms\"",
                        "\"servers\": {}", "random", true);

    latencies(&t, 1.5, -1, -1, -1);
    CU_ASSERT_EQUAL(t.tally.ended[ENDED_TIMED_OUT], 3);
    CU_ASSERT_EQUAL(t.tally.attempts[ATTEMPT_OK], 4);
    CU_ASSERT_EQUAL(t.tally.served, 4);
    CU_ASSERT_EQUAL(t.busy, MS(3));
    CU_ASSERT_EQUAL(t.tally.spent, MS(6));
    CU_ASSERT_EQUAL(t.tally.useful, MS(1.5));
}

/* A server that goes down at 3 ms has done 1.5 ms of work for the first, and 0.5 ms for the second,
 * who is lost; the third is refused; and a black hole does none for the fourth. */
static void lost_work(void)
{
    struct told t =
        run("\"arrivals\": { \"process\": \"deterministic\", \"rate\": 1000 }, "
            "\"timeout\": \"9ms\"",
            "\"servers\": { \"name\": \"app\" }, \"balancers\": { \"on_none\": \"panic\" }, "
            "\"timeline\": [ { \"at\": \"3ms\", \"server\": \"app\", \"state\": "
            "\"down\", \"jobs\": \"lost\" }, { \"at\": \"3.2ms\", \"server\": \"app\", "
            "\"state\": \"black_hole\", \"answer\": \"1ms\" } ]",
            "random", true);

    latencies(&t, 1.5, -1, -1, -1);
    CU_ASSERT_EQUAL(t.tally.spent, MS(2));
    CU_ASSERT_EQUAL(t.tally.useful, MS(1.5));
    CU_ASSERT_EQUAL(tally_in_flight(&t.tally), 0);
}

/* A deadline that is met to the nanosecond is met. */
static void timeout_at_the_instant(void)
{
    struct told t = run("\"arrivals\": { \"process\": \"deterministic\", \"rate\": 1000 }, "
                        "\"timeout\": \"2ms\"",
                        "\"servers\": {}", "random", true);

    latencies(&t, 1.5, 2, -1, -1);
}

/* Everything is lost: every client waits in vain, and the balancer's counts come back to 0. */
static void lost(void)
{
    struct told t =
        run("\"arrivals\": { \"process\": \"deterministic\", \"rate\": 1000 }, "
            "\"timeout\": \"5ms\"",
            "\"servers\": {}, \"links\": { \"name\": \"lan\", \"latency\": 0, \"loss\": 1 }, "
            "\"balancers\": { \"link\": \"lan\" }",
            "random", true);

    latencies(&t, -1, -1, -1, -1);
    CU_ASSERT_EQUAL(t.tally.ended[ENDED_TIMED_OUT], 4);
    CU_ASSERT_EQUAL(t.tally.attempts[ATTEMPT_LOST], 4);
}

/* One user who thinks for 1 ms: issues at 1, 3.5, 6, 8.5. */
static void closed(void)
{
    struct told t = run("\"arrivals\": { \"process\": \"closed\", \"population\": 1, \"think\": "
                        "\"1ms\" }",
                        "\"servers\": {}", "random", true);

    latencies(&t, 1.5, 1.5, 1.5, 1.5);
    CU_ASSERT_EQUAL(t.tally.to, MS(8.5));
}

/* The queue is at the balancer, the waits are the same. */
static void central(void)
{
    struct told t = run(each_ms, "\"servers\": {}", "central_queue", true);

    latencies(&t, 1.5, 2, 2.5, 3);
    CU_ASSERT_EQUAL((uint64_t)t.tally.duration[DURATION_WAIT].sum, MS(3));
    CU_ASSERT_EQUAL((uint64_t)t.tally.waiting, MS(1.5));
    CU_ASSERT_EQUAL(t.waited, 0);
}

/* Two servers in turn: nobody waits. */
static void in_turn(void)
{
    struct told t = run(each_ms, "\"servers\": { \"count\": 2 }", "round_robin", true);

    latencies(&t, 1.5, 1.5, 1.5, 1.5);
}

/* Issued at 1, 2, 3, 4 ms, the second and the fourth turned away: the general loop and the short
 * one, which keeps no clock, agree on who was in the system between 1 and 4 ms. */
static void turned_away(void)
{
    struct told t = run_with(each_ms, "\"servers\": {}", "random", true, &moody);
    struct told plain = run_with(each_ms, "\"servers\": {}", "random", false, &moody);

    latencies(&t, 1.5, -1, 1.5, -1);
    CU_ASSERT_EQUAL((uint64_t)t.tally.in_system, MS(2.5));
    CU_ASSERT_EQUAL((uint64_t)plain.tally.in_system, MS(2.5));
    CU_ASSERT_EQUAL(t.tally.ended[ENDED_REJECTED], 2);
    CU_ASSERT_EQUAL(plain.tally.ended[ENDED_REJECTED], 2);
    CU_ASSERT_EQUAL(plain.tally.measured_ended[ENDED_REJECTED], 2);
}

int suite_world(void)
{
    CU_pSuite suite = CU_add_suite("world", NULL, NULL);

    if (!suite || !CU_add_test(suite, "first in, first out", fifo) ||
        !CU_add_test(suite, "a loss system", loss) || !CU_add_test(suite, "speed", speed) ||
        !CU_add_test(suite, "two cores", two_cores) ||
        !CU_add_test(suite, "processor sharing", sharing) || !CU_add_test(suite, "links", links) ||
        !CU_add_test(suite, "time-outs", timeouts) || !CU_add_test(suite, "lost work", lost_work) ||
        !CU_add_test(suite, "a time-out at the instant", timeout_at_the_instant) ||
        !CU_add_test(suite, "everything lost", lost) || !CU_add_test(suite, "closed", closed) ||
        !CU_add_test(suite, "turned away", turned_away) ||
        !CU_add_test(suite, "central queue", central) || !CU_add_test(suite, "in turn", in_turn))
        return 1;
    return 0;
}
