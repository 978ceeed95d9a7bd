/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The built-in policies. The one list is models/policy/policies.def. */
#ifndef MODELS_POLICIES_H
#define MODELS_POLICIES_H

#include "models/policy.h"

/* NULL-ended, in the order of the catalogue. */
extern const struct lb_policy *const policies[];

#endif
