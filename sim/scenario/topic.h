/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a scenario may hold, told from the tables: for `lbsim list` and `lbsim explain`. */
#ifndef SIM_TOPIC_H
#define SIM_TOPIC_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "models/policy.h"

struct topic_entry {
    const char *name, *summary;
};

/* The i-th thing under "distributions", "arrivals", "disciplines", "links" or "mechanisms"; false
 * after the last and where the topic is none of these. */
bool topic_at(const char *topic, uint32_t i, struct topic_entry *);

/* Prints all that a name stands for: a distribution, an arrival process, a discipline, an object of
 * the format ("servers", "run", "outlier") with its keys, or one as a system has it
 * ("envoy:outlier"). False, and nothing printed, if it is none. */
bool topic_explain(FILE *, const char *name);

/* Prints parameters, a line each: name, what it takes, default, help. */
void topic_parameters(FILE *, const struct lb_param *, uint32_t stride);

#endif
