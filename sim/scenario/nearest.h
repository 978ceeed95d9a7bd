/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The known name nearest to one that is not known, for "did you mean". */
#ifndef SIM_NEAREST_H
#define SIM_NEAREST_H

#include <stddef.h>
#include <stdint.h>

/* Insertions, deletions, substitutions and swaps of neighbours that turn one name into the other
 * (optimal string alignment after Damerau, CACM 7(3), 1964). Capitals and hyphens for underscores
 * cost nothing. Names longer than 40 bytes are UINT32_MAX away from everything. */
uint32_t name_distance(const char *a, const char *b);

/* A search that sees the known names one by one. */
struct nearest {
    const char *wanted, *best;
    uint32_t distance, seen;
};
struct nearest nearest_to(const char *wanted);
/* Looks at one known name; after the thousandth it looks no more, so that hostile files end. */
void nearest_see(struct nearest *, const char *known);
/* The nearest name if it is near enough to be meant, else NULL. */
const char *nearest_found(const struct nearest *);

#endif
