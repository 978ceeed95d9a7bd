/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/schema_part.h"

#define NUMBER "-?[0-9]+(\\\\.[0-9]+)?([eE][-+]?[0-9]+)?[A-Za-z/]*"

/* What cannot be swept. */
#define AXES                                                                                       \
    "\"propertyNames\": { \"not\": { \"pattern\":"                                                 \
    "  \"^(\\\\$schema|format|name|source|sweep|expect|live)([.[]|$)\" } }, "

/* As sweep_read.c reads it. Any key that is not listed is the path of an axis. */
static const char sweep_text[] =
    "{ \"type\": \"object\", \"minProperties\": 1," AXES "  \"properties\": {"
    "    \"description\": { \"type\": \"string\" },"
    "    \"where\": { \"type\": \"string\", \"description\":"
    "      \"keep the points where this holds: comparisons of a path, or of policy, joined by and, "
    "or and parentheses\" },"
    "    \"variants\": { \"type\": \"object\", \"minProperties\": 1, \"description\":"
    "      \"an axis of named changes: for each name, paths and their values\","
    "      \"additionalProperties\": { \"type\": \"object\", " AXES "\"minProperties\": 0 } },"
    "    \"zip\": { \"description\": \"groups of axes of the same length that go in step\","
    "      \"anyOf\": [ { \"$ref\": \"#/$defs/zip\" },"
    "                 { \"type\": \"array\", \"minItems\": 1, \"items\": { \"$ref\": "
    "\"#/$defs/zip\" } } ] } },"
    "  \"additionalProperties\": { \"$ref\": \"#/$defs/axis\" } }";

static const char zip_text[] =
    "{ \"type\": \"object\", \"minProperties\": 1," AXES "  \"properties\": {"
    "    \"description\": { \"type\": \"string\" },"
    "    \"label\": { \"type\": \"array\", \"items\": { \"type\": \"string\" }, \"minItems\": 1,"
    "      \"uniqueItems\": true, \"description\": \"names of the points\" } },"
    "  \"additionalProperties\": { \"$ref\": \"#/$defs/axis\" } }";

static const char axis_text[] =
    "{ \"description\": \"values, a range, or named values; null leaves the key out\","
    "  \"anyOf\": ["
    "    { \"type\": \"array\", \"minItems\": 1 },"
    "    { \"type\": \"object\", \"minProperties\": 1 },"
    "    { \"type\": \"string\", \"pattern\":"
    "      \"^ *" NUMBER " *\\\\.\\\\. *" NUMBER "( +(step +" NUMBER "|log +[0-9]+))? *$\" } ] }";

cJSON *schema_sweep(void)
{
    return cJSON_Parse(sweep_text);
}

cJSON *schema_axis(void)
{
    return cJSON_Parse(axis_text);
}

cJSON *schema_zip(void)
{
    return cJSON_Parse(zip_text);
}
