/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/batch_means.h"

#include <math.h>
#include <string.h>

static const char too_few[] = "fewer than 32 batches: run longer";
static const char empty[] = "a batch has no such value: run longer";

/* Sums and counts of the 32. */
struct regrouped {
    double y[BATCH_MEANS], n[BATCH_MEANS];
    bool empty;
};

static struct regrouped regroup(const struct metric_number *at, uint32_t m)
{
    struct regrouped r = { .empty = false };
    for (uint32_t i = 0; i < m; i++) {
        const uint64_t to = (uint64_t)i * BATCH_MEANS / m;
        r.y[to] += at[i].y;
        r.n[to] += at[i].n;
    }
    for (uint32_t i = 0; i < BATCH_MEANS; i++)
        r.empty |= !(r.n[i] > 0);
    return r;
}

static double lag1_of(const struct regrouped *r)
{
    double z[BATCH_MEANS], mean = 0, squares = 0, products = 0;
    for (uint32_t i = 0; i < BATCH_MEANS; i++) {
        z[i] = r->y[i] / r->n[i];
        mean += z[i] / BATCH_MEANS;
    }
    for (uint32_t i = 0; i < BATCH_MEANS; i++) {
        squares += (z[i] - mean) * (z[i] - mean);
        products += i > 0 ? (z[i] - mean) * (z[i - 1] - mean) : 0;
    }
    return squares > 0 ? products / squares : NAN;
}

static struct interval no_interval(struct interval interval, const char *why)
{
    interval.low = interval.high = interval.se = NAN;
    interval.why = why;
    return interval;
}

struct batch_means batch_means(const struct metric_number *at, uint32_t m, double confidence)
{
    struct batch_means means = { .lag1 = NAN };
    const struct regrouped r = regroup(at, m);
    means.interval = interval_ratio(r.y, r.n, BATCH_MEANS, confidence);
    if (means.interval.why)
        return means;
    if (m < BATCH_MEANS || r.empty) {
        means.interval = no_interval(means.interval, m < BATCH_MEANS ? too_few : empty);
        return means;
    }
    means.lag1 = lag1_of(&r);
    means.correlated = means.lag1 > 1.645 / sqrt(BATCH_MEANS);
    return means;
}

struct interval batch_quantile(const struct histogram_total *const *sections, uint32_t n,
                               struct histogram_total *room, double p, double confidence)
{
    double quantiles[64];
    struct quantile_data data = { .p = p, .least = UINT64_MAX, .memory = UINT64_MAX };
    memset(room, 0, sizeof *room);
    n = n < 64 ? n : 64;
    for (uint32_t i = 0; i < n; i++) {
        histogram_merge_total(room, sections[i]);
        quantiles[i] = histogram_quantile(sections[i], p);
        data.least = sections[i]->n < data.least ? sections[i]->n : data.least;
    }
    data.total = room->n;
    data.pooled = histogram_quantile(room, p);
    struct interval interval = interval_quantile(quantiles, n, &data, confidence);
    interval_blur(&interval, histogram_rounding(data.pooled));
    return interval;
}
