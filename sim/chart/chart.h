/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Charts: each is a query over the tables of chart_base.h and a script of plots/ for gnuplot. Names
 * and titles that come from scenarios are data: nothing in them is obeyed. */
#ifndef SIM_CHART_H
#define SIM_CHART_H

#include "sim/chart/chart_base.h"

enum chart_format { CHART_SVG, CHART_PDF, CHART_PNG, CHART_ASCII };
enum { CHART_FORMATS = 4 };
enum chart_size { CHART_COLUMN, CHART_SLIDE, CHART_SCREEN };
enum { CHART_SIZES = 3 };

struct chart_style {
    enum chart_format format;
    enum chart_size size; /* of a paper's column, a slide, a screen */
    const char *title;    /* NULL: the chart's own */
    const char *metric;   /* NULL: the chart's own; see chart_takes */
    bool dark;
};

/* What --metric may name: nothing, a duration ("latency"), or a number ("latency.p99"). */
enum chart_metric { METRIC_FIXED, METRIC_DURATION, METRIC_NUMBER };

struct chart {
    const char *name;    /* "cdf" */
    const char *summary; /* a line */
    const char *title;   /* "How METRIC is distributed" */
    const char *help;    /* what it shows, how to read it */
    const char *needs;   /* what results must hold, for those that it does not fit */
    const char *script, *query;
    enum chart_metric takes;
    const char *metric; /* its own; "" if it takes none */
};

/* By index, in the order of the list; NULL after the last. */
const struct chart *chart_at(uint32_t i);
const struct chart *chart_named(const char *name); /* NULL: there is none */

/* "svg", ...; "column", ... */
const char *chart_format_name(enum chart_format);
const char *chart_size_name(enum chart_size);

/* What it is called in this style, and what it shows: "quickstart, load=0.9" (charts along the axis
 * are of no point). As they are: they may hold anything. */
void chart_title(const struct chart *, const struct chart_style *, char *text, size_t room);
void chart_subject(const struct chart_base *, const struct chart *, char *text, size_t room);

/* Has the base what it shows, of this metric (NULL: its own)? If not, `why` says what is missing.
 */
bool chart_fits(struct chart_base *, const struct chart *, const char *metric, char *why,
                size_t room);

/* Draws it. 0 with *bytes to be freed (a 0 behind them), or -errno with a sentence in `why`:
 * -ENODATA it does not fit, others as gnuplot_draw. The same bytes for the same tables and gnuplot.
 */
int chart_draw(struct chart_base *, const struct chart *, const struct chart_style *, char **bytes,
               size_t *size, char *why, size_t room);

/* The table that gnuplot gets, as CSV, in seconds: likewise. */
int chart_data(struct chart_base *, const struct chart *, const struct chart_style *, char **bytes,
               size_t *size, char *why, size_t room);

#endif
