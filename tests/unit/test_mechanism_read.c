/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Attempts, faults, health and limits as a scenario says them. */
#include <math.h>

#include "sim/run/identity.h"
#include "tests/unit/scenario_fixture.h"

int suite_mechanism_read(void);

#define SERVERS "\"servers\": { \"name\": \"app\", \"count\": 4 }, \"policies\": \"plain\" }"
/* One client and four servers, with more keys of the balancer, the client or the servers. */
#define BALANCER(keys)                                                                             \
    "{ \"load\": 0.5, \"clients\": { \"service\": \"10ms\", \"timeout\": 1 }, \"balancers\": { "   \
    "\"name\": \"edge\", " keys " }, " SERVERS
#define CLIENT(keys) "{ \"load\": 0.5, \"clients\": { \"service\": \"10ms\", " keys " }, " SERVERS
#define GROUP(keys)                                                                                \
    "{ \"load\": 0.5, \"clients\": { \"service\": \"10ms\", \"timeout\": 1 }, \"servers\": { "     \
    "\"name\": \"app\", \"count\": 4, " keys " }, \"policies\": \"plain\" }"
#define MS 1000000
#define S  ((lb_time)1000000000)

static struct balancer_spec balancer_of(struct reading *reading)
{
    if (!reading->scenario)
        fprintf(stderr, "refused: %s\n", reading->shown);
    CU_ASSERT_PTR_NOT_NULL_FATAL(reading->scenario);
    return reading->scenario->balancers[0];
}

/* What is not written is off. */
static void test_absent(void)
{
    struct reading reading = read_text(CLIENT("\"timeout\": 1"));
    const struct balancer_spec b = balancer_of(&reading);
    const struct client_spec *c = &reading.scenario->clients[0];
    const struct server_spec *s = &reading.scenario->servers[0];
    const struct guard_spec *g = &b.guard;

    CU_ASSERT(c->deadline == LB_NEVER && c->retry.attempts == 1 && !c->cancels);
    CU_ASSERT(c->parts == 1 && c->need == 1);
    CU_ASSERT(b.attempts.timeout == LB_NEVER && b.attempts.deadline == LB_NEVER);
    CU_ASSERT(b.attempts.retry.attempts == 1 && b.attempts.hedge.most == 1);
    CU_ASSERT(!b.attempts.copies.independent && !b.attempts.copies.cancel_delay.kind);
    CU_ASSERT_EQUAL(b.attempts.copies.cancel, COPIES_CANCEL_ON_COMPLETION);
    CU_ASSERT(!b.queue.given && b.queue.limit == SCENARIO_UNLIMITED);
    CU_ASSERT(b.queue.time_limit == LB_NEVER && b.queue.order == QUEUE_FIFO);
    CU_ASSERT(!g->has_health && !g->has_outlier && !g->has_breaker && !g->has_concurrency);
    CU_ASSERT(!g->has_rate_limit && !g->has_admission && !g->sheds && isnan(g->panic));
    CU_ASSERT(g->in_flight == SCENARIO_UNLIMITED && g->per_server == SCENARIO_UNLIMITED);
    CU_ASSERT(g->retries == SCENARIO_UNLIMITED && g->shed_queue == SCENARIO_UNLIMITED);
    CU_ASSERT(s->faults_n == 0 && s->slow_start.window == 0 && s->redrawn.n == 0);
    CU_ASSERT(s->warm_up.over == 0 && s->warm_up.from >= 1);
    reading_end(&reading);
}

static void test_client(void)
{
    struct reading reading = read_text(
        CLIENT("\"timeout\": \"800ms\", \"deadline\": 3, \"cancel\": { \"cost\": \"50us\" }, "
               "\"fan_out\": { \"parts\": 10, \"need\": 8 }, \"retry\": { \"attempts\": "
               "\"unlimited\", \"on\": [ \"timeout\", \"rejected\" ], \"work\": \"independent\", "
               "\"backoff\": { \"first\": \"25ms\", \"most\": \"250ms\", \"jitter\": \"equal\" }, "
               "\"budget\": { \"ratio\": 0.1, \"of\": \"active\" } }"));
    const struct client_spec *c;

    balancer_of(&reading);
    c = &reading.scenario->clients[0];
    CU_ASSERT(c->timeout == 800 * MS && c->deadline == 3 * S);
    CU_ASSERT(c->cancels && c->cancel_cost == 50000 && c->parts == 10 && c->need == 8);
    CU_ASSERT_EQUAL(c->retry.attempts, SCENARIO_UNLIMITED);
    CU_ASSERT_EQUAL(c->retry.on, FAILURE_TIMEOUT | FAILURE_REJECTED);
    CU_ASSERT(c->retry.independent && !c->retry.backoff.delay.kind);
    CU_ASSERT(c->retry.backoff.first == 25 * MS && c->retry.backoff.most == 250 * MS);
    CU_ASSERT_EQUAL(c->retry.backoff.jitter, JITTER_EQUAL);
    CU_ASSERT_DOUBLE_EQUAL(c->retry.backoff.factor, 2, 0);
    CU_ASSERT(c->retry.budgeted && c->retry.budget.kind == BUDGET_ACTIVE);
    CU_ASSERT_DOUBLE_EQUAL(c->retry.budget.ratio, .1, 0);
    CU_ASSERT_DOUBLE_EQUAL(c->retry.budget.floor, 3, 0);
    reading_end(&reading);
}

static void test_retry_defaults(void)
{
    struct reading reading = read_text(
        "{ \"load\": 0.5, \"clients\": { \"service\": \"10ms\", \"retry\": { \"attempts\": 3, "
        "\"backoff\": { \"distribution\": \"exponential\", \"mean\": \"5ms\" } } }, "
        "\"balancers\": { \"attempts\": { \"retry\": { \"attempts\": 2, \"backoff\": \"1ms\", "
        "\"budget\": { \"tokens\": 8 } } } }, " SERVERS);
    const struct balancer_spec b = balancer_of(&reading);
    const struct retry_spec *c = &reading.scenario->clients[0].retry;

    CU_ASSERT_EQUAL(c->on, FAILURE_ERROR | FAILURE_TIMEOUT | FAILURE_REFUSED | FAILURE_REJECTED);
    CU_ASSERT(!c->budgeted && !c->exclude_tried && !c->independent);
    CU_ASSERT_DOUBLE_EQUAL(c->backoff.delay.kind->mean(&c->backoff.delay), .005, 1e-12);
    CU_ASSERT_EQUAL(b.attempts.retry.on, FAILURE_ERROR | FAILURE_REFUSED);
    CU_ASSERT(b.attempts.retry.exclude_tried && b.attempts.retry.budgeted);
    CU_ASSERT_EQUAL(b.attempts.retry.budget.kind, BUDGET_TOKENS);
    CU_ASSERT_DOUBLE_EQUAL(b.attempts.retry.budget.tokens, 8, 0);
    CU_ASSERT_DOUBLE_EQUAL(b.attempts.retry.budget.refill, .1, 0);
    CU_ASSERT(distribution_is_constant(&b.attempts.retry.backoff.delay));
    reading_end(&reading);
}

static void test_attempts(void)
{
    struct reading reading = read_text(
        BALANCER("\"attempts\": { \"timeout\": \"200ms\", \"deadline\": 1, \"hedge\": { \"after\": "
                 "{ \"quantile\": 0.95 } }, \"copies\": { \"work\": \"independent\", \"cancel\": "
                 "\"on_start\", \"cancel_cost\": \"20us\", \"cancel_delay\": 0.001 } }, "
                 "\"queue\": { \"limit\": 1000, \"time_limit\": 1, \"order\": \"codel\" }"));
    const struct balancer_spec b = balancer_of(&reading);
    const struct hedge_spec *h = &b.attempts.hedge;

    CU_ASSERT(b.attempts.timeout == 200 * MS && b.attempts.deadline == S);
    CU_ASSERT(h->most == 2 && h->after == LB_NEVER && !h->budgeted);
    CU_ASSERT_DOUBLE_EQUAL(h->quantile.quantile, .95, 0);
    CU_ASSERT(h->quantile.window == 10 * S && h->quantile.least == 20);
    CU_ASSERT(b.attempts.copies.independent && b.attempts.copies.cancel_cost == 20000);
    CU_ASSERT_EQUAL(b.attempts.copies.cancel, COPIES_CANCEL_ON_START);
    CU_ASSERT_PTR_NOT_NULL(b.attempts.copies.cancel_delay.kind);
    CU_ASSERT(b.queue.given && b.queue.limit == 1000 && b.queue.time_limit == S);
    CU_ASSERT(b.queue.order == QUEUE_CODEL && b.queue.codel.target == 5 * MS);
    CU_ASSERT_EQUAL(b.queue.codel.interval, 100 * MS);
    reading_end(&reading);
    reading = read_text(BALANCER("\"attempts\": { \"hedge\": { \"after\": 0, \"most\": 3 } }"));
    CU_ASSERT(balancer_of(&reading).attempts.hedge.after == 0);
    reading_end(&reading);
}

static void test_health(void)
{
    struct reading reading = read_text(BALANCER("\"health\": {}"));
    struct health_spec h = balancer_of(&reading).guard.health;

    CU_ASSERT(h.interval == 2 * S && h.timeout == 2 * S && h.fast == 2 * S && h.down == 2 * S);
    CU_ASSERT(h.rise == 2 && h.fall == 3 && !h.deep && !h.first_decides && h.cost == 0);
    reading_end(&reading);
    reading = read_text(BALANCER("\"health\": { \"like\": \"nginx\", \"fast\": \"1s\" }"));
    h = balancer_of(&reading).guard.health;
    CU_ASSERT(h.interval == 5 * S && h.timeout == 5 * S && h.fast == S && h.down == 5 * S);
    CU_ASSERT(h.rise == 1 && h.fall == 1);
    reading_end(&reading);
    /* A key that is written counts, wherever it stands. */
    reading = read_text(BALANCER("\"health\": { \"fall\": 7, \"like\": \"envoy\", \"rise\": 4 }"));
    h = balancer_of(&reading).guard.health;
    CU_ASSERT(h.interval == 10 * S && h.timeout == S && h.fall == 7 && h.rise == 4);
    CU_ASSERT(h.first_decides);
    reading_end(&reading);
}

static struct outlier_spec outlier_like(const char *text)
{
    struct reading reading = read_text(text);
    const struct balancer_spec b = balancer_of(&reading);

    CU_ASSERT(b.guard.has_outlier);
    reading_end(&reading);
    return b.guard.outlier;
}

static void test_outlier(void)
{
    struct outlier_spec o = outlier_like(BALANCER("\"outlier\": { \"most_ejected\": 0.5 }"));

    CU_ASSERT(o.rule == OUTLIER_ENVOY && o.consecutive == 5 && o.interval == 10 * S);
    CU_ASSERT(o.ejection == 30 * S && o.most_ejection == 300 * S && !o.at_least_one);
    CU_ASSERT_DOUBLE_EQUAL(o.most_ejected, .5, 0);
    CU_ASSERT_DOUBLE_EQUAL(o.enforced, 1, 0);
    CU_ASSERT_DOUBLE_EQUAL(o.success_rate.factor, 1.9, 0);
    CU_ASSERT(o.success_rate.least_hosts == 5 && o.success_rate.least_requests == 100);
    CU_ASSERT_DOUBLE_EQUAL(o.failure_percentage.threshold, .85, 0);
    CU_ASSERT_DOUBLE_EQUAL(o.failure_percentage.enforced, 0, 0);
    CU_ASSERT(o.failure_percentage.least_requests == 50 && isnan(o.latency.factor));
    o = outlier_like(BALANCER("\"outlier\": { \"like\": \"grpc\", \"success_rate\": { \"factor\": "
                              "3 }, \"failure_percentage\": { \"threshold\": 0.5 } }"));
    CU_ASSERT(o.rule == OUTLIER_GRPC && o.consecutive == 0 && o.at_least_one);
    CU_ASSERT_DOUBLE_EQUAL(o.success_rate.factor, 3, 0);
    CU_ASSERT_DOUBLE_EQUAL(o.failure_percentage.enforced, 1, 0);
    CU_ASSERT_DOUBLE_EQUAL(o.failure_percentage.threshold, .5, 0);
    o = outlier_like(BALANCER("\"outlier\": { \"like\": \"nginx\" }"));
    CU_ASSERT(o.rule == OUTLIER_NGINX && o.consecutive == 1 && o.ejection == 10 * S);
    CU_ASSERT_DOUBLE_EQUAL(o.success_rate.enforced, 0, 0);
    CU_ASSERT_DOUBLE_EQUAL(o.most_ejected, 1, 0);
    o = outlier_like(BALANCER("\"outlier\": { \"like\": \"haproxy\", \"ejection\": \"3s\" }"));
    CU_ASSERT(o.rule == OUTLIER_HAPROXY && o.consecutive == 10 && o.ejection == 3 * S);
}

static void test_limits(void)
{
    struct reading reading = read_text(BALANCER(
        "\"health\": {}, \"panic\": 0.5, \"limits\": { \"in_flight\": 1024, \"retries\": 0 }, "
        "\"breaker\": { "
        "\"errors\": 0.3 }, \"rate_limit\": { \"rate\": 5000, \"burst\": 500 }, \"shed\": { "
        "\"below_priority\": 1, \"when\": { \"queue\": 500 } }, \"on_none\": \"queue\", "
        "\"attempts\": { \"retry\": { \"attempts\": 2 } }"));
    const struct guard_spec g = balancer_of(&reading).guard;

    CU_ASSERT_DOUBLE_EQUAL(g.panic, .5, 0);
    CU_ASSERT(g.in_flight == 1024 && g.per_server == SCENARIO_UNLIMITED && g.retries == 0);
    CU_ASSERT(g.has_breaker && g.breaker.least_requests == 20 && g.breaker.half_open == 1);
    CU_ASSERT(g.breaker.window == 10 * S && g.breaker.open == 5 * S);
    CU_ASSERT(g.has_rate_limit && g.rate_limit.kind == RATE_LIMIT_BUCKET);
    CU_ASSERT_DOUBLE_EQUAL(g.rate_limit.burst, 500, 0);
    CU_ASSERT(g.sheds && g.shed_below == 1 && g.shed_queue == 500);
    CU_ASSERT_EQUAL(g.shed_in_flight, SCENARIO_UNLIMITED);
    reading_end(&reading);
}

static void test_adaptive(void)
{
    struct reading reading = read_text(
        BALANCER("\"concurrency\": { \"decrease\": 0.5 }, \"admission\": { \"cap\": 0.7 }, "
                 "\"rate_limit\": { \"kind\": \"sliding_window\", \"rate\": 10 }"));
    struct guard_spec g = balancer_of(&reading).guard;

    CU_ASSERT(g.concurrency.kind == CONCURRENCY_AIMD && g.concurrency.initial == 20);
    CU_ASSERT_EQUAL(g.concurrency.least, 1);
    CU_ASSERT(g.admission.kind == ADMISSION_ENVOY && g.admission.window == 30 * S);
    CU_ASSERT_DOUBLE_EQUAL(g.admission.threshold, .95, 0);
    CU_ASSERT(g.rate_limit.kind == RATE_LIMIT_SLIDING_WINDOW && g.rate_limit.window == S);
    reading_end(&reading);
    reading = read_text(BALANCER("\"concurrency\": {}, \"admission\": {}"));
    g = balancer_of(&reading).guard;
    CU_ASSERT(g.concurrency.kind == CONCURRENCY_GRADIENT && g.concurrency.least == 3);
    CU_ASSERT(g.concurrency.every == 100 * MS && g.concurrency.measure_requests == 50);
    CU_ASSERT(g.admission.kind == ADMISSION_SRE && g.admission.window == 120 * S);
    CU_ASSERT_DOUBLE_EQUAL(g.admission.k, 2, 0);
    reading_end(&reading);
}

static void test_faults(void)
{
    struct reading reading = read_text(GROUP(
        "\"zone\": \"east\", \"faults\": [ { \"state\": \"down\", \"every\": { "
        "\"distribution\": \"exponential\", \"mean\": \"1h\" }, \"lasts\": \"30s\", \"jobs\": "
        "\"kept\" }, { \"speed\": 0.2, \"every\": 600, \"lasts\": 5, \"together\": \"zone\" "
        "}, { \"state\": \"black_hole\", \"every\": \"2h\", \"lasts\": 10 } ], "
        "\"slow_start\": { \"window\": 30, \"like\": \"haproxy\" }, \"warm_up\": { \"from\": "
        "0.3, \"over\": 20 }, \"speed\": { \"redraw\": \"100ms\", \"values\": [ 1, 3 ], "
        "\"weights\": [ 3, 1 ] }"));
    const struct server_spec *s;

    balancer_of(&reading);
    s = &reading.scenario->servers[0];
    CU_ASSERT_EQUAL_FATAL(s->faults_n, 3);
    CU_ASSERT(s->faults[0].change.kind == CHANGE_STATE && s->faults[0].change.kept);
    CU_ASSERT(s->faults[0].change.state == SERVER_DOWN && s->faults[0].change.count == 4);
    CU_ASSERT_EQUAL(s->faults[0].together, TOGETHER_SERVER);
    CU_ASSERT(s->faults[1].change.kind == CHANGE_SPEED && s->faults[1].together == TOGETHER_ZONE);
    CU_ASSERT_DOUBLE_EQUAL(s->faults[1].change.number, .2, 0);
    CU_ASSERT_EQUAL(s->faults[2].change.state, SERVER_BLACK_HOLE);
    CU_ASSERT_PTR_NOT_NULL(s->faults[2].change.quantity.kind);
    CU_ASSERT(s->slow_start.window == 30 * S && s->slow_start.kind == SLOW_START_HAPROXY);
    CU_ASSERT(s->warm_up.over == 20 * S && s->warm_up.from < .31);
    /* The mean of the speeds is what load counts: 4 servers x 1.5 x 0.5 / 10 ms. */
    CU_ASSERT_DOUBLE_EQUAL(s->speed, 1.5, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(reading.scenario->clients[0].rate, 300, 1e-9);
    CU_ASSERT(s->redrawn.n == 2 && s->redrawn.redraw == 100 * MS);
    CU_ASSERT_DOUBLE_EQUAL(s->redrawn.weights[0], .75, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(s->redrawn.weights[1], 1, 0);
    reading_end(&reading);
}

static void test_balancer_down(void)
{
    struct reading reading = read_text(
        "{ \"load\": 0.5, \"clients\": { \"service\": 1, \"timeout\": 9, \"to\": \"edge\" }, "
        "\"balancers\": [ { "
        "\"name\": \"first\", \"count\": 2 }, { \"name\": \"edge\", \"count\": 4 } ], "
        "\"timeline\": { \"at\": 1, \"balancer\": \"edge[1..2]\", \"state\": \"down\" }, " SERVERS);
    const struct change *c;

    balancer_of(&reading);
    CU_ASSERT_EQUAL_FATAL(reading.scenario->changes_n, 1);
    c = &reading.scenario->changes[0];
    CU_ASSERT(c->kind == CHANGE_BALANCER && c->first == 3 && c->count == 2);
    CU_ASSERT_EQUAL(c->state, SERVER_DOWN);
    reading_end(&reading);
}

/* A request of 10 parts is 10 times the work. */
static void test_load_of_parts(void)
{
    struct reading reading = read_text(CLIENT("\"fan_out\": { \"parts\": 10 }"));

    balancer_of(&reading);
    CU_ASSERT_DOUBLE_EQUAL(reading.scenario->clients[0].rate, 20, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(reading.scenario->offered_load, .5, 1e-12);
    CU_ASSERT_EQUAL(reading.scenario->clients[0].need, 10);
    reading_end(&reading);
}

/* Who is bounded by the balancer's patience needs none of its own; its own link is another matter.
 */
static void test_endless(void)
{
#define LOSING(link, balancer)                                                                     \
    "{ \"load\": 0.5, \"links\": { \"name\": \"bad\", \"loss\": 0.1 }, \"clients\": { "            \
    "\"service\": 1" link " }, \"balancers\": { \"name\": \"b\"" balancer " }, " SERVERS
    struct reading reading =
        read_text(LOSING("", ", \"link\": \"bad\", \"attempts\": { \"timeout\": 5 }"));

    balancer_of(&reading);
    reading_end(&reading);
    CU_ASSERT(refused(LOSING("", ", \"link\": \"bad\""), "a request would never end"));
    CU_ASSERT(refused(LOSING(", \"link\": \"bad\"", ", \"attempts\": { \"timeout\": 5 }"),
                      "its link loses messages and it has no timeout"));
    CU_ASSERT(
        refused("{ \"load\": 0.5, \"clients\": { \"service\": 1 }, \"servers\": { \"faults\": "
                "{ \"state\": \"down\", \"every\": 9, \"lasts\": 1 } }, \"policies\": "
                "\"plain\" }",
                "a server goes down with its requests and it has no timeout"));
}

static void test_refused(void)
{
    CU_ASSERT(refused(BALANCER("\"outlier\": { \"like\": \"nginx\", \"interval\": 3 }"),
                      "outlier.interval: \"like\": \"nginx\" has no such key"));
    CU_ASSERT(refused(BALANCER("\"outlier\": { \"like\": \"enwoy\" }"),
                      "unknown like \"enwoy\"; did you mean \"envoy\"?"));
    CU_ASSERT(refused(CLIENT("\"retry\": { \"attempts\": 0 }"), "found 0\n"));
    CU_ASSERT(refused(CLIENT("\"retry\": { \"attempts\": 2, \"on\": [ \"eror\" ] }"),
                      "retry.on[0]: unknown on \"eror\"; did you mean \"error\"?"));
    CU_ASSERT(refused(CLIENT("\"retry\": { \"attempts\": 2, \"on\": [ \"error\", \"error\" ] }"),
                      "\"error\" is named twice"));
    CU_ASSERT(refused(CLIENT("\"retry\": { \"attempts\": 2, \"budget\": { \"window\": 1, "
                             "\"tokens\": 1 } }"),
                      "budget.tokens: this key and others here belong to different systems"));
    CU_ASSERT(
        refused(GROUP("\"faults\": { \"every\": 1, \"lasts\": 1 }"), "expected state or speed"));
    CU_ASSERT(refused(GROUP("\"faults\": { \"state\": \"down\", \"every\": 1, \"lasts\": 1, "
                            "\"answer\": 1 }"),
                      "faults.answer: this goes with state black_hole"));
    CU_ASSERT(refused(GROUP("\"speed\": { \"redraw\": 1, \"values\": [ 1, 2 ], \"weights\": [ 1 ] "
                            "}"),
                      "speed.weights: there are 2 values"));
}

/* ---- Each of these changes what is simulated. */

#define ALL                                                                                        \
    "{ \"load\": 0.5, \"clients\": [ { \"name\": \"web\", \"service\": \"10ms\", "                 \
    "\"timeout\": \"800ms\", \"deadline\": 9, \"cancel\": { \"cost\": \"50us\" }, "                \
    "\"retry\": { \"attempts\": 3, \"on\": [ \"timeout\" ], \"backoff\": { \"first\": "            \
    "\"25ms\", \"most\": \"250ms\", \"jitter\": \"full\" }, \"budget\": { \"like\": "              \
    "\"finagle\" } }, \"fan_out\": { \"parts\": 4, \"need\": 3 } } ], \"balancers\": [ { "         \
    "\"name\": \"edge\", \"queue\": { \"limit\": 1000, \"time_limit\": 1, \"order\": "             \
    "\"codel\" }, \"attempts\": { \"timeout\": \"200ms\", \"deadline\": \"700ms\", "               \
    "\"retry\": { \"attempts\": 2, \"backoff\": \"1ms\", \"budget\": { \"like\": "                 \
    "\"grpc\" } }, \"hedge\": { \"after\": { \"quantile\": 0.95 }, \"budget\": { "                 \
    "\"like\": \"envoy\" } }, \"copies\": { \"cancel\": \"on_start\", \"cancel_cost\": "           \
    "\"20us\", \"cancel_delay\": \"1ms\" } }, \"health\": {}, \"outlier\": { "                     \
    "\"latency\": { \"factor\": 3 }, \"failure_percentage\": { \"enforced\": 0.5 } }, "            \
    "\"panic\": 0.5, \"limits\": { \"in_flight\": 1024, \"per_server\": 64, \"retries\": "         \
    "3 }, \"breaker\": {}, \"concurrency\": {}, \"rate_limit\": { \"rate\": 5000, "                \
    "\"burst\": 500 }, \"admission\": { \"like\": \"envoy\" }, \"shed\": { "                       \
    "\"below_priority\": 1, \"when\": { \"queue\": 500, \"in_flight\": 900 } } } ], "              \
    "\"servers\": [ { \"name\": \"app\", \"zone\": \"east\", \"count\": 4, "                       \
    "\"slow_start\": { \"window\": 30 }, \"warm_up\": { \"from\": 0.3, \"over\": 20 }, "           \
    "\"speed\": { \"redraw\": \"100ms\", \"values\": [ 1, 3 ], \"weights\": [ 3, 1 ] }, "          \
    "\"faults\": [ { \"state\": \"black_hole\", \"every\": 60, \"lasts\": 5 }, { "                 \
    "\"speed\": 0.2, \"every\": 60, \"lasts\": 5 } ] } ], \"policies\": \"plain\" }"

static const char *const changes[] = {
    "clients[0].deadline=8",
    "clients[0].cancel.cost=1us",
    "clients[0].retry.attempts=4",
    "clients[0].retry.on=[\"error\"]",
    "clients[0].retry.work=independent",
    "clients[0].retry.backoff.first=20ms",
    "clients[0].retry.backoff.factor=3",
    "clients[0].retry.backoff.most=1",
    "clients[0].retry.backoff.jitter=none",
    "clients[0].retry.backoff=20ms",
    "clients[0].retry.budget.ratio=0.3",
    "clients[0].retry.budget.floor=11",
    "clients[0].retry.budget.window=11",
    "clients[0].retry.budget={\"like\": \"envoy\"}",
    "clients[0].fan_out.parts=5",
    "clients[0].fan_out.need=2",
    "balancers[0].queue.limit=999",
    "balancers[0].queue.time_limit=2",
    "balancers[0].queue.target=4ms",
    "balancers[0].queue.interval=1",
    "balancers[0].queue={\"order\": \"lifo\"}",
    "balancers[0].attempts.timeout=100ms",
    "balancers[0].attempts.deadline=600ms",
    "balancers[0].attempts.retry.attempts=unlimited",
    "balancers[0].attempts.retry.backoff=2ms",
    "balancers[0].attempts.retry.exclude_tried=false",
    "balancers[0].attempts.retry.budget.tokens=9",
    "balancers[0].attempts.retry.budget.refill=0.2",
    "balancers[0].attempts.hedge.most=3",
    "balancers[0].attempts.hedge.after=10ms",
    "balancers[0].attempts.hedge.after.quantile=0.9",
    "balancers[0].attempts.hedge.after.window=9",
    "balancers[0].attempts.hedge.after.least=10",
    "balancers[0].attempts.hedge.budget.ratio=0.1",
    "balancers[0].attempts.copies.work=independent",
    "balancers[0].attempts.copies.cancel=on_completion",
    "balancers[0].attempts.copies.cancel_cost=1us",
    "balancers[0].attempts.copies.cancel_delay=2ms",
    "balancers[0].health.interval=3",
    "balancers[0].health.jitter=0.1",
    "balancers[0].health.timeout=1",
    "balancers[0].health.rise=1",
    "balancers[0].health.fall=2",
    "balancers[0].health.fast=1",
    "balancers[0].health.down=1",
    "balancers[0].health.cost=1ms",
    "balancers[0].health.deep=true",
    "balancers[0].health.first_decides=true",
    "balancers[0].outlier.like=grpc",
    "balancers[0].outlier.consecutive=4",
    "balancers[0].outlier.interval=9",
    "balancers[0].outlier.ejection=29",
    "balancers[0].outlier.most_ejection=299",
    "balancers[0].outlier.most_ejected=0.2",
    "balancers[0].outlier.at_least_one=true",
    "balancers[0].outlier.enforced=0.5",
    "balancers[0].outlier.success_rate.factor=2",
    "balancers[0].outlier.success_rate.enforced=0.5",
    "balancers[0].outlier.success_rate.least_hosts=4",
    "balancers[0].outlier.success_rate.least_requests=90",
    "balancers[0].outlier.failure_percentage.threshold=0.8",
    "balancers[0].outlier.failure_percentage.enforced=1",
    "balancers[0].outlier.failure_percentage.least_hosts=4",
    "balancers[0].outlier.failure_percentage.least_requests=40",
    "balancers[0].outlier.latency.factor=2",
    "balancers[0].outlier.latency.least_hosts=4",
    "balancers[0].outlier.latency.least_requests=90",
    "balancers[0].panic=0.4",
    "balancers[0].limits.in_flight=1000",
    "balancers[0].limits.per_server=60",
    "balancers[0].limits.retries=4",
    "balancers[0].breaker.errors=0.4",
    "balancers[0].breaker.least_requests=10",
    "balancers[0].breaker.window=9",
    "balancers[0].breaker.open=4",
    "balancers[0].breaker.half_open=2",
    "balancers[0].concurrency.like=aimd",
    "balancers[0].concurrency.initial=9",
    "balancers[0].concurrency.least=2",
    "balancers[0].concurrency.most=999",
    "balancers[0].concurrency.buffer=0.5",
    "balancers[0].concurrency.quantile=0.9",
    "balancers[0].concurrency.jitter=0.1",
    "balancers[0].concurrency.every=1",
    "balancers[0].concurrency.measure=30",
    "balancers[0].concurrency.measure_requests=49",
    "balancers[0].rate_limit.rate=4000",
    "balancers[0].rate_limit.burst=400",
    "balancers[0].rate_limit={\"rate\": 5000, \"kind\": \"fixed_window\"}",
    "balancers[0].admission={\"like\": \"sre\"}",
    "balancers[0].admission.window=20",
    "balancers[0].admission.threshold=0.9",
    "balancers[0].admission.aggression=2",
    "balancers[0].admission.cap=0.7",
    "balancers[0].shed.below_priority=2",
    "balancers[0].shed.when.queue=400",
    "balancers[0].shed.when.in_flight=400",
    "servers[0].slow_start.window=29",
    "servers[0].slow_start.aggression=2",
    "servers[0].slow_start.least=0.2",
    "servers[0].slow_start.like=nginx",
    "servers[0].warm_up.from=0.4",
    "servers[0].warm_up.over=19",
    "servers[0].speed.redraw=200ms",
    "servers[0].speed.values=[1, 4]",
    "servers[0].speed.weights=[2, 1]",
    "servers[0].errors={\"error\": 0.1, \"reset\": 0.2}",
    "servers[0].errors={\"error\": 0.1, \"hang\": 0.2}",
    "servers[0].faults[0].state=refuse",
    "servers[0].faults[0].answer=3ms",
    "servers[0].faults[0].every=61",
    "servers[0].faults[0].lasts=6",
    "servers[0].faults[0].together=group",
    "servers[0].faults[1].speed=0.3",
    "servers[0].faults[1].together=zone",
};
enum { CHANGES = sizeof changes / sizeof changes[0] };

/* Of the scenario with one change; NULL: as it stands. */
static int hash_with(const char *change, uint8_t hash[IDENTITY_BYTES])
{
    const char *const set[] = { change, NULL };
    struct reading reading = read_set(ALL, set);
    const struct identity_of of = { .requests = 1000, .warmup = 10 };
    struct identity *id;
    int good;

    if (!reading.scenario) {
        fprintf(stderr, "%s: %s\n", change ? change : "", reading.shown);
        reading_end(&reading);
        return 0;
    }
    id = identity_open(reading.scenario, "1");
    good = id && !identity_hash(id, &of, hash);
    identity_close(id);
    reading_end(&reading);
    return good;
}

/* Two changes that give the same identity would pass one result off as another's. */
static void test_identity(void)
{
    static uint8_t hash[CHANGES + 1][IDENTITY_BYTES];
    uint32_t i, k;

    for (i = 0; i <= CHANGES; i++)
        CU_ASSERT(hash_with(i < CHANGES ? changes[i] : NULL, hash[i]));
    for (i = 0; i <= CHANGES; i++)
        for (k = 0; k < i; k++)
            if (!memcmp(hash[i], hash[k], IDENTITY_BYTES)) {
                fprintf(stderr, "the same identity: %s, %s\n",
                        i < CHANGES ? changes[i] : "as it stands", changes[k]);
                CU_FAIL("identity");
            }
}

int suite_mechanism_read(void)
{
    CU_pSuite suite = CU_add_suite("mechanism_read", NULL, NULL);

    return !suite || !CU_ADD_TEST(suite, test_absent) || !CU_ADD_TEST(suite, test_client) ||
           !CU_ADD_TEST(suite, test_retry_defaults) || !CU_ADD_TEST(suite, test_attempts) ||
           !CU_ADD_TEST(suite, test_health) || !CU_ADD_TEST(suite, test_outlier) ||
           !CU_ADD_TEST(suite, test_limits) || !CU_ADD_TEST(suite, test_adaptive) ||
           !CU_ADD_TEST(suite, test_faults) || !CU_ADD_TEST(suite, test_balancer_down) ||
           !CU_ADD_TEST(suite, test_load_of_parts) || !CU_ADD_TEST(suite, test_endless) ||
           !CU_ADD_TEST(suite, test_refused) || !CU_ADD_TEST(suite, test_identity);
}
