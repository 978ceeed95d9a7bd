/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Zones exist by being named: at clients, server groups and balancers. */
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/build.h"

static int by_text(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

static size_t count_mentions(const struct build *build)
{
    size_t n = (size_t)build->clients.n + build->servers.n + build->balancers.n;
    uint32_t i;

    for (i = 0; i < build->balancers.n; i++)
        n += ((const struct balancer_form *)roster_at(&build->balancers, i))->zones.n;
    return n;
}

static uint32_t collect(const struct build *build, const char **at)
{
    uint32_t n = 0, i, k;

    for (i = 0; i < build->clients.n; i++) {
        const struct client_form *form = roster_at(&build->clients, i);

        if (form->zone)
            at[n++] = form->zone;
    }
    for (i = 0; i < build->servers.n; i++) {
        const struct server_form *form = roster_at(&build->servers, i);

        if (form->zone)
            at[n++] = form->zone;
    }
    for (i = 0; i < build->balancers.n; i++) {
        const struct balancer_form *form = roster_at(&build->balancers, i);

        if (form->zone)
            at[n++] = form->zone;
        for (k = 0; k < form->zones.n; k++)
            at[n++] = form->zones.at[k];
    }
    return n;
}

bool build_zones(struct build *build)
{
    const char **at = reader_get(build->reader, count_mentions(build) * sizeof *at);
    uint32_t n, i, kept = 0;

    if (!at)
        return false;
    n = collect(build, at);
    qsort(at, n, sizeof *at, by_text);
    for (i = 0; i < n; i++)
        if (!kept || strcmp(at[i], at[kept - 1]) != 0)
            at[kept++] = at[i];
    build->scenario->zones = at;
    build->scenario->zones_n = kept;
    return true;
}

uint32_t build_zone(const struct build *build, const char *name)
{
    const struct scenario *scenario = build->scenario;
    const char *const *found;

    if (!name)
        return SCENARIO_NONE;
    found = bsearch(&name, scenario->zones, scenario->zones_n, sizeof name, by_text);
    return found ? (uint32_t)(found - scenario->zones) : SCENARIO_NONE;
}

void build_balancer_zones(struct build *build, const struct trail *owner,
                          const struct balancer_form *form, struct balancer_spec *spec)
{
    uint32_t n = form->zones.node ? form->zones.n : form->zone ? 1 : 0, i;
    uint32_t *zones = reader_get(build->reader, n * sizeof *zones);

    if (form->zones.node && form->zone)
        complain(build->reader, owner, form->node, "zone and zones: give the one or the other");
    if (form->zones.node && !form->zones.n)
        complain(build->reader, owner, form->zones.node, "zones: expected at least one name");
    for (i = 0; zones && i < n; i++)
        zones[i] = build_zone(build, form->zones.node ? form->zones.at[i] : form->zone);
    if (zones) {
        spec->zones = zones;
        spec->zones_n = n;
    }
}
