/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Judges claims by what was measured. It asks for evidence through functions, and does not know
 * where numbers come from.
 *
 * How claims are judged, at level alpha = 1 - run.confidence of the contender; of several, that of
 * the highest confidence:
 *
 * - value with a tolerance: holds if the whole interval lies within value (1 +- tolerance), is
 *   refuted if all of it lies outside, else is undecided. min and max likewise.
 * - value with "ci": holds if the value lies in the interval at level alpha / m, m being the number
 *   of such comparisons of the file (Bonferroni), else is refuted.
 * - value with an error: holds if the value is no further off than the root of the sum of the
 *   squares of both half-widths (two independent estimates), else is refuted.
 * - order, monotone, crossing: each step is a difference paired by replication (common random
 *   numbers), at level alpha / steps. Holds if all are significantly right, is refuted if one is
 *   significantly wrong, else is undecided.
 * - ratio, difference: paired; a ratio by the delta method.
 *
 * Contenders of different seeds are compared as independent samples (Welch). Fewer than 10
 * replications decide nothing. A claim about several contenders is as good as the worst of them.
 *
 * Who looks again after more replications tests again: look k (0, 1, ...) is at level alpha / 2^k,
 * so that all looks together err with probability below 2 alpha. */
#ifndef SIM_JUDGE_H
#define SIM_JUDGE_H

#include "sim/record/interval.h"
#include "sim/scenario/claim.h"

/* What is known of one number of one contender. */
struct estimate {
    struct interval at;   /* value, se, n, why; low and high are not read */
    double *deviation;    /* one a replication, to be freed: se^2 is the sum of their squares over
                             n (n - 1), plus what rounding adds; NULL: there is no interval */
    double bias;          /* mean of the replications' own values less the value: what pooling all
                             data took out of a quantile; else 0 */
    bool exact;           /* the value is all there is to know: the largest that was seen */
    const char *hopeless; /* why no more replications will give an interval, or NULL */
};

struct evidence {
    void *context;
    const struct study *study;
    uint32_t look;
    uint32_t (*replications)(void *context, uint32_t contender);
    /* A metric of a contender, in a window of time or (NULL) in measured time, over its first `n`
     * replications; a quantile in measured time lies at that of all replications, however few are
     * asked for (see `bias`). False: out of memory. */
    bool (*estimate)(void *context, uint32_t contender, const char *metric, const struct window *,
                     uint32_t n, struct estimate *);
    /* Is this code among what a reader of the results is warned of? */
    bool (*warned)(void *context, uint32_t contender, const char *code);
    /* When each replication is over its warm-up, and when the first one ends. */
    lb_time (*settled)(void *context, uint32_t contender);
    lb_time (*end)(void *context, uint32_t contender);
};

enum verdict { VERDICT_PASS, VERDICT_UNDECIDED, VERDICT_FAIL };

struct judgement {
    enum verdict verdict;
    bool hopeless;            /* undecided, and more replications would not help */
    uint32_t cases;           /* points and policies that it was judged at */
    struct interval measured; /* the worst case's; n = 0: nothing was */
    const char *unit;         /* of measured */
    uint32_t about[2];        /* contenders of the worst case ... */
    uint32_t about_n;         /* ... and how many they are */
    char why[240];            /* of what does not hold; "" if it does */
};

/* The number of comparisons with "ci" in all claims of the study. */
uint32_t judge_family(const struct study *);
/* Judges one claim that is not left out. Sets wanted[contender] for those of whom more replications
 * may decide it; the others stay as they are. `family` as above. False: out of memory. */
bool judge(const struct evidence *, const struct claim *, uint32_t family, struct judgement *,
           bool *wanted);
/* Its worst case in words, in full: "p2c at load=0.9"; "" if there is none. The caller frees it;
 * NULL: out of memory. */
char *judge_where(const struct study *, const struct judgement *);
const char *verdict_name(enum verdict); /* "PASS" */

#endif
