/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/closed_form.h"
#include "sim/run/asked.h"

/* The metric of a row that a column shows: its index, or UINT32_MAX. */
static uint32_t index_of(const struct point *p, const struct metric *m)
{
    return metrics_find(p->metrics, m->full);
}

static struct interval at(const struct point *p, const struct metric *m)
{
    uint32_t i = index_of(p, m);

    return i != UINT32_MAX ? p->interval[i]
                           : (struct interval) { .value = NAN, .low = NAN, .high = NAN };
}

/* ---- Which is best? */

static bool same_as(const struct point *p, const struct point *best, const struct metric *m)
{
    uint32_t room = p->replications > best->replications ? p->replications : best->replications, n;
    double *va = malloc(2 * (room ? room : 1) * sizeof va[0]);
    struct interval d;

    if (!va)
        return false;
    n = point_pairs(p, index_of(p, m), best, index_of(best, m), va, va + room);
    d = interval_paired(va, va + room, n, p->scenario->run.confidence, NULL);
    free(va);
    return !isnan(d.low) && d.low <= 0.0 && d.high >= 0.0;
}

static void mark_cell(const struct table *t, struct column *c, uint32_t from, uint32_t to)
{
    const struct metric *m = c->metric;
    uint32_t i, best = UINT32_MAX;

    if (m->better == 0 || to - from < 2 || row(t, from)->replications < 2)
        return;
    for (i = from; i < to; i++)
        if (row(t, i)->done != row(t, from)->done && t->e->decide)
            return; /* a selection has its own answer */
    for (i = from; i < to; i++) {
        double v = at(row(t, i), m).value;

        if (!isnan(v) &&
            (best == UINT32_MAX || (v - at(row(t, best), m).value) * (double)m->better > 0.0))
            best = i;
    }
    if (best == UINT32_MAX)
        return;
    for (i = from; i < to; i++)
        if (!isnan(at(row(t, i), m).low))
            c->mark[i] = i == best ? '*' : same_as(row(t, i), row(t, best), m) ? '=' : ' ';
}

/* ---- Columns. */

static bool open_column(const struct table *t, struct column *c)
{
    c->cell = calloc(t->e->points_n, sizeof c->cell[0]);
    c->mark = calloc(1, t->e->points_n + 1);
    if (!c->cell || !c->mark) {
        free(c->cell);
        free(c->mark);
        return false;
    }
    memset(c->mark, ' ', t->e->points_n);
    return true;
}

static bool add_column(struct table *t, const struct metric *m)
{
    struct column *c = &t->column[t->columns];

    if (t->columns == COLUMNS_MOST || !open_column(t, c))
        return false;
    c->metric = m;
    t->columns++;
    return true;
}

static void fill_column(struct table *t, const struct metric *m)
{
    double largest = 0.0;
    struct column *c;
    uint32_t i;

    if (!add_column(t, m))
        return;
    c = &t->column[t->columns - 1];
    for (i = 0; i < t->e->points_n; i++)
        if (at(row(t, i), m).value > largest)
            largest = at(row(t, i), m).value;
    c->unit = cell_unit(m->unit, largest, &c->scale);
    snprintf(c->title, sizeof c->title, "%s%s%s", m->full, c->unit[0] ? " " : "", c->unit);
    for (i = 0; i < t->e->points_n; i++) {
        struct interval x = at(row(t, i), m);

        cell_number(c->cell[i], CELL_ROOM, x.value / c->scale, (x.high - x.low) / 2.0 / c->scale,
                    false);
    }
    for (i = 0; i < t->e->cells_n; i++)
        mark_cell(t, c, t->e->first[i], t->e->first[i + 1]);
}

static bool has_column(const struct table *t, const struct metric *m)
{
    uint32_t i;

    for (i = 0; i < t->columns; i++)
        if (!strcmp(t->column[i].metric->full, m->full))
            return true;
    return false;
}

static void add_named(struct table *t, const char *name)
{
    uint32_t i, metric = UINT32_MAX;

    for (i = 0; i < t->e->points_n && metric == UINT32_MAX; i++)
        metric = metrics_find(row(t, i)->metrics, name);
    if (metric != UINT32_MAX && !has_column(t, &row(t, i - 1)->metrics->at[metric]))
        fill_column(t, &row(t, i - 1)->metrics->at[metric]);
}

/* A name as a person writes it, which may mean several metrics. */
static void add_asked(struct table *t, const char *name)
{
    const struct point *p = row(t, 0);
    uint32_t *found = malloc(ASKED_MOST * sizeof found[0]), n, i;

    n = found ? asked_find(p->scenario, p->metrics, name, found) : 0;
    for (i = 0; i < n; i++)
        if (!has_column(t, &p->metrics->at[found[i]]))
            fill_column(t, &p->metrics->at[found[i]]);
    free(found);
}

static void add_if_any(struct table *t, const char *name)
{
    uint32_t i;

    for (i = 0; i < t->e->points_n; i++) {
        uint32_t metric = metrics_find(row(t, i)->metrics, name);

        if (metric != UINT32_MAX && row(t, i)->interval[metric].value > 0.0) {
            add_named(t, name);
            return;
        }
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
    const struct scenario *s = row(t, 0)->scenario;
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
    add_if_any(t, "retry.rate");
    add_if_any(t, "hedge.rate");
    add_if_any(t, "wasted.rate");
    add_if_any(t, "messages.per_request");
    for (i = 0; i < s->run.metrics_n; i++)
        add_asked(t, s->run.metrics[i]);
}

/* Where in the sweep: told once a group. */
static void add_places(struct table *t)
{
    const struct study *study = t->e->study;
    uint32_t a, i;

    for (a = 0; study && a < study->cells[0].at_n && a < PLACES_MOST; a++) {
        struct column *c = &t->place[t->places];

        if (!open_column(t, c))
            return;
        t->places++;
        snprintf(c->title, sizeof c->title, "%s", study->cells[0].at[a].path);
        for (i = 0; i < t->e->points_n; i++)
            if (i == t->e->first[row(t, i)->cell])
                snprintf(c->cell[i], CELL_ROOM, "%s", study->cells[row(t, i)->cell].at[a].text);
    }
}

/* ---- Theory beside it. */

static bool theory_of(const struct point *p, const char *metric, struct theory_answer *answer)
{
    return !closed_form(p->scenario, p->policy, answer) && !isnan(theory_metric(answer, metric));
}

static void add_theory(struct table *t, const char *metric)
{
    const double scale = t->columns ? t->column[0].scale : 1.0;
    const char *unit = t->columns ? t->column[0].unit : "";
    struct theory_answer answer;
    struct column *c;
    bool any = false;
    uint32_t i;

    for (i = 0; i < t->e->points_n && !any; i++)
        any = theory_of(row(t, i), metric, &answer);
    if (!any || !add_column(t, NULL))
        return;
    c = &t->column[t->columns - 1];
    snprintf(c->title, sizeof c->title, "theory: mean %s", unit);
    for (i = 0; i < t->e->points_n; i++)
        if (theory_of(row(t, i), metric, &answer))
            snprintf(c->cell[i], CELL_ROOM, "%.4f %s%.31s", theory_metric(&answer, metric) / scale,
                     answer.limit ? "~" : "", answer.model);
        else
            snprintf(c->cell[i], CELL_ROOM, "-");
}

/* ---- The whole. */

void table_fill(struct table *t)
{
    add_places(t);
    choose_columns(t);
    add_theory(t, "latency.mean");
}

static void close_columns(struct column *at, uint32_t n)
{
    uint32_t i;

    for (i = 0; i < n; i++) {
        free(at[i].cell);
        free(at[i].mark);
    }
}

void table_close(struct table *t)
{
    close_columns(t->place, t->places);
    close_columns(t->column, t->columns);
}
