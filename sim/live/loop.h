/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A world whose clock waits. libevent owns the sockets; the world's own queue is the queue of
 * timers, and one precise timer stands at its head. Before anything that a socket brings is done,
 * all that is due is done, each at its own instant: so lateness never adds up. */
#ifndef SIM_LOOP_H
#define SIM_LOOP_H

#include "sim/live/role.h"
#include "sim/run/wire.h"

struct event_base;

/* Requests that are not of this run have serial numbers from here on. */
#define STRANGERS UINT32_C(0x80000000)

struct loop {
    const struct live_plan *plan;
    struct live_fare *fare;
    struct world *world;
    struct event_base *base;
    struct event *timer, *poll, *leash;
    lb_time armed;      /* what the timer stands at; LB_NEVER: nothing */
    lb_time early;      /* a role that begins anew does what was due until then unheard */
    int seen;           /* of shared->stop */
    bool begun, inside; /* time has begun; a callback is at work */
    void *context;
    bool (*ready)(void *context);            /* may the run begin? NULL: yes */
    void (*begins)(void *context);           /* time begins; may be NULL */
    void (*stopped)(void *context, int how); /* shared->stop has changed */
    bool (*over)(void *context);             /* looked at after each callback */
};

/* Opens a loop around a world that is open already. 0, or -1 with the fare's code and why. */
int loop_open(struct loop *, const struct live_plan *, struct live_fare *, struct world *,
              int leash);
void loop_close(struct loop *);

/* Says that it is ready, waits for the epoch, and goes on until it is over. 0, or -1 likewise. */
int loop_run(struct loop *);

/* Around whatever a callback does: time is brought up to the clock; the timer is set anew. */
void loop_enter(struct loop *);
void loop_leave(struct loop *);

/* The role cannot go on: an exit status that fits, and why. */
int role_fails(struct live_fare *, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The world of a role: 0, or -1 with the fare's code and why. */
int role_world(const struct live_plan *, struct live_fare *, const struct wire *,
               struct world_order *, struct world *);

/* May requests of this plan be several calls or attempts, or be given up? Then a record does not
 * hold them, and roles keep moments (shared.h): their wire's `extra` says what sets out. */
bool role_keeps_moments(const struct live_plan *);
/* Keeps one, at the world's time, where they are kept. */
void role_moment(const struct live_plan *, const struct world *, uint32_t slot, enum link_part,
                 enum moment_kind);

/* How many connections a role may have open at once: what its process may, less what is no
 * connection. */
uint32_t role_descriptors(void);

/* Notes the CPU time that this role has taken: of its thread. */
void role_cpu(struct live_fare *);

/* What a parcel and a visit say of a job in this world. */
struct parcel role_parcel(const struct world *, uint32_t slot);
struct visit role_visit(const struct parcel *);

#endif
