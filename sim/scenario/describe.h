/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A scenario in words. */
#ifndef SIM_DESCRIBE_H
#define SIM_DESCRIBE_H

#include <stdio.h>

#include "sim/scenario/scenario.h"

/* "10 servers (app), 1 core each, FIFO; Poisson arrivals at 900 requests/s; ...": who asks, who
 * answers, how loaded they are, what is compared, how it is run. */
void scenario_describe(const struct scenario *, FILE *);

/* One line about a change of its timeline. */
void describe_change(FILE *, const struct scenario *, const struct change *);

#endif
