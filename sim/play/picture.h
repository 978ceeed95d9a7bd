/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The picture that `lbsim watch` shows: a line of what and when, a panel for each policy with its
 * counters and its servers as bars, the last news, and the keys. */
#ifndef SIM_PICTURE_H
#define SIM_PICTURE_H

#include "sim/play/canvas.h"
#include "sim/play/sight.h"

struct picture {
    const char *name; /* of the scenario */
    lb_time now;
    double speed;                  /* model seconds a second; INFINITY: as fast as it goes */
    uint64_t length;               /* requests in all, about */
    bool paused, late, over, help; /* late: slower than the speed asked for */
    uint32_t policies;
    const struct sight *sight; /* of each policy; those that are shown have been taken */
    const struct news *news;   /* the last ones, oldest first */
    uint32_t news_n;
};

/* Which policies a frame of this size shows, and how. There are views: pages of as many policies as
 * fit beside and below each other, then each policy alone, unless the pages have it so. */
struct panels {
    uint32_t first, n;      /* these */
    uint32_t across, down;  /* how they lie */
    uint32_t width, height; /* of each */
    uint32_t columns, rows; /* of its servers */
    uint32_t views;         /* in all */
};
/* For the most servers of any policy; view: 0 .. views - 1, or from the start again. */
struct panels panels_for(uint32_t rows, uint32_t columns, uint32_t policies, uint32_t view,
                         uint32_t servers);
/* Room for so many servers in each panel. */
static inline uint32_t panels_servers(const struct panels *p)
{
    return p->columns * p->rows;
}

void picture_draw(struct canvas *, const struct picture *, const struct panels *);

/* "12.3ms", "1.5s", "-" for NAN; answers `room`. */
enum { TOLD_ROOM = 32 };
const char *told_time(double seconds, char room[TOLD_ROOM]);
const char *told_roughly(double seconds, char room[TOLD_ROOM]); /* to three digits */
/* The clock of a model: seconds, with as many places as `unit` (seconds) is worth. */
const char *told_clock(lb_time now, double unit, char room[TOLD_ROOM]);

#endif
