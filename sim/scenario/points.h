/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The points of a sweep as scenarios, each read and checked like any other. */
#ifndef SIM_POINTS_H
#define SIM_POINTS_H

#include "sim/scenario/draft.h"
#include "sim/scenario/sweep.h"

struct points {
    const struct draft *draft;
    struct reader *keeper; /* of what stays */
    const struct sweep *sweep;
    struct cell *cells;
    struct contender *contenders; /* malloc'd until points_read is done */
    uint32_t cells_n, contenders_n, cells_room, contenders_room;
};

/* Fills cells and contenders. Errors and warnings are said once for all points; after a number of
 * bad points it stops. False: out of memory. */
bool points_read(struct points *, struct diagnostics *said);

#endif
