/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "sim/scenario/columns.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/value.h"

static const double SUPPORT = 1 - 1e-15; /* what lies above is drawn once in 1e15 times */

static const char *const reserved[] = { "distribution", NULL };

static const struct distribution_kind *find_kind(struct reader *reader, const struct trail *trail,
                                                 const cJSON *node)
{
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(node, "distribution");
    const struct trail here = { trail, "distribution", -1 };
    const char *names[64];
    int32_t i;

    if (!name) {
        complain(reader, trail, node,
                 "distribution is missing, as in { \"distribution\": \"exponential\", ... }");
        return NULL;
    }
    for (i = 0; distribution_kinds[i] && i < 63; i++)
        names[i] = distribution_kinds[i]->name;
    names[i] = NULL;
    i = value_choice(reader, &here, name, "distribution", names);
    return i < 0 ? NULL : distribution_kinds[i];
}

/* Space for all the numbers of all the lists, twice. */
static double *list_room(struct reader *reader, const struct rows *rows, const void *config)
{
    size_t n = 0;
    struct field field;
    uint32_t i;

    for (i = 0; rows_at(rows, i, &field); i++)
        if (field.type == FIELD_NUMBERS)
            n += ((const struct lb_list *)((const char *)config + field.offset))->n;
    return reader_get(reader, 2 * n * sizeof(double));
}

/* The columns' rows. False: the kind takes no file. */
static bool column_rows(const struct rows *rows, const struct distribution_kind *kind,
                        struct field fields[COLUMNS_MOST])
{
    uint32_t i;

    for (i = 0; kind->columns && i < COLUMNS_MOST; i++)
        if (!rows_find(rows, kind->columns[i], &fields[i]))
            return false;
    return kind->columns;
}

/* Puts the columns of the file that the object names, if any, into the lists that they stand for.
 * They live until `columns` is closed. */
static bool read_file(struct reader *reader, const struct trail *trail, const cJSON *node,
                      const struct rows *rows, const struct distribution_kind *kind, char *config,
                      struct columns *columns)
{
    const cJSON *file = cJSON_GetObjectItemCaseSensitive(node, "file");
    const struct trail here = { trail, "file", -1 };
    struct field fields[COLUMNS_MOST];
    uint32_t i;

    if (!file || !column_rows(rows, kind, fields))
        return true;
    for (i = 0; i < COLUMNS_MOST; i++)
        if (cJSON_GetObjectItemCaseSensitive(node, kind->columns[i])) {
            complain(reader, &here, file, "give either %s or file, not both", kind->columns[i]);
            return false;
        }
    if (!columns_read(reader, &here, file, fields, columns))
        return false;
    for (i = 0; i < COLUMNS_MOST && columns->at[i]; i++)
        *(struct lb_list *)(void *)(config + fields[i].offset) =
            (struct lb_list) { columns->at[i], columns->n };
    return true;
}

static bool make(struct reader *reader, const struct trail *trail, const cJSON *node,
                 const struct rows *rows, const struct distribution_kind *kind, const void *config,
                 struct distribution *out)
{
    double *room = list_room(reader, rows, config);
    const char *wrong = room ? kind->make(config, room, out) : NULL;

    if (wrong)
        complain(reader, trail, node, "%s: %s", kind->name, wrong);
    return room && !wrong;
}

static bool read_object(struct reader *reader, const struct trail *trail, const cJSON *node,
                        enum unit unit, struct distribution *out)
{
    const struct distribution_kind *kind = find_kind(reader, trail, node);
    struct columns columns = { { NULL, NULL }, 0 };
    struct rows rows;
    void *config;
    bool good;

    if (!kind || !(config = reader_get(reader, rows_size_of_distribution(kind))))
        return false;
    rows = rows_of_distribution(kind, unit);
    bind_presets(reader, &rows, config);
    if (!bind_object(reader, trail, node, &rows, reserved, config))
        return false;
    good = read_file(reader, trail, node, &rows, kind, config, &columns) &&
           make(reader, trail, node, &rows, kind, config, out);
    columns_close(&columns);
    return good;
}

static bool is_bounded(struct reader *reader, const struct trail *trail, const cJSON *node,
                       const struct field *field, const struct distribution *made)
{
    double high = made->kind->quantile(made, SUPPORT);
    char value[40], most[40];

    if (!isfinite(made->kind->mean(made))) {
        complain(reader, trail, node,
                 "its mean is infinite: no load and no average comes of it; take a shape above 1, "
                 "or bounded_pareto");
        return false;
    }
    if (high <= field->most)
        return true;
    if (!isfinite(made->kind->variance(made))) {
        complain(reader, trail, node,
                 "its values reach %s, beyond %s: bound them, as bounded_pareto does",
                 unit_show(field->unit, high, value, sizeof value),
                 unit_show(field->unit, field->most, most, sizeof most));
        return false;
    }
    complain(reader, trail, node, "its values reach %s, beyond %s: write the scenario in a %s unit",
             unit_show(field->unit, high, value, sizeof value),
             unit_show(field->unit, field->most, most, sizeof most),
             field->unit == UNIT_TIME ? "smaller" : "larger");
    return false;
}

void value_quantity(struct reader *reader, const struct trail *trail, const cJSON *node,
                    const struct field *field, struct distribution *out)
{
    struct distribution made;
    char room[FOUND_ROOM];
    double value;

    if (cJSON_IsNumber(node) || cJSON_IsString(node)) {
        if (value_number(reader, trail, node, field, &value))
            *out = distribution_constant(value);
    } else if (!cJSON_IsObject(node)) {
        complain(reader, trail, node,
                 "expected %s or a distribution such as { \"distribution\": \"exponential\", "
                 "\"mean\": %s }, found %s",
                 unit_example(field->unit), unit_example(field->unit),
                 found_text(reader, node, room));
    } else if (read_object(reader, trail, node, field->unit, &made) &&
               is_bounded(reader, trail, node, field, &made)) {
        *out = made;
    }
}
