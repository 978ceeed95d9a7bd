/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The two hand-written loops that `lbsim bench` is measured against, and what they share.
 *
 * Both simulate the same system: Poisson arrivals at load * servers / mean service, exponential
 * work of mean 1 ms, FIFO servers with one core, one balancer that counts its requests in flight,
 * with or without a constant link there and back. Times are int64 nanoseconds. Both draw from the
 * same streams in the same order and break ties alike, so for one seed they give the same latencies
 * to the nanosecond: each is the other's test.
 */
#ifndef TESTS_BENCH_REFERENCE_H
#define TESTS_BENCH_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REFERENCE_MEAN_WORK_NS 1000000 /* mean service time: 1 ms */
#define REFERENCE_LINK_NS      500000  /* one way, with --links 2: 0.5 ms */

enum reference_policy {
    REFERENCE_RANDOM,
    REFERENCE_ROUND_ROBIN,
    REFERENCE_P2C,
    REFERENCE_JSQ,
    REFERENCE_POLICIES,
};

struct reference_options {
    enum reference_policy policy;
    uint32_t servers;
    uint32_t links; /* 0, or 2: one there and one back */
    uint64_t requests;
    uint64_t seed;
    double load; /* in (0, 0.99] */
    bool check;  /* verify the order of the skeleton's events before it is timed */
};

/* Latencies of the requests issued after the warm-up. */
struct reference_tally {
    uint32_t *histogram; /* REFERENCE_BUCKETS counts, by reference_bucket() */
    int64_t sum_ns;
};

struct reference_result {
    double cpu_s;   /* user + system time of the timed part of the loop */
    uint64_t timed; /* requests issued in the timed part, all of them counted in the tally */
    struct reference_tally tally;
};

/* 128 buckets an octave: sign, exponent and the first 7 bits of the fraction of a double. */
#define REFERENCE_BUCKETS (1u << 18)

static inline uint32_t reference_bucket(int64_t latency_ns)
{
    union {
        double value;
        uint64_t bits;
    } image = { .value = (double)latency_ns };
    return (uint32_t)(image.bits >> 45);
}

static inline void reference_record(struct reference_tally *tally, int64_t latency_ns)
{
    tally->histogram[reference_bucket(latency_ns)]++;
    tally->sum_ns += latency_ns;
}

/* Requests at the start of a run that are neither timed nor counted: the first tenth. */
static inline uint64_t reference_warm_up(const struct reference_options *options)
{
    return options->requests / 10;
}

/* Nanoseconds between two arrivals, on average. */
static inline double reference_gap_ns(const struct reference_options *options)
{
    return REFERENCE_MEAN_WORK_NS / (options->load * (double)options->servers);
}

/* User and system time of this process so far, in seconds. */
double reference_cpu_s(void);

/* Zeroed memory, in huge pages where it is large; NULL if there is none. Never given back:
 * a run takes its memory once and ends with the process. */
void *reference_memory(size_t bytes);

/* The same memory made larger, possibly elsewhere; the new part is zero. NULL if there is none. */
void *reference_memory_grow(void *memory, size_t old_bytes, size_t new_bytes);

/* The loop with one ordered queue of events. Returns 0, or -1 with *reason set. */
int skeleton_run(const struct reference_options *options, struct reference_result *result,
                 const char **reason);

/* The same loop, each event compared with the one before it. Returns 0, or -1 with *reason set. */
int skeleton_check(const struct reference_options *options, const char **reason);

/* The loop without events. Returns 0, or -1 with *reason set (jsq has no such loop). */
int floor_run(const struct reference_options *options, struct reference_result *result,
              const char **reason);

/* Drives the skeleton's queue through hostile sets of times beside a binary heap of the same total
 * order. Returns 0 if both give the same events in the same order in every set, or -1 with *reason
 * naming the set. */
int check_queue(uint64_t seed, const char **reason);

#endif
