/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Changes its server once a second, by a timer. */
#include "tests/plugin/frame.h"

static int opening(struct frame *p)
{
    p->host->wake(p->host, 1000000000, 7);
    return 1;
}

static lb_server pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    const struct frame *p = self;

    (void)request, (void)random;
    return p->turns % p->view->n;
}

static void wake(void *self, uint64_t cookie, lb_time now)
{
    struct frame *p = self;

    p->turns += cookie == 7;
    p->host->wake(p->host, now + 1000000000, cookie);
}
EXPORT("timer", LB_ABI, wake);
