/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Quantiles of durations at the point that is shown, with pointwise intervals, from the histograms
 * of the replications. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/chart/chart_base_inside.h"
#include "sim/record/metric.h"

/* Where: every half per cent, then 16 places a decade of the tail. */
enum { EVEN = 197 };
_Static_assert(BASE_SHARES == EVEN + 16 * 5 + 1, "up to 1 - 1e-7");

double base_share(uint32_t place)
{
    return place < EVEN ? (place + 1) / 200.0 : 1.0 - pow(10.0, -2.0 - (place - EVEN) / 16.0);
}

/* One kind of duration of one contender. */
struct spread {
    struct histogram_total pooled, one;
    double *at; /* of replication r at place i: [i * room + r] */
    uint64_t least;
    uint32_t n, room;
};

struct spreads {
    struct chart_base *base;
    struct spread *of[DURATIONS];
    bool failed;
};

/* Nearest ranks, as histogram_quantile has them. */
void base_walk(const struct histogram_total *h, double *quantile, size_t stride)
{
    struct histogram_bucket bucket = { .low = 0 };
    uint64_t before = 0;
    uint32_t at = 0;

    for (uint32_t i = 0; i < BASE_SHARES; i++) {
        const uint64_t rank = h->n ? histogram_rank(base_share(i), h->n) : 0;

        while (h->n && before < rank && histogram_next(h, &at, &bucket))
            before += bucket.count;
        quantile[i * stride] =
            h->n ? (double)bucket.low + (double)(bucket.high - bucket.low) / 2.0 : NAN;
    }
}

static void take_histogram(struct spread *s, const struct store_histogram *h)
{
    memset(&s->one, 0, sizeof s->one);
    if (s->n == s->room || histogram_decode(&s->one, h->bytes, h->n))
        return;
    histogram_merge_total(&s->pooled, &s->one);
    s->least = s->n == 0 || s->one.n < s->least ? s->one.n : s->least;
    base_walk(&s->one, s->at + s->n, s->room);
    s->n++;
}

static int take_trial(void *context, const struct store_trial *t, const char *damage)
{
    struct spreads *all = context;

    for (uint32_t i = 0; !damage && i < t->histograms_n; i++) {
        const struct store_histogram *h = &t->histograms[i];

        for (int d = 0; d < DURATIONS && !strcmp(h->scope, "all"); d++)
            if (!strcmp(h->metric, duration_name((enum duration)d)))
                take_histogram(all->of[d], h);
    }
    return 0;
}

static struct interval interval_at(const struct results_contender *c, const struct spread *s,
                                   uint32_t place, double value)
{
    const struct quantile_data data = { .p = base_share(place),
                                        .pooled = value,
                                        .total = s->pooled.n,
                                        .least = s->least,
                                        .memory = c->memory };
    struct interval i =
        interval_quantile(s->at + (size_t)place * s->room, s->n, &data, c->confidence);

    interval_blur(&i, histogram_rounding(value));
    return i;
}

/* The tail ends where less than one value would lie beyond. */
static void put_spread(struct put *put, const struct results_contender *c, uint32_t place,
                       const struct spread *s, enum duration duration, bool sound)
{
    const double one = duration_one(duration);
    double pooled[BASE_SHARES];

    base_walk(&s->pooled, pooled, 1);
    for (uint32_t i = 0; i < BASE_SHARES && s->n; i++) {
        struct interval x = interval_at(c, s, i, pooled[i]);

        if ((1.0 - base_share(i)) * (double)s->pooled.n < 1.0)
            break;
        put_row(put, "iisdddd", c->point + 1, place, duration_name(duration), base_share(i),
                pooled[i] / one, sound ? x.low / one : NAN, sound ? x.high / one : NAN);
    }
}

static bool open_spreads(struct spreads *all, uint32_t replications)
{
    bool good = true;

    for (int d = 0; d < DURATIONS; d++) {
        struct spread *s = calloc(1, sizeof *s);

        all->of[d] = s;
        if (s)
            s->at = calloc((size_t)BASE_SHARES * replications + 1, sizeof s->at[0]);
        good &= s && s->at;
        if (s)
            s->room = replications;
    }
    return good;
}

static void close_spreads(struct spreads *all)
{
    for (int d = 0; d < DURATIONS; d++) {
        if (all->of[d])
            free(all->of[d]->at);
        free(all->of[d]);
    }
}

static int put_contender(struct put *put, uint32_t contender)
{
    struct chart_base *base = put->base;
    const struct results_contender *c = &base->results->contenders[contender];
    const uint32_t place = base_place(base, c->label);
    struct spreads all = { .base = base };
    int failed = 0;

    if (!place)
        return 0;
    if (!open_spreads(&all, c->replications)) {
        snprintf(base->why, sizeof base->why, "charts: out of memory");
        failed = -ENOMEM;
    } else if ((failed = results_each(base->results, contender, take_trial, &all))) {
        snprintf(base->why, sizeof base->why, "%s", results_why(base->results));
    }
    for (int d = 0; d < DURATIONS && !failed; d++)
        put_spread(put, c, place, all.of[d], (enum duration)d, base_sound(c));
    close_spreads(&all);
    return failed;
}

int base_quantiles(struct chart_base *base)
{
    uint32_t first;
    const uint32_t n = base->results ? results_at_point(base->results, base->point, &first) : 0;
    struct put put;
    int failed = 0;

    put_open(&put, base, "quantile", 7);
    for (uint32_t i = first = n ? first : 0; i < first + n && !failed; i++)
        failed = put_contender(&put, i);
    return put_close(&put) ? -EIO : failed;
}
