/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From what a replication counted to named numbers, and from the replications' numbers to one with
 * an interval. */
#ifndef SIM_METRIC_H
#define SIM_METRIC_H

#include "sim/record/interval.h"
#include "sim/record/tally.h"

enum metric_kind { METRIC_MEAN, METRIC_QUANTILE, METRIC_LARGEST };

struct metric {
    char name[24], statistic[24]; /* "latency", "p99.9"; "" if the metric has but one */
    char full[48];                /* "latency.p99.9" */
    const char *unit, *summary;
    int better;
    enum metric_kind kind;
    enum duration duration; /* of a quantile */
    double p;
};

/* The metrics of a run: the standard ones and the percentiles asked for beside them. */
struct metrics {
    struct metric *at;
    uint32_t n;
};

/* 0 or -ENOMEM. Percentiles are 0 .. 100. */
int metrics_open(struct metrics *, const double *percentiles, uint32_t n);
void metrics_close(struct metrics *);
/* The index of a metric by its full name, or UINT32_MAX. */
uint32_t metrics_find(const struct metrics *, const char *full);

/* Fills values[0 .. n - 1]; NAN where a replication has no such number. `total` is room for one
 * histogram, overwritten. */
void metrics_read(const struct metrics *, const struct tally *, const struct evenness *,
                  struct histogram_total *total, double *values);

/* The number of all replications: values[r * stride] is that of replication r, r < n. `pooled` is
 * the histogram over all of them where the metric is a quantile (else not read), `least` the number
 * of values in the replication that has the fewest, `memory` the requests the warm-up took. */
struct interval metric_over(const struct metric *, const double *values, uint32_t n, size_t stride,
                            const struct histogram_total *pooled, uint64_t least, uint64_t memory,
                            double confidence);

/* The name of a duration: "latency", ... */
const char *duration_name(enum duration);

#endif
