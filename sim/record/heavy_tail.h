/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Do a few very long service times decide everything? Then means settle too slowly for any interval
 * to be trusted (Crovella and Lipsky, Long-lasting transient conditions in simulations with
 * heavy-tailed workloads, WSC 1997). Two signs are looked for:
 *
 * - the largest of at least 10,000 service times is more than 5 % of all work;
 * - the Hill index of the far tail is below 2, where a law has no variance. The estimate (Hill,
 *   Annals of Statistics 3 (1975) 1163-1174) uses the largest 0.01 %, at least 100 values, of at
 *   least 100,000: there laws with a finite variance that look heavy nearer by (lognormal, Weibull)
 *   show themselves, and so do bounded ones once the data reach their bound. It must be below 2 by
 *   more than chance: its upper bound at 95 % is compared. */
#ifndef SIM_HEAVY_TAIL_H
#define SIM_HEAVY_TAIL_H

#include "sim/record/histogram.h"

struct heavy_tail {
    double share;  /* of the largest in all work; NAN: none */
    double hill;   /* index of the tail; infinite if its values are all the same; NAN: too few */
    uint64_t tail; /* values it was taken from */
    char why[160]; /* a sentence if heavy_tail was true; else "" */
};

/* True if a sign was found. `largest` is the exact largest value, in the histogram's unit. */
bool heavy_tail(const struct histogram_total *service, int64_t largest, struct heavy_tail *);

#endif
