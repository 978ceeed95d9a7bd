/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A pool of processes that work off numbered tasks. A task that crashes or loops costs itself only:
 * it is named, and another process goes on with the rest. */
#ifndef SIM_WORKERS_H
#define SIM_WORKERS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a task may look at and move while it runs. */
struct task_signs {
    volatile uint64_t *progress; /* to be raised now and then: a task that stops for 10 s of CPU
                                    time is taken to loop, and ended */
    volatile const int *stop;    /* nonzero: end early */
};

struct crew {
    uint32_t tasks, workers;
    /* In a worker: does task i and returns its result as one block from malloc (size in *n), or
     * NULL if memory is out. */
    void *(*work)(void *context, uint32_t task, const struct task_signs *, size_t *n);
    /* In the caller's process, in the order of finishing: the result, or NULL with the reason why
     * the worker gave none. Nonzero ends the work early. */
    int (*take)(void *context, uint32_t task, const void *result, size_t n, const char *why);
    /* About once a second. Nonzero ends the work early. */
    int (*tick)(void *context);
    void *context;
    volatile sig_atomic_t *interrupt; /* nonzero: end early; may be NULL */
};

/* 0: every task was taken. 1: ended early. -errno: no process or memory to be had. */
int workers_run(const struct crew *);

#endif
