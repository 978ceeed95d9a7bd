/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Attempts: one request sent to one server. A balancer may stop waiting for one long before its
 * server has done with it; the slot lives until both have. */
#include <string.h>

#include "sim/run/guard.h"

static void remind(struct world *w, enum event_kind kind, uint32_t slot, lb_time at)
{
    if (at != LB_NEVER)
        queue_push(&w->queue, (struct event) { at, event_what(kind, w->job[slot].serial, slot) });
}

static bool concerns(const struct world *w, struct event e, lb_time due)
{
    uint32_t slot = event_index(e.what);
    const struct trip *t = &w->trip[slot];

    return t->role == TRIP_ATTEMPT && t->stage != STAGE_FREE &&
           w->job[slot].serial == event_serial(e.what) && due == e.time;
}

/* ---- Sent. */

static void draw_work_anew(struct world *w, uint32_t slot)
{
    struct job *j = &w->job[slot];
    const struct client_spec *client = &w->scenario->clients[j->client];
    struct lb_random random =
        stream_at(w->copy_key[j->client], j->serial, UINT64_C(1) << 63 | w->trip[slot].draw);
    lb_time work;

    if (client->service_in_trace)
        return;
    work = quantity_draw(&client->service, &random);
    if (work < 0)
        world_fail(w, "client \"%s\": a service time is longer than 1e8 s", client->name);
    else
        j->work = work;
    if (w->more)
        w->more[slot].size = j->work;
}

static void remember_seat(struct tried *tried, uint32_t seat)
{
    if (tried->n == TRIED_MOST) {
        memmove(tried->seat, tried->seat + 1, (TRIED_MOST - 1) * sizeof tried->seat[0]);
        tried->n--;
    }
    tried->seat[tried->n++] = seat;
}

static void link_to_call(struct world *w, uint32_t call, uint32_t slot)
{
    struct trip *c = &w->trip[call], *a = &w->trip[slot];

    a->call = call;
    a->number = c->made++;
    a->next = c->first;
    c->first = slot;
    c->out++;
}

uint32_t attempt_send(struct world *w, struct balancer *b, uint32_t call, uint32_t seat,
                      bool beside, lb_time now)
{
    const struct attempts_spec *spec = &b->spec->attempts;
    uint32_t draw = w->trip[call].draw * TRIP_ATTEMPTS_A_CALL + w->trip[call].made;
    uint32_t slot = trip_take(w, call, TRIP_ATTEMPT, draw);
    struct trip *a = &w->trip[slot];

    if (w->failed)
        return slot;
    link_to_call(w, call, slot);
    a->open = true;
    a->is_extra = a->number > 0;
    a->stage = STAGE_TO_SERVER;
    a->sent = now;
    a->cut = b->cut;
    b->cut = LB_NEVER;
    w->hold[slot].total = w->hold[call].total;
    if (a->number > 0 && (beside ? spec->copies.independent : spec->retry.independent))
        draw_work_anew(w, slot);
    if (a->number > 0 && beside)
        feed_hedged(w, &w->job[slot]);
    else if (a->number > 0 || w->trip[call].retried)
        feed_retried(w, &w->job[slot]);
    if (w->memo) {
        w->memo[slot] = w->memo[call];
        w->memo[call] = 0;
        b->ask.memo = &w->memo[slot];
    }
    remember_seat(&w->tried[call], seat);
    if (spec->timeout != LB_NEVER)
        a->due = now + spec->timeout;
    remind(w, EVENT_ATTEMPT_OVER, slot, a->due);
    guard_sent(b, seat, a->is_extra, now);
    if (w->order->wire && w->order->wire->dispatched)
        w->order->wire->dispatched(w->order->wire->context, w, slot,
                                   b->server_of ? b->server_of[seat] : seat);
    world_dispatch(w, b, slot, seat, now);
    guard_seat_probed(w, b, seat, now);
    return slot;
}

/* ---- At the server. */

bool attempt_reaches(struct world *w, uint32_t slot, lb_time now)
{
    struct trip *t = &w->trip[slot];

    if (t->gone) {
        trip_give(w, slot);
        return false;
    }
    t->stage = STAGE_AT_SERVER;
    t->reached = now;
    if (w->order->wire && w->order->wire->reached)
        w->order->wire->reached(w->order->wire->context, w, slot);
    return true;
}

bool attempts_begun(const struct world *w, uint32_t call)
{
    uint32_t slot;

    for (slot = w->trip[call].first; slot != JOB_NONE; slot = w->trip[slot].next)
        if (w->trip[slot].has_begun)
            return true;
    return false;
}

void attempt_begins(struct world *w, uint32_t slot, lb_time now)
{
    struct trip *t = &w->trip[slot];
    uint32_t call = t->call;

    if (t->role != TRIP_ATTEMPT || t->has_begun)
        return;
    t->has_begun = true;
    if (w->order->wire && w->order->wire->begun)
        w->order->wire->begun(w->order->wire->context, w, slot);
    if (t->cut != LB_NEVER) {
        t->cut_at = now + t->cut;
        remind(w, EVENT_CUT, slot, t->cut_at);
    }
    if (call == JOB_NONE)
        return;
    if (w->trip[call].errand != JOB_NONE)
        w->errand[w->trip[call].errand].begun = true;
    if (w->balancer[w->job[call].balancer].spec->attempts.copies.cancel == COPIES_CANCEL_ON_START &&
        w->trip[call].out > 1)
        attempts_race(w, call, now);
}

/* Leaves the server undone. What was done of it is counted there. */
void attempt_remove(struct world *w, uint32_t slot, lb_time now)
{
    struct trip *t = &w->trip[slot];

    switch ((enum trip_stage)t->stage) {
    case STAGE_TO_SERVER:
        t->gone = true;
        break;
    case STAGE_AT_SERVER:
        server_remove(w, slot, now);
        trip_give(w, slot);
        break;
    case STAGE_ELSEWHERE:
        w->order->wire->cancel(w->order->wire->context, w, slot);
        trip_give(w, slot);
        break;
    case STAGE_NOWHERE:
        trip_give(w, slot);
        break;
    default:
        break; /* its answer is under way, and finds nobody */
    }
}

void chore_arrives(struct world *w, uint32_t server, uint32_t slot, lb_time now)
{
    struct server *s = &w->server[server];

    w->job[slot].server = server;
    w->trip[slot].stage = STAGE_AT_SERVER;
    w->trip[slot].reached = now;
    w->place[slot] = PLACE_AT_SERVER;
    s->inside++;
    feed_server(w, server, now);
    if (w->fresh_work)
        work_arrived(w, server, w->job[slot].work, now);
    if (w->truth)
        truth_changed(w, server);
    if (w->agent)
        agent_moment(w, LB_ARRIVED, slot, server, now);
    server_arrive(w, &w->group[s->group], slot, now);
}

static void do_chore_instead(struct world *w, uint32_t slot, lb_time now)
{
    uint32_t server = w->job[slot].server, chore;

    chore = trip_take(w, slot, TRIP_CHORE, w->trip[slot].draw);
    if (w->failed)
        return;
    w->job[chore].work = w->trip[slot].cost;
    chore_arrives(w, server, chore, now);
}

/* The one that began may have failed meanwhile: then this was the last that the call waited for. */
static void close_called_off(struct world *w, uint32_t slot, lb_time now)
{
    uint32_t call = w->trip[slot].call;

    attempt_close(w, slot, LB_CANCELLED, now);
    if (call == JOB_NONE || w->trip[call].out > 0)
        return;
    w->trip[slot].status = LB_CANCELLED;
    w->trip[slot].failure = w->trip[call].failure;
    call_attempt_ended(w, call, slot, now);
}

/* It hears that it is not wanted, unless nobody there listens. */
static void call_off(struct world *w, uint32_t slot, lb_time now)
{
    struct trip *t = &w->trip[slot];
    bool costs = t->cost > 0 && t->stage == STAGE_AT_SERVER;

    if (w->condition && w->condition[w->job[slot].server].state != SERVER_UP &&
        t->stage == STAGE_AT_SERVER && w->condition[w->job[slot].server].state != SERVER_DRAIN)
        return;
    if (t->open)
        close_called_off(w, slot, now);
    if (costs)
        do_chore_instead(w, slot, now);
    attempt_remove(w, slot, now);
}

/* Without a delay it happens here and not by an event: where two servers begin at one instant, both
 * would serve, and with identical work so they would ever after. */
void attempts_race(struct world *w, uint32_t call, lb_time now)
{
    const struct copies_spec *copies = &w->balancer[w->job[call].balancer].spec->attempts.copies;
    uint32_t slot, next;

    for (slot = w->trip[call].first; slot != JOB_NONE; slot = next) {
        struct trip *a = &w->trip[slot];
        lb_time delay;

        next = a->next;
        if (a->has_begun || a->cancel_at != LB_NEVER)
            continue;
        delay = world_cancel_delay(w, slot, &copies->cancel_delay);
        if (delay < 0)
            continue;
        a->cancel_at = now + delay;
        a->cost = copies->cancel_cost;
        if (delay == 0)
            call_off(w, slot, now);
        else
            remind(w, EVENT_CANCEL, slot, a->cancel_at);
    }
}

void attempt_cancelled(struct world *w, struct event e)
{
    uint32_t slot = event_index(e.what);
    const struct trip *t = &w->trip[slot];

    if (!concerns(w, e, t->cancel_at))
        return;
    if (t->open && t->has_begun)
        return; /* it began before it heard that another one had */
    call_off(w, slot, e.time);
}

void attempt_stop(struct world *w, uint32_t slot, const struct distribution *delay, lb_time cost,
                  lb_time now)
{
    struct trip *t = &w->trip[slot];
    lb_time there;

    if (t->stage == STAGE_NOWHERE) {
        trip_give(w, slot);
        return;
    }
    if (t->stage == STAGE_BACK)
        return;
    there = delay && delay->kind ? world_cancel_delay(w, slot, delay)
                                 : world_link_to_server(w, slot, PART_CANCEL);
    if (there < 0)
        return;
    t->cancel_at = now + there;
    t->cost = cost;
    remind(w, EVENT_CANCEL, slot, t->cancel_at);
}

/* ---- The answer. */

static void answer_sets_off(struct world *w, uint32_t slot, uint32_t status, lb_time now)
{
    struct trip *t = &w->trip[slot];
    lb_time at_balancer = world_answer_at_balancer(w, slot, now);

    t->status = (uint8_t)status;
    if (at_balancer == LB_NEVER) {
        attempt_lost(w, slot, now);
        return;
    }
    t->stage = STAGE_BACK;
    w->place[slot] = PLACE_BACK;
    remind(w, EVENT_REPLY, slot, at_balancer);
}

void attempt_served(struct world *w, uint32_t slot, lb_time now, lb_time wait, lb_time service)
{
    struct trip *t = &w->trip[slot];
    const struct job *j = &w->job[slot];
    lb_time done = w->place[slot] & PLACE_DOOMED ? 0 : j->work;
    bool failed;

    if (t->role == TRIP_CHECK) {
        check_served(w, t->check, j->serial, now);
        trip_give(w, slot);
        return;
    }
    feed_spent(w, j, done);
    if (t->role == TRIP_CHORE) {
        trip_give(w, slot);
        return;
    }
    if (j->serial >= w->warmup) {
        w->tally.waited += wait > 0;
        w->tally.served++;
    }
    feed_finished(w, j, wait > 0, now);
    if (t->beaten)
        feed_duplicated(w, j, done);
    if (!t->open) {
        trip_give(w, slot);
        return;
    }
    t->wait = wait;
    t->service = service;
    t->work = done;
    failed = w->fallible && world_reply_kind(w, slot) != REPLY_GOOD;
    t->failure = failed ? FAILURE_ERROR : 0;
    answer_sets_off(w, slot, failed ? LB_ERROR : LB_OK, now);
}

void attempt_refused(struct world *w, uint32_t slot, lb_time now, enum ending how)
{
    struct trip *t = &w->trip[slot];

    if (!t->open) {
        trip_give(w, slot);
        return;
    }
    t->failure = how == ENDED_REJECTED ? FAILURE_REJECTED : FAILURE_REFUSED;
    answer_sets_off(w, slot, LB_REFUSED, now);
}

void attempt_lost(struct world *w, uint32_t slot, lb_time now)
{
    struct trip *t = &w->trip[slot];
    uint32_t call = t->call;

    if (w->order->wire && w->order->wire->vanished)
        w->order->wire->vanished(w->order->wire->context, w, slot);
    if (!world_has(w, WORLD_BALANCERS)) {
        if (t->role == TRIP_ATTEMPT)
            w->order->wire->lost(w->order->wire->context, w, slot);
        trip_give(w, slot);
        return;
    }
    t->stage = STAGE_NOWHERE;
    if (t->role == TRIP_ATTEMPT && t->open && (call != JOB_NONE || t->due != LB_NEVER)) {
        if (call != JOB_NONE)
            call_attempt_lost(w, call, now);
        return;
    }
    if (t->role == TRIP_ATTEMPT && t->open)
        attempt_close(w, slot, LB_LOST, now);
    trip_give(w, slot);
}

/* ---- The end, as the balancer sees it. */

static void unlink_from_call(struct world *w, uint32_t slot)
{
    struct trip *a = &w->trip[slot];
    uint32_t *at;

    if (a->call == JOB_NONE)
        return;
    for (at = &w->trip[a->call].first; *at != slot; at = &w->trip[*at].next)
        continue;
    *at = a->next;
    w->trip[a->call].out--;
    a->call = JOB_NONE;
}

void attempt_close(struct world *w, uint32_t slot, uint32_t status, lb_time now)
{
    static const enum attempt_ending endings[] = {
        [LB_OK] = ATTEMPT_OK,           [LB_ERROR] = ATTEMPT_ERROR,
        [LB_TIMEOUT] = ATTEMPT_TIMEOUT, [LB_REFUSED] = ATTEMPT_REFUSED,
        [LB_LOST] = ATTEMPT_LOST,       [LB_CANCELLED] = ATTEMPT_CANCELLED,
        [LB_CUT] = ATTEMPT_CUT,         [LB_THROTTLED] = ATTEMPT_REFUSED,
    };
    struct trip *t = &w->trip[slot];
    struct balancer *b = &w->balancer[w->job[slot].balancer];

    unlink_from_call(w, slot);
    t->open = false;
    w->tally.attempts[endings[status]]++;
    if (w->order->wire && w->order->wire->closed)
        w->order->wire->closed(w->order->wire->context, w, slot, endings[status]);
    guard_ended(w, b, slot, status, now);
    if (!b->down)
        world_tell_ended(w, slot, now, status);
    else /* it has forgotten it already */
        b->inflight[seat_of(b, w->job[slot].server)]--;
}

void attempt_back(struct world *w, uint32_t slot, lb_time now)
{
    struct trip *t = &w->trip[slot];
    uint32_t call = t->call;

    if (!world_has(w, WORLD_BALANCERS)) {
        w->order->wire->answer(w->order->wire->context, w, slot);
    } else if (t->open) {
        t->stage = STAGE_NOWHERE;
        attempt_close(w, slot, t->status, now);
        if (call != JOB_NONE)
            call_attempt_ended(w, call, slot, now);
    }
    trip_give(w, slot);
}

void attempt_over(struct world *w, struct event e)
{
    uint32_t slot = event_index(e.what), call = w->trip[slot].call;
    struct trip *t = &w->trip[slot];

    if (!concerns(w, e, t->due) || !t->open)
        return;
    t->failure = FAILURE_TIMEOUT;
    t->status = LB_TIMEOUT;
    attempt_close(w, slot, LB_TIMEOUT, e.time);
    if (call != JOB_NONE)
        call_attempt_ended(w, call, slot, e.time);
    if (t->stage == STAGE_NOWHERE)
        trip_give(w, slot);
}

void attempt_cut(struct world *w, struct event e)
{
    uint32_t slot = event_index(e.what);
    struct trip *t = &w->trip[slot];

    if (!concerns(w, e, t->cut_at) || t->stage != STAGE_AT_SERVER)
        return;
    if (!t->open) {
        attempt_remove(w, slot, e.time);
        return;
    }
    server_remove(w, slot, e.time);
    answer_sets_off(w, slot, LB_CUT, e.time);
}
