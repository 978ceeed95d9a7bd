/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where policies come from: built in, or from a shared object that exports `lbsim_policies`. */
#ifndef SIM_PLUGIN_H
#define SIM_PLUGIN_H

#include "sim/scenario/scenario.h"

struct plugins;

/* Opens the collection; plug-ins stay loaded until it is closed. NULL: out of memory. */
struct plugins *plugins_open(void);
void plugins_close(struct plugins *);

/* What the scenario reader asks. Built-in names and aliases are found with hyphen for underscore;
 * "./mine.so" loads the only policy of a plug-in, "./mine.so#name" one of several. A path without a
 * slash is not searched for: write "./". */
struct policy_source plugins_source(struct plugins *);

#endif
