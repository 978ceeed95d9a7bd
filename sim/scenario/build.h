/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From what was read to what is simulated: names to indices, absent keys to defaults, load to
 * rates. */
#ifndef SIM_BUILD_H
#define SIM_BUILD_H

#include "sim/scenario/roster.h"
#include "sim/scenario/tables.h"

/* What holds for a set of server groups, whoever balances them. */
struct reach {
    double capacity;    /* cores x speed, all servers of time 0 */
    double least_speed; /* of any of them */
    uint64_t weight;    /* all servers' */
    bool unlimited;     /* some queue has no limit */
    bool own_loss;      /* some group's own link loses messages */
    bool plain;         /* some group takes the balancer's link */
    bool losing;        /* some server goes down and loses its requests */
    bool hangs;         /* some server never answers some of its requests */
    bool stuck;         /* some server stands still in the end */
    bool errs;          /* some server always gives errors, or does in the end */
    bool gone;          /* some server takes no requests in the end */
};

struct build {
    struct reader *reader;
    const struct scenario_request *request;
    struct top_form top;
    struct scenario *scenario;
    struct roster clients, servers, links, balancers;
    const uint32_t *all; /* 0, 1, ..., for balancers that name no groups */
    uint32_t *capacity;  /* by group: the most servers that the timeline gives it */
    struct reach *reach; /* by balancer */
    bool *used_server, *used_link, *used_balancer, all_used;
};

/* Each says what is wrong and goes on; what depends on something wrong is left out. False: out of
 * memory. */
bool build_system(struct build *);  /* clients, servers, links, balancers */
bool build_run(struct build *);     /* run, and policies */
bool build_live(struct build *);    /* live */
void build_windows(struct build *); /* run.windows, once the rest of run is known */
void build_arrivals(struct build *, uint32_t client); /* process, sessions, trace */
/* Names of metrics under `owner`. */
void build_metrics(struct build *, const struct trail *owner, const struct names *,
                   const char *const **at, uint32_t *n);
void build_rates(struct build *); /* rates and offered load, once all else is right */
/* Cores times speed of a group's servers at time 0; INFINITY with unlimited cores. */
double group_capacity(const struct server_spec *);

/* Zones: collects their names; the index of one, or SCENARIO_NONE; where a balancer stands. */
bool build_zones(struct build *);
uint32_t build_zone(const struct build *, const char *name);
void build_balancer_zones(struct build *, const struct trail *owner, const struct balancer_form *,
                          struct balancer_spec *);
/* The timeline, once the system is built: scenario->changes. */
bool build_timeline(struct build *);
/* The most servers that each group will have. */
bool timeline_capacity(struct build *);

/* Arrivals that change their state so often that drawing them would take for ever. */
void check_turns(struct build *, uint32_t client);

/* Is this key written in the object? */
bool build_has(const cJSON *object, const char *key);
/* The value of a key, or the object itself where the key is absent: where to point. */
const cJSON *build_value(const cJSON *object, const char *key);

#endif
