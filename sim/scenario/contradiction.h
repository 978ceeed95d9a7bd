/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a scenario must not say, and what it had better not say: contradictions between values each
 * of which is right by itself. */
#ifndef SIM_CONTRADICTION_H
#define SIM_CONTRADICTION_H

#include "sim/scenario/build.h"

/* Contradictions that can be told even if other things are wrong. */
void check_contradictions(struct build *);
/* What follows from the rates; all else must be right. */
void check_figures(struct build *);
/* Warnings and notes; all must be right. */
void check_warnings(struct build *);

/* The part of these that concerns traces. */
void advise_traces(struct build *);

/* How long a run is, s: its duration, or as long as its requests take at the rates at which clients
 * ask at least (closed ones as if nobody ever waited). */
double expected_length(const struct scenario *);

/* Requests a second, at least; closed clients as if nobody ever waited. */
double expected_rate(const struct scenario *);

/* What each balancer's servers have in common, in build->reach. False: out of memory. */
bool check_reach(struct build *);

#endif
