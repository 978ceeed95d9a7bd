/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Hedged requests: a random server, and another one if no answer has come after a while (Dean,
 * Barroso 2013; gRPC proposal A6). */
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/copies.h"

struct config {
    lb_time after;
    int64_t most;
};

struct hedged {
    struct copies copies;
    lb_time after;
    uint32_t most;
};

static void *hedged_open(const struct lb_setup *setup)
{
    const struct config *config = setup->config;
    struct hedged *p = malloc(sizeof *p);

    if (!p || copies_open(&p->copies, setup)) {
        free(p);
        return no_memory(setup->host);
    }
    p->after = config->after;
    p->most = (uint32_t)config->most;
    return p;
}

static void hedged_close(void *self)
{
    struct hedged *p = self;

    copies_close(&p->copies);
    free(p);
}

static lb_server hedged_pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    const struct hedged *p = self;

    return copies_pick(&p->copies, request, p->most, p->after, random);
}

static const struct lb_param params[] = {
    { "after", LB_DURATION, offsetof(struct config, after), 0.01, 0, 1e6, "s",
      "how long to wait for an answer before the next copy is sent; 0 is at once", NULL },
    { "most", LB_INT, offsetof(struct config, most), 2, 1, 5, "servers",
      "how many get the request at most, the first included", NULL },
    { NULL, LB_INT, 0, 0, 0, 0, NULL, NULL, NULL },
};

static const struct lb_alias aliases[] = {
    { "grpc:hedging", "most=?" },
    { NULL, NULL },
};

static const struct lb_about about = {
    .rule = "Send to a random server; to another one if there is no answer after the delay, and so "
            "on, up to `most` in all. The first answer counts. Every server is drawn at the start.",
    .formula = "without queueing, P(T > t) = P(S > t) up to the delay D and P(S > t) P(S > t - D) "
               "beyond; a share P(S > D) of the requests is sent twice. Exponential work: E[T] = "
               "E[S] (1 - exp(-D / E[S]) / 2) (lbsim theory hedge)",
    .cost = "O(1)",
    .source = "Dean, Barroso 2013, Communications of the ACM 56(2); gRPC proposal A6 (most is "
              "limited to 5 there)",
    .fails = "At high load nearly every request is late and is sent twice, which makes the load "
             "higher: attempts.hedge has a budget against that. A delay that fits one load does "
             "not fit another; speculative_retry measures it.",
    .scenario = "scenarios/first/quickstart.json",
};

const struct lb_policy policy_hedged = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "hedged",
    .family = "redundancy",
    .summary = "a random server, another one after a delay without an answer",
    .sees = LB_SENDS_COPIES,
    .config_size = sizeof(struct config),
    .param_size = sizeof(struct lb_param),
    .params = params,
    .aliases = aliases,
    .about = &about,
    .open = hedged_open,
    .close = hedged_close,
    .pick = hedged_pick,
};
