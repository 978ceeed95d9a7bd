/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between the parts of summary.h: the trials of a contender with what their values do not tell. */
#ifndef SIM_SUMMARY_INSIDE_H
#define SIM_SUMMARY_INSIDE_H

#include "sim/record/metric.h"
#include "sim/record/names.h"
#include "sim/record/summary.h"

struct kept_histogram {
    const char *scope, *metric;
    struct encoded bytes;
};

/* Histograms and series of one trial, each by scope, metric, time; texts are kept ones. */
struct kept_trial {
    struct kept_histogram *histograms;
    struct store_series *series;
    uint32_t histograms_n, series_n;
};

struct summary {
    const struct results *results;
    const struct results_contender *contender;
    struct names *names;
    struct kept_trial *trials; /* one a replication */
    uint32_t trials_n;
    struct store_interval *rows;
    size_t rows_n, rows_room;
    struct histogram_total *total; /* room */
};

/* NULL: it has none. */
const struct encoded *summary_histogram(const struct kept_trial *, const char *scope,
                                        const char *metric);
/* Adds a row; 0 or -ENOMEM. */
int summary_add(struct summary *, const char *scope, const char *metric, const char *statistic,
                const struct interval *);
/* Adds the rows of all windows. 0 or -ENOMEM. */
int summary_windows(struct summary *);

#endif
