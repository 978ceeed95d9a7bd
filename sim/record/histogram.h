/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Log-linear histogram of whole nanoseconds, 0 .. 2^63 - 1, after the layout of HdrHistogram
 * (Tene): exact below 1,024 ns, from there 512 equal buckets an octave. A bucket is at most 1/512
 * of its lower bound wide and a value is told as the middle of its bucket, so every quantile is
 * within 1/1024 (0.098 %) of the exact order statistic. The bound holds for any data, atoms
 * included, which is why nothing is interpolated; clamp to the exact least and most (moments.h) for
 * the extremes.
 *
 * A replication counts in 32 bits (it has at most 2^32 - 1 requests); a total over replications,
 * windows or classes counts in 64. Totals are sums: merging is exact, associative, commutative. */
#ifndef SIM_HISTOGRAM_H
#define SIM_HISTOGRAM_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_OCTAVE  512u /* buckets */
#define HISTOGRAM_BUCKETS (55u * HISTOGRAM_OCTAVE)

/* All zero is empty. From calloc or a fresh mapping, memory is touched only where values fall. */
struct histogram {
    uint32_t count[HISTOGRAM_BUCKETS];
};

struct histogram_total {
    uint64_t n; /* the sum of count */
    uint64_t count[HISTOGRAM_BUCKETS];
};

struct histogram_bucket {
    int64_t low, high; /* both inclusive */
    uint64_t count;
};

/* The bucket of a value >= 0. */
static inline __attribute__((always_inline)) uint32_t histogram_index(int64_t value)
{
    const uint64_t v = (uint64_t)value;
    const uint32_t shift = (uint32_t)(63 ^ __builtin_clzll(v | HISTOGRAM_OCTAVE)) - 9u;
    return shift * HISTOGRAM_OCTAVE + (uint32_t)(v >> shift);
}

static inline __attribute__((always_inline)) void histogram_add(struct histogram *histogram,
                                                                int64_t value)
{
    assert(value >= 0);
    histogram->count[histogram_index(value)]++;
}

/* total += one replication. */
void histogram_merge(struct histogram_total *total, const struct histogram *);
void histogram_merge_total(struct histogram_total *total, const struct histogram_total *);

/* Nearest rank: ceil(p n), from 1 to n, forgiving the rounding of p and of the product (0.07 x 100
 * is rank 7, not 8). p in [0, 1], n > 0. */
uint64_t histogram_rank(double p, uint64_t n);

/* The smallest x such that at least ceil(p n) values are <= x (the least value for p = 0), in ns as
 * the middle of its bucket; NAN if empty. p in [0, 1]. */
double histogram_quantile(const struct histogram_total *, double p);

/* How far histogram_quantile's answer may lie from the exact order statistic, in ns: half the width
 * of the bucket (0 below 1,024 ns). What interval_blur wants. */
double histogram_rounding(double quantile);

/* How many values exceed `value` >= 0. Those in its own bucket count by the share of the bucket
 * that lies above it: exact below 1,024 ns, and never off by more than that bucket's count. */
double histogram_above(const struct histogram_total *, int64_t value);

/* Walks the non-empty buckets upwards; *at is 0 before the first call. False after the last. */
bool histogram_next(const struct histogram_total *, uint32_t *at, struct histogram_bucket *);

/* What histogram_encode wrote. */
struct encoded {
    uint8_t *bytes;
    size_t n;
};

/* Bytes that always suffice for histogram_encode. */
#define HISTOGRAM_ENCODED_MOST (1u + 3u + 13u * HISTOGRAM_BUCKETS)

/* Portable bytes: a version (1), the number of non-empty buckets, then for each, upwards, the
 * number of empty buckets skipped and its count; numbers in base 128, low digits first, the top bit
 * saying that more follow (LEB128). Equal histograms have equal bytes. Returns the bytes written;
 * `bytes` has room for HISTOGRAM_ENCODED_MOST. */
size_t histogram_encode(const struct histogram *, uint8_t *bytes);
size_t histogram_encode_total(const struct histogram_total *, uint8_t *bytes);

/* total += what the bytes say. Any other bytes than histogram_encode's own leave the total as it
 * was: -EBADMSG; counts that overflow 64 bits: -EOVERFLOW. */
int histogram_decode(struct histogram_total *total, const uint8_t *bytes, size_t n);

#endif
