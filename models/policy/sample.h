/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sampling without replacement, in order: every sequence of distinct places is equally likely, so
 * "the first drawn" is a fair tie rule (Floyd's method gives fair sets, but not fair sequences). */
#ifndef MODELS_POLICY_SAMPLE_H
#define MODELS_POLICY_SAMPLE_H

#include "models/policy.h"

/* Draws one more place of 0 .. n - 1, different from the `drawn` places that earlier calls left in
 * `sorted` (room for one more there), with one draw of the stream. drawn < n. */
static inline uint32_t sample_more(uint32_t *sorted, uint32_t drawn, uint32_t n,
                                   struct lb_random *random)
{
    uint32_t place = lb_below(random, n - drawn), i, j;

    for (i = 0; i < drawn && place >= sorted[i]; i++)
        place++;
    for (j = drawn; j > i; j--)
        sorted[j] = sorted[j - 1];
    sorted[i] = place;
    return place;
}

/* Leaves out the next n draws of the stream. */
static inline void sample_skip(struct lb_random *random, uint32_t n)
{
    random->state += n * UINT64_C(0x9e3779b97f4a7c15);
}

#endif
