/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The timeline in a world. When a change begins or ends, the property gets the value that now
 * holds: of the changes in force the one that began last, else what the scenario says. */
#include <errno.h>
#include <string.h>

#include "sim/run/step.h"

static bool concerns_servers(const struct change *c)
{
    return c->kind <= CHANGE_COUNT;
}

/* Load and rates are the source's business. */
static bool concerns_world(const struct change *c)
{
    return c->kind <= CHANGE_LOSS;
}

bool timeline_moves(const struct scenario *s, uint32_t group)
{
    const struct server_spec *spec = &s->servers[group];
    uint32_t i;

    for (i = 0; i < s->changes_n; i++) {
        const struct change *c = &s->changes[i];

        if (c->kind == CHANGE_COUNT && c->first == group)
            return true;
        if ((c->kind == CHANGE_SPEED || c->kind == CHANGE_STATE) &&
            c->first < spec->first + spec->count && spec->first < c->first + c->count)
            return true;
    }
    return false;
}

bool timeline_touches_servers(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->changes_n; i++)
        if (concerns_servers(&s->changes[i]))
            return true;
    return false;
}

bool timeline_concerns_world(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->changes_n; i++)
        if (concerns_world(&s->changes[i]))
            return true;
    return false;
}

/* ---- Values. */

/* The change of this kind that is in force for `target` at `now`, or NULL. */
static const struct change *in_force(const struct world *w, enum change_kind kind, uint32_t target,
                                     lb_time now)
{
    const struct change *all = w->scenario->changes;
    uint32_t i = w->scenario->changes_n;

    while (i-- > 0)
        if (all[i].kind == kind && all[i].at <= now && now < all[i].until &&
            target - all[i].first < all[i].count)
            return &all[i];
    return NULL;
}

static double number_in_force(const struct world *w, enum change_kind kind, uint32_t target,
                              lb_time now, double base)
{
    const struct change *c = in_force(w, kind, target, now);

    return c ? c->number : base;
}

/* ---- Servers. */

/* Kept requests of a server that is down stand still like those of one that hangs. */
static double pace_of(const struct condition *c)
{
    return c->state == SERVER_HANG || c->state == SERVER_DOWN ? 0.0 : c->speed;
}

static void tell_balancers(struct world *w, uint32_t server, uint32_t weight, lb_time now)
{
    const struct condition *c = &w->condition[server];
    bool takes = c->state != SERVER_DOWN && c->state != SERVER_DRAIN && !c->absent;
    uint32_t i;

    for (i = 0; i < w->balancers && !w->failed; i++) {
        struct balancer *b = &w->balancer[i];
        uint32_t seat = seat_of(b, server);

        if (seat < b->view.n)
            balancer_seat_changed(w, b, seat, weight, takes, now);
    }
}

static uint32_t weight_now(const struct world *w, uint32_t server, lb_time now)
{
    const struct change *c = in_force(w, CHANGE_WEIGHT, server, now);

    return c ? (uint32_t)c->number : w->group[w->server[server].group].spec->weight;
}

static void comes_back(struct world *w, uint32_t server, lb_time now)
{
    if (w->agent)
        agent_joins(w, server, now);
}

static void change_state(struct world *w, uint32_t server, lb_time now)
{
    struct condition *c = &w->condition[server];
    const struct change *why = in_force(w, CHANGE_STATE, server, now);
    bool was_down = c->state == SERVER_DOWN;

    server_account(w, server, now);
    c->why = why;
    c->state = why ? why->state : SERVER_UP;
    if (c->state == SERVER_DOWN)
        tell_balancers(w, server, weight_now(w, server, now), now);
    if (c->state == SERVER_DOWN && !why->kept)
        server_lose_all(w, server, now);
    server_pace(w, server, pace_of(c), now);
    feed_server(w, server, now);
    if (w->fresh_work)
        work_changed(w, server, now);
    if (c->state != SERVER_DOWN)
        tell_balancers(w, server, weight_now(w, server, now), now);
    if (was_down && c->state != SERVER_DOWN && !c->absent)
        comes_back(w, server, now);
}

static void change_speed(struct world *w, uint32_t server, lb_time now)
{
    struct condition *c = &w->condition[server];
    const struct group *g = &w->group[w->server[server].group];
    uint32_t i;

    c->speed = number_in_force(w, CHANGE_SPEED, server, now, g->spec->speed);
    server_pace(w, server, pace_of(c), now);
    for (i = 0; i < w->balancers; i++) {
        struct balancer *b = &w->balancer[i];
        uint32_t seat = seat_of(b, server);

        if (seat < b->view.n && b->rate)
            b->rate[seat] = balancer_rate(g->cores, c->speed);
    }
    if (w->fresh_work)
        work_changed(w, server, now);
    tell_balancers(w, server, weight_now(w, server, now), now);
}

static void set_absent(struct world *w, uint32_t server, bool absent, lb_time now)
{
    struct condition *c = &w->condition[server];

    if (c->absent == absent)
        return;
    server_account(w, server, now);
    c->absent = absent;
    feed_server(w, server, now);
    tell_balancers(w, server, weight_now(w, server, now), now);
    if (!absent && c->state != SERVER_DOWN)
        comes_back(w, server, now);
}

static void change_count(struct world *w, uint32_t group, lb_time now)
{
    const struct server_spec *spec = w->group[group].spec;
    uint32_t count = (uint32_t)number_in_force(w, CHANGE_COUNT, group, now, spec->present), i;

    for (i = 0; i < spec->count; i++)
        set_absent(w, spec->first + i, i >= count, now);
}

/* ---- Links. */

void link_settle(struct link *link)
{
    bool plain = link->loss <= 0.0 && link->bandwidth <= 0.0;

    link->constant = plain && distribution_is_constant(&link->latency)
                         ? quantity_ns(link->latency.kind->mean(&link->latency))
                         : -1;
}

static void change_link(struct world *w, uint32_t i, lb_time now)
{
    struct link *link = &w->link[i];
    const struct change *latency = in_force(w, CHANGE_LATENCY, i, now);

    link->latency = latency ? latency->quantity : link->spec->latency;
    link->bandwidth = number_in_force(w, CHANGE_BANDWIDTH, i, now, link->spec->bandwidth);
    link->loss = number_in_force(w, CHANGE_LOSS, i, now, link->spec->loss);
    link_settle(link);
}

/* ---- Events. */

void timeline_step(struct world *w, struct event e)
{
    const struct change *c = &w->scenario->changes[event_index(e.what)];
    uint32_t i, end = c->first + c->count;

    switch (c->kind) {
    case CHANGE_SPEED:
        for (i = c->first; i < end; i++)
            change_speed(w, i, e.time);
        break;
    case CHANGE_WEIGHT:
        for (i = c->first; i < end; i++)
            tell_balancers(w, i, weight_now(w, i, e.time), e.time);
        break;
    case CHANGE_STATE:
        for (i = c->first; i < end && !w->failed; i++)
            change_state(w, i, e.time);
        break;
    case CHANGE_COUNT:
        change_count(w, c->first, e.time);
        break;
    default:
        change_link(w, c->first, e.time);
        break;
    }
}

int timeline_open(struct world *w)
{
    const struct scenario *s = w->scenario;
    uint32_t i, g;

    if (!timeline_touches_servers(s))
        return 0;
    w->condition = world_zeroed(w->servers, sizeof w->condition[0]);
    if (!w->condition)
        return -ENOMEM;
    for (i = 0; i < s->changes_n; i++)
        w->fallible =
            w->fallible ||
            (s->changes[i].kind == CHANGE_STATE &&
             (s->changes[i].state == SERVER_RESET || s->changes[i].state == SERVER_BLACK_HOLE));
    for (i = 0; i < w->servers; i++) {
        g = w->server[i].group;
        w->condition[i].speed = s->servers[g].speed;
        w->condition[i].absent = i - s->servers[g].first >= s->servers[g].present;
    }
    return 0;
}

void timeline_start(struct world *w)
{
    const struct scenario *s = w->scenario;
    uint32_t i;

    for (i = 0; i < s->changes_n; i++) {
        const struct change *c = &s->changes[i];

        if (!concerns_world(c))
            continue;
        queue_push(&w->queue, (struct event) { c->at, event_what(EVENT_CHANGE, 0, i) });
        if (c->until != LB_NEVER)
            queue_push(&w->queue, (struct event) { c->until, event_what(EVENT_CHANGE, 1, i) });
    }
}
