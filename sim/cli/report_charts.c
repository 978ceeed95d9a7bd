/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The charts of a report. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/chart/chart.h"
#include "sim/chart/page.h"
#include "sim/cli/report.h"
#include "sim/cli/report_svg.h"

struct drawing {
    struct report *report;
    FILE *out;
    uint32_t pictures, too_many;
    char missing[512]; /* why there are no charts, or not all */
};

/* A title or help with the chart's own metric in it. */
static void put_words(FILE *out, const char *text, const struct chart *chart)
{
    static const char mark[] = "METRIC";
    const char *at;

    for (; (at = strstr(text, mark)); text = at + sizeof mark - 1)
        fprintf(out, "%.*s%s", (int)(at - text), text, chart->metric);
    fputs(text, out);
}

/* What the picture says, for those who do not see it; to be freed, NULL without memory. */
static char *label_of(const struct report *r, const struct chart *chart)
{
    char *label = NULL;
    size_t size;
    FILE *out = open_memstream(&label, &size);

    if (!out)
        return NULL;
    put_words(out, chart->title, chart);
    fprintf(out, ": %.200s. ", r->results ? r->results->scenario : r->live->scenario);
    put_words(out, chart->help, chart);
    if (fclose(out) == 0)
        return label;
    free(label);
    return NULL;
}

/* The same chart for screens and for narrow ones (NULL: one for both). */
static void put_figure(struct drawing *d, const struct chart *chart, const char *wide,
                       const char *narrow)
{
    fprintf(d->out,
            "<figure class=\"chart%s\" id=\"chart-%s\"><div class=\"scroll wide\" tabindex=\"0\" "
            "role=\"group\" aria-label=\"chart %s\">%s</div>\n",
            narrow ? " both" : "", chart->name, chart->name, wide);
    if (narrow)
        fprintf(d->out, "<div class=\"narrow\">%s</div>\n", narrow);
    fputs("<figcaption>", d->out);
    put_words(d->out, chart->help, chart);
    fputs(" <small>", d->out);
    page_text(d->out, chart->name);
    fputs("</small></figcaption></figure>\n", d->out);
}

/* A picture as part of the page, to be freed; NULL without memory, or if it is none. */
static char *embed(struct drawing *d, const struct chart *chart, const char *light,
                   const char *dark)
{
    char *label = label_of(d->report, chart), *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    const struct svg_picture picture = { light, dark, label, d->pictures++ };
    int failed = -ENOMEM;

    if (out && label)
        failed = svg_write(out, &picture, &d->report->inks);
    failed = out && fclose(out) ? -ENOMEM : failed;
    free(label);
    if (failed) {
        free(text);
        text = NULL;
    }
    return text;
}

/* On light and dark ground, to be freed. NULL: it does not fit these results, or `missing` says why
 * there is none. */
static char *picture_of(struct drawing *d, const struct chart *chart, enum chart_size size)
{
    struct chart_style style = { .format = CHART_SVG, .size = size };
    char *light = NULL, *dark = NULL, *text = NULL, why[512];
    size_t n;
    int failed = chart_draw(d->report->base, chart, &style, &light, &n, why, sizeof why);

    if (failed && failed != -ENODATA)
        snprintf(d->missing, sizeof d->missing, "%s", why);
    if (failed)
        return NULL;
    style.dark = true;
    if (chart_draw(d->report->base, chart, &style, &dark, &n, why, sizeof why))
        dark = NULL;
    text = embed(d, chart, light, dark);
    if (!text)
        text = embed(d, chart, light, NULL);
    if (!text)
        snprintf(d->missing, sizeof d->missing, "What gnuplot drew of %s is no picture for a page.",
                 chart->name);
    free(light);
    free(dark);
    return text;
}

static void draw(struct drawing *d, const struct chart *chart)
{
    char *wide = picture_of(d, chart, CHART_SCREEN);
    char *narrow = wide ? picture_of(d, chart, CHART_COLUMN) : NULL;
    const size_t room = REPORT_CHARTS - (size_t)ftell(d->out);

    if (wide && narrow && strlen(wide) + strlen(narrow) < room)
        put_figure(d, chart, wide, narrow);
    else if (wide && strlen(wide) < room)
        put_figure(d, chart, wide, NULL);
    else if (wide)
        d->too_many++;
    free(wide);
    free(narrow);
}

static void put_notes(const struct drawing *d, FILE *out)
{
    if (d->missing[0]) {
        fputs("<p class=\"left-out\">Charts are missing. ", out);
        page_text(out, d->missing);
        fputs("</p>\n", out);
    }
    if (d->too_many)
        fprintf(out,
                "<p class=\"left-out\">%u charts are left out: they would make the page too large. "
                "<code>lbsim plot</code> draws them.</p>\n",
                d->too_many);
}

void report_draw(struct report *r)
{
    struct drawing d = { .report = r };
    const struct chart *chart;
    uint32_t i;

    d.out = open_memstream(&r->charts, &r->charts_size);
    if (!d.out)
        return;
    if (!r->base)
        snprintf(d.missing, sizeof d.missing, "%s", r->base_why);
    for (i = 0; r->base && !d.missing[0] && (chart = chart_at(i)); i++) {
        draw(&d, chart);
        fflush(d.out);
    }
    put_notes(&d, d.out);
    fclose(d.out);
}

void report_charts(FILE *out, const struct report *r)
{
    if (!r->charts_size)
        return;
    fputs("<section id=\"charts\" aria-labelledby=\"h-charts\"><h2 id=\"h-charts\">Charts</h2>\n",
          out);
    fputs("<div class=\"figures\">\n", out);
    fwrite(r->charts, 1, r->charts_size, out);
    fputs("</div></section>\n", out);
}

static void put_policy_colours(FILE *out, const struct report *r, bool dark)
{
    uint32_t i;

    for (i = 0; i < r->policies; i++)
        fprintf(out, ".k%u{--c:%s}", i + 1,
                r->base ? chart_colour(r->base, r->policy[i], dark) : "#888888");
}

void report_colours(FILE *out, const struct report *r)
{
    put_policy_colours(out, r, false);
    fputs("\n@media screen and (prefers-color-scheme:dark){", out);
    put_policy_colours(out, r, true);
    fputs("}\n", out);
    svg_rules(out, &r->inks);
}
