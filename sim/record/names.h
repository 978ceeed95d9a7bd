/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Texts that are kept once, however often they come. */
#ifndef SIM_NAMES_H
#define SIM_NAMES_H

#include <stddef.h>

struct names;

struct names *names_open(void); /* NULL: out of memory */
void names_close(struct names *);

/* The kept copy of a text, the same for the same text; lives until names_close. NULL for NULL, or
 * without memory. */
const char *names_keep(struct names *, const char *);

/* The order of people: as strcmp, but whole and decimal numbers within go by their value. */
int names_natural(const char *, const char *);

#endif
