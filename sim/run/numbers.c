/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From the outcomes of the replications to the numbers of a point. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/run/experiment.h"

/* Where the only client and the only group have no histograms of their own, they share those of
 * everything. */
static const struct encoded *pool_of(const struct experiment *e, const struct outcome *out,
                                     uint32_t pool)
{
    const struct encoded *h = &out->histogram[pool];

    return h->n ? h : &out->histogram[e->metrics.pool[pool].duration];
}

uint64_t experiment_pool(const struct experiment *e, uint32_t point, uint32_t pool,
                         struct histogram_total *total)
{
    const struct point *p = &e->points[point];
    uint64_t least = UINT64_MAX;
    uint32_t r;

    memset(total, 0, sizeof *total);
    for (r = 0; r < p->replications; r++) {
        uint64_t before = total->n;
        const struct encoded *h;

        if (!p->finished[r])
            continue;
        h = pool_of(e, &p->outcome[r], pool);
        if (h->n)
            histogram_decode(total, h->bytes, h->n);
        if (total->n - before < least)
            least = total->n - before;
    }
    return least == UINT64_MAX ? 0 : least;
}

static struct interval interval_of(const struct experiment *e, uint32_t point, uint32_t metric,
                                   const struct histogram_total *pooled, uint64_t least)
{
    const struct point *p = &e->points[point];
    double *values = malloc((p->replications ? p->replications : 1) * sizeof values[0]);
    struct interval result = {
        .value = NAN, .low = NAN, .high = NAN, .se = NAN, .why = "out of memory"
    };
    uint32_t r, n = 0;

    if (!values)
        return result;
    for (r = 0; r < p->replications; r++)
        if (p->finished[r])
            values[n++] = p->outcome[r].values[metric];
    result = metric_over(&e->metrics.at[metric], values, n, 1, pooled, least, p->warmup.memory,
                         e->scenario->run.confidence);
    if (p->piloted && !p->warmup.found && !isnan(result.low)) {
        result.low = result.high = result.se = NAN;
        result.why = "warm-up not found: run longer";
    }
    free(values);
    return result;
}

struct interval *experiment_intervals(const struct experiment *e)
{
    struct interval *all = calloc((size_t)e->points_n * e->metrics.n, sizeof all[0]);
    struct histogram_total *total = malloc(sizeof *total);
    uint32_t i, m;

    for (i = 0; all && total && i < e->points_n; i++) {
        int loaded = -1;
        uint64_t least = 0;

        for (m = 0; m < e->metrics.n; m++) {
            const struct metric *metric = &e->metrics.at[m];

            if (metric->kind == METRIC_QUANTILE && loaded != (int)metric->part) {
                least = experiment_pool(e, i, metric->part, total);
                loaded = (int)metric->part;
            }
            all[(size_t)i * e->metrics.n + m] = interval_of(e, i, m, total, least);
        }
    }
    if (!total) {
        free(all);
        all = NULL;
    }
    free(total);
    return all;
}

struct counts experiment_counts(const struct experiment *e, uint32_t point)
{
    const struct point *p = &e->points[point];
    struct counts c = { 0 };
    uint32_t r, i;

    for (r = 0; r < p->replications; r++) {
        const struct tally *t = &p->outcome[r].tally;

        if (!p->finished[r])
            continue;
        c.issued += t->issued;
        for (i = 0; i < ENDINGS; i++)
            c.ended[i] += t->ended[i];
        c.in_system += p->outcome[r].in_system;
        c.measured += t->measured;
        c.measured_seconds += (double)(t->to - t->from) / 1e9;
        c.events += p->outcome[r].events;
    }
    return c;
}
