/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/loop.h"

#include <errno.h>
#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "sim/run/trip.h"

enum {
    POLL_US = 500,        /* how often it looks for the epoch */
    DESCRIPTORS_KEPT = 24 /* of a process that are no connections, beside those of its listeners */
};

/* ---- The clock. */

int64_t live_monotonic(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

lb_time live_now(const struct live_plan *plan)
{
    int64_t epoch = atomic_load_explicit(&plan->shared->epoch, memory_order_relaxed);
    int64_t real = live_monotonic() - epoch;

    if (epoch == 0 || real <= 0)
        return 0;
    return (lb_time)((double)real / plan->time_scale);
}

int64_t live_real(const struct live_plan *plan, lb_time model)
{
    return atomic_load(&plan->shared->epoch) + (int64_t)((double)model * plan->time_scale);
}

/* ---- Failing. */

int role_fails(struct live_fare *fare, int code, const char *format, ...)
{
    va_list list;
    int none = 0;

    if (!atomic_compare_exchange_strong(&fare->code, &none, code))
        return -1;
    va_start(list, format);
    vsnprintf(fare->why, sizeof fare->why, format, list);
    va_end(list);
    atomic_store(&fare->state, LIVE_FAILED);
    return -1;
}

/* ---- Time goes on. */

static void arm(struct loop *l)
{
    lb_time due = world_due(l->world);
    int64_t wait;

    if (due == l->armed)
        return;
    l->armed = due;
    if (due == LB_NEVER) {
        event_del(l->timer);
        return;
    }
    wait = live_real(l->plan, due) - live_monotonic();
    wait = wait > 0 ? (wait + 999) / 1000 : 0;
    event_add(l->timer, &(struct timeval) { wait / 1000000, (suseconds_t)(wait % 1000000) });
}

static bool has_come(const struct loop *l)
{
    const int64_t epoch = atomic_load(&l->plan->shared->epoch);

    return epoch != 0 && live_monotonic() >= epoch;
}

static void begin(struct loop *l)
{
    event_del(l->poll);
    l->begun = true;
    l->inside = true;
    world_begin(l->world);
    if (l->begins)
        l->begins(l->context);
    world_until(l->world, live_now(l->plan));
    l->early = 0;
    loop_leave(l);
}

/* Others may have begun a moment earlier, and what they send is not to find us waiting. */
void loop_enter(struct loop *l)
{
    if (!l->begun && has_come(l))
        begin(l);
    l->inside = true;
    if (l->begun)
        world_until(l->world, live_now(l->plan));
}

/* A plug-in did what it may not, or something is wrong with lbsim itself. */
static void world_has_failed(struct loop *l)
{
    static const char broke[] = "the accounting broke";

    role_fails(l->fare, strncmp(l->world->why, broke, sizeof broke - 1) ? 1 : 70, "%s",
               l->world->why);
    event_base_loopbreak(l->base);
}

void loop_leave(struct loop *l)
{
    lb_time now = live_now(l->plan);

    l->inside = false;
    while (l->begun && !l->world->failed && world_due(l->world) <= now)
        world_until(l->world, now); /* what has just been done may be late already */
    if (l->world->failed) {
        world_has_failed(l);
        return;
    }
    if (l->begun)
        arm(l);
    if (l->over(l->context))
        event_base_loopbreak(l->base);
}

static void due(evutil_socket_t fd, short what, void *context)
{
    struct loop *l = context;

    (void)fd;
    (void)what;
    l->armed = LB_NEVER - 1; /* it has gone off */
    loop_enter(l);
    loop_leave(l);
}

static void heed(struct loop *l)
{
    int stop = atomic_load(&l->plan->shared->stop);

    if (stop == l->seen)
        return;
    l->seen = stop;
    loop_enter(l);
    l->stopped(l->context, stop);
    loop_leave(l);
}

/* Until the epoch: is everything there; has it come? */
static void look(evutil_socket_t fd, short what, void *context)
{
    struct loop *l = context;

    (void)fd;
    (void)what;
    if (atomic_load(&l->fare->state) == LIVE_STARTING && (!l->ready || l->ready(l->context)))
        atomic_store(&l->fare->state, LIVE_READY);
    if (l->fare->code) {
        event_base_loopbreak(l->base);
        return;
    }
    heed(l);
    if (!l->begun && has_come(l))
        begin(l);
}

static void pulled(evutil_socket_t fd, short what, void *context)
{
    struct loop *l = context;
    char rest[64];
    ssize_t n = read((int)fd, rest, sizeof rest);

    (void)what;
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        l->seen = 2; /* the supervisor is gone */
        event_base_loopbreak(l->base);
        return;
    }
    heed(l);
}

/* ---- From beginning to end. */

static struct event_base *open_base(void)
{
    struct event_config *config = event_config_new();
    struct event_base *base = NULL;

    if (config && !event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER) &&
        !event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) &&
        !event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME))
        base = event_base_new_with_config(config);
    if (config)
        event_config_free(config);
    return base;
}

int loop_open(struct loop *l, const struct live_plan *plan, struct live_fare *fare,
              struct world *world, int leash)
{
    l->plan = plan;
    l->fare = fare;
    l->world = world;
    l->armed = LB_NEVER;
    l->base = open_base();
    l->timer = l->base ? event_new(l->base, -1, 0, due, l) : NULL;
    l->poll = l->base ? event_new(l->base, -1, EV_PERSIST, look, l) : NULL;
    l->leash =
        l->base && leash >= 0 ? event_new(l->base, leash, EV_READ | EV_PERSIST, pulled, l) : NULL;
    if (!l->timer || !l->poll || (leash >= 0 && !l->leash))
        return role_fails(fare, 3, "no event loop: out of memory, or of file descriptors");
    event_add(l->poll, &(struct timeval) { 0, POLL_US });
    if (l->leash)
        event_add(l->leash, NULL);
    return 0;
}

void loop_close(struct loop *l)
{
    if (l->timer)
        event_free(l->timer);
    if (l->poll)
        event_free(l->poll);
    if (l->leash)
        event_free(l->leash);
    if (l->base)
        event_base_free(l->base);
}

int loop_run(struct loop *l)
{
    if (event_base_dispatch(l->base) < 0)
        return role_fails(l->fare, 3, "the event loop failed");
    return l->fare->code ? -1 : 0;
}

/* ---- What roles share. */

int role_world(const struct live_plan *plan, struct live_fare *fare, const struct wire *wire,
               struct world_order *order, struct world *w)
{
    bool balances = wire->here & WORLD_BALANCERS;

    *order =
        (struct world_order) { .scenario = plan->scenario,
                               .policy = balances && plan->logged ? plan->logged : plan->policy,
                               .replication = plan->replication,
                               .requests = plan->requests,
                               .warmup = plan->warmup,
                               .warmup_time = plan->warmup_time,
                               .queue = QUEUE_LADDER,
                               .wire = wire };
    if (world_open(w, order))
        return role_fails(fare, 3, "%s", w->why[0] ? w->why : "out of memory");
    return 0;
}

bool role_keeps_moments(const struct live_plan *plan)
{
    return (plan->policy->policy->sees & (LB_SENDS_COPIES | LB_CUTS)) ||
           scenario_needs_trips(plan->scenario);
}

void role_moment(const struct live_plan *plan, const struct world *w, uint32_t slot,
                 enum link_part part, enum moment_kind kind)
{
    if (w->order->wire->extra)
        shared_moment(plan->shared,
                      &(struct live_moment) { w->now, w->job[slot].serial, w->trip[slot].draw,
                                              (uint16_t)part, (uint16_t)kind });
}

uint32_t role_descriptors(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur > UINT32_MAX)
        return UINT32_MAX;
    return files.rlim_cur > 2 * DESCRIPTORS_KEPT ? (uint32_t)files.rlim_cur - DESCRIPTORS_KEPT
                                                 : DESCRIPTORS_KEPT;
}

void role_cpu(struct live_fare *fare)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    atomic_fetch_add(&fare->cpu_ns, (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec);
}

struct parcel role_parcel(const struct world *w, uint32_t slot)
{
    const struct job *j = &w->job[slot];
    const struct trip *t = &w->trip[slot];
    struct parcel p = parcel_blank(j->serial);

    p.part = t->draw;
    p.client = j->client;
    p.balancer = j->balancer;
    p.work = j->work;
    p.size = w->more ? w->more[slot].size : j->work;
    p.keyed = w->more && client_has_keys(&w->scenario->clients[j->client]);
    p.key = p.keyed ? w->more[slot].key : 0;
    p.retried = t->retried;
    return p;
}

struct visit role_visit(const struct parcel *p)
{
    return (struct visit) { .serial = (uint32_t)p->id,
                            .part = p->part,
                            .client = p->client,
                            .balancer = p->balancer,
                            .server = p->server,
                            .key = p->key,
                            .work = p->work,
                            .size = p->size,
                            .cut = p->cut,
                            .cost = p->cost,
                            .retried = p->retried };
}
