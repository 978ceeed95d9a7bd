/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Never queue: an idle server if there is one, else the shortest expected delay, as in Linux IPVS
 * (net/netfilter/ipvs/ip_vs_nq.c). */
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/delay.h"
#include "models/policy/seat_set.h"

struct nq {
    struct delay delay;
    struct seat_set idle; /* usable and without a request */
    struct lb_host *host;
};

static void place_idle(struct nq *p, lb_server s)
{
    seat_set_put(&p->idle, s, delay_has(&p->delay, s) && p->delay.view->load[s] == 0);
}

static void nq_close(void *self)
{
    struct nq *p = self;

    delay_close(&p->delay);
    seat_set_close(&p->idle);
    free(p);
}

static void *nq_open(const struct lb_setup *setup)
{
    const struct lb_view *view = setup->view;
    struct nq *p = malloc(sizeof *p);
    int failure = p ? delay_open(&p->delay, setup) : -ENOMEM;
    uint32_t i;

    if (failure) {
        free(p);
        return delay_refuses(setup->host, failure);
    }
    if (seat_set_open(&p->idle, view->capacity, p->delay.tie != TIE_RANDOM)) {
        delay_close(&p->delay);
        free(p);
        return no_memory(setup->host);
    }
    p->host = setup->host;
    for (i = 0; i < view->usable_n; i++)
        place_idle(p, view->usable[i]);
    return p;
}

static lb_server nq_pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    struct nq *p = self;
    struct delay *delay = &p->delay;
    lb_server s = seat_set_choose(&p->idle, delay->tie, delay->view, request, random);

    if (s == LB_NONE)
        s = delay_pick(delay, request, random);
    if (s != LB_NONE)
        lb_why(p->host, s, delay_of(delay, s));
    return s;
}

static void nq_loaded(void *self, lb_server s)
{
    struct nq *p = self;

    delay_loaded(&p->delay, s);
    place_idle(p, s);
}

static void nq_changed(void *self, lb_server s, lb_time now)
{
    struct nq *p = self;

    (void)now;
    delay_changed(&p->delay, s);
    place_idle(p, s);
}

static const struct lb_alias aliases[] = {
    { "never_queue", "" },
    { "ipvs:nq", "" },
    { NULL, NULL },
};

static const struct lb_about about = {
    .rule = "Take the first server in order that has no request at all; if all have one, the "
            "shortest expected delay, as sed does.",
    .formula = "a_i = 0, else argmin (a_i + 1) / w_i",
    .cost = "O(log n): an ordered set of idle servers, a tournament of the others",
    .source = "Linux IPVS, ip_vs_nq.c",
    .fails = "An idle slow server is taken even if a fast one would be done sooner, and the order "
             "of idle servers is that of the scenario: list the fast ones first.",
    .scenario = "scenarios/first/heterogeneous.json",
};

const struct lb_policy policy_nq = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "nq",
    .family = "queue length",
    .summary = "an idle server, else the shortest expected delay",
    .sees = LB_SEES_LOAD | LB_SEES_RATE | LB_SEES_RAMP,
    .config_size = sizeof(struct delay_config),
    .param_size = sizeof(struct lb_param),
    .params = delay_params,
    .aliases = aliases,
    .about = &about,
    .open = nq_open,
    .close = nq_close,
    .pick = nq_pick,
    .loaded = nq_loaded,
    .changed = nq_changed,
};
