/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * validate --replay: logs of decisions that a live run has kept are played to the policies of a
 * scenario. */
#ifndef SIM_REPLAY_PRINT_H
#define SIM_REPLAY_PRINT_H

#include "sim/scenario/scenario.h"

/* One log or several, one after the other in the file; each is of one of the n policies. Prints a
 * line for each: "p2c(d=2): 12,348 of 12,348 picks identical". An exit status: 0; 1 where something
 * differs (the first difference is told); 2 for a file that is no log, is damaged, or is of another
 * policy; 3 for one that cannot be read: what is wrong goes to `err`. */
int replay_print(FILE *out, FILE *err, const char *path, const struct policy_spec *, uint32_t n);

#endif
