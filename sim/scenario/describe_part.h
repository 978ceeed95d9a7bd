/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a scenario in words is made of. */
#ifndef SIM_DESCRIBE_PART_H
#define SIM_DESCRIBE_PART_H

#include "sim/scenario/describe.h"
#include "sim/scenario/units.h"

void describe_value(FILE *, enum unit, double value);
void describe_time(FILE *, lb_time);
/* "10ms", or "exponential with mean 10ms", or "lognormal with mean 10ms and squared ...". */
void describe_quantity(FILE *, enum unit, const struct distribution *);

/* What a client does about requests that take long or fail: parts of its line. */
void describe_tries(FILE *, const struct client_spec *);
/* A line for each mechanism of a balancer. */
void describe_mechanisms(FILE *, const struct balancer_spec *);
/* A line for each fault of a group, its slow start and warm-up. */
void describe_faults(FILE *, const struct server_spec *);
/* A line about how it is run over real sockets, if it says so. */
void describe_live(FILE *, const struct scenario *);
/* "down", "answers with errors after 1ms". */
void describe_state(FILE *, const struct change *);

#endif
