/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/ranking.h"

#include <math.h>
#include <stddef.h>

static const char not_positive[] = "a ratio needs values above zero";
static const char the_base[] = "it is the base itself";

double ranking_each(double confidence, uint32_t m)
{
    return m > 1 ? 1 - (1 - confidence) / m : confidence;
}

static const double *values_of(const struct ranking_data *data, uint32_t contender)
{
    return data->values + (size_t)contender * data->n;
}

/* ---- Two contenders. */

static struct interval to_percent(struct interval logs)
{
    logs.value = 100 * expm1(logs.value);
    if (!logs.why) {
        logs.se *= 100 + logs.value;
        logs.low = 100 * expm1(logs.low);
        logs.high = 100 * expm1(logs.high);
    }
    return logs;
}

static struct interval without(struct interval interval, const char *why)
{
    interval.value = interval.low = interval.high = interval.se = NAN;
    interval.why = why;
    return interval;
}

static bool positive(const double *values, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (!(values[i] > 0))
            return false;
    }
    return n > 0;
}

static double mean(const double *values, uint32_t n)
{
    return interval_t(values, n, .5).value;
}

static double log_ratio(const double *a, const double *b, uint32_t r)
{
    return log(b ? a[r] / b[r] : a[r]);
}

/* The mean of ln(a_r / b_r), or of ln(a_r) without b, and its interval; `shape` is that of the
 * values themselves, which says whether there is one. */
static struct interval of_logs(const double *a, const double *b, uint32_t n, struct interval shape)
{
    double total = 0, squares = 0;
    for (uint32_t i = 0; i < n; i++)
        total += log_ratio(a, b, i);
    shape.value = total / n;
    if (shape.why)
        return shape;
    for (uint32_t i = 0; i < n; i++) {
        const double off = log_ratio(a, b, i) - shape.value;
        squares += off * off;
    }
    shape.se = sqrt(squares / (n - 1) / n);
    const double half = interval_t_quantile(shape.confidence, n - 1) * shape.se;
    shape.low = shape.value - half;
    shape.high = shape.value + half;
    return shape;
}

/* One of a pair. */
struct side {
    const double *values;
    double centre, blur; /* NAN: the mean */
};

static double squares_of(const struct side *a, const struct side *b, uint32_t n, bool logs,
                         double centre)
{
    double squares = 0;
    for (uint32_t r = 0; r < n; r++) {
        const double d = logs ? log_ratio(a->values, b->values, r) : a->values[r] - b->values[r];
        squares += (d - centre) * (d - centre);
    }
    return squares;
}

/* Moves an interval to the difference of the centres. */
static void recentre(struct interval *x, const struct side *a, const struct side *b, bool logs)
{
    if (isnan(a->centre) || isnan(b->centre))
        return;
    x->value = logs ? log(a->centre / b->centre) : a->centre - b->centre;
    x->method = INTERVAL_SECTIONING;
    if (x->why)
        return;
    x->se = sqrt(squares_of(a, b, x->n, logs, x->value) / (x->n - 1) / x->n);
    const double half = interval_t_quantile(x->confidence, x->n - 1) * x->se;
    x->low = x->value - half;
    x->high = x->value + half;
}

/* A blur may be the same in all replications, so it adds to the error of the mean. */
static struct ranking_difference paired(struct side a, struct side b, uint32_t n, double confidence)
{
    struct ranking_difference difference;
    difference.absolute = interval_paired(a.values, b.values, n, confidence, &difference.reduction);
    difference.backfired = difference.reduction < 1;
    if (positive(a.values, n) && positive(b.values, n)) {
        struct interval logs = of_logs(a.values, b.values, n, difference.absolute);
        recentre(&logs, &a, &b, true);
        interval_blur(&logs, hypot(a.blur / mean(a.values, n), b.blur / mean(b.values, n)));
        difference.percent = to_percent(logs);
    } else
        difference.percent = without(difference.absolute, not_positive);
    recentre(&difference.absolute, &a, &b, false);
    interval_blur(&difference.absolute, hypot(a.blur, b.blur));
    return difference;
}

struct ranking_difference ranking_paired(const double *a, const double *b, uint32_t n,
                                         double confidence)
{
    return paired((struct side) { .values = a, .centre = NAN },
                  (struct side) { .values = b, .centre = NAN }, n, confidence);
}

/* ---- Two that have nothing in common. */

/* Of a mean with its standard error, and of another. */
static struct interval welch(struct interval a, struct interval b, double confidence)
{
    struct interval difference = a;
    const double va = a.se * a.se, vb = b.se * b.se;
    difference.value = a.value - b.value;
    difference.confidence = confidence;
    difference.why = a.why ? a.why : b.why;
    difference.low = difference.high = difference.se = NAN;
    if (difference.why)
        return difference;
    const double df = va + vb > 0
                          ? (va + vb) * (va + vb) / (va * va / (a.n - 1) + vb * vb / (b.n - 1))
                          : a.n + b.n - 2;
    /* The tolerance lets equal variances have their n + m - 2 in spite of rounding. */
    const uint32_t whole = df > 1 ? (uint32_t)(df * (1 + 1e-12)) : 1;
    const double half = interval_t_quantile(confidence, whole) * sqrt(va + vb);
    difference.se = sqrt(va + vb);
    difference.n = whole + 1;
    difference.low = difference.value - half;
    difference.high = difference.value + half;
    return difference;
}

struct ranking_difference ranking_welch(const double *a, uint32_t n, const double *b, uint32_t m,
                                        double confidence)
{
    const struct interval x = interval_t(a, n, confidence), y = interval_t(b, m, confidence);
    struct ranking_difference difference = { .absolute = welch(x, y, confidence),
                                             .reduction = NAN };
    if (positive(a, n) && positive(b, m))
        difference.percent =
            to_percent(welch(of_logs(a, NULL, n, x), of_logs(b, NULL, m, y), confidence));
    else
        difference.percent = without(difference.absolute, not_positive);
    return difference;
}

static struct interval log_of(struct interval x)
{
    x.se /= x.value;
    x.value = log(x.value);
    return x;
}

struct ranking_difference ranking_apart(const struct interval *a, const struct interval *b,
                                        double confidence)
{
    struct ranking_difference difference = { .absolute = welch(*a, *b, confidence),
                                             .reduction = NAN };
    if (a->value > 0 && b->value > 0)
        difference.percent = to_percent(welch(log_of(*a), log_of(*b), confidence));
    else
        difference.percent = without(difference.absolute, not_positive);
    return difference;
}

/* ---- Several. */

static struct side side_of(const struct ranking_data *data, uint32_t contender)
{
    return (struct side) { .values = values_of(data, contender),
                           .centre = data->centre ? data->centre[contender] : NAN,
                           .blur = data->blur ? data->blur[contender] : 0 };
}

static struct ranking_difference pair_of(const struct ranking_data *data, uint32_t i, uint32_t j,
                                         double confidence)
{
    return paired(side_of(data, i), side_of(data, j), data->n, confidence);
}

void ranking_to_base(const struct ranking_data *data, uint32_t base, double confidence,
                     struct ranking_difference *out)
{
    const double each = ranking_each(confidence, data->contenders - 1);
    for (uint32_t i = 0; i < data->contenders; i++) {
        out[i] = pair_of(data, i, base, each);
        if (i == base)
            out[i] = (struct ranking_difference) { .absolute = without(out[i].absolute, the_base),
                                                   .percent = without(out[i].percent, the_base),
                                                   .reduction = NAN };
    }
}

uint32_t ranking_pair(uint32_t k, uint32_t i, uint32_t j)
{
    return i * k - i * (i + 1) / 2 + j - i - 1;
}

void ranking_all_pairs(const struct ranking_data *data, double confidence,
                       struct ranking_difference *out)
{
    const uint32_t k = data->contenders;
    const double each = ranking_each(confidence, k * (k - 1) / 2);
    for (uint32_t i = 0; i < k; i++) {
        for (uint32_t j = i + 1; j < k; j++)
            out[ranking_pair(k, i, j)] = pair_of(data, i, j, each);
    }
}

int ranking_better(const struct ranking_data *data, const struct ranking_difference *pairs,
                   uint32_t i, uint32_t j)
{
    if (i > j)
        return -ranking_better(data, pairs, j, i);
    const struct interval *d = &pairs[ranking_pair(data->contenders, i, j)].absolute;
    if (d->why || (d->low <= 0 && d->high >= 0))
        return 0;
    return (d->low > 0) == data->larger ? -1 : 1;
}

/* ---- The order. */

/* How good: larger is better; nothing is worse than no value. */
static double merit(const struct ranking_data *data, uint32_t contender)
{
    const double value =
        data->centre ? data->centre[contender] : mean(values_of(data, contender), data->n);
    if (isnan(value))
        return -INFINITY;
    return data->larger ? value : -value;
}

static void sort(const struct ranking_data *data, struct ranking_place *out)
{
    for (uint32_t i = 0; i < data->contenders; i++) {
        const double value = merit(data, i);
        uint32_t at = i;
        for (; at > 0 && merit(data, out[at - 1].contender) < value; at--)
            out[at] = out[at - 1];
        out[at] = (struct ranking_place) { .contender = i };
    }
}

static void set_ranks(const struct ranking_data *data, const struct ranking_difference *pairs,
                      struct ranking_place *place)
{
    place->best = 1;
    place->worst = data->contenders;
    for (uint32_t j = 0; j < data->contenders; j++) {
        if (j == place->contender)
            continue;
        const int better = ranking_better(data, pairs, place->contender, j);
        place->best += better > 0;
        place->worst -= better < 0;
    }
}

/* Is everyone from place `at` on worse for sure than everyone before it? */
static bool splits(const struct ranking_data *data, const struct ranking_difference *pairs,
                   const struct ranking_place *place, uint32_t at)
{
    for (uint32_t i = 0; i < at; i++) {
        for (uint32_t j = at; j < data->contenders; j++) {
            if (ranking_better(data, pairs, place[i].contender, place[j].contender) >= 0)
                return false;
        }
    }
    return true;
}

static bool all_alike(const struct ranking_data *data, const struct ranking_difference *pairs,
                      const struct ranking_place *place, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        for (uint32_t j = i + 1; j < to; j++) {
            if (ranking_better(data, pairs, place[i].contender, place[j].contender) != 0)
                return false;
        }
    }
    return true;
}

void ranking_order(const struct ranking_data *data, const struct ranking_difference *pairs,
                   struct ranking_place *out)
{
    const uint32_t k = data->contenders;
    sort(data, out);
    for (uint32_t i = 0; i < k; i++) {
        set_ranks(data, pairs, &out[i]);
        out[i].group = i == 0 || splits(data, pairs, out, i) ? i : out[i - 1].group;
    }
    for (uint32_t from = 0, to; from < k; from = to) {
        for (to = from + 1; to < k && out[to].group == from;)
            to++;
        const bool alike = all_alike(data, pairs, out, from, to);
        for (uint32_t i = from; i < to; i++)
            out[i].alike = alike;
    }
}

/* ---- With the best. */

/* How far i is behind j: positive is worse. */
static struct interval behind(const struct ranking_data *data, uint32_t i, uint32_t j, double each)
{
    return data->larger ? pair_of(data, j, i, each).absolute : pair_of(data, i, j, each).absolute;
}

static struct interval behind_best(const struct ranking_data *data, uint32_t i, double each,
                                   bool *possible)
{
    struct interval most = { .value = -INFINITY, .low = -INFINITY, .high = -INFINITY };
    for (uint32_t j = 0; j < data->contenders; j++) {
        if (j == i)
            continue;
        const struct interval d = behind(data, i, j, each);
        *possible = true;
        if (d.why)
            return d;
        most = (struct interval) { .value = fmax(most.value, d.value),
                                   .low = fmax(most.low, d.low),
                                   .high = fmax(most.high, d.high),
                                   .n = d.n };
    }
    *possible = !(most.low > 0);
    most.low = fmin(0, most.low);
    most.high = fmax(0, most.high);
    most.se = NAN;
    return most;
}

static struct interval mirrored(struct interval x)
{
    const double low = x.low;
    x.value = -x.value;
    x.low = -x.high;
    x.high = -low;
    return x;
}

static void set_margin(const struct ranking_data *data, double each, struct ranking_best *out)
{
    out->margin = INFINITY;
    for (uint32_t j = 0; j < data->contenders; j++) {
        if (j == out->best)
            continue;
        const double least = behind(data, j, out->best, each).low;
        if (least < out->margin) {
            out->margin = least;
            out->next = j;
        }
    }
}

void ranking_with_best(const struct ranking_data *data, double confidence, struct ranking_best *out)
{
    const double each = ranking_each(confidence, data->contenders - 1);
    out->possibles = 0;
    out->margin = NAN;
    for (uint32_t i = 0; i < data->contenders; i++) {
        const struct interval x = behind_best(data, i, each, &out->possible[i]);
        out->behind[i] = data->larger ? mirrored(x) : x;
        out->behind[i].confidence = confidence;
        if (out->possible[i]) {
            out->possibles++;
            out->best = i;
        }
    }
    if (out->possibles == 1 && data->contenders > 1)
        set_margin(data, each, out);
}
