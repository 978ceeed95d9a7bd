/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/roster.h"

#include <stdlib.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/option.h"

void *roster_at(const struct roster *roster, uint32_t i)
{
    return (char *)roster->objects->at + (size_t)i * roster->size;
}

const cJSON *roster_node(const struct roster *roster, uint32_t i)
{
    const cJSON *const *node = roster_at(roster, i);

    return *node ? *node : roster->objects->node;
}

struct trail roster_trail(const struct roster *roster, uint32_t i)
{
    return (struct trail) { NULL, roster->list, roster->objects->single ? -1 : (int64_t)i };
}

static int by_text(const void *a, const void *b)
{
    const char *const *const *x = a, *const *const *y = b;
    int order = strcmp(**x, **y);

    return order ? order : (*x > *y) - (*x < *y);
}

static void say_duplicates(struct reader *reader, const struct roster *roster)
{
    uint32_t k;

    for (k = 1; k < roster->n; k++) {
        uint32_t i = (uint32_t)(roster->by_name[k] - roster->names);
        const struct trail up = roster_trail(roster, i), here = { &up, "name", -1 };
        const cJSON *node = roster_node(roster, i);
        const cJSON *name = cJSON_GetObjectItemCaseSensitive(node, "name");

        if (!strcmp(*roster->by_name[k], *roster->by_name[k - 1]))
            complain(reader, &here, name ? name : node, "the name \"%s\" is taken by %s[%u]",
                     roster->names[i], roster->list,
                     (unsigned)(roster->by_name[k - 1] - roster->names));
    }
}

bool roster_open(struct reader *reader, struct roster *roster, size_t offset)
{
    const struct objects *objects = roster->objects;
    uint32_t i;

    roster->n = objects->n;
    roster->names = reader_get(reader, objects->n * sizeof *roster->names);
    roster->by_name = reader_get(reader, objects->n * sizeof *roster->by_name);
    if (!roster->names || !roster->by_name)
        return false;
    for (i = 0; i < objects->n; i++) {
        roster->names[i] = *(const char **)((char *)roster_at(roster, i) + offset);
        if (!roster->names[i])
            roster->names[i] = default_name(reader->arena, roster->word, i, objects->n == 1);
        if (!roster->names[i])
            return false;
        roster->by_name[i] = &roster->names[i];
    }
    qsort(roster->by_name, roster->n, sizeof *roster->by_name, by_text);
    say_duplicates(reader, roster);
    return true;
}

uint32_t roster_index(const struct roster *roster, const char *name)
{
    uint32_t low = 0, high = roster->n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (strcmp(*roster->by_name[middle], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == roster->n || strcmp(*roster->by_name[low], name) != 0)
        return SCENARIO_NONE;
    return (uint32_t)(roster->by_name[low] - roster->names);
}

uint32_t roster_element(struct reader *reader, const struct roster *roster,
                        const struct trail *trail, const cJSON *element, const char *name)
{
    uint32_t found = roster_index(roster, name), i;
    struct nearest nearest = nearest_to(name);

    if (found != SCENARIO_NONE)
        return found;
    for (i = 0; i < roster->n && diagnostics_room(reader->said) && i < 1000; i++)
        nearest_see(&nearest, roster->names[i]);
    if (nearest_found(&nearest))
        complain(reader, trail, element, "unknown %s \"%.60s\"; did you mean \"%s\"?", roster->what,
                 name, nearest_found(&nearest));
    else if (!roster->n)
        complain(reader, trail, element, "unknown %s \"%.60s\": the scenario has no %s",
                 roster->what, name, roster->list);
    else
        complain(reader, trail, element, "unknown %s \"%.60s\"; the first of %s is \"%s\"",
                 roster->what, name, roster->list, roster->names[0]);
    return SCENARIO_NONE;
}

uint32_t roster_find(struct reader *reader, const struct roster *roster, const struct trail *owner,
                     const cJSON *node, const char *key, const char *name)
{
    const struct trail here = { owner, key, -1 };

    if (!name)
        return SCENARIO_NONE;
    return roster_element(reader, roster, &here, cJSON_GetObjectItemCaseSensitive(node, key), name);
}
