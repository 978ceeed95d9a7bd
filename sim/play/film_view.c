/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What policies see and say, and how servers are. */
#include <string.h>

#include "sim/play/film_part.h"

/* ---- Picks. */

void film_candidate(void *context, const struct balancer *b, lb_server seat, double score)
{
    struct film *f = context;
    struct film_state *s = f->state;

    if (seat >= b->view.n)
        return;
    if (s->pending_n < FILM_CANDIDATES)
        s->pending[s->pending_n] =
            (struct film_candidate) { b->server_of ? b->server_of[seat] : seat, b->view.load[seat],
                                      score };
    s->pending_n++;
}

/* What is believed now, where it is not what was believed last. */
static void note_beliefs(struct film *f, const struct balancer *b)
{
    struct film_state *s = f->state;
    uint32_t *last = s->believed ? s->believed + s->seats_from[b->index] : NULL, seat;

    for (seat = 0; last && seat < b->view.n && !s->stop; seat++) {
        const bool closed = b->open && !b->open[seat];
        const uint32_t word = b->view.load[seat] << 1 | closed, before = last[seat];

        if (word == before)
            continue;
        last[seat] = word;
        if (film_grow(&f->belief, f->beliefs, &f->beliefs_room, sizeof f->belief[0]))
            f->belief[f->beliefs++] =
                (struct film_belief) { s->picks,  b->server_of ? b->server_of[seat] : seat,
                                       word >> 1, before >> 1,
                                       closed,    before & 1 };
        else
            film_out_of_memory(f);
    }
}

static void add_pick(struct film *f, const struct balancer *b, uint32_t call, lb_server answer)
{
    const struct film_state *s = f->state;
    const uint32_t row = film_take(&f->pick);
    struct film_call *c = film_call_at(f, call);
    struct film_pick *p;

    if (row == FILM_NOTHING) {
        film_out_of_memory(f);
        return;
    }
    p = film_pick_at(f, row);
    *p = (struct film_pick) { .next = FILM_NOTHING,
                              .call = call,
                              .balancer = b->index,
                              .number = s->picks,
                              .answer = answer < b->view.n && b->server_of ? b->server_of[answer]
                                                                           : answer,
                              .attempt = b->ask.attempt,
                              .offer = b->ask.offer,
                              .candidates = s->pending_n,
                              .at = b->world->now };
    memcpy(p->at_hand, s->pending, sizeof p->at_hand);
    if (c->pick == FILM_NOTHING)
        c->pick = row;
    else
        film_pick_at(f, c->last_pick)->next = row;
    c->last_pick = row;
}

void film_picked(void *context, const struct balancer *b, uint32_t slot, lb_server answer)
{
    struct film *f = context;
    struct film_state *s = f->state;
    const uint32_t call = s->call_of[slot];

    film_looks_at_clock(f, b->world);
    film_sees_pick(f, b, answer);
    if (!s->stop && s->showing)
        note_beliefs(f, b);
    if (!s->stop && call)
        add_pick(f, b, call - 1, answer);
    s->pending_n = 0;
    s->picks++;
}

/* ---- Servers. */

void film_changed(void *context, const struct world *w, uint32_t server)
{
    struct film *f = context;
    struct film_state *s = f->state;
    const struct condition *c = &w->condition[server];
    const struct film_change now = { w->now, server, c->state, c->absent, c->speed };
    const struct film_change before = s->now[server];

    film_looks_at_clock(f, w);
    s->now[server] = now;
    if (before.state == now.state && before.absent == now.absent &&
        !(before.speed < now.speed || before.speed > now.speed))
        return;
    film_sees_change(f, &now);
    if (!s->stop && s->showing)
        film_add_change(f, &now);
}

void film_begin(struct film *f, const struct world *w)
{
    uint32_t i;

    for (i = 0; i < w->servers; i++) {
        const struct server_spec *spec = w->group[w->server[i].group].spec;

        f->state->now[i] = (struct film_change) { .server = i, .speed = spec->speed };
        if (w->condition) {
            f->state->now[i].state = w->condition[i].state;
            f->state->now[i].absent = w->condition[i].absent;
            f->state->now[i].speed = w->condition[i].speed;
        }
    }
}
