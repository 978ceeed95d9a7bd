/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/nearest.h"

#include <ctype.h>
#include <string.h>

enum { LONGEST = 40, MOST_SEEN = 1000 };

static int letter(char c)
{
    return c == '-' ? '_' : tolower((unsigned char)c);
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

uint32_t name_distance(const char *a, const char *b)
{
    uint32_t rows[3][LONGEST + 1], *before = rows[0], *last = rows[1], *row = rows[2], *spare;
    size_t n = strnlen(a, LONGEST + 1), m = strnlen(b, LONGEST + 1), i, j;

    if (n > LONGEST || m > LONGEST)
        return UINT32_MAX;
    for (j = 0; j <= m; j++)
        last[j] = (uint32_t)j;
    for (i = 1; i <= n; i++) {
        row[0] = (uint32_t)i;
        for (j = 1; j <= m; j++) {
            uint32_t other = letter(a[i - 1]) != letter(b[j - 1]);

            row[j] = least(least(last[j] + 1, row[j - 1] + 1), last[j - 1] + other);
            if (i > 1 && j > 1 && letter(a[i - 1]) == letter(b[j - 2]) &&
                letter(a[i - 2]) == letter(b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[m];
}

struct nearest nearest_to(const char *wanted)
{
    return (struct nearest) { .wanted = wanted, .distance = UINT32_MAX };
}

void nearest_see(struct nearest *search, const char *known)
{
    uint32_t distance;

    if (search->seen++ >= MOST_SEEN)
        return;
    distance = name_distance(search->wanted, known);
    if (distance < search->distance) {
        search->distance = distance;
        search->best = known;
    }
}

const char *nearest_found(const struct nearest *search)
{
    size_t length = search->best ? strlen(search->best) : 0;
    size_t bound = length < 3 ? 1 : (length + 2) / 3;

    if (!search->best || search->distance > bound || search->distance >= length)
        return NULL;
    return search->best;
}
