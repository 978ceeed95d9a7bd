/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Do the options of run go with each other, and with the scenario? */
#ifndef SIM_RUN_CHECK_H
#define SIM_RUN_CHECK_H

#include "sim/cli/order.h"

/* EXIT_DONE, or what to exit with after it was said what is wrong. */
int run_check(const struct order *, const struct study *);

#endif
