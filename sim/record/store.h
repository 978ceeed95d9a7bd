/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Results in one SQLite file that pandas, R and the sqlite3 shell read without help:
 *
 *     pandas.read_sql("select * from summary", sqlite3.connect("results.sqlite"))
 *
 * `summary` has a row a point, policy and metric of the newest run, `replications` one a
 * replication; `run` says who made what, when, and `point` what the names of points stand for:
 *
 *     select number as load, label, value from summary join point using (point)
 *         where path = 'load' and metric = 'latency' and statistic = 'mean'
 *
 * A trial is content alone: the names that a run gives it, its point and label, are in run_trial,
 * and it may have several. What differs between two runs of the same scenario is in cost and in
 * the tables that have a run_id, so that trial, param, value, histogram_data and series of two
 * stores compare by EXCEPT. A histogram is one blob (histogram.h says how to read it): as rows it
 * would take twenty times the room.
 *
 * A trial is stored in one transaction (write-ahead log, so that a killed program loses nothing
 * that was finished) and carries a checksum, the sum of the XXH3-128 of all its rows. One process
 * writes at a time and holds a lock beside the file, which dies with it; others may read meanwhile.
 * A store belongs to the process that opened it: neither forked children nor other threads may
 * touch it. */
#ifndef SIM_STORE_H
#define SIM_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_HASH 16 /* bytes */

struct store;
struct stamp;

struct store_param {
    const char *name, *value;
};

/* NAN is stored as NULL and read as NAN. */
struct store_value {
    const char *scope;     /* all, client:web, servers:app, server:app[3], ... */
    const char *metric;    /* latency */
    const char *statistic; /* mean, p99, ...; "" if the metric has but one */
    double value;
    const char *unit;
};

struct store_histogram {
    const char *scope, *metric;
    const uint8_t *bytes; /* of histogram_encode */
    size_t n;
};

/* Windows of time (run.windows): `metric` is "latency.mean", `time` where the window begins, in
 * seconds; beside it "latency.mean:n" has the count or the seconds that the value is a mean over:
 *
 *     select time, sum(value * n) / sum(n) from (select s.time, s.value, w.value as n from series s
 *       join series w using (trial_hash, scope, time) where s.metric = 'in_system.mean'
 *       and w.metric = 'in_system.mean:n') group by time */
struct store_series {
    const char *scope, *metric;
    double time, value; /* times of a series differ */
};

/* One replication. Names within a list are unique (scope, metric and statistic together). Point and
 * label are the run's names for it; a trial that is read on its own has "" for both. */
struct store_trial {
    uint8_t hash[STORE_HASH]; /* the identity: of all that decides the result */
    const char *point;        /* "load=0.9", canonical; "" without a sweep */
    const char *policy, *label;
    uint32_t replication;
    uint64_t seed;
    bool pilot;         /* finds a warm-up; no part of the summary */
    const char *failed; /* why it has no result; NULL if it has one */
    uint64_t events;
    const struct store_param *params;
    const struct store_value *values;
    const struct store_histogram *histograms;
    const struct store_series *series;
    uint32_t params_n, values_n, histograms_n, series_n;
    double wall_s, cpu_s; /* no part of the checksum; read as NAN if theirs does not hold */
    uint8_t checksum[16]; /* as read: the same for the same content */
};

/* A number of the summary; the view `summary` has it if the metric also stands in the trials'
 * values. Windows do not: theirs are in the table `interval` with the window after the scope,
 * "servers:app@9..10" (from 9 s to 10 s), so that `where scope like 'all@%'` finds them. */
struct store_interval {
    const char *point, *label, *scope, *metric, *statistic;
    uint32_t n; /* replications; should more arrive, the summary drops this interval as outdated */
    double value, low, high, se, confidence; /* NAN: none */
    const char *method, *why;                /* why there is no interval, or NULL */
};

/* What a run is of. */
struct store_run {
    const struct stamp *stamp;
    const char *scenario; /* its name */
    const char *path;     /* of the directory that the scenario's own paths start from, absolute */
    const char *seed;
    const char *plugins; /* "./mine.so 0123abcd..., ./other.so ..."; "" if none */
    const char *text;    /* the scenario as it was run */
};

/* A coordinate of a point of the sweep. */
struct store_point {
    const char *point, *path, *text; /* "load=0.9,servers[app].count=10", "load", "0.9" */
    uint32_t position; /* of this coordinate: by point, then by axis, each in their order */
    double number;     /* in base units; NAN: no number */
};

/* A policy at a point. */
struct store_contender {
    const char *point, *label, *policy;
    uint32_t position;     /* by point, then in the order of the scenario's policies */
    uint32_t replications; /* that the whole run has, over all shards; 0: not known yet */
    double confidence;     /* of its intervals */
};

struct store_warning {
    const char *point, *label; /* "" for all */
    const char *code, *message;
};

enum store_mode { STORE_READ, STORE_WRITE };

/* Opens a store; writing creates it in a directory that exists. 0 or -errno with a sentence in
 * `why` that names the file and the cure: -EBUSY another lbsim writes, -EBADMSG damaged or no store
 * at all, -EPROTO of another version of lbsim. */
int store_open(const char *path, enum store_mode, struct store **, char *why, size_t room);

/* Leaves a single file (no log beside it) if nobody else reads it. NULL is allowed. */
void store_close(struct store *);

/* Why the last call failed: file, action, reason, cure. Valid until the next call. */
const char *store_why(const struct store *);

/* Starts a run: what is put or used from now on belongs to it. 0 or -errno, as are all below. */
int store_begin_run(struct store *, const struct store_run *);

/* Sets what the points of the present run are, its contenders, its warnings: each all or none. May
 * be called again. */
int store_put_points(struct store *, const struct store_point *, size_t n);
int store_put_contenders(struct store *, const struct store_contender *, size_t n);
int store_put_warnings(struct store *, const struct store_warning *, size_t n);

/* Whether a trial of this hash is there with a result: one that failed is to be tried again. */
bool store_has(struct store *, const uint8_t hash[STORE_HASH]);

/* The present run takes over a finished trial under these names. -ENOENT if store_has is false. */
int store_use(struct store *, const uint8_t hash[STORE_HASH], const char *point, const char *label);

/* No trial of these names is part of the present run any more, but for the pilot. The rows stay. */
int store_drop_use(struct store *, const char *point, const char *label);

/* Adds a trial to the present run, in any order, whole or not at all. A trial of the same hash is
 * replaced. -EINVAL: names are not unique. */
int store_put(struct store *, const struct store_trial *);

/* Sets numbers of the summary of the present run, all or none. */
int store_put_intervals(struct store *, const struct store_interval *, size_t n);

/* Takes a trial as read; its memory is gone after the call. `damage` is NULL if the checksum holds;
 * else it names what is wrong and only trial->hash counts (or trial is NULL: not a trial is
 * damaged). Anything but 0 ends the reading. */
typedef int store_visit(void *context, const struct store_trial *, const char *damage);

/* For a store open for writing that turned out to be damaged: keeps what is sound, trials and rows,
 * in a new file of the same name, and the damaged one as PATH-damaged. The present run goes on; its
 * damaged trials are no more in it. 0 or -errno; the file is as it was then. */
int store_mend(struct store *);

/* What the newest run says beside its trials. Rows that are damaged are left out (store_each tells
 * of them); texts are gone after the call. `row` is a struct store_run with its stamp, store_point,
 * store_contender, store_interval or store_warning. Anything but 0 ends the reading. */
enum store_table { STORE_RUN_ROW, STORE_POINTS, STORE_CONTENDERS, STORE_INTERVALS, STORE_WARNINGS };
typedef int store_row_visit(void *context, const void *row);
int store_each_row(struct store *, enum store_table, store_row_visit *, void *context);

enum store_range { STORE_LAST_RUN, STORE_ALL };

/* Reads trials back in the order of their hashes: of the newest run each as often as it has a point
 * and label there. What is damaged or missing is told to `visit`, and all others are still read.
 * Returns what `visit` returned, or -errno. */
int store_each(struct store *, enum store_range, store_visit *, void *context);

/* One trial; -ENOENT if there is none. */
int store_read(struct store *, const uint8_t hash[STORE_HASH], store_visit *, void *context);

#endif
