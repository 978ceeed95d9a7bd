/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ranges of a sweep: "0.5..0.95 step 0.05", "1ms..10ms step 1ms", "1..1000", "10..100000 log 5". */
#ifndef SIM_SWEEP_RANGE_H
#define SIM_SWEEP_RANGE_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

/* The values in order, each a NUL-ended text in `bytes`: a JSON number, or one with a unit. */
struct range {
    char *bytes;
    uint32_t *starts; /* where in `bytes` each begins */
    uint32_t n, length;
    bool united; /* they have a unit, and so are texts */
};

/* Reads a range. Steps are counted in decimal digits, so that 0.5..0.6 step 0.05 has 0.55 in it and
 * nothing nearby; without a step, which whole numbers alone
 * may lack, it is 1. "log N" are N values in all, both ends included, at equal
 * ratios, rounded to six digits; to whole numbers if `whole`, and then each but once. Answers NULL
 * or a phrase that says what is wrong. */
const char *range_read(struct arena *, const char *text, bool whole, struct range *);

#endif
