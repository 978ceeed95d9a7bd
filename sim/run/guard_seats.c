/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which seats a policy may use: health, ejection, panic, slow start, and what earlier attempts have
 * tried. */
#include <math.h>

#include "sim/run/guard.h"

/* .07 x 100 is a little more than 7, and 7 are as many as are asked for. */
#define ROUNDING 1e-12

/* ---- Usable or not. */

static bool is_healthy(const struct balancer *b, uint32_t seat)
{
    const struct guard *g = b->guard;

    return (!g->check || !g->check[seat].health.down) &&
           (!b->spec->guard.has_outlier || outlier_allows(&g->outlier, seat));
}

void guard_seat_set(struct balancer *b, uint32_t seat, bool takes)
{
    b->guard->takes[seat] = takes;
}

static void sum_ramps(struct balancer *b)
{
    uint32_t seat;

    b->guard->ramps = 0.0;
    for (seat = 0; seat < b->view.n; seat++)
        if (b->open[seat])
            b->guard->ramps += (double)b->guard->ramp[seat];
}

void guard_settle(struct balancer *b)
{
    double threshold = b->spec->guard.panic * (1.0 - ROUNDING);
    uint32_t seat, there = 0, healthy = 0;

    for (seat = 0; seat < b->view.n; seat++) {
        there += b->guard->takes[seat];
        b->open[seat] = b->guard->takes[seat] && is_healthy(b, seat);
        healthy += b->open[seat];
    }
    b->guard->panic = !isnan(threshold) && (double)healthy < threshold * (double)there;
    for (seat = 0; b->guard->panic && seat < b->view.n; seat++)
        b->open[seat] = b->guard->takes[seat];
    if (b->guard->ramp)
        sum_ramps(b);
}

void guard_seat_told(struct world *w, struct balancer *b, uint32_t seat, lb_time now)
{
    bool panicked = b->guard->panic;
    uint32_t i;

    balancer_seats_settle(w, b);
    if (b->policy->changed && !b->down) {
        if (panicked == b->guard->panic) {
            b->policy->changed(b->self, seat, now);
        } else {
            for (i = 0; i < b->view.n; i++)
                b->policy->changed(b->self, i, now);
        }
    }
}

void guard_seat_changed(struct world *w, struct balancer *b, uint32_t seat, lb_time now)
{
    guard_seat_told(w, b, seat, now);
    if (b->held)
        offer_held(w, b, now);
}

/* ---- Slow start. */

/* Turns that a server may save up while its policy does not want it. */
#define CREDIT_MOST 32.0

/* Servers that together are at less have nobody to be spared for. */
#define RAMPS_LEAST 1e-3

static const struct slow_start_spec *slow_start_of(const struct world *w, const struct balancer *b,
                                                   uint32_t seat)
{
    uint32_t server = b->server_of ? b->server_of[seat] : seat;

    return &w->group[w->server[server].group].spec->slow_start;
}

static bool policy_ramps(const struct balancer *b)
{
    return (b->policy->sees & LB_SEES_RAMP) != 0;
}

static void count_credit(struct guard *g, uint32_t seat)
{
    struct warming *warm = &g->warm[seat];
    double credit = warm->credit + (double)g->ramp[seat] * (g->turns - warm->turns);

    warm->turns = g->turns;
    warm->credit = credit < CREDIT_MOST ? credit : CREDIT_MOST;
}

static void set_ramp(struct world *w, struct balancer *b, uint32_t seat, float share, lb_time now)
{
    struct guard *g = b->guard;
    uint32_t i;

    count_credit(g, seat);
    g->warming += share < 1.0F;
    g->warming -= g->ramp[seat] < 1.0F;
    g->ramps += b->open[seat] ? (double)share - (double)g->ramp[seat] : 0.0;
    g->ramp[seat] = share;
    if (!policy_ramps(b))
        return;
    b->view.ramp = g->warming ? g->ramp : NULL;
    b->view.version++;
    for (i = 0; i < SOURCE_RING; i++)
        w->source.ring[i].look_n = 0;
    if (b->policy->changed && !b->down)
        b->policy->changed(b->self, seat, now);
}

void guard_all_warm(struct balancer *b)
{
    struct guard *g = b->guard;
    uint32_t seat;

    if (!g->ramp)
        return;
    for (seat = 0; seat < b->view.n; seat++) {
        g->ramp[seat] = 1.0F;
        g->warm[seat] = (struct warming) { .up = LB_NEVER };
    }
    g->warming = 0;
    g->turns = 0.0;
    b->view.ramp = NULL;
    sum_ramps(b);
}

static lb_time step_of(const struct slow_start_spec *spec)
{
    return spec->window / SLOW_START_STEPS + 1;
}

/* The share of a step is that of its middle. */
static float share_of_step(const struct slow_start_spec *spec, lb_time up)
{
    return (float)slow_start_share(spec, up + step_of(spec) / 2);
}

void guard_warms(struct world *w, struct balancer *b, uint32_t seat, lb_time now)
{
    const struct slow_start_spec *spec = slow_start_of(w, b, seat);

    if (!b->guard->ramp || spec->window <= 0)
        return;
    b->guard->warm[seat] = (struct warming) { .up = now, .turns = b->guard->turns };
    set_ramp(w, b, seat, share_of_step(spec, 0), now);
    guard_remind(w, EVENT_RAMP, seat, b->index, now + step_of(spec));
}

void guard_ramps(struct world *w, struct event e)
{
    struct balancer *b = &w->balancer[event_index(e.what)];
    uint32_t seat = event_serial(e.what);
    const struct slow_start_spec *spec = slow_start_of(w, b, seat);
    lb_time step = step_of(spec), up = e.time - b->guard->warm[seat].up;

    w->timers--;
    if (b->guard->warm[seat].up == LB_NEVER || up % step)
        return; /* it came up again since */
    if (up >= spec->window) {
        b->guard->warm[seat].up = LB_NEVER;
        set_ramp(w, b, seat, 1.0F, e.time);
        return;
    }
    set_ramp(w, b, seat, share_of_step(spec, up), e.time);
    guard_remind(w, EVENT_RAMP, seat, b->index, e.time + step);
}

/* ---- Around a pick. */

/* Has every usable server been tried? */
static bool nobody_is_left(const struct balancer *b, const struct tried *tried)
{
    uint32_t i, k, met = 0;

    if (b->view.usable_n > TRIED_MOST)
        return false;
    for (i = 0; i < b->view.usable_n; i++)
        for (k = 0; k < tried->n; k++)
            if (tried->seat[k] == b->view.usable[i]) {
                met++;
                break;
            }
    return met == b->view.usable_n;
}

void guard_asks(struct world *w, struct balancer *b, uint32_t call, struct lb_random *random)
{
    const struct trip *t = &w->trip[call];
    const struct tried *tried = &w->tried[call];
    struct lb_request *ask = &b->ask;
    uint64_t which = (uint64_t)t->draw << 40 | (uint64_t)t->made << 24;

    if (which)
        *random = stream_at(w->policy_key, w->job[call].serial, which + w->hold[call].offers);
    ask->attempt = (uint16_t)(t->made < UINT16_MAX ? t->made : UINT16_MAX);
    ask->tried = tried->seat;
    ask->tried_n = 0;
    if (t->hedging || (b->spec->attempts.retry.exclude_tried && !nobody_is_left(b, tried)))
        ask->tried_n = tried->n;
    b->also_n = 0;
    b->cut = LB_NEVER;
}

/* A policy that knows nothing of slow start gives a server that is at x of its weight no more than
 * its part of the picks, x / sum of all usable servers' x: x / (N - 1 + x) where the others are
 * warm. Each pick is so much of a turn for it; when the policy names it and it has not got a whole
 * turn to its credit, the policy is asked again, without it. So a rule that by itself gives it as
 * much as the others (random, round_robin, p2c), or more because it has least to do (jsq), gives it
 * just that; one that would give it less (a hash whose keys are elsewhere) may save up a few. */
static bool has_turn(struct guard *g, lb_server seat)
{
    if (g->ramp[seat] >= 1.0F)
        return true;
    count_credit(g, seat);
    return g->warm[seat].credit >= 1.0;
}

static void take_turn(struct guard *g, lb_server seat)
{
    struct warming *warm = &g->warm[seat];

    if (g->ramps > RAMPS_LEAST)
        g->turns += 1.0 / g->ramps;
    if (g->ramp[seat] < 1.0F)
        warm->credit = warm->credit > 1.0 ? warm->credit - 1.0 : 0.0;
}

/* Asks once more, without these. */
static lb_server ask_again(struct world *w, struct balancer *b, uint32_t call,
                           const struct tried *without, struct lb_random *random)
{
    uint32_t tried_n = b->ask.tried_n;
    lb_server seat;

    b->ask.tried = without->seat;
    b->ask.tried_n = without->n;
    b->also_n = 0;
    b->cut = LB_NEVER;
    b->via = LB_NONE;
    seat = b->policy->pick(b->self, &b->ask, random);
    if (seat < b->view.n && (!b->open[seat] || !lb_may(&b->view, &b->ask, seat)))
        seat = LB_NONE;
    b->ask.tried = w->tried[call].seat;
    b->ask.tried_n = tried_n;
    return seat;
}

/* Where nobody else suits it is taken all the same. */
static lb_server spare(struct world *w, struct balancer *b, uint32_t call, lb_server named,
                       struct lb_random *random)
{
    struct tried others = w->tried[call];
    lb_server seat = named;

    others.n = b->ask.tried_n;
    do {
        if (others.n == TRIED_MOST)
            return named;
        others.seat[others.n++] = seat;
        seat = ask_again(w, b, call, &others, random);
        if (seat >= b->view.n)
            return named;
    } while (!has_turn(b->guard, seat));
    return seat;
}

lb_server guard_judges(struct world *w, struct balancer *b, uint32_t call, lb_server seat,
                       struct lb_random *random)
{
    if (seat >= b->view.n || !b->open[seat])
        return seat;
    if (!lb_may(&b->view, &b->ask, seat))
        return LB_NONE;
    if (b->guard->warming == 0 || policy_ramps(b))
        return seat;
    if (!has_turn(b->guard, seat))
        seat = spare(w, b, call, seat, random);
    take_turn(b->guard, seat);
    return seat;
}
