/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Changes its server once a second, by a timer. */
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
    p->host->wake(p->host, 1000000000, 7);
    return p;
}

static lb_server pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    struct mine *p = self;
    uint32_t i;

    (void)request, (void)random, (void)p;
    i = p->turns % p->view->n;
    return i;
}

static void wake(void *self, uint64_t cookie, lb_time now)
{
    struct mine *p = self;

    p->turns += cookie == 7;
    p->host->wake(p->host, now + 1000000000, cookie);
}
static const struct lb_policy policy = {
    .abi = LB_ABI,
    .size = sizeof policy,
    .name = "timer",
    .family = "test",
    .summary = "test",
    .sees = LB_SEES_LOAD,
    .open = open_policy,
    .close = free,
    .pick = pick,
    .wake = wake,
};
const struct lb_policy *const lbsim_policies[] = { &policy, NULL };
