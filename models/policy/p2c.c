/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The power of d choices: draw d servers, take the least loaded of them (Mitzenmacher 1996,
 * Vvedenskaya, Dobrushin, Karpelevich 1996). */
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/distinct.h"
#include "models/policy/eligible.h"
#include "models/policy/sample.h"

enum { CHOICES_MOST = DISTINCT_MOST };

enum choice_tie { CHOICE_TIE_FIRST, CHOICE_TIE_RANDOM };

struct config {
    int64_t d;
    int32_t replacement, tie;
};

struct p2c {
    const struct lb_view *view;
    struct lb_host *host;
    uint32_t d;
    int replacement, tie, common;
    lb_server *allowed; /* room for all, for the rare request that few servers suit */
};

static void p2c_close(void *self)
{
    struct p2c *p = self;

    free(p->allowed);
    free(p);
}

static void *p2c_open(const struct lb_setup *setup)
{
    const struct config *config = setup->config;
    struct p2c *p = malloc(sizeof *p);

    if (!p)
        return no_memory(setup->host);
    *p = (struct p2c) { .view = setup->view,
                        .host = setup->host,
                        .d = (uint32_t)config->d,
                        .replacement = config->replacement,
                        .tie = config->tie,
                        .common = config->d == 2 && !config->replacement &&
                                  config->tie == CHOICE_TIE_FIRST };
    p->allowed = malloc(((size_t)setup->view->capacity + 1) * sizeof *p->allowed);
    if (p->allowed)
        return p;
    p2c_close(p);
    return no_memory(setup->host);
}

/* How many servers a pick looks at; each costs one draw. */
static uint32_t choices(const struct p2c *p)
{
    uint32_t n = p->view->usable_n;

    if (n == 0)
        return 0;
    return p->replacement || p->d < n ? p->d : n;
}

static void draw(const struct p2c *p, struct lb_random *random, lb_server *drawn, uint32_t count)
{
    const struct lb_view *view = p->view;
    uint32_t sorted[CHOICES_MOST + 1], i;

    for (i = 0; i < count; i++) {
        uint32_t place = p->replacement ? lb_below(random, view->usable_n)
                                        : sample_more(sorted, i, view->usable_n, random);

        drawn[i] = usable_at(view, place);
    }
}

static inline __attribute__((always_inline)) void
draw_two(const struct p2c *p, struct lb_random *random, lb_server *drawn)
{
    const struct lb_view *view = p->view;
    uint32_t a = lb_below(random, view->usable_n), b = lb_below(random, view->usable_n - 1);

    drawn[0] = usable_at(view, a);
    drawn[1] = usable_at(view, b + (b >= a));
}

static uint32_t p2c_prepare(const void *self, const struct lb_request *request,
                            struct lb_random random, lb_server *look, uint32_t room)
{
    const struct p2c *p = self;
    uint32_t count = choices(p);

    (void)request;
    if (count > room)
        return 0;
    if (count == 2 && !p->replacement)
        draw_two(p, &random, look);
    else
        draw(p, &random, look, count);
    return count;
}

static uint32_t draw_allowed_again(const struct p2c *p, const struct lb_request *request,
                                   struct lb_random *random, lb_server *drawn)
{
    const struct lb_view *view = p->view;
    uint32_t i;

    for (i = 0; i < p->d; i++) {
        drawn[i] = any_of(view, request, view->usable, view->usable_n, random);
        if (drawn[i] == LB_NONE)
            return 0;
    }
    return p->d;
}

static lb_server least_of(const struct p2c *p, const lb_server *drawn, uint32_t count,
                          struct lb_random *random)
{
    const uint32_t *load = p->view->load;
    lb_server best = drawn[0];
    uint32_t i, tied = 1;

    lb_why(p->host, best, load[best]);
    for (i = 1; i < count; i++) {
        lb_why(p->host, drawn[i], load[drawn[i]]);
        if (load[drawn[i]] < load[best]) {
            best = drawn[i];
            tied = 1;
        } else if (p->tie == CHOICE_TIE_RANDOM && load[drawn[i]] == load[best] &&
                   lb_below(random, ++tied) == 0) {
            best = drawn[i];
        }
    }
    return best;
}

static lb_server pick_denied(const struct p2c *p, const struct lb_request *request,
                             struct lb_random *random)
{
    lb_server drawn[CHOICES_MOST];
    uint32_t count = p->replacement
                         ? draw_allowed_again(p, request, random, drawn)
                         : distinct_of(p->view, request, p->d, p->allowed, random, drawn);

    return count ? least_of(p, drawn, count, random) : LB_NONE;
}

/* The server to take if the request may go to all of the drawn. */
static lb_server settle(const struct p2c *p, const struct lb_request *request,
                        struct lb_random *random, const lb_server *drawn, uint32_t count)
{
    const struct lb_view *view = p->view;
    uint32_t i;

    if (view->full || request->tried_n)
        for (i = 0; i < count; i++)
            if (!lb_may(view, request, drawn[i]))
                return pick_denied(p, request, random);
    if (count == 2 && p->tie == CHOICE_TIE_FIRST && !p->host->tracing)
        return drawn[view->load[drawn[1]] < view->load[drawn[0]]];
    sample_skip(random, count);
    return least_of(p, drawn, count, random);
}

static lb_server pick_any(const struct p2c *p, const struct lb_request *request,
                          struct lb_random *random)
{
    struct lb_random stream = *random;
    lb_server drawn[CHOICES_MOST];
    uint32_t count;

    if (request->look && request->look_n)
        return settle(p, request, random, request->look, request->look_n);
    count = choices(p);
    if (count == 0)
        return LB_NONE;
    if (count == 2 && !p->replacement)
        draw_two(p, &stream, drawn);
    else
        draw(p, &stream, drawn, count);
    return settle(p, request, random, drawn, count);
}

static const char *const ties[] = { "first", "random", NULL };

/* The common case by itself: two servers, the first drawn if tied, nothing denied. */
static lb_server p2c_pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    const struct p2c *p = self;
    const struct lb_view *view = p->view;
    const lb_server *look = request->look;
    lb_server drawn[2];

    if (!p->common || view->usable_n < 2 || view->full || request->tried_n || p->host->tracing)
        return pick_any(p, request, random);
    if (request->look_n == 0) {
        draw_two(p, random, drawn);
        look = drawn;
    }
    return look[view->load[look[1]] < view->load[look[0]]];
}

static const struct lb_param params[] = {
    { "d", LB_INT, offsetof(struct config, d), 2, 1, CHOICES_MOST, "servers",
      "how many are drawn; with fewer usable all are looked at", NULL },
    { "replacement", LB_FLAG, offsetof(struct config, replacement), 0, 0, 1, "",
      "whether the same server may be drawn twice", NULL },
    { "tie", LB_CHOICE, offsetof(struct config, tie), CHOICE_TIE_FIRST, 0, 1, "",
      "which of several least loaded: the first drawn, or a random one", ties },
    { NULL, LB_INT, 0, 0, 0, 0, NULL, NULL, NULL },
};

static const struct lb_alias aliases[] = {
    { "power_of_d", "d=?" },
    { "jsq_d", "d=?" },
    { "finagle:p2c", "" },
    { "tower:p2c", "" },
    { "envoy:least_request", "replacement=true" },
    { "caddy:random_choose", "tie=random" },
    { NULL, NULL },
};

static const struct lb_about about = {
    .rule = "Draw d different servers (or d draws with replacement) and take the least loaded of "
            "them, the first drawn if several.",
    .formula = "many servers, exponential work: a share l^((d^k - 1) / (d - 1)) of the servers has "
               "k requests or more; E[T] = sum over k >= 1 of l^((d^k - d) / (d - 1)) E[S]",
    .cost = "O(d)",
    .source = "Mitzenmacher 1996 and IEEE TPDS 12 (2001); Vvedenskaya, Dobrushin, Karpelevich 1996",
    .fails = "Unequal servers: it compares loads, not speeds. With many balancers that know only "
             "their own requests it comes near to random.",
    .scenario = "scenarios/first/quickstart.json",
};

const struct lb_policy policy_p2c = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "p2c",
    .family = "queue length",
    .summary = "the least loaded of d servers drawn at random",
    .sees = LB_SEES_LOAD | LB_LOOKS_FIRST,
    .config_size = sizeof(struct config),
    .param_size = sizeof(struct lb_param),
    .params = params,
    .aliases = aliases,
    .about = &about,
    .open = p2c_open,
    .close = p2c_close,
    .pick = p2c_pick,
    .prepare = p2c_prepare,
};
