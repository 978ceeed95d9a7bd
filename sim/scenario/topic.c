/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/topic.h"

#include <math.h>
#include <string.h>

#include "sim/scenario/claim_keys.h"
#include "sim/scenario/like.h"
#include "sim/scenario/topic_part.h"

static const struct object {
    const char *name;
    const struct shape *shape;
} objects[] = {
    { "scenario", &shape_top },        { "clients", &shape_client },
    { "servers", &shape_server },      { "links", &shape_link },
    { "balancers", &shape_balancer },  { "run", &shape_run },
    { "timeline", &shape_change },     { "windows", &shape_windows },
    { "bytes", &shape_bytes },         { "information", &shape_information },
    { "rates", &shape_curve },         { "sessions", &shape_sessions },
    { "precision", &shape_precision }, { "expect", &shape_claim },
    { "live", &shape_live },           { "servers.errors", &shape_errors },
};
enum { OBJECTS = sizeof objects / sizeof *objects };

/* The i-th object with keys. False: there is none. */
static bool object_at(uint32_t i, struct object *object)
{
    const struct shape *shape = i < OBJECTS ? objects[i].shape : topic_mechanism(i - OBJECTS);

    if (shape)
        *object = (struct object) { i < OBJECTS ? objects[i].name : shape->name, shape };
    return shape;
}

static bool variant_at(const struct variants *variants, uint32_t i, struct topic_entry *entry)
{
    const uint32_t last = i;

    for (i = 0; i < last && variants->at[i].name; i++)
        continue;
    *entry = (struct topic_entry) { variants->at[i].name, variants->at[i].summary };
    return entry->name;
}

bool topic_at(const char *topic, uint32_t i, struct topic_entry *entry)
{
    const struct distribution_kind *const *kind = distribution_kinds;
    uint32_t k;

    if (!strcmp(topic, "arrivals"))
        return variant_at(&variants_arrivals, i, entry);
    if (!strcmp(topic, "disciplines"))
        return variant_at(&variants_discipline, i, entry);
    if (!strcmp(topic, "links") && i == 0) {
        *entry = (struct topic_entry) { shape_link.name, shape_link.help };
        return true;
    }
    if (!strcmp(topic, "mechanisms"))
        return topic_mechanism_at(i, &entry->name, &entry->summary);
    if (strcmp(topic, "distributions") != 0)
        return false;
    for (k = 0; k < i && *kind; k++)
        kind++;
    if (*kind)
        *entry = (struct topic_entry) { (*kind)->name, (*kind)->summary };
    return *kind;
}

static const char *noun(const struct field *field)
{
    static const char *const units[] = {
        [UNIT_NONE] = "number",         [UNIT_TIME] = "time", [UNIT_BYTES] = "size",
        [UNIT_BANDWIDTH] = "bandwidth", [UNIT_RATE] = "rate",
    };
    static const char *const nouns[] = {
        [FIELD_TEXT] = "text",
        [FIELD_NAME] = "name",
        [FIELD_WHOLE] = "whole number",
        [FIELD_FLAG] = "true or false",
        [FIELD_CHOICES] = "list of names",
        [FIELD_TIME] = "time",
        [FIELD_NUMBERS] = "list of numbers",
        [FIELD_NAMES] = "list of names",
        [FIELD_OBJECT] = "object",
        [FIELD_OBJECTS] = "object or list",
        [FIELD_POLICY] = "policy",
        [FIELD_SEED] = "whole number",
        [FIELD_WARMUP] = "auto, count or time",
        [FIELD_POLICIES] = "policy or list",
        [FIELD_AMOUNT] = "number with a unit",
        [FIELD_AMOUNTS] = "two numbers",
        [FIELD_TOLERANCE] = "number or \"ci\"",
        [FIELD_OPERANDS] = "list of labels",
        [FIELD_POINT] = "object",
        [FIELD_NODE] = "a form of its own",
    };

    if (field->type == FIELD_NUMBER)
        return units[field->unit];
    if (field->type == FIELD_QUANTITY)
        return field->unit == UNIT_TIME    ? "time or distribution"
               : field->unit == UNIT_BYTES ? "size or distribution"
                                           : "number or distribution";
    return nouns[field->type];
}

/* "own|fresh". */
static void print_names(const struct field *field, char *text, size_t size)
{
    size_t at = (size_t)snprintf(text, size, "%s", field->type == FIELD_CHOICES ? "list of " : "");
    uint32_t i;

    for (i = 0; at < size; i++) {
        const char *name =
            field->type == FIELD_VARIANT ? field->variants->at[i].name : field->choices[i];
        if (!name)
            break;
        at += (size_t)snprintf(text + at, size - at, "%s%s", i ? "|" : "", name);
    }
}

/* "whole number 1 to 65535", "own|fresh". */
static void print_kind(FILE *out, const struct field *field)
{
    const char *other = bind_may_be_object(field) ? " or object" : "";
    char text[128], least[32], most[32];
    const enum unit unit = field->type == FIELD_TIME ? UNIT_TIME : field->unit;

    text[0] = '\0';
    if (field->type == FIELD_CHOICE || field->type == FIELD_CHOICES || field->type == FIELD_VARIANT)
        print_names(field, text, sizeof text);
    else if ((field->least == 0 && field->most == 0) || field->type == FIELD_OBJECTS ||
             field->most >= 1e15)
        snprintf(text, sizeof text, "%s%s", noun(field), other);
    else
        snprintf(text, sizeof text, "%s %s to %s%s", noun(field),
                 unit_show(unit, field->least, least, sizeof least),
                 unit_show(unit, field->most, most, sizeof most), other);
    fprintf(out, "%-34s", text);
}

static void print_default(FILE *out, const struct field *field)
{
    const enum unit unit = field->type == FIELD_TIME ? UNIT_TIME : field->unit;
    char text[40] = "";

    if (field->required)
        snprintf(text, sizeof text, "required");
    else if (field->type == FIELD_CHOICE && field->preset >= 0)
        snprintf(text, sizeof text, "%s", field->choices[(int)field->preset]);
    else if (field->type == FIELD_FLAG)
        snprintf(text, sizeof text, "%s", field->preset != 0 ? "true" : "false");
    else if (field->type == FIELD_POLICY && field->choices && field->choices[0])
        snprintf(text, sizeof text, "%s", field->choices[0]);
    else if (field->type == FIELD_VARIANT)
        snprintf(text, sizeof text, "%s", field->variants->at[0].name);
    else if (field->type != FIELD_CHOICE && !isnan(field->preset))
        unit_show(unit, field->preset, text, sizeof text);
    fprintf(out, " %-12s", text);
}

static void print_row(FILE *out, const struct field *field, int width)
{
    fprintf(out, "  %-*s ", width, field->name);
    print_kind(out, field);
    print_default(out, field);
    fprintf(out, " %s\n", field->help ? field->help : "");
}

/* What an object within has, as a system has it: "success_rate.factor". */
static void print_within(FILE *out, const struct field *object, const struct like *like, int width)
{
    const struct rows rows = rows_of_fields(object->shape->fields);
    struct field field;
    char name[80];
    uint32_t i;

    for (i = 0; rows_at(&rows, i, &field); i++) {
        snprintf(name, sizeof name, "%s.%s", object->name, field.name);
        field.name = name;
        field.preset = like_preset(like, &field);
        print_row(out, &field, width);
    }
}

/* Of the column of keys. */
static int width_of(const struct rows *rows, const struct like *like)
{
    enum { LEAST = 14 };
    struct field field, inner;
    size_t width = LEAST;
    uint32_t i, k;

    for (i = 0; rows_at(rows, i, &field); i++) {
        width = strlen(field.name) > width ? strlen(field.name) : width;
        if (!like || like_lacks(like, field.name) || field.type != FIELD_OBJECT)
            continue;
        for (k = 0; rows_at(&(struct rows) { .fields = field.shape->fields }, k, &inner); k++)
            if (strlen(field.name) + 1 + strlen(inner.name) > width)
                width = strlen(field.name) + 1 + strlen(inner.name);
    }
    return (int)width;
}

void topic_rows(FILE *out, const struct rows *rows, const struct like *like)
{
    const int width = width_of(rows, like);
    struct field field;
    uint32_t i;

    for (i = 0; rows_at(rows, i, &field); i++) {
        if (!i)
            fprintf(out, "  %-*s %-34s %-12s %s\n", width, "key", "takes", "default", "what it is");
        if (like && (!strcmp(field.name, "like") || like_lacks(like, field.name)))
            continue;
        if (like && field.type == FIELD_OBJECT) {
            print_within(out, &field, like, width);
            continue;
        }
        if (like)
            field.preset = like_preset(like, &field);
        print_row(out, &field, width);
    }
}

static void print_rows(FILE *out, const struct rows *rows)
{
    topic_rows(out, rows, NULL);
}

void topic_parameters(FILE *out, const struct lb_param *params, uint32_t stride)
{
    const struct rows rows = rows_of_params(params, stride);

    print_rows(out, &rows);
}

static bool explain_distribution(FILE *out, const char *name)
{
    const struct distribution_kind *kind = distribution_kind(name);
    struct rows rows;

    if (!kind)
        return false;
    rows = rows_of_distribution(kind, UNIT_TIME);
    fprintf(out, "%s (distribution): %s\n", kind->name, kind->summary);
    if (kind->formula)
        fprintf(out, "  %s\n", kind->formula);
    print_rows(out, &rows);
    fprintf(out, "  as in { \"distribution\": \"%s\", ... } wherever a quantity may be random\n",
            kind->name);
    return true;
}

/* A paragraph, broken at spaces. */
static void print_words(FILE *out, const char *text)
{
    enum { WIDTH = 94 };

    while (*text) {
        size_t n = strlen(text);

        if (n > WIDTH)
            for (n = WIDTH; n > 0 && text[n] != ' '; n--)
                continue;
        n = n ? n : WIDTH;
        fprintf(out, "  %.*s\n", (int)n, text);
        text += n;
        text += strspn(text, " ");
    }
}

static void explain_arrivals(FILE *out, const struct arrival_kind *kind)
{
    fputs("\nRule\n", out);
    print_words(out, kind->rule);
    fputs("\nBurstiness\n", out);
    print_words(out, kind->bursts);
    fputs("\nKeys\n", out);
}

static bool explain_variant(FILE *out, const char *name, const char *what,
                            const struct variants *variants)
{
    uint32_t i;

    for (i = 0; variants->at[i].name; i++) {
        const struct rows rows = rows_of_fields(variants->at[i].fields);

        if (strcmp(variants->at[i].name, name) != 0)
            continue;
        fprintf(out, "%s (%s): %s\n", name, what, variants->at[i].summary);
        if (variants == &variants_arrivals)
            explain_arrivals(out, arrival_kinds[i]);
        print_rows(out, &rows);
        fprintf(out, "  as in \"%s\": \"%s\"\n", variants->tag, name);
        return true;
    }
    return false;
}

/* "retry" is also "attempts.retry", once there has been a "retry". */
static bool is_called(const struct object *object, const char *name, bool once)
{
    const char *dot = strrchr(object->name, '.');

    return !strcmp(object->name, name) || !strcmp(object->shape->name, name) ||
           (once && dot && !strcmp(dot + 1, name));
}

static bool explain_object(FILE *out, const char *name)
{
    struct object object;
    bool any = false;
    uint32_t i;

    for (i = 0; object_at(i, &object); i++) {
        const struct rows rows = rows_of_fields(object.shape->fields);

        if (!is_called(&object, name, any))
            continue;
        fprintf(out, "%s%s: %s\n", any ? "\n" : "", i < OBJECTS ? name : object.name,
                object.shape->help);
        print_rows(out, &rows);
        topic_likes(out, object.shape);
        any = true;
    }
    return any;
}

/* Its keys, too, where there are few kinds. */
static void print_variant(FILE *out, const struct variants *variants, uint32_t k)
{
    const struct variant *variant = &variants->at[k];
    const struct rows rows = rows_of_fields(variant->fields);

    fprintf(out, "%s  %-14s %s\n", variants == &variants_rate_limit ? "\n" : "", variant->name,
            variant->summary);
    if (variants == &variants_rate_limit)
        print_rows(out, &rows);
}

/* One key, in each object that has it. */
static bool explain_key(FILE *out, const char *name)
{
    struct field one[2] = { { .name = NULL }, { .name = NULL } };
    struct object object;
    bool any = false;
    uint32_t i, k;

    for (i = 0; object_at(i, &object); i++) {
        const struct rows rows = rows_of_fields(object.shape->fields);
        const struct rows row = rows_of_fields(one);

        if (!rows_find(&rows, name, &one[0]))
            continue;
        fprintf(out, "%s%s (of %s): %s\n", any ? "\n" : "", name, object.name, one[0].help);
        print_rows(out, &row);
        for (k = 0; one[0].variants && one[0].variants->at[k].name; k++)
            print_variant(out, one[0].variants, k);
        any = true;
    }
    return any;
}

bool topic_explain(FILE *out, const char *name)
{
    bool any = explain_distribution(out, name);

    any |= explain_variant(out, name, "arrivals", &variants_arrivals);
    any |= explain_variant(out, name, "discipline", &variants_discipline);
    any |= explain_variant(out, name, "rate_limit", &variants_rate_limit);
    any |= topic_explain_like(out, name);
    any |= explain_object(out, name);
    return any || explain_key(out, name);
}
