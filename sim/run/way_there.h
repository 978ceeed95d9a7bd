/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The way of a request to its server: offered to the policy, sent, received. Private to
 * world_run.c, where it is compiled once for each set of features. */
#ifndef SIM_WAY_THERE_H
#define SIM_WAY_THERE_H

#include "sim/run/guard.h"
#include "sim/run/way_back.h"

/* ---- The request reaches its server. */

/* A server whose queue is full turns the request away, one that is down refuses it; the refusal
 * travels like an answer. */
static void refuse(struct world *w, uint32_t slot, lb_time now, enum ending how)
{
    lb_time at_balancer = now, at_client = now;

    if (w->trip) {
        attempt_refused(w, slot, now, how);
        return;
    }
    if (w->travel)
        at_client = answer_time(w, &w->job[slot], slot, now, &at_balancer, FEATURE_ALL);
    if (at_balancer == LB_NEVER) {
        lose(w, slot, now);
        return;
    }
    w->tally.attempts[ATTEMPT_REFUSED]++;
    if (w->travel)
        w->travel[slot].there = TRAVEL_REFUSED;
    if (still_wanted(w, slot, at_client))
        request_end(w, slot, how, at_client);
    send_reply(w, &w->job[slot], slot, now, at_balancer, FEATURE_ALL, LB_REFUSED);
}

ALWAYS_INLINE void enter(struct world *w, struct group *g, struct server *s, uint32_t slot,
                         lb_time now, const unsigned f)
{
    const struct job *j = &w->job[slot];
    lb_time service = service_time(g, f & FEATURE_ALL ? wire_work(w, slot) : j->work), end;

    if (!(f & FEATURE_ALL) || g->cores == 1)
        end = fifo_departure(&s->free_at, now, service);
    else if (g->cores == SCENARIO_UNLIMITED)
        end = time_after(now, service);
    else
        end = cores_departure(g->core_free + (size_t)(j->server - g->first) * g->cores, g->cores,
                              now, service);
    if (UNLIKELY(beyond_time(end))) {
        world_fail(w, TIME_RUNS_OUT);
        end = now;
    }
    queue_push(&w->queue, (struct event) { end, event_what(EVENT_FINISH, j->serial, slot) });
    if ((f & FEATURE_ALL) && w->agent && (w->agent->moments & LB_STARTED)) {
        if (end - service > now)
            queue_push(&w->queue,
                       (struct event) { end - service, event_what(EVENT_START, j->serial, slot) });
        else
            agent_moment(w, LB_STARTED, slot, j->server, now);
    }
}

/* Is the request still on its way to a server that takes it? */
static bool admits(struct world *w, uint32_t slot, lb_time now)
{
    const struct condition *c = w->condition ? &w->condition[w->job[slot].server] : NULL;

    if (w->trip && !attempt_reaches(w, slot, now))
        return false;
    if (w->state[slot] == JOB_GONE) {
        job_give(w, slot);
        return false;
    }
    if (!world_has(w, WORLD_SERVERS)) {
        w->trip[slot].stage = STAGE_ELSEWHERE;
        w->order->wire->attempt(w->order->wire->context, w, slot);
        return false;
    }
    if (c && (c->state == SERVER_DOWN || c->state == SERVER_REFUSE)) {
        refuse(w, slot, now, ENDED_FAILED);
        return false;
    }
    w->place[slot] = PLACE_AT_SERVER;
    return !(w->trip && w->fallible && server_swallows(w, slot, now));
}

ALWAYS_INLINE void reach(struct world *w, uint32_t slot, lb_time now, const unsigned f)
{
    struct server *s = &w->server[w->job[slot].server];
    struct group *g = &w->group[f & FEATURE_ALL ? s->group : 0];
    uint32_t cores = f & FEATURE_ALL ? g->cores : 1;

    if ((f & FEATURE_ALL) && w->place && !admits(w, slot, now))
        return;
    if ((f & FEATURE_ALL) && UNLIKELY(s->inside >= g->limit)) {
        refuse(w, slot, now, ENDED_REJECTED);
        return;
    }
    s->inside++;
    if (f & FEATURE_FED)
        feed_inside(w, w->job[slot].server, s->inside, cores, now);
    if ((f & FEATURE_ALL) && w->fresh_work)
        work_arrived(w, w->job[slot].server, w->job[slot].work, now);
    if (UNLIKELY(s->inside > cores + w->tally.longest_queue) && now >= w->tally.from &&
        now <= w->tally.to && (!(f & FEATURE_ALL) || !g->discipline || !g->discipline->shares))
        w->tally.longest_queue = s->inside - cores;
    if ((f & (FEATURE_LINKS | FEATURE_ALL)) && w->truth)
        truth_changed(w, w->job[slot].server);
    if ((f & FEATURE_ALL) && w->agent)
        agent_moment(w, LB_ARRIVED, slot, w->job[slot].server, now);
    if ((f & FEATURE_ALL) && g->discipline)
        server_arrive(w, g, slot, now);
    else
        enter(w, g, s, slot, now, f);
}

/* ---- The balancer sends it on. */

/* The way to the server: the delay, or -1 if the request is lost there. */
ALWAYS_INLINE lb_time way_there(struct world *w, struct balancer *b, uint32_t slot,
                                const unsigned f)
{
    const struct job *j = &w->job[slot];
    const struct group *g = &w->group[f & FEATURE_ALL ? w->server[j->server].group : 0];
    uint32_t link = g->spec->link != SCENARIO_NONE ? g->spec->link : b->spec->link;
    double bytes = (f & FEATURE_ALL) && w->bytes_key ? message_bytes(w, slot, 0) : 0.0;
    uint64_t message = f & FEATURE_ALL ? message_of(w, slot, PART_TO_SERVER) : PART_TO_SERVER;
    lb_time there = link_delay(w, link, j->serial, message, bytes), more = 0;

    if ((f & FEATURE_ALL) && b->via != LB_NONE)
        more = link_delay(w, link, j->serial, message_of(w, slot, PART_VIA), bytes);
    there = there < 0 || more < 0 ? -1 : there + more;
    return f & FEATURE_ALL ? wire_delay(w, slot, PART_TO_SERVER, there) : there;
}

ALWAYS_INLINE void dispatch(struct world *w, struct balancer *b, uint32_t slot, uint32_t seat,
                            lb_time now, const unsigned f)
{
    struct job *j = &w->job[slot];
    lb_time there;

    j->server = (f & FEATURE_ALL) && b->server_of ? b->server_of[seat] : seat;
    b->inflight[seat]++;
    if (f & FEATURE_ALL) {
        if (w->trip)
            guard_seat_moved(b, seat, now);
        if (w->place)
            w->place[slot] = PLACE_TO_SERVER;
        w->tally.sent++;
        w->tally.measured_attempts += j->serial >= w->warmup;
    }
    if (f & FEATURE_FED)
        feed_sent(w, j, now);
    if ((f & (FEATURE_LINKS | FEATURE_ALL)) && w->travel)
        w->travel[slot].sent = now;
    if ((f & FEATURE_ALL) && b->free_at && !b->fresh_work)
        work_believed(b, seat, declared_work(w, j, slot), now);
    if (b->policy->loaded && (b->own_load || (b->free_at && !b->fresh_work)))
        b->policy->loaded(b->self, seat);
    if (b->policy->sent)
        b->policy->sent(b->self, &b->ask, seat);
    if (!(f & FEATURE_LINKS) && (!(f & FEATURE_ALL) || !w->travel)) {
        reach(w, slot, now, f);
        return;
    }
    there = way_there(w, b, slot, f);
    if ((f & FEATURE_ALL) && UNLIKELY(there < 0)) {
        lose(w, slot, now);
        return;
    }
    if (!(f & FEATURE_LINKS) || w->travel)
        w->travel[slot].there += there;
    if (there == 0)
        reach(w, slot, now, f);
    else
        queue_push(&w->queue,
                   (struct event) { now + there, event_what(EVENT_REACH, j->serial, slot) });
}

/* ---- The balancer is asked. */

/* Which request it is about; how often it was held before. */
ALWAYS_INLINE uint64_t describe(struct world *w, uint32_t slot, lb_time now, const unsigned f)
{
    const struct job *j = &w->job[slot];
    struct balancer *b = &w->balancer[f & FEATURE_ALL ? j->balancer : 0];
    struct lb_request *what = &b->ask;
    uint64_t offers = (f & FEATURE_ALL) && w->hold ? w->hold[slot].offers : 0;

    what->id = what->parent = j->serial;
    what->ticket = (uint64_t)j->serial << EVENT_INDEX_BITS | slot;
    what->now = now;
    what->issued = j->issued;
    what->client = j->client;
    if (b->policy->sees & LB_SEES_SIZE)
        what->size = f & FEATURE_ALL ? declared_work(w, j, slot) : j->work;
    if (f & FEATURE_ALL) {
        what->offer = (uint16_t)(offers < UINT16_MAX ? offers : UINT16_MAX);
        what->memo = w->memo ? &w->memo[slot] : NULL;
        tell_client(w, j, slot, what);
    }
    return offers;
}

/* Where time is real, somebody may want to know how long it takes. */
ALWAYS_INLINE lb_server pick_timed(struct world *w, struct balancer *b, struct lb_random *random)
{
    const struct wire *wire = w->order->wire;
    bool timed = UNLIKELY(wire != NULL) && wire->asks;
    lb_server seat;

    if (timed)
        wire->asks(wire->context, false);
    seat = b->policy->pick(b->self, &b->ask, random);
    if (timed)
        wire->asks(wire->context, true);
    return seat;
}

ALWAYS_INLINE lb_server ask(struct world *w, uint32_t slot, lb_time now, const struct arrival *a,
                            const unsigned f)
{
    struct balancer *b = &w->balancer[f & FEATURE_ALL ? w->job[slot].balancer : 0];
    struct lb_request *what = &b->ask;
    uint64_t offers = describe(w, slot, now, f);
    struct lb_random random = stream_at(w->policy_key, w->job[slot].serial, offers);
    lb_server seat;

    what->look = a ? a->look : NULL;
    what->look_n = a ? a->look_n : 0;
    if (f & FEATURE_ALL) {
        b->picking = slot;
        b->via = LB_NONE;
        if (w->trip)
            guard_asks(w, b, slot, &random);
    }
    seat = f & FEATURE_ALL ? pick_timed(w, b, &random) : b->policy->pick(b->self, what, &random);
    if (f & FEATURE_ALL) {
        if (w->trip)
            seat = guard_judges(w, b, slot, seat, &random);
        b->picking = JOB_NONE;
        if (b->host.tracing)
            trace_pick(w, b, seat);
    }
    return seat;
}

ALWAYS_INLINE void offer(struct world *w, uint32_t slot, lb_time now, const struct arrival *a,
                         const unsigned f)
{
    struct balancer *b = &w->balancer[f & FEATURE_ALL ? w->job[slot].balancer : 0];
    lb_server seat = ask(w, slot, now, a, f);

    if (UNLIKELY(seat >= b->view.n || (b->open && !b->open[seat]))) {
        offer_failed(w, slot, seat, now);
        return;
    }
    if ((f & FEATURE_ALL) && w->trip) {
        call_send(w, b, slot, seat, now);
        return;
    }
    if (f & FEATURE_ALL)
        balancer_unqueue(w, b, slot, now);
    dispatch(w, b, slot, seat, now, f);
}

void world_describe(struct world *w, uint32_t slot, lb_time now)
{
    struct balancer *b = &w->balancer[w->job[slot].balancer];

    describe(w, slot, now, FEATURE_ALL);
    b->ask.attempt = (uint16_t)(w->trip[slot].made < UINT16_MAX ? w->trip[slot].made : UINT16_MAX);
    b->ask.tried = w->tried[slot].seat;
    b->ask.tried_n = w->tried[slot].n;
    b->ask.look = NULL;
    b->ask.look_n = 0;
    b->via = LB_NONE;
    b->cut = LB_NEVER;
}

lb_server world_ask(struct world *w, uint32_t slot, lb_time now)
{
    return ask(w, slot, now, NULL, FEATURE_ALL);
}

void world_offer(struct world *w, uint32_t slot, lb_time now)
{
    if (w->state && w->state[slot] == JOB_GONE)
        job_give(w, slot);
    else
        offer(w, slot, now, NULL, FEATURE_ALL);
}

void world_dispatch(struct world *w, struct balancer *b, uint32_t slot, uint32_t seat, lb_time now)
{
    dispatch(w, b, slot, seat, now, FEATURE_ALL);
}

#endif
