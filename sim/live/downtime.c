/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/downtime.h"

#include <stdlib.h>
#include <string.h>

#include "sim/run/wire.h"

enum { DOWNTIMES_MOST = 100000 };

struct watching {
    struct downtimes *list;
    bool *down; /* by server */
};

static bool make_room(struct downtimes *d)
{
    uint32_t room = d->room ? 2 * d->room : 64;
    struct downtime *at = realloc(d->at, room * sizeof at[0]);

    if (!at)
        return false;
    d->at = at;
    d->room = room;
    return true;
}

/* A server that is down with what it had kept stands still: nobody kills it. */
static bool is_dead(const struct world *w, uint32_t server)
{
    const struct condition *c = &w->condition[server];

    return c->state == SERVER_DOWN && !(c->why && c->why->kept);
}

static void changed(void *context, struct world *w, uint32_t server)
{
    struct watching *of = context;
    struct downtimes *d = of->list;
    const bool down = is_dead(w, server);

    if (down == of->down[server])
        return;
    of->down[server] = down;
    d->falls[server] |= down;
    if (d->n == d->room && !make_room(d)) {
        d->failed = true;
        return;
    }
    d->at[d->n++] = (struct downtime) { w->now, server, down };
}

static bool has_down(const struct scenario *s)
{
    uint32_t i, k;

    for (i = 0; i < s->changes_n; i++)
        if (s->changes[i].kind == CHANGE_STATE && s->changes[i].state == SERVER_DOWN)
            return true;
    for (i = 0; i < s->servers_n; i++)
        for (k = 0; k < s->servers[i].faults_n; k++)
            if (s->servers[i].faults[k].change.kind == CHANGE_STATE &&
                s->servers[i].faults[k].change.state == SERVER_DOWN)
                return true;
    return false;
}

/* A world of servers alone, to which nobody comes. */
static int look_ahead(struct watching *of, const struct live_plan *plan, lb_time until, char *why,
                      size_t room)
{
    const struct wire wire = { .here = WORLD_SERVERS, .context = of, .condition = changed };
    const struct world_order order = { .scenario = plan->scenario,
                                       .policy = plan->policy,
                                       .replication = plan->replication,
                                       .requests = 1,
                                       .label = plan->policy->label,
                                       .point = "",
                                       .wire = &wire };
    struct world *w = malloc(sizeof *w);
    struct downtimes *d = of->list;
    lb_time due;
    int status = -1;

    if (!w) {
        snprintf(why, room, "out of memory");
        return -1;
    }
    if (world_open(w, &order) == 0) {
        source_stop(&w->source);
        world_begin(w);
        while (!w->failed && !d->failed && d->n <= DOWNTIMES_MOST &&
               (due = world_due(w)) <= until && due != LB_NEVER)
            world_until(w, due);
        status = w->failed || d->failed || d->n > DOWNTIMES_MOST ? -1 : 0;
    }
    if (status)
        snprintf(why, room, "%s",
                 w->failed               ? w->why
                 : d->n > DOWNTIMES_MOST ? "servers go down more than 50000 times: too often for a "
                                           "live run"
                                         : "out of memory");
    world_close(w);
    free(w);
    return status;
}

int downtimes_open(struct downtimes *d, const struct live_plan *plan, lb_time until, char *why,
                   size_t room)
{
    struct watching of = { .list = d };
    int status = -1;

    *d = (struct downtimes) { .falls = calloc(plan->scenario->servers_total, sizeof d->falls[0]) };
    of.down = calloc(plan->scenario->servers_total, sizeof of.down[0]);
    if (of.down && d->falls)
        status = !has_down(plan->scenario) ? 0 : look_ahead(&of, plan, until, why, room);
    else
        snprintf(why, room, "out of memory");
    free(of.down);
    return status;
}

void downtimes_close(struct downtimes *d)
{
    free(d->at);
    free(d->falls);
    *d = (struct downtimes) { 0 };
}
