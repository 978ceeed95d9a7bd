/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/schema.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/scenario/claim_keys.h"
#include "sim/scenario/schema_part.h"
#include "sim/scenario/tables.h"
#include "sim/scenario/topic_part.h"

static const char DRAFT[] = "https://json-schema.org/draft/2020-12/schema";

cJSON *schema_type(const char *type)
{
    cJSON *schema = cJSON_CreateObject();

    cJSON_AddStringToObject(schema, "type", type);
    return schema;
}

cJSON *schema_reference(const char *definition)
{
    cJSON *schema = cJSON_CreateObject();
    char path[80];

    snprintf(path, sizeof path, "#/$defs/%s", definition);
    cJSON_AddStringToObject(schema, "$ref", path);
    return schema;
}

cJSON *schema_any(cJSON *first, cJSON *second)
{
    cJSON *schema = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(schema, "anyOf");

    cJSON_AddItemToArray(list, first);
    cJSON_AddItemToArray(list, second);
    return schema;
}

cJSON *schema_enum(const char *const *names)
{
    cJSON *schema = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(schema, "enum");

    for (; names && *names; names++)
        cJSON_AddItemToArray(list, cJSON_CreateString(*names));
    return schema;
}

static cJSON *list_of(cJSON *items)
{
    cJSON *schema = schema_type("array");

    cJSON_AddItemToObject(schema, "items", items);
    return schema;
}

static cJSON *ranged(cJSON *schema, const struct field *field)
{
    if (field->least == 0 && field->most == 0)
        return schema;
    cJSON_AddNumberToObject(schema, "minimum", field->least);
    if (isfinite(field->most))
        cJSON_AddNumberToObject(schema, "maximum", field->most);
    return schema;
}

static cJSON *text_with_unit(enum unit unit)
{
    cJSON *schema = schema_type("string");

    cJSON_AddStringToObject(schema, "pattern", unit_pattern(unit));
    return schema;
}

static cJSON *number(const struct field *field, enum unit unit)
{
    cJSON *schema = ranged(schema_type("number"), field);

    return unit == UNIT_NONE ? schema : schema_any(schema, text_with_unit(unit));
}

static cJSON *numbers(const struct field *field)
{
    cJSON *list = list_of(number(field, field->unit));

    if (!field->may_be_empty)
        cJSON_AddNumberToObject(list, "minItems", 1);
    return list;
}

static const char *definition(const struct field *field)
{
    return field->shape && field->shape->definition ? field->shape->definition : field->name;
}

static cJSON *one_or_list(const struct field *field)
{
    cJSON *list = list_of(schema_reference(definition(field)));

    if (field->least > 0)
        cJSON_AddNumberToObject(list, "minItems", field->least);
    cJSON_AddNumberToObject(list, "maxItems", field->most);
    return schema_any(schema_reference(definition(field)), list);
}

static cJSON *seed(void)
{
    cJSON *whole = schema_type("integer"), *quoted = schema_type("string");

    cJSON_AddNumberToObject(whole, "minimum", 0);
    cJSON_AddNumberToObject(whole, "maximum", 9007199254740991.0);
    cJSON_AddStringToObject(quoted, "pattern", "^[0-9]+$");
    return schema_any(whole, quoted);
}

static cJSON *warmup(void)
{
    static const char *const words[] = { "auto", NULL };
    cJSON *whole = schema_type("integer");

    cJSON_AddNumberToObject(whole, "minimum", 0);
    return schema_any(schema_enum(words), schema_any(whole, text_with_unit(UNIT_TIME)));
}

static cJSON *name(void)
{
    cJSON *schema = schema_type("string");

    cJSON_AddStringToObject(schema, "pattern",
                            "^[^\\[\\]{}\"/\\n\\r\\t.][^\\[\\]{}\"/\\n\\r\\t]*$");
    return schema;
}

static cJSON *variant(const struct variants *variants)
{
    cJSON *schema = schema_variants(variants);
    const char *names[16];
    uint32_t i;

    if (!variants->bare)
        return schema;
    for (i = 0; variants->at[i].name && i < 15; i++)
        names[i] = variants->at[i].name;
    names[i] = NULL;
    return schema_any(schema_enum(names), schema);
}

static cJSON *quantity(const struct field *field)
{
    static const char *const definitions[] = {
        [UNIT_NONE] = "number_distribution",
        [UNIT_TIME] = "time_distribution",
        [UNIT_BYTES] = "bytes_distribution",
    };

    return schema_any(number(field, field->unit), schema_reference(definitions[field->unit]));
}

static cJSON *whole(const struct field *field)
{
    const char *const words[] = { field->word, NULL };
    cJSON *schema = ranged(schema_type("integer"), field);

    return field->word ? schema_any(schema, schema_enum(words)) : schema;
}

static cJSON *choices(const struct field *field)
{
    cJSON *list = list_of(schema_enum(field->choices));

    cJSON_AddNumberToObject(list, "minItems", 1);
    cJSON_AddBoolToObject(list, "uniqueItems", true);
    return list;
}

static cJSON *value(const struct field *field)
{
    switch (field->type) {
    case FIELD_TEXT:
        return schema_type("string");
    case FIELD_NAME:
        return name();
    case FIELD_WHOLE:
        return whole(field);
    case FIELD_NUMBER:
        return number(field, field->unit);
    case FIELD_FLAG:
        return schema_type("boolean");
    case FIELD_CHOICE:
        return schema_enum(field->choices);
    case FIELD_TIME:
        return number(field, UNIT_TIME);
    case FIELD_QUANTITY:
        return quantity(field);
    case FIELD_NUMBERS:
        return numbers(field);
    case FIELD_NAMES:
        return list_of(schema_type("string"));
    case FIELD_CHOICES:
        return choices(field);
    case FIELD_OBJECT:
    case FIELD_NODE:
        return schema_reference(definition(field));
    case FIELD_OBJECTS:
        return one_or_list(field);
    case FIELD_VARIANT:
        return variant(field->variants);
    case FIELD_POLICY:
        return schema_reference("policy");
    case FIELD_SEED:
        return seed();
    case FIELD_WARMUP:
        return warmup();
    case FIELD_POLICIES:
        return schema_policy_list();
    case FIELD_AMOUNT:
    case FIELD_AMOUNTS:
    case FIELD_TOLERANCE:
    case FIELD_OPERANDS:
    case FIELD_POINT:
        return schema_of_claim(field->type);
    }
    return cJSON_CreateObject();
}

static void add_default(cJSON *schema, const struct field *field)
{
    if (isnan(field->preset))
        return;
    if (field->type == FIELD_CHOICE && field->preset >= 0)
        cJSON_AddStringToObject(schema, "default", field->choices[(int)field->preset]);
    else if (field->type == FIELD_FLAG)
        cJSON_AddBoolToObject(schema, "default", field->preset != 0);
    else if (field->type == FIELD_WHOLE || field->type == FIELD_NUMBER ||
             field->type == FIELD_TIME || field->type == FIELD_QUANTITY)
        cJSON_AddNumberToObject(schema, "default", field->preset);
}

/* A $ref may have neighbours since draft 2019-09, so help stands beside it. */
cJSON *schema_object(const struct rows *rows, cJSON *tag, const char *tag_name)
{
    cJSON *schema = schema_type("object"), *required, *properties, *one;
    struct field field;
    uint32_t i;

    properties = cJSON_AddObjectToObject(schema, "properties");
    required = cJSON_AddArrayToObject(schema, "required");
    if (tag)
        cJSON_AddItemToObject(properties, tag_name, tag);
    for (i = 0; rows_at(rows, i, &field); i++) {
        one = bind_may_be_object(&field)
                  ? schema_any(value(&field), schema_reference(definition(&field)))
                  : value(&field);
        if (field.help)
            cJSON_AddStringToObject(one, "description", field.help);
        add_default(one, &field);
        cJSON_AddItemToObject(properties, field.name, one);
        if (field.required)
            cJSON_AddItemToArray(required, cJSON_CreateString(field.name));
    }
    if (!cJSON_GetObjectItemCaseSensitive(properties, "description"))
        cJSON_AddItemToObject(properties, "description", schema_type("string"));
    cJSON_AddBoolToObject(schema, "additionalProperties", false);
    return schema;
}

static void define(cJSON *definitions, const char *key, const struct shape *shape)
{
    const struct rows rows = rows_of_fields(shape->fields);
    cJSON *schema = schema_object(&rows, NULL, NULL);

    cJSON_AddStringToObject(schema, "description", shape->help);
    cJSON_AddItemToObject(definitions, key, schema);
}

/* Objects of attempts, queues, health, limits and faults. */
static void define_mechanisms(cJSON *definitions)
{
    const struct shape *shape;
    uint32_t i;

    for (i = 0; (shape = topic_mechanism(i)) != NULL; i++)
        define(definitions, shape->definition ? shape->definition : shape->name, shape);
}

static cJSON *precision(void)
{
    const struct rows rows = rows_of_fields(shape_precision.fields);
    struct field relative;

    if (!rows_find(&rows, "relative", &relative))
        return NULL;
    return schema_any(number(&relative, UNIT_NONE), schema_reference("precision_object"));
}

static cJSON *expect(void)
{
    const struct field claim = { .name = "claim", .most = MOST_CLAIMS };

    return one_or_list(&claim);
}

/* Addresses by server group. */
static cJSON *backends(void)
{
    cJSON *schema = schema_type("object"), *address = schema_type("string"), *list;

    list = list_of(cJSON_Duplicate(address, true));
    cJSON_AddItemToObject(schema, "additionalProperties", schema_any(address, list));
    return schema;
}

char *schema_text(const struct policy_source *source)
{
    const struct rows rows = rows_of_fields(shape_top.fields);
    cJSON *schema = schema_object(&rows, NULL, NULL), *definitions;
    char *text;

    cJSON_AddStringToObject(schema, "$schema", DRAFT);
    cJSON_AddStringToObject(schema, "title", "lbsim scenario");
    cJSON_AddStringToObject(schema, "description", shape_top.help);
    definitions = cJSON_AddObjectToObject(schema, "$defs");
    define(definitions, "clients", &shape_client);
    define(definitions, "servers", &shape_server);
    define(definitions, "links", &shape_link);
    define(definitions, "balancers", &shape_balancer);
    define(definitions, "run", &shape_run);
    define(definitions, "bytes", &shape_bytes);
    define(definitions, "information", &shape_information);
    define(definitions, "timeline", &shape_change);
    define(definitions, "rates", &shape_curve);
    define(definitions, "sessions", &shape_sessions);
    define(definitions, "windows", &shape_windows);
    define(definitions, "at", &shape_window);
    define(definitions, "live", &shape_live);
    define(definitions, shape_errors.definition, &shape_errors);
    cJSON_AddItemToObject(definitions, "backends", backends());
    define_mechanisms(definitions);
    cJSON_AddItemToObject(definitions, "time_distribution", schema_distributions(UNIT_TIME));
    cJSON_AddItemToObject(definitions, "bytes_distribution", schema_distributions(UNIT_BYTES));
    cJSON_AddItemToObject(definitions, "number_distribution", schema_distributions(UNIT_NONE));
    define(definitions, "precision_object", &shape_precision);
    cJSON_AddItemToObject(definitions, "precision", precision());
    cJSON_AddItemToObject(definitions, "sweep", schema_sweep());
    define(definitions, "claim", &shape_claim);
    define(definitions, "window", &shape_window);
    define(definitions, "relative_to", &shape_window);
    cJSON_AddItemToObject(definitions, "expect", expect());
    cJSON_AddItemToObject(definitions, "axis", schema_axis());
    cJSON_AddItemToObject(definitions, "zip", schema_zip());
    cJSON_AddItemToObject(definitions, "policy", schema_policy(source, false));
    cJSON_AddItemToObject(definitions, "labelled_policy", schema_policy(source, true));
    text = cJSON_Print(schema);
    cJSON_Delete(schema);
    return text;
}
