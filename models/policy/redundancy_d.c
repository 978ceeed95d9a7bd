/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Redundancy-d: a copy of each request to d random servers at once; the first answer counts
 * (Gardner, Harchol-Balter, Scheller-Wolf, Velednitsky, Zbarsky 2017). */
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/copies.h"

struct config {
    int64_t d;
};

struct redundancy {
    struct copies copies;
    uint32_t d;
};

static void *redundancy_open(const struct lb_setup *setup)
{
    const struct config *config = setup->config;
    struct redundancy *p = malloc(sizeof *p);

    if (!p || copies_open(&p->copies, setup)) {
        free(p);
        return no_memory(setup->host);
    }
    p->d = (uint32_t)config->d;
    return p;
}

static void redundancy_close(void *self)
{
    struct redundancy *p = self;

    copies_close(&p->copies);
    free(p);
}

static lb_server redundancy_pick(void *self, const struct lb_request *request,
                                 struct lb_random *random)
{
    const struct redundancy *p = self;

    return copies_pick(&p->copies, request, p->d, 0, random);
}

static const struct lb_param params[] = {
    { "d", LB_INT, offsetof(struct config, d), 2, 1, DISTINCT_MOST, "servers",
      "how many get a copy; with fewer that suit, all of them", NULL },
    { NULL, LB_INT, 0, 0, 0, 0, NULL, NULL, NULL },
};

static const struct lb_alias aliases[] = {
    { "red_d", "d=?" },
    { NULL, NULL },
};

static const struct lb_about about = {
    .rule = "Send a copy to each of d different random servers at once. The first answer counts; "
            "the other copies are cancelled then, or when one begins, as attempts.copies says.",
    .formula = "n exponential servers, independent copies, cancelled on completion at once: E[T] = "
               "sum over i = d .. n of 1 / (n (C(n-1, d-1) / C(i-1, d-1) mu - lambda)) "
               "(lbsim theory redundancy_d). Cancelled on start it is the least work left of d "
               "random servers",
    .cost = "O(d^2), d small",
    .source = "Gardner, Harchol-Balter, Scheller-Wolf, Velednitsky, Zbarsky 2017, Operations "
              "Research 65(4)",
    .fails = "Copies of equal work (attempts.copies.work identical) are work twice done: the "
             "greatest load that it can bear falls with d. A cancellation that takes time or fails "
             "costs as much.",
    .scenario = "scenarios/first/quickstart.json",
};

const struct lb_policy policy_redundancy_d = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "redundancy_d",
    .family = "redundancy",
    .summary = "copies to d random servers at once, the first answer counts",
    .sees = LB_SENDS_COPIES,
    .config_size = sizeof(struct config),
    .param_size = sizeof(struct lb_param),
    .params = params,
    .aliases = aliases,
    .about = &about,
    .open = redundancy_open,
    .close = redundancy_close,
    .pick = redundancy_pick,
};
