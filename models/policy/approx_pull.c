/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Late binding (Ousterhout, Wendell, Zaharia, Stoica 2013, SOSP: Sparrow): reservations wait at d
 * random servers for each part of a job, and the server that reaches its reservation first gets the
 * part. The parts of one job reserve at different servers as long as there are enough. */
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/copies.h"

struct config {
    int64_t d;
};

struct approx_pull {
    struct copies copies;
    uint32_t d;
    uint64_t parent; /* of the last request */
    uint64_t round;  /* grows with each job, and when its parts have reserved everywhere */
    uint64_t *mark;  /* by seat: the round in which it was reserved last */
};

static void approx_pull_close(void *self)
{
    struct approx_pull *p = self;

    copies_close(&p->copies);
    free(p->mark);
    free(p);
}

static void *approx_pull_open(const struct lb_setup *setup)
{
    const struct config *config = setup->config;
    struct approx_pull *p = calloc(1, sizeof *p);

    if (!p || copies_open(&p->copies, setup)) {
        free(p);
        return no_memory(setup->host);
    }
    p->d = (uint32_t)config->d;
    p->mark = calloc((size_t)setup->view->capacity + 1, sizeof *p->mark);
    if (p->mark)
        return p;
    approx_pull_close(p);
    return no_memory(setup->host);
}

static void reserve(struct approx_pull *p, const lb_server *at, uint32_t n)
{
    while (n-- > 0)
        p->mark[at[n]] = p->round;
}

/* The servers that suit and are not reserved in this round. */
static uint32_t list_free(const struct approx_pull *p, const struct lb_request *request)
{
    const struct lb_view *view = p->copies.view;
    uint32_t i, n = 0;

    for (i = 0; i < view->usable_n; i++)
        if (p->mark[view->usable[i]] != p->round && lb_may(view, request, view->usable[i]))
            p->copies.room[n++] = view->usable[i];
    return n;
}

/* For a part whose siblings have reserved: first where they have not. */
static uint32_t draw_beside(struct approx_pull *p, const struct lb_request *request,
                            struct lb_random *random, lb_server *drawn)
{
    uint32_t found = distinct_of_list(p->copies.room, list_free(p, request), p->d, random, drawn);

    if (found == p->d) {
        reserve(p, drawn, found);
        return found;
    }
    p->round++;
    reserve(p, drawn, found);
    found += distinct_of_list(p->copies.room, list_free(p, request), p->d - found, random,
                              drawn + found);
    reserve(p, drawn, found);
    return found;
}

static lb_server approx_pull_pick(void *self, const struct lb_request *request,
                                  struct lb_random *random)
{
    struct approx_pull *p = self;
    lb_server drawn[DISTINCT_MOST];
    uint32_t n;

    if (p->round && request->parent == p->parent)
        return copies_send(&p->copies, drawn, draw_beside(p, request, random, drawn), 0);
    p->parent = request->parent;
    p->round++;
    n = distinct_of(p->copies.view, request, p->d, p->copies.room, random, drawn);
    reserve(p, drawn, n);
    return copies_send(&p->copies, drawn, n, 0);
}

static const struct lb_param params[] = {
    { "d", LB_INT, offsetof(struct config, d), 2, 1, DISTINCT_MOST, "servers",
      "reservations for each part of a job; with fewer servers that suit, all of them", NULL },
    { NULL, LB_INT, 0, 0, 0, 0, NULL, NULL, NULL },
};

static const struct lb_alias aliases[] = {
    { "late_binding", "" },
    { "sparrow", "" },
    { NULL, NULL },
};

static const struct lb_about about = {
    .rule = "Reserve at d random servers for each part of a job, elsewhere than its other parts "
            "while there are enough. The server that reaches its reservation first gets the part, "
            "the others are told to forget it: set attempts.copies.cancel to on_start.",
    .formula = "a request of one part goes to the least work left of d random servers",
    .cost = "O(d^2); O(n) for the further parts of a job",
    .source = "Ousterhout, Wendell, Zaharia, Stoica 2013, SOSP (Sparrow)",
    .fails = "Sparrow lets any reservation of a job take any of its parts; here each part has its "
             "own d, which is a little slower. A reservation that is reached costs a round trip "
             "in which the server idles; links at the servers show it.",
    .scenario = "scenarios/first/quickstart.json",
};

const struct lb_policy policy_approx_pull = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "approx_pull",
    .family = "redundancy",
    .summary = "reservations at d random servers, the first to reach it gets the request",
    .sees = LB_SENDS_COPIES,
    .config_size = sizeof(struct config),
    .param_size = sizeof(struct lb_param),
    .params = params,
    .aliases = aliases,
    .about = &about,
    .open = approx_pull_open,
    .close = approx_pull_close,
    .pick = approx_pull_pick,
};
