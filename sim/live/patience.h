/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Deadlines of connections, without a timer or a look at the clock for each: one timer walks over
 * all of them now and then, stamps what it finds waiting for something new, and ends what has
 * waited too long. A deadline is late by two walks at most. */
#ifndef SIM_PATIENCE_H
#define SIM_PATIENCE_H

#include "sim/live/channel.h"

/* What a connection waits for. */
enum await {
    AWAIT_NOTHING,
    AWAIT_CONNECT,
    AWAIT_IDLE,
    AWAIT_HEADER,
    AWAIT_BODY,
    AWAIT_WRITE,
    AWAIT_END /* the peer has all that it will get; it may read it to its end */
};

struct patience {
    enum await await;
    int64_t until; /* CLOCK_MONOTONIC, ns; 0: not stamped yet */
};

static inline void patience_set(struct patience *p, enum await await)
{
    if (p->await != await)
        *p = (struct patience) { .await = await };
}

/* True: it has waited too long at `now`. */
bool patience_ends(struct patience *, const struct channel_limits *, int64_t now);
/* ns between two walks: short enough for the shortest limit. */
int64_t patience_walk(const struct channel_limits *);
/* CLOCK_MONOTONIC, ns, as good as some milliseconds. */
int64_t patience_now(void);

#endif
