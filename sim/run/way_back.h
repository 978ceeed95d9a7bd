/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The way back of a request: a service ends, the answer goes to balancer and client, and is
 * counted. Private to world_run.c, where it is compiled once for each set of features. */
#ifndef SIM_WAY_BACK_H
#define SIM_WAY_BACK_H

#include "sim/run/step.h"

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
        truth_changed(w, j->server);
    if ((f & FEATURE_ALL) && w->agent)
        agent_moment(w, LB_FINISHED, slot, j->server, now);
    answer(w, j, slot, now, held + start - reached, service, f);
}

/* ---- A server with a discipline: reminders to look. */

static void arm(struct world *w, struct group *g, uint32_t server)
{
    uint32_t i = server - g->first, job = JOB_NONE;
    unsigned char *state = g->state + i * g->discipline->server_size;
    lb_time due = g->discipline->due(state, w->discipline_jobs, &job);
    struct armed *armed = &g->armed[i];

    if (due == LB_NEVER || armed->time <= due)
        return; /* the reminder that is already set will see to it */
    *armed = (struct armed) { due, armed->since, w->job[job].serial };
    queue_push(&w->queue, (struct event) { due, event_what(EVENT_LEAVE, armed->serial, server) });
}

/* Brings the integrals up to now: as many were inside since armed->since. */
static void account_shared(struct world *w, struct group *g, uint32_t server, uint32_t inside,
                           lb_time now)
{
    uint32_t i = server - g->first;
    uint64_t span = tally_overlap(&w->tally, g->armed[i].since, now);

    w->server[server].busy += span * (inside < g->cores ? inside : g->cores);
    g->armed[i].since = now;
}

static void reach_shared(struct world *w, struct group *g, uint32_t slot, lb_time now)
{
    uint32_t server = w->job[slot].server, i = server - g->first;

    account_shared(w, g, server, w->server[server].inside - 1, now);
    g->discipline->arrive(g->state + i * g->discipline->server_size, w->discipline_jobs, slot,
                          &(struct task) { w->job[slot].work, 0 }, now);
    arm(w, g, server);
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
        arm(w, g, server);
        return;
    }
    account_shared(w, g, server, w->server[server].inside, e.time);
    w->tally.finished += e.time > w->tally.from && e.time <= w->tally.to;
    g->discipline->finish(state, w->discipline_jobs, slot, e.time);
    w->server[server].inside--;
    arm(w, g, server);
    if (w->truth)
        truth_changed(w, server);
    if (w->agent)
        agent_moment(w, LB_FINISHED, slot, server, e.time);
    reached = w->job[slot].issued + (w->travel ? w->travel[slot].there : 0) +
              (w->hold ? w->hold[slot].total : 0);
    answer(w, &w->job[slot], slot, e.time, w->hold ? w->hold[slot].total : 0, e.time - reached,
           FEATURE_ALL);
}

#endif
