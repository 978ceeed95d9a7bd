/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/interval.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stddef.h>

static const char few_values[] = "one replication has no spread: an interval needs two or more";
static const char no_values[] = "no replication";
static const char missing_values[] = "at least one replication has no such value";
static const char no_counts[] = "nothing was counted in any replication";
static const char few_beyond[] = "too few values beyond this quantile: run longer";

const char *interval_method_name(enum interval_method method)
{
    static const char *const names[] = { "t", "sectioning", "ratio", "bootstrap" };
    return names[method];
}

double interval_t_quantile(double confidence, uint32_t df)
{
    assert(confidence > 0 && confidence < 1 && df >= 1);
    return gsl_cdf_tdist_Qinv((1 - confidence) / 2, df);
}

static struct interval alone(enum interval_method method, double value, uint32_t n,
                             double confidence, const char *why)
{
    return (struct interval) { .value = value,
                               .low = NAN,
                               .high = NAN,
                               .se = NAN,
                               .confidence = confidence,
                               .n = n,
                               .method = method,
                               .why = why };
}

static struct interval around(enum interval_method method, double value, double se, uint32_t n,
                              double confidence)
{
    const double half = interval_t_quantile(confidence, n - 1) * se;
    return (struct interval) { .value = value,
                               .low = value - half,
                               .high = value + half,
                               .se = se,
                               .confidence = confidence,
                               .n = n,
                               .method = method };
}

static bool all_finite(const double *values, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (!isfinite(values[i]))
            return false;
    }
    return true;
}

static double sum(const double *values, uint32_t n)
{
    double total = 0;
    for (uint32_t i = 0; i < n; i++)
        total += values[i];
    return total;
}

/* The second pass removes the rounding of the first: equal values give exactly that value. */
static double mean(const double *values, uint32_t n)
{
    const double first = sum(values, n) / n;
    double rest = 0;
    for (uint32_t i = 0; i < n; i++)
        rest += values[i] - first;
    return first + rest / n;
}

static double squares_about(const double *values, uint32_t n, double centre)
{
    double total = 0;
    for (uint32_t i = 0; i < n; i++)
        total += (values[i] - centre) * (values[i] - centre);
    return total;
}

static double standard_error(double squares, uint32_t n)
{
    return sqrt(squares / (n - 1) / n);
}

struct interval interval_t(const double *values, uint32_t n, double confidence)
{
    if (n == 0)
        return alone(INTERVAL_T, NAN, n, confidence, no_values);
    if (!all_finite(values, n))
        return alone(INTERVAL_T, NAN, n, confidence, missing_values);
    const double value = mean(values, n);
    if (n < 2)
        return alone(INTERVAL_T, value, n, confidence, few_values);
    const double se = standard_error(squares_about(values, n, value), n);
    return around(INTERVAL_T, value, se, n, confidence);
}

struct interval interval_ratio(const double *y, const double *counts, uint32_t n, double confidence)
{
    if (n == 0)
        return alone(INTERVAL_RATIO, NAN, n, confidence, no_values);
    if (!all_finite(y, n) || !all_finite(counts, n))
        return alone(INTERVAL_RATIO, NAN, n, confidence, missing_values);
    const double count = sum(counts, n);
    if (!(count > 0))
        return alone(INTERVAL_RATIO, NAN, n, confidence, no_counts);
    const double value = sum(y, n) / count;
    if (n < 2)
        return alone(INTERVAL_RATIO, value, n, confidence, few_values);
    double squares = 0; /* the residuals sum to zero by the choice of value */
    for (uint32_t i = 0; i < n; i++) {
        const double z = y[i] - value * counts[i];
        squares += z * z;
    }
    return around(INTERVAL_RATIO, value, standard_error(squares, n) / (count / n), n, confidence);
}

struct interval interval_sectioning(const double *quantiles, uint32_t n, double pooled,
                                    double confidence)
{
    if (n == 0)
        return alone(INTERVAL_SECTIONING, NAN, n, confidence, no_values);
    if (!isfinite(pooled) || !all_finite(quantiles, n))
        return alone(INTERVAL_SECTIONING, pooled, n, confidence, missing_values);
    if (n < 2)
        return alone(INTERVAL_SECTIONING, pooled, n, confidence, few_values);
    const double se = standard_error(squares_about(quantiles, n, pooled), n);
    return around(INTERVAL_SECTIONING, pooled, se, n, confidence);
}

struct interval interval_quantile(const double *quantiles, uint32_t n,
                                  const struct quantile_data *data, double confidence)
{
    const double beyond_all = (double)data->total * (1 - data->p);
    const double beyond_each = (double)data->least * (1 - data->p);
    /* The tolerance lets 1,000 values at p = 0.9 count as 100 beyond it. */
    const double slack = 1 - 1e-9;
    if (beyond_all < slack * (data->p >= 0.999 ? 1000 : 100))
        return alone(INTERVAL_SECTIONING, data->pooled, n, confidence, few_beyond);
    const struct interval interval = interval_sectioning(quantiles, n, data->pooled, confidence);
    if (interval.why || beyond_each < slack * 100 || data->least / 20 < data->memory)
        return interval;
    const double se = standard_error(squares_about(quantiles, n, mean(quantiles, n)), n);
    return around(INTERVAL_T, data->pooled, se, n, confidence);
}

struct interval interval_paired(const double *a, const double *b, uint32_t n, double confidence,
                                double *reduction)
{
    if (reduction)
        *reduction = NAN;
    if (n == 0)
        return alone(INTERVAL_T, NAN, n, confidence, no_values);
    if (!all_finite(a, n) || !all_finite(b, n))
        return alone(INTERVAL_T, NAN, n, confidence, missing_values);
    double total = 0, squares = 0;
    for (uint32_t i = 0; i < n; i++)
        total += a[i] - b[i];
    const double value = total / n;
    if (n < 2)
        return alone(INTERVAL_T, value, n, confidence, few_values);
    for (uint32_t i = 0; i < n; i++)
        squares += (a[i] - b[i] - value) * (a[i] - b[i] - value);
    if (reduction && squares > 0)
        *reduction = (squares_about(a, n, mean(a, n)) + squares_about(b, n, mean(b, n))) / squares;
    return around(INTERVAL_T, value, standard_error(squares, n), n, confidence);
}

void interval_blur(struct interval *interval, double most)
{
    if (interval->why || !(most > 0))
        return;
    const double se = sqrt(interval->se * interval->se + most * most / 3);
    *interval = around(interval->method, interval->value, se, interval->n, interval->confidence);
}

double interval_score(const struct interval *interval, double reference)
{
    if (interval->why || isnan(reference))
        return NAN;
    const double distance = interval->value - reference;
    if (!(interval->se > 0)) {
        if (fabs(distance) <= 1e-12 * fabs(reference))
            return 0;
        return distance > 0 ? INFINITY : -INFINITY;
    }
    const double tail = gsl_cdf_tdist_Q(fabs(distance) / interval->se, interval->n - 1);
    return copysign(gsl_cdf_ugaussian_Qinv(tail), distance);
}
