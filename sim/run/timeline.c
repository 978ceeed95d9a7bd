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

/* Kept requests of a server that is down stand still like those of one that hangs. */
static double pace_of(const struct condition *c)
{
    return c->state == SERVER_HANG || c->state == SERVER_DOWN ? 0.0 : c->speed;
}

static uint32_t weight_now(const struct world *w, struct in_force *weights, uint32_t server)
{
    const struct change *c = in_force(w, weights, server);

    return c ? (uint32_t)c->number : w->group[w->server[server].group].spec->weight;
}

/* Every view says at once what has become of all these servers; then the policies hear of each. */
static void tell_balancers(struct world *w, uint32_t first, uint32_t count, lb_time now)
{
    uint32_t i, k;

    for (k = 0; k < w->balancers && !w->failed; k++) {
        struct balancer *b = &w->balancer[k];
        struct in_force weights = forces(CHANGE_WEIGHT, now);

        for (i = first; i < first + count; i++) {
            const struct condition *c = &w->condition[i];
            bool takes = c->state != SERVER_DOWN && c->state != SERVER_DRAIN && !c->absent;

            if (seat_of(b, i) < b->view.n)
                balancer_seat_set(b, seat_of(b, i), weight_now(w, &weights, i), takes);
        }
        balancer_seats_settle(w, b);
        for (i = first; i < first + count && b->policy->changed; i++)
            if (seat_of(b, i) < b->view.n)
                b->policy->changed(b->self, seat_of(b, i), now);
    }
}

/* What balancers hold may go now. */
static void offer_again(struct world *w, lb_time now)
{
    uint32_t k;

    for (k = 0; k < w->balancers && !w->failed; k++)
        if (w->balancer[k].held)
            offer_held(w, &w->balancer[k], now);
}

static void come_back(struct world *w, uint32_t first, uint32_t count, lb_time now)
{
    uint32_t i;

    for (i = first; i < first + count; i++)
        if (w->condition[i].returns) {
            w->condition[i].returns = false;
            if (w->agent)
                agent_joins(w, i, now);
        }
}

static void change_states(struct world *w, uint32_t first, uint32_t count, lb_time now)
{
    struct in_force states = forces(CHANGE_STATE, now);
    uint32_t i;

    for (i = first; i < first + count; i++) {
        struct condition *c = &w->condition[i];
        bool was_down = c->state == SERVER_DOWN;

        server_account(w, i, now);
        c->why = in_force(w, &states, i);
        c->state = c->why ? c->why->state : SERVER_UP;
        c->returns = was_down && c->state != SERVER_DOWN && !c->absent;
    }
    tell_balancers(w, first, count, now);
    for (i = first; i < first + count && !w->failed; i++) {
        const struct condition *c = &w->condition[i];

        if (c->state == SERVER_DOWN && !c->why->kept)
            server_lose_all(w, i, now);
        server_pace(w, i, pace_of(c), now);
        feed_server(w, i, now);
        if (w->fresh_work)
            work_changed(w, i, now);
    }
    come_back(w, first, count, now);
    offer_again(w, now);
}

static void change_rate(struct world *w, uint32_t server)
{
    double speed = w->condition[server].speed;
    uint32_t cores = w->group[w->server[server].group].cores, k;

    for (k = 0; k < w->balancers; k++) {
        struct balancer *b = &w->balancer[k];

        if (seat_of(b, server) < b->view.n && b->rate)
            b->rate[seat_of(b, server)] = balancer_rate(cores, speed);
    }
}

static void change_speeds(struct world *w, uint32_t first, uint32_t count, lb_time now)
{
    struct in_force speeds = forces(CHANGE_SPEED, now);
    uint32_t i;

    for (i = first; i < first + count; i++) {
        struct condition *c = &w->condition[i];

        c->speed = in_force(w, &speeds, i) ? speeds.change->number
                                           : w->group[w->server[i].group].spec->speed;
        server_pace(w, i, pace_of(c), now);
        change_rate(w, i);
        if (w->fresh_work)
            work_changed(w, i, now);
    }
    tell_balancers(w, first, count, now);
    offer_again(w, now);
}

static void change_weights(struct world *w, uint32_t first, uint32_t count, lb_time now)
{
    tell_balancers(w, first, count, now);
    offer_again(w, now);
}

static void change_count(struct world *w, uint32_t group, lb_time now)
{
    const struct server_spec *spec = w->group[group].spec;
    uint32_t count = (uint32_t)number_in_force(w, CHANGE_COUNT, group, now, spec->present);
    uint32_t first = spec->first, end = spec->first + spec->count, i;

    while (first < end && w->condition[first].absent == (first - spec->first >= count))
        first++;
    while (end > first && w->condition[end - 1].absent == (end - 1 - spec->first >= count))
        end--;
    for (i = first; i < end; i++) {
        struct condition *c = &w->condition[i];

        server_account(w, i, now);
        c->absent = i - spec->first >= count;
        c->returns = !c->absent && c->state != SERVER_DOWN;
        feed_server(w, i, now);
    }
    tell_balancers(w, first, end - first, now);
    come_back(w, first, end - first, now);
    offer_again(w, now);
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

    switch (c->kind) {
    case CHANGE_SPEED:
        change_speeds(w, c->first, c->count, e.time);
        break;
    case CHANGE_WEIGHT:
        change_weights(w, c->first, c->count, e.time);
        break;
    case CHANGE_STATE:
        change_states(w, c->first, c->count, e.time);
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
