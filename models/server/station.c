/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/server/station.h"

static bool ends_before(const void *all, uint32_t a, uint32_t b)
{
    const struct visit *jobs = all;

    if (jobs[a].end != jobs[b].end)
        return jobs[a].end < jobs[b].end;
    return jobs[a].number < jobs[b].number;
}

static const struct heap_kind by_end = { sizeof(struct visit), offsetof(struct visit, ends),
                                         ends_before };

/* ---- Work and time. */

static lb_time end_of(double left, double speed, lb_time now)
{
    double span = left / speed;

    if (speed <= 0.0 || span >= 9.0e18 - (double)now)
        return LB_NEVER;
    return now + (lb_time)(span + 0.5);
}

static double left_at(const struct visit *v, double speed, lb_time now)
{
    double left = in_service(v) ? v->left - (double)(now - v->since) * speed : v->left;

    return left > 0.0 ? left : 0.0;
}

/* ---- In and out. */

void station_enter(struct station *s, struct visit *jobs, uint32_t job, const struct task *task)
{
    jobs[job] = (struct visit) { .left = (double)task->work,
                                 .since = LB_NEVER,
                                 .end = LB_NEVER,
                                 .began = LB_NEVER,
                                 .number = s->arrivals++,
                                 .older = s->youngest,
                                 .younger = JOB_NONE,
                                 .priority = task->priority };
    if (s->youngest == JOB_NONE)
        s->oldest = job;
    else
        jobs[s->youngest].younger = job;
    s->youngest = job;
}

uint32_t station_start(struct station *s, struct visit *jobs, uint32_t job, lb_time now)
{
    struct visit *v = &jobs[job];
    bool first = v->began == LB_NEVER;

    v->since = now;
    v->end = end_of(v->left, s->speed, now);
    s->ends = heap_add(&by_end, jobs, s->ends, job);
    s->running++;
    if (!first)
        return JOB_NONE;
    v->began = now;
    return job;
}

static void give_up_core(struct station *s, struct visit *jobs, uint32_t job)
{
    s->ends = heap_remove(&by_end, jobs, s->ends, job);
    s->running--;
}

void station_stop(struct station *s, struct visit *jobs, uint32_t job, lb_time now)
{
    struct visit *v = &jobs[job];

    give_up_core(s, jobs, job);
    v->left = left_at(v, s->speed, now);
    v->since = v->end = LB_NEVER;
}

void station_leave(struct station *s, struct visit *jobs, uint32_t job)
{
    const struct visit *v = &jobs[job];

    if (in_service(v))
        give_up_core(s, jobs, job);
    if (v->older == JOB_NONE)
        s->oldest = v->younger;
    else
        jobs[v->older].younger = v->younger;
    if (v->younger == JOB_NONE)
        s->youngest = v->older;
    else
        jobs[v->younger].older = v->older;
}

/* ---- Entries of a discipline's table. */

void station_open(void *server, uint32_t cores, double speed)
{
    *(struct station *)server = (struct station) { .speed = speed,
                                                   .cores = cores,
                                                   .ends = JOB_NONE,
                                                   .oldest = JOB_NONE,
                                                   .youngest = JOB_NONE,
                                                   .edge = JOB_NONE,
                                                   .waiting = JOB_NONE,
                                                   .victims = JOB_NONE };
}

/* Ends that differed may fall together at the new speed and then go by arrival: a new heap. */
void station_pace(void *server, void *all, double speed, lb_time now)
{
    struct station *s = server;
    struct visit *jobs = all;
    uint32_t job, ends = JOB_NONE;

    while ((job = s->ends) != JOB_NONE) {
        s->ends = heap_remove(&by_end, jobs, s->ends, job);
        jobs[job].left = left_at(&jobs[job], s->speed, now);
        jobs[job].since = now;
        jobs[job].end = end_of(jobs[job].left, speed, now);
        ends = heap_add(&by_end, jobs, ends, job);
    }
    s->ends = ends;
    s->speed = speed;
}

lb_time station_due(const void *server, const void *all, uint32_t *job)
{
    const struct station *s = server;
    const struct visit *jobs = all;

    if (s->ends == JOB_NONE || jobs[s->ends].end == LB_NEVER)
        return LB_NEVER;
    *job = s->ends;
    return jobs[s->ends].end;
}

lb_time station_began(const void *all, uint32_t job)
{
    return ((const struct visit *)all)[job].began;
}

double station_left(const void *server, const void *all, uint32_t job, lb_time now)
{
    return left_at(&((const struct visit *)all)[job], ((const struct station *)server)->speed, now);
}

uint32_t station_next(const void *server, const void *all, uint32_t previous)
{
    if (previous == JOB_NONE)
        return ((const struct station *)server)->oldest;
    return ((const struct visit *)all)[previous].younger;
}
