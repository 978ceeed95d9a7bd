/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Refuses the scenario, and says why. */
#include "tests/plugin/frame.h"

static int opening(struct frame *p)
{
    p->host->note(p->host, "wants an even number of servers");
    return p->view->n % 2 == 0;
}

static lb_server pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    (void)self, (void)request, (void)random;
    return 0;
}

EXPORT("refuse", LB_ABI, NULL);
