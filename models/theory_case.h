/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which closed form describes a scenario? */
#ifndef MODELS_THEORY_CASE_H
#define MODELS_THEORY_CASE_H

#include "models/theory.h"

enum theory_arrivals {
    THEORY_POISSON,
    THEORY_EQUAL,     /* equal distances */
    THEORY_RENEWAL,   /* independent distances: gap_phases, gap_scv */
    THEORY_BATCHES,   /* Poisson batches: batch_mean, batch_scv */
    THEORY_MODULATED, /* rates by state, generator, states */
    THEORY_CLOSED     /* population, think_mean */
};

enum theory_discipline {
    THEORY_FIFO,
    THEORY_SHARED,    /* each of k requests at speed min(1, cores / k) */
    THEORY_NEWEST,    /* last come first served, preemptive, resumed later */
    THEORY_SHORTEST,  /* shortest remaining time first */
    THEORY_PRIORITIES /* classes, classes_n, preemptive; FIFO within a class */
};

enum theory_patience { THEORY_PATIENT, THEORY_PATIENCE_EXPONENTIAL, THEORY_PATIENCE_EQUAL };

/* A zero says the plainest: Poisson, FIFO, patient. */
struct theory_case {
    enum theory_arrivals arrivals;
    double rate;         /* of all requests; 0 if closed */
    uint32_t gap_phases; /* as in theory_gim1 */
    double gap_scv, batch_mean, batch_scv;
    const double *rates, *generator; /* as in theory_mmpp1 */
    uint32_t states, population;
    double think_mean;
    const struct distribution *service; /* at speed 1 */
    double speed;
    double service_mean, service_scv; /* seconds at the servers' speed */
    bool service_exponential;
    uint32_t servers, cores; /* cores of each server, or THEORY_UNLIMITED */
    uint32_t queue_limit;    /* waiting places of each server, or THEORY_UNLIMITED */
    enum theory_discipline discipline;
    const struct theory_class *classes; /* at the servers' speed, rates of all requests */
    uint32_t classes_n;
    bool preemptive;
    enum theory_patience patience;
    double patience_mean;
    bool alike; /* all servers have the same cores, speed, weight, queue_limit */
    /* No links, no time-outs, no information but the balancer's own, and nothing else that is not
     * in this structure. */
    bool undisturbed;
    uint32_t balancers;
    const char *policy; /* id */
    uint32_t choices;   /* p2c: d */
};

/* Sets the five fields about the service, for servers of that speed. It must outlive the case. */
void theory_case_service(struct theory_case *, const struct distribution *service, double speed);

/* The closed form that describes the case exactly, or (p2c and jiq, from 100 servers on) as a
 * limit. NULL, or a sentence saying why there is none. */
const char *theory_match(const struct theory_case *, struct theory_answer *);

#endif
