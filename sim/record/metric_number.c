/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The numbers of one replication, and of all. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/metric.h"

#include <gsl/gsl_cdf.h>

enum { RATIO_REPLICATIONS = 10, RATIO_VALUES = 50, SECTIONS = 20 };
/* What comes and what goes are counts; their difference spreads like the root of them. */
#define STABLE_SPREADS 4.0
#define DRIFT_CHANCE   1e-4

/* ---- One replication. */

static double over(double above, double below)
{
    return below > 0.0 ? above / below : NAN;
}

bool metric_in_tally(const struct metric *m)
{
    return m->scope.kind == SCOPE_ALL && m->kind != METRIC_ABOVE && m->id != ID_OCCUPANCY;
}

bool metric_of_servers(const struct metric *m)
{
    return m->id == ID_UTILIZATION_MEAN || m->id == ID_UTILIZATION_MAX ||
           m->id == ID_UTILIZATION_MIN || m->id == ID_IMBALANCE_COV || m->id == ID_IMBALANCE_MAX ||
           m->id == ID_FAIRNESS;
}

bool metric_drifts(const struct interval *growth)
{
    if (growth->n < 2 || isnan(growth->se) || !(growth->value > 0.0))
        return false;
    return growth->se > 0.0 &&
           gsl_cdf_tdist_Q(growth->value / growth->se, growth->n - 1.0) < DRIFT_CHANCE;
}

bool metric_of_growth(const struct metric *m)
{
    return m->id == ID_QUEUE_GROWTH || m->id == ID_STABLE;
}

/* Who was served without any work has wasted none. */
static double share_of_work(const struct tally *t, moments_wide part)
{
    return t->spent ? (double)part / (double)t->spent : over(0.0, (double)t->served);
}

static void read_plain(const struct tally *t, const struct evenness *s, double *v)
{
    double seconds = t->to > t->from ? (double)(t->to - t->from) / 1e9 : 0.0;
    double span = seconds * 1e9, issued = (double)t->measured;
    double gained = (double)t->after - (double)t->before;

    v[ID_THROUGHPUT] = over((double)t->finished, seconds);
    v[ID_GOODPUT] = over((double)t->answered, seconds);
    v[ID_UTILIZATION_MEAN] = s->utilization_mean;
    v[ID_UTILIZATION_MAX] = s->utilization_max;
    v[ID_UTILIZATION_MIN] = s->utilization_min;
    v[ID_QUEUE_MEAN] = over((double)t->waiting, span);
    v[ID_QUEUE_MAX] = (double)t->longest_queue;
    v[ID_IN_SYSTEM] = over((double)t->in_system, span);
    v[ID_QUEUE_GROWTH] = over(gained, seconds);
    v[ID_STABLE] = seconds > 0.0 ? gained <= STABLE_SPREADS * sqrt(issued) : NAN;
    v[ID_IMBALANCE_COV] = s->cov;
    v[ID_IMBALANCE_MAX] = s->max_over_mean;
    v[ID_FAIRNESS] = s->jain;
    v[ID_REJECTED] = over((double)t->measured_ended[ENDED_REJECTED], issued);
    v[ID_TIMED_OUT] = over((double)t->measured_ended[ENDED_TIMED_OUT], issued);
    v[ID_FAILED] = over((double)t->measured_ended[ENDED_FAILED], issued);
    v[ID_CANCELLED] = over((double)t->measured_ended[ENDED_CANCELLED], issued);
    v[ID_WAITED] = over((double)t->waited, (double)t->served);
    v[ID_ATTEMPTS] = over((double)t->measured_attempts, issued);
    v[ID_RETRIES] = over((double)t->retries, issued);
    v[ID_HEDGES] = over((double)t->hedges, issued);
    v[ID_COPIES] = over(issued + (double)t->hedges, issued);
    v[ID_WASTED] = share_of_work(t, t->spent - t->useful);
    v[ID_DUPLICATED] = share_of_work(t, t->duplicated);
    v[ID_MESSAGES] = over((double)t->messages, issued);
}

/* No quantile lies outside what was seen: the middle of a bucket may. */
static double clamp(double x, const struct moments *m)
{
    if (x < (double)m->least)
        return (double)m->least;
    return x > (double)m->most ? (double)m->most : x;
}

struct metric_number metric_of_moments(const struct metric *m, const struct moments *moments,
                                       const struct histogram_total *total)
{
    double one = duration_one(m->duration), n = (double)moments->n;

    if (moments->n == 0)
        return (struct metric_number) { 0.0, 0.0, 0.0 };
    if (m->kind == METRIC_LARGEST)
        return (struct metric_number) { (double)moments->most / one, 1.0, 0.0 };
    if (m->kind == METRIC_QUANTILE)
        return (struct metric_number) { total && total->n
                                            ? clamp(histogram_quantile(total, m->p), moments) / one
                                            : NAN,
                                        1.0, 0.0 };
    return (struct metric_number) { (double)moments->sum / one, n,
                                    moments->overflowed ? NAN
                                                        : (double)moments->squares / one / one };
}

double metric_value(const struct metric *m, const struct metric_number *x)
{
    double mean = over(x->y, x->n);

    if (m->kind != METRIC_SPREAD)
        return mean;
    return x->n > 1.0 ? sqrt(fmax(0.0, x->squares - mean * x->y) / (x->n - 1.0)) : NAN;
}

double metric_of_duration(const struct metric *m, const struct moments *moments,
                          const struct histogram_total *total)
{
    if (moments->n == 0)
        return NAN;
    if (m->kind == METRIC_MEAN)
        return moments_mean(moments) / duration_one(m->duration);
    if (m->kind == METRIC_SPREAD)
        return moments_stddev(moments) / duration_one(m->duration);
    return metric_of_moments(m, moments, total).y;
}

void metrics_read(const struct metrics *all, const struct tally *t, const struct evenness *s,
                  struct histogram_total *total, double *values)
{
    double v[METRIC_IDS];
    uint32_t i;
    int loaded = -1;

    read_plain(t, s, v);
    for (i = 0; i < all->n; i++) {
        const struct metric *m = &all->at[i];

        if (!metric_in_tally(m))
            continue;
        if (m->id != ID_DURATION) {
            values[i] = v[m->id];
            continue;
        }
        if (m->kind == METRIC_QUANTILE && loaded != (int)m->duration) {
            memset(total, 0, sizeof *total);
            if (t->histogram[m->duration])
                histogram_merge(total, t->histogram[m->duration]);
            loaded = (int)m->duration;
        }
        values[i] = metric_of_duration(m, &t->duration[m->duration], total);
    }
}

/* ---- All replications. */

static struct interval largest(const double *values, uint32_t n, size_t stride, double confidence)
{
    struct interval result = { .value = NAN,
                               .low = NAN,
                               .high = NAN,
                               .se = NAN,
                               .confidence = confidence,
                               .n = n,
                               .why = "the largest value seen grows with the run" };
    uint32_t r;

    for (r = 0; r < n; r++)
        if (!(values[r * stride] <= result.value))
            result.value = isnan(values[r * stride]) ? result.value : values[r * stride];
    return result;
}

static struct interval no_memory(uint32_t n, double confidence)
{
    return (struct interval) { .value = NAN,
                               .low = NAN,
                               .high = NAN,
                               .se = NAN,
                               .confidence = confidence,
                               .n = n,
                               .why = "out of memory" };
}

struct interval metric_over(const struct metric *m, const double *values, uint32_t n, size_t stride,
                            const struct histogram_total *pooled, uint64_t least, uint64_t memory,
                            double confidence)
{
    struct interval result = no_memory(n, confidence);
    double *column = malloc((n ? n : 1) * sizeof column[0]), one = duration_one(m->duration);
    uint32_t r;

    if (!column)
        return result;
    for (r = 0; r < n; r++)
        column[r] = values[r * stride];
    if (m->kind == METRIC_LARGEST) {
        result = largest(values, n, stride, confidence);
    } else if (m->kind == METRIC_QUANTILE && pooled && pooled->n) {
        double q = histogram_quantile(pooled, m->p);
        struct quantile_data data = { m->p, q / one, pooled->n, least, memory };

        result = interval_quantile(column, n, &data, confidence);
        interval_blur(&result, histogram_rounding(q) / one);
    } else {
        result = interval_t(column, n, confidence);
    }
    free(column);
    return result;
}

/* Around the mean of all, what a replication adds to the variance: a ratio of sums again. */
static void to_deviations(const struct metric_number *at, uint32_t n, double *y)
{
    double sum = 0.0, count = 0.0, mean;
    uint32_t r;

    for (r = 0; r < n; r++) {
        sum += at[r].y;
        count += at[r].n;
    }
    mean = sum / count;
    for (r = 0; r < n; r++)
        y[r] = at[r].squares - 2.0 * mean * at[r].y + mean * mean * at[r].n;
}

static struct interval spread(struct interval variance)
{
    double s = sqrt(fmax(0.0, variance.value));

    variance.value = s;
    if (isnan(variance.low))
        return variance;
    variance.se /= 2.0 * s;
    variance.low = s - (variance.high - s * s) / (2.0 * s);
    variance.high = 2.0 * s - variance.low;
    return variance;
}

/* Are there enough for the normal law of ratios? Below, intervals were too narrow (1 of 6 missed
 * with 10 values, 1 of 8 with 20), or had no width at all where one replication has them all. */
static const char *too_few(const double *count, uint32_t n)
{
    double sum = 0.0;
    uint32_t r, with = 0;

    for (r = 0; r < n; r++) {
        sum += count[r];
        with += count[r] > 0.0;
    }
    if (with < RATIO_REPLICATIONS)
        return "fewer than 10 replications have any";
    return sum < RATIO_VALUES ? "fewer than 50 in all replications together" : NULL;
}

struct interval metric_ratio(const struct metric *m, const struct metric_number *at, uint32_t n,
                             double confidence)
{
    double *y = malloc(2 * (n ? (size_t)n : 1) * sizeof y[0]), *count = y ? y + n : NULL;
    struct interval result = no_memory(n, confidence);
    bool alike = m->kind != METRIC_SPREAD;
    uint32_t r;

    if (!y)
        return result;
    for (r = 0; r < n; r++) {
        y[r] = m->kind == METRIC_LARGEST ? over(at[r].y, at[r].n) : at[r].y;
        count[r] = at[r].n;
        alike = alike && at[r].n > 0.0 && at[r].n >= at[0].n && at[r].n <= at[0].n;
    }
    if (m->kind == METRIC_LARGEST) {
        result = largest(y, n, 1, confidence);
    } else if (alike) {
        for (r = 0; r < n; r++)
            y[r] /= count[r];
        result = interval_t(y, n, confidence);
    } else {
        if (m->kind == METRIC_SPREAD)
            to_deviations(at, n, y);
        result = interval_ratio(y, count, n, confidence);
        if (m->kind == METRIC_SPREAD)
            result = spread(result);
        if (!result.why && too_few(count, n)) {
            result.low = result.high = result.se = NAN;
            result.why = too_few(count, n);
        }
    }
    free(y);
    return result;
}

void metric_withdraw(struct interval *x, const char *why)
{
    if (isnan(x->low))
        return;
    x->low = x->high = x->se = NAN;
    x->why = why;
}

/* Adds histograms first .. end - 1: how many values they have. */
static uint64_t join(const struct encoded *const *at, uint32_t first, uint32_t end,
                     struct histogram_total *total)
{
    uint64_t before = total->n;
    uint32_t r;

    for (r = first; r < end; r++)
        histogram_decode(total, at[r]->bytes, at[r]->n);
    return total->n - before;
}

struct interval metric_sections(const struct metric *m, const struct encoded *const *at, uint32_t n,
                                double confidence, struct histogram_total *room)
{
    uint32_t sections = n < SECTIONS ? n : SECTIONS, i;
    double section[SECTIONS], one = duration_one(m->duration);
    uint64_t least = UINT64_MAX;

    for (i = 0; i < sections; i++) {
        uint64_t has;

        memset(room, 0, sizeof *room);
        has = join(at, (uint32_t)((uint64_t)n * i / sections),
                   (uint32_t)((uint64_t)n * (i + 1) / sections), room);
        least = has < least ? has : least;
        section[i] = room->n ? histogram_quantile(room, m->p) / one : NAN;
    }
    memset(room, 0, sizeof *room);
    join(at, 0, n, room);
    return metric_over(m, section, sections, 1, room, sections ? least : 0, 0, confidence);
}
