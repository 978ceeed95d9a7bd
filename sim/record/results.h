/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The newest run of results.sqlite in memory, for those who compare, export, merge and draw: its
 * points, the contenders (a policy at a point) and their numbers by replication. Histograms and
 * windows are read again when asked for. Damaged trials are told and left out. */
#ifndef SIM_RESULTS_H
#define SIM_RESULTS_H

#include "sim/record/histogram.h"
#include "sim/record/stamp.h"
#include "sim/record/store.h"

struct results_coordinate {
    const char *path, *text;
    double number; /* in base units; NAN: no number */
};

/* A point of the sweep; the coordinates are in the order of the axes. */
struct results_point {
    const char *name; /* "" without a sweep */
    const struct results_coordinate *at;
    uint32_t at_n;
};

/* A number by replication. */
struct results_number {
    const char *scope, *metric, *statistic, *unit;
    const double *at; /* that of contender->replication[i]; NAN: it has none */
    /* Of the summary; NULL if there is none, or one of other replications than these. */
    const struct store_interval *interval;
};

struct results_replication {
    uint8_t hash[STORE_HASH];
    uint32_t number;
    uint64_t seed, events;
    uint64_t warmup; /* requests; UINT64_MAX: by the scenario's time */
    double wall_s;
};

struct results_contender {
    uint32_t point; /* index */
    const char *label, *policy;
    uint32_t asked;    /* replications of the whole run; 0: not known */
    double confidence; /* of its intervals */
    uint32_t failed;
    const struct results_replication *replication; /* with a result, ascending */
    uint32_t replications;
    const struct results_number *numbers; /* by scope, metric, statistic */
    uint32_t numbers_n;
    const struct store_interval *intervals; /* of the summary, windows included; likewise */
    uint32_t intervals_n;
    bool piloted, settled;     /* has it a pilot, and did that find a warm-up? */
    uint8_t pilot[STORE_HASH]; /* its trial, if piloted */
    bool steady;               /* the pilot: nothing changes over time but by chance */
    uint64_t cut, memory;      /* requests: what the pilot cuts, and what the series asked for */
    double offered_load;       /* NAN: cannot be told */
};

struct results {
    const char *path;     /* of the file */
    const char *scenario; /* its name */
    const char *text, *directory, *seed, *plugins;
    const char *stamp[STAMP_ITEMS];
    bool complete;                      /* has every contender all replications and its summary? */
    const struct results_point *points; /* in their order */
    uint32_t points_n;
    const struct results_contender *contenders; /* by point, then in the order of policies */
    uint32_t contenders_n;
    const struct store_warning *warnings;
    uint32_t warnings_n;
    const char *const *damage; /* sentences, one a trial or row that was left out */
    uint32_t damage_n;
    struct results_inside *inside;
};

/* Reads results: `path` is a file or the directory that holds results.sqlite. 0 or -errno with a
 * sentence in `why` that names the file and the cure: -ENOENT, -EBADMSG (foreign or damaged),
 * -EPROTO (of another version), -ENODATA (no run, or no trial of it). */
int results_open(const char *path, struct results **, char *why, size_t room);
void results_close(struct results *); /* NULL is allowed */

/* The file that a path given by a user means. False: the name is too long. */
bool results_path(const char *given, char *path, size_t room);

/* NULL: it has no such number. Scope "all" is everything. */
const struct results_number *results_find(const struct results_contender *, const char *scope,
                                          const char *metric, const char *statistic);
/* The index of the point of this name. The search goes round from the index `near`, so that
 * whoever asks for one after the other finds each at once. UINT32_MAX: there is none. */
uint32_t results_point_at(const struct results *, const char *name, uint32_t near);
/* How many contenders a point has; they are neighbours, from index `first`. */
uint32_t results_at_point(const struct results *, uint32_t point, uint32_t *first);
/* UINT32_MAX: there is none. */
uint32_t results_contender_at(const struct results *, const char *point, const char *label);

/* Reads the trials of a contender again, whole, in the order of replications. Returns what `visit`
 * returned, or -errno. */
int results_each(struct results *, uint32_t contender, store_visit *, void *context);

/* Reads the pilot of a contender that has one, likewise. */
int results_pilot(struct results *, uint32_t contender, store_visit *, void *context);

/* Pools a histogram over all replications: a scope without one of its own has that of everything
 * ("all"). 0 or -errno; `least` receives the number of values in the replication that has the
 * fewest. */
int results_pool(struct results *, uint32_t contender, const char *scope, const char *metric,
                 struct histogram_total *, uint64_t *least);

/* Why the last of the calls above failed. */
const char *results_why(const struct results *);

#endif
