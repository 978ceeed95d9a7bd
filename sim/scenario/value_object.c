/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/value.h"

#include "sim/scenario/like.h"
#include "sim/scenario/policy_read.h"

static void value_names(struct reader *reader, const struct trail *trail, const cJSON *node,
                        struct names *out)
{
    int64_t n = cJSON_IsArray(node) ? cJSON_GetArraySize(node) : -1, i = 0;
    const cJSON *child;
    const char **at;

    if (n < 0) {
        value_expected(reader, trail, node, "a list of names", NULL);
        return;
    }
    at = reader_get(reader, (size_t)n * sizeof *at);
    if (!at)
        return;
    for (child = node->child; child; child = child->next, i++) {
        const struct trail here = { trail->up, trail->key, i };

        value_text(reader, &here, child, &at[i]);
    }
    for (i = 0; i < n; i++)
        if (!at[i])
            return;
    *out = (struct names) { node, at, (uint32_t)n };
}

static void value_object(struct reader *reader, const struct trail *trail, const cJSON *node,
                         const struct shape *shape, void *out)
{
    const struct rows rows = rows_of_fields(shape->fields);

    if (!cJSON_IsObject(node)) {
        value_expected(reader, trail, node, "an object, {...}", NULL);
        return;
    }
    *(const cJSON **)out = node;
    if (shape->likes)
        like_presets(reader, trail, node, shape, out);
    bind_object(reader, trail, node, &rows, NULL, out);
}

static void value_choices(struct reader *reader, const struct trail *trail, const cJSON *node,
                          const struct field *field, uint32_t *out)
{
    const cJSON *child;
    uint32_t bits = 0;
    int32_t one;
    int64_t i = 0;

    if (!cJSON_IsArray(node) || !node->child) {
        value_expected(reader, trail, node, "a list of names", NULL);
        return;
    }
    for (child = node->child; child; child = child->next, i++) {
        const struct trail here = { trail->up, trail->key, i };

        one = value_choice(reader, &here, child, field->name, field->choices);
        if (one < 0)
            return;
        if (bits >> one & 1u)
            complain(reader, &here, child, "\"%s\" is named twice", field->choices[one]);
        bits |= 1u << one;
    }
    *out = bits;
}

static void value_objects(struct reader *reader, const struct trail *trail, const cJSON *node,
                          const struct field *field, struct objects *out)
{
    const struct rows rows = rows_of_fields(field->shape->fields);
    const bool single = cJSON_IsObject(node);
    int64_t n = single ? 1 : cJSON_IsArray(node) ? cJSON_GetArraySize(node) : -1, i = 0;
    const cJSON *child = single ? node : node->child;
    char *at;

    if (n < 0) {
        value_expected(reader, trail, node, "an object or a list of objects", NULL);
        return;
    }
    if ((double)n < field->least) {
        complain(reader, trail, node, "expected at least one");
        return;
    }
    if ((double)n > field->most) {
        complain(reader, trail, node, "%lld are too many: at most %.15g", (long long)n,
                 field->most);
        return;
    }
    at = reader_get(reader, (size_t)n * field->shape->size);
    if (!at)
        return;
    *out = (struct objects) { node, at, (uint32_t)n, single };
    for (; i < n; child = child->next, i++, at += field->shape->size) {
        const struct trail here = { trail->up, trail->key, single ? -1 : i };

        bind_presets(reader, &rows, at);
        value_object(reader, &here, child, field->shape, at);
    }
}

static int32_t variant_named(struct reader *reader, const struct trail *trail, const cJSON *tag,
                             const struct variants *variants)
{
    const char *names[16];
    uint32_t i;

    for (i = 0; variants->at[i].name && i < 15; i++)
        names[i] = variants->at[i].name;
    names[i] = NULL;
    return value_choice(reader, trail, tag, variants->tag, names);
}

static void value_variant(struct reader *reader, const struct trail *trail, const cJSON *node,
                          const struct variants *variants, struct variant_head *out)
{
    const char *const reserved[] = { variants->tag, NULL };
    const struct trail inside = { trail, variants->tag, -1 };
    const bool object = cJSON_IsObject(node);
    const cJSON *tag = object ? cJSON_GetObjectItemCaseSensitive(node, variants->tag) : node;
    int32_t which = 0;
    struct rows rows;

    if (!object && !(variants->bare && cJSON_IsString(node))) {
        value_expected(reader, trail, node,
                       variants->bare ? "a name or an object" : "an object, {...}", NULL);
        return;
    }
    if (tag)
        which = variant_named(reader, object ? &inside : trail, tag, variants);
    if (which < 0)
        return;
    out->node = node;
    out->which = which;
    rows = rows_of_fields(variants->at[which].fields);
    bind_presets(reader, &rows, out);
    if (object)
        bind_object(reader, trail, node, &rows, reserved, out);
}

void bind_value(struct reader *reader, const struct trail *trail, const cJSON *node,
                const struct field *field, void *out)
{
    void *at = (char *)out + field->offset;

    if (bind_may_be_object(field) && cJSON_IsObject(node) &&
        !(field->type == FIELD_QUANTITY &&
          cJSON_GetObjectItemCaseSensitive(node, "distribution"))) {
        value_object(reader, trail, node, field->shape, (char *)out + field->object_at);
        return;
    }
    if (value_scalar(reader, trail, node, field, at))
        return;
    switch (field->type) {
    case FIELD_QUANTITY:
        value_quantity(reader, trail, node, field, at);
        break;
    case FIELD_CHOICES:
        value_choices(reader, trail, node, field, at);
        break;
    case FIELD_NAMES:
        value_names(reader, trail, node, at);
        break;
    case FIELD_OBJECT:
        value_object(reader, trail, node, field->shape, at);
        break;
    case FIELD_OBJECTS:
        value_objects(reader, trail, node, field, at);
        break;
    case FIELD_VARIANT:
        value_variant(reader, trail, node, field->variants, at);
        break;
    case FIELD_POLICY:
        policy_read_inner(reader, trail, node, at);
        break;
    default: /* left to its owner */
        *(const cJSON **)at = node;
        break;
    }
}
