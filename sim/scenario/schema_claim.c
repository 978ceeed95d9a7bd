/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/schema_part.h"

static cJSON *list_of(cJSON *items, int least, int most)
{
    cJSON *schema = schema_type("array");

    cJSON_AddItemToObject(schema, "items", items);
    cJSON_AddNumberToObject(schema, "minItems", least);
    if (most)
        cJSON_AddNumberToObject(schema, "maxItems", most);
    return schema;
}

static cJSON *amount(void)
{
    return schema_any(schema_type("number"), schema_type("string"));
}

static cJSON *tolerance(void)
{
    static const char *const words[] = { "ci", NULL };
    cJSON *number = schema_type("number");

    cJSON_AddNumberToObject(number, "minimum", 0);
    return schema_any(number, schema_enum(words));
}

static cJSON *operand(void)
{
    cJSON *object = schema_type("object");
    cJSON *properties = cJSON_AddObjectToObject(object, "properties");

    cJSON_AddItemToObject(properties, "policy", schema_type("string"));
    cJSON_AddItemToObject(properties, "at", schema_type("object"));
    cJSON_AddBoolToObject(object, "additionalProperties", 0);
    return schema_any(schema_type("string"), object);
}

cJSON *schema_of_claim(enum field_type type)
{
    switch (type) {
    case FIELD_AMOUNT:
        return amount();
    case FIELD_AMOUNTS:
        return list_of(amount(), 2, 2);
    case FIELD_TOLERANCE:
        return tolerance();
    case FIELD_OPERANDS:
        return list_of(operand(), 2, 0);
    default:
        return schema_type("object");
    }
}
