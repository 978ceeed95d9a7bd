/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/run/asked.h"
#include "sim/run/evidence_window.h"

/* The point that was simulated: those of the same content share their numbers. */
static const struct point *point_of(void *context, uint32_t contender)
{
    const struct experiment *e = context;

    return &e->points[e->points[contender].twin];
}

static uint32_t count(void *context, uint32_t contender)
{
    return point_of(context, contender)->done;
}

static const char *hopeless(const struct point *p, const struct metric *m)
{
    if (p->failed)
        return "trials have failed";
    if (!p->piloted || p->warmup.found || metric_of_growth(m))
        return NULL;
    return p->scenario->offered_load >= 1.0
               ? "no mean exists: more work is offered than the servers can do"
               : "the warm-up was not found: a replication has to be longer";
}

/* Deviations of values about the middle that their interval is around, and how far the value lies
 * from their mean. */
static double *deviations(const struct interval *x, const double *values, uint32_t n, double *bias)
{
    double *at = malloc((n ? n : 1) * sizeof *at), middle = 0;
    uint32_t r;

    for (r = 0; r < n; r++)
        middle += values[r] / n;
    *bias = middle - x->value;
    if (x->method == INTERVAL_SECTIONING)
        middle = x->value;
    for (r = 0; at && r < n; r++)
        at[r] = values[r] - middle;
    return at;
}

static bool conclude(struct estimate *out, const struct metric *m, const double *values, uint32_t n)
{
    out->exact = m->kind == METRIC_LARGEST;
    if (out->exact)
        return true;
    if (isnan(out->at.value) && n >= INTERVAL_FEW)
        out->hopeless = out->at.why ? out->at.why : "there is no such number";
    if (out->at.why || n < 2)
        return true;
    out->deviation = deviations(&out->at, values, n, &out->bias);
    if (m->kind != METRIC_QUANTILE)
        out->bias = 0;
    return out->deviation;
}

static bool of_all(const struct point *p, uint32_t metric, uint32_t n, struct estimate *out)
{
    const struct metric *m = &p->metrics->at[metric];
    double *values = malloc((p->done + 1) * sizeof *values);
    struct histogram_total *total = m->kind == METRIC_QUANTILE ? malloc(sizeof *total) : NULL;
    bool good = values && (total || m->kind != METRIC_QUANTILE);
    uint64_t least = 0;

    if (good) {
        least = total ? point_pool(p, m->part, total) : 0;
        point_values(p, metric, values, NULL);
        out->at = metric_over(m, values, n, 1, total, least, p->warmup.memory,
                              p->scenario->run.confidence);
        out->hopeless = hopeless(p, m);
        good = conclude(out, m, values, n);
    }
    free(total);
    free(values);
    return good;
}

/* The index of a metric by the name in a claim, or UINT32_MAX. */
static uint32_t find(const struct point *p, const struct metrics *all, const char *name)
{
    uint32_t *at = malloc(ASKED_MOST * sizeof *at), found = UINT32_MAX;

    if (at && asked_find(p->scenario, all, name, at))
        found = at[0];
    free(at);
    return found;
}

static bool estimate(void *context, uint32_t contender, const char *metric,
                     const struct window *window, uint32_t n, struct estimate *out)
{
    const struct point *p = point_of(context, contender);
    const struct metrics *all = window ? p->window_metrics : p->metrics;
    const uint32_t m = find(p, all, metric);

    *out = (struct estimate) { .deviation = NULL };
    out->at = (struct interval) { .value = NAN, .low = NAN, .high = NAN, .se = NAN };
    if (m == UINT32_MAX) {
        out->hopeless = "this point has no such metric";
        return true;
    }
    if (p->failed) {
        out->hopeless = "trials have failed";
        return true;
    }
    return window ? evidence_window(p, m, window, n, out) : of_all(p, m, n, out);
}

static lb_time settled(void *context, uint32_t contender)
{
    const struct point *p = point_of(context, contender);
    lb_time last = 0;
    uint32_t r;

    for (r = 0; r < p->room; r++)
        if (p->finished[r] && p->outcome[r].tally.from > last)
            last = p->outcome[r].tally.from;
    return last;
}

static lb_time ending(void *context, uint32_t contender)
{
    const struct point *p = point_of(context, contender);
    lb_time first = LB_NEVER;
    uint32_t r;

    for (r = 0; r < p->room; r++)
        if (p->finished[r] && p->outcome[r].tally.to < first)
            first = p->outcome[r].tally.to;
    return first == LB_NEVER ? 0 : first;
}

struct evidence evidence_of(struct experiment *e)
{
    return (struct evidence) { .context = e,
                               .study = e->study,
                               .replications = count,
                               .estimate = estimate,
                               .settled = settled,
                               .end = ending };
}
