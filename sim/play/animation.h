/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Films of several policies on the same requests, on one page. A run that is too long for it is
 * shown around the moments that one would like to see; the page says so. */
#ifndef SIM_ANIMATION_H
#define SIM_ANIMATION_H

#include "sim/play/film_pack.h"
#include "sim/scenario/study.h"

enum { ANIMATION_POLICIES = 9, ANIMATION_REQUESTS = 60000, ANIMATION_BYTES = 2000000 };

struct animation_order {
    const struct contender *const *contender; /* of one cell */
    uint32_t n;                               /* 1 .. ANIMATION_POLICIES */
    lb_time from, to;                         /* what to show; 0, LB_NEVER: as it comes */
    volatile const int *stop;
};

struct animation {
    const struct animation_order *order;
    struct film whole[ANIMATION_POLICIES]; /* totals and moments of all that was run */
    struct film film[ANIMATION_POLICIES];
    struct film_bytes bytes[ANIMATION_POLICIES];
    struct film_window window[FILM_WINDOWS];
    uint32_t windows;
    bool windowed;  /* something is left out ... */
    bool shortened; /* ... of what was asked for */
    lb_time unit;
    char why[320];
};

/* 0; -1 with `why`. Close it in each case. */
int animation_make(struct animation *, const struct animation_order *);
void animation_close(struct animation *);

/* The page (plots/player.html): 0 or -errno. */
int animation_write(const struct animation *, FILE *);

#endif
