/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Never answers its thousandth pick. */
#include <stdlib.h>

#include "models/policy.h"

static void *open_policy(const struct lb_setup *setup)
{
    (void)setup;

    return malloc(1);
}

static lb_server pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    (void)self, (void)request, (void)random;
    for (volatile int i = 1; request->id > 1000 && i;)
        ;
    return 0;
}

static const struct lb_policy policy = {
    .abi = LB_ABI,
    .size = sizeof policy,
    .name = "loop",
    .family = "test",
    .summary = "test",
    .open = open_policy,
    .close = free,
    .pick = pick,
};
const struct lb_policy *const lbsim_policies[] = { &policy, NULL };
