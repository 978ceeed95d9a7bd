/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One queue at the balancer: a request waits there until a server has a free slot. */
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/eligible.h"
#include "models/policy/seat_set.h"

struct config {
    int32_t tie;
};

struct central_queue {
    const struct lb_view *view;
    struct lb_host *host;
    enum tie tie;
    struct seat_set open; /* usable, with a free slot */
    uint8_t *usable;      /* by seat */
};

static void refresh(struct central_queue *p, lb_server s)
{
    seat_set_put(&p->open, s, p->usable[s] && p->view->inflight[s] < p->view->slots[s]);
}

static void central_queue_close(void *self)
{
    struct central_queue *p = self;

    seat_set_close(&p->open);
    free(p->usable);
    free(p);
}

static void *central_queue_open(const struct lb_setup *setup)
{
    const struct config *config = setup->config;
    const struct lb_view *view = setup->view;
    struct central_queue *p = calloc(1, sizeof *p);
    uint32_t i;

    if (!p)
        return no_memory(setup->host);
    *p = (struct central_queue) { .view = view, .host = setup->host, .tie = (enum tie)config->tie };
    p->usable = calloc((size_t)view->capacity + 1, sizeof *p->usable);
    if (!p->usable || seat_set_open(&p->open, view->capacity, p->tie != TIE_RANDOM)) {
        free(p->usable);
        free(p);
        return no_memory(setup->host);
    }
    for (i = 0; i < view->usable_n; i++) {
        p->usable[view->usable[i]] = 1;
        refresh(p, view->usable[i]);
    }
    return p;
}

/* Nonzero if the request may go to some usable server, be it busy. */
static int may_wait(const struct lb_view *view, const struct lb_request *request)
{
    uint32_t i;

    for (i = 0; i < view->usable_n; i++)
        if (lb_may(view, request, view->usable[i]))
            return 1;
    return 0;
}

static lb_server central_queue_pick(void *self, const struct lb_request *request,
                                    struct lb_random *random)
{
    struct central_queue *p = self;
    lb_server s = seat_set_choose(&p->open, p->tie, p->view, request, random);

    if (s == LB_NONE)
        return may_wait(p->view, request) ? LB_HOLD : LB_NONE;
    lb_why(p->host, s, p->view->inflight[s]);
    return s;
}

static void central_queue_sent(void *self, const struct lb_request *request, lb_server s)
{
    (void)request;
    refresh(self, s);
}

static void central_queue_done(void *self, const struct lb_outcome *outcome)
{
    refresh(self, outcome->server);
}

static void central_queue_changed(void *self, lb_server s, lb_time now)
{
    struct central_queue *p = self;

    (void)now;
    p->usable[s] = (uint8_t)usable_has(p->view, s);
    refresh(p, s);
}

static const char *const ties[] = { TIE_NAMES, NULL };

static const struct lb_param params[] = {
    { "tie", LB_CHOICE, offsetof(struct config, tie), TIE_RANDOM, 0, 2, "",
      "which of several servers with a free slot: a random one, the first or the last in order",
      ties },
    { NULL, LB_INT, 0, 0, 0, 0, NULL, NULL, NULL },
};

static const struct lb_about about = {
    .rule = "Requests wait at the balancer, first come first served; a server with fewer of them "
            "than slots takes the head.",
    .formula = "M/G/n: with exponential work the wait is Erlang C(n, load) / (n mu - lambda)",
    .cost = "O(1)",
    .source = "Erlang 1917; Kogias et al. 2019 (R2P2) for the form in a network",
    .fails = "A server idles for one round trip between two requests. With several balancers each "
             "has a queue of its own, and that is not M/G/n.",
    .scenario = "scenarios/first/quickstart.json",
};

const struct lb_policy policy_central_queue = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "central_queue",
    .family = "queue length",
    .summary = "requests wait at the balancer for a free slot",
    .sees = LB_MAY_HOLD,
    .config_size = sizeof(struct config),
    .param_size = sizeof(struct lb_param),
    .params = params,
    .about = &about,
    .open = central_queue_open,
    .close = central_queue_close,
    .pick = central_queue_pick,
    .sent = central_queue_sent,
    .done = central_queue_done,
    .changed = central_queue_changed,
};
