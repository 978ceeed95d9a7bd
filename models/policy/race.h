/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Exponential variables from hashes: -ln u, u = (H + 1/2) / 2^64, of the complement d of the hash
 * H. The winner of a race among many has u close to 1, where 1 - u = (d + 1/2) / 2^64 keeps its
 * digits. Additions, multiplications and divisions in a fixed order: the same on every machine. */
#ifndef MODELS_POLICY_RACE_H
#define MODELS_POLICY_RACE_H

#include <stdint.h>

#define RACE_CELL 0x1p-64

/* 2 atanh(t / (2 - t)) = -ln(1 - t), 0 <= t <= 1/2; the terms left out are below 2^-56 of it. */
static inline double race_series(double t)
{
    const double s = t / (2.0 - t), z = s * s;
    double sum = 0.0;
    int i;

    for (i = 16; i > 0; i--)
        sum = sum * z + 1.0 / (2 * i + 1);
    return 2.0 * (s + s * z * sum);
}

/* -ln u: u is 2^-k (1 - t), k the leading zeros of H. */
static inline double race_time(uint64_t d)
{
    const uint64_t hash = ~d;
    const int k = hash ? __builtin_clzll(hash) : 64;

    double scale; /* of H + 1/2 to 1 - t */

    if (k == 0)
        return race_series(((double)d + 0.5) * RACE_CELL);
    scale = (double)(UINT64_C(1) << (k - 1)) * (2.0 * RACE_CELL);
    return k * 0x1.62e42fefa39efp-1 + race_series(1.0 - ((double)hash + 0.5) * scale);
}

/* A little less than 1 - u, so for sure below race_time(d): -ln u > 1 - u. A whole number below
 * 2^63 becomes a double without a branch. */
static inline double race_bound(uint64_t d)
{
    return (double)(int64_t)(d >> 11) * (0x1p-53 * 0.999999999);
}

#endif
