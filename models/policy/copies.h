/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Copies of a request to different servers drawn at random. What becomes of the others when one
 * begins or is answered is the scenario's to say (attempts.copies). */
#ifndef MODELS_POLICY_COPIES_H
#define MODELS_POLICY_COPIES_H

#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/distinct.h"
#include "models/policy/eligible.h"

struct copies {
    const struct lb_view *view;
    struct lb_host *host;
    lb_server *room; /* a place for every seat */
};

/* Nonzero if there is no memory; then nothing is left to close. */
static inline int copies_open(struct copies *c, const struct lb_setup *setup)
{
    *c = (struct copies) { .view = setup->view, .host = setup->host };
    c->room = malloc(((size_t)setup->view->capacity + 1) * sizeof *c->room);
    return !c->room;
}

static inline void copies_close(struct copies *c)
{
    free(c->room);
}

/* The first of n different servers gets the request; the others a copy, each `step` after the one
 * before it. */
static inline lb_server copies_send(const struct copies *c, const lb_server *to, uint32_t n,
                                    lb_time step)
{
    uint32_t i;

    for (i = 1; i < n; i++)
        c->host->also(c->host, to[i], (lb_time)i * step);
    return n ? to[0] : LB_NONE;
}

/* To up to `most` different servers, `step` apart; LB_NONE if the request may go to none. */
static inline lb_server copies_pick(const struct copies *c, const struct lb_request *request,
                                    uint32_t most, lb_time step, struct lb_random *random)
{
    lb_server to[DISTINCT_MOST];
    uint32_t n = distinct_of(c->view, request, most, c->room, random, to);

    return copies_send(c, to, n, step);
}

#endif
