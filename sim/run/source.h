/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The merged stream of all open clients' requests, drawn ahead in blocks. Nothing that happens in
 * the system can change it, so the world may look at requests before they are issued. */
#ifndef SIM_SOURCE_H
#define SIM_SOURCE_H

#include "sim/scenario/scenario.h"

enum { SOURCE_RING = 256, SOURCE_BLOCK = 64, SOURCE_AHEAD = 32, SOURCE_LOOK = 4 };

struct arrival {
    lb_time time;
    lb_time work; /* ns at speed 1 */
    uint32_t client;
    uint32_t look_n;
    lb_server look[SOURCE_LOOK]; /* what the policy's prepare wrote */
};

/* The rarer facts of a request. */
struct arrival_more {
    uint64_t key;
    lb_time size;     /* declared work, ns at speed 1 */
    int64_t response; /* bytes of the answer, from a trace; -1: to be drawn */
};

/* One open client: the instant of its next request is whole + part / 2^32 ns. */
struct source_client {
    const struct client_spec *spec;
    struct distribution gap; /* seconds between two requests; kind NULL: the clock decides */
    uint32_t client;
    struct lb_random arrivals, services, keys, estimates;
    lb_time whole;                                  /* LB_NEVER: no more */
    uint64_t part;                                  /* below 2^32: rounding never accumulates */
    uint32_t at;                                    /* next unused of the block */
    double gaps[SOURCE_BLOCK], works[SOURCE_BLOCK]; /* s */
    struct arrival_clock clock;
    struct trace_feed *trace;
};

struct source {
    struct source_client *client;
    uint32_t clients;
    uint32_t *heap;            /* of clients, the earliest next request first */
    lb_time until;             /* no request is issued later */
    uint64_t filled, taken;    /* requests drawn and handed out so far */
    uint64_t fill_at;          /* so many handed out: another block is due */
    struct arrival *next;      /* the next one to be handed out */
    struct arrival_more *more; /* a ring beside the other, or NULL where nothing needs it */
    const char *failed;        /* why no more can be drawn, or NULL */
    char why[256];
    struct arrival ring[SOURCE_RING];
};

/* Opens the open clients of a scenario. 0 or -errno. */
int source_open(struct source *, const struct scenario *, uint32_t replication);
void source_close(struct source *);

/* No more requests. */
void source_stop(struct source *);

/* Draws another block; from the first request later than `until` on, all times are LB_NEVER. */
void source_fill(struct source *);

/* The next request, at time LB_NEVER if there is none. */
static inline struct arrival *source_next(const struct source *s)
{
    return s->next;
}

/* The rarer facts of the request that comes `ahead` after the next one (0 .. SOURCE_AHEAD); NULL if
 * no client of the scenario has any. */
static inline const struct arrival_more *source_more_ahead(const struct source *s, uint32_t ahead)
{
    return s->more ? &s->more[(s->taken + ahead) % SOURCE_RING] : NULL;
}
/* Of the next one. */
static inline const struct arrival_more *source_more(const struct source *s)
{
    return source_more_ahead(s, 0);
}

/* Takes it: at least SOURCE_AHEAD later ones stay drawn. */
static inline void source_take(struct source *s)
{
    s->taken++;
    s->next = &s->ring[s->taken % SOURCE_RING];
    if (s->taken == s->fill_at)
        source_fill(s);
}

#endif
