/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The loop of the express way: one group of single-core servers behind one balancer, and all that
 * is told of a request is told when it is issued. */
#include "sim/run/express.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "models/dispatch.h"
#include "sim/record/warmup.h"
#include "sim/run/express_part.h"
#include "sim/run/features.h"
#include "sim/run/measuring.h"

enum { LOOK_EVERY = 256, NEAR = 8 };

/* What the loop is compiled for. */
enum { WAY_LINKS = 1, WAY_LARGE = 2 };

static int open_wide(struct world *w)
{
    struct express *x = w->express;
    uint32_t i;

    x->queue = slab_reserve(((size_t)w->servers + 1) * sizeof x->queue[0]);
    x->leave = slab_reserve(EVENT_INDEX_LIMIT * sizeof x->leave[0]);
    x->ways = world_zeroed(w->groups, sizeof x->ways[0]);
    x->advance = world_zeroed(w->groups, sizeof x->advance[0]);
    if (!x->queue || !x->leave || !x->ways || !x->advance)
        return -ENOMEM;
    for (i = 0; i < w->servers; i++)
        x->queue[i] = (struct queue_of_jobs) { LB_NEVER, JOB_NONE, JOB_NONE, JOB_NONE, JOB_NONE };
    for (i = 0; i < w->groups; i++)
        x->ways[i] = express_way(w->scenario, i);
    express_choose(w);
    return 0;
}

int express_open(struct world *w)
{
    struct express *x = calloc(1, sizeof *x);

    w->express = x;
    if (!x)
        return -ENOMEM;
    x->wide = express_is_wide(w->order);
    x->looks =
        w->order->policy->policy->prepare && (w->order->policy->policy->sees & LB_SEES_LOAD) != 0;
    if (x->wide)
        return open_wide(w);
    x->way = express_way(w->scenario, 0);
    x->rise = slab_reserve(sizeof x->rise[0] * RISES_MOST);
    return x->rise ? lanes_open(&x->lanes, w->servers, x->way > 0) : -ENOMEM;
}

void express_close(struct world *w)
{
    struct express *x = w->express;

    if (!x)
        return;
    slab_release(x->queue, ((size_t)w->servers + 1) * sizeof x->queue[0]);
    slab_release(x->leave, EVENT_INDEX_LIMIT * sizeof x->leave[0]);
    free(x->ways);
    free(x->advance);
    slab_release(x->rise, sizeof x->rise[0] * RISES_MOST);
    lanes_close(&x->lanes);
    free(x);
}

/* ---- The policy is asked. */

ALWAYS_INLINE void describe(struct world *w, const struct arrival *a, uint64_t id, uint32_t ahead)
{
    struct lb_request *what = &w->balancer[0].ask;

    what->id = what->parent = id;
    what->ticket = id << EVENT_INDEX_BITS;
    what->now = what->issued = a->time;
    what->client = a->client;
    if (w->balancer[0].policy->sees & LB_SEES_SIZE)
        what->size = a->work;
    if (w->more && w->source.more)
        tell_more(&w->balancer[0], source_more_ahead(&w->source, ahead));
}

ALWAYS_INLINE void warm_account(const struct world *w, lb_server s)
{
    __builtin_prefetch(&w->server[s], 1);
    __builtin_prefetch((const char *)&w->server[s] + sizeof(struct server) - 1, 1);
}

/* A little later their lanes are there, and tell who will probably be taken. */
ALWAYS_INLINE void warm_probable(const struct world *w)
{
    const struct arrival *a = &w->source.ring[(w->source.taken + NEAR) % SOURCE_RING];
    const struct lane *lane = w->express->lanes.lane;
    uint32_t i, best = 0, least = UINT32_MAX;

    for (i = 0; i < a->look_n; i++) {
        const struct lane *l = &lane[a->look[i]];
        uint32_t n = l->size ? l->far.count : lane_later(l, a->time);

        best = n < least ? i : best;
        least = n < least ? n : least;
    }
    if (a->look_n > 1)
        warm_account(w, a->look[best]);
}

/* Looks up the servers of a request that comes some time later, and warms their memory. */
ALWAYS_INLINE void look_ahead(struct world *w)
{
    struct balancer *b = &w->balancer[0];
    struct arrival *a = &w->source.ring[(w->source.taken + w->ahead) % SOURCE_RING];
    uint64_t id = w->tally.issued + w->ahead;
    uint32_t i;

    if (a->time == LB_NEVER)
        return;
    describe(w, a, id, w->ahead);
    b->ask.look_n = 0;
    a->look_n =
        b->policy->prepare(b->self, &b->ask, stream_at(w->policy_key, id, 0), a->look, SOURCE_LOOK);
    for (i = 0; i < a->look_n; i++) {
        if (w->express->looks)
            __builtin_prefetch(&b->inflight[a->look[i]], 1);
        __builtin_prefetch(&w->express->lanes.lane[a->look[i]], 1);
    }
    if (a->look_n == 1)
        warm_account(w, a->look[0]);
    warm_probable(w);
}

/* Those of a server are gone whose answers are at the balancer by now. */
ALWAYS_INLINE uint32_t look_at(struct world *w, uint32_t server, lb_time now, const unsigned f)
{
    struct express *x = w->express;
    uint32_t n =
        lanes_count(&x->lanes, server, f & WAY_LINKS ? express_left(x, now) : now, f & WAY_LINKS);

    w->balancer[0].inflight[server] = n;
    return n;
}

/* The policy's answer; what it looks at is up to date. */
ALWAYS_INLINE lb_server ask(struct world *w, const struct arrival *a, const unsigned f)
{
    struct balancer *b = &w->balancer[0];
    lb_server look[LB_LOOK_MOST];
    uint64_t id = w->tally.issued - 1;
    struct lb_random random = stream_at(w->policy_key, id, 0);
    uint32_t i;

    describe(w, a, id, 0);
    b->ask.look = a->look;
    b->ask.look_n = f & WAY_LARGE ? a->look_n : 0;
    if (w->express->looks && (b->ask.look_n == 0 || b->ask.look_n == SOURCE_LOOK)) {
        /* who was asked ahead had little room, and may have had more to name */
        b->ask.look = look;
        b->ask.look_n = b->policy->prepare(b->self, &b->ask, random, look, LB_LOOK_MOST);
    }
    for (i = 0; w->express->looks && i < b->ask.look_n; i++)
        look_at(w, b->ask.look[i], a->time, f);
    return b->policy->pick(b->self, &b->ask, &random);
}

/* ---- What is told of a request. */

void express_rise(struct world *w, uint64_t waiting, lb_time reached)
{
    struct express *x = w->express;

    if (x->rises == RISES_MOST) {
        world_fail(w, "queues grow beyond what the express way can tell: --engine general");
        return;
    }
    x->rise[x->rises++] = (struct rise) { reached, waiting };
    x->longest = waiting > x->longest ? waiting : x->longest;
}

ALWAYS_INLINE void count(struct world *w, const struct arrival *a, uint32_t server, lb_time start,
                         lb_time service, const unsigned f)
{
    struct express *x = w->express;
    struct tally *t = &w->tally;
    struct server *s = &w->server[server];
    lb_time reached = a->time + (f & WAY_LINKS ? x->way : 0);
    lb_time end = start + service + (f & WAY_LINKS ? x->way : 0);

    t->ended[ENDED_COMPLETED]++;
    if (UNLIKELY(w->order->series != NULL))
        add_to_series(w->order, t->issued - 1, end - a->time);
    if (UNLIKELY(t->issued < w->warmup))
        return;
    s->busy += (uint64_t)service;
    s->waited += (uint64_t)(start - reached);
    t->finished += start + service > t->from;
    if (UNLIKELY(t->issued == w->warmup)) { /* the last of the warm-up begins measured time */
        t->in_system += (uint64_t)(end - a->time);
        t->before += end > a->time;
        return;
    }
    s->worked += (uint64_t)a->work;
    t->waited += start > reached;
    tally_sample(t, end - a->time, start - reached, service, service);
}

/* Is its queue the longest so far, when the request has come? No more are in flight than said: a
 * policy may take a server that it has not looked at, whose count is then of some time ago. */
ALWAYS_INLINE void measure_queue(struct world *w, uint32_t server, uint32_t in_flight,
                                 lb_time reached, const unsigned f)
{
    struct express *x = w->express;
    uint32_t inside;

    if (LIKELY(in_flight <= 1 + x->longest) || w->tally.issued < w->warmup)
        return;
    inside = 1 + (f & WAY_LINKS ? lanes_later(&x->lanes, server, reached)
                                : lanes_count(&x->lanes, server, reached, false));
    if (inside > 1 + x->longest)
        express_rise(w, inside - 1, reached);
}

ALWAYS_INLINE void send(struct world *w, const struct arrival *a, uint32_t server, const unsigned f)
{
    struct express *x = w->express;
    struct balancer *b = &w->balancer[0];
    lb_time reached = a->time + (f & WAY_LINKS ? x->way : 0), service, start;
    uint32_t n = x->looks ? b->inflight[server]
                          : lanes_bound(&x->lanes, server,
                                        f & WAY_LINKS ? express_left(x, a->time) : a->time,
                                        f & WAY_LINKS, x->longest);
    lb_time last = x->lanes.lane[server].last;

    service = service_time(&w->group[0], a->work);
    start = last > reached ? last : reached;
    if (UNLIKELY(beyond_time(time_after(start, service)))) {
        world_fail(w, TIME_RUNS_OUT);
        return;
    }
    measure_queue(w, server, n + 1, reached, f);
    if (UNLIKELY(!lanes_push(&x->lanes, server, (struct stay) { start + service, reached }, n,
                             f & WAY_LINKS)))
        world_fail(w, "more than %d requests are in flight at once", EVENT_INDEX_LIMIT);
    if (x->looks)
        b->inflight[server] = n + 1;
    if (b->policy->sent)
        b->policy->sent(b->self, &b->ask, server);
    count(w, a, server, start, service, f);
}

/* ---- The loop. */

/* The general way knows what becomes of a request that nobody takes. */
static void turn_away(struct world *w, const struct arrival *a, lb_server said)
{
    uint32_t slot = job_take(w);

    w->express->turned_away++;
    w->job[slot] = (struct job) { .issued = a->time,
                                  .work = a->work,
                                  .next = JOB_NONE,
                                  .server = LB_NONE,
                                  .serial = (uint32_t)(w->tally.issued - 1),
                                  .client = (uint16_t)a->client };
    offer_failed(w, slot, said, a->time);
}

static bool interrupted(struct world *w)
{
    if (w->order->progress)
        *w->order->progress = express_events(w);
    if (w->source.failed)
        world_fail(w, "%s", w->source.failed);
    if (w->order->stop && *w->order->stop)
        world_fail(w, "interrupted");
    return w->failed;
}

ALWAYS_INLINE void loop(struct world *w, const unsigned f)
{
    struct balancer *b = &w->balancer[0];
    const struct arrival *a;
    uint32_t left = LOOK_EVERY;

    while ((a = source_next(&w->source))->time != LB_NEVER && !w->failed) {
        const struct arrival this = *a; /* its place may be filled anew */
        lb_server seat;
        uint64_t n;

        if (f & WAY_LARGE)
            look_ahead(w);
        n = ++w->tally.issued;
        if (UNLIKELY(n == w->warmup)) {
            measuring_begins(w, this.time);
            express_begins(w);
        }
        if (UNLIKELY(n == w->requests))
            measuring_ends(w, this.time);
        seat = ask(w, &this, f);
        if (UNLIKELY(seat >= b->view.n || (b->open && !b->open[seat])))
            turn_away(w, &this, seat);
        else
            send(w, &this, seat, f);
        source_take(&w->source);
        if (UNLIKELY(--left == 0)) {
            left = LOOK_EVERY;
            if (interrupted(w))
                break;
        }
    }
}

DISPATCHED static void run_plain(struct world *w)
{
    loop(w, 0);
}

DISPATCHED static void run_large(struct world *w)
{
    loop(w, WAY_LARGE);
}

DISPATCHED static void run_links(struct world *w)
{
    loop(w, WAY_LINKS);
}

DISPATCHED static void run_links_large(struct world *w)
{
    loop(w, WAY_LINKS | WAY_LARGE);
}

void express_run(struct world *w)
{
    static void (*const ways[])(struct world *) = {
        [0] = run_plain,
        [WAY_LARGE] = run_large,
        [WAY_LINKS] = run_links,
        [WAY_LINKS | WAY_LARGE] = run_links_large,
    };
    struct lb_request *what = &w->balancer[0].ask;
    const struct client_spec *client = &w->scenario->clients[0];

    if (w->express->wide) {
        express_run_wide(w);
        return;
    }
    what->priority = (uint16_t)client->priority;
    what->zone = (uint16_t)balancer_zone(w->scenario, client->zone);
    ways[(w->express->way ? WAY_LINKS : 0) | (w->ahead ? WAY_LARGE : 0)](w);
    express_ends(w);
}
