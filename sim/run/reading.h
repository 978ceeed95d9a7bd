/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From a world that has run to the numbers of its replication. */
#ifndef SIM_READING_H
#define SIM_READING_H

#include "sim/run/outcome.h"

/* Fills the outcome's tally, values, windows and histograms. False without memory. */
bool reading_take(struct world *, const struct metrics *measured, const struct metrics *windows,
                  struct outcome *);

#endif
