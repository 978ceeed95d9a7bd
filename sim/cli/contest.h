/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One timed run: of this program, or of a reference loop, each in a process of its own. */
#ifndef SIM_CONTEST_H
#define SIM_CONTEST_H

#include <stdbool.h>
#include <stdint.h>

struct contest_case {
    const char *policy;
    uint32_t servers, links; /* links: 0, or 2: one there and one back */
    uint64_t requests;       /* of which a tenth warms up and is not timed */
    bool all_durations;      /* histograms of all durations, not of latency alone */
    int way;                 /* of ours: enum engine_way */
};

struct contest_time {
    double requests_per_s; /* of CPU time */
    double memory_mb;
};

struct contest {
    char why[256];
};

/* 0, or -1 with contest->why. */
int contest_ours(struct contest *, const struct contest_case *, struct contest_time *);
int contest_reference(struct contest *, const char *loop, const struct contest_case *,
                      struct contest_time *);

#endif
