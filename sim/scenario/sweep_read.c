/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/option.h"
#include "sim/scenario/sweep.h"
#include "sim/scenario/sweep_range.h"
#include "sim/scenario/sweep_target.h"

static const struct trail sweep_trail = { NULL, "sweep", -1 };
static const char axis_forms[] = "a list of values, a range such as \"0.5..0.95 step 0.05\", or an "
                                 "object of named values";

static bool expected(struct reader *reader, const struct trail *trail, const cJSON *node,
                     const char *what)
{
    char room[FOUND_ROOM];

    complain(reader, trail, node, "expected %s, found %s", what, found_text(reader, node, room));
    return false;
}

/* ---- Ranges: the tree gets the list that they stand for. */

static cJSON *range_value(struct reader *reader, const struct text *text, const struct range *range,
                          uint32_t i)
{
    const char *value = text->bytes + range->starts[i];

    return json_made_at(reader->json, text, range->starts[i],
                        range->united ? cJSON_CreateString(value)
                                      : cJSON_CreateNumber(strtod(value, NULL)));
}

static bool expand(struct reader *reader, const struct trail *trail, const cJSON *root, cJSON *node,
                   const char *path)
{
    struct text *text = reader_get(reader, sizeof *text);
    struct range range;
    const char *wrong =
        range_read(reader->arena, node->valuestring, target_is_whole(reader, root, path), &range);
    cJSON *value;
    uint32_t i;

    if (wrong || !text) {
        complain(reader, trail, node, "%s; found \"%.60s\"", wrong, node->valuestring);
        return false;
    }
    *text = text_made_of(json_text(reader->json, node), json_offset(reader->json, node),
                         range.bytes, range.length);
    cJSON_free(node->valuestring);
    node->valuestring = NULL;
    node->type = cJSON_Array;
    for (i = 0; i < range.n; i++) {
        value = range_value(reader, text, &range, i);
        if (!value || !cJSON_AddItemToArray(node, value)) {
            cJSON_Delete(value);
            reader->no_memory = true;
            return false;
        }
    }
    return true;
}

/* ---- What may be swept, and what it may be called. */

/* Keys that no run differs by. */
static bool is_simulated(const char *path)
{
    static const char *const idle[] = { "$schema", "format", "name",   "description",
                                        "source",  "sweep",  "expect", "live" };
    const size_t length = strcspn(path, ".[");
    size_t i;

    for (i = 0; i < sizeof idle / sizeof idle[0]; i++)
        if (strlen(idle[i]) == length && !strncmp(path, idle[i], length))
            return false;
    return true;
}

static bool check_path(struct reader *reader, const struct trail *trail, const cJSON *key)
{
    if (is_simulated(key->string))
        return true;
    complain_key(reader, trail, key, "is no part of what is simulated: it cannot be swept");
    return false;
}

/* What a place is called is printed in tables and messages. */
static bool check_text(struct reader *reader, const struct trail *trail, const cJSON *node,
                       const char *text)
{
    if (!text || !text_has_control(text))
        return true;
    complain(reader, trail, node,
             "the name of a point may not hold line breaks or other control characters");
    return false;
}

/* ---- Places. */

/* What is read, as it grows. */
struct sweeping {
    struct reader *reader;
    cJSON *root;
    struct sweep *sweep;
};

static const char *copied(struct reader *reader, const char *text)
{
    const char *copy = text ? arena_copy(reader->arena, text, strlen(text)) : NULL;

    reader->no_memory |= !copy;
    return copy;
}

static void change(struct sweeping *s, struct sweep_change *change, const cJSON *key,
                   const cJSON *value)
{
    const char *path = key->string;
    char room[PATH_ROOM];

    option_find(s->reader, s->root, path, room);
    *change =
        (struct sweep_change) { copied(s->reader, path), copied(s->reader, room), value, key };
    json_mark_swept(s->reader->json, value);
}

static struct coordinate coordinate(const char *path, const char *text)
{
    return (struct coordinate) { .path = path,
                                 .text = text,
                                 .number = text ? sweep_number(text) : NAN };
}

/* A place of an axis: `name` of a named value, or NULL. */
static bool axis_place(struct sweeping *s, const struct trail *trail, struct sweep_place *place,
                       const cJSON *axis, const char *name, const cJSON *value)
{
    struct coordinate *at = reader_get(s->reader, sizeof *at);
    struct sweep_change *one = reader_get(s->reader, sizeof *one);
    const char *text = name ? copied(s->reader, name) : sweep_value_text(s->reader, value);

    if (!at || !one || !text || !check_text(s->reader, trail, value, text))
        return false;
    change(s, one, axis, value);
    *at = coordinate(one->path, text);
    if (name)
        at->number = NAN;
    *place = (struct sweep_place) { NULL, value, at, one, 1, 1 };
    return true;
}

static bool read_values(struct sweeping *s, const struct trail *trail, cJSON *axis,
                        struct dimension *dimension)
{
    const bool named = cJSON_IsObject(axis);
    struct sweep_place *places;
    const cJSON *value;
    bool good = true;
    uint32_t i = 0;

    if (!check_path(s->reader, trail, axis))
        return false;
    if (cJSON_IsString(axis) && !expand(s->reader, trail, s->root, axis, axis->string))
        return false;
    if (!named && !cJSON_IsArray(axis))
        return expected(s->reader, trail, axis, axis_forms);
    if (!axis->child) {
        complain(s->reader, trail, axis, "expected at least one value");
        return false;
    }
    places = reader_get(s->reader, (size_t)cJSON_GetArraySize(axis) * sizeof *places);
    for (value = axis->child; value && places && !s->reader->no_memory; value = value->next)
        good &= axis_place(s, trail, &places[i++], axis, named ? value->string : NULL, value);
    *dimension = (struct dimension) { places, i };
    return good && places && !s->reader->no_memory;
}

/* ---- Variants: named changes. */

static bool read_variant(struct sweeping *s, const cJSON *variant, struct sweep_place *place)
{
    const struct trail up = { &sweep_trail, "variants", -1 }, here = { &up, variant->string, -1 };
    struct coordinate *at = reader_get(s->reader, sizeof *at);
    struct sweep_change *changes;
    const cJSON *child;
    bool good = check_text(s->reader, &up, variant, variant->string);
    uint32_t n = 0;

    if (!cJSON_IsObject(variant))
        return expected(s->reader, &here, variant,
                        "an object of changes, as in { \"load\": 0.9 }; {} changes nothing");
    changes = reader_get(s->reader, (size_t)cJSON_GetArraySize(variant) * sizeof *changes);
    if (!at || !changes)
        return false;
    for (child = variant->child; child; child = child->next) {
        const struct trail key = { &here, child->string, -1 };

        if (!strcmp(child->string, "description"))
            continue;
        good &= check_path(s->reader, &key, child);
        change(s, &changes[n++], child, child);
    }
    *at = coordinate("variant", copied(s->reader, variant->string));
    at->number = NAN;
    *place = (struct sweep_place) { NULL, variant, at, changes, 1, n };
    return good && !s->reader->no_memory;
}

static bool read_variants(struct sweeping *s, const cJSON *node, struct dimension *dimension)
{
    const struct trail here = { &sweep_trail, "variants", -1 };
    struct sweep_place *places;
    const cJSON *child;
    bool good = true;
    uint32_t n = 0;

    if (!cJSON_IsObject(node) || !node->child)
        return expected(s->reader, &here, node,
                        "an object of named changes, as in { \"plain\": {}, \"fast\": { "
                        "\"servers[0].speed\": 2 } }");
    places = reader_get(s->reader, (size_t)cJSON_GetArraySize(node) * sizeof *places);
    for (child = node->child; child && places; child = child->next)
        good &= read_variant(s, child, &places[n++]);
    *dimension = (struct dimension) { places, n };
    return places && good;
}

/* ---- Zip: axes that go in step. */

/* Labels are the axis "zip", those of a second group "zip2". */
static const char *label_path(struct reader *reader, uint32_t group)
{
    return group ? arena_print(reader->arena, "zip%u", (unsigned)group + 1) : "zip";
}

static int by_text(const void *a, const void *b)
{
    const struct sweep_place *const *x = a, *const *y = b;
    const int order = strcmp((*x)->at[0].text, (*y)->at[0].text);

    return order ? order : (*x > *y) - (*x < *y);
}

/* A label means one place, so that it can be named by it. */
static bool check_labels(struct reader *reader, const struct trail *trail,
                         const struct dimension *labels)
{
    const struct sweep_place **sorted = reader_get(reader, labels->n * sizeof *sorted);
    uint32_t i;

    for (i = 0; sorted && i < labels->n; i++)
        sorted[i] = &labels->places[i];
    if (sorted)
        qsort(sorted, labels->n, sizeof *sorted, by_text);
    for (i = 1; sorted && i < labels->n; i++)
        if (!strcmp(sorted[i - 1]->at[0].text, sorted[i]->at[0].text)) {
            complain(reader, trail, sorted[i]->node, "the label \"%.100s\" is here twice",
                     sorted[i]->at[0].text);
            return false;
        }
    return sorted;
}

static bool zip_member(struct sweeping *s, const struct trail *up, uint32_t group, cJSON *axis,
                       uint32_t member, struct dimension *dimension)
{
    const struct trail here = { up, axis->string, -1 };
    const bool label = !strcmp(axis->string, "label");
    const struct dimension zip = *dimension;
    struct dimension own;
    uint32_t i;

    if (!read_values(s, &here, axis, &own))
        return false;
    if (member && own.n != zip.n) {
        complain(s->reader, &here, axis, "goes in step with %u values, but has %u", (unsigned)zip.n,
                 (unsigned)own.n);
        return false;
    }
    for (i = 0; i < own.n; i++) {
        struct coordinate *at = (struct coordinate *)own.places[i].at;

        if (label) {
            if (!cJSON_IsString(own.places[i].node))
                return expected(s->reader, &here, own.places[i].node, "a text in double quotes");
            at->path = label_path(s->reader, group);
            at->number = NAN;
            ((struct sweep_place *)own.places)[i].changes_n = 0;
        }
    }
    *dimension = own;
    return !label || check_labels(s->reader, &here, &own);
}

/* Joins the members' places to the places of the group. */
static bool zip_join(struct reader *reader, const struct dimension *members, uint32_t n,
                     struct dimension *zip)
{
    struct sweep_place *places = reader_get(reader, members[0].n * sizeof *places);
    uint32_t i, m;

    for (i = 0; places && i < members[0].n; i++) {
        struct coordinate *at = reader_get(reader, n * sizeof *at);
        struct sweep_change *changes = reader_get(reader, n * sizeof *changes);

        if (!at || !changes)
            return false;
        places[i] = (struct sweep_place) { NULL, members[0].places[i].node, at, changes, n, 0 };
        for (m = 0; m < n; m++) {
            at[m] = members[m].places[i].at[0];
            if (members[m].places[i].changes_n)
                changes[places[i].changes_n++] = members[m].places[i].changes[0];
        }
    }
    *zip = (struct dimension) { places, members[0].n };
    return places;
}

static bool read_group(struct sweeping *s, const struct trail *here, cJSON *group, uint32_t index,
                       struct dimension *dimension)
{
    const int most = cJSON_IsObject(group) ? cJSON_GetArraySize(group) : 0;
    struct dimension *members;
    uint32_t n = 0;
    cJSON *axis;

    members = reader_get(s->reader, ((size_t)most + 1) * sizeof *members);
    if (!members)
        return false;
    for (axis = most ? group->child : NULL; axis; axis = axis->next) {
        if (!strcmp(axis->string, "description"))
            continue;
        members[n].n = n ? members[0].n : 0;
        if (!zip_member(s, here, index, axis, n, &members[n]))
            return false;
        n++;
    }
    if (!n || (n == 1 && cJSON_HasObjectItem(group, "label")))
        return expected(s->reader, here, group,
                        "an object of axes that go in step, as in { \"load\": [0.5, 0.9], "
                        "\"run.requests\": [10000, 90000] }");
    return zip_join(s->reader, members, n, dimension);
}

/* ---- The whole. */

static struct dimension *next_dimension(struct sweep *sweep)
{
    return &sweep->dimensions[sweep->dimensions_n++];
}

static bool read_zip(struct sweeping *s, cJSON *zip)
{
    cJSON *group = cJSON_IsArray(zip) ? zip->child : zip;
    const struct trail all = { &sweep_trail, "zip", -1 };
    bool good = true;
    uint32_t i = 0;

    if (!group)
        complain(s->reader, &all, zip, "expected at least one group of axes");
    for (; group; group = cJSON_IsArray(zip) ? group->next : NULL, i++) {
        const struct trail here = { &sweep_trail, "zip", cJSON_IsArray(zip) ? (int64_t)i : -1 };

        good &= read_group(s, &here, group, i, next_dimension(s->sweep));
    }
    return good && i;
}

static bool read_key(struct sweeping *s, cJSON *child)
{
    const struct trail here = { &sweep_trail, child->string, -1 };

    if (!strcmp(child->string, "where"))
        return true;
    if (!strcmp(child->string, "description"))
        return cJSON_IsString(child) ||
               expected(s->reader, &here, child, "a text in double quotes");
    if (!strcmp(child->string, "variants"))
        return read_variants(s, child, next_dimension(s->sweep));
    if (!strcmp(child->string, "zip"))
        return read_zip(s, child);
    return read_values(s, &here, child, next_dimension(s->sweep));
}

/* How many dimensions there may be at most. */
static size_t most_dimensions(const cJSON *node)
{
    const cJSON *zip = cJSON_GetObjectItemCaseSensitive(node, "zip");

    return (size_t)cJSON_GetArraySize(node) + (zip ? (size_t)cJSON_GetArraySize(zip) : 0) + 1;
}

bool sweep_read(struct reader *keeper, cJSON *root, struct sweep *sweep)
{
    cJSON *node = cJSON_GetObjectItemCaseSensitive(root, "sweep"), *child;
    struct sweeping s = { keeper, root, sweep };
    bool good = true;

    *sweep = (struct sweep) { .node = node, .combinations = 1 };
    if (!node)
        return true;
    if (!cJSON_IsObject(node) || !node->child)
        return expected(keeper, &sweep_trail, node,
                        "an object of axes, as in { \"load\": \"0.5..0.95 step 0.05\" }");
    sweep->dimensions = reader_get(keeper, most_dimensions(node) * sizeof *sweep->dimensions);
    if (!sweep->dimensions)
        return false;
    for (child = node->child; child; child = child->next)
        good &= read_key(&s, child);
    return good && !keeper->no_memory && sweep_finish(keeper, root, sweep);
}
