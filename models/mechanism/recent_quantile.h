/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A quantile of recent durations, in bounded memory: what "hedge after the 95th percentile" means.
 * Counts in a histogram of 32 cells an octave (2.2 % wide) from 1 us on, for this span of time and
 * the one before it; the quantile is that of both together. */
#ifndef MODELS_RECENT_QUANTILE_H
#define MODELS_RECENT_QUANTILE_H

#include "models/policy.h"

struct recent_quantile_spec {
    double quantile; /* 0 .. 1 */
    lb_time window;  /* length of a span */
    uint32_t least;  /* fewer samples than this tell nothing */
};
enum { RECENT_CELLS = 32 * 37 };
struct recent_quantile {
    const struct recent_quantile_spec *spec;
    uint32_t cell[2][RECENT_CELLS];
    uint64_t n[2];
    int64_t span;   /* number of the newest */
    lb_time told;   /* the answer, kept until there are enough new samples, ... */
    uint64_t fresh; /* ... and how many there are */
};

void recent_quantile_open(struct recent_quantile *, const struct recent_quantile_spec *);
void recent_quantile_add(struct recent_quantile *, lb_time duration, lb_time now);
/* The upper border of the quantile's cell; LB_NEVER while there are too few. */
lb_time recent_quantile_get(struct recent_quantile *, lb_time now);

#endif
