/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The cases of a claim: groups of contenders that are judged together. */
#ifndef SIM_JUDGE_GROUP_H
#define SIM_JUDGE_GROUP_H

#include "sim/scenario/claim.h"

/* One contender for a value or a warning; the operands of a comparison; those along an axis; for a
 * crossing first and second on its near side, first and second on its far side. */
struct group {
    uint32_t *at;
    uint32_t n;
    uint32_t cell, policy; /* where to go on looking */
};

/* False: out of memory. Close with group_close. */
bool group_open(struct group *, const struct study *, const struct claim *);
/* The next group; false after the last. */
bool group_next(struct group *, const struct study *, const struct claim *);
void group_close(struct group *);

#endif
