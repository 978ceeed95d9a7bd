/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The newest live run: what was measured over real sockets, and what simulation predicted of it. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/chart/chart_base_inside.h"
#include "sim/record/store_live.h"

struct reading {
    struct chart_base *base;
    struct put *put;
    struct histogram_total *total;
    const char *point; /* of a sweep over real sockets the one that is shown */
    int failed;
};

static int take_run(void *context, const void *row)
{
    struct reading *r = context;
    const struct store_live_run *run = row;

    if (!r->base->results)
        r->base->scenario = names_keep(r->base->names, run->scenario);
    return r->base->scenario ? 0 : -ENOMEM;
}

/* The first point there is, unless the one that is shown has been run, too. */
static int take_point(void *context, const void *row)
{
    struct reading *r = context;
    const struct store_live_contender *c = row;

    if (!r->point || !strcmp(c->point, chart_base_point(r->base)))
        r->point = names_keep(r->base->names, c->point);
    return 0;
}

static int take_contender(void *context, const void *row)
{
    struct reading *r = context;
    const struct store_live_contender *c = row;

    if (r->point && !strcmp(c->point, r->point) && !base_add_place(r->base, c->label, c->policy))
        return -ENOMEM;
    return 0;
}

static uint32_t place_at(const struct reading *r, const char *point, const char *label)
{
    return r->point && !strcmp(point, r->point) ? base_place(r->base, label) : 0;
}

static int take_value(void *context, const void *row)
{
    struct reading *r = context;
    const struct store_live_value *v = row;
    const uint32_t place = place_at(r, v->point, v->label);
    const bool dot = strcmp(v->statistic, "value") != 0;
    char metric[160];

    snprintf(metric, sizeof metric, "%s%s%s", v->metric, dot ? "." : "", dot ? v->statistic : "");
    if (place)
        put_row(r->put, "isssddd", place, v->world, metric, v->unit, v->value, v->low, v->high);
    return 0;
}

static int take_histogram(void *context, const void *row)
{
    struct reading *r = context;
    const struct store_live_histogram *h = row;
    const uint32_t place = place_at(r, h->point, h->label);
    double at[BASE_SHARES];

    memset(r->total, 0, sizeof *r->total);
    if (!place || histogram_decode(r->total, h->bytes, h->n) || r->total->n == 0)
        return 0;
    base_walk(r->total, at, 1);
    for (uint32_t i = 0; i < BASE_SHARES; i++)
        if ((1.0 - base_share(i)) * (double)r->total->n >= 1.0)
            put_row(r->put, "issdd", place, h->world, h->metric, base_share(i), at[i] / 1e9);
    return 0;
}

static int each(struct store *store, enum store_live_table table, store_row_visit *visit,
                struct reading *r)
{
    uint64_t damaged = 0;

    if (!r->failed)
        r->failed = store_each_live(store, table, visit, r, &damaged);
    return r->failed;
}

static int read_live(struct store *store, struct reading *r)
{
    struct put values, quantiles;

    each(store, STORE_LIVE_RUN, take_run, r);
    each(store, STORE_LIVE_CONTENDERS, take_point, r);
    each(store, STORE_LIVE_CONTENDERS, take_contender, r);
    put_open(&values, r->base, "live", 7);
    r->put = &values;
    each(store, STORE_LIVE_VALUES, take_value, r);
    put_open(&quantiles, r->base, "live_quantile", 5);
    r->put = &quantiles;
    each(store, STORE_LIVE_HISTOGRAMS, take_histogram, r);
    if (r->failed)
        snprintf(r->base->why, sizeof r->base->why, "%s", store_why(store));
    return (put_close(&values) | put_close(&quantiles)) ? -EIO : r->failed;
}

int base_live(struct chart_base *base)
{
    struct reading r = { .base = base, .total = calloc(1, sizeof *r.total) };
    struct store *store = NULL;
    char path[4096];
    int failed = r.total ? 0 : -ENOMEM;

    if (failed || !results_path(base->path, path, sizeof path))
        snprintf(base->why, sizeof base->why, "charts: out of memory");
    else
        failed = store_open(path, STORE_READ, &store, base->why, sizeof base->why);
    if (!failed && store && store_has_live(store))
        failed = read_live(store, &r);
    store_close(store);
    free(r.total);
    return failed;
}
