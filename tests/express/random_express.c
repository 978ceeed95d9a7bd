/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/express/random_express.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/engine/stream.h"
#include "tests/express/made_policies.h"
#include "tests/property/dice.h"

struct writing {
    char *text;
    size_t n;
    struct lb_random *dice;
    const char *unit; /* of time: short ones make ties */
};

static void put(struct writing *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct writing *w, const char *format, ...)
{
    va_list list;
    int n;

    va_start(list, format);
    n = vsnprintf(w->text + w->n, RANDOM_EXPRESS_ROOM - w->n, format, list);
    va_end(list);
    if (n > 0 && w->n + (size_t)n < RANDOM_EXPRESS_ROOM)
        w->n += (size_t)n;
}

static void put_service(struct writing *w)
{
    uint32_t mean = between(w->dice, 1, 20);

    switch (lb_below(w->dice, 6)) {
    case 0:
        put(w, "\"%u%s\"", mean, w->unit);
        break;
    case 1: /* some work is none */
        put(w, "{ \"distribution\": \"bimodal\", \"values\": [0, \"%u%s\"], \"weights\": [1, 3] }",
            mean, w->unit);
        break;
    case 2:
        put(w, "{ \"distribution\": \"hyperexponential\", \"mean\": \"%u%s\", \"scv\": %u }", mean,
            w->unit, between(w->dice, 2, 20));
        break;
    case 3:
        put(w, "{ \"distribution\": \"uniform\", \"least\": 0, \"most\": \"%u%s\" }", mean,
            w->unit);
        break;
    default:
        put(w, "{ \"distribution\": \"exponential\", \"mean\": \"%u%s\" }", mean, w->unit);
    }
}

static void put_arrivals(struct writing *w)
{
    switch (lb_below(w->dice, 9)) {
    case 0:
        put(w, "\"arrivals\": { \"process\": \"deterministic\" }, ");
        break;
    case 1:
        put(w, "\"arrivals\": { \"process\": \"batch\", \"size\": %u }, ", between(w->dice, 2, 9));
        break;
    case 2:
        put(w, "\"arrivals\": { \"process\": \"renewal\", \"interarrival\": { \"distribution\": "
               "\"bimodal\", \"values\": [0, \"3us\"], \"weights\": [1, 1] } }, ");
        break;
    case 3:
        put(w,
            "\"arrivals\": { \"process\": \"mmpp\", \"rates\": [%u, %u, 0], \"switch\": [1e5, "
            "2e4, 3e5] }, ",
            between(w->dice, 1, 9), between(w->dice, 10, 90));
        break;
    case 4:
        put(w, "\"arrivals\": { \"process\": \"on_off\", \"on\": \"%u%s\", \"off\": \"%u%s\" }, ",
            between(w->dice, 1, 50), w->unit, between(w->dice, 1, 50), w->unit);
        break;
    case 5:
        put(w,
            "\"arrivals\": { \"process\": \"nonhomogeneous\", \"rates\": { \"mean\": 1, "
            "\"amplitude\": 0.8, \"period\": \"%u%s\" } }, ",
            between(w->dice, 20, 500), w->unit);
        break;
    default:
        break;
    }
}

/* Rates alone change, so that departures stay. */
static void put_timeline(struct writing *w)
{
    uint32_t at = between(w->dice, 1, 200);

    if (chance(w->dice, 0.8))
        return;
    put(w, ", \"timeline\": [ { \"at\": \"%u%s\", \"load\": %.2f", at, w->unit,
        2.0 * lb_unit(w->dice));
    if (chance(w->dice, 0.5))
        put(w, ", \"until\": \"%u%s\"", at + between(w->dice, 1, 100), w->unit);
    put(w, " }, { \"at\": \"500%s\", \"load\": 0.7 } ]", w->unit);
}

static void put_client(struct writing *w, const char *name, const char *share)
{
    put(w, "{ \"name\": \"%s\", %s", name, share);
    put_arrivals(w);
    if (chance(w->dice, 0.3))
        put(w, "\"key\": { \"distribution\": \"zipf\", \"items\": 50, \"exponent\": 0.9 }, ");
    if (chance(w->dice, 0.2))
        put(w, "\"size_estimate\": { \"distribution\": \"uniform\", \"least\": 0.5, \"most\": 2 "
               "}, ");
    if (chance(w->dice, 0.2))
        put(w, "\"priority\": 3, ");
    put(w, "\"service\": ");
    put_service(w);
    put(w, " }");
}

static void put_policies(struct writing *w)
{
    put(w,
        ", \"policies\": [ \"random\", \"round_robin\", \"weighted_random\", \"smooth_wrr\", "
        "\"rendezvous\", \"p2c\", { \"policy\": \"p2c\", \"d\": %u, \"tie\": \"%s\", "
        "\"replacement\": %s, \"label\": \"d\" }, { \"policy\": \"p2c\", \"d\": 64, \"label\": "
        "\"wide\" "
        "}, " MADE_POLICIES " ]",
        between(w->dice, 1, 9), chance(w->dice, 0.5) ? "first" : "random",
        chance(w->dice, 0.5) ? "true" : "false");
}

/* What results have only if asked: of parts, and percentiles of their own. */
static void put_asked(struct writing *w)
{
    if (chance(w->dice, 0.5))
        return;
    put(w, ", \"percentiles\": [ 37.5 ], \"metrics\": [ \"queue.max{app[*]}\", \"share{app[0]}\", "
           "\"latency.p90{web}\", \"queue.mean{app[0]}\", \"wait.mean{app}\", "
           "\"throughput{app[*]}\", \"utilization.mean{app[0]}\", \"latency.above{1us,web}\" ]");
}

static void put_run(struct writing *w)
{
    uint32_t requests = between(w->dice, 2, chance(w->dice, 0.1) ? 20000 : 1500);
    uint32_t warmup = chance(w->dice, 0.2) ? 0 : lb_below(w->dice, requests);

    put(w, ", \"run\": { \"seed\": %u, \"requests\": %u, \"warmup\": %u, \"replications\": 7",
        lb_below(w->dice, 1000000), requests, warmup);
    put_asked(w);
    put(w, " }");
}

/* The wide way also has measured time that begins, or ends, at a time. */
static void put_run_wide(struct writing *w)
{
    if (chance(w->dice, 0.6)) {
        put_run(w);
        return;
    }
    put(w, ", \"run\": { \"seed\": %u, \"replications\": 7", lb_below(w->dice, 1000000));
    if (chance(w->dice, 0.8))
        put(w, ", \"duration\": \"%u%s\"", between(w->dice, 200, 400), w->unit);
    else
        put(w, ", \"requests\": %u", between(w->dice, 200, 1500));
    if (chance(w->dice, 0.7))
        put(w, ", \"warmup\": \"%u%s\"", lb_below(w->dice, 150), w->unit);
    else
        put(w, ", \"warmup\": %u", lb_below(w->dice, 60));
    put_asked(w);
    put(w, " }");
}

/* Two clients, each of whom turns to balancers of its own. */
enum { KINDS = 3 };

/* Before the last brace: more of the scenario. */
static void begin(struct writing *w, uint32_t clients, char *text)
{
    static const char *const units[] = { "ms", "us", "ns" };

    *w = (struct writing) { text, 0, w->dice, units[lb_below(w->dice, 3)] };
    text[0] = '\0';
    put(w, "{ \"load\": %.3f, \"clients\": [ ", 0.05 + 1.2 * lb_unit(w->dice));
    put_client(w, "web", clients == KINDS ? "\"to\": \"edge\", " : "");
    if (clients > 1) {
        put(w, ", ");
        put_client(w, "batch",
                   clients == KINDS ? "\"share\": 0.3, \"to\": \"core\", " : "\"share\": 0.3, ");
    }
    put(w, " ]");
}

static void put_servers(struct writing *w, const char *more)
{
    static const double speeds[] = { 1, 1, 0.5, 1.7, 3 };

    put(w, ", \"servers\": { \"name\": \"app\", \"count\": %u, \"speed\": %g, \"weight\": %u%s }",
        chance(w->dice, 0.1) ? 1 : between(w->dice, 2, 40), speeds[lb_below(w->dice, 5)],
        between(w->dice, 1, 9), more);
}

static void put_links(struct writing *w)
{
    put(w,
        ", \"links\": { \"name\": \"lan\", \"latency\": \"%u%s\" }, \"balancers\": { \"link\": "
        "\"lan\" }",
        lb_below(w->dice, 60), w->unit);
}

const char *random_express(uint64_t seed, uint64_t number, char text[RANDOM_EXPRESS_ROOM])
{
    struct lb_random dice = stream_at(seed, number, 11);
    struct writing w = { .dice = &dice };

    begin(&w, 1, text);
    put_servers(&w, "");
    if (chance(&dice, 0.5))
        put_links(&w);
    else if (chance(&dice, 0.2))
        put(&w, ", \"balancers\": { \"information\": { \"kind\": \"fresh\" } }");
    put_timeline(&w);
    put_policies(&w);
    put_run(&w);
    put(&w, " }");
    return text;
}

static const char *const group_names[] = { "app", "old", "new" };

/* How many there are. */
static uint32_t put_groups(struct writing *w, bool links, bool kinds)
{
    static const double speeds[] = { 1, 1, 0.5, 1.7, 3 };
    uint32_t n = between(w->dice, 1, 3), i;

    put(w, ", \"servers\": [");
    for (i = 0; i < n; i++)
        put(w,
            "%s{ \"name\": \"%s\", \"count\": %u, \"speed\": %g, \"weight\": %u, \"cores\": %u"
            "%s }",
            i ? ", " : " ", group_names[i], between(w->dice, 1, 15), speeds[lb_below(w->dice, 5)],
            i && !kinds && chance(w->dice, 0.1) ? 0 : between(w->dice, 1, 5),
            links ? 1 : between(w->dice, 1, 6), links && kinds && i ? ", \"link\": \"wan\"" : "");
    put(w, " ]");
    return n;
}

/* Two kinds of balancer, each with a client; some groups are served by one, by both or by none. */
static void put_kinds(struct writing *w, uint32_t groups, bool links)
{
    uint32_t first = lb_below(w->dice, groups), second = lb_below(w->dice, groups);

    if (links)
        put(w,
            ", \"links\": [ { \"name\": \"lan\", \"latency\": \"%u%s\" }, { \"name\": \"wan\", "
            "\"latency\": \"%u%s\" } ]",
            lb_below(w->dice, 60), w->unit, lb_below(w->dice, 300), w->unit);
    put(w,
        ", \"balancers\": [ { \"name\": \"edge\", \"count\": %u, \"spread\": \"round_robin\", "
        "\"servers\": [ \"%s\"",
        between(w->dice, 1, 3), group_names[first]);
    if (first != second && (!links || chance(w->dice, 0.5)))
        put(w, ", \"%s\"", group_names[second]);
    put(w, " ]%s }, { \"name\": \"core\", \"count\": %u, \"servers\": [ \"%s\" ]%s } ]",
        links ? ", \"link\": \"lan\"" : "", between(w->dice, 1, 3), group_names[second],
        links ? ", \"link\": \"lan\"" : "");
}

static void put_balancers(struct writing *w, bool links)
{
    if (links)
        put(w, ", \"links\": { \"name\": \"lan\", \"latency\": \"%u%s\" }", lb_below(w->dice, 60),
            w->unit);
    put(w, ", \"balancers\": { \"count\": %u, \"spread\": \"%s\"%s%s }", between(w->dice, 1, 4),
        chance(w->dice, 0.5) ? "random" : "round_robin", links ? ", \"link\": \"lan\"" : "",
        !links && chance(w->dice, 0.5) ? ", \"information\": { \"kind\": \"fresh\" }" : "");
}

const char *random_express_wide(uint64_t seed, uint64_t number, char text[RANDOM_EXPRESS_ROOM])
{
    struct lb_random dice = stream_at(seed, number, 13);
    struct writing w = { .dice = &dice };
    bool links = chance(&dice, 0.4), kinds = chance(&dice, 0.4);
    uint32_t groups;

    begin(&w, kinds ? KINDS : chance(&dice, 0.5) ? 2 : 1, text);
    groups = put_groups(&w, links, kinds);
    if (kinds)
        put_kinds(&w, groups, links);
    else
        put_balancers(&w, links);
    put_timeline(&w);
    put_policies(&w);
    put_run_wide(&w);
    put(&w, " }");
    return text;
}

const char *random_express_not(uint64_t seed, uint64_t number, char text[RANDOM_EXPRESS_ROOM])
{
    static const char *const servers[] = {
        ", \"queue_limit\": 3",
        ", \"discipline\": \"lifo\"",
        ", \"discipline\": \"ps\"",
        ", \"errors\": 0.01",
        ", \"slow_start\": { \"window\": \"1s\" }",
        ", \"faults\": { \"state\": \"hang\", \"every\": \"1s\", \"lasts\": \"1s\" }",
    };
    static const char *const others[] = {
        ", \"balancers\": { \"on_none\": \"queue\" }",
        ", \"balancers\": { \"on_none\": \"panic\" }",
        ", \"links\": { \"name\": \"lan\", \"latency\": { \"distribution\": \"exponential\", "
        "\"mean\": \"1ms\" } }, \"balancers\": { \"link\": \"lan\" }",
        ", \"links\": { \"name\": \"lan\", \"latency\": \"1ms\", \"bandwidth\": 1e9 "
        "}, \"balancers\": { \"link\": \"lan\" }",
        ", \"links\": { \"name\": \"lan\", \"latency\": \"1ms\" }, \"balancers\": { \"link\": "
        "\"lan\", \"information\": { \"kind\": \"fresh\" } }",
        ", \"balancers\": { \"queue\": { \"limit\": 6 }, \"limits\": { \"in_flight\": 4 } }",
        ", \"timeline\": [ { \"at\": \"1ms\", \"server\": \"app[0]\", \"speed\": 0.5 } ]",
        ", \"timeline\": [ { \"at\": \"1ms\", \"server\": \"app[0]\", \"until\": \"2ms\", "
        "\"state\": \"hang\" } ]",
    };
    static const char *const policies[] = {
        "jsq", "least_conn", "lwl", "sed", "jiq", "central_queue", "redundancy_d", "weight_budget"
    };
    struct lb_random dice = stream_at(seed, number, 12);
    struct writing w = { .dice = &dice };
    uint32_t which = (uint32_t)(number % 3);

    begin(&w, 1, text);
    put_servers(&w, which == 0 ? servers[number / 3 % 6] : "");
    if (which == 1)
        put(&w, "%s", others[number / 3 % 8]);
    if (which == 2)
        put(&w, ", \"policies\": \"%s\"", policies[number / 3 % 8]);
    else
        put(&w, ", \"policies\": \"p2c\"");
    put_run(&w);
    put(&w, " }");
    return text;
}
