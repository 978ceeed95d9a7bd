/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What explanations of the format are made of. */
#ifndef SIM_TOPIC_PART_H
#define SIM_TOPIC_PART_H

#include <stdio.h>

#include "sim/scenario/bind.h"

/* A line a row: name, what it takes, default, help. `like`, if not NULL: as this system has it. */
void topic_rows(FILE *, const struct rows *, const struct like *);

/* The i-th object of attempts, queues, health, limits and faults; NULL after the last. */
const struct shape *topic_mechanism(uint32_t i);
/* "outlier": its systems, with what each presets, after its rows; nothing if it has none. */
void topic_likes(FILE *, const struct shape *);
/* "envoy:outlier": the rows as that system has them. False, and nothing printed, if it is none. */
bool topic_explain_like(FILE *, const char *name);
/* The i-th of `lbsim list mechanisms`; false after the last. */
bool topic_mechanism_at(uint32_t i, const char **name, const char **summary);

#endif
