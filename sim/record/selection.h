/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Finding the best of several contenders with as few replications as it takes: the fully sequential
 * procedure KN (Kim and Nelson, A fully sequential procedure for indifference-zone selection in
 * simulation, ACM TOMACS 11 (2001) 251-273), with c = 1.
 *
 * All contenders get `first` replications; after that one at a time, and at each step those that
 * are behind by more than chance explains are out. If values are normal and the best is better than
 * all others by at least `delta`, it is found with probability 1 - alpha or more; contenders closer
 * than delta to the best count as just as good. Common random numbers are allowed and help. */
#ifndef SIM_SELECTION_H
#define SIM_SELECTION_H

#include <stdbool.h>
#include <stdint.h>

#define SELECTION_FIRST 10u /* the fewest replications of the first stage that are sensible */

struct selection_rule {
    uint32_t contenders; /* 1 or more */
    uint32_t first;      /* replications, 2 or more */
    double delta;        /* in the metric's unit, above 0 */
    double alpha; /* the greatest probability of a wrong choice, in (0, 1 - 1 / contenders) */
    bool larger;  /* is better; else smaller is */
};

struct selection;

/* NULL without memory. */
struct selection *selection_open(const struct selection_rule *);
void selection_close(struct selection *); /* NULL is allowed */

/* Takes the next replication, values[i] of contender i; those that are out are not read. True if it
 * counted: not after the end, nor where a contender that is in has no finite value, as it cannot be
 * judged then. */
bool selection_feed(struct selection *, const double *values);

/* Which are still in. */
bool selection_in(const struct selection *, uint32_t contender);
uint32_t selection_left(const struct selection *); /* how many */

/* Replications taken, and how many more those that are in need at least and at most; 0 at the end.
 * The most is known after the first stage only (UINT32_MAX before). */
uint32_t selection_taken(const struct selection *);
uint32_t selection_least(const struct selection *);
uint32_t selection_most(const struct selection *);

/* The one that is best, once selection_least is 0; before that, the best so far. Of equal means the
 * first. */
uint32_t selection_best(const struct selection *);

#endif
