/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of built-in policies, made from policies.def. */
#include "models/policies.h"

#define POLICY(name) extern const struct lb_policy policy_##name;
#include "models/policy/policies.def"
#undef POLICY

#define POLICY(name) &policy_##name,
const struct lb_policy *const policies[] = {
#include "models/policy/policies.def"
    NULL
};
#undef POLICY
