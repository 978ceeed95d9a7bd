/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/schema_part.h"

#include <stdio.h>
#include <string.h>

#include "sim/scenario/tables.h"

static cJSON *constant(const char *text)
{
    cJSON *schema = cJSON_CreateObject();

    cJSON_AddStringToObject(schema, "const", text);
    return schema;
}

/* "if the tag is one of these (or is not there, where that is allowed), then such an object". The
 * condition keeps an editor's messages to the kind that was meant. */
static void add_case(cJSON *all, const char *tag, cJSON *tag_schema, bool may_lack, cJSON *then)
{
    cJSON *one = cJSON_CreateObject(), *test = cJSON_AddObjectToObject(one, "if"), *required;

    cJSON_AddItemToObject(cJSON_AddObjectToObject(test, "properties"), tag, tag_schema);
    if (!may_lack) {
        required = cJSON_AddArrayToObject(test, "required");
        cJSON_AddItemToArray(required, cJSON_CreateString(tag));
    }
    cJSON_AddItemToObject(one, "then", then);
    cJSON_AddItemToArray(all, one);
}

/* An object whose tag is one of `names`; the cases go into the list that is answered. */
static cJSON *tagged(cJSON *schema, const char *tag, cJSON *names, bool required)
{
    cJSON *list;

    cJSON_AddItemToObject(cJSON_AddObjectToObject(schema, "properties"), tag, names);
    if (required) {
        list = cJSON_AddArrayToObject(schema, "required");
        cJSON_AddItemToArray(list, cJSON_CreateString(tag));
    }
    return cJSON_AddArrayToObject(schema, "allOf");
}

cJSON *schema_variants(const struct variants *variants)
{
    cJSON *schema = schema_type("object"), *names = cJSON_CreateObject(), *all;
    cJSON *list = cJSON_AddArrayToObject(names, "enum");
    uint32_t i;

    all = tagged(schema, variants->tag, names, false);
    for (i = 0; variants->at[i].name; i++) {
        const struct rows rows = rows_of_fields(variants->at[i].fields);
        cJSON *object = schema_object(&rows, constant(variants->at[i].name), variants->tag);

        cJSON_AddStringToObject(object, "description", variants->at[i].summary);
        cJSON_AddItemToArray(list, cJSON_CreateString(variants->at[i].name));
        add_case(all, variants->tag, constant(variants->at[i].name), i == 0, object);
    }
    return schema;
}

cJSON *schema_distributions(enum unit unit)
{
    cJSON *schema = schema_type("object"), *names = cJSON_CreateObject(), *all;
    cJSON *list = cJSON_AddArrayToObject(names, "enum");
    uint32_t i;

    all = tagged(schema, "distribution", names, true);
    for (i = 0; distribution_kinds[i]; i++) {
        const struct distribution_kind *kind = distribution_kinds[i];
        const struct rows rows = rows_of_distribution(kind, unit);
        cJSON *object = schema_object(&rows, constant(kind->name), "distribution");

        cJSON_AddStringToObject(object, "description", kind->summary);
        cJSON_AddItemToArray(list, cJSON_CreateString(kind->name));
        add_case(all, "distribution", constant(kind->name), false, object);
    }
    return schema;
}

static const struct lb_policy *find(const struct policy_source *source, const char *name,
                                    const char **settings)
{
    char why[256];

    *settings = "";
    return source->find(source->context, name, settings, why, sizeof why);
}

/* All names by which a policy is known. */
static cJSON *names_of(const struct policy_source *source, const struct lb_policy *policy)
{
    cJSON *schema = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(schema, "enum");
    const char *name, *settings;
    uint32_t i;

    for (i = 0; (name = source->name(source->context, i)); i++)
        if (find(source, name, &settings) == policy)
            cJSON_AddItemToArray(list, cJSON_CreateString(name));
    return schema;
}

/* What a policy overrides: any key of a balancer; null takes it away. */
static cJSON *overrides(void)
{
    const struct rows rows = rows_of_fields(shape_balancer.fields);
    cJSON *schema = schema_type("object"), *names = cJSON_CreateObject(), *list;
    struct field field;
    uint32_t i;

    list = cJSON_AddArrayToObject(names, "enum");
    for (i = 0; rows_at(&rows, i, &field); i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(field.name));
    cJSON_AddItemToArray(list, cJSON_CreateString("description"));
    cJSON_AddItemToObject(schema, "propertyNames", names);
    cJSON_AddStringToObject(schema, "description",
                            "what the balancer does otherwise under this policy: keys of it, "
                            "merged with what it says itself");
    return schema;
}

static cJSON *parameters(const struct lb_policy *policy, bool labelled)
{
    const struct rows rows = rows_of_params(policy->params, policy->param_size);
    cJSON *object = schema_object(&rows, schema_type("string"), "policy");
    cJSON *label;

    if (policy->summary)
        cJSON_AddStringToObject(object, "description", policy->summary);
    if (!labelled)
        return object;
    label = schema_type("string");
    cJSON_AddNumberToObject(label, "minLength", 1);
    cJSON_AddNumberToObject(label, "maxLength", 100);
    cJSON_AddItemToObject(cJSON_GetObjectItemCaseSensitive(object, "properties"), "label", label);
    cJSON_AddItemToObject(cJSON_GetObjectItemCaseSensitive(object, "properties"), "balancer",
                          overrides());
    return object;
}

/* Was this policy met under an earlier name? */
static bool met(const struct policy_source *source, const struct lb_policy *policy, uint32_t before)
{
    const char *settings;
    uint32_t i;

    for (i = 0; i < before; i++)
        if (find(source, source->name(source->context, i), &settings) == policy)
            return true;
    return false;
}

/* The known names; names with hyphens for underscores; plug-ins. */
static cJSON *any_name(const struct policy_source *source)
{
    cJSON *known = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(known, "enum");
    cJSON *other = schema_type("string");
    const char *name;
    uint32_t i;

    for (i = 0; source->name && (name = source->name(source->context, i)); i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(name));
    cJSON_AddStringToObject(other, "pattern", "-|/|\\.so(#|$)");
    return schema_any(known, other);
}

cJSON *schema_policy(const struct policy_source *source, bool labelled)
{
    cJSON *schema = schema_type("object"), *all = tagged(schema, "policy", any_name(source), true);
    const char *name, *settings;
    uint32_t i;

    for (i = 0; source->name && (name = source->name(source->context, i)); i++) {
        const struct lb_policy *policy = find(source, name, &settings);

        if (policy && !met(source, policy, i))
            add_case(all, "policy", names_of(source, policy), false, parameters(policy, labelled));
    }
    return schema_any(any_name(source), schema);
}

cJSON *schema_policy_list(void)
{
    cJSON *list = schema_type("array");

    cJSON_AddItemToObject(list, "items", schema_reference("labelled_policy"));
    cJSON_AddNumberToObject(list, "minItems", 1);
    return schema_any(schema_reference("labelled_policy"), list);
}
