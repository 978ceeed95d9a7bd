/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Waits for what does not come. */
#include <unistd.h>

#include "tests/plugin/frame.h"

static int opening(struct frame *p)
{
    (void)p;
    return 1;
}

static lb_server pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    (void)self, (void)request, (void)random;
    for (int i = 0; request->id > 100 && i < 1000; i++)
        sleep(1);
    return 0;
}

EXPORT("sleeps", LB_ABI, NULL);
