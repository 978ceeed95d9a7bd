/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Exact sums of whole numbers (nanoseconds): count, sum, sum of squares, least, most. Integer sums
 * neither round nor depend on the order of adding, so parts merge to the same bytes in any order.
 */
#ifndef SIM_MOMENTS_H
#define SIM_MOMENTS_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 moments_wide;

struct moments {
    moments_wide sum, squares;
    uint64_t n;
    int64_t least, most; /* INT64_MAX and INT64_MIN while n is 0 */
    bool overflowed;     /* the squares do not fit 128 bits: no variance (values near 2^63 only) */
};

#define MOMENTS_EMPTY ((struct moments) { .least = INT64_MAX, .most = INT64_MIN })

/* value >= 0 */
static inline __attribute__((always_inline)) void moments_add(struct moments *moments,
                                                              int64_t value)
{
    assert(value >= 0);
    const uint64_t v = (uint64_t)value;
    moments->n++;
    moments->sum += v;
    moments->overflowed |=
        __builtin_add_overflow(moments->squares, (moments_wide)v * v, &moments->squares);
    moments->least = value < moments->least ? value : moments->least;
    moments->most = value > moments->most ? value : moments->most;
}

void moments_merge(struct moments *, const struct moments *part);

/* NAN if empty. */
double moments_mean(const struct moments *);

/* The sample variance (n - 1 below), from n times the squares minus the square of the sum in exact
 * 256-bit integers: no cancellation. NAN below two values, or if overflowed. */
double moments_variance(const struct moments *);
double moments_stddev(const struct moments *);

#endif
