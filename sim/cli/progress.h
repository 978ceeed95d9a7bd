/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How far an experiment is, on standard error: a line that moves on a terminal, a plain line every
 * 30 s elsewhere, and one whenever SIGUSR1 asks for it. */
#ifndef SIM_PROGRESS_H
#define SIM_PROGRESS_H

#include "sim/run/experiment.h"

struct progress {
    bool terminal, quiet, shown;
    double last; /* when it was last told, s of the monotonic clock */
};

void progress_open(struct progress *, bool quiet);
void progress_tell(struct progress *, const struct experiment *);
void progress_close(struct progress *); /* takes the moving line away */

#endif
