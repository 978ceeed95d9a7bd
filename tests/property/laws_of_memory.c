/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * While a world runs it allocates nothing, but for the queue's bottom array, which doubles. */
#include <inttypes.h>
#include <stdlib.h>

#include "sim/run/asked.h"
#include "tests/property/allocations.h"
#include "tests/property/laws.h"

enum { DOUBLINGS = 20, AGENTS = 1 /* the order in which servers come up */ };

/* A policy starts anew where its balancer comes back. */
static bool comes_back(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->changes_n; i++)
        if (s->changes[i].kind == CHANGE_BALANCER)
            return true;
    return false;
}

void laws_of_memory(struct subject *s, uint32_t policy)
{
    struct world_order order = { .scenario = s->scenario,
                                 .policy = &s->scenario->policies[policy],
                                 .requests =
                                     s->scenario->run.duration ? 0 : s->scenario->run.requests,
                                 .warmup = warmup_of(s->scenario),
                                 .warmup_time = s->scenario->run.warmup_time,
                                 .histograms = (1u << DURATIONS) - 1,
                                 .ahead = UINT32_MAX,
                                 .label = s->policy,
                                 .point = "" };
    struct metrics measured, windows;
    struct world *w = malloc(sizeof *w);
    uint64_t fresh = order.policy->policy->agent ? AGENTS : 0;
    struct allocations done;

    if (!w || comes_back(s->scenario)) {
        free(w);
        return;
    }
    if (asked_open(s->scenario, &measured, &windows) == 0) {
        order.measured = &measured;
        order.windows = &windows;
        measured.counted = s->number % 2; /* with a ledger, and without where nobody asks */
    }
    if (world_open(w, &order) == 0) {
        allocations_start();
        world_run(w);
        done = allocations_stop();
        law_holds(s, LAW_MEMORY, done.fresh <= fresh && done.grown <= DOUBLINGS,
                  "%" PRIu64 " allocations and %" PRIu64 " reallocations in a run", done.fresh,
                  done.grown);
    }
    world_close(w);
    metrics_close(&measured);
    metrics_close(&windows);
    free(w);
}
