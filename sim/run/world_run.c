/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The loop, and the way of a request: issue, offer, reach, finish, reply. The steps are compiled
 * once for each set of features, so that a plain scenario does not pay for what it has not. */
#include <stdarg.h>

#include "models/dispatch.h"
#include "sim/run/step.h"

/* ---- The end: what is counted. */

ALWAYS_INLINE lb_time time_alone(const struct world *w, const struct job *j, lb_time service,
                                 const unsigned f)
{
    return f & FEATURE_ALL ? service_time(&w->group[w->server[j->server].group], j->work) : service;
}

/* A request has its answer, at `end` at its client. The time that a measured one spends in the
 * system is its latency, which is summed in any case and added in the end: here goes what differs. */
ALWAYS_INLINE void complete(struct world *w, const struct job *j, uint32_t slot, lb_time now,
                            lb_time end, lb_time wait, lb_time service, const unsigned f)
{
    struct tally *t = &w->tally;

    if ((f & FEATURE_ALL) && UNLIKELY(end > w->ended)) {
        w->cut++;
        t->in_system += tally_overlap(t, j->issued, end);
        return;
    }
    if ((f & (FEATURE_LINKS | FEATURE_ALL)) && end > now) {
        answer_sets_out(w, end);
        if (f & FEATURE_ALL)
            queue_push(&w->queue, (struct event) { end, event_what(EVENT_HOME, j->serial, 0) });
    }
    if (f & FEATURE_ALL) {
        w->in_flight--;
        t->answered += now > t->from && now <= t->to;
    }
    t->ended[ENDED_COMPLETED]++;
    if (LIKELY(j->serial >= w->warmup)) {
        w->server[j->server].worked += (uint64_t)j->work;
        tally_sample(t, end - j->issued, wait, service, time_alone(w, j, service, f));
    }
    if (UNLIKELY(j->serial < w->warmup || end > t->to))
        t->in_system += tally_overlap(t, j->issued, end) -
                        (j->serial < w->warmup ? 0 : (moments_wide)(end - j->issued));
    if (f & FEATURE_ALL)
        request_ended(w, slot, ENDED_COMPLETED, end, wait, service);
}

/* ---- The answer reaches the balancer. */

ALWAYS_INLINE void tell_done(struct world *w, struct balancer *b, uint32_t slot, uint32_t seat,
                             lb_time now, uint32_t status)
{
    const struct job *j = &w->job[slot];
    struct lb_request request = b->ask;
    struct lb_outcome outcome = { .request = &request,
                                  .sent = w->travel ? w->travel[slot].sent : j->issued,
                                  .first = now,
                                  .done = now,
                                  .server = seat,
                                  .status = status };

    request.id = request.parent = j->serial;
    request.ticket = (uint64_t)j->serial << EVENT_INDEX_BITS | slot;
    request.now = outcome.sent;
    request.issued = j->issued;
    request.client = j->client;
    request.size = b->policy->sees & LB_SEES_SIZE ? j->work : 0;
    request.memo = w->memo ? &w->memo[slot] : NULL;
    request.look_n = 0;
    b->policy->done(b->self, &outcome);
}

ALWAYS_INLINE void reply(struct world *w, const struct job *j, uint32_t slot, lb_time now,
                         const unsigned f, uint32_t status)
{
    struct balancer *b = &w->balancer[f & FEATURE_ALL ? j->balancer : 0];
    uint32_t seat = f & FEATURE_ALL ? seat_of(b, j->server) : j->server;

    b->inflight[seat]--;
    if ((f & FEATURE_ALL) && status != LB_OK && b->free_at && !b->fresh_work)
        work_believed(b, seat, -j->work, now); /* it was not done after all */
    if (b->policy->loaded && b->own_load)
        b->policy->loaded(b->self, seat);
    if (b->policy->done)
        tell_done(w, b, slot, seat, now, status);
    if ((f & FEATURE_ALL) && w->state && w->state[slot] == JOB_OVERDUE)
        w->state[slot] = JOB_REPLIED;
    else
        job_give(w, slot);
    if ((f & FEATURE_ALL) && b->held)
        offer_held(w, b, now);
}

/* ---- The service ends. */

/* When the answer is at the balancer and at the client; LB_NEVER: it is lost on the way. */
ALWAYS_INLINE lb_time answer_time(struct world *w, const struct job *j, lb_time now,
                                  lb_time *at_balancer, const unsigned f)
{
    const struct group *g = &w->group[f & FEATURE_ALL ? w->server[j->server].group : 0];
    const struct balancer *b = &w->balancer[f & FEATURE_ALL ? j->balancer : 0];
    uint32_t link = g->spec->link != SCENARIO_NONE ? g->spec->link : b->spec->link;
    double bytes = (f & FEATURE_ALL) && w->bytes_key ? message_bytes(w, j, 1) : 0.0;
    lb_time back = link_delay(w, link, j->serial, PART_FROM_SERVER, bytes);

    *at_balancer = back < 0 ? LB_NEVER : now + back;
    if (back < 0)
        return LB_NEVER;
    back = link_delay(w, w->scenario->clients[j->client].link, j->serial, PART_TO_CLIENT, bytes);
    return back < 0 ? LB_NEVER : *at_balancer + back;
}

ALWAYS_INLINE void send_reply(struct world *w, const struct job *j, uint32_t slot, lb_time now,
                              lb_time at_balancer, const unsigned f, uint32_t status)
{
    if (at_balancer == now)
        reply(w, j, slot, now, f, status);
    else
        queue_push(&w->queue,
                   (struct event) { at_balancer, event_what(EVENT_REPLY, j->serial, slot) });
}

/* A message of this attempt was lost. If the client has already left nobody else will notice, so
 * the balancer is spared a count that never falls. */
static void lose(struct world *w, uint32_t slot, lb_time now)
{
    w->tally.attempts[ATTEMPT_LOST]++;
    if (w->state[slot] == JOB_ABANDONED)
        reply(w, &w->job[slot], slot, now, FEATURE_ALL, LB_LOST);
    else
        w->state[slot] = JOB_LOST;
}

/* The service of a request is over, its waiting and serving known: the answer goes back. */
ALWAYS_INLINE void answer(struct world *w, const struct job *j, uint32_t slot, lb_time now,
                          lb_time wait, lb_time service, const unsigned f)
{
    lb_time at_balancer = now, at_client = now;

    if (j->serial >= w->warmup) {
        w->tally.waited += wait > 0;
        if (f & FEATURE_ALL)
            w->tally.served++;
    }
    if ((f & FEATURE_LINKS) || ((f & FEATURE_ALL) && w->travel))
        at_client = answer_time(w, j, now, &at_balancer, f);
    if ((f & FEATURE_ALL) && UNLIKELY(at_balancer == LB_NEVER)) {
        lose(w, slot, now);
        return;
    }
    if (f & FEATURE_ALL)
        w->tally.attempts[ATTEMPT_OK]++;
    if (!(f & FEATURE_ALL) || still_wanted(w, slot, at_client))
        complete(w, j, slot, now, at_client, wait, service, f);
    send_reply(w, j, slot, now, at_balancer, f, LB_OK);
}

ALWAYS_INLINE void finish(struct world *w, uint32_t slot, lb_time now, const unsigned f)
{
    const struct job copy = w->job[slot], *j = &copy; /* in registers, whatever is written */
    struct server *s = &w->server[j->server];
    const struct group *g = &w->group[f & FEATURE_ALL ? s->group : 0];
    lb_time service = service_time(g, j->work), start = now - service, held = 0;
    lb_time reached = j->issued;

    if ((f & FEATURE_LINKS) && w->way >= 0)
        reached += w->way;
    else if ((f & (FEATURE_LINKS | FEATURE_ALL)) && w->travel)
        reached += w->travel[slot].there;
    if ((f & FEATURE_ALL) && w->hold)
        held = w->hold[slot].total;
    reached += held;
    s->inside--;
    w->tally.finished += now > w->tally.from && now <= w->tally.to;
    if (LIKELY(reached >= w->tally.from && now <= w->tally.to)) {
        s->busy += (uint64_t)service;
        s->waited += (uint64_t)(start - reached);
    } else {
        s->busy += tally_overlap(&w->tally, start, now);
        s->waited += tally_overlap(&w->tally, reached, start);
    }
    if ((f & (FEATURE_LINKS | FEATURE_ALL)) && w->truth)
        truth_changed(w, j->server, now);
    if ((f & FEATURE_ALL) && w->agent)
        agent_moment(w, LB_FINISHED, slot, j->server, now);
    answer(w, j, slot, now, held + start - reached, service, f);
}

/* ---- A server with a discipline: reminders to look. */

static void arm(struct world *w, struct group *g, uint32_t server, lb_time now)
{
    uint32_t i = server - g->first, job = JOB_NONE;
    unsigned char *state = g->state + i * g->discipline->server_size;
    lb_time due = g->discipline->due(state, w->discipline_jobs, &job);
    struct armed *armed = &g->armed[i];

    if (due == LB_NEVER || armed->time <= due)
        return; /* the reminder that is already set will see to it */
    (void)now;
    *armed = (struct armed) { due, armed->since, w->job[job].serial };
    queue_push(&w->queue, (struct event) { due, event_what(EVENT_LEAVE, armed->serial, server) });
}

/* Brings the integrals up to now: the state has been as it is since armed->since. */
static void account_shared(struct world *w, struct group *g, uint32_t server, lb_time now)
{
    uint32_t i = server - g->first;
    const unsigned char *state = g->state + i * g->discipline->server_size;
    uint64_t span = tally_overlap(&w->tally, g->armed[i].since, now);

    w->server[server].busy += (uint64_t)((double)span * g->discipline->busy(state));
    g->armed[i].since = now;
}

static void reach_shared(struct world *w, struct group *g, uint32_t slot, lb_time now)
{
    uint32_t server = w->job[slot].server, i = server - g->first;

    account_shared(w, g, server, now);
    g->discipline->arrive(g->state + i * g->discipline->server_size, w->discipline_jobs, slot,
                          w->job[slot].work, now);
    arm(w, g, server, now);
}

static void leave(struct world *w, struct event e)
{
    uint32_t server = event_index(e.what), slot = JOB_NONE;
    struct group *g = &w->group[w->server[server].group];
    uint32_t i = server - g->first;
    unsigned char *state = g->state + i * g->discipline->server_size;
    struct armed *armed = &g->armed[i];
    lb_time due, reached;

    if (armed->time != e.time || armed->serial != event_serial(e.what))
        return;
    armed->time = LB_NEVER;
    due = g->discipline->due(state, w->discipline_jobs, &slot);
    if (due > e.time) {
        arm(w, g, server, e.time);
        return;
    }
    account_shared(w, g, server, e.time);
    w->tally.finished += e.time > w->tally.from && e.time <= w->tally.to;
    g->discipline->finish(state, w->discipline_jobs, slot, e.time);
    w->server[server].inside--;
    arm(w, g, server, e.time);
    if (w->truth)
        truth_changed(w, server, e.time);
    if (w->agent)
        agent_moment(w, LB_FINISHED, slot, server, e.time);
    reached = w->job[slot].issued + (w->travel ? w->travel[slot].there : 0) +
              (w->hold ? w->hold[slot].total : 0);
    answer(w, &w->job[slot], slot, e.time, w->hold ? w->hold[slot].total : 0, e.time - reached,
           FEATURE_ALL);
}

/* ---- The request reaches its server. */

/* A server whose queue is full turns the request away; the refusal travels like an answer. */
static void refuse(struct world *w, uint32_t slot, lb_time now)
{
    lb_time at_balancer = now, at_client = now;

    if (w->travel)
        at_client = answer_time(w, &w->job[slot], now, &at_balancer, FEATURE_ALL);
    if (at_balancer == LB_NEVER) {
        lose(w, slot, now);
        return;
    }
    w->tally.attempts[ATTEMPT_REFUSED]++;
    if (w->travel)
        w->travel[slot].there = REFUSED;
    if (still_wanted(w, slot, at_client))
        request_end(w, slot, ENDED_REJECTED, at_client);
    send_reply(w, &w->job[slot], slot, now, at_balancer, FEATURE_ALL, LB_REFUSED);
}

ALWAYS_INLINE void enter(struct world *w, struct group *g, struct server *s, uint32_t slot,
                         lb_time now, const unsigned f)
{
    const struct job *j = &w->job[slot];
    lb_time service = service_time(g, j->work), end;

    if (!(f & FEATURE_ALL) || g->cores == 1)
        end = fifo_departure(&s->free_at, now, service);
    else if (g->cores == SERVER_UNLIMITED)
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

ALWAYS_INLINE void reach(struct world *w, uint32_t slot, lb_time now, const unsigned f)
{
    struct server *s = &w->server[w->job[slot].server];
    struct group *g = &w->group[f & FEATURE_ALL ? s->group : 0];
    uint32_t cores = f & FEATURE_ALL ? g->cores : 1;

    if ((f & FEATURE_ALL) && UNLIKELY(s->inside >= g->limit)) {
        refuse(w, slot, now);
        return;
    }
    s->inside++;
    if ((f & FEATURE_ALL) && w->fresh_work)
        work_arrived(w, w->job[slot].server, w->job[slot].work, now);
    if (UNLIKELY(s->inside > cores + w->tally.longest_queue) && now >= w->tally.from &&
        now <= w->tally.to && (!(f & FEATURE_ALL) || !g->discipline))
        w->tally.longest_queue = s->inside - cores;
    if ((f & (FEATURE_LINKS | FEATURE_ALL)) && w->truth)
        truth_changed(w, w->job[slot].server, now);
    if ((f & FEATURE_ALL) && w->agent)
        agent_moment(w, LB_ARRIVED, slot, w->job[slot].server, now);
    if ((f & FEATURE_ALL) && g->discipline)
        reach_shared(w, g, slot, now);
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
    double bytes = (f & FEATURE_ALL) && w->bytes_key ? message_bytes(w, j, 0) : 0.0;
    lb_time there = link_delay(w, link, j->serial, PART_TO_SERVER, bytes), more = 0;

    if ((f & FEATURE_ALL) && b->via != LB_NONE)
        more = link_delay(w, link, j->serial, PART_VIA, bytes);
    return there < 0 || more < 0 ? -1 : there + more;
}

ALWAYS_INLINE void dispatch(struct world *w, struct balancer *b, uint32_t slot, uint32_t seat,
                            lb_time now, const unsigned f)
{
    struct job *j = &w->job[slot];
    lb_time there;

    j->server = (f & FEATURE_ALL) && b->server_of ? b->server_of[seat] : seat;
    b->inflight[seat]++;
    if (f & FEATURE_ALL) {
        w->tally.sent++;
        w->tally.measured_attempts += j->serial >= w->warmup;
    }
    if ((f & (FEATURE_LINKS | FEATURE_ALL)) && w->travel)
        w->travel[slot].sent = now;
    if ((f & FEATURE_ALL) && b->free_at && !b->fresh_work)
        work_believed(b, seat, j->work, now);
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

ALWAYS_INLINE void offer(struct world *w, uint32_t slot, lb_time now, const struct arrival *a,
                         const unsigned f)
{
    const struct job *j = &w->job[slot];
    struct balancer *b = &w->balancer[f & FEATURE_ALL ? j->balancer : 0];
    struct lb_request *ask = &b->ask;
    uint64_t offers = (f & FEATURE_ALL) && w->hold ? w->hold[slot].offers : 0;
    struct lb_random random = stream_at(w->policy_key, j->serial, offers);
    lb_server seat;

    ask->id = ask->parent = j->serial;
    ask->ticket = (uint64_t)j->serial << EVENT_INDEX_BITS | slot;
    ask->now = now;
    ask->issued = j->issued;
    ask->client = j->client;
    ask->look = a ? a->look : NULL;
    ask->look_n = a ? a->look_n : 0;
    if (b->policy->sees & LB_SEES_SIZE)
        ask->size = j->work;
    if (f & FEATURE_ALL) {
        ask->offer = (uint16_t)(offers < UINT16_MAX ? offers : UINT16_MAX);
        ask->memo = w->memo ? &w->memo[slot] : NULL;
        b->picking = slot;
        b->via = LB_NONE;
    }
    seat = b->policy->pick(b->self, ask, &random);
    if (f & FEATURE_ALL) {
        b->picking = JOB_NONE;
        if (b->host.tracing)
            trace_pick(w, b, seat);
    }
    if (UNLIKELY(seat >= b->view.n || !(b->open_to_all || b->weight[seat]))) {
        offer_failed(w, slot, seat, now);
        return;
    }
    if (f & FEATURE_ALL)
        balancer_unqueue(w, b, slot, now);
    dispatch(w, b, slot, seat, now, f);
}

void world_offer(struct world *w, uint32_t slot, lb_time now)
{
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
    w->tally.in_system += w->homing_at - w->homing * (uint64_t)now;
    mark(w);
}

static void end_measuring(struct world *w, lb_time now)
{
    w->tally.to = now;
    if (now < w->tally.from) /* it ends within the warm-up */
        w->tally.in_system = 0;
    else
        w->tally.in_system -= w->homing_at - w->homing * (uint64_t)now;
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

/* The client chooses one of several balancers, and the request travels there. */
static void set_out(struct world *w, uint32_t slot, lb_time now, const struct arrival *a)
{
    struct job *j = &w->job[slot];
    const struct client_spec *client = &w->scenario->clients[j->client];
    const struct balancer_spec *spec = &w->scenario->balancers[client->balancer];
    uint32_t which = 0;
    lb_time there;

    if (spec->count > 1 && spec->spread == SPREAD_ROUND_ROBIN) {
        which = (uint32_t)(w->turn[j->client]++ % spec->count);
    } else if (spec->count > 1) {
        struct lb_random random = stream_at(w->spread_key[j->client], j->serial, 0);

        which = lb_below(&random, spec->count);
    }
    j->balancer = (uint16_t)(w->first_balancer[client->balancer] + which);
    if (w->state) {
        w->state[slot] = JOB_LIVE;
        if (client->timeout != LB_NEVER)
            queue_push(&w->queue, (struct event) { now + client->timeout,
                                                   event_what(EVENT_TIMEOUT, j->serial, slot) });
    }
    there = link_delay(w, client->link, j->serial, PART_TO_BALANCER,
                       w->bytes_key ? message_bytes(w, j, 0) : 0.0);
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

ALWAYS_INLINE void issue(struct world *w, const struct arrival *a, const unsigned f)
{
    uint32_t slot = new_job(w, a->client, a->work, a->time, f);
    lb_time now = a->time;

    if ((f & FEATURE_ALL) && w->user_of_job)
        w->user_of_job[slot] = UINT32_MAX;
    if (w->ahead)
        look_ahead(w, f);
    count_issue(w, now, f);
    if (f & FEATURE_ALL)
        set_out(w, slot, now, a);
    else
        offer(w, slot, now, a, f);
    source_take(&w->source);
}

void world_issue(struct world *w, uint32_t client, uint32_t user, lb_time work, lb_time now)
{
    uint32_t slot = new_job(w, client, work, now, FEATURE_ALL);

    w->user_of_job[slot] = user;
    count_issue(w, now, FEATURE_ALL);
    set_out(w, slot, now, NULL);
}

/* ---- A client gives up. */

static void time_out(struct world *w, struct event e)
{
    uint32_t slot = event_index(e.what);
    enum job_state state = w->state[slot];

    if (w->job[slot].serial != event_serial(e.what) || state == JOB_FREE || state == JOB_ANSWERED)
        return;
    request_end(w, slot, ENDED_TIMED_OUT, e.time);
    if (state == JOB_REPLIED || (state == JOB_LOST && w->job[slot].server == LB_NONE))
        job_give(w, slot);
    else if (state == JOB_LOST)
        reply(w, &w->job[slot], slot, e.time, FEATURE_ALL, LB_TIMEOUT);
    else
        w->state[slot] = JOB_ABANDONED;
}

/* ---- The loop. */

static void handle_rare(struct world *w, struct event e)
{
    uint32_t index = event_index(e.what);

    switch ((enum event_kind)event_kind(e.what)) {
    case EVENT_LEAVE:
        leave(w, e);
        break;
    case EVENT_OFFER:
        world_offer(w, index, e.time);
        break;
    case EVENT_START:
        agent_moment(w, LB_STARTED, index, w->job[index].server, e.time);
        break;
    case EVENT_MESSAGE:
    case EVENT_WAKE:
        message_arrive(w, index, e.time);
        break;
    case EVENT_TICK:
        agent_tick(w, index, e.time);
        break;
    case EVENT_TIMEOUT:
        time_out(w, e);
        break;
    case EVENT_ISSUE:
        user_issues(w, index, e.time);
        break;
    case EVENT_HOME:
        answer_arrives(w, e.time);
        break;
    default:
        break;
    }
}

ALWAYS_INLINE void handle(struct world *w, struct event e, const unsigned f)
{
    uint32_t index = event_index(e.what);

    switch ((enum event_kind)event_kind(e.what)) {
    case EVENT_FINISH:
        finish(w, index, e.time, f);
        return;
    case EVENT_REPLY:
        if (!(f & FEATURE_ALL))
            answer_arrives(w, e.time);
        reply(w, &w->job[index], index, e.time, f,
              (f & FEATURE_ALL) && w->travel[index].there == REFUSED ? LB_REFUSED : LB_OK);
        return;
    case EVENT_REACH:
        reach(w, index, e.time, f);
        return;
    default:
        break;
    }
    if (f & FEATURE_ALL)
        handle_rare(w, e);
}

/* Looks a few events ahead: by now their jobs are in the cache, and name the server. */
ALWAYS_INLINE void prefetch_servers(struct world *w)
{
    const struct queue *q = &w->queue;
    const struct job *j;

    if (q->tail - q->head <= 5 || q->heaped)
        return;
    j = &w->job[event_index(q->bottom[q->head + 5].what)];
    if (j->server < w->servers) {
        __builtin_prefetch(&w->server[j->server], 1);
        __builtin_prefetch((const char *)&w->server[j->server] + sizeof(struct server) - 1, 1);
        __builtin_prefetch(&w->balancer[0].inflight[j->server], 1);
    }
}

enum { IDLE_MOST = 1000000, LOOK_EVERY = 256, STILL_MOST = 100000 }; /* events between two looks at whether to go on */

/* Time that does not pass: users without think time who are turned away at once, say. */
static void watch_clock(struct world *w)
{
    if (w->now != w->looked_at)
        w->looks = 0;
    w->looked_at = w->now;
    if (++w->looks > STILL_MOST && (w->features & FEATURE_ALL))
        world_fail(w, "time stands still at %.9f s: requests end and come again at one instant "
                      "(users without think time who are turned away?)", (double)w->now / 1e9);
}

static bool interrupted(struct world *w)
{
    watch_clock(w);
    if (w->order->progress)
        *w->order->progress = w->events;
    if (w->queue.failed)
        world_fail(w, "out of memory: %llu events pending",
                   (unsigned long long)queue_pending(&w->queue));
    if (w->source.failed)
        world_fail(w, "%s", w->source.failed);
    if (w->order->stop && *w->order->stop)
        world_fail(w, "interrupted");
    return w->failed;
}

/* Once nothing more will be issued, timers that policies set do not keep a world alive by
 * themselves: not when everything has ended, nor when what is left waits for what will not come. */
static bool only_timers(struct world *w)
{
    if (source_next(&w->source)->time != LB_NEVER || w->tally.to > w->now ||
        queue_pending(&w->queue) > w->timers)
        return false;
    return w->in_flight == w->cut || ++w->idle > IDLE_MOST;
}

ALWAYS_INLINE void loop(struct world *w, const unsigned f)
{
    uint32_t left = LOOK_EVERY;

    while (!(f & FEATURE_ALL) || !w->failed) {
        const struct event *e = queue_first(&w->queue);
        const struct arrival *a = source_next(&w->source);

        if (e && event_before(*e, (struct event){ a->time, event_what(EVENT_ISSUE, 0, 0) })) {
            struct event this = *e;

            queue_pop(&w->queue);
            if (f & FEATURE_PREFETCH)
                prefetch_servers(w);
            if (f & FEATURE_ALL)
                w->now = this.time;
            handle(w, this, f);
        } else if (a->time != LB_NEVER) {
            if (f & FEATURE_ALL)
                w->now = a->time;
            issue(w, a, f);
        } else {
            break;
        }
        if ((f & FEATURE_ALL) && only_timers(w))
            break;
        if (UNLIKELY(--left == 0)) {
            w->events += LOOK_EVERY;
            left = LOOK_EVERY;
            if (interrupted(w))
                break;
        }
    }
    w->events += LOOK_EVERY - left;
}

DISPATCHED static void run_plain(struct world *w)
{
    loop(w, 0);
}

DISPATCHED static void run_plain_large(struct world *w)
{
    loop(w, FEATURE_PREFETCH);
}

DISPATCHED static void run_links(struct world *w)
{
    loop(w, FEATURE_LINKS);
}

DISPATCHED static void run_links_large(struct world *w)
{
    loop(w, FEATURE_LINKS | FEATURE_PREFETCH);
}

DISPATCHED static void run_all(struct world *w)
{
    loop(w, FEATURE_ALL);
}

/* What the short loops need not count: there each request is turned away by the balancer, or sent
 * once and completes. */
static void derive(struct world *w)
{
    struct tally *t = &w->tally;

    tally_flush(t);
    t->in_system += t->duration[DURATION_LATENCY].sum;
    t->measured = t->issued > w->warmup ? t->issued - w->warmup : 0;
    t->measured_ended[ENDED_COMPLETED] = t->duration[DURATION_LATENCY].n;
    if (w->features & FEATURE_ALL)
        return;
    t->sent = t->issued - t->ended[ENDED_REJECTED];
    t->measured_attempts = t->measured - t->measured_ended[ENDED_REJECTED];
    t->attempts[ATTEMPT_OK] = t->ended[ENDED_COMPLETED];
    t->served = t->duration[DURATION_LATENCY].n;
    t->answered = t->finished;
}

/* Requests that have not ended, found by themselves: by their slots, not by the counts. */
static uint64_t still_inside(const struct world *w)
{
    uint64_t n = 0;
    uint32_t slot;

    for (slot = 0; w->state && slot < w->jobs; slot++)
        n += w->state[slot] != JOB_FREE && w->state[slot] != JOB_ABANDONED &&
             w->state[slot] != JOB_ANSWERED;
    if (!w->state) {
        n = w->jobs;
        for (slot = w->free_job; slot != JOB_NONE; slot = w->job[slot].next)
            n--;
    }
    return n + w->cut;
}

static int judge(struct world *w)
{
    const struct tally *t = &w->tally;
    uint64_t ended = 0, inside = still_inside(w);
    int i;

    interrupted(w);
    derive(w);
    for (i = 0; i < ENDINGS; i++)
        ended += t->ended[i];
    if (!w->failed && t->issued != ended + inside)
        world_fail(w, "the accounting broke: %llu requests issued, %llu ended, %llu in the system",
                   (unsigned long long)t->issued, (unsigned long long)ended,
                   (unsigned long long)inside);
    w->in_flight = inside;
    return w->failed ? -1 : 0;
}

int world_run(struct world *w)
{
    static void (*const variants[])(struct world *) = {
        [0] = run_plain,
        [FEATURE_PREFETCH] = run_plain_large,
        [FEATURE_LINKS] = run_links,
        [FEATURE_LINKS | FEATURE_PREFETCH] = run_links_large,
    };

    if (w->agent)
        agents_start(w);
    if (w->users)
        users_start(w);
    if (w->features & FEATURE_ALL)
        run_all(w);
    else
        variants[w->features](w);
    return judge(w);
}

void world_fail(struct world *w, const char *format, ...)
{
    va_list list;

    if (w->failed)
        return;
    w->failed = true;
    va_start(list, format);
    vsnprintf(w->why, sizeof w->why, format, list);
    va_end(list);
}
