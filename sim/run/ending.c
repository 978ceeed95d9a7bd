/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How requests end when nobody has served them, and what links do to messages. */
#include "sim/record/warmup.h"
#include "sim/run/express_part.h"
#include "sim/run/trip.h"

lb_time link_draw(struct world *w, const struct link *link, uint64_t serial, uint64_t message,
                  double bytes)
{
    struct lb_random random = stream_at(link->key, serial, message);
    lb_time delay;

    if (link->loss > 0.0 && lb_unit(&random) < link->loss)
        return -1;
    delay = quantity_draw(&link->latency, &random);
    if (link->bandwidth > 0.0 && delay >= 0) {
        lb_time transmission = quantity_ns(bytes / link->bandwidth);

        delay = transmission < 0 ? -1 : delay + transmission;
    }
    if (delay < 0) {
        world_fail(w, "link \"%s\": a message takes longer than 1e8 s", link->spec->name);
        return 0;
    }
    return delay;
}

double message_bytes(struct world *w, uint32_t slot, uint32_t which)
{
    const struct job *j = &w->job[slot];
    const struct client_spec *client = &w->scenario->clients[j->client];
    struct lb_random random = stream_at(w->bytes_key[j->client], j->serial, which);
    double bytes;

    if (which && w->more && w->more[slot].response >= 0)
        return (double)w->more[slot].response;
    distribution_fill(which ? &client->response_bytes : &client->request_bytes, &random, &bytes, 1);
    return bytes;
}

bool still_wanted(struct world *w, uint32_t slot, lb_time end)
{
    lb_time timeout = w->scenario->clients[w->job[slot].client].timeout;

    if (!w->state)
        return true;
    if (w->state[slot] == JOB_ABANDONED)
        return false;
    if (timeout != LB_NEVER && end > w->job[slot].issued + timeout) {
        w->state[slot] = JOB_OVERDUE;
        return false;
    }
    w->state[slot] = JOB_ANSWERED;
    return true;
}

void request_end(struct world *w, uint32_t slot, enum ending how, lb_time when)
{
    struct tally *t = &w->tally;
    const struct job *j = &w->job[slot];

    t->in_system += tally_overlap(t, j->issued, when);
    tally_borders(t, j->serial < w->warmup, when);
    feed_ended(w, j, how, when, 0, 0, 0, w->now);
    if (when > w->now) {
        answer_sets_out(w, when);
        queue_push(&w->queue, (struct event) { when, event_what(EVENT_HOME, j->serial, 0) });
    }
    w->in_flight--;
    t->ended[how]++;
    if (j->serial >= w->warmup)
        t->measured_ended[how]++;
    request_ended(w, slot, how, when, 0, 0);
}

/* Leaves without an answer, having waited in some queue if `waited`. */
static void leave_unserved(struct world *w, uint32_t slot, bool waited, lb_time now)
{
    if (waited && w->job[slot].serial >= w->warmup) {
        w->tally.waited++;
        w->tally.served++;
    }
    if (waited)
        feed_left(w, &w->job[slot]);
    request_end(w, slot, ENDED_CANCELLED, now);
}

/* The one behind it may find a server that did not suit it. */
static void leave_queue(struct world *w, uint32_t slot, lb_time now)
{
    struct balancer *b = &w->balancer[w->job[slot].balancer];
    bool first = balancer_next_held(b) == slot;

    balancer_unqueue(w, b, slot, now);
    leave_unserved(w, slot, true, now);
    job_give(w, slot);
    if (first)
        offer_held(w, b, now);
}

void impatience(struct world *w, struct event e)
{
    uint32_t slot = event_index(e.what);

    if (w->job[slot].serial != event_serial(e.what) || w->state[slot] != JOB_LIVE)
        return;
    switch (w->place[slot] & ~PLACE_DOOMED) {
    case PLACE_TO_BALANCER:
        leave_unserved(w, slot, false, e.time);
        w->state[slot] = JOB_GONE;
        break;
    case PLACE_HELD:
        leave_queue(w, slot, e.time);
        break;
    case PLACE_TO_SERVER:
        w->tally.attempts[ATTEMPT_CANCELLED]++;
        leave_unserved(w, slot, false, e.time);
        w->state[slot] = JOB_GONE;
        world_tell_ended(w, slot, e.time, LB_CANCELLED);
        break;
    case PLACE_AT_SERVER:
        if (server_has_begun(w, slot))
            break;
        w->tally.attempts[ATTEMPT_CANCELLED]++;
        server_remove(w, slot, e.time);
        leave_unserved(w, slot, true, e.time);
        world_reply(w, slot, e.time, LB_CANCELLED);
        break;
    default:
        break;
    }
}

void add_to_series(const struct world_order *o, uint64_t serial, lb_time latency)
{
    uint64_t part = serial * WARMUP_PARTS / o->requests;

    o->series[serial] += latency;
    o->series_n[serial]++;
    o->parts[part] += latency;
    o->parts_n[part]++;
}

void request_ended(struct world *w, uint32_t slot, enum ending how, lb_time when, lb_time wait,
                   lb_time service)
{
    const struct job *j = &w->job[slot];

    if (how == ENDED_COMPLETED && w->order->series && j->serial < w->order->requests)
        add_to_series(w->order, j->serial, when - j->issued);
    if (w->order->wire && w->order->wire->ended)
        w->order->wire->ended(w->order->wire->context, w, slot, how, when, wait, service);
    if (w->order->onlooker && w->order->onlooker->ended)
        w->order->onlooker->ended(w->order->onlooker->context, w, slot, how, when);
    if (w->order->log)
        trace_request(w, slot, how, when, wait, service);
    if (w->user_of_job && w->user_of_job[slot] != UINT32_MAX)
        user_answered(w, w->user_of_job[slot], when);
}

/* ---- What pick says beside a server. */

/* The balancer turns a request away; the client hears of it. */
static void reject(struct world *w, uint32_t slot, lb_time now)
{
    const struct job *j = &w->job[slot];
    lb_time back = link_delay(w, w->scenario->clients[j->client].link, j->serial, PART_TO_CLIENT,
                              w->bytes_key ? message_bytes(w, slot, 1) : 0.0);
    lb_time end = back < 0 ? LB_NEVER : now + back;

    if (still_wanted(w, slot, end))
        request_end(w, slot, ENDED_REJECTED, end);
    if (w->state && w->state[slot] == JOB_OVERDUE)
        w->state[slot] = JOB_REPLIED;
    else
        job_give(w, slot);
}

static bool is_there(const struct world *w, const struct balancer *b, uint32_t seat)
{
    return !w->condition[b->server_of ? b->server_of[seat] : seat].absent;
}

static void send_somewhere(struct world *w, struct balancer *b, uint32_t slot, uint32_t seat,
                           lb_time now)
{
    if (w->trip) {
        call_send(w, b, slot, seat, now);
        return;
    }
    balancer_unqueue(w, b, slot, now);
    world_dispatch(w, b, slot, seat, now);
}

/* Nobody suits and everybody will do who is there. */
static bool panic(struct world *w, struct balancer *b, uint32_t slot, lb_time now)
{
    uint64_t which =
        w->trip ? (uint64_t)w->trip[slot].draw << 32 | (uint64_t)w->trip[slot].made : 0;
    struct lb_random random = stream_at(w->panic_key, w->job[slot].serial, which);
    uint32_t seat, n = 0, chosen;

    if (!w->condition) {
        send_somewhere(w, b, slot, lb_below(&random, b->view.n), now);
        return true;
    }
    for (seat = 0; seat < b->view.n; seat++)
        n += is_there(w, b, seat);
    if (n == 0)
        return false;
    chosen = lb_below(&random, n);
    for (seat = 0; chosen > 0 || !is_there(w, b, seat); seat++)
        chosen -= is_there(w, b, seat);
    send_somewhere(w, b, slot, seat, now);
    return true;
}

static void turn_away(struct world *w, struct balancer *b, uint32_t slot, lb_time now)
{
    balancer_unqueue(w, b, slot, now);
    if (w->trip)
        call_refuse(w, slot, now);
    else
        reject(w, slot, now);
}

/* Nobody suits because all who would are full: with a queue of its own it waits. */
static bool waits_for_room(const struct world *w, const struct balancer *b)
{
    return w->trip && b->spec->queue.given && b->view.full && b->view.usable_n > 0;
}

void offer_failed(struct world *w, uint32_t slot, lb_server said, lb_time now)
{
    struct balancer *b = &w->balancer[w->job[slot].balancer];

    w->now = now; /* the short loops keep no clock */

    if (said == LB_NONE && waits_for_room(w, b)) {
        balancer_hold(w, b, slot, now);
    } else if (said == LB_NONE && b->spec->on_none == ON_NONE_PANIC) {
        if (!panic(w, b, slot, now))
            turn_away(w, b, slot, now);
    } else if (said == LB_REJECT || (said == LB_NONE && b->spec->on_none == ON_NONE_FAIL)) {
        turn_away(w, b, slot, now);
    } else if (said == LB_HOLD || said == LB_NONE) {
        if (w->hold)
            balancer_hold(w, b, slot, now);
        else
            world_fail(w, "policy %s holds a request but does not declare LB_MAY_HOLD",
                       b->policy->name);
    } else {
        world_fail(w, "policy %s picked server %u, which is not usable", b->policy->name, said);
    }
}
