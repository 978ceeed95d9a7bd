/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/experiment.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "sim/run/field.h"

static void begin(struct experiment *e)
{
    memset(e, 0, sizeof *e);
    e->ahead = UINT32_MAX;
    e->pool = workers_run;
}

int experiment_open(struct experiment *e, const struct study *study)
{
    begin(e);
    e->study = study;
    return points_open(e, study->contenders, study->contenders_n, false);
}

int experiment_open_single(struct experiment *e, const struct study *study)
{
    begin(e);
    e->study = study;
    return points_open(e, study->contenders, study->contenders_n, true);
}

int experiment_open_one(struct experiment *e, const struct scenario *scenario)
{
    struct contender *all = calloc(scenario->policies_n + 1, sizeof all[0]);
    int failed = -ENOMEM;
    uint32_t i;

    begin(e);
    for (i = 0; all && i < scenario->policies_n; i++)
        all[i] = (struct contender) { 0, scenario, i };
    if (all)
        failed = points_open(e, all, scenario->policies_n, false);
    free(all);
    return failed;
}

void experiment_close(struct experiment *e)
{
    points_close(e);
}

const struct point *experiment_find(const struct experiment *e, uint32_t cell, const char *label)
{
    uint32_t i;

    for (i = e->first[cell]; i < e->first[cell + 1]; i++)
        if (!strcmp(e->points[i].policy->label, label))
            return &e->points[i];
    return NULL;
}

int experiment_extend(struct experiment *e, uint32_t point, uint32_t replications)
{
    struct point *p = &e->points[e->points[point].twin];

    if (replications <= p->replications)
        return 0;
    if (!points_make_room(p, replications))
        return -ENOMEM;
    e->trials += replications - p->replications;
    p->replications = p->to = replications;
    if (p->state == POINT_CLOSED)
        p->state = POINT_OPEN;
    if (p->cell < e->open)
        e->open = p->cell;
    return 0;
}

static double length_of(const struct point *p)
{
    struct scenario s = point_round(p, p->requests, p->duration);

    return (double)trial_length(&s);
}

double experiment_rest(const struct experiment *e)
{
    double cpu = 0.0, requests = 0.0, rest = 0.0;
    uint32_t i;

    for (i = 0; i < e->points_n; i++) {
        cpu += e->points[i].cpu_s;
        requests += (double)e->points[i].cpu_requests;
    }
    if (requests <= 0.0)
        return NAN;
    for (i = 0; i < e->points_n; i++) {
        const struct point *p = &e->points[i];
        double left = (double)(p->to - p->next) + 0.5 * (double)p->in_hand;

        if (p->twin == i && p->state != POINT_CLOSED)
            rest += left * length_of(p) *
                    (p->cpu_requests ? p->cpu_s / (double)p->cpu_requests : cpu / requests);
    }
    return rest / (double)(e->workers ? e->workers : 1);
}

/* ---- Rehearsal. */

struct rehearsal {
    struct experiment *e;
    uint32_t next;
    void (*refuse)(void *, const struct point *, const char *);
    void *context;
    int refused;
    bool memory; /* there was not enough */
};

static enum crew_next next_rehearsal(void *context, struct crew_task *task)
{
    struct rehearsal *r = context;
    const struct experiment *e = r->e;

    while (r->next < e->points_n && e->points[r->next].twin != r->next)
        r->next++;
    if (r->next >= e->points_n)
        return CREW_DONE;
    *task = (struct crew_task) { .what = TASK_REHEARSAL,
                                 .point = r->next,
                                 .requests = e->points[r->next].requests,
                                 .duration = e->points[r->next].duration };
    r->next++;
    return CREW_TASK;
}

static void *work_rehearsal(void *context, const struct crew_task *task,
                            const struct task_signs *signs, size_t *n)
{
    const struct rehearsal *r = context;

    return task_work(r->e, task, signs, n);
}

static int take_rehearsal(void *context, const struct crew_task *task, const void *result, size_t n,
                          const char *why)
{
    struct rehearsal *r = context;
    const char *said = result;

    (void)n, (void)why;
    if (!said || !said[0])
        return 0; /* one that crashes or loops costs its trials, which will say so */
    if (!strncmp(said, "out of memory", 13)) {
        snprintf(r->e->why, sizeof r->e->why, "%s", said);
        r->memory = true;
        return 1;
    }
    r->refused++;
    r->refuse(r->context, &r->e->points[task->point], said);
    return 0;
}

int experiment_rehearse(struct experiment *e,
                        void (*refuse)(void *, const struct point *, const char *), void *context)
{
    struct rehearsal r = { e, 0, refuse, context, 0, false };
    struct crew crew = { .workers = 1,
                         .next = next_rehearsal,
                         .work = work_rehearsal,
                         .take = take_rehearsal,
                         .context = &r,
                         .interrupt = e->interrupt };
    int result = workers_run(&crew);

    if (r.memory)
        return -1;
    if (result >= 0)
        return r.refused;
    snprintf(e->why, sizeof e->why, "cannot start worker processes: %s", strerror(-result));
    return -1;
}

/* ---- The whole. */

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double largest_memory(const struct experiment *e)
{
    double most = 0.0;
    uint32_t i;

    for (i = 0; i < e->cells_n; i++)
        most = fmax(most, (double)trial_memory(e->points[e->first[i]].scenario));
    return most;
}

uint32_t experiment_jobs(const struct experiment *e)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN), pages = sysconf(_SC_AVPHYS_PAGES);
    double memory = (double)pages * (double)sysconf(_SC_PAGESIZE), each = largest_memory(e);
    uint64_t jobs = e->jobs ? e->jobs : cores > 0 ? (uint64_t)cores : 1;

    if (!e->jobs && memory > 0.0 && each * (double)jobs > memory)
        jobs = memory / each < 1.0 ? 1 : (uint64_t)(memory / each);
    if (e->trials && jobs > e->trials && !e->decide)
        jobs = e->trials;
    return (uint32_t)jobs;
}

/* Puts the traces of the policies together, in their order. */
static int join_traces(struct experiment *e, const char *path, const char *head)
{
    char name[4096], buffer[1 << 16];
    FILE *out = fopen(path, "w");
    uint32_t i;
    size_t n;

    if (out && head)
        fputs(head, out);
    for (i = 0; i < e->points_n; i++) {
        FILE *in;

        snprintf(name, sizeof name, "%s.%u", path, i);
        in = fopen(name, "r");
        while (in && out && (n = fread(buffer, 1, sizeof buffer, in)) > 0)
            fwrite(buffer, 1, n, out);
        if (in)
            fclose(in);
        unlink(name);
    }
    if (out && !ferror(out) && fclose(out) == 0)
        return 0;
    snprintf(e->why, sizeof e->why, "%s: %s", path, strerror(errno));
    return -1;
}

static int finish(struct experiment *e)
{
    struct rusage children;
    uint32_t i, failed = 0;

    getrusage(RUSAGE_CHILDREN, &children);
    e->workers_cpu_s = (double)(children.ru_utime.tv_sec + children.ru_stime.tv_sec) +
                       1e-6 * (double)(children.ru_utime.tv_usec + children.ru_stime.tv_usec);
    if (e->picks && join_traces(e, e->picks, NULL))
        return -1;
    if (e->log && join_traces(e, e->log, EXPERIMENT_REQUEST_COLUMNS "\n"))
        return -1;
    for (i = 0; i < e->points_n; i++)
        failed += e->points[i].twin == i ? e->points[i].failed : 0;
    return e->interrupted ? -1 : failed > 0;
}

/* Each policy at each point has a trace of its own. */
static void part_twins(struct experiment *e)
{
    uint32_t i;

    for (i = 0; i < e->points_n; i++)
        e->points[i].twin = i;
}

static int tick(void *context)
{
    struct experiment *e = context;

    return e->watch ? e->watch(e->context, e) : 0;
}

static void lost(void *context, const struct crew_task *task, const char *why)
{
    const struct experiment *e = context;

    if (e->lost)
        e->lost(e->context, &e->points[task->point], task->replication, task->what == TASK_PILOT,
                why);
}

static struct crew crew_of(struct experiment *e)
{
    return (struct crew) { .workers = e->workers,
                           .next = schedule_next,
                           .work = task_work,
                           .take = schedule_take,
                           .tick = tick,
                           .lost = lost,
                           .context = e,
                           .interrupt = e->interrupt };
}

static bool prepare(struct experiment *e)
{
    e->started = now();
    if (e->picks || e->log)
        part_twins(e);
    if (!schedule_begin(e)) {
        snprintf(e->why, sizeof e->why, "out of memory");
        return false;
    }
    e->workers = experiment_jobs(e);
    return true;
}

int experiment_run(struct experiment *e)
{
    struct crew crew;
    int result, told;

    if (!prepare(e))
        return -1;
    crew = crew_of(e);
    result = e->pool(&crew);
    e->interrupted = result != 0;
    told = schedule_end(e);
    if (result == -EPROTO) {
        snprintf(e->why, sizeof e->why,
                 "mpirun belongs to another MPI than this program was built "
                 "with");
        return -1;
    }
    if (result < 0) {
        snprintf(e->why, sizeof e->why, "cannot start worker processes: %s", strerror(-result));
        return -1;
    }
    return told ? told : finish(e);
}

int experiment_serve(struct experiment *e, int (*serve)(const struct crew *))
{
    struct crew crew;

    if (!prepare(e))
        return -ENOMEM;
    e->workers = 1;
    crew = crew_of(e);
    return serve(&crew);
}
