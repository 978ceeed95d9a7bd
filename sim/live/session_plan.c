/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/live/session_part.h"
#include "sim/run/trial.h"

enum {
    PING_S = 3,          /* a ping phase lasts about so long, ... */
    PING_LEAST = 50,     /* ... but has so many requests at least, ... */
    PING_MOST = 2000,    /* ... and no more than so many */
    PING_WARMUP = 10,    /* one in so many is not counted */
    MEASURE_S = 10,      /* where pings measure services as well, they last longer, ... */
    MEASURE_MOST = 5000, /* ... and there are more of them */
    ROOM_MORE = 10000,   /* records beyond twice of what is likely */
    CONNECTIONS_LEAST = 8,
    CONNECTIONS_MOST = 128
};

/* Load that pings put on servers that are not lbsim's, at most. */
static const double MEASURE_LOAD = 0.25;

double session_rate(const struct scenario *s)
{
    return 1e9 * (double)trial_length(s) / (double)trial_span(s);
}

uint32_t session_balancers(const struct scenario *s)
{
    uint32_t i, n = 0;

    for (i = 0; i < s->balancers_n; i++)
        n += s->balancers[i].count;
    return n;
}

/* ---- What the scenario says. */

static struct scenario with_length(const struct scenario *s, uint64_t requests, lb_time duration)
{
    struct scenario copy = *s;

    copy.run.requests = requests;
    copy.run.duration = requests ? 0 : duration;
    return copy;
}

static int find_warmup(struct session_order *o, char *why, size_t room)
{
    const struct scenario as_run = with_length(o->scenario, o->requests, o->duration);
    const struct trial trial = { .scenario = &as_run,
                                 .policy = (uint32_t)(o->policy - o->scenario->policies),
                                 .ahead = UINT32_MAX };
    struct warmup_found found = { 0 };

    trial_pilot(&trial, &found);
    o->warmup = found.cut;
    if (!found.failed)
        return 0;
    snprintf(why, room, "the pilot that finds the warm-up has failed: %s", found.why);
    return -1;
}

/* As many connections as requests are likely to be out at once. */
static uint32_t connections_of(const struct scenario *s)
{
    uint64_t cores = 0;
    uint32_t i;

    for (i = 0; i < s->servers_n; i++)
        cores +=
            (uint64_t)s->servers[i].count *
            (s->servers[i].cores == SCENARIO_UNLIMITED ? CONNECTIONS_MOST : s->servers[i].cores);
    return cores > CONNECTIONS_MOST / 2    ? CONNECTIONS_MOST
           : cores < CONNECTIONS_LEAST / 2 ? CONNECTIONS_LEAST
                                           : (uint32_t)(2 * cores);
}

int session_prepare(struct session_order *o, const struct scenario *s,
                    const struct policy_spec *policy, char *why, size_t room)
{
    const bool limited = s->live.duration != LB_NEVER;
    const lb_time duration = limited ? s->live.duration : s->run.duration;

    *o = (struct session_order) { .scenario = s,
                                  .policy = policy,
                                  .requests = duration ? 0 : s->run.requests,
                                  .duration = duration ? duration : LB_NEVER,
                                  .tries = s->live.tries,
                                  .gate = gate_limits_default(),
                                  .limits = channel_limits_default(),
                                  .connections = connections_of(s) };
    if (s->live.connections != SCENARIO_UNLIMITED) {
        o->limits.connections = s->live.connections;
        if (o->connections > s->live.connections)
            o->connections = s->live.connections;
    }
    switch (s->run.warmup) {
    case WARMUP_COUNT:
        o->warmup = s->run.warmup_count;
        return 0;
    case WARMUP_TIME:
        o->warmup = UINT64_MAX;
        return 0;
    default:
        return find_warmup(o, why, room);
    }
}

/* ---- How long. */

static uint64_t length_of(const struct session_order *o)
{
    const struct scenario as_run = with_length(o->scenario, o->requests, o->duration);

    return trial_length(&as_run);
}

/* Users who wait for an answer come at a rate of their own when requests make no work. */
static bool may_ping(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->clients_n; i++) {
        const struct client_spec *c = &s->clients[i];

        if (c->process == ARRIVAL_CLOSED &&
            c->think.kind->mean(&c->think) < c->service.kind->mean(&c->service))
            return false;
    }
    return true;
}

/* After so many requests weighted round robin is back where it began. */
static uint64_t round_of(const struct scenario *s)
{
    uint64_t n = 0;
    uint32_t i;

    for (i = 0; i < s->servers_n; i++)
        n += (uint64_t)s->servers[i].count * s->servers[i].weight;
    return n > 0 ? n : 1;
}

/* Do pings measure services of servers that are not lbsim's? */
static bool measures(const struct session_order *o)
{
    return o->scenario->live.backends && !o->through;
}

/* Servers that are not lbsim's know no requests without work. Pings are to find them idle for the
 * most part, so they take so many times as long. */
static double stretch_of(const struct session_order *o)
{
    const double load = o->scenario->offered_load;

    if (!measures(o))
        return 1.0;
    return fmax(1.0, (isnan(load) ? 1.0 : load) / MEASURE_LOAD);
}

static double ping_scale(const struct session_order *o)
{
    return o->scenario->live.time_scale * stretch_of(o);
}

/* A foreign balancer is not started anew for the run: pings leave it at the beginning of a round.
 */
static uint64_t pings_of(const struct session_order *o)
{
    const double rate = session_rate(o->scenario) / ping_scale(o);
    const double most = measures(o) ? MEASURE_MOST : PING_MOST;
    double likely = fmin(fmax(rate * (measures(o) ? MEASURE_S : PING_S), PING_LEAST), most);
    uint64_t n = (uint64_t)fmin(likely, (double)length_of(o));
    const uint64_t round = o->through ? round_of(o->scenario) : 1;

    if (!may_ping(o->scenario))
        return 0;
    return round <= PING_MOST ? (n + round - 1) / round * round : n;
}

double session_seconds(const struct session_order *o)
{
    const struct scenario as_run = with_length(o->scenario, o->requests, o->duration);

    return (double)trial_span(&as_run) / 1e9 * o->scenario->live.time_scale;
}

double session_most_seconds(const struct session_order *o)
{
    const double pings = session_ping_seconds(o), scale = o->scenario->live.time_scale;

    return session_seconds(o) + supervise_longest(o->scenario) * scale +
           (pings > 0.0 ? pings + supervise_ping_end(ping_scale(o)) : 0.0);
}

double session_ping_seconds(const struct session_order *o)
{
    return (double)pings_of(o) / session_rate(o->scenario) * ping_scale(o);
}

/* ---- The plan of a try. */

uint64_t session_room(const struct live_plan *plan)
{
    if (plan->serve)
        return 0;
    return plan->requests ? plan->requests : 2 * trial_length(plan->scenario) + ROOM_MORE;
}

static enum transport transport_of(enum live_transport t)
{
    return t == LIVE_HTTP ? TRANSPORT_HTTP : t == LIVE_TCP ? TRANSPORT_TCP : TRANSPORT_UDP;
}

/* Errors of servers are drawn for requests of the run. */
static int calm(struct session_try *t)
{
    const uint32_t n = t->as_run.servers_n;
    uint32_t i;

    t->calm = malloc((n + 1) * sizeof t->calm[0]);
    if (!t->calm)
        return -1;
    for (i = 0; i < n; i++) {
        t->calm[i] = t->as_run.servers[i];
        t->calm[i].errors = t->calm[i].resets = t->calm[i].hangs = 0.0;
    }
    t->as_run.servers = t->calm;
    return 0;
}

int session_plan(const struct session_order *o, struct session_try *t, bool ping, uint32_t n)
{
    const uint64_t requests = ping ? pings_of(o) : o->requests;

    t->as_run = with_length(o->scenario, requests, o->duration);
    if (ping && calm(t))
        return -1;
    t->plan = (struct live_plan) {
        .scenario = &t->as_run,
        .policy = o->policy,
        .logged = !ping && o->logged ? o->logged(o->context, n) : NULL,
        .requests = requests,
        .duration = requests ? LB_NEVER : o->duration,
        .warmup = ping ? requests / PING_WARMUP : o->warmup,
        .warmup_time = ping ? 0 : o->scenario->run.warmup_time,
        .ping = ping,
        .transport = transport_of(o->scenario->live.transport),
        .time_scale = ping ? ping_scale(o) : o->scenario->live.time_scale,
        .limits = o->limits,
        .tls = o->tls,
        .through = o->through,
        .backends = o->backends,
        .bind = o->bind,
        .connections = o->connections,
        .serve = o->serve,
    };
    return 0;
}
