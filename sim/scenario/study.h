/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A study: all that one scenario file asks to be simulated. Its sweep makes points (one without a
 * sweep); each point is a scenario of its own, read and checked like any other, and each policy at
 * each point is a contender. Immutable once loaded. */
#ifndef SIM_STUDY_H
#define SIM_STUDY_H

#include "sim/scenario/scenario.h"

enum { STUDY_MOST_CELLS = 100000 };

/* A place on an axis. Text is as results show it: a number in its shortest form, a text without
 * quotes, "null", the name of a named value, of a variant or of a zip point. */
struct coordinate {
    const char *path; /* of the axis: "load", "servers[app].count", "variant" */
    const char *text;
    double number;     /* in base units (seconds, bytes per second); NAN: no number */
    uint32_t step_set; /* what goes in step (a zip) shares a number; 0: goes alone */
};

struct axis {
    const char *path;
    const struct coordinate *at; /* its places in order, each with this path; of a zip each once */
    uint32_t n;
};

/* A point of the sweep. */
struct cell {
    const char *name; /* "load=0.9,servers[app].count=10", unique; "" without a sweep */
    const struct coordinate *at;
    uint32_t at_n;
    struct scenario *scenario;   /* without what a policy overrides */
    const char *const *warnings; /* codes of what was said of it, its policies' too */
    uint32_t warnings_n;
};

/* A policy at a point. */
struct contender {
    uint32_t cell;
    const struct scenario *scenario; /* the cell's, or one with what the policy overrides */
    uint32_t policy;                 /* index into the scenario's policies */
};

struct study {
    struct arena *arena;
    const char *path, *name, *description, *source;
    const char *text; /* as read; with options applied if there were any: as run */
    const struct axis *axes;
    uint32_t axes_n;
    const struct cell *cells;
    uint32_t cells_n;
    const struct contender *contenders; /* by cell, then in the order of policies */
    uint32_t contenders_n;
    const struct claim *claims; /* of `expect` (claim.h) */
    uint32_t claims_n;
};

/* Reads and checks the whole: NULL with every error in `said`. Options of the request (--set,
 * --policy, --sweep) go before the sweep; a --set of a path that the file sweeps makes that axis a
 * single value. Close with study_close. */
struct study *study_load(const char *path, const struct scenario_request *,
                         struct diagnostics *said);
struct study *study_read(const char *path, const char *text, size_t length,
                         const struct scenario_request *, struct diagnostics *said);
void study_close(struct study *);

#endif
