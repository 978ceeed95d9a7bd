/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What comparisons of one result and of two have in common. */
#ifndef SIM_COMPARISON_PART_H
#define SIM_COMPARISON_PART_H

#include "sim/record/comparison.h"
#include "sim/record/metric.h"

/* Room for n of a size, all zero, that lives as long as the comparison; NULL without memory. */
void *comparison_room(struct comparison *, size_t n, size_t size);

/* Makes the lists of `of` and of warnings, for n policies. False without memory. */
bool comparison_lists(struct comparison *, uint32_t n);

/* False without memory. */
bool comparison_warn(struct comparison *, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct interval comparison_none(const char *why);
struct ranking_difference comparison_nothing(const char *why);

/* A policy's number with its interval: that of the summary, or if the run did not end that of the
 * replications. `x` may be NULL. */
struct interval comparison_value(struct comparison *, const struct results_contender *,
                                 const struct results_number *x, const struct metric *);

/* How far such a value may be rounded, in the metric's unit. */
double comparison_blur(const struct metric *, double value);

/* The index of a replication by its number; UINT32_MAX: it is not there. */
uint32_t comparison_replication(const struct results_contender *, uint32_t number);

/* Fills a comparison with the policies that both results have. False without memory. */
bool comparison_of_two(struct comparison *, const struct comparison_order *, const struct metric *);

#endif
