/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Spans of time, and states that hold for a while. */
#include "sim/record/ledger_book.h"

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

static void enter_server(struct ledger_book *b, uint32_t page, uint64_t span, const void *context)
{
    const struct server_span *s = context;
    uint32_t i;

    for (i = 0; i < s->places->n; i++) {
        uint32_t place = s->places->at[i];
        struct ledger_cell *c = book_cell(b, page, place);

        c->busy += (moments_wide)span * s->state->busy;
        c->waiting += (moments_wide)span * s->state->waiting;
        if (place) /* all that is in the system is counted by requests */
            c->in_system += (moments_wide)span * s->state->inside;
        most(&c->longest, s->state->waiting);
        most(&c->in_flight, s->in_flight);
        if (s->state->away)
            c->gone += span;
        else
            enter_occupied(b, (size_t)page * b->metrics->scopes + place, span, s->state->inside);
    }
}

void ledger_settle_server(struct ledger *l, uint32_t server, lb_time now)
{
    struct ledger_server *s = &l->server[server];
    bool idle = !s->state.inside && !s->in_flight && !s->state.away;
    struct ledger_book *b;

    for (b = first_book(l); b && !idle && now > s->since; b = next_book(l, b)) {
        struct ledger_places p =
            ledger_places(b, (struct ledger_who) { LEDGER_NONE, LEDGER_NONE, server });
        struct server_span span = { &p, &s->state, s->in_flight };

        book_span(b, s->since, now, enter_server, &span);
    }
    s->since = now;
}

void ledger_peak(struct ledger *l, struct ledger_who who, uint32_t waiting, uint32_t in_flight,
                 lb_time now)
{
    struct ledger_book *b;
    uint32_t i;

    for (b = first_book(l); b; b = next_book(l, b)) {
        struct ledger_places p;
        uint32_t page;

        if (b->measured && (now < b->from || now > b->to))
            continue;
        p = ledger_places(b, who);
        page = book_page(b, now);

        for (i = 0; page != LEDGER_NONE && i < p.n; i++) {
            struct ledger_cell *c = book_cell(b, page, p.at[i]);

            most(&c->longest, waiting);
            most(&c->in_flight, in_flight);
        }
    }
}

void ledger_server(struct ledger *l, uint32_t server, const struct ledger_state *state, lb_time now)
{
    ledger_settle_server(l, server, now);
    l->server[server].state = *state;
    if (state->waiting)
        ledger_peak(l, (struct ledger_who) { LEDGER_NONE, LEDGER_NONE, server }, state->waiting, 0,
                    now);
}

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

        c->waiting += (moments_wide)span * s->held;
        most(&c->longest, s->held);
    }
}

void ledger_settle_line(struct ledger *l, uint32_t balancer, lb_time now)
{
    struct ledger_line *line = &l->line[balancer];
    struct ledger_book *b;

    for (b = first_book(l); b && line->held && now > line->since; b = next_book(l, b)) {
        struct ledger_places p =
            ledger_places(b, (struct ledger_who) { LEDGER_NONE, balancer, LEDGER_NONE });
        struct line_span span = { &p, line->held };

        book_span(b, line->since, now, enter_line, &span);
    }
    line->since = now;
}

void ledger_held(struct ledger *l, uint32_t balancer, uint32_t held, lb_time now)
{
    ledger_settle_line(l, balancer, now);
    l->line[balancer].held = held;
    if (held)
        ledger_peak(l, (struct ledger_who) { LEDGER_NONE, balancer, LEDGER_NONE }, held, 0, now);
}

static void enter_waiting(struct ledger_book *b, uint32_t page, uint64_t span, const void *context)
{
    book_cell(b, page, *(const uint32_t *)context)->waiting += span;
}

void ledger_waited(struct ledger *l, uint32_t client, lb_time from, lb_time to)
{
    struct ledger_book *b;

    for (b = first_book(l); b; b = next_book(l, b)) {
        uint32_t place = book_place(b, SCOPE_CLIENT, client);

        if (place != LEDGER_NONE)
            book_span(b, from, to, enter_waiting, &place);
    }
}

static void enter_sojourn(struct ledger_book *b, uint32_t page, uint64_t span, const void *context)
{
    const struct ledger_places *p = context;

    COUNT(b, page, *p, in_system, span);
}

void ledger_sojourn(struct ledger *l, uint32_t client, uint32_t balancer, lb_time from, lb_time to)
{
    struct ledger_book *b;

    for (b = first_book(l); b; b = next_book(l, b)) {
        struct ledger_places p =
            ledger_places(b, (struct ledger_who) { client, balancer, LEDGER_NONE });

        book_span(b, from, to, enter_sojourn, &p);
    }
}
