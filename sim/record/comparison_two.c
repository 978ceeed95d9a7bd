/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two results: the same policy at the same point, the second less the first. Replications of the
 * same number and the same seed had the same random numbers wherever the scenarios agree, so they
 * are paired; with none in common they are independent. */
#include "sim/record/comparison_part.h"

#include <math.h>
#include <string.h>

/* The values of both in the replications they share; how many. */
static uint32_t pair_up(const struct results_contender *a, const struct results_number *x,
                        const struct results_contender *b, const struct results_number *y,
                        double *values)
{
    const uint32_t room = a->replications;
    uint32_t n = 0;
    for (uint32_t r = 0; r < a->replications; r++) {
        const uint32_t other = comparison_replication(b, a->replication[r].number);
        if (other == UINT32_MAX || b->replication[other].seed != a->replication[r].seed)
            continue;
        values[n] = x->at[r];
        values[room + n++] = y->at[other];
    }
    memmove(values + n, values + room, n * sizeof values[0]);
    return n;
}

/* Around the values over all replications, where those are not their mean and both have just the
 * replications that are paired. */
static void judge_pair(struct compared *x, const double *values, const struct metric *m,
                       double confidence)
{
    const struct results_contender *a = x->earlier, *b = x->contender;
    const bool whole = a->replications == x->common && b->replications == x->common;
    const double centre[] = { x->former.value, x->value.value };
    const double blur[] = { comparison_blur(m, centre[0]), comparison_blur(m, centre[1]) };
    const struct ranking_data data = { .values = values,
                                       .centre =
                                           m->kind == METRIC_QUANTILE && whole ? centre : NULL,
                                       .blur = blur,
                                       .contenders = 2,
                                       .n = x->common };
    struct ranking_difference both[2];
    ranking_to_base(&data, 0, confidence, both);
    x->difference = both[1];
}

/* `values` has room for twice the replications of the first. */
static void judge(const struct comparison *c, struct compared *x, const struct metric *m,
                  double confidence, double *values)
{
    const struct results_contender *a = x->earlier, *b = x->contender;
    const struct results_number *of_a = comparison_number(a, c->metric);
    const struct results_number *of_b = comparison_number(b, c->metric);
    const char *why = x->former.why ? x->former.why : x->value.why;
    if (why) {
        x->difference = comparison_nothing(why);
        return;
    }
    x->common = pair_up(a, of_a, b, of_b, values);
    x->welch = x->common == 0;
    if (x->welch)
        x->common = a->replications < b->replications ? a->replications : b->replications;
    if (x->common == 1)
        x->difference = comparison_nothing("only one replication in common");
    else if (!x->welch)
        judge_pair(x, values, m, confidence);
    else if (m->kind == METRIC_QUANTILE)
        x->difference = ranking_apart(&x->value, &x->former, confidence);
    else
        x->difference =
            ranking_welch(of_b->at, b->replications, of_a->at, a->replications, confidence);
}

/* Of the policies in the first. */
static uint32_t most_replications(const struct comparison *c)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        const uint32_t n = c->of[i].earlier->replications;
        most = n > most ? n : most;
    }
    return most;
}

static bool warn(struct comparison *c, const struct compared *x)
{
    const struct results_contender *a = x->earlier, *b = x->contender;
    const char *comma = *c->point ? ": " : "";
    if (x->difference.backfired &&
        !comparison_warn(c, "pairing_backfired",
                         "%s%s%s: the second %s less the first varies more by pairing (factor "
                         "%.2g): common random numbers do harm here",
                         c->point, comma, c->metric, b->label, x->difference.reduction))
        return false;
    if (!x->welch && (x->common != a->replications || x->common != b->replications) &&
        !comparison_warn(c, "unequal_replications",
                         "%s%s%u and %u replications: differences rest on the %u that both have "
                         "(those of a quantile on its mean over them)",
                         c->point, comma, a->replications, b->replications, x->common))
        return false;
    return x->common >= INTERVAL_FEW ||
           comparison_warn(c, "few_replications",
                           "%s%s%u replications: no claim may rest on fewer than %u", c->point,
                           comma, x->common, INTERVAL_FEW);
}

static const struct results_contender *find(const struct results *results, uint32_t point,
                                            const char *label)
{
    uint32_t first;
    const uint32_t n = results_at_point(results, point, &first);
    for (uint32_t i = first; i < first + n; i++) {
        if (!strcmp(results->contenders[i].label, label))
            return &results->contenders[i];
    }
    return NULL;
}

/* Policies of the second that the first has at the same point. False without memory. */
static bool match(struct comparison *c, const struct comparison_order *order,
                  const struct metric *m)
{
    const uint32_t point = results_point_at(order->second, c->point, order->point);
    uint32_t first;
    const uint32_t n = results_at_point(order->second, point, &first);
    if (!comparison_lists(c, n))
        return false;
    for (uint32_t i = first; i < first + n; i++) {
        const struct results_contender *b = &order->second->contenders[i];
        const struct results_contender *a = find(order->results, order->point, b->label);
        if (!a)
            continue;
        const struct results_number *x = comparison_number(a, c->metric);
        const struct results_number *y = comparison_number(b, c->metric);
        c->unit = y ? y->unit : c->unit;
        c->of[c->n++] = (struct compared) { .contender = b,
                                            .earlier = a,
                                            .value = comparison_value(c, b, y, m),
                                            .former = comparison_value(c, a, x, m) };
    }
    return true;
}

bool comparison_of_two(struct comparison *c, const struct comparison_order *order,
                       const struct metric *m)
{
    if (!match(c, order, m))
        return false;
    const double each = ranking_each(c->confidence, c->n);
    double *values = comparison_room(c, 2 * (size_t)most_replications(c), sizeof values[0]);
    if (!values)
        return false;
    for (uint32_t i = 0; i < c->n; i++) {
        judge(c, &c->of[i], m, each, values);
        if (!warn(c, &c->of[i]))
            return false;
    }
    return true;
}
