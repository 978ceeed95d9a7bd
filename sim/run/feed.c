/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/feed.h"

#include <errno.h>
#include <stdlib.h>

#include "sim/run/trip.h"

/* ---- Is it wanted? */

static bool holds(const struct world_order *o)
{
    uint32_t i;

    for (i = 0; i < o->scenario->balancers_n; i++)
        if (o->scenario->balancers[i].on_none == ON_NONE_QUEUE)
            return true;
    return (o->policy->policy->sees & LB_MAY_HOLD) != 0;
}

/* With one client, and one group of first-in first-out servers whose departures are known at
 * arrival, and nobody waiting elsewhere, the tally and the servers' own accounts say all. With
 * several attempts they do not: what a health check or a cancellation makes wait is no client's. */
static bool is_alone(const struct world_order *o)
{
    const struct scenario *s = o->scenario;

    return s->clients_n == 1 && s->servers_n == 1 && s->balancers_n == 1 &&
           s->balancers[0].count == 1 && s->servers[0].discipline == DISCIPLINE_FIFO &&
           !s->clients[0].patience.kind && !timeline_moves(s, 0) && !holds(o) &&
           !world_needs_trips(o);
}

bool feed_is_wanted(const struct world_order *o)
{
    if (o->windows && o->windows->n)
        return true;
    return o->measured && (o->measured->counted || (o->measured->scopes > 1 && !is_alone(o)));
}

static const struct metrics nothing;

static const struct metrics *windows_of(const struct world_order *o)
{
    return o->windows ? o->windows : &nothing;
}

bool feed_wants_states(const struct world_order *o)
{
    return ledger_wants_states(o->measured, windows_of(o));
}

/* ---- Opening. */

static void list_groups(const struct scenario *s, struct ledger_group *group)
{
    uint32_t i;

    for (i = 0; i < s->servers_n; i++)
        group[i] = (struct ledger_group) {
            .first = s->servers[i].first,
            .count = s->servers[i].count,
            .cores = s->servers[i].cores,
            .zone = s->servers[i].zone,
            .speed = s->servers[i].speed,
        };
}

static uint32_t list_balancers(const struct scenario *s, struct ledger_balancers *balancer)
{
    uint32_t i, first = 0;

    for (i = 0; i < s->balancers_n; i++) {
        balancer[i] = (struct ledger_balancers) { first, s->balancers[i].count };
        first += s->balancers[i].count;
    }
    return first;
}

static struct ledger_times times_of(const struct windows_spec *spec)
{
    _Static_assert(sizeof(struct window) == sizeof(struct ledger_window), "the same two times");
    return (struct ledger_times) { .from = spec->from,
                                   .every = spec->every,
                                   .to = spec->to,
                                   .at = (const struct ledger_window *)(const void *)spec->at,
                                   .n = spec->at_n };
}

static struct ledger *open_ledger(const struct world *w)
{
    const struct scenario *s = w->scenario;
    const struct world_order *o = w->order;
    struct ledger_group *group = world_zeroed(s->servers_n, sizeof group[0]);
    struct ledger_balancers *balancer = world_zeroed(s->balancers_n, sizeof balancer[0]);
    struct ledger_times times = times_of(&s->run.windows);
    struct ledger *ledger = NULL;

    if (group && balancer) {
        struct ledger_roster roster = { .group = group,
                                        .balancer = balancer,
                                        .clients = s->clients_n,
                                        .groups = s->servers_n,
                                        .zones = s->zones_n,
                                        .balancers = s->balancers_n,
                                        .balancers_all = list_balancers(s, balancer),
                                        .tallied = o->histograms == (1u << DURATIONS) - 1 };

        list_groups(s, group);
        ledger = ledger_open(&roster, o->measured, windows_of(o), &times);
    }
    free(group);
    free(balancer);
    return ledger;
}

int feed_open(struct world *w)
{
    if (!feed_is_wanted(w->order))
        return 0;
    w->ledger = open_ledger(w);
    if (!w->ledger)
        return -ENOMEM;
    if (w->tally.from != LB_NEVER)
        ledger_begin(w->ledger, w->tally.from);
    if (w->tally.to != LB_NEVER)
        ledger_end(w->ledger, w->tally.to);
    return 0;
}

/* First-in first-out servers whose departures are known at arrival keep accounts that tell all but
 * their longest queues. */
static bool wants_states(const struct world *w)
{
    uint32_t i;

    for (i = 0; i < w->groups; i++)
        if (w->group[i].discipline)
            return true;
    return w->condition || feed_wants_states(w->order);
}

void feed_start(struct world *w)
{
    uint32_t i;

    w->states = w->ledger && wants_states(w);

    for (i = 0; w->ledger && i < w->servers; i++)
        if (w->condition || w->group[w->server[i].group].spec->unused)
            feed_server_state(w, i, 0);
}

void feed_settle(struct world *w)
{
    uint32_t i;

    if (!w->ledger)
        return;
    for (i = 0; !w->states && i < w->servers; i++)
        ledger_integrals(w->ledger, i, w->server[i].waited,
                         w->server[i].waited + w->server[i].busy);
    ledger_settle(w->ledger);
    if (ledger_overflowed(w->ledger))
        world_fail(w,
                   "the run has more than %u windows: make run.windows.every longer, or set "
                   "run.windows.to",
                   ledger_windows_most(w->order->windows));
}

/* ---- Telling. */

void feed_server_state(struct world *w, uint32_t server, lb_time now)
{
    const struct group *g = &w->group[w->server[server].group];
    uint32_t inside = w->server[server].inside;
    struct ledger_state state = { .inside = inside,
                                  .busy = inside < g->cores ? inside : g->cores,
                                  .away = g->spec->unused || server_is_away(w, server) };

    if (inside > g->cores && !(g->discipline && g->discipline->shares))
        state.waiting = inside - g->cores;
    if (state.away)
        state.busy = 0;
    ledger_server(w->ledger, server, &state, now);
}
