/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The values of a contender's trials, turned by metric, beside the summary's intervals. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/results_inside.h"

static int order_of_values(const struct gathered_value *a, const struct gathered_value *b)
{
    const char *const x[3] = { a->scope, a->metric, a->statistic };
    const char *const y[3] = { b->scope, b->metric, b->statistic };

    return inside_order(x, y);
}

static int by_key(const void *a, const void *b)
{
    const struct gathered_value *x = a, *y = b;
    int order = order_of_values(x, y);

    return order ? order : x->trial < y->trial ? -1 : x->trial > y->trial;
}

static int order_of_intervals(const struct store_interval *a, const struct store_interval *b)
{
    const char *const x[3] = { a->scope, a->metric, a->statistic };
    const char *const y[3] = { b->scope, b->metric, b->statistic };

    return inside_order(x, y);
}

static int compare_intervals(const void *a, const void *b)
{
    const struct store_interval *x = a, *y = b;
    int order = x->point == y->point ? 0 : strcmp(x->point, y->point);

    if (order == 0)
        order = x->label == y->label ? 0 : strcmp(x->label, y->label);
    return order ? order : order_of_intervals(x, y);
}

void inside_sort_intervals(struct results_inside *in)
{
    if (in->intervals.n)
        qsort(in->intervals.at, in->intervals.n, sizeof in->intervals.at[0], compare_intervals);
}

/* Those of a contender stand together once the list is in order. */
static void find_intervals(struct results_inside *in, struct results_contender *c)
{
    struct store_interval *all = in->intervals.at;
    const struct store_interval key = { .point = in->results.points[c->point].name,
                                        .label = c->label,
                                        .scope = "",
                                        .metric = "",
                                        .statistic = "" };
    uint32_t low = 0, high = in->intervals.n;

    while (low < high) {
        uint32_t middle = (low + high) / 2;

        if (compare_intervals(&all[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    c->intervals = all + low;
    while (low < in->intervals.n && all[low].point == key.point && all[low].label == key.label) {
        low++;
        c->intervals_n++;
    }
}

static const struct store_interval *interval_of(const struct results_contender *c,
                                                const struct gathered_value *v)
{
    const struct store_interval key = { .scope = v->scope,
                                        .metric = v->metric,
                                        .statistic = v->statistic };
    uint32_t low = 0, high = c->intervals_n;

    while (low < high) {
        uint32_t middle = (low + high) / 2;
        int order = order_of_intervals(&key, &c->intervals[middle]);

        if (order == 0)
            return c->intervals[middle].n == c->replications ? &c->intervals[middle] : NULL;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static struct gathered_value *values_together(struct gathered_trial *trials, uint32_t n,
                                              uint32_t *values_n)
{
    struct gathered_value *all;
    size_t total = 0;
    uint32_t i, k;

    for (i = 0; i < n; i++)
        total += trials[i].values_n;
    all = total < UINT32_MAX ? calloc(total + 1, sizeof all[0]) : NULL;
    *values_n = 0;
    for (i = 0; all && i < n; i++)
        for (k = 0; k < trials[i].values_n; k++) {
            all[*values_n] = trials[i].values[k];
            all[(*values_n)++].trial = i;
        }
    if (all)
        qsort(all, *values_n, sizeof all[0], by_key);
    return all;
}

static uint32_t count_keys(const struct gathered_value *all, uint32_t n)
{
    uint32_t keys = 0, i;

    for (i = 0; i < n; i++)
        keys += i == 0 || order_of_values(&all[i - 1], &all[i]) != 0;
    return keys;
}

static int turn(struct results_inside *in, struct results_contender *c,
                const struct gathered_value *all, uint32_t n)
{
    uint32_t keys = count_keys(all, n), i, k;
    struct results_number *numbers = inside_take(in, keys, sizeof numbers[0]);
    double *at = inside_take(in, (size_t)keys * c->replications, sizeof at[0]);
    struct results_number *number = numbers;

    if (!numbers || !at)
        return -ENOMEM;
    for (i = 0; i < n; at += c->replications, number++) {
        const struct gathered_value *first = &all[i];

        *number = (struct results_number) {
            first->scope, first->metric, first->statistic, first->unit, at, interval_of(c, first)
        };
        for (k = 0; k < c->replications; k++)
            at[k] = NAN;
        for (; i < n && order_of_values(first, &all[i]) == 0; i++)
            at[all[i].trial] = all[i].value;
    }
    c->numbers = numbers;
    c->numbers_n = keys;
    return 0;
}

int inside_numbers(struct results_inside *in, struct results_contender *c,
                   struct gathered_trial *trials, uint32_t n)
{
    uint32_t values_n;
    struct gathered_value *all = values_together(trials, n, &values_n);
    int answer = -ENOMEM;

    find_intervals(in, c);
    if (all)
        answer = turn(in, c, all, values_n);
    free(all);
    return answer;
}
