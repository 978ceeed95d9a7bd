/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The closed form that describes a policy of a scenario. */
#ifndef SIM_CLOSED_FORM_H
#define SIM_CLOSED_FORM_H

#include "models/theory.h"
#include "sim/scenario/scenario.h"

/* NULL, or a sentence saying why there is none. */
const char *closed_form(const struct scenario *, const struct policy_spec *,
                        struct theory_answer *);

#endif
