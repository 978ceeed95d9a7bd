/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a report tells: its columns, and who is the best where. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/cli.h"
#include "sim/cli/report.h"
#include "sim/record/comparison_part.h"
#include "sim/scenario/nearest.h"

/* ---- Numbers. */

static struct interval stored(const struct store_interval *x)
{
    return (struct interval) { .value = x->value,
                               .low = x->low,
                               .high = x->high,
                               .se = x->se,
                               .confidence = x->confidence,
                               .n = x->n,
                               .why = x->why };
}

struct interval report_value(const struct report *r, const struct results_contender *c,
                             const struct report_metric *m)
{
    const struct results_number *x = comparison_number(c, m->name);

    if (!x)
        return comparison_none("it has no such number");
    if (x->interval)
        return stored(x->interval);
    if (m->quantile)
        return comparison_none("the run did not end: no quantile of all replications");
    if (c->piloted && !c->settled)
        return comparison_none("warm-up not found: run longer");
    return interval_t(x->at, c->replications, r->confidence);
}

/* ---- Columns. */

static const struct results_number *find(const struct results *results, const char *name)
{
    const struct results_number *x = NULL;
    uint32_t i;

    for (i = 0; i < results->contenders_n && !x; i++)
        x = comparison_number(&results->contenders[i], name);
    return x;
}

/* "latency.p99{web}" as "p99 latency of web". */
static void put_words(struct report_metric *m, const char *name)
{
    static const char *const durations[] = { "latency", "wait", "service" };
    const size_t braces = strcspn(name, "{"), dot = strcspn(name, ".");
    const size_t scope = strlen(name) > braces + 1 ? strlen(name) - braces - 2 : 0;
    size_t i, n = 0;

    for (i = 0; i < 3 && dot < braces; i++)
        if (strlen(durations[i]) == dot && !strncmp(name, durations[i], dot) &&
            strncmp(name + dot + 1, "probability", 11))
            n = (size_t)snprintf(m->words, sizeof m->words, "%.*s %s", (int)(braces - dot - 1),
                                 name + dot + 1, durations[i]);
    if (n == 0)
        n = (size_t)snprintf(m->words, sizeof m->words, "%.*s", (int)braces, name);
    if (scope && n < sizeof m->words)
        snprintf(m->words + n, sizeof m->words - n, " of %.*s", (int)scope, name + braces + 1);
}

static double largest_of(const struct report *r, const struct report_metric *m)
{
    double largest = 0.0;
    uint32_t i;

    for (i = 0; i < r->results->contenders_n; i++)
        largest = fmax(largest, report_value(r, &r->results->contenders[i], m).value);
    return largest;
}

static bool is_chosen(const struct report *r, const char *name)
{
    uint32_t i;

    for (i = 0; i < r->metric_n; i++)
        if (!strcmp(r->metric[i].name, name))
            return true;
    return false;
}

/* Adds one that the results have. */
static void add(struct report *r, const char *name)
{
    const struct results_number *x = find(r->results, name);
    struct report_metric *m = &r->metric[r->metric_n];
    struct metric known;

    if (!x || r->metric_n == REPORT_METRICS || is_chosen(r, name))
        return;
    if (metric_known(name, strcspn(name, "{"), &known))
        memset(&known, 0, sizeof known);
    *m = (struct report_metric) { .unit = x->unit,
                                  .summary = known.summary ? known.summary : "",
                                  .better = known.better,
                                  .quantile = known.kind == METRIC_QUANTILE };
    snprintf(m->name, sizeof m->name, "%s", name);
    put_words(m, name);
    m->shown = grid_unit(m->unit, largest_of(r, m));
    r->metric_n++;
}

static void add_if_any(struct report *r, const char *name)
{
    const struct results_number *x;
    uint32_t i, k;

    for (i = 0; i < r->results->contenders_n; i++) {
        x = comparison_number(&r->results->contenders[i], name);
        for (k = 0; x && k < r->results->contenders[i].replications; k++)
            if (x->at[k] > 0.0) {
                add(r, name);
                return;
            }
    }
}

static int unknown(const struct report *r, const char *name)
{
    struct nearest nearest = nearest_to(name);
    char known[2][REPORT_NAME]; /* the nearest, and the one that is looked at */
    uint32_t i, k, now = 0;

    for (i = 0; i < r->results->contenders_n; i++)
        for (k = 0; k < r->results->contenders[i].numbers_n; k++) {
            comparison_metric_name(&r->results->contenders[i].numbers[k], known[now],
                                   sizeof known[now]);
            nearest_see(&nearest, known[now]);
            now = nearest.best == known[now] ? 1 - now : now;
        }
    if (nearest_found(&nearest))
        cli_say("report: %s has no metric \"%s\"; did you mean \"%s\"?", r->results->path, name,
                nearest_found(&nearest));
    else
        cli_say("report: %s has no metric \"%s\": name it in run.metrics of the scenario",
                r->results->path, name);
    return EXIT_USAGE;
}

int report_choose(struct report *r)
{
    static const char *const usual[] = { "latency.p99",   "latency.mean",     "latency.p50",
                                         "latency.p99.9", "wait.probability", "utilization.mean",
                                         "imbalance.cov", "goodput" };
    static const char *const if_any[] = { "rejected.rate",  "timeout.rate",        "error.rate",
                                          "cancelled.rate", "retry.rate",          "hedge.rate",
                                          "wasted.rate",    "messages.per_request" };
    size_t i;
    uint32_t k;

    for (k = 0; k < r->metrics_n; k++) {
        if (!find(r->results, r->metrics[k]))
            return unknown(r, r->metrics[k]);
        add(r, r->metrics[k]);
    }
    for (i = 0; i < sizeof usual / sizeof usual[0]; i++)
        add(r, usual[i]);
    for (i = 0; i < sizeof if_any / sizeof if_any[0]; i++)
        add_if_any(r, if_any[i]);
    return EXIT_DONE;
}

/* ---- Who is the best. */

static bool is_listed(const struct report *r, const char *label)
{
    uint32_t i;

    for (i = 0; i < r->policies; i++)
        if (!strcmp(r->policy[i], label))
            return true;
    return false;
}

bool report_list_policies(struct report *r)
{
    const uint32_t simulated = r->results ? r->results->contenders_n : 0;
    const uint32_t live = r->live ? r->live->contenders_n : 0;
    uint32_t i;

    r->policy = calloc((size_t)simulated + live + 1, sizeof r->policy[0]);
    for (i = 0; r->policy && i < simulated + live; i++) {
        const char *label = i < simulated ? r->results->contenders[i].label
                                          : r->live->contenders[i - simulated].label;

        if (!is_listed(r, label))
            r->policy[r->policies++] = label;
    }
    return r->policy != NULL;
}

int report_compare(const struct report *r, uint32_t point, struct comparison *c)
{
    const struct comparison_order order = { .results = r->results,
                                            .point = point,
                                            .metric = r->metric[0].name,
                                            .confidence = r->confidence };

    return comparison_open(c, &order);
}

/* By the ranks that hold together; the answer is about the last of the points where most can be
 * compared. */
static void mark(struct report *r, const struct comparison *c, uint32_t point, uint32_t *most)
{
    uint32_t i;

    if (c->data.contenders >= *most) {
        *most = c->data.contenders;
        r->point = point;
    }
    for (i = 0; i < c->n && c->places; i++)
        if (c->of[i].best == 1)
            r->mark[c->of[i].contender - r->results->contenders] = c->of[i].worst == 1 ? '*' : '=';
}

bool report_judge(struct report *r)
{
    struct comparison c;
    bool good = true;
    uint32_t i, most = 0;

    r->mark = malloc(r->results->contenders_n + 1);
    if (!r->mark)
        return false;
    memset(r->mark, ' ', r->results->contenders_n);
    for (i = 0; i < r->results->points_n && good; i++) {
        good = report_compare(r, i, &c) == 0;
        if (good)
            mark(r, &c, i, &most);
        comparison_close(&c);
    }
    return good;
}
