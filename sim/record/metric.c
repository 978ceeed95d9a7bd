/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/metric.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
#define METRIC(id, name, statistic, unit, better, summary) ID_##id,
#include "sim/record/metrics.def"
#undef METRIC
    IDS
};

static const struct {
    const char *name, *statistic, *unit;
    int better;
    const char *summary;
} plain[] = {
#define METRIC(id, name, statistic, unit, better, summary)                                         \
    { name, statistic, unit, better, summary },
#include "sim/record/metrics.def"
#undef METRIC
};

static const struct {
    const char *name, *unit, *summary;
    double one; /* what a unit is in the tally's whole numbers */
} durations[DURATIONS] = {
    { "latency", "s", "from the issue to the answer at the client", 1e9 },
    { "wait", "s", "in queues, until service first starts", 1e9 },
    { "service", "s", "from the start of service to its end", 1e9 },
    { "slowdown", "1", "latency over the service time alone on a core", (double)TALLY_RATIO_ONE },
    { "wait_slowdown", "1", "wait over the service time alone on a core", (double)TALLY_RATIO_ONE },
};

static const double standard[] = { 50, 90, 95, 99, 99.9, 99.99 };
enum { STANDARD = sizeof standard / sizeof standard[0] };

const char *duration_name(enum duration d)
{
    return durations[d].name;
}

static void name_metric(struct metric *m, const char *name, const char *statistic)
{
    snprintf(m->name, sizeof m->name, "%s", name);
    snprintf(m->statistic, sizeof m->statistic, "%s", statistic);
    snprintf(m->full, sizeof m->full, "%s%s%s", m->name, m->statistic[0] ? "." : "", m->statistic);
}

static struct metric *add(struct metrics *all, enum duration d, const char *statistic,
                          enum metric_kind kind)
{
    struct metric *m = &all->at[all->n++];

    name_metric(m, durations[d].name, statistic);
    m->unit = durations[d].unit;
    m->summary = durations[d].summary;
    m->better = d == DURATION_SERVICE ? 0 : -1;
    m->kind = kind;
    m->duration = d;
    return m;
}

static void add_percentile(struct metrics *all, enum duration d, double percent)
{
    char statistic[24], full[48];

    snprintf(statistic, sizeof statistic, "p%.12g", percent);
    snprintf(full, sizeof full, "%s.%s", durations[d].name, statistic);
    if (metrics_find(all, full) != UINT32_MAX)
        return; /* the same to twelve digits */
    add(all, d, statistic, METRIC_QUANTILE)->p = percent / 100.0;
}

static bool is_standard(double percent)
{
    int i;

    for (i = 0; i < STANDARD; i++)
        if (fabs(standard[i] - percent) < 1e-9)
            return true;
    return false;
}

static void add_duration(struct metrics *all, enum duration d, const double *percentiles,
                         uint32_t n)
{
    uint32_t i;

    add(all, d, "mean", METRIC_MEAN);
    for (i = 0; i < STANDARD; i++)
        add_percentile(all, d, standard[i]);
    for (i = 0; i < n; i++)
        if (!is_standard(percentiles[i]))
            add_percentile(all, d, percentiles[i]);
    add(all, d, "max", METRIC_LARGEST);
    add(all, d, "stddev", METRIC_MEAN);
}

int metrics_open(struct metrics *all, const double *percentiles, uint32_t n)
{
    uint32_t i;
    int d;

    all->n = 0;
    all->at = calloc(IDS + DURATIONS * (3 + STANDARD + (size_t)n), sizeof all->at[0]);
    if (!all->at)
        return -ENOMEM;
    for (d = 0; d < DURATIONS; d++)
        add_duration(all, (enum duration)d, percentiles, n);
    for (i = 0; i < IDS; i++) {
        struct metric *m = &all->at[all->n++];

        name_metric(m, plain[i].name, plain[i].statistic);
        m->unit = plain[i].unit;
        m->summary = plain[i].summary;
        m->better = plain[i].better;
        m->kind = i == ID_QUEUE_MAX ? METRIC_LARGEST : METRIC_MEAN;
    }
    return 0;
}

void metrics_close(struct metrics *all)
{
    free(all->at);
    all->at = NULL;
    all->n = 0;
}

uint32_t metrics_find(const struct metrics *all, const char *full)
{
    uint32_t i;

    for (i = 0; i < all->n; i++)
        if (!strcmp(all->at[i].full, full))
            return i;
    return UINT32_MAX;
}

/* ---- One replication. */

static double over(double above, double below)
{
    return below > 0.0 ? above / below : NAN;
}

static void read_plain(const struct tally *t, const struct evenness *s, double *v)
{
    double seconds = t->to > t->from ? (double)(t->to - t->from) / 1e9 : 0.0;
    double span = seconds * 1e9, issued = (double)t->measured;

    v[ID_THROUGHPUT] = over((double)t->finished, seconds);
    v[ID_GOODPUT] = over((double)t->answered, seconds);
    v[ID_UTILIZATION_MEAN] = s->utilization_mean;
    v[ID_UTILIZATION_MAX] = s->utilization_max;
    v[ID_UTILIZATION_MIN] = s->utilization_min;
    v[ID_QUEUE_MEAN] = over((double)t->waiting, span);
    v[ID_QUEUE_MAX] = (double)t->longest_queue;
    v[ID_IN_SYSTEM] = over((double)t->in_system, span);
    v[ID_IMBALANCE_COV] = s->cov;
    v[ID_IMBALANCE_MAX] = s->max_over_mean;
    v[ID_FAIRNESS] = s->jain;
    v[ID_REJECTED] = over((double)t->measured_ended[ENDED_REJECTED], issued);
    v[ID_TIMED_OUT] = over((double)t->measured_ended[ENDED_TIMED_OUT], issued);
    v[ID_FAILED] = over((double)t->measured_ended[ENDED_FAILED], issued);
    v[ID_CANCELLED] = over((double)t->measured_ended[ENDED_CANCELLED], issued);
    v[ID_WAITED] = over((double)t->waited, (double)t->served);
    v[ID_ATTEMPTS] = over((double)t->measured_attempts, issued);
    v[ID_MESSAGES] = over((double)t->messages, issued);
}

/* No quantile lies outside what was seen: the middle of a bucket may. */
static double clamp(double x, const struct moments *m)
{
    if (x < (double)m->least)
        return (double)m->least;
    return x > (double)m->most ? (double)m->most : x;
}

static double read_duration(const struct metric *m, const struct moments *moments,
                            const struct histogram_total *total)
{
    double one = durations[m->duration].one;

    if (moments->n == 0)
        return NAN;
    if (m->kind == METRIC_LARGEST)
        return (double)moments->most / one;
    if (m->kind == METRIC_QUANTILE)
        return total->n ? clamp(histogram_quantile(total, m->p), moments) / one : NAN;
    if (!strcmp(m->statistic, "mean"))
        return moments_mean(moments) / one;
    return moments_stddev(moments) / one;
}

void metrics_read(const struct metrics *all, const struct tally *t, const struct evenness *s,
                  struct histogram_total *total, double *values)
{
    uint32_t i, first = all->n - IDS;
    int loaded = -1;

    for (i = 0; i < first; i++) {
        const struct metric *m = &all->at[i];

        if (loaded != (int)m->duration) {
            memset(total, 0, sizeof *total);
            if (t->histogram[m->duration])
                histogram_merge(total, t->histogram[m->duration]);
            loaded = (int)m->duration;
        }
        values[i] = read_duration(m, &t->duration[m->duration], total);
    }
    read_plain(t, s, values + first);
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

struct interval metric_over(const struct metric *m, const double *values, uint32_t n, size_t stride,
                            const struct histogram_total *pooled, uint64_t least, uint64_t memory,
                            double confidence)
{
    struct interval none = { .value = NAN,
                             .low = NAN,
                             .high = NAN,
                             .se = NAN,
                             .confidence = confidence,
                             .n = n,
                             .why = "out of memory" };
    double *column = malloc((n ? n : 1) * sizeof column[0]), one = durations[m->duration].one;
    uint32_t r;

    if (!column)
        return none;
    for (r = 0; r < n; r++)
        column[r] = values[r * stride];
    if (m->kind == METRIC_LARGEST) {
        none = largest(values, n, stride, confidence);
    } else if (m->kind == METRIC_QUANTILE && pooled && pooled->n) {
        double q = histogram_quantile(pooled, m->p);
        struct quantile_data data = { m->p, q / one, pooled->n, least, memory };

        none = interval_quantile(column, n, &data, confidence);
        interval_blur(&none, histogram_rounding(q) / one);
    } else {
        none = interval_t(column, n, confidence);
    }
    free(column);
    return none;
}
