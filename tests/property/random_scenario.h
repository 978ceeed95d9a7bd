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

/* What stands beside the picking: nothing; mechanisms that are on but never act; or all of them at
 * work. They are drawn from dice of their own: the rest of the scenario is the same. */
enum mechanisms { MECHANISMS_NONE, MECHANISMS_IDLE, MECHANISMS_AT_WORK };

/* What is wanted. The same numbers give the same text, but for the policies' names if `plugins` is
 * not NULL. */
struct wish {
    uint64_t seed;
    uint32_t number;     /* of the scenario under this seed */
    uint32_t requests;   /* 0: a few thousand */
    const char *plugins; /* folder of plug-ins to take policies from; NULL: built in */
    const char *trace;   /* a file that random_trace has written; NULL: none */
    enum mechanisms mechanisms;
    bool untied; /* nothing happens at one instant but by the rarest chance, and nothing is lost */
};

/* What the parts of one scenario have to agree on. */
struct sketch {
    struct lb_random dice, more, mishaps; /* more: of mechanisms; mishaps: of faults */
    enum mechanisms mechanisms;
    bool falling;       /* balancers may go down */
    bool unsteady;      /* servers have faults, or speeds that are drawn anew */
    uint32_t balancer;  /* the one at hand, ... */
    bool repeats;       /* ... which makes several attempts */
    uint32_t lowest[4]; /* priority among the clients of each balancer */
    FILE *out;
    const char *plugins; /* folder of plug-ins to take policies from; NULL: built in */
    const char *trace;   /* a file with a request a second, more or less; NULL: none */
    double unit;         /* mean service, seconds */
    bool plain;          /* within what the plain loops can do */
    bool ties;           /* instants that coincide */
    bool lossy, narrow;  /* some links lose, some have a bandwidth */
    bool loaded;         /* load sets the rates */
    bool closed_only;
    bool zero_weights;
    bool patience, errors;
    bool losing; /* servers may go down with their requests */
    bool stuck;  /* servers may stand still for ever */
    double load, capacity;
    uint32_t clients, links, groups, balancers, requests, zones, changes;
    char zone[4];      /* one in which servers stand, or "" */
    uint32_t count[4]; /* of each group; at most in the whole run, once the timeline is there */
};

/* The text of a scenario, to be freed; NULL: out of memory. */
char *random_scenario(const struct wish *, size_t *length);
/* Are mechanisms at work in this one? */
enum mechanisms random_mechanisms(uint64_t seed, uint32_t number);
/* Writes a trace of a request a second, some at the same instant, with keys. False: it cannot. */
bool random_trace(uint64_t seed, const char *path);

/* The parts. */
void sketch_quantity(struct sketch *, double mean);
void sketch_policies(struct sketch *);
void sketch_links(struct sketch *);
void sketch_servers(struct sketch *);
void sketch_balancers(struct sketch *);
void sketch_clients(struct sketch *);
void sketch_timeline(struct sketch *);
/* What a client does about requests that take long or fail; `timed`: it has a time-out. */
void sketch_tries(struct sketch *, bool timed);
/* What a balancer does about them, and where they wait. */
void sketch_attempts(struct sketch *);
/* Who is let in, and which servers are used. */
void sketch_guards(struct sketch *);
void sketch_slow_start(struct sketch *);
/* Of a group: what happens to its servers by chance; `zoned`: it stands in a zone. */
void sketch_faults(struct sketch *, bool zoned);
/* Its speed, if that is drawn again and again. */
bool sketch_redrawn_speed(struct sketch *);
/* Perhaps a link, perhaps a zone. */
void sketch_link_of(struct sketch *, double probability);
void sketch_zone_of(struct sketch *, double probability);
/* How long the run is going to take, about. */
double sketch_span(const struct sketch *);

/* Damages a text here and there. */
void random_damage(struct lb_random *, char *text, size_t *length);

#endif
