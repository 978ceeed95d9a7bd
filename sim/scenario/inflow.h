/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lines of a file that may be compressed: plain text, gzip or zstd, told by content and not by
 * name. Memory is bounded, however large the file. */
#ifndef SIM_INFLOW_H
#define SIM_INFLOW_H

#include <stdint.h>
#include <stdio.h>

enum { INFLOW_LINE_MOST = 1 << 20 };

struct inflow;

/* Opens a regular file. NULL: *why says why not. */
struct inflow *inflow_open(const char *path, const char **why);
/* The same from a stream, which is closed with it; only one that can be rewound can be so. */
struct inflow *inflow_of(FILE *, const char **why);
void inflow_close(struct inflow *); /* NULL is allowed */

/* The next line, ended by a zero byte, without its LF or CRLF; it stays until the next call. NULL:
 * the end, or *why says what is wrong with the file. */
char *inflow_line(struct inflow *, const char **why);
/* The number of the last line, from 1. */
uint64_t inflow_number(const struct inflow *);
/* Back to the first line: 0, or -1. */
int inflow_rewind(struct inflow *, const char **why);

#endif
