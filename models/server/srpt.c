/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Shortest remaining processing time (Schrage, Miller 1966). All in service lose work at one rate,
 * so that the one with the most left is the one that ends last: its rank never changes while it
 * runs. */
#include "models/server/ranked.h"

static bool less_left(const void *all, uint32_t a, uint32_t b)
{
    const struct visit *jobs = all;

    if (jobs[a].left < jobs[b].left || jobs[a].left > jobs[b].left)
        return jobs[a].left < jobs[b].left;
    return jobs[a].number < jobs[b].number;
}

/* The one that ends last. Where none ever ends, at speed 0, the work left stands still too. */
static bool ends_after(const void *all, uint32_t a, uint32_t b)
{
    const struct visit *jobs = all;

    if (jobs[a].end != jobs[b].end)
        return jobs[a].end > jobs[b].end;
    if (jobs[a].end == LB_NEVER)
        return less_left(jobs, b, a);
    return jobs[a].number > jobs[b].number;
}

static bool interrupts(const struct station *s, const struct visit *jobs, uint32_t job, lb_time now)
{
    return jobs[job].left < station_left(s, jobs, s->victims, now);
}

static const struct ranking ranking = { RANKED_BY(less_left), RANKED_BY(ends_after), interrupts };

static uint32_t arrive(void *server, void *jobs, uint32_t job, const struct task *task, lb_time now)
{
    return ranked_arrive(&ranking, server, jobs, job, task, now);
}

static uint32_t leave(void *server, void *jobs, uint32_t job, lb_time now)
{
    return ranked_leave(&ranking, server, jobs, job, now);
}

static void pace(void *server, void *jobs, double speed, lb_time now)
{
    struct station *s = server;
    uint32_t job, victims = JOB_NONE;

    station_pace(s, jobs, speed, now);
    while ((job = s->victims) != JOB_NONE) {
        s->victims = heap_remove(&ranking.victims, jobs, s->victims, job);
        victims = heap_add(&ranking.victims, jobs, victims, job);
    }
    s->victims = victims;
}

const struct discipline discipline_srpt = {
    .name = "srpt",
    .summary = "shortest remaining processing time: less work left interrupts more",
    .source = "Schrage, Miller 1966, The queue M/G/1 with the shortest remaining processing time",
    .server_size = sizeof(struct station),
    .job_size = sizeof(struct visit),
    .open = station_open,
    .arrive = arrive,
    .finish = leave,
    .remove = leave,
    .pace = pace,
    .due = station_due,
    .began = station_began,
    .left = station_left,
    .next = station_next,
};
