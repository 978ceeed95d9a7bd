/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Weighted random: a server with probability proportional to its weight, by the alias method
 * (Walker 1977; built as in Vose 1991, in whole numbers): n columns of equal height, each shared
 * by at most two servers. */
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/eligible.h"

struct column {
    double keep; /* the own server's part of the column */
    lb_server own, other;
};

struct weighted_random {
    const struct lb_view *view;
    struct column *column;
    uint64_t *rest;  /* while building: what is left of a server's n * share */
    uint32_t *stack; /* while building: columns below full from the left, others from the right */
    uint32_t n;      /* columns */
    int stale;       /* shares changed; many changes at one instant cost one building */
};

static void weighted_random_close(void *self)
{
    struct weighted_random *p = self;

    free(p->column);
    free(p->rest);
    free(p->stack);
    free(p);
}

static void *weighted_random_open(const struct lb_setup *setup)
{
    struct weighted_random *p = calloc(1, sizeof *p);
    size_t room = (size_t)setup->view->capacity + 1;

    if (!p)
        return no_memory(setup->host);
    p->view = setup->view;
    p->column = malloc(room * sizeof *p->column);
    p->rest = malloc(room * sizeof *p->rest);
    p->stack = malloc(room * sizeof *p->stack);
    p->stale = 1;
    if (p->column && p->rest && p->stack)
        return p;
    weighted_random_close(p);
    return no_memory(setup->host);
}

/* Fills the columns with their own servers and sorts them onto the stack; answers the full height
 * and how many are below it. */
static uint64_t lay_out(struct weighted_random *p, uint32_t *low)
{
    const struct lb_view *view = p->view;
    uint32_t n = view->usable_n, high = 0, i;
    uint64_t total = 0;

    *low = 0;
    for (i = 0; i < n; i++) {
        uint32_t share = share_of(view, view->usable[i]);

        total += share;
        p->rest[i] = (uint64_t)share * n;
        p->column[i] = (struct column) { 1.0, view->usable[i], view->usable[i] };
    }
    for (i = 0; i < n; i++)
        if (p->rest[i] < total)
            p->stack[(*low)++] = i;
        else
            p->stack[n - ++high] = i;
    return total;
}

static void build(struct weighted_random *p)
{
    uint32_t n = p->view->usable_n, low, high;
    uint64_t total = lay_out(p, &low);

    for (high = n - low; low && high;) {
        uint32_t poor = p->stack[--low], rich = p->stack[n - high];

        p->column[poor].keep = (double)p->rest[poor] / (double)total;
        p->column[poor].other = p->column[rich].own;
        p->rest[rich] -= total - p->rest[poor];
        if (p->rest[rich] < total) {
            high--;
            p->stack[low++] = rich;
        }
    }
    p->n = n;
    p->stale = 0;
}

static lb_server draw(const struct weighted_random *p, struct lb_random *random)
{
    const struct column *column = &p->column[lb_below(random, p->n)];

    return lb_unit(random) < column->keep ? column->own : column->other;
}

/* By cumulative shares over those that the request may go to. */
static lb_server draw_allowed(const struct weighted_random *p, const struct lb_request *request,
                              struct lb_random *random)
{
    const struct lb_view *view = p->view;
    uint64_t total = 0, point;
    lb_server last = LB_NONE;
    uint32_t i;

    for (i = 0; i < view->usable_n; i++)
        if (lb_may(view, request, view->usable[i]))
            total += share_of(view, view->usable[i]);
    point = (uint64_t)(lb_unit(random) * (double)total);
    for (i = 0; i < view->usable_n; i++) {
        uint32_t share = share_of(view, view->usable[i]);

        if (!lb_may(view, request, view->usable[i]))
            continue;
        last = view->usable[i];
        if (point < share)
            break;
        point -= share;
    }
    return last;
}

static uint32_t weighted_random_prepare(const void *self, const struct lb_request *request,
                                        struct lb_random random, lb_server *look, uint32_t room)
{
    const struct weighted_random *p = self;

    (void)request;
    if (p->stale || p->n == 0 || room == 0)
        return 0;
    look[0] = draw(p, &random);
    return 1;
}

static lb_server weighted_random_pick(void *self, const struct lb_request *request,
                                      struct lb_random *random)
{
    struct weighted_random *p = self;
    uint32_t i;

    if (p->stale)
        build(p);
    if (p->n == 0)
        return LB_NONE;
    if (request->look && request->look_n && lb_may(p->view, request, request->look[0]))
        return request->look[0];
    for (i = 0; i <= REDRAWS; i++) {
        lb_server s = draw(p, random);

        if (lb_may(p->view, request, s))
            return s;
    }
    return draw_allowed(p, request, random);
}

static void weighted_random_changed(void *self, lb_server s, lb_time now)
{
    (void)s;
    (void)now;
    ((struct weighted_random *)self)->stale = 1;
}

static const struct lb_alias aliases[] = {
    { "nginx:random", "" }, { "brpc:wr", "" },           { "varnish:random", "" },
    { "dubbo:random", "" }, { "dubbo:aliasmethod", "" }, { NULL, NULL },
};

static const struct lb_about about = {
    .rule = "Draw one of the usable servers with probability weight / sum of weights (slow start "
            "lowers a weight).",
    .formula = "p_i = w_i / W; with Poisson arrivals at rate L, E[T] = sum p_i / (mu_i - L p_i)",
    .cost = "O(1) a pick by an alias table, O(n) to build it after a change",
    .source = "Walker 1977, ACM TOMS 3(3); Vose 1991, IEEE TSE 17(9)",
    .fails = "Random gaps and clumps remain, and a weight that does not match the speed overloads "
             "its server for good.",
    .scenario = "scenarios/first/weights.json",
};

const struct lb_policy policy_weighted_random = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "weighted_random",
    .family = "oblivious",
    .summary = "a server drawn in proportion to its weight",
    .sees = LB_SEES_RAMP | LB_LOOKS_FIRST,
    .param_size = sizeof(struct lb_param),
    .aliases = aliases,
    .about = &about,
    .open = weighted_random_open,
    .close = weighted_random_close,
    .pick = weighted_random_pick,
    .changed = weighted_random_changed,
    .prepare = weighted_random_prepare,
};
