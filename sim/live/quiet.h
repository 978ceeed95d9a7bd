/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A process that is to be woken on time: what it asks of the scheduler, and what it got. */
#ifndef SIM_QUIET_H
#define SIM_QUIET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An errno each; 0: obtained; -1: not asked for. */
struct quiet {
    int slack;    /* timers are not put off to be fired together: a slack of 1 ns */
    int slice;    /* a slice of 100 us, so that who sleeps much is let in soon (from Linux 6.12) */
    int realtime; /* SCHED_FIFO: in front of all that is not */
};

/* Asks for the calling thread. Nothing that is refused is an error. */
struct quiet quiet_ask(bool realtime);
/* "timer slack 1 ns, slice 100 us (refused: Operation not permitted)"; room 160 is enough. */
void quiet_write(const struct quiet *, char *text, size_t room);

/* How late timers of the event loop fire, real s. */
struct timer_test {
    double p50, p99, most;
    uint32_t n;
};
enum { TIMER_TEST_TIMERS = 200, TIMER_TEST_TIMES = 5 };
#define TIMER_TEST_COARSE 200e-6 /* s: a median above it, and nothing can be measured */

/* Lets so many timers fire, within about a quarter of a second, and again if they were late, so
 * many times: a machine that is busy for a moment is not one with coarse timers. 0, or -1 with
 * `why`: there are none, or they are too coarse. */
int timer_test(struct timer_test *, char *why, size_t room);

/* What the host's processors did, in ticks since they were started: of all there were, those that
 * another guest of the same machine had. */
struct steal {
    uint64_t all, stolen;
};
struct steal steal_now(void); /* zeros: it cannot be told */
/* The share that was stolen between two looks; NAN: it cannot be told. */
double steal_share(struct steal before, struct steal after);

#endif
