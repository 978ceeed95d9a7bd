/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/play/film.h"

#include <stdlib.h>
#include <string.h>

#include "sim/play/film_part.h"

enum { SEATS_MOST = 5000 }; /* of all balancers: of more it is not told what they believe */

/* ---- Rows. */

uint32_t film_take(struct film_pool *pool)
{
    uint32_t row = pool->free;

    if (row != FILM_NOTHING) {
        memcpy(&pool->free, pool->at + (size_t)row * pool->each, sizeof pool->free);
    } else if (pool->n < pool->room) {
        row = pool->n++;
    } else {
        uint32_t room = pool->room ? 2 * pool->room : 1024;
        void *more = room <= EVENT_INDEX_LIMIT ? realloc(pool->at, room * pool->each) : NULL;

        if (!more)
            return FILM_NOTHING;
        pool->at = more;
        pool->room = room;
        row = pool->n++;
    }
    memset(pool->at + (size_t)row * pool->each, 0, pool->each);
    return row;
}

/* `next` comes first in each row. */
void film_give(struct film_pool *pool, uint32_t row)
{
    memset(pool->at + (size_t)row * pool->each, 0, pool->each);
    memcpy(pool->at + (size_t)row * pool->each, &pool->free, sizeof pool->free);
    pool->free = row;
}

struct film_request *film_request_at(const struct film *f, uint32_t row)
{
    return (struct film_request *)(void *)f->request.at + row;
}

struct film_call *film_call_at(const struct film *f, uint32_t row)
{
    return (struct film_call *)(void *)f->call.at + row;
}

struct film_attempt *film_attempt_at(const struct film *f, uint32_t row)
{
    return (struct film_attempt *)(void *)f->attempt.at + row;
}

struct film_pick *film_pick_at(const struct film *f, uint32_t row)
{
    return (struct film_pick *)(void *)f->pick.at + row;
}

/* ---- In order. */

struct ranked_row {
    uint32_t key, row;
};

static int by_key(const void *a, const void *b)
{
    const struct ranked_row *x = a, *y = b;

    return (x->key > y->key) - (x->key < y->key);
}

/* Sorts n rows by their keys, and leaves the rows alone. */
static uint32_t *ranked(struct ranked_row *all, uint32_t n)
{
    uint32_t *rows = all ? malloc((n + (size_t)1) * sizeof rows[0]) : NULL, i;

    if (rows) {
        qsort(all, n, sizeof all[0], by_key);
        for (i = 0; i < n; i++)
            rows[i] = all[i].row;
    }
    free(all);
    return rows;
}

uint32_t *film_requests(const struct film *f, uint32_t *n)
{
    struct ranked_row *all = malloc((f->request.n + (size_t)1) * sizeof all[0]);
    uint32_t i;

    *n = 0;
    for (i = 0; all && i < f->request.n; i++)
        if (film_request_at(f, i)->used)
            all[(*n)++] = (struct ranked_row) { film_request_at(f, i)->serial, i };
    return ranked(all, *n);
}

uint32_t *film_picks(const struct film *f, uint32_t *n)
{
    struct ranked_row *all = malloc((f->pick.n + (size_t)1) * sizeof all[0]);
    uint32_t i, call, pick;

    *n = 0;
    for (i = 0; all && i < f->request.n; i++) {
        const struct film_request *r = film_request_at(f, i);

        for (call = r->used ? r->call : FILM_NOTHING; call != FILM_NOTHING;
             call = film_call_at(f, call)->next)
            for (pick = film_call_at(f, call)->pick; pick != FILM_NOTHING;
                 pick = film_pick_at(f, pick)->next)
                all[(*n)++] = (struct ranked_row) { film_pick_at(f, pick)->number, pick };
    }
    return ranked(all, *n);
}

uint32_t film_bin(uint64_t units)
{
    uint32_t octave = 0;

    while (units >= 32) {
        units /= 2;
        octave++;
    }
    return 16 * octave + (uint32_t)units;
}

/* ---- The run. */

static bool open_beliefs(struct film *f, const struct world *w)
{
    struct film_state *s = f->state;
    uint32_t i, n = 0;

    s->seats_from = world_zeroed(w->balancers + (size_t)1, sizeof s->seats_from[0]);
    if (!s->seats_from)
        return false;
    for (i = 0; i < w->balancers && n <= SEATS_MOST; i++) {
        s->seats_from[i] = n;
        n += w->balancer[i].view.n;
    }
    if (n > SEATS_MOST)
        return true;
    s->seats_from[w->balancers] = n;
    s->believed = world_zeroed(n, sizeof s->believed[0]);
    f->believes = s->believed != NULL;
    return f->believes;
}

static bool open_state(struct film *f)
{
    struct film_state *s = calloc(1, sizeof *s);

    f->state = s;
    if (!s)
        return false;
    s->request_of = slab_reserve(sizeof(uint32_t) * EVENT_INDEX_LIMIT);
    s->call_of = slab_reserve(sizeof(uint32_t) * EVENT_INDEX_LIMIT);
    s->attempt_of = slab_reserve(sizeof(uint32_t) * EVENT_INDEX_LIMIT);
    s->now = world_zeroed(f->scenario->servers_total, sizeof s->now[0]);
    s->wire = film_wire(f);
    return s->request_of && s->call_of && s->attempt_of && s->now;
}

static void close_state(struct film *f)
{
    struct film_state *s = f->state;

    if (!s)
        return;
    slab_release(s->request_of, sizeof(uint32_t) * EVENT_INDEX_LIMIT);
    slab_release(s->call_of, sizeof(uint32_t) * EVENT_INDEX_LIMIT);
    slab_release(s->attempt_of, sizeof(uint32_t) * EVENT_INDEX_LIMIT);
    free(s->believed);
    free(s->seats_from);
    free(s->now);
    free(s);
    f->state = NULL;
}

static int run_world(struct film *f, struct world *w)
{
    const struct scenario *s = f->scenario;
    const struct world_order order = { .scenario = s,
                                       .policy = f->policy,
                                       .requests = s->run.duration ? 0 : s->run.requests,
                                       .ahead = UINT32_MAX,
                                       .label = f->policy->label,
                                       .point = "",
                                       .stop = &f->state->stop,
                                       .wire = &f->state->wire };
    int failed = world_open(w, &order);

    if (!failed && !open_beliefs(f, w)) {
        world_fail(w, "out of memory");
        failed = -1;
    }
    if (!failed) {
        film_begin(f, w);
        failed = world_run(w);
    }
    if (failed && f->state->stop && !f->why[0] && !(f->stop && *f->stop))
        failed = 0; /* it has seen enough */
    if (failed && !f->why[0])
        memcpy(f->why, w->why, sizeof f->why);
    f->ends = w->now;
    world_close(w);
    return failed || f->why[0] ? -1 : 0;
}

static struct film_pool pool_of(size_t each)
{
    return (struct film_pool) { .each = each, .free = FILM_NOTHING };
}

/* With those that have not ended. */
static bool is_too_much(const struct film *f)
{
    uint32_t i, n = 0;

    for (i = 0; i < f->request.n; i++)
        n += film_request_at(f, i)->used;
    return f->windows > 0 && n > f->most;
}

int film_run(struct film *f)
{
    struct world *w = malloc(sizeof *w);
    int failed = -1;

    f->request = pool_of(sizeof(struct film_request));
    f->call = pool_of(sizeof(struct film_call));
    f->attempt = pool_of(sizeof(struct film_attempt));
    f->pick = pool_of(sizeof(struct film_pick));
    film_moments_none(f);
    if (w && open_state(f))
        failed = run_world(f, w);
    else
        snprintf(f->why, sizeof f->why, "out of memory");
    if (f->state && f->completed)
        f->latency_mean = f->state->latency_sum / (double)f->completed;
    f->full = f->full || is_too_much(f);
    close_state(f);
    free(w);
    return failed;
}

void film_close(struct film *f)
{
    free(f->request.at);
    free(f->call.at);
    free(f->attempt.at);
    free(f->pick.at);
    free(f->belief);
    free(f->change);
    f->request = f->call = f->attempt = f->pick = (struct film_pool) { .at = NULL };
    f->belief = NULL;
    f->change = NULL;
}
