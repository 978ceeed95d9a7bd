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

/* Whether the series has settled: after the cut, are requests of the second half slower (or faster)
 * than those of the first, in the same replication? Each replication gives the sums and counts of
 * its WARMUP_PARTS parts of equal length, part p of replication r at [r * WARMUP_PARTS + p]. A
 * paired t test at 1 % (two-sided), so a series that has settled is doubted once in a hundred.
 * False also if too few parts lie after the cut. `first` is the first part wholly after the cut. */
#define WARMUP_PARTS 64u
bool warmup_settled(const int64_t *sum, const uint32_t *count, uint32_t replications,
                    uint32_t first);

/* Welch's plot (Law, section 9.5.1) as CSV: a row a batch with its first request, its average
 * latency and the moving average over 2 window + 1 batches (fewer near both ends, symmetric), in
 * seconds; empty fields where nothing was completed. 0 or -EIO. */
int warmup_write_welch(FILE *, const struct warmup_series *, uint64_t window);

#endif
