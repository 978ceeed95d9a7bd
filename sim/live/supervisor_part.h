/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the parts of the supervisor share: the hands (processes, or threads) and the show they put
 * on. */
#ifndef SIM_SUPERVISOR_PART_H
#define SIM_SUPERVISOR_PART_H

#include <pthread.h>
#include <sys/types.h>

#include "sim/live/downtime.h"
#include "sim/live/supervisor.h"
#include "sim/record/histogram.h"

/* A process or thread that has a role; of servers there may be several. */
struct hand {
    struct show *show;
    enum live_role role;
    uint32_t first, count; /* servers */
    bool mortal;           /* one server, killed when it goes down */
    bool again;            /* it has been killed before */
    pid_t pid;
    int watch;  /* a descriptor that tells of its end; -1 */
    int leash;  /* our end, -1 */
    bool works; /* started, and not collected */
    pthread_t thread;
    int far_leash;        /* its end, in a thread */
    int control;          /* of servers: their end of what balancers say to them; -1 */
    _Atomic bool is_over; /* of a thread */
};

/* How the glances are counted. */
struct counted {
    struct histogram_total *latency;
    uint8_t *seen;     /* a bit a record */
    uint64_t frontier; /* all before it have been counted */
    uint64_t completed, errors;
    uint64_t before; /* completed at the last look */
    int64_t last;    /* ns: when that was */
    struct steal steal;
};

struct show {
    const struct supervisor_order *order;
    struct live_plan *plan;
    struct supervised *out;
    struct hand *hand;
    uint32_t hands;
    struct quiet *quiet; /* by hand, in shared memory */
    struct downtimes downs;
    uint32_t next_down;
    int *control; /* the balancer's ends of what it says to servers: one a hand of servers */
    uint32_t controls;
    int64_t epoch, started;
    int64_t limit; /* ns of the clock, when it is ended by force */
    struct steal steal;
    struct counted counted;
};

/* Says why, once, with the exit status that fits; -1. */
int supervisor_fail(struct show *, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- Hands. */

/* Lists who is needed: 0 or -1. */
int hands_plan(struct show *);
void hands_close(struct show *);
int hand_start(struct hand *);
/* Tells it that there is something to look at in shared->stop. */
void hand_nudge(struct hand *);
/* Asks a process to take nothing more and to end when it has answered all. */
void hand_terminate(struct hand *);
/* Its end, if it has come: true; it has failed if it was not told to end (supervisor_fail). */
bool hand_collect(struct hand *);
/* Kills a process that we have started, and waits for it. */
void hand_kill(struct hand *);
/* Does any of this role still work? */
bool hands_work(const struct show *, enum live_role);
void hands_nudge(struct show *, enum live_role);
/* Ends all that still work. */
void hands_end(struct show *);
/* Waits for a descriptor to speak, at most until then. */
void hands_wait(struct show *, int64_t until);

/* ---- Glances. */

int glance_open(struct show *);
void glance_tell(struct show *, bool draining);
void glance_close(struct show *);

#endif
