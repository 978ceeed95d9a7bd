/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which closed form, if any, describes what is simulated? */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/theory_case.h"

/* From here on the limit of infinitely many servers is within 3 % up to a load of 0.95. */
enum { MANY_SERVERS = 100 };
/* Servers times (1 - load)^2, from which the limit of JIQ with one balancer is within 1 %. */
static const double MANY_IDLE = 3.99;

/* With one server these can only send everything there. Others may refuse or hold. */
static const char *const never_refuse[] = {
    "random", "weighted_random", "round_robin", "smooth_wrr", "least_conn", "jsq", "p2c", "jiq",
    "lwl",    "central_queue",   NULL
};
static const char *const at_random[] = { "random", "weighted_random", NULL };
static const char *const in_turn[] = { "round_robin", "smooth_wrr", NULL };
static const char *const one_queue[] = { "lwl", "central_queue", NULL };
static const char *const no_queue_but_one[] = { "central_queue", NULL };
static const char *const to_idle[] = { "jiq", NULL };
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

    c->service = service;
    c->speed = speed;
    c->service_mean = mean / speed;
    c->service_scv = service->kind->variance(service) / (mean * mean);
    c->service_exponential =
        !strcmp(kind, "exponential") ||
        (is_one_of(kind, exponential_at_scv_1) && fabs(c->service_scv - 1.0) < 1e-14);
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
        return "processor sharing with a limited number of requests";
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
                   : "several cores or limited places with a service that is not exponential";
    if (c->queue_limit != THEORY_UNLIMITED)
        return theory_mmck(rate, c->service_mean, c->cores, c->queue_limit, answer);
    return c->cores == 1 ? theory_mm1(rate, c->service_mean, answer)
                         : theory_mmc(rate, c->service_mean, c->cores, answer);
}

/* Solved at speed 1, where sizes are times. */
static const char *one_shortest(const struct theory_case *c, double rate,
                                struct theory_answer *answer)
{
    const char *wrong = theory_srpt(rate / c->speed, c->service, answer);

    answer->latency_mean /= c->speed;
    answer->wait_mean /= c->speed;
    answer->throughput *= c->speed;
    return wrong;
}

static const char *one_prioritised(const struct theory_case *c, double rate,
                                   struct theory_answer *answer)
{
    struct theory_class classes[THEORY_CLASSES];
    uint32_t i;

    for (i = 0; i < c->classes_n && i < THEORY_CLASSES; i++) {
        classes[i] = c->classes[i];
        classes[i].rate *= rate / c->rate;
    }
    return theory_priority(classes, c->classes_n, c->preemptive, answer);
}

static const char *one_impatient(const struct theory_case *c, double rate, uint32_t cores,
                                 struct theory_answer *answer)
{
    if (c->arrivals != THEORY_POISSON || c->discipline != THEORY_FIFO || !c->service_exponential ||
        c->queue_limit != THEORY_UNLIMITED)
        return "patience in a queue that is not M/M/c";
    if (c->patience == THEORY_PATIENCE_EXPONENTIAL)
        return theory_erlang_a(rate, c->service_mean, cores, c->patience_mean, answer);
    return cores == 1 ? theory_mm1d(rate, c->service_mean, c->patience_mean, answer)
                      : "the same patience for all with several cores";
}

/* One core, Poisson, no limit, but neither FIFO nor processor sharing. */
static const char *one_ordered(const struct theory_case *c, double rate,
                               struct theory_answer *answer)
{
    if (c->cores > 1 || c->queue_limit != THEORY_UNLIMITED)
        return "this discipline with several cores or limited places";
    if (c->discipline == THEORY_NEWEST)
        return theory_lcfs_pr(rate, c->service_mean, c->service_scv, answer);
    return c->discipline == THEORY_SHORTEST ? one_shortest(c, rate, answer)
                                            : one_prioritised(c, rate, answer);
}

static const char *one_modulated(const struct theory_case *c, double rate,
                                 struct theory_answer *answer)
{
    double rates[THEORY_STATES];
    uint32_t i;

    for (i = 0; i < c->states && i < THEORY_STATES; i++)
        rates[i] = c->rates[i] * rate / c->rate;
    return theory_mmpp1(rates, c->generator, c->states, c->service_mean, answer);
}

/* Arrivals that are not Poisson. */
static const char *one_bursty(const struct theory_case *c, double rate,
                              struct theory_answer *answer)
{
    if (c->cores > 1 || c->queue_limit != THEORY_UNLIMITED || c->discipline > THEORY_SHARED)
        return "these arrivals at anything but one core, FIFO or shared, and unlimited places";
    if (c->arrivals == THEORY_BATCHES && (c->service_exponential || c->discipline == THEORY_FIFO))
        return theory_batch(rate, c->batch_mean, c->batch_scv, c->service_mean, c->service_scv,
                            answer);
    if (!c->service_exponential)
        return "these arrivals with a service that is not exponential";
    if (c->arrivals == THEORY_MODULATED)
        return one_modulated(c, rate, answer);
    return theory_gim1(rate, c->service_mean, c->arrivals == THEORY_EQUAL ? 0 : c->gap_phases,
                       c->gap_scv, answer);
}

/* A server by itself, fed at `rate`. */
static const char *one_server(const struct theory_case *c, double rate,
                              struct theory_answer *answer)
{
    if (c->patience != THEORY_PATIENT)
        return one_impatient(c, rate, c->cores, answer);
    if (c->arrivals != THEORY_POISSON)
        return one_bursty(c, rate, answer);
    if (c->cores == THEORY_UNLIMITED)
        return theory_mginf(rate, c->service_mean, c->service_scv, answer);
    if (c->discipline == THEORY_SHARED)
        return one_shared(c, rate, answer);
    return c->discipline == THEORY_FIFO ? one_fifo(c, rate, answer) : one_ordered(c, rate, answer);
}

/* Few servers or a load near 1 keep the limit away. */
static bool many_idle(const struct theory_case *c)
{
    const double idle = 1.0 - c->rate * c->service_mean / c->servers;

    return idle > 0.0 && c->servers * idle * idle >= MANY_IDLE && c->servers >= MANY_SERVERS;
}

static const char *at_one_queue(const struct theory_case *c, struct theory_answer *answer)
{
    if (c->discipline != THEORY_FIFO || c->arrivals != THEORY_POISSON)
        return "one queue with this discipline or these arrivals";
    return theory_mmc(c->rate, c->service_mean, c->servers, answer);
}

/* Several single-core exponential servers behind one balancer. */
static const char *many_servers(const struct theory_case *c, struct theory_answer *answer)
{
    const double each = c->rate / c->servers;

    if (is_one_of(c->policy, one_queue))
        return at_one_queue(c, answer);
    if (c->discipline > THEORY_SHARED)
        return "this policy with this discipline";
    if (is_one_of(c->policy, in_turn) && c->arrivals == THEORY_EQUAL)
        return theory_dm1(each, c->service_mean, answer);
    if (c->arrivals != THEORY_POISSON)
        return "several servers with these arrivals";
    if (is_one_of(c->policy, in_turn))
        return theory_round_robin(c->rate, c->service_mean, c->servers, answer);
    if (is_one_of(c->policy, choosing) && c->servers >= MANY_SERVERS &&
        (uint64_t)c->choices * c->choices <= c->servers)
        return theory_jsq_d_limit(each, c->service_mean, c->choices, answer);
    if (is_one_of(c->policy, to_idle) && many_idle(c))
        return theory_jiq_limit(each, c->service_mean, INFINITY, false, answer);
    if (is_one_of(c->policy, choosing) || is_one_of(c->policy, to_idle))
        return "known only as a limit, and these are too few servers or too much load for it";
    return "no closed form is known for this policy with several servers";
}

/* Thinking may have any law; so may the service where cores are shared. */
static const char *closed_loop(const struct theory_case *c, struct theory_answer *answer)
{
    const bool shared = c->discipline == THEORY_SHARED;

    if (c->queue_limit != THEORY_UNLIMITED || c->cores == THEORY_UNLIMITED ||
        c->discipline > THEORY_SHARED || c->patience != THEORY_PATIENT)
        return "a closed loop with limits, patience or this discipline";
    if (!c->service_exponential && !shared)
        return "a closed loop with a service that is not exponential";
    if (c->servers > 1 &&
        (shared || c->cores > 1 || c->balancers > 1 || !is_one_of(c->policy, one_queue)))
        return "a closed loop with more than one queue";
    return theory_closed(c->think_mean, c->service_mean, c->servers * c->cores, c->population,
                         answer);
}

static const char *match(const struct theory_case *c, struct theory_answer *answer)
{
    if (c->arrivals == THEORY_CLOSED)
        return c->servers > 1 || is_one_of(c->policy, never_refuse)
                   ? closed_loop(c, answer)
                   : "this policy may hold or refuse requests";
    if (c->servers == 1)
        return is_one_of(c->policy, never_refuse) ? one_server(c, c->rate, answer)
                                                  : "this policy may hold or refuse requests";
    if (is_one_of(c->policy, at_random) &&
        (c->arrivals == THEORY_POISSON || c->arrivals == THEORY_MODULATED))
        return one_server(c, c->rate / c->servers, answer);
    if (c->patience != THEORY_PATIENT && c->cores == 1 && c->balancers == 1 &&
        is_one_of(c->policy, no_queue_but_one))
        return one_impatient(c, c->rate, c->servers, answer);
    if (c->patience != THEORY_PATIENT)
        return "patience with this policy";
    if (c->balancers == 1 && c->cores == 1 && c->service_exponential &&
        c->queue_limit == THEORY_UNLIMITED)
        return many_servers(c, answer);
    return "several servers that are fed otherwise than at random, and not all of: one balancer, "
           "one "
           "core each, exponential service, unlimited places";
}

/* A model of one server speaks of its share. */
static void count_all_servers(struct theory_answer *answer, double rate)
{
    const double scale = rate * (1.0 - answer->rejected - answer->cancelled) / answer->throughput;

    answer->throughput *= scale;
    answer->in_system *= scale;
    answer->queue *= scale;
}

const char *theory_match(const struct theory_case *c, struct theory_answer *answer)
{
    const char *wrong;

    if (!c->undisturbed)
        return "something in the scenario is beyond these models";
    if (!c->alike || c->servers == 0 || c->cores == 0)
        return "the servers are not all alike";
    wrong = match(c, answer);
    if (wrong)
        return wrong;
    if (c->discipline == THEORY_SHARED && c->cores != THEORY_UNLIMITED &&
        (answer->law != THEORY_MEANS_ONLY || !isnan(answer->wait_mean)))
        keep_means(answer, answer->model);
    if (c->arrivals != THEORY_CLOSED)
        count_all_servers(answer, c->rate);
    return NULL;
}
