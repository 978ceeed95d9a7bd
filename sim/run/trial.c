/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/engine/stream.h"
#include "sim/record/warmup.h"
#include "sim/run/express.h"
#include "sim/run/reading.h"
#include "sim/scenario/rate_changes.h"

enum { PILOTS = 10, PILOT_SHARE = 10, FLOOR_SHARE = 10, PILOT_LEAST = 1000, PILOT_MOST = 10000000 };

static double seconds_of(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- One trial. */

static struct world_order order_of(const struct trial *t)
{
    const struct scenario *s = t->scenario;

    return (struct world_order) { .scenario = s,
                                  .policy = &s->policies[t->policy],
                                  .replication = t->replication,
                                  .requests = s->run.duration ? 0 : s->run.requests,
                                  .warmup = t->warmup,
                                  .warmup_time = s->run.warmup_time,
                                  .histograms = (1u << DURATIONS) - 1,
                                  .queue = t->queue,
                                  .ahead = t->ahead,
                                  .way = t->way,
                                  .picks = t->picks,
                                  .log = t->log,
                                  .label = s->policies[t->policy].label,
                                  .point = t->point ? t->point : "",
                                  .progress = t->progress,
                                  .stop = t->stop };
}

int trial_run(const struct trial *t, const struct metrics *metrics, struct outcome *out)
{
    double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID), wall = seconds_of(CLOCK_MONOTONIC);
    struct world_order order = order_of(t);
    struct world *w = malloc(sizeof *w);

    memset(out, 0, sizeof *out);
    out->policy = t->policy;
    out->replication = t->replication;
    if (!w) {
        out->failed = true;
        snprintf(out->why, sizeof out->why, "out of memory");
        return -1;
    }
    order.measured = metrics;
    order.windows = t->windows;
    if (world_open(w, &order) == 0 && world_run(w) == 0 &&
        !reading_take(w, metrics, t->windows, out))
        world_fail(w, "out of memory");
    out->failed = w->failed;
    memcpy(out->why, w->why, sizeof out->why);
    out->events = w->events;
    world_close(w);
    free(w);
    out->cpu_s = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    out->wall_s = seconds_of(CLOCK_MONOTONIC) - wall;
    return out->failed ? -1 : 0;
}

const char *trial_general_why(const struct trial *t, const struct metrics *metrics)
{
    struct world_order order = order_of(t);

    order.measured = metrics;
    order.windows = t->windows;
    return t->way == ENGINE_GENERAL ? "it was asked to" : express_refuses(&order);
}

void trial_rehearse(const struct trial *t, char *why, size_t room)
{
    struct world_order order = order_of(t);
    struct world *w = malloc(sizeof *w);

    if (!w) {
        snprintf(why, room, "out of memory");
        return;
    }
    world_open(w, &order);
    snprintf(why, room, "%s", w->why);
    world_close(w);
    free(w);
}

/* ---- The pilot. */

/* Requests a second, on average over a duration (0: at the start). */
static double rate_of(const struct scenario *s, lb_time duration)
{
    double rate = 0.0;
    uint32_t i;

    for (i = 0; i < s->clients_n; i++) {
        const struct client_spec *c = &s->clients[i];

        rate += c->process != ARRIVAL_CLOSED
                    ? c->rate * (duration ? rate_changes_mean(c, duration) : 1.0)
                    : c->population /
                          (c->think.kind->mean(&c->think) + c->service.kind->mean(&c->service));
    }
    return rate;
}

uint64_t trial_length(const struct scenario *s)
{
    double length;

    if (!s->run.duration)
        return s->run.requests;
    length = rate_of(s, s->run.duration) * (double)s->run.duration / 1e9;
    return length < 1.0 ? 1 : length > 4e9 ? UINT64_C(4000000000) : (uint64_t)length;
}

lb_time trial_span(const struct scenario *s)
{
    double span;

    if (s->run.duration)
        return s->run.duration;
    span = 1e9 * (double)s->run.requests / rate_of(s, 0);
    return span < 1.0 ? 1 : span > 1e17 ? INT64_C(100000000000000000) : (lb_time)span;
}

/* What the pilots of one length saw. */
struct pilot {
    uint64_t length;
    int64_t *series, parts[PILOTS * WARMUP_PARTS];
    uint32_t *series_n, parts_n[PILOTS * WARMUP_PARTS];
};

static bool pilot_once(const struct trial *t, uint32_t replication, struct pilot *p,
                       struct warmup_found *found)
{
    struct world_order order = order_of(t);
    struct world *w = malloc(sizeof *w);
    bool good = false;

    if (!w)
        return false;
    order.replication = replication | STREAM_PILOT;
    order.requests = p->length;
    order.warmup = 0;
    order.histograms = 0;
    order.series = p->series;
    order.series_n = p->series_n;
    order.parts = p->parts + replication * WARMUP_PARTS;
    order.parts_n = p->parts_n + replication * WARMUP_PARTS;
    order.picks = order.log = NULL;
    good = world_open(w, &order) == 0 && world_run(w) == 0;
    memcpy(found->why, w->why, sizeof found->why);
    found->events += w->events;
    world_close(w);
    free(w);
    return good;
}

/* Each pilot is one value: requests of one pilot are like each other. */
static void tell_part(const struct pilot *p, uint32_t part, struct warmup_found *found)
{
    double mean = 0.0, squares = 0.0;

    for (uint32_t r = 0; r < PILOTS; r++)
        mean += (double)p->parts[r * WARMUP_PARTS + part] / p->parts_n[r * WARMUP_PARTS + part] /
                1e9 / PILOTS;
    for (uint32_t r = 0; r < PILOTS; r++) {
        const double d =
            (double)p->parts[r * WARMUP_PARTS + part] / p->parts_n[r * WARMUP_PARTS + part] / 1e9 -
            mean;

        squares += d * d;
    }
    found->mean[part] = (float)mean;
    found->se[part] = (float)sqrt(squares / (PILOTS - 1) / PILOTS);
}

static void judge_pilot(const struct pilot *p, struct warmup_found *found)
{
    struct warmup_series series = { p->series, p->series_n, p->length };
    struct warmup result = warmup_find(&series);
    uint32_t first = (uint32_t)((result.cut * WARMUP_PARTS + p->length - 1) / p->length);

    found->found = result.found && warmup_settled(p->parts, p->parts_n, PILOTS, first);
    found->memory = found->found ? result.cut : p->length;
    found->length = p->length;
    for (uint32_t part = 0; part < WARMUP_PARTS; part++)
        tell_part(p, part, found);
}

static bool pilot_of_length(const struct trial *t, uint64_t length, struct warmup_found *found)
{
    struct pilot *p = calloc(1, sizeof *p);
    bool good = p != NULL;
    uint32_t r;

    if (good) {
        p->length = length;
        p->series = calloc(length, sizeof p->series[0]);
        p->series_n = calloc(length, sizeof p->series_n[0]);
        good = p->series && p->series_n;
    }
    for (r = 0; good && r < PILOTS; r++)
        good = pilot_once(t, r, p, found);
    if (good)
        judge_pilot(p, found);
    else if (!found->why[0])
        snprintf(found->why, sizeof found->why, "out of memory for a pilot of %llu requests",
                 (unsigned long long)length);
    if (p) {
        free(p->series);
        free(p->series_n);
    }
    free(p);
    found->failed = !good;
    return good;
}

/* The scenario as it is without its timeline: what a pilot can settle in. False: out of memory. */
static bool calm(const struct scenario *s, struct scenario *calmed)
{
    uint32_t i;

    *calmed = *s;
    calmed->changes_n = 0;
    calmed->clients = malloc(s->clients_n * sizeof calmed->clients[0]);
    if (!calmed->clients)
        return false;
    memcpy(calmed->clients, s->clients, s->clients_n * sizeof calmed->clients[0]);
    for (i = 0; i < s->clients_n; i++)
        calmed->clients[i].changes_n = 0;
    return true;
}

/* Where rates never stay the same there is no steady state to settle in. */
static bool settles(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->clients_n; i++)
        if (s->clients[i].process == ARRIVAL_NONHOMOGENEOUS ||
            s->clients[i].process == ARRIVAL_TRACE)
            return false;
    return true;
}

static void find_warmup(const struct trial *t, struct warmup_found *found)
{
    uint64_t whole = trial_length(t->scenario), floor = whole / FLOOR_SHARE;
    uint64_t length = whole / PILOT_SHARE;

    if (length < PILOT_LEAST)
        length = PILOT_LEAST;
    if (length > PILOT_MOST)
        length = PILOT_MOST;
    if (length > whole)
        length = whole;
    while (pilot_of_length(t, length, found) && !found->found && length < whole &&
           length < PILOT_MOST)
        length = 2 * length < whole ? 2 * length : whole;
    found->cut = found->found && found->memory > floor ? found->memory : floor;
}

static bool is_steady(const struct scenario *s)
{
    bool steady = settles(s) && s->changes_n == 0;
    uint32_t i;

    for (i = 0; i < s->clients_n; i++)
        steady = steady && s->clients[i].changes_n == 0;
    return steady;
}

void trial_pilot(const struct trial *t, struct warmup_found *found)
{
    double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    struct scenario calmed;
    struct trial pilot = *t;

    memset(found, 0, sizeof *found);
    found->steady = is_steady(t->scenario);
    pilot.scenario = &calmed;
    if (!settles(t->scenario)) {
        found->found = true;
        found->cut = found->memory = trial_length(t->scenario) / FLOOR_SHARE;
    } else if (calm(t->scenario, &calmed)) {
        find_warmup(&pilot, found);
        free(calmed.clients);
    } else {
        found->failed = true;
        snprintf(found->why, sizeof found->why, "out of memory");
    }
    found->cpu_s = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
}

uint64_t trial_memory(const struct scenario *s)
{
    uint64_t balancers = 0, users = 0, traces = 0;
    uint32_t i;

    for (i = 0; i < s->balancers_n; i++)
        balancers += s->balancers[i].count;
    for (i = 0; i < s->clients_n; i++) {
        users += s->clients[i].process == ARRIVAL_CLOSED ? s->clients[i].population : 0;
        traces += s->clients[i].process == ARRIVAL_TRACE;
    }
    return UINT64_C(8000000) + s->servers_total * (44 + 24 * balancers + 10 * 60) + users * 100 +
           s->clients_n * 1500 + traces * 400000;
}
