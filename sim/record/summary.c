/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/summary.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/summary_inside.h"

/* ---- Trials. */

static int by_scope(const void *a, const void *b)
{
    const struct kept_histogram *x = a, *y = b;
    int order = strcmp(x->scope, y->scope);

    return order ? order : strcmp(x->metric, y->metric);
}

static int by_time(const void *a, const void *b)
{
    const struct store_series *x = a, *y = b;
    int order = strcmp(x->scope, y->scope);

    if (order == 0)
        order = strcmp(x->metric, y->metric);
    return order ? order : x->time < y->time ? -1 : x->time > y->time;
}

static int keep_histograms(struct summary *s, const struct store_trial *from, struct kept_trial *t)
{
    t->histograms = calloc((size_t)from->histograms_n + 1, sizeof t->histograms[0]);
    for (uint32_t i = 0; t->histograms && i < from->histograms_n; i++) {
        const struct store_histogram *h = &from->histograms[i];
        struct kept_histogram *kept = &t->histograms[t->histograms_n++];

        *kept = (struct kept_histogram) { names_keep(s->names, h->scope),
                                          names_keep(s->names, h->metric),
                                          { malloc(h->n + 1), h->n } };
        if (!kept->scope || !kept->metric || !kept->bytes.bytes)
            return -ENOMEM;
        memcpy(kept->bytes.bytes, h->bytes, h->n);
    }
    if (!t->histograms)
        return -ENOMEM;
    qsort(t->histograms, t->histograms_n, sizeof t->histograms[0], by_scope);
    return 0;
}

static int keep_series(struct summary *s, const struct store_trial *from, struct kept_trial *t)
{
    t->series = calloc((size_t)from->series_n + 1, sizeof t->series[0]);
    for (uint32_t i = 0; t->series && i < from->series_n; i++) {
        struct store_series *kept = &t->series[t->series_n++];

        *kept = from->series[i];
        kept->scope = names_keep(s->names, kept->scope);
        kept->metric = names_keep(s->names, kept->metric);
        if (!kept->scope || !kept->metric)
            return -ENOMEM;
    }
    if (!t->series)
        return -ENOMEM;
    qsort(t->series, t->series_n, sizeof t->series[0], by_time);
    return 0;
}

/* Damage between two readings of the file is damage as well: the trial counts as without data. */
static int keep_trial(void *context, const struct store_trial *from, const char *damage)
{
    struct summary *s = context;
    struct kept_trial *t = &s->trials[s->trials_n++];
    int answer;

    if (damage)
        return -EBADMSG;
    answer = keep_histograms(s, from, t);
    return answer ? answer : keep_series(s, from, t);
}

const struct encoded *summary_histogram(const struct kept_trial *t, const char *scope,
                                        const char *metric)
{
    const struct kept_histogram key = { scope, metric, { NULL, 0 } };
    const struct kept_histogram *found =
        bsearch(&key, t->histograms, t->histograms_n, sizeof t->histograms[0], by_scope);

    return found ? &found->bytes : NULL;
}

/* ---- Rows. */

int summary_add(struct summary *s, const char *scope, const char *metric, const char *statistic,
                const struct interval *x)
{
    if (s->rows_n == s->rows_room) {
        size_t room = s->rows_room ? 2 * s->rows_room : 64;
        void *grown = realloc(s->rows, room * sizeof s->rows[0]);

        if (!grown)
            return -ENOMEM;
        s->rows = grown;
        s->rows_room = room;
    }
    s->rows[s->rows_n++] =
        (struct store_interval) { .point = s->results->points[s->contender->point].name,
                                  .label = s->contender->label,
                                  .scope = scope,
                                  .metric = metric,
                                  .statistic = statistic,
                                  .n = x->n,
                                  .value = x->value,
                                  .low = x->low,
                                  .high = x->high,
                                  .se = x->se,
                                  .confidence = x->confidence,
                                  .method = interval_method_name(x->method),
                                  .why = x->why };
    return 0;
}

/* The pool of a scope over all replications: the number of values in the one that has the fewest.
 * A scope without a histogram of its own shares that of everything. */
static uint64_t pool(struct summary *s, const char *scope, const char *duration)
{
    uint64_t least = UINT64_MAX;

    memset(s->total, 0, sizeof *s->total);
    for (uint32_t i = 0; i < s->trials_n; i++) {
        const struct encoded *h = summary_histogram(&s->trials[i], scope, duration);
        uint64_t before = s->total->n;

        if (!h)
            h = summary_histogram(&s->trials[i], "all", duration);
        if (h)
            histogram_decode(s->total, h->bytes, h->n);
        if (s->total->n - before < least)
            least = s->total->n - before;
    }
    return least == UINT64_MAX ? 0 : least;
}

static bool is_metric(const struct results_number *number, struct metric *m)
{
    char full[128];

    snprintf(full, sizeof full, "%s%s%s", number->metric, number->statistic[0] ? "." : "",
             number->statistic);
    return metric_known(full, strcspn(full, "{"), m) == 0;
}

bool summary_drifts(const struct results_contender *c)
{
    const struct results_number *growth = results_find(c, "all", "queue", "growth");
    struct interval x;

    if (!growth || !c->steady || !c->settled)
        return false;
    x = interval_t(growth->at, c->replications, c->confidence);
    return metric_drifts(&x);
}

static int add_numbers(struct summary *s)
{
    const struct results_contender *c = s->contender;
    const struct results_number *pooled = NULL; /* whose pool is in s->total */
    const char *why = c->piloted && !c->settled ? METRIC_UNSETTLED
                      : summary_drifts(c)       ? METRIC_DRIFTS
                                                : NULL;
    uint64_t least = 0;
    int answer = 0;

    for (uint32_t i = 0; i < c->numbers_n && answer == 0; i++) {
        const struct results_number *number = &c->numbers[i];
        struct interval x;
        struct metric m;

        if (!is_metric(number, &m))
            continue;
        if (m.kind == METRIC_QUANTILE &&
            (!pooled || pooled->scope != number->scope || pooled->metric != number->metric)) {
            least = pool(s, number->scope, number->metric);
            pooled = number;
        }
        x = metric_over(&m, number->at, c->replications, 1, s->total, least,
                        c->piloted ? c->memory : 0, c->confidence);
        if (why && !metric_of_growth(&m))
            metric_withdraw(&x, why);
        answer = summary_add(s, number->scope, number->metric, number->statistic, &x);
    }
    return answer;
}

/* ---- The whole. */

int summary_open(struct results *results, uint32_t contender, struct summary **opened,
                 const struct store_interval **rows, size_t *n)
{
    const struct results_contender *c = &results->contenders[contender];
    struct summary *s = calloc(1, sizeof *s);
    int answer = -ENOMEM;

    *opened = NULL;
    if (!s)
        return answer;
    s->results = results;
    s->contender = c;
    s->names = names_open();
    s->trials = calloc((size_t)c->replications + 1, sizeof s->trials[0]);
    s->total = calloc(1, sizeof *s->total);
    if (s->names && s->trials && s->total)
        answer = results_each(results, contender, keep_trial, s);
    if (answer == 0)
        answer = add_numbers(s);
    if (answer == 0)
        answer = summary_windows(s);
    if (answer) {
        summary_close(s);
        return answer;
    }
    *opened = s;
    *rows = s->rows;
    *n = s->rows_n;
    return 0;
}

void summary_close(struct summary *s)
{
    if (!s)
        return;
    for (uint32_t i = 0; i < s->trials_n; i++) {
        struct kept_trial *t = &s->trials[i];

        for (uint32_t k = 0; k < t->histograms_n; k++)
            free(t->histograms[k].bytes.bytes);
        free(t->histograms);
        free(t->series);
    }
    free(s->trials);
    free(s->rows);
    free(s->total);
    names_close(s->names);
    free(s);
}
