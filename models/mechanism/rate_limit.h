/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * So many requests a second, and a burst beyond that. */
#ifndef MODELS_RATE_LIMIT_H
#define MODELS_RATE_LIMIT_H

#include <stdbool.h>

#include "models/policy.h"

enum rate_limit_kind {
    RATE_LIMIT_BUCKET,        /* tokens = min(burst, tokens + rate dt); also GCRA, which is equal */
    RATE_LIMIT_FIXED_WINDOW,  /* rate x window in each window of the clock */
    RATE_LIMIT_SLIDING_WINDOW /* previous window's count x its part still in view + this one's */
};
struct rate_limit_spec {
    enum rate_limit_kind kind;
    double rate, burst; /* a second; requests */
    lb_time window;     /* of the windows */
};
struct rate_limit {
    const struct rate_limit_spec *spec;
    double tokens; /* there were so many at `at`, less those taken since: may be below 0 */
    lb_time at;
    int64_t window;
    double count, previous;
};

void rate_limit_open(struct rate_limit *, const struct rate_limit_spec *);
/* Does one more pass now? Counts it if so. */
bool rate_limit_take(struct rate_limit *, lb_time now);

#endif
