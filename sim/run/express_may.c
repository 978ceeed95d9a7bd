/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * When the express way is open. Each condition stands beside what would break without it. */
#include "sim/run/express.h"
#include "sim/run/express_part.h"
#include "sim/run/features.h"
#include "sim/run/feed.h"
#include "sim/run/quantity.h"
#include "sim/run/trip.h"

enum { CORES_MOST = 64 }; /* the one who leaves next is looked for among so many */

/* In-flight counts are right for those servers only that the policy has named; nobody calls it
 * when an answer comes; and what it sees beside loads must not change. */
static const char *policy_refuses(const struct lb_policy *p)
{
    const unsigned rare = LB_SEES_WORK | LB_SEES_REPORTS | LB_SENDS_PROBES | LB_SENDS_COPIES |
                          LB_MAY_HOLD | LB_USES_MEMO | LB_FORWARDS | LB_CUTS;

    if (!(p->sees & LB_LOOKS_FIRST))
        return "its policy may look at the load of any server";
    if ((p->done && !(p->sees & LB_HEARS_FAILURES)) || p->loaded)
        return "its policy hears of every answer";
    if (p->agent || p->report || p->wake || (p->sees & rare))
        return "its policy hears from servers, keeps requests, or asks for more than a server";
    return NULL;
}

/* ---- Links. */

static bool serves(const struct balancer_spec *b, uint32_t group)
{
    uint32_t i;

    for (i = 0; i < b->groups_n; i++)
        if (b->groups[i] == group)
            return true;
    return false;
}

static lb_time constant_of(const struct scenario *s, uint32_t link)
{
    const struct distribution *d;

    if (link == SCENARIO_NONE)
        return 0;
    d = &s->links[link].latency;
    return distribution_is_constant(d) ? quantity_ns(d->kind->mean(d)) : -1;
}

lb_time express_way(const struct scenario *s, uint32_t group)
{
    lb_time way = LB_NEVER;
    uint32_t i;

    for (i = 0; i < s->balancers_n; i++) {
        uint32_t link = s->servers[group].link;
        lb_time this;

        if (!serves(&s->balancers[i], group))
            continue;
        this = constant_of(s, link != SCENARIO_NONE ? link : s->balancers[i].link);
        if (this < 0 || (way != LB_NEVER && this != way))
            return -1;
        way = this;
    }
    return way == LB_NEVER ? 0 : way;
}

/* Requests must reach each server in the order of their issue, and balancers must know of the
 * answers by a rule that needs no event. */
static const char *links_refuse(const struct world_order *o)
{
    const struct scenario *s = o->scenario;
    bool fresh = (o->policy->policy->sees & LB_SEES_TRUTH) != 0;
    uint32_t i;

    if (scenario_has_client_links(s))
        return "clients have links of their own";
    if (!scenario_has_links(s))
        return NULL;
    if (scenario_has_difficult_links(s))
        return "links lose messages, or have a bandwidth";
    for (i = 0; i < s->balancers_n; i++)
        fresh |= s->balancers[i].information == INFORMATION_FRESH;
    if (fresh)
        return "balancers know of queues at the other end of a link";
    for (i = 0; i < s->servers_n; i++)
        if (express_way(s, i) < 0)
            return "links take a random time, or not the same from each balancer";
        else if (express_way(s, i) > 0 && s->servers[i].cores > 1)
            return "servers with several cores are at the end of a link";
    return NULL;
}

/* ---- Servers, clients, balancers. */

/* The departure of a request must be known when it is issued, and nothing may change it. */
static const char *servers_refuse(const struct scenario *s)
{
    uint32_t i;

    if (timeline_touches_servers(s) || timeline_concerns_world(s))
        return "the timeline, or faults, change servers, balancers or links";
    for (i = 0; i < s->servers_n; i++) {
        const struct server_spec *g = &s->servers[i];

        if (g->discipline != DISCIPLINE_FIFO)
            return "servers are not first-in first-out";
        if (g->queue_limit != SCENARIO_UNLIMITED)
            return "queues have a limit";
        if (server_group_errs(g))
            return "servers answer with errors";
        if (g->cores > CORES_MOST)
            return "servers have very many cores";
    }
    return s->zones_n ? "there are zones" : NULL;
}

/* Who issues must not wait for an answer; nobody may leave, or be kept waiting elsewhere. */
static const char *others_refuse(const struct world_order *o)
{
    const struct scenario *s = o->scenario;
    uint32_t i;

    if (world_needs_trips(o) || scenario_has_leavers(s))
        return "requests may be tried again, given up, limited or watched";
    if (scenario_has_closed(s))
        return "users wait for answers before they issue again";
    if (scenario_has_sessions(s))
        return "sessions wait for answers before they issue again";
    if (scenario_may_dry(s))
        return "arrivals may end before the last request";
    for (i = 0; i < s->balancers_n; i++)
        if (s->balancers[i].on_none != ON_NONE_FAIL)
            return "balancers keep or spread requests that suit nobody";
    return NULL;
}

/* All that is told must be told of requests and servers one by one. */
static const char *measures_refuse(const struct world_order *o)
{
    if (o->picks || o->log || o->onlooker)
        return "its picks or requests are traced, or watched";
    if (o->windows && o->windows->n)
        return "windows of time are told";
    if (feed_is_wanted(o) && feed_wants_states(o))
        return "the states of servers are told";
    return NULL;
}

const char *express_refuses(const struct world_order *o)
{
    const char *why = policy_refuses(o->policy->policy);

    if (!why)
        why = others_refuse(o);
    if (!why)
        why = servers_refuse(o->scenario);
    if (!why)
        why = links_refuse(o);
    return why ? why : measures_refuse(o);
}

bool express_is_wide(const struct world_order *o)
{
    const struct scenario *s = o->scenario;

    return s->clients_n > 1 || s->servers_n > 1 || s->servers[0].cores > 1 || s->balancers_n > 1 ||
           s->balancers[0].count > 1 || feed_is_wanted(o) || o->warmup == UINT64_MAX ||
           s->run.duration || !o->requests || o->requests <= o->warmup;
}
