/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/selection.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

struct selection {
    struct selection_rule rule;
    uint32_t taken, left;
    bool *in, *loser; /* loser: at this step */
    double *sum;      /* of the values, their sign such that smaller is better */
    double *first;    /* [contender * rule.first + replication] */
    double *reach;    /* [i * contenders + l]: h^2 S_il^2 / delta^2 replications end it for sure */
    double h_squared;
};

static double h_squared(const struct selection_rule *rule)
{
    const double df = rule->first - 1;
    const double eta = .5 * expm1(-2 / df * log(2 * rule->alpha / (rule->contenders - 1)));
    return 2 * eta * df;
}

struct selection *selection_open(const struct selection_rule *rule)
{
    const size_t k = rule->contenders;
    assert(k >= 1 && rule->first >= 2 && rule->delta > 0 && rule->alpha > 0);
    struct selection *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    *s = (struct selection) { .rule = *rule,
                              .left = rule->contenders,
                              .in = malloc(k * sizeof s->in[0]),
                              .loser = malloc(k * sizeof s->loser[0]),
                              .sum = calloc(k, sizeof s->sum[0]),
                              .first = calloc(k * rule->first, sizeof s->first[0]),
                              .reach = calloc(k * k, sizeof s->reach[0]),
                              .h_squared = k > 1 ? h_squared(rule) : 0 };
    if (!s->in || !s->loser || !s->sum || !s->first || !s->reach) {
        selection_close(s);
        return NULL;
    }
    for (size_t i = 0; i < k; i++)
        s->in[i] = true;
    return s;
}

void selection_close(struct selection *s)
{
    if (!s)
        return;
    free(s->in);
    free(s->loser);
    free(s->sum);
    free(s->first);
    free(s->reach);
    free(s);
}

static double variance_of_difference(const double *a, const double *b, uint32_t n)
{
    double total = 0, squares = 0;
    for (uint32_t r = 0; r < n; r++)
        total += a[r] - b[r];
    for (uint32_t r = 0; r < n; r++) {
        const double off = a[r] - b[r] - total / n;
        squares += off * off;
    }
    return squares / (n - 1);
}

static void end_first_stage(struct selection *s)
{
    const uint32_t k = s->rule.contenders, n = s->rule.first;
    for (uint32_t i = 0; i < k; i++) {
        for (uint32_t l = 0; l < k; l++) {
            const double variance =
                variance_of_difference(s->first + (size_t)i * n, s->first + (size_t)l * n, n);
            s->reach[(size_t)i * k + l] = s->h_squared * variance / (s->rule.delta * s->rule.delta);
        }
    }
}

/* Is i behind any of those that are in by more than W_il(r) / r? */
static bool loses(const struct selection *s, uint32_t i)
{
    const uint32_t k = s->rule.contenders;
    for (uint32_t l = 0; l < k; l++) {
        const double left = s->reach[(size_t)i * k + l] - s->taken;
        const double room = left > 0 ? s->rule.delta / 2 * left : 0;
        if (s->in[l] && s->sum[i] - s->sum[l] > room)
            return true;
    }
    return false;
}

/* All are judged by those that were in before the step. */
static void screen(struct selection *s)
{
    const uint32_t k = s->rule.contenders;
    for (uint32_t i = 0; i < k; i++)
        s->loser[i] = s->in[i] && loses(s, i);
    for (uint32_t i = 0; i < k; i++) {
        s->in[i] = s->in[i] && !s->loser[i];
        s->left -= s->loser[i];
    }
}

static bool complete(const struct selection *s, const double *values)
{
    for (uint32_t i = 0; i < s->rule.contenders; i++) {
        if (s->in[i] && !isfinite(values[i]))
            return false;
    }
    return true;
}

bool selection_feed(struct selection *s, const double *values)
{
    if (selection_least(s) == 0 || !complete(s, values))
        return false;
    for (uint32_t i = 0; i < s->rule.contenders; i++) {
        const double value = s->rule.larger ? -values[i] : values[i];
        if (!s->in[i])
            continue;
        s->sum[i] += value;
        if (s->taken < s->rule.first)
            s->first[(size_t)i * s->rule.first + s->taken] = value;
    }
    s->taken++;
    if (s->taken == s->rule.first)
        end_first_stage(s);
    if (s->taken >= s->rule.first)
        screen(s);
    return true;
}

bool selection_in(const struct selection *s, uint32_t contender)
{
    return s->in[contender];
}

uint32_t selection_left(const struct selection *s)
{
    return s->left;
}

uint32_t selection_taken(const struct selection *s)
{
    return s->taken;
}

uint32_t selection_most(const struct selection *s)
{
    const uint32_t k = s->rule.contenders;
    double reach = 0;
    if (s->left == 1)
        return 0;
    if (s->taken < s->rule.first)
        return UINT32_MAX;
    for (uint32_t i = 0; i < k; i++) {
        for (uint32_t l = 0; l < k; l++)
            reach = s->in[i] && s->in[l] ? fmax(reach, s->reach[(size_t)i * k + l]) : reach;
    }
    const double end = floor(reach) + 1;
    if (end <= s->taken)
        return 0;
    return end - s->taken < UINT32_MAX ? (uint32_t)(end - s->taken) : UINT32_MAX;
}

uint32_t selection_least(const struct selection *s)
{
    if (s->left > 1 && s->taken < s->rule.first)
        return s->rule.first - s->taken;
    return selection_most(s) > 0;
}

uint32_t selection_best(const struct selection *s)
{
    uint32_t best = UINT32_MAX;
    for (uint32_t i = 0; i < s->rule.contenders; i++) {
        if (s->in[i] && (best == UINT32_MAX || s->sum[i] < s->sum[best]))
            best = i;
    }
    return best;
}
