/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The wide express way: several clients, balancers and groups of servers, servers with several
 * cores, weights, keys, and whatever a ledger tells. Requests are jobs here, and what happens to
 * them is done by the functions of the general loop, with the same arguments; only the queue of
 * events is missing. What is due at a server is done when somebody looks at that server, in the
 * order in which it happened there. Servers do not touch each other, and what all of them add to is
 * sums of whole numbers: so between servers the order may differ. When measured time begins or
 * ends, all servers are brought up to that instant first. */
#include "models/dispatch.h"
#include "sim/run/express_part.h"
#include "sim/run/measuring.h"
#include "sim/run/way_back.h"

enum { LOOK_EVERY = 256, NEAR = 8, WAY = FEATURE_ALL | FEATURE_EXPRESS };

/* ---- What is due at a server. */

static lb_time way_of(const struct world *w, uint32_t server)
{
    return w->express->ways[w->server[server].group];
}

/* It has reached its server. */
ALWAYS_INLINE void arrive(struct world *w, uint32_t server, lb_time now)
{
    struct server *s = &w->server[server];
    uint32_t cores = w->group[s->group].cores;

    s->inside++;
    feed_inside(w, server, s->inside, cores, now);
    if (UNLIKELY(s->inside > cores + w->tally.longest_queue) && now >= w->tally.from &&
        now <= w->tally.to)
        w->tally.longest_queue = s->inside - cores;
    if (w->truth)
        truth_changed(w, server);
}

/* An answer is at its balancer, and at its client. */
static void return_home(struct world *w, uint32_t slot, lb_time now)
{
    answer_arrives(w, now);
    w->tally.answered += now > w->tally.from && now <= w->tally.to;
    reply(w, &w->job[slot], slot, now, WAY, LB_OK);
    w->express->events += 2;
}

/* Over a link there are three things to do, of which the earliest comes first; at one instant in
 * the order of the events that they stand for. */
static void advance_linked(struct world *w, uint32_t server, lb_time now)
{
    struct express *x = w->express;
    struct queue_of_jobs *q = &x->queue[server];
    const lb_time way = way_of(w, server);

    for (;;) {
        lb_time back = q->oldest != q->served ? x->leave[q->oldest] + way : LB_NEVER;
        lb_time leave = q->served != q->coming ? x->leave[q->served] : LB_NEVER;
        lb_time come = q->coming != JOB_NONE ? w->job[q->coming].issued + way : LB_NEVER;
        uint32_t slot;

        if (back <= leave && back <= come && back <= now) {
            slot = q->oldest;
            q->oldest = w->job[slot].next;
            return_home(w, slot, back);
        } else if (leave <= come && leave <= now) {
            slot = q->served;
            q->served = w->job[slot].next;
            finish(w, slot, leave, WAY);
            x->events++;
        } else if (come <= now) {
            slot = q->coming;
            q->coming = w->job[slot].next;
            arrive(w, server, come);
            x->events++;
        } else {
            q->due = back < leave ? back : leave;
            q->due = come < q->due ? come : q->due;
            break;
        }
    }
}

/* Of the requests in service, the one that leaves first, and the one before it in the queue. */
struct leaving {
    uint32_t slot, before;
};

static struct leaving next_to_leave(const struct world *w, uint32_t server)
{
    const struct express *x = w->express;
    uint32_t left = w->group[w->server[server].group].cores, before = JOB_NONE;
    uint32_t slot = x->queue[server].oldest;
    struct leaving next = { slot, JOB_NONE };

    for (; left && slot != JOB_NONE; left--, before = slot, slot = w->job[slot].next)
        if (x->leave[slot] < x->leave[next.slot])
            next = (struct leaving) { slot, before };
    return next;
}

static void advance_cores(struct world *w, uint32_t server, lb_time now)
{
    struct express *x = w->express;
    struct queue_of_jobs *q = &x->queue[server];

    q->due = LB_NEVER;
    while (q->oldest != JOB_NONE) {
        struct leaving next = next_to_leave(w, server);
        lb_time leave = x->leave[next.slot];

        if (leave > now) {
            q->due = leave;
            break;
        }
        if (next.before == JOB_NONE)
            q->oldest = w->job[next.slot].next;
        else
            w->job[next.before].next = w->job[next.slot].next;
        q->last = q->last == next.slot ? next.before : q->last;
        finish(w, next.slot, leave, WAY);
        x->events++;
    }
}

static void advance_core(struct world *w, uint32_t server, lb_time now)
{
    struct express *x = w->express;
    struct queue_of_jobs *q = &x->queue[server];

    do {
        uint32_t slot = q->oldest, next = w->job[slot].next;
        lb_time leave = q->due;

        q->oldest = next;
        q->due = next == JOB_NONE ? LB_NEVER : x->leave[next];
        finish(w, slot, leave, WAY);
        x->events++;
    } while (q->due <= now);
}

/* Does all that is due at a server by now. */
ALWAYS_INLINE void advance(struct world *w, uint32_t server, lb_time now)
{
    if (LIKELY(w->express->queue[server].due > now))
        return;
    w->express->advance[w->server[server].group](w, server, now);
}

static void advance_all(struct world *w, lb_time now)
{
    uint32_t i;

    for (i = 0; i < w->servers; i++)
        advance(w, i, now);
}

void express_choose(struct world *w)
{
    uint32_t i;

    for (i = 0; i < w->groups; i++)
        w->express->advance[i] = w->express->ways[i] > 0 ? advance_linked
                                 : w->group[i].cores > 1 ? advance_cores
                                                         : advance_core;
}

/* ---- The policy is asked. */

ALWAYS_INLINE void describe(struct world *w, struct balancer *b, uint32_t slot, lb_time now)
{
    const struct job *j = &w->job[slot];
    struct lb_request *what = &b->ask;

    what->id = what->parent = j->serial;
    what->ticket = (uint64_t)j->serial << EVENT_INDEX_BITS | slot;
    what->now = what->issued = now;
    what->client = j->client;
    if (b->policy->sees & LB_SEES_SIZE)
        what->size = declared_work(w, j, slot);
    tell_client(w, j, slot, what);
}

static uint32_t server_at(const struct balancer *b, uint32_t seat)
{
    return b->server_of ? b->server_of[seat] : seat;
}

/* Requests to come: the servers that their policy will look at, and a little later who is there. */
ALWAYS_INLINE void look_ahead(struct world *w)
{
    struct balancer *b = &w->balancer[0];
    const struct express *x = w->express;
    struct arrival *a = &w->source.ring[(w->source.taken + w->ahead) % SOURCE_RING];
    const struct arrival *near = &w->source.ring[(w->source.taken + NEAR) % SOURCE_RING];
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
    if (w->more && w->source.more)
        tell_more(b, source_more_ahead(&w->source, w->ahead));
    a->look_n =
        b->policy->prepare(b->self, &b->ask, stream_at(w->policy_key, id, 0), a->look, SOURCE_LOOK);
    for (i = 0; i < a->look_n; i++) {
        __builtin_prefetch(&b->inflight[a->look[i]], 1);
        __builtin_prefetch(&x->queue[server_at(b, a->look[i])], 1);
        __builtin_prefetch(&w->server[server_at(b, a->look[i])], 1);
    }
    for (i = 0; i < near->look_n; i++) {
        uint32_t slot = x->queue[server_at(b, near->look[i])].oldest;

        if (slot == JOB_NONE)
            continue;
        __builtin_prefetch(&w->job[slot], 1);
        __builtin_prefetch(&x->leave[slot], 1);
    }
}

ALWAYS_INLINE lb_server ask(struct world *w, struct balancer *b, uint32_t slot, lb_time now)
{
    lb_server look[LB_LOOK_MOST];
    struct lb_random random = stream_at(w->policy_key, w->job[slot].serial, 0);
    uint32_t i;

    describe(w, b, slot, now);
    b->ask.look = look;
    b->ask.look_n = 0;
    if (w->express->looks) {
        b->ask.look_n = b->policy->prepare(b->self, &b->ask, random, look, LB_LOOK_MOST);
        for (i = 0; i < b->ask.look_n; i++)
            advance(w, server_at(b, look[i]), now);
    }
    return b->policy->pick(b->self, &b->ask, &random);
}

/* ---- A request is sent. */

static lb_time departure(struct world *w, uint32_t server, lb_time reached, lb_time service)
{
    struct group *g = &w->group[w->server[server].group];

    if (g->cores == 1)
        return fifo_departure(&w->server[server].free_at, reached, service);
    return cores_departure(g->core_free + (size_t)(server - g->first) * g->cores, g->cores, reached,
                           service);
}

static void append(struct world *w, uint32_t server, uint32_t slot)
{
    struct queue_of_jobs *q = &w->express->queue[server];
    const uint32_t last = q->oldest == JOB_NONE ? JOB_NONE : q->last;

    w->job[slot].next = JOB_NONE;
    if (last == JOB_NONE)
        q->oldest = slot;
    else
        w->job[last].next = slot;
    if (q->served == JOB_NONE)
        q->served = slot;
    if (q->coming == JOB_NONE)
        q->coming = slot;
    q->last = slot;
}

ALWAYS_INLINE void send(struct world *w, struct balancer *b, uint32_t slot, uint32_t seat,
                        lb_time now)
{
    struct job *j = &w->job[slot];
    uint32_t server = server_at(b, seat);
    const struct group *g = &w->group[w->server[server].group];
    struct queue_of_jobs *q = &w->express->queue[server];
    lb_time way = way_of(w, server), leave;

    j->server = server;
    advance(w, server, now);
    b->inflight[seat]++;
    w->tally.sent++;
    w->tally.measured_attempts += j->serial >= w->warmup;
    feed_sent(w, j, now);
    if (b->policy->sent)
        b->policy->sent(b->self, &b->ask, seat);
    if (w->travel)
        w->travel[slot] = (struct job_travel) { way, now };
    append(w, server, slot);
    leave = departure(w, server, now + way, service_time(g, j->work));
    w->express->leave[slot] = leave;
    if (UNLIKELY(beyond_time(leave)))
        world_fail(w, TIME_RUNS_OUT);
    if (way == 0)
        arrive(w, server, now);
    else
        leave = now + way;
    q->due = leave < q->due ? leave : q->due;
}

/* ---- The loop. */

static uint32_t take(struct world *w, const struct arrival *a)
{
    uint32_t slot;

    if (UNLIKELY(w->free_job == JOB_NONE && w->jobs == EVENT_INDEX_LIMIT))
        advance_all(w, a->time); /* who has left long ago may not have been looked at yet */
    slot = job_take(w);

    w->job[slot] = (struct job) { .issued = a->time,
                                  .work = a->work,
                                  .next = JOB_NONE,
                                  .server = LB_NONE,
                                  .serial = (uint32_t)w->tally.issued,
                                  .client = (uint16_t)a->client };
    if (w->more)
        w->more[slot] =
            w->source.more ? *source_more(&w->source) : (struct arrival_more) { 0, a->work, -1 };
    measuring_by_time(w, a->time);
    return slot;
}

static void count_issue(struct world *w, lb_time now)
{
    uint64_t n = ++w->tally.issued;

    w->in_flight++;
    if (n == w->warmup || n == w->requests)
        advance_all(w, now);
    if (n == w->warmup)
        measuring_begins(w, now);
    if (n == w->requests)
        measuring_ends(w, now);
}

ALWAYS_INLINE void issue(struct world *w, const struct arrival *a)
{
    uint32_t slot = take(w, a);
    struct balancer *b;
    lb_server seat;

    w->now = a->time;
    w->express->events++;
    count_issue(w, a->time);
    w->job[slot].balancer = world_choose_balancer(w, slot, 0);
    feed_issued(w, &w->job[slot]);
    b = &w->balancer[w->job[slot].balancer];
    seat = ask(w, b, slot, a->time);
    if (UNLIKELY(seat >= b->view.n || (b->open && !b->open[seat])))
        offer_failed(w, slot, seat, a->time);
    else
        send(w, b, slot, seat, a->time);
}

static bool interrupted(struct world *w)
{
    if (w->order->progress)
        *w->order->progress = w->express->events;
    if (w->source.failed)
        world_fail(w, "%s", w->source.failed);
    if (w->order->stop && *w->order->stop)
        world_fail(w, "interrupted");
    return w->failed;
}

DISPATCHED void express_run_wide(struct world *w)
{
    const struct arrival *a;
    uint32_t left = LOOK_EVERY;

    while ((a = source_next(&w->source))->time != LB_NEVER && !w->failed) {
        const struct arrival this = *a;

        if (w->ahead)
            look_ahead(w);
        issue(w, &this);
        source_take(&w->source);
        if (UNLIKELY(--left == 0)) {
            left = LOOK_EVERY;
            if (interrupted(w))
                break;
        }
    }
    if (!w->failed)
        advance_all(w, LB_NEVER - 1);
    w->events = w->express->events;
}
