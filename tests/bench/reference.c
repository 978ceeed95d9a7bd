/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim-reference: runs one of the two hand-written loops and prints one line of JSON about it.
 */
#define _GNU_SOURCE /* mremap */
#include "tests/bench/reference.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#define HUGE_PAGE ((size_t)2 << 20)

static const char usage[] =
    "usage: lbsim-reference skeleton|floor [--policy random|round_robin|p2c|jsq] [--servers N]\n"
    "                       [--links 0|2] [--requests M] [--seed S] [--load L] [--check]\n"
    "       lbsim-reference queue [--seed S]\n"
    "\n"
    "skeleton  the loop with one ordered queue of events\n"
    "floor     the loop without events (not for jsq)\n"
    "queue     compare the skeleton's queue with a binary heap on hostile sets of times\n"
    "--check   skeleton: first run once to verify the order of the events\n"
    "\n"
    "Without options: p2c, 1000 servers, no links, 1000000 requests, seed 1, load 0.9.\n"
    "mean and p99 of the latency are in units of the mean service time. The first tenth of the\n"
    "requests is neither timed nor counted.\n";

static const char *const policy_names[REFERENCE_POLICIES] = {
    [REFERENCE_RANDOM] = "random",
    [REFERENCE_ROUND_ROBIN] = "round_robin",
    [REFERENCE_P2C] = "p2c",
    [REFERENCE_JSQ] = "jsq",
};

double reference_cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void *advise(void *memory, size_t bytes)
{
    if (memory == MAP_FAILED) {
        return NULL;
    }
    if (bytes >= 2 * HUGE_PAGE) {
        /* Without huge pages the loop is slower and otherwise the same. */
        (void)madvise(memory, bytes, MADV_HUGEPAGE);
    }
    return memory;
}

void *reference_memory(size_t bytes)
{
    return advise(mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
                  bytes);
}

void *reference_memory_grow(void *memory, size_t old_bytes, size_t new_bytes)
{
    return advise(mremap(memory, old_bytes, new_bytes, MREMAP_MAYMOVE), new_bytes);
}

/* The latency, in ns, at the middle of the bucket that holds the quantile. */
static double quantile_ns(const struct reference_result *result, double quantile)
{
    const double wanted = quantile * (double)result->timed;
    uint64_t seen = 0;
    uint64_t bucket = 0;
    while (bucket < REFERENCE_BUCKETS) {
        seen += result->tally.histogram[bucket];
        if ((double)seen >= wanted) {
            break;
        }
        bucket++;
    }
    const union {
        uint64_t bits;
        double value;
    } low = { .bits = bucket << 45 }, high = { .bits = (bucket + 1) << 45 };
    return (low.value + high.value) / 2;
}

static double resident_mb(void)
{
    struct rusage usage_so_far;
    getrusage(RUSAGE_SELF, &usage_so_far);
    return (double)usage_so_far.ru_maxrss / 1024;
}

static void print_result(const char *loop, const char *policy,
                         const struct reference_options *options,
                         const struct reference_result *result)
{
    printf("{\"loop\":\"%s\",\"policy\":\"%s\",\"servers\":%u,\"links\":%u,\"requests\":%llu,"
           "\"cpu_s\":%.6f,\"requests_per_s\":%.0f,\"mean\":%.9g,\"p99\":%.6g,\"rss_mb\":%.1f}\n",
           loop, policy, options->servers, options->links, (unsigned long long)options->requests,
           result->cpu_s, (double)result->timed / result->cpu_s,
           (double)result->tally.sum_ns / (double)result->timed / REFERENCE_MEAN_WORK_NS,
           quantile_ns(result, 0.99) / REFERENCE_MEAN_WORK_NS, resident_mb());
}

static int complain(const char *option, const char *value, const char *wanted)
{
    fprintf(stderr, "lbsim-reference: --%s %s: must be %s\n", option, value, wanted);
    return -1;
}

static int read_count(const char *option, const char *text, uint64_t least, uint64_t most,
                      uint64_t *value)
{
    char *end;
    *value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || *value < least || *value > most) {
        char wanted[80];
        snprintf(wanted, sizeof wanted, "a whole number from %llu to %llu",
                 (unsigned long long)least, (unsigned long long)most);
        return complain(option, text, wanted);
    }
    return 0;
}

static int read_policy(const char *text, enum reference_policy *policy)
{
    for (int i = 0; i < REFERENCE_POLICIES; i++) {
        if (strcmp(text, policy_names[i]) == 0) {
            *policy = (enum reference_policy)i;
            return 0;
        }
    }
    return complain("policy", text, "random, round_robin, p2c or jsq");
}

static int read_load(const char *text, double *load)
{
    char *end;
    *load = strtod(text, &end);
    if (end == text || *end != '\0' || !(*load > 0 && *load <= 0.99)) {
        return complain("load", text, "above 0 and at most 0.99");
    }
    return 0;
}

static int read_option(int option, const char *text, struct reference_options *options)
{
    uint64_t value = 0;
    int status = 0;
    switch (option) {
    case 'p':
        return read_policy(text, &options->policy);
    case 'n':
        status = read_count("servers", text, 1, 100000000, &value);
        options->servers = (uint32_t)value;
        return status;
    case 'k':
        status = read_count("links", text, 0, 2, &value);
        options->links = (uint32_t)value;
        return status == 0 && value == 1 ? complain("links", text, "0 or 2") : status;
    case 'm':
        return read_count("requests", text, 10, UINT32_MAX, &options->requests);
    case 's':
        return read_count("seed", text, 0, UINT64_MAX, &options->seed);
    case 'l':
        return read_load(text, &options->load);
    case 'c':
        options->check = true;
        return 0;
    default:
        fputs(usage, stderr);
        return -1;
    }
}

static int read_options(int argc, char **argv, struct reference_options *options)
{
    static const struct option names[] = {
        { "policy", required_argument, NULL, 'p' }, { "servers", required_argument, NULL, 'n' },
        { "links", required_argument, NULL, 'k' },  { "requests", required_argument, NULL, 'm' },
        { "seed", required_argument, NULL, 's' },   { "load", required_argument, NULL, 'l' },
        { "check", no_argument, NULL, 'c' },        { NULL, 0, NULL, 0 },
    };
    int option;
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (read_option(option, optarg, options) != 0) {
            return -1;
        }
    }
    if (optind != argc) {
        fputs(usage, stderr);
        return -1;
    }
    return 0;
}

static int run_skeleton(const struct reference_options *options, struct reference_result *result,
                        const char **reason)
{
    if (options->check && skeleton_check(options, reason) != 0) {
        return -1;
    }
    return skeleton_run(options, result, reason);
}

static int run(const char *loop, const struct reference_options *options,
               struct reference_result *result, const char **reason)
{
    struct reference_options actual = *options;
    if (options->servers == 1 && options->policy == REFERENCE_P2C) {
        actual.policy = REFERENCE_RANDOM; /* there are no two servers to compare */
    }
    if (strcmp(loop, "skeleton") == 0) {
        return run_skeleton(&actual, result, reason);
    }
    if (strcmp(loop, "floor") == 0) {
        return floor_run(&actual, result, reason);
    }
    if (strcmp(loop, "queue") == 0) {
        return check_queue(actual.seed, reason);
    }
    *reason = "no such loop: skeleton, floor or queue";
    return -1;
}

int main(int argc, char **argv)
{
    struct reference_options options = {
        .policy = REFERENCE_P2C, .servers = 1000, .load = 0.9, .requests = 1000000, .seed = 1
    };
    struct reference_result result = { 0 };
    const char *reason = NULL;
    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        fputs(usage, argc < 2 ? stderr : stdout);
        return argc < 2 ? 2 : 0;
    }
    if (read_options(argc - 1, argv + 1, &options) != 0) {
        return 2;
    }
    if (run(argv[1], &options, &result, &reason) != 0) {
        fprintf(stderr, "lbsim-reference: %s\n", reason);
        return 2;
    }
    if (result.timed > 0) {
        print_result(argv[1], policy_names[options.policy], &options, &result);
    }
    return 0;
}
