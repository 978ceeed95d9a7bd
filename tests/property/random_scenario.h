/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random scenarios as JSON text, small and hostile: everything that a scenario can say, in all
 * combinations, with ties provoked in a share of them. */
#ifndef TESTS_RANDOM_SCENARIO_H
#define TESTS_RANDOM_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "models/policy.h"

/* What the parts of one scenario have to agree on. */
struct sketch {
    struct lb_random dice;
    FILE *out;
    const char *plugins; /* folder of plug-ins to take policies from; NULL: built in */
    double unit;         /* mean service, seconds */
    bool plain;          /* within what the plain loops can do */
    bool ties;           /* instants that coincide */
    bool lossy, narrow;  /* some links lose, some have a bandwidth */
    bool loaded;         /* load sets the rates */
    bool closed_only;
    bool zero_weights;
    double load, capacity;
    uint32_t clients, links, groups, balancers, requests;
};

/* The text of scenario `number` under a seed, to be freed; NULL: out of memory. The same numbers
 * give the same text, but for the policies' names if `plugins` is not NULL. */
char *random_scenario(uint64_t seed, uint32_t number, const char *plugins, size_t *length);

/* The parts. */
void sketch_quantity(struct sketch *, double mean);
void sketch_policies(struct sketch *);

/* Damages a text here and there. */
void random_damage(struct lb_random *, char *text, size_t *length);

#endif
