/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An arena: memory that is given out piece by piece and taken back at once. */
#ifndef SIM_ARENA_H
#define SIM_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_open(void);          /* NULL: out of memory */
void arena_close(struct arena *);        /* NULL is allowed */
void *arena_get(struct arena *, size_t); /* zeroed, aligned for anything; NULL: out of memory */
char *arena_copy(struct arena *, const char *text, size_t length); /* NUL-ended */
char *arena_print(struct arena *, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
