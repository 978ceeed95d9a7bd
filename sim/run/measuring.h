/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Measured time begins with the last request of the warm-up, and ends with the last request. */
#ifndef SIM_MEASURING_H
#define SIM_MEASURING_H

#include "sim/run/step.h"

/* Answers under way have been counted as if it did not begin, or end. */
void measuring_begins(struct world *, lb_time now);
void measuring_ends(struct world *, lb_time now);
/* The same where the warm-up is a time: a request is about to be issued. */
ALWAYS_INLINE void measuring_by_time(struct world *w, lb_time now)
{
    if (w->warmup == UINT64_MAX && now >= w->order->warmup_time) {
        w->warmup = w->tally.issued;
        w->tally.from = w->order->warmup_time;
    }
}

#endif
