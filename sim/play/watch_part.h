/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the parts of `lbsim watch` share: a clock that goes along with the real one, or as fast as
 * it can. */
#ifndef SIM_WATCH_PART_H
#define SIM_WATCH_PART_H

#include "sim/play/watch.h"

/* Model time follows real time at a speed, but never runs ahead of the worlds. */
struct pace {
    double speed;
    double real;  /* seconds, when it was looked at last */
    double model; /* ns, then */
    bool paused, late;
};

double real_seconds(void);
void pace_start(struct pace *, double speed, lb_time now);
/* Lets the worlds go on to where the clock is by now; for no longer than `most` real seconds, and
 * the clock waits for them. */
void pace_follow(struct pace *, struct stage *, double most);
/* To the next instant at which something happens. */
void pace_step(struct pace *, struct stage *);

/* Prints the stage line by line until it is over; 0, or a signal. */
int watch_plain(struct stage *, const struct watch_order *, volatile const int *ended);
/* In a terminal: 0, a signal, or -1 with errno. */
int watch_screen(struct stage *, const struct watch_order *);
/* The table of counters. */
void watch_counters(const struct stage *, const char *name);

#endif
