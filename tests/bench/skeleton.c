/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A general engine stripped of everything: every event, arrivals included, goes through the one
 * ordered queue; a switch on its kind; requests in a pool, by slot; servers with a list of those
 * that wait; the policy behind a function pointer; work drawn at issue.
 */
#include "tests/bench/choose.h"
#include "tests/bench/ladder.h"

/* Requests in the pool: as many as there is address space for. Pages are taken only as requests in
 * flight need them. */
#define POOL_MOST  ((uint32_t)1 << 27)
#define POOL_LEAST ((uint32_t)1 << 12)

#define OUT_OF_MEMORY "out of memory or address space: fewer servers need less"

struct server {
    uint32_t first; /* of those that wait, or 0 */
    uint32_t last;  /* of those here, or 0 if idle */
};

struct skeleton {
    struct queue queue;
    uint32_t free_slots; /* list */
    uint32_t fresh;      /* slots from here on were never used */
    uint32_t pool_end;   /* slot */
    struct server *servers;
    int64_t link;      /* one way, ns; 0 is no link */
    double clock, gap; /* of arrivals, ns */
    uint32_t requests, issued;
    uint32_t first_counted; /* serial of the first request that counts */
    uint32_t stop;          /* pause when so many are issued */
    bool pool_is_full;
    struct stream arrivals, work;
    double gaps[DRAW_BLOCK], works[DRAW_BLOCK]; /* by serial % DRAW_BLOCK, mean 1 */
    struct balancer balancer;
    struct reference_tally tally;
    struct ziggurat ziggurat;
};

/* Slot 0, the queue's own, if there is none left. */
static size_t fresh_slot(struct skeleton *engine)
{
    if (engine->fresh == engine->pool_end) {
        engine->pool_is_full = true;
        engine->stop = 0;
        return 0;
    }
    engine->fresh += SLOT_STEP;
    return engine->fresh - SLOT_STEP;
}

static inline size_t take_slot(struct skeleton *engine)
{
    const size_t slot = engine->free_slots;
    if (__builtin_expect(slot == 0, 0)) {
        return fresh_slot(engine);
    }
    engine->free_slots = queue_request(&engine->queue, slot)->next;
    return slot;
}

static inline void give_slot(struct skeleton *engine, struct request *request, size_t slot)
{
    request->next = engine->free_slots;
    engine->free_slots = (uint32_t)slot;
}

static inline void plan(struct skeleton *engine, struct request *request, size_t slot, int64_t time,
                        enum event_kind kind)
{
    request->order.part.kind = kind;
    queue_put(&engine->queue, request, slot, time);
}

static __attribute__((noinline)) void draw_ahead(struct skeleton *engine)
{
    draw_exponentials(&engine->ziggurat, &engine->arrivals, engine->gaps);
    draw_exponentials(&engine->ziggurat, &engine->work, engine->works);
}

/* Plans the issue of the next request. */
static inline void plan_issue(struct skeleton *engine)
{
    const size_t slot = take_slot(engine);
    const uint32_t serial = engine->issued;
    const uint32_t place = serial % DRAW_BLOCK;
    if (__builtin_expect(slot == 0, 0)) {
        return;
    }
    if (__builtin_expect(place == 0, 0)) {
        draw_ahead(engine);
    }
    struct request *const request = queue_request(&engine->queue, slot);
    engine->clock += engine->gaps[place] * engine->gap;
    request->order.part.serial = serial;
    request->work = (int64_t)(engine->works[place] * REFERENCE_MEAN_WORK_NS);
    plan(engine, request, slot, (int64_t)engine->clock, EVENT_ISSUE);
}

static inline void reach(struct skeleton *engine, struct request *request, size_t slot, uint32_t at,
                         int64_t now)
{
    struct server *const server = &engine->servers[at];
    const size_t last = server->last;
    server->last = (uint32_t)slot;
    if (last == 0) {
        plan(engine, request, slot, now + request->work, EVENT_FINISH);
        return;
    }
    uint32_t *const next = &queue_request(&engine->queue, last)->next;
    request->next = 0;
    *(server->first != 0 ? next : &server->first) = (uint32_t)slot;
}

static inline void reply(struct skeleton *engine, struct request *request, size_t slot,
                         uint32_t from, int64_t now)
{
    if (request->order.part.serial >= engine->first_counted) {
        reference_record(&engine->tally, now - request->issued);
    }
    give_slot(engine, request, slot);
    balancer_count(&engine->balancer, from, -1);
}

static inline void finish(struct skeleton *engine, struct request *request, size_t slot,
                          int64_t now)
{
    const uint32_t at = request->server;
    struct server *const server = &engine->servers[at];
    const size_t first = server->first;
    if (first != 0) {
        struct request *const next = queue_request(&engine->queue, first);
        server->first = next->next;
        plan(engine, next, first, now + next->work, EVENT_FINISH);
    } else {
        server->last = 0;
    }
    if (engine->link == 0) {
        reply(engine, request, slot, at, now);
    } else {
        plan(engine, request, slot, now + engine->link, EVENT_REPLY);
    }
}

static inline void issue(struct skeleton *engine, struct request *request, size_t slot, int64_t now)
{
    if (++engine->issued < engine->requests) {
        plan_issue(engine);
    }
    const uint32_t server = engine->balancer.pick(&engine->balancer);
    request->issued = now;
    request->server = server;
    balancer_count(&engine->balancer, server, 1);
    if (engine->link == 0) {
        reach(engine, request, slot, server, now);
    } else {
        plan(engine, request, slot, now + engine->link, EVENT_REACH);
    }
}

/* The next event. Inlined into each loop: the call and its spills would cost a tenth. */
static inline __attribute__((always_inline)) enum event_kind step(struct skeleton *engine)
{
    const size_t slot = queue_take(&engine->queue);
    struct request *const request = queue_request(&engine->queue, slot);
    const int64_t now = request->time;
    const enum event_kind kind = request->order.part.kind;
    switch (kind) {
    case EVENT_REPLY:
        reply(engine, request, slot, request->server, now);
        break;
    case EVENT_FINISH:
        finish(engine, request, slot, now);
        break;
    case EVENT_REACH:
        reach(engine, request, slot, request->server, now);
        break;
    case EVENT_ISSUE:
        issue(engine, request, slot, now);
        break;
    default:
        __builtin_unreachable();
    }
    return kind;
}

/* Runs until that many requests are issued, or no slot is left for the next. */
static void run_issues(struct skeleton *engine, uint32_t issued)
{
    engine->stop = issued;
    while (engine->issued < engine->stop) {
        while (step(engine) != EVENT_ISSUE) {
        }
    }
}

/* Slots in use: of requests issued and of the one to be issued next. */
static uint32_t slots_taken(const struct skeleton *engine)
{
    uint32_t taken = engine->fresh / SLOT_STEP - 1;
    for (size_t slot = engine->free_slots; slot != 0;) {
        slot = queue_request(&engine->queue, slot)->next;
        taken--;
    }
    return taken;
}

/* After the last issue: runs until nobody is left. */
static void run_to_empty(struct skeleton *engine)
{
    const enum event_kind leaves = engine->link == 0 ? EVENT_FINISH : EVENT_REPLY;
    for (uint32_t left = slots_taken(engine); left > 0;) {
        left -= step(engine) == leaves;
    }
}

/* Whether an event may follow another. That the order never falls is all it needs: had the queue
 * given an event while an earlier one was in it, the earlier one would come out later. Only a
 * request without work finishes at the instant it begins, so that its place in that instant may be
 * past when it is planned. */
static bool may_follow(const struct request *before, const struct request *next)
{
    const bool without_work = next->order.part.kind == EVENT_FINISH && next->work == 0;
    return event_before(before, next) || (without_work && next->time == before->time);
}

/* Runs until all are issued and compares each event with the latest before it. */
static bool run_checked(struct skeleton *engine)
{
    struct request before = { .time = -1 };
    engine->stop = engine->requests;
    while (engine->issued < engine->stop) {
        const size_t slot = queue_take(&engine->queue);
        struct request *const next = queue_request(&engine->queue, slot);
        if (!may_follow(&before, next)) {
            return false;
        }
        before = event_before(&before, next) ? *next : before;
        queue_put(&engine->queue, next, slot, next->time);
        step(engine);
    }
    return true;
}

static uint64_t *make_pool(uint32_t *pool_end)
{
    uint64_t *pool = NULL;
    for (uint32_t most = POOL_MOST; pool == NULL && most >= POOL_LEAST; most /= 2) {
        pool = reference_memory(most * sizeof(struct request));
        *pool_end = most * SLOT_STEP;
    }
    return pool;
}

static int engine_start(struct skeleton *engine, const struct reference_options *options)
{
    engine->fresh = SLOT_STEP;
    engine->gap = reference_gap_ns(options);
    engine->link = options->links == 0 ? 0 : REFERENCE_LINK_NS;
    engine->requests = (uint32_t)options->requests;
    engine->first_counted = (uint32_t)reference_warm_up(options);
    engine->servers = reference_memory(options->servers * sizeof *engine->servers);
    engine->tally.histogram = reference_memory(REFERENCE_BUCKETS * sizeof(uint32_t));
    stream_start(&engine->arrivals, options->seed, STREAM_ARRIVALS);
    stream_start(&engine->work, options->seed, STREAM_WORK);
    ziggurat_start(&engine->ziggurat);
    uint64_t *const pool = make_pool(&engine->pool_end);
    if (engine->servers == NULL || engine->tally.histogram == NULL || pool == NULL ||
        queue_start(&engine->queue, pool) != 0) {
        return -1;
    }
    return balancer_start(&engine->balancer, options);
}

/* The three parts of a run; the seconds of the second. */
static double run_timed(struct skeleton *engine)
{
    run_issues(engine, engine->first_counted);
    const double start = reference_cpu_s();
    run_issues(engine, engine->requests);
    const double seconds = reference_cpu_s() - start;
    run_to_empty(engine);
    return seconds;
}

int skeleton_check(const struct reference_options *options, const char **reason)
{
    struct skeleton *const engine = reference_memory(sizeof *engine);
    *reason = OUT_OF_MEMORY;
    if (engine == NULL || engine_start(engine, options) != 0) {
        return -1;
    }
    plan_issue(engine);
    if (!run_checked(engine)) {
        *reason = "events came out of order";
        return -1;
    }
    return engine->pool_is_full ? -1 : 0;
}

int skeleton_run(const struct reference_options *options, struct reference_result *result,
                 const char **reason)
{
    struct skeleton *const engine = reference_memory(sizeof *engine);
    *reason = OUT_OF_MEMORY;
    if (engine == NULL || engine_start(engine, options) != 0) {
        return -1;
    }
    plan_issue(engine);
    result->cpu_s = run_timed(engine);
    result->timed = options->requests - engine->first_counted;
    result->tally = engine->tally;
    return engine->pool_is_full ? -1 : 0;
}
