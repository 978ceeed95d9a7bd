/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Results for programs: JSON (lbsim-results/1) and CSV. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/cli/caution.h"
#include "sim/cli/print.h"
#include "sim/record/stamp.h"

void print_json_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; text && *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

void print_json_number(FILE *out, double x)
{
    if (isfinite(x))
        fprintf(out, "%.17g", x);
    else
        fputs("null", out);
}

static const char *why_none(const struct interval *x)
{
    return x->why ? x->why : "no request has such a number";
}

static void json_metric(FILE *out, const struct metric *m, const struct interval *x)
{
    print_json_text(out, m->full);
    fputs(": {\"value\": ", out);
    print_json_number(out, x->value);
    fputs(", \"low\": ", out);
    print_json_number(out, x->low);
    fputs(", \"high\": ", out);
    print_json_number(out, x->high);
    fputs(", \"se\": ", out);
    print_json_number(out, x->se);
    fprintf(out, ", \"method\": \"%s\", \"unit\": \"%s\"", interval_method_name(x->method),
            m->unit);
    if (!isfinite(x->low)) {
        fputs(", \"why\": ", out);
        print_json_text(out, why_none(x));
    }
    fputc('}', out);
}

static void json_attempts(FILE *out, const struct counts *c)
{
    int i;

    fprintf(out, "\"attempts\": {\"sent\": %" PRIu64, c->sent);
    for (i = 0; i < ATTEMPT_ENDINGS; i++)
        fprintf(out, ", \"%s\": %" PRIu64, attempt_ending_name((enum attempt_ending)i),
                c->attempts[i]);
    fprintf(out, ", \"in_flight\": %" PRIu64 "},\n     ", c->in_flight);
}

static void json_counts(FILE *out, const struct counts *c, const struct point *p)
{
    fprintf(out,
            "\"requests\": {\"issued\": %" PRIu64 ", \"completed\": %" PRIu64
            ", \"rejected\": %" PRIu64 ", \"timed_out\": %" PRIu64 ", \"failed\": %" PRIu64
            ", \"cancelled\": %" PRIu64 ", \"in_system\": %" PRIu64 "},\n     ",
            c->issued, c->ended[ENDED_COMPLETED], c->ended[ENDED_REJECTED],
            c->ended[ENDED_TIMED_OUT], c->ended[ENDED_FAILED], c->ended[ENDED_CANCELLED],
            c->in_system);
    json_attempts(out, c);
    fprintf(out, "\"measured\": {\"requests\": %" PRIu64 ", \"seconds\": ", c->measured);
    print_json_number(out, c->measured_seconds);
    fprintf(out, ", \"warmup\": %" PRIu64 "},\n     ",
            p->done ? (c->issued - c->measured) / p->done : p->warmup.cut);
}

static void json_window(FILE *out, const struct point *p, uint32_t window)
{
    const struct told_windows *all = &p->windows;
    const struct told_window *w = &all->at[window];
    uint32_t n = p->window_metrics->n, m;

    fputs("{\"from\": ", out);
    print_json_number(out, (double)w->from / 1e9);
    fputs(", \"to\": ", out);
    print_json_number(out, (double)w->to / 1e9);
    fprintf(out, ", \"replications\": %u, \"metrics\": {", w->replications);
    for (m = 0; m < n; m++) {
        fputs(m ? ",\n         " : "\n         ", out);
        json_metric(out, &p->window_metrics->at[m], &all->interval[(size_t)window * n + m]);
    }
    fputs("}}", out);
}

static void json_windows(FILE *out, const struct point *p)
{
    uint32_t i;

    fputs("\"windows\": [", out);
    for (i = 0; i < p->windows.n; i++) {
        fputs(i ? ",\n       " : "\n       ", out);
        json_window(out, p, i);
    }
    fputc(']', out);
}

void print_json_point(FILE *out, const struct cell *cell, const char *after)
{
    uint32_t i;

    fputs("\"point\": {", out);
    for (i = 0; cell && i < cell->at_n; i++) {
        fputs(i ? ", " : "", out);
        print_json_text(out, cell->at[i].path);
        fputs(": ", out);
        if (isnan(cell->at[i].number))
            print_json_text(out, cell->at[i].text);
        else
            print_json_number(out, cell->at[i].number);
    }
    fprintf(out, "}%s", after);
}

static void json_precision(FILE *out, const struct point *p)
{
    if (p->aim == AIM_NONE)
        return;
    fprintf(out, "\"precision\": {\"reached\": %s, \"relative\": %.15g, \"achieved\": ",
            p->aim == AIM_REACHED ? "true" : "false", p->scenario->run.precision.relative);
    print_json_number(out, p->achieved);
    fprintf(out, ", \"metric\": \"%s\", \"rounds\": %u},\n     ",
            p->achieved_metric == UINT32_MAX ? "" : p->metrics->at[p->achieved_metric].full,
            p->round + 1);
}

static void json_point(FILE *out, const struct experiment *e, const struct point *p)
{
    struct counts c = point_counts(p);
    double wall = 0.0;
    uint32_t m, r;

    fputs("    {\"policy\": ", out);
    print_json_text(out, p->policy->name);
    fputs(", \"label\": ", out);
    print_json_text(out, p->policy->label);
    fputs(", ", out);
    print_json_point(out, e->study ? &e->study->cells[p->cell] : NULL, ", ");
    if (p->scenario->run.seed != e->points[0].scenario->run.seed)
        fprintf(out, "\"seed\": %" PRIu64 ", ", p->scenario->run.seed);
    fprintf(out, "\"replications\": %u, \"failed\": %u,\n     ", p->done, p->failed);
    json_precision(out, p);
    json_counts(out, &c, p);
    fputs("\"metrics\": {", out);
    for (m = 0; m < p->metrics->n; m++) {
        fputs(m ? ",\n       " : "\n       ", out);
        json_metric(out, &p->metrics->at[m], &p->interval[m]);
    }
    for (r = 0; r < p->room; r++)
        wall += p->outcome[r].wall_s;
    fputs("},\n     ", out);
    json_windows(out, p);
    fprintf(out, ", \"events\": %" PRIu64 ", \"wall_s\": %.6f}", c.events, wall);
}

static void json_warning(FILE *out, const char *code, const struct point *p, const char *message,
                         bool *first)
{
    fprintf(out, "%s\n    {\"code\": ", *first ? "" : ",");
    print_json_text(out, code);
    if (p) {
        fputs(", \"policy\": ", out);
        print_json_text(out, p->policy->label);
    }
    if (p && p->at[0]) {
        fputs(", \"at\": ", out);
        print_json_text(out, p->at);
    }
    fputs(", \"message\": ", out);
    print_json_text(out, message);
    fputc('}', out);
    *first = false;
}

static void json_warnings(FILE *out, const struct experiment *e, struct diagnostics *said)
{
    struct caution cautions[CAUTIONS_MOST];
    const struct diagnostic *d;
    bool first = true;
    uint32_t i, k, n;

    fputs("  \"warnings\": [", out);
    for (i = 0; (d = diagnostics_at(said, i)); i++)
        if (d->severity == SAY_WARNING)
            json_warning(out, d->code ? d->code : "warning", NULL, d->message, &first);
    for (i = 0; i < e->points_n; i++)
        for (k = 0, n = cautions_of(&e->points[i], cautions); k < n; k++)
            json_warning(out, cautions[k].code, &e->points[i], cautions[k].text, &first);
    fputs(first ? "],\n" : "\n  ],\n", out);
}

void print_json(FILE *out, const struct experiment *e, struct diagnostics *said,
                const struct chooser *chooser)
{
    const struct scenario *first = e->points[0].scenario;
    uint32_t i;

    fputs("{ \"format\": \"lbsim-results/1\", \"lbsim\": \"" LBSIM_VERSION "\", \"scenario\": ",
          out);
    print_json_text(out, first->name);
    fprintf(out, ", \"seed\": %" PRIu64 ",\n  \"confidence\": %.15g, \"complete\": %s,\n",
            first->run.seed, first->run.confidence, e->interrupted ? "false" : "true");
    json_warnings(out, e, said);
    if (chooser)
        print_json_choices(out, e, chooser);
    fputs("  \"runs\": [\n", out);
    for (i = 0; i < e->points_n; i++) {
        json_point(out, e, &e->points[i]);
        fputs(i + 1 < e->points_n ? ",\n" : "\n", out);
    }
    fputs("  ] }\n", out);
}

void print_csv_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; text && *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

void print_csv_number(FILE *out, double x)
{
    fputc(',', out);
    if (isfinite(x))
        fprintf(out, "%.17g", x);
}

/* "latency" of "latency.mean{web}" is latency{web}. */
static void csv_metric(FILE *out, const struct metric *m)
{
    const char *brace = strrchr(m->full, '{');
    char name[256];

    if (m->scope.kind == SCOPE_ALL)
        snprintf(name, sizeof name, "%s", m->name);
    else if (m->id == ID_OCCUPANCY)
        snprintf(name, sizeof name, "%s", m->full);
    else if (m->kind == METRIC_ABOVE)
        snprintf(name, sizeof name, "%s{%s", m->name, strchr(brace, ',') + 1);
    else
        snprintf(name, sizeof name, "%s%s", m->name, brace);
    if (strpbrk(name, ",\""))
        print_csv_text(out, name);
    else
        fputs(name, out);
    fprintf(out, ",%s", m->statistic);
}

/* The point's coordinates as columns. */
static void csv_place(FILE *out, const struct experiment *e, const struct point *p)
{
    const struct cell *cell = e->study ? &e->study->cells[p->cell] : NULL;
    uint32_t i;

    for (i = 0; cell && i < cell->at_n; i++) {
        if (isnan(cell->at[i].number)) {
            fputc(',', out);
            print_csv_text(out, cell->at[i].text);
        } else {
            print_csv_number(out, cell->at[i].number);
        }
    }
}

static void csv_row(FILE *out, const struct experiment *e, const struct point *p,
                    const struct metric *m, const struct interval *x, const struct told_window *w)
{
    print_csv_text(out, p->scenario->name);
    fputc(',', out);
    print_csv_text(out, p->policy->name);
    fputc(',', out);
    print_csv_text(out, p->policy->label);
    fprintf(out, ",%" PRIu64 ",%u,", p->scenario->run.seed, w ? w->replications : p->done);
    csv_metric(out, m);
    print_csv_number(out, x->value);
    print_csv_number(out, x->low);
    print_csv_number(out, x->high);
    print_csv_number(out, x->se);
    fprintf(out, ",%s,%s", interval_method_name(x->method), m->unit);
    print_csv_number(out, w ? (double)w->from / 1e9 : NAN);
    print_csv_number(out, w ? (double)w->to / 1e9 : NAN);
    csv_place(out, e, p);
    fputc('\n', out);
}

static void csv_head(FILE *out, const struct experiment *e)
{
    uint32_t i;

    fputs("scenario,policy,label,seed,replications,metric,statistic,value,low,high,se,method,unit,"
          "from,to",
          out);
    for (i = 0; e->study && i < e->study->cells[0].at_n; i++) {
        fputc(',', out);
        print_csv_text(out, e->study->cells[0].at[i].path);
    }
    fputc('\n', out);
}

void print_csv(FILE *out, const struct experiment *e)
{
    uint32_t i, m;

    csv_head(out, e);
    for (i = 0; i < e->points_n; i++) {
        const struct point *p = &e->points[i];
        uint32_t each = p->window_metrics->n;

        for (m = 0; m < p->metrics->n; m++)
            csv_row(out, e, p, &p->metrics->at[m], &p->interval[m], NULL);
        for (m = 0; m < p->windows.n * each; m++)
            csv_row(out, e, p, &p->window_metrics->at[m % each], &p->windows.interval[m],
                    &p->windows.at[m / each]);
    }
}
