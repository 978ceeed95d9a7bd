/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "sim/live/supervisor_part.h"
#include "sim/run/trial.h"

#define SECOND INT64_C(1000000000)

enum {
    READY_S = 20,   /* until a role is ready */
    PING_END_S = 2, /* the last pings are awaited */
    DRAIN_S = 10,   /* after an interrupt, until what is in flight is cancelled */
    AT_ONCE_S = 10, /* until a role that is to end at once has */
    MACHINE = 3,
    BUG = 70
};

int supervisor_fail(struct show *s, int code, const char *format, ...)
{
    va_list list;

    if (s->out->code)
        return -1;
    s->out->code = code;
    va_start(list, format);
    vsnprintf(s->out->why, sizeof s->out->why, format, list);
    va_end(list);
    return -1;
}

/* ---- The beginning. */

static bool servers_ready(const struct show *s)
{
    const struct live_shared *shared = s->plan->shared;
    uint32_t i, k;

    for (i = 0; i < s->hands; i++)
        for (k = s->hand[i].first; k < s->hand[i].first + s->hand[i].count; k++)
            if (!shared->server_port[k])
                return false;
    return true;
}

static bool is_ready(const struct show *s, enum live_role role)
{
    const int state = s->plan->shared->fare[role].state;

    if (state == LIVE_STARTING || state == LIVE_FAILED)
        return false;
    return role != ROLE_SERVERS || servers_ready(s);
}

static int64_t at_once(const struct show *s)
{
    return s->order->at_once > 0 ? (int64_t)(s->order->at_once * 1e9) : AT_ONCE_S * SECOND;
}

static int interrupts(const struct show *s)
{
    return s->order->interrupt ? (int)*s->order->interrupt : 0;
}

/* Starts those of a role and waits until they are ready. */
static int bring_up(struct show *s, enum live_role role)
{
    static const char *const names[] = { "the clients", "the balancer", "the servers" };
    const int64_t until = live_monotonic() + READY_S * SECOND;
    uint32_t i;

    for (i = 0; i < s->hands; i++)
        if (s->hand[i].role == role && hand_start(&s->hand[i]))
            return -1;
    while (hands_work(s, role) && !is_ready(s, role)) {
        if (live_monotonic() > until)
            return supervisor_fail(s, MACHINE, "%s are not ready after %d s", names[role], READY_S);
        if (interrupts(s)) {
            s->out->interrupted = true;
            return -1;
        }
        hands_wait(s, live_monotonic() + SECOND / 500);
        for (i = 0; i < s->hands; i++)
            if (s->hand[i].role == role)
                hand_collect(&s->hand[i]);
        if (s->out->code)
            return -1;
    }
    return 0;
}

static lb_time model_of(const struct show *s, double seconds)
{
    const double ns = seconds * 1e9 / s->plan->time_scale;

    return ns < 9e18 ? (lb_time)ns : LB_NEVER - 1;
}

static int prepare(struct show *s)
{
    if (!s->plan->serve && downtimes_open(&s->downs, s->plan, model_of(s, supervise_limit(s->plan)),
                                          s->out->why, sizeof s->out->why)) {
        s->out->code = MACHINE;
        return -1;
    }
    if (hands_plan(s))
        return -1;
    s->quiet = mmap(NULL, s->hands * sizeof s->quiet[0], PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s->quiet != MAP_FAILED)
        return 0;
    s->quiet = NULL;
    return supervisor_fail(s, MACHINE, "out of memory");
}

/* Whoever is told that it serves finds that it does: not before time has begun. */
static void tell_ready(const struct show *s)
{
    const int64_t left = s->epoch - live_monotonic();

    if (!s->order->ready)
        return;
    if (left > 0)
        nanosleep(&(struct timespec) { left / SECOND, left % SECOND }, NULL);
    s->order->ready(s->order->context, s->plan);
}

static int begin(struct show *s)
{
    if (prepare(s) || bring_up(s, ROLE_SERVERS) || bring_up(s, ROLE_BALANCER) ||
        bring_up(s, ROLE_CLIENTS))
        return -1;
    s->steal = steal_now();
    s->epoch = live_monotonic() + SECOND / 20;
    s->limit =
        s->epoch +
        (int64_t)((s->order->limit > 0.0 ? s->order->limit : supervise_limit(s->plan)) * 1e9);
    s->plan->shared->epoch = s->epoch;
    tell_ready(s);
    return glance_open(s);
}

/* ---- While it lasts. */

static struct hand *keeper_of(struct show *s, uint32_t server)
{
    uint32_t i;

    for (i = 0; i < s->hands; i++)
        if (s->hand[i].mortal && s->hand[i].first == server)
            return &s->hand[i];
    return NULL;
}

static int64_t next_down_at(const struct show *s)
{
    if (s->next_down == s->downs.n)
        return INT64_MAX;
    return live_real(s->plan, s->downs.at[s->next_down].at);
}

static void strike(struct show *s)
{
    while (next_down_at(s) <= live_monotonic() && !s->out->code) {
        const struct downtime *d = &s->downs.at[s->next_down++];
        struct hand *h = keeper_of(s, d->server);

        if (!h)
            continue;
        if (d->down) {
            s->out->kills += h->works;
            hand_kill(h);
        } else if (!h->works) {
            h->again = true;
            hand_start(h);
        }
    }
}

/* Who has ended of their own accord while others still counted on them? */
static void collect(struct show *s)
{
    uint32_t i;

    for (i = 0; i < s->hands; i++)
        if (s->hand[i].works)
            hand_collect(&s->hand[i]);
}

static void stop_all(struct show *s, int how)
{
    int role;

    s->plan->shared->stop = how;
    for (role = 0; role < ROLES; role++)
        hands_nudge(s, (enum live_role)role);
}

static bool tells(const struct show *s)
{
    return s->order->watch && !s->plan->serve;
}

/* Until nobody of this role works any more, or all is to end; it has been told how much there is to
 * do. */
struct vigil {
    enum live_role role;
    int64_t drain, end; /* when what is in flight is cancelled; when it has lasted too long */
    int heard;          /* interrupts so far */
    int64_t glance;
    bool all_out; /* all pings have been sent */
};

/* Without clients nothing is in flight that is ours: the balancer answers those it has. */
static void drain(struct show *s, const struct vigil *v)
{
    const bool terminate = s->plan->serve && !s->order->threads;
    uint32_t i;

    s->plan->shared->stop = terminate ? 0 : 1;
    for (i = 0; i < s->hands; i++)
        if (s->hand[i].role == v->role && terminate)
            hand_terminate(&s->hand[i]);
        else if (s->hand[i].role == v->role)
            hand_nudge(&s->hand[i]);
}

static void heed(struct show *s, struct vigil *v)
{
    const int now = interrupts(s);

    if (now == v->heard)
        return;
    v->heard = now;
    s->out->interrupted = true;
    if (now > 1 || v->role == ROLE_SERVERS || s->plan->ping)
        v->drain = 0;
    if (s->plan->shared->stop || v->drain == 0)
        return;
    drain(s, v);
    if (v->drain > live_monotonic() + DRAIN_S * SECOND)
        v->drain = live_monotonic() + DRAIN_S * SECOND;
}

/* Of pings, those that links lose or servers keep are not worth waiting for. */
static void await_last_pings(const struct show *s, struct vigil *v)
{
    const int64_t until =
        live_monotonic() + (int64_t)(supervise_ping_end(s->plan->time_scale) * 1e9);

    if (v->all_out || v->role != ROLE_CLIENTS || !s->plan->ping ||
        !s->plan->shared->fare[ROLE_CLIENTS].all_issued)
        return;
    v->all_out = true;
    v->drain = v->drain < until ? v->drain : until;
}

/* What is still in flight when its time is up ends at once, and so does who does not listen. */
static void hurry(struct show *s, struct vigil *v)
{
    const int64_t now = live_monotonic();

    if (now >= v->drain && s->plan->shared->stop < 2) {
        s->out->endless |= !s->out->interrupted && !v->all_out && v->role == ROLE_CLIENTS;
        stop_all(s, 2);
        v->end = now + at_once(s);
    }
    if (now >= v->end)
        supervisor_fail(s, BUG, "a process of lbsim did not end when it was told to");
}

static void keep_vigil(struct show *s, struct vigil *v)
{
    v->end = s->plan->shared->stop < 2 ? INT64_MAX : live_monotonic() + at_once(s);
    v->glance = live_monotonic() + SECOND;
    while (hands_work(s, v->role) && !s->out->code) {
        int64_t until = next_down_at(s);

        until = v->drain < until ? v->drain : until;
        until = v->end < until ? v->end : until;
        until = v->glance < until ? v->glance : until;
        hands_wait(s, until);
        strike(s);
        collect(s);
        heed(s, v);
        await_last_pings(s, v);
        hurry(s, v);
        if (live_monotonic() >= v->glance) {
            v->glance += SECOND;
            if (tells(s))
                glance_tell(s, s->plan->shared->stop > 0);
        }
    }
}

/* The clients end when all they issued has ended. What balancer and servers still do then is for
 * nobody: first the one ends, then the others. */
static void attend(struct show *s)
{
    struct vigil v = { .role = ROLE_CLIENTS, .drain = s->limit };

    if (s->plan->serve) {
        v.role = s->plan->through ? ROLE_SERVERS : ROLE_BALANCER;
        v.drain = INT64_MAX;
    }
    keep_vigil(s, &v);
    s->next_down = s->downs.n; /* nobody is killed any more */
    s->plan->shared->stop = 2;
    for (v.role = ROLE_BALANCER; v.role < ROLES && !s->out->code; v.role++) {
        hands_nudge(s, v.role);
        keep_vigil(s, &v);
    }
}

/* ---- The whole. */

double supervise_longest(const struct scenario *s)
{
    lb_time longest = 0;
    uint32_t i;

    for (i = 0; i < s->clients_n; i++) {
        const struct client_spec *c = &s->clients[i];
        const lb_time each = c->deadline != LB_NEVER  ? c->deadline
                             : c->timeout != LB_NEVER ? c->timeout
                                                      : 0;

        longest = each > longest ? each : longest;
    }
    return (double)longest / 1e9;
}

double supervise_ping_end(double time_scale)
{
    return time_scale > 1.0 ? PING_END_S * time_scale : PING_END_S;
}

double supervise_limit(const struct live_plan *plan)
{
    const struct scenario *s = plan->scenario;

    return 30.0 + plan->time_scale * (1.5 * (double)trial_span(s) / 1e9 + supervise_longest(s));
}

static void tidy(struct show *s)
{
    uint32_t i;

    hands_end(s);
    for (i = 0; i < s->hands && s->quiet; i++)
        s->out->quiet[s->hand[i].role] = s->quiet[i];
    if (s->quiet)
        munmap(s->quiet, s->hands * sizeof s->quiet[0]);
    glance_close(s);
    downtimes_close(&s->downs);
    hands_close(s);
}

int supervise(const struct supervisor_order *order, struct supervised *out)
{
    struct show s = { .order = order, .plan = order->plan, .out = out };

    memset(out, 0, sizeof *out);
    out->steal = NAN;
    if (begin(&s) == 0) {
        attend(&s);
        out->steal = steal_share(s.steal, steal_now());
        out->seconds = (double)(live_monotonic() - s.epoch) / 1e9;
    }
    tidy(&s);
    return out->code ? -1 : 0;
}
