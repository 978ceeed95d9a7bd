/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Functions of two estimates, paired by replication or independent. */
#ifndef SIM_ESTIMATE_H
#define SIM_ESTIMATE_H

#include "sim/run/judge.h"

/* The interval of an estimate at a confidence. Of an exact one: its value alone. */
struct interval estimate_interval(const struct estimate *, double confidence);

/* The same estimate about the mean of the replications' own values: with the bias that pooling took
 * out, and without what other replications have added to the pool. Where two contenders have
 * unequal numbers of replications, what they share is all that pairs: in a difference the biases of
 * replications of the same length cancel. */
void estimate_unpool(struct estimate *);

/* `value`, a function of both whose derivatives are da and db, with an interval by the delta method
 * (Asmussen and Glynn, Stochastic Simulation, ch. III.3). Paired: replication by replication, both
 * having as many; else independent, with the degrees of freedom of Welch (Biometrika 34, 1947). */
struct interval estimate_function(const struct estimate *a, double da, const struct estimate *b,
                                  double db, double value, bool paired, double confidence);
struct interval estimate_difference(const struct estimate *a, const struct estimate *b, bool paired,
                                    double confidence);
/* No interval if the denominator may be 0. */
struct interval estimate_ratio(const struct estimate *a, const struct estimate *b, bool paired,
                               double confidence);

#endif
