/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Policies that keep the promises of the express way in ways that the built-in ones do not: they
 * take servers that they have not looked at, name a part of those that they look at where there is
 * little room, turn requests away, hear of failures alone. Each is lawful. */
#ifndef TESTS_MADE_POLICIES_H
#define TESTS_MADE_POLICIES_H

#include "sim/scenario/scenario.h"

/* `others`, and the policies made here as "made/NAME". `others` must outlive it. */
struct policy_source made_policies(struct policy_source *others);

/* `"made/keeper", "made/brief" ...`: all of them, for a scenario. */
#define MADE_POLICIES                                                                              \
    "\"made/keeper\", \"made/brief\", \"made/words\", \"made/sizes\", \"made/choosy\""

#endif
