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
    double low; /* TIMER_TEST_LOW of them are no later */
    double p50, p99, most;
    uint32_t n; /* 0: not tested */
};
enum { TIMER_TEST_TIMERS = 200, TIMER_TEST_TIMES = 5 };
/* A source that rounds up to whole ms is late by anything from 0 to 1 ms, so by 200 us at this
 * share. On a busy machine many timers are late, but not those that find a processor idle. */
#define TIMER_TEST_LOW    0.2
#define TIMER_TEST_COARSE 100e-6 /* s: later than that there, and nothing can be measured */

/* Lets so many timers fire, within about a quarter of a second, and again while they look coarse,
 * so many times. It judges where timers come from: whether the machine is quiet enough is the
 * gate's to say. 0, or -1 with `why`: there are none, or they are too coarse. */
int timer_test(struct timer_test *, char *why, size_t room);
/* The same from so many latenesses, which it sorts; n > 0. */
void timer_test_of(double *late, uint32_t n, struct timer_test *);
bool timer_is_coarse(const struct timer_test *);

/* What the host's processors did, in ticks since they were started: of all there were, those that
 * another guest of the same machine had. */
struct steal {
    uint64_t all, stolen;
};
struct steal steal_now(void); /* zeros: it cannot be told */
/* The share that was stolen between two looks; NAN: it cannot be told. */
double steal_share(struct steal before, struct steal after);

#endif
