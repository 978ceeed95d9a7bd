/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What `lbsim report` writes: one page of HTML that needs nothing but itself. Whatever comes from
 * scenarios goes through page.h. */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include <stdio.h>

#include "models/theory.h"
#include "sim/cli/export_live_part.h"
#include "sim/cli/grid.h"
#include "sim/cli/report_svg.h"
#include "sim/record/comparison.h"
#include "sim/record/results.h"

enum {
    REPORT_METRICS = 16,
    REPORT_NAME = 256,
    /* What the page holds at most; more is left out, and the page says so. */
    REPORT_ROWS = 600,        /* of the table of all numbers */
    REPORT_POINTS = 60,       /* of the sweep in detail */
    REPORT_CELLS = 30000,     /* numbers behind the sliders */
    REPORT_SAYINGS = 40,      /* warnings of a kind */
    REPORT_SCENARIO = 200000, /* bytes of its text */
    REPORT_CHARTS = 3500000   /* bytes of all charts */
};

/* A column. */
struct report_metric {
    char name[REPORT_NAME];       /* "latency.p99{web}" */
    char words[REPORT_NAME + 40]; /* "p99 latency of web" */
    const char *unit, *summary;
    struct grid_unit shown;
    int better;
    bool quantile;
};

struct report_theory;
struct chart_base;

struct report {
    const char *path, *title;   /* title: NULL, the scenario's name */
    char *question, *source;    /* what the scenario says of itself; NULL: nothing */
    struct results *whole;      /* all policies, for charts: their colours stay */
    struct results *results;    /* without policies that are not asked for; NULL: live runs alone */
    struct live_rows *live;     /* NULL: none */
    const char *const *metrics; /* that are asked for */
    uint32_t metrics_n;
    double confidence;
    struct report_metric metric[REPORT_METRICS]; /* the first is what the answer is about */
    uint32_t metric_n;
    const char **policy; /* labels, in the order of the results, then those of live runs alone */
    uint32_t policies;
    uint32_t point; /* that the answer is about */
    char *mark;     /* by contender: '*' the best of its point, '=' may be the best, or ' ' */
    struct report_theory *theory;
    struct svg_inks inks;
    char *charts; /* drawn */
    size_t charts_size;
    struct chart_base *base; /* NULL: none can be made, */
    char base_why[512];      /* and why */
};

/* ---- What is told. */

/* Chooses the columns. 0, or an exit status after saying what is wrong with those asked for. */
int report_choose(struct report *);
/* A number with its interval, at the confidence of the run. */
struct interval report_value(const struct report *, const struct results_contender *,
                             const struct report_metric *);
/* The labels of simulations and live runs. False without memory. */
bool report_list_policies(struct report *);
/* Compares the policies of each point: the marks, and the point of the answer. False without
 * memory. */
bool report_judge(struct report *);
/* The comparison of a point by the first metric. 0 or -ENOMEM; either way close it. */
int report_compare(const struct report *, uint32_t point, struct comparison *);

/* Closed forms beside the results; NULL if there can be none. */
struct report_theory *report_theory_open(const struct results *);
void report_theory_close(struct report_theory *); /* NULL is allowed */
/* The answer for a contender; false: no closed form describes it. */
bool report_theory_of(const struct report_theory *, const struct results *, uint32_t contender,
                      struct theory_answer *);
/* Why the trials of a contender take the general way, "" if they take the express way (express.h);
 * NULL: its scenario cannot be read here. */
const char *report_way_of(const struct report_theory *, const struct results *, uint32_t contender);

/* Draws the charts; the page's colours need them first. */
void report_draw(struct report *);

/* ---- Parts of a table. */

/* A cell of a number: what it is sorted by, the text, the half-width in small. */
void report_cell(FILE *, const struct interval *, struct grid_unit, char mark, bool with_sign);
/* A heading of a column, the unit in small. In tables of the kind "sort" it sorts. */
void report_heading(FILE *, const char *text, const char *unit, bool number);
/* The region around a table, for keys that scroll it; and its end. */
void report_table_begin(FILE *, const char *caption, const char *kind);
void report_table_end(FILE *);
/* A policy with the mark of its colour. */
void report_policy(FILE *, const struct report *, const char *label);
/* "load=0.9, servers[app].count=10" */
void report_point(FILE *, const struct results_point *);
/* "2 policies", "1 point". */
void report_count(FILE *, uint64_t n, const char *one, const char *many);

/* ---- Sections; each writes nothing if there is nothing to tell. */

void report_answer(FILE *, const struct report *);
void report_warnings(FILE *, const struct report *);
void report_charts(FILE *, const struct report *);
void report_explorer(FILE *, const struct report *);
void report_numbers(FILE *, const struct report *);
void report_points(FILE *, const struct report *);
void report_live(FILE *, const struct report *);
void report_scenario(FILE *, const struct report *);
void report_again(FILE *, const struct report *);
void report_origin(FILE *, const struct report *);
/* What the sliders show, as JSON; and whether the page has sliders. */
void report_data(FILE *, const struct report *);
bool report_has_sliders(const struct report *);
/* Rules of CSS: the colours of policies. */
void report_colours(FILE *, const struct report *);

/* The table of a comparison: values, differences from the base, ranks. */
void report_differences(FILE *, const struct report *, const struct comparison *);
/* One sentence or two: who beats whom. */
void report_sentence(FILE *, const struct report *, const struct comparison *);

/* The whole page. 0 or -ENOENT if the template is not there. */
int report_write(FILE *, const struct report *);

#endif
