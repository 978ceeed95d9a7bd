/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Priority classes, first in first out within each; with and without interruption. */
#include "models/server/ranked.h"

static bool goes_first(const void *all, uint32_t a, uint32_t b)
{
    const struct visit *jobs = all;

    if (jobs[a].priority != jobs[b].priority)
        return jobs[a].priority > jobs[b].priority;
    return jobs[a].number < jobs[b].number;
}

static bool goes_last(const void *jobs, uint32_t a, uint32_t b)
{
    return goes_first(jobs, b, a);
}

static bool interrupts(const struct station *s, const struct visit *jobs, uint32_t job, lb_time now)
{
    (void)now;
    return jobs[job].priority > jobs[s->victims].priority;
}

static const struct ranking patient = { RANKED_BY(goes_first), RANKED_BY(goes_last), NULL };
static const struct ranking preemptive = { RANKED_BY(goes_first), RANKED_BY(goes_last),
                                           interrupts };

static uint32_t arrive(void *server, void *jobs, uint32_t job, const struct task *task, lb_time now)
{
    return ranked_arrive(&patient, server, jobs, job, task, now);
}

static uint32_t leave(void *server, void *jobs, uint32_t job, lb_time now)
{
    return ranked_leave(&patient, server, jobs, job, now);
}

static uint32_t arrive_preemptive(void *server, void *jobs, uint32_t job, const struct task *task,
                                  lb_time now)
{
    return ranked_arrive(&preemptive, server, jobs, job, task, now);
}

static uint32_t leave_preemptive(void *server, void *jobs, uint32_t job, lb_time now)
{
    return ranked_leave(&preemptive, server, jobs, job, now);
}

const struct discipline discipline_priority = {
    .name = "priority",
    .summary = "the highest priority first, first in first out within one; no interruption",
    .source = "Cobham 1954, Priority assignment in waiting line problems",
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

const struct discipline discipline_priority_preemptive = {
    .name = "priority_preemptive",
    .summary = "the highest priority first: a higher one interrupts a lower, which resumes",
    .source = "White, Christie 1958, Queuing with preemptive priorities or with breakdown",
    .server_size = sizeof(struct station),
    .job_size = sizeof(struct visit),
    .open = station_open,
    .arrive = arrive_preemptive,
    .finish = leave_preemptive,
    .remove = leave_preemptive,
    .pace = station_pace,
    .due = station_due,
    .began = station_began,
    .left = station_left,
    .next = station_next,
};
