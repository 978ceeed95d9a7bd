/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Last in, first out, preemptive resume. In the list by arrival all in service come after all who
 * wait, so that the two meet at one edge. */
#include "models/server/station.h"

static uint32_t arrive(void *server, void *all, uint32_t job, const struct task *task, lb_time now)
{
    struct station *s = server;
    struct visit *jobs = all;

    station_enter(s, jobs, job, task);
    if (s->edge == JOB_NONE) {
        s->edge = job;
    } else if (s->running == s->cores) {
        station_stop(s, jobs, s->edge, now);
        s->edge = jobs[s->edge].younger;
    }
    return station_start(s, jobs, job, now);
}

static uint32_t leave(void *server, void *all, uint32_t job, lb_time now)
{
    struct station *s = server;
    struct visit *jobs = all;
    bool served = in_service(&jobs[job]);
    uint32_t next;

    if (s->edge == job)
        s->edge = jobs[job].younger;
    station_leave(s, jobs, job);
    next = s->edge == JOB_NONE ? s->youngest : jobs[s->edge].older;
    if (!served || next == JOB_NONE)
        return JOB_NONE;
    s->edge = next;
    return station_start(s, jobs, next, now);
}

const struct discipline discipline_lifo = {
    .name = "lifo",
    .summary = "last in, first out: an arrival interrupts the oldest in service, which resumes",
    .source = "Kleinrock 1976, Queueing Systems II, section 4.2",
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
