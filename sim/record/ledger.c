/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "sim/engine/slab.h"
#include "sim/record/ledger_tell.h"

enum {
    VALUES_MOST = 100000, /* windows times metrics */
    CELLS_MOST = 400000,  /* windows times scopes */
    POOLS_MOST = 4096,    /* windows times histograms */
    HOMING_MOST = 1 << 24,
    HOMING_FIRST = 1024
};

/* ---- Opening. */

uint32_t ledger_windows_most(const struct metrics *m)
{
    uint32_t most = VALUES_MOST / (m->n ? m->n : 1);

    if (most > CELLS_MOST / m->scopes)
        most = CELLS_MOST / m->scopes;
    if (m->pools && most > POOLS_MOST / m->pools)
        most = POOLS_MOST / m->pools;
    return most;
}

static bool open_entities(struct ledger *l, const struct ledger_roster *r)
{
    uint32_t i, k;

    for (i = 0; i < r->groups; i++)
        l->servers += r->group[i].count;
    l->balancers = r->balancers_all;
    l->server = calloc((size_t)l->servers + 1, sizeof l->server[0]);
    l->line = calloc((size_t)l->balancers + 1, sizeof l->line[0]);
    l->group = calloc((size_t)r->groups + 1, sizeof l->group[0]);
    l->homing = slab_reserve(HOMING_MOST * sizeof l->homing[0]);
    if (!l->server || !l->line || !l->group || !l->homing)
        return false;
    memcpy(l->group, r->group, r->groups * sizeof l->group[0]);
    for (i = 0; i < r->groups; i++)
        for (k = 0; k < r->group[i].count; k++)
            l->server[r->group[i].first + k].group = i;
    for (i = 0; i < r->balancers; i++)
        for (k = 0; k < r->balancer[i].count; k++)
            l->line[r->balancer[i].first + k].name = i;
    return true;
}

static bool reads(const struct metrics *all, enum metric_id id)
{
    uint32_t i;

    for (i = 0; i < all->n; i++)
        if (all->at[i].id == id)
            return true;
    return false;
}

static bool is_rare(const struct metrics *measured)
{
    return measured->occupieds || reads(measured, ID_IN_FLIGHT);
}

bool ledger_wants_states(const struct metrics *measured, const struct metrics *windows)
{
    return windows->n || is_rare(measured);
}

struct ledger *ledger_open(const struct ledger_roster *r, const struct metrics *measured,
                           const struct metrics *windows, const struct ledger_times *times)
{
    struct ledger *l = calloc(1, sizeof *l);

    if (!l)
        return NULL;
    l->roster = *r;
    l->homing_sweep = HOMING_FIRST;
    l->measured.measured = true;
    if (times)
        l->windows.times = *times;
    l->windowed = windows->n > 0;
    l->flights = reads(measured, ID_IN_FLIGHT) || reads(windows, ID_IN_FLIGHT);
    l->rare = is_rare(measured);
    if (!open_entities(l, r) || book_open(&l->measured, measured, r, 1) || leaves_open(l) ||
        (l->windowed && book_open(&l->windows, windows, r, ledger_windows_most(windows)))) {
        ledger_close(l);
        return NULL;
    }
    l->roster.group = l->group;
    return l;
}

void ledger_close(struct ledger *l)
{
    if (!l)
        return;
    book_close(&l->measured);
    book_close(&l->windows);
    leaves_close(l);
    free(l->server);
    free(l->line);
    free(l->group);
    slab_release(l->homing, HOMING_MOST * sizeof l->homing[0]);
    free(l);
}

bool ledger_overflowed(const struct ledger *l)
{
    return l->windows.overflowed || l->homing_n == HOMING_MOST;
}

/* ---- Answers on their way: measured time may begin or end before they are home. */

static void sweep_homing(struct ledger *l, lb_time now)
{
    uint32_t i, left = 0;

    for (i = 0; i < l->homing_n; i++) {
        struct ledger_homing h = l->homing[i];

        ledger_sojourn(l, h.who.client, h.who.balancer, h.from, h.end < now ? h.end : now);
        h.from = now > h.from ? now : h.from; /* servers may be looked at out of turn */
        if (h.end > now)
            l->homing[left++] = h;
        else if (h.who.server != LEDGER_NONE)
            ledger_answered(l, h.who, h.end);
    }
    l->homing_n = left;
    l->homing_sweep = 2 * left + HOMING_FIRST;
}

void ledger_set_out(struct ledger *l, const struct ledger_ending *e)
{
    if (l->homing_n >= l->homing_sweep)
        sweep_homing(l, e->now);
    if (l->homing_n < HOMING_MOST)
        l->homing[l->homing_n++] = (struct ledger_homing) { e->now, e->end, e->who };
}

static void settle_all(struct ledger *l, lb_time now)
{
    uint32_t i;

    for (i = 0; i < l->servers; i++)
        ledger_settle_server(l, i, now);
    for (i = 0; i < l->balancers; i++)
        ledger_settle_line(l, i, now);
    sweep_homing(l, now);
}

void ledger_begin(struct ledger *l, lb_time now)
{
    sweep_homing(l, now);
    l->measured.from = now;
}

void ledger_end(struct ledger *l, lb_time now)
{
    l->measured.to = l->windows.to = now;
    if (l->measured.from > now)
        l->measured.from = now; /* it ends within the warm-up */
}

void ledger_settle(struct ledger *l)
{
    if (l->measured.to != LB_NEVER)
        settle_all(l, l->measured.to);
    leaves_gather(l);
}

/* ---- Counts. */

void ledger_message(struct ledger *l, uint32_t balancer, lb_time now)
{
    if (now >= l->measured.from && now <= l->measured.to)
        line_leaf(l, balancer)->sums.messages++;
    if (l->windowed) {
        struct ledger_places p =
            ledger_places(&l->windows, (struct ledger_who) { LEDGER_NONE, balancer, LEDGER_NONE });
        uint32_t page = book_page(&l->windows, now);

        COUNT(&l->windows, page, p, sums.messages, 1);
    }
}

void ledger_windows_issued(struct ledger *l, struct ledger_who who, lb_time issued)
{
    struct ledger_places p = ledger_places(&l->windows, who);
    uint32_t page = book_page(&l->windows, issued);

    COUNT(&l->windows, page, p, sums.issued, 1);
}

void ledger_windows_sent(struct ledger *l, struct ledger_who who, lb_time issued)
{
    struct ledger_places p = ledger_places(&l->windows, who);
    uint32_t page = book_page(&l->windows, issued);

    COUNT(&l->windows, page, p, sums.attempts, 1);
}

void ledger_windows_extra(struct ledger *l, struct ledger_who who, lb_time issued,
                          enum ledger_extra kind)
{
    struct ledger_places p = ledger_places(&l->windows, who);
    uint32_t page = book_page(&l->windows, issued);

    COUNT(&l->windows, page, p, sums.extra[kind], 1);
}

void ledger_windows_worked(struct ledger *l, struct ledger_who who, lb_time issued,
                           enum ledger_work kind, lb_time work)
{
    struct ledger_places p = ledger_places(&l->windows, who);
    uint32_t page = book_page(&l->windows, issued);

    COUNT(&l->windows, page, p, sums.work[kind], (uint64_t)work);
}

static void count_served(struct ledger *l, struct ledger_who who, lb_time issued, bool waited)
{
    struct ledger_places p = ledger_places(&l->windows, who);
    uint32_t page = book_page(&l->windows, issued);

    COUNT(&l->windows, page, p, sums.served, 1);
    COUNT(&l->windows, page, p, sums.waited, waited);
}

void ledger_windows_finished(struct ledger *l, struct ledger_who who, lb_time issued, bool waited,
                             lb_time now)
{
    struct ledger_places p = ledger_places(&l->windows, who);
    uint32_t page = book_page(&l->windows, now);

    COUNT(&l->windows, page, p, sums.finished, 1);
    count_served(l, who, issued, waited);
}

void ledger_left(struct ledger *l, struct ledger_who who, bool measured, lb_time issued)
{
    if (measured) {
        LEDGER_COUNT(l, who, served);
        LEDGER_COUNT(l, who, waited);
    }
    if (measured && who.server != LEDGER_NONE) {
        server_leaf(l, who.server)->sums.served++;
        server_leaf(l, who.server)->sums.waited++;
    }
    if (l->windowed)
        count_served(l, who, issued, true);
}

/* ---- Ends, in windows. */

static void add_durations(struct ledger_book *b, uint32_t page, uint32_t place,
                          const int64_t value[DURATIONS], uint32_t known)
{
    const struct metrics *m = b->metrics;
    size_t cell = (size_t)page * m->scopes + place;
    unsigned left = b->durations[place] & ((1u << known) - 1);
    uint32_t k;

    for (; left; left &= left - 1) {
        uint32_t d = (uint32_t)__builtin_ctz(left), pool = b->pool_of[place * DURATIONS + d];
        struct moments *moments = &b->cell[cell].duration[d];

        if (moments->n == 0)
            *moments = MOMENTS_EMPTY;
        moments_add(moments, value[d]);
        if (pool != LEDGER_NONE)
            histogram_add(&b->pool[(size_t)page * m->pools + pool], value[d]);
    }
    for (k = 0; k < m->aboves; k++)
        if (m->above[k].duration < known)
            b->above[cell * m->aboves + k] += value[m->above[k].duration] > m->above[k].over;
}

static void add_completed(struct ledger_book *b, uint32_t page, const struct ledger_places *p,
                          const struct ledger_ending *e)
{
    int64_t value[DURATIONS] = { e->end - e->issued, e->wait, e->service, 0, 0 };
    uint32_t i;

    if (e->alone > 0) {
        value[DURATION_SLOWDOWN] = tally_ratio(value[DURATION_LATENCY], e->alone);
        value[DURATION_WAIT_SLOWDOWN] = tally_ratio(e->wait, e->alone);
    }
    for (i = 0; i < p->n; i++)
        add_durations(b, page, p->at[i], value, e->alone > 0 ? DURATIONS : DURATION_SLOWDOWN);
    COUNT(b, page, *p, worked, (uint64_t)e->work);
}

void ledger_windows_ended(struct ledger *l, const struct ledger_ending *e)
{
    struct ledger_book *b = &l->windows;
    struct ledger_places p = ledger_places(b, e->who);
    uint32_t page = book_page(b, e->issued);

    COUNT(b, page, p, sums.ended[e->how], 1);
    if (e->how != ENDED_COMPLETED)
        return;
    if (page != LEDGER_NONE)
        add_completed(b, page, &p, e);
}

void ledger_windows_answered(struct ledger *l, struct ledger_who who, lb_time now)
{
    struct ledger_book *b = &l->windows;
    struct ledger_places p = ledger_places(b, who);
    uint32_t page = book_page(b, now);

    COUNT(b, page, p, sums.answered, 1);
}
