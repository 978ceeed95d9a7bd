/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Confidence intervals from independent replications (Law, Simulation Modeling and Analysis, ch. 9;
 * Asmussen and Glynn, Stochastic Simulation, ch. III and IV).
 *
 * Arrays hold one value a replication and are summed in that order, so a result depends neither on
 * who computed which replication nor on when. A replication may have no value (NAN: no request was
 * completed, say). A mean over the others would be conditional on having one, so the answer then is
 * no value and no interval, and `why` says so; infinite values are treated alike. */
#ifndef SIM_INTERVAL_H
#define SIM_INTERVAL_H

#include <stdbool.h>
#include <stdint.h>

#define INTERVAL_FEW 10u /* below this many replications an interval supports no claim */

enum interval_method { INTERVAL_T, INTERVAL_SECTIONING, INTERVAL_RATIO, INTERVAL_BOOTSTRAP };

struct interval {
    double value;         /* NAN: there is none */
    double low, high, se; /* NAN: none can be given, and `why` says why not */
    double confidence;
    uint32_t n; /* replications; the t distribution has n - 1 degrees of freedom */
    enum interval_method method;
    const char *why; /* NULL if there is an interval; else static text */
};

/* "t", "sectioning", "ratio" or "bootstrap", as results name it. */
const char *interval_method_name(enum interval_method);

/* The mean of n values and its t interval. Below two values: the value alone. confidence in (0, 1).
 */
struct interval interval_t(const double *values, uint32_t n, double confidence);

/* A ratio of means whose parts are both random, sum of y over sum of counts (a mean over all
 * requests where replications have random counts): S^2 of y_r - ratio count_r, half-width t S /
 * (sqrt(n) mean count). Method "ratio". */
struct interval interval_ratio(const double *y, const double *counts, uint32_t n,
                               double confidence);

/* A quantile: `pooled` over all replications, with an interval from the spread of the replications'
 * own quantiles around it. Around their own mean, which is biased, the spread would be too small.
 */
struct interval interval_sectioning(const double *quantiles, uint32_t n, double pooled,
                                    double confidence);

/* What is known of the data behind the quantiles of the replications. */
struct quantile_data {
    double p;        /* in [0, 1] */
    double pooled;   /* over all replications */
    uint64_t total;  /* values in all replications */
    uint64_t least;  /* values in the replication that has the fewest */
    uint64_t memory; /* requests that the warm-up took in the pilot; 0 if not known */
};

/* The interval of a quantile, by the rule: always around the pooled value; with the t standard
 * error (spread about the replications' own mean) if each replication has at least 100 values
 * beyond its quantile and is at least 20 times as long as the warm-up took (which stands in for the
 * relaxation time), else by sectioning. With fewer than 100 values beyond the quantile in all
 * (1,000 from p = 0.999 on) the value stands alone. */
struct interval interval_quantile(const double *quantiles, uint32_t n, const struct quantile_data *,
                                  double confidence);

/* The mean of a_r - b_r, paired by replication (common random numbers), and by what factor pairing
 * reduced the variance, (S_a^2 + S_b^2) / S_d^2: below 1 it backfired, NAN if it cannot be told.
 * `reduction` may be NULL. */
struct interval interval_paired(const double *a, const double *b, uint32_t n, double confidence,
                                double *reduction);

/* Widens an interval by a rounding error of at most `most`, the same in all replications at worst
 * (histogram_rounding): se^2 grows by most^2 / 3, the variance of an error uniform in +-most.
 * Without it values that share a bucket would claim to be exact. Nothing changes where there is no
 * interval. */
void interval_blur(struct interval *, double most);

/* How far the value lies from a reference, as a normal score: the normal quantile of the t
 * probability of (value - reference) / se. With se = 0: 0 if both agree within 1e-12, else
 * infinite. NAN without an interval. */
double interval_score(const struct interval *, double reference);

/* The t quantile such that P(|T| <= t) = confidence, with df >= 1 degrees of freedom. */
double interval_t_quantile(double confidence, uint32_t df);

#endif
