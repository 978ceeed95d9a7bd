/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/features.h"

#include "sim/run/trip.h"

bool scenario_has_links(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->clients_n; i++)
        if (s->clients[i].link != SCENARIO_NONE)
            return true;
    for (i = 0; i < s->balancers_n; i++)
        if (s->balancers[i].link != SCENARIO_NONE)
            return true;
    for (i = 0; i < s->servers_n; i++)
        if (s->servers[i].link != SCENARIO_NONE)
            return true;
    return false;
}

bool scenario_has_difficult_links(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->links_n; i++)
        if (s->links[i].loss > 0.0 || s->links[i].bandwidth > 0.0)
            return true;
    for (i = 0; i < s->changes_n; i++)
        if (s->changes[i].kind == CHANGE_BANDWIDTH || s->changes[i].kind == CHANGE_LOSS)
            return true;
    return false;
}

bool server_group_errs(const struct server_spec *group)
{
    return group->errors + group->resets + group->hangs > 0.0;
}

static bool has_timeouts(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->clients_n; i++)
        if (s->clients[i].timeout != LB_NEVER)
            return true;
    return false;
}

bool scenario_has_patience(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->clients_n; i++)
        if (s->clients[i].patience.kind)
            return true;
    return false;
}

/* Can a request end, or be lost, before its answer comes? */
bool scenario_has_leavers(const struct scenario *s)
{
    return has_timeouts(s) || scenario_has_patience(s) || timeline_touches_servers(s);
}

static bool has_priorities(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->clients_n; i++)
        if (s->clients[i].priority)
            return true;
    return false;
}

bool scenario_has_closed(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->clients_n; i++)
        if (s->clients[i].process == ARRIVAL_CLOSED)
            return true;
    return false;
}

bool scenario_has_sessions(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->clients_n; i++)
        if (s->clients[i].sessions.requests.kind)
            return true;
    return false;
}

/* Does every client fall silent for ever one day? */
bool scenario_may_dry(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->clients_n; i++) {
        const struct client_spec *c = &s->clients[i];
        const struct arrival_spec *a = &c->arrivals;

        if (!(c->changes_n && c->changes[c->changes_n - 1].factor <= 0.0) &&
            !(c->process == ARRIVAL_TRACE && !a->loop) &&
            !(a->pieces_n && a->pieces[a->pieces_n - 1].rate <= 0.0))
            return false;
    }
    return true;
}

/* One group of single-core first-in first-out servers without limit behind one balancer. */
static bool is_plain(const struct scenario *s)
{
    return s->servers_n == 1 && s->servers[0].cores == 1 && !timeline_concerns_world(s) &&
           s->zones_n == 0 && !server_group_errs(&s->servers[0]) &&
           s->servers[0].discipline == DISCIPLINE_FIFO &&
           s->servers[0].queue_limit == SCENARIO_UNLIMITED && s->balancers_n == 1 &&
           s->balancers[0].count == 1;
}

bool scenario_has_client_links(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->clients_n; i++)
        if (s->clients[i].link != SCENARIO_NONE)
            return true;
    return false;
}

/* Does anybody look at what requests have beside their work? */
bool world_needs_more(const struct world_order *o)
{
    const struct scenario *s = o->scenario;
    unsigned sees = o->policy->policy->sees;
    bool narrow = scenario_has_difficult_links(s);
    uint32_t i;

    for (i = 0; i < s->clients_n; i++) {
        const struct client_spec *c = &s->clients[i];

        if (client_has_keys(c) && ((sees & LB_SEES_KEY) || o->log || o->wire))
            return true;
        if (c->size_estimate.kind && (sees & (LB_SEES_SIZE | LB_SEES_WORK)))
            return true;
        if (c->trace && narrow)
            return true;
    }
    return false;
}

unsigned world_features(const struct world_order *o)
{
    const struct scenario *s = o->scenario;
    unsigned f = s->servers_total >= FEATURE_LARGE ? FEATURE_PREFETCH : 0;
    unsigned rare = LB_SEES_WORK | LB_SEES_REPORTS | LB_SENDS_PROBES | LB_SENDS_COPIES |
                    LB_MAY_HOLD | LB_USES_MEMO | LB_FORWARDS | LB_CUTS;

    if (!is_plain(s) || world_needs_trips(o) || world_needs_more(o) ||
        s->balancers[0].on_none == ON_NONE_QUEUE || o->policy->policy->wake ||
        o->policy->policy->report || scenario_has_leavers(s) || scenario_has_closed(s) ||
        scenario_has_sessions(s) || has_priorities(s) || scenario_may_dry(s) ||
        scenario_has_client_links(s) || scenario_has_difficult_links(s) ||
        (o->policy->policy->sees & rare) || o->policy->policy->agent || o->picks || o->log ||
        o->series || o->onlooker || o->warmup == UINT64_MAX || s->run.duration)
        return FEATURE_ALL;
    f |= scenario_has_links(s) ? FEATURE_LINKS : 0;
    if (!feed_is_wanted(o))
        return f;
    return f || feed_wants_states(o) ? FEATURE_ALL : FEATURE_LEDGER;
}

/* The short loop with links has one group, one balancer, and a link that neither loses nor queues.
 */
lb_time world_constant_way(const struct scenario *s, unsigned features)
{
    uint32_t link = s->servers[0].link != SCENARIO_NONE ? s->servers[0].link : s->balancers[0].link;

    if ((features & FEATURE_ALL) || !(features & FEATURE_LINKS) || link == SCENARIO_NONE ||
        !distribution_is_constant(&s->links[link].latency))
        return -1;
    return quantity_ns(s->links[link].latency.kind->mean(&s->links[link].latency));
}
