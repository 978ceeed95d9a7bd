/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From the store into lists. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/results_inside.h"

#define ONE_MORE(list)                                                                             \
    void *grown = inside_grow((list).at, (list).n, sizeof(list).at[0]);                            \
    if (!grown)                                                                                    \
        return -ENOMEM;                                                                            \
    (list).at = grown

static const char *keep(struct results_inside *in, const char *text)
{
    return names_keep(in->names, text);
}

/* ---- Rows beside the trials. */

static int take_run(void *context, const void *row)
{
    struct results_inside *in = context;
    const struct store_run *run = row;
    struct results *r = &in->results;

    for (int i = 0; i < STAMP_ITEMS; i++) {
        r->stamp[i] = keep(in, run->stamp->value[i]);
        if (!r->stamp[i])
            return -ENOMEM;
    }
    r->scenario = keep(in, run->scenario);
    r->directory = keep(in, run->path);
    r->seed = keep(in, run->seed);
    r->plugins = keep(in, run->plugins);
    r->text = keep(in, run->text);
    return r->scenario && r->directory && r->seed && r->plugins && r->text ? 0 : -ENOMEM;
}

static int take_point(void *context, const void *row)
{
    struct results_inside *in = context;
    const struct store_point *p = row;
    ONE_MORE(in->points);
    struct gathered_point *g = &in->points.at[in->points.n++];

    g->point = keep(in, p->point);
    g->position = p->position;
    g->coordinate = (struct results_coordinate) { keep(in, p->path), keep(in, p->text), p->number };
    return g->point && g->coordinate.path && g->coordinate.text ? 0 : -ENOMEM;
}

static int take_contender(void *context, const void *row)
{
    struct results_inside *in = context;
    const struct store_contender *from = row;
    ONE_MORE(in->contenders);
    struct store_contender *c = &in->contenders.at[in->contenders.n++];

    *c = *from;
    c->point = keep(in, from->point);
    c->label = keep(in, from->label);
    c->policy = keep(in, from->policy);
    return c->point && c->label && c->policy ? 0 : -ENOMEM;
}

static int take_interval(void *context, const void *row)
{
    struct results_inside *in = context;
    const struct store_interval *from = row;
    ONE_MORE(in->intervals);
    struct store_interval *i = &in->intervals.at[in->intervals.n++];

    *i = *from;
    i->point = keep(in, from->point);
    i->label = keep(in, from->label);
    i->scope = keep(in, from->scope);
    i->metric = keep(in, from->metric);
    i->statistic = keep(in, from->statistic);
    i->method = keep(in, from->method);
    i->why = keep(in, from->why);
    return i->point && i->label && i->scope && i->metric && i->statistic &&
                   !i->method == !from->method && !i->why == !from->why
               ? 0
               : -ENOMEM;
}

static int take_warning(void *context, const void *row)
{
    struct results_inside *in = context;
    const struct store_warning *from = row;
    ONE_MORE(in->warnings);
    struct store_warning *w = &in->warnings.at[in->warnings.n++];

    w->point = keep(in, from->point);
    w->label = keep(in, from->label);
    w->code = keep(in, from->code);
    w->message = keep(in, from->message);
    return w->point && w->label && w->code && w->message ? 0 : -ENOMEM;
}

/* ---- Trials. */

static int tell_damage(struct results_inside *in, const char *damage)
{
    ONE_MORE(in->damage);
    in->damage.at[in->damage.n] = keep(in, damage);
    return in->damage.at[in->damage.n++] ? 0 : -ENOMEM;
}

static const char *param(const struct store_trial *trial, const char *name)
{
    for (uint32_t i = 0; i < trial->params_n; i++) {
        if (strcmp(trial->params[i].name, name) == 0)
            return trial->params[i].value;
    }
    return NULL;
}

static struct results_replication replication_of(const struct store_trial *trial)
{
    const char *warmup = param(trial, "warmup");
    struct results_replication r = { .number = trial->replication,
                                     .seed = trial->seed,
                                     .events = trial->events,
                                     .warmup = UINT64_MAX,
                                     .wall_s = trial->wall_s };

    if (warmup && strspn(warmup, "0123456789") == strlen(warmup))
        r.warmup = strtoull(warmup, NULL, 10);
    memcpy(r.hash, trial->hash, STORE_HASH);
    return r;
}

static int take_values(struct results_inside *in, const struct store_trial *trial,
                       struct gathered_trial *g)
{
    g->values = calloc((size_t)trial->values_n + 1, sizeof g->values[0]);
    if (!g->values)
        return -ENOMEM;
    for (uint32_t i = 0; i < trial->values_n; i++) {
        const struct store_value *from = &trial->values[i];
        struct gathered_value *v = &g->values[g->values_n++];

        *v = (struct gathered_value) { keep(in, from->scope),
                                       keep(in, from->metric),
                                       keep(in, from->statistic),
                                       keep(in, from->unit),
                                       from->value,
                                       0 };
        if (!v->scope || !v->metric || !v->statistic || !v->unit)
            return -ENOMEM;
    }
    return 0;
}

static int take_trial(void *context, const struct store_trial *trial, const char *damage)
{
    struct results_inside *in = context;

    if (damage)
        return tell_damage(in, damage);
    ONE_MORE(in->trials);
    struct gathered_trial *g = &in->trials.at[in->trials.n++];
    const char *load = param(trial, "offered_load");

    *g = (struct gathered_trial) { .point = keep(in, trial->point),
                                   .label = keep(in, trial->label),
                                   .policy = keep(in, trial->policy),
                                   .replication = replication_of(trial),
                                   .pilot = trial->pilot,
                                   .failed = trial->failed != NULL,
                                   .offered_load = load ? strtod(load, NULL) : NAN };
    return g->point && g->label && g->policy ? take_values(in, trial, g) : -ENOMEM;
}

int inside_gather(struct results_inside *in)
{
    static const struct {
        enum store_table table;
        store_row_visit *take;
    } tables[] = { { STORE_RUN_ROW, take_run },
                   { STORE_POINTS, take_point },
                   { STORE_CONTENDERS, take_contender },
                   { STORE_INTERVALS, take_interval },
                   { STORE_WARNINGS, take_warning } };
    int answer = 0;

    for (size_t i = 0; i < sizeof tables / sizeof *tables && answer == 0; i++)
        answer = store_each_row(in->store, tables[i].table, tables[i].take, in);
    if (answer == 0)
        answer = store_each(in->store, STORE_LAST_RUN, take_trial, in);
    if (answer && answer != -ENOMEM)
        snprintf(in->why, sizeof in->why, "%s", store_why(in->store));
    return answer;
}
