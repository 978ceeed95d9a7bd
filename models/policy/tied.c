/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tied requests: two random servers get the request, a moment apart, and the one that begins it
 * first tells the other to drop it (Dean, Barroso 2013). */
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/copies.h"

enum { TIED = 2 };

struct config {
    lb_time stagger;
};

struct tied {
    struct copies copies;
    lb_time stagger;
};

static void *tied_open(const struct lb_setup *setup)
{
    const struct config *config = setup->config;
    struct tied *p = malloc(sizeof *p);

    if (!p || copies_open(&p->copies, setup)) {
        free(p);
        return no_memory(setup->host);
    }
    p->stagger = config->stagger;
    return p;
}

static void tied_close(void *self)
{
    struct tied *p = self;

    copies_close(&p->copies);
    free(p);
}

static lb_server tied_pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    const struct tied *p = self;

    return copies_pick(&p->copies, request, TIED, p->stagger, random);
}

static const struct lb_param params[] = {
    { "stagger", LB_DURATION, offsetof(struct config, stagger), 0.001, 0, 1e6, "s",
      "how long after the first the second copy leaves; about twice the network's delay keeps two "
      "idle servers from both beginning",
      NULL },
    { NULL, LB_INT, 0, 0, 0, 0, NULL, NULL, NULL },
};

static const struct lb_about about = {
    .rule = "Send to two random servers, the second copy a moment later. The copy that begins "
            "first cancels the other: set attempts.copies.cancel to on_start.",
    .formula = "without stagger and network delay it is the least work left of two random servers; "
               "with copies cancelled on start no work is done twice",
    .cost = "O(1)",
    .source = "Dean, Barroso 2013, Communications of the ACM 56(2)",
    .fails = "With a stagger below the network's delay two idle servers both begin, and one does "
             "it in vain. Where copies are cancelled on completion alone it is redundancy of two.",
    .scenario = "scenarios/first/quickstart.json",
};

const struct lb_policy policy_tied = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "tied",
    .family = "redundancy",
    .summary = "copies to two random servers, the first to begin cancels the other",
    .sees = LB_SENDS_COPIES,
    .config_size = sizeof(struct config),
    .param_size = sizeof(struct lb_param),
    .params = params,
    .about = &about,
    .open = tied_open,
    .close = tied_close,
    .pick = tied_pick,
};
