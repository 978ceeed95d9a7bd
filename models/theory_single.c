/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Closed forms of one server, or of servers that share nothing. */
#include <math.h>
#include <stdio.h>

#include "models/arithmetic.h"
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

/* G/M/1: an arrival finds the server free with probability `idle`; all else follows. */
static void exponential_latency(struct theory_answer *answer, double rate, double service_mean,
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
    exponential_latency(answer, rate, service_mean, 1.0 - load);
    return NULL;
}

struct interarrival {
    double load;
    uint32_t phases; /* 0: infinitely many, a constant */
};

/* A*((1 - sigma) / service) - sigma in x = 1 - sigma: from 0 at x = 0 it falls, then rises through
 * the root. Written so that a load near 1 costs no digits. */
static double above_root(const void *context, double x)
{
    const struct interarrival *gap = context;
    const double n = gap->phases;

    if (gap->phases == 0)
        return x + expm1(-x / gap->load);
    return x + expm1(-n * log1p(x / (n * gap->load)));
}

/* 1 - sigma lies between that of M/M/1 and 1. */
static double idle_probability(double load, uint32_t phases)
{
    const struct interarrival gap = { load, phases };

    if (phases == 1)
        return 1.0 - load;
    return invert_increasing(above_root, &gap, 0.0, (1.0 - load) * (1.0 - 1e-12), 1.0);
}

const char *theory_round_robin(double rate, double service_mean, uint32_t servers,
                               struct theory_answer *answer)
{
    const double load = rate * service_mean / servers;
    const char *wrong = theory_begin(answer, rate, service_mean, load);

    if (wrong)
        return wrong;
    snprintf(answer->model, sizeof answer->model, servers == 1 ? "M/M/1" : "E%u/M/1",
             (unsigned)servers);
    exponential_latency(answer, rate, service_mean, idle_probability(load, servers));
    return NULL;
}

const char *theory_dm1(double rate, double service_mean, struct theory_answer *answer)
{
    const double load = rate * service_mean;
    const char *wrong = theory_begin(answer, rate, service_mean, load);

    if (wrong)
        return wrong;
    snprintf(answer->model, sizeof answer->model, "D/M/1");
    exponential_latency(answer, rate, service_mean, idle_probability(load, 0));
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
