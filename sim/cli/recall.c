/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/recall.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_ROOM = 96 };

/* Rows by their names; lists of a trial are in the order of names when the store gives them, and
 * are brought into it otherwise. */
struct recalling {
    const struct store_value **values;
    const struct store_histogram **histograms;
    const struct store_series **series;
    const struct store_trial *trial;
    double *times; /* when windows begin, ascending */
    uint32_t times_n;
};

static int order(const char *scope_a, const char *scope_b, const char *metric_a,
                 const char *metric_b)
{
    int by_scope = strcmp(scope_a, scope_b);

    return by_scope ? by_scope : strcmp(metric_a, metric_b);
}

static int by_value(const void *a, const void *b)
{
    const struct store_value *x = *(const struct store_value *const *)a;
    const struct store_value *y = *(const struct store_value *const *)b;
    int names = order(x->scope, y->scope, x->metric, y->metric);

    return names ? names : strcmp(x->statistic, y->statistic);
}

static int by_histogram(const void *a, const void *b)
{
    const struct store_histogram *x = *(const struct store_histogram *const *)a;
    const struct store_histogram *y = *(const struct store_histogram *const *)b;

    return order(x->scope, y->scope, x->metric, y->metric);
}

static int by_series(const void *a, const void *b)
{
    const struct store_series *x = *(const struct store_series *const *)a;
    const struct store_series *y = *(const struct store_series *const *)b;
    int names = order(x->scope, y->scope, x->metric, y->metric);

    return names ? names : x->time < y->time ? -1 : x->time > y->time;
}

static int by_time(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void find_times(struct recalling *r)
{
    uint32_t i, n = 0;

    for (i = 0; i < r->trial->series_n; i++)
        if (!strcmp(r->trial->series[i].metric, "window:to"))
            r->times[n++] = r->trial->series[i].time;
    qsort(r->times, n, sizeof r->times[0], by_time);
    r->times_n = n;
}

static bool open_rows(struct recalling *r, const struct store_trial *t)
{
    uint32_t i;

    r->trial = t;
    r->values = calloc((size_t)t->values_n + 1, sizeof r->values[0]);
    r->histograms = calloc((size_t)t->histograms_n + 1, sizeof r->histograms[0]);
    r->series = calloc((size_t)t->series_n + 1, sizeof r->series[0]);
    r->times = calloc((size_t)t->series_n + 1, sizeof r->times[0]);
    if (!r->values || !r->histograms || !r->series || !r->times)
        return false;
    for (i = 0; i < t->values_n; i++)
        r->values[i] = &t->values[i];
    for (i = 0; i < t->histograms_n; i++)
        r->histograms[i] = &t->histograms[i];
    for (i = 0; i < t->series_n; i++)
        r->series[i] = &t->series[i];
    qsort(r->values, t->values_n, sizeof r->values[0], by_value);
    qsort(r->histograms, t->histograms_n, sizeof r->histograms[0], by_histogram);
    qsort(r->series, t->series_n, sizeof r->series[0], by_series);
    find_times(r);
    return true;
}

static void close_rows(struct recalling *r)
{
    free(r->values);
    free(r->histograms);
    free(r->series);
    free(r->times);
}

/* ---- One row by its name. Each says whether there is one. */

static bool get_value(const struct recalling *r, const char *scope, const char *metric,
                      const char *statistic, double *value)
{
    const struct store_value key = { scope, metric, statistic, 0.0, "" }, *look = &key;
    const struct store_value **found =
        bsearch(&look, r->values, r->trial->values_n, sizeof r->values[0], by_value);

    if (found)
        *value = (*found)->value;
    return found != NULL;
}

static bool get_count(const struct recalling *r, const char *metric, const char *statistic,
                      uint64_t *count)
{
    double value;

    if (!get_value(r, "all", metric, statistic, &value) || !(value >= 0.0))
        return false;
    *count = (uint64_t)value;
    return true;
}

static bool get_series(const struct recalling *r, const struct metric *m, const char *end,
                       double time, double *value)
{
    char name[NAME_ROOM];
    struct store_series key = { m->scope_name, name, time, 0.0 }, *look = &key;
    const struct store_series **found;

    snprintf(name, sizeof name, "%s%s%s%s", m->name, m->statistic[0] ? "." : "", m->statistic, end);
    found = bsearch(&look, r->series, r->trial->series_n, sizeof r->series[0], by_series);
    if (found)
        *value = (*found)->value;
    return found != NULL;
}

static bool get_time(const struct store_trial *t, const char *name, lb_time *time)
{
    uint32_t i;

    for (i = 0; i < t->params_n; i++)
        if (!strcmp(t->params[i].name, name))
            return sscanf(t->params[i].value, "%" SCNd64 " ns", time) == 1;
    return false;
}

/* False: out of memory. */
static bool copy(const struct store_histogram *from, struct encoded *to)
{
    to->bytes = malloc(from->n ? from->n : 1);
    if (!to->bytes)
        return false;
    memcpy(to->bytes, from->bytes, from->n);
    to->n = from->n;
    return true;
}

/* ---- The parts of an outcome: 0, -ENOENT or -ENOMEM. */

static int recall_counts(const struct recalling *r, struct outcome *out)
{
    static const char *const endings[ENDINGS] = { "completed", "rejected", "timed_out", "failed",
                                                  "cancelled" };
    bool good = get_count(r, "requests", "issued", &out->tally.issued) &&
                get_count(r, "requests", "in_system", &out->in_system) &&
                get_count(r, "measured", "requests", &out->tally.measured) &&
                get_time(r->trial, "measured.from", &out->tally.from) &&
                get_time(r->trial, "measured.to", &out->tally.to);
    uint32_t i;

    for (i = 0; good && i < ENDINGS; i++)
        good = get_count(r, "requests", endings[i], &out->tally.ended[i]);
    good = good && get_count(r, "attempts", "sent", &out->tally.sent);
    for (i = 0; good && i < ATTEMPT_ENDINGS; i++)
        good = get_count(r, "attempts", attempt_ending_name((enum attempt_ending)i),
                         &out->tally.attempts[i]);
    return good ? 0 : -ENOENT;
}

static int recall_values(const struct recalling *r, const struct metrics *all, struct outcome *out)
{
    uint32_t i;

    out->values_n = all->n;
    out->values = calloc((size_t)all->n + 1, sizeof out->values[0]);
    if (!out->values)
        return -ENOMEM;
    for (i = 0; i < all->n; i++) {
        const struct metric *m = &all->at[i];

        if (!get_value(r, m->scope_name, m->name, m->statistic, &out->values[i]))
            return -ENOENT;
    }
    return 0;
}

/* A pool that is not there was not counted: its scope shares that of everything. */
static int recall_histograms(const struct recalling *r, const struct metrics *all,
                             struct outcome *out)
{
    uint32_t i;

    out->histograms_n = all->pools;
    out->histogram = calloc((size_t)all->pools + 1, sizeof out->histogram[0]);
    if (!out->histogram)
        return -ENOMEM;
    for (i = 0; i < all->pools; i++) {
        const struct store_histogram key = { pool_scope(all, i),
                                             duration_name(all->pool[i].duration), NULL, 0 };
        const struct store_histogram *look = &key;
        const struct store_histogram **found = bsearch(&look, r->histograms, r->trial->histograms_n,
                                                       sizeof r->histograms[0], by_histogram);

        if (found && !copy(*found, &out->histogram[i]))
            return -ENOMEM;
        if (!found && all->pool[i].place == 0)
            return -ENOENT;
    }
    return 0;
}

static int recall_numbers(const struct recalling *r, const struct metrics *all, struct outcome *out)
{
    uint32_t i;

    out->windows_n = all->n ? r->times_n : 0;
    out->numbers_n = out->windows_n * all->n;
    if (!out->windows_n)
        return 0;
    out->number = calloc((size_t)out->numbers_n + 1, sizeof out->number[0]);
    if (!out->number)
        return -ENOMEM;
    for (i = 0; i < out->numbers_n; i++) {
        const struct metric *m = &all->at[i % all->n];
        struct metric_number *x = &out->number[i];
        double time = r->times[i / all->n];

        if (!get_series(r, m, ":sum", time, &x->y) || !get_series(r, m, ":n", time, &x->n) ||
            (m->kind == METRIC_SPREAD && !get_series(r, m, ":squares", time, &x->squares)))
            return -ENOENT;
    }
    return 0;
}

/* The histogram of a window is found by its scope and the time at which it begins. */
static const struct store_histogram *window_pool(const struct recalling *r, const char *scope,
                                                 const char *duration, double time)
{
    char start[256];
    size_t n = (size_t)snprintf(start, sizeof start, "%.100s@%.12g..", scope, time);
    uint32_t low = 0, high = r->trial->histograms_n;

    while (low < high) {
        uint32_t middle = (low + high) / 2;

        if (strncmp(r->histograms[middle]->scope, start, n) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < r->trial->histograms_n && !strncmp(r->histograms[low]->scope, start, n); low++)
        if (!strcmp(r->histograms[low]->metric, duration))
            return r->histograms[low];
    return NULL;
}

static int recall_pools(const struct recalling *r, const struct metrics *all, struct outcome *out)
{
    uint32_t i;

    out->pools_n = out->windows_n * all->pools;
    if (!out->windows_n)
        return 0;
    out->pool = calloc((size_t)out->pools_n + 1, sizeof out->pool[0]);
    if (!out->pool)
        return -ENOMEM;
    for (i = 0; i < out->pools_n; i++) {
        uint32_t pool = i % all->pools;
        const struct store_histogram *found =
            window_pool(r, pool_scope(all, pool), duration_name(all->pool[pool].duration),
                        r->times[i / all->pools]);

        if (!found)
            return -ENOENT;
        if (!copy(found, &out->pool[i]))
            return -ENOMEM;
    }
    return 0;
}

int recall_outcome(const struct store_trial *t, const struct metrics *measured,
                   const struct metrics *windows, struct outcome *out)
{
    struct recalling rows = { .times_n = 0 };
    int answer = 0;

    memset(out, 0, sizeof *out);
    out->replication = t->replication;
    out->events = t->events;
    out->cpu_s = t->cpu_s;
    out->wall_s = t->wall_s;
    if (t->failed) {
        out->failed = true;
        snprintf(out->why, sizeof out->why, "%s", t->failed);
        return 0;
    }
    if (!open_rows(&rows, t))
        answer = -ENOMEM;
    if (answer == 0)
        answer = recall_counts(&rows, out);
    if (answer == 0)
        answer = recall_values(&rows, measured, out);
    if (answer == 0)
        answer = recall_histograms(&rows, measured, out);
    if (answer == 0)
        answer = recall_numbers(&rows, windows, out);
    if (answer == 0)
        answer = recall_pools(&rows, windows, out);
    close_rows(&rows);
    return answer;
}

int recall_warmup(const struct store_trial *t, struct warmup_found *found)
{
    static const char *const names[PILOT_VALUES] = { "cut", "memory", "found", "steady" };
    double value[PILOT_VALUES] = { -1.0, -1.0, -1.0, -1.0 };
    uint32_t i, k;

    memset(found, 0, sizeof *found);
    if (!t->pilot)
        return -ENOENT;
    found->events = t->events;
    found->cpu_s = t->cpu_s;
    if (t->failed) {
        found->failed = true;
        snprintf(found->why, sizeof found->why, "%s", t->failed);
        return 0;
    }
    for (i = 0; i < t->values_n; i++)
        for (k = 0; k < PILOT_VALUES; k++)
            if (!strcmp(t->values[i].metric, "warmup") && !strcmp(t->values[i].statistic, names[k]))
                value[k] = t->values[i].value;
    if (!(value[0] >= 0.0 && value[1] >= 0.0 && value[2] >= 0.0 && value[3] >= 0.0))
        return -ENOENT;
    found->cut = (uint64_t)value[0];
    found->memory = (uint64_t)value[1];
    found->found = value[2] > 0.0;
    found->steady = value[3] > 0.0;
    return 0;
}
