/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/warmup.h"

#include <errno.h>
#include <math.h>

#include "sim/record/interval.h"

#define LEAST_BATCHES 10u

struct batch {
    int64_t sum;
    uint64_t count;
};

static struct batch batch_at(const struct warmup_series *series, uint64_t i)
{
    struct batch batch = { 0 };
    for (uint64_t k = i * WARMUP_BATCH; k < (i + 1) * WARMUP_BATCH; k++) {
        batch.sum += series->sum[k];
        batch.count += series->count[k];
    }
    return batch;
}

static uint64_t filled_batches(const struct warmup_series *series)
{
    uint64_t filled = 0;
    for (uint64_t i = 0; i < series->n / WARMUP_BATCH; i++)
        filled += batch_at(series, i).count > 0;
    return filled;
}

struct warmup warmup_find(const struct warmup_series *series)
{
    const uint64_t filled = filled_batches(series);
    if (filled < LEAST_BATCHES)
        return (struct warmup) { 0 };
    /* From the end backwards, so that mean and squares of what is kept grow by one batch a step
     * (Welford 1962). */
    double mean = 0, squares = 0, best = INFINITY;
    uint64_t kept = 0, best_deleted = 0, cut = 0;
    for (uint64_t i = series->n / WARMUP_BATCH; i-- > 0;) {
        const struct batch batch = batch_at(series, i);
        if (batch.count == 0)
            continue;
        const double y = (double)batch.sum / (double)batch.count, away = y - mean;
        kept++;
        mean += away / (double)kept;
        squares += away * (y - mean);
        const double error = squares / (double)kept / (double)kept;
        if (filled - kept <= filled / 2 && error <= best) {
            best = error;
            best_deleted = filled - kept;
            cut = i * WARMUP_BATCH;
        }
    }
    return (struct warmup) { .cut = best_deleted ? cut : 0,
                             .found = (double)best_deleted <= 0.99 * (double)filled / 2 };
}

static void write_seconds(FILE *file, double sum, uint64_t count)
{
    if (count > 0)
        fprintf(file, ",%.9g", sum / (double)count * 1e-9);
    else
        fputc(',', file);
}

int warmup_write_welch(FILE *file, const struct warmup_series *series, uint64_t window)
{
    const uint64_t n = series->n / WARMUP_BATCH;
    __extension__ __int128 sum = 0;
    uint64_t count = 0, from = 0, to = 0; /* the window is [from, to) */
    fputs("request,latency_s,moving_average_s\n", file);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t half = i < n - 1 - i ? i : n - 1 - i;
        half = half < window ? half : window;
        for (; to <= i + half; to++) {
            const struct batch batch = batch_at(series, to);
            sum += batch.sum;
            count += batch.count;
        }
        for (; from < i - half; from++) {
            const struct batch batch = batch_at(series, from);
            sum -= batch.sum;
            count -= batch.count;
        }
        const struct batch own = batch_at(series, i);
        fprintf(file, "%llu", (unsigned long long)(i * WARMUP_BATCH));
        write_seconds(file, (double)own.sum, own.count);
        write_seconds(file, (double)sum, count);
        fputc('\n', file);
    }
    return fflush(file) || ferror(file) ? -EIO : 0;
}

static double mean_of(const int64_t *sum, const uint32_t *count, uint32_t from, uint32_t to)
{
    double total = 0.0, n = 0.0;

    for (; from < to; from++) {
        total += (double)sum[from];
        n += count[from];
    }
    return n > 0.0 ? total / n : NAN;
}

bool warmup_settled(const int64_t *sum, const uint32_t *count, uint32_t replications,
                    uint32_t first)
{
    uint32_t middle = first + (WARMUP_PARTS - first) / 2, r;
    double mean = 0.0, squares = 0.0, n = replications, limit;

    if (first + 8 > WARMUP_PARTS || replications < 2)
        return false;
    for (r = 0; r < replications; r++) {
        const int64_t *s = sum + (size_t)r * WARMUP_PARTS;
        const uint32_t *c = count + (size_t)r * WARMUP_PARTS;
        double d = mean_of(s, c, middle, WARMUP_PARTS) - mean_of(s, c, first, middle);

        mean += d / n;
        squares += d * d;
    }
    if (isnan(mean))
        return false;
    limit = interval_t_quantile(0.99, replications - 1);
    return mean * mean * n <= limit * limit * fmax(0.0, squares - n * mean * mean) / (n - 1.0) ||
           fabs(mean) < 0.5; /* half a nanosecond is rounding */
}
