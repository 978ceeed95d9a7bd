/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Refuses the scenario, and says why. */
#include <stdlib.h>

#include "models/policy.h"

static void *open_policy(const struct lb_setup *setup)
{
    (void)setup;
    setup->host->note(setup->host, "wants an even number of servers");
    if (setup->view->n % 2)
        return NULL;
    return malloc(1);
}

static lb_server pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    (void)self, (void)request, (void)random;
    return 0;
}

static const struct lb_policy policy = {
    .abi = LB_ABI,
    .size = sizeof policy,
    .name = "refuse",
    .family = "test",
    .summary = "test",
    .open = open_policy,
    .close = free,
    .pick = pick,
};
const struct lb_policy *const lbsim_policies[] = { &policy, NULL };
