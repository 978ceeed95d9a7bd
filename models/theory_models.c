/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The models as a table, for the command line. */
#include <math.h>

#include "models/theory_solve.h"

/* clang-format off */
#define PARAMETER(field, name, unit, kind, required, preset, least, most, help, words, unused)     \
    { name, unit, help, offsetof(struct theory_question, field), kind, required, preset, least,    \
      most, words, unused }
#define NUMBER_UNLESS(unused, field, unit, preset, least, most, help)                              \
    PARAMETER(field, #field, unit, THEORY_NUMBER, false, preset, least, most, help, NULL, unused)
#define NUMBER(field, unit, preset, least, most, help)                                             \
    NUMBER_UNLESS(NULL, field, unit, preset, least, most, help)
#define NEEDED(field, unit, least, most, help)                                                     \
    PARAMETER(field, #field, unit, THEORY_NUMBER, true, NAN, least, most, help, NULL, NULL)
#define WHOLE(field, preset, least, most, help)                                                    \
    PARAMETER(field, #field, "", THEORY_WHOLE, true, preset, least, most, help, NULL, NULL)
#define WORD_UNLESS(unused, field, help, words)                                                    \
    PARAMETER(field, #field, "", THEORY_CHOICE, false, 0, 0, 99, help, words, unused)
#define WORD(field, help, words) WORD_UNLESS(NULL, field, help, words)
#define LIST(field, name, unit, required, help)                                                    \
    PARAMETER(field, name, unit, THEORY_NUMBERS, required, NAN, 0, INFINITY, help, NULL, NULL)

#define LOAD    NUMBER(load, "", NAN, 0, INFINITY, "work offered over capacity; this or the rate")
#define RATE    NUMBER(rate, "1/s", NAN, 0, INFINITY, "requests per second in all; or the load")
#define SERVICE SERVICE_UNLESS(NULL)
#define SCV     SCV_UNLESS(NULL)
#define SERVICE_UNLESS(unused)                                                                     \
    NUMBER_UNLESS(unused, service, "s", 1, 0, INFINITY, "mean service time")
#define SCV_UNLESS(unused)                                                                         \
    NUMBER_UNLESS(unused, scv, "", 1, 0, INFINITY, "variance over squared mean of the service")
#define SERVERS WHOLE(servers, NAN, 1, 1e7, "how many servers")
#define END     { .name = NULL }
/* clang-format on */

static const char *const preempts[] = { "no", "yes", NULL };
static const char *const rules[] = { "jsq", "sed", NULL };
static const char *const tokens[] = { "withdrawn", "published", NULL };

#define TABLE static const struct theory_parameter
TABLE alone[] = { LOAD, RATE, SERVICE, END };
TABLE general[] = { LOAD, RATE, SERVICE, SCV, END };
TABLE several[] = { LOAD, RATE, SERVERS, SERVICE, END };
TABLE split[] = { LOAD, RATE, SERVERS, SERVICE, SCV, END };
TABLE unlimited[] = { NEEDED(rate, "1/s", 0, INFINITY, "requests per second"), SERVICE, SCV, END };
TABLE bounded[] = { LOAD,    RATE,
                    SERVERS, WHOLE(places, NAN, 0, 1e8, "waiting places beside the servers"),
                    SERVICE, END };
TABLE renewal[] = { LOAD,
                    RATE,
                    WORD(interarrival, "law of the times between requests", theory_interarrivals),
                    NUMBER_UNLESS(unused_gim1_scv, scv, "", 1, 0, 1e6,
                                  "variance over squared mean of those times (erlang, hyperexp.)"),
                    SERVICE,
                    END };
TABLE batches[] = { LOAD,
                    RATE,
                    NEEDED(batch, "", 1, INFINITY, "mean requests a batch"),
                    NUMBER(batch_scv, "", 0, 0, INFINITY,
                           "variance over squared mean of the batch size"),
                    SERVICE,
                    SCV,
                    END };
TABLE modulated[] = { LIST(rates, "rates", "1/s", true, "arrivals per second in each state"),
                      LIST(switches, "switch", "1/s", true,
                           "rate of leaving each state, for any other alike"),
                      SERVICE, END };
TABLE choosing[] = { LOAD, RATE, WHOLE(choices, 2, 1, 1000, "how many queues are compared"),
                     SERVICE, END };
TABLE idle[] = {
    LOAD,
    RATE,
    NUMBER(ratio, "", INFINITY, 0, INFINITY, "servers a balancer; infinite: one balancer for all"),
    WORD_UNLESS(unused_tokens, tokens,
                "withdrawn: the chain with withdrawals; published: the paper's formula", tokens),
    SERVICE,
    END
};
TABLE copying[] = { LOAD,    RATE, SERVERS, WHOLE(copies, 2, 1, 1e7, "servers a request goes to"),
                    SERVICE, END };
TABLE copying_limit[] = { LOAD, RATE, WHOLE(copies, 2, 1, 1000, "servers a request goes to"),
                          SERVICE, END };
TABLE impatient[] = {
    LOAD,    RATE,
    SERVERS, NEEDED(patience, "s", 0, INFINITY, "mean time until a waiting one gives up"),
    SERVICE, END
};
TABLE impatient_alone[] = { LOAD, RATE,
                            NEEDED(patience, "s", 0, INFINITY, "time after which it gives up"),
                            SERVICE, END };
TABLE users[] = { WHOLE(population, NAN, 1, 1e7, "how many users"),
                  NEEDED(think, "s", 0, INFINITY, "mean time to think"),
                  WHOLE(servers, 1, 1, 1e7, "how many servers"), SERVICE, END };
TABLE classes[] = {
    LOAD,
    RATE,
    LIST(shares, "shares", "", true, "each class's share of the requests, the most urgent first"),
    WORD(preempt, "whether an urgent request interrupts another", preempts),
    SERVICE_UNLESS(unused_service),
    SCV_UNLESS(unused_scv),
    LIST(services, "services", "s", false, "mean service time of each class, in place of service"),
    LIST(scvs, "scvs", "", false, "scv of each class, in place of scv"),
    END
};
TABLE shortest[] = { LOAD,
                     RATE,
                     SERVICE,
                     WORD(law, "law of the service; uniform is from 0 on", theory_laws),
                     NUMBER_UNLESS(
                         unused_srpt_scv, scv, "", 1, 0, 1e6,
                         "variance over squared mean (erlang, hyperexponential, gamma, lognormal)"),
                     END };
TABLE beside[] = { LOAD, RATE,
                   LIST(services, "services", "s", true, "mean service time of each of the two"),
                   WORD(rule, "the shorter queue, or the shorter expected delay", rules), END };
TABLE in_turn[] = { LOAD, RATE,
                    LIST(services, "services", "s", true, "mean service time of each stage"), END };
TABLE breaking[] = { LOAD,
                     RATE,
                     NEEDED(up, "s", 0, INFINITY, "mean time until it fails"),
                     NEEDED(down, "s", 0, INFINITY, "mean time until it is repaired"),
                     SERVICE,
                     END };
TABLE hurried[] = { LOAD, RATE,
                    NEEDED(patience, "s", 0, INFINITY, "time after which the client has gone"),
                    SERVICE, END };
TABLE hedging[] = { NUMBER(rate, "1/s", 1, 0, INFINITY, "requests per second"),
                    NEEDED(after, "s", 0, INFINITY, "delay before the second copy is sent"),
                    SERVICE, END };
TABLE retrying[] = { NEEDED(failure, "", 0, 1, "probability that an attempt fails"),
                     WHOLE(attempts, 3, 1, 1e6, "attempts at most, the first included"), END };
TABLE parting[] = { NUMBER(rate, "1/s", 1, 0, INFINITY, "requests per second"),
                    WHOLE(parts, NAN, 1, 10000, "parts of a request"),
                    PARAMETER(needed, "needed", "", THEORY_WHOLE, false, NAN, 1, 10000,
                              "how many must be answered; all unless given", NULL, NULL),
                    SERVICE, END };

const struct theory_model theory_models[] = {
    { "mm1", "one exponential server, first come first served", "latency = service / (1 - load)",
      "L. Kleinrock, Queueing Systems 1 (1975), 3.2", alone, solve_mm1, full_one },
    { "mg1", "one server, any service, first come first served",
      "wait = service load / (1 - load) (1 + scv) / 2", "F. Pollaczek 1930, A. Y. Khinchine 1932",
      general, solve_mg1, full_one },
    { "mg1ps", "one server shared equally by all requests, any service",
      "latency = service / (1 - load), slowdown the same for every size",
      "L. Kleinrock, Queueing Systems 2 (1976), 4.4; Sakata, Noguchi, Oizumi 1969", alone,
      solve_mg1ps, full_one },
    { "mm1ps", "one exponential server shared equally by all requests",
      "latency = service / (1 - load), its stddev sqrt((2 + load) / (2 - load)) times as much",
      "E. G. Coffman, R. R. Muntz, H. Trotter, JACM 17 (1970)", alone, solve_mm1ps, full_one },
    { "lcfs_pr", "one server, any service, the newest first and at once, the others resumed later",
      "latency = service / (1 - load), slowdown the same for every size; second moment E[S^2] / "
      "(1 - load)^3",
      "L. Kleinrock, Queueing Systems 2 (1976), 4.7", general, solve_lcfs_pr, full_one },
    { "srpt", "one server, any service, the shortest remaining time first",
      "wait(x) = rate (integral of t^2 dF to x + x^2 P(S > x)) / (2 (1 - load(x))^2), then "
      "integral "
      "of dt / (1 - load(t)) to x; load(x) is that of sizes up to x; numerical",
      "L. E. Schrage, L. W. Miller, Operations Research 14 (1966)", shortest, solve_srpt,
      full_one },
    { "priority", "one server, any service, classes of priority",
      "wait(k) = sum of rate E[S^2] / 2 over all classes (preempt: classes up to k) / ((1 - load "
      "up "
      "to k - 1) (1 - load up to k)); the service is stretched by 1 / (1 - load up to k - 1) if "
      "preempt=yes; a wait ends when service first starts",
      "A. Cobham, Operations Research 2 (1954); L. Kleinrock, Queueing Systems 2 (1976), 3.4",
      classes, solve_priority, full_classes },
    { "dm1", "requests at equal distances, one exponential server",
      "latency = service / (1 - s), s = exp(-(1 - s) / load)",
      "L. Kleinrock, Queueing Systems 1 (1975), 6.4", alone, solve_dm1, full_one },
    { "gim1", "independent times between requests, one exponential server",
      "latency = service / (1 - s), s = E[exp(-(1 - s) A / service)], A a time between requests; "
      "hyperexponential: two phases of balanced means",
      "L. Kleinrock, Queueing Systems 1 (1975), 6.4", renewal, solve_gim1, full_one },
    { "batch", "requests that come in batches, one server, any service",
      "wait = service (load (1 + scv) + b (1 + batch_scv) - 1) / (2 (1 - load)), b = batch",
      "M. L. Chaudhry, J. G. C. Templeton, A First Course in Bulk Queues (1983), 3.3; Gross, "
      "Harris, 3.1",
      batches, solve_batch, full_one },
    { "mmpp1", "requests at a rate that changes like a Markov chain, one exponential server",
      "p(k + 1) = p(k) R, in_system = p R (I - R)^-1 1 with p the law of the states and R the "
      "least root of "
      "R^2 D + R (Q - L - D) + L = 0: Q from switch, L from rates, D = I / service; numerical",
      "M. F. Neuts, Matrix-Geometric Solutions (1981), 3; G. Latouche, V. Ramaswami, J. Appl. "
      "Prob. 30 (1993)",
      modulated, solve_mmpp1, NULL },
    { "mmc", "several exponential servers at one queue (central_queue, lwl)",
      "wait = C service / (servers (1 - load)), C = Erlang's formula C", "A. K. Erlang 1917",
      several, solve_mmc, full_servers },
    { "erlang_c", "Erlang's formula C, the probability to wait: another name of mmc",
      "C = B / (1 - load (1 - B)), B = Erlang's formula B", "A. K. Erlang 1917", several, solve_mmc,
      full_servers },
    { "mmck", "several exponential servers at one queue with few waiting places",
      "P(k) falls by load for each one waiting; rejected = P(all places taken)",
      "D. Gross, C. M. Harris, Fundamentals of Queueing Theory, 2.5", bounded, solve_mmck,
      full_servers },
    { "erlang_b", "several servers and no waiting, any service",
      "B(j) = a B(j-1) / (j + a B(j-1)), a = rate service",
      "A. K. Erlang 1917; B. A. Sevastyanov 1957 (any service)", several, solve_erlang_b,
      full_servers },
    { "erlang_a", "several exponential servers at one queue, exponential patience",
      "P(k + 1) = P(k) rate / (servers / service + waiting / patience); cancelled = mean queue / "
      "(rate patience); waits are those of the served, but wait.mean{all} and wait.probability "
      "count who gave up too",
      "C. Palm 1957; A. Mandelbaum, S. Zeltyn 2007", impatient, solve_erlang_a, full_servers },
    { "mm1d", "one exponential server, all requests equally patient",
      "offered wait: density rate p exp(-(1 / service - rate) t) up to the patience, then falling "
      "by 1 / service; cancelled = P(offered wait > patience)",
      "D. Y. Barrer, Operations Research 5 (1957); F. Baccelli, G. Hebuterne 1981", impatient_alone,
      solve_mm1d, full_one },
    { "mginf", "a server for every request, any service",
      "latency = service; in_system is Poisson with mean rate service", "L. Takacs 1962, 3",
      unlimited, solve_mginf, NULL },
    { "closed", "users who think and wait in turn, several exponential servers at one queue",
      "P(k + 1) = P(k) (population - k) service / (think min(k + 1, servers)); latency = "
      "population / throughput - think; any law of thinking",
      "L. Takacs 1962, 5; K. C. Sevcik, I. Mitrani, JACM 28 (1981)", users, solve_closed, NULL },
    { "random", "requests dealt at random to servers that share nothing, any service",
      "each server is M/G/1 with its share of the rate",
      "F. Pollaczek 1930; splitting of a Poisson process", split, solve_random, full_servers },
    { "round_robin", "requests dealt in turn to exponential servers, first come first served",
      "latency = service / (1 - s), s = (1 + (1 - s) / (servers load))^-servers",
      "L. Kleinrock, Queueing Systems 1 (1975), 6.4: each server is E_n/M/1", several,
      solve_round_robin, full_servers },
    { "jsq_d_limit",
      "the shortest of d queues at random, per server, as servers become infinitely many",
      "latency = service (1 + load^d + load^(d + d^2) + ...), d = choices; the mean also under "
      "processor sharing",
      "Vvedenskaya, Dobrushin, Karpelevich 1996; M. Mitzenmacher, IEEE TPDS 12 (2001)", choosing,
      solve_jsq_d_limit, full_one },
    { "jiq_limit",
      "join the idle queue, per server, as servers and balancers become infinitely many",
      "latency = service / (1 - load e), e the share of balancers without a token. One balancer: e "
      "= "
      "0, proved. tokens=withdrawn: e = P(0) of births load (1 - load e), deaths load + k load e / "
      "ratio, on the assumption (not proved) that balancers become independent. tokens=published: "
      "e "
      "= 1 / (1 + ratio (1 - load)), which leaves the withdrawals out. Neither is for tokens that "
      "go stale",
      "A. L. Stolyar, Queueing Systems 80 (2015); Y. Lu et al., Performance Evaluation 68 (2011), "
      "4",
      idle, solve_jiq_limit, full_one },
    { "redundancy_d",
      "copies to d of n exponential servers, the first to finish cancels the others",
      "latency = sum over i = d .. n of 1 / (n (C(n-1, d-1) / C(i-1, d-1) / service) - rate), d = "
      "copies, n = servers; copies' times independent",
      "K. Gardner et al., Operations Research 65 (2017), theorem 1", copying, solve_redundancy_d,
      full_servers },
    { "redundancy_d_limit", "the same, per server, as servers become infinitely many",
      "P(latency > t) = (load + (1 - load) exp((d - 1) t / service))^(-d / (d - 1)), d = copies",
      "K. Gardner et al., Operations Research 65 (2017), theorem 5", copying_limit,
      solve_redundancy_d_limit, full_one },
    { "fork_join_2", "requests in two parts, one to each of two exponential servers",
      "latency = (12 - load) / 8 service / (1 - load)",
      "L. Flatto, S. Hahn, SIAM J. Appl. Math. 44 (1984); R. Nelson, A. N. Tantawi 1988", alone,
      solve_fork_join_2, full_one },
    { "fork_join", "requests in n parts, one to each of n exponential servers",
      "two's latency times (h + 4/11 (1 - h) load), h = (1 + 1/2 + ... + 1/n) / 1.5; within 5 % up "
      "to 32 servers",
      "R. Nelson, A. N. Tantawi, IEEE Transactions on Computers 37 (1988)", several,
      solve_fork_join, full_one },
    { "two_servers", "two exponential servers side by side, and a rule that looks at both queues",
      "the Markov chain of the two numbers. jsq: the shorter queue, ties at random; sed: the "
      "smaller (number + 1) service; numerical",
      "F. A. Haight, Biometrika 45 (1958); D. P. Gaver, P. A. Jacobs, G. Latouche, Adv. Appl. "
      "Prob. "
      "16 (1984)",
      beside, solve_two_servers, full_both },
    { "tandem", "exponential servers passed one after the other",
      "each is M/M/1: latency = sum of service / (1 - rate service)",
      "P. J. Burke, Operations Research 4 (1956); J. R. Jackson 1957", in_turn, solve_tandem,
      full_slowest },
    { "breakdown", "one exponential server that fails, busy or not, and goes on after its repair",
      "latency = ((f + r)^2 + f m) / ((f + r) (r m - rate (f + r))), f = 1 / up, r = 1 / down, m = "
      "1 / service; load counts the time that it is up",
      "H. White, L. S. Christie, Operations Research 6 (1958)", breaking, solve_breakdown,
      full_available },
    { "mm1_timeout", "one exponential server whose clients give up without its knowing",
      "the queue is mm1's: timeout = exp(-(1 / service - rate) patience); latency is that of the "
      "answers in time",
      "L. Kleinrock, Queueing Systems 1 (1975), 3.2", hurried, solve_mm1_timeout, full_one },
    { "hedge", "a server for every copy, exponential; a second copy after a delay",
      "P(latency > t) = exp(-t / service) up to after, then exp(-(2 t - after) / service); "
      "attempts = 1 + exp(-after / service)",
      "J. Dean, L. A. Barroso, Communications of the ACM 56 (2013)", hedging, solve_hedge, NULL },
    { "retry", "attempts that fail independently, up to so many a request",
      "attempts = (1 - failure^n) / (1 - failure), error = failure^n, n = attempts",
      "sum of a geometric series", retrying, solve_retry, NULL },
    { "fan_out", "a server for every part, exponential; the answer when enough parts are done",
      "latency = service (1 / parts + 1 / (parts - 1) + ... + 1 / (parts - needed + 1))",
      "H. A. David, H. N. Nagaraja, Order Statistics (2003), 2.5", parting, solve_fan_out, NULL },
    { .name = NULL }
};
