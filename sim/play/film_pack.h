/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A film as bytes for its page: a column of whole numbers after the other, in the order of
 * film_columns. Each begins with its kind (0: all are alike, and one follows; 1: varints; 2: zigzag
 * varints) and the number of its values, a varint (seven bits a byte, the low ones first). Instants
 * are in the film's units, and mostly what they are more than the one before them. */
#ifndef SIM_FILM_PACK_H
#define SIM_FILM_PACK_H

#include "sim/play/film.h"

struct film_bytes {
    uint8_t *at;
    size_t n, room;
};

/* Numbers in the columns: false without memory. Free bytes->at in each case. */
bool film_pack(const struct film *, struct film_bytes *);
/* The bytes in base 64, without line ends. */
void film_print(FILE *, const struct film_bytes *);
/* The names of the columns, NULL-ended. */
extern const char *const film_columns[];

#endif
