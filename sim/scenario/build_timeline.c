/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The timeline: from entries with targets and properties to a list of changes, one property each.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/build.h"

static const double ANSWER_DEFAULT = 1e-3; /* s */

/* What an entry may change depends on its target. */
enum target { TARGET_ALL, TARGET_SERVER, TARGET_ZONE, TARGET_LINK, TARGET_CLIENT };

struct entry {
    struct build *build;
    const struct change_form *form;
    struct trail here;
    uint32_t index;
    enum target target;
    uint32_t which;        /* group, zone, link or client */
    uint32_t first, count; /* servers of the group, from its first */
    bool whole;            /* the whole group is named */
    struct change *to;     /* where its changes go; NULL: they are only counted */
    uint32_t n;
};

/* ---- Targets. */

/* A number that no group reaches is as good as a greater one. */
static uint64_t read_index(const char *text, char **end)
{
    unsigned long long n = strtoull(text, end, 10);

    return n < MOST_SERVERS ? n : MOST_SERVERS;
}

/* "app[7]" or "app[0..3]": the name, and the servers of the group; without brackets, all. False:
 * bad brackets. */
static bool split_target(const char *text, char name[64], bool *whole, uint64_t *first,
                         uint64_t *last)
{
    const char *bracket = strchr(text, '[');
    size_t length = bracket ? (size_t)(bracket - text) : strlen(text);
    char *end;

    if (length == 0 || length >= 64)
        return false;
    memcpy(name, text, length);
    name[length] = '\0';
    *first = *last = 0;
    *whole = !bracket;
    if (!bracket)
        return true;
    if (bracket[1] < '0' || bracket[1] > '9')
        return false;
    *first = *last = read_index(bracket + 1, &end);
    if (!strncmp(end, "..", 2) && end[2] >= '0' && end[2] <= '9')
        *last = read_index(end + 2, &end);
    return !strcmp(end, "]") && *first <= *last;
}

static bool find_servers(struct entry *e)
{
    const struct trail inside = { &e->here, "server", -1 };
    const cJSON *node = build_value(e->form->node, "server");
    struct reader *reader = e->build->reader;
    const struct server_spec *group;
    uint64_t first, last;
    char name[64];

    if (!split_target(e->form->server, name, &e->whole, &first, &last)) {
        complain(reader, &inside, node,
                 "expected the name of a server group, such as \"app\", \"app[7]\" or "
                 "\"app[0..3]\", found \"%.60s\"",
                 e->form->server);
        return false;
    }
    e->which = roster_element(reader, &e->build->servers, &inside, node, name);
    if (e->which == SCENARIO_NONE)
        return false;
    group = &e->build->scenario->servers[e->which];
    if (!e->whole && group->count && last >= group->count) {
        complain(reader, &inside, node, "group \"%s\" has %u servers: the last is %s[%u]",
                 group->name, (unsigned)group->count, group->name, (unsigned)group->count - 1);
        return false;
    }
    e->first = (uint32_t)first;
    e->count = e->whole ? group->count : (uint32_t)(last - first + 1);
    return true;
}

static bool find_zone(struct entry *e)
{
    const struct trail inside = { &e->here, "zone", -1 };

    e->which = build_zone(e->build, e->form->zone);
    if (e->which != SCENARIO_NONE)
        return true;
    complain(e->build->reader, &inside, build_value(e->form->node, "zone"),
             "unknown zone \"%.60s\": nothing in the scenario is there", e->form->zone);
    return false;
}

static bool find_target(struct entry *e)
{
    const struct change_form *form = e->form;
    struct reader *reader = e->build->reader;
    int named = !!form->server + !!form->zone + !!form->link + !!form->client;

    if (named > 1) {
        complain(reader, &e->here, form->node,
                 "an entry has one target: server, zone, link or client (or none, for load)");
        return false;
    }
    if (form->server) {
        e->target = TARGET_SERVER;
        return find_servers(e);
    }
    if (form->zone) {
        e->target = TARGET_ZONE;
        return find_zone(e);
    }
    e->target = form->link ? TARGET_LINK : form->client ? TARGET_CLIENT : TARGET_ALL;
    if (form->link)
        e->which = roster_find(reader, &e->build->links, &e->here, form->node, "link", form->link);
    if (form->client)
        e->which =
            roster_find(reader, &e->build->clients, &e->here, form->node, "client", form->client);
    return e->which != SCENARIO_NONE;
}

/* ---- Which property where. */

static const struct {
    const char *key;
    unsigned targets; /* bit set of enum target */
    const char *owner;
} properties[] = {
    { "speed", 1u << TARGET_SERVER | 1u << TARGET_ZONE, "a server or zone" },
    { "weight", 1u << TARGET_SERVER | 1u << TARGET_ZONE, "a server or zone" },
    { "state", 1u << TARGET_SERVER | 1u << TARGET_ZONE, "a server or zone" },
    { "jobs", 1u << TARGET_SERVER | 1u << TARGET_ZONE, "a server or zone" },
    { "answer", 1u << TARGET_SERVER | 1u << TARGET_ZONE, "a server or zone" },
    { "count", 1u << TARGET_SERVER, "a server group" },
    { "latency", 1u << TARGET_LINK, "a link" },
    { "bandwidth", 1u << TARGET_LINK, "a link" },
    { "loss", 1u << TARGET_LINK, "a link" },
    { "rate", 1u << TARGET_CLIENT, "a client" },
    { "load", 1u << TARGET_ALL, "the whole scenario, without a target" },
};

static bool check_properties(const struct entry *e)
{
    struct reader *reader = e->build->reader;
    uint32_t i, found = 0;
    bool good = true;

    for (i = 0; i < sizeof properties / sizeof properties[0]; i++) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(e->form->node, properties[i].key);
        const struct trail here = { &e->here, properties[i].key, -1 };

        found += value != NULL;
        if (!value || properties[i].targets >> e->target & 1u)
            continue;
        complain_key(reader, &here, value, "this is a property of %s", properties[i].owner);
        good = false;
    }
    if (!found) {
        complain(reader, &e->here, e->form->node,
                 "nothing changes: expected speed, weight, state, count, latency, bandwidth, "
                 "loss, rate or load");
        good = false;
    }
    return good;
}

static bool check_key(const struct entry *e, const char *key, bool good, const char *why)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(e->form->node, key);
    const struct trail here = { &e->here, key, -1 };

    if (value && !good)
        complain(e->build->reader, &here, value, "%s", why);
    return !value || good;
}

static bool check_entry(const struct entry *e)
{
    const struct change_form *form = e->form;
    const struct scenario *scenario = e->build->scenario;
    bool good = check_properties(e);

    good &= check_key(e, "until", form->until > form->at, "expected a time after `at`");
    good &= check_key(e, "jobs", form->state == SERVER_DOWN, "this goes with state down");
    good &=
        check_key(e, "answer", form->state == SERVER_BLACK_HOLE, "this goes with state black_hole");
    if (e->target == TARGET_SERVER)
        good &= check_key(e, "count", e->whole, "this is a property of a whole group");
    if (e->target == TARGET_ALL)
        good &= check_key(e, "load", !isnan(scenario->load),
                          "the scenario has no load that could change: give it one, or change a "
                          "client's rate");
    if (e->target == TARGET_CLIENT)
        good &= check_key(e, "rate",
                          isnan(scenario->load) &&
                              scenario->clients[e->which].process != ARRIVAL_CLOSED,
                          "this client has no rate that could change");
    return good;
}

/* ---- Changes. */

static struct change *add(struct entry *e, enum change_kind kind, uint32_t first, uint32_t count)
{
    struct change *c = e->to ? &e->to[e->n] : NULL;

    e->n++;
    if (!c)
        return NULL;
    *c = (struct change) { .at = e->form->at,
                           .until = e->form->until,
                           .kind = kind,
                           .first = first,
                           .count = count,
                           .entry = e->index };
    return c;
}

static void add_number(struct entry *e, enum change_kind kind, uint32_t first, uint32_t count,
                       double number)
{
    struct change *c = isnan(number) ? NULL : add(e, kind, first, count);

    if (c)
        c->number = number;
}

static void add_state(struct entry *e, uint32_t first, uint32_t count)
{
    struct change *c = e->form->state < 0 ? NULL : add(e, CHANGE_STATE, first, count);

    if (!c)
        return;
    c->state = (enum server_state)e->form->state;
    c->kept = e->form->jobs == 1;
    c->quantity = e->form->answer.kind ? e->form->answer : distribution_constant(ANSWER_DEFAULT);
}

static double number_or_none(int64_t whole)
{
    return whole == FIELD_ABSENT ? NAN : (double)whole;
}

static void add_servers(struct entry *e, uint32_t first, uint32_t count)
{
    add_number(e, CHANGE_SPEED, first, count, e->form->speed);
    add_number(e, CHANGE_WEIGHT, first, count, number_or_none(e->form->weight));
    add_state(e, first, count);
}

static void add_link(struct entry *e)
{
    struct change *c = e->form->latency.kind ? add(e, CHANGE_LATENCY, e->which, 1) : NULL;

    if (c)
        c->quantity = e->form->latency;
    add_number(e, CHANGE_BANDWIDTH, e->which, 1, e->form->bandwidth);
    add_number(e, CHANGE_LOSS, e->which, 1, e->form->loss);
}

static void add_changes(struct entry *e)
{
    const struct scenario *scenario = e->build->scenario;
    uint32_t i;

    switch (e->target) {
    case TARGET_ALL:
        add_number(e, CHANGE_LOAD, 0, 1, e->form->load);
        break;
    case TARGET_SERVER:
        add_servers(e, scenario->servers[e->which].first + e->first, e->count);
        add_number(e, CHANGE_COUNT, e->which, 1, number_or_none(e->form->count));
        break;
    case TARGET_ZONE:
        for (i = 0; i < scenario->servers_n; i++)
            if (scenario->servers[i].zone == e->which)
                add_servers(e, scenario->servers[i].first, scenario->servers[i].count);
        break;
    case TARGET_LINK:
        add_link(e);
        break;
    case TARGET_CLIENT:
        add_number(e, CHANGE_RATE, e->which, 1, e->form->rate);
        break;
    }
}

static struct entry entry_at(struct build *build, uint32_t i)
{
    const struct objects *entries = &build->top.timeline;

    return (struct entry) { .build = build,
                            .form = (const struct change_form *)entries->at + i,
                            .index = i,
                            .here = { NULL, "timeline", entries->single ? -1 : (int64_t)i } };
}

static int by_start(const void *a, const void *b)
{
    const struct change *x = a, *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->entry != y->entry)
        return x->entry < y->entry ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

bool build_timeline(struct build *build)
{
    struct scenario *scenario = build->scenario;
    struct change *changes;
    uint32_t i, n = 0;
    bool bad = false;

    for (i = 0; i < build->top.timeline.n; i++) {
        struct entry e = entry_at(build, i);

        if (!e.form->node || !find_target(&e) || !check_entry(&e)) {
            bad = true; /* said; nothing will be simulated */
            continue;
        }
        add_changes(&e);
        n += e.n;
    }
    if (bad)
        return !build->reader->no_memory;
    changes = reader_get(build->reader, n * sizeof *changes);
    for (i = 0, n = 0; changes && i < build->top.timeline.n; i++) {
        struct entry e = entry_at(build, i);

        find_target(&e);
        e.to = changes + n;
        add_changes(&e);
        n += e.n;
    }
    if (changes)
        qsort(changes, n, sizeof *changes, by_start);
    scenario->changes = changes;
    scenario->changes_n = n;
    return changes != NULL;
}

bool timeline_capacity(struct build *build)
{
    const struct objects *entries = &build->top.timeline;
    uint32_t i, group;

    build->capacity = reader_get(build->reader, build->servers.n * sizeof *build->capacity);
    for (i = 0; build->capacity && i < build->servers.n; i++)
        build->capacity[i] =
            (uint32_t)((const struct server_form *)roster_at(&build->servers, i))->count;
    for (i = 0; build->capacity && i < entries->n; i++) {
        const struct change_form *form = (const struct change_form *)entries->at + i;

        if (!form->node || !form->server || form->count == FIELD_ABSENT)
            continue;
        group = roster_index(&build->servers, form->server);
        if (group != SCENARIO_NONE && form->count > (int64_t)build->capacity[group])
            build->capacity[group] = (uint32_t)form->count;
    }
    return build->capacity;
}
