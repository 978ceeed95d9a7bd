/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/property/replay.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/stream.h"
#include "sim/run/quantity.h"
#include "tests/property/clockwork.h"

/* ---- Time passes. */

static uint32_t at_work(const struct replay *r)
{
    return r->n < r->spec->cores ? r->n : r->spec->cores;
}

static bool shares(const struct replay *r)
{
    return r->spec->discipline == DISCIPLINE_PS;
}

static void pass(struct replay *r, lb_time now)
{
    lb_time from = r->now > r->w->from ? r->now : r->w->from, to = now < r->w->to ? now : r->w->to;
    uint64_t span = to > from ? (uint64_t)(to - from) : 0;
    bool away = r->state == SERVER_DOWN || (r->absent && r->n == 0);

    r->gone += away ? span : 0;
    r->busy += away ? 0 : span * at_work(r);
    r->waited += shares(r) ? 0 : span * (r->n - at_work(r));
    if (r->n)
        r->attained += (double)(now - r->now) * r->speed * (double)at_work(r) / (double)r->n;
    r->now = now;
}

/* ---- Who is served. */

static double rest_of(const struct replay *r, const struct guest *g)
{
    double left = g->since == LB_NEVER ? g->rest : g->rest - (double)(r->now - g->since) * r->speed;

    return left > 0.0 ? left : 0.0;
}

/* Would a go before b if there were one core? */
static bool goes_first(const struct replay *r, const struct guest *a, const struct guest *b)
{
    double x, y;

    switch (r->spec->discipline) {
    case DISCIPLINE_LIFO:
        return a->order > b->order;
    case DISCIPLINE_PRIORITY:
        return a->priority != b->priority ? a->priority > b->priority : a->order < b->order;
    case DISCIPLINE_SRPT:
        x = rest_of(r, a), y = rest_of(r, b);
        return x < y || (!(x > y) && a->order < b->order);
    default:
        return a->order < b->order;
    }
}

static bool interrupts(const struct server_spec *spec)
{
    return spec->discipline == DISCIPLINE_LIFO || spec->discipline == DISCIPLINE_SRPT ||
           (spec->discipline == DISCIPLINE_PRIORITY && spec->preemptive);
}

static void set_end(const struct replay *r, struct guest *g)
{
    g->since = r->now;
    g->end = r->speed > 0.0 ? r->now + (lb_time)(g->rest / r->speed + 0.5) : LB_NEVER;
}

static void start(const struct replay *r, struct guest *g)
{
    if (g->began == LB_NEVER)
        g->began = r->now;
    set_end(r, g);
}

static void stop(const struct replay *r, struct guest *g)
{
    g->rest = rest_of(r, g);
    g->since = g->end = LB_NEVER;
}

/* Would two that are in service end in the same nanosecond, though one has less work left? Which of
 * them is interrupted is then a matter of rounding. */
static bool is_hairline(const struct replay *r, const struct guest *worst)
{
    uint32_t i;

    for (i = 0; r->spec->discipline == DISCIPLINE_SRPT && i < r->n; i++) {
        const struct guest *g = r->inside[i];

        if (g != worst && g->since != LB_NEVER && g->end == worst->end)
            return true;
    }
    return false;
}

/* Gives the cores to those who should have them. */
static void settle(struct replay *r)
{
    for (;;) {
        struct guest *best = NULL, *worst = NULL;
        uint32_t i, running = 0;

        for (i = 0; i < r->n; i++) {
            struct guest *g = r->inside[i];

            if (g->since != LB_NEVER) {
                running++;
                if (!worst || goes_first(r, worst, g))
                    worst = g;
            } else if (!best || goes_first(r, g, best)) {
                best = g;
            }
        }
        if (!best ||
            (running == r->spec->cores && !(interrupts(r->spec) && goes_first(r, best, worst))))
            return;
        if (running == r->spec->cores) {
            r->unclear = r->unclear || (r->speed != 1.0 && is_hairline(r, worst));
            stop(r, worst);
        }
        start(r, best);
    }
}

/* ---- Coming and going. */

static void leave(struct replay *r, struct guest *g, enum fate fate)
{
    uint32_t i = 0;

    while (r->inside[i] != g)
        i++;
    memmove(&r->inside[i], &r->inside[i + 1], (--r->n - i) * sizeof r->inside[0]);
    g->fate = fate;
    g->ended = r->now;
}

/* Has its service ended well? The draw belongs to the request. */
static enum fate answer_of(const struct replay *r, const struct guest *g)
{
    const struct change *c = change_at(r->w->scenario, CHANGE_STATE, r->server, g->reached);
    struct lb_random random = stream_at(r->w->world.error_key, g->attempt->serial, 0);

    if ((c && c->state == SERVER_BLACK_HOLE) || r->state == SERVER_RESET ||
        lb_unit(&random) < r->spec->errors + r->spec->resets)
        return FATE_ERROR;
    return FATE_SERVED;
}

/* The next to leave by itself, if that is due. */
static struct guest *due(const struct replay *r)
{
    struct guest *first = NULL;
    uint32_t i;

    for (i = 0; i < r->n; i++) {
        struct guest *g = r->inside[i];
        lb_time end = shares(r) ? g->left : g->end;

        if (end <= r->now &&
            (!first || (!shares(r) && end < first->end))) /* else in order of arrival */
            first = g;
    }
    return first;
}

/* Rounding is up, by less than a nanosecond; the clocks themselves are doubles. */
static void check_share(struct replay *r, const struct guest *g, bool left)
{
    double got = r->attained - g->mark, about = 1e-9 * got + 1e-12 * r->attained + 1e-3;

    if ((left && got < g->rest - about) || got > g->rest + r->speed + about)
        r->wrong = true;
}

static void depart(struct replay *r)
{
    struct guest *g;

    while ((g = due(r))) {
        if (shares(r))
            check_share(r, g, true);
        leave(r, g, answer_of(r, g));
        if (!shares(r))
            settle(r);
    }
}

static uint64_t places(const struct server_spec *spec)
{
    return spec->queue_limit == SCENARIO_UNLIMITED ? UINT64_MAX
                                                   : (uint64_t)spec->cores + spec->queue_limit;
}

/* What a black hole does instead of the work. */
static void enter_black_hole(const struct replay *r, struct guest *g, const struct change *c)
{
    struct lb_random random = stream_at(r->w->world.error_key, g->attempt->serial, 1);
    double speed = speed_at(r->w->scenario, r->server, r->now);

    g->rest = (double)quantity_draw(&c->quantity, &random);
    if (speed > 0.0)
        g->rest = (double)(lb_time)(g->rest * speed + 0.5);
}

static void arrive(struct replay *r, struct guest *g)
{
    const struct change *c = change_at(r->w->scenario, CHANGE_STATE, r->server, r->now);

    g->fate = r->state == SERVER_DOWN || r->state == SERVER_REFUSE ? FATE_SHUT_OUT
              : r->n >= places(r->spec)                            ? FATE_NO_PLACE
                                                                   : FATE_INSIDE;
    if (g->fate != FATE_INSIDE) {
        g->ended = r->now;
        return;
    }
    g->rest = (double)g->work;
    if (r->state == SERVER_BLACK_HOLE)
        enter_black_hole(r, g, c);
    if (r->n == 0)
        r->attained = 0.0;
    g->mark = r->attained;
    r->inside[r->n++] = g;
    if (shares(r))
        g->began = r->now;
    else
        settle(r);
    if (!shares(r) && r->now >= r->w->from && r->now <= r->w->to && r->n - at_work(r) > r->longest)
        r->longest = r->n - at_work(r);
    depart(r);
}

/* ---- The timeline. */

static void turn(struct replay *r)
{
    const struct scenario *s = r->w->scenario;
    const struct change *c = change_at(s, CHANGE_STATE, r->server, r->now);
    uint32_t i;

    r->absent = !present_at(s, r->server, r->now);
    if (next_turn(s, CHANGE_SPEED, r->server, r->now - 1) != r->now &&
        next_turn(s, CHANGE_STATE, r->server, r->now - 1) != r->now && r->now > 0)
        return;
    r->state = c ? c->state : SERVER_UP;
    while (r->state == SERVER_DOWN && !c->kept && r->n)
        leave(r, r->inside[0], FATE_LOST);
    for (i = 0; i < r->n; i++)
        if (r->inside[i]->since != LB_NEVER)
            r->inside[i]->rest = rest_of(r, r->inside[i]);
    r->speed =
        r->state == SERVER_DOWN || r->state == SERVER_HANG ? 0.0 : speed_at(s, r->server, r->now);
    for (i = 0; i < r->n; i++)
        if (r->inside[i]->since != LB_NEVER)
            set_end(r, r->inside[i]);
}

static lb_time next_turn_of(const struct replay *r)
{
    const struct scenario *s = r->w->scenario;
    lb_time a = next_turn(s, CHANGE_SPEED, r->server, r->now);
    lb_time b = next_turn(s, CHANGE_STATE, r->server, r->now);
    lb_time c = next_turn(s, CHANGE_COUNT, group_at(s, r->server), r->now);

    return a < b ? (a < c ? a : c) : b < c ? b : c;
}

/* ---- The run. */

static int by_reach(const void *a, const void *b)
{
    const struct guest *x = a, *y = b;

    if (x->reached != y->reached)
        return x->reached < y->reached ? -1 : 1;
    if (x->phase != y->phase)
        return x->phase < y->phase ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static lb_time next_event(const struct replay *r, lb_time arrival, lb_time turning)
{
    lb_time next = arrival < turning ? arrival : turning;
    uint32_t i;

    for (i = 0; i < r->n; i++) {
        const struct guest *g = r->inside[i];
        lb_time end = shares(r) ? g->left : g->end;

        next = end < next ? end : next;
        next = g->removed < next ? g->removed : next;
    }
    return next;
}

static void take_back(struct replay *r)
{
    uint32_t i;

    for (i = r->n; i-- > 0;)
        if (r->inside[i]->removed == r->now)
            leave(r, r->inside[i], FATE_TAKEN);
    if (!shares(r))
        settle(r);
}

/* A request out of the balancer's queue may come before or after what else happens then. */
static bool is_clear(const struct replay *r, uint32_t next, bool turns)
{
    bool in_order = r->spec->discipline == DISCIPLINE_FIFO && places(r->spec) == UINT64_MAX;
    lb_time now = r->guest[next].reached;
    uint32_t i, n = next;
    bool any = false;

    for (; n < r->guests && r->guest[n].reached == now; n++)
        any |= r->guest[n].phase == REACH_UNCLEAR;
    if (!any)
        return true;
    for (i = 0; i < r->n; i++)
        if ((r->inside[i]->end == now && !in_order) || r->inside[i]->removed == now)
            return false;
    return n == next + 1 && !turns;
}

/* All that happens at one instant, in the order in which the world sees to it. */
static void one_instant(struct replay *r, lb_time now, uint32_t *next, bool turns)
{
    if (*next < r->guests && r->guest[*next].reached == now && !shares(r) &&
        !is_clear(r, *next, turns)) {
        r->unclear = true;
        return;
    }
    pass(r, now);
    if (turns)
        turn(r);
    depart(r);
    for (; *next < r->guests && r->guest[*next].reached == now &&
           r->guest[*next].phase != REACH_ISSUED;
         ++*next)
        arrive(r, &r->guest[*next]);
    take_back(r);
    for (; *next < r->guests && r->guest[*next].reached == now; ++*next) {
        arrive(r, &r->guest[*next]);
        take_back(r); /* who has no patience at all is gone before the next one is issued */
    }
}

bool replay_run(struct replay *r)
{
    uint32_t next = 0, i;
    lb_time turning = 0;

    r->inside = malloc((r->guests + 1) * sizeof r->inside[0]);
    if (!r->inside)
        return false;
    qsort(r->guest, r->guests, sizeof r->guest[0], by_reach);
    for (i = 0; i < r->guests; i++)
        r->guest[i].order = i;
    while (!r->unclear) {
        lb_time now = next_event(r, next < r->guests ? r->guest[next].reached : LB_NEVER, turning);
        bool turns = now == turning;

        if (now == LB_NEVER)
            break;
        one_instant(r, now, &next, turns);
        if (turns)
            turning = next_turn_of(r);
    }
    if (!r->unclear && r->w->to > r->now)
        pass(r, r->w->to);
    for (i = 0; shares(r) && i < r->n; i++)
        check_share(r, r->inside[i], false);
    free(r->inside);
    return true;
}
