/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/rate_changes.h"

#include <math.h>
#include <stdlib.h>

/* The changes that concern one client, or all of them. */
struct selection {
    const struct change **at; /* in the order of the scenario */
    uint32_t n;
    double base; /* what a factor of 1 stands for */
};

static int by_time(const void *a, const void *b)
{
    const struct rate_change *x = a, *y = b;

    return (x->at > y->at) - (x->at < y->at);
}

static double factor_at(const struct selection *s, lb_time now)
{
    uint32_t i = s->n;

    while (i-- > 0)
        if (s->at[i]->at <= now && now < s->at[i]->until)
            return s->at[i]->number / s->base;
    return 1.0;
}

/* The factor at each instant at which some change begins or ends. */
static bool list_factors(struct build *build, const struct selection *s,
                         const struct rate_change **changes, uint32_t *changes_n)
{
    struct rate_change *list = reader_get(build->reader, 2 * (size_t)s->n * sizeof *list);
    uint32_t i, n = 0, kept = 0;

    if (!list)
        return false;
    for (i = 0; i < s->n; i++) {
        list[n++].at = s->at[i]->at;
        if (s->at[i]->until != LB_NEVER)
            list[n++].at = s->at[i]->until;
    }
    qsort(list, n, sizeof *list, by_time);
    for (i = 0; i < n; i++)
        if (!kept || list[i].at != list[kept - 1].at)
            list[kept++].at = list[i].at;
    for (i = 0; i < kept; i++)
        list[i].factor = factor_at(s, list[i].at);
    *changes = list;
    *changes_n = kept;
    return true;
}

static void choose(struct selection *s, const struct scenario *scenario, enum change_kind kind,
                   uint32_t first)
{
    uint32_t i;

    s->n = 0;
    for (i = 0; i < scenario->changes_n; i++)
        if (scenario->changes[i].kind == kind && scenario->changes[i].first == first)
            s->at[s->n++] = &scenario->changes[i];
}

static bool of_load(struct build *build, struct selection *s)
{
    struct scenario *scenario = build->scenario;
    const struct rate_change *changes;
    uint32_t changes_n, i;

    choose(s, scenario, CHANGE_LOAD, 0);
    s->base = scenario->load;
    if (!s->n)
        return true;
    if (!list_factors(build, s, &changes, &changes_n))
        return false;
    for (i = 0; i < scenario->clients_n; i++)
        if (scenario->clients[i].process != ARRIVAL_CLOSED) {
            scenario->clients[i].changes = changes;
            scenario->clients[i].changes_n = changes_n;
        }
    return true;
}

bool build_rate_changes(struct build *build)
{
    struct scenario *scenario = build->scenario;
    struct selection s = { .at = reader_get(build->reader, scenario->changes_n * sizeof *s.at) };
    uint32_t i;

    if (!s.at || !of_load(build, &s))
        return false;
    for (i = 0; i < scenario->changes_n; i++) {
        const struct change *c = &scenario->changes[i];
        struct client_spec *client = &scenario->clients[c->first];

        if (c->kind != CHANGE_RATE || client->changes)
            continue;
        choose(&s, scenario, CHANGE_RATE, c->first);
        s.base = client->rate;
        if (!list_factors(build, &s, &client->changes, &client->changes_n))
            return false;
    }
    return true;
}

double rate_changes_mean(const struct client_spec *client, lb_time until)
{
    lb_time from = 0;
    double factor = 1.0, sum = 0.0;
    uint32_t i;

    for (i = 0; i < client->changes_n && client->changes[i].at < until; i++) {
        sum += factor * (double)(client->changes[i].at - from);
        from = client->changes[i].at;
        factor = client->changes[i].factor;
    }
    return (sum + factor * (double)(until - from)) / (double)until;
}
