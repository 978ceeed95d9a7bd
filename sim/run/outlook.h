/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an experiment will cost, from short trials of each of its points. */
#ifndef SIM_OUTLOOK_H
#define SIM_OUTLOOK_H

#include "sim/run/experiment.h"

struct outlook {
    bool measured;
    double cpu_per_request; /* s, beside ... */
    double cpu_per_trial;   /* ... what a trial costs however short it is */
    double bytes;           /* of a trial in the store */
    double memory;          /* of a worker, bytes */
    uint32_t rounds;        /* beyond the first, that the precision will take; UINT32_MAX: more than
                               the budget allows */
    double needed;          /* requests of the round that meets it; NAN: none is asked for */
    uint32_t metric;        /* that needs most, or UINT32_MAX */
    const char *why;        /* no forecast of the precision, or NULL */
    double trials, requests, cpu_s; /* that are to come, over all rounds, pilots included */
    double kept;                    /* trials that are there already */
};

/* What is kept already: the pilot of a point, its trials in the present round. */
struct outlook_kept {
    void *context;
    bool (*pilot)(void *context, const struct point *, struct warmup_found *);
    bool (*trial)(void *context, const struct point *, uint32_t replication);
};

/* One a point (twins are left zero), from ten short replications each; not of more than 200 points:
 * others have what their neighbours have. `kept` may be NULL. NULL, with e->why, if that cannot be
 * done. The experiment cannot be run afterwards. */
struct outlook *experiment_outlook(struct experiment *, const struct outlook_kept *kept);

#endif
