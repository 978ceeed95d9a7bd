/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All balancers of a world: their seats, and the true loads where policies see them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/run/features.h"
#include "sim/run/step.h"

static enum information_kind information_of(const struct world *w, uint32_t spec)
{
    enum information_kind kind = w->scenario->balancers[spec].information;

    if (kind != INFORMATION_DEFAULT)
        return kind;
    return w->order->policy->policy->sees & LB_SEES_TRUTH ? INFORMATION_FRESH : INFORMATION_OWN;
}

/* True loads need arrays of their own unless a lone balancer without links knows them anyway: until
 * a server goes down, and what it had is still in flight to the balancer. */
static int open_truth(struct world *w)
{
    const struct scenario *s = w->scenario;
    bool alone =
        w->balancers == 1 && !scenario_has_links(s) && !timeline_touches_servers(s) && !w->trip;
    uint32_t i, k;

    for (i = 0; i < s->balancers_n; i++) {
        uint32_t seats = 0;

        if (alone || information_of(w, i) != INFORMATION_FRESH)
            continue;
        for (k = 0; k < s->balancers[i].groups_n; k++)
            seats += s->servers[s->balancers[i].groups[k]].count;
        if (!w->truth)
            w->truth = world_zeroed(s->balancers_n, sizeof w->truth[0]);
        if (!w->truth || !(w->truth[i] = world_zeroed(seats, sizeof w->truth[i][0])))
            return -ENOMEM;
    }
    return 0;
}

/* Seats of a balancer that does not serve all groups, and back. */
static int open_maps(struct world *w, uint32_t spec)
{
    const struct balancer_spec *b = &w->scenario->balancers[spec];
    uint32_t g, i, seat = 0, *to, *from;

    if (b->groups_n == w->groups)
        return 0;
    to = world_zeroed(w->servers, sizeof to[0]);
    from = world_zeroed(w->servers, sizeof from[0]);
    w->server_of[spec] = to;
    w->seat_of[spec] = from;
    if (!to || !from)
        return -ENOMEM;
    memset(from, 0xff, w->servers * sizeof from[0]);
    for (g = 0; g < b->groups_n; g++)
        for (i = 0; i < w->scenario->servers[b->groups[g]].count; i++) {
            to[seat] = w->scenario->servers[b->groups[g]].first + i;
            from[to[seat]] = seat;
            seat++;
        }
    return 0;
}

int balancers_open(struct world *w)
{
    const struct scenario *s = w->scenario;
    uint32_t spec, i, next = 0;
    int failed;

    for (spec = 0; spec < s->balancers_n; spec++)
        w->balancers += s->balancers[spec].count;
    w->balancer = world_zeroed(w->balancers, sizeof w->balancer[0]);
    w->first_balancer = world_zeroed(s->balancers_n, sizeof w->first_balancer[0]);
    w->server_of = world_zeroed(s->balancers_n, sizeof w->server_of[0]);
    w->seat_of = world_zeroed(s->balancers_n, sizeof w->seat_of[0]);
    w->gauge = world_zeroed(w->balancers, sizeof w->gauge[0]);
    if (!w->balancer || !w->first_balancer || !w->server_of || !w->seat_of || !w->gauge ||
        open_truth(w))
        return -ENOMEM;
    for (spec = 0; spec < s->balancers_n; spec++) {
        w->first_balancer[spec] = next;
        if (open_maps(w, spec))
            return -ENOMEM;
        for (i = 0; i < s->balancers[spec].count; i++, next++) {
            struct balancer *b = &w->balancer[next];

            b->spec = &s->balancers[spec];
            b->index = next;
            b->server_of = w->server_of[spec];
            b->seat_of = w->seat_of[spec];
            b->fresh_work = (w->order->policy->policy->sees & LB_SEES_WORK) &&
                            information_of(w, spec) == INFORMATION_FRESH;
            w->fresh_work |= b->fresh_work;
            failed = balancer_open(w, b);
            if (failed)
                return failed;
        }
    }
    return 0;
}

void balancers_close(struct world *w)
{
    uint32_t i;

    for (i = 0; w->balancer && i < w->balancers; i++)
        balancer_close(&w->balancer[i]);
    for (i = 0; i < w->scenario->balancers_n; i++) {
        if (w->truth)
            free(w->truth[i]);
        if (w->server_of)
            free(w->server_of[i]);
        if (w->seat_of)
            free(w->seat_of[i]);
    }
    free(w->truth);
    free(w->server_of);
    free(w->seat_of);
    free(w->balancer);
    free(w->first_balancer);
    free(w->gauge);
}

/* ---- True loads. */

void truth_changed(struct world *w, uint32_t server)
{
    uint32_t i;

    for (i = 0; i < w->balancers; i++) {
        struct balancer *b = &w->balancer[i];
        uint32_t *truth = w->truth[b->spec - w->scenario->balancers];
        uint32_t seat = seat_of(b, server);

        if (!truth || seat >= b->view.n)
            continue;
        truth[seat] = w->server[server].inside;
        if (b->policy->loaded)
            b->policy->loaded(b->self, seat);
    }
}

void work_changed(struct world *w, uint32_t server, lb_time now)
{
    double left = server_left(w, server, now), span;
    uint32_t i;

    for (i = 0; i < w->balancers; i++) {
        struct balancer *b = &w->balancer[i];
        uint32_t seat = seat_of(b, server);

        if (!b->fresh_work || seat >= b->view.n)
            continue;
        span = left / (double)b->rate[seat];
        b->free_at[seat] = span < BELIEF_MOST ? now + (lb_time)(span + 0.5) : LB_NEVER;
        if (b->policy->loaded)
            b->policy->loaded(b->self, seat);
    }
}

void work_arrived(struct world *w, uint32_t server, lb_time work, lb_time now)
{
    uint32_t i;

    for (i = 0; i < w->balancers; i++) {
        struct balancer *b = &w->balancer[i];
        uint32_t seat = seat_of(b, server);

        if (!b->fresh_work || seat >= b->view.n)
            continue;
        work_believed(b, seat, work, now);
        if (b->policy->loaded)
            b->policy->loaded(b->self, seat);
    }
}
