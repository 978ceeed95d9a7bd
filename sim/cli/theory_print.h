/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What `lbsim theory` prints. */
#ifndef SIM_THEORY_PRINT_H
#define SIM_THEORY_PRINT_H

#include "models/theory_table.h"
#include "sim/cli/order.h"
#include "sim/record/metric.h"

/* Answers, or none and why: of a model, or of the policies of a scenario. */
struct theory_sheet {
    enum output output;
    const struct metrics *metrics;    /* for the units */
    const struct theory_model *model; /* NULL: one of a scenario's policies */
    uint32_t printed;
};

/* The names of all models and what each may be asked. */
void theory_print_models(FILE *);
/* One model: its parameters, formula and source. */
void theory_print_model(FILE *, const struct theory_model *);

void theory_print_begin(FILE *, const struct theory_sheet *);
/* `label` is the model's name or the policy's; `why` is NULL, or says that there is no answer. */
void theory_print_answer(FILE *, struct theory_sheet *, const char *label,
                         const struct theory_answer *, const char *why);
void theory_print_end(FILE *, const struct theory_sheet *);

#endif
