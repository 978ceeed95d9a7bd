/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Spans of time, and states that hold for a while. */
#include "sim/record/ledger_tell.h"

static void most(uint64_t *at, uint64_t value)
{
    if (value > *at)
        *at = value;
}

struct server_span {
    const struct ledger_places *places;
    const struct ledger_state *state;
    uint32_t in_flight;
};

static void enter_occupied(struct ledger_book *b, size_t cell, uint64_t span, uint32_t inside)
{
    const struct metrics *m = b->metrics;
    uint32_t k;

    for (k = 0; k < m->occupieds; k++)
        if (inside >= m->occupied[k])
            b->occupied[cell * m->occupieds + k] += span;
}

/* What is asked for but rarely. */
static void enter_rare(struct ledger_book *b, uint32_t page, uint64_t span, const void *context)
{
    const struct server_span *s = context;
    uint32_t i;

    for (i = 0; i < s->places->n; i++) {
        struct ledger_cell *c = book_cell(b, page, s->places->at[i]);

        most(&c->in_flight, s->in_flight);
        if (s->state->away)
            c->gone += span;
        else
            enter_occupied(b, (size_t)page * b->metrics->scopes + s->places->at[i], span,
                           s->state->inside);
    }
}

static void enter_server(struct ledger_book *b, uint32_t page, uint64_t span, const void *context)
{
    const struct server_span *s = context;
    uint32_t i;

    for (i = 0; i < s->places->n; i++) {
        struct ledger_cell *c = book_cell(b, page, s->places->at[i]);

        c->busy += (moments_wide)span * s->state->busy;
        c->sums.waiting += (moments_wide)span * s->state->waiting;
        if (s->places->at[i]) /* all that is in the system is counted by requests */
            c->sums.in_system += (moments_wide)span * s->state->inside;
        most(&c->sums.longest, s->state->waiting);
    }
    enter_rare(b, page, span, context);
}

/* The places of a server, in either book. */
static struct ledger_places places_of(const struct ledger *l, const struct ledger_book *b,
                                      uint32_t server)
{
    struct ledger_places p = { .n = b->whole, .at = { 0 } };

    ledger_put(&p, b->measured ? &server_leaf(l, server)->places : &b->server[server]);
    return p;
}

static void settle_in(struct ledger *l, struct ledger_book *b, uint32_t server, lb_time now,
                      book_enter *enter)
{
    const struct ledger_server *s = &l->server[server];
    struct ledger_places p = places_of(l, b, server);
    struct server_span span = { &p, &s->state, s->in_flight };

    if (s->state.inside || s->in_flight || s->state.away)
        book_span(b, s->since, now, enter, &span);
}

void ledger_settle_server(struct ledger *l, uint32_t server, lb_time now)
{
    struct ledger_server *s = &l->server[server];
    struct ledger_sums *sums = &server_leaf(l, server)->sums;
    uint64_t span = ledger_overlap(l, s->since, now);

    sums->waiting += (moments_wide)span * s->state.waiting;
    sums->in_system += (moments_wide)span * s->state.inside;
    if (span)
        most(&sums->longest, s->state.waiting);
    if (l->rare)
        settle_in(l, &l->measured, server, now, enter_rare);
    if (l->windowed)
        settle_in(l, &l->windows, server, now, enter_server);
    s->since = now;
}

static void peak_in(struct ledger_book *b, const struct ledger_places *p, uint32_t waiting,
                    uint32_t in_flight, lb_time now)
{
    uint32_t page = book_page(b, now), i;

    for (i = 0; page != LEDGER_NONE && i < p->n; i++) {
        struct ledger_cell *c = book_cell(b, page, p->at[i]);

        most(&c->sums.longest, waiting);
        most(&c->in_flight, in_flight);
    }
}

static void peak_in_leaf(const struct ledger *l, struct ledger_leaf *leaf, uint32_t waiting,
                         lb_time now)
{
    if (waiting > leaf->sums.longest && now >= l->measured.from && now <= l->measured.to)
        leaf->sums.longest = waiting;
}

void ledger_peak_server(struct ledger *l, uint32_t server, uint32_t waiting, uint32_t in_flight,
                        lb_time now)
{
    struct ledger_places p;

    peak_in_leaf(l, server_leaf(l, server), waiting, now);
    if (l->rare) {
        p = places_of(l, &l->measured, server);
        peak_in(&l->measured, &p, waiting, in_flight, now);
    }
    if (l->windowed) {
        p = places_of(l, &l->windows, server);
        peak_in(&l->windows, &p, waiting, in_flight, now);
    }
}

void ledger_server(struct ledger *l, uint32_t server, const struct ledger_state *state, lb_time now)
{
    ledger_settle_server(l, server, now);
    l->server[server].state = *state;
    if (state->waiting)
        ledger_peak_server(l, server, state->waiting, 0, now);
}

/* ---- One server, of which no more than its queue is told. */

void ledger_longer(struct ledger *l, uint32_t server, uint32_t waiting, lb_time now)
{
    const struct ledger_server *s = &l->server[server];
    struct ledger_leaf *leaf = server_leaf(l, server);

    if (ledger_overlap(l, s->since, now) > 0)
        most(&leaf->sums.longest, s->state.waiting);
    peak_in_leaf(l, leaf, waiting, now);
}

void ledger_integrals(struct ledger *l, uint32_t server, uint64_t waiting, uint64_t inside)
{
    struct ledger_sums *sums = &server_leaf(l, server)->sums;

    sums->waiting += waiting;
    sums->in_system += inside;
}

void ledger_flight(struct ledger *l, uint32_t server, lb_time now)
{
    ledger_settle_server(l, server, now);
    l->server[server].in_flight++;
    ledger_peak_server(l, server, 0, l->server[server].in_flight, now);
}

void ledger_back(struct ledger *l, uint32_t server, lb_time now)
{
    if (!l->flights)
        return;
    ledger_settle_server(l, server, now);
    l->server[server].in_flight--;
}

/* ---- Balancers. */

struct line_span {
    const struct ledger_places *places;
    uint32_t held;
};

static void enter_line(struct ledger_book *b, uint32_t page, uint64_t span, const void *context)
{
    const struct line_span *s = context;
    uint32_t i;

    for (i = 0; i < s->places->n; i++) {
        struct ledger_cell *c = book_cell(b, page, s->places->at[i]);

        c->sums.waiting += (moments_wide)span * s->held;
        most(&c->sums.longest, s->held);
    }
}

static struct ledger_places places_of_line(const struct ledger *l, uint32_t balancer)
{
    return ledger_places(&l->windows, (struct ledger_who) { LEDGER_NONE, balancer, LEDGER_NONE });
}

void ledger_settle_line(struct ledger *l, uint32_t balancer, lb_time now)
{
    struct ledger_line *line = &l->line[balancer];
    struct ledger_sums *sums = &line_leaf(l, balancer)->sums;
    uint64_t span = ledger_overlap(l, line->since, now);

    sums->waiting += (moments_wide)span * line->held;
    if (span)
        most(&sums->longest, line->held);
    if (l->windowed && line->held) {
        struct ledger_places p = places_of_line(l, balancer);

        book_span(&l->windows, line->since, now, enter_line,
                  &(struct line_span) { &p, line->held });
    }
    line->since = now;
}

void ledger_held(struct ledger *l, uint32_t balancer, uint32_t held, lb_time now)
{
    ledger_settle_line(l, balancer, now);
    l->line[balancer].held = held;
    peak_in_leaf(l, line_leaf(l, balancer), held, now);
    if (l->windowed && held) {
        struct ledger_places p = places_of_line(l, balancer);

        peak_in(&l->windows, &p, held, 0, now);
    }
}

/* ---- Requests, in windows. */

static void enter_waiting(struct ledger_book *b, uint32_t page, uint64_t span, const void *context)
{
    book_cell(b, page, *(const uint32_t *)context)->sums.waiting += span;
}

void ledger_windows_waited(struct ledger *l, uint32_t client, lb_time from, lb_time to)
{
    uint32_t place = book_place(&l->windows, SCOPE_CLIENT, client);

    if (place != LEDGER_NONE)
        book_span(&l->windows, from, to, enter_waiting, &place);
}

static void enter_sojourn(struct ledger_book *b, uint32_t page, uint64_t span, const void *context)
{
    const struct ledger_places *p = context;

    COUNT(b, page, *p, sums.in_system, span);
}

void ledger_windows_sojourn(struct ledger *l, uint32_t client, uint32_t balancer, lb_time from,
                            lb_time to)
{
    struct ledger_places p =
        ledger_places(&l->windows, (struct ledger_who) { client, balancer, LEDGER_NONE });

    book_span(&l->windows, from, to, enter_sojourn, &p);
}
