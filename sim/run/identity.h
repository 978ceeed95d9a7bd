/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What decides a trial's result, as one hash: two trials of the same identity have the same bytes.
 */
#ifndef SIM_IDENTITY_H
#define SIM_IDENTITY_H

#include "sim/scenario/scenario.h"

#define IDENTITY_BYTES 16

struct identity;

/* Collects all that trials of this scenario have in common, but for their length. `version` is that
 * of the program. NULL: out of memory. */
struct identity *identity_open(const struct scenario *, const char *version);
void identity_close(struct identity *);

/* The plug-ins of the scenario, those within others among them, with the XXH3-64 of their content,
 * "./mine.so 0123456789abcdef, ..."; "" if it has none. To be freed; NULL: out of memory. */
char *identity_plugins(const struct identity *);

/* What tells trials of a scenario apart. */
struct identity_of {
    uint32_t policy, replication;
    uint64_t requests; /* 0: `duration` */
    int64_t duration;
    uint64_t warmup; /* UINT64_MAX: by the scenario's time */
    bool pilot;      /* then replication and warmup are 0 */
};

/* The XXH3-128 of a trial or a pilot: the scenario, the policy with all its parameters (and the
 * content of all plug-ins that it is made of), the seed, the replication, the length and the
 * warm-up. Names and labels are no part of it. 0 or -ENOMEM. */
int identity_hash(const struct identity *, const struct identity_of *,
                  uint8_t hash[IDENTITY_BYTES]);

#endif
