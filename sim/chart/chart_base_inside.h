/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between the parts of chart_base.h: the database and what fills it. */
#ifndef SIM_CHART_BASE_INSIDE_H
#define SIM_CHART_BASE_INSIDE_H

#include <sqlite3.h>

#include "sim/chart/chart_base.h"
#include "sim/record/names.h"

struct chart_base {
    sqlite3 *db;
    struct results *results; /* not owned; NULL: none */
    const char *path, *scenario, *axis;
    struct chart_choice choice;
    struct names *names;
    const char **label; /* by place - 1 */
    const char **policy;
    uint32_t *style, *rank;
    bool *shown;
    uint32_t policies, point; /* point: index of the one that is shown */
    char why[512];
};

/* A statement that puts rows. */
struct put {
    struct chart_base *base;
    sqlite3_stmt *statement;
    int failed; /* -errno */
};

/* Prepares "INSERT INTO table VALUES (...)" for so many columns. */
void put_open(struct put *, struct chart_base *, const char *table, int columns);
/* A row: i uint32_t, d double (not finite: NULL), s text (NULL: NULL). */
void put_row(struct put *, const char *types, ...);
/* 0 or -errno, with base->why. */
int put_close(struct put *);

/* The place of a label, from 1; 0: there is none, or it is not shown. */
uint32_t base_place(const struct chart_base *, const char *label);
/* A place is given to a label that has none yet. 0: out of memory. */
uint32_t base_add_place(struct chart_base *, const char *label, const char *policy);

/* Has its mean latency an interval: did it settle, and stay steady? */
bool base_sound(const struct results_contender *);

/* The shares that quantiles are told at, ascending: every half per cent, then 16 a decade. */
enum { BASE_SHARES = 278 };
double base_share(uint32_t i);
/* The quantiles at all of them, in ns (the i-th at i * stride), in one walk; NAN if it is empty. */
void base_walk(const struct histogram_total *, double *quantile, size_t stride);

/* The parts. 0 or -errno with base->why. */
int base_places(struct chart_base *);
int base_live(struct chart_base *);
int base_policies(struct chart_base *);
int base_points(struct chart_base *);
int base_numbers(struct chart_base *);
int base_quantiles(struct chart_base *);
int base_study(struct chart_base *);
int base_servers(struct chart_base *);
int base_windows(struct chart_base *);
int base_differences(struct chart_base *);
int base_running(struct chart_base *);
int base_pilots(struct chart_base *);

#endif
