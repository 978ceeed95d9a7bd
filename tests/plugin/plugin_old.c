/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Was built for another version of the interface. */
#include "tests/plugin/frame.h"

static int opening(struct frame *p)
{
    (void)p;
    return 1;
}

static lb_server pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    (void)self, (void)request, (void)random;
    return 0;
}

EXPORT("old", LB_ABI + 1, NULL);
