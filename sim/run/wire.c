/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What comes into a world from elsewhere, and the end of one that waits for its clock. */
#include "sim/run/wire.h"

#include "sim/run/guard.h"

/* ---- The end. */

lb_time world_due(const struct world *w)
{
    const struct event *e = queue_first((struct queue *)&w->queue);
    lb_time issue = source_next(&w->source)->time;

    return e && e->time < issue ? e->time : issue;
}

bool world_has_issued(const struct world *w)
{
    return source_next(&w->source)->time == LB_NEVER;
}

/* What is to be measured may end later: when nothing comes any more, no event would say so. */
bool world_is_done(const struct world *w)
{
    return w->in_flight == 0 && world_has_issued(w) &&
           (w->now >= w->tally.to || queue_pending(&w->queue) <= w->timers);
}

bool world_has_only_timers(const struct world *w)
{
    return source_next(&w->source)->time == LB_NEVER && queue_pending(&w->queue) <= w->timers &&
           (w->tally.to == LB_NEVER || w->now >= w->tally.to);
}

void world_issue_no_more(struct world *w)
{
    source_stop(&w->source);
    w->closes = w->closes < w->now ? w->closes : w->now;
    if (w->tally.to > w->now)
        w->tally.to = w->now;
    if (w->tally.from > w->tally.to)
        w->tally.from = w->tally.to;
}

void world_cancel_all(struct world *w)
{
    uint32_t slot;

    for (slot = 0; slot < w->jobs; slot++)
        if (w->trip[slot].role == TRIP_ERRAND && w->errand[slot].live)
            errand_abandoned(w, slot, w->now);
}

int world_drop_attempts(struct world *w)
{
    uint32_t slot;

    for (slot = 0; slot < w->jobs; slot++)
        if (w->trip[slot].role == TRIP_CALL && w->trip[slot].stage != STAGE_FREE &&
            w->trip[slot].stage != STAGE_ANSWERED && w->trip[slot].stage != STAGE_TO_BALANCER)
            wire_call_left(w, slot);
    for (slot = 0; slot < w->jobs; slot++)
        if (w->trip[slot].role == TRIP_ATTEMPT && w->trip[slot].stage != STAGE_FREE &&
            w->trip[slot].open)
            attempt_close(w, slot, LB_CANCELLED, w->now);
    attempts_judge(w);
    return w->failed ? -1 : 0;
}

/* ---- Slots. */

bool wire_is(const struct world *w, uint32_t slot, enum world_part whose, uint32_t serial,
             uint32_t part)
{
    const struct trip *t = &w->trip[slot];

    return slot < w->jobs && t->stage != STAGE_FREE &&
           t->role == (whose == WORLD_SERVERS ? TRIP_ATTEMPT : TRIP_CALL) &&
           w->job[slot].serial == serial && t->draw == part;
}

static uint32_t enter(struct world *w, const struct visit *v, enum trip_role role)
{
    uint32_t slot = job_take(w);

    if (w->failed)
        return JOB_NONE;
    w->job[slot] =
        (struct job) { .issued = w->now,
                       .work = v->work,
                       .next = JOB_NONE,
                       .server = LB_NONE,
                       .serial = v->serial,
                       .client = (uint16_t)(v->client < w->scenario->clients_n ? v->client : 0),
                       .balancer = (uint16_t)(v->balancer < w->balancers ? v->balancer : 0) };
    trip_blank(w, slot, role, v->part);
    if (w->more)
        w->more[slot] = (struct arrival_more) { v->key, v->size, -1 };
    return slot;
}

/* ---- Calls, at a balancer. */

/* Who asks is not of this world: for those who are here the call is its own errand. */
uint32_t wire_call_comes(struct world *w, const struct visit *v,
                         void (*mark)(void *, uint32_t slot), void *context)
{
    uint32_t slot = enter(w, v, TRIP_CALL);

    if (slot == JOB_NONE)
        return slot;
    w->errand[slot] = (struct errand) { .first = slot, .kept = JOB_NONE };
    w->trip[slot].errand = slot;
    w->trip[slot].retried = v->retried;
    w->trip[slot].stage = STAGE_TO_BALANCER;
    mark(context, slot);
    call_arrives(w, slot, w->now);
    return slot;
}

void wire_call_left(struct world *w, uint32_t slot)
{
    struct trip *t = &w->trip[slot];

    t->errand = JOB_NONE;
    t->cancel_at = w->now;
    if (t->stage != STAGE_ANSWERED)
        call_called_off(
            w, (struct event) { w->now, event_what(EVENT_CALLED_OFF, w->job[slot].serial, slot) });
}

/* ---- Attempts, at a server. */

uint32_t wire_attempt_comes(struct world *w, const struct visit *v,
                            void (*mark)(void *, uint32_t slot), void *context)
{
    uint32_t slot = enter(w, v, TRIP_ATTEMPT);

    if (slot == JOB_NONE)
        return slot;
    w->job[slot].server = v->server;
    w->trip[slot].open = true;
    w->trip[slot].stage = STAGE_TO_SERVER;
    w->trip[slot].sent = w->now;
    w->trip[slot].cut = v->cut;
    w->trip[slot].cost = v->cost;
    mark(context, slot);
    world_reach(w, slot, w->now);
    return slot;
}

void wire_attempt_left(struct world *w, uint32_t slot)
{
    struct trip *t = &w->trip[slot];

    t->open = false;
    t->cancel_at = w->now;
    attempt_cancelled(
        w, (struct event) { w->now, event_what(EVENT_CANCEL, w->job[slot].serial, slot) });
}

/* ---- Answers. */

void wire_attempt_begun(struct world *w, uint32_t slot)
{
    attempt_begins(w, slot, w->now);
}

void wire_attempt_back(struct world *w, uint32_t slot, const struct reply *r)
{
    struct trip *t = &w->trip[slot];

    t->status = (uint8_t)r->status;
    t->failure = r->failure;
    t->wait = r->wait + w->hold[slot].total;
    t->service = r->service;
    t->work = r->work;
    attempt_back(w, slot, w->now);
}

void wire_verdict(struct world *w, uint32_t slot, const struct reply *r)
{
    struct trip *t = &w->trip[slot];

    t->stage = STAGE_ANSWERED;
    t->due = w->now;
    t->failure = r->failure;
    t->wait = r->wait;
    t->service = r->service;
    t->work = r->work;
    t->server = r->server < w->servers ? r->server : 0;
    call_verdict(w,
                 (struct event) { w->now, event_what(EVENT_VERDICT, w->job[slot].serial, slot) });
}

/* ---- Agents. */

void wire_gauge_comes(struct world *w, uint32_t balancer, uint32_t gauge)
{
    if (w->gauge && balancer < w->balancers)
        w->gauge[balancer] = gauge;
}
