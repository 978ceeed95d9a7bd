/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What another process has written and nobody has taken yet. */
#ifndef SIM_INBOX_H
#define SIM_INBOX_H

#include <stddef.h>

/* All zero: empty. */
struct inbox {
    unsigned char *data; /* from malloc */
    size_t n, room;
};

enum heard { HEARD_SOMETHING, HEARD_END, HEARD_NO_MEMORY };

/* Reads once, what is there and fits; `wanted` bytes shall fit in all. HEARD_END: the other end is
 * closed. */
enum heard inbox_read(struct inbox *, int from, size_t wanted);
/* The first n bytes are taken. */
void inbox_drop(struct inbox *, size_t n);

#endif
