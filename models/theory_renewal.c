/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * GI/M/1: times between requests that are not exponential, and round robin, which makes them so. */
#include <math.h>
#include <stdio.h>

#include "models/arithmetic.h"
#include "models/theory.h"
#include "models/theory_begin.h"

/* Times between requests, in units of the mean service. */
struct interarrival {
    double load;
    uint32_t phases;  /* 0: infinitely many, a constant; THEORY_UNLIMITED: hyperexponential */
    double weight[2]; /* hyperexponential, balanced means */
};

/* A*((1 - sigma) / service) - 1 with x = 1 - sigma, without loss of digits for a small x. */
static double transform_less_one(const struct interarrival *gap, double x)
{
    const double n = gap->phases;
    double sum = 0.0;
    int i;

    if (gap->phases == 0)
        return expm1(-x / gap->load);
    if (gap->phases != THEORY_UNLIMITED)
        return expm1(-n * log1p(x / (n * gap->load)));
    for (i = 0; i < 2; i++) {
        const double y = x / (2.0 * gap->weight[i] * gap->load);

        sum -= gap->weight[i] * y / (1.0 + y);
    }
    return sum;
}

/* From 0 at x = 0 it falls, then rises through the root. */
static double above_root(const void *context, double x)
{
    return x + transform_less_one(context, x);
}

/* 1 - sigma. The function is convex: left of the root it is negative. */
static double idle_probability(const struct interarrival *gap)
{
    double low = (1.0 - gap->load) * (1.0 - 1e-12);

    while (above_root(gap, low) > 0.0)
        low /= 2.0;
    return invert_increasing(above_root, gap, 0.0, low, 1.0);
}

static double idle_of_erlang(double load, uint32_t phases)
{
    const struct interarrival gap = { .load = load, .phases = phases };

    return phases == 1 ? 1.0 - load : idle_probability(&gap);
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
    theory_exponential_latency(answer, rate, service_mean, idle_of_erlang(load, servers));
    return NULL;
}

const char *theory_dm1(double rate, double service_mean, struct theory_answer *answer)
{
    const double load = rate * service_mean;
    const char *wrong = theory_begin(answer, rate, service_mean, load);

    if (wrong)
        return wrong;
    snprintf(answer->model, sizeof answer->model, "D/M/1");
    theory_exponential_latency(answer, rate, service_mean, idle_of_erlang(load, 0));
    return NULL;
}

static void name_gim1(struct theory_answer *answer, uint32_t phases)
{
    if (phases == THEORY_UNLIMITED)
        snprintf(answer->model, sizeof answer->model, "H2/M/1");
    else if (phases == 0)
        snprintf(answer->model, sizeof answer->model, "D/M/1");
    else if (phases == 1)
        snprintf(answer->model, sizeof answer->model, "M/M/1");
    else
        snprintf(answer->model, sizeof answer->model, "E%u/M/1", (unsigned)phases);
}

const char *theory_gim1(double rate, double service_mean, uint32_t phases, double scv,
                        struct theory_answer *answer)
{
    struct interarrival gap = { .load = rate * service_mean, .phases = phases };
    const char *wrong = theory_begin(answer, rate, service_mean, gap.load);
    double root;

    if (wrong)
        return wrong;
    if (phases == THEORY_UNLIMITED && !(scv >= 1.0 && scv <= 1e6))
        return "the scv of hyperexponential times between requests must be 1 to 1e6";
    root = sqrt((scv - 1.0) / (scv + 1.0));
    gap.weight[0] = 0.5 * (1.0 + root);
    gap.weight[1] = 1.0 / ((scv + 1.0) * (1.0 + root));
    name_gim1(answer, phases);
    theory_exponential_latency(answer, rate, service_mean,
                               phases == THEORY_UNLIMITED ? idle_probability(&gap)
                                                          : idle_of_erlang(gap.load, phases));
    return NULL;
}
