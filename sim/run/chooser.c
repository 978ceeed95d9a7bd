/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/chooser.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Contenders go on by several replications at once, always as many whatever the number of workers,
 * so that the same ones are simulated everywhere. The budget: as often as the scenario's own. */
enum { STEP = 5, BUDGET = 20 };

static struct point *at(const struct experiment *e, uint32_t i)
{
    return &e->points[e->points[i].twin];
}

static uint32_t count(const struct experiment *e, uint32_t cell)
{
    return e->first[cell + 1] - e->first[cell];
}

static uint32_t metric_of(const struct chooser *c, const struct point *p)
{
    return metrics_find(p->metrics, c->metric);
}

static int check_metric(struct chooser *c, const struct experiment *e)
{
    uint32_t i;

    for (i = 0; i < e->points_n; i++) {
        uint32_t m = metric_of(c, &e->points[i]);

        if (m == UINT32_MAX || e->points[i].metrics->at[m].better == 0) {
            snprintf(c->why, sizeof c->why,
                     m == UINT32_MAX ? "%.100s is not among the metrics of this scenario"
                                     : "%.100s is neither better large nor small",
                     c->metric);
            return -1;
        }
    }
    return 0;
}

int choose_begin(struct chooser *c, struct experiment *e)
{
    uint32_t i;

    c->cells = e->cells_n;
    c->choice = calloc(e->cells_n + 1, sizeof c->choice[0]);
    if (!c->choice) {
        snprintf(c->why, sizeof c->why, "out of memory");
        return -1;
    }
    for (i = 0; i < e->cells_n; i++) {
        c->choice[i].best = e->first[i];
        c->choice[i].alpha = 1.0 - e->points[e->first[i]].scenario->run.confidence;
    }
    for (i = 0; i < e->points_n; i++)
        e->points[i].replications = SELECTION_FIRST;
    return check_metric(c, e);
}

void choose_close(struct chooser *c)
{
    uint32_t i;

    for (i = 0; c->choice && i < c->cells; i++)
        selection_close(c->choice[i].selection);
    free(c->choice);
}

/* ---- One point of the sweep. */

static double mean_of(const struct chooser *c, const struct point *p, uint32_t n)
{
    double sum = 0.0;
    uint32_t r;

    for (r = 0; r < n; r++)
        sum += p->outcome[r].values[metric_of(c, p)];
    return sum / n;
}

static bool is_finished(const struct experiment *e, uint32_t cell, uint32_t replication)
{
    uint32_t i;

    for (i = e->first[cell]; i < e->first[cell + 1]; i++)
        if (replication >= at(e, i)->room || !at(e, i)->finished[replication])
            return false;
    return true;
}

static bool larger_is_better(const struct chooser *c, const struct experiment *e, uint32_t cell)
{
    const struct point *p = at(e, e->first[cell]);

    return p->metrics->at[metric_of(c, p)].better > 0;
}

static bool is_settled(const struct experiment *e, uint32_t cell)
{
    uint32_t i;

    for (i = e->first[cell]; i < e->first[cell + 1]; i++)
        if (at(e, i)->piloted && !at(e, i)->warmup.found)
            return false;
    return true;
}

/* After the first stage: what difference matters. */
static bool begin(struct chooser *c, const struct experiment *e, uint32_t cell)
{
    struct choice *choice = &c->choice[cell];
    bool larger = larger_is_better(c, e, cell);
    struct selection_rule rule = { .contenders = count(e, cell),
                                   .first = SELECTION_FIRST,
                                   .alpha = c->choice[cell].alpha,
                                   .larger = larger };
    double best = NAN;
    uint32_t i, r;

    for (r = 0; r < SELECTION_FIRST; r++)
        if (!is_finished(e, cell, r)) {
            choice->why = "trials of the first stage have failed";
            return false;
        }
    if (!is_settled(e, cell)) {
        choice->why = "not all policies have settled in their pilots (warm-up not found)";
        return false;
    }
    for (i = e->first[cell]; i < e->first[cell + 1]; i++) {
        double mean = mean_of(c, at(e, i), SELECTION_FIRST);

        best = isnan(best) || (larger ? mean > best : mean < best) ? mean : best;
    }
    choice->delta = rule.delta = c->relative * fabs(best);
    if (!(rule.delta > 0.0)) {
        choice->why = "the best is zero or unknown: no relative difference matters";
        return false;
    }
    if (rule.contenders > 1)
        choice->selection = selection_open(&rule);
    choice->decided = rule.contenders == 1;
    choice->best = e->first[cell];
    return choice->selection != NULL;
}

/* Feeds what is finished of all that are still in. */
static void feed(struct chooser *c, const struct experiment *e, uint32_t cell)
{
    struct choice *choice = &c->choice[cell];
    uint32_t n = count(e, cell), r, i;
    double *values = calloc(n, sizeof values[0]);

    for (r = selection_taken(choice->selection); values && selection_least(choice->selection) > 0;
         r++) {
        bool all = true;

        for (i = 0; i < n; i++) {
            const struct point *p = at(e, e->first[cell] + i);

            if (!selection_in(choice->selection, i))
                continue;
            all = all && r < p->room && p->finished[r];
            values[i] = all ? p->outcome[r].values[metric_of(c, p)] : NAN;
        }
        if (!all || !selection_feed(choice->selection, values))
            break;
    }
    free(values);
    choice->best = e->first[cell] + selection_best(choice->selection);
}

static bool extend(struct chooser *c, struct experiment *e, uint32_t cell)
{
    struct choice *choice = &c->choice[cell];
    uint32_t taken = selection_taken(choice->selection), most, step, i, to;

    most = BUDGET * at(e, e->first[cell])->scenario->run.replications;
    step = selection_least(choice->selection) > STEP ? selection_least(choice->selection) : STEP;
    to = taken < most && taken + step > most ? most : taken + step;
    if (to > most) {
        choice->why = "the budget did not suffice";
        return false;
    }
    for (i = 0; i < count(e, cell); i++)
        if (selection_in(choice->selection, i) && experiment_extend(e, e->first[cell] + i, to)) {
            choice->why = "out of memory";
            return false;
        }
    return true;
}

/* True if it goes on. */
static bool decide(struct chooser *c, struct experiment *e, uint32_t cell)
{
    struct choice *choice = &c->choice[cell];
    uint32_t before;

    if (choice->decided || choice->why)
        return false;
    if (!choice->selection && !begin(c, e, cell))
        return false;
    before = selection_taken(choice->selection);
    feed(c, e, cell);
    if (selection_least(choice->selection) == 0) {
        choice->decided = true;
        return false;
    }
    if (selection_taken(choice->selection) == before) {
        choice->why = "a trial has failed or has no such value";
        return false;
    }
    return extend(c, e, cell);
}

bool choose_decide(struct chooser *c, struct experiment *e)
{
    bool on = false;
    uint32_t cell;

    for (cell = 0; cell < c->cells; cell++)
        on |= decide(c, e, cell);
    return on;
}
