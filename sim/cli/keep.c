/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/keep.h"

#include <errno.h>
#include <inttypes.h>
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

static int begin(struct keep *k, const struct scenario *s, int n, char **words)
{
    struct stamp stamp;
    int failed = stamp_open(&stamp, n, words);

    if (failed) {
        snprintf(k->why, sizeof k->why, "out of memory");
        return -1;
    }
    failed = store_begin_run(k->store, &stamp, s->name, s->text);
    if (failed)
        snprintf(k->why, sizeof k->why, "%s", store_why(k->store));
    stamp_close(&stamp);
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

enum { VALUES_ROOM = 512, COUNTS = 9 };

struct trial_rows {
    struct store_value values[VALUES_ROOM];
    struct store_histogram histograms[DURATIONS];
    struct store_param params[4];
    char texts[4][32];
};

static void add_value(struct store_trial *t, struct trial_rows *rows, const char *metric,
                      const char *statistic, double value, const char *unit)
{
    if (t->values_n < VALUES_ROOM)
        rows->values[t->values_n++] =
            (struct store_value) { "all", metric, statistic, value, unit };
}

static void add_values(struct store_trial *t, struct trial_rows *rows, const struct experiment *e,
                       const struct outcome *out)
{
    static const char *const endings[ENDINGS] = { "completed", "rejected", "timed_out", "failed",
                                                  "cancelled" };
    uint32_t i;

    for (i = 0; i < out->values_n; i++)
        add_value(t, rows, e->metrics.at[i].name, e->metrics.at[i].statistic, out->values[i],
                  e->metrics.at[i].unit);
    add_value(t, rows, "requests", "issued", (double)out->tally.issued, "requests");
    for (i = 0; i < ENDINGS; i++)
        add_value(t, rows, "requests", endings[i], (double)out->tally.ended[i], "requests");
    add_value(t, rows, "requests", "in_system", (double)out->in_system, "requests");
    add_value(t, rows, "measured", "requests", (double)out->tally.measured, "requests");
    add_value(t, rows, "measured", "seconds", (double)(out->tally.to - out->tally.from) / 1e9, "s");
    for (i = 0; i < DURATIONS; i++)
        if (out->histogram[i].n)
            rows->histograms[t->histograms_n++] =
                (struct store_histogram) { "all", duration_name((enum duration)i),
                                           out->histogram[i].bytes, out->histogram[i].n };
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

int keep_trial(struct keep *k, const struct experiment *e, const struct outcome *out)
{
    const struct policy_spec *p = e->points[out->policy].policy;
    uint64_t warmup = warmup_of(e, out);
    struct trial_rows rows;
    struct store_trial t = { .point = "",
                             .policy = p->name,
                             .label = p->label,
                             .replication = out->replication,
                             .seed = e->scenario->run.seed,
                             .failed = out->failed ? out->why : NULL,
                             .events = out->events,
                             .params = rows.params,
                             .values = rows.values,
                             .histograms = rows.histograms,
                             .wall_s = out->wall_s,
                             .cpu_s = out->cpu_s };

    if (identity_hash(k->identity, out->policy, out->replication, warmup, t.hash)) {
        snprintf(k->why, sizeof k->why, "out of memory");
        return -1;
    }
    add_params(&t, &rows, e->scenario, p, warmup);
    if (!out->failed)
        add_values(&t, &rows, e, out);
    if (store_put(k->store, &t)) {
        snprintf(k->why, sizeof k->why, "%s", store_why(k->store));
        return -1;
    }
    return 0;
}

/* ---- The summary. */

int keep_intervals(struct keep *k, const struct experiment *e, const struct interval *intervals)
{
    size_t n = (size_t)e->points_n * e->metrics.n, i;
    struct store_interval *rows = calloc(n ? n : 1, sizeof rows[0]);
    int failed;

    if (!rows) {
        snprintf(k->why, sizeof k->why, "out of memory");
        return -1;
    }
    for (i = 0; i < n; i++) {
        const struct interval *x = &intervals[i];
        const struct metric *m = &e->metrics.at[i % e->metrics.n];

        rows[i] = (struct store_interval) { .point = "",
                                            .label = e->points[i / e->metrics.n].policy->label,
                                            .scope = "all",
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
    failed = store_put_intervals(k->store, rows, n);
    if (failed)
        snprintf(k->why, sizeof k->why, "%s", store_why(k->store));
    free(rows);
    return failed ? -1 : 0;
}
