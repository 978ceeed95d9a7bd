/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * First in first out has two forms: departures planned at arrival, and a list that can change. The
 * same scenario with a patience that never runs out, or with a timeline that sets each speed to
 * what it is, takes the list. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/property/laws.h"
#include "tests/property/same_runs.h"

static const double FOR_EVER = 1e8; /* s */

struct variant {
    struct scenario scenario;
    struct client_spec *clients;
    struct change *changes;
};

static bool be_patient(struct variant *v)
{
    uint32_t i, n = v->scenario.clients_n;

    v->clients = malloc(n * sizeof v->clients[0]);
    if (!v->clients)
        return false;
    memcpy(v->clients, v->scenario.clients, n * sizeof v->clients[0]);
    for (i = 0; i < n; i++)
        if (!v->clients[i].patience.kind)
            v->clients[i].patience = distribution_constant(FOR_EVER);
    v->scenario.clients = v->clients;
    return true;
}

static bool set_speeds(struct variant *v)
{
    const struct scenario *s = &v->scenario;
    uint32_t i, n = s->servers_n;

    v->changes = calloc(n + s->changes_n, sizeof v->changes[0]);
    if (!v->changes)
        return false;
    for (i = 0; i < n; i++)
        v->changes[i] = (struct change) { .until = LB_NEVER,
                                          .kind = CHANGE_SPEED,
                                          .first = s->servers[i].first,
                                          .count = s->servers[i].count,
                                          .number = s->servers[i].speed };
    if (s->changes_n)
        memcpy(v->changes + n, s->changes, s->changes_n * sizeof v->changes[0]);
    v->scenario.changes = v->changes;
    v->scenario.changes_n += n;
    return true;
}

/* A service of no length ends with the one before it; which of the two ends first is not the same
 * in both forms. */
static bool all_take_time(const struct witness *w)
{
    uint64_t i;

    for (i = 0; i < w->n; i++)
        if (w->at[i].ended == ENDED_COMPLETED && w->at[i].service == 0)
            return false;
    return true;
}

/* At one instant planned departures go before all others: servers of both kinds in one world might
 * take turns otherwise. */
static bool all_planned(const struct world *w)
{
    uint32_t i;

    for (i = 0; i < w->groups; i++)
        if (w->group[i].discipline)
            return false;
    return true;
}

void laws_of_lists(struct subject *s, const struct witness *planned, uint32_t policy)
{
    bool comparable = all_planned(&planned->world) && all_take_time(planned);
    struct witness *list = comparable ? calloc(1, sizeof *list) : NULL;
    struct variant v = { .scenario = *planned->scenario };
    bool refused, good;

    if (!list)
        return;
    good = s->number % 2 ? be_patient(&v) : set_speeds(&v);
    good =
        good && witness_open(list, &v.scenario, policy, planned->order.replication, &refused) == 0;
    if (law_holds(s, LAW_LIST, good, "it does not run: %s", list->world.why)) {
        const char *what = difference_of_runs(planned, list, 1);

        law_holds(s, LAW_LIST, !what, "%s: %s differs", s->number % 2 ? "with patience" : "paced",
                  what);
    }
    witness_close(list);
    free(list);
    free(v.clients);
    free(v.changes);
}
