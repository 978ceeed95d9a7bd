/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How much of the start of a run to leave out. MSER-5 (White, "An effective truncation heuristic
 * for bias reduction in simulation output", Simulation 69, 1997; batches of 5: Spratt 1998),
 * applied to the average over pilot replications: applied to each run alone it cuts high excursions
 * and biases the answer downwards. The pilot's data are thrown away. */
#ifndef SIM_WARMUP_H
#define SIM_WARMUP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define WARMUP_BATCH 5u /* requests */

/* What the pilots saw, by issue index 0 .. n - 1. A request that no replication completed has count
 * 0. The sums of any 5 neighbours fit 63 bits. */
struct warmup_series {
    const int64_t *sum;    /* of latency in ns, over the replications that completed this request */
    const uint32_t *count; /* how many did */
    uint64_t n;
};

struct warmup {
    uint64_t cut; /* requests to leave out: 5 d*; meaningless unless found */
    bool found;   /* d* <= 0.99 x half the batches, and there are at least 10: else run longer */
};

/* d* = argmin over d <= n/2 of sum (Y_i - mean)^2 / (n - d)^2 over i > d, the least such d; Y the
 * average latency of a batch over all replications. Batches without any completed request have no
 * place in the series; an incomplete last batch is dropped. O(n). */
struct warmup warmup_find(const struct warmup_series *);

/* Welch's plot (Law, section 9.5.1) as CSV: a row a batch with its first request, its average
 * latency and the moving average over 2 window + 1 batches (fewer near both ends, symmetric), in
 * seconds; empty fields where nothing was completed. 0 or -EIO. */
int warmup_write_welch(FILE *, const struct warmup_series *, uint64_t window);

#endif
