/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/heavy_tail.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { FEW_FOR_SHARE = 10000, FEW_FOR_HILL = 100000, FEW_IN_TAIL = 100, TAIL_PART = 10000 };

static double middle(const struct histogram_bucket *bucket)
{
    return (double)bucket->low + (double)(bucket->high - bucket->low) / 2;
}

static double work_of(const struct histogram_total *service)
{
    struct histogram_bucket bucket;
    double work = 0;
    for (uint32_t at = 0; histogram_next(service, &at, &bucket);)
        work += middle(&bucket) * (double)bucket.count;
    return work;
}

/* Over the values above the one of rank n - tail, upwards. */
static double hill_of(const struct histogram_total *service, uint64_t tail)
{
    struct histogram_bucket bucket;
    uint64_t below = service->n - tail, seen = 0;
    double least = NAN, logs = 0;
    for (uint32_t at = 0; histogram_next(service, &at, &bucket); seen += bucket.count) {
        const uint64_t end = seen + bucket.count;
        if (end < below)
            continue;
        if (isnan(least))
            least = middle(&bucket);
        else
            logs += (double)bucket.count * log(middle(&bucket) / least);
    }
    return logs > 0 ? (double)tail / logs : INFINITY;
}

static bool judge_share(const struct histogram_total *service, int64_t largest,
                        struct heavy_tail *told)
{
    const double work = work_of(service);
    told->share = work > 0 ? (double)largest / work : NAN;
    if (service->n < FEW_FOR_SHARE || !(told->share > .05))
        return false;
    snprintf(told->why, sizeof told->why,
             "the largest of %" PRIu64 " service times is %.2g %% of all work: averages settle "
             "slowly, intervals mislead",
             service->n, 100 * told->share);
    return true;
}

static bool judge_hill(const struct histogram_total *service, struct heavy_tail *told)
{
    told->hill = NAN;
    if (service->n < FEW_FOR_HILL)
        return false;
    told->tail = service->n / TAIL_PART;
    told->tail = told->tail > FEW_IN_TAIL ? told->tail : FEW_IN_TAIL;
    told->hill = hill_of(service, told->tail);
    if (!(told->hill * (1 + 1.645 / sqrt((double)told->tail)) < 2))
        return false;
    snprintf(told->why, sizeof told->why,
             "the %" PRIu64 " longest service times fall off with index %.2g, below 2: as if there "
             "were no variance, intervals mislead",
             told->tail, told->hill);
    return true;
}

bool heavy_tail(const struct histogram_total *service, int64_t largest, struct heavy_tail *told)
{
    *told = (struct heavy_tail) { .share = NAN };
    const bool index = judge_hill(service, told);
    return judge_share(service, largest, told) || index;
}
