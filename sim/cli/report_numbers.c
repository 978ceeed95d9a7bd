/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tables of a report: all numbers, and the points of the sweep one by one. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/chart/page.h"
#include "sim/cli/cell.h"
#include "sim/cli/compare_print.h"
#include "sim/cli/report.h"

static const struct grid_unit plain = { "", 1.0 };

/* ---- All numbers. */

static bool has_theory(const struct report *r, uint32_t rows)
{
    struct theory_answer answer;
    uint32_t i;

    for (i = 0; i < rows; i++)
        if (report_theory_of(r->theory, r->results, i, &answer) && !isnan(answer.latency_mean))
            return true;
    return false;
}

static void put_theory(FILE *out, const struct report *r, uint32_t contender, struct grid_unit unit)
{
    struct theory_answer answer;

    if (!report_theory_of(r->theory, r->results, contender, &answer) ||
        isnan(answer.latency_mean)) {
        fputs("<td class=\"n\"><span class=\"none\">\u2013</span></td>", out);
        return;
    }
    fprintf(out, "<td class=\"n\" data-v=\"%.9g\">%.4g <span class=\"pm\">%s", answer.latency_mean,
            answer.latency_mean / unit.one,
            answer.limit         ? "limit "
            : answer.approximate ? "~"
                                 : "");
    page_text(out, answer.model);
    fputs("</span></td>", out);
}

static void put_coordinates(FILE *out, const struct results_point *point)
{
    uint32_t i;

    for (i = 0; i < point->at_n; i++) {
        fputs("<td class=\"n\"", out);
        if (isfinite(point->at[i].number))
            fprintf(out, " data-v=\"%.9g\"", point->at[i].number);
        fputc('>', out);
        page_name(out, point->at[i].text);
        fputs("</td>", out);
    }
}

static void put_row(FILE *out, const struct report *r, uint32_t contender, bool theory,
                    struct grid_unit unit)
{
    const struct results_contender *c = &r->results->contenders[contender];
    uint32_t i;

    fputs("<tr><th scope=\"row\">", out);
    report_policy(out, r, c->label);
    fputs("</th>", out);
    put_coordinates(out, &r->results->points[c->point]);
    for (i = 0; i < r->metric_n; i++) {
        const struct interval x = report_value(r, c, &r->metric[i]);

        report_cell(out, &x, r->metric[i].shown, i == 0 ? r->mark[contender] : ' ', false);
    }
    if (theory)
        put_theory(out, r, contender, unit);
    fputs("</tr>\n", out);
}

static struct grid_unit unit_of_means(const struct report *r)
{
    uint32_t i;

    for (i = 0; i < r->metric_n; i++)
        if (!strcmp(r->metric[i].name, "latency.mean"))
            return r->metric[i].shown;
    return (struct grid_unit) { "s", 1.0 };
}

static void put_headings(FILE *out, const struct report *r, bool theory, struct grid_unit unit)
{
    const struct results_point *point = &r->results->points[0];
    uint32_t i;

    report_heading(out, "policy", "", false);
    for (i = 0; i < point->at_n; i++)
        report_heading(out, point->at[i].path, "", true);
    for (i = 0; i < r->metric_n; i++)
        report_heading(out, r->metric[i].name, r->metric[i].shown.name, true);
    if (theory)
        report_heading(out, "theory: mean", unit.name, true);
    fputs("</tr></thead>\n<tbody>\n", out);
}

static void put_meanings(FILE *out, const struct report *r)
{
    uint32_t i;

    fputs("<details><summary>What the columns mean</summary><dl>\n", out);
    for (i = 0; i < r->metric_n; i++) {
        if (!*r->metric[i].summary)
            continue;
        fputs("<dt>", out);
        page_name(out, r->metric[i].name);
        fputs("</dt><dd>", out);
        page_text(out, r->metric[i].summary);
        if (r->metric[i].better)
            fprintf(out, "; %s is better", r->metric[i].better > 0 ? "more" : "less");
        fputs("</dd>\n", out);
    }
    fprintf(out,
            "<dt>\u00b1</dt><dd>half a %.6g&nbsp;%% confidence interval, of each number by "
            "itself</dd><dt>\u2605 \u2606</dt><dd>the best of its point for sure; may be the "
            "best</dd></dl></details>\n",
            100.0 * r->confidence);
}

void report_numbers(FILE *out, const struct report *r)
{
    const uint32_t all = r->results ? r->results->contenders_n : 0;
    const uint32_t rows = all > REPORT_ROWS ? REPORT_ROWS : all;
    const struct grid_unit unit = r->results ? unit_of_means(r) : plain;
    const bool theory = r->results && has_theory(r, rows);
    uint32_t i;

    if (rows == 0)
        return;
    fputs("<section id=\"numbers\" aria-labelledby=\"h-numbers\"><h2 "
          "id=\"h-numbers\">Numbers</h2>\n<p class=\"js\">A heading sorts its column, by a click "
          "or by Enter.</p>\n",
          out);
    report_table_begin(out, "All policies, means over replications or pooled quantiles", "sort");
    put_headings(out, r, theory, unit);
    for (i = 0; i < rows; i++)
        put_row(out, r, i, theory, unit);
    report_table_end(out);
    if (rows < all) {
        fprintf(out,
                "<p class=\"left-out\">%u of %u rows are here. All of them: <code>lbsim export ",
                rows, all);
        page_text(out, r->path);
        fputs("</code></p>\n", out);
    }
    put_meanings(out, r);
    fputs("</section>\n", out);
}

/* ---- A comparison. */

static void put_rank(FILE *out, const struct compared *x)
{
    if (!x->best)
        fputs("<td class=\"n\"><span class=\"none\">\u2013</span></td>", out);
    else if (x->best == x->worst)
        fprintf(out, "<td class=\"n\" data-v=\"%u\">%u</td>", x->best, x->best);
    else
        fprintf(out, "<td class=\"n\" data-v=\"%.1f\">%u\u2013%u</td>", (x->best + x->worst) / 2.0,
                x->best, x->worst);
}

/* "-41.3 (-43.4 .. -39.1)" */
static void put_percent(FILE *out, const struct interval *x)
{
    const int d = cell_decimals(compare_half(x), x->value);

    if (isnan(x->value)) {
        fputs("<td class=\"n\"><span class=\"none\">\u2013</span></td>", out);
        return;
    }
    fprintf(out, "<td class=\"n\" data-v=\"%.9g\">%+.*f", x->value, d, x->value);
    if (!isnan(x->low))
        fprintf(out, " <span class=\"pm\">(%+.*f .. %+.*f)</span>", d, x->low, d, x->high);
    fputs("</td>", out);
}

static void put_compared(FILE *out, const struct report *r, const struct compared *x,
                         struct grid_unit unit)
{
    const char mark = r->mark[x->contender - r->results->contenders];

    fputs("<tr><th scope=\"row\">", out);
    report_policy(out, r, x->contender->label);
    fputs("</th>", out);
    report_cell(out, &x->value, unit, mark, false);
    report_cell(out, &x->difference.absolute, unit, ' ', true);
    put_percent(out, &x->difference.percent);
    if (isnan(x->difference.reduction))
        fputs("<td class=\"n\"><span class=\"none\">\u2013</span></td>", out);
    else
        fprintf(out, "<td class=\"n\" data-v=\"%.9g\">%.3g%s</td>", x->difference.reduction,
                x->difference.reduction, x->difference.backfired ? "!" : "");
    put_rank(out, x);
    fputs("</tr>\n", out);
}

void report_differences(FILE *out, const struct report *r, const struct comparison *c)
{
    double largest = 0.0;
    struct grid_unit unit;
    char caption[512];
    uint32_t i;

    for (i = 0; i < c->n; i++)
        largest = fmax(largest, c->of[i].value.value);
    unit = grid_unit(c->unit, largest);
    snprintf(caption, sizeof caption, "%.200s against %.200s, paired", r->metric[0].words, c->base);
    report_table_begin(out, caption, "sort");
    report_heading(out, "policy", "", false);
    report_heading(out, c->metric, unit.name, true);
    report_heading(out, "difference", unit.name, true);
    report_heading(out, "difference", "%", true);
    report_heading(out, "pairing", "factor", true);
    report_heading(out, "rank", "", true);
    fputs("</tr></thead>\n<tbody>\n", out);
    for (i = 0; i < c->n; i++)
        put_compared(out, r, &c->of[i], unit);
    report_table_end(out);
}

/* ---- The points one by one. */

static double total(const struct results_contender *c, const char *metric, const char *statistic)
{
    const struct results_number *x = results_find(c, "all", metric, statistic);
    double sum = 0.0;
    uint32_t i;

    for (i = 0; x && i < c->replications; i++)
        sum += x->at[i];
    return x ? sum : NAN;
}

static void put_total(FILE *out, double x)
{
    if (isnan(x))
        fputs("<td class=\"n\"><span class=\"none\">\u2013</span></td>", out);
    else
        fprintf(out, "<td class=\"n\" data-v=\"%.0f\">%.0f</td>", x, x);
}

static const char *const endings[] = { "issued", "completed", "rejected", "timed_out",
                                       "failed", "cancelled", "in_system" };
enum { ENDINGS = sizeof endings / sizeof endings[0] };

static void put_account_of(FILE *out, const struct report *r, const struct results_contender *c)
{
    double events = 0.0, warmup = total(c, "requests", "issued") - total(c, "measured", "requests");
    uint32_t i;

    for (i = 0; i < c->replications; i++)
        events += (double)c->replication[i].events;
    fputs("<tr><th scope=\"row\">", out);
    report_policy(out, r, c->label);
    fprintf(out, "</th><td class=\"n\" data-v=\"%u\">%u%s</td>", c->replications, c->replications,
            c->asked > c->replications ? " of more" : "");
    put_total(out, c->replications ? floor(warmup / c->replications) : NAN);
    for (i = 0; i < ENDINGS; i++)
        put_total(out, total(c, "requests", endings[i]));
    put_total(out, events);
    fputs("</tr>\n", out);
}

static void put_account(FILE *out, const struct report *r, const struct comparison *c)
{
    uint32_t i;

    report_table_begin(out, "Requests, over all replications", "sort");
    report_heading(out, "policy", "", false);
    report_heading(out, "replications", "", true);
    report_heading(out, "warm-up", "requests each", true);
    for (i = 0; i < ENDINGS; i++)
        report_heading(out, endings[i], "", true);
    report_heading(out, "events", "", true);
    fputs("</tr></thead>\n<tbody>\n", out);
    for (i = 0; i < c->n; i++)
        put_account_of(out, r, c->of[i].contender);
    report_table_end(out);
}

static void put_tables(FILE *out, const struct report *r, const struct comparison *c)
{
    report_differences(out, r, c);
    put_account(out, r, c);
}

/* One of several. */
static void put_point(FILE *out, const struct report *r, uint32_t point, const struct comparison *c)
{
    fputs("<details><summary>", out);
    report_point(out, &r->results->points[point]);
    fputs(": ", out);
    report_sentence(out, r, c);
    fputs("</summary>\n", out);
    put_tables(out, r, c);
    fputs("</details>\n", out);
}

void report_points(FILE *out, const struct report *r)
{
    const uint32_t all = r->results ? r->results->points_n : 0;
    const uint32_t n = all > REPORT_POINTS ? REPORT_POINTS : all;
    struct comparison c;
    uint32_t i;

    if (n == 0)
        return;
    fprintf(out,
            "<section id=\"points\" aria-labelledby=\"h-points\"><h2 id=\"h-points\">%s</h2>\n",
            all > 1 ? "Each point of the sweep" : "Policies against each other");
    for (i = 0; i < n; i++) {
        if (report_compare(r, i, &c) == 0 && all > 1)
            put_point(out, r, i, &c);
        else
            put_tables(out, r, &c);
        comparison_close(&c);
    }
    if (n < all)
        fprintf(out,
                "<p class=\"left-out\">%u of %u points are here. Any of them: <code>lbsim compare "
                "RESULTS --at POINT</code></p>\n",
                n, all);
    fputs("<p class=\"ground\">Pairing: by how much meeting the same requests reduced the variance "
          "of the difference. Differences of a table hold together, and so do its ranks.</p>\n"
          "</section>\n",
          out);
}
