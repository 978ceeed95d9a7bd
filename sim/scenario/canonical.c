/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/policy_read.h"

static void print_config(FILE *out, const struct lb_policy *policy, const void *config);

static void print_list(FILE *out, const struct lb_list *list)
{
    uint32_t i;

    fputc('[', out);
    for (i = 0; i < list->n; i++)
        fprintf(out, "%s%.17g", i ? " " : "", list->at[i]);
    fputc(']', out);
}

static void print_inner(FILE *out, const struct lb_inner *inner)
{
    if (!inner->policy)
        return;
    fprintf(out, "%s{", inner->policy->name);
    print_config(out, inner->policy, inner->config);
    fputc('}', out);
}

static void print_value(FILE *out, const struct field *field, const void *at)
{
    switch (field->type) {
    case FIELD_WHOLE:
        fprintf(out, "%" PRId64, *(const int64_t *)at);
        break;
    case FIELD_TIME:
        fprintf(out, "%" PRId64 "ns", *(const lb_time *)at);
        break;
    case FIELD_FLAG:
        fprintf(out, "%d", *(const int32_t *)at);
        break;
    case FIELD_CHOICE:
        fputs(field->choices[*(const int32_t *)at], out);
        break;
    case FIELD_NUMBERS:
        print_list(out, at);
        break;
    case FIELD_POLICY:
        print_inner(out, at);
        break;
    default:
        fprintf(out, "%.17g", *(const double *)at);
        break;
    }
}

static void print_config(FILE *out, const struct lb_policy *policy, const void *config)
{
    const struct rows rows = rows_of_params(policy->params, policy->param_size);
    struct field field;
    uint32_t i;

    for (i = 0; rows_at(&rows, i, &field); i++) {
        fprintf(out, "%s%s=", i ? "," : "", field.name);
        print_value(out, &field, (const char *)config + field.offset);
    }
}

const char *policy_canonical(struct arena *arena, const struct lb_policy *policy,
                             const void *config)
{
    char *text = NULL, *copy = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    if (!out)
        return NULL;
    print_config(out, policy, config);
    if (!fclose(out))
        copy = arena_copy(arena, text, length);
    free(text);
    return copy;
}
