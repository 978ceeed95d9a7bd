/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What clients do: issue, wait, give up, try again. A try is one call, or with a fan-out one for
 * each part; it fails when so many parts have failed that too few are left. */
#include "sim/run/trip.h"

static const struct client_spec *client_of(const struct world *w, uint32_t slot)
{
    return &w->scenario->clients[w->job[slot].client];
}

/* Is this event about the errand that lives there, and due now? */
static bool concerns(const struct world *w, struct event e, lb_time due)
{
    uint32_t slot = event_index(e.what);

    return w->trip[slot].role == TRIP_ERRAND && w->errand[slot].live &&
           w->job[slot].serial == event_serial(e.what) && due == e.time;
}

static void remind(struct world *w, enum event_kind kind, uint32_t slot, lb_time at)
{
    if (at != LB_NEVER)
        queue_push(&w->queue, (struct event) { at, event_what(kind, w->job[slot].serial, slot) });
}

/* ---- Its calls. */

void errand_forget(struct world *w, uint32_t slot, uint32_t call)
{
    uint32_t *at = &w->errand[slot].first;

    while (*at != call)
        at = &w->trip[*at].next;
    *at = w->trip[call].next;
}

/* The work of a part is its own; when it is tried again it is the same, or drawn anew. */
static lb_time work_of_part(struct world *w, uint32_t slot, uint32_t part)
{
    const struct client_spec *client = client_of(w, slot);
    const struct errand *e = &w->errand[slot];
    uint32_t try = client->retry.independent ? e->tries : 1;
    struct lb_random random;
    lb_time work;

    if ((part == 0 && try == 1) || client->service_in_trace)
        return e->work;
    random = stream_at(w->copy_key[w->job[slot].client], w->job[slot].serial,
                       (uint64_t)try << 32 | part);
    work = quantity_draw(&client->service, &random);
    if (work < 0)
        world_fail(w, "client \"%s\": a service time is longer than 1e8 s", client->name);
    return work < 0 ? 0 : work;
}

static void call_sets_out(struct world *w, uint32_t slot, uint32_t part, lb_time now)
{
    struct errand *e = &w->errand[slot];
    uint32_t call = trip_take(w, slot, TRIP_CALL, e->calls++);
    const struct client_spec *client = client_of(w, slot);
    lb_time there;

    if (w->failed)
        return;
    w->job[call].work = work_of_part(w, slot, part);
    if (w->more && w->job[call].work != w->job[slot].work)
        w->more[call].size = w->job[call].work;
    if (w->trip[call].draw > 0)
        w->job[call].balancer = world_choose_balancer(w, slot, w->trip[call].draw);
    w->trip[call].errand = slot;
    w->trip[call].retried = e->tries > 1;
    w->trip[call].stage = STAGE_TO_BALANCER;
    w->trip[call].next = e->first;
    e->first = call;
    there = link_delay(w, client->link, w->job[call].serial, message_of(w, call, PART_TO_BALANCER),
                       w->bytes_key ? message_bytes(w, call, 0) : 0.0);
    there = wire_delay(w, call, PART_TO_BALANCER, there);
    if (there < 0) {
        errand_forget(w, slot, call);
        trip_give(w, call);
    } else if (there == 0) {
        call_arrives(w, call, now);
    } else {
        remind(w, EVENT_OFFER, call, now + there);
    }
}

/* The client waits for none of them any more, and perhaps says so. */
static void leave_calls(struct world *w, uint32_t slot, bool says_so, lb_time now)
{
    const struct client_spec *client = client_of(w, slot);
    uint32_t call;

    while ((call = w->errand[slot].first) != JOB_NONE) {
        struct trip *t = &w->trip[call];
        lb_time there = -1;

        w->errand[slot].first = t->next;
        t->errand = JOB_NONE;
        if (says_so && t->stage != STAGE_ANSWERED)
            there = link_delay(w, client->link, w->job[call].serial,
                               message_of(w, call, PART_CALLED_OFF), 0.0);
        if (there >= 0) {
            t->cancel_at = now + there;
            remind(w, EVENT_CALLED_OFF, call, now + there);
        } else {
            call_forsake(w, call, now);
        }
    }
}

static void drop_kept(struct world *w, uint32_t slot)
{
    uint32_t call;

    while ((call = w->errand[slot].kept) != JOB_NONE) {
        w->errand[slot].kept = w->trip[call].next;
        trip_give(w, call);
    }
}

/* ---- Its tries. */

static void try_begins(struct world *w, uint32_t slot, lb_time now)
{
    const struct client_spec *client = client_of(w, slot);
    struct errand *e = &w->errand[slot];
    uint32_t part;

    e->tries++;
    e->got = e->bad = 0;
    e->again_at = LB_NEVER;
    e->try_due = client->timeout == LB_NEVER ? LB_NEVER : now + client->timeout;
    remind(w, EVENT_TIMEOUT, slot, e->try_due);
    for (part = 0; part < client->parts && !w->failed; part++)
        call_sets_out(w, slot, part, now);
}

static void lose_patience_later(struct world *w, uint32_t slot, lb_time now)
{
    const struct client_spec *client = client_of(w, slot);
    const struct job *j = &w->job[slot];
    struct lb_random random = stream_at(w->patience_key[j->client], j->serial, 0);
    lb_time patience = quantity_draw(&client->patience, &random);

    if (patience < 0)
        world_fail(w, "client \"%s\": its patience is longer than 1e8 s", client->name);
    else
        w->errand[slot].patience_at = now + patience;
    remind(w, EVENT_IMPATIENCE, slot, w->errand[slot].patience_at);
}

void errand_begins(struct world *w, uint32_t slot, lb_time now)
{
    const struct client_spec *client = client_of(w, slot);
    struct patron *patron = &w->patron[w->job[slot].client];
    struct errand *e = &w->errand[slot];

    w->trip[slot] = (struct trip) { .role = TRIP_ERRAND };
    *e = (struct errand) { .work = w->job[slot].work,
                           .try_due = LB_NEVER,
                           .again_at = LB_NEVER,
                           .deadline = LB_NEVER,
                           .patience_at = LB_NEVER,
                           .first = JOB_NONE,
                           .kept = JOB_NONE,
                           .live = true };
    w->job[slot].balancer = world_choose_balancer(w, slot, 0);
    feed_issued(w, &w->job[slot]);
    patron->active++;
    if (client->retry.budgeted)
        budget_deposit(&patron->budget, now);
    if (client->deadline != LB_NEVER)
        e->deadline = now + client->deadline;
    remind(w, EVENT_DEADLINE, slot, e->deadline);
    if (client->patience.kind)
        lose_patience_later(w, slot, now);
    try_begins(w, slot, now);
}

/* ---- Its end. */

static void errand_gone(struct world *w, uint32_t slot)
{
    struct patron *patron = &w->patron[w->job[slot].client];

    patron->active--;
    patron->retrying -= w->errand[slot].tries > 1;
    w->errand[slot].live = false;
    w->trip[slot].stage = STAGE_FREE;
    job_give(w, slot);
}

static void end_without(struct world *w, uint32_t slot, enum ending how, lb_time now)
{
    drop_kept(w, slot);
    request_end(w, slot, how, now);
    errand_gone(w, slot);
}

void errand_abandoned(struct world *w, uint32_t slot, lb_time now)
{
    leave_calls(w, slot, true, now);
    end_without(w, slot, ENDED_CANCELLED, now);
}

static enum ending ending_of(enum failure failure)
{
    if (failure == FAILURE_TIMEOUT)
        return ENDED_TIMED_OUT;
    return failure == FAILURE_REJECTED ? ENDED_REJECTED : ENDED_FAILED;
}

/* The k-th retry of this errand would be the next. */
static bool tries_again(struct world *w, uint32_t slot, enum failure failure, lb_time now)
{
    const struct retry_spec *retry = &client_of(w, slot)->retry;
    struct patron *patron = &w->patron[w->job[slot].client];
    struct errand *e = &w->errand[slot];

    if (e->tries >= retry->attempts || !(retry->on & (unsigned)failure))
        return false;
    if (retry->budgeted && !budget_take(&patron->budget, patron->retrying, patron->active, now))
        return false;
    patron->retrying += e->tries == 1;
    return true;
}

static void try_failed(struct world *w, uint32_t slot, enum failure failure, lb_time now)
{
    const struct client_spec *client = client_of(w, slot);
    struct errand *e = &w->errand[slot];
    struct lb_random random =
        stream_at(w->retry_key, w->job[slot].serial, UINT64_C(1) << 56 | e->tries);
    lb_time wait;

    leave_calls(w, slot, client->cancels && failure == FAILURE_TIMEOUT, now);
    drop_kept(w, slot);
    e->try_due = LB_NEVER;
    if (client->retry.budgeted)
        budget_ended(&w->patron[w->job[slot].client].budget, false);
    if (!tries_again(w, slot, failure, now)) {
        end_without(w, slot, ending_of(failure), now);
        return;
    }
    wait = backoff_wait(&client->retry.backoff, e->tries, &random);
    if (wait < 0)
        world_fail(w, "client \"%s\": it waits longer than 1e8 s to try again", client->name);
    else
        e->again_at = now + wait;
    remind(w, EVENT_TRY_AGAIN, slot, e->again_at);
}

void errand_try_again(struct world *w, struct event e)
{
    uint32_t slot = event_index(e.what);

    if (!concerns(w, e, w->errand[slot].again_at))
        return;
    try_begins(w, slot, e.time);
}

void errand_time_out(struct world *w, struct event e)
{
    uint32_t slot = event_index(e.what);

    if (concerns(w, e, w->errand[slot].try_due))
        try_failed(w, slot, FAILURE_TIMEOUT, e.time);
}

void errand_deadline(struct world *w, struct event e)
{
    uint32_t slot = event_index(e.what);

    if (!concerns(w, e, w->errand[slot].deadline))
        return;
    leave_calls(w, slot, client_of(w, slot)->cancels, e.time);
    end_without(w, slot, ENDED_TIMED_OUT, e.time);
}

void errand_impatient(struct world *w, struct event e)
{
    uint32_t slot = event_index(e.what), call;
    bool waited = false;

    if (!concerns(w, e, w->errand[slot].patience_at) || w->errand[slot].begun)
        return;
    while ((call = w->errand[slot].first) != JOB_NONE) {
        w->errand[slot].first = w->trip[call].next;
        w->trip[call].errand = JOB_NONE;
        waited = call_withdraw(w, call, &w->job[slot].server, e.time) || waited;
    }
    if (waited) {
        if (w->job[slot].serial >= w->warmup) {
            w->tally.waited++;
            w->tally.served++;
        }
        feed_left(w, &w->job[slot]);
    }
    end_without(w, slot, ENDED_CANCELLED, e.time);
}

/* ---- Answers. */

/* What its parts were answered with is of use when all that it needs is there, and not before. */
static void keep(struct world *w, uint32_t slot, uint32_t call)
{
    w->trip[call].stage = STAGE_KEPT;
    w->trip[call].next = w->errand[slot].kept;
    w->errand[slot].kept = call;
    w->job[call].server = w->trip[call].server;
    w->job[call].work = w->trip[call].work;
}

/* The last one is counted as the request's own. */
static void use_kept(struct world *w, uint32_t slot)
{
    uint32_t last = w->errand[slot].kept, call;

    for (call = last; call != JOB_NONE; call = w->trip[call].next) {
        feed_useful(w, &w->job[call], w->job[call].work);
        if (call != last && w->job[call].serial >= w->warmup)
            w->server[w->job[call].server].worked += (uint64_t)w->job[call].work;
    }
    drop_kept(w, slot);
}

/* `call` is what the balancer made of the part. */
static void part_answered(struct world *w, uint32_t slot, const struct trip *answer, lb_time now)
{
    const struct client_spec *client = client_of(w, slot);
    struct errand *e = &w->errand[slot];

    if (++e->got < client->need)
        return;
    use_kept(w, slot);
    w->job[slot].server = answer->server;
    w->job[slot].work = answer->work;
    if (client->retry.budgeted)
        budget_ended(&w->patron[w->job[slot].client].budget, true);
    leave_calls(w, slot, client->cancels, now);
    world_complete(w, slot, now, answer->wait, answer->service);
    errand_gone(w, slot);
}

void call_verdict(struct world *w, struct event e)
{
    uint32_t call = event_index(e.what), slot;
    struct trip answer = w->trip[call];

    if (answer.role != TRIP_CALL || answer.stage != STAGE_ANSWERED ||
        w->job[call].serial != event_serial(e.what) || answer.due != e.time)
        return;
    if (!world_has(w, WORLD_CLIENTS)) {
        w->order->wire->verdict(w->order->wire->context, w, call);
        trip_give(w, call);
        return;
    }
    slot = answer.errand;
    if (slot != JOB_NONE)
        errand_forget(w, slot, call);
    if (slot != JOB_NONE && !answer.failure)
        keep(w, slot, call);
    else
        trip_give(w, call);
    if (slot == JOB_NONE)
        return;
    if (!answer.failure)
        part_answered(w, slot, &answer, e.time);
    else if (++w->errand[slot].bad > client_of(w, slot)->parts - client_of(w, slot)->need)
        try_failed(w, slot, (enum failure)answer.failure, e.time);
}
