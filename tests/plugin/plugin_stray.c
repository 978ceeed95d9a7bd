/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Picks a server that is not there. */
#include "tests/plugin/frame.h"

static int opening(struct frame *p)
{
    (void)p;
    return 1;
}

static lb_server pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    (void)self, (void)request, (void)random;
    return request->id < 1000 ? 0 : 12345678;
}

EXPORT("stray", LB_ABI, NULL);
