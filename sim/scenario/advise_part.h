/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A balancer as those see it who advise of its attempts, health and limits. */
#ifndef SIM_ADVISE_PART_H
#define SIM_ADVISE_PART_H

#include <math.h>

#include "sim/scenario/build_mechanism.h"

/* What a balancer is like whose servers fail. */
struct sight {
    bool errors;        /* some answer is an error */
    bool sinks;         /* some server ends requests faster than those that work */
    bool returns;       /* some server comes up, or back */
    double least_fault; /* s, of a fault that checks can find; INFINITY */
    double fastest;     /* speed */
    uint32_t servers;   /* at time 0 */
    uint32_t seats;     /* with those that the timeline adds */
};

/* A balancer with what its clients ask and its servers do. */
struct duty {
    struct build *build;
    const struct balancer_form *form;
    const struct balancer_spec *spec;
    struct trail here;
    struct sight sight;
    double rate;    /* attempts a second and balancer, without retries; NAN: closed clients */
    double service; /* s, the shortest mean of its clients, on the fastest server */
};

/* INFINITY for LB_NEVER. */
static inline double seconds(lb_time time)
{
    return time == LB_NEVER ? INFINITY : (double)time * 1e-9;
}

/* Warns at a key of the balancer. */
static inline void say(const struct duty *d, const char *code, const char *key, const char *message)
{
    const struct trail here = { &d->here, key, -1 };

    warn(d->build->reader, code, &here, build_value(d->form->node, key), "%s", message);
}

/* A server that fails fastest draws all requests. */
void advise_sinks(const struct duty *);
/* Health, ejection, panic, breaker. */
void advise_guard(const struct duty *);
/* Work that is said to be drawn anew, and lies in a trace. */
void advise_traced_work(struct build *);

#endif
