/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/source.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "models/dispatch.h"
#include "sim/engine/stream.h"
#include "sim/run/inline.h"
#include "sim/run/quantity.h"
#include "sim/scenario/trace_file.h"

/* Is none of a block of draws, in seconds, longer than a scenario may say? */
static bool in_bounds(const double *draws)
{
    double most = 0.0;
    uint32_t i;

    for (i = 0; i < SOURCE_BLOCK; i++)
        most = draws[i] > most ? draws[i] : most;
    return most * QUANTITY_SECOND + 0.5 <= QUANTITY_MOST;
}

static void refresh(struct source *s, struct source_client *c)
{
    if (c->gap.kind)
        distribution_fill(&c->gap, &c->arrivals, c->gaps, SOURCE_BLOCK);
    if (c->gap.kind && !in_bounds(c->gaps))
        s->failed = "a time between requests is longer than 1e8 s";
    distribution_fill(&c->spec->service, &c->services, c->works, SOURCE_BLOCK);
    if (!in_bounds(c->works))
        s->failed = "a service time is longer than 1e8 s";
    c->at = 0;
}

/* What is below a nanosecond is kept to 32 bits: rounding never accumulates. */
ALWAYS_INLINE void add_gap(double seconds, lb_time *whole, uint64_t *part)
{
    double ns = seconds * QUANTITY_SECOND;
    lb_time floor = (lb_time)ns;

    *part += (uint64_t)(int64_t)((ns - (double)floor) * 4294967296.0);
    *whole += floor + (lb_time)(*part >> 32);
    *part &= UINT32_MAX;
}

static void advance_clock(struct source *s, struct source_client *c)
{
    c->whole = arrival_next(&c->clock) ? c->clock.at.whole : LB_NEVER;
    if (c->clock.failed)
        s->failed = c->clock.failed;
}

/* Moves the client on to its next request. */
static void advance(struct source *s, struct source_client *c)
{
    if (c->at == SOURCE_BLOCK)
        refresh(s, c);
    if (s->failed)
        return;
    if (LIKELY(c->gap.kind))
        add_gap(c->gaps[c->at], &c->whole, &c->part);
    else
        advance_clock(s, c);
}

ALWAYS_INLINE void set_arrival(struct arrival *a, const struct source_client *c, uint32_t at,
                               lb_time time)
{
    a->time = time;
    a->work = (lb_time)(c->works[at] * QUANTITY_SECOND + 0.5);
    a->client = c->client;
    a->look_n = 0;
}

/* The key, the declared size and what a trace says. Draws of what the scenario does not state are
 * not made. */
static void set_more(struct source *s, struct source_client *c, const struct arrival *a)
{
    const struct client_spec *spec = c->spec;
    const struct arrival_record *record = &c->clock.record;
    struct arrival_more *more = &s->more[a - s->ring];
    double draw;

    *more = (struct arrival_more) { 0, a->work, -1 };
    if (spec->process == ARRIVAL_TRACE) {
        more->key = record->key;
        if (spec->bytes_in_trace)
            more->response = record->response;
    }
    if (spec->key.kind) {
        distribution_fill(&spec->key, &c->keys, &draw, 1);
        more->key = quantity_key(draw);
    }
    if (spec->size_estimate.kind) {
        distribution_fill(&spec->size_estimate, &c->estimates, &draw, 1);
        more->size = quantity_declared(a->work, draw);
    }
}

/* ---- Opening. */

/* What needs no clock: independent gaps at one pace. */
static struct distribution gap_of(const struct client_spec *spec)
{
    const struct distribution_kind *kind = distribution_kind("exponential");
    double mean = spec->sessions.mean / spec->rate;
    struct distribution gap = distribution_constant(mean);

    if (spec->changes_n ||
        (spec->process != ARRIVAL_POISSON && spec->process != ARRIVAL_DETERMINISTIC))
        return (struct distribution) { .kind = NULL };
    if (spec->process == ARRIVAL_POISSON)
        kind->make(&mean, NULL, &gap);
    return gap;
}

static double speed_of(const struct scenario *s, const struct client_spec *spec)
{
    const double written =
        spec->arrivals.kind->rate(&spec->arrivals, (double)s->run.duration * 1e-9);

    return spec->rate / (isnan(written) ? 1.0 : written) / spec->sessions.mean;
}

static void start(struct source *s, struct source_client *c, const struct scenario *scenario,
                  uint32_t client, uint32_t replication)
{
    const struct client_spec *spec = &scenario->clients[client];
    const uint64_t seed = scenario->run.seed;

    c->spec = spec;
    c->gap = gap_of(spec);
    c->client = client;
    c->arrivals = stream_open(stream_key(seed, replication, client, STREAM_ARRIVAL));
    c->services = stream_open(stream_key(seed, replication, client, STREAM_SERVICE));
    c->keys = stream_open(stream_key(seed, replication, client, STREAM_KEY));
    c->estimates = stream_open(stream_key(seed, replication, client, STREAM_ESTIMATE));
    c->at = SOURCE_BLOCK;
    if (spec->process == ARRIVAL_TRACE) {
        c->trace = trace_feed_open(spec->trace, s->why, sizeof s->why);
        s->failed = c->trace ? s->failed : s->why;
        c->clock.feed = trace_feed(c->trace);
    }
    if (!c->gap.kind)
        arrival_begin(&c->clock, &spec->arrivals, speed_of(scenario, spec), spec->changes,
                      spec->changes_n, c->arrivals,
                      stream_open(stream_key(seed, replication, client, STREAM_MODULATION)));
    advance(s, c);
}

static bool needs_more(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->clients_n; i++)
        if (s->clients[i].key.kind || s->clients[i].size_estimate.kind ||
            s->clients[i].sessions.requests.kind || s->clients[i].process == ARRIVAL_TRACE)
            return true;
    return false;
}

static void sift(struct source *s, uint32_t at);

int source_open(struct source *s, const struct scenario *scenario, uint32_t replication)
{
    uint32_t i;

    s->client = calloc(scenario->clients_n, sizeof s->client[0]);
    s->heap = calloc(scenario->clients_n, sizeof s->heap[0]);
    s->more = needs_more(scenario) ? calloc(SOURCE_RING, sizeof s->more[0]) : NULL;
    s->clients = 0;
    s->until = scenario->run.duration ? scenario->run.duration : LB_NEVER;
    s->filled = s->taken = 0;
    s->next = &s->ring[0];
    s->failed = NULL;
    if (!s->client || !s->heap || (needs_more(scenario) && !s->more))
        return -ENOMEM;
    for (i = 0; i < scenario->clients_n; i++)
        if (scenario->clients[i].process != ARRIVAL_CLOSED) {
            s->heap[s->clients] = s->clients;
            start(s, &s->client[s->clients++], scenario, i, replication);
        }
    for (i = s->clients / 2; i > 0; i--)
        sift(s, i - 1);
    do
        source_fill(s);
    while (s->filled < SOURCE_RING - SOURCE_BLOCK);
    return 0;
}

void source_close(struct source *s)
{
    uint32_t i;

    for (i = 0; s->client && i < s->clients; i++)
        trace_feed_close(s->client[i].trace);
    free(s->client);
    free(s->heap);
    free(s->more);
    s->client = NULL;
    s->heap = NULL;
    s->more = NULL;
}

/* ---- Drawing. */

/* Of several at one instant the first in the scenario comes first. */
static bool earlier(const struct source *s, uint32_t a, uint32_t b)
{
    const lb_time x = s->client[a].whole, y = s->client[b].whole;

    return x < y || (x == y && a < b);
}

/* Puts the heap right below a place whose client has moved on. */
static void sift(struct source *s, uint32_t at)
{
    const uint32_t moved = s->heap[at];
    uint32_t child;

    for (; (child = 2 * at + 1) < s->clients; at = child) {
        if (child + 1 < s->clients && earlier(s, s->heap[child + 1], s->heap[child]))
            child++;
        if (!earlier(s, s->heap[child], moved))
            break;
        s->heap[at] = s->heap[child];
    }
    s->heap[at] = moved;
}

/* The earliest request, whose client then moves on. */
static void draw(struct source *s, struct arrival *a)
{
    struct source_client *c = &s->client[s->heap[0]];

    set_arrival(a, c, c->at, c->whole);
    if (c->whole == LB_NEVER || c->whole > s->until || s->failed) {
        a->time = LB_NEVER;
        return;
    }
    if (c->spec->service_in_trace)
        a->work = c->clock.record.work;
    if (s->more)
        set_more(s, c, a);
    c->at++;
    advance(s, c);
    sift(s, 0);
}

/* A whole block of a client that has no rivals and so is always at the start of its own. */
static void draw_block(struct source *s, struct source_client *c, struct arrival *a)
{
    lb_time time = c->whole;
    uint64_t part = c->part;
    uint32_t i;

    for (i = 0; i < SOURCE_BLOCK; i++) {
        if (i > 0)
            add_gap(c->gaps[i], &time, &part);
        set_arrival(&a[i], c, i, time);
        if (UNLIKELY(s->more))
            set_more(s, c, &a[i]);
    }
    c->whole = time;
    c->part = part;
    c->at = SOURCE_BLOCK;
    advance(s, c);
    for (i = SOURCE_BLOCK; i > 0 && a[i - 1].time > s->until; i--)
        a[i - 1].time = LB_NEVER;
}

void source_stop(struct source *s)
{
    uint32_t i;

    s->until = -1;
    for (i = 0; i < SOURCE_RING; i++)
        s->ring[i].time = LB_NEVER;
}

DISPATCHED void source_fill(struct source *s)
{
    struct arrival *a = &s->ring[s->filled % SOURCE_RING]; /* a block does not wrap */
    uint32_t i;

    s->filled += SOURCE_BLOCK;
    s->fill_at = s->filled + SOURCE_BLOCK + SOURCE_BLOCK / 2 + 1 - SOURCE_RING;
    if (s->clients == 1 && s->client[0].gap.kind && s->client[0].whole <= s->until && !s->failed) {
        draw_block(s, &s->client[0], a);
        return;
    }
    for (i = 0; i < SOURCE_BLOCK; i++)
        if (s->clients)
            draw(s, &a[i]);
        else
            a[i] = (struct arrival) { .time = LB_NEVER };
}
