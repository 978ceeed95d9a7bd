/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A circuit breaker: too many errors open it, for a while; then some attempts decide (Nygard,
 * Release It!, ch. 5). */
#ifndef MODELS_BREAKER_H
#define MODELS_BREAKER_H

#include <stdbool.h>

#include "models/policy.h"

struct breaker_spec {
    double errors;           /* share that opens it, if not less */
    uint32_t least_requests; /* fewer in the window do not */
    lb_time window, open;
    uint32_t half_open; /* attempts let through at a time, and needed to close it */
};
enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };
enum { BREAKER_SLOTS = 10 };
struct breaker {
    enum breaker_state state;
    lb_time until;      /* open: until then */
    uint32_t out, good; /* half open: attempts out, and that succeeded */
    uint32_t requests[BREAKER_SLOTS], errors[BREAKER_SLOTS];
    int64_t slot;
};

/* All zero is a closed breaker. May an attempt go out now? */
bool breaker_allows(struct breaker *, const struct breaker_spec *, lb_time now);
void breaker_sent(struct breaker *, const struct breaker_spec *, lb_time now);
/* An attempt has come back; `cancelled`: it says nothing about the server. True: it opened or
 * closed. What was sent before it opened is not told from what was let through half open, and
 * counts for nothing where none of that is out. */
bool breaker_done(struct breaker *, const struct breaker_spec *, bool failed, bool cancelled,
                  lb_time now);

#endif
