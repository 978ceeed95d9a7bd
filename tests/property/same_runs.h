/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two observed runs that ought to be one. */
#ifndef TESTS_SAME_RUNS_H
#define TESTS_SAME_RUNS_H

#include "tests/property/onlooker.h"

/* What differs between `a` with all its times multiplied by `scale` and `b`: requests, counts,
 * integrals, and what the servers of `a` have counted; NULL: nothing. `b` may have more servers. */
const char *difference_of_runs(const struct witness *a, const struct witness *b, uint32_t scale);

#endif
