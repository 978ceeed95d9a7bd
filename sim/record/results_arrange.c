/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From lists to points and contenders, in their order. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/results_inside.h"

#define USUAL 0.95 /* confidence, if nothing is said */

/* ---- Points: in the order of their rows; those without rows by name. */

struct ranked_point {
    const char *name;
    uint32_t position;
};

static int by_name(const void *a, const void *b)
{
    const struct ranked_point *x = a, *y = b;
    int order = x->name == y->name ? 0 : strcmp(x->name, y->name);

    return order ? order : x->position < y->position ? -1 : x->position > y->position;
}

static int by_position(const void *a, const void *b)
{
    const struct ranked_point *x = a, *y = b;

    if (x->position != y->position)
        return x->position < y->position ? -1 : 1;
    return names_natural(x->name, y->name);
}

static struct ranked_point *rank_points(const struct results_inside *in, uint32_t *kept)
{
    size_t room = (size_t)in->points.n + in->trials.n + in->contenders.n + 1;
    struct ranked_point *all = calloc(room, sizeof all[0]);
    uint32_t n = 0, i;

    for (i = 0; all && i < in->points.n; i++)
        all[n++] = (struct ranked_point) { in->points.at[i].point, in->points.at[i].position };
    for (i = 0; all && i < in->trials.n; i++)
        all[n++] = (struct ranked_point) { in->trials.at[i].point, UINT32_MAX };
    for (i = 0; all && i < in->contenders.n; i++)
        all[n++] = (struct ranked_point) { in->contenders.at[i].point, UINT32_MAX };
    if (!all)
        return NULL;
    qsort(all, n, sizeof all[0], by_name);
    for (i = *kept = 0; i < n; i++)
        if (*kept == 0 || all[*kept - 1].name != all[i].name)
            all[(*kept)++] = all[i];
    qsort(all, *kept, sizeof all[0], by_position);
    return all;
}

static int by_point_and_position(const void *a, const void *b)
{
    const struct gathered_point *x = a, *y = b;
    int order = x->point == y->point ? 0 : strcmp(x->point, y->point);

    if (order)
        return order;
    if (x->position != y->position)
        return x->position < y->position ? -1 : 1;
    return strcmp(x->coordinate.path, y->coordinate.path);
}

/* The rows of a point, of rows sorted by point. */
static const struct gathered_point *rows_of(const struct results_inside *in, const char *point,
                                            uint32_t *n)
{
    uint32_t low = 0, high = in->points.n;

    while (low < high) {
        uint32_t middle = (low + high) / 2;

        if (strcmp(in->points.at[middle].point, point) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (*n = 0; low + *n < in->points.n && in->points.at[low + *n].point == point; ++*n)
        ;
    return in->points.at + low;
}

static int arrange_points(struct results_inside *in)
{
    uint32_t n = 0, i, k, rows;
    struct ranked_point *ranked = rank_points(in, &n);
    struct results_point *points = ranked ? inside_take(in, n, sizeof points[0]) : NULL;

    if (in->points.n)
        qsort(in->points.at, in->points.n, sizeof in->points.at[0], by_point_and_position);
    for (i = 0; points && i < n; i++) {
        const struct gathered_point *from = rows_of(in, ranked[i].name, &rows);
        struct results_coordinate *at = inside_take(in, rows, sizeof at[0]);

        if (!at) {
            free(ranked);
            return -ENOMEM;
        }
        for (k = 0; k < rows; k++)
            at[k] = from[k].coordinate;
        points[i] = (struct results_point) { ranked[i].name, at, rows };
    }
    free(ranked);
    in->results.points = points;
    in->results.points_n = points ? n : 0;
    return points ? 0 : -ENOMEM;
}

/* ---- Contenders. */

/* One on its way, with its place. */
struct placed {
    const char *point, *label, *policy;
    uint32_t position, asked; /* position UINT32_MAX: not known */
    uint32_t first, n;        /* its trials */
    uint32_t rank;            /* of the point */
    double confidence;
};

static int by_names(const struct placed *x, const struct placed *y)
{
    int order = x->point == y->point ? 0 : strcmp(x->point, y->point);

    return order ? order : x->label == y->label ? 0 : strcmp(x->label, y->label);
}

static int by_names_and_position(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    int order = by_names(x, y);

    return order ? order : x->position < y->position ? -1 : x->position > y->position;
}

static int by_place(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;

    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->position != y->position)
        return x->position < y->position ? -1 : 1;
    return names_natural(x->label, y->label);
}

/* Pilots first, then results, then those that failed. */
static uint32_t kind_of(const struct gathered_trial *t)
{
    return t->pilot ? 0 : t->failed ? 2 : 1;
}

static int by_contender(const void *a, const void *b)
{
    const struct gathered_trial *x = a, *y = b;
    int order = x->point == y->point ? 0 : strcmp(x->point, y->point);

    if (order == 0)
        order = x->label == y->label ? 0 : strcmp(x->label, y->label);
    if (order)
        return order;
    if (kind_of(x) != kind_of(y))
        return kind_of(x) < kind_of(y) ? -1 : 1;
    if (x->replication.number != y->replication.number)
        return x->replication.number < y->replication.number ? -1 : 1;
    return memcmp(x->replication.hash, y->replication.hash, STORE_HASH);
}

/* One a name: what the store's row says of it, and where its trials are. */
static uint32_t join(struct placed *all, uint32_t n)
{
    uint32_t kept = 0, i;

    qsort(all, n, sizeof all[0], by_names_and_position);
    for (i = 0; i < n; i++) {
        if (kept && by_names(&all[kept - 1], &all[i]) == 0) {
            if (all[i].n) {
                all[kept - 1].first = all[i].first;
                all[kept - 1].n = all[i].n;
            }
        } else {
            all[kept++] = all[i];
        }
    }
    return kept;
}

static struct placed *place_contenders(struct results_inside *in, uint32_t *n)
{
    struct placed *all = calloc((size_t)in->contenders.n + in->trials.n + 1, sizeof all[0]);
    const struct gathered_trial *t = in->trials.at;
    uint32_t i;

    *n = 0;
    if (!all)
        return NULL;
    for (i = 0; i < in->contenders.n; i++) {
        const struct store_contender *c = &in->contenders.at[i];

        all[(*n)++] =
            (struct placed) { c->point, c->label, c->policy, c->position,  c->replications,
                              0,        0,        0,         c->confidence };
    }
    for (i = 0; i < in->trials.n; i++) {
        if (i && t[i].point == t[i - 1].point && t[i].label == t[i - 1].label)
            all[*n - 1].n++;
        else
            all[(*n)++] = (struct placed) { t[i].point, t[i].label, t[i].policy, UINT32_MAX, 0,
                                            i,          1,          0,           NAN };
    }
    *n = join(all, *n);
    return all;
}

static int by_text(const void *key, const void *element)
{
    const struct ranked_point *p = element;

    return strcmp(key, p->name);
}

static bool rank_contenders(const struct results_inside *in, struct placed *all, uint32_t n)
{
    const struct results *r = &in->results;
    struct ranked_point *names = calloc((size_t)r->points_n + 1, sizeof names[0]);
    uint32_t i;

    if (!names)
        return false;
    for (i = 0; i < r->points_n; i++)
        names[i] = (struct ranked_point) { r->points[i].name, i };
    qsort(names, r->points_n, sizeof names[0], by_name);
    for (i = 0; i < n; i++) {
        const struct ranked_point *found =
            bsearch(all[i].point, names, r->points_n, sizeof names[0], by_text);

        all[i].rank = found ? found->position : UINT32_MAX;
    }
    free(names);
    qsort(all, n, sizeof all[0], by_place);
    return true;
}

static double value_of(const struct gathered_trial *t, const char *metric, const char *statistic)
{
    for (uint32_t i = 0; i < t->values_n; i++) {
        const struct gathered_value *v = &t->values[i];

        if (!strcmp(v->metric, metric) && !strcmp(v->statistic, statistic) &&
            !strcmp(v->scope, "all"))
            return v->value;
    }
    return NAN;
}

static void take_pilot(struct results_contender *c, const struct gathered_trial *t)
{
    double cut = value_of(t, "warmup", "cut"), memory = value_of(t, "warmup", "memory");

    c->piloted = true;
    memcpy(c->pilot, t->replication.hash, sizeof c->pilot);
    c->settled = value_of(t, "warmup", "found") > 0.0;
    c->steady = value_of(t, "warmup", "steady") > 0.0;
    c->cut = cut > 0.0 ? (uint64_t)cut : 0;
    c->memory = memory > 0.0 ? (uint64_t)memory : 0;
}

static int fill(struct results_inside *in, const struct placed *p, struct results_contender *c)
{
    struct gathered_trial *t = in->trials.at + p->first, *good;
    struct results_replication *replication = inside_take(in, p->n, sizeof replication[0]);
    uint32_t i = 0, n = 0;

    if (!replication)
        return -ENOMEM;
    *c = (struct results_contender) { .point = p->rank,
                                      .label = p->label,
                                      .policy = p->policy,
                                      .asked = p->asked,
                                      .confidence = p->confidence > 0.0 ? p->confidence : USUAL,
                                      .replication = replication,
                                      .offered_load = NAN };
    for (; i < p->n && t[i].pilot; i++)
        if (!t[i].failed)
            take_pilot(c, &t[i]);
    good = t + i;
    for (; i < p->n && !t[i].failed; i++) {
        c->offered_load = t[i].offered_load;
        replication[n++] = t[i].replication;
    }
    c->replications = n;
    c->failed = p->n - i;
    return inside_numbers(in, c, good, n);
}

/* Every contender has all that was asked for, and numbers of just these replications. */
static bool is_complete(const struct results *r)
{
    for (uint32_t i = 0; i < r->contenders_n; i++) {
        const struct results_contender *c = &r->contenders[i];

        if (c->replications == 0 || (c->asked && c->asked != c->replications) ||
            c->intervals_n == 0)
            return false;
        for (uint32_t k = 0; k < c->intervals_n; k++)
            if (!strchr(c->intervals[k].scope, '@') && c->intervals[k].n != c->replications)
                return false;
    }
    return true;
}

int inside_arrange(struct results_inside *in)
{
    struct results_contender *contenders;
    struct placed *placed;
    uint32_t n, i;
    int answer = arrange_points(in);

    if (answer)
        return answer;
    qsort(in->trials.at, in->trials.n, sizeof in->trials.at[0], by_contender);
    inside_sort_intervals(in);
    placed = place_contenders(in, &n);
    contenders = placed ? inside_take(in, n, sizeof contenders[0]) : NULL;
    if (!contenders || !rank_contenders(in, placed, n))
        answer = -ENOMEM;
    for (i = 0; answer == 0 && i < n; i++)
        answer = fill(in, &placed[i], &contenders[i]);
    free(placed);
    in->results.contenders = contenders;
    in->results.contenders_n = answer ? 0 : n;
    in->results.complete = answer == 0 && is_complete(&in->results);
    return answer;
}
