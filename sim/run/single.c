/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One long run instead of replications: as many requests as all of them would have, one warm-up,
 * and intervals from batch means. The batches are windows of time of the one trial. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/batch_means.h"
#include "sim/run/asked.h"
#include "sim/run/field.h"
#include "sim/run/rounds.h"

enum { BATCHES = 128, LEAST_BATCHES = 32 };

/* Sums over sums, told of windows too. What compares servers over a whole run is another thing over
 * a short while. */
static bool can_batch(const struct metric *m)
{
    if (m->kind == METRIC_QUANTILE)
        return m->duration == DURATION_LATENCY || m->scope.kind != SCOPE_ALL;
    return (m->kind == METRIC_MEAN || m->kind == METRIC_ABOVE) && !metric_of_servers(m);
}

/* ---- The scenario of the long run. */

struct single {
    struct scenario scenario;
    const char **names;
    struct single *next;
};

static bool is_listed(const uint32_t *list, uint32_t n, uint32_t metric)
{
    uint32_t i;

    for (i = 0; i < n; i++)
        if (list[i] == metric)
            return true;
    return false;
}

/* Each costs time in each batch: those of everything, and those that are asked for by name. */
static bool name_metrics(struct single *s, const struct point *p)
{
    const struct run_spec *run = &p->scenario->run;
    const struct metrics *all = p->metrics;
    uint32_t *asked = calloc(2 * ASKED_MOST, sizeof asked[0]), named = 0, i, n = 0;
    bool good;

    s->names = calloc(all->n + 1, sizeof s->names[0]);
    for (i = 0; asked && i < run->metrics_n && named < ASKED_MOST; i++)
        named += asked_find(p->scenario, all, run->metrics[i], asked + named);
    for (i = 0; asked && i < run->precision.metrics_n && named < ASKED_MOST; i++)
        named += asked_find(p->scenario, all, run->precision.metrics[i], asked + named);
    for (i = 0; asked && s->names && i < all->n; i++)
        if (can_batch(&all->at[i]) &&
            (all->at[i].scope.kind == SCOPE_ALL || is_listed(asked, named, i)))
            s->names[n++] = all->at[i].full;
    s->scenario.run.windows.metrics = s->names;
    s->scenario.run.windows.metrics_n = n;
    good = s->names && asked;
    free(asked);
    return good;
}

static struct single *make_single(const struct point *p)
{
    struct single *s = calloc(1, sizeof *s);
    struct run_spec *run;
    uint64_t n;

    if (!s)
        return NULL;
    s->scenario = *p->scenario;
    run = &s->scenario.run;
    n = run->replications;
    run->requests = run->requests > ROUNDS_MOST / n ? ROUNDS_MOST : run->requests * n;
    if (run->duration)
        run->duration = run->duration > ROUNDS_LONGEST / (lb_time)n ? ROUNDS_LONGEST
                                                                    : run->duration * (lb_time)n;
    run->replications = 1;
    run->windows =
        (struct windows_spec) { .every = trial_span(&s->scenario) / BATCHES + 1, .to = LB_NEVER };
    if (!name_metrics(s, p)) {
        free(s->names);
        free(s);
        return NULL;
    }
    return s;
}

int single_make(struct experiment *e)
{
    struct single *last = NULL;
    uint32_t i;

    for (i = 0; i < e->points_n; i++) {
        struct point *p = &e->points[i], *before = i ? p - 1 : NULL;

        if (!before || before->cell != p->cell || !last || before->given != p->given) {
            last = make_single(p);
            if (!last)
                return -1;
            last->next = e->singles;
            e->singles = last;
        }
        p->scenario = &last->scenario;
    }
    return 0;
}

void single_close(struct experiment *e)
{
    while (e->singles) {
        struct single *next = e->singles->next;

        free(e->singles->names);
        free(e->singles);
        e->singles = next;
    }
}

/* ---- Intervals. */

/* The windows within measured time: from the first that begins in it, but for the last, which is
 * cut. */
static uint32_t measured_windows(const struct point *p, uint32_t *first)
{
    const struct outcome *out = &p->outcome[0];
    struct scenario s = point_round(p, p->requests, p->duration);
    uint32_t n = out->windows_n;

    for (*first = 0; *first < n && windows_at(&s.run.windows, *first).from < out->tally.from;)
        ++*first;
    return n > *first ? n - *first - 1 : 0;
}

static struct interval none(const struct point *p, uint32_t metric, const char *why)
{
    return (struct interval) { .value = p->outcome[0].values[metric],
                               .low = NAN,
                               .high = NAN,
                               .se = NAN,
                               .n = 1,
                               .confidence = p->scenario->run.confidence,
                               .why = why };
}

static struct interval of_means(struct point *p, uint32_t metric, uint32_t window_metric,
                                uint32_t first, uint32_t n)
{
    const struct outcome *out = &p->outcome[0];
    struct metric_number *batch = malloc((n + 1) * sizeof batch[0]);
    struct batch_means means;
    uint32_t i;

    if (!batch)
        return none(p, metric, "out of memory");
    for (i = 0; i < n; i++)
        batch[i] = out->number[(first + i) * p->window_metrics->n + window_metric];
    means = batch_means(batch, n, p->scenario->run.confidence);
    free(batch);
    if (!strcmp(p->metrics->at[metric].full, "latency.mean")) {
        p->lag1 = means.lag1;
        p->correlated = means.correlated;
    }
    return means.interval;
}

static struct interval of_sections(const struct point *p, uint32_t metric, uint32_t pool,
                                   uint32_t first, uint32_t n)
{
    const struct outcome *out = &p->outcome[0];
    struct histogram_total *section = calloc(BATCH_QUANTILES + 1, sizeof section[0]);
    const struct histogram_total *list[BATCH_QUANTILES];
    const struct metric *m = &p->metrics->at[metric];
    struct interval x;
    double one = duration_one(m->duration), q;
    uint32_t i;

    if (!section)
        return none(p, metric, "out of memory");
    for (i = 0; i < n; i++) {
        const struct encoded *h = &out->pool[(first + i) * p->window_metrics->pools + pool];

        histogram_decode(&section[(uint64_t)i * BATCH_QUANTILES / n], h->bytes, h->n);
    }
    for (i = 0; i < BATCH_QUANTILES; i++)
        list[i] = &section[i];
    x = batch_quantile(list, BATCH_QUANTILES, &section[BATCH_QUANTILES], m->p,
                       p->scenario->run.confidence);
    q = x.value;
    free(section);
    x.value /= one;
    x.low /= one;
    x.high /= one;
    x.se /= one;
    interval_blur(&x, histogram_rounding(q) / one);
    return x;
}

bool single_conclude(struct point *p)
{
    uint32_t first, n, i, told;

    p->lag1 = NAN;
    p->correlated = false;
    p->interval = calloc(p->metrics->n + 1, sizeof p->interval[0]);
    if (!p->interval)
        return false;
    if (!p->done) {
        for (i = 0; i < p->metrics->n; i++)
            p->interval[i] = point_interval(p, i, p->scenario->run.confidence);
        return true;
    }
    n = measured_windows(p, &first);
    for (i = 0; i < p->metrics->n; i++) {
        const struct metric *m = &p->metrics->at[i];

        told = metrics_find(p->window_metrics, m->full);
        if (p->piloted && !p->warmup.found)
            p->interval[i] = none(p, i, METRIC_UNSETTLED);
        else if (told == UINT32_MAX)
            p->interval[i] = none(p, i, "a single run has no batches of this metric");
        else if (n < LEAST_BATCHES)
            p->interval[i] = none(p, i, "too few batches: run longer");
        else if (m->kind == METRIC_QUANTILE)
            p->interval[i] = of_sections(p, i, p->window_metrics->at[told].part, first, n);
        else
            p->interval[i] = of_means(p, i, told, first, n);
        p->interval[i].n = 1; /* replications, as everywhere */
    }
    return true;
}
