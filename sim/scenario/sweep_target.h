/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a path of a scenario leads to, by the tables of the format. */
#ifndef SIM_SWEEP_TARGET_H
#define SIM_SWEEP_TARGET_H

#include "sim/scenario/bind.h"

/* Is it a whole number, as servers[app].count? */
bool target_is_whole(struct reader *, const cJSON *root, const char *path);

#endif
