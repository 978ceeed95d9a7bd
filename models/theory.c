/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What all closed forms share, and how an answer is read. */
#include "models/theory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/arithmetic.h"
#include "models/theory_begin.h"

const char *theory_begin_any_load(struct theory_answer *answer, double rate, double service_mean,
                                  double load)
{
    *answer = (struct theory_answer) { .latency_mean = NAN,
                                       .latency_stddev = NAN,
                                       .wait_mean = NAN,
                                       .wait_probability = NAN,
                                       .slowdown_mean = NAN,
                                       .in_system = NAN,
                                       .queue = NAN,
                                       .utilization = NAN,
                                       .throughput = NAN,
                                       .attempts = NAN,
                                       .errors = NAN,
                                       .timeouts = NAN,
                                       .load = load,
                                       .service_rate = 1.0 / service_mean };
    if (!(rate > 0.0) || isinf(rate))
        return "the rate must be above 0";
    if (!(service_mean > 0.0) || isinf(service_mean))
        return "the mean service time must be above 0";
    if (!isfinite(load))
        return "there must be at least one server";
    return NULL;
}

const char *theory_begin(struct theory_answer *answer, double rate, double service_mean,
                         double load)
{
    const char *wrong = theory_begin_any_load(answer, rate, service_mean, load);

    if (!wrong && !(load < 1.0))
        return "the load is not below 1: the queue grows for ever, there is no steady state";
    return wrong;
}

void theory_finish(struct theory_answer *answer, double rate, double latency_mean)
{
    const double served = 1.0 - answer->rejected - answer->cancelled;

    answer->throughput = rate * served;
    answer->utilization = answer->load * served;
    answer->latency_mean = latency_mean;
    answer->in_system = answer->throughput * latency_mean;
}

void theory_extra(struct theory_answer *answer, const char *metric, const char *whose, double value)
{
    struct theory_extra *extra = &answer->extra[answer->extras++];

    snprintf(extra->name, sizeof extra->name, "%s{%s}", metric, whose);
    extra->value = value;
}

/* P(wait + service <= t) - 1, the wait being 0 but with probability `waits`. The two exponentials
 * are subtracted with the slower one outside, so that neither nearly equal rates nor a far tail
 * lose the digits. */
static double delay_minus_above(const struct theory_answer *a, double waits, double t)
{
    const double slow = exp(-fmin(a->wait_rate, a->service_rate) * t);
    const double gap = fabs(a->wait_rate - a->service_rate) * t;
    const double mix = gap > 1e-9 ? -expm1(-gap) / gap : 1.0 - gap / 2.0;

    return -exp(-a->service_rate * t) - waits * a->service_rate * t * slow * mix;
}

/* With j the number of services that fit into t, Poisson: P(latency > t) is the mean of the
 * probability to find at least j. */
static double choices_minus_above(const struct theory_answer *a, double t)
{
    const double fit = a->service_rate * t;
    double sum = 0.0, exponent = 0.0, found = 1.0, log_term = -fit, j;

    for (j = 1.0; found > 1e-18; j++) {
        sum += exp(log_term) * found;
        log_term += log(fit / j);
        exponent = a->choices * (exponent + 1.0);
        found = pow(a->load, exponent);
    }
    return -sum;
}

/* With F the part of the times that are over by t: that fewer than `needed` of the parts are. */
static double parts_minus_above(const struct theory_answer *a, double t)
{
    const double over = log(-expm1(-a->service_rate * t)), not_yet = -a->service_rate * t;
    double sum = 0.0, j;

    for (j = 0.0; j < a->needed; j++)
        sum += exp(lgamma(a->choices + 1.0) - lgamma(j + 1.0) - lgamma(a->choices - j + 1.0) +
                   (j > 0.0 ? j * over : 0.0) + (a->choices - j) * not_yet);
    return -sum;
}

static double minus_above(const void *context, double t)
{
    const struct theory_answer *answer = context;

    if (answer->law == THEORY_DELAY)
        return delay_minus_above(answer, answer->wait_probability, t);
    if (answer->law == THEORY_TWO_STAGES)
        return delay_minus_above(answer, 1.0, t);
    return answer->law == THEORY_PARTS ? parts_minus_above(answer, t)
                                       : choices_minus_above(answer, t);
}

static double hedged_quantile(const struct theory_answer *a, double p)
{
    const double alone = -log1p(-p) / a->service_rate;

    return alone <= a->after ? alone : (alone + a->after) / 2.0;
}

static double timely_quantile(const struct theory_answer *a, double p)
{
    return -log1p(p * expm1(-a->service_rate * a->after)) / a->service_rate;
}

static double copies_quantile(const struct theory_answer *a, double p)
{
    const double more = a->choices - 1.0;
    const double grown = expm1(-more / a->choices * log1p(-p));

    return log1p(grown / (1.0 - a->load)) / more / a->service_rate;
}

double theory_latency_quantile(const struct theory_answer *answer, double p)
{
    double high = answer->latency_mean;

    if (answer->law == THEORY_MEANS_ONLY || !(p > 0.0 && p < 1.0))
        return NAN;
    if (answer->law == THEORY_COPIES)
        return copies_quantile(answer, p);
    if (answer->law == THEORY_HEDGED)
        return hedged_quantile(answer, p);
    if (answer->law == THEORY_TIMELY)
        return timely_quantile(answer, p);
    if (answer->law == THEORY_PARTS && answer->needed == answer->choices)
        return -log(-expm1(log(p) / answer->choices)) / answer->service_rate;
    while (minus_above(answer, high) < p - 1.0)
        high *= 2.0;
    return invert_increasing(minus_above, answer, p - 1.0, 0.0, high);
}

double theory_wait_quantile(const struct theory_answer *answer, double p)
{
    if (answer->law != THEORY_DELAY || !(p > 0.0 && p < 1.0))
        return NAN;
    return fmax(0.0, log(answer->wait_probability / (1.0 - p)) / answer->wait_rate);
}

const char *const theory_metrics[] = { "latency.mean",
                                       "latency.stddev",
                                       "latency.p50",
                                       "latency.p90",
                                       "latency.p95",
                                       "latency.p99",
                                       "latency.p99.9",
                                       "wait.mean",
                                       "wait.probability",
                                       "wait.p50",
                                       "wait.p90",
                                       "wait.p95",
                                       "wait.p99",
                                       "wait.p99.9",
                                       "slowdown.mean",
                                       "throughput",
                                       "attempts.per_request",
                                       "hedge.rate",
                                       "retry.rate",
                                       "error.rate",
                                       "timeout.rate",
                                       "rejected.rate",
                                       "cancelled.rate",
                                       "in_system.mean",
                                       "queue.mean",
                                       "utilization.mean",
                                       NULL };

/* "99.9" as 0.999; NAN if the text is no number. */
static double percentile(const char *text)
{
    char *end;
    const double value = strtod(text, &end);

    return end == text || *end ? NAN : value / 100.0;
}

double theory_metric(const struct theory_answer *answer, const char *name)
{
    const struct {
        const char *name;
        double value;
    } plain[] = { { "latency.mean", answer->latency_mean },
                  { "latency.stddev", answer->latency_stddev },
                  { "wait.mean", answer->wait_mean },
                  { "wait.probability", answer->wait_probability },
                  { "slowdown.mean", answer->slowdown_mean },
                  { "throughput", answer->throughput },
                  { "goodput",
                    answer->throughput * (isnan(answer->timeouts) ? 1.0 : 1.0 - answer->timeouts) },
                  { "attempts.per_request", answer->attempts },
                  { "retry.rate", answer->law == THEORY_HEDGED ? NAN : answer->attempts - 1.0 },
                  { "hedge.rate", answer->law == THEORY_HEDGED ? answer->attempts - 1.0 : NAN },
                  { "error.rate", answer->errors },
                  { "timeout.rate", answer->timeouts },
                  { "rejected.rate", answer->rejected },
                  { "cancelled.rate", answer->cancelled },
                  { "in_system.mean", answer->in_system },
                  { "queue.mean",
                    isnan(answer->queue) ? answer->throughput * answer->wait_mean : answer->queue },
                  { "utilization.mean", answer->utilization } };
    size_t i;

    for (i = 0; i < sizeof plain / sizeof *plain; i++)
        if (!strcmp(name, plain[i].name))
            return plain[i].value;
    for (i = 0; i < answer->extras; i++)
        if (!strcmp(name, answer->extra[i].name))
            return answer->extra[i].value;
    if (!strncmp(name, "latency.p", 9))
        return theory_latency_quantile(answer, percentile(name + 9));
    if (!strncmp(name, "wait.p", 6))
        return theory_wait_quantile(answer, percentile(name + 6));
    return NAN;
}
