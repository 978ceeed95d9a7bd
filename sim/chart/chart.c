/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/chart/chart.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/chart/chart_script.h"
#include "sim/chart/chart_svg.h"
#include "sim/chart/chart_text.h"
#include "sim/chart/gnuplot.h"

static const struct chart charts[] = {
#define CHART(name, summary, script, takes, metric, title, help, needs, query)                     \
    { name, summary, title, help, needs, script, query, takes, metric },
#include "sim/chart/charts.def"
#undef CHART
};

const struct chart *chart_at(uint32_t i)
{
    return i < sizeof charts / sizeof charts[0] ? &charts[i] : NULL;
}

const struct chart *chart_named(const char *name)
{
    const struct chart *chart;

    for (uint32_t i = 0; (chart = chart_at(i)); i++)
        if (!strcmp(chart->name, name))
            return chart;
    return NULL;
}

const char *chart_format_name(enum chart_format format)
{
    static const char *const names[CHART_FORMATS] = { "svg", "pdf", "png", "ascii" };

    return names[format];
}

const char *chart_size_name(enum chart_size size)
{
    static const char *const names[CHART_SIZES] = { "column", "slide", "screen" };

    return names[size];
}

static const char *metric_of(const struct chart *chart, const char *asked)
{
    return asked && chart->takes != METRIC_FIXED ? asked : chart->metric;
}

void chart_title(const struct chart *chart, const struct chart_style *style, char *text,
                 size_t room)
{
    const char *metric = strstr(chart->title, "METRIC");

    if (style->title)
        snprintf(text, room, "%s", style->title);
    else if (metric)
        snprintf(text, room, "%.*s%s%s", (int)(metric - chart->title), chart->title,
                 metric_of(chart, style->metric), metric + strlen("METRIC"));
    else
        snprintf(text, room, "%s", chart->title);
}

void chart_subject(const struct chart_base *base, const struct chart *chart, char *text,
                   size_t room)
{
    const char *point = strstr(chart->query, "@point") ? chart_base_point(base) : "";

    snprintf(text, room, "%.100s%s%.130s", chart_base_scenario(base), *point ? ", " : "", point);
}

/* Reads what it shows. 0, -ENODATA with what is missing, or -errno. */
static int look(struct chart_base *base, const struct chart *chart, const char *metric,
                uint32_t most, struct chart_table *table, char *why, size_t room)
{
    const struct chart_binding binding = { .metric = metric };
    int failed = chart_query(base, chart->query, &binding, most, table, why, room);

    if (!failed && table->rows == 0) {
        snprintf(why, room, "%s: %s", chart->name, chart->needs);
        failed = -ENODATA;
    }
    return failed;
}

bool chart_fits(struct chart_base *base, const struct chart *chart, const char *metric, char *why,
                size_t room)
{
    struct chart_table table;
    const bool fits = !look(base, chart, metric_of(chart, metric), 1, &table, why, room);

    chart_table_close(&table);
    return fits;
}

/* What is written of a chart: its script, or its data. */
typedef bool write_chart(FILE *, const struct chart_drawing *);

static int write_whole(struct chart_base *base, const struct chart *chart,
                       const struct chart_style *style, write_chart *put, char **bytes,
                       size_t *size, char *why, size_t room)
{
    struct chart_drawing drawing = { .base = base, .chart = chart, .style = style };
    struct chart_table table;
    FILE *out = NULL;
    bool good;
    int failed;

    *bytes = NULL;
    *size = 0;
    drawing.metric = metric_of(chart, style->metric);
    drawing.table = &table;
    failed = look(base, chart, drawing.metric, 0, &table, why, room);
    if (!failed && (out = open_memstream(bytes, size))) {
        good = put(out, &drawing);
        if (fclose(out) || !good) {
            free(*bytes);
            *bytes = NULL;
            out = NULL;
        }
    }
    if (!failed && !out) {
        snprintf(why, room, "charts: out of memory");
        failed = -ENOMEM;
    }
    chart_table_close(&table);
    return failed;
}

int chart_data(struct chart_base *base, const struct chart *chart, const struct chart_style *style,
               char **bytes, size_t *size, char *why, size_t room)
{
    return write_whole(base, chart, style, chart_put_data, bytes, size, why, room);
}

static int mend_svg(const struct chart *chart, const struct chart_style *style, char **bytes,
                    size_t *size)
{
    char title[2 * CHART_TEXT_MOST], *mended;

    chart_title(chart, style, title, sizeof title);
    mended = chart_svg(*bytes, chart->name, title, chart->help, size);
    free(*bytes);
    *bytes = mended;
    return mended ? 0 : -ENOMEM;
}

int chart_draw(struct chart_base *base, const struct chart *chart, const struct chart_style *style,
               char **bytes, size_t *size, char *why, size_t room)
{
    char *script;
    size_t n;
    int failed = write_whole(base, chart, style, chart_put_script, &script, &n, why, room);

    *bytes = NULL;
    *size = 0;
    if (!failed)
        failed = gnuplot_draw(script, n, bytes, size, why, room);
    if (!failed && style->format == CHART_SVG)
        failed = mend_svg(chart, style, bytes, size);
    if (failed == -ENOMEM)
        snprintf(why, room, "charts: out of memory");
    free(script);
    return failed;
}
