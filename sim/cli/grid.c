/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/grid.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

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

/* Characters, not bytes. */
static int width_of(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static int column_width(const struct grid *grid, uint32_t column)
{
    int width = 0;
    for (uint32_t i = 0; i < grid->rows; i++) {
        const int own = width_of(grid->row[i].cell[column]);
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
        const int gap = width[c] - width_of(row->cell[c]);
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
    static const struct grid_unit times[] = {
        { "ns", 1e-9 }, { "us", 1e-6 }, { "ms", 1e-3 }, { "s", 1 }
    };
    const bool bare = !strcmp(unit, "1") || !strcmp(unit, "requests");
    if (strcmp(unit, "s"))
        return (struct grid_unit) { bare ? "" : unit, 1 };
    int i = 3;
    while (i > 0 && largest > 0 && largest < times[i].one)
        i--;
    return times[i];
}

int grid_decimals(double half, double value)
{
    const double about = half > 0 ? half : fabs(value) / 1000;
    const int d = about > 0 && isfinite(about) ? 1 - (int)floor(log10(about)) : 0;
    return d < 0 ? 0 : d > 6 ? 6 : d;
}

void grid_number(char cell[GRID_CELL], double value, double half, bool with_sign)
{
    const int d = grid_decimals(half, value);
    if (isnan(value))
        snprintf(cell, GRID_CELL, "-");
    else if (isnan(half))
        snprintf(cell, GRID_CELL, with_sign ? "%+.4g" : "%.4g", value);
    else
        snprintf(cell, GRID_CELL, with_sign ? "%+.*f \u00b1%.*f" : "%.*f \u00b1%.*f", d, value, d,
                 half);
}
