/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Policies of a scenario: a name, or an object of a name and parameters. */
#ifndef SIM_POLICY_READ_H
#define SIM_POLICY_READ_H

#include "sim/scenario/bind.h"

/* Reads the list (or the one policy) under `policies` into specs with unique labels. NULL and
 * *n = 0 if an error was said. */
struct policy_spec *policy_read_all(struct reader *, const cJSON *, uint32_t *n);

/* A policy within another one's parameters. */
void policy_read_inner(struct reader *, const struct trail *, const cJSON *, struct lb_inner *);

/* All parameters of a policy as one text, "d=2,replacement=0": the same for the same
 * configuration however it was written. Durations in nanoseconds, numbers to 17 digits. */
const char *policy_canonical(struct arena *, const struct lb_policy *, const void *config);

/* The keys of a policy object that are no parameters; NULL-ended. */
extern const char *const policy_reserved[];

#endif
