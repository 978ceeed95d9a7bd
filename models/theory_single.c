/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Closed forms of one server, or of servers that share nothing. */
#include <math.h>
#include <stdio.h>

#include "models/theory.h"
#include "models/theory_begin.h"

const char *theory_mg1(double rate, double service_mean, double service_scv,
                       struct theory_answer *answer)
{
    const double load = rate * service_mean;
    const char *wrong = theory_begin(answer, rate, service_mean, load);

    if (wrong)
        return wrong;
    if (!(service_scv >= 0.0))
        return "the squared coefficient of variation must not be negative";
    snprintf(answer->model, sizeof answer->model, service_scv > 0.0 ? "M/G/1" : "M/D/1");
    answer->wait_mean = service_mean * load / (1.0 - load) * (1.0 + service_scv) / 2.0;
    answer->wait_probability = load;
    theory_finish(answer, rate, answer->wait_mean + service_mean);
    return NULL;
}

const char *theory_mg1ps(double rate, double service_mean, struct theory_answer *answer)
{
    const double load = rate * service_mean;
    const char *wrong = theory_begin(answer, rate, service_mean, load);

    if (wrong)
        return wrong;
    snprintf(answer->model, sizeof answer->model, "M/G/1-PS");
    answer->slowdown_mean = 1.0 / (1.0 - load);
    theory_finish(answer, rate, service_mean / (1.0 - load));
    return NULL;
}

const char *theory_mm1ps(double rate, double service_mean, struct theory_answer *answer)
{
    const double load = rate * service_mean;
    const char *wrong = theory_mg1ps(rate, service_mean, answer);

    if (wrong)
        return wrong;
    snprintf(answer->model, sizeof answer->model, "M/M/1-PS");
    answer->latency_stddev = answer->latency_mean * sqrt((2.0 + load) / (2.0 - load));
    return NULL;
}

void theory_exponential_latency(struct theory_answer *answer, double rate, double service_mean,
                                double idle)
{
    answer->law = THEORY_DELAY;
    answer->wait_probability = 1.0 - idle;
    answer->wait_rate = idle / service_mean;
    answer->wait_mean = (1.0 - idle) / idle * service_mean;
    answer->latency_stddev = service_mean / idle;
    theory_finish(answer, rate, service_mean / idle);
}

const char *theory_mm1(double rate, double service_mean, struct theory_answer *answer)
{
    const double load = rate * service_mean;
    const char *wrong = theory_begin(answer, rate, service_mean, load);

    if (wrong)
        return wrong;
    snprintf(answer->model, sizeof answer->model, "M/M/1");
    theory_exponential_latency(answer, rate, service_mean, 1.0 - load);
    return NULL;
}

const char *theory_random(double rate, double service_mean, double service_scv, uint32_t servers,
                          struct theory_answer *answer)
{
    const char *wrong = theory_mg1(rate / servers, service_mean, service_scv, answer);

    if (!wrong)
        theory_finish(answer, rate, answer->latency_mean);
    return wrong;
}

const char *theory_lcfs_pr(double rate, double service_mean, double service_scv,
                           struct theory_answer *answer)
{
    const double load = rate * service_mean, rest = 1.0 - load;
    const char *wrong = theory_begin(answer, rate, service_mean, load);

    if (wrong)
        return wrong;
    if (!(service_scv >= 0.0))
        return "the squared coefficient of variation must not be negative";
    snprintf(answer->model, sizeof answer->model, "M/G/1-LCFS-PR");
    answer->slowdown_mean = 1.0 / rest;
    answer->latency_stddev = service_mean / rest * sqrt((service_scv + load) / rest);
    theory_finish(answer, rate, service_mean / rest);
    answer->queue = answer->in_system - load;
    return NULL;
}

const char *theory_mginf(double rate, double service_mean, double service_scv,
                         struct theory_answer *answer)
{
    const char *wrong = theory_begin_any_load(answer, rate, service_mean, rate * service_mean);

    if (wrong)
        return wrong;
    if (!(service_scv >= 0.0))
        return "the squared coefficient of variation must not be negative";
    snprintf(answer->model, sizeof answer->model, "M/G/inf");
    answer->wait_mean = answer->wait_probability = 0.0;
    answer->slowdown_mean = 1.0;
    answer->latency_stddev = service_mean * sqrt(service_scv);
    theory_finish(answer, rate, service_mean);
    answer->utilization = NAN;
    return NULL;
}

/* Whole numbers of this mean vary at least as much as those next to it do, and those from 1 on with
 * mean 1 do not vary at all. */
static bool is_batch(double mean, double variance)
{
    double part = mean - floor(mean), least = part * (1.0 - part);

    return variance >= least - 1e-9 && (mean > 1.0 || variance <= 1e-9);
}

const char *theory_batch(double rate, double batch_mean, double batch_scv, double service_mean,
                         double service_scv, struct theory_answer *answer)
{
    const double load = rate * service_mean, rest = 1.0 - load;
    const double found = batch_mean * (1.0 + batch_scv); /* mean size of a request's batch */
    const char *wrong = theory_begin(answer, rate, service_mean, load);

    if (wrong)
        return wrong;
    if (!(service_scv >= 0.0) || !(batch_scv >= 0.0))
        return "the squared coefficients of variation must not be negative";
    if (!(batch_mean >= 1.0))
        return "a batch has at least one request";
    if (!is_batch(batch_mean, batch_scv * batch_mean * batch_mean))
        return "no whole numbers from 1 on have this mean and squared coefficient of variation";
    snprintf(answer->model, sizeof answer->model, "M^[X]/G/1");
    answer->wait_mean = service_mean * (load * (1.0 + service_scv) + found - 1.0) / (2.0 * rest);
    answer->wait_probability = 1.0 - rest / batch_mean;
    theory_finish(answer, rate, answer->wait_mean + service_mean);
    return NULL;
}
