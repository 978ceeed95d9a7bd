/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The rows of a table as data sets of gnuplot: rows that agree in policy, panel and series are
 * neighbours and make one set. Data are numbers alone: a text is told by its number. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/chart/chart_script.h"
#include "sim/chart/chart_text.h"

/* What texts become arrays. */
enum { KEY_LABEL, KEY_PANEL, KEY_SERIES, KEY_NAME, KEYS };
static const char *const key_columns[KEYS] = { "label", "panel", "series", "name" };
static const char *const key_arrays[KEYS] = { NULL, "PANELS", "SERIES", "NAMES" };

/* Texts of a column, numbered in the order of appearance. */
struct texts {
    const char **at;
    uint32_t n;
};

struct sets {
    const struct chart_drawing *drawing;
    const struct chart_table *table;
    uint32_t column[KEYS];
    struct texts texts[KEYS];
};

/* Kept texts: equal ones are one pointer. */
static uint32_t number_of(struct texts *texts, const char *text)
{
    for (uint32_t i = texts->n; i-- > 0;)
        if (texts->at[i] == text)
            return i + 1;
    texts->at[texts->n] = text;
    return ++texts->n;
}

static bool open_sets(struct sets *s, const struct chart_drawing *d)
{
    bool good = true;

    *s = (struct sets) { .drawing = d, .table = d->table };
    for (int k = 0; k < KEYS; k++) {
        s->column[k] = chart_column(d->table, key_columns[k]);
        s->texts[k].at = calloc((size_t)d->table->rows + 1, sizeof s->texts[k].at[0]);
        good &= s->texts[k].at != NULL;
    }
    return good;
}

static void close_sets(struct sets *s)
{
    for (int k = 0; k < KEYS; k++)
        free(s->texts[k].at);
}

static bool same_cell(const struct chart_cell *a, const struct chart_cell *b)
{
    return a->text == b->text && (a->text || a->number == b->number);
}

/* Does a data set begin with this row? */
static bool begins(const struct sets *s, uint32_t row)
{
    for (int k = 0; k < KEY_NAME && row; k++)
        if (s->column[k] != UINT32_MAX &&
            !same_cell(chart_cell_at(s->table, row, s->column[k]),
                       chart_cell_at(s->table, row - 1, s->column[k])))
            return true;
    return row == 0;
}

static void put_cell(FILE *out, struct sets *s, uint32_t row, uint32_t column)
{
    const struct chart_cell *c = chart_cell_at(s->table, row, column);

    if (isnan(c->number) && !c->text) {
        fputs("NaN", out);
    } else if (!c->text) {
        fprintf(out, "%.12g", c->number);
    } else {
        int k = KEY_PANEL;

        while (k < KEY_NAME && s->column[k] != column)
            k++;
        fprintf(out, "%u", number_of(&s->texts[k], c->text));
    }
}

/* A window that does not begin where the one before it ended. */
static bool apart(struct sets *s, uint32_t row)
{
    const uint32_t start = chart_column(s->table, "start"), stop = chart_column(s->table, "stop");

    return row && start != UINT32_MAX && stop != UINT32_MAX &&
           chart_cell_at(s->table, row, start)->number >
               chart_cell_at(s->table, row - 1, stop)->number * (1.0 + 1e-9);
}

/* Two empty lines between sets; one, which breaks a line, where time goes on later. */
static void put_rows(FILE *out, struct sets *s)
{
    fputs("$data << END_OF_DATA\n", out);
    for (uint32_t r = 0; r < s->table->rows; r++) {
        fputs(r && begins(s, r) ? "\n\n" : apart(s, r) ? "\n" : "", out);
        for (uint32_t i = 0; i < s->table->columns; i++) {
            fputs(i ? " " : "", out);
            put_cell(out, s, r, i);
        }
        fputc('\n', out);
    }
    fputs("END_OF_DATA\n", out);
}

/* ---- The outline of what lies between low and high, where those are along x and `share` along y.
 */

static void put_outline(FILE *out, const struct chart_table *t, uint32_t first, uint32_t end)
{
    const uint32_t low = chart_column(t, "low"), high = chart_column(t, "high");
    const uint32_t share = chart_column(t, "share");

    for (uint32_t r = first; r < end; r++)
        if (!isnan(chart_cell_at(t, r, low)->number))
            fprintf(out, "%.12g %.12g\n", chart_cell_at(t, r, low)->number,
                    chart_cell_at(t, r, share)->number);
    for (uint32_t r = end; r-- > first;)
        if (!isnan(chart_cell_at(t, r, high)->number))
            fprintf(out, "%.12g %.12g\n", chart_cell_at(t, r, high)->number,
                    chart_cell_at(t, r, share)->number);
    fputs("NaN NaN\n", out); /* no set is empty */
}

static void put_outlines(FILE *out, const struct sets *s)
{
    uint32_t first = 0;

    if (chart_column(s->table, "share") == UINT32_MAX ||
        chart_column(s->table, "low") == UINT32_MAX)
        return;
    fputs("$band << END_OF_DATA\n", out);
    for (uint32_t r = 1; r <= s->table->rows; r++) {
        if (r < s->table->rows && !begins(s, r))
            continue;
        fputs(first ? "\n\n" : "", out);
        put_outline(out, s->table, first, r);
        first = r;
    }
    fputs("END_OF_DATA\n", out);
}

/* ---- Arrays. */

static void put_array(FILE *out, const char *name, const struct texts *texts)
{
    fprintf(out, "%s_N = %u\narray %s[%u]\n", name, texts->n, name, texts->n + 1);
    for (uint32_t i = 0; i < texts->n; i++) {
        fprintf(out, "%s[%u] = ", name, i + 1);
        chart_quote(out, texts->at[i], CHART_LABEL_MOST);
        fputc('\n', out);
    }
}

static uint32_t key_of(struct sets *s, uint32_t row, int key)
{
    const struct chart_cell *c =
        s->column[key] == UINT32_MAX ? NULL : chart_cell_at(s->table, row, s->column[key]);

    return !c ? 1 : c->text ? number_of(&s->texts[key], c->text) : (uint32_t)c->number;
}

static void put_set(FILE *out, struct sets *s, uint32_t row, uint32_t n)
{
    const struct chart_base *base = s->drawing->base;
    const uint32_t place = key_of(s, row, KEY_LABEL);

    fprintf(out, "LABEL[%u] = ", n);
    chart_quote(out, chart_base_label(base, place), CHART_LABEL_MOST);
    fprintf(out, "\nSTYLE[%u] = %u\nPANEL[%u] = %u\nKIND[%u] = %u\n", n,
            chart_base_style(base, place), n, key_of(s, row, KEY_PANEL), n,
            key_of(s, row, KEY_SERIES));
}

static void put_sets(FILE *out, struct sets *s)
{
    uint32_t n = 0;

    for (uint32_t r = 0; r < s->table->rows; r++)
        n += begins(s, r);
    fprintf(out, "N = %u\narray LABEL[%u]\narray STYLE[%u]\narray PANEL[%u]\narray KIND[%u]\n", n,
            n + 1, n + 1, n + 1, n + 1);
    n = 0;
    for (uint32_t r = 0; r < s->table->rows; r++)
        if (begins(s, r))
            put_set(out, s, r, ++n);
}

/* ---- Units. */

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* Of the values of a panel that are above 0; 0: there are none. */
static double typical(struct sets *s, uint32_t panel)
{
    const uint32_t value = chart_column(s->table, "value");
    double *at = calloc((size_t)s->table->rows + 1, sizeof at[0]), middle;
    uint32_t n = 0;

    for (uint32_t r = 0; at && value != UINT32_MAX && r < s->table->rows; r++) {
        const double x = chart_cell_at(s->table, r, value)->number;

        if (x > 0.0 && key_of(s, r, KEY_PANEL) == panel)
            at[n++] = x;
    }
    if (n)
        qsort(at, n, sizeof at[0], by_size);
    middle = n ? at[n / 2] : 0.0;
    free(at);
    return middle;
}

/* Seconds become what makes a panel's values easy to read. */
static void put_unit(FILE *out, struct sets *s, uint32_t panel, const char *metric)
{
    static const struct {
        double least, scale;
        const char *unit;
    } units[] = { { 1.0, 1.0, "s" }, { 1e-3, 1e3, "ms" }, { 1e-6, 1e6, "µs" }, { 0.0, 1e9, "ns" } };
    const double middle = typical(s, panel);
    char unit[32];
    size_t i = 0;

    chart_unit(s->drawing->base, metric, unit, sizeof unit);
    if (!strcmp(unit, "s"))
        while (middle > 0.0 && middle < units[i].least)
            i++;
    fprintf(out, "SCALE[%u] = %.12g\nUNIT[%u] = ", panel, units[i].scale, panel);
    chart_quote(out, strcmp(unit, "s") ? unit : units[i].unit, CHART_LABEL_MOST);
    fputc('\n', out);
}

/* Panels are metrics, unless the chart has one metric. */
static void put_units(FILE *out, struct sets *s)
{
    const struct texts *panels = &s->texts[KEY_PANEL];
    const uint32_t n = panels->n ? panels->n : 1;

    fprintf(out, "array SCALE[%u]\narray UNIT[%u]\n", n + 1, n + 1);
    for (uint32_t i = 0; i < n; i++)
        put_unit(out, s, i + 1, *s->drawing->metric ? s->drawing->metric : panels->at[i]);
}

/* ---- The whole. */

bool chart_put_sets(FILE *out, const struct chart_drawing *d)
{
    struct sets s;
    const bool good = open_sets(&s, d);

    if (good) {
        put_rows(out, &s);
        put_outlines(out, &s);
        put_sets(out, &s);
        put_units(out, &s);
        for (int k = KEY_PANEL; k < KEYS; k++)
            put_array(out, key_arrays[k], &s.texts[k]);
    }
    close_sets(&s);
    return good;
}
