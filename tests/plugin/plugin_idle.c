/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Takes an idle server, or none. */
#include "tests/plugin/frame.h"

static int opening(struct frame *p)
{
    (void)p;
    return 1;
}

static lb_server pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    const struct lb_view *view = ((struct frame *)self)->view;
    uint32_t i;

    (void)request, (void)random;
    for (i = 0; i < view->n; i++)
        if (view->load[i] == 0)
            return i;
    return LB_NONE;
}

EXPORT("idle", LB_ABI, NULL);
