/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/distribution/steps.h"

#include <math.h>

#include "models/arithmetic.h"

/* n values ascending, their weights, the sums of these, and for each n-th of the unit interval the
 * first value that a word in it may mean. */
struct steps {
    uint32_t n;
    const double *value, *weight, *sum, *guide;
};

static struct steps steps_of(const struct distribution *d)
{
    const uint32_t n = d->table_n / 4;
    const double *at = d->table;

    return (struct steps) { n, at, at + n, at + 2 * (size_t)n, at + 3 * (size_t)n };
}

/* ---- Making. */

static void swap(double *a, double *b)
{
    const double x = *a;

    *a = *b;
    *b = x;
}

static void sift(double *value, double *weight, uint32_t at, uint32_t n)
{
    uint32_t child;

    for (; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && value[child + 1] > value[child])
            child++;
        if (value[at] >= value[child])
            return;
        swap(&value[at], &value[child]);
        swap(&weight[at], &weight[child]);
    }
}

/* Heapsort of our own: where values are equal, the order of their weights decides last bits, and C
 * libraries differ in it. */
static void sort(double *value, double *weight, uint32_t n)
{
    uint32_t i;

    for (i = n / 2; i-- > 0;)
        sift(value, weight, i, n);
    for (i = n; i-- > 1;) {
        swap(&value[0], &value[i]);
        swap(&weight[0], &weight[i]);
        sift(value, weight, 0, i);
    }
}

/* Once values, weights and sums stand in the room, n apart. */
static void finish(const struct distribution_kind *kind, double *room, uint32_t n,
                   struct distribution *d)
{
    const double *sum = room + 2 * (size_t)n;
    double *guide = room + 3 * (size_t)n;
    uint32_t i, at = 0;

    for (i = 0; i < n; i++) {
        while (sum[at] * (double)n <= (double)i)
            at++;
        guide[i] = (double)at;
    }
    *d = (struct distribution) { .kind = kind, .table = room, .table_n = 4 * n };
}

static const char *check_values(const struct lb_list *values)
{
    uint32_t i;

    for (i = 0; i < values->n; i++)
        if (!(values->at[i] >= 0.0) || isinf(values->at[i]))
            return "every one of values must be a number, at least 0";
    return NULL;
}

const char *steps_by_weight(const struct distribution_kind *kind, const struct lb_list *values,
                            const struct lb_list *weights, double *room, struct distribution *d)
{
    const char *wrong = check_values(values);
    double total = 0.0, sum = 0.0;
    uint32_t i, n = 0, at = 0;

    if (wrong)
        return wrong;
    if (values->n != weights->n)
        return "values and weights must have the same length";
    for (i = 0; i < weights->n; i++) {
        if (!(weights->at[i] >= 0.0) || isinf(weights->at[i]))
            return "every one of weights must be a number, at least 0";
        total += weights->at[i];
        n += weights->at[i] > 0.0;
    }
    if (!(total > 0.0) || isinf(total))
        return n ? "weights are too large to be added" : "at least one of weights must be above 0";
    for (i = 0; i < weights->n; i++)
        if (weights->at[i] > 0.0) {
            room[at] = values->at[i] + 0.0;
            room[n + at++] = weights->at[i] / total;
        }
    sort(room, room + n, n);
    for (i = 0; i < n; i++) {
        sum += room[n + i];
        room[2 * (size_t)n + i] = fmin(1.0, sum);
    }
    room[3 * (size_t)n - 1] = 1.0;
    finish(kind, room, n, d);
    return NULL;
}

const char *steps_by_sum(const struct distribution_kind *kind, const struct lb_list *values,
                         const struct lb_list *cumulative, double *room, struct distribution *d)
{
    const char *wrong = check_values(values);
    const uint32_t n = values->n;
    double before = 0.0;
    uint32_t i;

    if (wrong)
        return wrong;
    if (cumulative->n != n)
        return "values and cumulative must have the same length";
    for (i = 0; i < n; i++) {
        if (i > 0 && values->at[i] < values->at[i - 1])
            return "with cumulative, values must ascend";
        if (!(cumulative->at[i] >= before && cumulative->at[i] <= 1.0))
            return "cumulative must ascend from 0 to 1";
        room[i] = values->at[i] + 0.0;
        room[n + i] = cumulative->at[i] - before;
        room[2 * (size_t)n + i] = before = cumulative->at[i];
    }
    if (before < 1.0)
        return "the last of cumulative must be 1";
    finish(kind, room, n, d);
    return NULL;
}

/* ---- Drawing. */

/* The guide is exact but for the rounding of u n: one step back mends that. */
static uint32_t find(const struct steps *steps, double u)
{
    uint32_t at = (uint32_t)steps->guide[(uint32_t)(u * (double)steps->n)];

    while (at > 0 && u < steps->sum[at - 1])
        at--;
    while (u >= steps->sum[at])
        at++;
    return at;
}

void steps_fill(const struct distribution *d, struct lb_random *random, double *out, uint32_t n)
{
    const struct steps steps = steps_of(d);
    uint32_t i;

    for (i = 0; i < n; i++)
        out[i] = steps.value[find(&steps, exact_uniform(lb_bits(random)))];
}

double steps_mean(const struct distribution *d)
{
    const struct steps steps = steps_of(d);
    double sum = 0.0;
    uint32_t i;

    for (i = 0; i < steps.n; i++)
        sum += steps.weight[i] * steps.value[i];
    return sum;
}

double steps_variance(const struct distribution *d)
{
    const struct steps steps = steps_of(d);
    const double mean = steps_mean(d);
    double sum = 0.0;
    uint32_t i;

    if (!(steps.value[steps.n - 1] > steps.value[0]))
        return 0.0;
    for (i = 0; i < steps.n; i++)
        sum += steps.weight[i] * (steps.value[i] - mean) * (steps.value[i] - mean);
    return sum;
}

double steps_quantile(const struct distribution *d, double p)
{
    const struct steps steps = steps_of(d);
    uint32_t low = 0, high = steps.n - 1;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (steps.sum[middle] < p)
            low = middle + 1;
        else
            high = middle;
    }
    return steps.value[low];
}
