/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the misbehaving plug-ins have in common: each gives `opening` and `pick`. */
#ifndef TESTS_PLUGIN_FRAME_H
#define TESTS_PLUGIN_FRAME_H

#include <stdlib.h>

#include "models/policy.h"

struct frame {
    const struct lb_view *view;
    struct lb_host *host;
    uint32_t turns;
};

/* Nonzero if the policy accepts what it sees. */
static int opening(struct frame *);
static lb_server pick(void *self, const struct lb_request *, struct lb_random *);

static void *open_frame(const struct lb_setup *setup)
{
    struct frame *p = malloc(sizeof *p);

    if (!p)
        return NULL;
    *p = (struct frame) { setup->view, setup->host, 0 };
    if (opening(p))
        return p;
    free(p);
    return NULL;
}

/* Exports the policy, built for this version of the interface, with this wake callback or NULL. */
#define EXPORT(id, version, wake_up)                                                               \
    static const struct lb_policy policy = { .abi = (version),                                     \
                                             .size = sizeof policy,                                \
                                             .name = (id),                                         \
                                             .family = "test",                                     \
                                             .summary = "test",                                    \
                                             .sees = LB_SEES_LOAD,                                 \
                                             .open = open_frame,                                   \
                                             .close = free,                                        \
                                             .pick = pick,                                         \
                                             .wake = (wake_up) };                                  \
    const struct lb_policy *const lbsim_policies[] = { &policy, NULL }

#endif
