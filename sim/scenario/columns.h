/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A text file of numbers: one value a line, or two with a comma, a semicolon or blanks between. The
 * first line may be a header; empty lines are skipped and so is what follows a '#'. A number may
 * have a unit ("10ms") where its column has one. Plain, gzip or zstd. */
#ifndef SIM_COLUMNS_H
#define SIM_COLUMNS_H

#include "sim/scenario/bind.h"

enum { COLUMNS_MOST = 2 };

struct columns {
    double *at[COLUMNS_MOST]; /* `n` numbers each; NULL where the file has fewer columns */
    uint32_t n;
};

/* Reads the file that the text `node` names, relative to the scenario's own. `fields` give units
 * and ranges of the columns. The numbers of two columns must ascend, the second up to `most` of its
 * field. False if something was wrong, which is said at `node` with name and line of the file;
 * either way close it. */
bool columns_read(struct reader *, const struct trail *, const cJSON *node,
                  const struct field fields[COLUMNS_MOST], struct columns *);
void columns_close(struct columns *);

#endif
