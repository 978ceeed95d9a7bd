/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which closed form, if any, describes what is simulated? */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/theory.h"

/* From here on the limit of infinitely many servers is within 3 % up to a load of 0.95. */
enum { MANY_SERVERS = 100 };

/* With one server these can only send everything there. Others may refuse or hold. */
static const char *const never_refuse[] = {
    "random", "weighted_random", "round_robin", "smooth_wrr", "least_conn", "jsq", "p2c", "jiq",
    "lwl",    "central_queue",   NULL
};
static const char *const at_random[] = { "random", "weighted_random", NULL };
static const char *const in_turn[] = { "round_robin", "smooth_wrr", NULL };
static const char *const one_queue[] = { "lwl", "central_queue", NULL };
static const char *const choosing[] = { "p2c", NULL };

static const char *const exponential_at_scv_1[] = { "erlang", "hyperexponential", "gamma",
                                                    "weibull", NULL };

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (!strcmp(name, *names))
            return true;
    return false;
}

void theory_case_service(struct theory_case *c, const struct distribution *service, double speed)
{
    const double mean = service->kind->mean(service);
    const char *kind = service->kind->name;

    c->service_mean = mean / speed;
    c->service_scv = service->kind->variance(service) / (mean * mean);
    c->service_exponential = !strcmp(kind, "exponential") ||
                             (is_one_of(kind, exponential_at_scv_1) && c->service_scv == 1.0);
}

/* A number of requests that moves like that of a FIFO queue with exponential service moves the
 * same under processor sharing; the single times do not. */
static void keep_means(struct theory_answer *answer, const char *model)
{
    char name[sizeof answer->model];

    snprintf(name, sizeof name, "%.28s-PS", model);
    memcpy(answer->model, name, sizeof name);
    answer->law = THEORY_MEANS_ONLY;
    answer->latency_stddev = answer->wait_mean = answer->wait_probability = NAN;
}

/* Several cores shared by all requests: the number in the system does not depend on the law of the
 * service (J. W. Cohen, Acta Informatica 12, 1979), so it is that of M/M/c. */
static const char *shared_cores(const struct theory_case *c, double rate,
                                struct theory_answer *answer)
{
    char name[sizeof answer->model - 3];
    const char *wrong = theory_mmc(rate, c->service_mean, c->cores, answer);

    snprintf(name, sizeof name, "M/%c/%u", c->service_exponential ? 'M' : 'G', (unsigned)c->cores);
    keep_means(answer, name);
    return wrong;
}

static const char *one_shared(const struct theory_case *c, double rate,
                              struct theory_answer *answer)
{
    if (c->queue_limit != THEORY_UNLIMITED)
        return "no closed form";
    if (c->cores > 1)
        return shared_cores(c, rate, answer);
    return c->service_exponential ? theory_mm1ps(rate, c->service_mean, answer)
                                  : theory_mg1ps(rate, c->service_mean, answer);
}

static const char *one_fifo(const struct theory_case *c, double rate, struct theory_answer *answer)
{
    if (c->queue_limit == 0)
        return theory_erlang_b(rate, c->service_mean, c->cores, answer);
    if (!c->service_exponential)
        return c->cores == 1 && c->queue_limit == THEORY_UNLIMITED
                   ? theory_mg1(rate, c->service_mean, c->service_scv, answer)
                   : "no closed form";
    if (c->queue_limit != THEORY_UNLIMITED)
        return theory_mmck(rate, c->service_mean, c->cores, c->queue_limit, answer);
    return c->cores == 1 ? theory_mm1(rate, c->service_mean, answer)
                         : theory_mmc(rate, c->service_mean, c->cores, answer);
}

/* A server by itself, fed at `rate`. */
static const char *one_server(const struct theory_case *c, double rate,
                              struct theory_answer *answer)
{
    if (!c->deterministic_arrivals)
        return c->processor_sharing ? one_shared(c, rate, answer) : one_fifo(c, rate, answer);
    if (c->cores > 1 || !c->service_exponential || c->queue_limit != THEORY_UNLIMITED)
        return "no closed form";
    return theory_dm1(rate, c->service_mean, answer);
}

/* Several single-core exponential servers behind one balancer. */
static const char *many_servers(const struct theory_case *c, struct theory_answer *answer)
{
    const double each = c->rate / c->servers;

    if (is_one_of(c->policy, in_turn))
        return c->deterministic_arrivals
                   ? theory_dm1(each, c->service_mean, answer)
                   : theory_round_robin(c->rate, c->service_mean, c->servers, answer);
    if (c->deterministic_arrivals)
        return "no closed form";
    if (is_one_of(c->policy, one_queue) && !c->processor_sharing)
        return theory_mmc(c->rate, c->service_mean, c->servers, answer);
    if (is_one_of(c->policy, choosing) && c->servers >= MANY_SERVERS &&
        (uint64_t)c->choices * c->choices <= c->servers)
        return theory_jsq_d_limit(each, c->service_mean, c->choices, answer);
    return "no closed form";
}

static const char *match(const struct theory_case *c, struct theory_answer *answer)
{
    if (c->servers == 1)
        return is_one_of(c->policy, never_refuse) ? one_server(c, c->rate, answer)
                                                  : "no closed form";
    if (is_one_of(c->policy, at_random) && !c->deterministic_arrivals)
        return one_server(c, c->rate / c->servers, answer);
    if (c->balancers == 1 && c->cores == 1 && c->service_exponential &&
        c->queue_limit == THEORY_UNLIMITED)
        return many_servers(c, answer);
    return "no closed form";
}

bool theory_for(const struct theory_case *c, struct theory_answer *answer)
{
    if (!c->undisturbed || !c->alike || c->servers == 0 || c->cores == 0 || match(c, answer))
        return false;
    if (c->processor_sharing && answer->law != THEORY_MEANS_ONLY)
        keep_means(answer, answer->model);
    /* A model of one server speaks of its share. */
    answer->throughput = c->rate * (1.0 - answer->rejected);
    answer->in_system = answer->throughput * answer->latency_mean;
    return true;
}
