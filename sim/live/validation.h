/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One policy in both worlds: what was measured, what was predicted, and how they agree. */
#ifndef SIM_VALIDATION_H
#define SIM_VALIDATION_H

#include <stdio.h>

#include "sim/live/predict.h"
#include "sim/live/session.h"
#include "sim/live/verdict.h"
#include "sim/record/interval.h"

struct validation_order {
    const struct scenario *scenario;
    const struct policy_spec *policy; /* the policy itself, not one that logs */
    FILE *log;                        /* the decisions of the best try, from its beginning; NULL: a
                                         foreign balancer's */
    struct verdict_limits limits;
};

/* CALIBRATED is so many predictions, each with other draws from the pings: where picks depend on
 * servers, one of them alone is off by chance, in the tail above all. Its points are their means;
 * its requests, servers and distribution those of the first. */
enum { VALIDATION_PATHS = 8 };
/* Where services are drawn from measured ones, chance has a hand in what is measured, in what is
 * predicted, and in the few services that were measured. The interval of an error is then where so
 * many predictions lie, each with draws of its own from a bootstrap sample of the pings; those of
 * mean, p50, p90 and p99 hold together, as a band's do. */
enum { VALIDATION_SAMPLES = BAND_SEEDS };

struct validation {
    const struct policy_spec *policy;
    uint32_t servers;
    bool foreign_balancer, foreign_servers, stateless;
    struct fates measured;
    struct calibration calibration; /* without its data */
    struct fates predicted[PREDICT_LEVELS];
    const char *missing[PREDICT_LEVELS]; /* why there is no such prediction; NULL: there is */
    struct agreement agreement[PREDICT_LEVELS];
    uint64_t replayed, filled;                           /* messages of ENV-REPLAY, see predict.h */
    struct interval interval[AGREE_POINTS];              /* of what was measured, s */
    struct interval error[PREDICT_LEVELS][AGREE_POINTS]; /* predicted / measured - 1 */
    double *share, *share_predicted[PREDICT_LEVELS];     /* by server */
    struct histogram_total *spectrum[PREDICT_LEVELS];    /* of predicted latencies, ns */
    struct band band;
    struct replayed decisions;
    bool decided; /* `decisions` were played back */
    struct verdict verdict;
    char why[300]; /* what went wrong; then there is no verdict */
};

/* From the best tries of a session, whose records are still there. 0, or -1 with `why`. Close it in
 * each case. */
int validation_of(const struct validation_order *, struct live_session *, struct validation *);
void validation_close(struct validation *);
/* Which share of ENV-REPLAY's delays is drawn, not measured; NAN: there is no ENV-REPLAY. */
double validation_drawn(const struct validation *);

/* More of the same: points and errors are the means over all VALIDATION_PATHS. 0 or -1. */
int average_paths(const struct predict_order *, const struct fates *measured, struct agreement *);

/* Intervals of CALIBRATED's errors, by VALIDATION_SAMPLES: 0 or -1. `error` has their values. */
int spread_of(const struct predict_order *, const struct fates *measured, double confidence,
              struct interval error[AGREE_POINTS]);

/* The band of predictions with other draws of the policy, as `order` has them: 0 or -1. */
int band_of(const struct predict_order *order, const struct fates *measured, struct band *);

/* ---- Policies against each other. */

/* A place in the order of the policies, best first. */
struct standing {
    uint32_t policy;      /* index of its validation */
    double value;         /* s */
    struct interval less; /* than the next: value / next - 1; of the last one nothing */
    bool apart;           /* it is better than the next for sure */
};
struct standings {
    struct standing *measured[2], *predicted[2]; /* by mean, by p99; n places each */
    uint32_t n;
    enum prediction_level level; /* CALIBRATED if all have it, else RAW */
    bool sampled; /* services were measured for each policy by itself: `better` is not said */
    bool same[2]; /* no two are told apart in both worlds, each the other way round
                   */
    /* Two that were VALID, whom both worlds tell apart, and each the other way round; NULL: none */
    const char *better, *worse; /* measured */
};
/* All n have been validated. What is said of all pairs of one order holds together with the
 * scenario's confidence. 0 or -1: no memory. */
int standings_of(struct validation *const *, const bool *valid, uint32_t n, const struct scenario *,
                 struct standings *);
void standings_close(struct standings *);

#endif
