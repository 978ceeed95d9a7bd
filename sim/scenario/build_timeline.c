/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The timeline: from entries with targets and properties to a list of changes, one property each.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/build_mechanism.h"

/* What an entry may change depends on its target. */
enum target { TARGET_ALL, TARGET_SERVER, TARGET_ZONE, TARGET_LINK, TARGET_CLIENT, TARGET_BALANCER };

struct entry {
    struct build *build;
    const struct change_form *form;
    struct trail here;
    uint32_t index;
    enum target target;
    uint32_t which;        /* group, zone, link, client or kind of balancer */
    uint32_t first, count; /* servers of the group or balancers of the kind, from its first */
    bool whole;            /* all of them are named */
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

/* Some of those that go by one name: `counts` says how many there are. */
static bool find_members(struct entry *e, const struct roster *roster, const char *text,
                         uint32_t (*counts)(const struct scenario *, uint32_t))
{
    const struct trail inside = { &e->here, roster->word, -1 };
    const cJSON *node = build_value(e->form->node, roster->word);
    struct reader *reader = e->build->reader;
    uint64_t first, last;
    uint32_t count;
    char name[64];

    if (!split_target(text, name, &e->whole, &first, &last)) {
        complain(reader, &inside, node,
                 "expected the name of a %s, such as \"app\", \"app[7]\" or \"app[0..3]\", "
                 "found \"%.60s\"",
                 roster->what, text);
        return false;
    }
    e->which = roster_element(reader, roster, &inside, node, name);
    if (e->which == SCENARIO_NONE)
        return false;
    count = counts(e->build->scenario, e->which);
    if (!e->whole && count && last >= count) {
        complain(reader, &inside, node, "there are %u of \"%s\": the last is %s[%u]",
                 (unsigned)count, name, name, (unsigned)count - 1);
        return false;
    }
    e->first = (uint32_t)first;
    e->count = e->whole ? count : (uint32_t)(last - first + 1);
    return true;
}

static uint32_t servers_of(const struct scenario *scenario, uint32_t group)
{
    return scenario->servers[group].count;
}

static uint32_t balancers_of(const struct scenario *scenario, uint32_t kind)
{
    return scenario->balancers[kind].count;
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
    int named = !!form->server + !!form->zone + !!form->link + !!form->client + !!form->balancer;

    if (named > 1) {
        complain(
            reader, &e->here, form->node,
            "an entry has one target: server, zone, link, client or balancer (or none, for load)");
        return false;
    }
    if (form->server) {
        e->target = TARGET_SERVER;
        return find_members(e, &e->build->servers, form->server, servers_of);
    }
    if (form->balancer) {
        e->target = TARGET_BALANCER;
        return find_members(e, &e->build->balancers, form->balancer, balancers_of);
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
    { "state", 1u << TARGET_SERVER | 1u << TARGET_ZONE | 1u << TARGET_BALANCER,
      "a server, zone or balancer" },
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
    if (e->target == TARGET_BALANCER)
        good &= check_key(e, "state", form->state == SERVER_UP || form->state == SERVER_DOWN,
                          "a balancer is up or down");
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
    c->quantity = build_answer(e->form->answer);
}

static void add_balancers(struct entry *e)
{
    struct change *c;
    uint32_t first = 0, i;

    for (i = 0; i < e->which; i++)
        first += e->build->scenario->balancers[i].count;
    c = add(e, CHANGE_BALANCER, first + e->first, e->count);
    if (c)
        c->state = (enum server_state)e->form->state;
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
    case TARGET_BALANCER:
        add_balancers(e);
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
