/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "sim/scenario/like.h"
#include "sim/scenario/tables.h"
#include "sim/scenario/topic_part.h"

static const struct shape *const mechanisms[] = {
    &shape_client_retry, &shape_retry,        &shape_backoff,
    &shape_budget,       &shape_cancel,       &shape_fan_out,
    &shape_attempts,     &shape_hedge,        &shape_quantile,
    &shape_copies,       &shape_queue,        &shape_health,
    &shape_outlier,      &shape_success_rate, &shape_failure_percentage,
    &shape_latency,      &shape_limits,       &shape_breaker,
    &shape_concurrency,  &shape_admission,    &shape_shed,
    &shape_shed_when,    &shape_fault,        &shape_slow_start,
    &shape_warm_up,      &shape_speed,
};
enum { MECHANISMS = sizeof mechanisms / sizeof mechanisms[0] };

const struct shape *topic_mechanism(uint32_t i)
{
    return i < MECHANISMS ? mechanisms[i] : NULL;
}

/* The limit on rates is an object of several kinds, so no shape. */
bool topic_mechanism_at(uint32_t i, const char **name, const char **summary)
{
    if (i > MECHANISMS)
        return false;
    *name = i < MECHANISMS ? mechanisms[i]->name : "rate_limit";
    *summary = i < MECHANISMS ? mechanisms[i]->help : variants_rate_limit.help;
    return true;
}

/* Does the system lack this key, or the object it lies in? */
static bool is_foreign(const struct like *like, const char *key)
{
    char name[40];

    snprintf(name, sizeof name, "%.*s", (int)strcspn(key, "."), key);
    return like_lacks(like, name);
}

/* "interval 5s", "at_least_one true", "success_rate.enforced 0". */
static void print_value(FILE *out, const struct shape *shape, const struct like_value *value)
{
    const char *dot = strchr(value->key, '.');
    struct rows rows = rows_of_fields(shape->fields);
    struct field field;
    char name[40], room[40];

    snprintf(name, sizeof name, "%.*s", dot ? (int)(dot - value->key) : 39, value->key);
    if (!rows_find(&rows, name, &field))
        return;
    if (dot) {
        rows = rows_of_fields(field.shape->fields);
        if (!rows_find(&rows, dot + 1, &field))
            return;
    }
    if (isnan(value->preset)) /* what absent means, its summary says */
        fprintf(out, "%s absent", value->key);
    else if (field.type == FIELD_FLAG)
        fprintf(out, "%s %s", value->key, value->preset != 0 ? "true" : "false");
    else
        fprintf(out, "%s %s", value->key,
                unit_show(field.type == FIELD_TIME ? UNIT_TIME : field.unit, value->preset, room,
                          sizeof room));
}

static void print_like(FILE *out, const struct shape *shape, const struct like *like)
{
    const struct like_value *value;
    uint32_t i, n = 0;

    fprintf(out, "  %-14s %s\n", like->name, like->summary);
    for (value = like->values; value && value->key; value++) {
        if (is_foreign(like, value->key))
            continue;
        fputs(n++ ? ", " : "                 with ", out);
        print_value(out, shape, value);
    }
    if (n)
        fputc('\n', out);
    for (i = 0; like->foreign && like->foreign[i]; i++)
        fprintf(out, "%s%s", i ? ", " : "                 without ", like->foreign[i]);
    if (i)
        fputc('\n', out);
}

void topic_likes(FILE *out, const struct shape *shape)
{
    const struct like *like;

    for (like = shape->likes; like && like->name; like++) {
        if (like == shape->likes)
            fputs("\n  like\n", out);
        print_like(out, shape, like);
    }
    if (shape->likes)
        fprintf(out,
                "  as in \"%s\": { \"like\": \"%s\" }; `lbsim explain %s:%s` has all its keys\n",
                shape->name, shape->likes[0].name, shape->likes[0].name, shape->name);
}

bool topic_explain_like(FILE *out, const char *name)
{
    const char *colon = strchr(name, ':');
    const struct like *like;
    uint32_t i;

    for (i = 0; colon && i < MECHANISMS; i++) {
        const struct rows rows = rows_of_fields(mechanisms[i]->fields);

        if (strcmp(mechanisms[i]->name, colon + 1) != 0)
            continue;
        for (like = mechanisms[i]->likes; like && like->name; like++)
            if (strlen(like->name) == (size_t)(colon - name) &&
                !strncmp(like->name, name, strlen(like->name))) {
                fprintf(out, "%s (%s): %s\n", name, mechanisms[i]->help, like->summary);
                topic_rows(out, &rows, like);
                fprintf(out, "  as in \"%s\": { \"like\": \"%s\" }\n", mechanisms[i]->name,
                        like->name);
                return true;
            }
    }
    return false;
}
