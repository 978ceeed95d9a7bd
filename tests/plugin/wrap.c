/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Exports one built-in policy as a plug-in. */
#include "models/policy.h"

extern const struct lb_policy PLUGIN_POLICY;

const struct lb_policy *const lbsim_policies[] = { &PLUGIN_POLICY, NULL };
