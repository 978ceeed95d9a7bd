/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Processor sharing by virtual time (Kleinrock, Queueing Systems II, 4.4; the virtual clock is that
 * of fair queueing): V(t) is the work that a job present since the server last fell idle has got.
 * A job leaves when V reaches its own V at arrival plus its work, so that an arrival or a departure
 * changes one rate and no job. The jobs stand in a pairing heap by that mark. */
#include "models/server.h"

struct ps_server {
    double attained; /* V, ns of work */
    double speed;
    lb_time since; /* when `attained` was last brought up to date */
    uint32_t cores, jobs, root;
};

struct ps_job {
    double mark; /* V at which it leaves */
    uint32_t child, sibling;
};

static void open_ps(void *server, uint32_t cores, double speed)
{
    *(struct ps_server *)server = (struct ps_server) { 0.0, speed, 0, cores, 0, JOB_NONE };
}

/* Work per time that each job gets. */
static double rate(const struct ps_server *s)
{
    return s->jobs <= s->cores ? s->speed : s->speed * (double)s->cores / (double)s->jobs;
}

static void advance(struct ps_server *s, lb_time now)
{
    if (s->jobs)
        s->attained += (double)(now - s->since) * rate(s);
    s->since = now;
}

/* Ties go by index of the job, so that the order of departures is total. */
static uint32_t meld(struct ps_job *jobs, uint32_t a, uint32_t b)
{
    if (a == JOB_NONE)
        return b;
    if (b == JOB_NONE)
        return a;
    if (jobs[b].mark < jobs[a].mark || (jobs[b].mark <= jobs[a].mark && b < a)) {
        uint32_t other = a;

        a = b;
        b = other;
    }
    jobs[b].sibling = jobs[a].child;
    jobs[a].child = b;
    return a;
}

/* The two passes of a pairing heap's delete-min: pair up from the left, then meld from the right.
 */
static uint32_t meld_children(struct ps_job *jobs, uint32_t first)
{
    uint32_t pairs = JOB_NONE, root = JOB_NONE;

    while (first != JOB_NONE) {
        uint32_t a = first, b = jobs[a].sibling;

        first = b == JOB_NONE ? JOB_NONE : jobs[b].sibling;
        jobs[a].sibling = JOB_NONE;
        if (b != JOB_NONE)
            jobs[b].sibling = JOB_NONE;
        a = meld(jobs, a, b);
        jobs[a].sibling = pairs;
        pairs = a;
    }
    while (pairs != JOB_NONE) {
        uint32_t next = jobs[pairs].sibling;

        jobs[pairs].sibling = JOB_NONE;
        root = meld(jobs, root, pairs);
        pairs = next;
    }
    return root;
}

static void arrive(void *server, void *all, uint32_t job, lb_time work, lb_time now)
{
    struct ps_server *s = server;
    struct ps_job *jobs = all;

    advance(s, now);
    if (s->jobs == 0)
        s->attained = 0.0; /* keeps the clock small, and with it the rounding */
    jobs[job] = (struct ps_job) { s->attained + (double)work, JOB_NONE, JOB_NONE };
    s->root = meld(jobs, s->root, job);
    s->jobs++;
}

static lb_time due(const void *server, const void *all, uint32_t *job)
{
    const struct ps_server *s = server;
    const struct ps_job *jobs = all;
    double left;
    lb_time whole;

    if (s->jobs == 0)
        return LB_NEVER;
    *job = s->root;
    left = (jobs[s->root].mark - s->attained) / rate(s);
    if (left <= 0.0)
        return s->since;
    if (left >= 9.0e18)
        return LB_NEVER;
    whole = (lb_time)left;
    return s->since + whole + ((double)whole < left); /* never before it is done */
}

static void finish(void *server, void *all, uint32_t job, lb_time now)
{
    struct ps_server *s = server;
    struct ps_job *jobs = all;

    advance(s, now);
    s->root = meld_children(jobs, jobs[job].child);
    s->jobs--;
}

static uint32_t present(const void *server)
{
    return ((const struct ps_server *)server)->jobs;
}

static double busy(const void *server)
{
    const struct ps_server *s = server;

    return (double)(s->jobs < s->cores ? s->jobs : s->cores);
}

const struct discipline discipline_ps = {
    .name = "ps",
    .summary = "processor sharing: all requests at once, each at min(1, cores / requests) speed",
    .source = "Kleinrock 1976, Queueing Systems II, section 4.4",
    .server_size = sizeof(struct ps_server),
    .job_size = sizeof(struct ps_job),
    .open = open_ps,
    .arrive = arrive,
    .due = due,
    .finish = finish,
    .present = present,
    .busy = busy,
};
