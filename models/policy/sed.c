/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Shortest expected delay: least connections that counts the request to be placed, as in Linux
 * IPVS (net/netfilter/ipvs/ip_vs_sed.c). */
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/delay.h"

struct sed {
    struct delay delay;
    struct lb_host *host;
};

static void *sed_open(const struct lb_setup *setup)
{
    struct sed *p = malloc(sizeof *p);
    int failure = p ? delay_open(&p->delay, setup) : -ENOMEM;

    if (failure) {
        free(p);
        return delay_refuses(setup->host, failure);
    }
    p->host = setup->host;
    return p;
}

static void sed_close(void *self)
{
    struct sed *p = self;

    delay_close(&p->delay);
    free(p);
}

static lb_server sed_pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    struct sed *p = self;
    lb_server s = delay_pick(&p->delay, request, random);

    if (s != LB_NONE)
        lb_why(p->host, s, delay_of(&p->delay, s));
    return s;
}

static void sed_loaded(void *self, lb_server s)
{
    delay_loaded(&((struct sed *)self)->delay, s);
}

static void sed_changed(void *self, lb_server s, lb_time now)
{
    (void)now;
    delay_changed(&((struct sed *)self)->delay, s);
}

static const struct lb_alias aliases[] = {
    { "shortest_expected_delay", "" },
    { "ipvs:sed", "" },
    { NULL, NULL },
};

static const struct lb_about about = {
    .rule = "Take the server where this request would be done first on average: the smallest "
            "(load + 1) / weight. An idle slow server loses to a fast one that is not too busy.",
    .formula = "argmin (a_i + 1) / w_i; weights 1 and 3, loads 0 and 1: least_conn takes the "
               "first (0 < 1/3), sed the second (2 > 2/3); two exponential servers of speeds 2 "
               "and 1 at load 0.8: E[T] = 1.9782, jsq 2.0919 (ties at random)",
    .cost = "O(log n), a tournament",
    .source = "Linux IPVS, ip_vs_sed.c; as a selfish rule: Bell and Stidham 1983, Management "
              "Science 29(7)",
    .fails = "It is as good as its weights: those that are not the speeds mislead it. And each "
             "request looks after itself alone: at middling load they crowd the fast servers while "
             "slow ones stand idle, to the harm of those who come later; nq does better there.",
    .scenario = "scenarios/first/heterogeneous.json",
};

const struct lb_policy policy_sed = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "sed",
    .family = "queue length",
    .summary = "the shortest expected delay, (load + 1) / weight",
    .sees = LB_SEES_LOAD | LB_SEES_RATE | LB_SEES_RAMP,
    .config_size = sizeof(struct delay_config),
    .param_size = sizeof(struct lb_param),
    .params = delay_params,
    .aliases = aliases,
    .about = &about,
    .open = sed_open,
    .close = sed_close,
    .pick = sed_pick,
    .loaded = sed_loaded,
    .changed = sed_changed,
};
