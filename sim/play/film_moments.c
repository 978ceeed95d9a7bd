/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The moments of a run that one would like to see. */
#include "sim/play/film_part.h"

void film_moments_none(struct film *f)
{
    int i;

    for (i = 0; i < MOMENTS; i++)
        f->moment[i] = (struct film_moment) { .at = LB_NEVER, .server = FILM_NOTHING };
}

void film_sees_queue(struct film *f, const struct world *w, uint32_t server)
{
    const struct server *s = &w->server[server];
    struct film_moment *m = &f->moment[MOMENT_QUEUE];

    if (s->inside < w->group[s->group].limit && s->inside + UINT64_C(1) > m->a)
        *m = (struct film_moment) { w->now, server, s->inside + UINT64_C(1), 0 };
}

static void compare(struct film *f, const struct balancer *b, uint32_t server, uint64_t believed)
{
    const uint64_t inside = b->world->server[server].inside;
    const uint64_t gap = believed > inside ? believed - inside : inside - believed;
    struct film_moment *m = &f->moment[MOMENT_GAP];

    if (gap > (m->a > m->b ? m->a - m->b : m->b - m->a))
        *m = (struct film_moment) { b->world->now, server, believed, inside };
}

void film_sees_pick(struct film *f, const struct balancer *b, lb_server answer)
{
    const struct film_state *s = f->state;
    uint32_t i;

    for (i = 0; i < s->pending_n && i < FILM_CANDIDATES; i++)
        compare(f, b, s->pending[i].server, s->pending[i].load);
    if (answer < b->view.n)
        compare(f, b, b->server_of ? b->server_of[answer] : answer, b->view.load[answer]);
}

void film_sees_end(struct film *f, const struct film_request *r)
{
    static const enum film_moment_kind kinds[ENDINGS] = {
        [ENDED_COMPLETED] = MOMENT_SLOWEST,   [ENDED_REJECTED] = MOMENT_REJECTED,
        [ENDED_TIMED_OUT] = MOMENT_TIMED_OUT, [ENDED_FAILED] = MOMENT_FAILED,
        [ENDED_CANCELLED] = MOMENT_CANCELLED,
    };
    struct film_moment *m = &f->moment[kinds[r->how]];
    const uint64_t latency = (uint64_t)(r->end - r->issued);

    if (r->how == ENDED_COMPLETED && latency > m->a)
        *m = (struct film_moment) { r->issued, FILM_NOTHING, latency, r->serial };
    else if (r->how != ENDED_COMPLETED && m->at == LB_NEVER)
        *m = (struct film_moment) { r->end, FILM_NOTHING, 0, r->serial };
}

void film_sees_change(struct film *f, const struct film_change *c)
{
    struct film_moment *m = &f->moment[MOMENT_DOWN];

    if (c->state != SERVER_UP && m->at == LB_NEVER)
        *m = (struct film_moment) { c->at, c->server, c->state, 0 };
}
