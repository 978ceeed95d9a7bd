/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What gnuplot is told: variables and data, style.gp, then the chart's own script. */
#ifndef SIM_CHART_SCRIPT_H
#define SIM_CHART_SCRIPT_H

#include <stdio.h>

#include "sim/chart/chart.h"

struct chart_drawing {
    struct chart_base *base;
    const struct chart *chart;
    const struct chart_style *style;
    const char *metric;
    const struct chart_table *table;
};

/* False: out of memory. */
bool chart_put_script(FILE *, const struct chart_drawing *);
bool chart_put_data(FILE *, const struct chart_drawing *);

/* ---- Parts. */

/* The unit of a metric in these results, "s"; "" for a plain number. */
void chart_unit(struct chart_base *, const char *metric, char *unit, size_t room);

/* $data, its data sets and its texts; see style.gp. False: out of memory. */
bool chart_put_sets(FILE *, const struct chart_drawing *);

/* "NAME = 'text'" and "NAME = number". */
void chart_set_text(FILE *, const char *name, const char *text);
void chart_set_number(FILE *, const char *name, double);

/* UINT32_MAX: there is no such column. */
uint32_t chart_column(const struct chart_table *, const char *name);
const struct chart_cell *chart_cell_at(const struct chart_table *, uint32_t row, uint32_t column);

#endif
