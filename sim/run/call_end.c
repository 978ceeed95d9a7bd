/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How calls end without an answer of a server: nobody waits for them any more, they have waited too
 * long, or their balancer is down. */
#include "sim/run/guard.h"

static const struct balancer_spec *spec_of(const struct world *w, uint32_t call)
{
    return w->balancer[w->job[call].balancer].spec;
}

static bool concerns(const struct world *w, struct event e, lb_time due)
{
    uint32_t call = event_index(e.what);
    const struct trip *t = &w->trip[call];

    return t->role == TRIP_CALL && t->stage != STAGE_FREE &&
           w->job[call].serial == event_serial(e.what) && due == e.time;
}

bool call_leave_queue(struct world *w, uint32_t call, lb_time now)
{
    struct balancer *b = &w->balancer[w->job[call].balancer];
    bool first = w->hold[call].queued && balancer_next_held(b) == call;

    balancer_unqueue(w, b, call, now);
    guard_expects(w, call, false);
    return first;
}

void call_over(struct world *w, struct event e)
{
    uint32_t call = event_index(e.what);
    struct balancer *b = &w->balancer[w->job[call].balancer];
    bool first;

    if (!concerns(w, e, w->trip[call].deadline))
        return;
    first = call_leave_queue(w, call, e.time);
    while (w->trip[call].first != JOB_NONE) {
        uint32_t slot = w->trip[call].first;

        attempt_close(w, slot, LB_TIMEOUT, e.time);
        if (w->trip[slot].stage == STAGE_NOWHERE)
            trip_give(w, slot);
    }
    call_answer(w, call, FAILURE_TIMEOUT, e.time);
    if (first)
        offer_held(w, b, e.time);
}

void call_hold_over(struct world *w, struct event e)
{
    uint32_t call = event_index(e.what);
    struct balancer *b = &w->balancer[w->job[call].balancer];
    bool first;

    if (w->trip[call].role != TRIP_CALL || w->trip[call].stage == STAGE_FREE ||
        !w->hold[call].queued)
        return;
    if (b->spec->queue.time_limit == LB_NEVER ||
        !concerns(w, e, w->hold[call].since + b->spec->queue.time_limit))
        return;
    first = call_leave_queue(w, call, e.time);
    call_refuse(w, call, e.time);
    if (first)
        offer_held(w, b, e.time);
}

void call_called_off(struct world *w, struct event e)
{
    uint32_t call = event_index(e.what);
    struct balancer *b = &w->balancer[w->job[call].balancer];
    struct trip *t = &w->trip[call];
    bool first;

    if (!concerns(w, e, t->cancel_at) || t->stage == STAGE_ANSWERED)
        return;
    if (t->stage == STAGE_TO_BALANCER) {
        t->gone = true;
        return;
    }
    if (!world_has(w, WORLD_BALANCERS)) {
        w->order->wire->called_off(w->order->wire->context, w, call);
        trip_give(w, call);
        return;
    }
    first = call_leave_queue(w, call, e.time);
    call_drop_attempts(w, call, true, false, w->scenario->clients[w->job[call].client].cancel_cost,
                       e.time);
    trip_give(w, call);
    if (first)
        offer_held(w, b, e.time);
}

/* Nobody waits for it, no attempt of it will come back, and no clock of the balancer's runs. */
void call_give_if_stuck(struct world *w, uint32_t call, lb_time now)
{
    const struct trip *t = &w->trip[call];
    uint32_t slot;

    if (t->stage != STAGE_OUT || t->sending || t->errand != JOB_NONE || t->deadline != LB_NEVER ||
        t->due != LB_NEVER || spec_of(w, call)->attempts.timeout != LB_NEVER)
        return;
    for (slot = t->first; slot != JOB_NONE; slot = w->trip[slot].next)
        if (w->trip[slot].stage != STAGE_NOWHERE)
            return;
    while ((slot = t->first) != JOB_NONE) {
        attempt_close(w, slot, LB_LOST, now);
        trip_give(w, slot);
    }
    trip_give(w, call);
}

void call_forsake(struct world *w, uint32_t call, lb_time now)
{
    w->trip[call].errand = JOB_NONE;
    if (world_has(w, WORLD_BALANCERS)) {
        call_give_if_stuck(w, call, now);
    } else if (w->trip[call].stage == STAGE_OUT) {
        w->order->wire->forsaken(w->order->wire->context, w, call);
        trip_give(w, call);
    }
}

void call_attempt_lost(struct world *w, uint32_t call, lb_time now)
{
    call_give_if_stuck(w, call, now);
}

bool call_withdraw(struct world *w, uint32_t call, lb_server *where, lb_time now)
{
    struct balancer *b = &w->balancer[w->job[call].balancer];
    struct trip *t = &w->trip[call];
    bool waited = w->hold[call].queued, first;
    uint32_t slot;

    if (t->stage == STAGE_ANSWERED)
        return false;
    if (t->stage == STAGE_TO_BALANCER) {
        t->gone = true;
        return false;
    }
    first = call_leave_queue(w, call, now);
    while ((slot = t->first) != JOB_NONE) {
        if (w->trip[slot].stage == STAGE_AT_SERVER) {
            waited = true;
            *where = w->job[slot].server;
        }
        attempt_close(w, slot, LB_CANCELLED, now);
        attempt_remove(w, slot, now);
    }
    trip_give(w, call);
    if (first)
        offer_held(w, b, now);
    return waited;
}

void calls_vanish(struct world *w, uint32_t balancer, lb_time now)
{
    uint32_t slot;

    for (slot = 0; slot < w->jobs; slot++) {
        struct trip *t = &w->trip[slot];

        if (t->stage == STAGE_FREE || w->job[slot].balancer != balancer)
            continue;
        if (t->role == TRIP_ATTEMPT && t->open) {
            attempt_close(w, slot, LB_LOST, now);
            if (t->stage == STAGE_NOWHERE)
                trip_give(w, slot);
        }
    }
    for (slot = 0; slot < w->jobs; slot++) {
        struct trip *t = &w->trip[slot];

        if (t->role != TRIP_CALL || w->job[slot].balancer != balancer ||
            (t->stage != STAGE_HELD && t->stage != STAGE_OUT))
            continue;
        call_leave_queue(w, slot, now);
        if (t->errand != JOB_NONE)
            errand_forget(w, t->errand, slot);
        trip_give(w, slot);
    }
}
