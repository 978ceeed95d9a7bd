/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * JSON in the shape that `lbsim run --format json` prints: lbsim-results/1. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/export.h"
#include "sim/cli/print.h"
#include "sim/record/tally.h"

struct page {
    FILE *out;
    const struct export *export;
    const struct results_contender *contender;
    double from;                   /* of the window that is open; NAN: none */
    bool metrics, windows, window; /* has one been written? */
};

static void put_field(FILE *out, const char *name, double x)
{
    fprintf(out, "\"%s\": ", name);
    print_json_number(out, x);
    fputs(", ", out);
}

static void put_values(const struct page *p, const struct export_row *row)
{
    uint32_t i;

    fputs(", \"replications\": [", p->out);
    for (i = 0; i < p->contender->replications; i++) {
        fputs(i ? ", " : "", p->out);
        print_json_number(p->out, row->at[i]);
    }
    fputc(']', p->out);
}

static void put_metric(const struct page *p, const struct export_row *row)
{
    char name[EXPORT_NAME];

    export_name(p->contender, row, name);
    print_json_text(p->out, name);
    fputs(": {", p->out);
    put_field(p->out, "value", row->value);
    put_field(p->out, "low", row->low);
    put_field(p->out, "high", row->high);
    put_field(p->out, "se", row->se);
    fprintf(p->out, "\"method\": \"%s\", \"unit\": \"%s\"", row->method, row->unit);
    if (!isfinite(row->low)) {
        fputs(", \"why\": ", p->out);
        print_json_text(p->out, row->why ? row->why : "no request has such a number");
    }
    if (p->export->replications && row->at)
        put_values(p, row);
    fputc('}', p->out);
}

/* They stand in "requests", "attempts" and "measured". */
static bool is_count(const struct export_row *row)
{
    return !strcmp(row->metric, "requests") || !strcmp(row->unit, "attempts") ||
           !strcmp(row->metric, "measured");
}

static void put_number(void *context, const struct export_row *row)
{
    struct page *p = context;

    if (!isnan(row->from) || is_count(row))
        return;
    fputs(p->metrics ? ",\n       " : "\n       ", p->out);
    p->metrics = true;
    put_metric(p, row);
}

static void put_window(void *context, const struct export_row *row)
{
    struct page *p = context;

    if (isnan(row->from))
        return;
    if (!p->windows || p->from < row->from) {
        fputs(p->windows ? "}},\n       {" : "\n       {", p->out);
        put_field(p->out, "from", row->from);
        put_field(p->out, "to", row->to);
        fprintf(p->out, "\"replications\": %u, \"metrics\": {", row->n);
        p->windows = true;
        p->window = false;
        p->from = row->from;
    }
    fputs(p->window ? ",\n         " : "\n         ", p->out);
    p->window = true;
    put_metric(p, row);
}

static double sum(const struct results_contender *c, const char *metric, const char *statistic)
{
    const struct results_number *number = results_find(c, "all", metric, statistic);
    double total = 0.0;
    uint32_t i;

    for (i = 0; number && i < c->replications; i++)
        total += number->at[i];
    return total;
}

/* Results of older versions do not have them. */
static void put_attempts(const struct page *p)
{
    const struct results_contender *c = p->contender;
    int i;

    if (!results_find(c, "all", "attempts", "sent"))
        return;
    fprintf(p->out, "\"attempts\": {\"sent\": %.0f", sum(c, "attempts", "sent"));
    for (i = 0; i < ATTEMPT_ENDINGS; i++) {
        const char *name = attempt_ending_name((enum attempt_ending)i);

        fprintf(p->out, ", \"%s\": %.0f", name, sum(c, "attempts", name));
    }
    fprintf(p->out, ", \"in_flight\": %.0f},\n     ", sum(c, "attempts", "in_flight"));
}

static void put_counts(const struct page *p)
{
    static const char *const names[] = { "issued", "completed", "rejected", "timed_out",
                                         "failed", "cancelled", "in_system" };
    const struct results_contender *c = p->contender;
    double issued = sum(c, "requests", "issued"), measured = sum(c, "measured", "requests");
    size_t i;

    fputs("\"requests\": {", p->out);
    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        fprintf(p->out, "%s\"%s\": %.0f", i ? ", " : "", names[i], sum(c, "requests", names[i]));
    fputs("},\n     ", p->out);
    put_attempts(p);
    fprintf(p->out, "\"measured\": {\"requests\": %.0f, \"seconds\": ", measured);
    print_json_number(p->out, sum(c, "measured", "seconds"));
    fprintf(p->out, ", \"warmup\": %.0f},\n     ",
            c->replications ? floor((issued - measured) / c->replications) : (double)c->cut);
}

static void put_point(FILE *out, const struct results_point *point)
{
    uint32_t i;

    fputs("\"point\": {", out);
    for (i = 0; i < point->at_n; i++) {
        fputs(i ? ", " : "", out);
        print_json_text(out, point->at[i].path);
        fputs(": ", out);
        if (isfinite(point->at[i].number))
            fprintf(out, "%.15g", point->at[i].number);
        else
            print_json_text(out, point->at[i].text);
    }
    fputs("}, ", out);
}

/* Only one that is not the file's: the seed is an axis. */
static void put_seed(const struct page *p)
{
    const uint64_t seed = export_seed(p->export, p->contender);

    if (seed != strtoull(p->export->results->seed, NULL, 10))
        fprintf(p->out, "\"seed\": %" PRIu64 ", ", seed);
}

static void put_contender(struct page *p)
{
    const struct results_contender *c = p->contender;
    uint64_t events = 0;
    double wall = 0.0;
    uint32_t i;

    for (i = 0; i < c->replications; i++) {
        events += c->replication[i].events;
        wall += c->replication[i].wall_s;
    }
    fputs("    {\"policy\": ", p->out);
    print_json_text(p->out, c->policy);
    fputs(", \"label\": ", p->out);
    print_json_text(p->out, c->label);
    fputs(", ", p->out);
    put_point(p->out, &p->export->results->points[c->point]);
    put_seed(p);
    fprintf(p->out, "\"replications\": %u, \"failed\": %u,\n     ", c->replications, c->failed);
    put_counts(p);
    fputs("\"metrics\": {", p->out);
    export_each(p->export, c, put_number, p);
    fputs("},\n     \"windows\": [", p->out);
    export_each(p->export, c, put_window, p);
    fprintf(p->out, "%s],\n     \"events\": %" PRIu64 ", \"wall_s\": ", p->windows ? "}}" : "",
            events);
    print_json_number(p->out, wall);
    fputc('}', p->out);
}

static void put_warnings(FILE *out, const struct results *r)
{
    uint32_t i;

    fputs("  \"warnings\": [", out);
    for (i = 0; i < r->warnings_n; i++) {
        const struct store_warning *w = &r->warnings[i];

        fprintf(out, "%s\n    {\"code\": ", i ? "," : "");
        print_json_text(out, w->code);
        if (w->label[0]) {
            fputs(", \"policy\": ", out);
            print_json_text(out, w->label);
        }
        if (w->point[0]) {
            fputs(", \"point\": ", out);
            print_json_text(out, w->point);
        }
        fputs(", \"message\": ", out);
        print_json_text(out, w->message);
        fputc('}', out);
    }
    fputs(r->warnings_n ? "\n  ],\n" : "],\n", out);
}

void export_json(FILE *out, const struct export *e)
{
    const struct results *r = e->results;
    bool first = true;
    uint32_t i;

    fputs("{ \"format\": \"lbsim-results/1\", \"lbsim\": ", out);
    print_json_text(out, r->stamp[STAMP_VERSION]);
    fputs(", \"scenario\": ", out);
    print_json_text(out, r->scenario);
    fprintf(out, ", \"seed\": %s,\n  \"confidence\": %.15g, \"complete\": %s,\n", r->seed,
            r->contenders_n ? r->contenders[0].confidence : NAN, r->complete ? "true" : "false");
    put_warnings(out, r);
    fputs("  \"runs\": [", out);
    for (i = 0; i < r->contenders_n; i++) {
        struct page page = { .out = out, .export = e, .contender = &r->contenders[i], .from = NAN };

        if (!export_wants(e, page.contender))
            continue;
        fputs(first ? "\n" : ",\n", out);
        first = false;
        put_contender(&page);
    }
    fputs("\n  ] }\n", out);
}
