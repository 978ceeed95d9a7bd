/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A whole policy in thirty lines: the least loaded of two neighbours, the pair drawn at random. */
#include <stdlib.h>

#include "models/policy.h"

struct neighbours {
    const struct lb_view *view;
};

static void *open_neighbours(const struct lb_setup *setup)
{
    struct neighbours *p = malloc(sizeof *p);

    if (p)
        p->view = setup->view;
    return p;
}

static lb_server pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    const struct lb_view *view = ((struct neighbours *)self)->view;
    uint32_t n = view->usable_n, i;
    lb_server a, b;

    (void)request;
    if (n == 0)
        return LB_NONE;
    i = lb_below(random, n);
    a = view->usable[i];
    b = view->usable[(i + 1) % n];
    return view->load[b] < view->load[a] ? b : a;
}

static const struct lb_policy neighbours = {
    .abi = LB_ABI,
    .size = sizeof neighbours,
    .name = "neighbours",
    .family = "queue length",
    .summary = "the less loaded of two neighbours",
    .sees = LB_SEES_LOAD,
    .open = open_neighbours,
    .close = free,
    .pick = pick,
};
const struct lb_policy *const lbsim_policies[] = { &neighbours, NULL };
