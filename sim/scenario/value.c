/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/value.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/nearest.h"

enum { LONGEST_NAME = 60, MOST_NUMBERS = 10000, DIGITS_EXACT = 18 };

void value_expected(struct reader *reader, const struct trail *trail, const cJSON *node,
                    const char *what, const char *hint)
{
    char room[FOUND_ROOM];

    complain(reader, trail, node, "expected %s, found %s%s%s", what, found_text(reader, node, room),
             hint ? "; " : "", hint ? hint : "");
}

static bool is_ranged(const struct field *field)
{
    return field->least != 0 || field->most != 0;
}

/* "a number from 0 to 1", "a time from 1ns to 1e+08s". */
static const char *range_text(const struct field *field, const char *noun, char *room, size_t size)
{
    char least[40], most[40];

    if (!is_ranged(field) || isinf(field->most))
        snprintf(room, size, "%s", noun);
    else if (field->least >= field->most)
        snprintf(room, size, "%.15g", field->least);
    else if (field->unit == UNIT_NONE || field->unit == UNIT_RATE)
        snprintf(room, size, "%s from %.15g to %.15g", noun, field->least, field->most);
    else
        snprintf(room, size, "%s from %s to %s", noun,
                 unit_show(field->unit, field->least, least, sizeof least),
                 unit_show(field->unit, field->most, most, sizeof most));
    return room;
}

static const char *noun_of(const struct field *field)
{
    static const char *const nouns[] = {
        [UNIT_NONE] = "a number",
        [UNIT_TIME] = "a time (seconds, or a text such as \"10ms\")",
        [UNIT_BYTES] = "a size (bytes, or a text such as \"64KiB\")",
        [UNIT_BANDWIDTH] = "a bandwidth (bytes per second, or a text such as \"1Gbit/s\")",
        [UNIT_RATE] = "a rate per second",
    };

    return nouns[field->unit];
}

bool value_number(struct reader *reader, const struct trail *trail, const cJSON *node,
                  const struct field *field, double *out)
{
    const char *wrong = NULL, *hint = field->hint;
    char room[200];
    double value = NAN;

    if (json_flawed(reader->json, node))
        return false;
    if (cJSON_IsNumber(node))
        value = node->valuedouble;
    else if (cJSON_IsString(node) && field->unit != UNIT_NONE)
        wrong = unit_read(field->unit, node->valuestring, &value);
    if (wrong) {
        complain(reader, trail, node, "%s, found \"%.40s\"", wrong, node->valuestring);
        return false;
    }
    if (isnan(value) || (is_ranged(field) && !(value >= field->least && value <= field->most))) {
        if (field->unit == UNIT_TIME && value > DURATION_MOST)
            hint = "write the scenario in a smaller unit";
        value_expected(reader, trail, node, range_text(field, noun_of(field), room, sizeof room),
                       hint);
        return false;
    }
    *out = value;
    return true;
}

bool value_is_whole(const struct reader *reader, const cJSON *node, int64_t *out)
{
    size_t length, sign;
    const char *text;

    if (!cJSON_IsNumber(node))
        return false;
    text = json_number(reader->json, node, &length);
    sign = *text == '-';
    if (length - sign <= DIGITS_EXACT && strspn(text + sign, "0123456789") == length - sign)
        *out = strtoll(text, NULL, 10);
    else if (fabs(node->valuedouble) <= 9007199254740992.0 &&
             floor(node->valuedouble) == node->valuedouble)
        *out = (int64_t)node->valuedouble;
    else
        return false;
    return true;
}

/* "a whole number from 1 to 65535 or \"unlimited\"". */
static const char *whole_text(const struct field *field, char *room, size_t size)
{
    size_t at = strlen(range_text(field, "a whole number", room, size));

    if (field->word)
        snprintf(room + at, size - at, " or \"%s\"", field->word);
    return room;
}

static void value_whole(struct reader *reader, const struct trail *trail, const cJSON *node,
                        const struct field *field, int64_t *out)
{
    char room[200];
    int64_t value;

    if (json_flawed(reader->json, node))
        return;
    if (field->word && cJSON_IsString(node) && !strcmp(node->valuestring, field->word))
        *out = FIELD_WORD;
    else if (value_is_whole(reader, node, &value) &&
             (!is_ranged(field) || ((double)value >= field->least && (double)value <= field->most)))
        *out = value;
    else
        value_expected(reader, trail, node, whole_text(field, room, sizeof room), field->hint);
}

void value_text(struct reader *reader, const struct trail *trail, const cJSON *node,
                const char **out)
{
    if (cJSON_IsString(node)) {
        *out = arena_copy(reader->arena, node->valuestring, strlen(node->valuestring));
        reader->no_memory |= !*out;
    } else
        value_expected(reader, trail, node, "a text in double quotes", NULL);
}

void value_name(struct reader *reader, const struct trail *trail, const cJSON *node,
                const char **out)
{
    const char *name = NULL;
    size_t length;

    value_text(reader, trail, node, &name);
    if (!name)
        return;
    length = strlen(name);
    if (length == 0 || length > LONGEST_NAME)
        complain(reader, trail, node, "a name has 1 to %d bytes, this one has %zu", LONGEST_NAME,
                 length);
    else if (strcspn(name, "[]{}\"/\n\r\t") != length || *name == '.')
        complain(reader, trail, node,
                 "a name has no brackets, braces, quotes, slashes or first dot: found \"%s\"",
                 name);
    else if (trail->up && strspn(name, "0123456789") == length)
        complain(reader, trail, node,
                 "a name of digits alone would be taken for a number in paths: found \"%s\"", name);
    else
        *out = name;
}

/* "fifo" or "ps"; "a, b or c". */
static const char *alternatives(const char *const *choices, char *room, size_t size)
{
    size_t at = 0;
    uint32_t i;

    room[0] = '\0';
    for (i = 0; choices[i] && at < size; i++)
        at += (size_t)snprintf(room + at, size - at, "%s\"%s\"",
                               i == 0           ? ""
                               : choices[i + 1] ? ", "
                                                : " or ",
                               choices[i]);
    return room;
}

int32_t value_choice(struct reader *reader, const struct trail *trail, const cJSON *node,
                     const char *what, const char *const *choices)
{
    struct nearest nearest;
    char room[300];
    int32_t i;

    if (!cJSON_IsString(node)) {
        value_expected(reader, trail, node, alternatives(choices, room, sizeof room), NULL);
        return -1;
    }
    nearest = nearest_to(node->valuestring);
    for (i = 0; choices[i]; i++) {
        if (!strcmp(choices[i], node->valuestring))
            return i;
        nearest_see(&nearest, choices[i]);
    }
    if (nearest_found(&nearest))
        complain(reader, trail, node, "unknown %s \"%.40s\"; did you mean \"%s\"?", what,
                 node->valuestring, nearest_found(&nearest));
    else
        complain(reader, trail, node, "unknown %s \"%.40s\"; expected %s", what, node->valuestring,
                 alternatives(choices, room, sizeof room));
    return -1;
}

static void value_flag(struct reader *reader, const struct trail *trail, const cJSON *node,
                       int32_t *out)
{
    if (cJSON_IsBool(node))
        *out = cJSON_IsTrue(node);
    else
        value_expected(reader, trail, node, "true or false", NULL);
}

static void value_time(struct reader *reader, const struct trail *trail, const cJSON *node,
                       const struct field *field, lb_time *out)
{
    struct field seconds = *field;
    double value;

    seconds.unit = UNIT_TIME;
    if (!is_ranged(&seconds) || seconds.most > DURATION_MOST)
        seconds.most = DURATION_MOST;
    if (value_number(reader, trail, node, &seconds, &value))
        *out = (lb_time)llround(value * 1e9);
}

/* 64 bits in quotes; without, what a double holds: other readers of the file would round the rest.
 * A word of the command line needs no quotes. */
static void value_seed(struct reader *reader, const struct trail *trail, const cJSON *node,
                       uint64_t *out)
{
    const bool quoted = cJSON_IsString(node);
    const char *text;
    size_t length;
    char *end;
    uint64_t value;

    if (json_flawed(reader->json, node))
        return;
    if (!quoted && !cJSON_IsNumber(node)) {
        value_expected(reader, trail, node, "a whole number", NULL);
        return;
    }
    text = quoted ? node->valuestring : json_number(reader->json, node, &length);
    if (quoted)
        length = strlen(text);
    errno = 0;
    value = strtoull(text, &end, 10);
    if (!length || strspn(text, "0123456789") != length)
        value_expected(reader, trail, node, "a whole number from 0 to 18446744073709551615", NULL);
    else if (errno)
        value_expected(reader, trail, node, "a number of at most 64 bits", NULL);
    else if (!quoted && value >> 53 && !json_text(reader->json, node)->option)
        complain(reader, trail, node, "%.*s is above 2^53: write it in quotes, \"%.*s\"",
                 (int)length, text, (int)length, text);
    else
        *out = value;
}

static void value_numbers(struct reader *reader, const struct trail *trail, const cJSON *node,
                          const struct field *field, struct lb_list *out)
{
    int64_t n = cJSON_IsArray(node) ? cJSON_GetArraySize(node) : -1, i = 0;
    const cJSON *child;
    bool good = true;
    double *at;

    if (n < 0) {
        value_expected(reader, trail, node, "a list of numbers", NULL);
        return;
    }
    if (n == 0 && !field->may_be_empty) {
        complain(reader, trail, node, "expected at least one number");
        return;
    }
    if (n > MOST_NUMBERS) {
        complain(reader, trail, node, "%lld numbers are too many: at most %d", (long long)n,
                 MOST_NUMBERS);
        return;
    }
    at = reader_get(reader, (size_t)n * sizeof *at);
    for (child = node->child; child && at; child = child->next, i++) {
        const struct trail here = { trail->up, trail->key, i };

        good &= value_number(reader, &here, child, field, &at[i]);
    }
    if (at && good)
        *out = (struct lb_list) { at, (uint32_t)n };
}

bool value_scalar(struct reader *reader, const struct trail *trail, const cJSON *node,
                  const struct field *field, void *at)
{
    int32_t choice;

    switch (field->type) {
    case FIELD_TEXT:
        value_text(reader, trail, node, at);
        return true;
    case FIELD_NAME:
        value_name(reader, trail, node, at);
        return true;
    case FIELD_WHOLE:
        value_whole(reader, trail, node, field, at);
        return true;
    case FIELD_NUMBER:
        value_number(reader, trail, node, field, at);
        return true;
    case FIELD_FLAG:
        value_flag(reader, trail, node, at);
        return true;
    case FIELD_CHOICE:
        choice = value_choice(reader, trail, node, field->name, field->choices);
        if (choice >= 0)
            *(int32_t *)at = choice;
        return true;
    case FIELD_TIME:
        value_time(reader, trail, node, field, at);
        return true;
    case FIELD_NUMBERS:
        value_numbers(reader, trail, node, field, at);
        return true;
    case FIELD_SEED:
        value_seed(reader, trail, node, at);
        return true;
    default:
        return false;
    }
}
