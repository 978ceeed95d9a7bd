/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sequential stopping: all replications anew and twice as long, until every metric that the
 * precision is asked of has a relative half-width of at most g / (1 + g), so that the relative
 * error, not the half-width, is at most g (Law, Simulation Modeling and Analysis, 9.4.1). Each
 * round cuts an eighth at least. Looking only at doublings, with 20 replications, keeps the
 * coverage: to look after each observation stops on luckily small spreads. */
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
    if (run->warmup == WARMUP_AUTO && p->cut < length / ROUND_SHARE)
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

uint32_t precision_metrics(const struct point *p, uint32_t *list, uint32_t most)
{
    const struct run_spec *run = &p->scenario->run;
    uint32_t i, n = 0;

    for (i = 0; i < run->precision.metrics_n; i++)
        n = list_named(p, run->precision.metrics[i], false, list, n, most);
    if (run->precision.metrics_n)
        return n;
    n = list_named(p, "latency.mean", true, list, n, most);
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
    return p->duration ? p->duration <= ROUNDS_LONGEST / 2 : p->requests <= ROUNDS_MOST / 2;
}

/* A largest value has no interval, however long it runs, and a single run none of what has no
 * batches. */
static bool is_never_told(const struct point *p, uint32_t metric)
{
    const struct metric *m = &p->metrics->at[metric];

    return m->kind == METRIC_LARGEST ||
           (p->scenario != p->given && metrics_find(p->window_metrics, m->full) == UINT32_MAX);
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

/* More work than servers can do has no mean to be precise about. */
static bool is_hopeless(const struct point *p)
{
    return (p->scenario->offered_load >= 1.0 && p->piloted && !p->warmup.found) ||
           asks_the_impossible(p);
}

static bool can_afford(const struct point *p)
{
    double next = 2.0 * (double)length_of(p) * (double)p->replications;

    return (double)p->spent + next <= rounds_budget(p->scenario);
}

/* The pilot of a shorter run that has not settled says nothing of a longer one. */
static void begin_round(struct experiment *e, struct point *p)
{
    e->trials += p->to;
    point_clear(p);
    p->round++;
    p->requests *= 2;
    p->duration *= 2;
    if (p->piloted && !p->warmup.found) {
        p->piloted = false;
        p->state = POINT_NEW;
        return;
    }
    precision_begin(e, p);
    p->state = POINT_OPEN;
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
    begin_round(e, p);
    return true;
}
