/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The points of an experiment: what is simulated for each, and which of them are the same. */
#include "sim/run/field.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/run/asked.h"

/* What is told of the scenarios of one shape: the cells of a sweep mostly have the same metrics. */
struct asked_list {
    struct metrics measured, windows;
    struct asked_list *next;
};

static bool same_metrics(const struct metrics *a, const struct metrics *b)
{
    uint32_t i;

    if (a->n != b->n || a->scopes != b->scopes || a->pools != b->pools)
        return false;
    for (i = 0; i < a->n; i++)
        if (strcmp(a->at[i].full, b->at[i].full) || a->at[i].scope.kind != b->at[i].scope.kind ||
            a->at[i].scope.index != b->at[i].scope.index)
            return false;
    return true;
}

static bool close_asked(struct asked_list *list)
{
    if (list) {
        metrics_close(&list->measured);
        metrics_close(&list->windows);
    }
    free(list);
    return false;
}

static bool ask(struct experiment *e, struct point *p)
{
    struct asked_list *list = calloc(1, sizeof *list), *last = e->asked;

    if (!list || asked_open(p->scenario, &list->measured, &list->windows))
        return close_asked(list);
    if (last && same_metrics(&last->measured, &list->measured) &&
        same_metrics(&last->windows, &list->windows)) {
        close_asked(list);
        list = last;
    } else {
        list->next = last;
        e->asked = list;
    }
    p->metrics = &list->measured;
    p->window_metrics = &list->windows;
    return true;
}

bool points_make_room(struct point *p, uint32_t replications)
{
    struct outcome *outcome;
    bool *finished;

    if (replications <= p->room)
        return true;
    outcome = realloc(p->outcome, replications * sizeof outcome[0]);
    if (outcome)
        p->outcome = outcome;
    finished = outcome ? realloc(p->finished, replications * sizeof finished[0]) : NULL;
    if (!finished)
        return false;
    p->finished = finished;
    memset(p->outcome + p->room, 0, (replications - p->room) * sizeof outcome[0]);
    memset(p->finished + p->room, 0, (replications - p->room) * sizeof finished[0]);
    p->room = replications;
    return true;
}

/* Points of one scenario share what is told of it. */
static bool attend(struct experiment *e, struct point *p, uint32_t at)
{
    const struct run_spec *run = &p->scenario->run;
    const struct point *before = at ? p - 1 : NULL;

    p->replications = run->replications;
    p->requests = run->duration ? 0 : run->requests;
    p->duration = run->duration;
    if (before && before->scenario == p->scenario) {
        p->metrics = before->metrics;
        p->window_metrics = before->window_metrics;
        p->identity = before->identity;
        return true;
    }
    p->identity = identity_open(p->scenario, LBSIM_VERSION);
    return p->identity && ask(e, p);
}

static bool fill(struct experiment *e, struct point *p, const struct contender *c, uint32_t at)
{
    p->scenario = p->given = c->scenario;
    p->policy_index = c->policy;
    p->policy = &c->scenario->policies[c->policy];
    p->cell = c->cell;
    p->at = e->study ? e->study->cells[c->cell].name : "";
    p->twin = at;
    return attend(e, p, at);
}

/* The metrics of a single run depend on what is told of its batches. */
static int make_single(struct experiment *e)
{
    uint32_t i;

    if (single_make(e))
        return -ENOMEM;
    for (i = e->points_n; i-- > 0;)
        if (i == 0 || e->points[i].identity != e->points[i - 1].identity)
            identity_close(e->points[i].identity);
    for (i = 0; i < e->points_n; i++)
        e->points[i].identity = NULL;
    for (i = 0; i < e->points_n; i++)
        if (!attend(e, &e->points[i], i))
            return -ENOMEM;
    return 0;
}

/* ---- Points of the same content. */

struct content {
    uint8_t hash[IDENTITY_BYTES];
    uint32_t point;
};

static int by_hash(const void *a, const void *b)
{
    const struct content *x = a, *y = b;
    int order = memcmp(x->hash, y->hash, IDENTITY_BYTES);

    return order ? order : (x->point > y->point) - (x->point < y->point);
}

static bool same_number(double a, double b)
{
    return isnan(a) || isnan(b) ? isnan(a) && isnan(b) : !(a < b) && !(a > b);
}

static bool same_precision(const struct run_spec *a, const struct run_spec *b)
{
    uint32_t i;

    if (!same_number(a->precision.relative, b->precision.relative) ||
        !same_number(a->precision.most_requests, b->precision.most_requests) ||
        a->precision.metrics_n != b->precision.metrics_n)
        return false;
    for (i = 0; i < a->precision.metrics_n; i++)
        if (strcmp(a->precision.metrics[i], b->precision.metrics[i]) != 0)
            return false;
    return true;
}

/* What decides numbers and how long to go on, beside the trials. */
static bool same_aim(const struct point *a, const struct point *b)
{
    const struct run_spec *x = &a->scenario->run, *y = &b->scenario->run;

    return x->warmup == y->warmup && x->warmup_count == y->warmup_count &&
           same_number(x->confidence, y->confidence) && same_precision(x, y);
}

/* Of those with the same content before it, which stand side by side: its twin, or itself. */
static uint32_t twin_of(const struct experiment *e, const struct content *all, uint32_t i)
{
    const struct point *p = &e->points[all[i].point];
    uint32_t k;

    for (k = i; k-- > 0 && !memcmp(all[k].hash, all[i].hash, IDENTITY_BYTES);)
        if (same_aim(p, &e->points[all[k].point]))
            return e->points[all[k].point].twin;
    return all[i].point;
}

static int find_twins(struct experiment *e)
{
    struct content *all = calloc(e->points_n + 1, sizeof all[0]);
    uint32_t i;
    int failed = all ? 0 : -ENOMEM;

    for (i = 0; !failed && i < e->points_n; i++) {
        const struct point *p = &e->points[i];
        struct identity_of of = { .policy = p->policy_index,
                                  .requests = p->requests,
                                  .duration = p->duration,
                                  .replication = p->replications };

        all[i].point = i;
        failed = identity_hash(p->identity, &of, all[i].hash);
    }
    if (!failed)
        qsort(all, e->points_n, sizeof all[0], by_hash);
    for (i = 1; !failed && i < e->points_n; i++)
        e->points[all[i].point].twin = twin_of(e, all, i);
    free(all);
    return failed;
}

/* ---- The whole. */

static uint32_t count_cells(const struct contender *c, uint32_t n)
{
    return n ? c[n - 1].cell + 1 : 0;
}

int points_open(struct experiment *e, const struct contender *c, uint32_t n, bool single)
{
    uint32_t i, cell;

    e->cells_n = count_cells(c, n);
    e->first = calloc(e->cells_n + 1, sizeof e->first[0]);
    e->points = calloc(n + 1, sizeof e->points[0]);
    if (!e->first || !e->points)
        return -ENOMEM;
    for (i = 0, cell = 0; i < n; i++) {
        for (; cell <= c[i].cell; cell++)
            e->first[cell] = i;
        e->points_n = i + 1;
        if (!fill(e, &e->points[i], &c[i], i))
            return -ENOMEM;
    }
    for (; cell <= e->cells_n; cell++)
        e->first[cell] = n;
    return single && make_single(e) ? -ENOMEM : find_twins(e);
}

/* Points that share with others what is theirs do not free it. */
static void close_point(struct experiment *e, uint32_t i)
{
    struct point *p = &e->points[i];

    if (p->twin == i) {
        point_clear(p);
        free(p->outcome);
        free(p->finished);
    }
    if (i == 0 || p->identity != e->points[i - 1].identity)
        identity_close(p->identity);
}

void points_close(struct experiment *e)
{
    uint32_t i;

    for (i = e->points_n; i-- > 0;)
        close_point(e, i);
    while (e->asked) {
        struct asked_list *next = e->asked->next;

        close_asked(e->asked);
        e->asked = next;
    }
    single_close(e);
    free(e->points);
    free(e->first);
}
