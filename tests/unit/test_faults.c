/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Servers with faults. The small worlds can be worked out by hand: a request each millisecond, 1.5
 * ms of work, and what befalls the servers from 1.8 to 2.8, from 4.6 to 5.6, from 7.4 to 8.4 ms and
 * so on. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/warmup.h"
#include "sim/run/plugin.h"
#include "sim/run/world.h"
#include "sim/scenario/diagnose.h"

int suite_faults(void);

enum { REQUESTS = 4, SERVERS = 8, TURNS = 64 };
#define MS(x) ((lb_time)((x)*1e6 + 0.5))
#define EACH_MS                                                                                    \
    "\"clients\": { \"timeout\": \"1000s\", \"service\": { \"distribution\": \"deterministic\", "  \
    "\"value\": \"1.5ms\" }, "                                                                     \
    "\"arrivals\": { \"process\": \"deterministic\", \"rate\": 1000 } }"

/* ---- A policy that takes the first server and notes whom it hears of, and when. */

static struct {
    lb_time at[SERVERS][TURNS];
    uint32_t n[SERVERS];
} heard;

struct watchful {
    const struct lb_view *view;
};

static void *open_watchful(const struct lb_setup *setup)
{
    struct watchful *self = malloc(sizeof *self);

    self->view = setup->view;
    return self;
}

static lb_server pick_watchful(void *self, const struct lb_request *request,
                               struct lb_random *random)
{
    const struct lb_view *view = ((struct watchful *)self)->view;

    (void)request, (void)random;
    return view->usable_n ? view->usable[0] : LB_NONE;
}

static void changed_watchful(void *self, lb_server server, lb_time now)
{
    (void)self;
    if (heard.n[server] < TURNS)
        heard.at[server][heard.n[server]++] = now;
}

static const struct lb_policy watchful = { .abi = LB_ABI,
                                           .size = sizeof watchful,
                                           .name = "watchful",
                                           .open = open_watchful,
                                           .close = free,
                                           .pick = pick_watchful,
                                           .changed = changed_watchful };

/* ---- Worlds. */

struct told {
    int64_t latency[REQUESTS]; /* -1: never answered */
    struct tally tally;
    double mean;            /* latency, s */
    double up[SERVERS];     /* share of measured time */
    lb_time since[SERVERS]; /* up since */
    bool balancer_down;
    int failed;
};

struct order {
    const char *text, *policy;
    void (*patch)(struct scenario *);
    const struct lb_policy *instead;
    uint64_t requests; /* 0: the few whose latencies are told */
};

static void tell(const struct world *w, const struct order *o, const uint32_t *n, struct told *told)
{
    uint32_t i;

    for (i = 0; !o->requests && i < REQUESTS; i++)
        if (n[i] == 0)
            told->latency[i] = -1;
    told->tally = w->tally;
    told->mean = moments_mean(&w->tally.duration[DURATION_LATENCY]) / 1e9;
    for (i = 0; i < w->servers && i < SERVERS; i++) {
        told->up[i] = 1.0 - (double)w->condition[i].gone / (double)(w->tally.to - w->tally.from);
        told->since[i] = w->condition[i].up;
    }
    told->balancer_down = w->balancer[0].down;
}

static void run_world(const struct scenario *s, const struct order *o, struct told *told)
{
    struct policy_spec policy = s->policies[0];
    int64_t parts[WARMUP_PARTS] = { 0 };
    uint32_t parts_n[WARMUP_PARTS] = { 0 }, n[REQUESTS] = { 0 };
    struct world_order order = { .scenario = s,
                                 .policy = &policy,
                                 .requests = o->requests ? o->requests : REQUESTS,
                                 .ahead = UINT32_MAX,
                                 .series = o->requests ? NULL : told->latency,
                                 .series_n = n,
                                 .parts = parts,
                                 .parts_n = parts_n };
    struct world *w = malloc(sizeof *w);

    policy.policy = o->instead ? o->instead : policy.policy;
    told->failed = world_open(w, &order) || world_run(w);
    CU_ASSERT_EQUAL(told->failed, 0);
    if (told->failed)
        printf("%s\n", w->why);
    else
        tell(w, o, n, told);
    world_close(w);
    free(w);
}

static struct told run(struct order o)
{
    struct plugins *plugins = plugins_open();
    struct policy_source source = plugins_source(plugins);
    struct scenario_request request = { .policies = &source };
    struct diagnostics *said = diagnostics_open();
    struct told told = { 0 };
    struct scenario *s;
    char text[2048];

    snprintf(text, sizeof text, "{ %s, \"policies\": [ \"%s\" ] }", o.text,
             o.policy ? o.policy : "random");
    s = scenario_read("test", text, strlen(text), &request, said);
    CU_ASSERT_PTR_NOT_NULL(s);
    if (!s) {
        diagnostics_print(said, stdout, 0);
    } else {
        o.patch(s);
        run_world(s, &o, &told);
    }
    scenario_close(s);
    diagnostics_close(said);
    plugins_close(plugins);
    return told;
}

static void latencies(const struct told *t, double a, double b, double c, double d)
{
    const double wanted[] = { a, b, c, d };
    int i;

    for (i = 0; i < REQUESTS; i++) {
        CU_ASSERT(wanted[i] < 0 ? t->latency[i] == -1 : llabs(t->latency[i] - MS(wanted[i])) <= 2);
        if (wanted[i] >= 0 && llabs(t->latency[i] - MS(wanted[i])) > 2)
            printf("\nrequest %d: %.6f ms, wanted %.6f\n", i, (double)t->latency[i] / 1e6,
                   wanted[i]);
    }
}

/* The fault of all groups, and how its times are drawn. */
static struct fault_spec fault;

static struct distribution exponential(double mean)
{
    struct distribution d = { .kind = distribution_kind("exponential") };
    double config[8] = { mean };

    CU_ASSERT_PTR_NULL(d.kind->make(config, NULL, &d));
    CU_ASSERT_DOUBLE_EQUAL(d.kind->mean(&d), mean, 1e-12);
    return d;
}

static void patch(struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->servers_n; i++)
        if (s->servers[i].zone == SCENARIO_NONE || s->servers[i].zone == 0) {
            s->servers[i].faults = &fault;
            s->servers[i].faults_n = 1;
        }
}

static void set_fault(enum change_kind kind, enum server_state state)
{
    fault = (struct fault_spec) { .change = { .kind = kind, .state = state, .number = 0.5 },
                                  .every = distribution_constant(0.0018),
                                  .lasts = distribution_constant(0.001) };
}

static struct told run_fault(enum change_kind kind, enum server_state state, bool kept)
{
    set_fault(kind, state);
    fault.change.kept = kept;
    fault.change.quantity = distribution_constant(0.0001);
    return run((struct order) { .text = EACH_MS ", \"servers\": {}", .patch = patch });
}

/* ---- What befalls a server. */

static void hang(void)
{
    struct told t = run_fault(CHANGE_STATE, SERVER_HANG, false);

    latencies(&t, 2.5, 4, 5.5, 6);
}

static void slow(void)
{
    struct told t = run_fault(CHANGE_SPEED, SERVER_UP, false);

    latencies(&t, 2, 2.5, 3.5, 4.5);
}

/* The first and the last are lost, the second finds nobody. */
static void down(void)
{
    struct told t = run_fault(CHANGE_STATE, SERVER_DOWN, false);

    latencies(&t, -1, -1, 1.5, -1);
    CU_ASSERT_EQUAL(t.tally.attempts[ATTEMPT_LOST], 2);
    CU_ASSERT_EQUAL(t.tally.ended[ENDED_REJECTED], 1);
}

static void kept(void)
{
    struct told t = run_fault(CHANGE_STATE, SERVER_DOWN, true);

    latencies(&t, 2.5, -1, 3, 4.5);
    CU_ASSERT_EQUAL(t.tally.attempts[ATTEMPT_LOST], 0);
    CU_ASSERT(t.since[0] > 0 && t.since[0] % MS(2.8) == 0); /* it comes up every 2.8 ms */
}

static void refuse(void)
{
    struct told t = run_fault(CHANGE_STATE, SERVER_REFUSE, false);

    latencies(&t, 1.5, -1, 1.5, 2);
    CU_ASSERT_EQUAL(t.tally.attempts[ATTEMPT_REFUSED], 1);
    CU_ASSERT_EQUAL(t.tally.ended[ENDED_FAILED], 1);
    CU_ASSERT_EQUAL(t.since[0], 0);
}

static void reset(void)
{
    struct told t = run_fault(CHANGE_STATE, SERVER_RESET, false);

    latencies(&t, -1, 2, -1, 3);
    CU_ASSERT_EQUAL(t.tally.attempts[ATTEMPT_ERROR], 2);
}

static void black_hole(void)
{
    struct told t = run_fault(CHANGE_STATE, SERVER_BLACK_HOLE, false);

    latencies(&t, 1.5, -1, 1.5, 2);
    CU_ASSERT_EQUAL(t.tally.attempts[ATTEMPT_ERROR], 1);
}

static void drain(void)
{
    struct told t = run_fault(CHANGE_STATE, SERVER_DRAIN, false);

    latencies(&t, 1.5, -1, 1.5, 2);
    CU_ASSERT_EQUAL(t.tally.ended[ENDED_REJECTED], 1);
}

/* The change that began last counts; when it ends, the one beneath does again. */
static void one_on_another(void)
{
    static const char late[] = EACH_MS ", \"servers\": {}, \"timeline\": { \"at\": \"2.3ms\", "
                                       "\"until\": \"3.3ms\", \"server\": \"server\", \"state\": "
                                       "\"hang\" }";
    static const char early[] = EACH_MS ", \"servers\": {}, \"timeline\": { \"at\": \"1.5ms\", "
                                        "\"until\": \"3.5ms\", \"server\": \"server\", \"state\": "
                                        "\"refuse\" }";
    struct told t;

    set_fault(CHANGE_STATE, SERVER_REFUSE);
    t = run((struct order) { .text = late, .patch = patch });
    latencies(&t, 2.5, -1, 2, 2.5);
    CU_ASSERT_EQUAL(t.tally.attempts[ATTEMPT_REFUSED], 1);
    set_fault(CHANGE_STATE, SERVER_HANG);
    t = run((struct order) { .text = early, .patch = patch });
    latencies(&t, 2.5, 4, -1, 4.5);
    CU_ASSERT_EQUAL(t.tally.attempts[ATTEMPT_REFUSED], 1);
}

static struct fault_spec two[2];

static void patch_two(struct scenario *s)
{
    s->servers[0].faults = two;
    s->servers[0].faults_n = 2;
}

/* Hanging from 1.8 to 2.8 with a speed of a half from 2.3 to 3.3: of these, both; a hang from 2.3
 * to 3.3 on top of refusing from 1.8 to 2.8 is the only one that counts from 2.3 on. */
static void two_faults(void)
{
    static const char text[] = EACH_MS ", \"servers\": {}";
    struct told t;

    set_fault(CHANGE_STATE, SERVER_HANG);
    two[0] = two[1] = fault;
    two[0].every = distribution_constant(0.0018);
    two[1].every = distribution_constant(0.0023);
    two[0].lasts = two[1].lasts = distribution_constant(0.001);
    two[1].change.kind = CHANGE_SPEED;
    two[0].change.state = SERVER_HANG;
    t = run((struct order) { .text = text, .patch = patch_two });
    CU_ASSERT(llabs(t.latency[0] - MS(2.75)) <= 2); /* 0.8 + 0.25 done by 3.3 */
    two[0].change.state = SERVER_REFUSE;
    two[1].change = (struct change) { .kind = CHANGE_STATE, .state = SERVER_HANG };
    t = run((struct order) { .text = text, .patch = patch_two });
    CU_ASSERT(llabs(t.latency[0] - MS(2.5)) <= 2);
    CU_ASSERT_EQUAL(t.latency[1], -1);
    CU_ASSERT(t.latency[2] >= 0);
}

/* ---- Warming up. */

static void patch_warm(struct scenario *s)
{
    patch(s);
    s->servers[0].warm_up.from = 0.5;
    s->servers[0].warm_up.over = MS(0.32);
}

/* Within the first 0.32 ms it does 0.24 ms of work. */
static void warming(void)
{
    struct told t;

    set_fault(CHANGE_STATE, SERVER_DOWN);
    fault.change.kept = true;
    t = run((struct order) { .text = EACH_MS ", \"servers\": {}", .patch = patch_warm });
    latencies(&t, 2.58, -1, 3.16, 4.74);
}

static void patch_count(struct scenario *s)
{
    s->servers[0].warm_up.from = 0.5;
    s->servers[0].warm_up.over = MS(0.32);
}

/* The first is there from the start and warm; the second comes at 1.9 ms, and takes the second and
 * the fourth request. */
static void warming_when_added(void)
{
    static const char text[] = EACH_MS ", \"servers\": { \"count\": 1 }, \"timeline\": { \"at\": "
                                       "\"1.9ms\", \"server\": \"server\", \"count\": 2 }";
    struct told t =
        run((struct order) { .text = text, .policy = "least_conn", .patch = patch_count });

    CU_ASSERT_EQUAL(t.since[0], 0);
    CU_ASSERT_EQUAL(t.since[1], MS(1.9));
    /* at 2 ms it has 0.22 ms of warming left, at a mean of 0.5 (0.5 + 0.5 * 0.1 / 0.32 + 1) */
    latencies(&t, 1.5, 1.5 + 0.22 * (1 - 0.828125), 1.5, 1.5);
}

/* ---- Speeds that are drawn anew. */

static const double one_speed[] = { 0.5 }, certain[] = { 1 };

static void patch_half(struct scenario *s)
{
    s->servers[0].redrawn = (struct speed_process) {
        .redraw = MS(0.7), .values = one_speed, .weights = certain, .n = 1
    };
}

static void always_half(void)
{
    struct told t =
        run((struct order) { .text = EACH_MS ", \"servers\": {}", .patch = patch_half });

    latencies(&t, 3, 5, 7, 9);
}

static const double speeds[] = { 1, 3 }, evenly[] = { 0.5, 1 };

static void patch_speeds(struct scenario *s)
{
    s->servers[0].redrawn =
        (struct speed_process) { .redraw = MS(1000), .values = speeds, .weights = evenly, .n = 2 };
}

#define POISSON(rate, service)                                                                     \
    "\"clients\": { \"timeout\": \"1000s\", \"service\": " service                                 \
    ", \"arrivals\": { \"process\": \"poisson\", \"rate\": " rate " } }"
#define HALF_SECOND "{ \"distribution\": \"deterministic\", \"value\": \"500ms\" }"
#define ONE_SECOND  "{ \"distribution\": \"exponential\", \"mean\": \"1s\" }"

/* Half a second of work from an instant anywhere in a second of speed 1 or 3, and the next drawn
 * likewise: at first 1: 0.5 s if the second lasts so long, else u + (0.5 - u) 2/3 on average; at
 * first 3: likewise. In all 23/72 s. The mean of 8 servers over 12500 s is off by 0.0006 s
 * (standard deviation, from 20 replications of scenarios/theory/speed_drawn.json); 5 of these: a
 * false alarm in 1.7 million. */
static void drawn_speeds(void)
{
    static const char text[] =
        POISSON("80", HALF_SECOND) ", \"servers\": { \"count\": 8, \"cores\": \"unlimited\" }";
    struct told t =
        run((struct order) { .text = text, .patch = patch_speeds, .requests = 1000000 });

    CU_ASSERT_DOUBLE_EQUAL(t.mean, 23.0 / 72.0, 0.003);
    if (fabs(t.mean - 23.0 / 72.0) > 0.003)
        printf("\nmean %.6f, wanted %.6f\n", t.mean, 23.0 / 72.0);
}

/* ---- In the long run. */

/* On and off in exponential times of 2 s and 1 s: the share of time up over 30000 s is off by
 * sqrt(2 p (1 - p) (2/3) / 30000) = 0.0032; 5 of these and 8 servers: a false alarm in 200000. */
static void availability(void)
{
    static const char text[] = POISSON("1", ONE_SECOND) ", \"servers\": { \"count\": 8 }";
    struct told t;
    uint32_t i;

    set_fault(CHANGE_STATE, SERVER_DOWN);
    fault.every = exponential(2);
    fault.lasts = exponential(1);
    t = run((struct order) { .text = text, .patch = patch, .requests = 30000 });
    for (i = 0; i < SERVERS; i++)
        CU_ASSERT_DOUBLE_EQUAL(t.up[i], 2.0 / 3.0, 0.016);
    CU_ASSERT(t.up[0] < t.up[1] || t.up[0] > t.up[1]);
}

/* Breakdowns at rate 0.1, idle or not, repairs at rate 1: E[T] = 2.6464646 (White, Christie 1958;
 * Avi-Itzhak, Naor 1963), whether it hangs or its speed is 0. The mean of a million is off by 0.011
 * (standard deviation, from 20 replications of scenarios/theory/breakdown.json): more than 5 of
 * these, a false alarm in 1.7 million. */
static void breakdown(void)
{
    static const char text[] = POISSON("0.5", ONE_SECOND) ", \"servers\": {}";
    struct told t, still;

    set_fault(CHANGE_STATE, SERVER_HANG);
    fault.every = exponential(10);
    fault.lasts = exponential(1);
    t = run((struct order) { .text = text, .patch = patch, .requests = 1000000 });
    CU_ASSERT_DOUBLE_EQUAL(t.mean, 2.646464646, 0.065);
    if (fabs(t.mean - 2.646464646) > 0.065)
        printf("\nmean %.6f\n", t.mean);
    fault.change.kind = CHANGE_SPEED;
    fault.change.number = 0;
    still = run((struct order) { .text = text, .patch = patch, .requests = 1000000 });
    CU_ASSERT_EQUAL((uint64_t)still.tally.duration[DURATION_LATENCY].sum,
                    (uint64_t)t.tally.duration[DURATION_LATENCY].sum);
}

/* ---- Who is struck together. */

static const char zoned[] =
    POISSON("1", ONE_SECOND) ", \"servers\": [ { \"name\": \"one\", "
                             "\"count\": 2, \"zone\": \"a\" }, { \"name\": \"two\", \"count\": 2, "
                             "\"zone\": \"b\" }, { \"name\": \"three\", \"count\": 2, \"zone\": "
                             "\"a\" } ]";

static void listen_to(enum together together, const struct lb_policy *policy)
{
    memset(&heard, 0, sizeof heard);
    set_fault(CHANGE_STATE, SERVER_DOWN);
    fault.every = exponential(3);
    fault.lasts = exponential(1);
    fault.together = together;
    run((struct order) { .text = zoned, .patch = patch, .instead = policy, .requests = 300 });
}

/* Do both change at the same instants? */
static bool alike(uint32_t a, uint32_t b)
{
    return heard.n[a] == heard.n[b] && !memcmp(heard.at[a], heard.at[b], sizeof heard.at[a]);
}

static void by_themselves(void)
{
    listen_to(TOGETHER_SERVER, &watchful);
    CU_ASSERT(heard.n[0] > 20 && heard.n[1] > 20 && heard.n[4] > 20 && heard.n[5] > 20);
    CU_ASSERT(!alike(0, 1) && !alike(0, 4) && !alike(4, 5));
    CU_ASSERT_EQUAL(heard.n[2] + heard.n[3], 0);
}

static void groups_together(void)
{
    listen_to(TOGETHER_GROUP, &watchful);
    CU_ASSERT(heard.n[0] > 20 && heard.n[4] > 20);
    CU_ASSERT(alike(0, 1) && alike(4, 5) && !alike(0, 4));
    CU_ASSERT_EQUAL(heard.n[2] + heard.n[3], 0);
}

static void patch_first(struct scenario *s)
{
    s->servers[0].faults = &fault;
    s->servers[0].faults_n = 1;
}

/* The fault of one group strikes all that stand in its zone. */
static void zones_together(void)
{
    memset(&heard, 0, sizeof heard);
    set_fault(CHANGE_STATE, SERVER_DOWN);
    fault.every = exponential(3);
    fault.lasts = exponential(1);
    fault.together = TOGETHER_ZONE;
    run((struct order) {
        .text = zoned, .patch = patch_first, .instead = &watchful, .requests = 300 });
    CU_ASSERT(heard.n[0] > 20);
    CU_ASSERT(alike(0, 1) && alike(0, 4) && alike(0, 5));
    CU_ASSERT_EQUAL(heard.n[2] + heard.n[3], 0);
}

/* A policy that sends all to another server hears the same. */
static lb_server pick_last(void *self, const struct lb_request *request, struct lb_random *random)
{
    const struct lb_view *view = ((struct watchful *)self)->view;

    (void)request, (void)random;
    return view->usable_n ? view->usable[view->usable_n - 1] : LB_NONE;
}

static void same_for_all(void)
{
    struct lb_policy other = watchful;
    lb_time before[SERVERS][TURNS];
    uint32_t i;

    other.pick = pick_last;
    listen_to(TOGETHER_SERVER, &watchful);
    memcpy(before, heard.at, sizeof before);
    listen_to(TOGETHER_SERVER, &other);
    for (i = 0; i < 20; i++) {
        CU_ASSERT_EQUAL(heard.at[0][i], before[0][i]);
        CU_ASSERT_EQUAL(heard.at[5][i], before[5][i]);
        CU_ASSERT(heard.at[0][i] > 0);
    }
}

/* With checks of their own, and none for hours, balancers hear of no death: requests are refused.
 */
static void unknown_to_checks(void)
{
    static const char text[] =
        POISSON("1", ONE_SECOND) ", \"servers\": { \"count\": 2 }, \"balancers\": { \"health\": { "
                                 "\"interval\": \"10h\" } }";
    struct told t;

    memset(&heard, 0, sizeof heard);
    set_fault(CHANGE_STATE, SERVER_DOWN);
    fault.every = exponential(3);
    fault.lasts = exponential(1);
    t = run((struct order) { .text = text, .patch = patch, .instead = &watchful, .requests = 300 });
    CU_ASSERT_EQUAL(heard.n[0] + heard.n[1], 0);
    CU_ASSERT(t.tally.attempts[ATTEMPT_REFUSED] > 20);
    CU_ASSERT_EQUAL(t.tally.ended[ENDED_REJECTED], 0);
}

/* ---- Balancers. */

static const struct change goes_down[] = {
    { .at = 1000000, .until = 2500000, .kind = CHANGE_BALANCER, .count = 1, .state = SERVER_DOWN },
    { .at = 2000000, .until = LB_NEVER, .kind = CHANGE_BALANCER, .count = 1, .state = SERVER_DOWN },
    { .at = 3000000, .until = LB_NEVER, .kind = CHANGE_SPEED, .count = 1, .number = 1 }
};
static uint32_t downs;

static void patch_balancer(struct scenario *s)
{
    s->changes = goes_down + (downs == 2 ? 0 : downs == 1 ? 1 : 2);
    s->changes_n = 1 + downs;
}

static void balancer_down(void)
{
    struct told t;

    for (downs = 0; downs < 3; downs++) {
        t = run((struct order) { .text = EACH_MS ", \"servers\": {}", .patch = patch_balancer });
        CU_ASSERT_EQUAL(t.balancer_down, downs > 0);
    }
}

int suite_faults(void)
{
    CU_pSuite suite = CU_add_suite("faults", NULL, NULL);

    if (!suite || !CU_add_test(suite, "hang", hang) || !CU_add_test(suite, "slow", slow) ||
        !CU_add_test(suite, "down", down) || !CU_add_test(suite, "down, kept", kept) ||
        !CU_add_test(suite, "refuse", refuse) || !CU_add_test(suite, "reset", reset) ||
        !CU_add_test(suite, "black hole", black_hole) || !CU_add_test(suite, "drain", drain) ||
        !CU_add_test(suite, "one on another", one_on_another) ||
        !CU_add_test(suite, "two faults", two_faults) ||
        !CU_add_test(suite, "warming up", warming) ||
        !CU_add_test(suite, "warming up when added", warming_when_added) ||
        !CU_add_test(suite, "always half", always_half) ||
        !CU_add_test(suite, "drawn speeds", drawn_speeds) ||
        !CU_add_test(suite, "availability", availability) ||
        !CU_add_test(suite, "breakdown", breakdown) ||
        !CU_add_test(suite, "by themselves", by_themselves) ||
        !CU_add_test(suite, "groups together", groups_together) ||
        !CU_add_test(suite, "zones together", zones_together) ||
        !CU_add_test(suite, "same for all policies", same_for_all) ||
        !CU_add_test(suite, "unknown to checks", unknown_to_checks) ||
        !CU_add_test(suite, "balancers go down", balancer_down))
        return 1;
    return 0;
}
