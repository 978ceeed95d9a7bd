/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "sim/scenario/build_mechanism.h"
#include "sim/scenario/contradiction.h"

enum { REPLICATIONS_FEW = 10 };
static const double BARE_MOST = 100; /* seconds that are probably meant as something else */

static void advise_closed(struct build *build)
{
    const struct trail here = { NULL, "load", -1 };
    const struct scenario *scenario = build->scenario;
    uint32_t i;

    for (i = 0; !isnan(scenario->load) && i < scenario->clients_n; i++)
        if (scenario->clients[i].process == ARRIVAL_CLOSED) {
            warn(build->reader, "closed_ignores_load", &here, build_value(build->top.node, "load"),
                 "closed clients such as \"%s\" ask as fast as they are served, whatever the load",
                 scenario->clients[i].name);
            return;
        }
}

static const cJSON *place_of_load(struct build *build, struct trail *here)
{
    const bool load = build_has(build->top.node, "load");

    *here = (struct trail) { NULL, load ? "load" : "clients", -1 };
    return build_value(build->top.node, here->key);
}

/* Queues of clients who leave them do not grow for ever. Where service begins at once, nobody
 * leaves. */
static bool all_impatient(const struct scenario *scenario)
{
    uint32_t i;

    for (i = 0; i < scenario->servers_n; i++)
        if (scenario->servers[i].discipline == DISCIPLINE_PS ||
            scenario->servers[i].discipline == DISCIPLINE_LIFO)
            return false;

    for (i = 0; i < scenario->clients_n; i++)
        if (!scenario->clients[i].patience.kind)
            return false;
    return true;
}

static bool advise_whole_load(struct build *build)
{
    const struct scenario *scenario = build->scenario;
    bool unlimited = false;
    struct trail here;
    const cJSON *node = place_of_load(build, &here);
    uint32_t i;

    for (i = 0; i < scenario->balancers_n; i++)
        unlimited |= build->reach[i].unlimited;
    if (!(scenario->offered_load >= 1) || !unlimited || all_impatient(scenario))
        return false;
    warn(build->reader, "unstable", &here, node,
         "the work offered is %.4g of the capacity: queues grow for ever, means do not settle",
         scenario->offered_load);
    return true;
}

/* A balancer whose own clients offer more than its servers can do, whoever else uses them. */
static void advise_load_by_balancer(struct build *build)
{
    const struct scenario *scenario = build->scenario;
    double *work = reader_get(build->reader, scenario->balancers_n * sizeof *work);
    struct trail here;
    const cJSON *node = place_of_load(build, &here);
    uint32_t i;

    for (i = 0; work && i < scenario->clients_n; i++) {
        const struct client_spec *client = &scenario->clients[i];

        work[client->balancer] +=
            client->rate * client->parts * client->service.kind->mean(&client->service);
    }
    for (i = 0; work && i < scenario->balancers_n; i++)
        if (work[i] >= build->reach[i].capacity && build->reach[i].unlimited &&
            !all_impatient(scenario))
            warn(build->reader, "unstable", &here, node,
                 "the work offered to balancer \"%s\" is %.4g of its servers' capacity: their "
                 "queues "
                 "grow for ever",
                 scenario->balancers[i].name, work[i] / build->reach[i].capacity);
}

static void advise_run(struct build *build)
{
    const struct trail up = { NULL, "run", -1 }, here = { &up, "replications", -1 };
    const struct run_spec *run = &build->scenario->run;
    const cJSON *node = build_value(build->top.node, "run");

    if (run->replications < REPLICATIONS_FEW)
        warn(build->reader, "few_replications", &here, build_value(node, "replications"),
             "%u: intervals want at least %d", (unsigned)run->replications, REPLICATIONS_FEW);
}

static void advise_unused(struct build *build, const struct roster *roster, const bool *used,
                          const char *code, const char *why)
{
    uint32_t i;

    for (i = 0; i < roster->n; i++) {
        const struct trail here = roster_trail(roster, i);

        if (!used[i])
            warn(build->reader, code, &here, roster_node(roster, i), "\"%s\" %s", roster->names[i],
                 why);
    }
}

static uint32_t balancers_total(const struct scenario *scenario)
{
    uint32_t total = 0, i;

    for (i = 0; i < scenario->balancers_n; i++)
        total += scenario->balancers[i].count;
    return total;
}

static void advise_policy(struct build *build, uint32_t i, uint32_t balancers)
{
    const struct policy_spec *policy = &build->scenario->policies[i];
    const cJSON *list = build_value(build->top.node, "policies");
    const struct trail here = { NULL, "policies", cJSON_IsArray(list) ? (int64_t)i : -1 };
    const cJSON *node = cJSON_IsArray(list) ? cJSON_GetArrayItem(list, (int)i) : list;

    if (!strcmp(policy->name, "central_queue"))
        warn(build->reader, "several_queues", &here, node,
             "each of the %u balancers has a queue of its own: together they are not one central "
             "queue",
             (unsigned)balancers);
    else if (policy->policy->sees & LB_SEES_TRUTH)
        remark(build->reader, "sees_truth", &here, node,
               "it sees the true queues, of what other balancers sent too; no real balancer does");
    else if (policy->policy->sees & LB_SEES_WORK)
        remark(build->reader, "sees_work", &here, node,
               "with several balancers its answer depends on whose work it knows: see information");
}

static void advise_keys(struct build *build, uint32_t i)
{
    const struct scenario *scenario = build->scenario;
    const cJSON *list = build_value(build->top.node, "policies");
    const struct trail here = { NULL, "policies", cJSON_IsArray(list) ? (int64_t)i : -1 };
    uint32_t k;

    if (!(scenario->policies[i].policy->sees & LB_SEES_KEY))
        return;
    for (k = 0; k < scenario->clients_n; k++)
        if (!client_has_keys(&scenario->clients[k])) {
            warn(build->reader, "no_keys", &here,
                 cJSON_IsArray(list) ? cJSON_GetArrayItem(list, (int)i) : list,
                 "it goes by keys, and client \"%s\" has none: its requests all go one way",
                 scenario->clients[k].name);
            return;
        }
}

/* Built-in policies and other disciplines do not look at priorities; a plug-in may. */
static void advise_priority(struct build *build, uint32_t i)
{
    const struct scenario *scenario = build->scenario;
    const struct trail up = roster_trail(&build->clients, i), here = { &up, "priority", -1 };
    uint32_t k;

    if (!scenario->clients[i].priority)
        return;
    for (k = 0; k < scenario->servers_n; k++)
        if (scenario->servers[k].discipline == DISCIPLINE_PRIORITY)
            return;
    if (scenario->balancers[scenario->clients[i].balancer].guard.sheds)
        return;
    for (k = 0; k < scenario->policies_n; k++)
        if (scenario->policies[k].plugins)
            return;
    warn(build->reader, "unused_priority", &here,
         build_value(roster_node(&build->clients, i), "priority"),
         "no server has discipline priority, no balancer sheds, and no policy looks at it");
}

static void advise_share(struct build *build, uint32_t i)
{
    const struct trail up = roster_trail(&build->clients, i), here = { &up, "share", -1 };
    const cJSON *node = roster_node(&build->clients, i);

    if (build_has(node, "share") &&
        (isnan(build->scenario->load) || build->scenario->clients[i].process == ARRIVAL_CLOSED))
        warn(build->reader, "unused_share", &here, build_value(node, "share"),
             "shares count where load sets the rates, not here");
}

static bool is_large(const cJSON *node)
{
    return cJSON_IsNumber(node) && node->valuedouble > BARE_MOST;
}

static void advise_units(struct build *build, uint32_t i)
{
    const struct trail up = roster_trail(&build->clients, i), here = { &up, "service", -1 };
    const cJSON *service = build_value(roster_node(&build->clients, i), "service");
    const char *keys[] = { "value", "mean", "least", "most", "mode", "stddev" };
    const cJSON *large = is_large(service) ? service : NULL;
    uint32_t k;

    for (k = 0; !large && k < sizeof keys / sizeof *keys; k++)
        if (is_large(cJSON_GetObjectItemCaseSensitive(service, keys[k])))
            large = cJSON_GetObjectItemCaseSensitive(service, keys[k]);
    if (large)
        remark(build->reader, "bare_number", &here, large,
               "%g has no unit and is read as seconds; \"%gms\" would be milliseconds",
               large->valuedouble, large->valuedouble);
}

static void advise_tail(struct build *build, uint32_t i)
{
    const struct trail up = roster_trail(&build->clients, i), here = { &up, "service", -1 };
    const struct distribution *service = &build->scenario->clients[i].service;

    if (isinf(service->kind->variance(service)))
        warn(build->reader, "heavy_tail", &here,
             build_value(roster_node(&build->clients, i), "service"),
             "its variance is infinite: averages settle slowly, and their intervals promise more "
             "than they hold");
}

void check_warnings(struct build *build)
{
    const uint32_t balancers = balancers_total(build->scenario);
    uint32_t i;

    advise_closed(build);
    if (!advise_whole_load(build) && build->scenario->balancers_n > 1)
        advise_load_by_balancer(build);
    advise_run(build);
    advise_unused(build, &build->servers, build->used_server, "unused_servers",
                  "is used by no balancer");
    advise_unused(build, &build->links, build->used_link, "unused_link", "is used by nobody");
    advise_unused(build, &build->balancers, build->used_balancer, "unused_balancer",
                  "is used by no client");
    advise_traces(build);
    for (i = 0; balancers > 1 && i < build->scenario->policies_n; i++)
        advise_policy(build, i, balancers);
    for (i = 0; i < build->scenario->policies_n; i++)
        advise_keys(build, i);
    for (i = 0; i < build->scenario->clients_n; i++) {
        advise_share(build, i);
        advise_priority(build, i);
        advise_units(build, i);
        advise_tail(build, i);
    }
    advise_mechanisms(build);
}
