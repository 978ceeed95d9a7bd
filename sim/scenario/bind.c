/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/bind.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/value.h"

struct rows rows_of_fields(const struct field *fields)
{
    return (struct rows) { .fields = fields };
}

struct rows rows_of_params(const struct lb_param *params, uint32_t stride)
{
    return (struct rows) { .params = params, .stride = stride };
}

static const struct field file_row = {
    .name = "file",
    .type = FIELD_TEXT,
    .preset = NAN,
    .help = "instead: a text file beside the scenario, a value or \"value,cumulative\" a line",
};

static uint32_t file_offset(const struct distribution_kind *kind)
{
    const uint32_t unit = sizeof(const char *);

    return (kind->config_size + unit - 1) / unit * unit;
}

uint32_t rows_size_of_distribution(const struct distribution_kind *kind)
{
    return file_offset(kind) + (uint32_t)sizeof(const char *);
}

struct rows rows_of_distribution(const struct distribution_kind *kind, enum unit unit)
{
    return (struct rows) { .params = kind->params,
                           .stride = sizeof(struct lb_param),
                           .unit = unit,
                           .distribution = true,
                           .more = kind->columns ? &file_row : NULL,
                           .more_offset = file_offset(kind) };
}

static enum unit unit_of_param(const struct rows *rows, const struct lb_param *param)
{
    if (rows->distribution)
        return param->type == LB_DURATION || (param->unit && !strcmp(param->unit, "quantity"))
                   ? rows->unit
                   : UNIT_NONE;
    return param->unit && !strcmp(param->unit, "s") ? UNIT_TIME : UNIT_NONE;
}

static struct field field_of_param(const struct rows *rows, const struct lb_param *param)
{
    static const enum field_type types[] = {
        [LB_INT] = FIELD_WHOLE,    [LB_NUMBER] = FIELD_NUMBER, [LB_DURATION] = FIELD_TIME,
        [LB_RATIO] = FIELD_NUMBER, [LB_FLAG] = FIELD_FLAG,     [LB_CHOICE] = FIELD_CHOICE,
        [LB_LIST] = FIELD_NUMBERS, [LB_POLICY] = FIELD_POLICY,
    };
    struct field field = { .name = param->name,
                           .type = types[param->type],
                           .offset = param->offset,
                           .preset = param->preset,
                           .least = param->least,
                           .most = param->most,
                           .unit = unit_of_param(rows, param),
                           .help = param->help,
                           .choices = param->choices };

    if (rows->distribution && param->type == LB_DURATION)
        field.type = FIELD_NUMBER;
    if (param->type == LB_RATIO && field.least == 0 && field.most == 0)
        field.most = 1;
    return field;
}

static const struct lb_param *param_at(const struct rows *rows, uint32_t i)
{
    return (const void *)((const char *)rows->params + (size_t)i * rows->stride);
}

bool rows_at(const struct rows *rows, uint32_t i, struct field *field)
{
    const struct lb_param *param;

    if (rows->fields) {
        *field = rows->fields[i];
        return field->name;
    }
    if (!rows->params)
        return false;
    if (i > 0 && !param_at(rows, i - 1)->name)
        return false;
    param = param_at(rows, i);
    if (!param->name && rows->more) {
        *field = *rows->more;
        field->offset = rows->more_offset;
        return true;
    }
    if (!param->name)
        return false;
    *field = field_of_param(rows, param);
    return true;
}

bool rows_find(const struct rows *rows, const char *name, struct field *field)
{
    uint32_t i;

    for (i = 0; rows_at(rows, i, field); i++)
        if (!strcmp(field->name, name))
            return true;
    return false;
}

void *reader_get(struct reader *reader, size_t size)
{
    void *memory = arena_get(reader->arena, size);

    reader->no_memory |= !memory;
    return memory;
}

const char *reader_beside(struct reader *reader, const char *name)
{
    const char *slash = strrchr(reader->path, '/');
    const char *path;

    if (*name == '/' || !slash)
        return name;
    path = arena_print(reader->arena, "%.*s/%s", (int)(slash - reader->path), reader->path, name);
    reader->no_memory |= !path;
    return path;
}

static size_t put(char room[TRAIL_ROOM], size_t at, const char *format, const char *key,
                  long long index)
{
    int n = snprintf(room + at, TRAIL_ROOM - at, format, key, index);

    return n < 0 ? at : at + (size_t)n < TRAIL_ROOM ? at + (size_t)n : TRAIL_ROOM - 1;
}

static size_t trail_put(const struct trail *trail, char room[TRAIL_ROOM])
{
    size_t at;

    if (!trail)
        return 0;
    at = trail_put(trail->up, room);
    at = put(room, at, at ? ".%.60s" : "%.60s", trail->key, 0);
    if (trail->index >= 0)
        at = put(room, at, "%s[%lld]", "", trail->index);
    return at;
}

const char *trail_text(const struct trail *trail, char room[TRAIL_ROOM])
{
    room[0] = '\0';
    trail_put(trail, room);
    return room;
}

static void say(struct reader *reader, enum severity severity, const char *code,
                const struct trail *trail, const struct text *text, size_t offset,
                const char *format, va_list arguments)
{
    char message[768], path[TRAIL_ROOM];

    vsnprintf(message, sizeof message, format, arguments);
    diagnose(reader->said, severity, code, text, offset, "%s%s%s", trail_text(trail, path),
             trail ? ": " : "", message);
}

void complain(struct reader *reader, const struct trail *trail, const cJSON *node,
              const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(reader, SAY_ERROR, NULL, trail, json_text(reader->json, node),
        json_offset(reader->json, node), format, arguments);
    va_end(arguments);
}

void complain_key(struct reader *reader, const struct trail *trail, const cJSON *node,
                  const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(reader, SAY_ERROR, NULL, trail, json_text(reader->json, node),
        json_key_offset(reader->json, node), format, arguments);
    va_end(arguments);
}

void warn(struct reader *reader, const char *code, const struct trail *trail, const cJSON *node,
          const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(reader, SAY_WARNING, code, trail, json_text(reader->json, node),
        json_offset(reader->json, node), format, arguments);
    va_end(arguments);
}

void remark(struct reader *reader, const char *code, const struct trail *trail, const cJSON *node,
            const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(reader, SAY_NOTE, code, trail, json_text(reader->json, node),
        json_offset(reader->json, node), format, arguments);
    va_end(arguments);
}

const char *found_text(const struct reader *reader, const cJSON *node, char room[FOUND_ROOM])
{
    const char *text;
    size_t length;

    if (cJSON_IsString(node)) {
        snprintf(room, FOUND_ROOM, "\"%.40s%s\"", node->valuestring,
                 strlen(node->valuestring) > 40 ? "..." : "");
    } else if (cJSON_IsNumber(node)) {
        text = json_number(reader->json, node, &length);
        snprintf(room, FOUND_ROOM, "%.*s", (int)(length < 40 ? length : 40), text);
    } else {
        return cJSON_IsObject(node)  ? node->child ? "an object" : "an empty object"
               : cJSON_IsArray(node) ? node->child ? "a list" : "an empty list"
               : cJSON_IsTrue(node)  ? "true"
               : cJSON_IsFalse(node) ? "false"
                                     : "null";
    }
    return room;
}

static bool listed(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (!strcmp(*names, name))
            return true;
    return false;
}

static void unknown_key(struct reader *reader, const struct trail *trail, const cJSON *node,
                        const struct rows *rows, const char *const *reserved)
{
    struct nearest nearest = nearest_to(node->string);
    char known[512] = "";
    struct field field;
    size_t at = 0;
    uint32_t i;

    if (!diagnostics_room(reader->said)) {
        complain_key(reader, trail, node, "unknown key");
        return;
    }
    for (i = 0; rows_at(rows, i, &field); i++) {
        nearest_see(&nearest, field.name);
        if (at < sizeof known - 1)
            at +=
                (size_t)snprintf(known + at, sizeof known - at, "%s%s", i ? ", " : "", field.name);
    }
    for (; reserved && *reserved; reserved++)
        nearest_see(&nearest, *reserved);
    nearest_see(&nearest, "description");
    if (nearest_found(&nearest))
        complain_key(reader, trail, node, "unknown key; did you mean \"%s\"?",
                     nearest_found(&nearest));
    else
        complain_key(reader, trail, node, "unknown key; known here: %s",
                     at ? known : "none but description");
}

static void bind_member(struct reader *reader, const struct trail *trail, const cJSON *child,
                        const struct rows *rows, const char *const *reserved, void *out)
{
    const struct trail here = { trail, child->string, -1 };
    struct field field;
    char room[FOUND_ROOM];

    if (rows_find(rows, child->string, &field))
        bind_value(reader, &here, child, &field, out);
    else if (!strcmp(child->string, "description")) {
        if (!cJSON_IsString(child))
            complain(reader, &here, child, "expected a text in double quotes, found %s",
                     found_text(reader, child, room));
    } else if (!listed(reserved, child->string))
        unknown_key(reader, &here, child, rows, reserved);
}

bool bind_object(struct reader *reader, const struct trail *trail, const cJSON *node,
                 const struct rows *rows, const char *const *reserved, void *out)
{
    uint32_t before = diagnostics_errors(reader->said), i;
    struct field field;
    const cJSON *child;
    bool flawed = false;

    for (child = node->child; child; child = child->next) {
        bind_member(reader, trail, child, rows, reserved, out);
        flawed |= json_flawed(reader->json, child);
    }
    for (i = 0; rows_at(rows, i, &field); i++)
        if (field.required && !cJSON_GetObjectItemCaseSensitive(node, field.name))
            complain(reader, trail, node, "%s is missing: %s", field.name, field.help);
    return diagnostics_errors(reader->said) == before && !flawed && !reader->no_memory;
}

bool bind_may_be_object(const struct field *field)
{
    return field->shape && (field->type == FIELD_NUMBER || field->type == FIELD_TIME ||
                            field->type == FIELD_QUANTITY);
}

void bind_preset(struct reader *reader, const struct field *field, void *out)
{
    void *at = (char *)out + field->offset;
    const bool absent = isnan(field->preset);

    switch (field->type) {
    case FIELD_WHOLE:
        *(int64_t *)at = absent ? FIELD_ABSENT : (int64_t)field->preset;
        break;
    case FIELD_NUMBER:
        *(double *)at = field->preset;
        break;
    case FIELD_FLAG:
    case FIELD_CHOICE:
        *(int32_t *)at = absent ? 0 : (int32_t)field->preset;
        break;
    case FIELD_TIME:
        *(lb_time *)at = absent ? LB_NEVER : (lb_time)llround(field->preset * 1e9);
        break;
    case FIELD_QUANTITY:
        if (!absent)
            *(struct distribution *)at = distribution_constant(field->preset);
        break;
    case FIELD_SEED:
        *(uint64_t *)at = (uint64_t)field->preset;
        break;
    case FIELD_OBJECT:
        bind_presets(reader, &(struct rows) { .fields = field->shape->fields }, at);
        break;
    case FIELD_VARIANT:
        bind_presets(reader, &(struct rows) { .fields = field->variants->at[0].fields }, at);
        break;
    case FIELD_POLICY:
        value_preset_policy(reader, field, (struct lb_inner *)at);
        break;
    default: /* pointers and counts: the struct came zeroed */
        break;
    }
    if (bind_may_be_object(field))
        bind_presets(reader, &(struct rows) { .fields = field->shape->fields },
                     (char *)out + field->object_at);
}

void bind_presets(struct reader *reader, const struct rows *rows, void *out)
{
    struct field field;
    uint32_t i;

    for (i = 0; rows_at(rows, i, &field); i++)
        bind_preset(reader, &field, out);
}
