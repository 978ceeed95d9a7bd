/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A scenario to look at: in a terminal, slowed down, with keys; or as plain lines. */
#ifndef SIM_WATCH_H
#define SIM_WATCH_H

#include "sim/play/stage.h"

struct watch_order {
    const struct study *study; /* of one point; its contenders are watched, STAGE_MOST at most */
    double speed; /* model seconds a second; INFINITY: as fast as it goes; 0: the default */
    uint32_t fps; /* frames a second at most */
    bool plain;   /* lines, even in a terminal */
    bool color;
};

enum watch_end {
    WATCH_DONE,        /* all that will happen has, or somebody has seen enough */
    WATCH_INTERRUPTED, /* by a signal */
    WATCH_FAILED,      /* a world: `why` */
    WATCH_BROKEN       /* the machine: `why` */
};

/* Shows it, then prints the counters to standard output. */
enum watch_end watch(const struct watch_order *, char *why, size_t room);

#endif
