/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Results on standard output: the comparison as a table, JSON or CSV. */
#ifndef SIM_PRINT_H
#define SIM_PRINT_H

#include <stdio.h>

#include "sim/run/experiment.h"
#include "sim/scenario/diagnose.h"

/* All points have been concluded. `said` has the warnings of the scenario. */
void print_table(FILE *, const struct experiment *, bool color);
void print_json(FILE *, const struct experiment *, struct diagnostics *said);
void print_csv(FILE *, const struct experiment *);

/* A JSON string, quoted and escaped (NULL is empty); a JSON number, or null for what is none. */
void print_json_text(FILE *, const char *text);
void print_json_number(FILE *, double);

#endif
