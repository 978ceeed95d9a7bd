/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Cells of tables that people read: units that fit, no more digits than the interval carries. */
#ifndef SIM_CELL_H
#define SIM_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { CELL_ROOM = 64 };

/* The unit to show numbers of `unit` in, of which the largest is given ("" for none), and what one
 * of it is in `unit`. */
const char *cell_unit(const char *unit, double largest, double *scale);
/* Decimals such that a half-width shows two digits; without one (NAN), three digits of value. */
int cell_decimals(double half, double value);
/* "12.34 +-0.56", or "+1.23 +-0.45" if it is signed; the value alone without a half-width (NAN),
 * "-" without a value. */
void cell_number(char *cell, size_t room, double value, double half, bool with_sign);
/* Characters, not bytes. */
int cell_width(const char *text);
void cell_print(FILE *, const char *text, int width, bool right);
/* A text from a file, on one line: it may hold anything. */
void cell_line(FILE *, const char *text);

#endif
