/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SIM_POINT_MATCH_H
#define SIM_POINT_MATCH_H

#include <stdbool.h>

#include "sim/record/results.h"

/* Is a point meant by "load=0.9,servers.count=10"? It must have each coordinate that is written;
 * others are free. Numbers match within 1e-9, and "1s" matches 1. Its own name always matches. */
bool point_matches(const struct results_point *, const char *wanted);
/* Is a point meant by n such texts? All of them must hold, but those about the same axes are
 * alternatives: "load=0.8", "load=0.9" and "servers.count=10" mean two points of ten servers.
 * True without any. */
bool points_wanted(const struct results_point *, const char *const *wanted, uint32_t n);

#endif
