/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Several worlds of one scenario, each with a policy of its own, on the same requests and always at
 * the same instant. Whoever looks at them may be slow: what happens in them depends on the scenario
 * and its seed alone, and is what `lbsim run` has as its first replication. */
#ifndef SIM_STAGE_H
#define SIM_STAGE_H

#include "sim/run/wire.h"
#include "sim/scenario/study.h"

enum { STAGE_MOST = 16, RECENT = 200, NEWS_MOST = 256 };

/* The requests completed last. */
struct recent {
    lb_time at[RECENT], latency[RECENT];
    uint32_t n, next;
};

/* A policy at work. */
struct act {
    struct world world;
    struct world_order order;
    struct onlooker onlooker;
    const char *label;
    struct recent recent;
    struct stage *stage;
    uint64_t idle_since; /* w->events when nothing but timers was left; 0: it is not so */
    bool open, over;     /* over: all that will happen has */
};

/* What is told of the timeline and of faults. */
struct news {
    lb_time at;
    char text[160];
};

struct stage {
    struct act *act[STAGE_MOST];
    uint32_t acts;
    lb_time now;
    struct news news[NEWS_MOST]; /* the n-th at n % NEWS_MOST */
    uint64_t news_n;
    lb_time news_due; /* when a change of the timeline begins or ends next */
    bool failed;
    char why[400];
};

/* Opens the worlds of these contenders: 0; -1 with `why`, the first that could not be. An order to
 * stop comes by `stop`. Close it in each case. */
int stage_open(struct stage *, const struct contender *, uint32_t n, volatile const int *stop);
void stage_close(struct stage *);

/* When something is due next; LB_NEVER: all is over. */
lb_time stage_due(const struct stage *);
/* Does all that is due up to `now`. A world that is over is accounted for. */
void stage_until(struct stage *, lb_time now);

/* Model seconds that go by in a second if a mean service is to take a second. */
double stage_pace(const struct scenario *);
/* How long it will be, in model time, about. */
lb_time stage_span(const struct stage *);
/* Requests that it will have, about. */
uint64_t stage_length(const struct stage *);

#endif
