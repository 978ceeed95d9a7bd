/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How long live runs take. */
#ifndef SIM_LIVE_LENGTH_H
#define SIM_LIVE_LENGTH_H

#include "sim/cli/live_order.h"

/* --dry-run: says so to standard output. 0, or an exit status after saying what is wrong. */
int live_length_print(const struct live_order *, const struct study *);
/* Warns of what takes some minutes, unless it is to be quiet. Likewise. */
int live_length_warn(const struct live_order *, const struct study *);

#endif
