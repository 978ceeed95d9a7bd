/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Results for other programs: what is exported, row by row, and in which form. */
#ifndef SIM_EXPORT_H
#define SIM_EXPORT_H

#include <stdio.h>

#include "sim/record/results.h"

enum { EXPORT_MOST = 64, EXPORT_NAME = 256 };

struct export
{
    struct results *results;
    const char *metrics[EXPORT_MOST], *policies[EXPORT_MOST], *points[EXPORT_MOST];
    uint32_t metrics_n, policies_n, points_n; /* 0: all */
    bool replications;
};

/* A number of the summary. */
struct export_row {
    const char *scope; /* without the window */
    double from, to;   /* of the window, seconds; NAN: all measured time */
    const char *metric, *statistic, *unit;
    const double *at;                        /* by replication; NULL for windows */
    double value, low, high, se, confidence; /* NAN: none */
    uint32_t n;
    const char *method, *why; /* "" and NULL: none */
};

/* Is this contender asked for? By label, policy and point, as points_wanted has it. */
bool export_wants(const struct export *, const struct results_contender *);
/* Is this metric asked for? "latency" is all of its statistics, "latency.p99" one, in any scope;
 * "latency.p99{web}" in one. */
bool export_wants_metric(const struct export *, const char *scope, const char *metric,
                         const char *statistic);
/* Every number of a contender that is asked for: those of measured time, then windows by time. */
typedef void export_visit(void *context, const struct export_row *);
void export_each(const struct export *, const struct results_contender *, export_visit *,
                 void *context);

/* The seed of the contender's trials, which may be an axis of the sweep. */
uint64_t export_seed(const struct export *, const struct results_contender *);

/* "latency.p99{web}": the name of a number, as scenarios and run's JSON write it. */
void export_name(const struct results_contender *, const struct export_row *,
                 char name[EXPORT_NAME]);

void export_csv(FILE *, const struct export *);
void export_json(FILE *, const struct export *);

/* Percentile spectra as HdrHistogram prints them, values in milliseconds (slowdowns as they are):
 * one a contender and duration. A single one goes to the stream or file `out` ("-": standard
 * output), several to files in the directory `out`, which is made. 0 or an exit status after saying
 * what is wrong. */
int export_hgrm(const struct export *, const char *out);

/* One spectrum, in units of so many of its whole numbers. */
void export_spectrum(FILE *, const struct histogram_total *, double one);

#endif
