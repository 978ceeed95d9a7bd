/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The order of the policies, as measured and as predicted. All had the same requests, so that
 * each two are compared stretch by stretch (bootstrap.h); not neighbours alone, for three may stand
 * so close that only the first and the last are told apart. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/stream.h"
#include "sim/live/validation.h"
#include "sim/record/bootstrap.h"
#include "sim/record/ranking.h"

static const double p99 = 0.99;

/* How two compare, by mean and by p99. */
struct pair {
    struct interval by[2];
};

/* All policies in one world. */
struct contest {
    struct validation *const *of;
    const struct fates *(*fates)(const struct validation *, enum prediction_level);
    enum prediction_level level;
    uint32_t n;
    uint64_t key;
    double confidence;
    struct pair *less; /* of a than b: a n + b */
};

static const struct fates *measured_fates(const struct validation *v, enum prediction_level level)
{
    (void)level;
    return &v->measured;
}

static const struct fates *predicted_fates(const struct validation *v, enum prediction_level level)
{
    return &v->predicted[level];
}

/* Mean and p99 of a, or of a relative to b: 0 or -1. */
static int numbers(const struct contest *c, uint32_t a, const uint32_t *b, struct interval out[2])
{
    uint64_t n, m = 0;
    double *x = fates_latencies(c->fates(c->of[a], c->level), &n);
    double *y = b ? fates_latencies(c->fates(c->of[*b], c->level), &m) : NULL;
    struct bootstrap_data data = {
        .a = x, .b = y, .n = n, .key = c->key, .confidence = c->confidence
    };
    int answer = x && (!b || y) ? 0 : -1;

    if (b && m < n)
        data.n = m;
    if (answer == 0)
        answer = bootstrap(&data, &p99, 1, out) ? -1 : 0;
    free(x);
    free(y);
    return answer;
}

static int by_value(const void *a, const void *b)
{
    const struct standing *x = a, *y = b;

    if (isnan(x->value) != isnan(y->value))
        return isnan(x->value) - isnan(y->value);
    if (x->value < y->value || x->value > y->value)
        return x->value < y->value ? -1 : 1;
    return x->policy < y->policy ? -1 : 1;
}

/* Each against each other one. */
static int compare_all(const struct contest *c)
{
    uint32_t a, b;

    for (a = 0; a < c->n; a++)
        for (b = 0; b < c->n; b++)
            if (a != b && numbers(c, a, &b, c->less[(size_t)a * c->n + b].by))
                return -1;
    return 0;
}

/* Is a better than b for sure? */
static bool is_better(const struct contest *c, const struct pair *less, uint32_t a, uint32_t b,
                      int metric)
{
    return less[(size_t)a * c->n + b].by[metric].high < 0.0;
}

static void tell_neighbours(const struct contest *c, struct standing *at, int metric)
{
    uint32_t i;

    for (i = 0; i + 1 < c->n; i++) {
        const uint32_t a = at[i].policy, b = at[i + 1].policy;

        at[i].less = c->less[(size_t)a * c->n + b].by[metric];
        at[i].apart = is_better(c, c->less, a, b, metric);
    }
}

/* Both orders of one world. */
static int order_of(const struct contest *c, struct standing *at[2])
{
    struct interval out[2];
    uint32_t i;
    int metric;

    for (metric = 0; metric < 2; metric++) {
        at[metric] = calloc((size_t)c->n + 1, sizeof at[metric][0]);
        if (!at[metric])
            return -1;
    }
    for (i = 0; i < c->n; i++) {
        if (numbers(c, i, NULL, out))
            return -1;
        for (metric = 0; metric < 2; metric++)
            at[metric][i] = (struct standing) { .policy = i, .value = out[metric].value };
    }
    if (compare_all(c))
        return -1;
    for (metric = 0; metric < 2; metric++) {
        qsort(at[metric], c->n, sizeof at[metric][0], by_value);
        tell_neighbours(c, at[metric], metric);
    }
    return 0;
}

/* ---- The two worlds. */

/* Two that are told apart in both, and stand the other way round. */
static void lay_beside(const struct contest *c, const struct pair *live, const struct pair *sim,
                       const bool *valid, int metric, struct standings *s)
{
    uint32_t a, b;

    s->same[metric] = true;
    for (a = 0; a < c->n; a++)
        for (b = 0; b < c->n; b++) {
            if (a == b || !is_better(c, live, a, b, metric) || !is_better(c, sim, b, a, metric))
                continue;
            s->same[metric] = false;
            if (valid[a] && valid[b] && !s->sampled) {
                s->better = c->of[a]->policy->label;
                s->worse = c->of[b]->policy->label;
            }
        }
}

static int compare_worlds(struct contest *c, const bool *valid, struct pair *live, struct pair *sim,
                          struct standings *out)
{
    int metric;

    c->less = live;
    if (order_of(c, out->measured))
        return -1;
    c->fates = predicted_fates;
    c->level = out->level;
    c->less = sim;
    if (order_of(c, out->predicted))
        return -1;
    for (metric = 0; metric < 2; metric++)
        lay_beside(c, live, sim, valid, metric, out);
    return 0;
}

int standings_of(struct validation *const *of, const bool *valid, uint32_t n,
                 const struct scenario *scenario, struct standings *out)
{
    struct contest c = { .of = of,
                         .fates = measured_fates,
                         .n = n,
                         .key = stream_key(scenario->run.seed, 0, 1, STREAM_SAMPLE),
                         .confidence =
                             ranking_each(scenario->run.confidence, n > 1 ? n * (n - 1) / 2 : 1) };
    struct pair *less = calloc((size_t)2 * n * n + 1, sizeof less[0]);
    uint32_t i;
    int answer = -1;

    *out = (struct standings) { .n = n, .level = PREDICT_CALIBRATED };
    for (i = 0; i < n; i++) {
        out->sampled |= of[i]->foreign_servers;
        if (of[i]->missing[PREDICT_CALIBRATED])
            out->level = PREDICT_RAW;
    }
    if (less)
        answer = compare_worlds(&c, valid, less, less + (size_t)n * n, out);
    free(less);
    return answer;
}

void standings_close(struct standings *s)
{
    int metric;

    for (metric = 0; metric < 2; metric++) {
        free(s->measured[metric]);
        free(s->predicted[metric]);
    }
    memset(s, 0, sizeof *s);
}
