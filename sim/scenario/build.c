/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/build.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/build_mechanism.h"

bool build_has(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

const cJSON *build_value(const cJSON *object, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);

    return value ? value : object;
}

static uint32_t find_link(struct build *build, const struct trail *owner, const cJSON *node,
                          const char *name)
{
    uint32_t link = roster_find(build->reader, &build->links, owner, node, "link", name);

    if (link != SCENARIO_NONE)
        build->used_link[link] = true;
    return link;
}

static uint32_t find_balancer(struct build *build, const struct trail *owner,
                              const struct client_form *form)
{
    uint32_t balancer = 0;

    if (form->to)
        balancer = roster_find(build->reader, &build->balancers, owner, form->node, "to", form->to);
    else if (build->balancers.n > 1 && !build_has(form->node, "to"))
        complain(build->reader, owner, form->node,
                 "to is missing: there are %u balancers, the first is \"%s\"",
                 (unsigned)build->balancers.n, build->balancers.names[0]);
    if (balancer != SCENARIO_NONE && (form->to || build->balancers.n < 2))
        build->used_balancer[balancer] = true;
    return balancer == SCENARIO_NONE ? 0 : balancer;
}

static struct distribution or_none(struct distribution made)
{
    return made.kind ? made : distribution_constant(0);
}

static void build_client(struct build *build, uint32_t i)
{
    const struct client_form *form = roster_at(&build->clients, i);
    const struct trail here = roster_trail(&build->clients, i);

    if (!form->node)
        return;
    build->scenario->clients[i] = (struct client_spec) {
        .name = build->clients.names[i],
        .place = json_place(build->reader->json, form->node),
        .service = or_none(form->service),
        .key = form->key,
        .size_estimate = form->size_estimate,
        .priority = (uint32_t)form->priority,
        .share = form->share,
        .timeout = form->timeout,
        .patience = form->patience,
        .zone = build_zone(build, form->zone),
        .request_bytes = or_none(form->bytes.request),
        .response_bytes = or_none(form->bytes.response),
        .link = find_link(build, &here, form->node, form->link),
        .balancer = find_balancer(build, &here, form),
    };
    build_tries(form, &build->scenario->clients[i]);
    build_arrivals(build, i);
}

static void build_link(struct build *build, uint32_t i)
{
    const struct link_form *form = roster_at(&build->links, i);

    if (!form->node)
        return;
    build->scenario->links[i] = (struct link_spec) {
        .name = build->links.names[i],
        .place = json_place(build->reader->json, form->node),
        .latency = or_none(form->latency),
        .bandwidth = form->bandwidth,
        .loss = form->loss,
    };
}

static void build_server(struct build *build, uint32_t i, uint64_t *first)
{
    const struct server_form *form = roster_at(&build->servers, i);
    const struct trail here = roster_trail(&build->servers, i);

    if (!form->node)
        return;
    build->scenario->servers[i] = (struct server_spec) {
        .name = build->servers.names[i],
        .place = json_place(build->reader->json, form->node),
        .first = (uint32_t)*first,
        .count = build->capacity[i],
        .present = (uint32_t)form->count,
        .cores = form->cores == FIELD_WORD ? SCENARIO_UNLIMITED : (uint32_t)form->cores,
        .weight = (uint32_t)form->weight,
        .queue_limit =
            form->queue_limit == FIELD_ABSENT ? SCENARIO_UNLIMITED : (uint32_t)form->queue_limit,
        .speed = form->speed,
        .discipline = (enum discipline_kind)form->discipline.head.which,
        .preemptive =
            form->discipline.head.which == DISCIPLINE_PRIORITY && form->discipline.preemptive,
        .link = find_link(build, &here, form->node, form->link),
        .zone = build_zone(build, form->zone),
    };
    *first += build->scenario->servers[i].count;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The groups that a balancer names, ascending. */
static void name_groups(struct build *build, const struct trail *owner,
                        const struct balancer_form *form, struct balancer_spec *spec)
{
    const struct names *names = &form->servers;
    const cJSON *element = names->node->child;
    uint32_t *groups = reader_get(build->reader, names->n * sizeof *groups), i;
    bool good = groups;

    if (!names->n)
        complain(build->reader, owner, names->node, "servers: expected at least one name");
    for (i = 0; groups && i < names->n; i++, element = element->next) {
        const struct trail here = { owner, "servers", i };

        groups[i] = roster_element(build->reader, &build->servers, &here, element, names->at[i]);
        good &= groups[i] != SCENARIO_NONE;
    }
    if (!good)
        return;
    qsort(groups, names->n, sizeof *groups, by_number);
    for (i = 1; i < names->n; i++)
        if (groups[i] == groups[i - 1])
            complain(build->reader, owner, names->node, "servers: \"%s\" is named twice",
                     build->servers.names[groups[i]]);
    for (i = 0; i < names->n; i++)
        build->used_server[groups[i]] = true;
    spec->groups = groups;
    spec->groups_n = names->n;
}

static void build_balancer(struct build *build, uint32_t i)
{
    const struct balancer_form *form = roster_at(&build->balancers, i);
    const struct trail here = roster_trail(&build->balancers, i);
    struct balancer_spec *spec = &build->scenario->balancers[i];

    *spec = (struct balancer_spec) {
        .name = build->balancers.names[i],
        .place = json_place(build->reader->json, roster_node(&build->balancers, i)),
        .count = (uint32_t)form->count,
        .spread = (enum spread)form->spread,
        .on_none = (enum on_none)form->on_none,
        .information = (enum information_kind)(form->information.kind + 1),
        .link = find_link(build, &here, form->node, form->link),
    };
    build_attempts(form, spec);
    build_guard(form, &spec->guard);
    build_balancer_zones(build, &here, form, spec);
    if (form->servers.node) {
        name_groups(build, &here, form, spec);
        return;
    }
    spec->groups = build->all;
    spec->groups_n = build->servers.n;
    if (!build_has(form->node, "servers") && !build->all_used)
        memset(build->used_server, true, build->servers.n);
    build->all_used = true;
}

/* One balancer for everything, where the file names none. */
static bool default_balancer(struct build *build)
{
    const struct rows rows = rows_of_fields(shape_balancer.fields);
    struct balancer_form *form;

    if (build->top.balancers.node)
        return true;
    form = reader_get(build->reader, sizeof *form);
    if (!form)
        return false;
    bind_presets(build->reader, &rows, form);
    build->top.balancers =
        (struct objects) { .node = build->top.node, .at = form, .n = 1, .single = true };
    return true;
}

static bool open_rosters(struct build *build)
{
    struct top_form *top = &build->top;

    build->clients =
        (struct roster) { "clients", "client", "client", &top->clients, sizeof(struct client_form),
                          NULL,      NULL,     0 };
    build->servers = (struct roster) {
        "servers", "server", "server group", &top->servers, sizeof(struct server_form), NULL,
        NULL,      0
    };
    build->links = (struct roster) { "links", "link", "link", &top->links, sizeof(struct link_form),
                                     NULL,    NULL,   0 };
    build->balancers = (struct roster) {
        "balancers", "balancer", "balancer", &top->balancers, sizeof(struct balancer_form),
        NULL,        NULL,       0
    };
    return roster_open(build->reader, &build->clients, offsetof(struct client_form, name)) &&
           roster_open(build->reader, &build->servers, offsetof(struct server_form, name)) &&
           roster_open(build->reader, &build->links, offsetof(struct link_form, name)) &&
           roster_open(build->reader, &build->balancers, offsetof(struct balancer_form, name));
}

static bool take_room(struct build *build)
{
    struct scenario *scenario = build->scenario;
    struct reader *reader = build->reader;
    uint32_t *all, i;

    scenario->clients_n = build->clients.n;
    scenario->servers_n = build->servers.n;
    scenario->links_n = build->links.n;
    scenario->balancers_n = build->balancers.n;
    scenario->clients = reader_get(reader, build->clients.n * sizeof *scenario->clients);
    scenario->servers = reader_get(reader, build->servers.n * sizeof *scenario->servers);
    scenario->links = reader_get(reader, build->links.n * sizeof *scenario->links);
    scenario->balancers = reader_get(reader, build->balancers.n * sizeof *scenario->balancers);
    build->used_server = reader_get(reader, build->servers.n);
    build->used_link = reader_get(reader, build->links.n);
    build->used_balancer = reader_get(reader, build->balancers.n);
    all = reader_get(reader, build->servers.n * sizeof *all);
    for (i = 0; all && i < build->servers.n; i++)
        all[i] = i;
    build->all = all;
    return !reader->no_memory;
}

static void check_total(struct build *build, const char *key, uint64_t total, uint64_t most)
{
    const struct trail here = { NULL, key, -1 };

    if (total > most)
        complain(build->reader, &here, build_value(build->top.node, key),
                 "%llu in all are too many: at most %llu", (unsigned long long)total,
                 (unsigned long long)most);
}

bool build_system(struct build *build)
{
    uint64_t servers = 0, balancers = 0;
    uint32_t i;

    if (!default_balancer(build) || !open_rosters(build) || !take_room(build) ||
        !build_zones(build) || !timeline_capacity(build))
        return false;
    for (i = 0; i < build->links.n; i++)
        build_link(build, i);
    for (i = 0; i < build->servers.n; i++) {
        build_server(build, i, &servers);
        if (roster_node(&build->servers, i) && !build_faults(build, i))
            return false;
    }
    for (i = 0; i < build->balancers.n; i++) {
        build_balancer(build, i);
        balancers += build->scenario->balancers[i].count;
    }
    for (i = 0; i < build->clients.n; i++)
        build_client(build, i);
    check_total(build, "servers", servers, MOST_SERVERS);
    check_total(build, "balancers", balancers, MOST_BALANCERS);
    build->scenario->servers_total = (uint32_t)servers;
    for (i = 0; i < build->servers.n; i++) {
        build->scenario->servers[i].unused = !build->used_server[i];
        if (build->used_server[i])
            build->scenario->servers_present += build->scenario->servers[i].present;
    }
    return build_timeline(build) && !build->reader->no_memory;
}
