/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a trial comes to. */
#ifndef SIM_OUTCOME_H
#define SIM_OUTCOME_H

#include "sim/record/metric.h"
#include "sim/run/world.h"

struct outcome {
    bool failed;
    char why[256];
    uint32_t policy, replication;
    uint64_t events, in_system; /* in_system: requests that had not ended */
    struct tally tally;         /* its histogram pointers are not valid: see `histogram` */
    double *values;             /* one a metric */
    uint32_t values_n;
    struct encoded *histogram; /* one a metrics.pool; those of everything come first, by duration */
    uint32_t histograms_n;
    /* By window, then by metric or by pool of what is asked of windows. */
    uint32_t windows_n;
    struct metric_number *number;
    uint32_t numbers_n;
    struct encoded *pool;
    uint32_t pools_n;
    double cpu_s, wall_s;
};

/* Copies a histogram into bytes; `room` has HISTOGRAM_ENCODED_MOST. False without memory. */
bool outcome_encode(const struct histogram *, uint8_t *room, struct encoded *);
void outcome_close(struct outcome *);

/* An outcome as one block, for a pipe: NULL without memory. */
void *outcome_pack(const struct outcome *, size_t *n);
/* False without memory: then the outcome is empty. */
bool outcome_unpack(const void *block, struct outcome *);

#endif
