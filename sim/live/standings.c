/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The order of the policies, as measured and as predicted. All had the same requests, so that
 * neighbours are compared stretch by stretch (bootstrap.h). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/stream.h"
#include "sim/live/validation.h"
#include "sim/record/bootstrap.h"
#include "sim/record/ranking.h"

static const double p99 = 0.99;

/* All policies in one world. */
struct contest {
    struct validation *const *of;
    const struct fates *(*fates)(const struct validation *, enum prediction_level);
    enum prediction_level level;
    uint32_t n;
    uint64_t key;
    double confidence;
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

static int compare_neighbours(const struct contest *c, struct standing *at, int metric)
{
    struct interval out[2];
    uint32_t i;

    for (i = 0; i + 1 < c->n; i++) {
        if (numbers(c, at[i].policy, &at[i + 1].policy, out))
            return -1;
        at[i].less = out[metric];
        at[i].apart = out[metric].high < 0.0;
    }
    return 0;
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
    for (metric = 0; metric < 2; metric++) {
        qsort(at[metric], c->n, sizeof at[metric][0], by_value);
        if (compare_neighbours(c, at[metric], metric))
            return -1;
    }
    return 0;
}

/* ---- The two worlds. */

static uint32_t place_of(const struct standing *at, uint32_t policy)
{
    uint32_t i = 0;

    while (at[i].policy != policy)
        i++;
    return i;
}

/* Somebody between these two places is told apart from the next, in this order. */
static bool split(const struct standing *at, uint32_t from, uint32_t to)
{
    uint32_t i;

    for (i = from; i < to; i++)
        if (at[i].apart)
            return true;
    return false;
}

/* Neighbours here that are told apart, and stand the other way round there, where somebody between
 * them is told apart as well. */
static void lay_beside(const struct contest *c, struct standings *s, const bool *valid, int metric)
{
    const struct standing *live = s->measured[metric], *sim = s->predicted[metric];
    uint32_t i;

    s->same[metric] = true;
    for (i = 0; i + 1 < c->n; i++) {
        const uint32_t a = place_of(sim, live[i].policy), b = place_of(sim, live[i + 1].policy);

        if (a < b || !live[i].apart || !split(sim, b, a))
            continue;
        s->same[metric] = false;
        if (valid[live[i].policy] && valid[live[i + 1].policy]) {
            s->better = c->of[live[i].policy]->policy->label;
            s->worse = c->of[live[i + 1].policy]->policy->label;
        }
    }
}

int standings_of(struct validation *const *of, const bool *valid, uint32_t n,
                 const struct scenario *scenario, struct standings *out)
{
    struct contest c = { .of = of,
                         .fates = measured_fates,
                         .n = n,
                         .key = stream_key(scenario->run.seed, 0, 1, STREAM_SAMPLE),
                         .confidence = ranking_each(scenario->run.confidence, n > 1 ? n - 1 : 1) };
    uint32_t i;
    int metric;

    *out = (struct standings) { .n = n, .level = PREDICT_CALIBRATED };
    for (i = 0; i < n; i++)
        if (of[i]->missing[PREDICT_CALIBRATED])
            out->level = PREDICT_RAW;
    if (order_of(&c, out->measured))
        return -1;
    c.fates = predicted_fates;
    c.level = out->level;
    if (order_of(&c, out->predicted))
        return -1;
    for (metric = 0; metric < 2; metric++)
        lay_beside(&c, out, valid, metric);
    return 0;
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
