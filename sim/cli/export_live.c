/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/export_live.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/directory.h"
#include "sim/cli/export.h"
#include "sim/cli/export_live_part.h"
#include "sim/cli/store_file.h"
#include "sim/cli/whole_file.h"
#include "sim/record/histogram.h"
#include "sim/record/names.h"
#include "sim/record/results.h"
#include "sim/record/stamp.h"

enum { PATH_ROOM = 4096 };
#define MS_NS 1e6

/* ---- All rows, read and kept: there are few of them. */

static void *grown(void *at, uint32_t n, size_t each)
{
    return (n & (n - 1)) == 0 ? realloc(at, (n ? 2 * (size_t)n : 1) * each) : at;
}

static const char *keep(struct live_rows *l, const char *text)
{
    const char *kept = text ? names_keep(l->names, text) : "";

    l->failed |= !kept;
    return kept ? kept : "";
}

static int see_run(void *context, const void *row)
{
    const struct store_live_run *r = row;
    struct live_rows *l = context;

    l->scenario = keep(l, r->scenario);
    l->seed = keep(l, r->seed);
    l->kind = keep(l, r->kind);
    l->transport = keep(l, r->transport);
    l->through = keep(l, r->through);
    l->scheduler = keep(l, r->scheduler);
    l->tls = r->tls;
    l->time_scale = r->time_scale;
    for (int i = 0; i < STAMP_ITEMS; i++)
        l->stamp[i] = keep(l, r->stamp->value[i]);
    l->found = true;
    return 0;
}

static bool one_of(const char *const *list, uint32_t n, const char *text)
{
    uint32_t i;

    for (i = 0; i < n; i++)
        if (!strcmp(list[i], text))
            return true;
    return false;
}

static int see_contender(void *context, const void *row)
{
    const struct store_live_contender *c = row;
    struct live_rows *l = context;
    const struct export_live *e = l->export;
    struct store_live_contender *at;

    l->contenders_all++;
    if ((e->policies_n && !one_of(e->policies, e->policies_n, c->label) &&
         !one_of(e->policies, e->policies_n, c->policy)) ||
        (e->points_n && !one_of(e->points, e->points_n, c->point)))
        return 0;
    at = grown(l->contenders, l->contenders_n, sizeof *at);
    if (!at)
        return -ENOMEM;
    l->contenders = at;
    at += l->contenders_n++;
    *at = *c;
    at->point = keep(l, c->point);
    at->label = keep(l, c->label);
    at->policy = keep(l, c->policy);
    at->gate = keep(l, c->gate);
    at->gate_why = keep(l, c->gate_why);
    at->verdict = keep(l, c->verdict);
    at->why = keep(l, c->why);
    return 0;
}

static int see_try(void *context, const void *row)
{
    const struct store_live_try *t = row;
    struct live_rows *l = context;
    struct store_live_try *at = grown(l->tries, l->tries_n, sizeof *at);

    if (!at)
        return -ENOMEM;
    l->tries = at;
    at += l->tries_n++;
    *at = *t;
    at->point = keep(l, t->point);
    at->label = keep(l, t->label);
    at->phase = keep(l, t->phase);
    at->gate = keep(l, t->gate);
    at->why = keep(l, t->why);
    return 0;
}

static bool wants_metric(const struct export_live *e, const struct store_live_value *v)
{
    char full[EXPORT_NAME];

    snprintf(full, sizeof full, "%s.%s", v->metric, v->statistic);
    return e->metrics_n == 0 || one_of(e->metrics, e->metrics_n, v->metric) ||
           one_of(e->metrics, e->metrics_n, full);
}

static int see_value(void *context, const void *row)
{
    const struct store_live_value *v = row;
    struct live_rows *l = context;
    struct store_live_value *at;

    if (!wants_metric(l->export, v))
        return 0;
    at = grown(l->values, l->values_n, sizeof *at);
    if (!at)
        return -ENOMEM;
    l->values = at;
    at += l->values_n++;
    *at = *v;
    at->point = keep(l, v->point);
    at->label = keep(l, v->label);
    at->world = keep(l, v->world);
    at->metric = keep(l, v->metric);
    at->statistic = keep(l, v->statistic);
    at->unit = keep(l, v->unit);
    return 0;
}

static int see_histogram(void *context, const void *row)
{
    const struct store_live_histogram *h = row;
    struct live_rows *l = context;
    struct store_live_histogram *at = grown(l->histograms, l->histograms_n, sizeof *at);
    uint8_t *bytes = malloc(h->n + 1);

    if (!at || !bytes) {
        free(bytes);
        return -ENOMEM;
    }
    memcpy(bytes, h->bytes, h->n);
    l->histograms = at;
    at += l->histograms_n++;
    *at = *h;
    at->bytes = bytes;
    at->point = keep(l, h->point);
    at->label = keep(l, h->label);
    at->world = keep(l, h->world);
    at->metric = keep(l, h->metric);
    return 0;
}

static int read_rows(struct live_rows *l, struct store *store)
{
    static store_row_visit *const visits[] = { [STORE_LIVE_RUN] = see_run,
                                               [STORE_LIVE_CONTENDERS] = see_contender,
                                               [STORE_LIVE_TRIES] = see_try,
                                               [STORE_LIVE_VALUES] = see_value,
                                               [STORE_LIVE_HISTOGRAMS] = see_histogram };
    int table, answer = 0;

    for (table = 0; table <= STORE_LIVE_HISTOGRAMS && answer == 0; table++)
        answer =
            store_each_live(store, (enum store_live_table)table, visits[table], l, &l->damaged);
    return l->failed ? -ENOMEM : answer;
}

static void rows_close(struct live_rows *l)
{
    uint32_t i;

    for (i = 0; i < l->histograms_n; i++)
        free((void *)(uintptr_t)l->histograms[i].bytes);
    free(l->contenders);
    free(l->tries);
    free(l->values);
    free(l->histograms);
    names_close(l->names);
}

/* ---- Spectra. */

static bool belongs(const struct store_live_histogram *h, const struct store_live_contender *c)
{
    return !strcmp(h->point, c->point) && !strcmp(h->label, c->label);
}

static int put_spectrum(const struct live_rows *l, const struct store_live_contender *c,
                        const struct store_live_histogram *h, bool alone)
{
    struct histogram_total *total = calloc(1, sizeof *total);
    struct whole_file file;
    char path[PATH_ROOM];
    size_t i = (size_t)snprintf(path, sizeof path, "%.1000s/", l->export->out);
    int status = EXIT_DONE;

    snprintf(path + i, sizeof path - i, "%.200s%s%.400s-%.20s-%.40s.hgrm", c->label,
             c->point[0] ? "-" : "", c->point, h->world, h->metric);
    for (; path[i]; i++)
        if (strchr("/\\:*?\"<>|", path[i]) || (unsigned char)path[i] <= ' ')
            path[i] = '_';
    if (alone)
        snprintf(path, sizeof path, "%s", l->export->out);
    if (!total || histogram_decode(total, h->bytes, h->n)) {
        cli_say("export: the histogram of %s, %s cannot be read", c->label, h->world);
        status = EXIT_MACHINE;
    } else if (alone && !strcmp(path, "-")) {
        export_spectrum(stdout, total, MS_NS);
    } else if (whole_file_open(&file, path)) {
        cli_say("export: %s: %s", path, strerror(errno));
        status = EXIT_MACHINE;
    } else {
        export_spectrum(file.out, total, MS_NS);
        if (whole_file_end(&file, !ferror(file.out))) {
            cli_say("export: %s: %s", path, strerror(errno));
            status = EXIT_MACHINE;
        }
    }
    free(total);
    return status;
}

static int put_spectra(const struct live_rows *l)
{
    uint32_t i, k, n = 0;
    int status = EXIT_DONE;

    for (i = 0; i < l->contenders_n; i++)
        for (k = 0; k < l->histograms_n; k++)
            n += belongs(&l->histograms[k], &l->contenders[i]);
    if (n > 1 && !strcmp(l->export->out, "-")) {
        cli_say("export: %u spectra: name a directory with -o", n);
        return EXIT_USAGE;
    }
    if (n > 1 && directory_make(l->export->out)) {
        cli_say("export: directory %s cannot be made", l->export->out);
        return EXIT_MACHINE;
    }
    for (i = 0; i < l->contenders_n; i++)
        for (k = 0; k < l->histograms_n && status == EXIT_DONE; k++)
            if (belongs(&l->histograms[k], &l->contenders[i]))
                status = put_spectrum(l, &l->contenders[i], &l->histograms[k], n == 1);
    return status;
}

/* ---- The whole. */

static int put_rows(const struct live_rows *l)
{
    void (*put)(FILE *, const struct live_rows *) =
        l->export->form == EXPORT_LIVE_JSON ? live_rows_json : live_rows_csv;
    struct whole_file file;

    if (l->export->form == EXPORT_LIVE_HGRM)
        return put_spectra(l);
    if (!strcmp(l->export->out, "-")) {
        put(stdout, l);
        return EXIT_DONE;
    }
    if (whole_file_open(&file, l->export->out) == 0) {
        put(file.out, l);
        if (whole_file_end(&file, !ferror(file.out)) == 0)
            return EXIT_DONE;
    }
    cli_say("export: %s: %s", l->export->out, strerror(errno));
    return EXIT_MACHINE;
}

static int check(const struct live_rows *l, const char *path)
{
    if (!l->found) {
        cli_say("export: %s: holds no live run; lbsim validate or lbsim live make one", path);
        return EXIT_MACHINE;
    }
    if (l->contenders_n == 0 && l->contenders_all) {
        cli_say("export: the live run has no policy that --policy and --point ask for");
        return EXIT_USAGE;
    }
    if (l->values_n == 0 && l->export->metrics_n) {
        cli_say("export: the live run has no metric \"%s\"", l->export->metrics[0]);
        return EXIT_USAGE;
    }
    if (strcmp(l->export->out, "-") ? is_of_store(path, l->export->out)
                                    : is_standard_output(path)) {
        cli_say("export: %s belongs to the results that are read: -o needs another file",
                l->export->out);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

int export_live(const struct export_live *e)
{
    struct live_rows rows = { .export = e, .names = names_open() };
    struct store *store = NULL;
    char path[PATH_ROOM], why[512] = "";
    int status = EXIT_MACHINE;

    if (!rows.names || !results_path(e->path, path, sizeof path)) {
        cli_say("export: %.200s: the name is too long, or memory is out", e->path);
    } else if (store_open(path, STORE_READ, &store, why, sizeof why)) {
        cli_say("%s", why);
    } else if (read_rows(&rows, store)) {
        cli_say("%s", rows.failed ? "out of memory" : store_why(store));
    } else {
        status = check(&rows, path);
        if (status == EXIT_DONE)
            status = put_rows(&rows);
    }
    if (rows.damaged) {
        cli_say("export: %s: %" PRIu64 " rows are damaged and left out", path, rows.damaged);
        status = status == EXIT_DONE ? EXIT_CLAIM : status;
    }
    store_close(store);
    rows_close(&rows);
    return status;
}
