/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A look through a JSON text before a parser sees it: is it UTF-8, is its syntax JSON's, are its
 * numbers finite and its depth bounded? And where does each value begin?
 *
 * Flaws that can be passed over (an impossible byte, a number out of range) are said and painted
 * over, so that one reading names them all; a fault of syntax ends it. */
#ifndef SIM_SCAN_H
#define SIM_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct diagnostics;
struct text;

enum { DEEPEST = 64, LONGEST_NUMBER_TEXT = 60 };

/* Where a value stands. Values are numbered in the order in which they begin. */
struct spot {
    uint32_t value, key; /* byte offsets; key is the value's own where it has none */
    uint32_t source : 30, flawed : 1, swept : 1; /* swept: a value of a sweep */
};
struct spots {
    struct spot *at; /* malloc */
    uint32_t n, room;
};

/* Adds a spot; false: out of memory. */
bool spots_add(struct spots *, struct spot);

/* Scans `text`, whose bytes are also in `clean` (length + 1 bytes), where flaws are painted over,
 * and appends a spot for each value. False if `clean` is not JSON. */
bool scan_json(const struct text *, char *clean, uint32_t source, struct spots *,
               struct diagnostics *);

#endif
