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

static void json_counts(FILE *out, const struct counts *c, const struct point *p)
{
    fprintf(out,
            "\"requests\": {\"issued\": %" PRIu64 ", \"completed\": %" PRIu64
            ", \"rejected\": %" PRIu64 ", \"timed_out\": %" PRIu64 ", \"failed\": %" PRIu64
            ", \"cancelled\": %" PRIu64 ", \"in_system\": %" PRIu64 "},\n     ",
            c->issued, c->ended[ENDED_COMPLETED], c->ended[ENDED_REJECTED],
            c->ended[ENDED_TIMED_OUT], c->ended[ENDED_FAILED], c->ended[ENDED_CANCELLED],
            c->in_system);
    fprintf(out, "\"measured\": {\"requests\": %" PRIu64 ", \"seconds\": ", c->measured);
    print_json_number(out, c->measured_seconds);
    fprintf(out, ", \"warmup\": %" PRIu64 "},\n     ",
            p->done ? (c->issued - c->measured) / p->done : p->warmup.cut);
}

static void json_window(FILE *out, const struct experiment *e, const struct told_windows *all,
                        uint32_t window)
{
    const struct told_window *w = &all->at[window];
    uint32_t n = e->window_metrics.n, m;

    fputs("{\"from\": ", out);
    print_json_number(out, (double)w->from / 1e9);
    fputs(", \"to\": ", out);
    print_json_number(out, (double)w->to / 1e9);
    fprintf(out, ", \"replications\": %u, \"metrics\": {", w->replications);
    for (m = 0; m < n; m++) {
        fputs(m ? ",\n         " : "\n         ", out);
        json_metric(out, &e->window_metrics.at[m], &all->interval[(size_t)window * n + m]);
    }
    fputs("}}", out);
}

static void json_windows(FILE *out, const struct experiment *e, const struct told_windows *all)
{
    uint32_t i;

    fputs("\"windows\": [", out);
    for (i = 0; i < all->n; i++) {
        fputs(i ? ",\n       " : "\n       ", out);
        json_window(out, e, all, i);
    }
    fputc(']', out);
}

static void json_point(FILE *out, const struct experiment *e, uint32_t i,
                       const struct interval *intervals, const struct told_windows *windows)
{
    const struct point *p = &e->points[i];
    struct counts c = experiment_counts(e, i);
    double wall = 0.0;
    uint32_t m, r;

    fputs("    {\"policy\": ", out);
    print_json_text(out, p->policy->name);
    fputs(", \"label\": ", out);
    print_json_text(out, p->policy->label);
    fprintf(out, ", \"point\": {}, \"replications\": %u, \"failed\": %u,\n     ", p->done,
            p->failed);
    json_counts(out, &c, p);
    fputs("\"metrics\": {", out);
    for (m = 0; m < e->metrics.n; m++) {
        fputs(m ? ",\n       " : "\n       ", out);
        json_metric(out, &e->metrics.at[m], &intervals[(size_t)i * e->metrics.n + m]);
    }
    for (r = 0; r < p->replications; r++)
        wall += p->outcome[r].wall_s;
    fputs("},\n     ", out);
    json_windows(out, e, &windows[i]);
    fprintf(out, ", \"events\": %" PRIu64 ", \"wall_s\": %.6f}", c.events, wall);
}

static void json_warning(FILE *out, const char *code, const char *policy, const char *message,
                         bool *first)
{
    fprintf(out, "%s\n    {\"code\": ", *first ? "" : ",");
    print_json_text(out, code);
    if (policy) {
        fputs(", \"policy\": ", out);
        print_json_text(out, policy);
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
        for (k = 0, n = cautions_of(e, i, cautions); k < n; k++)
            json_warning(out, cautions[k].code, e->points[i].policy->label, cautions[k].text,
                         &first);
    fputs(first ? "],\n" : "\n  ],\n", out);
}

void print_json(FILE *out, const struct experiment *e, const struct interval *intervals,
                const struct told_windows *windows, struct diagnostics *said)
{
    uint32_t i;

    fputs("{ \"format\": \"lbsim-results/1\", \"lbsim\": \"" LBSIM_VERSION "\", \"scenario\": ",
          out);
    print_json_text(out, e->scenario->name);
    fprintf(out, ", \"seed\": %" PRIu64 ",\n  \"confidence\": %.15g, \"complete\": %s,\n",
            e->scenario->run.seed, e->scenario->run.confidence, e->interrupted ? "false" : "true");
    json_warnings(out, e, said);
    fputs("  \"runs\": [\n", out);
    for (i = 0; i < e->points_n; i++) {
        json_point(out, e, i, intervals, windows);
        fputs(i + 1 < e->points_n ? ",\n" : "\n", out);
    }
    fputs("  ] }\n", out);
}

static void csv_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; text && *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void csv_number(FILE *out, double x)
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
        csv_text(out, name);
    else
        fputs(name, out);
    fprintf(out, ",%s", m->statistic);
}

static void csv_row(FILE *out, const struct experiment *e, uint32_t point, const struct metric *m,
                    const struct interval *x, const struct told_window *w)
{
    csv_text(out, e->scenario->name);
    fputc(',', out);
    csv_text(out, e->points[point].policy->name);
    fputc(',', out);
    csv_text(out, e->points[point].policy->label);
    fprintf(out, ",%" PRIu64 ",%u,", e->scenario->run.seed,
            w ? w->replications : e->points[point].done);
    csv_metric(out, m);
    csv_number(out, x->value);
    csv_number(out, x->low);
    csv_number(out, x->high);
    csv_number(out, x->se);
    fprintf(out, ",%s,%s", interval_method_name(x->method), m->unit);
    csv_number(out, w ? (double)w->from / 1e9 : NAN);
    csv_number(out, w ? (double)w->to / 1e9 : NAN);
    fputc('\n', out);
}

void print_csv(FILE *out, const struct experiment *e, const struct interval *intervals,
               const struct told_windows *windows)
{
    uint32_t i, m, each = e->window_metrics.n;

    fputs("scenario,policy,label,seed,replications,metric,statistic,value,low,high,se,method,unit,"
          "from,to\n",
          out);
    for (i = 0; i < e->points_n; i++) {
        for (m = 0; m < e->metrics.n; m++)
            csv_row(out, e, i, &e->metrics.at[m], &intervals[(size_t)i * e->metrics.n + m], NULL);
        for (m = 0; m < windows[i].n * each; m++)
            csv_row(out, e, i, &e->window_metrics.at[m % each], &windows[i].interval[m],
                    &windows[i].at[m / each]);
    }
}
