/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing pages that stand alone: templates of plots/ with marks in them, and texts from scenarios,
 * which are data and may hold anything. */
#ifndef SIM_PAGE_H
#define SIM_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A text in HTML, between tags or in a quoted attribute. What would turn the direction of writing
 * is written as "\u202e", what is no UTF-8 and other control characters as U+FFFD. NULL is empty.
 */
void page_text(FILE *, const char *);
/* The same, isolated from the direction of what stands around it: <bdi>. Not for attributes. */
void page_name(FILE *, const char *);

/* A JSON string within a script element: no byte of it can end the element or begin a comment. */
void page_json_text(FILE *, const char *);
/* A JSON number of six digits; null for what is none. */
void page_json_number(FILE *, double);

/* Writes what belongs at a mark: 0, or nonzero to end the page. */
typedef int page_part(void *context, FILE *, const char *mark);

/* Writes the file of plots/ of this name; at each "<!--@mark-->" stands what `part` writes there.
 * 0, what `part` returned, or -ENOENT. */
int page_fill(FILE *, const char *name, page_part *part, void *context);

#endif
