/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the sliders of a report show: every point of the sweep, as JSON for the page's own script.
 *
 *   { "axes": [{"path": "load", "at": ["0.5", ...]}],
 *     "points": [[0, 1], ...]                  places on the axes
 *     "policies": ["random", ...],
 *     "metrics": [{"name", "words", "unit", "one", "better"}],
 *     "cells": [[[[value, low, high, theory], ...], ...], ...]   by point, policy, metric; or null
 *     "best": ["  *", ...] }                   by point and policy */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/chart/page.h"
#include "sim/cli/report.h"

enum { AXES_MOST = 8 };

/* The places of an axis, each once, in the order in which points come to them. */
struct places {
    const char **text;
    uint32_t n;
};

static uint32_t place_of(const struct places *p, const char *text)
{
    uint32_t i;

    for (i = 0; i < p->n && strcmp(p->text[i], text); i++)
        ;
    return i;
}

static uint32_t axes_of(const struct results *results)
{
    const uint32_t n = results->points[0].at_n;

    return n > AXES_MOST ? AXES_MOST : n;
}

static bool find_places(const struct results *results, uint32_t axis, struct places *p)
{
    uint32_t i;

    p->n = 0;
    p->text = calloc(results->points_n, sizeof p->text[0]);
    for (i = 0; p->text && i < results->points_n; i++) {
        const char *text = results->points[i].at[axis].text;

        if (place_of(p, text) == p->n)
            p->text[p->n++] = text;
    }
    return p->text != NULL;
}

bool report_has_sliders(const struct report *r)
{
    uint32_t i;

    if (!r->results || r->results->points_n < 2 || axes_of(r->results) == 0 ||
        (uint64_t)r->results->points_n * r->policies > REPORT_CELLS)
        return false;
    for (i = 1; i < r->results->points_n; i++)
        if (r->results->points[i].at_n < axes_of(r->results))
            return false;
    return true;
}

/* As many as there is room for. */
static uint32_t metrics_told(const struct report *r)
{
    const uint64_t each = (uint64_t)r->results->points_n * r->policies;
    const uint64_t room = REPORT_CELLS / (each ? each : 1);

    return room < r->metric_n ? (uint32_t)room : r->metric_n;
}

/* ---- Writing. */

static void put_axes(FILE *out, const struct places *axis, uint32_t n, const struct results *r)
{
    uint32_t i, k;

    fputs("\"axes\":[", out);
    for (i = 0; i < n; i++) {
        fputs(i ? ",{\"path\":" : "{\"path\":", out);
        page_json_text(out, r->points[0].at[i].path);
        fputs(",\"at\":[", out);
        for (k = 0; k < axis[i].n; k++) {
            fputs(k ? "," : "", out);
            page_json_text(out, axis[i].text[k]);
        }
        fputs("]}", out);
    }
    fputs("],\n\"points\":[", out);
    for (i = 0; i < r->points_n; i++) {
        fputs(i ? ",[" : "[", out);
        for (k = 0; k < n; k++)
            fprintf(out, "%s%u", k ? "," : "", place_of(&axis[k], r->points[i].at[k].text));
        fputc(']', out);
    }
    fputs("],\n", out);
}

static void put_metrics(FILE *out, const struct report *r, uint32_t n)
{
    uint32_t i;

    fputs("\"policies\":[", out);
    for (i = 0; i < r->policies; i++) {
        fputs(i ? "," : "", out);
        page_json_text(out, r->policy[i]);
    }
    fputs("],\n\"metrics\":[", out);
    for (i = 0; i < n; i++) {
        const struct report_metric *m = &r->metric[i];

        fputs(i ? ",{\"name\":" : "{\"name\":", out);
        page_json_text(out, m->name);
        fputs(",\"words\":", out);
        page_json_text(out, m->words);
        fputs(",\"unit\":", out);
        page_json_text(out, m->unit);
        fprintf(out, ",\"better\":%d}", m->better);
    }
    fputs("],\n", out);
}

static void put_cell(FILE *out, const struct interval *x, double theory)
{
    fputc('[', out);
    page_json_number(out, x->value);
    if (!isnan(x->low) || !isnan(theory)) {
        fputc(',', out);
        page_json_number(out, x->low);
        fputc(',', out);
        page_json_number(out, x->high);
    }
    if (!isnan(theory)) {
        fputc(',', out);
        page_json_number(out, theory);
    }
    fputc(']', out);
}

static void put_contender(FILE *out, const struct report *r, uint32_t contender, uint32_t metrics)
{
    struct theory_answer answer;
    const bool known = report_theory_of(r->theory, r->results, contender, &answer);
    uint32_t i;

    fputc('[', out);
    for (i = 0; i < metrics; i++) {
        const struct interval x =
            report_value(r, &r->results->contenders[contender], &r->metric[i]);

        fputs(i ? "," : "", out);
        put_cell(out, &x, known ? theory_metric(&answer, r->metric[i].name) : NAN);
    }
    fputc(']', out);
}

static uint32_t contender_of(const struct report *r, uint32_t point, const char *label)
{
    uint32_t first, n = results_at_point(r->results, point, &first), i;

    for (i = first; i < first + n; i++)
        if (!strcmp(r->results->contenders[i].label, label))
            return i;
    return UINT32_MAX;
}

static void put_point(FILE *out, const struct report *r, uint32_t point, uint32_t metrics)
{
    uint32_t i, contender;

    fputc('[', out);
    for (i = 0; i < r->policies; i++) {
        contender = contender_of(r, point, r->policy[i]);
        fputs(i ? "," : "", out);
        if (contender == UINT32_MAX)
            fputs("null", out);
        else
            put_contender(out, r, contender, metrics);
    }
    fputc(']', out);
}

static void put_best(FILE *out, const struct report *r)
{
    uint32_t i, k, contender;

    fputs("],\n\"best\":[", out);
    for (i = 0; i < r->results->points_n; i++) {
        fputs(i ? ",\"" : "\"", out);
        for (k = 0; k < r->policies; k++) {
            contender = contender_of(r, i, r->policy[k]);
            fputc(contender == UINT32_MAX ? ' ' : r->mark[contender], out);
        }
        fputc('"', out);
    }
    fprintf(out, "],\n\"start\":%u}\n", r->point);
}

void report_data(FILE *out, const struct report *r)
{
    struct places axis[AXES_MOST] = { 0 };
    bool good = report_has_sliders(r);
    const uint32_t n = good ? axes_of(r->results) : 0, metrics = good ? metrics_told(r) : 0;
    uint32_t i;

    for (i = 0; i < n; i++)
        good = find_places(r->results, i, &axis[i]) && good;
    if (good) {
        fputc('{', out);
        put_axes(out, axis, n, r->results);
        put_metrics(out, r, metrics);
        fputs("\"cells\":[", out);
        for (i = 0; i < r->results->points_n; i++) {
            fputs(i ? ",\n" : "\n", out);
            put_point(out, r, i, metrics);
        }
        put_best(out, r);
    } else {
        fputs("null", out);
    }
    for (i = 0; i < n; i++)
        free(axis[i].text);
}

void report_explorer(FILE *out, const struct report *r)
{
    if (!r->results || r->results->points_n < 2)
        return;
    fputs("<section id=\"explore\" class=\"js\" aria-labelledby=\"h-explore\"><h2 id=\"h-explore\">"
          "Explore the sweep</h2>\n",
          out);
    if (report_has_sliders(r)) {
        fputs("<p>All of it has been simulated before: a slider chooses a point.</p>\n"
              "<form id=\"sliders\"></form>\n<figure id=\"shown\"></figure>\n",
              out);
        if (metrics_told(r) < r->metric_n)
            fprintf(out,
                    "<p class=\"left-out\">%u of %u metrics are here: the sweep is large.</p>\n",
                    metrics_told(r), r->metric_n);
    } else {
        fprintf(out,
                "<p class=\"left-out\">%u points of %u policies are too many for sliders; "
                "<code>--policy</code> leaves some out.</p>\n",
                r->results->points_n, r->policies);
    }
    fputs("</section>\n", out);
}
