/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The timeline in a world. When a change begins or ends, the property gets the value that now
 * holds: of the changes in force the one that began last, else what the scenario says. With
 * servers, faults have their say too (condition.c). */
#include <errno.h>
#include <stdlib.h>

#include "sim/run/step.h"

static bool concerns_servers(const struct change *c)
{
    return c->kind <= CHANGE_COUNT;
}

/* Load and rates are the source's business. */
static bool concerns_world(const struct change *c)
{
    return c->kind <= CHANGE_BALANCER;
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
    return faults_move(s, group);
}

bool timeline_touches_servers(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->changes_n; i++)
        if (concerns_servers(&s->changes[i]))
            return true;
    return scenario_has_faults(s);
}

bool timeline_concerns_world(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->changes_n; i++)
        if (concerns_world(&s->changes[i]))
            return true;
    return scenario_has_faults(s);
}

/* ---- Values. */

/* The change of a kind that is in force for a target at an instant, and for those after it. */
struct in_force {
    enum change_kind kind;
    lb_time now;
    const struct change *change; /* NULL: none */
    uint32_t from, until;        /* for these targets */
};

/* Looks at all changes of the kind: what counts for `target`, and up to where it does. */
static void look_up(const struct world *w, struct in_force *f, uint32_t target)
{
    const struct change *all = w->scenario->changes, *c;

    f->change = NULL;
    f->from = target;
    f->until = UINT32_MAX;
    for (c = all; c < all + w->scenario->changes_n && c->at <= f->now; c++) {
        uint32_t end = c->first + c->count;

        if (c->kind != f->kind || f->now >= c->until || end <= target)
            continue;
        if (c->first > target) {
            f->until = c->first < f->until ? c->first : f->until;
            continue;
        }
        f->change = c;
        f->until = end < f->until ? end : f->until;
    }
}

/* For targets that mostly ascend. */
static const struct change *in_force(const struct world *w, struct in_force *f, uint32_t target)
{
    if (target < f->from || target >= f->until)
        look_up(w, f, target);
    return f->change;
}

static struct in_force forces(enum change_kind kind, lb_time now)
{
    return (struct in_force) { .kind = kind, .now = now };
}

static double number_in_force(const struct world *w, enum change_kind kind, uint32_t target,
                              lb_time now, double base)
{
    struct in_force f = forces(kind, now);

    return in_force(w, &f, target) ? f.change->number : base;
}

/* ---- Servers. */

static void change_states(struct world *w, struct server_range of, lb_time now)
{
    struct in_force states = forces(CHANGE_STATE, now);
    uint32_t i;

    for (i = of.first; i < of.first + of.count; i++)
        w->condition[i].planned_state = in_force(w, &states, i);
    condition_states(w, &of, 1, now);
}

static void change_speeds(struct world *w, struct server_range of, lb_time now)
{
    struct in_force speeds = forces(CHANGE_SPEED, now);
    uint32_t i;

    for (i = of.first; i < of.first + of.count; i++)
        w->condition[i].planned_speed = in_force(w, &speeds, i);
    condition_speeds(w, &of, 1, now);
}

static void change_weights(struct world *w, struct server_range of, lb_time now)
{
    struct in_force weights = forces(CHANGE_WEIGHT, now);
    uint32_t i;

    for (i = of.first; i < of.first + of.count; i++)
        w->condition[i].weight = in_force(w, &weights, i)
                                     ? (uint32_t)weights.change->number
                                     : w->group[w->server[i].group].spec->weight;
    condition_weights(w, &of, 1, now);
}

static void change_count(struct world *w, uint32_t group, lb_time now)
{
    double count = number_in_force(w, CHANGE_COUNT, group, now, w->group[group].spec->present);

    condition_count(w, group, (uint32_t)count, now);
}

/* ---- Balancers. */

static void change_balancers(struct world *w, uint32_t first, uint32_t count, lb_time now)
{
    struct in_force states = forces(CHANGE_BALANCER, now);
    uint32_t i;

    for (i = first; i < first + count && !w->failed; i++) {
        bool down = in_force(w, &states, i) && states.change->state == SERVER_DOWN;

        if (down != w->balancer[i].down)
            balancer_fails(w, i, down, now);
    }
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
    struct in_force latencies = forces(CHANGE_LATENCY, now);
    const struct change *latency = in_force(w, &latencies, i);

    link->latency = latency ? latency->quantity : link->spec->latency;
    link->bandwidth = number_in_force(w, CHANGE_BANDWIDTH, i, now, link->spec->bandwidth);
    link->loss = number_in_force(w, CHANGE_LOSS, i, now, link->spec->loss);
    link_settle(link);
}

/* ---- Events. */

void timeline_step(struct world *w, struct event e)
{
    const struct change *c = &w->scenario->changes[event_index(e.what)];
    struct server_range of = { c->first, c->count };

    switch (c->kind) {
    case CHANGE_SPEED:
        change_speeds(w, of, e.time);
        break;
    case CHANGE_WEIGHT:
        change_weights(w, of, e.time);
        break;
    case CHANGE_STATE:
        change_states(w, of, e.time);
        break;
    case CHANGE_COUNT:
        change_count(w, c->first, e.time);
        break;
    case CHANGE_BALANCER:
        change_balancers(w, c->first, c->count, e.time);
        break;
    default:
        change_link(w, c->first, e.time);
        break;
    }
}

static bool may_err(const struct change *c)
{
    return c->kind == CHANGE_STATE && (c->state == SERVER_RESET || c->state == SERVER_BLACK_HOLE);
}

static bool any_may_err(const struct scenario *s)
{
    uint32_t i, k;

    for (i = 0; i < s->changes_n; i++)
        if (may_err(&s->changes[i]))
            return true;
    for (i = 0; i < s->servers_n; i++)
        for (k = 0; k < s->servers[i].faults_n; k++)
            if (may_err(&s->servers[i].faults[k].change))
                return true;
    return false;
}

int timeline_open(struct world *w)
{
    const struct scenario *s = w->scenario;
    uint32_t i;

    if (!timeline_touches_servers(s))
        return 0;
    w->condition = world_zeroed(w->servers, sizeof w->condition[0]);
    if (!w->condition)
        return -ENOMEM;
    w->fallible = w->fallible || any_may_err(s);
    for (i = 0; i < w->servers; i++) {
        const struct server_spec *spec = &s->servers[w->server[i].group];

        w->condition[i] = (struct condition) { .speed = spec->speed,
                                               .own = spec->speed,
                                               .warmth = 1.0,
                                               .weight = spec->weight,
                                               .absent = i - spec->first >= spec->present };
    }
    return faults_open(w);
}

void timeline_close(struct world *w)
{
    faults_close(w);
    free(w->condition);
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
    faults_start(w);
}
