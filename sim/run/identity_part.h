/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pieces of the text that an identity is the hash of. What is off prints nothing, so that a
 * scenario that does without a mechanism is what it was before there was one. */
#ifndef SIM_IDENTITY_PART_H
#define SIM_IDENTITY_PART_H

#include <stdio.h>

#include "sim/scenario/scenario.h"

void identity_distribution(FILE *, const struct distribution *);
/* What a client does about requests that take long or fail, and its parts. */
void identity_tries(FILE *, const struct client_spec *);
/* Attempts, queue, health, ejection and limits of a balancer. */
void identity_mechanisms(FILE *, const struct balancer_spec *);
/* Faults, slow start, warm-up, a speed that is redrawn. */
void identity_faults(FILE *, const struct server_spec *);
void identity_change(FILE *, const struct change *);

#endif
