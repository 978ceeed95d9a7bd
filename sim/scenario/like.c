/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/like.h"

#include <math.h>
#include <string.h>

bool like_lacks(const struct like *like, const char *key)
{
    const char *const *foreign;

    for (foreign = like->foreign; foreign && *foreign; foreign++)
        if (!strcmp(*foreign, key))
            return true;
    return false;
}

double like_preset(const struct like *like, const struct field *field)
{
    const struct like_value *value;

    for (value = like->values; value && value->key; value++)
        if (!strcmp(value->key, field->name))
            return value->preset;
    return field->preset;
}

static const cJSON *first_foreign(const struct like *like, const cJSON *node)
{
    const cJSON *child;

    for (child = node->child; child; child = child->next)
        if (like_lacks(like, child->string))
            return child;
    return NULL;
}

/* The system that is named, or meant. */
static const struct like *find_like(const struct shape *shape, const cJSON *node)
{
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(node, "like");
    const struct like *like;

    for (like = shape->likes; like->name; like++)
        if (name ? cJSON_IsString(name) && !strcmp(name->valuestring, like->name)
                 : !first_foreign(like, node))
            return like;
    return shape->likes;
}

/* "success_rate.enforced" lies in an object of its own. */
static void preset_at(struct reader *reader, const struct rows *rows, const char *key,
                      double preset, void *out)
{
    const char *dot = strchr(key, '.');
    struct rows inner;
    struct field field;
    char name[40];

    snprintf(name, sizeof name, "%.*s", dot ? (int)(dot - key) : (int)strlen(key), key);
    if (!rows_find(rows, name, &field))
        return;
    if (!dot) {
        field.preset = preset;
        bind_preset(reader, &field, out);
        return;
    }
    inner = rows_of_fields(field.shape->fields);
    preset_at(reader, &inner, dot + 1, preset, (char *)out + field.offset);
}

void like_presets(struct reader *reader, const struct trail *trail, const cJSON *node,
                  const struct shape *shape, void *out)
{
    const struct rows rows = rows_of_fields(shape->fields);
    const struct like *like = find_like(shape, node);
    const cJSON *foreign = first_foreign(like, node);
    const struct like_value *value;

    preset_at(reader, &rows, "like", (double)(like - shape->likes), out);
    for (value = like->values; value && value->key; value++)
        preset_at(reader, &rows, value->key, value->preset, out);
    if (foreign) {
        const struct trail here = { trail, foreign->string, -1 };

        if (cJSON_GetObjectItemCaseSensitive(node, "like"))
            complain_key(reader, &here, foreign, "\"like\": \"%s\" has no such key", like->name);
        else
            complain_key(reader, &here, foreign,
                         "this key and others here belong to different systems: say which one "
                         "it is like");
    }
}
