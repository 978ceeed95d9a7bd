/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is exported, row by row. */
#include "sim/cli/export.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/part_of_run.h"
#include "sim/cli/point_match.h"
#include "sim/record/metric.h"

/* ---- What is asked for. */

static bool one_of(const char *const *list, uint32_t n, const char *text)
{
    uint32_t i;

    for (i = 0; i < n; i++)
        if (!strcmp(list[i], text))
            return true;
    return false;
}

bool export_wants(const struct export *e, const struct results_contender *c)
{
    return points_wanted(&e->results->points[c->point], e->points, e->points_n) &&
           (e->policies_n == 0 || one_of(e->policies, e->policies_n, c->label) ||
            one_of(e->policies, e->policies_n, c->policy));
}

/* "web" or "client:web" for "client:web". */
static bool is_scope(const char *scope, const char *text, size_t n)
{
    const char *plain = strchr(scope, ':');

    if (strlen(scope) == n && !memcmp(scope, text, n))
        return true;
    return plain && strlen(plain + 1) == n && !memcmp(plain + 1, text, n);
}

/* The braces hold a threshold that belongs to the name, a scope, or both: "above{5s,web}". */
static bool is_metric(const char *asked, const char *scope, const char *metric,
                      const char *statistic)
{
    char full[EXPORT_NAME];
    size_t n =
        (size_t)snprintf(full, sizeof full, "%s%s%s", metric, statistic[0] ? "." : "", statistic);
    const char *rest;

    if (!strcmp(asked, metric) || !strcmp(asked, full))
        return true;
    if (n >= sizeof full)
        return false;
    if (full[n - 1] == '}')
        full[--n] = '\0';
    if (strncmp(asked, full, n))
        return false;
    rest = asked + n;
    if (*rest != (strchr(full, '{') ? ',' : '{') || rest[strlen(rest) - 1] != '}')
        return false;
    return is_scope(scope, rest + 1, strlen(rest) - 2);
}

bool export_wants_metric(const struct export *e, const char *scope, const char *metric,
                         const char *statistic)
{
    uint32_t i;

    for (i = 0; i < e->metrics_n; i++)
        if (is_metric(e->metrics[i], scope, metric, statistic))
            return true;
    return e->metrics_n == 0;
}

/* ---- Rows. */

/* A number without an interval: the mean, if all replications have it. */
static double mean_of(const double *at, uint32_t n)
{
    double sum = 0.0;
    uint32_t i;

    for (i = 0; i < n; i++)
        sum += at[i];
    return n ? sum / n : NAN;
}

static struct export_row row_of(const struct store_interval *i)
{
    return (struct export_row) { .scope = i->scope,
                                 .from = NAN,
                                 .to = NAN,
                                 .metric = i->metric,
                                 .statistic = i->statistic,
                                 .unit = "",
                                 .value = i->value,
                                 .low = i->low,
                                 .high = i->high,
                                 .se = i->se,
                                 .confidence = i->confidence,
                                 .n = i->n,
                                 .method = i->method ? i->method : "",
                                 .why = i->why };
}

static struct export_row bare_row(const struct results_contender *c,
                                  const struct results_number *number)
{
    return (struct export_row) { .scope = number->scope,
                                 .from = NAN,
                                 .to = NAN,
                                 .metric = number->metric,
                                 .statistic = number->statistic,
                                 .value = mean_of(number->at, c->replications),
                                 .low = NAN,
                                 .high = NAN,
                                 .se = NAN,
                                 .confidence = NAN,
                                 .n = c->replications,
                                 .method = "" };
}

static const char *unit_of(const char *metric, const char *statistic)
{
    char full[EXPORT_NAME];
    struct metric m;

    snprintf(full, sizeof full, "%s%s%s", metric, statistic[0] ? "." : "", statistic);
    return metric_known(full, strcspn(full, "{"), &m) ? "" : m.unit;
}

/* A window's row, with the scope "servers:app@9..10" taken apart into `scope`. */
static struct export_row window_row(const struct store_interval *i, char scope[EXPORT_NAME])
{
    struct export_row row = row_of(i);
    char *at;

    snprintf(scope, EXPORT_NAME, "%s", i->scope);
    at = strrchr(scope, '@');
    *at = '\0';
    row.scope = scope;
    row.from = strtod(at + 1, NULL);
    at = strstr(at + 1, ".."); /* strtod takes the first dot for its own */
    row.to = at ? strtod(at + 2, NULL) : NAN;
    row.unit = unit_of(i->metric, i->statistic);
    return row;
}

static int by_time(const void *a, const void *b)
{
    const struct store_interval *x = *(const struct store_interval *const *)a;
    const struct store_interval *y = *(const struct store_interval *const *)b;
    double from = strtod(strrchr(x->scope, '@') + 1, NULL);
    double other = strtod(strrchr(y->scope, '@') + 1, NULL);

    if (from < other || from > other)
        return from < other ? -1 : 1;
    return x < y ? -1 : x > y;
}

static void each_window(const struct export *e, const struct results_contender *c,
                        export_visit *visit, void *context)
{
    const struct store_interval **windows = calloc((size_t)c->intervals_n + 1, sizeof windows[0]);
    char scope[EXPORT_NAME];
    uint32_t i, n = 0;

    for (i = 0; windows && i < c->intervals_n; i++)
        if (strrchr(c->intervals[i].scope, '@'))
            windows[n++] = &c->intervals[i];
    if (n)
        qsort(windows, n, sizeof windows[0], by_time);
    for (i = 0; i < n; i++) {
        struct export_row row = window_row(windows[i], scope);

        if (export_wants_metric(e, row.scope, row.metric, row.statistic))
            visit(context, &row);
    }
    free(windows);
}

void export_each(const struct export *e, const struct results_contender *c, export_visit *visit,
                 void *context)
{
    const char *ended = "the run did not end";
    char part[PART_OF_RUN];
    uint32_t i;

    if (part_of_run(c, part))
        ended = part;
    for (i = 0; i < c->numbers_n; i++) {
        const struct results_number *number = &c->numbers[i];
        struct export_row row = number->interval ? row_of(number->interval) : bare_row(c, number);

        row.unit = number->unit;
        row.at = number->at;
        if (!number->interval && !e->results->complete)
            row.why = ended;
        if (export_wants_metric(e, row.scope, row.metric, row.statistic))
            visit(context, &row);
    }
    each_window(e, c, visit, context);
}

/* ---- Names. */

uint64_t export_seed(const struct export *e, const struct results_contender *c)
{
    return c->replications ? c->replication[0].seed : strtoull(e->results->seed, NULL, 10);
}

/* Has the contender another scope of this name, a client and a zone, say? */
static bool is_ambiguous(const struct results_contender *c, const char *scope, const char *plain)
{
    uint32_t i;

    for (i = 0; i < c->numbers_n; i++) {
        const char *other = strchr(c->numbers[i].scope, ':');

        if (other && !strcmp(other + 1, plain) && strcmp(c->numbers[i].scope, scope))
            return true;
    }
    return false;
}

void export_name(const struct results_contender *c, const struct export_row *row,
                 char name[EXPORT_NAME])
{
    const char *plain = strchr(row->scope, ':');
    size_t n = (size_t)snprintf(name, EXPORT_NAME, "%.60s%s%.60s", row->metric,
                                row->statistic[0] ? "." : "", row->statistic);

    if (!plain)
        return;
    plain = is_ambiguous(c, row->scope, plain + 1) ? row->scope : plain + 1;
    if (name[n - 1] == '}')
        snprintf(name + n - 1, EXPORT_NAME - n + 1, ",%s}", plain);
    else
        snprintf(name + n, EXPORT_NAME - n, "{%s}", plain);
}
