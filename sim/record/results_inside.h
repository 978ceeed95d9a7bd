/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between the parts of results.h: what is gathered before it is put in order. */
#ifndef SIM_RESULTS_INSIDE_H
#define SIM_RESULTS_INSIDE_H

#include "sim/record/names.h"
#include "sim/record/results.h"

/* A value of a trial; texts are kept ones, so that equal texts are equal pointers. */
struct gathered_value {
    const char *scope, *metric, *statistic, *unit;
    double value;
    uint32_t trial; /* index, once trials are in order */
};

struct gathered_trial {
    const char *point, *label, *policy;
    struct results_replication replication;
    bool pilot, failed;
    double offered_load;
    struct gathered_value *values;
    uint32_t values_n;
};

struct gathered_point {
    const char *point;
    uint32_t position;
    struct results_coordinate coordinate;
};

/* A list that grows: `at` has n of them. */
#define LIST_OF(type)                                                                              \
    struct {                                                                                       \
        type *at;                                                                                  \
        uint32_t n;                                                                                \
    }

struct block;

struct results_inside {
    struct results results;
    struct store *store;
    struct names *names;
    struct block *blocks; /* memory that goes with the results */
    LIST_OF(struct gathered_trial) trials;
    LIST_OF(struct gathered_point) points;
    LIST_OF(struct store_contender) contenders;
    LIST_OF(struct store_interval) intervals;
    LIST_OF(struct store_warning) warnings;
    LIST_OF(const char *) damage;
    char why[1024];
};

/* Zeroed memory that lives as long as the results; NULL: out of memory. */
void *inside_take(struct results_inside *, size_t n, size_t size);

/* Makes room for one more behind n in a list that doubles; NULL: out of memory. */
void *inside_grow(void *at, uint32_t n, size_t size);

/* Reads the newest run into the lists. 0 or -errno with `why`. */
int inside_gather(struct results_inside *);
/* From the lists to points and contenders, in their order. 0 or -ENOMEM. */
int inside_arrange(struct results_inside *);
/* The numbers of a contender from its trials, which are in the order of replications. 0 or -ENOMEM.
 */
int inside_numbers(struct results_inside *, struct results_contender *,
                   struct gathered_trial *trials, uint32_t n);

/* Brings the intervals into order, before inside_numbers. */
void inside_sort_intervals(struct results_inside *);

/* By scope, metric, statistic; kept texts. */
int inside_order(const char *const a[3], const char *const b[3]);

#endif
