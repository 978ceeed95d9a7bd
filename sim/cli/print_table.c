/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table that people read: a row a policy, units that fit a column, no more digits than the
 * interval carries, the best marked, and so is what cannot be told from it. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/caution.h"
#include "sim/cli/print.h"
#include "sim/cli/table.h"

enum { WARNINGS_SHOWN = 6 };

/* ---- Printing. */

static void widen(const struct table *t, struct column *c)
{
    uint32_t i;

    c->width = cell_width(c->title);
    for (i = 0; i < t->e->points_n; i++)
        if (cell_width(c->cell[i]) > c->width)
            c->width = cell_width(c->cell[i]);
}

static void measure(struct table *t)
{
    uint32_t i;

    t->first_width = 6;
    for (i = 0; i < t->e->points_n; i++)
        if (cell_width(row(t, i)->policy->label) > t->first_width)
            t->first_width = cell_width(row(t, i)->policy->label);
    for (i = 0; i < t->places; i++)
        widen(t, &t->place[i]);
    for (i = 0; i < t->columns; i++)
        widen(t, &t->column[i]);
}

/* Numbers stand right, with a mark behind them; nothing ends in blanks. */
static void print_cell(FILE *out, const struct table *t, uint32_t c, const char *text, char mark)
{
    const bool number = t->column[c].metric != NULL, last = c + 1 == t->columns;

    cell_print(out, text, number || !last ? t->column[c].width : 0, number);
    if (number && !(last && mark == ' '))
        fputc(mark, out);
}

static void print_row(FILE *out, const struct table *t, uint32_t i)
{
    uint32_t c;

    if (t->places && i && i == t->e->first[row(t, i)->cell])
        fputc('\n', out);
    for (c = 0; c < t->places; c++) {
        cell_print(out, t->place[c].cell[i], t->place[c].width, true);
        fputs("  ", out);
    }
    cell_print(out, row(t, i)->policy->label, t->first_width, false);
    for (c = 0; c < t->columns; c++) {
        const struct column *column = &t->column[c];
        bool best = column->mark[i] == '*' && t->color;

        fputs("  ", out);
        if (best)
            fputs("\033[1;32m", out);
        print_cell(out, t, c, column->cell[i], column->mark[i]);
        if (best)
            fputs("\033[0m", out);
    }
    fputc('\n', out);
}

/* An interrupted run has not all that were wanted. */
static void print_replications(FILE *out, uint32_t few, uint32_t many, uint32_t wanted)
{
    fprintf(out, "; %u", few);
    if (many > few)
        fprintf(out, " to %u", many);
    if (many < wanted)
        fprintf(out, " of %u", wanted);
    fprintf(out, " replication%s", many == 1 && wanted <= 1 ? "" : "s");
}

/* With a precision, points go on for as long as each needs. */
static void print_length(FILE *out, const struct table *t)
{
    double least = INFINITY, most = 0.0;
    uint32_t few = UINT32_MAX, many = 0, wanted = 0, i;

    for (i = 0; i < t->e->points_n; i++) {
        const struct point *p = row(t, i);
        double length = p->duration ? (double)p->duration / 1e9 : (double)p->requests;

        least = fmin(least, length);
        most = fmax(most, length);
        few = p->done < few ? p->done : few;
        many = p->done > many ? p->done : many;
        wanted = p->replications > wanted ? p->replications : wanted;
    }
    if (t->e->singles)
        fputs("; one run", out);
    else
        print_replications(out, few, many, wanted);
    fprintf(out, " of %.10g", least);
    if (most > least)
        fprintf(out, " to %.10g", most);
    fputs(row(t, 0)->duration ? " s" : most > 1.0 ? " requests" : " request", out);
}

static bool same_seed(const struct run_spec *a, const struct run_spec *b)
{
    return a->seed == b->seed;
}

static bool same_confidence(const struct run_spec *a, const struct run_spec *b)
{
    return !(a->confidence < b->confidence) && !(a->confidence > b->confidence);
}

/* Do all points have it in common? */
static bool has_one(const struct table *t,
                    bool (*same)(const struct run_spec *, const struct run_spec *))
{
    uint32_t i;

    for (i = 1; i < t->e->points_n; i++)
        if (!same(&row(t, 0)->scenario->run, &row(t, i)->scenario->run))
            return false;
    return true;
}

/* What all points have in common. */
static void print_setting(FILE *out, const struct table *t)
{
    const struct scenario *s = row(t, 0)->scenario;
    const uint32_t cells = t->e->cells_n;

    if (cells > 1)
        fprintf(out, "%u points of a sweep", cells);
    else
        fprintf(out, "%" PRIu32 " server%s", s->servers_present,
                s->servers_present == 1 ? "" : "s");
    if (cells == 1 && !isnan(s->offered_load))
        fprintf(out, ", offered load %.4g", s->offered_load);
    print_length(out, t);
    if (has_one(t, same_seed))
        fprintf(out, ", seed %" PRIu64, s->run.seed);
    if (has_one(t, same_confidence))
        fprintf(out, "; \u00b1 is half a %g %% confidence interval\n\n", 100.0 * s->run.confidence);
    else
        fputs("; \u00b1 is half a confidence interval, of the confidence that is swept\n\n", out);
}

static void print_head(FILE *out, const struct table *t)
{
    const struct scenario *s = row(t, 0)->scenario;
    uint32_t c;

    cell_line(out, s->name);
    if (s->description && *s->description) {
        fputs(": ", out);
        cell_line(out, s->description);
    }
    fputc('\n', out);
    print_setting(out, t);
    for (c = 0; c < t->places; c++) {
        cell_print(out, t->place[c].title, t->place[c].width, true);
        fputs("  ", out);
    }
    cell_print(out, "policy", t->first_width, false);
    for (c = 0; c < t->columns; c++) {
        fputs("  ", out);
        print_cell(out, t, c, t->column[c].title, ' ');
    }
    fputc('\n', out);
}

/* A sweep may have the same to say of thousands of points: some of them stand for all. */
struct repeated {
    const char *code;
    uint32_t n;
};

static bool is_repeated(struct repeated *all, const char *code)
{
    for (; all->code && strcmp(all->code, code) != 0; all++)
        ;
    all->code = code;
    return ++all->n > WARNINGS_SHOWN;
}

static void print_cautions(FILE *out, const struct point *p, struct repeated *all)
{
    struct caution said[CAUTIONS_MOST];
    uint32_t n = cautions_of(p, said), i;

    for (i = 0; i < n; i++)
        if (!is_repeated(all, said[i].code))
            fprintf(out, "warning: %s%s%s: %s [%s]\n", p->policy->label, p->at[0] ? " at " : "",
                    p->at, said[i].text, said[i].code);
}

static void print_warnings(FILE *out, const struct experiment *e)
{
    struct repeated all[CAUTIONS_MOST + 1] = { { NULL, 0 } };
    uint32_t i;

    for (i = 0; i < e->points_n; i++)
        print_cautions(out, &e->points[i], all);
    for (i = 0; all[i].code; i++)
        if (all[i].n > WARNINGS_SHOWN)
            fprintf(out, "warning: and %u more [%s]\n", all[i].n - WARNINGS_SHOWN, all[i].code);
}

static void print_notes(FILE *out, const struct table *t)
{
    uint32_t i, c;
    bool best = false, same = false, limit = false;

    for (c = 0; c < t->columns; c++)
        for (i = 0; i < t->e->points_n; i++) {
            best |= t->column[c].mark[i] == '*';
            same |= t->column[c].mark[i] == '=';
            limit |= strchr(t->column[c].cell[i], '~') != NULL;
        }
    if (best)
        fprintf(out, "\n* best%s\n",
                same ? "   = cannot be told from the best (paired by replication)" : "");
    if (limit)
        fputs("~ holds as the number of servers goes to infinity\n", out);
    print_warnings(out, t->e);
}

void print_table(FILE *out, const struct experiment *e, bool color)
{
    struct table t = { .e = e, .color = color };
    uint32_t i;

    table_fill(&t);
    measure(&t);
    print_head(out, &t);
    for (i = 0; i < e->points_n; i++)
        print_row(out, &t, i);
    print_notes(out, &t);
    table_close(&t);
}
