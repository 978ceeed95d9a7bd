/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Round robin: each usable server in turn. A counter of the picks, modulo the number of usable
 * servers; when that number changes the counter stays and the remainder is taken anew. */
#include <assert.h>
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/eligible.h"

enum start { START_AUTO, START_ZERO, START_RANDOM };

struct config {
    int32_t start;
};

struct round_robin {
    const struct lb_view *view;
    uint32_t next; /* count modulo usable_n, kept so that a pick does not divide */
    uint64_t count;
};

static void take_remainder(struct round_robin *p)
{
    p->next = p->view->usable_n ? (uint32_t)(p->count % p->view->usable_n) : 0;
}

static void *round_robin_open(const struct lb_setup *setup)
{
    const struct config *config = setup->config;
    struct lb_random random = setup->random;
    struct round_robin *p = malloc(sizeof *p);

    if (!p)
        return no_memory(setup->host);
    *p = (struct round_robin) { .view = setup->view };
    if (config->start == START_RANDOM ||
        (config->start == START_AUTO && setup->view->balancers > 1))
        p->count = lb_bits(&random) >> 32;
    take_remainder(p);
    return p;
}

static lb_server round_robin_pick(void *self, const struct lb_request *request,
                                  struct lb_random *random)
{
    struct round_robin *p = self;
    uint32_t n = p->view->usable_n, tries;

    (void)random;
    for (tries = n; tries; tries--) {
        lb_server s;

        assert(p->next < n);
        s = p->view->usable[p->next];
        p->count++;
        if (++p->next == n)
            p->next = 0;
        if (lb_may(p->view, request, s))
            return s;
    }
    return LB_NONE;
}

static void round_robin_changed(void *self, lb_server s, lb_time now)
{
    (void)s;
    (void)now;
    take_remainder(self);
}

static const char *const starts[] = { "auto", "zero", "random", NULL };

static const struct lb_param params[] = {
    { "start", LB_CHOICE, offsetof(struct config, start), START_AUTO, 0, 2, "",
      "where the turn begins: at the first server or at a random one; auto is zero with one "
      "balancer and random with several, so that they do not march in step",
      starts },
    { NULL, LB_INT, 0, 0, 0, 0, NULL, NULL, NULL },
};

static const struct lb_alias aliases[] = {
    { "grpc:round_robin", "start=random" },
    { "skipper:round_robin", "start=random" },
    { "ipvs:rr", "start=zero" },
    { "caddy:round_robin", "start=zero" },
    { "yarp:round_robin", "start=zero" },
    { "pingora:round_robin", "start=zero" },
    { NULL, NULL },
};

static const struct lb_about about = {
    .rule = "Take the usable servers in turn; pass over one that the request may not go to.",
    .formula = "Poisson arrivals become Erlang-n arrivals at each server: with s the root of "
               "s = (n l / (n l + 1 - s))^n, E[T] = E[S] / (1 - s)",
    .cost = "O(1); one step more for each server passed over",
    .source = "Nagle 1985, RFC 970, among many; the queue is E_n/M/1 (Kleinrock 1975)",
    .fails = "Blind to load and to speed: one slow server, or one long request, still gets its "
             "turn. The successor of a dead server gets a double share.",
    .scenario = "scenarios/first/quickstart.json",
};

const struct lb_policy policy_round_robin = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "round_robin",
    .family = "oblivious",
    .summary = "each usable server in turn",
    .sees = LB_LOOKS_FIRST,
    .config_size = sizeof(struct config),
    .param_size = sizeof(struct lb_param),
    .params = params,
    .aliases = aliases,
    .about = &about,
    .open = round_robin_open,
    .close = free,
    .pick = round_robin_pick,
    .changed = round_robin_changed,
};
