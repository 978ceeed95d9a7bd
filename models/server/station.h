/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A station: cores that serve one job each, and a room in which the others wait. What the
 * disciplines without sharing have in common; they differ in who is started and who is stopped.
 * Private to models/server. */
#ifndef MODELS_SERVER_STATION_H
#define MODELS_SERVER_STATION_H

#include "models/server/heap.h"

struct station {
    double speed;
    uint64_t arrivals;
    uint32_t cores, running;
    uint32_t ends;             /* heap of the jobs in service, the next to leave first */
    uint32_t oldest, youngest; /* all jobs inside, in a list by order of arrival */
    uint32_t edge;             /* fifo: the first that waits; lifo: the oldest in service */
    uint32_t waiting, victims; /* heaps of a discipline that ranks its jobs, ranked.h */
};

struct visit {
    double left;     /* work to do, at `since` if in service */
    lb_time since;   /* when the service last began or went on; LB_NEVER: it waits */
    lb_time end;     /* when the service ends if nothing else happens */
    lb_time began;   /* when the service first began */
    uint64_t number; /* of the arrival */
    struct heap_link ends;
    uint32_t older, younger;
    uint32_t priority;
    struct heap_link rank; /* in `waiting` or in `victims` */
};

static inline bool in_service(const struct visit *visit)
{
    return visit->since != LB_NEVER;
}

/* A job comes in and waits. */
void station_enter(struct station *s, struct visit *jobs, uint32_t job, const struct task *task);
/* A job that waits is given a free core. Answers it if this is its first, else JOB_NONE. */
uint32_t station_start(struct station *s, struct visit *jobs, uint32_t job, lb_time now);
/* A job in service gives up its core and waits. */
void station_stop(struct station *s, struct visit *jobs, uint32_t job, lb_time now);
/* A job goes, and if it has a core gives it up. */
void station_leave(struct station *s, struct visit *jobs, uint32_t job);

/* Entries of a discipline's table. */
void station_open(void *server, uint32_t cores, double speed);
void station_pace(void *server, void *jobs, double speed, lb_time now);
lb_time station_due(const void *server, const void *jobs, uint32_t *job);
lb_time station_began(const void *jobs, uint32_t job);
double station_left(const void *server, const void *jobs, uint32_t job, lb_time now);
uint32_t station_next(const void *server, const void *jobs, uint32_t previous);

#endif
