/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing down what happens, as the wire of a world tells it (wire.h). */
#include <stdlib.h>
#include <string.h>

#include "sim/play/film_part.h"

/* ---- When, and how much. */

void film_out_of_memory(struct film *f)
{
    snprintf(f->why, sizeof f->why, "out of memory for %u requests", f->request.n);
    f->state->stop = 1;
}

bool film_grow(void *at, uint32_t n, uint32_t *room, size_t each)
{
    void *old, *more;

    if (n < *room)
        return true;
    memcpy(&old, at, sizeof old);
    more = *room < UINT32_MAX / 4 ? realloc(old, (*room ? 2 * *room : 256) * each) : NULL;
    if (!more)
        return false;
    memcpy(at, &more, sizeof more);
    *room = *room ? 2 * *room : 256;
    return true;
}

void film_add_change(struct film *f, const struct film_change *c)
{
    if (!film_grow(&f->change, f->changes, &f->changes_room, sizeof f->change[0]))
        film_out_of_memory(f);
    else
        f->change[f->changes++] = *c;
}

static bool is_as_planned(const struct server_spec *spec, const struct film_change *c)
{
    return c->state == SERVER_UP && c->absent == (c->server - spec->first >= spec->present) &&
           !(c->speed < spec->speed || c->speed > spec->speed);
}

/* A window begins: what has been so far, and how the servers are. */
static void enter_window(struct film *f)
{
    struct film_state *s = f->state;
    uint32_t g, i;

    f->before[s->window] = f->total;
    s->showing = true;
    for (g = 0; g < f->scenario->servers_n; g++)
        for (i = 0; i < f->scenario->servers[g].count; i++) {
            struct film_change c = s->now[f->scenario->servers[g].first + i];

            c.at = f->window[s->window].from;
            if (s->window > 0 || !is_as_planned(&f->scenario->servers[g], &c))
                film_add_change(f, &c);
        }
}

static void leave_window(struct film *f, const struct world *w)
{
    struct film_state *s = f->state;

    s->showing = false;
    s->stop |= ++s->window == f->windows;
    if (s->believed)
        memset(s->believed, 0, s->seats_from[w->balancers] * sizeof s->believed[0]);
}

void film_looks_at_clock(struct film *f, const struct world *w)
{
    struct film_state *s = f->state;

    if (f->stop && *f->stop)
        s->stop = 1;
    while (s->window < f->windows && w->now >= f->window[s->window].from) {
        if (!s->showing)
            enter_window(f);
        if (w->now < f->window[s->window].to)
            break;
        leave_window(f, w);
    }
}

/* ---- Rows that come and go. */

static void forget(struct film *f, uint32_t row)
{
    uint32_t call = film_request_at(f, row)->call, next, k, after;

    for (; call != FILM_NOTHING; call = next) {
        const struct film_call *c = film_call_at(f, call);

        next = c->next;
        for (k = c->attempt; k != FILM_NOTHING; k = after) {
            after = film_attempt_at(f, k)->next;
            film_give(&f->attempt, k);
        }
        for (k = c->pick; k != FILM_NOTHING; k = after) {
            after = film_pick_at(f, k)->next;
            film_give(&f->pick, k);
        }
        film_give(&f->call, call);
    }
    film_give(&f->request, row);
}

static bool is_seen(const struct film *f, const struct film_request *r)
{
    uint32_t i;

    for (i = 0; i < f->windows; i++)
        if (r->issued < f->window[i].to && r->until >= f->window[i].from)
            return true;
    return false;
}

/* A part of it has ended. When all have, it is kept or forgotten. */
static void part_ends(struct film *f, uint32_t row, lb_time now)
{
    struct film_request *r = film_request_at(f, row);

    r->until = now;
    if (--r->open > 0)
        return;
    if (!is_seen(f, r)) {
        forget(f, row);
    } else if (++f->state->kept > f->most) {
        f->full = true;
        f->state->stop = 1;
    }
}

static uint32_t request_row(struct film *f, const struct world *w, uint32_t errand)
{
    struct film_state *s = f->state;
    const struct job *j = &w->job[errand];
    uint32_t row = s->request_of[errand] - 1;
    struct film_request *r;

    if (s->request_of[errand] && film_request_at(f, row)->used &&
        film_request_at(f, row)->serial == j->serial)
        return row;
    row = film_take(&f->request);
    if (row == FILM_NOTHING)
        return row;
    s->request_of[errand] = row + 1;
    f->total.issued++;
    r = film_request_at(f, row);
    *r = (struct film_request) { .serial = j->serial,
                                 .client = j->client,
                                 .call = FILM_NOTHING,
                                 .last_call = FILM_NOTHING,
                                 .open = 1,
                                 .issued = j->issued,
                                 .end = LB_NEVER,
                                 .work = w->errand[errand].work,
                                 .until = LB_NEVER,
                                 .how = FILM_OPEN,
                                 .used = true };
    return row;
}

static struct film_call *add_call(struct film *f, const struct world *w, uint32_t slot)
{
    uint32_t request = request_row(f, w, w->trip[slot].errand);
    uint32_t row = request == FILM_NOTHING ? request : film_take(&f->call);
    struct film_request *r;

    if (row == FILM_NOTHING) {
        film_out_of_memory(f);
        return NULL;
    }
    r = film_request_at(f, request);
    *film_call_at(f, row) = (struct film_call) { .next = FILM_NOTHING,
                                                 .request = request,
                                                 .balancer = w->job[slot].balancer,
                                                 .attempt = FILM_NOTHING,
                                                 .last_attempt = FILM_NOTHING,
                                                 .pick = FILM_NOTHING,
                                                 .last_pick = FILM_NOTHING,
                                                 .out = w->now,
                                                 .there = LB_NEVER,
                                                 .answered = LB_NEVER,
                                                 .home = LB_NEVER };
    if (r->call == FILM_NOTHING)
        r->call = row;
    else
        film_call_at(f, r->last_call)->next = row;
    r->last_call = row;
    f->state->call_of[slot] = row + 1;
    return film_call_at(f, row);
}

static void call_sets_out(struct film *f, const struct world *w, uint32_t slot, lb_time delay)
{
    struct film_call *c = add_call(f, w, slot);

    if (!c)
        return;
    c->there = w->now + delay;
    c->live = true;
    film_request_at(f, c->request)->open++;
}

/* ---- The wire. */

static lb_time extra(void *context, const struct world *w, uint32_t slot, enum link_part part,
                     lb_time delay)
{
    struct film *f = context;
    const struct film_state *s = f->state;

    film_looks_at_clock(f, w);
    if (s->stop)
        return delay;
    if (part == PART_TO_BALANCER) {
        call_sets_out(f, w, slot, delay);
    } else if (part == PART_TO_CLIENT && s->call_of[slot]) {
        struct film_call *c = film_call_at(f, s->call_of[slot] - 1);

        c->answered = w->now;
        c->home = w->now + delay;
    } else if (part == PART_FROM_SERVER && s->attempt_of[slot]) {
        struct film_attempt *a = film_attempt_at(f, s->attempt_of[slot] - 1);

        a->left = w->now;
        a->back = w->now + delay;
    }
    return delay;
}

static void dispatched(void *context, const struct world *w, uint32_t slot, lb_server server)
{
    struct film *f = context;
    uint32_t call = f->state->call_of[w->trip[slot].call] - 1, row;
    struct film_call *c;

    film_looks_at_clock(f, w);
    if (f->state->stop)
        return;
    row = film_take(&f->attempt);
    if (row == FILM_NOTHING) {
        film_out_of_memory(f);
        return;
    }
    c = film_call_at(f, call);
    *film_attempt_at(f, row) = (struct film_attempt) { .next = FILM_NOTHING,
                                                       .call = call,
                                                       .server = server,
                                                       .live = true,
                                                       .sent = w->now,
                                                       .reached = LB_NEVER,
                                                       .begun = LB_NEVER,
                                                       .left = LB_NEVER,
                                                       .back = LB_NEVER };
    if (c->attempt == FILM_NOTHING)
        c->attempt = row;
    else
        film_attempt_at(f, c->last_attempt)->next = row;
    c->last_attempt = row;
    f->state->attempt_of[slot] = row + 1;
    film_request_at(f, c->request)->open++;
}

static struct film_attempt *attempt_in(const struct film *f, const struct world *w, uint32_t slot)
{
    const uint32_t row = f->state->attempt_of[slot];

    return !f->state->stop && row && w->trip[slot].role == TRIP_ATTEMPT
               ? film_attempt_at(f, row - 1)
               : NULL;
}

static void reached(void *context, const struct world *w, uint32_t slot)
{
    struct film *f = context;
    struct film_attempt *a;

    film_looks_at_clock(f, w);
    a = attempt_in(f, w, slot);
    if (!a)
        return;
    a->reached = w->now;
    film_sees_queue(f, w, a->server);
}

static void begun(void *context, struct world *w, uint32_t slot)
{
    struct film *f = context;
    struct film_attempt *a;

    film_looks_at_clock(f, w);
    a = attempt_in(f, w, slot);
    if (a)
        a->begun = w->now;
}

static void vanished(void *context, const struct world *w, uint32_t slot)
{
    struct film *f = context;
    struct film_attempt *a;

    film_looks_at_clock(f, w);
    a = attempt_in(f, w, slot);
    if (!a)
        return;
    a->lost = true;
    if (a->left == LB_NEVER)
        a->left = w->now;
}

static void attempt_leaves(struct film *f, const struct world *w, uint32_t slot)
{
    struct film_attempt *a = attempt_in(f, w, slot);

    if (!a || !a->live)
        return;
    a->live = false;
    if (a->left == LB_NEVER)
        a->left = w->now;
    f->state->attempt_of[slot] = 0;
    part_ends(f, film_call_at(f, a->call)->request, w->now);
}

static void call_leaves(struct film *f, const struct world *w, uint32_t slot)
{
    const uint32_t row = f->state->call_of[slot];
    struct film_call *c;

    if (!row) { /* lost on its very way to the balancer */
        if (w->trip[slot].errand != JOB_NONE)
            add_call(f, w, slot);
        f->state->call_of[slot] = 0;
        return;
    }
    f->state->call_of[slot] = 0;
    c = film_call_at(f, row - 1);
    if (!c->live)
        return;
    c->live = false;
    part_ends(f, c->request, w->now);
}

static void leaves(void *context, const struct world *w, uint32_t slot)
{
    struct film *f = context;

    film_looks_at_clock(f, w);
    if (f->state->stop)
        return;
    if (w->trip[slot].role == TRIP_ATTEMPT)
        attempt_leaves(f, w, slot);
    else if (w->trip[slot].role == TRIP_CALL)
        call_leaves(f, w, slot);
}

static void ended(void *context, const struct world *w, uint32_t slot, enum ending how,
                  lb_time when, lb_time wait, lb_time service)
{
    struct film *f = context;
    uint32_t row;
    struct film_request *r;

    (void)wait, (void)service;
    film_looks_at_clock(f, w);
    if (f->state->stop)
        return;
    row = request_row(f, w, slot);
    if (row == FILM_NOTHING) {
        film_out_of_memory(f);
        return;
    }
    r = film_request_at(f, row);
    r->end = when;
    r->how = (uint8_t)how;
    f->total.ended[how]++;
    if (how == ENDED_COMPLETED) {
        f->completed++;
        f->state->latency_sum += (double)(when - r->issued);
        f->total.bins[film_bin((uint64_t)(when / f->unit - r->issued / f->unit))]++;
    }
    film_sees_end(f, r);
    part_ends(f, row, when);
}

/* ---- The whole. */

struct wire film_wire(struct film *f)
{
    return (struct wire) { .here = WORLD_WHOLE,
                           .context = f,
                           .extra = extra,
                           .ended = ended,
                           .dispatched = dispatched,
                           .begun = begun,
                           .candidate = film_candidate,
                           .picked = film_picked,
                           .reached = reached,
                           .vanished = vanished,
                           .leaves = leaves,
                           .changed = film_changed };
}
