/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests that are tried more than once, given up by their clients, or made of parts. */
#include <math.h>
#include <stdio.h>

#include "models/theory.h"
#include "models/theory_begin.h"

const char *theory_mm1_timeout(double rate, double service_mean, double patience,
                               struct theory_answer *answer)
{
    const double load = rate * service_mean, leave = (1.0 - load) / service_mean;
    const char *wrong = theory_begin(answer, rate, service_mean, load);
    const double late = exp(-leave * patience), in_time = -expm1(-leave * patience);
    double second;

    if (wrong)
        return wrong;
    if (!(patience > 0.0) || isinf(patience))
        return "the patience must be above 0";
    snprintf(answer->model, sizeof answer->model, "M/M/1 with time-outs");
    answer->law = THEORY_TIMELY;
    answer->service_rate = leave;
    answer->after = patience;
    answer->timeouts = late;
    theory_finish(answer, rate, 1.0 / leave - patience * late / in_time);
    second =
        2.0 / (leave * leave) - (patience * patience + 2.0 * patience / leave) * late / in_time;
    answer->latency_stddev = sqrt(second - answer->latency_mean * answer->latency_mean);
    answer->in_system = rate / leave;
    return NULL;
}

const char *theory_hedge(double rate, double service_mean, double after,
                         struct theory_answer *answer)
{
    const char *wrong = theory_begin_any_load(answer, rate, service_mean, rate * service_mean);
    const double late = exp(-after / service_mean), s = service_mean;
    double second;

    if (wrong)
        return wrong;
    if (!(after >= 0.0) || isinf(after))
        return "the delay must not be negative";
    snprintf(answer->model, sizeof answer->model, "hedge");
    answer->law = THEORY_HEDGED;
    answer->after = after;
    answer->attempts = 1.0 + late;
    answer->wait_mean = answer->wait_probability = 0.0;
    theory_finish(answer, rate, s * (1.0 - late / 2.0));
    second = 2.0 * s * s * (1.0 - late) - s * after * late + s * s * late / 2.0;
    answer->latency_stddev = sqrt(second - answer->latency_mean * answer->latency_mean);
    answer->utilization = NAN;
    return NULL;
}

const char *theory_retry(double failure, uint32_t most, struct theory_answer *answer)
{
    double reached = 1.0;
    uint32_t i;

    theory_begin_any_load(answer, 1.0, 1.0, 1.0);
    if (!(failure >= 0.0 && failure <= 1.0))
        return "the probability of a failure must be from 0 to 1";
    if (most == 0)
        return "there must be at least one attempt";
    answer->rejected = answer->cancelled = NAN;
    answer->attempts = 0.0;
    for (i = 0; i < most && reached > 0.0; i++) {
        answer->attempts += reached;
        reached *= failure;
    }
    answer->errors = reached;
    snprintf(answer->model, sizeof answer->model, "up to %u attempts", (unsigned)most);
    return NULL;
}

const char *theory_fan_out(double rate, double service_mean, uint32_t parts, uint32_t needed,
                           struct theory_answer *answer)
{
    const char *wrong = theory_begin_any_load(answer, rate, service_mean, rate * service_mean);
    double mean = 0.0, variance = 0.0, left;

    if (wrong)
        return wrong;
    if (needed == 0 || needed > parts)
        return "needed must be 1 to as many as parts";
    for (left = parts; left > parts - needed; left--) {
        mean += 1.0 / left;
        variance += 1.0 / (left * left);
    }
    snprintf(answer->model, sizeof answer->model, "%u of %u parts", (unsigned)needed,
             (unsigned)parts);
    answer->law = THEORY_PARTS;
    answer->choices = parts;
    answer->needed = needed;
    answer->wait_mean = answer->wait_probability = 0.0;
    answer->latency_stddev = service_mean * sqrt(variance);
    theory_finish(answer, rate, service_mean * mean);
    answer->utilization = NAN;
    return NULL;
}
