/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/option.h"

/* One --set, or one change of a sweep, on its way into the tree. */
struct set {
    struct reader *reader;
    const struct text *text; /* the option, for messages and for the objects that are made ... */
    size_t offset;           /* ... or where in the file they are said to stand */
    cJSON *value;            /* NULL once it has found its place */
    bool quiet, sweep;
};

/* One step of a path: a key, and what stood in brackets after it, or NULL. */
struct step {
    char *key, *index;
};

static bool wrong(struct set *set, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool wrong(struct set *set, const char *format, ...)
{
    char words[512];
    va_list arguments;

    if (set->quiet)
        return false;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    diagnose(set->reader->said, SAY_ERROR, NULL, set->text, set->offset, "%s%s",
             set->sweep ? "sweep: " : "", words);
    return false;
}

static bool next_step(struct set *set, char **rest, struct step *step)
{
    char *at = *rest + strcspn(*rest, ".["), *close;

    *step = (struct step) { .key = *rest };
    if (at == *rest)
        return wrong(set, "expected a path such as servers[0].count");
    if (*at == '[') {
        close = strchr(at, ']');
        if (!close || (close[1] && close[1] != '.'))
            return wrong(set, "expected a path such as servers[0].count");
        *at = *close = '\0';
        step->index = at + 1;
        at = close + 1;
    }
    *rest = *at ? at + 1 : NULL;
    *at = '\0';
    return true;
}

const char *default_name(struct arena *arena, const char *word, uint32_t index, bool single)
{
    return single ? arena_print(arena, "%s", word)
                  : arena_print(arena, "%s%u", word, (unsigned)index + 1);
}

static const char *text_of(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

/* Is the i-th element of the list `key` called `name`? */
static bool is_named(const char *key, const cJSON *element, uint32_t i, bool single,
                     const char *name)
{
    static const char *const words[][2] = {
        { "clients", "client" },
        { "servers", "server" },
        { "links", "link" },
        { "balancers", "balancer" },
    };
    const char *own = cJSON_IsString(element) ? element->valuestring : text_of(element, "name");
    char made[40];
    size_t w;

    if (!own)
        own = text_of(element, "label");
    if (!own)
        own = text_of(element, "policy");
    if (own)
        return !strcmp(own, name);
    for (w = 0; w < sizeof words / sizeof *words; w++)
        if (!strcmp(key, words[w][0])) {
            snprintf(made, sizeof made, "%s%.0u", words[w][1], single ? 0u : (unsigned)i + 1);
            return !strcmp(made, name);
        }
    return false;
}

static bool is_number(const char *index)
{
    return *index && strspn(index, "0123456789") == strlen(index) && strlen(index) < 9;
}

static cJSON *named_element(struct set *set, cJSON *list, const struct step *step)
{
    const bool single = !cJSON_IsArray(list) || cJSON_GetArraySize(list) == 1;
    cJSON *element = cJSON_IsArray(list) ? list->child : list, *found = NULL;
    uint32_t i = 0;

    for (; element; element = cJSON_IsArray(list) ? element->next : NULL, i++) {
        if (!is_named(step->key, element, i, single, step->index))
            continue;
        if (found) {
            wrong(set, "%s[%s] names more than one: take its number", step->key, step->index);
            return NULL;
        }
        found = element;
    }
    if (!found)
        wrong(set, "there is no %s[%s]", step->key, step->index);
    return found;
}

/* The element of a list that a step means; one object may stand for a list. */
static cJSON *element_of(struct set *set, cJSON *list, const struct step *step)
{
    const int n = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 1;

    if (step->index && !is_number(step->index))
        return named_element(set, list, step);
    if (step->index && atoi(step->index) >= n) {
        wrong(set, "there is no %s[%s]: %s has %d", step->key, step->index, step->key, n);
        return NULL;
    }
    if (!cJSON_IsArray(list))
        return list;
    if (!step->index && n != 1) {
        wrong(set, "%s has %d elements: say which, as in %s[0]", step->key, n, step->key);
        return NULL;
    }
    return cJSON_GetArrayItem(list, step->index ? atoi(step->index) : 0);
}

static cJSON *add_object(struct set *set, cJSON *at, const char *key)
{
    cJSON *made = json_made_at(set->reader->json, set->text, set->offset, cJSON_CreateObject());

    if (made && cJSON_AddItemToObject(at, key, made))
        return made;
    cJSON_Delete(made);
    return NULL;
}

/* "p2c" becomes { "policy": "p2c" }, so that it can have parameters. */
static cJSON *unfold(cJSON *policy)
{
    cJSON *name = cJSON_CreateString(policy->valuestring);

    if (!name)
        return NULL;
    name->valueint = policy->valueint;
    cJSON_free(policy->valuestring);
    policy->valuestring = NULL;
    policy->type = cJSON_Object;
    cJSON_AddItemToObject(policy, "policy", name);
    return policy;
}

/* 0.02 becomes { "relative": 0.02 }, likewise. */
static cJSON *unfold_precision(cJSON *precision)
{
    cJSON *number = cJSON_CreateNumber(precision->valuedouble);

    if (!number)
        return NULL;
    number->valueint = precision->valueint;
    precision->type = cJSON_Object;
    cJSON_AddItemToObject(precision, "relative", number);
    return precision;
}

static cJSON *descend(struct set *set, cJSON *at, const struct step *step)
{
    cJSON *child = cJSON_GetObjectItemCaseSensitive(at, step->key);
    char room[FOUND_ROOM];

    if (!child) {
        if (!step->index || !strcmp(step->index, "0"))
            return add_object(set, at, step->key);
        wrong(set, "there is no %s[%s]", step->key, step->index);
        return NULL;
    }
    child = element_of(set, child, step);
    if (child && cJSON_IsString(child) && !strcmp(step->key, "policies"))
        child = unfold(child);
    if (child && cJSON_IsNumber(child) && !strcmp(step->key, "precision"))
        child = unfold_precision(child);
    if (child && !cJSON_IsObject(child)) {
        wrong(set, "%s is %s, which has no keys", step->key, found_text(set->reader, child, room));
        return NULL;
    }
    return child;
}

/* What the file says of the other one is void. */
static void displace(struct set *set, cJSON *at, const char *key)
{
    const char *other = !strcmp(key, "requests")   ? "duration"
                        : !strcmp(key, "duration") ? "requests"
                                                   : NULL;
    const cJSON *there = other ? cJSON_GetObjectItemCaseSensitive(at, other) : NULL;

    if (there && at->string && !strcmp(at->string, "run") &&
        !json_text(set->reader->json, there)->option)
        cJSON_DeleteItemFromObjectCaseSensitive(at, other);
}

static bool put_key(struct set *set, cJSON *at, const char *key)
{
    const bool gone = cJSON_IsNull(set->value);
    cJSON *old = cJSON_GetObjectItemCaseSensitive(at, key);

    displace(set, at, key);
    if (old)
        cJSON_Delete(cJSON_DetachItemViaPointer(at, old));
    if (gone)
        return true;
    if (!cJSON_AddItemToObject(at, key, set->value))
        return false;
    set->value = NULL;
    return true;
}

static bool put_element(struct set *set, cJSON *at, const struct step *step)
{
    cJSON *list = cJSON_GetObjectItemCaseSensitive(at, step->key), *old;

    if (!list)
        return wrong(set, "there is no %s[%s]", step->key, step->index);
    old = element_of(set, list, step);
    if (!old)
        return false;
    if (old == list)
        return put_key(set, at, step->key);
    if (cJSON_IsNull(set->value)) {
        cJSON_Delete(cJSON_DetachItemViaPointer(list, old));
        return true;
    }
    if (!cJSON_ReplaceItemViaPointer(list, old, set->value))
        return false;
    set->value = NULL;
    return true;
}

static bool walk(struct set *set, cJSON *at, char *path)
{
    struct step step;

    for (;;) {
        if (!next_step(set, &path, &step))
            return false;
        if (!path)
            return step.index ? put_element(set, at, &step) : put_key(set, at, step.key);
        at = descend(set, at, &step);
        if (!at)
            return false;
    }
}

const char *option_called(struct reader *reader, const struct setting *setting)
{
    return setting->option
               ? setting->option
               : arena_print(reader->arena, "--set %.200s=%.200s", setting->path, setting->value);
}

bool option_set(struct reader *reader, cJSON *root, const struct setting *setting)
{
    const char *name = option_called(reader, setting);
    struct set set = { .reader = reader };
    char *path = arena_copy(reader->arena, setting->path, strlen(setting->path));
    bool good;

    set.value = name && path ? option_value(reader, name, setting->value) : NULL;
    if (!set.value)
        return false;
    set.text = json_text(reader->json, set.value);
    good = walk(&set, root, path);
    cJSON_Delete(set.value);
    return good;
}

bool option_put(struct reader *reader, cJSON *root, const cJSON *key, const cJSON *value)
{
    struct set set = { .reader = reader,
                       .text = json_text(reader->json, key),
                       .offset = json_key_offset(reader->json, key),
                       .sweep = true };
    char room[PATH_ROOM];
    char *copy = strlen(key->string) < sizeof room ? strcpy(room, key->string) : NULL;
    bool good;

    if (!copy)
        return wrong(&set, "this path is longer than %d bytes", PATH_ROOM - 1);
    set.value = cJSON_Duplicate(value, true);
    good = set.value && walk(&set, root, copy);
    reader->no_memory |= !set.value && !good;
    cJSON_Delete(set.value);
    return good;
}

static int position(const cJSON *list, const cJSON *element)
{
    const cJSON *at = list->child;
    int n = 0;

    for (; at != element; at = at->next)
        n++;
    return n;
}

/* One step of a path with the number of its element, if it is one of a list. */
static const cJSON *resolve(struct set *set, const cJSON *at, const struct step *step, bool last,
                            size_t *used, char room[PATH_ROOM])
{
    cJSON *child = cJSON_GetObjectItemCaseSensitive(at, step->key), *found = child;
    const bool listed = cJSON_IsArray(child) && (step->index || !last);
    const char *dot = *used ? "." : "";
    const size_t left = PATH_ROOM - *used;

    if (child && (step->index || listed))
        found = element_of(set, child, step);
    if (found && listed)
        *used += (size_t)snprintf(room + *used, left, "%s%s[%d]", dot, step->key,
                                  position(child, found));
    else if (step->index && !found)
        *used += (size_t)snprintf(room + *used, left, "%s%s[%s]", dot, step->key, step->index);
    else
        *used += (size_t)snprintf(room + *used, left, "%s%s", dot, step->key);
    return found;
}

const cJSON *option_find(struct reader *reader, const cJSON *root, const char *path,
                         char room[PATH_ROOM])
{
    struct set set = { .reader = reader, .quiet = true };
    char steps[PATH_ROOM], *rest = steps;
    const cJSON *at = root;
    struct step step;
    size_t used = 0;

    room[0] = '\0';
    if (strlen(path) >= sizeof steps)
        return NULL;
    strcpy(steps, path);
    while (rest && used < PATH_ROOM) {
        if (!next_step(&set, &rest, &step))
            return NULL;
        at = resolve(&set, at, &step, !rest, &used, room);
    }
    return at;
}
