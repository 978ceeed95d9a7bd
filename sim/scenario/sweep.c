/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/option.h"

/* Combinations that `where` may choose among; without it a point is made of each. */
static const double MOST_COMBINATIONS = 1e7;

static const struct trail sweep_trail = { NULL, "sweep", -1 };

double sweep_number(const char *text)
{
    const size_t length = strlen(text);
    double value = NAN;
    enum unit unit;

    if (strcspn(text, "0123456789") == length)
        return NAN;
    if (strspn(text, "+-.0123456789eE") == length) {
        char *end;

        value = strtod(text, &end);
        return *end || !isfinite(value) ? NAN : value;
    }
    for (unit = UNIT_TIME; unit <= UNIT_RATE; unit++)
        if (!unit_read(unit, text, &value))
            return value;
    return NAN;
}

/* The shortest text that is read as this number again. */
static const char *number_text(struct reader *reader, const cJSON *node)
{
    char room[40];
    size_t length;
    const char *written = json_number(reader->json, node, &length);
    int digits = 15;

    if (strspn(written, "0123456789") >= length)
        return arena_copy(reader->arena, written, length);
    if (fabs(node->valuedouble) < 1e15 && node->valuedouble == floor(node->valuedouble))
        return arena_print(reader->arena, "%.0f", node->valuedouble + 0.0);
    do
        snprintf(room, sizeof room, "%.*g", digits, node->valuedouble);
    while (digits++ < 17 && strtod(room, NULL) != node->valuedouble);
    return arena_copy(reader->arena, room, strlen(room));
}

const char *sweep_value_text(struct reader *reader, const cJSON *node)
{
    const char *text = NULL;
    char *printed;

    if (cJSON_IsNumber(node))
        text = number_text(reader, node);
    else if (cJSON_IsString(node))
        text = arena_copy(reader->arena, node->valuestring, strlen(node->valuestring));
    else if ((printed = cJSON_PrintUnformatted(node))) {
        text = arena_copy(reader->arena, printed, strlen(printed));
        cJSON_free(printed);
    }
    reader->no_memory |= !text;
    return text;
}

/* ---- Names. */

static const char *place_name(struct reader *reader, const struct sweep_place *place)
{
    const char *name = "";
    uint32_t k;

    for (k = 0; name && k < place->at_n; k++)
        name = arena_print(reader->arena, "%s%s%s=%s", name, k ? "," : "", place->at[k].path,
                           place->at[k].text);
    reader->no_memory |= !name;
    return name;
}

static int by_name(const void *a, const void *b)
{
    const struct sweep_place *const *x = a, *const *y = b;
    const int order = strcmp((*x)->name, (*y)->name);

    return order ? order : (*x > *y) - (*x < *y);
}

static bool name_places(struct reader *reader, struct dimension *dimension)
{
    struct sweep_place *places = (struct sweep_place *)dimension->places;
    const struct sweep_place **sorted = malloc(dimension->n * sizeof *sorted);
    bool good = true;
    uint32_t i;

    for (i = 0; sorted && i < dimension->n && !reader->no_memory; i++) {
        places[i].name = place_name(reader, &places[i]);
        sorted[i] = &places[i];
    }
    reader->no_memory |= !sorted;
    if (!reader->no_memory)
        qsort(sorted, dimension->n, sizeof *sorted, by_name);
    for (i = 1; !reader->no_memory && good && i < dimension->n; i++)
        if (!strcmp(sorted[i]->name, sorted[i - 1]->name)) {
            complain(reader, &sweep_trail, sorted[i]->node, "%.200s is here twice",
                     sorted[i]->name);
            good = false;
        }
    free(sorted);
    return good && !reader->no_memory;
}

/* ---- Axes, as the study shows them. */

static bool has_text(const struct coordinate *at, uint32_t n, const char *text)
{
    while (n--)
        if (!strcmp(at[n].text, text))
            return true;
    return false;
}

/* A zip may have a value more than once; an axis has it once. */
static bool add_axis(struct reader *reader, const struct dimension *dimension, uint32_t k,
                     struct axis *axis)
{
    const bool zip = dimension->places[0].at_n > 1;
    struct coordinate *at = reader_get(reader, dimension->n * sizeof *at);
    uint32_t i, n = 0;

    for (i = 0; at && i < dimension->n; i++)
        if (!zip || !has_text(at, n, dimension->places[i].at[k].text))
            at[n++] = dimension->places[i].at[k];
    *axis = (struct axis) { dimension->places[0].at[k].path, at, n };
    return at;
}

static bool add_axes(struct reader *reader, struct sweep *sweep)
{
    uint32_t d, k, n = 0;

    for (d = 0; d < sweep->dimensions_n; d++)
        n += sweep->dimensions[d].places[0].at_n;
    sweep->axes = reader_get(reader, n * sizeof *sweep->axes);
    for (d = 0; sweep->axes && d < sweep->dimensions_n; d++)
        for (k = 0; k < sweep->dimensions[d].places[0].at_n; k++)
            if (!add_axis(reader, &sweep->dimensions[d], k, &sweep->axes[sweep->axes_n++]))
                return false;
    return sweep->axes;
}

/* Members of a zip know that they go in step. */
static void join_steps(struct sweep *sweep)
{
    uint32_t d, i, k;

    for (d = 0; d < sweep->dimensions_n; d++)
        for (i = 0; i < sweep->dimensions[d].n; i++)
            for (k = 0; k < sweep->dimensions[d].places[i].at_n; k++)
                ((struct coordinate *)sweep->dimensions[d].places[i].at)[k].step_set = d + 1;
}

/* ---- What contradicts itself. */

/* Does what `inner` names stand within what `outer` names? */
static bool is_within(const char *inner, const char *outer)
{
    const size_t length = strlen(outer);

    return length && !strncmp(inner, outer, length) &&
           (inner[length] == '.' || inner[length] == '[');
}

static bool clash(struct reader *reader, const struct sweep_change *first,
                  const struct sweep_change *second)
{
    if (*second->same && !strcmp(first->same, second->same))
        complain(reader, &sweep_trail, second->value, "%.200s is swept twice", second->path);
    else if (is_within(first->same, second->same))
        complain(reader, &sweep_trail, second->value,
                 "%.200s takes the place of %.200s: sweep it before that", second->path,
                 first->path);
    else
        return false;
    return true;
}

/* Variants differ in what they change; the places of other dimensions do not. */
static uint32_t differing(const struct dimension *dimension)
{
    return !strcmp(dimension->places[0].at[0].path, "variant") ? dimension->n : 1;
}

static bool clash_of(struct reader *reader, const struct sweep_place *first,
                     const struct sweep_place *second)
{
    uint32_t i, k;

    for (i = 0; i < first->changes_n; i++)
        for (k = first == second ? i + 1 : 0; k < second->changes_n; k++)
            if (clash(reader, &first->changes[i], &second->changes[k]))
                return true;
    return false;
}

static bool check_clashes(struct reader *reader, const struct sweep *sweep)
{
    uint32_t d, e, i, k;

    for (d = 0; d < sweep->dimensions_n; d++) {
        const struct dimension *second = &sweep->dimensions[d];

        for (k = 0; k < differing(second); k++)
            if (clash_of(reader, &second->places[k], &second->places[k]))
                return false;
        for (e = 0; e < d; e++)
            for (i = 0; i < differing(&sweep->dimensions[e]); i++)
                for (k = 0; k < differing(second); k++)
                    if (clash_of(reader, &sweep->dimensions[e].places[i], &second->places[k]))
                        return false;
    }
    return true;
}

static bool check_number(struct reader *reader, struct sweep *sweep, bool where)
{
    const double most = where ? MOST_COMBINATIONS : STUDY_MOST_CELLS;
    uint32_t d;

    for (d = 0; d < sweep->dimensions_n; d++)
        sweep->combinations *= sweep->dimensions[d].n;
    if (sweep->combinations <= most)
        return true;
    complain(reader, &sweep_trail, sweep->node, "%.15g points are too many: at most %.15g%s",
             sweep->combinations, most, where ? " for \"where\" to choose among" : "");
    return false;
}

bool sweep_finish(struct reader *reader, cJSON *root, struct sweep *sweep)
{
    const cJSON *where = cJSON_GetObjectItemCaseSensitive(sweep->node, "where");
    const struct trail here = { &sweep_trail, "where", -1 };
    bool good = true;
    uint32_t d;

    for (d = 0; d < sweep->dimensions_n; d++)
        good &= name_places(reader, &sweep->dimensions[d]);
    if (!good || !check_clashes(reader, sweep) || !check_number(reader, sweep, where))
        return false;
    join_steps(sweep);
    if (!add_axes(reader, sweep))
        return false;
    if (where)
        sweep->where = where_read(reader, &here, where, root, sweep);
    return !where || sweep->where;
}

/* ---- Points. */

bool sweep_put(struct reader *reader, const struct sweep *sweep, const uint32_t *index, cJSON *root)
{
    bool good = true;
    uint32_t d, k;

    for (d = 0; d < sweep->dimensions_n; d++) {
        const struct sweep_place *place = &sweep->dimensions[d].places[index[d]];

        for (k = 0; k < place->changes_n; k++)
            good &= option_put(reader, root, place->changes[k].key, place->changes[k].value);
    }
    return good;
}

bool sweep_settle(struct reader *reader, cJSON *root)
{
    struct sweep sweep;
    uint32_t *first;

    if (!sweep_read(reader, root, &sweep))
        return false;
    if (!sweep.node)
        return true;
    if (sweep.combinations > 1) {
        complain(reader, &sweep_trail, sweep.node,
                 "only one point of the %.15g can be looked at here: choose it, as with --set "
                 "%.100s=%.100s",
                 sweep.combinations, sweep.axes[0].path, sweep.axes[0].at[0].text);
        return false;
    }
    first = reader_get(reader, (sweep.dimensions_n + 1) * sizeof *first);
    if (first && sweep.where && where_holds(sweep.where, &sweep, first, NULL) != ANSWER_YES) {
        complain(reader, &sweep_trail, sweep.node, "where leaves nothing that is looked at here");
        return false;
    }
    if (!first || !sweep_put(reader, &sweep, first, root))
        return false;
    cJSON_DeleteItemFromObjectCaseSensitive(root, "sweep");
    return true;
}
