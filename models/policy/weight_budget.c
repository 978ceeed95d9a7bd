/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Weight budgets: a server has a budget equal to its weight; a request draws from it what it costs
 * and gives that back when it is done. The next server in turn with budget left is taken; some
 * requests go on from there to another server, which alone is charged.
 *
 * Kept are the charges that are out, and the budget is the weight less those: so it never exceeds
 * the weight, and a weight that falls below its charges is paid off before it is drawn on. */
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/eligible.h"
#include "models/policy/seat_set.h"

enum cost { COST_FIXED, COST_RANDOM };

struct config {
    int64_t amount;
    double forward;
    int32_t cost;
};

struct account {
    uint64_t out;   /* charges not yet given back */
    uint32_t limit; /* the weight, or less while it starts slowly; 0 unless usable */
};

struct weight_budget {
    const struct lb_view *view;
    struct lb_host *host;
    const struct config *config;
    struct account *account; /* by seat */
    struct seat_set solvent; /* with budget left */
    lb_server turn;          /* the next to be considered */
};

static uint32_t budget_of(const struct weight_budget *p, lb_server s)
{
    const struct account *account = &p->account[s];

    return account->limit > account->out ? account->limit - (uint32_t)account->out : 0;
}

static void refresh(struct weight_budget *p, lb_server s)
{
    seat_set_put(&p->solvent, s, budget_of(p, s) > 0);
}

static uint32_t limit_of(const struct lb_view *view, lb_server s)
{
    uint32_t whole = share_of(view, s) / SHARE_UNIT;

    return whole ? whole : 1;
}

static void weight_budget_close(void *self)
{
    struct weight_budget *p = self;

    seat_set_close(&p->solvent);
    free(p->account);
    free(p);
}

static void *weight_budget_open(const struct lb_setup *setup)
{
    const struct lb_view *view = setup->view;
    struct weight_budget *p = calloc(1, sizeof *p);
    uint32_t i;

    if (!p)
        return no_memory(setup->host);
    p->view = view;
    p->host = setup->host;
    p->config = setup->config;
    p->account = calloc((size_t)view->capacity + 1, sizeof *p->account);
    if (!p->account || seat_set_open(&p->solvent, view->capacity, 1)) {
        free(p->account);
        free(p);
        return no_memory(setup->host);
    }
    for (i = 0; i < view->usable_n; i++) {
        p->account[view->usable[i]].limit = limit_of(view, view->usable[i]);
        refresh(p, view->usable[i]);
    }
    return p;
}

/* The first solvent server from the turn on, round the ring, that the request may go to. */
static lb_server next_in_turn(const struct weight_budget *p, const struct lb_request *request)
{
    lb_server s = seat_set_from(&p->solvent, p->turn);

    while (s != LB_NONE && !lb_may(p->view, request, s))
        s = seat_set_from(&p->solvent, s + 1);
    if (s != LB_NONE)
        return s;
    s = seat_set_from(&p->solvent, 0);
    while (s != LB_NONE && s < p->turn && !lb_may(p->view, request, s))
        s = seat_set_from(&p->solvent, s + 1);
    return s < p->turn ? s : LB_NONE;
}

/* A uniform other server with budget that the request may go to, or s itself if there is none. */
static lb_server forward(struct weight_budget *p, const struct lb_request *request, lb_server s,
                         struct lb_random *random)
{
    lb_server other;

    seat_set_remove(&p->solvent, s);
    other = any_of(p->view, request, p->solvent.member, p->solvent.count, random);
    seat_set_add(&p->solvent, s);
    if (other == LB_NONE)
        return s;
    p->host->via(p->host, s);
    return other;
}

static uint64_t charge(const struct weight_budget *p, lb_server s, struct lb_random *random)
{
    uint32_t budget = budget_of(p, s);

    if (p->config->cost == COST_RANDOM)
        return lb_below(random, budget) + 1u;
    return p->config->amount < budget ? (uint64_t)p->config->amount : budget;
}

static lb_server weight_budget_pick(void *self, const struct lb_request *request,
                                    struct lb_random *random)
{
    struct weight_budget *p = self;
    lb_server s = next_in_turn(p, request);

    if (s == LB_NONE)
        return LB_NONE;
    p->turn = s + 1;
    if (p->config->forward > 0.0 && lb_unit(random) < p->config->forward)
        s = forward(p, request, s, random);
    *request->memo = charge(p, s, random);
    lb_why(p->host, s, budget_of(p, s));
    return s;
}

static void weight_budget_sent(void *self, const struct lb_request *request, lb_server s)
{
    struct weight_budget *p = self;

    p->account[s].out += *request->memo;
    refresh(p, s);
}

static void weight_budget_done(void *self, const struct lb_outcome *outcome)
{
    struct weight_budget *p = self;

    p->account[outcome->server].out -= *outcome->request->memo;
    refresh(p, outcome->server);
}

static void weight_budget_changed(void *self, lb_server s, lb_time now)
{
    struct weight_budget *p = self;

    (void)now;
    p->account[s].limit = usable_has(p->view, s) ? limit_of(p->view, s) : 0;
    refresh(p, s);
}

static const char *const costs[] = { "fixed", "random", NULL };

static const struct lb_param params[] = {
    { "amount", LB_INT, offsetof(struct config, amount), 1, 1, 65535, "",
      "what a request draws from its server's budget, at most what is left of it", NULL },
    { "cost", LB_CHOICE, offsetof(struct config, cost), COST_FIXED, 0, 1, "",
      "fixed: the amount; random: uniform from 1 to what is left of the budget", costs },
    { "forward", LB_RATIO, offsetof(struct config, forward), 0, 0, 1, "",
      "probability that a request goes on from the chosen server to another with budget", NULL },
    { NULL, LB_INT, 0, 0, 0, 0, NULL, NULL, NULL },
};

static const struct lb_about about = {
    .rule = "Take the next server in turn that has budget left. A request draws its cost from the "
            "budget, which starts at the server's weight, and gives it back when it is done.",
    .formula = "budget_i = w_i - charges out at i; sum of budgets + charges out = W. With amount 1 "
               "server i holds at most w_i requests at once: a loss system of W places",
    .cost = "O(log n), however many budgets are used up",
    .source = "a teaching text on weighted budgets; the limit is that of a server's maximum "
              "connections in nginx and HAProxy",
    .fails = "When all budgets are used up nobody is left: requests are turned away unless the "
             "scenario queues them. Forwarding costs a hop and looks at no load.",
    .scenario = "scenarios/first/weights.json",
};

const struct lb_policy policy_weight_budget = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "weight_budget",
    .family = "budgets",
    .summary = "the next server in turn with budget left",
    .sees = LB_USES_MEMO | LB_FORWARDS | LB_SEES_RAMP,
    .config_size = sizeof(struct config),
    .param_size = sizeof(struct lb_param),
    .params = params,
    .about = &about,
    .open = weight_budget_open,
    .close = weight_budget_close,
    .pick = weight_budget_pick,
    .sent = weight_budget_sent,
    .done = weight_budget_done,
    .changed = weight_budget_changed,
};
