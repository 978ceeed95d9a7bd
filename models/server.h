/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a server does with requests. A server model is a state machine: the caller says what
 * happened and when, the model answers when its next completion is due. It owns no clock, schedules
 * nothing and does no I/O, so that the simulator, an emulated server behind a socket and a unit
 * test drive the same code.
 *
 * Two forms. Under first-in first-out with nothing that can change a departure once it is known, a
 * departure follows from the arrival alone: fifo_departure and cores_departure. Every other
 * discipline is a table of functions over a state per server and a state per job. */
#ifndef MODELS_SERVER_H
#define MODELS_SERVER_H

#include <stddef.h>

#include "models/policy.h"

#define JOB_NONE         UINT32_MAX

/* When a request that arrives now, and has a core to itself for `service` ns, leaves a single-core
 * first-in first-out server that would run dry at *free_at; moves *free_at there. */
static inline lb_time fifo_departure(lb_time *free_at, lb_time now, lb_time service)
{
    lb_time start = *free_at > now ? *free_at : now;

    return *free_at = start + service;
}

/* The same for `cores` cores: free_at[0 .. cores - 1] is a binary heap of the instants at which
 * they fall free, zeroed at first. The earliest free core takes the request (Kiefer, Wolfowitz
 * 1955). O(log cores). */
lb_time cores_departure(lb_time *free_at, uint32_t cores, lb_time now, lb_time service);

/* Jobs are named by index; their states lie in one array of job_size bytes each, and a state may be
 * reused once its job has left. Times are nanoseconds, work is ns at speed 1. */
struct discipline {
    const char *name, *summary, *source;
    size_t server_size, job_size;
    /* Makes an empty server. Speed is work per time. */
    void (*open)(void *server, uint32_t cores, double speed);
    /* Job `job` with `work` to do arrives at `now`. */
    void (*arrive)(void *server, void *jobs, uint32_t job, lb_time work, lb_time now);
    /* When the next job leaves if nothing else happens, and which; LB_NEVER if none. */
    lb_time (*due)(const void *server, const void *jobs, uint32_t *job);
    /* The job that `due` named leaves now. */
    void (*finish)(void *server, void *jobs, uint32_t job, lb_time now);
    /* Jobs present, and how many cores' worth of work is being done. */
    uint32_t (*present)(const void *server);
    double (*busy)(const void *server);
};

/* Processor sharing: k jobs on c cores each get min(1, c / k) of a core. */
extern const struct discipline discipline_ps;

#endif
