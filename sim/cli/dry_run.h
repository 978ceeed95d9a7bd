/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * run --dry-run: what it would take. */
#ifndef SIM_DRY_RUN_H
#define SIM_DRY_RUN_H

#include <stdio.h>

#include "sim/run/experiment.h"

/* Measures and prints; nothing is kept. `directory` is where results would go: what is there
 * already is not counted again. 0, or -1 with e->why. */
int dry_run(FILE *, struct experiment *, const char *directory, bool json);

#endif
