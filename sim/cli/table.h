/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of an experiment: its columns, filled. */
#ifndef SIM_TABLE_H
#define SIM_TABLE_H

#include "sim/cli/cell.h"
#include "sim/run/experiment.h"

enum { COLUMNS_MOST = 24, PLACES_MOST = 8 };

struct column {
    const struct metric *metric; /* of the first point; NULL: theory, or where in the sweep */
    const char *unit;
    double scale; /* what one unit is in the metric's own */
    int width;    /* of the widest cell */
    char title[128];
    char (*cell)[CELL_ROOM];
    char *mark; /* a row: ' ', '*' best at its point, '=' not to be told from the best */
};

/* Rows are points, in groups of one cell of the sweep. */
struct table {
    const struct experiment *e;
    struct column place[PLACES_MOST]; /* the coordinates */
    uint32_t places;
    struct column column[COLUMNS_MOST];
    uint32_t columns;
    int first_width;
    bool color;
};

/* The point that row i shows. */
static inline const struct point *row(const struct table *t, uint32_t i)
{
    return &t->e->points[i];
}

/* Chooses and fills the columns of a table whose experiment is set: where in the sweep, metrics,
 * theory. table_close frees them. */
void table_fill(struct table *);
void table_close(struct table *);

#endif
