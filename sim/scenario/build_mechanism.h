/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Attempts, queues, health, limits and faults: from what was read to what is simulated. */
#ifndef SIM_BUILD_MECHANISM_H
#define SIM_BUILD_MECHANISM_H

#include "sim/scenario/build.h"

/* Deadline, retries, cancellation, parts. */
void build_tries(const struct client_form *, struct client_spec *);
/* Attempts and the queue. */
void build_attempts(const struct balancer_form *, struct balancer_spec *);
/* Health, ejection, limits. */
void build_guard(const struct balancer_form *, struct guard_spec *);
/* Faults, slow start, warm-up and a speed that is redrawn, of group i, whose servers are counted.
 * False: out of memory. */
bool build_faults(struct build *, uint32_t i);

/* A black hole's time to answer where none is written. */
struct distribution build_answer(struct distribution written);

/* What cannot be said together, of a client or a balancer. */
void check_tries(struct build *, uint32_t client);
void check_attempts(struct build *, uint32_t balancer);
void check_guard(struct build *, uint32_t balancer);
/* What would never end: attempts without number, each of which may fail. */
void check_endless_client(struct build *, uint32_t client);
void check_endless_balancer(struct build *, uint32_t balancer);
/* What a run must not be long for: so many faults, draws of a speed, checks. */
extern const double EVENTS_MOST;
void check_faults(struct build *, uint32_t group);
void check_redraws(struct build *, uint32_t group);
void check_paces(struct build *, uint32_t balancer);
/* Warnings. */
void advise_mechanisms(struct build *);

/* LB_SEES_..., of the policy and those within it. */
uint32_t build_policy_sees(const struct policy_spec *);

#endif
