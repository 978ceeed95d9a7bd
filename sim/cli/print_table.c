/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table that people read: a row a policy, units that fit a column, no more digits than the
 * interval carries, the best marked, and so is what cannot be told from it. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/caution.h"
#include "sim/cli/closed_form.h"
#include "sim/cli/print.h"
#include "sim/run/asked.h"

enum { COLUMNS_MOST = 24, CELL = 64 };

struct column {
    uint32_t metric; /* UINT32_MAX: theory */
    const char *unit;
    double scale; /* what one unit is in the metric's own */
    int width;    /* of the widest cell */
    char title[128];
    char (*cell)[CELL];
    char *mark; /* a policy: ' ', '*' best, '=' not to be told from the best */
};

struct table {
    const struct experiment *e;
    const struct interval *all;
    struct column column[COLUMNS_MOST];
    uint32_t columns;
    int first_width;
    bool color;
};

static const struct interval *at(const struct table *t, uint32_t point, uint32_t metric)
{
    return &t->all[(size_t)point * t->e->metrics.n + metric];
}

/* ---- Units and digits. */

static void fit_unit(struct column *c, const char *unit, double largest)
{
    static const struct {
        const char *name;
        double one;
    } times[] = { { "ns", 1e-9 }, { "us", 1e-6 }, { "ms", 1e-3 }, { "s", 1.0 } };
    int i;

    c->unit = strcmp(unit, "1") && strcmp(unit, "requests") ? unit : "";
    c->scale = 1.0;
    if (strcmp(unit, "s"))
        return;
    if (!(largest > 0.0))
        largest = 1.0;
    for (i = 3; i > 0 && largest < times[i].one; i--)
        ;
    c->unit = times[i].name;
    c->scale = times[i].one;
}

/* Decimals so that the half-width shows two digits. */
static int decimals(double half, double value)
{
    double about = half > 0.0 ? half : fabs(value) / 1000.0;
    int d = about > 0.0 ? 1 - (int)floor(log10(about)) : 0;

    return d < 0 ? 0 : d > 6 ? 6 : d;
}

static void print_number(char *cell, double value, double half)
{
    if (isnan(value))
        snprintf(cell, CELL, "-");
    else if (isnan(half) || (value <= 0.0 && half <= 0.0))
        snprintf(cell, CELL, "%.4g", value);
    else
        snprintf(cell, CELL, "%.*f \u00b1%.*f", decimals(half, value), value, decimals(half, value),
                 half);
}

/* Characters, not bytes. */
static int width_of(const char *text)
{
    int n = 0;

    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* ---- Which is best? */

static uint32_t pair_values(const struct experiment *e, uint32_t a, uint32_t b, uint32_t metric,
                            double *va, double *vb)
{
    uint32_t r, n = 0;

    for (r = 0; r < e->points[a].replications; r++) {
        if (!e->points[a].finished[r] || !e->points[b].finished[r])
            continue;
        va[n] = e->points[a].outcome[r].values[metric];
        vb[n++] = e->points[b].outcome[r].values[metric];
    }
    return n;
}

static bool same_as(const struct table *t, uint32_t point, uint32_t best, uint32_t metric)
{
    uint32_t room = t->e->points[point].replications, n;
    double *va = malloc(2 * (room ? room : 1) * sizeof va[0]);
    struct interval d;

    if (!va)
        return false;
    n = pair_values(t->e, point, best, metric, va, va + room);
    d = interval_paired(va, va + room, n, t->e->scenario->run.confidence, NULL);
    free(va);
    return !isnan(d.low) && d.low <= 0.0 && d.high >= 0.0;
}

static void mark_best(struct table *t, struct column *c)
{
    const struct metric *m = &t->e->metrics.at[c->metric];
    uint32_t i, best = UINT32_MAX;

    if (m->better == 0 || t->e->points_n < 2)
        return;
    for (i = 0; i < t->e->points_n; i++) {
        double v = at(t, i, c->metric)->value;

        if (!isnan(v) &&
            (best == UINT32_MAX || (v - at(t, best, c->metric)->value) * (double)m->better > 0.0))
            best = i;
    }
    if (best == UINT32_MAX)
        return;
    for (i = 0; i < t->e->points_n; i++)
        if (!isnan(at(t, i, c->metric)->low))
            c->mark[i] = i == best ? '*' : same_as(t, i, best, c->metric) ? '=' : ' ';
}

/* ---- Columns. */

static bool add_column(struct table *t, uint32_t metric)
{
    struct column *c = &t->column[t->columns];

    if (t->columns == COLUMNS_MOST)
        return false;
    c->metric = metric;
    c->cell = calloc(t->e->points_n, sizeof c->cell[0]);
    c->mark = calloc(1, t->e->points_n + 1);
    if (!c->cell || !c->mark) {
        free(c->cell);
        free(c->mark);
        return false;
    }
    memset(c->mark, ' ', t->e->points_n);
    t->columns++;
    return true;
}

static void fill_column(struct table *t, uint32_t metric)
{
    const struct metric *m = &t->e->metrics.at[metric];
    double largest = 0.0;
    struct column *c;
    uint32_t i;

    if (!add_column(t, metric))
        return;
    c = &t->column[t->columns - 1];
    for (i = 0; i < t->e->points_n; i++)
        if (at(t, i, metric)->value > largest)
            largest = at(t, i, metric)->value;
    fit_unit(c, m->unit, largest);
    snprintf(c->title, sizeof c->title, "%s%s%s", m->full, c->unit[0] ? " " : "", c->unit);
    for (i = 0; i < t->e->points_n; i++) {
        const struct interval *x = at(t, i, metric);

        print_number(c->cell[i], x->value / c->scale, (x->high - x->low) / 2.0 / c->scale);
    }
    mark_best(t, c);
}

static bool has_column(const struct table *t, uint32_t metric)
{
    uint32_t i;

    for (i = 0; i < t->columns; i++)
        if (t->column[i].metric == metric)
            return true;
    return false;
}

static void add_named(struct table *t, const char *name)
{
    uint32_t metric = metrics_find(&t->e->metrics, name);

    if (metric != UINT32_MAX && !has_column(t, metric))
        fill_column(t, metric);
}

/* A name as a person writes it, which may mean several metrics. */
static void add_asked(struct table *t, const char *name)
{
    uint32_t at[ASKED_MOST], n = asked_find(t->e->scenario, &t->e->metrics, name, at), i;

    for (i = 0; i < n; i++)
        if (!has_column(t, at[i]))
            fill_column(t, at[i]);
}

static void add_if_any(struct table *t, const char *name)
{
    uint32_t metric = metrics_find(&t->e->metrics, name), i;

    for (i = 0; i < t->e->points_n; i++)
        if (at(t, i, metric)->value > 0.0) {
            add_named(t, name);
            return;
        }
}

static bool has_closed(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->clients_n; i++)
        if (s->clients[i].process == ARRIVAL_CLOSED)
            return true;
    return false;
}

static void choose_columns(struct table *t)
{
    const struct scenario *s = t->e->scenario;
    char name[32];
    uint32_t i;

    add_named(t, "latency.mean");
    add_named(t, "latency.p50");
    add_named(t, "latency.p99");
    for (i = 0; i < s->run.percentiles_n; i++) {
        snprintf(name, sizeof name, "latency.p%.12g", s->run.percentiles[i]);
        add_named(t, name);
    }
    add_named(t, "wait.probability");
    if (s->servers_total > 1)
        add_named(t, "imbalance.cov");
    if (has_closed(s))
        add_named(t, "throughput");
    add_if_any(t, "rejected.rate");
    add_if_any(t, "timeout.rate");
    add_if_any(t, "error.rate");
    add_if_any(t, "cancelled.rate");
    add_if_any(t, "messages.per_request");
    for (i = 0; i < s->run.metrics_n; i++)
        add_asked(t, s->run.metrics[i]);
}

/* ---- Theory beside it. */

static void add_theory(struct table *t, uint32_t metric)
{
    struct theory_answer answer[64];
    bool known[64] = { false }, any = false;
    const struct metric *m = &t->e->metrics.at[metric];
    struct column *c, *measured = &t->column[0];
    uint32_t i;

    if (t->e->points_n > 64 || t->columns == 0)
        return;
    for (i = 0; i < t->e->points_n; i++) {
        known[i] = !closed_form(t->e->scenario, t->e->points[i].policy, &answer[i]) &&
                   !isnan(theory_metric(&answer[i], m->full));
        any |= known[i];
    }
    if (!any || !add_column(t, UINT32_MAX))
        return;
    c = &t->column[t->columns - 1];
    snprintf(c->title, sizeof c->title, "theory: mean %s", measured->unit);
    for (i = 0; i < t->e->points_n; i++)
        if (known[i])
            snprintf(c->cell[i], CELL, "%.4f %s%.31s",
                     theory_metric(&answer[i], m->full) / measured->scale,
                     answer[i].limit ? "~" : "", answer[i].model);
        else
            snprintf(c->cell[i], CELL, "-");
}

/* ---- Printing. */

static void measure(struct table *t)
{
    uint32_t i, c;

    t->first_width = 6;
    for (i = 0; i < t->e->points_n; i++)
        if (width_of(t->e->points[i].policy->label) > t->first_width)
            t->first_width = width_of(t->e->points[i].policy->label);
    for (c = 0; c < t->columns; c++) {
        t->column[c].width = width_of(t->column[c].title);
        for (i = 0; i < t->e->points_n; i++)
            if (width_of(t->column[c].cell[i]) > t->column[c].width)
                t->column[c].width = width_of(t->column[c].cell[i]);
    }
}

static void print_padded(FILE *out, const char *text, int width, bool right)
{
    int gap = width - width_of(text);

    fprintf(out, "%*s%s%*s", right && gap > 0 ? gap : 0, "", text, !right && gap > 0 ? gap : 0, "");
}

static void print_row(FILE *out, const struct table *t, uint32_t i)
{
    uint32_t c;

    print_padded(out, t->e->points[i].policy->label, t->first_width, false);
    for (c = 0; c < t->columns; c++) {
        const struct column *column = &t->column[c];
        bool best = column->mark[i] == '*' && t->color;

        fputs("  ", out);
        if (best)
            fputs("\033[1;32m", out);
        print_padded(out, column->cell[i], column->width, column->metric != UINT32_MAX);
        if (column->metric != UINT32_MAX)
            fputc(column->mark[i], out);
        if (best)
            fputs("\033[0m", out);
    }
    fputc('\n', out);
}

/* A text from a file, on one line: it may hold anything. */
static void print_line(FILE *out, const char *text)
{
    for (; *text; text++)
        fputc((unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text, out);
}

static void print_head(FILE *out, const struct table *t)
{
    const struct scenario *s = t->e->scenario;
    uint32_t c;

    print_line(out, s->name);
    if (s->description && *s->description) {
        fputs(": ", out);
        print_line(out, s->description);
    }
    fputc('\n', out);
    fprintf(out, "%" PRIu32 " server%s", s->servers_present, s->servers_present == 1 ? "" : "s");
    if (!isnan(s->offered_load))
        fprintf(out, ", offered load %.4g", s->offered_load);
    if (s->run.duration)
        fprintf(out, "; %u replications of %.6g s, seed %" PRIu64, s->run.replications,
                (double)s->run.duration / 1e9, s->run.seed);
    else
        fprintf(out, "; %u replications of %" PRIu64 " requests, seed %" PRIu64,
                s->run.replications, s->run.requests, s->run.seed);
    fprintf(out, "; \u00b1 is half a %g %% confidence interval\n\n", 100.0 * s->run.confidence);
    print_padded(out, "policy", t->first_width, false);
    for (c = 0; c < t->columns; c++) {
        fputs("  ", out);
        print_padded(out, t->column[c].title, t->column[c].width,
                     t->column[c].metric != UINT32_MAX);
        if (t->column[c].metric != UINT32_MAX)
            fputc(' ', out);
    }
    fputc('\n', out);
}

static void print_cautions(FILE *out, const struct experiment *e, uint32_t point)
{
    struct caution said[CAUTIONS_MOST];
    uint32_t n = cautions_of(e, point, said), i;

    for (i = 0; i < n; i++)
        fprintf(out, "warning: %s: %s\n", e->points[point].policy->label, said[i].text);
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
    for (i = 0; i < t->e->points_n; i++)
        print_cautions(out, t->e, i);
}

void print_table(FILE *out, const struct experiment *e, const struct interval *intervals,
                 bool color)
{
    struct table t = { .e = e, .all = intervals, .color = color };
    uint32_t i;

    choose_columns(&t);
    add_theory(&t, metrics_find(&e->metrics, "latency.mean"));
    measure(&t);
    print_head(out, &t);
    for (i = 0; i < e->points_n; i++)
        print_row(out, &t, i);
    print_notes(out, &t);
    for (i = 0; i < t.columns; i++) {
        free(t.column[i].cell);
        free(t.column[i].mark);
    }
}
