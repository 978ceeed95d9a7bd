/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * CSV with a header, and lbsim's own log of requests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/import.h"

enum cell {
    CELL_TIME,
    CELL_SERVICE,
    CELL_KEY,
    CELL_BYTES,
    CELL_POLICY,
    CELL_REPLICATION,
    CELL_REQUEST,
    CELL_CLIENT,
    CELL_POINT /* logs of earlier versions have none */
};
enum { CELLS_NEEDED = CELL_CLIENT + 1 };

static int find(char *const *cells, int n, const char *name)
{
    int i;

    for (i = 0; name && i < n; i++)
        if (!strcmp(cells[i], name))
            return i;
    return -1;
}

/* The column that was asked for, or else one of the usual names. */
static int column(char *const *cells, int n, const char *asked, const char *usual,
                  const char *other)
{
    int at = find(cells, n, asked ? asked : usual);

    return at >= 0 || asked ? at : find(cells, n, other);
}

const char *import_header(struct import_table *t, enum import_format format, char *line,
                          char room[256])
{
    const char *const asked[] = { t->time, t->service, t->key, t->bytes };
    char *cells[CELLS_MOST];
    int n = cells_of_csv(line, cells), i;

    t->cells = n;
    t->at[CELL_TIME] = column(cells, n, t->time, "time", "issued_s");
    t->at[CELL_SERVICE] = column(cells, n, t->service, "service", "work_s");
    t->at[CELL_KEY] = column(cells, n, t->key, "key", NULL);
    t->at[CELL_BYTES] = column(cells, n, t->bytes, "bytes", NULL);
    t->at[CELL_POLICY] = find(cells, n, "policy");
    t->at[CELL_REPLICATION] = find(cells, n, "replication");
    t->at[CELL_REQUEST] = find(cells, n, "request");
    t->at[CELL_CLIENT] = find(cells, n, "client");
    t->at[CELL_POINT] = find(cells, n, "point");
    for (i = 0; i < 4; i++)
        if (asked[i] && t->at[i] < 0) {
            snprintf(room, 256, "the header has no column \"%.100s\"", asked[i]);
            return room;
        }
    if (t->at[CELL_TIME] < 0)
        return "the header has no column \"time\": say which it is with --time COLUMN";
    for (i = CELL_POLICY; format == IMPORT_REQUESTS && i < CELLS_NEEDED; i++)
        if (t->at[i] < 0)
            return "no log of requests by lbsim: its columns policy, replication, request, client "
                   "are missing";
    return NULL;
}

/* One policy, point and replication: the first, if none was asked for. */
static bool is_wanted(struct import_table *t, char *const *cells)
{
    const char *policy = cells[t->at[CELL_POLICY]];
    const char *point = t->at[CELL_POINT] < 0 ? "" : cells[t->at[CELL_POINT]];
    const char *place = t->point ? t->point : t->chosen[0] ? t->chosen_point : point;
    const long replication = strtol(cells[t->at[CELL_REPLICATION]], NULL, 10);
    const char *wanted = t->policy ? t->policy : t->chosen[0] ? t->chosen : policy;
    const bool of_policy = !strcmp(policy, wanted);
    const bool of_point = !strcmp(point, place);
    const bool of_replication = t->replication < 0 || replication == t->replication;
    const bool of_client = !t->client || !strcmp(cells[t->at[CELL_CLIENT]], t->client);

    t->policy_seen |= of_policy;
    t->point_seen |= of_point;
    t->replication_seen |= of_replication;
    t->client_seen |= of_client;
    if (!of_policy || !of_point || !of_replication || !of_client)
        return false;
    t->replication = replication;
    snprintf(t->chosen, sizeof t->chosen, "%s", policy);
    snprintf(t->chosen_point, sizeof t->chosen_point, "%s", point);
    return true;
}

const char *import_unmet(const struct import_table *t, char room[256])
{
    if (!t->filtered || t->chosen[0])
        return NULL;
    if (!t->policy_seen)
        snprintf(room, 256, "no line has policy \"%.100s\"", t->policy);
    else if (!t->point_seen)
        snprintf(room, 256, "no line has point \"%.100s\"", t->point);
    else if (!t->replication_seen)
        snprintf(room, 256, "no line has replication %ld", t->replication);
    else if (!t->client_seen)
        snprintf(room, 256, "no line has client \"%.100s\"", t->client);
    else
        snprintf(room, 256,
                 "no line has the policy, point, replication and client asked for at once");
    return room;
}

static bool read_time(const char *text, lb_time *time)
{
    return cell_time(text, time) || import_date(text, time);
}

const char *import_row(struct import_table *t, enum import_format format, char *line,
                       struct import_record *record, bool *skip)
{
    char *cells[CELLS_MOST];
    int64_t request;

    *skip = false;
    *record = (struct import_record) { .work = -1, .bytes = -1 };
    if (cells_of_csv(line, cells) != t->cells)
        return "it has more or fewer cells than the header";
    if (format == IMPORT_REQUESTS && !is_wanted(t, cells)) {
        *skip = t->filtered = true;
        return NULL;
    }
    if (!read_time(cells[t->at[CELL_TIME]], &record->time))
        return "its time is none: expected seconds, or a date such as 2024-05-01T10:20:30.5Z";
    if (t->at[CELL_SERVICE] >= 0 && !cell_time(cells[t->at[CELL_SERVICE]], &record->work))
        return "its service time is none";
    if (t->at[CELL_BYTES] >= 0 && !cell_bytes(cells[t->at[CELL_BYTES]], &record->bytes))
        return "its bytes are no whole number";
    if (t->at[CELL_KEY] >= 0 && (format != IMPORT_REQUESTS || *cells[t->at[CELL_KEY]]))
        record->key = cells[t->at[CELL_KEY]];
    if (format == IMPORT_REQUESTS && decimal_read(cells[t->at[CELL_REQUEST]], 0, &request, NULL))
        record->order = (uint64_t)request;
    return NULL;
}
