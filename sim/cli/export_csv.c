/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tidy CSV (RFC 4180): a row a number, with all that it belongs to on every row. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/export.h"

struct sheet {
    FILE *out;
    const struct export *export;
    const struct results_contender *contender;
    const char **axes; /* paths, in the order of their first appearance */
    uint32_t axes_n;
};

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

static void put_number(FILE *out, double x)
{
    fputc(',', out);
    if (isfinite(x))
        fprintf(out, "%.17g", x);
}

/* ---- Axes. */

static bool find_axes(struct sheet *s)
{
    const struct results *r = s->export->results;
    size_t room = 1;
    uint32_t i, k, a;

    for (i = 0; i < r->points_n; i++)
        room = r->points[i].at_n > room ? r->points[i].at_n : room;
    s->axes = calloc(room * r->points_n + 1, sizeof s->axes[0]);
    for (i = 0; s->axes && i < r->points_n; i++)
        for (k = 0; k < r->points[i].at_n; k++) {
            for (a = 0; a < s->axes_n && strcmp(s->axes[a], r->points[i].at[k].path); a++)
                ;
            if (a == s->axes_n)
                s->axes[s->axes_n++] = r->points[i].at[k].path;
        }
    return s->axes != NULL;
}

static void put_coordinate(FILE *out, const struct results_point *p, const char *axis)
{
    uint32_t i;

    fputc(',', out);
    for (i = 0; i < p->at_n; i++) {
        if (strcmp(p->at[i].path, axis))
            continue;
        if (isfinite(p->at[i].number))
            fprintf(out, "%.15g", p->at[i].number);
        else
            put_text(out, p->at[i].text);
    }
}

/* ---- Rows. */

static void put_context(const struct sheet *s, uint64_t seed)
{
    const struct results *r = s->export->results;
    const struct results_contender *c = s->contender;
    uint32_t i;

    put_text(s->out, r->scenario);
    fputc(',', s->out);
    put_text(s->out, r->stamp[STAMP_VERSION]);
    fputc(',', s->out);
    put_text(s->out, r->stamp[STAMP_GIT]);
    fprintf(s->out, ",%" PRIu64, seed);
    for (i = 0; i < s->axes_n; i++)
        put_coordinate(s->out, &r->points[c->point], s->axes[i]);
    fputc(',', s->out);
    put_text(s->out, c->policy);
    fputc(',', s->out);
    put_text(s->out, c->label);
}

static void put_metric(const struct sheet *s, const struct export_row *row)
{
    fputc(',', s->out);
    put_text(s->out, row->scope);
    fputc(',', s->out);
    put_text(s->out, row->metric);
    fputc(',', s->out);
    put_text(s->out, row->statistic);
}

static void put_row(void *context, const struct export_row *row)
{
    const struct sheet *s = context;

    put_context(s, export_seed(s->export, s->contender));
    put_metric(s, row);
    put_number(s->out, row->value);
    put_number(s->out, row->low);
    put_number(s->out, row->high);
    put_number(s->out, row->se);
    fprintf(s->out, ",%u", row->n);
    fputc(',', s->out);
    if (isfinite(row->confidence))
        fprintf(s->out, "%.15g", row->confidence);
    fprintf(s->out, ",%s,%s", row->method, row->unit);
    put_number(s->out, row->from);
    put_number(s->out, row->to);
    fputc(',', s->out);
    put_text(s->out, row->why ? row->why : "");
    fputc('\n', s->out);
}

static void put_replications(void *context, const struct export_row *row)
{
    const struct sheet *s = context;
    uint32_t i;

    for (i = 0; row->at && i < s->contender->replications; i++) {
        put_context(s, s->contender->replication[i].seed);
        fprintf(s->out, ",%u", s->contender->replication[i].number);
        put_metric(s, row);
        put_number(s->out, row->at[i]);
        fprintf(s->out, ",%s\n", row->unit);
    }
}

void export_csv(FILE *out, const struct export *e)
{
    struct sheet s = { .out = out, .export = e };
    uint32_t i;

    if (!find_axes(&s))
        return;
    fputs("scenario,version,git,seed", out);
    for (i = 0; i < s.axes_n; i++) {
        fputc(',', out);
        put_text(out, s.axes[i]);
    }
    fputs(e->replications ? ",policy,label,replication,scope,metric,statistic,value,unit\n"
                          : ",policy,label,scope,metric,statistic,value,low,high,se,n,confidence,"
                            "method,unit,from,to,why\n",
          out);
    for (i = 0; i < e->results->contenders_n; i++) {
        s.contender = &e->results->contenders[i];
        if (export_wants(e, s.contender))
            export_each(e, s.contender, e->replications ? put_replications : put_row, &s);
    }
    free(s.axes);
}
