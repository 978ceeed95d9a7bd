/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SIM_EVIDENCE_WINDOW_H
#define SIM_EVIDENCE_WINDOW_H

#include "sim/run/experiment.h"
#include "sim/run/judge.h"

/* A metric in a window that is made up of pieces (claim.h), over the first `n` replications. False:
 * out of memory. */
bool evidence_window(const struct point *, uint32_t metric, const struct window *, uint32_t n,
                     struct estimate *);

#endif
