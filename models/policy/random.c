/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random: every usable server with the same probability. */
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/eligible.h"

struct random_policy {
    const struct lb_view *view;
};

static void *random_open(const struct lb_setup *setup)
{
    struct random_policy *p = malloc(sizeof *p);

    if (!p)
        return no_memory(setup->host);
    p->view = setup->view;
    return p;
}

static uint32_t random_prepare(const void *self, const struct lb_request *request,
                               struct lb_random random, lb_server *look, uint32_t room)
{
    const struct lb_view *view = ((const struct random_policy *)self)->view;

    (void)request;
    if (view->usable_n == 0 || room == 0)
        return 0;
    look[0] = usable_at(view, lb_below(&random, view->usable_n));
    return 1;
}

static lb_server random_pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    const struct lb_view *view = ((const struct random_policy *)self)->view;

    if (request->look && request->look_n && lb_may(view, request, request->look[0]))
        return request->look[0];
    return any_of(view, request, view->usable, view->usable_n, random);
}

static const struct lb_alias aliases[] = {
    { "envoy:random", "" },  { "brpc:random", "" },    { "caddy:random", "" },
    { "yarp:random", "" },   { "skipper:random", "" }, { "kong:random", "" },
    { "apisix:random", "" }, { "ribbon:random", "" },  { NULL, NULL },
};

static const struct lb_about about = {
    .rule = "Draw one of the usable servers, each with the same probability. A server that the "
            "request may not go to is drawn again.",
    .formula = "Poisson arrivals split into Poisson streams: each server is an M/M/1 queue, "
               "E[T] = E[S] / (1 - load)",
    .cost = "O(1)",
    .source = "folklore; Bernoulli splitting of a Poisson process (Kleinrock 1975)",
    .fails = "It takes no notice of load: at 90 % one server waits nine service times while its "
             "neighbour idles.",
    .scenario = "scenarios/first/quickstart.json",
};

const struct lb_policy policy_random = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "random",
    .family = "oblivious",
    .summary = "a usable server drawn uniformly",
    .sees = LB_LOOKS_FIRST,
    .param_size = sizeof(struct lb_param),
    .aliases = aliases,
    .about = &about,
    .open = random_open,
    .close = free,
    .pick = random_pick,
    .prepare = random_prepare,
};
