/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What every closed form begins and ends with; for the theory files only. */
#ifndef MODELS_THEORY_BEGIN_H
#define MODELS_THEORY_BEGIN_H

#include "models/theory.h"

/* Empties the answer and checks what all need: numbers above 0, a load (per core) below 1. */
const char *theory_begin(struct theory_answer *, double rate, double service_mean, double load);
/* The same without the check of the load, for systems that reject what they cannot take. */
const char *theory_begin_any_load(struct theory_answer *, double rate, double service_mean,
                                  double load);
/* Everything that Little's law gives from the mean latency of what is not rejected. */
void theory_finish(struct theory_answer *, double rate, double latency_mean);
/* Adds "metric{whose}"; there must be room. */
void theory_extra(struct theory_answer *, const char *metric, const char *whose, double value);
/* G/M/1: an arrival finds the server free with probability `idle`; all else follows. */
void theory_exponential_latency(struct theory_answer *, double rate, double service_mean,
                                double idle);

#endif
