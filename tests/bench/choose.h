/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The skeleton's balancer: the requests in flight at each server, and a policy behind two function
 * pointers.
 */
#ifndef TESTS_BENCH_CHOOSE_H
#define TESTS_BENCH_CHOOSE_H

#include "tests/bench/draw.h"
#include "tests/bench/reference.h"

/* All servers ordered by length, so that one more or one less is one swap at the edge of a group:
 * those of length k are order[start[k]] to order[start[k + 1] - 1]. */
struct lengths {
    uint32_t *order;
    uint32_t *place; /* of each server in order */
    uint32_t *start;
    uint32_t most; /* the last index of start */
};

struct balancer {
    uint32_t (*pick)(struct balancer *balancer);
    void (*changed)(struct balancer *balancer, uint32_t server, int by); /* if it wants_changes */
    bool wants_changes;
    uint32_t servers;
    uint32_t turn;       /* round robin: the next server */
    uint32_t *in_flight; /* by server */
    struct stream choices;
    struct lengths lengths; /* jsq only */
};

/* A balancer with nothing in flight. Returns 0, or -1 if there is no memory. */
int balancer_start(struct balancer *balancer, const struct reference_options *options);

/* A request more (by = 1) or less (by = -1) in flight at a server. */
static inline void balancer_count(struct balancer *balancer, uint32_t server, int by)
{
    balancer->in_flight[server] += (uint32_t)by;
    if (__builtin_expect(balancer->wants_changes, 0)) {
        balancer->changed(balancer, server, by);
    }
}

#endif
