/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table that gnuplot gets, as CSV (RFC 4180): units are in the header. */
#include <math.h>
#include <string.h>

#include "sim/chart/chart_script.h"

static void put_text(FILE *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

/* Columns in the unit of the metric say so. */
static void put_name(FILE *out, const struct chart_drawing *d, const char *name, const char *unit)
{
    static const char *const of_metric[] = { "value", "low", "high", "theory" };
    char text[200];

    snprintf(text, sizeof text, "%s",
             !strcmp(name, "label") ? "policy"
             : !strcmp(name, "x")   ? chart_base_axis(d->base)
                                    : name);
    for (size_t i = 0; i < sizeof of_metric / sizeof of_metric[0]; i++) {
        if (strcmp(name, of_metric[i]))
            continue;
        snprintf(text, sizeof text, "%.60s%s%.60s (%s)", d->metric, i ? " " : "", i ? name : "",
                 *unit ? unit : "1");
    }
    put_text(out, text);
}

static void put_cell(FILE *out, const struct chart_drawing *d, uint32_t column,
                     const struct chart_cell *c)
{
    if (c->text)
        put_text(out, c->text);
    else if (isnan(c->number))
        return;
    else if (!strcmp(d->table->name[column], "label"))
        put_text(out, chart_base_label(d->base, (uint32_t)c->number));
    else
        fprintf(out, "%.12g", c->number);
}

bool chart_put_data(FILE *out, const struct chart_drawing *d)
{
    const struct chart_table *t = d->table;
    char unit[32];

    chart_unit(d->base, d->metric, unit, sizeof unit);
    for (uint32_t i = 0; i < t->columns; i++) {
        fputs(i ? "," : "", out);
        put_name(out, d, t->name[i], unit);
    }
    fputc('\n', out);
    for (uint32_t r = 0; r < t->rows; r++) {
        for (uint32_t i = 0; i < t->columns; i++) {
            fputs(i ? "," : "", out);
            put_cell(out, d, i, &t->cell[(size_t)r * t->columns + i]);
        }
        fputc('\n', out);
    }
    return true;
}
