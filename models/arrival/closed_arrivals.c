/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Closed clients: users who wait for their answers. Their requests come from the system itself, so
 * there is no clock here; only the words. */
#include "models/arrival.h"

extern const struct arrival_kind arrival_closed;

const struct arrival_kind arrival_closed = {
    .name = "closed",
    .rule = "Each of population users thinks, issues a request, waits for its end, and thinks "
            "again. What a user's k-th request needs is the same under every policy; when it comes "
            "is not.",
    .bursts = "The slower the answers, the fewer the requests: overload limits itself, and "
              "latencies look better than open clients would find them.",
};
