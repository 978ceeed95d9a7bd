/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SIM_POINT_MATCH_H
#define SIM_POINT_MATCH_H

#include <stdbool.h>

#include "sim/record/results.h"

/* Is a point meant by "load=0.9,servers.count=10"? It must have each coordinate that is written;
 * others are free. Numbers match within 1e-9, and "1s" matches 1. Its own name always matches. */
bool point_matches(const struct results_point *, const char *wanted);

#endif
