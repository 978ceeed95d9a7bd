/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One run of one plan: the processes of its roles, from their start to their end. None outlives the
 * supervisor. */
#ifndef SIM_SUPERVISOR_H
#define SIM_SUPERVISOR_H

#include <signal.h>

#include "sim/live/quiet.h"
#include "sim/live/role.h"

/* How it goes, once a second. */
struct live_glance {
    double elapsed, planned; /* model s */
    double rate;             /* requests completed a second, since the last look */
    double p99;              /* of latency, so far, model s; NAN */
    uint64_t issued, in_flight;
    uint64_t errors; /* neither completed nor still in flight */
    double steal;    /* since the last look; NAN */
    bool draining;
    bool ping; /* these are pings */
};

/* What is run for each role, and what works in their place in tests; see role.h. */
struct live_roles {
    int (*clients)(const struct live_plan *, int leash);
    int (*balancer)(const struct live_plan *, int leash, const int *control, uint32_t controls);
    int (*servers)(const struct live_plan *, uint32_t first, uint32_t count, bool again, int leash,
                   int control);
};

struct supervisor_order {
    struct live_plan *plan;         /* shared: opened by the caller; addresses of what there is not:
                                       external parts */
    const struct live_roles *roles; /* NULL: the usual ones */
    uint16_t server_port; /* servers listen here and on the ports that follow; 0: on any */
    bool realtime;
    double limit;   /* real s after which it is ended by force; 0: the usual */
    double at_once; /* s that a role has to end when it is to end at once; 0: the usual */
    bool threads;   /* roles are threads of this process: for tests, see role.h */
    volatile sig_atomic_t *interrupt; /* 1: drain and tell, 2: end at once; or NULL */
    void (*ready)(void *context, const struct live_plan *);   /* ports are known; or NULL */
    void (*watch)(void *context, const struct live_glance *); /* or NULL */
    void *context;
};

struct supervised {
    struct quiet quiet[ROLES];
    double steal;   /* share, while it lasted; NAN */
    double seconds; /* real, from the epoch to the end */
    uint32_t kills; /* of server processes, as the scenario has it */
    bool interrupted;
    bool endless; /* its time limit has ended it */
    int code;     /* exit status that fits: 0, 2, 3, 70 */
    char why[400];
};

/* 0: it ran, perhaps not to its end (interrupted, endless). -1 with code and why. */
int supervise(const struct supervisor_order *, struct supervised *);

/* Real seconds after which a run is ended by force. */
double supervise_limit(const struct live_plan *);
/* Model seconds that a client may wait for an answer; 0 where there is no limit. */
double supervise_longest(const struct scenario *);
/* Real seconds for which the last pings are awaited; then they are cancelled. */
double supervise_ping_end(double time_scale);

/* Can roles be threads in this build? */
bool supervise_has_threads(void);

#endif
