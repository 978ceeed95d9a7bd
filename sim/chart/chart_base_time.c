/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Single servers, and windows of time, of the point that is shown. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/chart/chart_base_inside.h"

enum { SCOPE_ROOM = 200, METRIC_ROOM = 128 };

static void metric_name(const char *metric, const char *statistic, char name[METRIC_ROOM])
{
    snprintf(name, METRIC_ROOM, "%s%s%s", metric, statistic[0] ? "." : "", statistic);
}

/* ---- Servers: "server:app[3]". */

/* Their numbers in the order of people: app[2] comes before app[10]. */
struct server_list {
    const char **at;
    uint32_t n;
};

static int by_name(const void *a, const void *b)
{
    return names_natural(*(const char *const *)a, *(const char *const *)b);
}

static bool is_server(const char *scope)
{
    return !strncmp(scope, "server:", strlen("server:"));
}

static bool list_servers(const struct results_contender *c, struct server_list *list)
{
    list->at = calloc((size_t)c->numbers_n + 1, sizeof list->at[0]);
    if (!list->at)
        return false;
    for (uint32_t i = 0; i < c->numbers_n; i++) {
        const char *scope = c->numbers[i].scope;

        if (is_server(scope) && (list->n == 0 || strcmp(list->at[list->n - 1], scope)))
            list->at[list->n++] = scope;
    }
    qsort(list->at, list->n, sizeof list->at[0], by_name);
    return true;
}

static void put_server(struct put *put, const struct results_contender *c, uint32_t place,
                       const struct results_number *x, uint32_t server)
{
    const struct store_interval *i = x->interval;
    char metric[METRIC_ROOM];

    metric_name(x->metric, x->statistic, metric);
    put_row(put, "iiissddd", c->point + 1, place, server, x->scope + strlen("server:"), metric,
            i ? i->value : NAN, i ? i->low : NAN, i ? i->high : NAN);
}

static bool put_servers(struct put *put, const struct results_contender *c, uint32_t place)
{
    struct server_list list = { .n = 0 };

    if (!list_servers(c, &list))
        return false;
    for (uint32_t i = 0; i < c->numbers_n; i++) {
        const char *scope = c->numbers[i].scope;
        const char **at =
            is_server(scope) ? bsearch(&scope, list.at, list.n, sizeof list.at[0], by_name) : NULL;

        if (at)
            put_server(put, c, place, &c->numbers[i], (uint32_t)(at - list.at) + 1);
    }
    free(list.at);
    return true;
}

int base_servers(struct chart_base *base)
{
    uint32_t first;
    const uint32_t n = base->results ? results_at_point(base->results, base->point, &first) : 0;
    bool good = true;
    struct put put;

    put_open(&put, base, "server", 8);
    for (uint32_t i = first = n ? first : 0; i < first + n && good; i++) {
        const uint32_t place = base_place(base, base->results->contenders[i].label);

        good = !place || put_servers(&put, &base->results->contenders[i], place);
    }
    if (!good)
        snprintf(base->why, sizeof base->why, "charts: out of memory");
    return put_close(&put) ? -EIO : good ? 0 : -ENOMEM;
}

/* ---- Windows: "server:app[3]@8..9". */

/* False: it is of no window. */
static bool take_apart(const char *scope, char bare[SCOPE_ROOM], double *from, double *to)
{
    const char *at = strrchr(scope, '@'), *dots = at ? strstr(at, "..") : NULL;
    char text[32];

    if (!dots || (size_t)(at - scope) >= SCOPE_ROOM || (size_t)(dots - at) > sizeof text)
        return false;
    snprintf(bare, SCOPE_ROOM, "%.*s", (int)(at - scope), scope);
    snprintf(text, sizeof text, "%.*s", (int)(dots - at) - 1, at + 1); /* "8." is a number, too */
    *from = strtod(text, NULL);
    *to = strcmp(dots, "..end") ? strtod(dots + 2, NULL) : NAN;
    return true;
}

static void put_window(struct put *put, const struct results_contender *c, uint32_t place,
                       const struct store_interval *i)
{
    char scope[SCOPE_ROOM], metric[METRIC_ROOM];
    double from, to;

    if (!take_apart(i->scope, scope, &from, &to))
        return;
    metric_name(i->metric, i->statistic, metric);
    put_row(put, "iissddddd", c->point + 1, place, scope, metric, from, to, i->value, i->low,
            i->high);
}

int base_windows(struct chart_base *base)
{
    uint32_t first;
    const uint32_t n = base->results ? results_at_point(base->results, base->point, &first) : 0;
    struct put put;

    put_open(&put, base, "window", 9);
    for (uint32_t i = first = n ? first : 0; i < first + n; i++) {
        const struct results_contender *c = &base->results->contenders[i];
        const uint32_t place = base_place(base, c->label);

        for (uint32_t k = 0; place && k < c->intervals_n; k++)
            put_window(&put, c, place, &c->intervals[k]);
    }
    return put_close(&put);
}
