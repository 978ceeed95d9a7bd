/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The way of a request to its server: issued, offered to the policy, sent, received. Private to
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
    lb_time service = service_time(g, j->work), end;

    if (!(f & FEATURE_ALL) || g->cores == 1)
        end = fifo_departure(&s->free_at, now, service);
    else if (g->cores == SCENARIO_UNLIMITED)
        end = now + service;
    else
        end = cores_departure(g->core_free + (size_t)(j->server - g->first) * g->cores, g->cores,
                              now, service);
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

/* ---- A request is issued. */

static void mark(struct world *w)
{
    if (w->order->mark)
        w->order->mark(w->order->mark_context);
}

/* Measured time begins, and ends. Answers under way have been counted as if it did not. */
static void begin_measuring(struct world *w, lb_time now)
{
    w->tally.from = now;
    if (w->ledger)
        ledger_begin(w->ledger, now);
    w->tally.in_system += w->homing_at - w->homing * (uint64_t)now;
    w->tally.before += w->homing;
    w->homing_from = w->homing;
    mark(w);
}

static void end_measuring(struct world *w, lb_time now)
{
    w->tally.to = now;
    if (w->ledger)
        ledger_end(w->ledger, now);
    if (now < w->tally.from) /* it ends within the warm-up */
        w->tally.in_system = 0;
    else
        w->tally.in_system -= w->homing_at - w->homing * (uint64_t)now;
    w->tally.after += w->homing;
    w->homing_to = w->homing;
    source_stop(&w->source);
    mark(w);
}

/* The serial numbers at which measuring begins and issuing ends are rare; one comparison finds
 * both. */
ALWAYS_INLINE void count_issue(struct world *w, lb_time now, const unsigned f)
{
    uint64_t n = ++w->tally.issued;

    if (f & FEATURE_ALL)
        w->in_flight++;
    if (UNLIKELY(n == w->warmup))
        begin_measuring(w, now);
    if (UNLIKELY(n == w->requests))
        end_measuring(w, now);
}

static void begin_by_time(struct world *w, lb_time now)
{
    if (w->warmup == UINT64_MAX && now >= w->order->warmup_time) {
        w->warmup = w->tally.issued;
        w->tally.from = w->order->warmup_time;
    }
}

static void lose_patience_later(struct world *w, uint32_t slot, const struct client_spec *client,
                                lb_time now)
{
    const struct job *j = &w->job[slot];
    struct lb_random random = stream_at(w->patience_key[j->client], j->serial, 0);
    lb_time patience = quantity_draw(&client->patience, &random);

    if (patience < 0)
        world_fail(w, "client \"%s\": its patience is longer than 1e8 s", client->name);
    else
        queue_push(&w->queue, (struct event) { now + patience,
                                               event_what(EVENT_IMPATIENCE, j->serial, slot) });
}

uint16_t world_choose_balancer(struct world *w, uint32_t slot, uint32_t draw)
{
    const struct job *j = &w->job[slot];
    const struct client_spec *client = &w->scenario->clients[j->client];
    const struct balancer_spec *spec = &w->scenario->balancers[client->balancer];
    uint32_t which = 0;

    if (spec->count > 1 && spec->spread == SPREAD_ROUND_ROBIN) {
        which = (uint32_t)(w->turn[j->client]++ % spec->count);
    } else if (spec->count > 1) {
        struct lb_random random = stream_at(w->spread_key[j->client], j->serial, draw);

        which = lb_below(&random, spec->count);
    }
    return (uint16_t)(w->first_balancer[client->balancer] + which);
}

/* The client chooses one of several balancers, and the request travels there. */
static void set_out(struct world *w, uint32_t slot, lb_time now, const struct arrival *a)
{
    struct job *j = &w->job[slot];
    const struct client_spec *client = &w->scenario->clients[j->client];
    lb_time there;

    if (w->trip) {
        errand_begins(w, slot, now);
        return;
    }
    j->balancer = world_choose_balancer(w, slot, 0);
    feed_issued(w, j);
    if (w->state) {
        w->state[slot] = JOB_LIVE;
        w->place[slot] = PLACE_TO_BALANCER;
        if (client->patience.kind)
            lose_patience_later(w, slot, client, now);
        if (client->timeout != LB_NEVER)
            queue_push(&w->queue, (struct event) { now + client->timeout,
                                                   event_what(EVENT_TIMEOUT, j->serial, slot) });
    }
    there = link_delay(w, client->link, j->serial, PART_TO_BALANCER,
                       w->bytes_key ? message_bytes(w, slot, 0) : 0.0);
    if (there < 0) {
        w->state[slot] = JOB_LOST;
        return;
    }
    if (w->travel)
        w->travel[slot].there = there;
    if (there == 0)
        offer(w, slot, now, a, FEATURE_ALL);
    else
        queue_push(&w->queue,
                   (struct event) { now + there, event_what(EVENT_OFFER, j->serial, slot) });
}

ALWAYS_INLINE void look_ahead(struct world *w, const unsigned f)
{
    struct balancer *b = &w->balancer[0];
    struct arrival *a = &w->source.ring[(w->source.taken + w->ahead) % SOURCE_RING];
    uint64_t id = w->tally.issued + w->ahead;
    uint32_t i;

    if (a->time == LB_NEVER)
        return;
    b->ask.id = b->ask.parent = id;
    b->ask.now = b->ask.issued = a->time;
    b->ask.client = a->client;
    b->ask.look_n = 0;
    if (b->policy->sees & LB_SEES_SIZE)
        b->ask.size = a->work;
    if ((f & FEATURE_ALL) && w->more && w->source.more) {
        b->ask.key = source_more_ahead(&w->source, w->ahead)->key;
        b->ask.size = source_more_ahead(&w->source, w->ahead)->size;
    }
    a->look_n =
        b->policy->prepare(b->self, &b->ask, stream_at(w->policy_key, id, 0), a->look, SOURCE_LOOK);
    if (f & FEATURE_PREFETCH)
        for (i = 0; i < a->look_n; i++) {
            __builtin_prefetch(&b->inflight[a->look[i]], 1);
            __builtin_prefetch(&w->server[a->look[i]], 1);
            __builtin_prefetch((const char *)&w->server[a->look[i]] + sizeof(struct server) - 1, 1);
        }
}

ALWAYS_INLINE uint32_t new_job(struct world *w, uint32_t client, lb_time work, lb_time now,
                               const unsigned f)
{
    uint32_t slot = job_take(w);

    w->job[slot] = (struct job) { .issued = now,
                                  .work = work,
                                  .next = JOB_NONE,
                                  .server = LB_NONE,
                                  .serial = (uint32_t)w->tally.issued,
                                  .client = (uint16_t)client };
    if (w->travel)
        w->travel[slot] = (struct job_travel) { 0, now };
    if (f & FEATURE_ALL) {
        if (w->hold)
            w->hold[slot] = (struct job_hold) { .previous = JOB_NONE };
        if (w->memo)
            w->memo[slot] = 0;
        begin_by_time(w, now);
    }
    return slot;
}

/* Where arrivals end, so does measured time: with the last request. */
static void end_if_dry(struct world *w, lb_time now)
{
    if (source_next(&w->source)->time == LB_NEVER && w->tally.to == LB_NEVER && !w->users)
        end_measuring(w, now);
}

ALWAYS_INLINE void issue(struct world *w, const struct arrival *a, const unsigned f)
{
    lb_time now = a->time;
    uint32_t slot;

    if ((f & FEATURE_ALL) && w->session && w->scenario->clients[a->client].sessions.requests.kind) {
        session_begins(w, a->client, now);
        source_take(&w->source);
        return;
    }
    slot = new_job(w, a->client, a->work, a->time, f);
    if ((f & FEATURE_ALL) && w->user_of_job)
        w->user_of_job[slot] = UINT32_MAX;
    if ((f & FEATURE_ALL) && w->more)
        w->more[slot] =
            w->source.more ? *source_more(&w->source) : (struct arrival_more) { 0, a->work, -1 };
    if (w->ahead)
        look_ahead(w, f);
    count_issue(w, now, f);
    if (f & FEATURE_LEDGER)
        feed_issued(w, &w->job[slot]);
    if (f & FEATURE_ALL)
        set_out(w, slot, now, a);
    else
        offer(w, slot, now, a, f);
    source_take(&w->source);
    if ((f & FEATURE_ALL) && w->may_dry)
        end_if_dry(w, now);
}

void world_issue(struct world *w, uint32_t client, uint32_t user, lb_time work, lb_time now)
{
    uint32_t slot = new_job(w, client, work, now, FEATURE_ALL);

    w->user_of_job[slot] = user;
    if (w->more)
        w->more[slot] = user_more(w, user, work);
    count_issue(w, now, FEATURE_ALL);
    set_out(w, slot, now, NULL);
}

#endif
