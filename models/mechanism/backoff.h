/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How long to wait before trying again. */
#ifndef MODELS_BACKOFF_H
#define MODELS_BACKOFF_H

#include "models/distribution.h"
#include "models/policy.h"

enum jitter { JITTER_NONE, JITTER_FULL, JITTER_EQUAL, JITTER_FIFTH };

/* Either a quantity drawn anew each time, or the k-th wait (k = 1, 2, ...) is
 * b = min(first factor^(k-1), most), as such; with JITTER_FULL uniform on [0, b] and with
 * JITTER_EQUAL on [b/2, b] (Brooker, "Exponential backoff and jitter", 2015); with JITTER_FIFTH on
 * [.8 b, 1.2 b] (gRPC A6). */
struct backoff_spec {
    struct distribution delay; /* seconds; kind NULL: by the rule */
    lb_time first, most;
    double factor;
    enum jitter jitter;
};

/* The wait before the k-th further attempt, ns; below 0: longer than 1e8 s. */
lb_time backoff_wait(const struct backoff_spec *, uint32_t k, struct lb_random *);

#endif
