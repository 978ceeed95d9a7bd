/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Does simulation agree with what was measured? Who judges, and by what:
 *
 *  - The decisions of the balancer, played back to the policy, are the same, all of them, on
 *    whatever machine: any difference is a disagreement.
 *  - ENV-REPLAY comes within 0.5 % of mean, p50, p90 and p99 where picks depend on the order of
 *    the requests alone, else within 2 %, of those that completed in both; and no more of them than
 *    that end in different ways. The machine's noise is in it, so a run need not be VALID; but in
 *    an OVERLOADED one requests fail for reasons that no simulation knows, and there it is not
 *    judged; nor where 1 % of the delays or more are drawn, for nobody measured them. A difference
 * is a disagreement; where some few delays are drawn, so that other choices follow, only one that
 *    chance does not explain.
 *  - CALIBRATED comes within 3 %, on a VALID run of 12,000 requests or more, at services of 5 ms or
 *    more on average. Where one of these does not hold there is no verdict; with shorter services a
 *    prediction that comes within 3 % has agreed nevertheless. Where picks depend on servers, other
 *    delays lead to other picks, and the tails of two runs differ by chance alone: an error whose
 *    interval reaches within 3 % says that the run was too short, not that it disagrees.
 *    So it is where services of servers that are not lbsim's are drawn from measured ones.
 *    As many requests complete as are predicted to, give or take 3 % of all.
 *  - Through a foreign balancer that draws by chance, what was measured lies within the band of
 *    95 percent of the predictions (of all four points together), or no more than 3 % beside it; a
 *    band wider than +-20 % of its middle, of one point alone, is no prediction, but a run that is
 *    too short. */
#ifndef SIM_VERDICT_H
#define SIM_VERDICT_H

#include "sim/live/agree.h"
#include "sim/live/decision_log.h"
#include "sim/live/gate.h"
#include "sim/record/interval.h"

enum verdict_answer { VERDICT_AGREED, VERDICT_DISAGREED, VERDICT_NOT_JUDGED };
const char *verdict_answer_name(enum verdict_answer); /* "not judged" */

struct verdict_limits {
    double calibrated, stateless, stateful; /* errors */
    double service;                         /* real s; ... */
    double chance;                          /* ... as measured it may be so much less */
    double band;                            /* half the width, over the middle */
    double drawn;                           /* share of ENV-REPLAY's delays that may be so */
    uint64_t requests;
};
struct verdict_limits verdict_limits_default(void);

/* Predictions with other draws of the policy. Of one more such prediction each point lies between
 * low and high with a probability of 98.75 %, so that mean, p50, p90 and p99 together do with 95 %:
 * with k of n left out at each end that is 1 - 2 (k + 1) / (n + 1). With BAND_ALONE left out each
 * point does with 95 %. */
enum { BAND_SEEDS = 319, BAND_LEFT_OUT = 1, BAND_ALONE = 7 };
struct band {
    double low[AGREE_POINTS], high[AGREE_POINTS]; /* s; NAN: not told */
    double width[AGREE_POINTS]; /* of each point alone: half of it, over its middle */
    uint32_t seeds;             /* 0: there is none, all draws lead to one */
};

struct verdict_reading {
    const struct gate *gate;                 /* of the best try */
    uint64_t requests;                       /* issued */
    double service;                          /* on average, real s */
    double overhead;                         /* half the requests have no more, real s; NAN */
    double latency;                          /* half have no more, real s */
    bool stateless;                          /* see predict.h */
    const struct agreement *calibrated;      /* or NULL, and then: */
    const char *uncalibrated;                /* why */
    const struct interval *calibrated_error; /* of its errors, by point; NULL: as they are */
    const struct agreement *replayed;    /* ENV-REPLAY, over requests that completed in both; NULL:
                                            not to be had */
    double drawn;                        /* share of its delays that nobody measured */
    const struct interval *replay_error; /* of its errors, by point; NULL: all messages were
                                            replayed, and nothing is by chance */
    const struct replayed *decisions;    /* NULL: a foreign balancer keeps no log */
    const struct band *band;             /* NULL: none */
};

struct verdict {
    enum verdict_answer answer;
    char why[400]; /* in one sentence, or "" */
    double bias; /* services are short: RAW is expected to be so much too low at the median; NAN */
};

struct verdict verdict_of(const struct verdict_limits *, const struct verdict_reading *);

/* The worst error of mean, p50, p90 and p99, with its sign; `at`: where. NAN: none. */
double agreement_worst(const struct agreement *, int *at);

#endif
