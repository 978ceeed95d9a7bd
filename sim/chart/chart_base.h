/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What charts are drawn from: flat tables in memory, of the newest run of results and of the newest
 * live run, that SQL reads.
 *
 *   policy      place (from 1, in the order of the results), label, policy, style (1 to 8: a colour
 *               of its own; 0: grey), rank (1 the best)
 *   point       point (from 1), name
 *   along       point, x, ord, name, numeric: the points of the axis that is drawn, in order (ord);
 *               numeric 0: the axis has no numbers, and x is ord
 *   number      point, place, scope, metric ("latency.p99"), unit, value, low, high, weak (1: no
 *               interval, or not in a steady state)
 *   quantile    point, place, metric ("latency"), p, value, low, high
 *   server      point, place, server (from 1), name, metric, value, low, high
 *   window      point, place, scope, metric, start, stop, value, low, high
 *   theory      point, place, metric, value, model, exact
 *   difference  point, place, metric, base, value, low, high, percent, percent_low, percent_high
 *   running     point, place, metric, n, value, low, high: over the first n replications
 *   pilot       place, request, value, low, high, average, cut, settled (1: a warm-up was found)
 *   event       start, stop, name: of the timeline
 *   live        place, world, metric, unit, value, low, high
 *   live_quantile  place, world, metric, p, value
 *
 * Times are in seconds. Numbers that do not exist are NULL. */
#ifndef SIM_CHART_BASE_H
#define SIM_CHART_BASE_H

#include "sim/record/results.h"

enum { CHART_COLOURS = 8 };

/* What of the results is wanted; all zero and UINT32_MAX: as seems best. */
struct chart_choice {
    const char *const *policies; /* labels or policies; the others are left out */
    uint32_t policies_n;         /* 0: all */
    uint32_t point;              /* index: what shows one point shows this; UINT32_MAX: see base */
    const char *along;           /* path of the axis of charts over a sweep; NULL: load, or the
                                    first that has numbers */
    const char *base;   /* a label: differences are from it; NULL: the first policy that can be
                   compared */
    const char *metric; /* to be compared and followed beside the usual ones; NULL: none */
};

struct chart_base;

/* Fills the tables. `results` (NULL: there is no run of simulations) must stay open; `path` is that
 * of the store, to be searched for live runs. 0 or -errno with a sentence in `why`. */
int chart_base_open(struct results *results, const char *path, const struct chart_choice *,
                    struct chart_base **, char *why, size_t room);
void chart_base_close(struct chart_base *); /* NULL is allowed */

/* ---- What is drawn. */

const char *chart_base_scenario(const struct chart_base *);
const char *chart_base_point(const struct chart_base *); /* "load=0.9"; "" without a sweep */
const char *chart_base_axis(const struct chart_base *);  /* "load"; "" without a sweep */
double chart_base_confidence(const struct chart_base *); /* of intervals at that point */
uint32_t chart_base_policies(const struct chart_base *);
/* By place, from 1. */
const char *chart_base_label(const struct chart_base *, uint32_t place);
uint32_t chart_base_style(const struct chart_base *, uint32_t place);

/* The colour that a label has in all charts, "#0072b2"; grey if it has none of its own. */
const char *chart_colour(const struct chart_base *, const char *label, bool dark);

/* ---- Queries. */

/* What stands for @metric and @point in a query. */
struct chart_binding {
    const char *metric;
};

struct chart_cell {
    double number;    /* NAN: none, or a text */
    const char *text; /* NULL: no text */
};

struct chart_table {
    uint32_t columns, rows;
    char (*name)[32];
    struct chart_cell *cell; /* at row * columns + column */
};

/* At most `most` rows (0: all). 0 or -errno with `why`; close the table in each case. */
int chart_query(struct chart_base *, const char *sql, const struct chart_binding *, uint32_t most,
                struct chart_table *, char *why, size_t room);
void chart_table_close(struct chart_table *);

#endif
