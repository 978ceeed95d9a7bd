/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What was read of a store as a set of 64-bit digests, for comparing. */
#ifndef TEST_DIGEST_H
#define TEST_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/record/results.h"

/* All fields, names included; not what it cost. */
uint64_t digest_of_trial(const struct store_trial *);
uint64_t digest_of_cost(const struct store_trial *);
/* `row` as store_each_row gives it. */
uint64_t digest_of_row(enum store_table, const void *row);

struct digests {
    uint64_t *at;
    uint32_t n;
};

void digests_add(struct digests *, uint64_t);
void digests_sort(struct digests *);
/* Is all of `part` in `whole`? Both sorted. */
bool digests_within(const struct digests *part, const struct digests *whole);

/* Adds one for each number of a contender by replication, and for each interval. */
void digest_numbers(struct digests *, const struct results *, uint32_t contender);

#endif
