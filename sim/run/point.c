/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From the outcomes of a point's replications to its numbers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/run/field.h"

/* Where the only client and the only group have no histograms of their own, they share those of
 * everything. */
static const struct encoded *pool_of(const struct point *p, const struct outcome *out,
                                     uint32_t pool)
{
    const struct encoded *h = &out->histogram[pool];

    return h->n ? h : &out->histogram[p->metrics->pool[pool].duration];
}

static void pool_one(const struct point *p, uint32_t r, uint32_t pool,
                     struct histogram_total *total, uint64_t *least)
{
    uint64_t before = total->n;
    const struct encoded *h = pool_of(p, &p->outcome[r], pool);

    if (h->n)
        histogram_decode(total, h->bytes, h->n);
    if (total->n - before < *least)
        *least = total->n - before;
}

uint64_t point_pool(const struct point *p, uint32_t pool, struct histogram_total *total)
{
    uint64_t least = UINT64_MAX;
    uint32_t r;

    memset(total, 0, sizeof *total);
    if (p->pooled_n) {
        const struct pooled *before = &p->pooled[pool];

        histogram_decode(total, before->sum.bytes, before->sum.n);
        least = before->least;
    }
    for (r = 0; r < p->room; r++)
        if (p->finished[r] && p->outcome[r].histogram)
            pool_one(p, r, pool, total, &least);
    return least == UINT64_MAX ? 0 : least;
}

uint32_t point_values(const struct point *p, uint32_t metric, double *values, uint32_t *which)
{
    uint32_t r, n = 0;

    for (r = 0; r < p->room; r++) {
        if (!p->finished[r])
            continue;
        if (which)
            which[n] = r;
        values[n++] = p->outcome[r].values[metric];
    }
    return n;
}

uint32_t point_pairs(const struct point *a, uint32_t metric, const struct point *b,
                     uint32_t other_metric, double *values, double *others)
{
    uint32_t r, n = 0;

    for (r = 0; r < a->room && r < b->room; r++) {
        if (!a->finished[r] || !b->finished[r])
            continue;
        values[n] = a->outcome[r].values[metric];
        others[n++] = b->outcome[r].values[other_metric];
    }
    return n;
}

static struct interval nothing(double confidence)
{
    return (struct interval) { .value = NAN,
                               .low = NAN,
                               .high = NAN,
                               .se = NAN,
                               .confidence = confidence,
                               .why = "out of memory" };
}

/* Why no number of a point has an interval, or NULL. */
static const char *why_none(const struct point *p)
{
    if (p->piloted && !p->warmup.found)
        return METRIC_UNSETTLED;
    return p->drifts ? METRIC_DRIFTS : NULL;
}

static struct interval interval_of(const struct point *p, uint32_t metric,
                                   const struct histogram_total *pooled, uint64_t least,
                                   double confidence)
{
    double *values = malloc((p->replications ? p->replications : 1) * sizeof values[0]);
    struct interval result = nothing(confidence);
    uint32_t n;

    if (!values)
        return result;
    n = point_values(p, metric, values, NULL);
    result = metric_over(&p->metrics->at[metric], values, n, 1, pooled, least, p->warmup.memory,
                         confidence);
    if (!metric_of_growth(&p->metrics->at[metric]) && why_none(p))
        metric_withdraw(&result, why_none(p));
    free(values);
    return result;
}

struct interval point_interval(const struct point *p, uint32_t metric, double confidence)
{
    const struct metric *m = &p->metrics->at[metric];
    struct histogram_total *total = NULL;
    struct interval result;
    uint64_t least = 0;

    if (m->kind == METRIC_QUANTILE) {
        total = malloc(sizeof *total);
        if (!total)
            return nothing(confidence);
        least = point_pool(p, m->part, total);
    }
    result = interval_of(p, metric, total, least, confidence);
    free(total);
    return result;
}

static bool finds_drift(const struct point *p)
{
    uint32_t growth = metrics_find(p->metrics, "queue.growth");
    struct interval x;

    if (growth == UINT32_MAX || !p->piloted || !p->warmup.found || !p->warmup.steady)
        return false;
    x = interval_of(p, growth, NULL, 0, p->scenario->run.confidence);
    return metric_drifts(&x);
}

static bool conclude_metrics(struct point *p)
{
    struct histogram_total *total = malloc(sizeof *total);
    double confidence = p->scenario->run.confidence;
    int loaded = -1;
    uint64_t least = 0;
    uint32_t m;

    p->drifts = finds_drift(p);
    p->interval = calloc(p->metrics->n + 1, sizeof p->interval[0]);
    for (m = 0; total && p->interval && m < p->metrics->n; m++) {
        const struct metric *metric = &p->metrics->at[m];

        if (metric->kind == METRIC_QUANTILE && loaded != (int)metric->part) {
            least = point_pool(p, metric->part, total);
            loaded = (int)metric->part;
        }
        p->interval[m] = interval_of(p, m, total, least, confidence);
    }
    free(total);
    return total && p->interval;
}

/* ---- Histograms of many replications take much room: once put together, their sum will do. */

static void drop_histograms(struct outcome *out)
{
    uint32_t i;

    for (i = 0; out->histogram && i < out->histograms_n; i++)
        free(out->histogram[i].bytes);
    free(out->histogram);
    out->histogram = NULL;
    out->histograms_n = 0;
}

static bool pool_to(const struct point *p, uint32_t pool, struct histogram_total *total,
                    uint8_t *room, struct pooled *to)
{
    to->least = point_pool(p, pool, total);
    to->sum.n = histogram_encode_total(total, room);
    to->sum.bytes = malloc(to->sum.n);
    if (to->sum.bytes)
        memcpy(to->sum.bytes, room, to->sum.n);
    return to->sum.bytes != NULL;
}

static void free_pooled(struct pooled *at, uint32_t n)
{
    uint32_t i;

    for (i = 0; at && i < n; i++)
        free(at[i].sum.bytes);
    free(at);
}

static bool pool_all(struct point *p)
{
    uint32_t n = p->metrics->pools, i, r;
    struct pooled *sums = calloc(n + 1, sizeof sums[0]);
    struct histogram_total *total = malloc(sizeof *total);
    uint8_t *room = malloc(HISTOGRAM_ENCODED_MOST);
    bool good = sums && total && room;

    for (i = 0; good && i < n; i++)
        good = pool_to(p, i, total, room, &sums[i]);
    free(total);
    free(room);
    free_pooled(good ? p->pooled : sums, n);
    if (!good)
        return false;
    p->pooled = sums;
    p->pooled_n = p->done;
    for (r = 0; r < p->room; r++)
        if (p->finished[r])
            drop_histograms(&p->outcome[r]);
    return true;
}

static void forget(struct point *p)
{
    free(p->interval);
    p->interval = NULL;
    free(p->windows.at);
    free(p->windows.interval);
    memset(&p->windows, 0, sizeof p->windows);
}

struct scenario point_round(const struct point *p, uint64_t requests, lb_time duration)
{
    const struct run_spec *first = &p->scenario->run;
    struct scenario s = *p->scenario;

    s.run.requests = requests;
    s.run.duration = duration;
    if (p->scenario == p->given)
        return s;
    /* the batches of a single run grow with it */
    s.run.windows.every *=
        duration ? duration / first->duration : (lb_time)(requests / first->requests);
    return s;
}

bool point_conclude(struct point *p)
{
    forget(p);
    if (p->scenario != p->given)
        return single_conclude(p);
    return conclude_metrics(p) && (p->done == 0 || pool_all(p)) && point_tell_windows(p);
}

void point_clear(struct point *p)
{
    uint32_t r;

    for (r = 0; r < p->room; r++) {
        outcome_close(&p->outcome[r]);
        p->finished[r] = false;
    }
    forget(p);
    free_pooled(p->pooled, p->metrics ? p->metrics->pools : 0);
    p->pooled = NULL;
    p->pooled_n = p->next = p->done = p->failed = p->recalled = 0;
}

struct counts point_counts(const struct point *p)
{
    struct counts c = { 0 };
    uint32_t r, i;

    for (r = 0; r < p->room; r++) {
        const struct tally *t = &p->outcome[r].tally;

        if (!p->finished[r])
            continue;
        c.issued += t->issued;
        for (i = 0; i < ENDINGS; i++)
            c.ended[i] += t->ended[i];
        c.in_system += p->outcome[r].in_system;
        c.sent += t->sent;
        for (i = 0; i < ATTEMPT_ENDINGS; i++)
            c.attempts[i] += t->attempts[i];
        c.in_flight += tally_in_flight(t);
        c.measured += t->measured;
        c.measured_seconds += (double)(t->to - t->from) / 1e9;
        c.events += p->outcome[r].events;
    }
    return c;
}
