/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/patience.h"

#include <time.h>

enum { WALK_LEAST = 5000000, WALK_MOST = 100000000 }; /* ns */
static const int64_t end_time = 1000000000;           /* for a peer to read a last answer */

static int64_t limit_of(const struct channel_limits *limits, enum await await)
{
    switch (await) {
    case AWAIT_CONNECT:
        return limits->connect_time;
    case AWAIT_IDLE:
        return limits->idle_time;
    case AWAIT_HEADER:
        return limits->header_time;
    case AWAIT_BODY:
        return limits->body_time;
    case AWAIT_WRITE:
        return limits->write_time;
    case AWAIT_END:
        return end_time;
    default:
        return 0;
    }
}

bool patience_ends(struct patience *p, const struct channel_limits *limits, int64_t now)
{
    const int64_t limit = limit_of(limits, p->await);

    if (limit == 0)
        return false;
    if (p->until == 0)
        p->until = now + limit;
    return now >= p->until;
}

int64_t patience_walk(const struct channel_limits *limits)
{
    int64_t walk = WALK_MOST;

    for (enum await await = AWAIT_CONNECT; await <= AWAIT_END; await++) {
        const int64_t limit = limit_of(limits, await);

        if (limit > 0 && limit / 4 < walk)
            walk = limit / 4;
    }
    return walk > WALK_LEAST ? walk : WALK_LEAST;
}

int64_t patience_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
