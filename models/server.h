/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a server does with requests. A server model is a state machine: the caller says what
 * happened and when, the model answers when its next completion is due. It owns no clock, schedules
 * nothing and does no I/O, so that the simulator, an emulated server behind a socket and a unit
 * test drive the same code.
 *
 * Two forms. Under first-in first-out with nothing that can change a departure once it is known, a
 * departure follows from the arrival alone: fifo_departure and cores_departure. Every discipline,
 * first-in first-out among them, is also a table of functions over a state per server and a state
 * per job: these follow changes of speed and removals. */
#ifndef MODELS_SERVER_H
#define MODELS_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "models/policy.h"

#define JOB_NONE UINT32_MAX

/* t + d, both >= 0. What does not fit turns out below 0, for the caller to find: no time is. */
static inline lb_time time_after(lb_time t, lb_time d)
{
    return (lb_time)((uint64_t)t + (uint64_t)d);
}

/* When a request that arrives now, and has a core to itself for `service` ns, leaves a single-core
 * first-in first-out server that would run dry at *free_at; moves *free_at there. */
static inline lb_time fifo_departure(lb_time *free_at, lb_time now, lb_time service)
{
    lb_time start = *free_at > now ? *free_at : now;

    return *free_at = time_after(start, service);
}

/* The same for `cores` cores: free_at[0 .. cores - 1] is a binary heap of the instants at which
 * they fall free, zeroed at first. The earliest free core takes the request (Kiefer, Wolfowitz
 * 1955). O(log cores). */
lb_time cores_departure(lb_time *free_at, uint32_t cores, lb_time now, lb_time service);

/* What a request asks of a server. */
struct task {
    lb_time work;      /* ns at speed 1 */
    uint32_t priority; /* the larger is served first, where a discipline looks at it */
};

/* Jobs are named by index. Their states lie in one array with a stride of job_size bytes, so that
 * every discipline has an array of its own; servers of one discipline may share it. A state may be
 * reused once its job has left. Nothing is allocated: all is in the states, and a server's state is
 * below 80 bytes.
 *
 * Times are nanoseconds and never fall; the caller lets a job leave at the instant that `due` names
 * before it reports anything later. Work left is kept as a double in ns at speed 1: with whole ns
 * below 2^52 (52 days) at speed 1 nothing is ever rounded, whoever interrupts whom. A service with
 * work r left that begins or goes on at t on a core at speed s ends at t + r / s, rounded to the
 * nearest ns (under ps up, never down). Ties go by order of arrival at the server.
 *
 * At speed 0 all stands still: who is in service stays so and keeps the core, who arrives takes a
 * free core or waits. Of the cores min(inside, cores) are busy, whatever the discipline. */
struct discipline {
    const char *name, *summary, *source;
    size_t server_size, job_size;
    /* Every job inside is in service; else at most one a core. */
    bool shares;
    /* Makes an empty server. cores >= 1, UINT32_MAX: unlimited. Speed is work per time, of each
     * core; >= 0. */
    void (*open)(void *server, uint32_t cores, double speed);
    /* The next three answer the job whose service begins now for the first time, or JOB_NONE; there
     * is never more than one.
     * A job that is not inside arrives. */
    uint32_t (*arrive)(void *server, void *jobs, uint32_t job, const struct task *task,
                       lb_time now);
    /* The job that `due` named leaves, done. */
    uint32_t (*finish)(void *server, void *jobs, uint32_t job, lb_time now);
    /* Any job inside leaves, undone. */
    uint32_t (*remove)(void *server, void *jobs, uint32_t job, lb_time now);
    /* The speed of each core from now on. Takes time in proportion to the jobs in service (ps:
     * none). */
    void (*pace)(void *server, void *jobs, double speed, lb_time now);
    /* When the next job leaves if nothing else happens, and which; LB_NEVER (and no job): none. */
    lb_time (*due)(const void *server, const void *jobs, uint32_t *job);
    /* When the service of a job inside first began; LB_NEVER: not yet. */
    lb_time (*began)(const void *jobs, uint32_t job);
    /* Work that a job inside still has to get, ns at speed 1. */
    double (*left)(const void *server, const void *jobs, uint32_t job, lb_time now);
    /* All jobs inside by order of arrival: the first after JOB_NONE, JOB_NONE after the last. */
    uint32_t (*next)(const void *server, const void *jobs, uint32_t previous);
};

/* First in, first out: the earliest arrival takes the first core that falls free. The departures
 * are those of cores_departure as long as nothing is removed and the speed stays. */
extern const struct discipline discipline_fifo;
/* Last in, first out, preemptive resume: the youngest `cores` jobs are in service. */
extern const struct discipline discipline_lifo;
/* Processor sharing: k jobs on c cores each get min(1, c / k) of a core. */
extern const struct discipline discipline_ps;
/* Shortest remaining processing time, preemptive (Schrage, Miller 1966). An arrival with less work
 * than the job in service that would end last takes its core. At equal remaining work the earlier
 * arrival goes first. */
extern const struct discipline discipline_srpt;
/* The highest priority first, within one priority the earliest arrival (Cobham 1954): a service
 * that has begun is not interrupted. */
extern const struct discipline discipline_priority;
/* The same, preemptive resume: an arrival takes the core of the lowest priority in service, of
 * those the latest arrival, if its own is strictly higher (White, Christie 1958). */
extern const struct discipline discipline_priority_preemptive;

/* All of them, in the order of `lbsim list disciplines`; NULL after the last. */
extern const struct discipline *const disciplines[];

#endif
