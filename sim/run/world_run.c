/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The loop. A request's way there and back is compiled once for each set of features, so that a
 * plain scenario does not pay for what it has not. */
#include "models/dispatch.h"
#include "sim/run/express.h"
#include "sim/run/issue.h"

void world_answer(struct world *w, uint32_t slot, lb_time now, lb_time wait, lb_time service)
{
    if (w->trip)
        attempt_served(w, slot, now, wait, service);
    else
        answer(w, &w->job[slot], slot, now, wait, service, FEATURE_ALL);
}

void world_reach(struct world *w, uint32_t slot, lb_time now)
{
    reach(w, slot, now, FEATURE_ALL);
}

void world_complete(struct world *w, uint32_t slot, lb_time now, lb_time wait, lb_time service)
{
    complete(w, &w->job[slot], slot, now, now, wait, service, FEATURE_ALL);
}

enum reply_kind world_reply_kind(struct world *w, uint32_t slot)
{
    return reply_kind(w, &w->job[slot], slot);
}

void world_reply(struct world *w, uint32_t slot, lb_time now, uint32_t status)
{
    reply(w, &w->job[slot], slot, now, FEATURE_ALL, status);
}

void world_tell_ended(struct world *w, uint32_t slot, lb_time now, uint32_t status)
{
    struct balancer *b = &w->balancer[w->job[slot].balancer];

    tell_ended(w, &w->job[slot], slot, now, FEATURE_ALL, status);
    if (b->held)
        offer_held(w, b, now);
}

void world_lose(struct world *w, uint32_t slot, lb_time now)
{
    lose(w, slot, now);
}

/* ---- A client gives up. */

static void time_out(struct world *w, struct event e)
{
    uint32_t slot = event_index(e.what);
    enum job_state state = w->state[slot];

    if (w->job[slot].serial != event_serial(e.what) || state == JOB_FREE || state == JOB_ANSWERED ||
        state == JOB_GONE)
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
    case EVENT_CHANGE:
        timeline_step(w, e);
        break;
    case EVENT_FAULT:
        faults_step(w, e);
        break;
    case EVENT_WARM:
        condition_warms(w, e);
        break;
    case EVENT_LEAVE:
        server_look(w, e);
        break;
    case EVENT_IMPATIENCE:
        if (w->trip)
            errand_impatient(w, e);
        else
            impatience(w, e);
        break;
    case EVENT_OFFER:
        if (w->trip)
            call_arrives(w, index, e.time);
        else
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
        if (w->trip)
            errand_time_out(w, e);
        else
            time_out(w, e);
        break;
    case EVENT_ISSUE:
        user_issues(w, index, e.time);
        break;
    case EVENT_HOME:
        answer_arrives(w, e.time);
        w->tally.answered += index > 0 && e.time > w->tally.from && e.time <= w->tally.to;
        break;
    default:
        trip_step(w, e);
        break;
    }
}

/* What the answer says that reaches the balancer over a link. */
static uint32_t status_of(const struct world *w, uint32_t slot)
{
    if (w->travel[slot].there == TRAVEL_REFUSED)
        return LB_REFUSED;
    return w->travel[slot].there == TRAVEL_ERROR ? LB_ERROR : LB_OK;
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
        if ((f & FEATURE_ALL) && w->trip)
            attempt_back(w, index, e.time);
        else
            reply(w, &w->job[index], index, e.time, f,
                  f & FEATURE_ALL ? status_of(w, index) : LB_OK);
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

enum {
    IDLE_MOST = 1000000,
    IDLE_EACH = 400, /* ... and for each server that is checked */
    HELP_EVERY = 64,
    LOOK_EVERY = 256,
    STILL_MOST = 100000
}; /* events between two looks at whether to go on */

/* Time that does not pass: users without think time who are turned away at once, say. */
static void watch_clock(struct world *w)
{
    if (w->now != w->looked_at)
        w->looks = 0;
    w->looked_at = w->now;
    if (++w->looks > STILL_MOST && (w->features & FEATURE_ALL))
        world_fail(w,
                   "time stands still at %.9f s: requests end and come again at one instant "
                   "(users without think time who are turned away?)",
                   (double)w->now / 1e9);
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
    bool for_ever = w->tally.to == LB_NEVER, helpless;

    if (source_next(&w->source)->time != LB_NEVER || (w->tally.to > w->now && !for_ever) ||
        queue_pending(&w->queue) > w->timers)
        return false;
    helpless = w->server_timers && w->server_timers == w->timers && w->idle % HELP_EVERY == 0 &&
               !faults_may_help(w);
    w->idle++;
    return helpless || w->idle > IDLE_MOST + (uint64_t)w->checks * IDLE_EACH ||
           (!for_ever && w->in_flight == 0);
}

ALWAYS_INLINE void loop(struct world *w, const unsigned f)
{
    uint32_t left = LOOK_EVERY;

    while (!(f & FEATURE_ALL) || !w->failed) {
        const struct event *e = queue_first(&w->queue);
        const struct arrival *a = source_next(&w->source);

        if (e && event_before(*e, (struct event) { a->time, event_what(EVENT_ISSUE, 0, 0) })) {
            struct event this = *e;

            queue_pop(&w->queue);
            if (f & FEATURE_PREFETCH)
                prefetch_servers(w);
            if (f & FEATURE_FED)
                w->now = this.time;
            handle(w, this, f);
        } else if (a->time != LB_NEVER) {
            if (f & FEATURE_FED)
                w->now = a->time;
            issue(w, a, f);
        } else {
            break;
        }
        left--;
        if ((f & FEATURE_ALL) && only_timers(w))
            break;
        if (UNLIKELY(left == 0)) {
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

DISPATCHED static void run_ledger(struct world *w)
{
    loop(w, FEATURE_LEDGER);
}

DISPATCHED static void run_all(struct world *w)
{
    loop(w, FEATURE_ALL);
}

void world_until(struct world *w, lb_time now)
{
    while (!w->failed) {
        const struct event *first = queue_first(&w->queue);
        const struct arrival *a = source_next(&w->source);
        struct event e = { LB_NEVER, 0 };

        if (first &&
            event_before(*first, (struct event) { a->time, event_what(EVENT_ISSUE, 0, 0) }))
            e = *first;
        if ((e.time == LB_NEVER ? a->time : e.time) > now)
            break;
        w->now = e.time == LB_NEVER ? a->time : e.time;
        if (e.time == LB_NEVER) {
            issue(w, a, FEATURE_ALL);
        } else {
            queue_pop(&w->queue);
            handle(w, e, FEATURE_ALL);
        }
        if (++w->events % LOOK_EVERY == 0 && interrupted(w))
            break;
    }
    w->now = now > w->now ? now : w->now;
    if (w->queue.failed || w->source.failed)
        world_fail(w, "%s", w->source.failed ? w->source.failed : "out of memory for events");
}

/* What the short loops need not count: there each request is turned away by the balancer, or sent
 * once and completes. */
static void derive(struct world *w)
{
    struct tally *t = &w->tally;
    uint32_t i;

    tally_flush(t);
    t->in_system += t->duration[DURATION_LATENCY].sum;
    t->measured = t->issued > w->warmup ? t->issued - w->warmup : 0;
    t->measured_ended[ENDED_COMPLETED] = t->duration[DURATION_LATENCY].n;
    for (i = 0; i < w->servers; i++)
        t->useful += w->server[i].worked;
    if (!w->trip)
        t->spent += t->useful; /* of what is answered in vain it has been told */
    if (w->features & FEATURE_ALL)
        return;
    t->sent = t->issued - t->ended[ENDED_REJECTED];
    t->measured_attempts = t->measured - t->measured_ended[ENDED_REJECTED];
    t->attempts[ATTEMPT_OK] = t->ended[ENDED_COMPLETED];
    t->served = t->duration[DURATION_LATENCY].n;
    t->answered = t->finished + w->homing_from - w->homing_to;
}

/* Requests that have not ended, found by themselves: by their slots, not by the counts. */
static uint64_t still_inside(const struct world *w)
{
    uint64_t n = 0;
    uint32_t slot;

    if (w->trip)
        return errands_inside(w);
    for (slot = 0; w->state && slot < w->jobs; slot++)
        n += w->state[slot] != JOB_FREE && w->state[slot] != JOB_ABANDONED &&
             w->state[slot] != JOB_ANSWERED && w->state[slot] != JOB_GONE;
    if (!w->state) {
        n = w->jobs;
        for (slot = w->free_job; slot != JOB_NONE; slot = w->job[slot].next)
            n--;
    }
    return n;
}

/* Attempts of which their balancers have heard nothing, but for those counted as lost already. */
static uint64_t still_sent(const struct world *w)
{
    uint64_t n = 0;
    uint32_t i, k, slot;

    for (i = 0; i < w->balancers; i++)
        for (k = 0; k < w->balancer[i].view.n; k++)
            n += w->balancer[i].inflight[k];
    for (slot = 0; w->state && !w->trip && slot < w->jobs; slot++)
        n -= w->state[slot] == JOB_LOST && w->job[slot].server != LB_NONE;
    return n;
}

/* It has been in the system from its issue to the end. */
static void stays(struct world *w, uint32_t slot, lb_time end)
{
    const struct job *j = &w->job[slot];

    w->tally.in_system += tally_overlap(&w->tally, j->issued, end);
    feed_stays(w, j, end);
}

/* The integrals of what has not ended: servers that changed, and requests that are held for ever.
 */
static void account_to_the_end(struct world *w)
{
    lb_time end = w->tally.to != LB_NEVER && w->tally.to > w->now ? w->tally.to : w->now;
    uint32_t i, slot, k;

    if (w->tally.to == LB_NEVER && (w->features & FEATURE_ALL)) {
        w->tally.to = end; /* users who wait for ever issue no more */
        if (w->ledger)
            ledger_end(w->ledger, end);
    }
    for (i = 0; w->condition && i < w->servers; i++)
        server_settle(w, i, end);
    for (i = 0; i < w->balancers; i++)
        for (k = 0, slot = w->balancer[i].head; k < w->balancer[i].held; k++) {
            w->tally.waiting += tally_overlap(&w->tally, w->hold[slot].since, end);
            feed_waited(w, &w->job[slot], w->hold[slot].since, end);
            if (!w->trip && (!w->state || w->state[slot] != JOB_ABANDONED))
                stays(w, slot, end);
            slot = w->job[slot].next;
        }
    for (slot = 0; w->trip && slot < w->jobs; slot++)
        if (w->trip[slot].role == TRIP_ERRAND && w->errand[slot].live)
            stays(w, slot, end);
}

static int judge(struct world *w)
{
    const struct tally *t = &w->tally;
    uint64_t ended = 0, inside = still_inside(w), sent = still_sent(w);
    int i;

    interrupted(w);
    account_to_the_end(w);
    feed_settle(w);
    derive(w);
    for (i = 0; i < ENDINGS; i++)
        ended += t->ended[i];
    if (!w->failed && t->issued != ended + inside)
        world_fail(w, "the accounting broke: %llu requests issued, %llu ended, %llu in the system",
                   (unsigned long long)t->issued, (unsigned long long)ended,
                   (unsigned long long)inside);
    if (w->trip)
        attempts_judge(w);
    else if (!w->failed && tally_in_flight(t) != sent)
        world_fail(w, "the accounting broke: %llu attempts sent, %llu not ended, %llu not heard of",
                   (unsigned long long)t->sent, (unsigned long long)tally_in_flight(t),
                   (unsigned long long)sent);
    w->in_flight = inside;
    w->tally.after += inside;
    return w->failed ? -1 : 0;
}

int world_end(struct world *w)
{
    return judge(w);
}

void world_begin(struct world *w)
{
    if (!world_has(w, WORLD_CLIENTS)) { /* others issue, and say when it is over */
        source_stop(&w->source);
        w->tally.from = 0;
        w->tally.to = LB_NEVER;
    }
    timeline_start(w);
    feed_start(w);
    if (w->trip && world_has(w, WORLD_BALANCERS))
        trips_start(w);
    if (w->agent && world_has(w, WORLD_SERVERS))
        agents_start(w);
    if (w->users && world_has(w, WORLD_CLIENTS))
        users_start(w);
}

int world_run(struct world *w)
{
    static void (*const variants[])(struct world *) = {
        [0] = run_plain,
        [FEATURE_PREFETCH] = run_plain_large,
        [FEATURE_LINKS] = run_links,
        [FEATURE_LINKS | FEATURE_PREFETCH] = run_links_large,
        [FEATURE_LEDGER] = run_ledger,
    };

    world_begin(w);
    if (w->express)
        express_run(w);
    else if (w->features & FEATURE_ALL)
        run_all(w);
    else
        variants[w->features](w);
    return judge(w);
}
