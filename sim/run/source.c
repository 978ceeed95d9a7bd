/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/source.h"

#include <errno.h>
#include <stdlib.h>

#include "sim/engine/stream.h"
#include "sim/run/inline.h"
#include "sim/run/quantity.h"

/* Whole nanoseconds of a block of draws; false if one is longer than a scenario may say. */
static bool round_works(struct source_client *c)
{
    double most = 0.0;
    uint32_t i;

    for (i = 0; i < SOURCE_BLOCK; i++) {
        double ns = c->draws[i] * QUANTITY_SECOND + 0.5;

        most = ns > most ? ns : most;
        c->work[i] = (lb_time)ns;
    }
    return most <= QUANTITY_MOST;
}

/* Gaps keep 32 bits of what is below a nanosecond: rounding never accumulates. */
static bool divide_gaps(struct source_client *c)
{
    double most = 0.0;
    uint32_t i;

    for (i = 0; i < SOURCE_BLOCK; i++) {
        double ns = c->draws[i] * QUANTITY_SECOND;

        most = ns > most ? ns : most;
        c->whole_gap[i] = (lb_time)ns;
        c->part_gap[i] = (uint64_t)(int64_t)((ns - (double)(lb_time)ns) * 4294967296.0);
    }
    return most <= QUANTITY_MOST;
}

static void refresh(struct source *s, struct source_client *c)
{
    distribution_fill(&c->gap, &c->arrivals, c->draws, SOURCE_BLOCK);
    if (!divide_gaps(c))
        s->failed = "a time between requests is longer than 1e8 s";
    distribution_fill(&c->spec->service, &c->services, c->draws, SOURCE_BLOCK);
    if (!round_works(c))
        s->failed = "a service time is longer than 1e8 s";
    c->at = 0;
}

/* Moves the client on to its next request. */
ALWAYS_INLINE void advance(struct source_client *c)
{
    c->part += c->part_gap[c->at];
    c->whole += c->whole_gap[c->at] + (lb_time)(c->part >> 32);
    c->part &= UINT32_MAX;
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
    refresh(s, c);
    advance(c);
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
ALWAYS_INLINE void draw(struct source *s, struct source_client *c, struct arrival *a)
{
    a->look_n = 0;
    a->client = c->client;
    a->work = c->work[c->at];
    a->time = c->whole;
    if (UNLIKELY(c->whole > s->until || s->failed)) {
        a->time = LB_NEVER;
        return;
    }
    if (++c->at == SOURCE_BLOCK)
        refresh(s, c);
    advance(c);
}

void source_stop(struct source *s)
{
    uint32_t i;

    s->until = -1;
    for (i = 0; i < SOURCE_RING; i++)
        s->ring[i].time = LB_NEVER;
}

void source_fill(struct source *s)
{
    struct arrival *a = &s->ring[s->filled % SOURCE_RING]; /* a block does not wrap */
    uint32_t i;

    for (i = 0; i < SOURCE_BLOCK; i++)
        if (s->clients == 1)
            draw(s, &s->client[0], &a[i]);
        else if (s->clients)
            draw(s, earliest(s), &a[i]);
        else
            a[i] = (struct arrival) { .time = LB_NEVER };
    s->filled += SOURCE_BLOCK;
}
