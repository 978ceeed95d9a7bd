/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/trace_file.h"

#include <stdlib.h>
#include <string.h>

#include "sim/scenario/trace_field.h"

enum column { COLUMN_TIME, COLUMN_SERVICE, COLUMN_KEY, COLUMN_BYTES, COLUMNS };
static const double WORK_MOST = 1e17; /* ns */

/* A trace under the eye: which cell holds what, and the line before. */
struct reading {
    struct inflow *in;
    bool json;
    int at[COLUMNS]; /* of CSV; -1: no such column */
    bool seen[COLUMNS];
    int cells;
    lb_time before;
    char *line; /* JSON: the first line, already read */
    char why[256];
};

struct trace_feed {
    const struct trace_info *info;
    struct reading reading;
    uint64_t read;
};

static bool complain(struct reading *r, const char *what, const char *cell)
{
    snprintf(r->why, sizeof r->why, "line %llu: %s%s%.40s%s",
             (unsigned long long)inflow_number(r->in), what, cell ? ", found \"" : "",
             cell ? cell : "", cell ? "\"" : "");
    return false;
}

static int column_named(const char *name)
{
    static const char *const names[] = { "time", "service", "key", "bytes", "issued_s", "work_s" };
    int i;

    for (i = 0; i < 6; i++)
        if (!strcmp(name, names[i]))
            return i < COLUMNS ? i : i - COLUMNS;
    return -1;
}

/* ---- The head. */

static bool read_header(struct reading *r, char *line)
{
    char *cells[CELLS_MOST];
    int i;

    r->cells = cells_of_csv(line, cells);
    if (r->cells < 0)
        return complain(r, "the header is no CSV: a quote stays open", NULL);
    for (i = 0; i < r->cells; i++) {
        int column = column_named(cells[i]);

        if (column >= 0 && r->at[column] >= 0)
            return complain(r, "a column is there twice", cells[i]);
        if (column >= 0)
            r->at[column] = i;
    }
    if (r->at[COLUMN_TIME] < 0)
        return complain(r,
                        "the header names no column \"time\" (others are service, key, bytes; "
                        "lbsim import makes traces of logs)",
                        NULL);
    for (i = 0; i < COLUMNS; i++)
        r->seen[i] = r->at[i] >= 0;
    return true;
}

/* The next line that is not empty; NULL at the end, or with r->why. */
static char *full_line(struct reading *r)
{
    const char *why = NULL;
    char *line;

    do
        line = inflow_line(r->in, &why);
    while (line && !line[strspn(line, " \t")]);
    if (!line && why)
        complain(r, why, NULL);
    return line;
}

static bool begin(struct reading *r)
{
    char *line;
    int i;

    for (i = 0; i < COLUMNS; i++)
        r->at[i] = -1;
    r->before = 0;
    r->line = NULL;
    r->why[0] = '\0';
    line = full_line(r);
    if (!line && !r->why[0])
        snprintf(r->why, sizeof r->why, "it is empty");
    if (!line)
        return false;
    r->json = line[strspn(line, " \t")] == '{';
    if (!r->json)
        return read_header(r, line);
    r->line = line;
    return true;
}

/* ---- A record. */

static bool find_cells(struct reading *r, char *line, const char *found[COLUMNS])
{
    char *cells[CELLS_MOST];
    int n = r->json ? cells_of_json(line, cells) : cells_of_csv(line, cells), i;

    for (i = 0; i < COLUMNS; i++)
        found[i] = NULL;
    if (n < 0)
        return complain(r,
                        r->json ? "expected a flat JSON object, { \"time\": 0.5, ... }"
                                : "no CSV: a quote stays open",
                        NULL);
    if (!r->json && n != r->cells)
        return complain(r, "it has more or fewer cells than the header", NULL);
    for (i = 0; !r->json && i < COLUMNS; i++)
        if (r->at[i] >= 0)
            found[i] = cells[r->at[i]];
    for (i = 0; r->json && i < n; i += 2)
        if (column_named(cells[i]) >= 0)
            found[column_named(cells[i])] = cells[i + 1];
    for (i = 0; r->json && i < COLUMNS; i++)
        r->seen[i] |= found[i] != NULL;
    return true;
}

static bool read_values(struct reading *r, const char *const cell[COLUMNS],
                        struct arrival_record *record)
{
    *record = (struct arrival_record) { 0, -1, 0, -1 };
    if (!cell[COLUMN_TIME])
        return complain(r, "time is missing", NULL);
    if (!cell_time(cell[COLUMN_TIME], &record->time))
        return complain(r, "time: expected seconds from the start, 0 to 4e9", cell[COLUMN_TIME]);
    if (record->time < r->before)
        return complain(r, "time: it lies before the line above (lbsim import sorts logs)",
                        cell[COLUMN_TIME]);
    if (r->seen[COLUMN_SERVICE] && !cell[COLUMN_SERVICE])
        return complain(r, "service is missing", NULL);
    if (cell[COLUMN_SERVICE] &&
        (!cell_time(cell[COLUMN_SERVICE], &record->work) || (double)record->work > WORK_MOST))
        return complain(r, "service: expected seconds, 0 to 1e8", cell[COLUMN_SERVICE]);
    if (cell[COLUMN_KEY])
        record->key = cell_key(cell[COLUMN_KEY]);
    if (cell[COLUMN_BYTES] && cell[COLUMN_BYTES][0] && strcmp(cell[COLUMN_BYTES], "-") != 0 &&
        !cell_bytes(cell[COLUMN_BYTES], &record->response))
        return complain(r, "bytes: expected a whole number from 0 to 1e15", cell[COLUMN_BYTES]);
    r->before = record->time;
    return true;
}

/* 1, 0 at the end, -1 with r->why. */
static int read_record(struct reading *r, struct arrival_record *record)
{
    char *line = r->line ? r->line : full_line(r);
    const char *cells[COLUMNS];

    r->line = NULL;
    if (!line)
        return r->why[0] ? -1 : 0;
    return find_cells(r, line, cells) && read_values(r, cells, record) ? 1 : -1;
}

/* ---- The whole. */

static void count(struct trace_info *info, const struct arrival_record *record)
{
    if (info->count == 0)
        info->first = record->time;
    info->last = record->time;
    info->count++;
    if (record->work >= 0)
        info->work += ((double)record->work * 1e-9 - info->work) / (double)info->count;
    info->hash = hash_more(info->hash, (uint64_t)record->time);
    info->hash = hash_more(info->hash, (uint64_t)record->work);
    info->hash = hash_more(info->hash, record->key);
    info->hash = hash_more(info->hash, (uint64_t)record->response);
}

/* JSON may begin without a service and name one later: then the first lines lack it. */
static bool agrees(struct reading *r, const struct trace_info *info)
{
    const bool late = info->count > 0 && r->seen[COLUMN_SERVICE] && !info->has_service;

    return !late || complain(r, "service is here, but not in the lines above", NULL);
}

static int scan(struct reading *r, struct trace_info *info)
{
    struct arrival_record record;
    int got = begin(r) ? 1 : -1;

    while (got > 0 && (got = read_record(r, &record)) > 0) {
        if (!agrees(r, info))
            got = -1;
        info->has_service = r->seen[COLUMN_SERVICE];
        count(info, &record);
    }
    if (got == 0 && info->count == 0) {
        snprintf(r->why, sizeof r->why, "it has no line after the header");
        got = -1;
    }
    info->has_key = r->seen[COLUMN_KEY];
    info->has_bytes = r->seen[COLUMN_BYTES];
    return got;
}

int trace_scan(FILE *file, const char *path, struct trace_info *info, char *why, size_t room)
{
    const char *wrong = NULL;
    struct inflow *in = inflow_of(file, &wrong);
    struct reading *r = calloc(1, sizeof *r);
    int failed = -1;

    *info = (struct trace_info) { .path = path };
    if (in && r) {
        r->in = in;
        failed = scan(r, info);
        snprintf(why, room, "%s", r->why);
    } else
        snprintf(why, room, "%s", wrong ? wrong : "out of memory");
    inflow_close(in);
    free(r);
    return failed;
}

/* ---- Replaying. */

struct trace_feed *trace_feed_open(const struct trace_info *info, char *why, size_t room)
{
    struct trace_feed *feed = calloc(1, sizeof *feed);
    const char *wrong = "out of memory";

    if (feed) {
        feed->info = info;
        feed->reading.in = inflow_open(info->path, &wrong);
        if (feed->reading.in && begin(&feed->reading))
            return feed;
    }
    snprintf(why, room, "%s: %s", info->path,
             feed && feed->reading.why[0] ? feed->reading.why : wrong);
    trace_feed_close(feed);
    return NULL;
}

static int pull(void *context, struct arrival_record *record, const char **why)
{
    struct trace_feed *feed = context;
    int got = read_record(&feed->reading, record);

    feed->read += got > 0;
    if (got == 0 && feed->read != feed->info->count) {
        snprintf(feed->reading.why, sizeof feed->reading.why,
                 "the trace has changed since the scenario was read");
        got = -1;
    }
    if (got < 0)
        *why = feed->reading.why;
    return got;
}

static int rewind_feed(void *context, const char **why)
{
    struct trace_feed *feed = context;

    feed->read = 0;
    if (inflow_rewind(feed->reading.in, why))
        return -1;
    if (begin(&feed->reading))
        return 0;
    *why = feed->reading.why;
    return -1;
}

struct arrival_feed trace_feed(struct trace_feed *feed)
{
    return (struct arrival_feed) { pull, rewind_feed, feed };
}

void trace_feed_close(struct trace_feed *feed)
{
    if (feed)
        inflow_close(feed->reading.in);
    free(feed);
}
