/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <time.h>

#include "sim/play/watch_part.h"

enum { LOOK_EVERY = 64 }; /* instants between two looks at the real clock */

double real_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void pace_start(struct pace *p, double speed, lb_time now)
{
    *p = (struct pace) { .speed = speed, .real = real_seconds(), .model = (double)now };
}

/* Where the clock is now, after it has gone on. */
static lb_time tick(struct pace *p)
{
    double real = real_seconds();

    if (!p->paused)
        p->model += (real - p->real) * p->speed * 1e9;
    p->real = real;
    return p->model < 9e18 ? (lb_time)p->model : LB_NEVER - 1;
}

void pace_follow(struct pace *p, struct stage *s, double most)
{
    const lb_time aim = isinf(p->speed) && !p->paused ? LB_NEVER - 1 : tick(p);
    const double until = real_seconds() + most;
    uint32_t n = 0;
    lb_time due;

    while (!s->failed && (due = stage_due(s)) <= aim) {
        stage_until(s, due);
        if (++n % LOOK_EVERY == 0 && real_seconds() > until)
            break;
    }
    p->late = !isinf(p->speed) && !s->failed && stage_due(s) <= aim;
    if (!s->failed && !p->late && !isinf(p->speed) && stage_due(s) != LB_NEVER)
        stage_until(s, aim > s->now ? aim : s->now);
    if (p->late || isinf(p->speed)) {
        p->model = (double)s->now;
        p->real = real_seconds();
    }
}

void pace_step(struct pace *p, struct stage *s)
{
    lb_time due = stage_due(s);

    p->paused = true;
    if (due != LB_NEVER)
        stage_until(s, due);
    p->model = (double)s->now;
    p->real = real_seconds();
}
