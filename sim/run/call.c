/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What balancers do for one call: let it in, ask the policy, send attempts, wait for them, try
 * again, answer. */
#include "sim/run/features.h"
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

static void remind(struct world *w, enum event_kind kind, uint32_t call, lb_time at)
{
    if (at != LB_NEVER)
        queue_push(&w->queue, (struct event) { at, event_what(kind, w->job[call].serial, call) });
}

/* ---- The answer. */

/* The call is over for its balancer: the client is told how it went. */
void call_answer(struct world *w, uint32_t call, enum failure failure, lb_time now)
{
    struct trip *t = &w->trip[call];
    const struct client_spec *client = &w->scenario->clients[w->job[call].client];
    lb_time back;

    guard_answered(w, &w->balancer[w->job[call].balancer], call, failure, now);
    guard_expects(w, call, false);
    t->failure = (uint8_t)failure;
    t->stage = STAGE_ANSWERED;
    t->hedge_at = t->deadline = LB_NEVER;
    if (t->errand == JOB_NONE) {
        trip_give(w, call);
        return;
    }
    back = link_delay(w, client->link, w->job[call].serial, message_of(w, call, PART_TO_CLIENT),
                      w->bytes_key ? message_bytes(w, call, 1) : 0.0);
    back = wire_delay(w, call, PART_TO_CLIENT, back);
    if (back < 0) {
        errand_forget(w, t->errand, call);
        trip_give(w, call);
        return;
    }
    t->due = now + back;
    remind(w, EVENT_VERDICT, call, t->due);
}

/* No attempt of the call is of use any more. */
void call_drop_attempts(struct world *w, uint32_t call, bool stop, bool beaten, lb_time cost,
                        lb_time now)
{
    const struct copies_spec *copies = &spec_of(w, call)->attempts.copies;
    uint32_t slot;

    while ((slot = w->trip[call].first) != JOB_NONE) {
        struct trip *a = &w->trip[slot];

        a->beaten = beaten;
        if (beaten && a->stage == STAGE_BACK && a->service > 0)
            feed_duplicated(w, &w->job[slot], a->work);
        if (!stop) {
            w->trip[call].first = a->next;
            w->trip[call].out--;
            a->call = JOB_NONE;
            if (a->stage == STAGE_NOWHERE) {
                attempt_close(w, slot, LB_LOST, now);
                trip_give(w, slot);
            }
            continue;
        }
        attempt_close(w, slot, LB_CANCELLED, now);
        attempt_stop(w, slot, beaten ? &copies->cancel_delay : NULL, cost, now);
    }
}

static void answered(struct world *w, uint32_t call, uint32_t slot, lb_time now)
{
    const struct trip *a = &w->trip[slot];
    const struct copies_spec *copies = &spec_of(w, call)->attempts.copies;
    struct trip *t = &w->trip[call];
    struct balancer *b = &w->balancer[w->job[call].balancer];
    bool first = call_leave_queue(w, call, now); /* where it waited for another attempt */

    t->wait = a->wait;
    t->service = a->service;
    t->work = a->work;
    t->server = w->job[slot].server;
    guard_learns_latency(w, call, slot, now);
    call_drop_attempts(w, call, copies->cancel != COPIES_CANCEL_NEVER, true, copies->cancel_cost,
                       now);
    call_answer(w, call, 0, now);
    if (first)
        offer_held(w, b, now);
}

/* ---- Trying again. */

static bool may_retry(struct world *w, uint32_t call, enum failure failure, lb_time now)
{
    const struct retry_spec *retry = &spec_of(w, call)->attempts.retry;
    struct balancer *b = &w->balancer[w->job[call].balancer];

    return w->trip[call].retries + 1 < retry->attempts && (retry->on & (unsigned)failure) &&
           guard_may_repeat(b, retry->budgeted ? &b->guard->retries : NULL, now);
}

static void try_later(struct world *w, uint32_t call, lb_time now)
{
    const struct backoff_spec *backoff = &spec_of(w, call)->attempts.retry.backoff;
    struct trip *t = &w->trip[call];
    struct lb_random random =
        stream_at(w->retry_key, w->job[call].serial,
                  UINT64_C(2) << 56 | (uint64_t)t->draw << 24 | (t->retries + 1));
    lb_time wait = backoff_wait(backoff, t->retries + 1, &random);

    if (wait < 0) {
        world_fail(w, "balancer \"%s\": it waits longer than 1e8 s to try again",
                   spec_of(w, call)->name);
        return;
    }
    t->due = now + wait;
    if (t->deadline != LB_NEVER && t->due >= t->deadline) {
        call_answer(w, call, (enum failure)t->failure, now);
        return;
    }
    t->retries++;
    guard_expects(w, call, true);
    remind(w, EVENT_AGAIN, call, t->due);
}

void call_attempt_ended(struct world *w, uint32_t call, uint32_t slot, lb_time now)
{
    const struct trip *a = &w->trip[slot];
    struct trip *t = &w->trip[call];

    if (!a->failure && a->status == LB_OK) {
        answered(w, call, slot, now);
        return;
    }
    if (w->hold[call].queued) { /* it will be tried again in turn */
        t->failure = a->failure ? a->failure : t->failure;
        return;
    }
    if (a->status == LB_CUT) { /* the policy asked for another one then */
        t->due = now;
        remind(w, EVENT_AGAIN, call, now);
        return;
    }
    t->failure = a->failure;
    if (t->out > 0 || t->due != LB_NEVER)
        return;
    if (may_retry(w, call, (enum failure)a->failure, now))
        try_later(w, call, now);
    else
        call_answer(w, call, (enum failure)a->failure, now);
}

void call_again(struct world *w, struct event e)
{
    uint32_t call = event_index(e.what);
    struct trip *t = &w->trip[call];

    if (!concerns(w, e, t->due) || t->stage != STAGE_OUT)
        return;
    t->due = LB_NEVER;
    call_offer(w, call, e.time);
}

/* What left may be lost already. */
static void has_sent(struct world *w, uint32_t call, lb_time now)
{
    w->trip[call].sending = false;
    call_give_if_stuck(w, call, now);
}

/* ---- Hedges, and copies for later. */

static void expect_hedge(struct world *w, uint32_t call, lb_time now)
{
    const struct hedge_spec *hedge = &spec_of(w, call)->attempts.hedge;
    struct balancer *b = &w->balancer[w->job[call].balancer];
    struct trip *t = &w->trip[call];
    lb_time after = hedge->after;

    if (hedge->most <= 1 || t->out >= hedge->most)
        return;
    if (after == LB_NEVER)
        after = recent_quantile_get(b->guard->latency, now);
    t->hedge_at = after == LB_NEVER ? LB_NEVER : now + after;
    remind(w, EVENT_HEDGE, call, t->hedge_at);
}

static bool may_hedge(const struct world *w, uint32_t call, struct balancer *b, lb_time now)
{
    const struct hedge_spec *hedge = &b->spec->attempts.hedge;
    const struct trip *t = &w->trip[call];

    return t->out > 0 && t->out < hedge->most && !guard_at_limit(b) &&
           guard_may_repeat(b, hedge->budgeted ? &b->guard->hedges : NULL, now);
}

static void hedge(struct world *w, uint32_t call, lb_time now)
{
    struct balancer *b = &w->balancer[w->job[call].balancer];
    struct trip *t = &w->trip[call];
    lb_server seat;

    t->hedge_at = LB_NEVER;
    if (!may_hedge(w, call, b, now))
        return;
    t->hedging = true;
    seat = world_ask(w, call, now);
    t->hedging = false;
    if (seat >= b->view.n || (b->open && !b->open[seat]))
        return;
    t->sending = true;
    attempt_send(w, b, call, seat, true, now);
    expect_hedge(w, call, now);
    has_sent(w, call, now);
}

/* Do messages take time here? */
static bool takes_time(const struct world *w)
{
    return scenario_has_links(w->scenario) || (w->order->wire && w->order->wire->adds);
}

/* A copy that the policy asked for goes out, unless the call's attempt has begun and is alone to be
 * served. */
static void send_copy(struct world *w, struct balancer *b, uint32_t call, lb_server seat,
                      lb_time now)
{
    const struct copies_spec *copies = &b->spec->attempts.copies;
    bool begun = copies->cancel == COPIES_CANCEL_ON_START && attempts_begun(w, call);

    if (!guard_admits_copy(w, b, call, seat) ||
        (begun && !copies->cancel_delay.kind && !takes_time(w)))
        return;
    world_describe(w, call, now);
    attempt_send(w, b, call, seat, true, now);
    if (begun)
        attempts_race(w, call, now);
}

static void send_due_copies(struct world *w, uint32_t call, lb_time now)
{
    struct balancer *b = &w->balancer[w->job[call].balancer];
    struct copies *later = &w->copies[call];
    uint32_t i, kept = 0;

    for (i = 0; i < later->n; i++) {
        if (later->at[i].after > now)
            later->at[kept++] = later->at[i];
        else if (w->trip[call].out > 0)
            send_copy(w, b, call, later->at[i].seat, now);
    }
    later->n = kept;
}

void call_hedge(struct world *w, struct event e)
{
    uint32_t call = event_index(e.what);
    struct trip *t = &w->trip[call];

    if (t->role != TRIP_CALL || t->stage != STAGE_OUT ||
        w->job[call].serial != event_serial(e.what))
        return;
    if (w->copies) {
        t->sending = true;
        send_due_copies(w, call, e.time);
        has_sent(w, call, e.time);
    }
    if (t->stage == STAGE_OUT && t->hedge_at == e.time)
        hedge(w, call, e.time);
}

/* What the policy asked for beside the seat it chose. */
static void send_copies(struct world *w, struct balancer *b, uint32_t call, lb_time now)
{
    uint32_t i, n = b->also_n;

    w->copies[call].n = 0;
    for (i = 0; i < n; i++) {
        struct copies *later = &w->copies[call];

        if (b->also[i].after <= 0) {
            send_copy(w, b, call, b->also[i].seat, now);
        } else if (later->n == COPIES_LATER_MOST) {
            world_fail(w, "policy %s asks for more than %d copies at later times", b->policy->name,
                       COPIES_LATER_MOST);
        } else {
            later->at[later->n++] = (struct copy) { b->also[i].seat, now + b->also[i].after };
            remind(w, EVENT_HEDGE, call, now + b->also[i].after);
        }
    }
}

/* ---- The way in, and out to the servers. */

void call_send(struct world *w, struct balancer *b, uint32_t call, uint32_t seat, lb_time now)
{
    struct trip *t = &w->trip[call];

    if (guard_drops_head(w, b, call, now)) {
        balancer_unqueue(w, b, call, now);
        call_refuse(w, call, now);
        return;
    }
    balancer_unqueue(w, b, call, now);
    guard_expects(w, call, false);
    t->stage = STAGE_OUT;
    t->failure = 0;
    t->sending = true;
    attempt_send(w, b, call, seat, false, now);
    if (w->copies)
        send_copies(w, b, call, now);
    expect_hedge(w, call, now);
    has_sent(w, call, now);
}

void call_refuse(struct world *w, uint32_t call, lb_time now)
{
    struct trip *t = &w->trip[call];

    if (t->out > 0) { /* one of these may be answered yet */
        guard_expects(w, call, false);
        t->stage = STAGE_OUT;
        return;
    }
    call_answer(w, call, t->failure ? (enum failure)t->failure : FAILURE_REJECTED, now);
}

/* There is a limit that it meets: it waits if it may. */
static void wait_for_limit(struct world *w, struct balancer *b, uint32_t call, lb_time now)
{
    if (b->spec->queue.given)
        balancer_hold(w, b, call, now);
    else
        call_refuse(w, call, now);
}

void call_offer(struct world *w, uint32_t call, lb_time now)
{
    struct balancer *b = &w->balancer[w->job[call].balancer];

    if (guard_at_limit(b))
        wait_for_limit(w, b, call, now);
    else
        world_offer(w, call, now);
}

static void let_in(struct world *w, struct balancer *b, uint32_t call, lb_time now)
{
    const struct attempts_spec *attempts = &b->spec->attempts;
    struct trip *t = &w->trip[call];

    t->stage = STAGE_OUT;
    if (attempts->deadline != LB_NEVER)
        t->deadline = now + attempts->deadline;
    remind(w, EVENT_CALL_OVER, call, t->deadline);
    if (attempts->retry.budgeted)
        budget_deposit(&b->guard->retries, now);
    if (attempts->hedge.budgeted)
        budget_deposit(&b->guard->hedges, now);
    if (b->held && b->spec->queue.given) {
        balancer_hold(w, b, call, now);
        offer_held(w, b, now);
    } else {
        call_offer(w, call, now);
    }
}

/* Its balancer is not of this world. */
static void goes_elsewhere(struct world *w, uint32_t call, lb_time now)
{
    w->trip[call].stage = STAGE_OUT;
    w->order->wire->call(w->order->wire->context, w, call);
    if (w->trip[call].errand == JOB_NONE)
        call_forsake(w, call, now);
}

void call_arrives(struct world *w, uint32_t call, lb_time now)
{
    struct balancer *b = &w->balancer[w->job[call].balancer];

    if (w->trip[call].gone)
        trip_give(w, call);
    else if (!world_has(w, WORLD_BALANCERS))
        goes_elsewhere(w, call, now);
    else if (b->down)
        call_answer(w, call, FAILURE_REFUSED, now);
    else if (!guard_lets_in(w, b, call, now))
        call_answer(w, call, FAILURE_REJECTED, now);
    else
        let_in(w, b, call, now);
}
