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

enum { THEORY_CLASSES = 8, THEORY_EXTRAS = 2 * THEORY_CLASSES, THEORY_STATES = 16 };

/* The law of the times, where it is known as a whole. */
enum theory_law {
    THEORY_MEANS_ONLY,
    /* Wait: 0, or with `wait_probability` exponential at `wait_rate`; then exponential service. */
    THEORY_DELAY,
    /* Found at the chosen server: at least k with probability load^(d + d^2 + ... + d^k). */
    THEORY_CHOICES,
    /* P(latency > t) = (load + (1 - load) e^((d - 1) t / service))^(-d / (d - 1)). */
    THEORY_COPIES,
    /* Exponential at service_rate, from `after` on at twice that rate. */
    THEORY_HEDGED,
    /* The time until `needed` of `choices` independent exponential times are over. */
    THEORY_PARTS,
    /* Exponential at service_rate, of those below `after`. */
    THEORY_TIMELY,
    /* Exponential at wait_rate, then exponential at service_rate. */
    THEORY_TWO_STAGES
};

/* A number beside the common ones, under its own name: "wait.mean{class1}". */
struct theory_extra {
    char name[32];
    double value;
};

struct theory_answer {
    char model[32];   /* "M/M/10" */
    bool limit;       /* holds as the number of servers goes to infinity */
    bool approximate; /* not exact, and not a limit */
    double error;     /* relative, of the numerical method; 0: a closed form */
    double latency_mean, latency_stddev, wait_mean, wait_probability, slowdown_mean;
    double in_system, queue, utilization; /* requests there, waiting; per core */
    double throughput, rejected;          /* completed per second; share of the requests issued */
    double cancelled;                     /* share of them that left the queue unserved */
    double attempts, errors, timeouts;    /* attempts a request; shares of the requests; or NAN */
    enum theory_law law;
    double wait_rate, service_rate, load;
    double after;
    uint32_t choices, needed;
    struct theory_extra extra[THEORY_EXTRAS];
    uint32_t extras;
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

/* M/G/1, last come first served, each newcomer at once and the interrupted resumed later: the means
 * do not depend on the law of the service. A latency is a busy period, whence its second moment
 * E[S^2] / (1 - load)^3. L. Kleinrock, Queueing Systems 2 (1976), section 4.7. */
const char *theory_lcfs_pr(double rate, double service_mean, double service_scv,
                           struct theory_answer *);

/* M/G/infinity: nobody waits; the number in the system is Poisson. L. Takacs, Introduction to the
 * Theory of Queues (1962), chapter 3. */
const char *theory_mginf(double rate, double service_mean, double service_scv,
                         struct theory_answer *);

/* M^[X]/G/1, FIFO: requests come in batches, `rate` counts requests. The batch is a customer of its
 * own, before whose end a request waits for those ahead of it in the batch. D. Gross, C. M. Harris,
 * Fundamentals of Queueing Theory, section 3.1; M. L. Chaudhry, J. G. C. Templeton, A First Course
 * in Bulk Queues (1983), section 3.3. */
const char *theory_batch(double rate, double batch_mean, double batch_scv, double service_mean,
                         double service_scv, struct theory_answer *);

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

/* GI/M/1, FIFO, for times between requests that are Erlang (phases; 1 is Poisson, 0 stands for
 * infinitely many: constant) or, with phases = THEORY_UNLIMITED, hyperexponential of two phases
 * with balanced means and that scv. Kleinrock as above. */
const char *theory_gim1(double rate, double service_mean, uint32_t phases, double scv,
                        struct theory_answer *);

/* Poisson requests dealt at random to n FIFO servers: each is M/G/1 with an n-th of the rate. */
const char *theory_random(double rate, double service_mean, double service_scv, uint32_t servers,
                          struct theory_answer *);

/* M/M/c+M: a request gives up when its wait reaches an exponential patience; `cancelled` is the
 * share of those. Times are those of the served, the probability to wait is that of all, and so is
 * the extra "wait.mean{all}". Below 1e12 arrivals a mean patience. C. Palm (1957); A. Mandelbaum,
 * S. Zeltyn, in Advances in Services Innovations (2007), 17-45. */
const char *theory_erlang_a(double rate, double service_mean, uint32_t servers,
                            double patience_mean, struct theory_answer *);

/* M/M/1+D: the same with one server and the same patience for all. D. Y. Barrer, Operations
 * Research 5 (1957); F. Baccelli, G. Hebuterne, Performance '81, 159-179. */
const char *theory_mm1d(double rate, double service_mean, double patience, struct theory_answer *);

/* M/M/c//N, machine repair: N users who each think (any law of that mean), then wait for their
 * request, c exponential FIFO servers. L. Takacs (1962), chapter 5; what an arrival finds:
 * K. C. Sevcik, I. Mitrani, Journal of the ACM 28 (1981). */
const char *theory_closed(double think_mean, double service_mean, uint32_t servers,
                          uint32_t population, struct theory_answer *);

/* Arrivals whose rate is that of a Markov chain's state, one exponential FIFO server: MMPP/M/1.
 * `rates[i]` in state i; `generator` has n times n rates of change, rows summing to 0. Matrix
 * geometric (M. F. Neuts, Matrix-Geometric Solutions in Stochastic Models, 1981, chapter 3), G by
 * logarithmic reduction (G. Latouche, V. Ramaswami, Journal of Applied Probability 30, 1993). The
 * mean is found in two ways; `error` is how far they differ. */
const char *theory_mmpp1(const double *rates, const double *generator, uint32_t n,
                         double service_mean, struct theory_answer *);

/* A generator of n states from the rates of leaving them, for any of the others alike. */
void theory_generator(const double *leave, uint32_t n, double *generator);

/* A class of requests, the first the most urgent. */
struct theory_class {
    double rate, service_mean, service_scv;
};
/* M/G/1 with priorities, FIFO within a class, n of 1 .. THEORY_CLASSES. Not preemptive: A. Cobham,
 * Operations Research 2 (1954). Preemptive, the interrupted resumed: L. Kleinrock, Queueing Systems
 * 2 (1976), section 3.4. A class's wait there ends when its service first starts. Extras:
 * "wait.mean{class1}", "latency.mean{class1}" ... */
const char *theory_priority(const struct theory_class *, uint32_t n, bool preemptive,
                            struct theory_answer *);

/* M/G/1, the shortest remaining time first. L. E. Schrage, L. W. Miller, Operations Research 14
 * (1966), here as one integral over the quantile Q(u) of the service, with g = 1 - rate
 * integral_0^u Q and A = integral_0^u Q^2: mean latency = integral_0^1 of
 * rate (A - (1 - u) Q^2) / (2 g^2) + Q / g. `error` is how far two orders of quadrature differ. */
const char *theory_srpt(double rate, const struct distribution *service, struct theory_answer *);

/* The shortest of d queues picked at random (FIFO, exponential), as the number of servers goes to
 * infinity; `rate` is per server. N. D. Vvedenskaya, R. L. Dobrushin, F. I. Karpelevich (1996);
 * M. Mitzenmacher, IEEE Transactions on Parallel and Distributed Systems 12 (2001). */
const char *theory_jsq_d_limit(double rate, double service_mean, uint32_t choices,
                               struct theory_answer *);

/* Join the idle queue with random servers when no token is there, exponential service, as servers
 * and balancers become infinitely many, `ratio` servers a balancer (INFINITY: one balancer, where
 * no request waits: A. L. Stolyar, Queueing Systems 80, 2015); `rate` is per server. Tokens of
 * servers that got work from elsewhere are withdrawn. `published`: the formula of Y. Lu et al.,
 * Performance Evaluation 68 (2011), section 4, where the withdrawals do not enter; else the
 * birth-death chain of a balancer's tokens with them, under the same assumption that balancers
 * become independent. */
const char *theory_jiq_limit(double rate, double service_mean, double ratio, bool published,
                             struct theory_answer *);

/* d copies of each request to different servers of n, exponential and independent; the first to
 * finish cancels the others. K. Gardner et al., Operations Research 65 (2017), theorem 1. */
const char *theory_redundancy_d(double rate, double service_mean, uint32_t servers, uint32_t copies,
                                struct theory_answer *);
/* The same per server as servers become infinitely many: section 5 there, theorem 5. */
const char *theory_redundancy_d_limit(double rate, double service_mean, uint32_t copies,
                                      struct theory_answer *);

/* Each request goes to all n exponential FIFO servers and ends with its last part. Exact for one
 * and two: L. Flatto, S. Hahn, SIAM Journal on Applied Mathematics 44 (1984). From three on the
 * approximation of R. Nelson, A. N. Tantawi, IEEE Transactions on Computers 37 (1988), within 5 %
 * up to 32 servers. */
const char *theory_fork_join(double rate, double service_mean, uint32_t servers,
                             struct theory_answer *);

/* Two exponential FIFO servers of those mean services, each with its queue: the shorter one
 * (ties at random), or by_delay the smaller (number + 1) x mean service. Extras: "share{server1}",
 * "share{server2}" of the arrivals. Level reduction of the Markov chain within a band, widened
 * until the mean stays the same; `error` is the last change. Load at most 0.995. */
const char *theory_two_servers(double rate, double service_1, double service_2, bool by_delay,
                               struct theory_answer *);

/* M/M/1, FIFO, with a server that breaks down, busy or not, after exponential times and goes on
 * where it was once it is repaired. H. White, L. S. Christie, Operations Research 6 (1958). */
const char *theory_breakdown(double rate, double service_mean, double up_mean, double down_mean,
                             struct theory_answer *);

/* n exponential FIFO servers that each request passes one after the other, n of 1 ..
 * THEORY_CLASSES. Each is M/M/1 and the times there are independent: P. J. Burke, Operations
 * Research 4 (1956); E. Reich (1957). Extras: "latency.mean{stage1}" ... */
const char *theory_tandem(double rate, const double *service_means, uint32_t n,
                          struct theory_answer *);

/* M/M/1, FIFO, whose clients stop waiting for the answer `patience` after they asked, without
 * telling: the server does the work all the same and stays M/M/1. `timeouts` is the share of those;
 * latencies are of the others. Throughput counts all services, "goodput" those in time. */
const char *theory_mm1_timeout(double rate, double service_mean, double patience,
                               struct theory_answer *);

/* A server for every copy, exponential and independent; a second copy is sent if the first is not
 * answered within `after`. J. Dean, L. A. Barroso, Communications of the ACM 56 (2013). */
const char *theory_hedge(double rate, double service_mean, double after, struct theory_answer *);

/* Attempts that fail independently with probability p, up to `most` of them: (1 - p^most) / (1 - p)
 * a request. Knows attempts and errors alone. */
const char *theory_retry(double failure, uint32_t most, struct theory_answer *);

/* A server for every part, exponential and independent: the time until `needed` of `parts` are
 * done. H. A. David, H. N. Nagaraja, Order Statistics (2003), section 2.5. */
const char *theory_fan_out(double rate, double service_mean, uint32_t parts, uint32_t needed,
                           struct theory_answer *);

/* The time that a share p (0 < p < 1) of the requests does not exceed; NAN where the law is not
 * known. */
double theory_latency_quantile(const struct theory_answer *, double p);
double theory_wait_quantile(const struct theory_answer *, double p);

/* The answer under a metric's name ("latency.mean", "wait.p99.9"), NAN if there is none. */
double theory_metric(const struct theory_answer *, const char *name);
/* The names that answers are printed under, NULL-ended. */
extern const char *const theory_metrics[];

#endif
