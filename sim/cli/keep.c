/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/keep.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/caution.h"
#include "sim/cli/directory.h"
#include "sim/record/stamp.h"
#include "sim/record/store.h"
#include "sim/scenario/diagnose.h"

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

void keep_directory(char *out, size_t room, const char *directory, const char *name)
{
    if (directory)
        snprintf(out, room, "%s", directory);
    else
        directory_name(out, room, name);
}

static void choose_directory(struct keep *k, const char *directory, const char *name)
{
    memset(k, 0, sizeof *k);
    keep_directory(k->directory, sizeof k->directory, directory, name);
}

static int open_store(struct keep *k, enum store_mode mode)
{
    char path[2100];

    snprintf(path, sizeof path, "%s/results.sqlite", k->directory);
    return store_open(path, mode, &k->store, k->why, sizeof k->why);
}

bool keep_look(struct keep *k, const char *directory, const char *name)
{
    choose_directory(k, directory, name);
    return open_store(k, STORE_READ) == 0;
}

int keep_open(struct keep *k, const char *directory, const char *name)
{
    int failed;

    choose_directory(k, directory, name);
    failed = directory_make(k->directory);
    if (failed) {
        snprintf(k->why, sizeof k->why,
                 "directory %.400s cannot be made: %s; choose one that you may write to with -o",
                 k->directory, strerror(-failed));
        return -1;
    }
    return open_store(k, STORE_WRITE) ? -1 : 0;
}

void keep_close(struct keep *k)
{
    store_close(k->store);
}

/* ---- The run. */

static int told(struct keep *k, int failed)
{
    if (failed)
        snprintf(k->why, sizeof k->why, "%s", store_why(k->store));
    return failed ? -1 : 0;
}

int keep_no_memory(struct keep *k)
{
    snprintf(k->why, sizeof k->why, "out of memory");
    return -1;
}

char *keep_directory_of(const char *path)
{
    char copy[PATH_MAX];
    char *slash;

    snprintf(copy, sizeof copy, "%s", path);
    slash = strrchr(copy, '/');
    if (slash)
        slash[slash == copy] = '\0';
    return realpath(slash ? copy : ".", NULL);
}

static int put_run(struct keep *k, const struct experiment *e, int n, char **words)
{
    const struct study *study = e->study;
    const struct point *first = &e->points[0];
    char seed[24], *path = keep_directory_of(study->path),
                   *plugins = identity_plugins(first->identity);
    struct stamp stamp;
    struct store_run run = { &stamp, study->name, path ? path : "", seed, plugins, study->text };
    int failed = -1;

    snprintf(seed, sizeof seed, "%" PRIu64, first->scenario->run.seed);
    if (!plugins || stamp_open(&stamp, n, words)) {
        keep_no_memory(k);
    } else {
        failed = told(k, store_begin_run(k->store, &run));
        stamp_close(&stamp);
    }
    free(path);
    free(plugins);
    return failed;
}

static int put_points(struct keep *k, const struct study *study)
{
    struct store_point *all = calloc((size_t)study->cells_n * study->axes_n + 1, sizeof all[0]);
    uint32_t i, a;
    size_t n = 0;
    int failed;

    if (!all)
        return keep_no_memory(k);
    for (i = 0; i < study->cells_n; i++)
        for (a = 0; a < study->cells[i].at_n; a++) {
            const struct coordinate *at = &study->cells[i].at[a];

            all[n] = (struct store_point) { study->cells[i].name, at->path, at->text, (uint32_t)n,
                                            at->number };
            n++;
        }
    failed = told(k, store_put_points(k->store, all, n));
    free(all);
    return failed;
}

static int put_contenders(struct keep *k, const struct experiment *e)
{
    struct store_contender *all = calloc(e->points_n + 1, sizeof all[0]);
    uint32_t i;
    int failed;

    if (!all)
        return keep_no_memory(k);
    for (i = 0; i < e->points_n; i++) {
        const struct point *p = &e->points[i];

        all[i] = (struct store_contender) { p->at, p->policy->label, p->policy->name,
                                            i,     p->replications,  p->scenario->run.confidence };
    }
    failed = told(k, store_put_contenders(k->store, all, e->points_n));
    free(all);
    return failed;
}

/* ---- What the experiment calls. */

static int heard(struct keep *k, int failed)
{
    k->failed |= failed != 0;
    return failed;
}

static bool call_recall(void *context, const struct point *p, uint32_t replication,
                        struct outcome *out)
{
    return keep_recall(context, p, replication, out);
}

static bool call_recall_pilot(void *context, const struct point *p, struct warmup_found *found)
{
    return keep_recall_pilot(context, p, found);
}

static int call_keep(void *context, const struct point *p, const struct outcome *out)
{
    return heard(context, keep_trial(context, p, out));
}

static int call_keep_pilot(void *context, const struct point *p)
{
    return heard(context, keep_pilot(context, p));
}

static int call_again(void *context, const struct point *p)
{
    struct keep *k = context;

    return heard(k, told(k, store_drop_use(k->store, p->at, p->policy->label)));
}

static int call_share(void *context, const struct point *p, const struct point *twin)
{
    (void)twin;
    return heard(context, keep_use(context, p));
}

int keep_begin(struct keep *k, struct experiment *e, int n, char **words)
{
    k->calls = (struct experiment_store) { .context = k,
                                           .recall = call_recall,
                                           .recall_pilot = call_recall_pilot,
                                           .keep = call_keep,
                                           .keep_pilot = call_keep_pilot,
                                           .again = call_again,
                                           .share = call_share };
    e->store = &k->calls;
    if (put_run(k, e, n, words) || put_points(k, e->study) || put_contenders(k, e))
        return -1;
    return directory_write(k->directory, "scenario.json", e->study->text, k->why, sizeof k->why)
               ? -1
               : 0;
}

/* ---- The summary. */

static struct store_interval row_of(const struct point *p, const struct metric *m,
                                    const struct interval *x, const char *scope)
{
    return (struct store_interval) { .point = p->at,
                                     .label = p->policy->label,
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

enum { SCOPE_ROOM = 160 };

/* "servers:app@9..10": the scope, then the window in seconds. */
static void window_scope(char *room, const struct metric *m, const struct told_window *w)
{
    snprintf(room, SCOPE_ROOM, "%.100s@%.12g..%.12g", m->scope_name, (double)w->from / 1e9,
             (double)w->to / 1e9);
}

static int put_intervals(struct keep *k, const struct point *p)
{
    size_t windowed = (size_t)p->windows.n * p->window_metrics->n, n = 0, i;
    struct store_interval *rows = calloc(p->metrics->n + windowed + 1, sizeof rows[0]);
    char(*scope)[SCOPE_ROOM] = calloc(windowed + 1, sizeof scope[0]);
    int failed = -1;

    if (!rows || !scope) {
        keep_no_memory(k);
    } else {
        for (i = 0; i < p->metrics->n; i++)
            rows[n++] =
                row_of(p, &p->metrics->at[i], &p->interval[i], p->metrics->at[i].scope_name);
        for (i = 0; i < windowed; i++) {
            const struct metric *m = &p->window_metrics->at[i % p->window_metrics->n];

            window_scope(scope[i], m, &p->windows.at[i / p->window_metrics->n]);
            rows[n++] = row_of(p, m, &p->windows.interval[i], scope[i]);
        }
        failed = told(k, store_put_intervals(k->store, rows, n));
    }
    free(rows);
    free(scope);
    return failed;
}

/* ---- Warnings. */

struct warnings {
    struct store_warning *at;
    struct caution (*said)[CAUTIONS_MOST]; /* by point */
    size_t n;
};

static void list_said(struct warnings *w, struct diagnostics *said)
{
    const struct diagnostic *d;
    uint32_t i;

    for (i = 0; (d = diagnostics_at(said, i)); i++)
        if (d->severity == SAY_WARNING)
            w->at[w->n++] =
                (struct store_warning) { "", "", d->code ? d->code : "warning", d->message };
}

static void list_cautions(struct warnings *w, const struct experiment *e)
{
    uint32_t i, k, n;

    for (i = 0; i < e->points_n; i++) {
        const struct point *p = &e->points[i];

        for (k = 0, n = cautions_of(p, w->said[i]); k < n; k++)
            w->at[w->n++] = (struct store_warning) { p->at, p->policy->label, w->said[i][k].code,
                                                     w->said[i][k].text };
    }
}

static size_t count_diagnostics(struct diagnostics *said)
{
    uint32_t n = 0;

    while (diagnostics_at(said, n))
        n++;
    return n;
}

static int put_warnings(struct keep *k, const struct experiment *e, struct diagnostics *said)
{
    size_t most = (size_t)e->points_n * CAUTIONS_MOST + count_diagnostics(said) + 1;
    struct warnings w = { calloc(most, sizeof w.at[0]), calloc(e->points_n, sizeof w.said[0]), 0 };
    int failed;

    if (w.at && w.said) {
        list_said(&w, said);
        list_cautions(&w, e);
        failed = told(k, store_put_warnings(k->store, w.at, w.n));
    } else {
        failed = keep_no_memory(k);
    }
    free(w.at);
    free(w.said);
    return failed;
}

int keep_summary(struct keep *k, const struct experiment *e, struct diagnostics *said)
{
    uint32_t i;

    for (i = 0; i < e->points_n; i++)
        if (e->points[i].interval && e->points[i].done && put_intervals(k, &e->points[i]))
            return -1;
    return put_contenders(k, e) || put_warnings(k, e, said) ? -1 : 0;
}
