/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A law on a list of values: a distribution function that is a staircase. Shared by the kinds that
 * have one. Drawn by inversion with a guide table (H. C. Chen and Y. Asau, AIIE Transactions 6,
 * 1974): one word of the stream a draw, constant expected time whatever the length, and a greater
 * word never gives a smaller draw. */
#ifndef MODELS_STEPS_H
#define MODELS_STEPS_H

#include "models/distribution.h"

/* Values with weights in proportion, in any order; values of weight 0 are left out. `room` has
 * 4 numbers a value. Answers NULL, or a sentence saying what is wrong. */
const char *steps_by_weight(const struct distribution_kind *, const struct lb_list *values,
                            const struct lb_list *weights, double *room, struct distribution *);
/* Ascending values with the probability of each and of all before it, the last 1. */
const char *steps_by_sum(const struct distribution_kind *, const struct lb_list *values,
                         const struct lb_list *cumulative, double *room, struct distribution *);

/* What a `struct distribution_kind` wants of such a law. */
void steps_fill(const struct distribution *, struct lb_random *, double *out, uint32_t n);
double steps_mean(const struct distribution *);
double steps_variance(const struct distribution *);
double steps_quantile(const struct distribution *, double p);

#endif
