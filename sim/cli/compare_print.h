/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Comparisons on standard output: tables with the ranking in words, JSON (lbsim-comparison/1), or
 * CSV with a row a difference. */
#ifndef SIM_COMPARE_PRINT_H
#define SIM_COMPARE_PRINT_H

#include <stdio.h>

#include "sim/record/comparison.h"

/* All comparisons of one call. */
struct comparisons {
    const struct results *results, *second; /* second: NULL, or compared with the first */
    struct comparison *at;                  /* by point, then by metric */
    uint32_t n;
    double confidence;
    bool all_pairs, color, quiet;
};

/* False without memory. */
bool compare_table(FILE *, const struct comparisons *);
void compare_json(FILE *, const struct comparisons *);
void compare_csv(FILE *, const struct comparisons *);

/* "1. jsq; 2. p2c and least_conn cannot be told apart; 4. random" */
void compare_ranking(FILE *, const struct comparison *);
/* "with 95 % confidence the best is jsq, by at least 12 ms (3.1 % of p2c, the nearest)" */
void compare_best(FILE *, const struct comparison *);

/* Warnings for the reader that the results carry: the i-th that bears on these comparisons. NULL
 * after the last. */
const struct store_warning *compare_stored_warning(const struct comparisons *, uint32_t *at);
/* Was the same said by one of the comparisons before `i`, or before its warning `k`? */
bool compare_said_before(const struct comparisons *, uint32_t i, uint32_t k);

/* The half-width, NAN without an interval. */
double compare_half(const struct interval *);

#endif
