/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Active health checks: runs of failures and of successes (HAProxy inter, rise, fall; nginx Plus,
 * Envoy alike). */
#ifndef MODELS_HEALTH_H
#define MODELS_HEALTH_H

#include <stdbool.h>

#include "models/policy.h"

struct health_spec {
    lb_time interval, timeout;
    lb_time fast;  /* interval while a verdict is changing (HAProxy fastinter), ... */
    lb_time down;  /* ... and while it is down; 0: as ever */
    double jitter; /* each interval is stretched by a uniform part of itself in -jitter .. jitter */
    uint32_t rise, fall;
    lb_time cost; /* work of a check at the server, ns at speed 1 */
    bool deep;    /* a check sees errors, as requests would, not only whether it is answered */
    bool first_decides; /* the first check's result alone is the verdict (Envoy) */
};
struct health {
    bool down;
    bool known;   /* a check has come back */
    uint32_t run; /* consecutive results that contradict the verdict */
};

/* All zero: up, unchecked. The verdict after one more result; true: it has changed. */
bool health_checked(struct health *, const struct health_spec *, bool passed);
/* From the start of one check to the next, to be asked when its result is in; before the first
 * result, to the first check: those are spread over an interval. */
lb_time health_next(const struct health *, const struct health_spec *, struct lb_random *);

#endif
