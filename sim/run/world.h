/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One simulated world: clients, links, balancers and servers of one scenario under one policy, in
 * one replication. Everything lies in flat arrays; what the scenario does not use is NULL. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdio.h>

#include "models/server.h"
#include "sim/engine/queue.h"
#include "sim/record/ledger.h"
#include "sim/run/source.h"
#include "sim/scenario/scenario.h"

/* Simultaneous events happen in this order. */
enum event_kind {
    EVENT_CHANGE,     /* the timeline; index: change, serial: 0 it begins, 1 it ends */
    EVENT_FAULT,      /* a fault begins or ends, a speed is drawn; index: its unit */
    EVENT_WARM,       /* a server that has come up gets faster; index: server */
    EVENT_REPLY,      /* an answer reaches the balancer; index: job */
    EVENT_FINISH,     /* a service ends that was known at arrival; index: job */
    EVENT_LEAVE,      /* a server may have finished a request; index: server */
    EVENT_CANCEL,     /* a server hears that an attempt is not wanted; index: job */
    EVENT_CUT,        /* a service has lasted as long as it may; index: job */
    EVENT_VERDICT,    /* an answer reaches its client; index: job (its call) */
    EVENT_CHECK,      /* a health check sets out, arrives, is back, is over; see health_checks.c */
    EVENT_EJECTION,   /* passive health looks at the clock; index: balancer */
    EVENT_RAMP,       /* a server gets more of its weight; index: balancer, serial: seat */
    EVENT_OFFER,      /* a request reaches the balancer; index: job */
    EVENT_REACH,      /* a request reaches the server; index: job */
    EVENT_START,      /* a service begins, where an agent wants to know; index: job */
    EVENT_MESSAGE,    /* a message reaches a balancer or a server; index: message */
    EVENT_WAKE,       /* a policy asked to be woken; index: message */
    EVENT_TICK,       /* an agent's period ends; index: server */
    EVENT_IMPATIENCE, /* a client has waited long enough for its service to begin; index: job */
    EVENT_ATTEMPT_OVER, /* a balancer gives an attempt up; index: job */
    EVENT_HOLD_OVER,    /* it has waited in the balancer's queue as long as it may; index: job */
    EVENT_CALL_OVER,    /* a balancer gives up altogether; index: job (a call) */
    EVENT_TIMEOUT,      /* a client gives up; index: job, or errand */
    EVENT_DEADLINE,     /* a client gives up altogether; index: errand */
    EVENT_AGAIN,        /* a balancer tries again; index: job (a call) */
    EVENT_HEDGE,        /* a balancer may send another attempt; index: job (a call) */
    EVENT_TRY_AGAIN,    /* a client tries again; index: errand */
    EVENT_CALLED_OFF,   /* a balancer hears that its client has given up; index: job (a call) */
    EVENT_ISSUE,        /* a closed user issues; index: user */
    EVENT_HOME,         /* an answer that has been counted reaches its client */
};

/* A request in flight: what every event of its life touches. */
struct job {
    lb_time issued;
    lb_time work;     /* ns at speed 1 */
    uint32_t next;    /* in the free list, or in the balancer's queue */
    lb_server server; /* over all groups; LB_NONE before it has one */
    uint32_t serial;
    uint16_t client, balancer;
};
_Static_assert(sizeof(struct job) == 32, "two jobs a cache line");

/* Where clients may leave, links lose messages or servers change. */
enum job_state {
    JOB_FREE,
    JOB_LIVE,
    JOB_ABANDONED, /* its client has left; it is still served */
    JOB_ANSWERED,  /* counted; the balancer will hear of it */
    JOB_OVERDUE,   /* its answer will come too late; balancer and time-out are still to come */
    JOB_REPLIED,   /* the same, and the balancer has heard */
    JOB_LOST,      /* a message of it was lost: only the time-out is still to come */
    JOB_GONE       /* its client has left, and it will not be served: it is still on a link */
};

/* Where it is, beside its state. A server may already know that its answer will be an error. */
enum job_place {
    PLACE_TO_BALANCER,
    PLACE_HELD,
    PLACE_TO_SERVER,
    PLACE_AT_SERVER,
    PLACE_BACK,
    PLACE_DOOMED = 0x80
};

/* The rarer facts of a job, in arrays beside it that exist where they are needed. */
struct job_travel {
    lb_time there; /* time spent on links towards the server */
    lb_time sent;  /* when the balancer sent it on */
};
struct job_hold {
    lb_time since, total; /* in the balancer's queue: since when, and time spent there before */
    uint32_t offers, previous;
    bool queued;
};

struct copies;
struct errand;
struct patron;
struct tried;
struct trip;
struct guard;

/* A session at work. */
struct session {
    uint64_t number; /* of its client's sessions */
    uint32_t client, count, total;
    uint32_t next; /* in the free list */
};

struct server {
    lb_time free_at; /* one core: when it will run dry */
    uint64_t busy;   /* core-ns of service in measured time */
    uint64_t waited; /* ns of waiting in measured time */
    uint64_t worked; /* drawn work, ns, of measured requests completed here */
    uint32_t inside; /* requests waiting or in service */
    uint32_t group;
};
_Static_assert(sizeof(struct server) == 40, "memory per server is promised");

struct group {
    const struct server_spec *spec;
    const struct discipline *discipline; /* NULL: first-in first-out by known departures */
    void *jobs;                          /* of the discipline, for each job */
    double speed;
    uint32_t first, count, cores, limit; /* limit: requests inside, SCENARIO_UNLIMITED if none */
    bool unit;                           /* speed 1: service time is work */
    lb_time *core_free;                  /* cores > 1: that many for each server */
    unsigned char *state;                /* of the discipline, for each server */
    struct armed *armed;                 /* with a discipline: the completion last asked for */
};
struct armed {
    lb_time time, since; /* since: `busy` has been counted up to here */
    uint32_t serial;
};

/* What the timeline and faults have made of a server. */
struct condition {
    uint64_t gone;            /* ns of measured time in which it was not up */
    double speed;             /* of each core: what is in force, or its own, times its warmth */
    double own;               /* without changes: the scenario's, or as drawn last */
    double warmth;            /* 1, or less while it warms up */
    const struct change *why; /* the change that set its state, or NULL */
    const struct change *planned_state, *planned_speed; /* of the timeline, in force; or NULL */
    lb_time up;                                         /* since when it is up */
    uint32_t weight;
    enum server_state state;
    bool absent;  /* beyond its group's count */
    bool returns; /* it has just come up: its agent is still to be told */
    bool turns;   /* a balancer is about to hear that its weight, or whether it takes requests,
                     has changed */
};

struct link {
    const struct link_spec *spec;
    struct distribution latency;
    double bandwidth, loss; /* as the timeline has them now */
    lb_time constant;       /* the delay, if it is always the same; else -1 */
    uint64_t key;
};

enum message_kind { MESSAGE_REPORT, MESSAGE_PROBE, MESSAGE_WAKE };

struct message {
    struct lb_report report; /* a probe and a waking use the cookie only */
    uint32_t next, balancer, server;
    uint32_t life; /* of the balancer, when its policy asked for it */
    enum message_kind kind;
};

/* What an agent's server has done since its last tick. */
struct agent_account {
    lb_time since;
    double area; /* core-ns in service */
    uint64_t finished;
    float utilization, rate; /* over the last whole tick */
};

/* A balancer: its policy, and what it knows. */
struct balancer {
    struct lb_host host; /* first: the policy's handle leads back here */
    struct world *world;
    const struct balancer_spec *spec;
    const struct lb_policy *policy;
    void *self;
    struct lb_view view;
    struct lb_request ask;
    struct lb_setup setup;
    uint32_t *inflight, *weight, *slots;
    float *rate;
    lb_time *free_at;
    uint64_t *name;
    const char **label;
    struct lb_report *report;
    lb_server *usable;
    uint8_t *open; /* by seat: usable; NULL: all are, for ever */
    uint32_t *zones;
    const uint32_t *server_of; /* seat to server; NULL: the same */
    const uint32_t *seat_of;   /* server to seat; NULL: the same */
    uint32_t index;            /* over all balancers */
    uint32_t zone;             /* where it stands; zones_n: nowhere */
    bool own_load;             /* view.load is what it has in flight */
    bool fresh_work;           /* free_at follows the servers, not what it sent itself */
    uint32_t head, tail, held; /* queue of held requests */
    uint32_t life;             /* how often it has been down */
    bool down;                 /* it does not work at all */
    bool offering;             /* its queue is being offered: not again from within */
    char note[200];            /* what the policy said last */
    uint32_t picking;          /* job being picked, or JOB_NONE */
    lb_server via;             /* what the policy asked for in this pick: ... */
    lb_time cut;               /* ... how long the service may last, LB_NEVER; ... */
    uint32_t also_n;           /* ... copies, */
    struct copy *also;         /* n of them at most, or NULL: it may not */
    struct guard *guard;       /* NULL: a request is one attempt, and nothing watches it */
};

/* Another attempt that the policy asked for. */
struct copy {
    lb_server seat;
    lb_time after;
};

struct world;

enum { DISCIPLINES = 8 }; /* at most: see `disciplines` */

struct wire;

/* Somebody who looks on, and changes nothing: a world is the same with and without. It is one whose
 * clock may stop in between (world_until). */
struct onlooker {
    void *context; /* the first argument of each function; these may be NULL */
    /* A request has ended; it is known by then that its client hears of it at `when`. */
    void (*ended)(void *, const struct world *, uint32_t slot, enum ending, lb_time when);
    /* A server's state has changed. */
    void (*condition)(void *, const struct world *, uint32_t server);
};

/* What a world is made of, and what it shall tell. */
struct world_order {
    const struct scenario *scenario;
    const struct policy_spec *policy;
    uint32_t replication;
    uint64_t requests; /* 0: by the scenario's duration */
    uint64_t warmup;   /* requests; or UINT64_MAX: by warmup_time */
    lb_time warmup_time;
    unsigned histograms; /* bit set of enum duration */
    enum queue_kind queue;
    uint32_t ahead;  /* distance of prepare; UINT32_MAX: as the size advises */
    int64_t *series; /* latency of request i is added at i, or NULL */
    uint32_t *series_n;
    int64_t *parts; /* the same, WARMUP_PARTS sums over parts of equal length */
    uint32_t *parts_n;
    FILE *picks, *log;           /* traces, or NULL */
    const char *label, *point;   /* for the traces: the policy's; of the sweep, "" without one */
    void (*mark)(void *context); /* called when measuring begins and when the last request is
                                    issued, or NULL */
    void *mark_context;
    const struct metrics *measured, *windows; /* what a ledger is to tell, or NULL */
    volatile uint64_t *progress;              /* events so far, for a watching process, or NULL */
    volatile const int *stop;                 /* nonzero: end early, or NULL */
    const struct wire *wire;                  /* NULL: all is here (wire.h) */
    const struct onlooker *onlooker;          /* or NULL */
    int way;                                  /* enum engine_way (express.h) */
};

struct world {
    const struct world_order *order;
    const struct scenario *scenario;
    struct queue queue;
    struct source source;
    struct job *job;
    uint8_t *state, *place;
    struct job_travel *travel;
    struct job_hold *hold;
    struct trip *trip;     /* where a request may be several attempts (trip.h); else NULL, ... */
    struct errand *errand; /* ... and so is this, what clients ask for */
    struct tried *tried;   /* by call: where its attempts went */
    struct copies *copies; /* by call: copies that go out later, where a policy sends some */
    struct patron *patron; /* by client */
    lb_server *seats;      /* room for as many as there are servers */
    uint64_t retry_key, check_key, *copy_key; /* draws; copy_key by client */
    uint64_t *memo;
    struct arrival_more *more;   /* key, declared size, bytes of the answer: by job, or NULL */
    void *jobs_of[DISCIPLINES];  /* by discipline: its state of each job */
    struct condition *condition; /* by server, where the timeline or faults change some */
    struct faults *faults;       /* NULL: none, and no speed is drawn anew */
    bool fallible;               /* some server may answer with an error */
    uint32_t jobs, free_job;     /* slots used so far; LIFO of free ones */
    struct server *server;
    struct group *group;
    struct balancer *balancer;
    uint32_t balancers, groups, servers;
    uint32_t *first_balancer;        /* of each spec */
    uint32_t **server_of, **seat_of; /* per spec: maps, or NULL where they would be the same */
    uint32_t **truth;                /* per balancer spec: true load by seat; NULL: in-flight */
    uint64_t policy_key, panic_key, agent_key;
    struct link *link;
    uint64_t *spread_key, *service_key, *think_key, *bytes_key, *patience_key; /* per client */
    uint64_t error_key;
    uint64_t *turn; /* per client: how many requests it has spread */
    /* closed users */
    uint32_t *user_client, *user_count, *user_of_job;
    uint32_t users;
    /* sessions of open clients, in slots of their own: user w->users + slot */
    struct session *session;
    uint32_t sessions, free_session;
    uint64_t *sessions_begun;                          /* per client */
    uint64_t *session_key, *number_key, *estimate_key; /* per client */
    bool may_dry; /* arrivals may end before the requests are issued */
    /* agents */
    const struct lb_agent *agent;
    unsigned char *agent_memory;
    struct agent_account *account;
    uint32_t *gauge;
    struct message *message;
    uint32_t messages, free_message;
    uint64_t talks;         /* messages sent so far: each has draws of its own */
    uint32_t timers;        /* wakings, ticks and the next that follow, in the queue */
    uint32_t server_timers; /* of these: turns of faults and speeds, and steps of warming up */
    bool fresh_work;        /* some balancer's */
    uint64_t idle;          /* of these that fired when nothing else was left */
    uint32_t checks;        /* servers that are checked, for each balancer that does */
    uint64_t late;          /* health checks since nothing more will be issued */
    struct tally tally;
    struct express *express;         /* NULL: the general way (express.h) */
    struct ledger *ledger;           /* NULL: the tally tells all that is asked */
    bool states;                     /* it wants to know each server's state, not its queue alone */
    uint64_t requests;               /* to be issued in all; UINT64_MAX if time decides */
    uint64_t warmup;                 /* serial of the first measured request */
    lb_time way;                     /* in the short loop with links: the delay between balancer and
                                        server if it is always the same, and then no job_travel; else -1 */
    uint64_t in_flight, events;      /* in_flight: issued and not ended */
    lb_time now, closes;             /* closes: users and sessions issue nothing later */
    uint64_t homing_from, homing_to; /* `homing` when measured time begins, and ends */
    uint64_t homing;                 /* requests counted whose answers are still on the way, ... */
    uint64_t homing_at;              /* ... and the sum of their arrivals, modulo 2^64 */
    lb_time looked_at;               /* now, at the last look at whether to go on, ... */
    uint32_t looks;                  /* ... and how many looks ago it was the same */
    unsigned features;
    uint32_t ahead;
    char candidates[4096]; /* of the pick being traced */
    size_t candidates_n;
    bool failed;
    char why[256];
};

/* What the loop is compiled for. */
enum {
    FEATURE_LINKS = 1,    /* links between balancer and servers, without loss */
    FEATURE_ALL = 2,      /* everything that a scenario can say */
    FEATURE_PREFETCH = 4, /* so many servers that memory is the bill */
    FEATURE_LEDGER = 8,   /* several clients, say: a ledger that wants no more than queues */
    FEATURE_EXPRESS = 16, /* answers go home without an event (express.h) */
    FEATURE_FED = FEATURE_ALL | FEATURE_LEDGER
};

/* Builds a world: 0, -ENOMEM, or -EINVAL with the reason in w->why. Close it in each case. */
int world_open(struct world *, const struct world_order *);
/* Runs it to the end: 0, or -1 with the reason in w->why. Results are in w->tally and w->server. */
int world_run(struct world *);
void world_close(struct world *);

/* Ends the run with a reason. */
void world_fail(struct world *, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
