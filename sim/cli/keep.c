/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/keep.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/cli/trial_rows.h"
#include "sim/engine/stream.h"
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

static int put_contenders(struct keep *k, const struct scenario *s)
{
    int failed = 0;
    uint32_t i;

    for (i = 0; i < s->policies_n && !failed; i++) {
        const struct store_contender c = { "", s->policies[i].label, s->policies[i].name, i,
                                           s->run.replications };

        failed = store_put_contenders(k->store, &c, 1);
    }
    return failed;
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
        if (!failed)
            failed = put_contenders(k, s);
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

static int refuse(struct keep *k, const char *why)
{
    snprintf(k->why, sizeof k->why, "%s", why);
    return -1;
}

int keep_trial(struct keep *k, const struct experiment *e, const struct outcome *out)
{
    const struct policy_spec *p = e->points[out->policy].policy;
    struct trial_source source = { e->scenario, p, warmup_of(e, out), &e->metrics,
                                   &e->window_metrics };
    struct store_trial t = { .point = "",
                             .policy = p->name,
                             .label = p->label,
                             .replication = out->replication,
                             .seed = e->scenario->run.seed,
                             .failed = out->failed ? out->why : NULL,
                             .events = out->events,
                             .wall_s = out->wall_s,
                             .cpu_s = out->cpu_s };
    struct trial_rows *rows = trial_rows_open(&source, out, &t);
    int failed = -1;

    if (!rows || identity_hash(k->identity, out->policy, out->replication, source.warmup, t.hash))
        refuse(k, "out of memory");
    else
        failed = store_put(k->store, &t) ? refuse(k, store_why(k->store)) : 0;
    trial_rows_close(rows);
    return failed;
}

static int keep_pilot(struct keep *k, const struct experiment *e, uint32_t point)
{
    const struct point *p = &e->points[point];
    struct store_value values[PILOT_VALUES];
    struct store_trial t = { .point = "",
                             .policy = p->policy->name,
                             .label = p->policy->label,
                             .seed = e->scenario->run.seed,
                             .pilot = true,
                             .failed = p->warmup.failed ? p->warmup.why : NULL,
                             .events = p->warmup.events,
                             .values = values,
                             .values_n = p->warmup.failed ? 0 : PILOT_VALUES,
                             .wall_s = NAN,
                             .cpu_s = p->warmup.cpu_s };

    pilot_rows(&p->warmup, values);
    if (identity_hash(k->identity, point, STREAM_PILOT, 0, t.hash))
        return refuse(k, "out of memory");
    return store_put(k->store, &t) ? refuse(k, store_why(k->store)) : 0;
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
    uint32_t i;
    struct store_interval *rows = calloc(n + 1, sizeof rows[0]);
    char(*scope)[SCOPE_ROOM] = calloc(windowed + 1, sizeof scope[0]);
    int failed = 0;

    for (i = 0; i < e->points_n && !failed; i++)
        failed = e->points[i].piloted ? keep_pilot(k, e, i) : 0;
    if (failed) {
        free(rows);
        free(scope);
        return -1;
    }
    failed = -1;
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
