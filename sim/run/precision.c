/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sequential stopping: all replications anew and twice as long (or, where a timeline or a trace
 * says what happens when, twice as many), until every metric that the precision is asked of has a
 * relative half-width of at most g / (1 + g), so that the relative error, not the half-width, is at
 * most g (Law, Simulation Modeling and Analysis, 9.4.1). Each round cuts an eighth at least.
 * Looking only at doublings, with 20 replications, keeps the coverage: to look after each
 * observation stops on luckily small spreads. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/run/asked.h"
#include "sim/run/field.h"
#include "sim/run/rounds.h"

enum { ROUND_SHARE = 8 };

static bool has_aim(const struct point *p)
{
    return !isnan(p->scenario->run.precision.relative);
}

static uint64_t length_of(const struct point *p)
{
    struct scenario s = point_round(p, p->requests, p->duration);

    return trial_length(&s);
}

double rounds_budget(const struct scenario *s)
{
    double given = s->run.precision.most_requests;

    return isnan(given) ? ROUNDS_BUDGET : given;
}

/* What changes at fixed times, or with a trace that ends, is another thing in a longer run. */
static bool is_transient(const struct point *p)
{
    const struct scenario *s = p->scenario;
    bool found = s->changes_n > 0;
    uint32_t i;

    if (p->scenario != p->given)
        return false; /* one run: there are no more of it */

    for (i = 0; i < s->clients_n; i++)
        found |= s->clients[i].changes_n > 0 || s->clients[i].process == ARRIVAL_NONHOMOGENEOUS ||
                 s->clients[i].process == ARRIVAL_TRACE;
    return found;
}

void precision_begin(struct experiment *e, struct point *p)
{
    const struct run_spec *run = &p->scenario->run;
    uint64_t length = length_of(p);

    (void)e;
    p->cut = run->warmup == WARMUP_AUTO    ? p->warmup.cut
             : run->warmup == WARMUP_COUNT ? run->warmup_count
                                           : UINT64_MAX;
    if (!has_aim(p))
        return;
    p->aim = AIM_OPEN;
    if (run->warmup == WARMUP_AUTO && p->cut < length / ROUND_SHARE && !is_transient(p))
        p->cut = length / ROUND_SHARE;
    p->spent += length * p->replications;
}

/* ---- How precise is it? */

static double relative_half(const struct interval *x)
{
    double half = (x->high - x->low) / 2.0;

    if (isnan(half))
        return INFINITY;
    return half <= 0.0 ? 0.0 : half / fabs(x->value);
}

/* A largest value has no interval, however long it runs, and a single run none of what has no
 * batches. */
static bool is_never_told(const struct point *p, uint32_t metric)
{
    const struct metric *m = &p->metrics->at[metric];

    return m->kind == METRIC_LARGEST ||
           (p->scenario != p->given && metrics_find(p->window_metrics, m->full) == UINT32_MAX);
}

/* Adds what a name means to a list. */
static uint32_t list_named(const struct point *p, const char *name, bool means_only, uint32_t *list,
                           uint32_t n, uint32_t most)
{
    uint32_t *at = malloc(ASKED_MOST * sizeof at[0]), found, i;

    if (!at)
        return n;
    found = asked_find(p->scenario, p->metrics, name, at);
    for (i = 0; i < found && n < most; i++)
        if (!means_only || !strcmp(p->metrics->at[at[i]].statistic, "mean"))
            list[n++] = at[i];
    free(at);
    return n;
}

/* The means of everything, but for slowdowns: those of work that may be as short as one likes, as
 * exponential work may, have no finite mean. */
static uint32_t list_means(const struct point *p, uint32_t *list, uint32_t most)
{
    uint32_t i, n = 0;

    for (i = 0; i < p->metrics->n && n < most; i++) {
        const struct metric *m = &p->metrics->at[i];

        if (m->scope.kind == SCOPE_ALL && !strcmp(m->statistic, "mean") &&
            m->duration != DURATION_SLOWDOWN && m->duration != DURATION_WAIT_SLOWDOWN &&
            !is_never_told(p, i))
            list[n++] = i;
    }
    return n;
}

uint32_t precision_metrics(const struct point *p, uint32_t *list, uint32_t most)
{
    const struct run_spec *run = &p->scenario->run;
    uint32_t i, n = 0;

    for (i = 0; i < run->precision.metrics_n; i++)
        n = list_named(p, run->precision.metrics[i], false, list, n, most);
    if (run->precision.metrics_n)
        return n;
    n = list_means(p, list, most);
    for (i = 0; i < run->metrics_n; i++)
        n = list_named(p, run->metrics[i], true, list, n, most);
    return n;
}

static void measure(struct point *p)
{
    uint32_t *list = malloc(ASKED_MOST * sizeof list[0]), n, i;

    p->achieved = list ? 0.0 : INFINITY;
    p->achieved_metric = UINT32_MAX;
    n = list ? precision_metrics(p, list, ASKED_MOST) : 0;
    for (i = 0; i < n; i++) {
        double half = relative_half(&p->interval[list[i]]);

        if (half > p->achieved || p->achieved_metric == UINT32_MAX) {
            p->achieved = half;
            p->achieved_metric = list[i];
        }
    }
    free(list);
}

/* ---- Another round? */

uint32_t precision_passes(const struct experiment *e)
{
    return e->confirm || e->singles ? 2 : 1;
}

bool precision_can_double(const struct point *p)
{
    if (is_transient(p))
        return p->replications <= ROUNDS_REPLICATIONS / 2;
    return p->duration ? p->duration <= ROUNDS_LONGEST / 2 : p->requests <= ROUNDS_MOST / 2;
}

double precision_next(const struct point *p)
{
    double now = (double)length_of(p) * (double)p->replications;

    return is_transient(p) ? now : 2.0 * now;
}

bool precision_double(struct point *p)
{
    if (is_transient(p)) {
        if (!points_make_room(p, 2 * p->replications))
            return false;
        p->next = p->replications;
        p->to = p->replications *= 2;
        return true;
    }
    p->requests *= 2;
    p->duration *= 2;
    return true;
}

static bool asks_the_impossible(const struct point *p)
{
    uint32_t *list = malloc(ASKED_MOST * sizeof list[0]), n, i;
    bool never = !list;

    n = list ? precision_metrics(p, list, ASKED_MOST) : 0;
    for (i = 0; i < n; i++)
        never |= is_never_told(p, list[i]);
    free(list);
    return never;
}

/* More work than servers can do has no mean to be precise about, be it all servers or those that a
 * policy sends too much to. */
static bool is_hopeless(const struct point *p)
{
    const bool unsettled = p->piloted && !p->warmup.found;

    return (unsettled && (p->scenario->offered_load >= 1.0 || p->round >= ROUNDS_UNSETTLED)) ||
           asks_the_impossible(p);
}

static bool can_afford(const struct point *p)
{
    return (double)p->spent + precision_next(p) <= rounds_budget(p->scenario);
}

/* More replications of the same length: those that are there stay. */
static bool add_replications(struct experiment *e, struct point *p)
{
    uint64_t spent = p->spent + (uint64_t)precision_next(p);

    if (!precision_double(p))
        return false;
    e->trials += p->to - p->next;
    p->round++;
    p->spent = spent;
    p->state = POINT_OPEN;
    return true;
}

/* All replications anew. The pilot of a shorter run that has not settled says nothing of a longer
 * one. */
static bool begin_longer(struct experiment *e, struct point *p)
{
    e->trials += p->to;
    if (e->store && e->store->again)
        e->store->again(e->store->context, p);
    point_clear(p);
    p->round++;
    precision_double(p);
    if (p->piloted && !p->warmup.found) {
        p->piloted = false;
        p->state = POINT_NEW;
        return true;
    }
    precision_begin(e, p);
    p->state = POINT_OPEN;
    return true;
}

static bool begin_round(struct experiment *e, struct point *p)
{
    return is_transient(p) ? add_replications(e, p) : begin_longer(e, p);
}

bool precision_goes_on(struct experiment *e, struct point *p)
{
    double g = p->scenario->run.precision.relative;

    if (!has_aim(p))
        return false;
    measure(p);
    p->passes = p->achieved <= g / (1.0 + g) && !p->correlated ? p->passes + 1 : 0;
    if (p->passes >= precision_passes(e)) {
        p->aim = AIM_REACHED;
        return false;
    }
    if (is_hopeless(p) || !precision_can_double(p) || !can_afford(p)) {
        p->aim = AIM_MISSED;
        return false;
    }
    if (begin_round(e, p))
        return true;
    snprintf(e->why, sizeof e->why, "out of memory");
    p->aim = AIM_MISSED;
    return false;
}
