/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the command line changes in the `sweep` of a scenario. */
#ifndef SIM_SWEEP_OPTION_H
#define SIM_SWEEP_OPTION_H

#include "sim/scenario/bind.h"

/* A --set of just what an axis sweeps makes it an axis of that one value (of a list of named
 * values, or of the variants, the one of that name). False: no axis is concerned. *good is cleared
 * if an error was said. */
bool sweep_take_setting(struct reader *, cJSON *root, const struct setting *, bool *good);

/* --sweep PATH=AXIS: adds an axis or takes the place of one. AXIS is a list in JSON, values with
 * commas between them, or a range. False if an error was said. */
bool sweep_take_axis(struct reader *, cJSON *root, const struct setting *);

/* Refuses a --sweep that would leave nothing of a --set or of another --sweep. False if an error
 * was said. */
bool sweep_check_options(struct reader *, const cJSON *root, const struct scenario_request *);

/* Takes out axes of the file that concern policies which --policy left out, or what --policy gives
 * itself, and warns of it. False if an error was said. */
bool sweep_drop_policies(struct reader *, cJSON *root);

#endif
