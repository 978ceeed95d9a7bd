/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * First in, first out. In the list by arrival all who wait come after all in service. */
#include "models/server/station.h"

static uint32_t arrive(void *server, void *jobs, uint32_t job, const struct task *task, lb_time now)
{
    struct station *s = server;

    station_enter(s, jobs, job, task);
    if (s->running < s->cores)
        return station_start(s, jobs, job, now);
    if (s->edge == JOB_NONE)
        s->edge = job;
    return JOB_NONE;
}

static uint32_t leave(void *server, void *all, uint32_t job, lb_time now)
{
    struct station *s = server;
    struct visit *jobs = all;
    uint32_t next;

    if (s->edge == job)
        s->edge = jobs[job].younger;
    station_leave(s, jobs, job);
    next = s->edge;
    if (next == JOB_NONE || s->running == s->cores)
        return JOB_NONE;
    s->edge = jobs[next].younger;
    return station_start(s, jobs, next, now);
}

const struct discipline discipline_fifo = {
    .name = "fifo",
    .summary = "first in, first out: each core serves one request at a time",
    .source = "Kiefer, Wolfowitz 1955",
    .server_size = sizeof(struct station),
    .job_size = sizeof(struct visit),
    .open = station_open,
    .arrive = arrive,
    .finish = leave,
    .remove = leave,
    .pace = station_pace,
    .due = station_due,
    .began = station_began,
    .left = station_left,
    .next = station_next,
};
