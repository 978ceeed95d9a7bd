/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/property/onlooker.h"

#include <stdlib.h>
#include <string.h>

#include "sim/run/asked.h"
#include "sim/run/quantity.h"
#include "sim/run/trip.h"
#include "tests/property/clockwork.h"

/* ---- The scenario. */

uint64_t warmup_of(const struct scenario *s)
{
    switch (s->run.warmup) {
    case WARMUP_COUNT:
        return s->run.warmup_count;
    case WARMUP_TIME:
        return UINT64_MAX;
    default:
        return s->run.requests / 10;
    }
}

static bool link_changes(const struct scenario *s, uint32_t link)
{
    uint32_t i;

    for (i = 0; i < s->changes_n; i++)
        if (s->changes[i].kind >= CHANGE_LATENCY && s->changes[i].kind <= CHANGE_LOSS &&
            s->changes[i].first == link)
            return true;
    return false;
}

lb_time constant_delay(const struct scenario *s, uint32_t link)
{
    const struct link_spec *spec = link == SCENARIO_NONE ? NULL : &s->links[link];

    if (!spec)
        return 0;
    if (link_changes(s, link) || spec->bandwidth > 0.0 || spec->loss > 0.0 ||
        !distribution_is_constant(&spec->latency))
        return -1;
    return quantity_ns(spec->latency.kind->mean(&spec->latency));
}

const struct balancer_spec *balancer_at(const struct scenario *s, uint32_t balancer)
{
    uint32_t i;

    for (i = 0; balancer >= s->balancers[i].count; i++)
        balancer -= s->balancers[i].count;
    return &s->balancers[i];
}

uint32_t server_link(const struct scenario *s, uint32_t server, uint32_t balancer)
{
    uint32_t own = s->servers[group_at(s, server)].link;

    return own != SCENARIO_NONE ? own : balancer_at(s, balancer)->link;
}

const struct attempt *attempt_of(const struct witness *w, uint32_t serial)
{
    uint32_t i = serial < w->spy.stays ? w->spy.stay[serial].attempt : UINT32_MAX;

    return i == UINT32_MAX ? NULL : &w->spy.attempt[i];
}

static void judge_scenario(struct witness *w)
{
    const struct scenario *s = w->scenario;
    uint32_t i;

    w->fifo = true;
    w->unsteady = left_to_chance(s);
    w->calm = s->changes_n == 0 && !w->unsteady;
    w->holds = (w->order.policy->policy->sees & LB_MAY_HOLD) != 0;
    for (i = 0; i < s->clients_n; i++) {
        w->timeouts |= s->clients[i].timeout != LB_NEVER;
        w->closed |=
            s->clients[i].process == ARRIVAL_CLOSED || s->clients[i].sessions.requests.kind;
        w->calm &= !s->clients[i].patience.kind;
        w->linked |= s->clients[i].link != SCENARIO_NONE;
    }
    for (i = 0; i < s->balancers_n; i++) {
        w->linked |= s->balancers[i].link != SCENARIO_NONE;
        w->holds |= s->balancers[i].on_none == ON_NONE_QUEUE;
    }
    for (i = 0; i < s->servers_n; i++) {
        w->linked |= s->servers[i].link != SCENARIO_NONE;
        w->fifo &= s->servers[i].discipline == DISCIPLINE_FIFO;
        w->calm &= s->servers[i].errors + s->servers[i].resets + s->servers[i].hangs <= 0.0;
    }
    for (i = 0; i < s->links_n; i++)
        w->lossy |= s->links[i].loss > 0.0;
    for (i = 0; i < s->changes_n; i++)
        w->falling |= s->changes[i].kind == CHANGE_BALANCER;
}

/* ---- The log. */

/* "12.345678901" in nanoseconds. */
static lb_time read_ns(char **at)
{
    lb_time whole = strtoll(*at, at, 10), part = 0;
    int digits = 0;

    if (**at == '.')
        for (++*at; **at >= '0' && **at <= '9'; ++*at, digits++)
            part = part * 10 + (**at - '0');
    return digits == 9 ? whole * 1000000000 + part : -1;
}

static bool comma(char **at)
{
    return *(*at)++ == ',';
}

/* A name between quotes; generated ones have none inside. */
static const char *read_name(char **at)
{
    char *start = *at + 1, *end = **at == '"' ? strchr(start, '"') : NULL;

    if (!end)
        return NULL;
    *end = '\0';
    *at = end + 1;
    return start;
}

static uint32_t find_client(const struct scenario *s, const char *name)
{
    uint32_t i;

    for (i = 0; name && i < s->clients_n; i++)
        if (!strcmp(s->clients[i].name, name))
            return i;
    return UINT32_MAX;
}

static uint32_t read_ending(char **at)
{
    static const char *const names[] = { "completed", "rejected", "timed_out", "failed",
                                         "cancelled" };
    uint32_t i;

    for (i = 0; i < ENDINGS; i++)
        if (!strncmp(*at, names[i], strlen(names[i])) && (*at)[strlen(names[i])] == ',') {
            *at += strlen(names[i]);
            return i;
        }
    return STILL_INSIDE;
}

static bool read_line(const struct witness *w, char *at, struct logged *r)
{
    const char *label = read_name(&at);
    bool good = label && !strcmp(label, w->order.policy->label) && comma(&at);

    if (!good || strtoul(at, &at, 10) != w->order.replication || !comma(&at))
        return false;
    r->serial = (uint32_t)strtoul(at, &at, 10);
    good = comma(&at);
    r->client = find_client(w->scenario, read_name(&at));
    good = good && comma(&at) && r->client != UINT32_MAX;
    r->balancer = (uint32_t)strtoul(at, &at, 10);
    good = good && comma(&at) && (r->issued = read_ns(&at)) >= 0 && comma(&at) &&
           (r->work = read_ns(&at)) >= 0 && comma(&at) && (r->wait = read_ns(&at)) >= 0 &&
           comma(&at) && (r->service = read_ns(&at)) >= 0 && comma(&at) &&
           (r->latency = read_ns(&at)) >= 0 && comma(&at) &&
           (r->ended = read_ending(&at)) != STILL_INSIDE && comma(&at);
    r->server = *at != ',' ? (uint32_t)strtoul(at, &at, 10) : LB_NONE;
    good = good && comma(&at);
    at += strspn(at, "0123456789");
    return good && !strcmp(at, ",\"\""); /* no sweep, no point */
}

static void read_log(struct witness *w, char *text)
{
    char *line = text, *end;
    uint64_t i;

    for (i = 0; i < w->n; i++)
        w->at[i].ended = STILL_INSIDE;
    for (; (end = strchr(line, '\n')); line = end + 1) {
        struct logged r;

        *end = '\0';
        if (!read_line(w, line, &r) || r.serial >= w->n) {
            w->bad++;
            continue;
        }
        w->repeated += w->at[r.serial].ended != STILL_INSIDE;
        w->at[r.serial] = r;
    }
}

/* ---- What follows from the log. */

/* When a request was at its server, where links take always the same time. */
static void tell_way(struct witness *w, struct logged *r)
{
    lb_time there = constant_delay(w->scenario, w->scenario->clients[r->client].link), on = 0;

    r->started = r->left = -1;
    if (r->ended == STILL_INSIDE)
        return;
    if (r->server != LB_NONE)
        on = constant_delay(w->scenario, server_link(w->scenario, r->server, r->balancer));
    if (there < 0 || on < 0 || (w->linked && (w->order.policy->policy->sees & LB_FORWARDS))) {
        w->told = false;
        return;
    }
    if (r->ended == ENDED_COMPLETED) {
        r->started = r->issued + there + on + r->wait;
        r->left = r->started + r->service;
    }
}

/* Requests without a line in the log: the spy knows when they were issued, if they were offered to
 * a policy. Of those that may be several attempts the world still has the errand: in a queue that
 * stands, who is behind is never offered. Else they go by the one before. */
static void tell_issues(struct witness *w)
{
    const struct world *world = &w->world;
    uint64_t i;
    uint32_t slot;

    for (i = 0; i < w->n; i++)
        if (w->at[i].ended == STILL_INSIDE)
            w->at[i].issued = i < w->spy.stays && w->spy.stay[i].offered ? w->spy.stay[i].issued
                              : i > 0                                    ? w->at[i - 1].issued
                                                                         : 0;
    for (slot = 0; world->trip && slot < world->jobs; slot++)
        if (world->trip[slot].role == TRIP_ERRAND && world->errand[slot].live)
            w->at[world->job[slot].serial].issued = world->job[slot].issued;
}

static void find_measured_time(struct witness *w)
{
    const struct run_spec *run = &w->scenario->run;

    w->to = run->duration                           ? run->duration
            : w->n < w->order.requests && w->closed ? w->world.now
            : w->n                                  ? w->at[w->n - 1].issued
                                                    : 0;
    w->from = run->warmup == WARMUP_TIME ? run->warmup_time
              : w->order.warmup == 0     ? 0
              : w->order.warmup <= w->n  ? w->at[w->order.warmup - 1].issued
                                         : LB_NEVER;
    w->first = w->order.warmup;
    if (run->warmup == WARMUP_TIME)
        for (w->first = 0; w->first < w->n && w->at[w->first].issued < w->from; w->first++)
            continue;
}

static void count_on_the_way(struct witness *w)
{
    const struct event *e;

    while ((e = queue_first(&w->world.queue))) {
        w->on_the_way += event_kind(e->what) == EVENT_REACH;
        queue_pop(&w->world.queue);
    }
}

/* ---- The whole. */

static int look_back(struct witness *w, char *text)
{
    uint64_t i;

    w->n = w->world.tally.issued;
    w->at = calloc(w->n + 1, sizeof w->at[0]);
    if (!w->at)
        return -1;
    read_log(w, text);
    w->told = !w->trips && !w->unsteady;
    for (i = 0; i < w->n; i++)
        tell_way(w, &w->at[i]);
    tell_issues(w);
    find_measured_time(w);
    count_on_the_way(w);
    return 0;
}

/* Durations are counted where somebody asks for them. */
static bool ask_of(struct metrics *all, enum scope_kind kind, uint32_t n)
{
    char name[64], braces[64];
    struct metric m;
    uint32_t i, d;
    bool good = metrics_scopes(all, kind, n);

    for (i = 0; good && i < n; i++)
        for (d = 0; good && d < DURATIONS; d++) {
            snprintf(name, sizeof name, "%s.mean", duration_name((enum duration)d));
            snprintf(braces, sizeof braces, "kind %d, number %u", (int)kind, i);
            good = metric_known(name, strlen(name), &m) == 0 &&
                   metrics_add(all, &m, (struct scope) { kind, i }, braces, braces) != UINT32_MAX;
        }
    return good;
}

/* Everything is counted by client and group, and all but durations by server and balancer. */
static bool ask(struct witness *w)
{
    const struct scenario *s = w->scenario;
    struct metrics *all[] = { &w->measured, &w->windows };
    uint32_t i, balancers = 0;
    bool good = asked_open(s, &w->measured, &w->windows) == 0;

    for (i = 0; i < s->balancers_n; i++)
        balancers += s->balancers[i].count;
    for (i = 0; good && i < 2; i++)
        good = ask_of(all[i], SCOPE_ALL, 1) && ask_of(all[i], SCOPE_CLIENT, s->clients_n) &&
               ask_of(all[i], SCOPE_SERVERS, s->servers_n) &&
               metrics_scopes(all[i], SCOPE_SERVER, s->servers_total) &&
               metrics_scopes(all[i], SCOPE_BALANCER, balancers);
    w->asks = w->measured.counted;
    w->measured.counted = true;
    w->order.measured = &w->measured;
    w->order.windows = &w->windows;
    return good;
}

int witness_open(struct witness *w, const struct scenario *s, uint32_t policy, uint32_t replication,
                 bool *refused)
{
    char *text = NULL;
    size_t length;
    int failed = -1;

    memset(w, 0, sizeof *w);
    w->scenario = s;
    w->policy = policy;
    spy_open(&w->spy, &s->policies[policy], &w->world);
    w->order = (struct world_order) { .scenario = s,
                                      .policy = &w->spy.spec,
                                      .replication = replication,
                                      .requests = s->run.duration ? 0 : s->run.requests,
                                      .warmup = warmup_of(s),
                                      .warmup_time = s->run.warmup_time,
                                      .histograms = (1u << DURATIONS) - 1,
                                      .queue = QUEUE_LADDER,
                                      .ahead = UINT32_MAX,
                                      .label = s->policies[policy].label,
                                      .point = "" };
    judge_scenario(w);
    if (!ask(w)) {
        *refused = true;
        return -1;
    }
    w->order.log = open_memstream(&text, &length);
    *refused = w->order.log && world_open(&w->world, &w->order) != 0;
    w->trips = w->world.trip != NULL;
    if (w->order.log && !*refused)
        failed = world_run(&w->world);
    if (w->order.log)
        fclose(w->order.log);
    if (!failed)
        failed = look_back(w, text);
    free(text);
    return failed;
}

void witness_close(struct witness *w)
{
    if (w->scenario && w->world.scenario)
        world_close(&w->world);
    metrics_close(&w->measured);
    metrics_close(&w->windows);
    spy_close(&w->spy);
    free(w->at);
    w->at = NULL;
}
