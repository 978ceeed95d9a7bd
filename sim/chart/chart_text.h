/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Texts that come from scenarios, made harmless. */
#ifndef SIM_CHART_TEXT_H
#define SIM_CHART_TEXT_H

#include <stdio.h>

enum { CHART_LABEL_MOST = 32, CHART_TEXT_MOST = 240 }; /* characters */

/* Writes a text of at most so many characters, a longer one with "…" at its end. Control
 * characters, line ends, and marks that turn the direction of writing become spaces or go; bytes
 * that are no UTF-8 become "?". */
void chart_clean(FILE *, const char *text, size_t most);

/* The same as a text of gnuplot: a constant between single quotes, in which nothing has a meaning,
 * joined with the codes of those signs that have one elsewhere (' " ` $ @ \). */
void chart_quote(FILE *, const char *text, size_t most);

#endif
