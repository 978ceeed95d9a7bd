/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim import: a log of real requests becomes a trace that scenarios replay. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/cli.h"
#include "sim/cli/import.h"
#include "sim/cli/whole_file.h"
#include "sim/scenario/inflow.h"

enum { GUESS_LINES = 100 };
static const char *const formats[IMPORT_FORMATS] = { "nginx", "haproxy", "csv", "requests" };

struct import {
    const char *path, *out;
    int format; /* enum import_format, or -1: to be guessed */
    struct import_table table;
    struct inflow *in;
    struct import_sort *sort;
    uint64_t lines, bad, first_bad, ended;
    bool any, service; /* a line has been understood; the first says how long it took */
    char what[256];
};

/* ---- Options. */

static int take_format(struct import *x, const char *value)
{
    for (x->format = 0; x->format < IMPORT_FORMATS; x->format++)
        if (!strcmp(value, formats[x->format]))
            return 0;
    cli_say("import: --format %s: expected nginx, haproxy, csv or requests", value);
    return EXIT_USAGE;
}

static int take_replication(struct import *x, const char *value)
{
    char *end;

    x->table.replication = strtol(value, &end, 10);
    if (*value && !*end && x->table.replication >= 0)
        return 0;
    cli_say("import: --replication %s: expected a whole number from 0", value);
    return EXIT_USAGE;
}

static int take(void *context, const struct cli_option *o, const char *value)
{
    struct import *x = context;
    const struct {
        const char *name, **at;
    } texts[] = { { "out", &x->out },
                  { "time", &x->table.time },
                  { "service", &x->table.service },
                  { "key", &x->table.key },
                  { "bytes", &x->table.bytes },
                  { "policy", &x->table.policy },
                  { "point", &x->table.point },
                  { "client", &x->table.client } };
    size_t i;

    if (!o && x->path) {
        cli_say("import: one log at a time: \"%s\" and \"%s\"", x->path, value);
        return EXIT_USAGE;
    }
    if (!o) {
        x->path = value;
        return 0;
    }
    if (!strcmp(o->name, "format"))
        return take_format(x, value);
    if (!strcmp(o->name, "replication"))
        return take_replication(x, value);
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (!strcmp(o->name, texts[i].name))
            *texts[i].at = value;
    return 0;
}

/* ---- The format. */

static int format_of(char *line, bool first, bool named)
{
    char *copy = strdup(line);
    struct import_record record;
    int format = -1;

    if (!copy)
        return -1;
    if (!import_haproxy(copy, &record))
        format = IMPORT_HAPROXY;
    strcpy(copy, line);
    if (format < 0 && !import_nginx(copy, &record))
        format = IMPORT_NGINX;
    if (format < 0 && first && strstr(line, "issued_s") && strstr(line, "replication"))
        format = IMPORT_REQUESTS;
    else if (format < 0 && first &&
             (named || !strcmp(line, "time") || !strncmp(line, "time,", 5) ||
              strstr(line, ",time")))
        format = IMPORT_CSV;
    free(copy);
    return format;
}

static int guess(struct import *x)
{
    const char *why = NULL;
    char *line;
    int i;

    for (i = 0; x->format < 0 && i < GUESS_LINES && (line = inflow_line(x->in, &why)); i++)
        x->format = format_of(line, i == 0, x->table.time != NULL);
    if (x->format < 0 && why) {
        cli_say("import: %s: line %" PRIu64 ": %s", x->path, inflow_number(x->in), why);
        return EXIT_MACHINE;
    }
    if (x->format < 0) {
        cli_say("import: %s: no log that I know; say --format nginx, haproxy, csv or requests, and "
                "for CSV --time COLUMN",
                x->path);
        return EXIT_USAGE;
    }
    if (!inflow_rewind(x->in, &why))
        return 0;
    cli_say("import: %s: %s", x->path, why);
    return EXIT_MACHINE;
}

/* Options that say nothing of such a log. */
static int check_options(const struct import *x)
{
    const struct import_table *t = &x->table;
    const bool columns = t->time || t->service || t->key || t->bytes;
    const bool choices = t->policy || t->point || t->client || t->replication >= 0;
    const bool table = x->format == IMPORT_CSV || x->format == IMPORT_REQUESTS;

    if (choices && x->format != IMPORT_REQUESTS)
        cli_say("import: --policy, --point, --replication and --client choose lines of lbsim's own "
                "log; "
                "%s is read as %s",
                x->path, formats[x->format]);
    else if (columns && !table)
        cli_say("import: --time, --service, --key and --bytes name columns of CSV; %s is read as "
                "%s",
                x->path, formats[x->format]);
    else
        return 0;
    return EXIT_USAGE;
}

/* ---- Lines. */

static void count_bad(struct import *x, const char *why)
{
    if (x->bad++ == 0) {
        x->first_bad = inflow_number(x->in);
        snprintf(x->what, sizeof x->what, "%s", why);
    }
}

static const char *understand(struct import *x, char *line, struct import_record *record,
                              bool *skip)
{
    const char *why;

    *skip = false;
    if (x->format == IMPORT_NGINX)
        why = import_nginx(line, record);
    else if (x->format == IMPORT_HAPROXY)
        why = import_haproxy(line, record);
    else
        why = import_row(&x->table, (enum import_format)x->format, line, record, skip);
    if (why || *skip)
        return why;
    if (!x->any)
        x->service = record->work >= 0;
    x->any = true;
    return x->service && record->work < 0 ? "it does not say how long the request took" : NULL;
}

static int take_line(struct import *x, char *line)
{
    struct import_record record;
    const char *why;
    bool skip;

    if (!line[strspn(line, " \t")])
        return 0;
    x->lines++;
    why = understand(x, line, &record, &skip);
    if (why)
        count_bad(x, why);
    if (why || skip)
        return 0;
    x->ended += record.ended;
    if (!import_sort_add(x->sort, &record, &why))
        return 0;
    cli_say("import: %s: line %" PRIu64 ": %s", x->path, inflow_number(x->in), why);
    return EXIT_USAGE;
}

static int read_header(struct import *x)
{
    const char *why = NULL, *wrong = "it is empty";
    char *line = inflow_line(x->in, &why), room[256];

    if (line)
        wrong = import_header(&x->table, (enum import_format)x->format, line, room);
    if (wrong)
        cli_say("import: %s: %s", x->path, why ? why : wrong);
    return wrong ? EXIT_USAGE : 0;
}

static int read_all(struct import *x)
{
    const char *why = NULL;
    int status = 0;
    char *line;

    if (x->format == IMPORT_CSV || x->format == IMPORT_REQUESTS)
        status = read_header(x);
    while (!status && (line = inflow_line(x->in, &why)))
        status = take_line(x, line);
    if (!status && why) {
        cli_say("import: %s: line %" PRIu64 ": %s", x->path, inflow_number(x->in), why);
        return EXIT_MACHINE;
    }
    if (!status && import_sort_end(x->sort, &why)) {
        cli_say("import: %s", why);
        return EXIT_MACHINE;
    }
    return status;
}

/* ---- The whole. */

static int report(const struct import *x)
{
    const uint64_t written = import_sort_written(x->sort);
    char room[256];

    if (x->bad)
        cli_say("import: %s: %" PRIu64 " of %" PRIu64
                " lines are not understood, the first is line %" PRIu64 ": %s",
                x->path, x->bad, x->lines, x->first_bad, x->what);
    if (written == 0) {
        const char *unmet = import_unmet(&x->table, room);

        cli_say("import: %s: %s", x->path, unmet ? unmet : "no request found");
        return EXIT_USAGE;
    }
    cli_say("import: %" PRIu64 " requests, format %s", written, formats[x->format]);
    if (!x->service)
        cli_say("import: the log does not say how long requests took: the scenario must give the "
                "service");
    else if (x->format != IMPORT_REQUESTS && x->format != IMPORT_CSV)
        cli_say("import: service is the time taken as logged, waiting included");
    if (x->ended)
        cli_say("import: the log tells ends to the second: within each they are spread evenly "
                "(log $msec, and bursts are kept)");
    if (import_sort_shifted(x->sort))
        cli_say("import: times count from the first request");
    if (x->table.filtered)
        cli_say("import: of policy %s%s%s, replication %ld%s%s", x->table.chosen,
                x->table.chosen_point[0] ? " at " : "", x->table.chosen_point, x->table.replication,
                x->table.client ? ", client " : "", x->table.client ? x->table.client : "");
    return EXIT_DONE;
}

static int import_into(struct import *x, FILE *out)
{
    int status = x->format < 0 ? guess(x) : 0;

    if (!status)
        status = check_options(x);
    if (status)
        return status;
    x->sort = import_sort_open(out, x->format == IMPORT_NGINX || x->format == IMPORT_HAPROXY);
    if (!x->sort) {
        cli_say("out of memory");
        return EXIT_MACHINE;
    }
    status = read_all(x);
    return status ? status : report(x);
}

static int import_to_file(struct import *x)
{
    struct whole_file file;
    int status;

    if (whole_file_open(&file, x->out)) {
        cli_say("import: %s cannot be written: %s", x->out, strerror(errno));
        return EXIT_MACHINE;
    }
    status = import_into(x, file.out);
    if (whole_file_end(&file, status == EXIT_DONE) && status == EXIT_DONE) {
        cli_say("import: %s cannot be written: %s", x->out, strerror(errno));
        status = EXIT_MACHINE;
    }
    return status;
}

static int import(struct import *x)
{
    const char *why = NULL;
    FILE *log;

    if (!x->path) {
        cli_say("import: name a log");
        return EXIT_USAGE;
    }
    if (x->out ? is_same_file(x->path, x->out) : is_standard_output(x->path)) {
        cli_say("import: %s is the log itself: the trace needs a file of its own",
                x->out ? x->out : "standard output");
        return EXIT_USAGE;
    }
    log = fopen(x->path, "rb"); /* a pipe will do where the format is given */
    x->in = log ? inflow_of(log, &why) : NULL;
    if (!x->in) {
        cli_say("import: %s: %s", x->path, log ? why : strerror(errno));
        return EXIT_MACHINE;
    }
    return x->out ? import_to_file(x) : import_into(x, stdout);
}

static int run_verb(const struct verb *verb, int n, char **words)
{
    struct import x = { .format = -1, .table = { .replication = -1 } };
    int status = cli_read(verb, n, words, take, &x);

    if (status == 0)
        status = import(&x);
    import_sort_close(x.sort);
    inflow_close(x.in);
    return status < 0 ? EXIT_DONE : status;
}

static const struct cli_option options[] = {
    { "out", 'o', "FILE", "where the trace goes; absent: standard output" },
    { "format", 0, "F", "nginx, haproxy, csv or requests; absent: as it looks" },
    { "time", 0, "COLUMN", "of CSV: when requests begin (default time)" },
    { "service", 0, "COLUMN", "of CSV: how long they take (default service)" },
    { "key", 0, "COLUMN", "of CSV: what hashing policies go by (default key)" },
    { "bytes", 0, "COLUMN", "of CSV: size of the answer (default bytes)" },
    { "policy", 0, "LABEL", "of lbsim's log: default the first" },
    { "point", 0, "P", "of lbsim's log of a sweep, as its column says: default the first" },
    { "replication", 0, "N", "of lbsim's log: default the first" },
    { "client", 0, "NAME", "of lbsim's log: default all" },
    { NULL, 0, NULL, NULL },
};

const struct verb verb_import = {
    .name = "import",
    .arguments = "LOG",
    .summary = "make a trace of a log, to be replayed by arrivals \"trace\"",
    .more =
        "nginx: combined, with $request_time or $upstream_response_time at the end, best with\n"
        "$msec too; haproxy: option httplog; csv: with a header; requests: --trace-requests of\n"
        "lbsim run. Plain, gzip or zstd. Lines may be a million lines out of order.\n"
        "  lbsim import access.log.gz -o trace.csv\n"
        "  \"arrivals\": { \"process\": \"trace\", \"file\": \"trace.csv\" }\n",
    .options = options,
    .run = run_verb,
};
