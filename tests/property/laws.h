/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The laws, by what they are judged from. */
#ifndef TESTS_LAWS_H
#define TESTS_LAWS_H

#include "tests/property/onlooker.h"
#include "tests/property/subject.h"

/* From one observed run. */
void laws_of_counting(struct subject *, const struct witness *);
void laws_of_requests(struct subject *, const struct witness *);
void laws_of_servers(struct subject *, const struct witness *);
void laws_of_scopes(struct subject *, const struct witness *);
void laws_of_attempts(struct subject *, const struct witness *);
/* From that run and another in which nothing should matter that is added. */
void laws_of_lists(struct subject *, const struct witness *, uint32_t policy);
/* From two policies' runs of the same replication. */
void laws_of_input(struct subject *, const struct witness *, const struct witness *);
/* From repeated trials of a policy. `twin` is the same scenario with policies from plug-ins, or
 * NULL. */
void laws_of_sameness(struct subject *, uint32_t policy, uint32_t replication,
                      const struct scenario *twin);
/* From whole experiments. */
void laws_of_workers(struct subject *);
/* From scenarios that differ in what ought not to matter, or only in their unit of time. */
void laws_of_change(struct subject *, const struct policy_source *);
/* From the same scenario with mechanisms that are on but never act. */
void laws_of_idleness(struct subject *, const struct policy_source *);
/* From a scenario of retries and hedges, simulated once more. */
void laws_of_tries(struct subject *, const struct policy_source *);
/* From running a world while allocations are counted. */
void laws_of_memory(struct subject *, uint32_t policy);

#endif
