/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The seam between the worlds. In simulation all of a world is here, and a message is an event. In
 * live mode clients, balancers and servers are processes; each has a world of the same scenario,
 * of which only its own part lives. A message that has come to the end of its (simulated) link and
 * whose addressee is elsewhere is handed to the wire, which puts it on a socket; what comes from a
 * socket enters the world by a function of this header.
 *
 * Balancers, policies, servers, time-outs, retries, limits and faults are the same code in both. A
 * world with a wire always has trips (trip.h). */
#ifndef SIM_WIRE_H
#define SIM_WIRE_H

#include "sim/run/step.h"

/* Who lives in this world. */
enum world_part { WORLD_CLIENTS = 1, WORLD_BALANCERS = 2, WORLD_SERVERS = 4, WORLD_WHOLE = 7 };

struct wire {
    unsigned here; /* enum world_part, or-ed */
    bool adds;     /* messages take longer here than their links say: a socket, or `extra` */
    void *context; /* the first argument of each function; all may be NULL */

    /* In simulation: how long a message takes whose link takes `delay`; -1 loses it. */
    lb_time (*extra)(void *, const struct world *, uint32_t slot, enum link_part, lb_time delay);
    /* The same of what a policy and a server say to each other, whose link it leaves at `sent`. */
    lb_time (*talk)(void *, const struct world *, const struct message *, lb_time sent,
                    lb_time delay);
    /* In simulation: the work that an attempt makes at its server, where that is not its own. Asked
     * more than once, it says the same. */
    lb_time (*work)(void *, const struct world *, uint32_t slot);
    /* Anywhere: a request has ended. */
    void (*ended)(void *, const struct world *, uint32_t slot, enum ending, lb_time when,
                  lb_time wait, lb_time service);

    /* Clients: a call goes to its balancer; its client wants it no more and says so, and it is
     * freed; its client waits for it no more and says nothing, likewise. */
    void (*call)(void *, struct world *, uint32_t call);
    void (*called_off)(void *, struct world *, uint32_t call);
    void (*forsaken)(void *, struct world *, uint32_t call);

    /* Balancers: an attempt sets out to a server, on a link that may lose it; is at the end of that
     * link, and goes to its server; is not wanted there any more, and is freed; a call is answered
     * (trip.failure 0: well), and is freed; a health check goes to a server. Of each attempt that
     * was dispatched, what became of it. */
    void (*dispatched)(void *, const struct world *, uint32_t slot, lb_server);
    void (*closed)(void *, const struct world *, uint32_t slot, enum attempt_ending);
    void (*attempt)(void *, struct world *, uint32_t slot);
    void (*cancel)(void *, struct world *, uint32_t slot);
    void (*verdict)(void *, struct world *, uint32_t call);
    /* The policy is about to be asked, or has answered: for those who time it. */
    void (*asks)(void *, bool answered);
    void (*check)(void *, struct world *, uint32_t server, uint32_t number, uint32_t n);

    /* Servers: the service of an attempt begins; it is answered (trip.status, enum lb_status), and
     * is freed; it is lost, and is freed; a health check is answered; a server's state has
     * changed. */
    void (*begun)(void *, struct world *, uint32_t slot);
    void (*answer)(void *, struct world *, uint32_t slot);
    void (*lost)(void *, struct world *, uint32_t slot);
    void (*checked)(void *, struct world *, uint32_t number, uint32_t n, bool good);
    void (*condition)(void *, struct world *, uint32_t server);

    /* Balancers and servers: a probe goes to its server, a report to its balancer; a number that
     * agents may read has been published. */
    void (*message)(void *, struct world *, const struct message *);
    void (*gauge)(void *, struct world *, uint32_t balancer, uint32_t gauge);

    /* For those who watch. A policy has spoken of a candidate, as for a trace of picks; it has been
     * asked about what is in this slot, and has answered. */
    void (*candidate)(void *, const struct balancer *, lb_server seat, double score);
    void (*picked)(void *, const struct balancer *, uint32_t slot, lb_server answer);
    /* An attempt has come to its server, and is not counted there yet; is lost, and may keep its
     * slot. A call or an attempt (or what else a slot may hold) is about to leave its slot. */
    void (*reached)(void *, const struct world *, uint32_t slot);
    void (*vanished)(void *, const struct world *, uint32_t slot);
    void (*leaves)(void *, const struct world *, uint32_t slot);
    /* A server has another state or speed, or is there or not. */
    void (*changed)(void *, const struct world *, uint32_t server);
};

/* Does this part of the system live in this world? */
ALWAYS_INLINE bool world_has(const struct world *w, enum world_part part)
{
    const struct wire *wire = w->order->wire;

    return LIKELY(wire == NULL) || (wire->here & (unsigned)part);
}

/* A delay as drawn from its link (-1: lost), and what the wire adds. */
ALWAYS_INLINE lb_time wire_delay(const struct world *w, uint32_t slot, enum link_part part,
                                 lb_time delay)
{
    const struct wire *wire = w->order->wire;

    if (LIKELY(wire == NULL) || !wire->extra || delay < 0)
        return delay;
    return wire->extra(wire->context, w, slot, part, delay);
}

/* What a request at a server makes of work there. */
ALWAYS_INLINE lb_time wire_work(const struct world *w, uint32_t slot)
{
    const struct wire *wire = w->order->wire;

    if (LIKELY(wire == NULL) || !wire->work)
        return w->job[slot].work;
    return wire->work(wire->context, w, slot);
}

/* ---- The clock of a live world, or of one with an onlooker. Time is w->now and never goes back.
 */

/* Time begins at 0 for those who are here: timeline, checks, agents, users. */
void world_begin(struct world *);
/* When something is due next: an event, or a request to be issued; LB_NEVER. */
lb_time world_due(const struct world *);
/* Does all that is due up to `now`, each at its own instant, in order; then it is `now`. */
void world_until(struct world *, lb_time now);
/* Have the clients issued all they will? */
bool world_has_issued(const struct world *);
/* ... and has all of it ended? */
bool world_is_done(const struct world *);
/* Is nothing pending but timers of policies, servers and checks, which set themselves anew, and
 * will nothing more be issued? It may stay so for ever. */
bool world_has_only_timers(const struct world *);
/* Nothing more is issued. What is in flight may end. */
void world_issue_no_more(struct world *);
/* All requests that have not ended are cancelled. */
void world_cancel_all(struct world *);
/* Balancers give up all that they wait for; then each attempt must be accounted for: 0, or -1
 * with w->why. */
int world_drop_attempts(struct world *);
/* The end of a world of clients, as world_run has it: 0, or -1 with w->why, if the accounting broke
 * (all requests), or the world has failed. */
int world_end(struct world *);

/* ---- What comes from elsewhere, at w->now (see world_until). */

/* A request as it comes to a balancer (a call), or to a server (an attempt). */
struct visit {
    uint32_t serial, part; /* of the request; which of its calls or attempts */
    uint32_t client, balancer;
    lb_server server; /* of an attempt */
    uint64_t key;
    lb_time work, size;
    lb_time cut;  /* its service may last so long; LB_NEVER */
    lb_time cost; /* work that its cancellation makes */
    bool retried;
};
/* Its slot; JOB_NONE: there is no room. The world may be done with it on return already: the wire
 * has been told so by then, so `mark` is called first, with the slot. */
uint32_t wire_call_comes(struct world *, const struct visit *, void (*mark)(void *, uint32_t slot),
                         void *context);
uint32_t wire_attempt_comes(struct world *, const struct visit *,
                            void (*mark)(void *, uint32_t slot), void *context);
/* Nobody wants it any more. */
void wire_call_left(struct world *, uint32_t slot);
void wire_attempt_left(struct world *, uint32_t slot);

/* How something ended elsewhere. */
struct reply {
    uint32_t status;  /* enum lb_status, of an attempt */
    uint8_t failure;  /* enum failure; 0: none */
    lb_server server; /* who has answered a call; LB_NONE: nobody */
    lb_time wait, service, work;
};
void wire_attempt_begun(struct world *, uint32_t slot);
void wire_attempt_back(struct world *, uint32_t slot, const struct reply *);
void wire_verdict(struct world *, uint32_t slot, const struct reply *);

/* Health checks: at a server; back at the balancer. */
void wire_check_comes(struct world *, uint32_t number, uint32_t n);
void wire_check_back(struct world *, uint32_t number, uint32_t n, bool good);
/* A probe is at its server, a report at its balancer. A probe of which nothing will come back. */
void wire_message_comes(struct world *, const struct message *);
void wire_probe_failed(struct world *, const struct message *);
void wire_gauge_comes(struct world *, uint32_t balancer, uint32_t gauge);

/* Is this slot still the call or attempt of this request and part? */
bool wire_is(const struct world *, uint32_t slot, enum world_part whose, uint32_t serial,
             uint32_t part);

#endif
