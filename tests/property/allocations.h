/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Counts allocations of this process between two points. Not under sanitizers, which have
 * allocators of their own. */
#ifndef TESTS_ALLOCATIONS_H
#define TESTS_ALLOCATIONS_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ALLOCATIONS_COUNTED 0
#else
#define ALLOCATIONS_COUNTED 1
#endif

struct allocations {
    uint64_t fresh; /* malloc, calloc, and their aligned kin */
    uint64_t grown; /* realloc */
};

void allocations_start(void);
struct allocations allocations_stop(void);

#endif
