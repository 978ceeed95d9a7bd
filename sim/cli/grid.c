/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/grid.h"

#include <stdarg.h>
#include <stdlib.h>

#include "sim/cli/cell.h"

bool grid_open(struct grid *grid, uint32_t rows, uint32_t columns)
{
    *grid = (struct grid) { .rows = rows, .columns = columns, .left = 1 };
    grid->row = calloc(rows, sizeof grid->row[0]);
    return grid->row != NULL;
}

void grid_close(struct grid *grid)
{
    free(grid->row);
}

void grid_put(struct grid *grid, uint32_t row, uint32_t column, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(grid->row[row].cell[column], GRID_CELL, format, list);
    va_end(list);
}

static int column_width(const struct grid *grid, uint32_t column)
{
    int width = 0;
    for (uint32_t i = 0; i < grid->rows; i++) {
        const int own = cell_width(grid->row[i].cell[column]);
        width = own > width ? own : width;
    }
    return width;
}

static void print_row(FILE *out, const struct grid *grid, const struct grid_row *row,
                      const int *width, bool color)
{
    if (row->bold && color)
        fputs("\033[1;32m", out);
    for (uint32_t c = 0; c < grid->columns; c++) {
        const int gap = width[c] - cell_width(row->cell[c]);
        const bool left = grid->left >> c & 1, last = c + 1 == grid->columns;
        fprintf(out, "%s%*s%s%*s", c ? "  " : "", left ? 0 : gap, "", row->cell[c],
                left && !last ? gap : 0, "");
    }
    fputs(row->bold && color ? "\033[0m\n" : "\n", out);
}

void grid_print(FILE *out, const struct grid *grid, bool color)
{
    int width[GRID_COLUMNS];
    for (uint32_t c = 0; c < grid->columns; c++)
        width[c] = column_width(grid, c);
    for (uint32_t i = 0; i < grid->rows; i++)
        print_row(out, grid, &grid->row[i], width, color);
}

struct grid_unit grid_unit(const char *unit, double largest)
{
    struct grid_unit shown;
    shown.name = cell_unit(unit, largest, &shown.one);
    return shown;
}
