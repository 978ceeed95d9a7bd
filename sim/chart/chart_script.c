/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Texts are given to gnuplot as constants in which nothing has a meaning (chart_text.h), and are
 * never a format nor a part of a command. */
#include "sim/chart/chart_script.h"

#include <math.h>
#include <string.h>

#include "sim/chart/chart_text.h"
#include "sim/chart/embedded.h"

void chart_set_text(FILE *out, const char *name, const char *text)
{
    fprintf(out, "%s = ", name);
    chart_quote(out, text, CHART_TEXT_MOST);
    fputc('\n', out);
}

void chart_set_number(FILE *out, const char *name, double x)
{
    fprintf(out, "%s = %.12g\n", name, x);
}

/* ---- Tables. */

uint32_t chart_column(const struct chart_table *t, const char *name)
{
    for (uint32_t i = 0; i < t->columns; i++)
        if (!strcmp(t->name[i], name))
            return i;
    return UINT32_MAX;
}

const struct chart_cell *chart_cell_at(const struct chart_table *t, uint32_t row, uint32_t column)
{
    return &t->cell[(size_t)row * t->columns + column];
}

/* The only cell of a query; false: there is none. */
static bool ask(struct chart_base *base, const char *sql, const char *metric,
                struct chart_cell *cell)
{
    const struct chart_binding binding = { .metric = metric };
    struct chart_table t;
    char why[64];
    const bool good = !chart_query(base, sql, &binding, 1, &t, why, sizeof why) && t.rows;

    if (good)
        *cell = t.cell[0];
    chart_table_close(&t);
    return good;
}

void chart_unit(struct chart_base *base, const char *metric, char *unit, size_t room)
{
    struct chart_cell cell = { .text = NULL };

    ask(base,
        "SELECT unit FROM number WHERE metric IN (@metric, @metric || '.mean') AND unit <> '1'"
        " UNION SELECT unit FROM live WHERE metric IN (@metric, @metric || '.mean')"
        " AND unit <> '1' LIMIT 1",
        metric, &cell);
    snprintf(unit, room, "%s", cell.text ? cell.text : "");
}

/* ---- Events of the timeline. */

static void put_events(FILE *out, struct chart_base *base)
{
    const struct chart_binding binding = { .metric = NULL };
    struct chart_table t;
    char why[64];

    if (chart_query(base, "SELECT start, stop, name FROM event ORDER BY start", &binding, 0, &t,
                    why, sizeof why))
        t.rows = 0;
    fprintf(out, "EVENTS = %u\narray START[%u]\narray STOP[%u]\narray EVENT[%u]\n", t.rows,
            t.rows + 1, t.rows + 1, t.rows + 1);
    for (uint32_t r = 0; r < t.rows; r++) {
        const double stop = chart_cell_at(&t, r, 1)->number;

        fprintf(out, "START[%u] = %.12g\nSTOP[%u] = ", r + 1, chart_cell_at(&t, r, 0)->number,
                r + 1);
        fprintf(out, isnan(stop) ? "NaN\n" : "%.12g\n", stop);
        fprintf(out, "EVENT[%u] = ", r + 1);
        chart_quote(out, chart_cell_at(&t, r, 2)->text, CHART_LABEL_MOST);
        fputc('\n', out);
    }
    chart_table_close(&t);
}

/* ---- Variables. */

static void put_variables(FILE *out, const struct chart_drawing *d)
{
    struct chart_cell cell = { .number = 1.0 };
    char text[2 * CHART_TEXT_MOST];

    chart_set_text(out, "CHART", d->chart->name);
    chart_set_text(out, "FORMAT", chart_format_name(d->style->format));
    chart_set_text(out, "SIZE", chart_size_name(d->style->size));
    chart_set_number(out, "DARK", d->style->dark);
    chart_title(d->chart, d->style, text, sizeof text);
    chart_set_text(out, "TITLE", text);
    chart_set_text(out, "METRIC", d->metric);
    chart_subject(d->base, d->chart, text, sizeof text);
    chart_set_text(out, "SUBJECT", text);
    chart_set_number(out, "CONFIDENCE", 100.0 * chart_base_confidence(d->base));
    chart_set_text(out, "AXIS", chart_base_axis(d->base));
    ask(d->base, "SELECT min(numeric) FROM along", "", &cell);
    chart_set_number(out, "NUMERIC", cell.number == 0.0 ? 0.0 : 1.0);
    ask(d->base, "SELECT count(*) FROM policy WHERE style = 0", "", &cell);
    chart_set_number(out, "OTHERS", cell.number);
}

static bool put_file(FILE *out, const char *name)
{
    const struct embedded *file = embedded(name);

    return file && fwrite(file->bytes, 1, file->size, out) == file->size;
}

bool chart_put_script(FILE *out, const struct chart_drawing *d)
{
    put_variables(out, d);
    put_events(out, d->base);
    return chart_put_sets(out, d) && put_file(out, "style.gp") && put_file(out, d->chart->script);
}
