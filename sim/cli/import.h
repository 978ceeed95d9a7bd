/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From logs to traces: lines are understood one by one, put in the order in which their requests
 * began, and written. */
#ifndef SIM_IMPORT_H
#define SIM_IMPORT_H

#include "sim/scenario/trace_field.h"

enum import_format { IMPORT_NGINX, IMPORT_HAPROXY, IMPORT_CSV, IMPORT_REQUESTS, IMPORT_FORMATS };

/* A request as a line of a log tells it. */
struct import_record {
    lb_time time;   /* when it began, ns since some instant */
    lb_time work;   /* how long it took, ns; -1: not known */
    int64_t bytes;  /* of the answer; -1: not known */
    uint64_t order; /* of requests that began together */
    bool ended;     /* `time` is its end to the second, and the rest is to be guessed */
    char *key;      /* or NULL; in the line, or owned by whoever keeps the record */
};

/* ---- Logs of web servers (import_log.c). Each cuts up the line. NULL, or why it is no such. */
const char *import_nginx(char *line, struct import_record *);
const char *import_haproxy(char *line, struct import_record *);
/* "2024-05-01T10:20:30.5Z" or "10/Oct/2023:13:55:36.123 +0000" to ns since 1970. */
bool import_date(const char *text, lb_time *out);

/* ---- Tables (import_table.c). */
struct import_table {
    const char *time, *service, *key, *bytes; /* names of columns; NULL: as usual */
    const char *policy, *point, *client;      /* of lbsim's own log; NULL: the first; all clients */
    long replication;                         /* below 0: the first */
    int at[9];                                /* cells: time, service, key, bytes, and of the log */
    int cells;
    char chosen[128], chosen_point[512]; /* policy; point of the sweep */
    bool filtered;                       /* lines of others were left out */
    /* a line has what was asked for */
    bool policy_seen, point_seen, replication_seen, client_seen;
};
/* Reads the header. NULL, or a sentence (within `room`) saying what is wrong. */
const char *import_header(struct import_table *, enum import_format, char *line, char room[256]);
/* A line: NULL, or why it is bad. `*skip`: it is not among those wanted. */
const char *import_row(struct import_table *, enum import_format, char *line,
                       struct import_record *, bool *skip);
/* Of lbsim's own log, when all lines were left out: the sentence that says which choice no line
 * agrees with, within `room`. NULL: some line was chosen. */
const char *import_unmet(const struct import_table *, char room[256]);

/* ---- Order (import_sort.c). */
struct import_sort;
enum { IMPORT_WINDOW = 1000000 }; /* lines that a request may lie out of order */

/* `shift`: the first request is put at 0; else only if times are dates. NULL: out of memory. */
struct import_sort *import_sort_open(FILE *out, bool shift);
/* Takes a record; its key is copied. 0, or -1 with *why. */
int import_sort_add(struct import_sort *, const struct import_record *, const char **why);
/* Writes what is left: 0, or -1 with *why. */
int import_sort_end(struct import_sort *, const char **why);
uint64_t import_sort_written(const struct import_sort *);
bool import_sort_shifted(const struct import_sort *);
void import_sort_close(struct import_sort *);

#endif
