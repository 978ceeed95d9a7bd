/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Is what was measured what must come out? Each row gives a normal score z: the normal quantile of
 * the t probability of (measured - reference) / standard error, with one degree of freedom less
 * than there are replications. A row fails if |z| > 4.5 under two seeds. One score a scenario, all
 * with streams of their own, are also judged together: a small bias that no row shows moves their
 * mean, intervals that are too narrow or too wide change their spread.
 *
 * How often a program without fault fails, with n scenarios and m rows, if scores are normal:
 *   mean of z beyond 3 / sqrt(n)                      2 Q(3)                 0.0027
 *   |standard deviation - 1| beyond 3.3 / sqrt(2 n)   2 Q(3.3)               0.0010
 *   more outside their 95 % interval than the binomial 99.9 % limit          0.0010 at most
 *   a row with |z| > 4.5 twice                        m (2 Q(4.5))^2         below 1e-7
 * together about 0.005. Replications of heavily loaded queues are not quite normal, and rows with
 * a tolerance may fail by chance too: about 1 % in all. */
#ifndef TESTS_ORACLE_JUDGE_H
#define TESTS_ORACLE_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/record/interval.h"
#include "tests/theory/oracle_table.h"

/* The score of a row, against the value nearest to what was measured that its error allows. NAN: no
 * interval. */
double oracle_score(const struct oracle_row *, const struct interval *measured);

/* An exact or numeric row: |z| <= 4.5. A limit: its whole interval lies within the tolerance. */
bool oracle_agrees(const struct oracle_row *, const struct interval *measured);

/* The scores of n scenarios, taken together. */
struct oracle_summary {
    uint32_t n, outside; /* outside their 95 % interval */
    double mean, spread; /* of the scores; spread is their standard deviation */
    double mean_most, spread_most, outside_most; /* what is allowed; the spread may be 1 +- that */
    uint32_t failed;                             /* of the three checks */
};

/* n >= 2. */
struct oracle_summary oracle_summarize(const double *scores, uint32_t n);

#endif
