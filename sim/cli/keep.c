/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/keep.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/record/stamp.h"
#include "sim/record/store.h"

/* Makes a directory and those above it. */
static int make_directories(const char *path)
{
    char copy[2048], *at;

    snprintf(copy, sizeof copy, "%s", path);
    for (at = copy + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(copy, 0777) && errno != EEXIST)
            return -errno;
        *at = '/';
    }
    return mkdir(copy, 0777) && errno != EEXIST ? -errno : 0;
}

/* A scenario's name as the name of a directory. */
static void directory_name(char *out, size_t room, const char *name)
{
    size_t n = (size_t)snprintf(out, room, "results/");

    for (; *name && n + 1 < room; name++)
        out[n++] = strchr("/\\:*?\"<>|", *name) || (unsigned char)*name <= ' ' ? '_' : *name;
    out[n] = '\0';
    if (!strcmp(out, "results/.") || !strcmp(out, "results/.."))
        snprintf(out, room, "results/_");
}

static int write_scenario(struct keep *k, const struct scenario *s)
{
    char path[2100];
    FILE *out;
    bool good;

    snprintf(path, sizeof path, "%s/scenario.json", k->directory);
    out = fopen(path, "w");
    good = out && fputs(s->text, out) >= 0;
    if (out && fclose(out))
        good = false;
    if (!good)
        snprintf(k->why, sizeof k->why, "%.400s: %s", path, strerror(errno));
    return good ? 0 : -1;
}

/* The directory that the scenario's own paths start from. */
static char *directory_of(const char *path)
{
    char copy[PATH_MAX];
    char *slash;

    snprintf(copy, sizeof copy, "%s", path);
    slash = strrchr(copy, '/');
    if (slash)
        slash[slash == copy] = '\0';
    return realpath(slash ? copy : ".", NULL);
}

static int begin(struct keep *k, const struct scenario *s, int n, char **words)
{
    char seed[24], *path = directory_of(s->path), *plugins = identity_plugins(k->identity);
    struct stamp stamp;
    struct store_run run = { &stamp, s->name, path ? path : "", seed, plugins, s->text };
    int failed = -1;

    snprintf(seed, sizeof seed, "%" PRIu64, s->run.seed);
    if (!plugins || stamp_open(&stamp, n, words)) {
        snprintf(k->why, sizeof k->why, "out of memory");
    } else {
        failed = store_begin_run(k->store, &run);
        if (failed)
            snprintf(k->why, sizeof k->why, "%s", store_why(k->store));
        stamp_close(&stamp);
    }
    free(path);
    free(plugins);
    return failed ? -1 : 0;
}

int keep_open(struct keep *k, const char *directory, const struct scenario *s, int n, char **words)
{
    char path[2100];
    int failed;

    memset(k, 0, sizeof *k);
    if (directory)
        snprintf(k->directory, sizeof k->directory, "%s", directory);
    else
        directory_name(k->directory, sizeof k->directory, s->name);
    failed = make_directories(k->directory);
    if (failed) {
        snprintf(k->why, sizeof k->why, "directory %.400s cannot be made: %s", k->directory,
                 strerror(-failed));
        return -1;
    }
    snprintf(path, sizeof path, "%s/results.sqlite", k->directory);
    if (store_open(path, STORE_WRITE, &k->store, k->why, sizeof k->why))
        return -1;
    k->identity = identity_open(s, LBSIM_VERSION);
    if (!k->identity) {
        snprintf(k->why, sizeof k->why, "out of memory");
        return -1;
    }
    return begin(k, s, n, words) || write_scenario(k, s) ? -1 : 0;
}

void keep_close(struct keep *k)
{
    store_close(k->store);
    identity_close(k->identity);
}

/* ---- A trial. */

static uint64_t warmup_of(const struct experiment *e, const struct outcome *out)
{
    const struct run_spec *run = &e->scenario->run;

    return run->warmup == WARMUP_AUTO    ? e->points[out->policy].warmup.cut
           : run->warmup == WARMUP_COUNT ? run->warmup_count
                                         : UINT64_MAX;
}

enum { COUNTS = 9, SERIES_ROOM = 96 };

struct trial_rows {
    struct store_value *values;
    struct store_histogram *histograms;
    struct store_series *series;
    struct store_param params[4];
    char texts[4][32];
    char (*series_name)[SERIES_ROOM]; /* of each window metric, then of its count */
};

static void add_count(struct store_trial *t, struct trial_rows *rows, const char *metric,
                      const char *statistic, double value, const char *unit)
{
    rows->values[t->values_n++] = (struct store_value) { "all", metric, statistic, value, unit };
}

static void add_values(struct store_trial *t, struct trial_rows *rows, const struct experiment *e,
                       const struct outcome *out)
{
    static const char *const endings[ENDINGS] = { "completed", "rejected", "timed_out", "failed",
                                                  "cancelled" };
    uint32_t i;

    for (i = 0; i < out->values_n; i++) {
        const struct metric *m = &e->metrics.at[i];

        rows->values[t->values_n++] =
            (struct store_value) { m->scope_name, m->name, m->statistic, out->values[i], m->unit };
    }
    add_count(t, rows, "requests", "issued", (double)out->tally.issued, "requests");
    for (i = 0; i < ENDINGS; i++)
        add_count(t, rows, "requests", endings[i], (double)out->tally.ended[i], "requests");
    add_count(t, rows, "requests", "in_system", (double)out->in_system, "requests");
    add_count(t, rows, "measured", "requests", (double)out->tally.measured, "requests");
    add_count(t, rows, "measured", "seconds", (double)(out->tally.to - out->tally.from) / 1e9, "s");
}

/* The name of a pool's scope: that of a metric that reads it. */
static const char *pool_scope(const struct metrics *all, uint32_t pool)
{
    uint32_t i;

    for (i = 0; i < all->n; i++)
        if (all->at[i].kind == METRIC_QUANTILE && all->at[i].part == pool)
            return all->at[i].scope_name;
    return "all";
}

static void add_histograms(struct store_trial *t, struct trial_rows *rows,
                           const struct experiment *e, const struct outcome *out)
{
    uint32_t i;

    for (i = 0; i < out->histograms_n; i++)
        if (out->histogram[i].n)
            rows->histograms[t->histograms_n++] =
                (struct store_histogram) { pool_scope(&e->metrics, i),
                                           duration_name(e->metrics.pool[i].duration),
                                           out->histogram[i].bytes, out->histogram[i].n };
}

/* A number has a second row: the count that it is a mean over, which is what it weighs among the
 * replications. */
static void add_series(struct store_trial *t, struct trial_rows *rows, const struct experiment *e,
                       const struct outcome *out)
{
    const struct metrics *all = &e->window_metrics;
    uint32_t i;

    for (i = 0; i < out->numbers_n; i++) {
        const struct metric *m = &all->at[i % all->n];
        const struct metric_number *x = &out->number[i];
        double time = (double)experiment_window(e, i / all->n).from / 1e9;
        double value = metric_value(m, x);

        rows->series[t->series_n++] =
            (struct store_series) { m->scope_name, rows->series_name[i % all->n], time, value };
        rows->series[t->series_n++] =
            (struct store_series) { m->scope_name, rows->series_name[i % all->n + all->n], time,
                                    x->n };
    }
}

static void add_param(struct store_trial *t, struct trial_rows *rows, const char *name,
                      const char *value)
{
    rows->params[t->params_n++] = (struct store_param) { name, value };
}

static void add_params(struct store_trial *t, struct trial_rows *rows, const struct scenario *s,
                       const struct policy_spec *p, uint64_t warmup)
{
    snprintf(rows->texts[0], sizeof rows->texts[0], "%.17g", s->offered_load);
    snprintf(rows->texts[1], sizeof rows->texts[1], "%" PRIu64, trial_length(s));
    if (warmup == UINT64_MAX)
        snprintf(rows->texts[2], sizeof rows->texts[2], "%" PRId64 "ns", s->run.warmup_time);
    else
        snprintf(rows->texts[2], sizeof rows->texts[2], "%" PRIu64, warmup);
    if (!isnan(s->offered_load))
        add_param(t, rows, "offered_load", rows->texts[0]);
    add_param(t, rows, "requests", rows->texts[1]);
    add_param(t, rows, "warmup", rows->texts[2]);
    if (p->parameters)
        add_param(t, rows, "policy_parameters", p->parameters);
}

static bool name_series(struct trial_rows *rows, const struct metrics *all)
{
    uint32_t i;

    rows->series_name = calloc(2 * (size_t)all->n + 1, sizeof rows->series_name[0]);
    for (i = 0; rows->series_name && i < all->n; i++) {
        const struct metric *m = &all->at[i];

        const char *dot = m->statistic[0] ? "." : "";

        snprintf(rows->series_name[i], SERIES_ROOM, "%s%s%s", m->name, dot, m->statistic);
        snprintf(rows->series_name[i + all->n], SERIES_ROOM, "%s%s%s:n", m->name, dot,
                 m->statistic);
    }
    return rows->series_name != NULL;
}

static bool take_rows(struct trial_rows *rows, const struct experiment *e,
                      const struct outcome *out)
{
    rows->values = calloc((size_t)out->values_n + COUNTS, sizeof rows->values[0]);
    rows->histograms = calloc((size_t)out->histograms_n + 1, sizeof rows->histograms[0]);
    rows->series = calloc(2 * (size_t)out->numbers_n + 1, sizeof rows->series[0]);
    return rows->values && rows->histograms && rows->series &&
           name_series(rows, &e->window_metrics);
}

static int put_trial(struct keep *k, const struct experiment *e, const struct outcome *out,
                     struct trial_rows *rows)
{
    const struct policy_spec *p = e->points[out->policy].policy;
    uint64_t warmup = warmup_of(e, out);
    struct store_trial t = { .point = "",
                             .policy = p->name,
                             .label = p->label,
                             .replication = out->replication,
                             .seed = e->scenario->run.seed,
                             .failed = out->failed ? out->why : NULL,
                             .events = out->events,
                             .params = rows->params,
                             .values = rows->values,
                             .histograms = rows->histograms,
                             .series = rows->series,
                             .wall_s = out->wall_s,
                             .cpu_s = out->cpu_s };

    if (identity_hash(k->identity, out->policy, out->replication, warmup, t.hash)) {
        snprintf(k->why, sizeof k->why, "out of memory");
        return -1;
    }
    add_params(&t, rows, e->scenario, p, warmup);
    if (!out->failed) {
        add_values(&t, rows, e, out);
        add_histograms(&t, rows, e, out);
        add_series(&t, rows, e, out);
    }
    if (store_put(k->store, &t)) {
        snprintf(k->why, sizeof k->why, "%s", store_why(k->store));
        return -1;
    }
    return 0;
}

int keep_trial(struct keep *k, const struct experiment *e, const struct outcome *out)
{
    struct trial_rows *rows = calloc(1, sizeof *rows);
    int failed = -1;

    if (rows && take_rows(rows, e, out))
        failed = put_trial(k, e, out, rows);
    else
        snprintf(k->why, sizeof k->why, "out of memory");
    if (rows) {
        free(rows->values);
        free(rows->histograms);
        free(rows->series);
        free(rows->series_name);
    }
    free(rows);
    return failed;
}

/* ---- The summary. */

static struct store_interval row_of(const struct experiment *e, uint32_t point,
                                    const struct metric *m, const struct interval *x,
                                    const char *scope)
{
    return (struct store_interval) { .point = "",
                                     .label = e->points[point].policy->label,
                                     .scope = scope,
                                     .metric = m->name,
                                     .statistic = m->statistic,
                                     .n = x->n,
                                     .value = x->value,
                                     .low = x->low,
                                     .high = x->high,
                                     .se = x->se,
                                     .confidence = x->confidence,
                                     .method = interval_method_name(x->method),
                                     .why = x->why };
}

/* "servers:app@9..10": the scope, then the window in seconds. */
static void window_scope(char *room, size_t size, const struct metric *m,
                         const struct told_window *w)
{
    snprintf(room, size, "%.100s@%.12g..%.12g", m->scope_name, (double)w->from / 1e9,
             (double)w->to / 1e9);
}

enum { SCOPE_ROOM = 160 };

static size_t count_rows(const struct experiment *e, const struct told_windows *windows,
                         size_t *windowed)
{
    uint32_t i;

    *windowed = 0;
    for (i = 0; i < e->points_n; i++)
        *windowed += (size_t)windows[i].n * e->window_metrics.n;
    return (size_t)e->points_n * e->metrics.n + *windowed;
}

static size_t fill_rows(const struct experiment *e, const struct interval *intervals,
                        const struct told_windows *windows, struct store_interval *rows,
                        char (*scope)[SCOPE_ROOM])
{
    uint32_t i, k, n = e->metrics.n, each = e->window_metrics.n;
    size_t at = 0, texts = 0;

    for (i = 0; i < e->points_n; i++) {
        for (k = 0; k < n; k++)
            rows[at++] = row_of(e, i, &e->metrics.at[k], &intervals[(size_t)i * n + k],
                                e->metrics.at[k].scope_name);
        for (k = 0; k < windows[i].n * each; k++) {
            const struct metric *m = &e->window_metrics.at[k % each];

            window_scope(scope[texts], SCOPE_ROOM, m, &windows[i].at[k / each]);
            rows[at++] = row_of(e, i, m, &windows[i].interval[k], scope[texts++]);
        }
    }
    return at;
}

int keep_intervals(struct keep *k, const struct experiment *e, const struct interval *intervals,
                   const struct told_windows *windows)
{
    size_t windowed, n = count_rows(e, windows, &windowed);
    struct store_interval *rows = calloc(n + 1, sizeof rows[0]);
    char(*scope)[SCOPE_ROOM] = calloc(windowed + 1, sizeof scope[0]);
    int failed = -1;

    if (!rows || !scope) {
        snprintf(k->why, sizeof k->why, "out of memory");
    } else {
        n = fill_rows(e, intervals, windows, rows, scope);
        failed = store_put_intervals(k->store, rows, n) ? -1 : 0;
        if (failed)
            snprintf(k->why, sizeof k->why, "%s", store_why(k->store));
    }
    free(rows);
    free(scope);
    return failed;
}
