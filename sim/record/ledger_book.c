/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/ledger_book.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/slab.h"

static uint32_t how_many(const struct ledger_roster *r, enum scope_kind kind)
{
    const struct ledger_group *last = r->groups ? &r->group[r->groups - 1] : NULL;

    switch (kind) {
    case SCOPE_CLIENT:
        return r->clients;
    case SCOPE_SERVERS:
        return r->groups;
    case SCOPE_SERVER:
        return last ? last->first + last->count : 0;
    case SCOPE_ZONE:
        return r->zones;
    case SCOPE_BALANCERS:
        return r->balancers;
    case SCOPE_BALANCER:
        return r->balancers_all;
    default:
        return 1;
    }
}

static int map_scopes(struct ledger_book *b, const struct ledger_roster *r)
{
    const struct metrics *m = b->metrics;
    uint32_t i, k;

    for (i = 0; i < m->scopes; i++) {
        enum scope_kind kind = m->scope[i].kind;
        uint32_t n = how_many(r, kind);

        if (!b->place[kind]) {
            b->place[kind] = calloc((size_t)n + 1, sizeof b->place[kind][0]);
            if (!b->place[kind])
                return -ENOMEM;
            for (k = 0; k < n; k++)
                b->place[kind][k] = LEDGER_NONE;
        }
        b->place[kind][m->scope[i].index] = i;
    }
    return 0;
}

static void put(struct ledger_few *few, uint32_t place)
{
    if (place != LEDGER_NONE)
        few->at[few->n++] = place;
}

struct ledger_few book_client(const struct ledger_book *b, uint32_t client)
{
    struct ledger_few few = { .n = 0 };

    put(&few, book_place(b, SCOPE_CLIENT, client));
    return few;
}

struct ledger_few book_line(const struct ledger_book *b, uint32_t balancer, uint32_t name)
{
    struct ledger_few few = { .n = 0 };

    put(&few, book_place(b, SCOPE_BALANCER, balancer));
    put(&few, book_place(b, SCOPE_BALANCERS, name));
    return few;
}

struct ledger_few book_server(const struct ledger_book *b, uint32_t server, uint32_t group,
                              uint32_t zone)
{
    struct ledger_few few = { .n = 0 };

    put(&few, book_place(b, SCOPE_SERVER, server));
    put(&few, book_place(b, SCOPE_SERVERS, group));
    put(&few, book_place(b, SCOPE_ZONE, zone));
    return few;
}

/* By client, balancer and server, the places that concern them. */
static int list_places(struct ledger_book *b, const struct ledger_roster *r)
{
    uint32_t servers = how_many(r, SCOPE_SERVER), i, k;

    b->client = calloc((size_t)r->clients + 1, sizeof b->client[0]);
    b->line = calloc((size_t)r->balancers_all + 1, sizeof b->line[0]);
    b->server = calloc((size_t)servers + 1, sizeof b->server[0]);
    if (!b->client || !b->line || !b->server)
        return -ENOMEM;
    for (i = 0; i < r->clients; i++)
        b->client[i] = book_client(b, i);
    for (i = 0; i < r->balancers; i++)
        for (k = r->balancer[i].first; k < r->balancer[i].first + r->balancer[i].count; k++)
            b->line[k] = book_line(b, k, i);
    for (i = 0; i < r->groups; i++)
        for (k = r->group[i].first; k < r->group[i].first + r->group[i].count; k++)
            b->server[k] = book_server(b, k, i, r->group[i].zone);
    return 0;
}

static int list_durations(struct ledger_book *b)
{
    const struct metrics *m = b->metrics;
    uint32_t i;

    b->durations = calloc(m->scopes, sizeof b->durations[0]);
    b->pool_of = calloc((size_t)m->scopes * DURATIONS, sizeof b->pool_of[0]);
    if (!b->durations || !b->pool_of)
        return -ENOMEM;
    for (i = 0; i < m->scopes * DURATIONS; i++)
        b->pool_of[i] = LEDGER_NONE;
    for (i = 0; i < m->n; i++)
        if (m->at[i].id == ID_DURATION && !(b->measured && metric_in_tally(&m->at[i])))
            b->durations[m->at[i].place] |= (uint8_t)(1u << m->at[i].duration);
    for (i = 0; i < m->pools; i++)
        if (m->pool[i].place || !b->measured)
            b->pool_of[m->pool[i].place * DURATIONS + m->pool[i].duration] = i;
    return 0;
}

/* Pages are given by the system as they are written to. */
static size_t bytes(size_t n, size_t each)
{
    return n * each + 1;
}

int book_open(struct ledger_book *b, const struct metrics *m, const struct ledger_roster *r,
              uint32_t room)
{
    size_t cells = (size_t)room * m->scopes;

    b->metrics = m;
    b->room = room;
    b->from = b->to = LB_NEVER;
    b->cell = slab_reserve(bytes(cells, sizeof b->cell[0]));
    b->above = slab_reserve(bytes(cells * m->aboves, sizeof b->above[0]));
    b->occupied = slab_reserve(bytes(cells * m->occupieds, sizeof b->occupied[0]));
    b->pool = slab_reserve(bytes((size_t)room * m->pools, sizeof b->pool[0]));
    if (!b->cell || !b->above || !b->occupied || !b->pool)
        return -ENOMEM;
    b->whole = !b->measured || m->aboves || m->occupieds;
    if (map_scopes(b, r) || list_durations(b) || (!b->measured && list_places(b, r)))
        return -ENOMEM;
    return 0;
}

void book_close(struct ledger_book *b)
{
    size_t cells;
    int i;

    if (!b->metrics)
        return;
    cells = (size_t)b->room * b->metrics->scopes;
    slab_release(b->cell, bytes(cells, sizeof b->cell[0]));
    slab_release(b->above, bytes(cells * b->metrics->aboves, sizeof b->above[0]));
    slab_release(b->occupied, bytes(cells * b->metrics->occupieds, sizeof b->occupied[0]));
    slab_release(b->pool, bytes((size_t)b->room * b->metrics->pools, sizeof b->pool[0]));
    for (i = 0; i < SCOPE_KINDS; i++)
        free(b->place[i]);
    free(b->client);
    free(b->line);
    free(b->server);
    free(b->durations);
    free(b->pool_of);
}

/* ---- Pages and time. */

/* The first window of a list that ends after t. */
static uint32_t first_after(const struct ledger_times *times, lb_time t)
{
    uint32_t low = 0, high = times->n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (times->at[middle].to > t)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* The first page that ends after t, whether it has begun by then or not. */
static uint64_t page_after(const struct ledger_book *b, lb_time t)
{
    if (b->measured)
        return 0;
    if (!b->times.every)
        return first_after(&b->times, t);
    return t < b->times.from ? 0 : (uint64_t)((t - b->times.from) / b->times.every);
}

static bool is_page(const struct ledger_book *b, uint64_t page)
{
    if (b->measured)
        return page == 0;
    if (!b->times.every)
        return page < b->times.n;
    return page < (uint64_t)INT64_MAX / (uint64_t)b->times.every &&
           (lb_time)page * b->times.every < LB_NEVER - b->times.from &&
           b->times.from + (lb_time)page * b->times.every < b->times.to;
}

struct ledger_window book_borders(const struct ledger_book *b, uint32_t page)
{
    const struct ledger_times *t = &b->times;
    lb_time from;

    if (b->measured)
        return (struct ledger_window) { b->from, b->to };
    if (!t->every)
        return t->at[page];
    from = t->from + (lb_time)page * t->every;
    return (struct ledger_window) { from, t->to - from > t->every ? from + t->every : t->to };
}

/* Notes that a page is written to. */
static bool take_page(struct ledger_book *b, uint64_t page)
{
    if (page >= b->room) {
        b->overflowed = true;
        return false;
    }
    if (page >= b->pages)
        b->pages = (uint32_t)page + 1;
    return true;
}

static uint32_t page_of_window(struct ledger_book *b, lb_time t)
{
    uint64_t page = page_after(b, t);
    struct ledger_window w;

    if (!is_page(b, page))
        return LEDGER_NONE;
    w = book_borders(b, (uint32_t)page);
    if (t < w.from || t >= w.to || !take_page(b, page))
        return LEDGER_NONE;
    b->last = w;
    b->last_page = (uint32_t)page;
    return (uint32_t)page;
}

uint32_t book_page(struct ledger_book *b, lb_time t)
{
    if (t > b->to || (b->measured && t < b->from))
        return LEDGER_NONE;
    if (b->measured)
        return 0;
    return t >= b->last.from && t < b->last.to ? b->last_page : page_of_window(b, t);
}

void book_span(struct ledger_book *b, lb_time from, lb_time to, book_enter *enter,
               const void *context)
{
    uint64_t page;

    if (to > b->to)
        to = b->to;
    if (b->measured) {
        from = from > b->from ? from : b->from;
        if (to > from) {
            b->pages = 1;
            enter(b, 0, (uint64_t)(to - from), context);
        }
        return;
    }
    if (from >= b->last.from && to <= b->last.to) {
        if (to > from)
            enter(b, b->last_page, (uint64_t)(to - from), context);
        return;
    }
    page = page_after(b, from);
    for (; from < to && is_page(b, page); page++) {
        struct ledger_window w = { LB_NEVER, LB_NEVER };
        lb_time start, stop;

        if (page < b->room)
            w = book_borders(b, (uint32_t)page);
        else
            b->overflowed = true;
        start = w.from > from ? w.from : from;
        stop = w.to < to ? w.to : to;
        if (w.from >= to)
            return;
        if (stop > start && take_page(b, page))
            enter(b, (uint32_t)page, (uint64_t)(stop - start), context);
    }
}
