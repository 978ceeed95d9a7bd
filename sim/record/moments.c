/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/moments.h"

#include <math.h>

void moments_merge(struct moments *moments, const struct moments *part)
{
    moments->n += part->n;
    moments->sum += part->sum;
    moments->overflowed |=
        __builtin_add_overflow(moments->squares, part->squares, &moments->squares);
    moments->overflowed |= part->overflowed;
    moments->least = part->least < moments->least ? part->least : moments->least;
    moments->most = part->most > moments->most ? part->most : moments->most;
}

double moments_mean(const struct moments *moments)
{
    if (moments->n == 0)
        return NAN;
    const uint64_t whole = (uint64_t)(moments->sum / moments->n);
    const uint64_t rest = (uint64_t)(moments->sum % moments->n);
    return (double)whole + (double)rest / (double)moments->n;
}

struct wide256 {
    moments_wide high, low;
};

static struct wide256 multiply(moments_wide a, moments_wide b)
{
    const uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64);
    const uint64_t b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
    const moments_wide low = (moments_wide)a0 * b0, left = (moments_wide)a1 * b0;
    const moments_wide right = (moments_wide)a0 * b1, high = (moments_wide)a1 * b1;
    const moments_wide middle = (low >> 64) + (uint64_t)left + (uint64_t)right;
    return (struct wide256) { .high = high + (left >> 64) + (right >> 64) + (middle >> 64),
                              .low = (middle << 64) | (uint64_t)low };
}

static double to_double(struct wide256 x)
{
    return ldexp((double)(uint64_t)(x.high >> 64), 192) + ldexp((double)(uint64_t)x.high, 128) +
           ldexp((double)(uint64_t)(x.low >> 64), 64) + (double)(uint64_t)x.low;
}

double moments_variance(const struct moments *moments)
{
    if (moments->n < 2 || moments->overflowed)
        return NAN;
    const struct wide256 a = multiply(moments->squares, moments->n);
    const struct wide256 b = multiply(moments->sum, moments->sum);
    const struct wide256 spread = { .high = a.high - b.high - (a.low < b.low),
                                    .low = a.low - b.low };
    return to_double(spread) / (double)moments->n / (double)(moments->n - 1);
}

double moments_stddev(const struct moments *moments)
{
    return sqrt(moments_variance(moments));
}
