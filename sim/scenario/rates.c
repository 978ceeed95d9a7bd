/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "sim/scenario/build.h"

static const double RATE_LEAST = 1e-8, RATE_MOST = 1e12;

static bool is_open(const struct client_spec *client)
{
    return client->process != ARRIVAL_CLOSED;
}

double group_capacity(const struct server_spec *group)
{
    if (!group->present)
        return 0;
    return group->cores == SCENARIO_UNLIMITED
               ? INFINITY
               : (double)group->present * group->cores * group->speed;
}

/* Of a request: of all its parts. */
static double mean_work(const struct client_spec *client)
{
    return client->parts * client->service.kind->mean(&client->service);
}

/* Of the servers that any balancer uses. */
static double capacity_of(const struct build *build)
{
    const struct server_spec *servers = build->scenario->servers;
    double sum = 0;
    uint32_t i;

    for (i = 0; i < build->scenario->servers_n; i++)
        if (build->used_server[i])
            sum += group_capacity(&servers[i]);
    return sum;
}

static bool scale_to_load(struct build *build, double capacity)
{
    const struct trail here = { NULL, "load", -1 };
    const cJSON *node = build_value(build->top.node, "load");
    struct scenario *scenario = build->scenario;
    double shares = 0, work = 0;
    uint32_t i;

    for (i = 0; i < scenario->clients_n; i++)
        if (is_open(&scenario->clients[i])) {
            shares += scenario->clients[i].share;
            work += scenario->clients[i].share * mean_work(&scenario->clients[i]);
        }
    if (!(shares > 0))
        return true;
    if (isinf(capacity)) {
        complain(build->reader, &here, node,
                 "servers with unlimited cores have no load: give each client a rate");
        return false;
    }
    if (!(work > 0)) {
        complain(build->reader, &here, node,
                 "no rate makes a load of clients whose service takes no time");
        return false;
    }
    for (i = 0; i < scenario->clients_n; i++)
        if (is_open(&scenario->clients[i]))
            scenario->clients[i].rate =
                scenario->load * capacity * scenario->clients[i].share / work;
    return true;
}

/* As written. */
static void take_rates(struct scenario *scenario)
{
    const double seconds = (double)scenario->run.duration * 1e-9;
    uint32_t i;

    for (i = 0; i < scenario->clients_n; i++) {
        struct client_spec *client = &scenario->clients[i];

        if (is_open(client))
            client->rate = client->arrivals.kind->rate(&client->arrivals, seconds);
    }
}

static void check_rate(struct build *build, uint32_t i)
{
    const struct client_spec *client = &build->scenario->clients[i];
    const struct trail here = roster_trail(&build->clients, i);

    if (is_open(client) && !(client->rate >= RATE_LEAST && client->rate <= RATE_MOST))
        complain(build->reader, &here, roster_node(&build->clients, i),
                 "%s a rate of %.3g requests per second; it must lie between %g and %g",
                 isnan(build->scenario->load) ? "its arrivals have" : "the load makes",
                 client->rate, RATE_LEAST, RATE_MOST);
}

/* Steps may begin with a rate of 0 and not say for how long the last one holds. */
static bool check_steps(struct build *build, uint32_t i)
{
    const struct scenario *scenario = build->scenario;
    const struct client_spec *client = &scenario->clients[i];
    const struct trail up = roster_trail(&build->clients, i), here = { &up, "arrivals", -1 };
    const double seconds = (double)scenario->run.duration * 1e-9;

    if (client->process != ARRIVAL_NONHOMOGENEOUS || client->arrivals.period > 0 ||
        client->arrivals.kind->rate(&client->arrivals, seconds) > 0.0)
        return true;
    complain(
        build->reader, &here, build_value(roster_node(&build->clients, i), "arrivals"), "%s",
        scenario->run.duration
            ? "rates: all are 0 until run.duration: make the run longer"
            : "rates: all are 0 up to the last from, over which their mean is taken: give "
              "run.duration, so that the mean over the run counts, or add a step where the last "
              "rate ends");
    return false;
}

void build_rates(struct build *build)
{
    struct scenario *scenario = build->scenario;
    double capacity = capacity_of(build), work = 0;
    bool any = false;
    uint32_t i;

    if (isnan(scenario->load))
        take_rates(scenario);
    else if (!scale_to_load(build, capacity))
        return;
    for (i = 0; i < scenario->clients_n; i++) {
        if (!is_open(&scenario->clients[i]))
            continue;
        any = true;
        if (check_steps(build, i))
            check_rate(build, i);
        work += scenario->clients[i].rate * mean_work(&scenario->clients[i]);
    }
    scenario->offered_load = any && !isinf(capacity) ? work / capacity : NAN;
}
