/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Limits of infinitely many servers: the power of choices, and idle queues. */
#include <math.h>
#include <stdio.h>

#include "models/arithmetic.h"
#include "models/theory.h"
#include "models/theory_begin.h"

const char *theory_jsq_d_limit(double rate, double service_mean, uint32_t choices,
                               struct theory_answer *answer)
{
    const double load = rate * service_mean;
    const char *wrong = theory_begin(answer, rate, service_mean, load);
    double sum = 1.0, exponent = choices, term;

    if (wrong)
        return wrong;
    if (choices == 0)
        return "at least one queue must be looked at";
    if (choices == 1)
        return theory_mm1(rate, service_mean, answer);
    for (term = pow(load, exponent); term > 1e-18; term = pow(load, exponent)) {
        sum += term;
        exponent = choices * (exponent + 1.0);
    }
    snprintf(answer->model, sizeof answer->model, "limit d=%u", (unsigned)choices);
    answer->limit = true;
    answer->law = THEORY_CHOICES;
    answer->choices = choices;
    answer->wait_mean = (sum - 1.0) * service_mean;
    answer->wait_probability = pow(load, choices);
    theory_finish(answer, rate, sum * service_mean);
    return NULL;
}

/* Tokens at one balancer: born at ratio load (1 - load empty), taken at ratio load by its own
 * requests, withdrawn at load empty each, where `empty` is the share of balancers without one. */
struct tokens {
    double load, ratio;
};

/* Minus the mean number of tokens: it rises with `empty`, for fewer are born and more withdrawn. */
static double minus_tokens(const void *context, double empty)
{
    const struct tokens *tokens = context;
    double sum = 1.0, mean = 0.0, weight = 1.0, k;

    for (k = 1.0; weight > 1e-18 * sum; k++) {
        weight *= (1.0 - tokens->load * empty) / (1.0 + k * empty / tokens->ratio);
        sum += weight;
        mean += k * weight;
    }
    return -mean / sum;
}

/* The share of balancers without a token, found by the mean number of idle servers a balancer. */
static double share_without(const struct tokens *tokens)
{
    const double idle = tokens->ratio * (1.0 - tokens->load);
    double low = 1.0;

    while (minus_tokens(tokens, low) > -idle)
        low /= 2.0;
    return invert_increasing(minus_tokens, tokens, -idle, low, fmin(1.0, 2.0 * low));
}

const char *theory_jiq_limit(double rate, double service_mean, double ratio, bool published,
                             struct theory_answer *answer)
{
    const struct tokens tokens = { rate * service_mean, ratio };
    const char *wrong = theory_begin(answer, rate, service_mean, tokens.load);
    double empty;

    if (wrong)
        return wrong;
    if (!(ratio > 0.0) || (ratio > 1e4 && !isinf(ratio)))
        return "there must be 0 to 10000 servers a balancer, or infinitely many";
    if (isinf(ratio))
        empty = 0.0;
    else if (published)
        empty = 1.0 / (1.0 + ratio * (1.0 - tokens.load));
    else
        empty = share_without(&tokens);
    snprintf(answer->model, sizeof answer->model, "limit jiq");
    answer->limit = true;
    answer->approximate = published && !isinf(ratio);
    answer->wait_mean = tokens.load * empty / (1.0 - tokens.load * empty) * service_mean;
    answer->wait_probability = tokens.load * empty;
    theory_finish(answer, rate, answer->wait_mean + service_mean);
    return NULL;
}
