/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The worker's half of the pool (workers.h): what one process does, and what passes its pipes. */
#ifndef SIM_LABOUR_H
#define SIM_LABOUR_H

#include "sim/run/workers.h"

enum { PIPE_BYTES = 1 << 20 };

/* What a worker shares with its coordinator; a cache line of its own. */
struct post {
    _Alignas(64) volatile uint64_t progress;
};

/* What comes before each result. */
struct result_header {
    uint64_t size;
    uint64_t lost; /* nonzero: the result would not fit memory */
};

/* Reads tasks and writes their results until there are no more tasks, or `stop`. */
_Noreturn void labour(const struct crew *, struct post *, const volatile int *stop, int from,
                      int to);

/* False: the other end is closed. */
bool read_task(int from, struct crew_task *);
bool write_all(int to, const void *data, size_t n);

#endif
