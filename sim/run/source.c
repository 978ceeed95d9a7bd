/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/source.h"

#include <errno.h>
#include <stdlib.h>

#include "models/dispatch.h"
#include "sim/engine/stream.h"
#include "sim/run/inline.h"
#include "sim/run/quantity.h"

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
    distribution_fill(&c->gap, &c->arrivals, c->gaps, SOURCE_BLOCK);
    if (!in_bounds(c->gaps))
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

/* Moves the client on to its next request. */
static void advance(struct source *s, struct source_client *c)
{
    if (c->at == SOURCE_BLOCK)
        refresh(s, c);
    if (LIKELY(!s->failed))
        add_gap(c->gaps[c->at], &c->whole, &c->part);
}

ALWAYS_INLINE void set_arrival(struct arrival *a, const struct source_client *c, uint32_t at,
                               lb_time time)
{
    a->time = time;
    a->work = (lb_time)(c->works[at] * QUANTITY_SECOND + 0.5);
    a->client = c->client;
    a->look_n = 0;
}

static struct distribution gap_of(const struct client_spec *spec)
{
    const struct distribution_kind *kind = distribution_kind("exponential");
    double mean = 1.0 / spec->rate;
    struct distribution gap = distribution_constant(mean);

    if (spec->process == ARRIVAL_POISSON)
        kind->make(&mean, NULL, &gap);
    return gap;
}

static void start(struct source *s, struct source_client *c, const struct client_spec *spec,
                  uint32_t client, uint64_t seed, uint32_t replication)
{
    c->spec = spec;
    c->gap = gap_of(spec);
    c->client = client;
    c->arrivals = stream_open(stream_key(seed, replication, client, STREAM_ARRIVAL));
    c->services = stream_open(stream_key(seed, replication, client, STREAM_SERVICE));
    c->at = SOURCE_BLOCK;
    advance(s, c);
}

int source_open(struct source *s, const struct scenario *scenario, uint32_t replication)
{
    uint32_t i;

    s->client = calloc(scenario->clients_n, sizeof s->client[0]);
    s->clients = 0;
    s->until = scenario->run.duration ? scenario->run.duration : LB_NEVER;
    s->filled = s->taken = 0;
    s->next = &s->ring[0];
    s->failed = NULL;
    if (!s->client)
        return -ENOMEM;
    for (i = 0; i < scenario->clients_n; i++)
        if (scenario->clients[i].process != ARRIVAL_CLOSED)
            start(s, &s->client[s->clients++], &scenario->clients[i], i, scenario->run.seed,
                  replication);
    do
        source_fill(s);
    while (s->filled < SOURCE_RING - SOURCE_BLOCK);
    return 0;
}

void source_close(struct source *s)
{
    free(s->client);
    s->client = NULL;
}

/* Of several at one instant the first in the scenario comes first. */
static struct source_client *earliest(struct source *s)
{
    struct source_client *best = &s->client[0];
    uint32_t i;

    for (i = 1; i < s->clients; i++)
        if (s->client[i].whole < best->whole)
            best = &s->client[i];
    return best;
}

/* A request of this client, which then moves on. */
static void draw(struct source *s, struct source_client *c, struct arrival *a)
{
    set_arrival(a, c, c->at, c->whole);
    if (c->whole > s->until || s->failed) {
        a->time = LB_NEVER;
        return;
    }
    c->at++;
    advance(s, c);
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
    if (s->clients == 1 && s->client[0].whole <= s->until && !s->failed) {
        draw_block(s, &s->client[0], a);
        return;
    }
    for (i = 0; i < SOURCE_BLOCK; i++)
        if (s->clients)
            draw(s, earliest(s), &a[i]);
        else
            a[i] = (struct arrival) { .time = LB_NEVER };
}
