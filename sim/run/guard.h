/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What stands beside a balancer's policy: who is let in, which servers may be used, and how many
 * attempts there may be. The rules are those of models/mechanism; here they meet a world.
 *
 * In order: rate limit, admission, shedding; the limit on requests in flight, or the queue; the
 * usable servers (health, ejection, panic), those not full (caps, breakers); the policy; slow
 * start; and, when an attempt has come back, all of them learn from it. */
#ifndef SIM_GUARD_H
#define SIM_GUARD_H

#include "sim/run/trip.h"

/* A server, as the health checks of one balancer see it. */
struct check {
    struct health health;
    lb_time set_out; /* of the one under way */
    lb_time next;    /* when the next one sets out */
    uint32_t n;      /* checks so far */
    bool out, dead;  /* one is under way; the server has not understood it */
};

/* A seat that is spared after it has come up. */
struct warming {
    lb_time up;           /* when that was; LB_NEVER: long ago */
    double turns, credit; /* guard.turns when credit was counted; picks that are its due */
};

struct guard {
    struct budget retries, hedges;
    struct rate_limit rate;
    struct admission admission;
    struct concurrency concurrency;
    struct codel codel;
    struct outlier outlier;
    struct recent_quantile *latency; /* when to hedge; or NULL */
    struct breaker *breaker;         /* by seat; or NULL */
    struct outlier_seat *outlier_seat;
    struct check *check;  /* by seat; or NULL */
    uint32_t first_check; /* number of its first, over all balancers */
    uint8_t *takes;       /* by seat: as far as those who run it are concerned */
    uint64_t *full;       /* bits by seat; or NULL */
    float *ramp;          /* by seat; or NULL */
    struct warming *warm; /* by seat; or NULL */
    uint32_t out, extra;  /* attempts out; of these, beyond the first of their calls */
    uint32_t again;       /* calls whose next attempt has been granted and is not out yet */
    uint64_t coins;       /* thrown so far */
    lb_time ejection_at;  /* when the clock is looked at next */
    uint32_t warming;     /* seats below full weight */
    double ramps;         /* sum over the usable, ... */
    double turns;         /* ... and of 1 / that, over the picks since somebody is warming */
    bool panic;
};

int guard_open(struct world *, struct balancer *);
void guard_close(struct balancer *);
/* Its balancer has forgotten everything. */
void guard_restart(struct world *, struct balancer *, lb_time now);
/* Time begins: the first checks set out. */
void guard_start(struct world *, struct balancer *);

/* A call arrives: may it come in? */
bool guard_lets_in(struct world *, struct balancer *, uint32_t call, lb_time now);
/* Are there as many attempts in flight as there may be? */
bool guard_at_limit(const struct balancer *);
/* May there be one more attempt beyond the first of a call? Takes its price from a budget if so. */
bool guard_may_repeat(const struct balancer *, struct budget *, lb_time now);
/* A call will be tried again, or it has been, or has ended first. */
void guard_expects(struct world *, uint32_t call, bool again);
/* Is there room for one more beside those of its call that are out, at this seat, where none of
 * them is? */
bool guard_admits_copy(const struct world *, const struct balancer *, uint32_t call, uint32_t seat);
/* A call is about to leave the queue: is it to be dropped instead? */
bool guard_drops_head(struct world *, struct balancer *, uint32_t call, lb_time now);

/* A call is answered by its attempt `won`. For hedges after a quantile: how long it took, since the
 * oldest of the attempts that were out. The time of the attempt that won would be too short, as
 * those that lose are not told of. */
void guard_learns_latency(const struct world *, uint32_t call, uint32_t won, lb_time now);

/* An attempt is sent to a seat; one more is in flight there, or one less; an attempt is about to
 * end; a call is answered (failure 0: well). */
void guard_sent(struct balancer *, uint32_t seat, bool extra, lb_time now);
/* An attempt has gone to a seat that may let only so many through. */
void guard_seat_probed(struct world *, struct balancer *, uint32_t seat, lb_time now);
void guard_seat_moved(struct balancer *, uint32_t seat, lb_time now);
void guard_ended(struct world *, struct balancer *, uint32_t attempt, uint32_t status, lb_time now);
void guard_answered(struct world *, struct balancer *, uint32_t call, enum failure, lb_time now);

/* Before a pick: what the policy is told beside the request; after it: the seat that counts. */
void guard_asks(struct world *, struct balancer *, uint32_t call, struct lb_random *);
lb_server guard_judges(struct world *, struct balancer *, uint32_t call, lb_server seat,
                       struct lb_random *);

/* A seat is usable or not as far as those who run it are concerned; sets view->usable's bits. */
void guard_seat_set(struct balancer *, uint32_t seat, bool takes);
/* All seats have been set: who is usable after all, in a panic perhaps. */
void guard_settle(struct balancer *);
/* A server has come up: its weight rises. */
void guard_warms(struct world *, struct balancer *, uint32_t seat, lb_time now);
/* Nobody has come up lately. */
void guard_all_warm(struct balancer *);

/* Events. */
void guard_looks(struct world *, struct event); /* EVENT_EJECTION */
void guard_ramps(struct world *, struct event); /* EVENT_RAMP */
void check_step(struct world *, struct event);  /* EVENT_CHECK */
/* The n-th check of this number has been served. */
void check_served(struct world *, uint32_t number, uint32_t n, lb_time now);
void checks_start(struct world *, struct balancer *);
/* Its checks get numbers: 0, or -EINVAL with w->why. */
int checks_number(struct world *, struct balancer *);
/* A failed attempt counts as a failed check. */
void check_blamed(struct world *, struct balancer *, uint32_t seat, lb_time now);
/* A seat's verdict has changed: the view and the policy hear of it; those who wait do too. */
void guard_seat_told(struct world *, struct balancer *, uint32_t seat, lb_time now);
void guard_seat_changed(struct world *, struct balancer *, uint32_t seat, lb_time now);
/* An event that does not keep a world alive. */
void guard_remind(struct world *, enum event_kind, uint32_t serial, uint32_t index, lb_time at);

#endif
