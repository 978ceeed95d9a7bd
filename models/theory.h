/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Queues with known answers: the closed forms beside a simulation, and the oracle of its tests.
 *
 * Times are in seconds, rates per second, all for the steady state. A function answers NULL and
 * fills its answer, or a sentence saying why there is none (a queue that grows for ever). What a
 * model says nothing about is NAN. `rate` is always that of the whole system. */
#ifndef MODELS_THEORY_H
#define MODELS_THEORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/distribution.h"

#define THEORY_UNLIMITED UINT32_MAX

/* The law of the times, where it is known as a whole. */
enum theory_law {
    THEORY_MEANS_ONLY,
    /* Wait: 0, or with `wait_probability` exponential at `wait_rate`; then exponential service. */
    THEORY_DELAY,
    /* Found at the chosen server: at least k with probability load^(d + d^2 + ... + d^k). */
    THEORY_CHOICES
};

struct theory_answer {
    char model[32]; /* "M/M/10" */
    bool limit;     /* holds as the number of servers goes to infinity */
    double latency_mean, latency_stddev, wait_mean, wait_probability, slowdown_mean;
    double in_system, utilization; /* requests in the system, over all servers; per core */
    double throughput, rejected;   /* completed per second; share of the requests issued */
    enum theory_law law;
    double wait_rate, service_rate, load;
    uint32_t choices;
};

/* M/M/1, FIFO. L. Kleinrock, Queueing Systems 1 (1975), section 3.2. */
const char *theory_mm1(double rate, double service_mean, struct theory_answer *);

/* M/G/1, FIFO; scv is the service's squared coefficient of variation. F. Pollaczek (1930) and
 * A. Y. Khinchine (1932): mean wait = load / (1 - load) (1 + scv) / 2 service means. */
const char *theory_mg1(double rate, double service_mean, double service_scv,
                       struct theory_answer *);

/* M/G/1, processor sharing: the means do not depend on the law of the service. L. Kleinrock,
 * Queueing Systems 2 (1976), section 4.4; M. Sakata, S. Noguchi, J. Oizumi (1969). */
const char *theory_mg1ps(double rate, double service_mean, struct theory_answer *);

/* M/M/1, processor sharing, with the standard deviation of the latency: E. G. Coffman,
 * R. R. Muntz, H. Trotter, Journal of the ACM 17 (1970). */
const char *theory_mm1ps(double rate, double service_mean, struct theory_answer *);

/* M/M/c, FIFO, c servers at one queue: A. K. Erlang (1917), his formula C. */
const char *theory_mmc(double rate, double service_mean, uint32_t servers, struct theory_answer *);

/* M/M/c/K with K = servers + places: who finds all places taken is rejected. Times are those of
 * accepted requests. D. Gross, C. M. Harris, Fundamentals of Queueing Theory, section 2.5. */
const char *theory_mmck(double rate, double service_mean, uint32_t servers, uint32_t places,
                        struct theory_answer *);

/* M/G/c/c, no waiting: A. K. Erlang (1917), formula B; for any service: B. A. Sevastyanov (1957).
 */
const char *theory_erlang_b(double rate, double service_mean, uint32_t servers,
                            struct theory_answer *);
/* Erlang's formula B itself: the share lost by `servers` at `offered` = rate x mean service. */
double theory_erlang_loss(double offered, uint32_t servers);

/* Poisson requests dealt in turn to n exponential FIFO servers: each is E_n/M/1. L. Kleinrock,
 * Queueing Systems 1, section 6.4 (G/M/1): the root sigma of sigma = A*((1 - sigma) / service). */
const char *theory_round_robin(double rate, double service_mean, uint32_t servers,
                               struct theory_answer *);

/* D/M/1: requests at equal distances. Kleinrock as above; round robin for many servers. */
const char *theory_dm1(double rate, double service_mean, struct theory_answer *);

/* Poisson requests dealt at random to n FIFO servers: each is M/G/1 with an n-th of the rate. */
const char *theory_random(double rate, double service_mean, double service_scv, uint32_t servers,
                          struct theory_answer *);

/* The shortest of d queues picked at random (FIFO, exponential), as the number of servers goes to
 * infinity; `rate` is per server. N. D. Vvedenskaya, R. L. Dobrushin, F. I. Karpelevich (1996);
 * M. Mitzenmacher, IEEE Transactions on Parallel and Distributed Systems 12 (2001). */
const char *theory_jsq_d_limit(double rate, double service_mean, uint32_t choices,
                               struct theory_answer *);

/* The time that a share p (0 < p < 1) of the requests does not exceed; NAN where the law is not
 * known. */
double theory_latency_quantile(const struct theory_answer *, double p);
double theory_wait_quantile(const struct theory_answer *, double p);

/* The answer under a metric's name ("latency.mean", "wait.p99.9"), NAN if there is none. */
double theory_metric(const struct theory_answer *, const char *name);
/* The names that answers are printed under, NULL-ended. */
extern const char *const theory_metrics[];

/* ---- The models as a table, for `lbsim theory`. */

/* What a model may be asked. */
struct theory_question {
    double load, rate, service, scv, servers, places, choices;
};

struct theory_parameter {
    const char *name, *unit, *help;
    size_t offset; /* into struct theory_question */
    bool whole;
    double preset, least, most; /* a preset of NAN: absent */
};

struct theory_model {
    const char *name, *summary, *formula, *source;
    const struct theory_parameter *parameters; /* ended by a NULL name */
    const char *(*solve)(const struct theory_question *, struct theory_answer *);
};

/* Answers a model with `values` in the order of its parameters; one of load and rate is NAN. */
const char *theory_solve(const struct theory_model *, const double *values, struct theory_answer *);
/* Ended by a NULL name. */
extern const struct theory_model theory_models[];
/* The model of that name, or NULL. */
const struct theory_model *theory_model(const char *name);

/* ---- Which closed form describes a scenario? */

struct theory_case {
    bool deterministic_arrivals;      /* equal distances; else Poisson */
    double rate;                      /* of all requests */
    double service_mean, service_scv; /* seconds at the servers' speed */
    bool service_exponential;
    uint32_t servers, cores; /* cores of each server */
    uint32_t queue_limit;    /* waiting places of each server, or THEORY_UNLIMITED */
    bool processor_sharing;  /* each of k requests at speed min(1, cores / k); else FIFO */
    bool alike;              /* all servers have the same cores, speed, weight, queue_limit */
    bool undisturbed;        /* no links, no time-outs, no information but the balancer's own */
    uint32_t balancers;
    const char *policy; /* id */
    uint32_t choices;   /* p2c: d */
};

/* Sets the three fields about the service, for servers of that speed. */
void theory_case_service(struct theory_case *, const struct distribution *service, double speed);

/* The closed form that describes the case exactly, or (p2c from 100 servers on) as a limit. False
 * if there is none, or no steady state. */
bool theory_for(const struct theory_case *, struct theory_answer *);

#endif
