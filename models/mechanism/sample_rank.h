/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which of n samples in ascending order is their q-quantile. */
#ifndef MODELS_SAMPLE_RANK_H
#define MODELS_SAMPLE_RANK_H

#include <stdint.h>

/* The smallest k from 1 to n with k / n >= q, 0 <= q <= 1, n > 0. A product like .07 x 100, which
 * comes out above 7, still means the seventh. */
static inline uint64_t sample_rank(double q, uint64_t n)
{
    double rank = q * (double)n * (1.0 - 1e-12);
    uint64_t whole = rank > 0.0 ? (uint64_t)rank : 0;

    if ((double)whole < rank || whole == 0)
        whole++;
    return whole;
}

#endif
