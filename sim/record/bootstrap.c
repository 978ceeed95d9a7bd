/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/bootstrap.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/policy.h"
#include "sim/record/histogram.h"

enum { STATISTICS = 1 + BOOTSTRAP_QUANTILES_MOST };

static const char few_beyond[] = "too few values beyond this quantile: run longer";
static const char no_values[] = "no values";
static const char no_spread[] = "the values cannot be told apart";

/* ---- One of the two, sorted. */

struct ranked {
    double value;
    uint32_t at;
};

struct side {
    const double *value;
    struct ranked *ranked;
    uint64_t all, n; /* n: values that are there */
};

static int by_value(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->value < y->value || x->value > y->value)
        return x->value < y->value ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static bool side_open(struct side *side, const double *value, uint64_t n)
{
    uint64_t i;

    *side = (struct side) { .value = value, .all = n };
    if (!value)
        return true;
    side->ranked = malloc((n ? n : 1) * sizeof side->ranked[0]);
    for (i = 0; side->ranked && i < n; i++)
        if (!isnan(value[i]))
            side->ranked[side->n++] = (struct ranked) { value[i], (uint32_t)i };
    if (side->ranked)
        qsort(side->ranked, side->n, sizeof side->ranked[0], by_value);
    return side->ranked != NULL;
}

/* The statistics of one side, each value so often. */
static void statistics(const struct side *side, const uint8_t *often, const double *p, uint32_t k,
                       double out[STATISTICS])
{
    uint64_t total = 0, seen = 0, i;
    double sum = 0.0;
    uint32_t q;

    for (i = 0; i < side->all; i++) {
        if (isnan(side->value[i]))
            continue;
        total += often[i];
        sum += often[i] * side->value[i];
    }
    out[0] = total ? sum / (double)total : NAN;
    for (q = 0; q < k; q++)
        out[1 + q] = NAN;
    for (i = 0, q = 0; i < side->n && q < k; i++) {
        seen += often[side->ranked[i].at];
        while (q < k && total && seen >= histogram_rank(p[q], total))
            out[1 + q++] = side->ranked[i].value;
    }
}

/* ---- Samples. */

struct resampling {
    const struct bootstrap_data *data;
    const double *p;
    uint32_t k;
    struct side a, b;
    uint8_t *often;
    int32_t *step;
    struct lb_random random;
};

static uint64_t block_length(uint64_t n)
{
    return (n + BOOTSTRAP_BLOCKS - 1) / BOOTSTRAP_BLOCKS;
}

/* How often each value is in the next sample. */
static void draw(struct resampling *r)
{
    const uint64_t n = r->data->n, length = block_length(n);
    int32_t now = 0;
    uint64_t i;
    int block;

    memset(r->step, 0, (n + 1) * sizeof r->step[0]);
    for (block = 0; block < BOOTSTRAP_BLOCKS; block++) {
        uint64_t from = lb_below(&r->random, (uint32_t)n), to = from + length;

        r->step[from]++;
        r->step[to < n ? to : n]--;
        if (to > n) {
            r->step[0]++;
            r->step[to - n]--;
        }
    }
    for (i = 0; i < n; i++) {
        now += r->step[i];
        r->often[i] = (uint8_t)now;
    }
}

static void evaluate(const struct resampling *r, double out[STATISTICS])
{
    double below[STATISTICS];
    uint32_t i;

    statistics(&r->a, r->often, r->p, r->k, out);
    if (!r->data->b)
        return;
    statistics(&r->b, r->often, r->p, r->k, below);
    for (i = 0; i <= r->k; i++)
        out[i] = out[i] / below[i] - 1.0;
}

/* ---- Intervals. */

/* NULL, or why a statistic has none. */
static const char *refusal(const struct resampling *r, uint32_t i, double value)
{
    uint64_t n = r->data->b && r->b.n < r->a.n ? r->b.n : r->a.n;
    double p = i ? r->p[i - 1] : 0.0;

    if (!isfinite(value))
        return no_values;
    if (i && (double)n * (1.0 - p) * (1.0 + 1e-12) < (p >= 0.999 ? 1000.0 : 100.0))
        return few_beyond;
    return n < BOOTSTRAP_BLOCKS ? few_beyond : NULL;
}

static struct interval around(double value, double se, double confidence)
{
    double half = interval_t_quantile(confidence, BOOTSTRAP_BLOCKS - 1) * se;

    return (struct interval) { .value = value,
                               .low = value - half,
                               .high = value + half,
                               .se = se,
                               .confidence = confidence,
                               .n = BOOTSTRAP_BLOCKS,
                               .method = INTERVAL_BOOTSTRAP,
                               .why = isfinite(se) ? NULL : no_spread };
}

static void conclude(const struct resampling *r, const double value[STATISTICS],
                     const double sum[STATISTICS], const double squares[STATISTICS],
                     struct interval *out)
{
    uint32_t i;

    for (i = 0; i <= r->k; i++) {
        const double mean = sum[i] / BOOTSTRAP_SAMPLES;
        const double variance =
            (squares[i] - BOOTSTRAP_SAMPLES * mean * mean) / (BOOTSTRAP_SAMPLES - 1);
        const char *why = refusal(r, i, value[i]);

        out[i] = around(value[i], why ? NAN : sqrt(variance > 0.0 ? variance : 0.0),
                        r->data->confidence);
        if (why)
            out[i].why = why;
    }
}

/* Spreads are taken about the run's own value: differences keep their digits. */
static void resample(struct resampling *r, struct interval *out)
{
    double value[STATISTICS], one[STATISTICS], sum[STATISTICS] = { 0 }, squares[STATISTICS] = { 0 };
    uint32_t i;
    int sample;

    memset(r->often, 1, r->data->n);
    evaluate(r, value);
    for (sample = 0; sample < BOOTSTRAP_SAMPLES && r->data->n > 0; sample++) {
        draw(r);
        evaluate(r, one);
        for (i = 0; i <= r->k; i++) {
            sum[i] += one[i] - value[i];
            squares[i] += (one[i] - value[i]) * (one[i] - value[i]);
        }
    }
    conclude(r, value, sum, squares, out);
}

int bootstrap(const struct bootstrap_data *data, const double *p, uint32_t k, struct interval *out)
{
    struct resampling r = { .data = data, .p = p, .k = k, .random = { data->key } };
    int answer = -ENOMEM;

    r.often = malloc(data->n + 1);
    r.step = malloc((data->n + 1) * sizeof r.step[0]);
    if (r.often && r.step && side_open(&r.a, data->a, data->n) &&
        side_open(&r.b, data->b, data->n)) {
        resample(&r, out);
        answer = 0;
    }
    free(r.a.ranked);
    free(r.b.ranked);
    free(r.often);
    free(r.step);
    return answer;
}
