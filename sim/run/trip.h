/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests that may be several attempts. Where a scenario has retries, hedges, copies, parts,
 * limits or health checks, three things stand where otherwise one does:
 *
 *  - an errand: what a client asked for. It may try more than once, and a try may have parts;
 *  - a call: one part of one try at one balancer, which waits there, and may be sent more than
 * once;
 *  - an attempt: what was sent to one server.
 *
 * Each lives in a slot of jobs, with a struct trip beside it, an errand with a struct errand too.
 * So servers, links and queues handle them like any job. What a client or balancer is told always
 * comes as an event, at the same instant if nothing takes time: whoever sends is never called from
 * within.
 *
 * The first attempt of the first call of an errand has the draws that its request would have if it
 * were the only one. */
#ifndef SIM_TRIP_H
#define SIM_TRIP_H

#include "sim/run/wire.h"

enum trip_role {
    TRIP_ERRAND,
    TRIP_CALL,
    TRIP_ATTEMPT,
    TRIP_CHORE, /* work that a cancelled attempt makes at its server */
    TRIP_CHECK  /* work that a health check makes there */
};

/* Where it is. */
enum trip_stage {
    STAGE_FREE,
    STAGE_TO_BALANCER, /* a call on its way */
    STAGE_HELD,        /* ... in the balancer's queue */
    STAGE_OUT,         /* ... with attempts out, or waiting to try again */
    STAGE_ANSWERED,    /* ... its answer is on the way to the client */
    STAGE_KEPT,        /* ... or there, and others are still to come */
    STAGE_TO_SERVER,   /* an attempt on its way */
    STAGE_AT_SERVER,
    STAGE_ELSEWHERE, /* its server is not of this world (wire.h) */
    STAGE_BACK,      /* its answer is on the way */
    STAGE_NOWHERE    /* lost, or removed: nothing will come */
};

struct trip {
    uint32_t errand;  /* of a call: its slot; JOB_NONE: its client has left */
    uint32_t next;    /* calls of an errand; attempts of a call */
    uint32_t first;   /* of a call: its attempts that are out */
    uint32_t call;    /* of an attempt: JOB_NONE once the call needs it no more */
    uint32_t out;     /* of a call: attempts out */
    uint32_t made;    /* of a call: attempts made */
    uint32_t retries; /* of a call: of these, after failures */
    uint32_t draw;    /* names its draws: 0 for the first */
    uint32_t check;   /* of a check: which */
    uint32_t number;  /* of an attempt: which of its call, 0 the first */
    uint8_t role, stage, status;
    bool open;       /* an attempt that its balancer waits for */
    bool is_extra;   /* ... that counts against the limit on retries */
    bool has_begun;  /* ... whose service has */
    bool beaten;     /* ... another one has been answered instead */
    bool gone;       /* on its way, and of no use when it arrives */
    bool sending;    /* of a call: an attempt of it is on the point of leaving */
    bool retried;    /* ... its client tries again */
    bool hedging;    /* of a call: the policy is asked for another attempt beside those out */
    bool admitted;   /* ... admission control has let it in */
    bool again;      /* ... it is about to be tried again */
    uint8_t failure; /* enum failure, of an attempt, or of a call's last one; 0: none */
    lb_time sent, reached;
    lb_time due;      /* an attempt is given up; a call: to be tried again */
    lb_time hedge_at; /* a call: another attempt may go out */
    lb_time deadline; /* a call: is given up */
    lb_time cancel_at, cut_at, cut;
    lb_time cost;                /* work of being cancelled */
    lb_time wait, service, work; /* of the answer */
    lb_server server;
};

/* Where attempts of a call went, seats, oldest first: of many, the last ones. */
enum { TRIED_MOST = 32 };
struct tried {
    uint32_t n;
    lb_server seat[TRIED_MOST];
};

/* Copies that are to go out unless the call is answered by then. */
enum { COPIES_LATER_MOST = 8 };
struct copies {
    uint32_t n;
    struct copy at[COPIES_LATER_MOST]; /* after: the instant */
};

struct errand {
    lb_time work; /* of its first part at its first try */
    lb_time try_due, again_at, deadline, patience_at;
    uint32_t first; /* its calls that it waits for, ... */
    uint32_t kept;  /* ... and those that were answered before it had all that it needs */
    uint32_t calls; /* made so far */
    uint32_t tries, got, bad;
    bool live, begun;
};

/* What requests of a client share. */
struct patron {
    struct budget budget; /* for retries */
    uint32_t active, retrying;
};

/* Does it need all this, whatever the policy; with this one? */
bool scenario_needs_trips(const struct scenario *);
bool world_needs_trips(const struct world_order *);
/* Room for it: 0 or -ENOMEM. */
int trips_open(struct world *);
void trips_close(struct world *);
void trips_start(struct world *);
/* The events that only they know. */
void trip_step(struct world *, struct event);
/* Errands that have not ended. */
uint64_t errands_inside(const struct world *);
/* Fails the world unless each attempt is accounted for. */
void attempts_judge(struct world *);

/* ---- errand.c: clients. */

/* A request is issued; its first call uses this slot. */
void errand_begins(struct world *, uint32_t slot, lb_time now);
void errand_time_out(struct world *, struct event);
void errand_deadline(struct world *, struct event);
void errand_impatient(struct world *, struct event);
void errand_try_again(struct world *, struct event);
/* The run is given up: the request is cancelled, and nobody waits for it. */
void errand_abandoned(struct world *, uint32_t slot, lb_time now);
/* A call is lost to its client. */
void errand_forget(struct world *, uint32_t slot, uint32_t call);
/* An answer reaches its client. */
void call_verdict(struct world *, struct event);

/* ---- call.c: balancers. */

void call_arrives(struct world *, uint32_t call, lb_time now);
/* Asks the policy for a server, if no limit stands against it. */
void call_offer(struct world *, uint32_t call, lb_time now);
/* The policy has chosen a seat for it, or the balancer has. */
void call_send(struct world *, struct balancer *, uint32_t call, uint32_t seat, lb_time now);
/* The balancer has no server for it, or will not have it. */
void call_refuse(struct world *, uint32_t call, lb_time now);
void call_attempt_ended(struct world *, uint32_t call, uint32_t attempt, lb_time now);
void call_again(struct world *, struct event);
void call_hedge(struct world *, struct event);
void call_over(struct world *, struct event);
void call_hold_over(struct world *, struct event);
void call_called_off(struct world *, struct event);
/* An attempt of it is lost: perhaps there is nothing more to wait for. */
void call_attempt_lost(struct world *, uint32_t call, lb_time now);
/* Its client has left without a word. */
void call_forsake(struct world *, uint32_t call, lb_time now);
/* Its client leaves while it waits for its service, and the balancer knows at once. Did it wait in
 * a queue? */
bool call_withdraw(struct world *, uint32_t call, lb_server *where, lb_time now);
/* It waits in its balancer's queue no more, if it did. Was it the next in turn? Then another one
 * is now. */
bool call_leave_queue(struct world *, uint32_t call, lb_time now);
/* The call is over for its balancer: the client is told how it went. */
void call_answer(struct world *, uint32_t call, enum failure, lb_time now);
/* No attempt of the call is of use any more: is it told so, because another one was better, and
 * what work does that make? */
void call_drop_attempts(struct world *, uint32_t call, bool stop, bool beaten, lb_time cost,
                        lb_time now);
/* Frees a call that nobody waits for and that will never hear of its attempts. */
void call_give_if_stuck(struct world *, uint32_t call, lb_time now);
/* All that a balancer had is gone: it is down. */
void calls_vanish(struct world *, uint32_t balancer, lb_time now);

/* ---- attempt.c: servers. */

/* Makes an attempt of a call and sends it to a seat, because the last one failed, or beside others
 * that are out; b->ask is what the policy was asked. */
uint32_t attempt_send(struct world *, struct balancer *, uint32_t call, uint32_t seat, bool beside,
                      lb_time now);
/* It reaches its server: is it still to be served? */
bool attempt_reaches(struct world *, uint32_t slot, lb_time now);
/* Its service begins. */
void attempt_begins(struct world *, uint32_t slot, lb_time now);
/* Its service is over. */
void attempt_served(struct world *, uint32_t slot, lb_time now, lb_time wait, lb_time service);
void attempt_refused(struct world *, uint32_t slot, lb_time now, enum ending how);
/* Nothing of it is left, and nobody will be told. */
void attempt_lost(struct world *, uint32_t slot, lb_time now);
void attempt_back(struct world *, uint32_t slot, lb_time now);
void attempt_over(struct world *, struct event);
void attempt_cut(struct world *, struct event);
void attempt_cancelled(struct world *, struct event);
/* The balancer waits for it no more, for this reason (enum lb_status): its call is rid of it. */
void attempt_close(struct world *, uint32_t slot, uint32_t status, lb_time now);
/* Its server is to be told to stop it, after this delay or as the link has it, with this much work
 * for that. It has been closed. */
void attempt_stop(struct world *, uint32_t slot, const struct distribution *delay, lb_time cost,
                  lb_time now);
/* It vanishes where it is. It has been closed. */
void attempt_remove(struct world *, uint32_t slot, lb_time now);
/* Has the service of an attempt of this call begun? Then the others are to hear of it. */
bool attempts_begun(const struct world *, uint32_t call);
void attempts_race(struct world *, uint32_t call, lb_time now);
/* Work that is no request's, at a server. */
void chore_arrives(struct world *, uint32_t server, uint32_t slot, lb_time now);

/* Draws of attempts of a call that is the n-th of its errand. */
enum { TRIP_ATTEMPTS_A_CALL = 65536 };

/* Makes a slot that has been taken one of these, with nothing in it beside its job. */
void trip_blank(struct world *, uint32_t slot, enum trip_role, uint32_t draw);
/* A slot for a call or an attempt of `like`'s request. */
uint32_t trip_take(struct world *, uint32_t like, enum trip_role, uint32_t draw);
void trip_give(struct world *, uint32_t slot);

#endif
