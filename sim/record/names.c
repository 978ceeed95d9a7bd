/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

struct names {
    char **at;   /* open addressing; NULL: free */
    size_t room; /* a power of two, at least twice as many as there are */
    size_t n;
};

enum { FIRST_ROOM = 1024 };

struct names *names_open(void)
{
    struct names *names = calloc(1, sizeof *names);

    if (names) {
        names->room = FIRST_ROOM;
        names->at = calloc(names->room, sizeof names->at[0]);
    }
    if (names && names->at)
        return names;
    free(names);
    return NULL;
}

void names_close(struct names *names)
{
    size_t i;

    for (i = 0; names && i < names->room; i++)
        free(names->at[i]);
    if (names)
        free(names->at);
    free(names);
}

static char **find(char **at, size_t room, const char *text)
{
    size_t i = (size_t)XXH3_64bits(text, strlen(text)) & (room - 1);

    while (at[i] && strcmp(at[i], text) != 0)
        i = (i + 1) & (room - 1);
    return &at[i];
}

static void widen(struct names *names)
{
    size_t room = 2 * names->room, i;
    char **at = calloc(room, sizeof at[0]);

    if (!at)
        return;
    for (i = 0; i < names->room; i++)
        if (names->at[i])
            *find(at, room, names->at[i]) = names->at[i];
    free(names->at);
    names->at = at;
    names->room = room;
}

const char *names_keep(struct names *names, const char *text)
{
    char **slot;

    if (!text)
        return NULL;
    if (2 * names->n >= names->room)
        widen(names);
    if (names->n + 1 >= names->room)
        return NULL;
    slot = find(names->at, names->room, text);
    if (!*slot) {
        *slot = strdup(text);
        names->n += *slot != NULL;
    }
    return *slot;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

int names_natural(const char *a, const char *b)
{
    const char *whole_a = a, *whole_b = b;

    while (*a && *b) {
        if (is_digit(*a) && is_digit(*b)) {
            char *end_a, *end_b;
            double x = strtod(a, &end_a), y = strtod(b, &end_b);

            if (x < y || x > y)
                return x < y ? -1 : 1;
            a = end_a;
            b = end_b;
        } else if (*a != *b) {
            break;
        } else {
            a++;
            b++;
        }
    }
    if (*a != *b)
        return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
    return strcmp(whole_a, whole_b);
}
