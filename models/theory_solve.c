/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How the models of the table are asked. */
#include <math.h>
#include <string.h>

#include "models/theory_solve.h"

double full_one(const struct theory_question *q)
{
    return 1.0 / q->service;
}

double full_servers(const struct theory_question *q)
{
    return q->servers / q->service;
}

static uint32_t whole(double x)
{
    return (uint32_t)x;
}

const char *solve_mm1(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_mm1(q->rate, q->service, answer);
}

const char *solve_mm1ps(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_mm1ps(q->rate, q->service, answer);
}

const char *solve_mg1(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_mg1(q->rate, q->service, q->scv, answer);
}

const char *solve_mg1ps(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_mg1ps(q->rate, q->service, answer);
}

const char *solve_lcfs_pr(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_lcfs_pr(q->rate, q->service, q->scv, answer);
}

const char *solve_mginf(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_mginf(q->rate, q->service, q->scv, answer);
}

const char *solve_dm1(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_dm1(q->rate, q->service, answer);
}

const char *solve_batch(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_batch(q->rate, q->batch, q->batch_scv, q->service, q->scv, answer);
}

const char *solve_mmc(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_mmc(q->rate, q->service, whole(q->servers), answer);
}

const char *solve_mmck(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_mmck(q->rate, q->service, whole(q->servers), whole(q->places), answer);
}

const char *solve_erlang_b(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_erlang_b(q->rate, q->service, whole(q->servers), answer);
}

const char *solve_erlang_a(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_erlang_a(q->rate, q->service, whole(q->servers), q->patience, answer);
}

const char *solve_mm1d(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_mm1d(q->rate, q->service, q->patience, answer);
}

const char *solve_closed(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_closed(q->think, q->service, whole(q->servers), whole(q->population), answer);
}

const char *solve_random(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_random(q->rate, q->service, q->scv, whole(q->servers), answer);
}

const char *solve_round_robin(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_round_robin(q->rate, q->service, whole(q->servers), answer);
}

const char *solve_jsq_d_limit(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_jsq_d_limit(q->rate, q->service, whole(q->choices), answer);
}

const char *solve_jiq_limit(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_jiq_limit(q->rate, q->service, q->ratio, q->tokens > 0.5, answer);
}

const char *solve_redundancy_d(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_redundancy_d(q->rate, q->service, whole(q->servers), whole(q->copies), answer);
}

const char *solve_redundancy_d_limit(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_redundancy_d_limit(q->rate, q->service, whole(q->copies), answer);
}

const char *solve_fork_join_2(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_fork_join(q->rate, q->service, 2, answer);
}

const char *solve_fork_join(const struct theory_question *q, struct theory_answer *answer)
{
    return theory_fork_join(q->rate, q->service, whole(q->servers), answer);
}

const char *const theory_interarrivals[] = { "exponential", "deterministic", "erlang",
                                             "hyperexponential", NULL };
const char *const theory_laws[] = { "exponential",      "deterministic", "uniform",   "erlang",
                                    "hyperexponential", "gamma",         "lognormal", NULL };

/* ---- What does not count. */

static bool is_word(const char *const *words, double index, const char *word)
{
    return !strcmp(words[whole(index)], word);
}

const char *unused_gim1_scv(const struct theory_question *q)
{
    return is_word(theory_interarrivals, q->interarrival, "exponential") ||
                   is_word(theory_interarrivals, q->interarrival, "deterministic")
               ? "scv goes with interarrival=erlang or interarrival=hyperexponential"
               : NULL;
}

const char *unused_srpt_scv(const struct theory_question *q)
{
    return is_word(theory_laws, q->law, "exponential") ||
                   is_word(theory_laws, q->law, "deterministic") ||
                   is_word(theory_laws, q->law, "uniform")
               ? "scv goes with law=erlang, hyperexponential, gamma or lognormal"
               : NULL;
}

const char *unused_tokens(const struct theory_question *q)
{
    return isinf(q->ratio) ? "tokens goes with a finite ratio: with one balancer for all they do "
                             "not matter"
                           : NULL;
}

const char *unused_service(const struct theory_question *q)
{
    return q->services.n ? "give either service, for all classes, or services, for each" : NULL;
}

const char *unused_scv(const struct theory_question *q)
{
    return q->scvs.n ? "give either scv, for all classes, or scvs, for each" : NULL;
}

/* ---- gim1. */

static const char no_such_erlang[] = "the scv of an Erlang distribution is 1, 1/2, 1/3 ...";

/* The phases of an Erlang of that scv; 0 if there is none. */
static uint32_t phases_of(double scv)
{
    const double phases = 1.0 / scv;

    return fabs(phases - round(phases)) < 1e-6 * phases && phases < 1e6 ? whole(round(phases)) : 0;
}

const char *solve_gim1(const struct theory_question *q, struct theory_answer *answer)
{
    const bool erlang = is_word(theory_interarrivals, q->interarrival, "erlang");
    uint32_t phases = erlang ? phases_of(q->scv) : 1;

    if (is_word(theory_interarrivals, q->interarrival, "deterministic"))
        phases = 0;
    else if (is_word(theory_interarrivals, q->interarrival, "hyperexponential"))
        phases = THEORY_UNLIMITED;
    if (phases == 0 && erlang)
        return no_such_erlang;
    return theory_gim1(q->rate, q->service, phases, q->scv, answer);
}

/* ---- srpt: a distribution from its name, mean and scv. */

/* Sets what the kind calls by these names. */
static void configure(const struct distribution_kind *kind, void *config,
                      const struct theory_question *q)
{
    const struct lb_param *p;

    for (p = kind->params; p->name; p++) {
        char *at = (char *)config + p->offset;
        double value = NAN;

        if (!strcmp(p->name, "mean") || !strcmp(p->name, "value"))
            value = q->service;
        else if (!strcmp(p->name, "scv"))
            value = q->scv;
        else if (!strcmp(p->name, "most"))
            value = 2.0 * q->service;
        else if (!strcmp(p->name, "least"))
            value = 0.0;
        if (p->type == LB_INT)
            *(int64_t *)(void *)at = phases_of(q->scv);
        else if (p->type != LB_LIST)
            *(double *)(void *)at = value;
    }
}

const char *solve_srpt(const struct theory_question *q, struct theory_answer *answer)
{
    const struct distribution_kind *kind = distribution_kind(theory_laws[whole(q->law)]);
    union {
        double align;
        char bytes[256];
    } config;
    struct distribution service;
    const char *wrong;
    double room[8];

    if (is_word(theory_laws, q->law, "erlang") && phases_of(q->scv) == 0)
        return no_such_erlang;
    if (kind->config_size > sizeof config)
        return "this distribution has too many parameters";
    memset(&config, 0, sizeof config);
    configure(kind, &config, q);
    wrong = kind->make(&config, room, &service);
    return wrong ? wrong : theory_srpt(q->rate, &service, answer);
}

/* ---- Lists. */

/* The i-th number of a list that holds one for each class, or one for all, or none. */
static double of_class(const struct theory_list *list, uint32_t i, double otherwise)
{
    return list->n == 0 ? otherwise : list->at[list->n == 1 ? 0 : i];
}

static bool fits(const struct theory_list *list, uint32_t n)
{
    return list->n < 2 || list->n == n;
}

static double sum_of(const struct theory_list *list)
{
    double sum = 0.0;
    uint32_t i;

    for (i = 0; i < list->n; i++)
        sum += list->at[i];
    return sum;
}

double full_classes(const struct theory_question *q)
{
    double sum = 0.0;
    uint32_t i;

    for (i = 0; i < q->shares.n; i++)
        sum += q->shares.at[i] * of_class(&q->services, i, q->service);
    return sum_of(&q->shares) / sum;
}

const char *solve_priority(const struct theory_question *q, struct theory_answer *answer)
{
    const double all = sum_of(&q->shares);
    struct theory_class classes[THEORY_CLASSES];
    const uint32_t n = q->shares.n;
    uint32_t i;

    if (n > THEORY_CLASSES || !fits(&q->services, n) || !fits(&q->scvs, n))
        return "there must be 1 to 8 classes, and services and scvs for each of them or one for "
               "all";
    for (i = 0; i < n; i++)
        classes[i] = (struct theory_class) { q->rate * q->shares.at[i] / all,
                                             of_class(&q->services, i, q->service),
                                             of_class(&q->scvs, i, q->scv) };
    return theory_priority(classes, n, q->preempt > 0.5, answer);
}

const char *solve_mmpp1(const struct theory_question *q, struct theory_answer *answer)
{
    double generator[THEORY_STATES * THEORY_STATES];
    const uint32_t n = q->rates.n;
    uint32_t i;

    if (q->switches.n != n)
        return "rates and switch must have the same length";
    for (i = 0; i < n; i++)
        if (!(q->switches.at[i] > 0.0))
            return "every state must be left at a rate above 0";
    theory_generator(q->switches.at, n, generator);
    return theory_mmpp1(q->rates.at, generator, n, q->service, answer);
}
