/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Contenders against each other in one metric, each with a value a replication (Law, Simulation
 * Modeling and Analysis, ch. 10; Hsu, Multiple Comparisons, ch. 4).
 *
 * Replication r of all contenders had the same random numbers, so differences are taken replication
 * by replication: what the contenders have in common cancels. Where several differences are judged,
 * their intervals are widened (Bonferroni), so that all of them hold together with the confidence
 * asked for. */
#ifndef SIM_RANKING_H
#define SIM_RANKING_H

#include "sim/record/interval.h"

struct ranking_data {
    const double *values; /* [contender * n + replication] */
    /* Its value over these n replications together, one a contender: for quantiles, whose mean over
     * replications is biased. Spreads are then taken around differences of these, as
     * interval_sectioning does. NULL: the means; so too if such a value is to be had only of more
     * replications than these. In a difference the biases of replications of equal length cancel.
     */
    const double *centre;
    const double *blur; /* how far the values of each contender may be rounded; NULL: exact */
    uint32_t contenders, n;
    bool larger; /* is better; else smaller is */
};

/* One contender less another. */
struct ranking_difference {
    struct interval absolute;
    struct interval percent; /* from the mean of ln(a_r / b_r): 100 (exp - 1); needs values > 0 */
    double reduction;        /* of the variance, by pairing; NAN: cannot be told */
    bool backfired;          /* it is below 1: the common random numbers do harm */
};

/* The confidence that each of m statements needs for all to hold together: 1 - (1 - c) / m. */
double ranking_each(double confidence, uint32_t m);

/* a less b, the means, paired by replication. */
struct ranking_difference ranking_paired(const double *a, const double *b, uint32_t n,
                                         double confidence);

/* a less b with nothing in common, of any numbers of replications: Welch's interval, its degrees of
 * freedom by Satterthwaite (rounded down; `n` of the interval is those plus one). */
struct ranking_difference ranking_welch(const double *a, uint32_t n, const double *b, uint32_t m,
                                        double confidence);

/* The same from the intervals of two that have nothing in common, such as those of quantiles. The
 * ratio takes its standard error from theirs (delta method). */
struct ranking_difference ranking_apart(const struct interval *a, const struct interval *b,
                                        double confidence);

/* Each contender less `base`, together at this confidence; out[base] has no interval. `out` has
 * room for one a contender. */
void ranking_to_base(const struct ranking_data *, uint32_t base, double confidence,
                     struct ranking_difference *out);

/* All pairs i < j, i less j, together at this confidence, at out[ranking_pair(k, i, j)]: there are
 * k (k - 1) / 2. */
void ranking_all_pairs(const struct ranking_data *, double confidence,
                       struct ranking_difference *out);
uint32_t ranking_pair(uint32_t k, uint32_t i, uint32_t j);

/* Who is better for sure, by the pairs of ranking_all_pairs: i (-1), j (1), or it cannot be told
 * (0). Any i != j. */
int ranking_better(const struct ranking_data *, const struct ranking_difference *pairs, uint32_t i,
                   uint32_t j);

/* A place in the order of the means, best first. */
struct ranking_place {
    uint32_t contender;
    uint32_t best, worst; /* ranks it may have, 1 .. k, by what is known for sure */
    /* Its group starts at this place: all in a group are worse for sure than all in those before,
     * and no group can be split that way. */
    uint32_t group;
    /* No two of its group can be told apart; else some can, but not all. */
    bool alike;
};

/* `pairs` are those of ranking_all_pairs; `out` has room for one a contender. Contenders without a
 * mean come last. */
void ranking_order(const struct ranking_data *, const struct ranking_difference *pairs,
                   struct ranking_place *out);

/* Multiple comparisons with the best (Hsu 1984; by comparisons with a control as Edwards and Hsu
 * 1983): for each contender its mean less that of the best of the others, together at this
 * confidence. Where smaller is better, low = 0 says that it is not the best, high = 0 that it is;
 * where larger is better, the other way round.
 *
 * Each pair has a half-width w_ij of its own, two-sided at 1 - alpha / (k - 1): the interval is
 * from min(0, max_j (D_ij - w_ij)) to max(0, max_j (D_ij + w_ij)). Only comparisons with the true
 * best need to hold, which is why k - 1 of them suffice. */
struct ranking_best {
    struct interval *behind; /* one a contender; to be brought by the caller */
    bool *possible;          /* may it be the best? likewise */
    uint32_t possibles;
    /* If only one is possible: it is better than each other by at least this, and by least than
     * `next`. The statement belongs to the same family. */
    uint32_t best, next;
    double margin;
};
void ranking_with_best(const struct ranking_data *, double confidence, struct ranking_best *);

#endif
