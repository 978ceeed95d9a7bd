/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Distributions: what a random quantity may be. A kind knows how to read its parameters, to draw,
 * and its own mean, variance and quantiles; tests hold the three against each other.
 *
 * Draws come from a `struct lb_random` that the caller positions, through arithmetic of our own
 * (models/arithmetic.h), so that they are the same bits on every processor. */
#ifndef MODELS_DISTRIBUTION_H
#define MODELS_DISTRIBUTION_H

#include "models/policy.h"

enum { DISTRIBUTION_NUMBERS = 6 };

/* A distribution with its parameters settled. The numbers mean what its kind says. `table`, of
 * `table_n` numbers, is owned by whoever made it (the scenario's arena) and outlives it. */
struct distribution {
    const struct distribution_kind *kind;
    double p[DISTRIBUTION_NUMBERS];
    const double *table;
    uint32_t table_n;
};

struct distribution_kind {
    const char *name, *summary, *formula;
    uint32_t config_size;
    /* LB_DURATION here means "in the unit of the quantity" (seconds, bytes, items), and its field
     * is a double; LB_NUMBER is a pure number. A preset of NAN means absent; `make` knows which
     * combinations will do. */
    const struct lb_param *params;
    /* Lists that the columns of a file may fill, NULL-ended, or NULL: whoever reads scenarios then
     * offers a parameter `file`. */
    const char *const *columns;
    /* Settles the parameters. `room` has space for what the lists hold (all lists together, twice),
     * and stays with the distribution. Answers NULL, or a sentence saying what is wrong. */
    const char *(*make)(const void *config, double *room, struct distribution *);
    /* Writes n draws, in the unit of the quantity. The same stream gives the same draws however
     * the n are grouped into calls. */
    void (*fill)(const struct distribution *, struct lb_random *, double *out, uint32_t n);
    double (*mean)(const struct distribution *);
    double (*variance)(const struct distribution *);           /* INFINITY where there is none */
    double (*quantile)(const struct distribution *, double p); /* 0 < p < 1 */
};

/* NULL-ended, in the order of `lbsim list distributions`. */
extern const struct distribution_kind *const distribution_kinds[];

/* The kind of that name, or NULL. */
const struct distribution_kind *distribution_kind(const char *name);

/* The constant `value`: what a bare number in a scenario is. */
struct distribution distribution_constant(double value);
/* Nonzero if every draw is the same number. */
int distribution_is_constant(const struct distribution *);

#endif
