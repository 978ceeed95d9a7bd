/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The way back of a request: a service ends, the answer goes to balancer and client, and is
 * counted. Private to world_run.c, where it is compiled once for each set of features. */
#ifndef SIM_WAY_BACK_H
#define SIM_WAY_BACK_H

#include "sim/run/features.h"
#include "sim/run/guard.h"

/* ---- The end: what is counted. */

ALWAYS_INLINE lb_time time_alone(const struct world *w, const struct job *j, lb_time service,
                                 const unsigned f)
{
    return f & FEATURE_ALL ? service_time(&w->group[w->server[j->server].group], j->work) : service;
}

/* A request has its answer, at `end` at its client. The time that a measured one spends in the
 * system is its latency, which is summed in any case and added in the end: here goes what differs.
 */
ALWAYS_INLINE void complete(struct world *w, const struct job *j, uint32_t slot, lb_time now,
                            lb_time end, lb_time wait, lb_time service, const unsigned f)
{
    struct tally *t = &w->tally;

    if ((f & (FEATURE_LINKS | FEATURE_ALL)) && end > now) {
        answer_sets_out(w, end);
        if ((f & FEATURE_ALL) && !(f & FEATURE_EXPRESS))
            queue_push(&w->queue, (struct event) { end, event_what(EVENT_HOME, j->serial, 1) });
    } else if (f & FEATURE_ALL) {
        t->answered += now > t->from && now <= t->to;
    }
    if (f & FEATURE_ALL) {
        w->in_flight--;
        if (!w->trip)
            feed_served(w, j);
    }
    t->ended[ENDED_COMPLETED]++;
    if (LIKELY(j->serial >= w->warmup)) {
        w->server[j->server].worked += (uint64_t)j->work;
        tally_sample(t, end - j->issued, wait, service, time_alone(w, j, service, f));
    }
    if (UNLIKELY(j->serial < w->warmup || end > t->to)) {
        t->in_system += tally_overlap(t, j->issued, end) -
                        (j->serial < w->warmup ? 0 : (moments_wide)(end - j->issued));
        tally_borders(t, j->serial < w->warmup, end);
    }
    if (f & FEATURE_FED)
        feed_ended(w, j, ENDED_COMPLETED, end, wait, service, time_alone(w, j, service, f), now);
    if (f & FEATURE_ALL)
        request_ended(w, slot, ENDED_COMPLETED, end, wait, service);
}

/* ---- The answer reaches the balancer. */

/* The work that a request says it needs. */
ALWAYS_INLINE lb_time declared_work(const struct world *w, const struct job *j, uint32_t slot)
{
    return w->more ? w->more[slot].size : j->work;
}

/* What a policy may know of the client and its request beside the size. */
ALWAYS_INLINE void tell_client(const struct world *w, const struct job *j, uint32_t slot,
                               struct lb_request *ask)
{
    const struct client_spec *client = &w->scenario->clients[j->client];

    ask->key = w->more ? w->more[slot].key : 0;
    ask->priority = (uint16_t)client->priority;
    ask->zone = (uint16_t)balancer_zone(w->scenario, client->zone);
}

ALWAYS_INLINE void tell_done(struct world *w, struct balancer *b, uint32_t slot, uint32_t seat,
                             lb_time now, uint32_t status)
{
    const struct job *j = &w->job[slot];
    struct lb_request request = b->ask;
    struct lb_outcome outcome = { .request = &request,
                                  .sent = w->trip     ? w->trip[slot].sent
                                          : w->travel ? w->travel[slot].sent
                                                      : j->issued,
                                  .first = now,
                                  .done = now,
                                  .server = seat,
                                  .status = status };

    request.id = request.parent = j->serial;
    request.ticket = (uint64_t)j->serial << EVENT_INDEX_BITS | slot;
    request.now = outcome.sent;
    request.issued = j->issued;
    request.client = j->client;
    request.size = b->policy->sees & LB_SEES_SIZE ? declared_work(w, j, slot) : 0;
    request.memo = w->memo ? &w->memo[slot] : NULL;
    request.look_n = 0;
    request.tried_n = 0;
    if (w->features & FEATURE_ALL)
        tell_client(w, j, slot, &request);
    if (w->trip)
        request.attempt = (uint16_t)w->trip[slot].number;
    b->policy->done(b->self, &outcome);
}

/* The balancer hears how an attempt has ended. */
ALWAYS_INLINE void tell_ended(struct world *w, const struct job *j, uint32_t slot, lb_time now,
                              const unsigned f, uint32_t status)
{
    struct balancer *b = &w->balancer[f & FEATURE_ALL ? j->balancer : 0];
    uint32_t seat = f & FEATURE_ALL ? seat_of(b, j->server) : j->server;

    b->inflight[seat]--;
    if ((f & FEATURE_ALL) && w->trip)
        guard_seat_moved(b, seat, now);
    if (f & FEATURE_ALL)
        feed_back(w, j->server, now);
    if ((f & FEATURE_ALL) && status != LB_OK && status != LB_ERROR && b->free_at && !b->fresh_work)
        work_believed(b, seat, -declared_work(w, j, slot), now); /* it was not done after all */
    if (b->policy->loaded && b->own_load)
        b->policy->loaded(b->self, seat);
    if (b->policy->done)
        tell_done(w, b, slot, seat, now, status);
}

ALWAYS_INLINE void reply(struct world *w, const struct job *j, uint32_t slot, lb_time now,
                         const unsigned f, uint32_t status)
{
    struct balancer *b = &w->balancer[f & FEATURE_ALL ? j->balancer : 0];

    tell_ended(w, j, slot, now, f, status);
    if ((f & FEATURE_ALL) && w->state && w->state[slot] == JOB_OVERDUE)
        w->state[slot] = JOB_REPLIED;
    else
        job_give(w, slot);
    if ((f & FEATURE_ALL) && b->held)
        offer_held(w, b, now);
}

/* ---- The service ends. */

/* When the answer is at the balancer and at the client; LB_NEVER: it is lost on the way. */
ALWAYS_INLINE lb_time answer_time(struct world *w, const struct job *j, uint32_t slot, lb_time now,
                                  lb_time *at_balancer, const unsigned f)
{
    const struct group *g = &w->group[f & FEATURE_ALL ? w->server[j->server].group : 0];
    const struct balancer *b = &w->balancer[f & FEATURE_ALL ? j->balancer : 0];
    uint32_t link = g->spec->link != SCENARIO_NONE ? g->spec->link : b->spec->link;
    double bytes = (f & FEATURE_ALL) && w->bytes_key ? message_bytes(w, slot, 1) : 0.0;
    uint64_t message = f & FEATURE_ALL ? message_of(w, slot, PART_FROM_SERVER) : PART_FROM_SERVER;
    lb_time back = link_delay(w, link, j->serial, message, bytes);

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
    else if (!(f & FEATURE_EXPRESS))
        queue_push(&w->queue,
                   (struct event) { at_balancer, event_what(EVENT_REPLY, j->serial, slot) });
}

/* A message of this attempt was lost. If the client has already left nobody else will notice, so
 * the balancer is spared a count that never falls. */
static void lose(struct world *w, uint32_t slot, lb_time now)
{
    if (w->trip) {
        attempt_lost(w, slot, now);
        return;
    }
    w->tally.attempts[ATTEMPT_LOST]++;
    if (w->state[slot] == JOB_ABANDONED)
        reply(w, &w->job[slot], slot, now, FEATURE_ALL, LB_LOST);
    else
        w->state[slot] = JOB_LOST;
}

static enum reply_kind reply_kind(struct world *w, const struct job *j, uint32_t slot)
{
    const struct condition *c = w->condition ? &w->condition[j->server] : NULL;
    const struct server_spec *spec = w->group[w->server[j->server].group].spec;
    struct lb_random random;

    if (c && (w->place[slot] & PLACE_DOOMED))
        return REPLY_ERROR;
    if (c && c->state == SERVER_RESET)
        return REPLY_RESET;
    if (!server_group_errs(spec))
        return REPLY_GOOD;
    random = stream_at(w->error_key, j->serial, message_of(w, slot, 0));
    return reply_drawn(spec, lb_unit(&random));
}

/* Its work was for nobody; a black hole has done none. */
static void wasted(struct world *w, const struct job *j, uint32_t slot)
{
    if (!w->place || !(w->place[slot] & PLACE_DOOMED))
        feed_spent(w, j, j->work);
}

/* The answer is an error. */
static void answer_error(struct world *w, const struct job *j, uint32_t slot, lb_time now,
                         lb_time at_balancer, lb_time at_client)
{
    w->tally.attempts[ATTEMPT_ERROR]++;
    wasted(w, j, slot);
    if (w->travel)
        w->travel[slot].there = TRAVEL_ERROR;
    if (still_wanted(w, slot, at_client))
        request_end(w, slot, ENDED_FAILED, at_client);
    send_reply(w, j, slot, now, at_balancer, FEATURE_ALL, LB_ERROR);
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
    if (f & FEATURE_FED)
        feed_finished(w, j, wait > 0, now);
    if ((f & FEATURE_LINKS) || ((f & FEATURE_ALL) && w->travel))
        at_client = answer_time(w, j, slot, now, &at_balancer, f);
    if ((f & FEATURE_ALL) && UNLIKELY(at_balancer == LB_NEVER)) {
        wasted(w, j, slot);
        lose(w, slot, now);
        return;
    }
    if ((f & FEATURE_ALL) && w->place)
        w->place[slot] = (w->place[slot] & PLACE_DOOMED) | PLACE_BACK;
    if ((f & FEATURE_ALL) && w->fallible && reply_kind(w, j, slot) != REPLY_GOOD) {
        answer_error(w, j, slot, now, at_balancer, at_client);
        return;
    }
    if (f & FEATURE_ALL)
        w->tally.attempts[ATTEMPT_OK]++;
    if (!(f & FEATURE_ALL) || still_wanted(w, slot, at_client))
        complete(w, j, slot, now, at_client, wait, service, f);
    else
        wasted(w, j, slot);
    send_reply(w, j, slot, now, at_balancer, f, LB_OK);
}

ALWAYS_INLINE void finish(struct world *w, uint32_t slot, lb_time now, const unsigned f)
{
    const struct job copy = w->job[slot], *j = &copy; /* in registers, whatever is written */
    struct server *s = &w->server[j->server];
    const struct group *g = &w->group[f & FEATURE_ALL ? s->group : 0];
    lb_time service = service_time(g, f & FEATURE_ALL ? wire_work(w, slot) : j->work);
    lb_time start = now - service, held = 0, reached = j->issued;

    if ((f & FEATURE_LINKS) && w->way >= 0)
        reached += w->way;
    else if ((f & (FEATURE_LINKS | FEATURE_ALL)) && w->travel)
        reached += w->travel[slot].there;
    if ((f & FEATURE_ALL) && w->hold)
        held = w->hold[slot].total;
    reached += held;
    s->inside--;
    if (f & FEATURE_FED) {
        feed_inside(w, j->server, s->inside, f & FEATURE_ALL ? g->cores : 1, now);
        feed_waited(w, j, reached, start);
    }
    w->tally.finished += now > w->tally.from && now <= w->tally.to;
    if (LIKELY(reached >= w->tally.from && now <= w->tally.to)) {
        s->busy += (uint64_t)service;
        s->waited += (uint64_t)(start - reached);
    } else {
        s->busy += tally_overlap(&w->tally, start, now);
        s->waited += tally_overlap(&w->tally, reached, start);
    }
    if ((f & (FEATURE_LINKS | FEATURE_ALL)) && w->truth)
        truth_changed(w, j->server);
    if ((f & FEATURE_ALL) && w->agent)
        agent_moment(w, LB_FINISHED, slot, j->server, now);
    answer(w, j, slot, now, held + start - reached, service, f);
}

#endif
