/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Servers as the timeline and faults have them. Of the changes of a property that are in force
 * together, planned or by chance, the one that began last counts; when it ends, the one beneath
 * does again. What holds now is applied to all servers concerned before anybody is told, and all
 * balancers know before anything else follows from it. */
#include "sim/run/guard.h"

enum { WARM_STEPS = 32 };

/* Kept requests of a server that is down stand still like those of one that hangs. */
double condition_pace(const struct condition *c)
{
    return c->state == SERVER_HANG || c->state == SERVER_DOWN ? 0.0 : c->speed;
}

/* What counts for a server: `planned` by the timeline, or a fault that began since. */
static const struct change *in_force(const struct world *w, uint32_t server, enum change_kind kind,
                                     const struct change *planned)
{
    lb_time began = 0;
    const struct change *fault = w->faults ? faults_in_force(w, server, kind, &began) : NULL;

    return fault && (!planned || planned->at <= began) ? fault : planned;
}

static void set_speed(struct world *w, uint32_t server)
{
    struct condition *c = &w->condition[server];
    const struct change *speed = in_force(w, server, CHANGE_SPEED, c->planned_speed);

    c->speed = (speed ? speed->number : c->own) * c->warmth;
}

/* ---- Balancers are told. */

static bool takes(const struct balancer *b, const struct condition *c)
{
    bool known_down = c->state == SERVER_DOWN && !b->spec->guard.has_health;

    return !known_down && c->state != SERVER_DRAIN && !c->absent;
}

/* Every view says at once what has become of all these servers. What a balancer has found out about
 * one itself stays as it is. */
static bool mark_turns(struct world *w, struct balancer *b, struct server_range of)
{
    bool any = false;
    uint32_t i;

    for (i = of.first; i < of.first + of.count; i++) {
        struct condition *c = &w->condition[i];
        uint32_t seat = seat_of(b, i);
        bool took, may = takes(b, c) && c->weight > 0;

        c->turns = false;
        if (seat >= b->view.n)
            continue;
        took = b->guard ? b->guard->takes[seat] : b->open[seat];
        c->turns = took != may || b->weight[seat] != c->weight;
        if (c->turns)
            balancer_seat_set(b, seat, c->weight, takes(b, c));
        any |= c->turns;
    }
    return any;
}

static void tell_all(struct balancer *b, lb_time now)
{
    uint32_t seat;

    for (seat = 0; seat < b->view.n; seat++)
        b->policy->changed(b->self, seat, now);
}

/* The policy of a balancer that is up hears of changes. */
static bool listens(const struct balancer *b)
{
    return b->policy->changed && !b->down;
}

/* Then the policies hear of each server that takes requests, or has a weight, as it had not; of all
 * if that begins or ends a panic. */
static void tell_turns(struct world *w, const struct server_range *at, uint32_t n, lb_time now)
{
    uint32_t i, k, r;

    for (k = 0; world_has(w, WORLD_BALANCERS) && k < w->balancers && !w->failed; k++) {
        struct balancer *b = &w->balancer[k];
        bool any = false, panicked = b->guard && b->guard->panic;

        for (r = 0; r < n; r++)
            any |= mark_turns(w, b, at[r]);
        if (!any)
            continue;
        balancer_seats_settle(w, b);
        if (b->guard && b->guard->panic != panicked && listens(b)) {
            tell_all(b, now);
            continue;
        }
        for (r = 0; listens(b) && r < n; r++)
            for (i = at[r].first; i < at[r].first + at[r].count; i++)
                if (w->condition[i].turns)
                    b->policy->changed(b->self, seat_of(b, i), now);
    }
}

static void set_rates(struct world *w, struct balancer *b, struct server_range of)
{
    uint32_t i;

    for (i = of.first; i < of.first + of.count; i++)
        if (seat_of(b, i) < b->view.n)
            b->rate[seat_of(b, i)] =
                balancer_rate(w->group[w->server[i].group].cores, w->condition[i].speed);
}

/* Speeds are told to those who see them. */
static void tell_rates(struct world *w, const struct server_range *at, uint32_t n, lb_time now)
{
    uint32_t i, k, r;

    for (k = 0; world_has(w, WORLD_BALANCERS) && k < w->balancers && !w->failed; k++) {
        struct balancer *b = &w->balancer[k];

        if (!b->rate)
            continue;
        for (r = 0; r < n; r++)
            set_rates(w, b, at[r]);
        balancer_view_changed(w, b);
        for (r = 0; listens(b) && r < n; r++)
            for (i = at[r].first; i < at[r].first + at[r].count; i++)
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

/* ---- A server comes up. */

/* The speed within a step is that of its middle: after each step as much work has been done as if
 * it had risen evenly. */
static double warmth_in(double from, uint32_t step)
{
    return step < WARM_STEPS ? from + (1.0 - from) * (step + 0.5) / WARM_STEPS : 1.0;
}

static lb_time warm_until(lb_time up, lb_time over, uint32_t step)
{
    return up + over * step / WARM_STEPS;
}

static void warm(struct world *w, uint32_t server, uint32_t step)
{
    const struct server_spec *spec = w->group[w->server[server].group].spec;
    struct condition *c = &w->condition[server];

    c->warmth = warmth_in(spec->warm_up.from, step);
    if (step == WARM_STEPS)
        return;
    w->timers++;
    w->server_timers++;
    queue_push(&w->queue, (struct event) { warm_until(c->up, spec->warm_up.over, step + 1),
                                           event_what(EVENT_WARM, step + 1, server) });
}

/* It takes part again, and is told apart until everybody knows. */
static void come_up(struct world *w, uint32_t server, lb_time now)
{
    struct condition *c = &w->condition[server];

    c->returns = true;
    c->up = now;
    if (now == 0 || w->group[w->server[server].group].spec->warm_up.over == 0)
        return;
    warm(w, server, 0);
    set_speed(w, server);
}

void condition_warms(struct world *w, struct event e)
{
    const struct server_range of = { event_index(e.what), 1 };
    const struct condition *c = &w->condition[of.first];
    const struct server_spec *spec = w->group[w->server[of.first].group].spec;
    uint32_t step = event_serial(e.what);

    w->timers--;
    w->server_timers--;
    if (e.time != warm_until(c->up, spec->warm_up.over, step))
        return; /* it has come up anew since */
    warm(w, of.first, step);
    condition_speeds(w, &of, 1, e.time);
}

/* Those who know at once that it is up again, or there, spare it at first. */
static void warm_up_weights(struct world *w, uint32_t server, bool new, lb_time now)
{
    uint32_t k;

    for (k = 0; w->trip && world_has(w, WORLD_BALANCERS) && k < w->balancers; k++) {
        struct balancer *b = &w->balancer[k];

        if (seat_of(b, server) < b->view.n && (new || !b->spec->guard.has_health))
            guard_warms(w, b, seat_of(b, server), now);
    }
}

static void join(struct world *w, const struct server_range *at, uint32_t n, bool new, lb_time now)
{
    uint32_t i, r;

    for (r = 0; r < n; r++)
        for (i = at[r].first; i < at[r].first + at[r].count; i++)
            if (w->condition[i].returns) {
                w->condition[i].returns = false;
                warm_up_weights(w, i, new, now);
                if (w->agent && world_has(w, WORLD_SERVERS))
                    agent_joins(w, i, now);
            }
}

/* Balancers see a speed from which a server that has come up sets out. */
static void tell_cold(struct world *w, const struct server_range *at, uint32_t n, lb_time now)
{
    uint32_t r;

    for (r = 0; r < n; r++)
        if (w->group[w->server[at[r].first].group].spec->warm_up.over > 0)
            tell_rates(w, &at[r], 1, now);
}

/* ---- What follows for requests. */

/* Somebody may watch. */
static void has_changed(const struct world *w, uint32_t server)
{
    if (w->order->wire && w->order->wire->changed)
        w->order->wire->changed(w->order->wire->context, w, server);
}

static void settle(struct world *w, uint32_t server, lb_time now)
{
    const struct condition *c = &w->condition[server];

    if (w->order->wire && w->order->wire->condition)
        w->order->wire->condition(w->order->wire->context, w, server);
    if (w->order->onlooker && w->order->onlooker->condition)
        w->order->onlooker->condition(w->order->onlooker->context, w, server);
    has_changed(w, server);
    if (!world_has(w, WORLD_SERVERS))
        return;
    if (c->state == SERVER_DOWN && !c->why->kept)
        server_lose_all(w, server, now);
    server_pace(w, server, condition_pace(c), now);
    feed_server(w, server, now);
    if (w->fresh_work)
        work_changed(w, server, now);
}

/* ---- Changes. */

static void set_state(struct world *w, uint32_t server, lb_time now)
{
    struct condition *c = &w->condition[server];
    bool was_down = c->state == SERVER_DOWN;

    server_account(w, server, now);
    c->why = in_force(w, server, CHANGE_STATE, c->planned_state);
    c->state = c->why ? c->why->state : SERVER_UP;
    c->returns = false;
    if (was_down && c->state != SERVER_DOWN && !c->absent)
        come_up(w, server, now);
}

void condition_states(struct world *w, const struct server_range *at, uint32_t n, lb_time now)
{
    uint32_t i, r;

    for (r = 0; r < n; r++)
        for (i = at[r].first; i < at[r].first + at[r].count; i++)
            set_state(w, i, now);
    tell_turns(w, at, n, now);
    tell_cold(w, at, n, now);
    for (r = 0; r < n; r++)
        for (i = at[r].first; i < at[r].first + at[r].count && !w->failed; i++)
            settle(w, i, now);
    join(w, at, n, false, now);
    offer_again(w, now);
}

void condition_speeds(struct world *w, const struct server_range *at, uint32_t n, lb_time now)
{
    uint32_t i, r;

    for (r = 0; r < n; r++)
        for (i = at[r].first; i < at[r].first + at[r].count; i++) {
            set_speed(w, i);
            has_changed(w, i);
            server_pace(w, i, condition_pace(&w->condition[i]), now);
        }
    tell_rates(w, at, n, now);
    for (r = 0; w->fresh_work && r < n; r++)
        for (i = at[r].first; i < at[r].first + at[r].count; i++)
            work_changed(w, i, now);
    offer_again(w, now);
}

void condition_weights(struct world *w, const struct server_range *at, uint32_t n, lb_time now)
{
    tell_turns(w, at, n, now);
    offer_again(w, now);
}

void condition_count(struct world *w, uint32_t group, uint32_t count, lb_time now)
{
    const struct server_spec *spec = w->group[group].spec;
    uint32_t first = spec->first, end = spec->first + spec->count, i;
    struct server_range of;

    while (first < end && w->condition[first].absent == (first - spec->first >= count))
        first++;
    while (end > first && w->condition[end - 1].absent == (end - 1 - spec->first >= count))
        end--;
    of = (struct server_range) { first, end - first };
    for (i = first; i < end; i++) {
        struct condition *c = &w->condition[i];

        server_account(w, i, now);
        c->absent = i - spec->first >= count;
        c->returns = false;
        if (!c->absent && c->state != SERVER_DOWN)
            come_up(w, i, now);
        has_changed(w, i);
        feed_server(w, i, now);
    }
    tell_turns(w, &of, 1, now);
    if (of.count)
        tell_cold(w, &of, 1, now);
    for (i = first; i < end; i++)
        if (w->condition[i].returns)
            server_pace(w, i, condition_pace(&w->condition[i]), now);
    join(w, &of, 1, true, now);
    offer_again(w, now);
}
