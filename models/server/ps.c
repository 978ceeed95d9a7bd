/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Processor sharing by virtual time (Kleinrock, Queueing Systems II, 4.4; the virtual clock is that
 * of fair queueing): V(t) is the work that a job present since the server last fell idle has got.
 * A job leaves when V reaches its own V at arrival plus its work, so that an arrival, a departure
 * or a change of speed changes one rate and no job. The jobs stand in a pairing heap by that mark.
 */
#include "models/server/heap.h"

struct ps_server {
    double attained; /* V, ns of work */
    double speed;
    uint64_t arrivals;
    lb_time since; /* when `attained` was last brought up to date */
    uint32_t cores, jobs, root;
    uint32_t oldest, youngest; /* all jobs, in a list by order of arrival */
};

struct ps_job {
    double mark; /* V at which it leaves */
    uint64_t number;
    lb_time began;
    struct heap_link link;
    uint32_t older, younger;
};

static bool leaves_before(const void *all, uint32_t a, uint32_t b)
{
    const struct ps_job *jobs = all;

    if (jobs[a].mark < jobs[b].mark || jobs[a].mark > jobs[b].mark)
        return jobs[a].mark < jobs[b].mark;
    return jobs[a].number < jobs[b].number;
}

static const struct heap_kind by_mark = { sizeof(struct ps_job), offsetof(struct ps_job, link),
                                          leaves_before };

static void open_ps(void *server, uint32_t cores, double speed)
{
    *(struct ps_server *)server = (struct ps_server) {
        .speed = speed, .cores = cores, .root = JOB_NONE, .oldest = JOB_NONE, .youngest = JOB_NONE
    };
}

/* Work per time that each job gets. */
static double rate(const struct ps_server *s)
{
    return s->jobs <= s->cores ? s->speed : s->speed * (double)s->cores / (double)s->jobs;
}

static double attained_at(const struct ps_server *s, lb_time now)
{
    return s->jobs ? s->attained + (double)(now - s->since) * rate(s) : s->attained;
}

static void advance(struct ps_server *s, lb_time now)
{
    s->attained = attained_at(s, now);
    s->since = now;
}

static uint32_t arrive(void *server, void *all, uint32_t job, const struct task *task, lb_time now)
{
    struct ps_server *s = server;
    struct ps_job *jobs = all;

    advance(s, now);
    if (s->jobs == 0)
        s->attained = 0.0; /* keeps the clock small, and with it the rounding */
    jobs[job] = (struct ps_job) { .mark = s->attained + (double)task->work,
                                  .number = s->arrivals++,
                                  .began = now,
                                  .older = s->youngest,
                                  .younger = JOB_NONE };
    if (s->youngest == JOB_NONE)
        s->oldest = job;
    else
        jobs[s->youngest].younger = job;
    s->youngest = job;
    s->root = heap_add(&by_mark, jobs, s->root, job);
    s->jobs++;
    return job;
}

static uint32_t leave(void *server, void *all, uint32_t job, lb_time now)
{
    struct ps_server *s = server;
    struct ps_job *jobs = all;
    const struct ps_job *j = &jobs[job];

    advance(s, now);
    s->root = heap_remove(&by_mark, jobs, s->root, job);
    if (j->older == JOB_NONE)
        s->oldest = j->younger;
    else
        jobs[j->older].younger = j->younger;
    if (j->younger == JOB_NONE)
        s->youngest = j->older;
    else
        jobs[j->younger].older = j->older;
    s->jobs--;
    return JOB_NONE;
}

static void pace(void *server, void *jobs, double speed, lb_time now)
{
    struct ps_server *s = server;

    (void)jobs;
    advance(s, now);
    s->speed = speed;
}

static lb_time due(const void *server, const void *all, uint32_t *job)
{
    const struct ps_server *s = server;
    const struct ps_job *jobs = all;
    double left;
    lb_time whole;

    if (s->jobs == 0 || s->speed <= 0.0)
        return LB_NEVER;
    left = (jobs[s->root].mark - s->attained) / rate(s);
    if (left >= 9.0e18 - (double)s->since)
        return LB_NEVER;
    *job = s->root;
    if (left <= 0.0)
        return s->since;
    whole = (lb_time)left;
    return s->since + whole + ((double)whole < left); /* never before it is done */
}

static lb_time began(const void *all, uint32_t job)
{
    return ((const struct ps_job *)all)[job].began;
}

static double left_of(const void *server, const void *all, uint32_t job, lb_time now)
{
    double left = ((const struct ps_job *)all)[job].mark - attained_at(server, now);

    return left > 0.0 ? left : 0.0;
}

static uint32_t next(const void *server, const void *all, uint32_t previous)
{
    if (previous == JOB_NONE)
        return ((const struct ps_server *)server)->oldest;
    return ((const struct ps_job *)all)[previous].younger;
}

const struct discipline discipline_ps = {
    .name = "ps",
    .summary = "processor sharing: all requests at once, each at min(1, cores / requests) speed",
    .source = "Kleinrock 1976, Queueing Systems II, section 4.4",
    .server_size = sizeof(struct ps_server),
    .job_size = sizeof(struct ps_job),
    .shares = true,
    .open = open_ps,
    .arrive = arrive,
    .finish = leave,
    .remove = leave,
    .pace = pace,
    .due = due,
    .began = began,
    .left = left_of,
    .next = next,
};
