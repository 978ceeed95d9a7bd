/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A request is issued, and sets out to its balancer. Private to world_run.c, where it is compiled
 * once for each set of features. */
#ifndef SIM_ISSUE_H
#define SIM_ISSUE_H

#include "sim/run/measuring.h"
#include "sim/run/way_there.h"

/* The serial numbers at which measuring begins and issuing ends are rare; one comparison finds
 * both. */
ALWAYS_INLINE void count_issue(struct world *w, lb_time now, const unsigned f)
{
    uint64_t n = ++w->tally.issued;

    if (f & FEATURE_ALL)
        w->in_flight++;
    if (UNLIKELY(n == w->warmup))
        measuring_begins(w, now);
    if (UNLIKELY(n == w->requests))
        measuring_ends(w, now);
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
    if ((f & FEATURE_ALL) && w->more && w->source.more)
        tell_more(b, source_more_ahead(&w->source, w->ahead));
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
        measuring_by_time(w, now);
    }
    return slot;
}

/* Where arrivals end, so does measured time: with the last request. */
static void end_if_dry(struct world *w, lb_time now)
{
    if (source_next(&w->source)->time == LB_NEVER && w->tally.to == LB_NEVER && !w->users)
        measuring_ends(w, now);
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
