/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The summary of windows of time. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/summary_inside.h"

enum { NAME_ROOM = 160 };

/* A window, and the trials that reach it in their order. */
struct window_seen {
    double from, to; /* seconds; the greatest end */
    const struct kept_trial **trial;
    const struct encoded **pool;
    struct metric_number *number;
    uint32_t n;
};

/* ---- Series of a trial, which are in the order of scope, metric, time. */

static const struct store_series *find(const struct kept_trial *t, const char *scope,
                                       const char *metric, double time)
{
    uint32_t low = 0, high = t->series_n;

    while (low < high) {
        const struct store_series *at = &t->series[(low + high) / 2];
        int order = strcmp(scope, at->scope);

        if (order == 0)
            order = strcmp(metric, at->metric);
        if (order == 0)
            order = time < at->time ? -1 : time > at->time;
        if (order == 0)
            return at;
        if (order < 0)
            high = (low + high) / 2;
        else
            low = (low + high) / 2 + 1;
    }
    return NULL;
}

static double part(const struct kept_trial *t, const struct store_series *of, const char *end)
{
    char name[NAME_ROOM];
    const struct store_series *found;

    snprintf(name, sizeof name, "%s%s", of->metric, end);
    found = find(t, of->scope, name, of->time);
    return found ? found->value : NAN;
}

/* ---- All windows, ascending. */

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double *all_times(const struct summary *s, uint32_t *n)
{
    size_t room = 1;
    double *times;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < s->trials_n; i++)
        room += s->trials[i].series_n;
    times = malloc(room * sizeof times[0]);
    *n = 0;
    for (uint32_t i = 0; times && i < s->trials_n; i++)
        for (uint32_t k = 0; k < s->trials[i].series_n; k++)
            if (strcmp(s->trials[i].series[k].metric, "window:to") == 0)
                times[(*n)++] = s->trials[i].series[k].time;
    if (*n)
        qsort(times, *n, sizeof times[0], by_number);
    for (uint32_t i = 0; i < *n; i++)
        if (kept == 0 || times[i] > times[kept - 1])
            times[kept++] = times[i];
    *n = kept;
    return times;
}

static void see(const struct summary *s, double from, struct window_seen *w)
{
    w->from = w->to = from;
    w->n = 0;
    for (uint32_t i = 0; i < s->trials_n; i++) {
        const struct store_series *end = find(&s->trials[i], "all", "window:to", from);

        if (!end)
            continue;
        w->to = end->value > w->to ? end->value : w->to;
        w->trial[w->n++] = &s->trials[i];
    }
}

/* ---- One number of a window. */

/* The histogram of a window has the window after the scope. */
static const struct encoded *pool_of(const struct kept_trial *t, const char *scope,
                                     const char *duration, double from)
{
    char start[NAME_ROOM];
    size_t n = (size_t)snprintf(start, sizeof start, "%.100s@%.12g..", scope, from);

    for (uint32_t i = 0; i < t->histograms_n; i++)
        if (strncmp(t->histograms[i].scope, start, n) == 0 &&
            strcmp(t->histograms[i].metric, duration) == 0)
            return &t->histograms[i].bytes;
    return NULL;
}

static struct interval of_window(struct summary *s, const struct metric *m,
                                 const struct store_series *of, struct window_seen *w)
{
    static const struct encoded none = { NULL, 0 };

    for (uint32_t i = 0; i < w->n; i++) {
        if (m->kind == METRIC_QUANTILE) {
            w->pool[i] = pool_of(w->trial[i], of->scope, m->name, of->time);
            w->pool[i] = w->pool[i] ? w->pool[i] : &none;
        } else {
            w->number[i] = (struct metric_number) {
                part(w->trial[i], of, ":sum"), part(w->trial[i], of, ":n"),
                m->kind == METRIC_SPREAD ? part(w->trial[i], of, ":squares") : 0.0
            };
        }
    }
    if (m->kind == METRIC_QUANTILE)
        return metric_sections(m, w->pool, w->n, s->contender->confidence, s->total);
    return metric_ratio(m, w->number, w->n, s->contender->confidence);
}

/* "latency.p99" is latency and p99, "occupancy{2}" a metric without a statistic. */
static int add_number(struct summary *s, const struct store_series *of, struct window_seen *w)
{
    char name[NAME_ROOM];
    const char *metric, *statistic = "", *scope;
    struct interval x;
    struct metric m;

    if (metric_known(of->metric, strcspn(of->metric, "{"), &m))
        return 0;
    if (of->metric[strlen(m.name)] == '.') {
        statistic = of->metric + strlen(m.name) + 1;
        snprintf(name, sizeof name, "%s", m.name);
        metric = names_keep(s->names, name);
    } else {
        metric = of->metric;
    }
    snprintf(name, sizeof name, "%.100s@%.12g..%.12g", of->scope, w->from, w->to);
    scope = names_keep(s->names, name);
    if (!metric || !scope)
        return -ENOMEM;
    x = of_window(s, &m, of, w);
    if (w->n < s->contender->replications)
        metric_withdraw(&x, METRIC_TOO_SHORT);
    return summary_add(s, scope, metric, statistic, &x);
}

static int add_window(struct summary *s, struct window_seen *w)
{
    const struct kept_trial *t = w->trial[0]; /* all that reach it have the same numbers */
    int answer = 0;

    for (uint32_t i = 0; i < t->series_n && answer == 0; i++)
        if (!(t->series[i].time < w->from || t->series[i].time > w->from) &&
            !strchr(t->series[i].metric, ':'))
            answer = add_number(s, &t->series[i], w);
    return answer;
}

int summary_windows(struct summary *s)
{
    struct window_seen w = { .trial = calloc((size_t)s->trials_n + 1, sizeof w.trial[0]),
                             .pool = calloc((size_t)s->trials_n + 1, sizeof w.pool[0]),
                             .number = calloc((size_t)s->trials_n + 1, sizeof w.number[0]) };
    uint32_t n = 0;
    double *times = all_times(s, &n);
    int answer = w.trial && w.pool && w.number && times ? 0 : -ENOMEM;

    for (uint32_t i = 0; i < n && answer == 0; i++) {
        see(s, times[i], &w);
        answer = add_window(s, &w);
    }
    free(w.trial);
    free(w.pool);
    free(w.number);
    free(times);
    return answer;
}
