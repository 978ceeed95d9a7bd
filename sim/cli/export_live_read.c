/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All rows of a live run, read and kept: there are few of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/export.h"
#include "sim/cli/export_live_part.h"
#include "sim/record/names.h"

static void *grown(void *at, uint32_t n, size_t each)
{
    return (n & (n - 1)) == 0 ? realloc(at, (n ? 2 * (size_t)n : 1) * each) : at;
}

static const char *keep(struct live_rows *l, const char *text)
{
    const char *kept = text ? names_keep(l->names, text) : "";

    l->failed |= !kept;
    return kept ? kept : "";
}

static int see_run(void *context, const void *row)
{
    const struct store_live_run *r = row;
    struct live_rows *l = context;

    l->scenario = keep(l, r->scenario);
    l->seed = keep(l, r->seed);
    l->text = keep(l, r->text);
    l->kind = keep(l, r->kind);
    l->transport = keep(l, r->transport);
    l->through = keep(l, r->through);
    l->scheduler = keep(l, r->scheduler);
    l->tls = r->tls;
    l->time_scale = r->time_scale;
    for (int i = 0; i < STAMP_ITEMS; i++)
        l->stamp[i] = keep(l, r->stamp->value[i]);
    l->found = true;
    return 0;
}

static bool one_of(const char *const *list, uint32_t n, const char *text)
{
    uint32_t i;

    for (i = 0; i < n; i++)
        if (!strcmp(list[i], text))
            return true;
    return false;
}

static int see_contender(void *context, const void *row)
{
    const struct store_live_contender *c = row;
    struct live_rows *l = context;
    const struct export_live *e = l->export;
    struct store_live_contender *at;

    l->contenders_all++;
    if ((e->policies_n && !one_of(e->policies, e->policies_n, c->label) &&
         !one_of(e->policies, e->policies_n, c->policy)) ||
        (e->points_n && !one_of(e->points, e->points_n, c->point)))
        return 0;
    at = grown(l->contenders, l->contenders_n, sizeof *at);
    if (!at)
        return -ENOMEM;
    l->contenders = at;
    at += l->contenders_n++;
    *at = *c;
    at->point = keep(l, c->point);
    at->label = keep(l, c->label);
    at->policy = keep(l, c->policy);
    at->gate = keep(l, c->gate);
    at->gate_why = keep(l, c->gate_why);
    at->verdict = keep(l, c->verdict);
    at->why = keep(l, c->why);
    return 0;
}

static int see_try(void *context, const void *row)
{
    const struct store_live_try *t = row;
    struct live_rows *l = context;
    struct store_live_try *at = grown(l->tries, l->tries_n, sizeof *at);

    if (!at)
        return -ENOMEM;
    l->tries = at;
    at += l->tries_n++;
    *at = *t;
    at->point = keep(l, t->point);
    at->label = keep(l, t->label);
    at->phase = keep(l, t->phase);
    at->gate = keep(l, t->gate);
    at->why = keep(l, t->why);
    return 0;
}

static bool wants_metric(const struct export_live *e, const struct store_live_value *v)
{
    char full[EXPORT_NAME];

    snprintf(full, sizeof full, "%s.%s", v->metric, v->statistic);
    return e->metrics_n == 0 || one_of(e->metrics, e->metrics_n, v->metric) ||
           one_of(e->metrics, e->metrics_n, full);
}

static int see_value(void *context, const void *row)
{
    const struct store_live_value *v = row;
    struct live_rows *l = context;
    struct store_live_value *at;

    if (!wants_metric(l->export, v))
        return 0;
    at = grown(l->values, l->values_n, sizeof *at);
    if (!at)
        return -ENOMEM;
    l->values = at;
    at += l->values_n++;
    *at = *v;
    at->point = keep(l, v->point);
    at->label = keep(l, v->label);
    at->world = keep(l, v->world);
    at->metric = keep(l, v->metric);
    at->statistic = keep(l, v->statistic);
    at->unit = keep(l, v->unit);
    return 0;
}

static int see_histogram(void *context, const void *row)
{
    const struct store_live_histogram *h = row;
    struct live_rows *l = context;
    struct store_live_histogram *at = grown(l->histograms, l->histograms_n, sizeof *at);
    uint8_t *bytes = malloc(h->n + 1);

    if (!at || !bytes) {
        free(bytes);
        return -ENOMEM;
    }
    memcpy(bytes, h->bytes, h->n);
    l->histograms = at;
    at += l->histograms_n++;
    *at = *h;
    at->bytes = bytes;
    at->point = keep(l, h->point);
    at->label = keep(l, h->label);
    at->world = keep(l, h->world);
    at->metric = keep(l, h->metric);
    return 0;
}

int live_rows_read(struct live_rows *l, struct store *store)
{
    static store_row_visit *const visits[] = { [STORE_LIVE_RUN] = see_run,
                                               [STORE_LIVE_CONTENDERS] = see_contender,
                                               [STORE_LIVE_TRIES] = see_try,
                                               [STORE_LIVE_VALUES] = see_value,
                                               [STORE_LIVE_HISTOGRAMS] = see_histogram };
    int table, answer = 0;

    l->names = names_open();
    if (!l->names) {
        l->failed = true;
        return -ENOMEM;
    }
    for (table = 0; table <= STORE_LIVE_HISTOGRAMS && answer == 0; table++)
        answer =
            store_each_live(store, (enum store_live_table)table, visits[table], l, &l->damaged);
    return l->failed ? -ENOMEM : answer;
}

void live_rows_close(struct live_rows *l)
{
    uint32_t i;

    for (i = 0; i < l->histograms_n; i++)
        free((void *)(uintptr_t)l->histograms[i].bytes);
    free(l->contenders);
    free(l->tries);
    free(l->values);
    free(l->histograms);
    names_close(l->names);
}
