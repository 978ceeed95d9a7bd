/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files of a live run: what is printed for programs, and a percentile spectrum a policy. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sim/cli/directory.h"
#include "sim/cli/export.h"
#include "sim/cli/live_report.h"
#include "sim/cli/whole_file.h"

#define MS_NS 1e6

static int broken(const char *path)
{
    cli_say("%s: %s", path, strerror(errno));
    return EXIT_MACHINE;
}

static int write_file(const char *path, void (*print)(FILE *, const struct live_report *),
                      const struct live_report *report)
{
    struct whole_file file;

    if (whole_file_open(&file, path))
        return broken(path);
    print(file.out, report);
    return whole_file_end(&file, !ferror(file.out)) ? broken(path) : EXIT_DONE;
}

int live_write_requests(const struct live_report *report, const char *path)
{
    return write_file(path, live_print_requests, report);
}

static int write_with(const char *directory, const char *name,
                      void (*print)(FILE *, const struct live_report *),
                      const struct live_report *report)
{
    char path[2200];

    snprintf(path, sizeof path, "%.2000s/%s", directory, name);
    return write_file(path, print, report);
}

static int write_spectrum(const char *directory, const struct live_told *t)
{
    const struct session_try *run = live_told_run(t);
    struct whole_file file;
    char path[2900];
    size_t i = (size_t)snprintf(path, sizeof path, "%.2000s/", directory);

    if (!run)
        return EXIT_DONE;
    snprintf(path + i, sizeof path - i, "live-%.200s%s%.400s-latency.hgrm",
             live_told_policy(t)->label, t->cell->name[0] ? "-" : "", t->cell->name);
    for (; path[i]; i++)
        if (strchr("/\\:*?\"<>|", path[i]) || (unsigned char)path[i] <= ' ')
            path[i] = '_';
    if (whole_file_open(&file, path))
        return broken(path);
    export_spectrum(file.out, run->result.spectrum, MS_NS);
    return whole_file_end(&file, !ferror(file.out)) ? broken(path) : EXIT_DONE;
}

int live_write(const struct live_report *report, const char *directory)
{
    int failed = directory_make(directory), status;
    uint32_t i;

    if (failed) {
        cli_say("live: directory %s cannot be made: %s; choose one that you may write to with -o",
                directory, strerror(-failed));
        return EXIT_MACHINE;
    }
    status = write_with(directory, "live.json", live_print_json, report);
    if (status == EXIT_DONE)
        status = write_with(directory, "live.csv", live_print_csv, report);
    for (i = 0; status == EXIT_DONE && i < report->n; i++)
        status = write_spectrum(directory, &report->at[i]);
    return status;
}
