/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Draws for generators. */
#ifndef TESTS_DICE_H
#define TESTS_DICE_H

#include <math.h>
#include <stdbool.h>

#include "models/policy.h"

static inline bool chance(struct lb_random *r, double p)
{
    return lb_unit(r) < p;
}

/* Whole, both ends included. */
static inline uint32_t between(struct lb_random *r, uint32_t least, uint32_t most)
{
    return least + lb_below(r, most - least + 1);
}

/* Log-uniform. */
static inline double magnitude(struct lb_random *r, double least, double most)
{
    return least * pow(most / least, lb_unit(r));
}

#endif
