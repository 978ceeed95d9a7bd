/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Counting durations in batches: a loop a duration keeps the sums in registers. */
#ifndef SIM_BATCH_H
#define SIM_BATCH_H

#include "sim/record/histogram.h"
#include "sim/record/moments.h"

/* Values below this fit the short sums: 128 of them in 64 bits. */
#define BATCH_SHORT_MOST (INT64_C(1) << 56)
enum { BATCH_MOST = 128 };

/* Adds n values >= 0. */
static inline void batch_long(struct moments *m, const int64_t *values, uint32_t n)
{
    uint32_t i;

    for (i = 0; i < n; i++)
        moments_add(m, values[i]);
}

/* The same for at most BATCH_MOST, without looking for overflow at each value; a new extreme is
 * rare. False, and nothing added, if a value is too great for that. */
static inline bool batch_short(struct moments *m, const int64_t *values, uint32_t n)
{
    moments_wide squares = 0;
    int64_t least = m->least, most = m->most;
    uint64_t sum = 0;
    uint32_t i;

    for (i = 0; i < n; i++) {
        uint64_t v = (uint64_t)values[i];

        sum += v;
        squares += (moments_wide)v * v;
        if (__builtin_expect(values[i] < least, 0))
            least = values[i];
        if (__builtin_expect(values[i] > most, 0))
            most = values[i];
    }
    if (most >= BATCH_SHORT_MOST)
        return false;
    m->n += n;
    m->sum += sum;
    m->overflowed |= __builtin_add_overflow(m->squares, squares, &m->squares);
    m->least = least;
    m->most = most;
    return true;
}

#endif
