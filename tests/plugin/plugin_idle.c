/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Takes an idle server, or none. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "models/policy.h"

struct mine {
    const struct lb_view *view;
    struct lb_host *host;
    uint32_t turns;
};

static void *open_policy(const struct lb_setup *setup)
{
    struct mine *p = malloc(sizeof *p);

    if (!p)
        return NULL;
    *p = (struct mine) { setup->view, setup->host, 0 };

    return p;
}

static lb_server pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    struct mine *p = self;
    uint32_t i;

    (void)request, (void)random, (void)p;
    for (i = 0; i < p->view->n; i++)
        if (p->view->load[i] == 0)
            return i;
    return LB_NONE;
}

static const struct lb_policy policy = {
    .abi = LB_ABI,
    .size = sizeof policy,
    .name = "idle",
    .family = "test",
    .summary = "test",
    .sees = LB_SEES_LOAD,
    .open = open_policy,
    .close = free,
    .pick = pick,
};
const struct lb_policy *const lbsim_policies[] = { &policy, NULL };
