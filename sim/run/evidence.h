/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Evidence for claims out of an experiment. */
#ifndef SIM_EVIDENCE_H
#define SIM_EVIDENCE_H

#include "sim/run/experiment.h"
#include "sim/run/judge.h"

/* Everything but `warned`, which is for those to say who warn, and `look`; the context
 * is the experiment. */
struct evidence evidence_of(struct experiment *);

#endif
