/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A crew seen from the pool: which task comes next, and where results go. */
#ifndef SIM_SUPPLY_H
#define SIM_SUPPLY_H

#include "sim/run/workers.h"

enum { TRIES = 2 };

struct supply {
    const struct crew *crew;
    struct crew_task *spare; /* to be tried again; from malloc */
    uint32_t spares;
    bool waiting; /* next() has nothing until a result is taken */
    bool done;    /* next() will have nothing any more */
    bool early;   /* the work ends early */
    int error;    /* -errno of what ended it, or 0 */
};

/* Room for so many spare tasks. 0 or -ENOMEM. */
int supply_open(struct supply *, const struct crew *, uint32_t room);
void supply_close(struct supply *);
/* False: there is none, now or ever. */
bool supply_next(struct supply *, struct crew_task *);
/* There will be none, but for those in hand that come back. */
bool supply_empty(const struct supply *);
/* A task that nobody has begun. */
void supply_return(struct supply *, const struct crew_task *);
/* The same after a process has died over it: that is told. */
void supply_again(struct supply *, const struct crew_task *, const char *why);
void supply_deliver(struct supply *, const struct crew_task *, const void *result, size_t n,
                    const char *why);
void supply_fail(struct supply *, int error);

#endif
