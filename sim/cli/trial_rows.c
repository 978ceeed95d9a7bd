/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/trial_rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    COUNTS = 11 + ATTEMPT_ENDINGS,
    PARAMS = 6,
    TEXT_ROOM = 32,
    SERIES_ROOM = 96,
    SCOPE_ROOM = 200
};

/* The rows of a number of a window. */
enum series_part { SERIES_VALUE, SERIES_COUNT, SERIES_SUM, SERIES_SQUARES, SERIES_PARTS };

struct trial_rows {
    struct store_value *values;
    struct store_histogram *histograms;
    struct store_series *series;
    struct store_param params[PARAMS];
    char texts[PARAMS][TEXT_ROOM];
    char (*series_name)[SERIES_ROOM]; /* at metric * SERIES_PARTS + part */
    char (*scope)[SCOPE_ROOM];        /* of each pool of each window */
};

/* ---- Values. */

static void add_count(struct store_trial *t, struct trial_rows *rows, const char *metric,
                      const char *statistic, double value, const char *unit)
{
    rows->values[t->values_n++] = (struct store_value) { "all", metric, statistic, value, unit };
}

static void add_attempts(struct store_trial *t, struct trial_rows *rows, const struct tally *tally)
{
    int i;

    add_count(t, rows, "attempts", "sent", (double)tally->sent, "attempts");
    for (i = 0; i < ATTEMPT_ENDINGS; i++)
        add_count(t, rows, "attempts", attempt_ending_name((enum attempt_ending)i),
                  (double)tally->attempts[i], "attempts");
    add_count(t, rows, "attempts", "in_flight", (double)tally_in_flight(tally), "attempts");
}

static void add_values(struct store_trial *t, struct trial_rows *rows, const struct metrics *all,
                       const struct outcome *out)
{
    static const char *const endings[ENDINGS] = { "completed", "rejected", "timed_out", "failed",
                                                  "cancelled" };
    uint32_t i;

    for (i = 0; i < out->values_n; i++) {
        const struct metric *m = &all->at[i];

        rows->values[t->values_n++] =
            (struct store_value) { m->scope_name, m->name, m->statistic, out->values[i], m->unit };
    }
    add_count(t, rows, "requests", "issued", (double)out->tally.issued, "requests");
    for (i = 0; i < ENDINGS; i++)
        add_count(t, rows, "requests", endings[i], (double)out->tally.ended[i], "requests");
    add_count(t, rows, "requests", "in_system", (double)out->in_system, "requests");
    add_attempts(t, rows, &out->tally);
    add_count(t, rows, "measured", "requests", (double)out->tally.measured, "requests");
    add_count(t, rows, "measured", "seconds", (double)(out->tally.to - out->tally.from) / 1e9, "s");
}

/* ---- Histograms. */

const char *pool_scope(const struct metrics *all, uint32_t pool)
{
    uint32_t i;

    for (i = 0; i < all->n; i++)
        if (all->at[i].kind == METRIC_QUANTILE && all->at[i].part == pool)
            return all->at[i].scope_name;
    return "all";
}

static void add_histogram(struct store_trial *t, struct trial_rows *rows, const char *scope,
                          enum duration duration, const struct encoded *bytes)
{
    if (bytes->n)
        rows->histograms[t->histograms_n++] =
            (struct store_histogram) { scope, duration_name(duration), bytes->bytes, bytes->n };
}

static void add_histograms(struct store_trial *t, struct trial_rows *rows,
                           const struct trial_source *source, const struct outcome *out)
{
    const struct metrics *all = source->measured, *windows = source->windows;
    uint32_t i;

    for (i = 0; i < out->histograms_n; i++)
        add_histogram(t, rows, pool_scope(all, i), all->pool[i].duration, &out->histogram[i]);
    for (i = 0; i < out->pools_n; i++) {
        uint32_t pool = i % windows->pools;
        struct window w = windows_at(&source->scenario->run.windows, i / windows->pools);
        int n = snprintf(rows->scope[i], SCOPE_ROOM, "%.100s@%.12g", pool_scope(windows, pool),
                         (double)w.from / 1e9);

        if (w.to < LB_NEVER)
            snprintf(rows->scope[i] + n, SCOPE_ROOM - (size_t)n, "..%.12g", (double)w.to / 1e9);
        else
            snprintf(rows->scope[i] + n, SCOPE_ROOM - (size_t)n, "..end");
        add_histogram(t, rows, rows->scope[i], windows->pool[pool].duration, &out->pool[i]);
    }
}

/* ---- Windows. */

static void add_series(struct store_trial *t, struct trial_rows *rows, const struct metric *m,
                       const char *name, double time, double value)
{
    rows->series[t->series_n++] =
        (struct store_series) { m ? m->scope_name : "all", name, time, value };
}

/* A number has more rows than its value: what it is a mean over is what it weighs among the
 * replications. */
static void add_number(struct store_trial *t, struct trial_rows *rows, const struct metric *m,
                       const char (*name)[SERIES_ROOM], double time, const struct metric_number *x)
{
    add_series(t, rows, m, name[SERIES_VALUE], time, metric_value(m, x));
    add_series(t, rows, m, name[SERIES_COUNT], time, x->n);
    add_series(t, rows, m, name[SERIES_SUM], time, x->y);
    if (m->kind == METRIC_SPREAD)
        add_series(t, rows, m, name[SERIES_SQUARES], time, x->squares);
}

static void add_windows(struct store_trial *t, struct trial_rows *rows,
                        const struct trial_source *source, const struct outcome *out)
{
    const struct metrics *all = source->windows;
    uint32_t i, k;

    for (i = 0; i < out->windows_n; i++) {
        struct window w = windows_at(&source->scenario->run.windows, i);
        lb_time to = w.to < out->tally.to ? w.to : out->tally.to;
        double time = (double)w.from / 1e9;

        add_series(t, rows, NULL, "window:to", time, (double)to / 1e9);
        for (k = 0; k < all->n; k++)
            add_number(t, rows, &all->at[k],
                       (const char(*)[SERIES_ROOM]) & rows->series_name[k * SERIES_PARTS], time,
                       &out->number[i * all->n + k]);
    }
}

static void name_series(struct trial_rows *rows, const struct metrics *all)
{
    static const char *const ends[SERIES_PARTS] = { "", ":n", ":sum", ":squares" };
    uint32_t i, k;

    for (i = 0; i < all->n; i++)
        for (k = 0; k < SERIES_PARTS; k++) {
            const struct metric *m = &all->at[i];

            snprintf(rows->series_name[i * SERIES_PARTS + k], SERIES_ROOM, "%s%s%s%s", m->name,
                     m->statistic[0] ? "." : "", m->statistic, ends[k]);
        }
}

/* ---- Parameters. */

static void add_param(struct store_trial *t, struct trial_rows *rows, const char *name,
                      const char *value)
{
    rows->params[t->params_n++] = (struct store_param) { name, value };
}

static void add_time(struct store_trial *t, struct trial_rows *rows, const char *name, lb_time time)
{
    char *text = rows->texts[t->params_n];

    snprintf(text, TEXT_ROOM, "%" PRId64 " ns", time);
    add_param(t, rows, name, text);
}

static void add_params(struct store_trial *t, struct trial_rows *rows,
                       const struct trial_source *source, const struct outcome *out)
{
    const struct scenario *s = source->scenario;

    if (!isnan(s->offered_load)) {
        snprintf(rows->texts[t->params_n], TEXT_ROOM, "%.17g", s->offered_load);
        add_param(t, rows, "offered_load", rows->texts[t->params_n]);
    }
    snprintf(rows->texts[t->params_n], TEXT_ROOM, "%" PRIu64, trial_length(s));
    add_param(t, rows, "requests", rows->texts[t->params_n]);
    if (source->warmup == UINT64_MAX)
        snprintf(rows->texts[t->params_n], TEXT_ROOM, "%" PRId64 "ns", s->run.warmup_time);
    else
        snprintf(rows->texts[t->params_n], TEXT_ROOM, "%" PRIu64, source->warmup);
    add_param(t, rows, "warmup", rows->texts[t->params_n]);
    if (source->policy->parameters)
        add_param(t, rows, "policy_parameters", source->policy->parameters);
    if (!out->failed) {
        add_time(t, rows, "measured.from", out->tally.from);
        add_time(t, rows, "measured.to", out->tally.to);
    }
}

/* ---- The whole. */

static bool take_room(struct trial_rows *rows, const struct outcome *out, uint32_t metrics)
{
    rows->values = calloc((size_t)out->values_n + COUNTS, sizeof rows->values[0]);
    rows->histograms =
        calloc((size_t)out->histograms_n + out->pools_n + 1, sizeof rows->histograms[0]);
    rows->series =
        calloc(SERIES_PARTS * (size_t)out->numbers_n + out->windows_n + 1, sizeof rows->series[0]);
    rows->series_name = calloc(SERIES_PARTS * (size_t)metrics + 1, sizeof rows->series_name[0]);
    rows->scope = calloc((size_t)out->pools_n + 1, sizeof rows->scope[0]);
    return rows->values && rows->histograms && rows->series && rows->series_name && rows->scope;
}

struct trial_rows *trial_rows_open(const struct trial_source *source, const struct outcome *out,
                                   struct store_trial *t)
{
    struct trial_rows *rows = calloc(1, sizeof *rows);

    if (!rows || !take_room(rows, out, source->windows->n)) {
        trial_rows_close(rows);
        return NULL;
    }
    t->params_n = t->values_n = t->histograms_n = t->series_n = 0;
    add_params(t, rows, source, out);
    if (!out->failed) {
        name_series(rows, source->windows);
        add_values(t, rows, source->measured, out);
        add_histograms(t, rows, source, out);
        add_windows(t, rows, source, out);
    }
    t->params = rows->params;
    t->values = rows->values;
    t->histograms = rows->histograms;
    t->series = rows->series;
    return rows;
}

void trial_rows_close(struct trial_rows *rows)
{
    if (!rows)
        return;
    free(rows->values);
    free(rows->histograms);
    free(rows->series);
    free(rows->series_name);
    free(rows->scope);
    free(rows);
}

uint32_t pilot_rows(const struct warmup_found *found, struct store_value values[PILOT_VALUES],
                    struct store_series series[PILOT_SERIES])
{
    values[0] = (struct store_value) { "all", "warmup", "cut", (double)found->cut, "requests" };
    values[1] =
        (struct store_value) { "all", "warmup", "memory", (double)found->memory, "requests" };
    values[2] = (struct store_value) { "all", "warmup", "found", found->found ? 1.0 : 0.0, "1" };
    values[3] = (struct store_value) { "all", "warmup", "steady", found->steady ? 1.0 : 0.0, "1" };
    for (uint32_t i = 0; i < WARMUP_PARTS && found->length; i++) {
        const double first = (double)((found->length * i + WARMUP_PARTS - 1) / WARMUP_PARTS);

        series[2 * i] = (struct store_series) { "all", "warmup.latency", first, found->mean[i] };
        series[2 * i + 1] =
            (struct store_series) { "all", "warmup.latency:se", first, found->se[i] };
    }
    return found->length >= WARMUP_PARTS ? PILOT_SERIES : 0;
}
