/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/sweep_option.h"

#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/option.h"

/* An axis found in the sweep. */
struct found_axis {
    cJSON *owner; /* the sweep, or a group of its zip */
    cJSON *value;
};

static bool same_path(struct reader *reader, const cJSON *root, const char *a, const char *b)
{
    char room_a[PATH_ROOM], room_b[PATH_ROOM];

    option_find(reader, root, a, room_a);
    option_find(reader, root, b, room_b);
    return !strcmp(a, b) || (*room_a && !strcmp(room_a, room_b));
}

static bool is_word(const char *key)
{
    return !strcmp(key, "zip") || !strcmp(key, "where") || !strcmp(key, "variants") ||
           !strcmp(key, "description");
}

static cJSON *axis_in(struct reader *reader, const cJSON *root, const cJSON *owner,
                      const char *path)
{
    cJSON *child = owner ? owner->child : NULL;

    for (; child; child = child->next)
        if (child->string && !is_word(child->string) && strcmp(child->string, "label") != 0 &&
            same_path(reader, root, child->string, path))
            return child;
    return NULL;
}

static struct found_axis find_axis(struct reader *reader, const cJSON *root, const char *path)
{
    cJSON *sweep = cJSON_GetObjectItemCaseSensitive(root, "sweep"), *group, *zip, *at;

    if (!cJSON_IsObject(sweep))
        return (struct found_axis) { NULL, NULL };
    if (!strcmp(path, "variant") && (at = cJSON_GetObjectItemCaseSensitive(sweep, "variants")))
        return (struct found_axis) { sweep, at };
    if ((at = axis_in(reader, root, sweep, path)))
        return (struct found_axis) { sweep, at };
    zip = cJSON_GetObjectItemCaseSensitive(sweep, "zip");
    group = cJSON_IsArray(zip) ? zip->child : zip;
    for (; group; group = cJSON_IsArray(zip) ? group->next : NULL)
        if (cJSON_IsObject(group) && (at = axis_in(reader, root, group, path)))
            return (struct found_axis) { group, at };
    return (struct found_axis) { NULL, NULL };
}

/* Keeps of the named values only those in the list, in its order. False, and nothing done, if it
 * does not name them. */
static bool keep_named(cJSON *named, const cJSON *list)
{
    cJSON *kept, *next;
    const cJSON *at;

    if (!cJSON_IsObject(named) || !list->child)
        return false;
    for (at = list->child; at; at = at->next)
        if (!cJSON_IsString(at) || !cJSON_GetObjectItemCaseSensitive(named, at->valuestring))
            return false;
    for (kept = named->child; kept; kept = next) {
        next = kept->next;
        for (at = list->child; at && strcmp(at->valuestring, kept->string) != 0;)
            at = at->next;
        if (!at)
            cJSON_Delete(cJSON_DetachItemViaPointer(named, kept));
    }
    return true;
}

static bool is_empty_group(const cJSON *group)
{
    return !group->child || (!group->child->next && !strcmp(group->child->string, "label"));
}

/* Takes an axis out, and the group or the sweep that is empty then. */
static void take_out(cJSON *root, struct found_axis found)
{
    cJSON *sweep = cJSON_GetObjectItemCaseSensitive(root, "sweep");
    cJSON *zip = cJSON_GetObjectItemCaseSensitive(sweep, "zip");

    cJSON_Delete(cJSON_DetachItemViaPointer(found.owner, found.value));
    if (found.owner != sweep && is_empty_group(found.owner))
        cJSON_Delete(cJSON_DetachItemViaPointer(found.owner == zip ? sweep : zip, found.owner));
    zip = cJSON_GetObjectItemCaseSensitive(sweep, "zip");
    if (zip && !zip->child)
        cJSON_Delete(cJSON_DetachItemViaPointer(sweep, zip));
    if (!sweep->child)
        cJSON_Delete(cJSON_DetachItemViaPointer(root, sweep));
}

/* Makes `axis`, which is taken over, the axis of a path. */
static bool put_axis(struct reader *reader, cJSON *root, const char *path, cJSON *axis)
{
    struct found_axis found = find_axis(reader, root, path);
    cJSON *sweep = cJSON_GetObjectItemCaseSensitive(root, "sweep");
    const struct text *text = json_text(reader->json, axis);

    if (found.value && keep_named(found.value, axis)) {
        cJSON_Delete(axis);
        return true;
    }
    if (found.value && !strcmp(found.value->string, "variants")) {
        diagnose(reader->said, SAY_ERROR, NULL, text, 0, "the file has no such variant");
        cJSON_Delete(axis);
        return false;
    }
    if (found.value && found.owner == sweep) {
        char *key = cJSON_malloc(strlen(found.value->string) + 1);

        if (key)
            axis->string = strcpy(key, found.value->string);
        return key && cJSON_ReplaceItemViaPointer(sweep, found.value, axis);
    }
    if (found.value && found.owner != sweep)
        take_out(root, found);
    sweep = cJSON_GetObjectItemCaseSensitive(root, "sweep");
    if (!sweep) {
        sweep = json_made(reader->json, text, cJSON_CreateObject());
        if (!sweep || !cJSON_AddItemToObject(root, "sweep", sweep))
            return false;
    }
    if (cJSON_IsObject(sweep) && cJSON_AddItemToObject(sweep, path, axis))
        return true;
    cJSON_Delete(axis);
    return true; /* what the file calls its sweep is no object: that is said when it is read */
}

/* An axis that takes the place of all that a setting says. */
static const cJSON *covering(struct reader *reader, const cJSON *root, const char *path)
{
    const cJSON *sweep = cJSON_GetObjectItemCaseSensitive(root, "sweep");
    const cJSON *axis = cJSON_IsObject(sweep) ? sweep->child : NULL;
    char own[PATH_ROOM], its[PATH_ROOM];
    size_t length;

    option_find(reader, root, path, own);
    for (; axis; axis = axis->next) {
        option_find(reader, root, axis->string, its);
        length = strlen(its);
        if (length && !is_word(axis->string) && !strncmp(own, its, length) &&
            (own[length] == '.' || own[length] == '['))
            return axis;
    }
    return NULL;
}

/* False if it is said that nothing would be left of the setting. */
static bool check_covered(struct reader *reader, const cJSON *root, const struct setting *setting)
{
    const cJSON *axis = covering(reader, root, setting->path);
    const char *name = axis ? option_called(reader, setting) : NULL;
    struct text text;

    if (!name)
        return !axis;
    text = text_of_option(name, setting->value, strlen(setting->value));
    diagnose(reader->said, SAY_ERROR, NULL, &text, 0,
             "%.200s is swept, and nothing would be left of this", axis->string);
    return false;
}

bool sweep_take_setting(struct reader *reader, cJSON *root, const struct setting *setting,
                        bool *good)
{
    struct found_axis found = find_axis(reader, root, setting->path);
    const char *name;
    cJSON *value, *list = NULL;

    if (!found.value) {
        *good &= check_covered(reader, root, setting);
        return false;
    }
    name = option_called(reader, setting);
    value = name ? option_value(reader, name, setting->value) : NULL;
    if (value)
        list = json_made(reader->json, json_text(reader->json, value), cJSON_CreateArray());
    if (!list) {
        cJSON_Delete(value);
        *good = false;
        return true;
    }
    cJSON_AddItemToArray(list, value);
    *good &= put_axis(reader, root, setting->path, list);
    return true;
}

/* "0.5,0.7,0.9" as a list. */
static cJSON *list_of_words(struct reader *reader, const char *name, const char *words)
{
    char *rest = arena_copy(reader->arena, words, strlen(words));
    cJSON *list = NULL, *value;

    if (!rest)
        return NULL;
    do {
        value = option_value(reader, name, option_part(&rest));
        if (value && !list)
            list = json_made(reader->json, json_text(reader->json, value), cJSON_CreateArray());
        if (!value || !list || !cJSON_AddItemToArray(list, value)) {
            cJSON_Delete(value);
            cJSON_Delete(list);
            return NULL;
        }
    } while (*rest);
    return list;
}

/* What messages call a --sweep. */
static const char *axis_called(struct reader *reader, const struct setting *setting)
{
    return arena_print(reader->arena, "--sweep %.200s=%.200s", setting->path, setting->value);
}

/* Words of `sweep` that are no paths. */
static bool refuse_word(struct reader *reader, const char *name, const struct setting *setting)
{
    const struct text text = text_of_option(name, setting->value, strlen(setting->value));

    if (!strcmp(setting->path, "where"))
        diagnose(reader->said, SAY_ERROR, NULL, &text, 0,
                 "where is a condition, no axis: give it as --set 'sweep.where=%.200s'",
                 setting->value);
    else
        diagnose(reader->said, SAY_ERROR, NULL, &text, 0,
                 "%.100s is a word of the file's own \"sweep\", no axis", setting->path);
    return false;
}

bool sweep_take_axis(struct reader *reader, cJSON *root, const struct setting *setting)
{
    const char *name = axis_called(reader, setting);
    const char *value = setting->value;
    cJSON *axis;

    if (!name)
        return false;
    if (is_word(setting->path))
        return refuse_word(reader, name, setting);
    if (*value == '[' || *value == '{' || strstr(value, ".."))
        axis = option_value(reader, name, value);
    else
        axis = list_of_words(reader, name, value);
    return axis && put_axis(reader, root, setting->path, axis);
}

/* ---- Options that displace each other. */

/* Does an axis take the place of all that a path says? */
static bool displaces(struct reader *reader, const cJSON *root, const char *axis, const char *path)
{
    char its[PATH_ROOM], own[PATH_ROOM];
    size_t length;

    option_find(reader, root, axis, its);
    option_find(reader, root, path, own);
    length = strlen(its);
    return !strcmp(axis, path) || (length && !strncmp(own, its, length) &&
                                   (!own[length] || own[length] == '.' || own[length] == '['));
}

static bool refuse_both(struct reader *reader, const char *first, const struct setting *axis)
{
    const char *name = axis_called(reader, axis);
    struct text text;

    reader->no_memory |= !first || !name;
    if (!first || !name)
        return false;
    text = text_of_option(name, axis->value, strlen(axis->value));
    diagnose(reader->said, SAY_ERROR, NULL, &text, 0,
             "nothing would be left of %.250s: leave one of them out", first);
    return false;
}

bool sweep_check_options(struct reader *reader, const cJSON *root,
                         const struct scenario_request *request)
{
    const struct setting *sweeps = request->sweeps, *settings = request->settings;
    bool good = true;
    uint32_t i, k;

    for (i = 0; i < request->sweeps_n; i++) {
        for (k = 0; k < request->settings_n; k++)
            if (displaces(reader, root, sweeps[i].path, settings[k].path))
                good = refuse_both(reader, option_called(reader, &settings[k]), &sweeps[i]);
        for (k = 0; k < i; k++)
            if (displaces(reader, root, sweeps[i].path, sweeps[k].path))
                good = refuse_both(reader, axis_called(reader, &sweeps[k]), &sweeps[i]);
    }
    return good;
}

/* ---- What --policy leaves out. */

static bool is_of_policy(const char *path)
{
    return !strncmp(path, "policies", 8) && (path[8] == '[' || path[8] == '.' || !path[8]);
}

/* Does a path of the file still mean something? A number in it counts the file's own list. */
static bool still_means(struct reader *reader, const cJSON *root, const char *path)
{
    const char *index = path + 9;
    char element[PATH_ROOM], room[PATH_ROOM];
    size_t length = strcspn(index, "]");
    const cJSON *own;

    if (path[8] != '[' || strspn(index, "0123456789") == length || length + 12 > sizeof element)
        return false;
    snprintf(element, sizeof element, "%.*s", (int)(9 + length + 1), path);
    if (!option_find(reader, root, element, room))
        return false;
    own = option_find(reader, root, path, room);
    return !own || !strcmp(element, path);
}

/* A condition on what is not swept any more chooses nothing. */
static void drop_where(struct reader *reader, cJSON *root, const char *path)
{
    cJSON *sweep = cJSON_GetObjectItemCaseSensitive(root, "sweep");
    cJSON *where = cJSON_GetObjectItemCaseSensitive(sweep, "where");

    if (!cJSON_IsString(where) || !strstr(where->valuestring, path))
        return;
    diagnose(reader->said, SAY_WARNING, "unused_axis", json_text(reader->json, where),
             json_key_offset(reader->json, where), "sweep.where: left out, as it speaks of %.200s",
             path);
    cJSON_Delete(cJSON_DetachItemViaPointer(sweep, where));
}

static void drop_in(struct reader *reader, cJSON *root, cJSON *owner)
{
    cJSON *child = owner ? owner->child : NULL, *next;

    for (; child; child = next) {
        next = child->next;
        if (!child->string || !is_of_policy(child->string) ||
            json_text(reader->json, child)->option || still_means(reader, root, child->string))
            continue;
        diagnose(reader->said, SAY_WARNING, "unused_axis", json_text(reader->json, child),
                 json_key_offset(reader->json, child),
                 "sweep: --policy decides of the policies: nothing is swept of %.200s",
                 child->string);
        drop_where(reader, root, child->string);
        if (child->next != next)
            next = child->next;
        cJSON_Delete(cJSON_DetachItemViaPointer(owner, child));
    }
}

bool sweep_drop_policies(struct reader *reader, cJSON *root)
{
    cJSON *sweep = cJSON_GetObjectItemCaseSensitive(root, "sweep"), *zip, *at, *next;

    if (!cJSON_IsObject(sweep))
        return true;
    drop_in(reader, root, sweep);
    at = cJSON_GetObjectItemCaseSensitive(sweep, "variants");
    for (at = at ? at->child : NULL; at; at = at->next)
        if (cJSON_IsObject(at))
            drop_in(reader, root, at);
    zip = cJSON_GetObjectItemCaseSensitive(sweep, "zip");
    for (at = cJSON_IsArray(zip) ? zip->child : NULL; at; at = next) {
        next = at->next;
        if (!cJSON_IsObject(at))
            continue;
        drop_in(reader, root, at);
        if (is_empty_group(at))
            cJSON_Delete(cJSON_DetachItemViaPointer(zip, at));
    }
    if (cJSON_IsObject(zip))
        drop_in(reader, root, zip);
    if (zip && is_empty_group(zip))
        cJSON_Delete(cJSON_DetachItemViaPointer(sweep, zip));
    if (!sweep->child)
        cJSON_Delete(cJSON_DetachItemViaPointer(root, sweep));
    return true;
}
