/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Never answers its thousandth pick. */
#include "tests/plugin/frame.h"

static int opening(struct frame *p)
{
    (void)p;
    return 1;
}

static lb_server pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    (void)self, (void)request, (void)random;
    for (volatile int i = 1; request->id > 1000 && i;)
        ;
    return 0;
}

EXPORT("loop", LB_ABI, NULL);
