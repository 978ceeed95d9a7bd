/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Crashes at its thousandth pick. */
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
    *(volatile int *)(request->id < 1000 ? (uintptr_t)&request : 0) = 1;
    return 0;
}

static const struct lb_policy policy = {
    .abi = LB_ABI,
    .size = sizeof policy,
    .name = "crash",
    .family = "test",
    .summary = "test",
    .open = open_policy,
    .close = free,
    .pick = pick,
};
const struct lb_policy *const lbsim_policies[] = { &policy, NULL };
