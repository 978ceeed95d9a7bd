/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Prints at each pick, as people do who look for a mistake. */
#include <stdio.h>

#include "tests/plugin/frame.h"

static int opening(struct frame *p)
{
    (void)p;
    return 1;
}

static lb_server pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    (void)self, (void)request, (void)random;
    printf("picking\n");
    fflush(stdout);
    return 0;
}

EXPORT("prints", LB_ABI, NULL);
