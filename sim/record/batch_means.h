/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Intervals from one long run, cut into consecutive batches (Law, Simulation Modeling and Analysis,
 * ch. 9.5.3). Batches that are long against the memory of the system are almost independent;
 * whether they are is tested, and told. Many short batches give intervals that are far too narrow,
 * so however many there are, 32 are made of them. */
#ifndef SIM_BATCH_MEANS_H
#define SIM_BATCH_MEANS_H

#include "sim/record/histogram.h"
#include "sim/record/metric.h"

#define BATCH_MEANS     32u
#define BATCH_QUANTILES 10u /* sections behind the interval of a quantile */

struct batch_means {
    struct interval interval; /* 31 degrees of freedom; none below 32 batches, or if one is empty */
    double lag1;              /* correlation of one of the 32 means with the next; NAN: no spread */
    bool correlated; /* too much so, above 1.645 / sqrt(32): the interval cannot be trusted */
};

/* From m batches in the order of time, each a sum over a count; the mean is that of all together.
 * Not for metrics that are a spread (METRIC_SPREAD). Where 32 does not divide m the lengths of the
 * 32 differ by one batch. */
struct batch_means batch_means(const struct metric_number *, uint32_t m, double confidence);

/* A quantile from the histograms of n consecutive sections of one run (BATCH_QUANTILES is a good n;
 * all of about the same length): that of all together, in ns, with the sections' own quantiles
 * around it. `room` is overwritten with the sum. None with fewer than 100 values beyond it (1,000
 * from p = 0.999 on). */
struct interval batch_quantile(const struct histogram_total *const *sections, uint32_t n,
                               struct histogram_total *room, double p, double confidence);

#endif
