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
#include "sim/record/results.h"

enum { PATH_ROOM = 4096 };
#define MS_NS 1e6

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
    struct live_rows rows = { .export = e };
    struct store *store = NULL;
    char path[PATH_ROOM], why[512] = "";
    int status = EXIT_MACHINE;

    if (!results_path(e->path, path, sizeof path)) {
        cli_say("export: %.200s...: the name is too long", e->path);
    } else if (store_open(path, STORE_READ, &store, why, sizeof why)) {
        cli_say("%s", why);
    } else if (live_rows_read(&rows, store)) {
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
    live_rows_close(&rows);
    return status;
}
