/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A pool of processes that work off tasks, one at a time each. A task is a plain struct that says
 * all there is to know about it, so that a pipe or a network carries it. A task whose process dies
 * costs itself only: it is tried once more, then named, and another process goes on with the rest.
 */
#ifndef SIM_WORKERS_H
#define SIM_WORKERS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A task. What it means is the caller's. Compared and sent as bytes: zero it before filling. */
struct crew_task {
    uint32_t what, point, replication;
    uint32_t tries; /* the pool's own: how often a process has died over it */
    uint64_t requests, warmup;
    int64_t duration;
};

/* What a task may look at and move while it runs. */
struct task_signs {
    volatile uint64_t *progress; /* to be raised now and then: a task that stops for 10 s of CPU
                                    time is taken to loop, and ended */
    volatile const int *stop;    /* nonzero: end early */
};

enum crew_next { CREW_TASK, CREW_WAIT, CREW_DONE };

struct crew {
    uint32_t workers;
    /* In the caller's process: the next task; CREW_WAIT if there is none until a result has been
     * taken (there is one in hand then), CREW_DONE if there will be none. */
    enum crew_next (*next)(void *context, struct crew_task *);
    /* In a worker: does a task and returns its result as one block from malloc (size in *n), or
     * NULL if memory is out. */
    void *(*work)(void *context, const struct crew_task *, const struct task_signs *, size_t *n);
    /* In the caller's process, in the order of finishing: the result, or NULL with the reason why
     * there is none. Nonzero ends the work early. */
    int (*take)(void *context, const struct crew_task *, const void *result, size_t n,
                const char *why);
    /* A process has died over a task, which is tried once more; or NULL. */
    void (*lost)(void *context, const struct crew_task *, const char *why);
    /* About once a second. Nonzero ends the work early. */
    int (*tick)(void *context);
    void *context;
    volatile sig_atomic_t *interrupt; /* nonzero: end early; may be NULL */
};

/* 0: every task was taken. 1: ended early. -errno: no process or memory to be had. */
int workers_run(const struct crew *);

/* The same with other limits than the usual ones, in seconds: for tests. */
struct patience {
    double looping; /* of CPU time without progress: 10 */
    double blocked; /* of real time without progress: 60 */
    double grace;   /* from being asked to end to being killed: 5 */
};
int workers_run_within(const struct crew *, const struct patience *);

#endif
