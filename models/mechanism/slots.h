/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Counts over a sliding window, in slots of equal length that leave it one at a time. */
#ifndef MODELS_SLOTS_H
#define MODELS_SLOTS_H

#include "models/policy.h"

/* The number of the slot that `now` lies in, n slots a window of at least 1 ns; exact. */
static inline int64_t slot_of(lb_time now, lb_time window, int64_t n)
{
    return now / window * n + now % window * n / window;
}

/* Empties the slots of a ring that the clock has passed on its way from one slot to a later one;
 * answers what they held. */
static inline double slots_pass(double *ring, int64_t n, int64_t from, int64_t to)
{
    double passed = 0.0;
    int64_t i, first = to - from < n ? from + 1 : to - n + 1;

    for (i = first; i <= to; i++) {
        passed += ring[i % n];
        ring[i % n] = 0.0;
    }
    return passed;
}

#endif
