/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Crashes when it is opened. */
#include "tests/plugin/frame.h"

static int opening(struct frame *p)
{
    *(volatile int *)(uintptr_t)(p->turns * 8) = 1;
    return 1;
}

static lb_server pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    (void)self, (void)request, (void)random;
    return 0;
}

EXPORT("opencrash", LB_ABI, NULL);
