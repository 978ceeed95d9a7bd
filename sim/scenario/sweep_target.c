/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/sweep_target.h"

#include <string.h>

#include "sim/scenario/option.h"
#include "sim/scenario/tables.h"

/* The key of the next step, without what stands in brackets. */
static const char *next_key(const char *path, char key[PATH_ROOM])
{
    const size_t length = strcspn(path, ".[");

    memcpy(key, path, length);
    key[length] = '\0';
    path += length;
    path += *path == '[' ? strcspn(path, "]") : 0;
    path += *path == ']';
    return *path == '.' ? path + 1 : path;
}

/* The key among those of any kind of distribution. */
static bool distribution_is_whole(const char *key)
{
    struct field field;
    uint32_t i;

    for (i = 0; distribution_kinds[i]; i++) {
        const struct rows rows = rows_of_distribution(distribution_kinds[i], UNIT_NONE);

        if (rows_find(&rows, key, &field))
            return field.type == FIELD_WHOLE;
    }
    return false;
}

static bool variant_is_whole(const struct variants *variants, const char *key)
{
    struct field field;
    uint32_t i;

    for (i = 0; variants->at[i].name; i++) {
        const struct rows rows = rows_of_fields(variants->at[i].fields);

        if (rows_find(&rows, key, &field))
            return field.type == FIELD_WHOLE;
    }
    return false;
}

/* A parameter of the policy that stands at the path without its last step. */
static bool parameter_is_whole(struct reader *reader, const cJSON *root, const char *path,
                               const char *key)
{
    const struct policy_source *source = reader->policies;
    const char *dot = strrchr(path, '.'), *settings = "";
    char room[PATH_ROOM], element[PATH_ROOM], why[256];
    const struct lb_policy *policy;
    const cJSON *node;
    struct field field;
    struct rows rows;

    if (!dot || strlen(path) >= sizeof element)
        return false;
    snprintf(element, sizeof element, "%.*s", (int)(dot - path), path);
    node = option_find(reader, root, element, room);
    if (cJSON_IsArray(node) && node->child && !node->child->next)
        node = node->child;
    if (cJSON_IsObject(node))
        node = cJSON_GetObjectItemCaseSensitive(node, "policy");
    if (!cJSON_IsString(node))
        return false;
    policy = source->find(source->context, node->valuestring, &settings, why, sizeof why);
    if (!policy)
        return false;
    rows = rows_of_params(policy->params, policy->param_size);
    return rows_find(&rows, key, &field) && field.type == FIELD_WHOLE;
}

bool target_is_whole(struct reader *reader, const cJSON *root, const char *path)
{
    const struct shape *shape = &shape_top;
    const char *rest = path;
    char key[PATH_ROOM];
    struct field field;

    if (strlen(path) >= sizeof key)
        return false;
    while (*rest) {
        const struct rows rows = rows_of_fields(shape->fields);

        rest = next_key(rest, key);
        if (!rows_find(&rows, key, &field))
            return false;
        if (!*rest)
            return field.type == FIELD_WHOLE || field.type == FIELD_SEED;
        if (field.type == FIELD_VARIANT || field.type == FIELD_QUANTITY ||
            field.type == FIELD_POLICIES)
            break;
        if (!field.shape)
            return false;
        shape = field.shape;
    }
    rest = next_key(rest, key);
    if (*rest)
        return false;
    return field.type == FIELD_VARIANT    ? variant_is_whole(field.variants, key)
           : field.type == FIELD_QUANTITY ? distribution_is_whole(key)
                                          : parameter_is_whole(reader, root, path, key);
}
