/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Was built for another version of the interface. */
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
    return 0;
}

static const struct lb_policy policy = {
    .abi = LB_ABI + 1,
    .size = sizeof policy,
    .name = "old",
    .family = "test",
    .summary = "test",
    .open = open_policy,
    .close = free,
    .pick = pick,
    .aliases = NULL,
};
const struct lb_policy *const lbsim_policies[] = { &policy, NULL };
