/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a report tells of a live run: what was measured over real sockets, what simulation predicted
 * of it, and the verdict. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/chart/page.h"
#include "sim/cli/compare_print.h"
#include "sim/cli/report.h"

enum { WORLDS = 4, SERVERS_MOST = 64, SAID_MOST = 8 };
static const char *const worlds[WORLDS] = { "measured", "RAW", "CALIBRATED", "ENV-REPLAY" };
static const char *const statistics[] = { "mean", "p50", "p90", "p99", "p99.9" };
enum { STATISTICS = sizeof statistics / sizeof statistics[0] };

/* ---- Looking up. */

static bool is_of(const char *point, const char *label, const struct store_live_contender *c)
{
    return !strcmp(point, c->point) && !strcmp(label, c->label);
}

static const struct store_live_value *find(const struct live_rows *l,
                                           const struct store_live_contender *c, const char *world,
                                           const char *metric, const char *statistic)
{
    uint32_t i;

    for (i = 0; i < l->values_n; i++) {
        const struct store_live_value *v = &l->values[i];

        if (!strcmp(v->metric, metric) && !strcmp(v->statistic, statistic) &&
            !strcmp(v->world, world) && is_of(v->point, v->label, c))
            return v;
    }
    return NULL;
}

static struct interval value_of(const struct store_live_value *v)
{
    return (struct interval) { .value = v ? v->value : NAN,
                               .low = v ? v->low : NAN,
                               .high = v ? v->high : NAN };
}

static bool was_predicted(const struct live_rows *l)
{
    uint32_t i;

    for (i = 0; i < l->contenders_n; i++)
        if (*l->contenders[i].verdict)
            return true;
    return false;
}

static bool has_points(const struct live_rows *l)
{
    return l->contenders_n > 0 && *l->contenders[0].point;
}

static struct grid_unit unit_of(const struct live_rows *l)
{
    double largest = 0.0;
    uint32_t i;

    for (i = 0; i < l->contenders_n; i++)
        largest =
            fmax(largest, value_of(find(l, &l->contenders[i], worlds[0], "latency", "mean")).value);
    return grid_unit("s", largest);
}

/* ---- The verdicts in words. */

static void put_verdict(FILE *out, const struct report *r, const char *verdict, const char *words,
                        bool *any)
{
    const struct live_rows *l = r->live;
    uint32_t i, n = 0, told = 0;

    for (i = 0; i < l->contenders_n; i++)
        n += !strcmp(l->contenders[i].verdict, verdict);
    if (n == 0)
        return;
    fputs(*any ? "; " : "", out);
    fprintf(out, "%s ", words);
    *any = true;
    for (i = 0; i < l->contenders_n && told < SAID_MOST; i++) {
        if (strcmp(l->contenders[i].verdict, verdict))
            continue;
        fputs(told == 0 ? "" : told + 1 == n ? " and " : ", ", out);
        fputs("<b>", out);
        report_policy(out, r, l->contenders[i].label);
        fputs("</b>", out);
        if (*l->contenders[i].point) {
            fputs(" at ", out);
            page_name(out, l->contenders[i].point);
        }
        told++;
    }
    if (told < n)
        fprintf(out, " and %u more", n - told);
}

static void put_verdicts(FILE *out, const struct report *r)
{
    bool any = false;

    fputs("<p class=\"answer\">", out);
    put_verdict(out, r, "agreed", "Measurement agrees with the prediction for", &any);
    put_verdict(out, r, "disagreed",
                any ? "it disagrees for"
                    : "Measurement disagrees with the "
                      "prediction for",
                &any);
    put_verdict(out, r, "not judged", any ? "not judged:" : "Not judged:", &any);
    fputs(".</p>\n", out);
}

/* Nobody predicted anything: what was measured. */
static void put_measured(FILE *out, const struct report *r)
{
    const struct live_rows *l = r->live;
    const struct grid_unit unit = unit_of(l);
    uint32_t i;

    fputs("<p class=\"answer\">Mean latency over real sockets: ", out);
    for (i = 0; i < l->contenders_n && i < SAID_MOST; i++) {
        const struct interval x =
            value_of(find(l, &l->contenders[i], worlds[0], "latency", "mean"));

        fputs(i ? ", <b>" : "<b>", out);
        report_policy(out, r, l->contenders[i].label);
        fprintf(out, "</b> %.3g&nbsp;%s", x.value / unit.one, unit.name);
    }
    fputs(i < l->contenders_n ? " and others" : "", out);
    fputs("; no simulation has predicted them.</p>\n", out);
}

/* ---- The table of verdicts. */

static void put_text(FILE *out, const char *text)
{
    fputs("<td>", out);
    page_text(out, text);
    fputs("</td>", out);
}

static void put_badge(FILE *out, const char *verdict)
{
    const bool good = !strcmp(verdict, "agreed"), bad = !strcmp(verdict, "disagreed");

    fprintf(out, "<td><span class=\"badge %s\">%s ",
            good  ? "good"
            : bad ? "bad"
                  : "open",
            good  ? "\u2713"
            : bad ? "\u2717"
                  : "?");
    page_text(out, verdict);
    fputs("</span></td>", out);
}

static void put_share(FILE *out, double share, double of)
{
    if (isnan(share) || !(of > 0.0))
        fputs("<td class=\"n\"><span class=\"none\">\u2013</span></td>", out);
    else
        fprintf(out, "<td class=\"n\" data-v=\"%.9g\">%.4g %%</td>", share / of,
                100.0 * share / of);
}

/* "8.63 −1.2 %" */
static void put_predicted(FILE *out, const struct live_rows *l,
                          const struct store_live_contender *c, const char *world,
                          const char *statistic, struct grid_unit unit)
{
    const struct interval x = value_of(find(l, c, world, "latency", statistic));
    const struct interval error = value_of(find(l, c, world, "error", statistic));

    if (isnan(x.value)) {
        fputs("<td class=\"n\"><span class=\"none\">\u2013</span></td>", out);
        return;
    }
    fprintf(out, "<td class=\"n\" data-v=\"%.9g\">%.4g", x.value, x.value / unit.one);
    if (!isnan(error.value))
        fprintf(out, " <span class=\"pm\">%+.2f&nbsp;%%</span>", 100.0 * error.value);
    fputs("</td>", out);
}

static void put_pairs(FILE *out, const struct live_rows *l, const struct store_live_contender *c,
                      bool predicted, struct grid_unit unit)
{
    static const char *const shown[] = { "mean", "p99" };
    int i;

    for (i = 0; i < 2; i++) {
        const struct interval x = value_of(find(l, c, worlds[0], "latency", shown[i]));

        report_cell(out, &x, unit, ' ', false);
        if (predicted)
            put_predicted(out, l, c, "CALIBRATED", shown[i], unit);
    }
}

static void put_row(FILE *out, const struct report *r, const struct store_live_contender *c,
                    bool predicted, struct grid_unit unit)
{
    const struct live_rows *l = r->live;

    fputs("<tr><th scope=\"row\">", out);
    report_policy(out, r, c->label);
    fputs("</th>", out);
    if (has_points(l))
        put_text(out, c->point);
    if (predicted)
        put_badge(out, c->verdict);
    put_text(out, c->gate);
    put_pairs(out, l, c, predicted, unit);
    if (predicted) {
        const struct interval ks = value_of(find(l, c, "CALIBRATED", "ks", "value"));

        report_cell(out, &ks, (struct grid_unit) { "", 1.0 }, ' ', false);
        put_share(out, value_of(find(l, c, worlds[0], "decisions", "same")).value,
                  value_of(find(l, c, worlds[0], "decisions", "picks")).value);
    }
    fprintf(out, "<td class=\"n\" data-v=\"%" PRIu64 "\">%" PRIu64 "</td></tr>\n", c->measured,
            c->measured);
}

static void put_table(FILE *out, const struct report *r, bool predicted)
{
    const struct grid_unit unit = unit_of(r->live);
    uint32_t i;

    report_table_begin(out, predicted ? "Predicted and measured" : "Measured over real sockets",
                       "sort");
    report_heading(out, "policy", "", false);
    if (has_points(r->live))
        report_heading(out, "point", "", false);
    if (predicted)
        report_heading(out, "verdict", "", false);
    report_heading(out, "run", "", false);
    report_heading(out, "mean, measured", unit.name, true);
    if (predicted)
        report_heading(out, "mean, calibrated", unit.name, true);
    report_heading(out, "p99, measured", unit.name, true);
    if (predicted) {
        report_heading(out, "p99, calibrated", unit.name, true);
        report_heading(out, "KS", "", true);
        report_heading(out, "same picks", "", true);
    }
    report_heading(out, "requests", "", true);
    fputs("</tr></thead>\n<tbody>\n", out);
    for (i = 0; i < r->live->contenders_n; i++)
        put_row(out, r, &r->live->contenders[i], predicted, unit);
    report_table_end(out);
}

/* ---- One policy. */

static void put_latencies(FILE *out, const struct live_rows *l,
                          const struct store_live_contender *c)
{
    const struct grid_unit unit = unit_of(l);
    int i, w;

    report_table_begin(out, "Latency in each world", "plain");
    report_heading(out, "latency", unit.name, false);
    for (w = 0; w < WORLDS; w++)
        report_heading(out, worlds[w], "", true);
    fputs("</tr></thead>\n<tbody>\n", out);
    for (i = 0; i < STATISTICS; i++) {
        const struct interval x = value_of(find(l, c, worlds[0], "latency", statistics[i]));

        fprintf(out, "<tr><th scope=\"row\">%s</th>", statistics[i]);
        report_cell(out, &x, unit, ' ', false);
        for (w = 1; w < WORLDS; w++)
            put_predicted(out, l, c, worlds[w], statistics[i], unit);
        fputs("</tr>\n", out);
    }
    report_table_end(out);
}

static void put_try(FILE *out, const struct store_live_try *t)
{
    const struct grid_unit ms = { "ms", 1e-3 };
    const struct interval overhead = { .value = t->overhead, .low = NAN, .high = NAN };
    const struct interval send = { .value = t->send, .low = NAN, .high = NAN };

    fprintf(out, "<tr><th scope=\"row\">");
    page_text(out, t->phase);
    fprintf(out, " %u%s</th>", t->try + 1, t->chosen ? ", counts" : "");
    put_text(out, t->gate);
    report_cell(out, &overhead, ms, ' ', false);
    report_cell(out, &send, ms, ' ', false);
    put_share(out, t->steal, 1.0);
    put_share(out, t->rate, 1.0);
    put_text(out, t->why);
    fputs("</tr>\n", out);
}

static void put_tries(FILE *out, const struct live_rows *l, const struct store_live_contender *c)
{
    uint32_t i;

    report_table_begin(out, "Tries", "plain");
    report_heading(out, "try", "", false);
    report_heading(out, "run", "", false);
    report_heading(out, "overhead p99.9", "ms", true);
    report_heading(out, "sent late p99", "ms", true);
    report_heading(out, "stolen", "", true);
    report_heading(out, "rate", "of target", true);
    report_heading(out, "why", "", false);
    fputs("</tr></thead>\n<tbody>\n", out);
    for (i = 0; i < l->tries_n; i++)
        if (is_of(l->tries[i].point, l->tries[i].label, c))
            put_try(out, &l->tries[i]);
    report_table_end(out);
}

/* Shares of the servers, and how long each was busy. */
static void put_servers(FILE *out, const struct live_rows *l, const struct store_live_contender *c)
{
    const struct grid_unit plain = { "", 1.0 };
    uint32_t i, n = 0;

    report_table_begin(out, "Servers", "sort");
    report_heading(out, "share of requests", "", false);
    report_heading(out, "measured", "", true);
    report_heading(out, "calibrated", "", true);
    fputs("</tr></thead>\n<tbody>\n", out);
    for (i = 0; i < l->values_n && n < SERVERS_MOST; i++) {
        const struct store_live_value *v = &l->values[i];
        struct interval x = value_of(v);

        if (strncmp(v->metric, "share{", 6) || strcmp(v->world, worlds[0]) ||
            !is_of(v->point, v->label, c))
            continue;
        fputs("<tr><th scope=\"row\">", out);
        page_name(out, v->metric);
        fputs("</th>", out);
        report_cell(out, &x, plain, ' ', false);
        x = value_of(find(l, c, "CALIBRATED", v->metric, v->statistic));
        report_cell(out, &x, plain, ' ', false);
        fputs("</tr>\n", out);
        n++;
    }
    report_table_end(out);
}

static void put_policy(FILE *out, const struct report *r, const struct store_live_contender *c)
{
    fputs("<details><summary>", out);
    report_policy(out, r, c->label);
    if (*c->point) {
        fputs(" at ", out);
        page_name(out, c->point);
    }
    fputs(": ", out);
    page_text(out, *c->verdict ? c->verdict : c->gate);
    if (*c->why || *c->gate_why) {
        fputs(" (", out);
        page_text(out, *c->why ? c->why : c->gate_why);
        fputc(')', out);
    }
    fputs("</summary>\n", out);
    put_latencies(out, r->live, c);
    put_servers(out, r->live, c);
    put_tries(out, r->live, c);
    fputs("</details>\n", out);
}

void report_live(FILE *out, const struct report *r)
{
    const bool predicted = r->live && was_predicted(r->live);
    uint32_t i;

    if (!r->live || r->live->contenders_n == 0)
        return;
    fprintf(out, "<section id=\"live\" aria-labelledby=\"h-live\"><h2 id=\"h-live\">%s</h2>\n",
            predicted ? "Predicted and measured" : "Measured over real sockets");
    (predicted ? put_verdicts : put_measured)(out, r);
    put_table(out, r, predicted);
    for (i = 0; i < r->live->contenders_n && i < REPORT_POINTS; i++)
        put_policy(out, r, &r->live->contenders[i]);
    if (i < r->live->contenders_n)
        fprintf(out, "<p class=\"left-out\">%u of %u policies and points are here in detail.</p>\n",
                i, r->live->contenders_n);
    if (predicted)
        fputs("<p class=\"ground\">RAW: simulation knows the scenario alone. CALIBRATED: it also "
              "knows what the links and timers of this machine cost. ENV-REPLAY: it is given every "
              "delay of the run itself. KS: the largest distance between both distributions. Same "
              "picks: decisions that the policy makes again when what it saw is played back.</p>\n",
              out);
    fputs("</section>\n", out);
}
