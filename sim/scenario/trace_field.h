/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The cells of traces and logs: lines cut into texts, and texts read as times, keys and sizes.
 * Decimal digits become nanoseconds exactly, without a double in between. */
#ifndef SIM_TRACE_FIELD_H
#define SIM_TRACE_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "models/policy.h"

enum { CELLS_MOST = 256 };

/* Cuts a line of CSV in place; quotes enclose commas, two stand for one. How many cells there are,
 * -1 if a quote stays open or there are too many. */
int cells_of_csv(char *line, char *cells[CELLS_MOST]);
/* Cuts a flat JSON object in place into keys (even) and values (odd; true and null as words, texts
 * without quotes and with escapes as written). How many, or -1 if it is not such. */
int cells_of_json(char *line, char *cells[CELLS_MOST]);

/* A decimal number times 10^shift, rounded to whole: false if it is none or beyond 64 bits. `end`
 * (may be NULL: nothing may follow) is set to what follows. */
bool decimal_read(const char *text, int shift, int64_t *out, const char **end);
/* Seconds, or a text with a unit such as "10ms", to ns. False: it is no time of 0 .. 4e9 s. */
bool cell_time(const char *text, lb_time *out);
/* A whole number, or a text, which is hashed to 63 bits. */
uint64_t cell_key(const char *text);
/* Bytes; false if it is no whole number of 0 .. 1e15. */
bool cell_bytes(const char *text, int64_t *out);

/* One more number into a running hash. */
static inline uint64_t hash_more(uint64_t hash, uint64_t value)
{
    return lb_mix((hash ^ value) * UINT64_C(0x9e3779b97f4a7c15) + UINT64_C(0xd1342543de82ef95));
}

#endif
