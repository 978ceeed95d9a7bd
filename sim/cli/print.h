/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Results on standard output: the comparison as a table, JSON or CSV. */
#ifndef SIM_PRINT_H
#define SIM_PRINT_H

#include <stdio.h>

#include "sim/run/chooser.h"
#include "sim/run/experiment.h"
#include "sim/scenario/diagnose.h"

/* All points have been concluded. `said` has the warnings of the scenario. */
void print_table(FILE *, const struct experiment *, bool color);
/* With a choice, or NULL. */
void print_json(FILE *, const struct experiment *, struct diagnostics *said,
                const struct chooser *);
void print_csv(FILE *, const struct experiment *);

/* Which policy was chosen at each point of the sweep, in words; and as JSON. */
void print_choices(FILE *, const struct experiment *, const struct chooser *);
void print_json_choices(FILE *, const struct experiment *, const struct chooser *);

/* A JSON string, quoted and escaped (NULL is empty); a JSON number, or null for what is none. */
void print_json_text(FILE *, const char *text);
void print_json_number(FILE *, double);
/* "point": {...}, numbers as numbers in base units (NULL: {}), then `after`. */
void print_json_point(FILE *, const struct cell *, const char *after);
/* A cell of CSV: a text, quoted; a comma and a number, or nothing for what is none. */
void print_csv_text(FILE *, const char *text);
void print_csv_number(FILE *, double);

#endif
