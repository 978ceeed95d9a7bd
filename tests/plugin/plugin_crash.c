/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Crashes at its thousandth pick. */
#include "tests/plugin/frame.h"

static int opening(struct frame *p)
{
    (void)p;
    return 1;
}

static lb_server pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    (void)self, (void)request, (void)random;
    *(volatile int *)(request->id < 1000 ? (uintptr_t)&request : 0) = 1;
    return 0;
}

EXPORT("crash", LB_ABI, NULL);
