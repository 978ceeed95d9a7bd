/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/point_match.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/units.h"

static bool same_number(double number, double written)
{
    return fabs(written - number) <= 1e-9 * fabs(number);
}

/* A number, bare or with any unit: the axis knows what it is. */
static bool means(const char *text, double number)
{
    static const enum unit units[] = { UNIT_TIME, UNIT_RATE, UNIT_BYTES, UNIT_BANDWIDTH };
    char *end;
    double value = strtod(text, &end);
    if (isnan(number))
        return false;
    if (end != text && !*end)
        return same_number(number, value);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (!unit_read(units[i], text, &value) && same_number(number, value))
            return true;
    }
    return false;
}

static bool has_coordinate(const struct results_point *point, const char *path, const char *text)
{
    for (uint32_t i = 0; i < point->at_n; i++) {
        const struct results_coordinate *c = &point->at[i];
        if (!strcmp(c->path, path) && (!strcmp(c->text, text) || means(text, c->number)))
            return true;
    }
    return false;
}

bool point_matches(const struct results_point *point, const char *wanted)
{
    if (!strcmp(point->name, wanted))
        return true;
    while (*wanted) {
        char word[512];
        const size_t n = strcspn(wanted, ",");
        if (n >= sizeof word)
            return false;
        memcpy(word, wanted, n);
        word[n] = '\0';
        char *value = strchr(word, '=');
        if (!value)
            return false;
        *value++ = '\0';
        if (!has_coordinate(point, word, value))
            return false;
        wanted += wanted[n] ? n + 1 : n;
    }
    return point->at_n > 0;
}

/* Has the text a coordinate of this path (length bytes)? */
static bool names_path(const char *wanted, const char *path, size_t length)
{
    for (; *wanted; wanted += strcspn(wanted, ","), wanted += *wanted == ',') {
        if (strcspn(wanted, "=,") == length && !memcmp(wanted, path, length))
            return true;
    }
    return false;
}

static bool names_all_of(const char *wanted, const char *other)
{
    for (; *other; other += strcspn(other, ","), other += *other == ',') {
        if (!names_path(wanted, other, strcspn(other, "=,")))
            return false;
    }
    return true;
}

static bool same_axes(const char *a, const char *b)
{
    return names_all_of(a, b) && names_all_of(b, a);
}

bool points_wanted(const struct results_point *point, const char *const *wanted, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        bool any = false;
        for (uint32_t k = 0; k < n && !any; k++)
            any = same_axes(wanted[i], wanted[k]) && point_matches(point, wanted[k]);
        if (!any)
            return false;
    }
    return true;
}
