/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A small table for people: cells of text, columns as wide as they need, and numbers in a unit that
 * fits with no more digits than their interval carries. */
#ifndef SIM_GRID_H
#define SIM_GRID_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { GRID_COLUMNS = 10, GRID_CELL = 160 };

struct grid_row {
    char cell[GRID_COLUMNS][GRID_CELL];
    bool bold;
};

struct grid {
    struct grid_row *row; /* the first is the heading */
    uint32_t rows, columns;
    unsigned left; /* bit c: column c is text, aligned to the left */
};

/* False without memory; either way close it. */
bool grid_open(struct grid *, uint32_t rows, uint32_t columns);
void grid_close(struct grid *);

void grid_put(struct grid *, uint32_t row, uint32_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void grid_print(FILE *, const struct grid *, bool color);

/* What numbers of a unit are shown in: "ms" and 0.001 for seconds below 1. */
struct grid_unit {
    const char *name; /* "" for bare numbers */
    double one;
};
struct grid_unit grid_unit(const char *unit, double largest);

#endif
