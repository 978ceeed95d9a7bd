/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From a quantity of the scenario to the whole nanoseconds of the world. */
#ifndef SIM_QUANTITY_H
#define SIM_QUANTITY_H

#include "models/distribution.h"

#define QUANTITY_SECOND 1e9
#define QUANTITY_MOST   1e17 /* ns: 1e8 s, the longest time that a scenario may name */

/* Seconds to the nearest nanosecond; -1 if negative, not a number or above 1e8 s. */
static inline lb_time quantity_ns(double seconds)
{
    double ns = seconds * QUANTITY_SECOND + 0.5;

    return ns >= 0.0 && ns <= QUANTITY_MOST ? (lb_time)ns : -1;
}

static inline void distribution_fill(const struct distribution *d, struct lb_random *random,
                                     double *out, uint32_t n)
{
    d->kind->fill(d, random, out, n);
}

/* One draw, seconds to ns; -1 as above. */
static inline lb_time quantity_draw(const struct distribution *d, struct lb_random *random)
{
    double seconds;

    d->kind->fill(d, random, &seconds, 1);
    return quantity_ns(seconds);
}

/* A draw of a client's key. */
static inline uint64_t quantity_key(double draw)
{
    return draw >= 0x1p63 ? UINT64_C(1) << 63 : draw > 0.0 ? (uint64_t)draw : 0;
}

/* What a request of this work declares, given the draw of its client's size_estimate. */
static inline lb_time quantity_declared(lb_time work, double factor)
{
    double size = (double)work * factor + 0.5;

    return size >= 0.0 && size <= QUANTITY_MOST ? (lb_time)size : (lb_time)QUANTITY_MOST;
}

#endif
