/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/contradiction.h"

#include <math.h>

#include "sim/scenario/build_mechanism.h"
#include "sim/scenario/rate_changes.h"
#include "sim/scenario/value.h"

static const double RUN_MOST = 4e9; /* seconds: nanoseconds in 64 bits end at 9.2e9 */

static bool loses(const struct scenario *scenario, uint32_t link)
{
    uint32_t i;

    if (link == SCENARIO_NONE)
        return false;
    for (i = 0; i < scenario->changes_n; i++)
        if (scenario->changes[i].kind == CHANGE_LOSS && scenario->changes[i].first == link &&
            scenario->changes[i].number > 0)
            return true;
    return scenario->links[link].loss > 0;
}

static bool overlap(const struct change *c, uint32_t first, uint32_t count)
{
    return c->first < first + count && first < c->first + c->count;
}

/* The end of the servers from `first` on on which a change after c is the last word. */
static uint32_t revived_from(const struct scenario *scenario, const struct change *c,
                             uint32_t first)
{
    const struct change *later, *end = scenario->changes + scenario->changes_n;
    uint32_t reached = first;

    for (later = c + 1; later < end; later++)
        if (later->kind == c->kind && later->until == LB_NEVER && later->first <= first &&
            later->first + later->count > reached)
            reached = later->first + later->count;
    return reached;
}

static bool stands_still(const struct change *c)
{
    return (c->kind == CHANGE_SPEED && !(c->number > 0)) ||
           (c->kind == CHANGE_STATE &&
            (c->state == SERVER_HANG || (c->state == SERVER_DOWN && c->kept)));
}

/* Is this the last word on some servers? */
static bool is_last(const struct scenario *scenario, const struct change *c)
{
    uint32_t first = c->first, next;

    if (c->until != LB_NEVER)
        return false;
    while (first < c->first + c->count) {
        next = revived_from(scenario, c, first);
        if (next == first)
            return true;
        first = next;
    }
    return false;
}

static void add_changes(const struct scenario *scenario, const struct server_spec *group,
                        struct reach *reach)
{
    uint32_t i;

    for (i = 0; i < scenario->changes_n; i++) {
        const struct change *c = &scenario->changes[i];

        if (c->kind > CHANGE_STATE || !overlap(c, group->first, group->count))
            continue;
        reach->losing |= c->kind == CHANGE_STATE && c->state == SERVER_DOWN && !c->kept;
        if (!is_last(scenario, c))
            continue;
        reach->stuck |= stands_still(c);
        reach->errs |=
            c->kind == CHANGE_STATE && (c->state == SERVER_RESET || c->state == SERVER_BLACK_HOLE);
        reach->gone |=
            c->kind == CHANGE_STATE &&
            (c->state == SERVER_DOWN || c->state == SERVER_DRAIN || c->state == SERVER_REFUSE);
    }
    for (i = 0; i < group->faults_n; i++)
        reach->losing |= group->faults[i].change.kind == CHANGE_STATE &&
                         group->faults[i].change.state == SERVER_DOWN &&
                         !group->faults[i].change.kept;
}

/* Of a server that draws its speed anew: of the slowest draw. */
static double least_speed(const struct server_spec *group)
{
    double least = group->redrawn.n ? INFINITY : group->speed;
    uint32_t i;

    for (i = 0; i < group->redrawn.n; i++)
        least = fmin(least, group->redrawn.values[i]);
    return least;
}

static struct reach reach_of(const struct scenario *scenario, const struct balancer_spec *balancer)
{
    struct reach reach = { .least_speed = INFINITY };
    uint32_t k;

    for (k = 0; k < balancer->groups_n; k++) {
        const struct server_spec *group = &scenario->servers[balancer->groups[k]];

        reach.capacity += group_capacity(group);
        reach.least_speed = fmin(reach.least_speed, least_speed(group));
        reach.weight += (uint64_t)group->count * group->weight;
        reach.unlimited |= group->queue_limit == SCENARIO_UNLIMITED;
        reach.own_loss |= loses(scenario, group->link);
        reach.plain |= group->link == SCENARIO_NONE;
        reach.errs |= group->errors + group->resets >= 1;
        reach.hangs |= group->hangs > 0;
        add_changes(scenario, group, &reach);
    }
    return reach;
}

bool check_reach(struct build *build)
{
    const struct scenario *scenario = build->scenario;
    const struct reach *all = NULL;
    uint32_t i;

    build->reach = reader_get(build->reader, scenario->balancers_n * sizeof *build->reach);
    for (i = 0; build->reach && i < scenario->balancers_n; i++) {
        if (all && scenario->balancers[i].groups == build->all)
            build->reach[i] = *all;
        else
            build->reach[i] = reach_of(scenario, &scenario->balancers[i]);
        if (scenario->balancers[i].groups == build->all)
            all = &build->reach[i];
    }
    return build->reach;
}

static bool variant_has(const struct variants *variants, int32_t which, const char *key)
{
    const struct rows rows = rows_of_fields(variants->at[which].fields);
    struct field field;

    return rows_find(&rows, key, &field);
}

static void check_scale(struct build *build, uint32_t i)
{
    const cJSON *arrivals =
        cJSON_GetObjectItemCaseSensitive(roster_node(&build->clients, i), "arrivals");
    const struct trail up = roster_trail(&build->clients, i), inner = { &up, "arrivals", -1 };
    const struct trail here = { &inner, "scale", -1 };

    if (build->scenario->clients[i].process == ARRIVAL_TRACE && build_has(arrivals, "scale") &&
        build_has(build->top.node, "load"))
        complain(build->reader, &here, build_value(arrivals, "scale"),
                 "load stretches the trace: leave out the one or the other");
}

static void check_rate_keys(struct build *build, uint32_t i)
{
    const cJSON *node = roster_node(&build->clients, i);
    const cJSON *arrivals = cJSON_GetObjectItemCaseSensitive(node, "arrivals");
    const struct trail here = roster_trail(&build->clients, i), inner = { &here, "arrivals", -1 };
    const struct trail rate = { &inner, "rate", -1 };
    const struct client_form *form = roster_at(&build->clients, i);
    const bool has_rate = build_has(arrivals, "rate");

    if (!variant_has(&variants_arrivals, form->arrivals.head.which, "rate") ||
        (arrivals && !form->arrivals.head.node))
        return;
    if (has_rate && build_has(build->top.node, "load"))
        complain(build->reader, &rate, build_value(arrivals, "rate"),
                 "load sets the rates: leave out the one or the other");
    else if (!has_rate && !build_has(build->top.node, "load"))
        complain(build->reader, &here, arrivals ? arrivals : node,
                 "no rate: give arrivals.rate, or the scenario a load");
}

/* Does somebody stop waiting for each of its attempts? */
static bool is_bounded(const struct client_spec *client, const struct balancer_spec *balancer,
                       const cJSON *node)
{
    return client->timeout != LB_NEVER || client->deadline != LB_NEVER ||
           build_has(node, "timeout") || build_has(node, "deadline") ||
           balancer->attempts.timeout != LB_NEVER || balancer->attempts.deadline != LB_NEVER;
}

/* Does one of these balancers go down one day, with all that it has? */
static bool balancer_fails(const struct scenario *scenario, uint32_t which)
{
    uint32_t i, first = 0;

    for (i = 0; i < which; i++)
        first += scenario->balancers[i].count;
    for (i = 0; i < scenario->changes_n; i++) {
        const struct change *c = &scenario->changes[i];

        if (c->kind == CHANGE_BALANCER && c->state != SERVER_UP &&
            c->first < first + scenario->balancers[which].count && first < c->first + c->count)
            return true;
    }
    return false;
}

/* Nobody would ever tell the client or the balancer: requests in flight would add up. */
static void check_loss(struct build *build, uint32_t i)
{
    const struct scenario *scenario = build->scenario;
    const struct client_spec *client = &scenario->clients[i];
    const struct balancer_spec *balancer = &scenario->balancers[client->balancer];
    const struct reach *reach = &build->reach[client->balancer];
    const struct trail here = roster_trail(&build->clients, i);
    const cJSON *node = roster_node(&build->clients, i);
    const bool waits = client->timeout == LB_NEVER && client->deadline == LB_NEVER &&
                       !build_has(node, "timeout") && !build_has(node, "deadline");

    if (waits && loses(scenario, client->link))
        complain(build->reader, &here, node,
                 "its link loses messages and it has no timeout: a request would never end");
    else if (waits && balancer_fails(scenario, client->balancer))
        complain(build->reader, &here, node,
                 "its balancer goes down with its requests and it has no timeout: a request would "
                 "never end");
    else if (is_bounded(client, balancer, node))
        return;
    else if (reach->own_loss || (reach->plain && loses(scenario, balancer->link)))
        complain(build->reader, &here, node,
                 "a link loses its messages and it has no timeout: a request would never end");
    else if (reach->hangs)
        complain(build->reader, &here, node,
                 "a server never answers some of its requests and it has no timeout: a request "
                 "would never end");
    else if (reach->losing)
        complain(build->reader, &here, node,
                 "a server goes down with its requests and it has no timeout: a request would "
                 "never end (or let \"jobs\" be \"kept\")");
    else if (reach->stuck)
        complain(build->reader, &here, node,
                 "a server stands still for ever and it has no timeout: a request would never "
                 "end");
}

static void check_weights(struct build *build, uint32_t i)
{
    const bool made = build->top.balancers.node == build->top.node;
    const struct trail servers = { NULL, "servers", -1 };
    const struct trail here = made ? servers : roster_trail(&build->balancers, i);
    const cJSON *node =
        made ? build_value(build->top.node, "servers") : roster_node(&build->balancers, i);

    if (build->scenario->balancers[i].groups_n && !build->reach[i].weight)
        complain(build->reader, &here, node, "all servers have weight 0: none gets a request");
}

void check_contradictions(struct build *build)
{
    const struct scenario *scenario = build->scenario;
    uint32_t i;

    for (i = 0; i < scenario->balancers_n; i++) {
        check_weights(build, i);
        check_attempts(build, i);
        check_guard(build, i);
        check_endless_balancer(build, i);
    }
    for (i = 0; i < scenario->clients_n; i++) {
        if (!scenario->clients[i].name)
            continue;
        check_rate_keys(build, i);
        check_scale(build, i);
        check_loss(build, i);
        check_tries(build, i);
        check_endless_client(build, i);
    }
}

static double highest(const struct distribution *quantity)
{
    return quantity->kind->quantile(quantity, 1 - 1e-15);
}

static void check_service(struct build *build, uint32_t i)
{
    const struct client_spec *client = &build->scenario->clients[i];
    const struct trail up = roster_trail(&build->clients, i), here = { &up, "service", -1 };
    const cJSON *node = build_value(roster_node(&build->clients, i), "service");
    double longest = highest(&client->service) / build->reach[client->balancer].least_speed;

    if (longest > DURATION_MOST)
        complain(
            build->reader, &here, node,
            "at the slowest server it takes up to %.3g s, beyond %g s: write the scenario in a "
            "smaller unit",
            longest, DURATION_MOST);
}

static void check_transfer(struct build *build, uint32_t i)
{
    const struct scenario *scenario = build->scenario;
    const struct client_spec *client = &scenario->clients[i];
    const struct trail up = roster_trail(&build->clients, i), here = { &up, "bytes", -1 };
    double bytes = fmax(highest(&client->request_bytes), highest(&client->response_bytes));
    double slowest = INFINITY;
    uint32_t k;

    for (k = 0; bytes > 0 && k < scenario->links_n; k++)
        if (build->used_link[k] && scenario->links[k].bandwidth > 0)
            slowest = fmin(slowest, scenario->links[k].bandwidth);
    if (bytes / slowest > DURATION_MOST)
        complain(build->reader, &here, build_value(roster_node(&build->clients, i), "bytes"),
                 "on the slowest link they take up to %.3g s, beyond %g s", bytes / slowest,
                 DURATION_MOST);
}

static void check_cycle(struct build *build, uint32_t i)
{
    const struct client_spec *client = &build->scenario->clients[i];
    const struct trail here = roster_trail(&build->clients, i);

    if (client->process == ARRIVAL_CLOSED &&
        !(client->think.kind->mean(&client->think) + client->service.kind->mean(&client->service) >
          0))
        complain(build->reader, &here, roster_node(&build->clients, i),
                 "users that neither think nor take service would ask without end at one instant");
}

double expected_rate(const struct scenario *scenario)
{
    double sum = 0;
    uint32_t i;

    for (i = 0; i < scenario->clients_n; i++) {
        const struct client_spec *client = &scenario->clients[i];

        if (client->process == ARRIVAL_CLOSED)
            sum += client->population / (client->think.kind->mean(&client->think) +
                                         client->service.kind->mean(&client->service));
        else
            sum += client->rate *
                   (scenario->run.duration ? rate_changes_mean(client, scenario->run.duration) : 1);
    }
    return sum;
}

double expected_length(const struct scenario *scenario)
{
    return scenario->run.duration ? (double)scenario->run.duration * 1e-9
                                  : (double)scenario->run.requests / expected_rate(scenario);
}

static void check_length(struct build *build)
{
    const struct trail run = { NULL, "run", -1 };
    const struct scenario *scenario = build->scenario;
    const cJSON *node = build_value(build->top.node, "run");
    double rate = expected_rate(scenario), seconds = (double)scenario->run.duration * 1e-9;

    if (scenario->run.requests && (double)scenario->run.requests / rate > RUN_MOST)
        complain(build->reader, &run, node,
                 "%llu requests at %.3g per second take %.3g s, beyond %g s: write the scenario in "
                 "a smaller unit",
                 (unsigned long long)scenario->run.requests, rate,
                 (double)scenario->run.requests / rate, RUN_MOST);
    if (seconds * rate > REQUESTS_MOST)
        complain(build->reader, &run, node,
                 "%.3g s at %.3g requests per second are %.3g requests; at most %g", seconds, rate,
                 seconds * rate, REQUESTS_MOST);
}

void check_figures(struct build *build)
{
    uint32_t before = diagnostics_errors(build->reader->said), i;

    for (i = 0; i < build->scenario->clients_n; i++) {
        check_service(build, i);
        check_transfer(build, i);
        check_cycle(build, i);
        check_turns(build, i);
    }
    if (diagnostics_errors(build->reader->said) == before)
        check_length(build);
    if (diagnostics_errors(build->reader->said) != before)
        return;
    for (i = 0; i < build->scenario->servers_n; i++) {
        check_faults(build, i);
        check_redraws(build, i);
    }
    for (i = 0; i < build->scenario->balancers_n; i++)
        check_paces(build, i);
}
