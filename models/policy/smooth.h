/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One step of smooth weighted round robin, as nginx takes it (ngx_http_upstream_round_robin.c):
 * every server considered gains its effective weight, the one with the most is taken (the first in
 * seat order of several) and pays what all gained together. A failed attempt lowers the effective
 * weight; it climbs back by one a step. Weights are counted in 1 / SHARE_UNIT, which changes no
 * decision and leaves room for slow start. */
#ifndef MODELS_POLICY_SMOOTH_H
#define MODELS_POLICY_SMOOTH_H

#include "models/policy.h"
#include "models/policy/eligible.h"

struct smooth_server {
    int64_t current, effective;
    int64_t top; /* what effective climbs to: the weight, or less while it starts slowly */
};

static inline void smooth_set_top(struct smooth_server *server, int64_t top)
{
    if (server->effective == server->top || server->effective > top)
        server->effective = top;
    server->top = top;
}

/* What a failed attempt costs: weight / max_fails, in whole weights; max_fails 0 is never. */
static inline int64_t smooth_loss(const struct lb_view *view, lb_server s, int64_t max_fails)
{
    return max_fails ? view->weight[s] / max_fails * SHARE_UNIT : 0;
}

static inline void smooth_fail(struct smooth_server *server, int64_t loss)
{
    server->effective = server->effective > loss ? server->effective - loss : 0;
}

/* Takes a step over those of the n servers of the list that the request may go to; LB_NONE if it
 * may go to none. *steady becomes 0 if one was left out or is still climbing. */
static inline lb_server smooth_step(struct smooth_server *server, const struct lb_view *view,
                                    const struct lb_request *request, const lb_server *list,
                                    uint32_t n, int *steady)
{
    lb_server best = LB_NONE;
    int64_t total = 0, most = 0;
    uint32_t i;

    *steady = 1;
    for (i = 0; i < n; i++) {
        struct smooth_server *at = &server[list[i]];

        if (!lb_may(view, request, list[i])) {
            *steady = 0;
            continue;
        }
        at->current += at->effective;
        total += at->effective;
        if (at->effective < at->top) {
            *steady = 0;
            at->effective += SHARE_UNIT;
            at->effective = at->effective < at->top ? at->effective : at->top;
        }
        if (best == LB_NONE || at->current > most || (at->current == most && list[i] < best)) {
            best = list[i];
            most = at->current;
        }
    }
    if (best != LB_NONE)
        server[best].current -= total;
    return best;
}

#endif
