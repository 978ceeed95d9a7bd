/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The closed forms as a table, for the command line. */
#include <math.h>
#include <string.h>

#include "models/theory.h"

/* clang-format off */
#define PARAMETER(field, unit, whole, preset, least, most, help)                                   \
    { #field, unit, help, offsetof(struct theory_question, field), whole, preset, least, most }
#define LOAD(most)                                                                                 \
    PARAMETER(load, NULL, false, NAN, 0, most, "rate x service / servers; this or the rate")
#define RATE                                                                                       \
    PARAMETER(rate, "1/s", false, NAN, 0, INFINITY, "requests per second; this or the load")
#define SERVICE PARAMETER(service, "s", false, 1, 0, INFINITY, "mean service time")
#define SCV                                                                                        \
    PARAMETER(scv, NULL, false, 1, 0, INFINITY, "variance over squared mean of the service")
#define SERVERS PARAMETER(servers, NULL, true, NAN, 1, 1e7, "how many servers")
#define PLACES  PARAMETER(places, NULL, true, NAN, 0, 1e8, "waiting places beside the servers")
#define CHOICES PARAMETER(choices, NULL, true, 2, 1, 1000, "how many queues are compared")
#define END     { .name = NULL }
/* clang-format on */

static const struct theory_parameter alone[] = { LOAD(1.0), RATE, SERVICE, END };
static const struct theory_parameter general[] = { LOAD(1.0), RATE, SERVICE, SCV, END };
static const struct theory_parameter several[] = { LOAD(1.0), RATE, SERVICE, SERVERS, END };
static const struct theory_parameter losing[] = { LOAD(INFINITY), RATE, SERVICE, SERVERS, END };
static const struct theory_parameter split[] = { LOAD(1.0), RATE, SERVICE, SERVERS, SCV, END };
static const struct theory_parameter bounded[] = { LOAD(INFINITY), RATE,   SERVICE,
                                                   SERVERS,        PLACES, END };
static const struct theory_parameter choosing[] = { LOAD(1.0), RATE, SERVICE, CHOICES, END };

static const char *solve_mm1(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_mm1(q->rate, q->service, answer);
}

static const char *solve_mm1ps(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_mm1ps(q->rate, q->service, answer);
}

static const char *solve_mg1(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_mg1(q->rate, q->service, q->scv, answer);
}

static const char *solve_mg1ps(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_mg1ps(q->rate, q->service, answer);
}

static const char *solve_dm1(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_dm1(q->rate, q->service, answer);
}

static const char *solve_mmc(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_mmc(q->rate, q->service, (uint32_t)q->servers, answer);
}

static const char *solve_mmck(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_mmck(q->rate, q->service, (uint32_t)q->servers, (uint32_t)q->places, answer);
}

static const char *solve_erlang_b(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_erlang_b(q->rate, q->service, (uint32_t)q->servers, answer);
}

static const char *solve_random(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_random(q->rate, q->service, q->scv, (uint32_t)q->servers, answer);
}

static const char *solve_round_robin(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_round_robin(q->rate, q->service, (uint32_t)q->servers, answer);
}

static const char *solve_jsq_d_limit(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_jsq_d_limit(q->rate, q->service, (uint32_t)q->choices, answer);
}

const struct theory_model theory_models[] = {
    { "mm1", "one exponential server, first come first served", "latency = service / (1 - load)",
      "L. Kleinrock, Queueing Systems 1 (1975), 3.2", alone, solve_mm1 },
    { "mg1", "one server, any service, first come first served",
      "wait = service load / (1 - load) (1 + scv) / 2", "F. Pollaczek 1930, A. Y. Khinchine 1932",
      general, solve_mg1 },
    { "mg1ps", "one server shared equally by all requests, any service",
      "latency = service / (1 - load), slowdown the same for every size",
      "L. Kleinrock, Queueing Systems 2 (1976), 4.4; Sakata, Noguchi, Oizumi 1969", alone,
      solve_mg1ps },
    { "mm1ps", "one exponential server shared equally by all requests",
      "latency = service / (1 - load), its stddev sqrt((2 + load) / (2 - load)) times as much",
      "E. G. Coffman, R. R. Muntz, H. Trotter, JACM 17 (1970)", alone, solve_mm1ps },
    { "dm1", "requests at equal distances, one exponential server",
      "latency = service / (1 - s), s = exp(-(1 - s) / load)",
      "L. Kleinrock, Queueing Systems 1 (1975), 6.4", alone, solve_dm1 },
    { "mmc", "several exponential servers at one queue (central_queue, lwl)",
      "wait = C service / (servers (1 - load)), C = Erlang's formula C", "A. K. Erlang 1917",
      several, solve_mmc },
    { "mmck", "several exponential servers at one queue with few waiting places",
      "P(k) falls by load for each one waiting; rejected = P(all places taken)",
      "D. Gross, C. M. Harris, Fundamentals of Queueing Theory, 2.5", bounded, solve_mmck },
    { "erlang_b", "several servers and no waiting, any service",
      "B(j) = a B(j-1) / (j + a B(j-1)), a = rate service",
      "A. K. Erlang 1917; B. A. Sevastyanov 1957 (any service)", losing, solve_erlang_b },
    { "random", "requests dealt at random to servers that share nothing, any service",
      "each server is M/G/1 with its share of the rate",
      "F. Pollaczek 1930; splitting of a Poisson process", split, solve_random },
    { "round_robin", "requests dealt in turn to exponential servers, first come first served",
      "latency = service / (1 - s), s = (1 + (1 - s) / (servers load))^-servers",
      "L. Kleinrock, Queueing Systems 1 (1975), 6.4: each server is E_n/M/1", several,
      solve_round_robin },
    { "jsq_d_limit",
      "the shortest of d queues at random, per server, as servers become infinitely many",
      "latency = service (1 + load^d + load^(d + d^2) + ...)",
      "Vvedenskaya, Dobrushin, Karpelevich 1996; M. Mitzenmacher, IEEE TPDS 12 (2001)", choosing,
      solve_jsq_d_limit },
    { .name = NULL }
};

const struct theory_model *theory_model(const char *name)
{
    const struct theory_model *model;

    for (model = theory_models; model->name; model++)
        if (!strcmp(model->name, name))
            return model;
    return NULL;
}

const char *theory_solve(const struct theory_model *model, const double *values,
                         struct theory_answer *answer)
{
    struct theory_question q = { .load = NAN, .rate = NAN, .servers = 1.0 };
    const struct theory_parameter *p;

    for (p = model->parameters; p->name; p++)
        *(double *)((char *)&q + p->offset) = values[p - model->parameters];
    if (isnan(q.load) == isnan(q.rate))
        return "give either the load or the rate";
    if (!(q.servers >= 1.0 && q.servers <= UINT32_MAX))
        return "servers is missing; it must be a whole number, at least 1";
    if (!(q.places >= 0.0 && q.places <= UINT32_MAX))
        return "places is missing; it must be a whole number, at least 0";
    if (!(q.choices >= 0.0 && q.choices <= UINT32_MAX))
        return "choices is missing; it must be a whole number, at least 1";
    if (isnan(q.rate))
        q.rate = q.load * q.servers / q.service;
    return model->solve(&q, answer);
}
