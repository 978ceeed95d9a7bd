/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Intervals from one run whose values are all kept and hang together in time: the circular block
 * bootstrap (Politis and Romano, A circular block-resampling procedure for stationary data, 1992).
 * A sample is 16 blocks of consecutive values, each begun anywhere; the spread of a statistic over
 * 400 samples is its standard error, and the interval is that of t with 15 degrees of freedom
 * around the value of the run itself. A sample is as long as the run, so that quantiles far out
 * have no bias as those of short sections have.
 *
 * Coverage, nominal 95 %, of mean, p50, p90 and p99 in M/M/1 at load 0.7 (600 streams of 12,000
 * requests): 94, 94, 94, 87 %. Of a stream that is dealt at random to eight such queues: 90, 93, 91,
 * 84 %; with 48,000 requests 94, 96, 95, 92 %. So p99 of a short run is less certain than it is
 * said to be. */
#ifndef SIM_BOOTSTRAP_H
#define SIM_BOOTSTRAP_H

#include "sim/record/interval.h"

enum { BOOTSTRAP_BLOCKS = 16, BOOTSTRAP_SAMPLES = 400, BOOTSTRAP_QUANTILES_MOST = 8 };

/* Values in the order of time, n < 2^32; NAN where there is none (a request that failed, say). */
struct bootstrap_data {
    const double *a;
    /* NULL: statistics are those of a. Else those of a relative to those of b, a / b - 1, where
     * each sample takes the same stretches of both: what they have in common cancels. */
    const double *b;
    uint64_t n;
    uint64_t key; /* of a stream: its samples */
    double confidence;
};

/* The mean at out[0], then quantiles p[0] < p[1] < ... (by nearest rank) of data->a, k of them. A
 * quantile with fewer than 100 values beyond it (1,000 from p = 0.999 on) stands alone. 0 or
 * -ENOMEM. */
int bootstrap(const struct bootstrap_data *data, const double *p, uint32_t k, struct interval *out);

#endif
