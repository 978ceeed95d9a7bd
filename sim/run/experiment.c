/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/experiment.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "sim/run/asked.h"
#include "sim/run/workers.h"

enum { WHY_ROOM = 256 };

int experiment_open(struct experiment *e, const struct scenario *scenario)
{
    uint32_t i, r = scenario->run.replications;

    memset(e, 0, sizeof *e);
    e->scenario = scenario;
    e->points_n = scenario->policies_n;
    e->ahead = UINT32_MAX;
    if (asked_open(scenario, &e->metrics, &e->window_metrics))
        return -ENOMEM;
    e->points = calloc(e->points_n, sizeof e->points[0]);
    for (i = 0; e->points && i < e->points_n; i++) {
        struct point *p = &e->points[i];

        p->policy = &scenario->policies[i];
        p->replications = r;
        p->outcome = calloc(r, sizeof p->outcome[0]);
        p->finished = calloc(r, sizeof p->finished[0]);
        if (!p->outcome || !p->finished)
            return -ENOMEM;
    }
    e->trials = (uint64_t)e->points_n * r;
    return e->points ? 0 : -ENOMEM;
}

void experiment_close(struct experiment *e)
{
    uint32_t i, r;

    for (i = 0; e->points && i < e->points_n; i++) {
        struct point *p = &e->points[i];

        for (r = 0; p->outcome && r < p->replications; r++)
            outcome_close(&p->outcome[r]);
        free(p->outcome);
        free(p->finished);
    }
    free(e->points);
    metrics_close(&e->metrics);
    metrics_close(&e->window_metrics);
}

/* ---- One task: a pilot or a trial. */

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct trial trial_of(const struct experiment *e, uint32_t point, uint32_t replication,
                             const struct task_signs *signs)
{
    const struct run_spec *run = &e->scenario->run;

    return (struct trial) { .scenario = e->scenario,
                            .policy = point,
                            .replication = replication,
                            .warmup = run->warmup == WARMUP_AUTO    ? e->points[point].warmup.cut
                                      : run->warmup == WARMUP_COUNT ? run->warmup_count
                                                                    : UINT64_MAX,
                            .queue = e->queue,
                            .ahead = e->ahead,
                            .windows = e->window_metrics.n ? &e->window_metrics : NULL,
                            .progress = signs->progress,
                            .stop = signs->stop };
}

static void *pilot_task(void *context, const struct crew_task *given,
                        const struct task_signs *signs, size_t *n)
{
    uint32_t task = given->what;
    const struct experiment *e = context;
    struct trial trial = trial_of(e, task, 0, signs);
    struct warmup_found *found = malloc(sizeof *found);

    if (found)
        trial_pilot(&trial, found);
    *n = sizeof *found;
    return found;
}

static int take_pilot(void *context, const struct crew_task *given, const void *result, size_t n,
                      const char *why)
{
    uint32_t task = given->what;
    struct experiment *e = context;
    struct point *p = &e->points[task];

    (void)n;
    if (result) {
        memcpy(&p->warmup, result, sizeof p->warmup);
    } else {
        p->warmup.failed = true;
        snprintf(p->warmup.why, sizeof p->warmup.why, "%s", why);
    }
    p->piloted = true;
    p->events += p->warmup.events;
    p->cpu_s += p->warmup.cpu_s;
    e->cpu_s += p->warmup.cpu_s;
    e->events_done += p->warmup.events;
    if (p->warmup.failed && !e->why[0])
        snprintf(e->why, sizeof e->why, "%s, pilot: %s", p->policy->label, p->warmup.why);
    return e->watch ? e->watch(e->context, e) : 0;
}

/* Tasks go by replication first, so that what an interrupted run has finished compares. */
static uint32_t point_of(const struct experiment *e, uint32_t task)
{
    return task % e->points_n;
}

static FILE *trace_file(const char *path, uint32_t point)
{
    char name[4096];

    if (!path)
        return NULL;
    snprintf(name, sizeof name, "%s.%u", path, point);
    return fopen(name, "w");
}

static bool traces_well(struct trial *t)
{
    bool good = true;

    if (t->picks)
        good = fclose(t->picks) == 0 && good;
    if (t->log)
        good = fclose(t->log) == 0 && good;
    return good;
}

/* A policy whose pilot has failed would fail again. */
static void fail_with_pilot(struct outcome *out, uint32_t point, uint32_t replication,
                            const struct warmup_found *warmup)
{
    memset(out, 0, sizeof *out);
    out->failed = true;
    out->policy = point;
    out->replication = replication;
    snprintf(out->why, sizeof out->why, "its pilot has failed: %.200s", warmup->why);
}

static void *trial_task(void *context, const struct crew_task *given,
                        const struct task_signs *signs, size_t *n)
{
    uint32_t task = given->what;
    const struct experiment *e = context;
    uint32_t point = point_of(e, task), replication = task / e->points_n;
    struct trial trial = trial_of(e, point, replication, signs);
    struct outcome out;
    void *block;

    if (replication == 0) {
        trial.picks = trace_file(e->picks, point);
        trial.log = trace_file(e->log, point);
    }
    if (e->points[point].warmup.failed)
        fail_with_pilot(&out, point, replication, &e->points[point].warmup);
    else
        trial_run(&trial, &e->metrics, &out);
    if (!traces_well(&trial) && !out.failed) {
        out.failed = true;
        snprintf(out.why, sizeof out.why, "the trace cannot be written: %s", strerror(errno));
    }
    block = outcome_pack(&out, n);
    outcome_close(&out);
    return block;
}

static void note_failure(struct experiment *e, const struct outcome *out)
{
    if (out->failed && !e->why[0])
        snprintf(e->why, sizeof e->why, "%s, replication %u: %s",
                 e->points[out->policy].policy->label, out->replication, out->why);
}

static int take_trial(void *context, const struct crew_task *given, const void *result, size_t n,
                      const char *why)
{
    uint32_t task = given->what;
    struct experiment *e = context;
    struct point *p = &e->points[point_of(e, task)];
    struct outcome *out = &p->outcome[task / e->points_n];

    (void)n;
    if (!result || !outcome_unpack(result, out)) {
        memset(out, 0, sizeof *out);
        out->failed = true;
        out->policy = point_of(e, task);
        out->replication = task / e->points_n;
        snprintf(out->why, sizeof out->why, "%s", why ? why : "out of memory");
    }
    if (out->failed && !strcmp(out->why, "interrupted"))
        return 0; /* it was asked to end: no result, and no failure */
    note_failure(e, out);
    p->finished[task / e->points_n] = !out->failed;
    p->done += !out->failed;
    p->failed += out->failed;
    p->events += out->events;
    p->cpu_s += out->cpu_s;
    e->cpu_s += out->cpu_s;
    e->events_done += out->events;
    e->trials_done++;
    if (e->keep && e->keep(e->context, e, out))
        return 1;
    return e->watch ? e->watch(e->context, e) : 0;
}

static int tick(void *context)
{
    struct experiment *e = context;

    return e->watch ? e->watch(e->context, e) : 0;
}

/* ---- Rehearsal. */

struct rehearsal {
    struct experiment *e;
    uint32_t asked;
    void (*refuse)(void *, const struct policy_spec *, const char *);
    void *context;
    int refused;
    bool memory; /* there was not enough */
};

static void *rehearse_task(void *context, const struct crew_task *given,
                           const struct task_signs *signs, size_t *n)
{
    uint32_t task = given->what;
    const struct rehearsal *r = context;
    struct trial trial = trial_of(r->e, task, 0, signs);
    char *why = calloc(1, WHY_ROOM);

    *n = WHY_ROOM;
    if (why)
        trial_rehearse(&trial, why, *n);
    return why;
}

static enum crew_next next_rehearsal(void *context, struct crew_task *task)
{
    struct rehearsal *r = context;

    task->what = r->asked++;
    return task->what < r->e->points_n ? CREW_TASK : CREW_DONE;
}

static int take_rehearsal(void *context, const struct crew_task *given, const void *result,
                          size_t n, const char *why)
{
    uint32_t task = given->what;
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
    r->refuse(r->context, r->e->points[task].policy, said);
    return 0;
}

int experiment_rehearse(struct experiment *e,
                        void (*refuse)(void *, const struct policy_spec *, const char *),
                        void *context)
{
    struct rehearsal r = { e, 0, refuse, context, 0, false };
    struct crew crew = { .next = next_rehearsal,
                         .workers = 1,
                         .work = rehearse_task,
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

static uint32_t choose_jobs(const struct experiment *e, uint64_t tasks)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN), pages = sysconf(_SC_AVPHYS_PAGES);
    double memory = (double)pages * (double)sysconf(_SC_PAGESIZE);
    double each = (double)trial_memory(e->scenario);
    uint64_t jobs = e->jobs ? e->jobs : cores > 0 ? (uint64_t)cores : 1;

    if (!e->jobs && memory > 0.0 && each * (double)jobs > memory)
        jobs = memory / each < 1.0 ? 1 : (uint64_t)(memory / each);
    return (uint32_t)(jobs < tasks ? jobs : tasks);
}

static enum crew_next next_task(void *context, struct crew_task *task)
{
    struct experiment *e = context;

    task->what = e->asked++;
    return task->what < e->tasks ? CREW_TASK : CREW_DONE;
}

static int
run_crew(struct experiment *e, uint32_t tasks,
         void *(*work)(void *, const struct crew_task *, const struct task_signs *, size_t *),
         int (*take)(void *, const struct crew_task *, const void *, size_t, const char *))
{
    struct crew crew = { .next = next_task,
                         .workers = choose_jobs(e, tasks),
                         .work = work,
                         .take = take,
                         .tick = tick,
                         .context = e,
                         .interrupt = e->interrupt };
    int result;

    e->asked = 0;
    e->tasks = tasks;
    result = workers_run(&crew);
    if (result < 0)
        snprintf(e->why, sizeof e->why, "cannot start worker processes: %s", strerror(-result));
    return result;
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
    if (e->log && join_traces(e, e->log,
                              "policy,replication,request,client,balancer,issued_s,work_s,wait_s,"
                              "service_s,latency_s,ended,server,key\n"))
        return -1;
    for (i = 0; i < e->points_n; i++)
        failed += e->points[i].failed;
    return e->interrupted ? -1 : failed > 0;
}

int experiment_run(struct experiment *e)
{
    int result = 0;

    e->started = now();
    if (e->scenario->run.warmup == WARMUP_AUTO)
        result = run_crew(e, e->points_n, pilot_task, take_pilot);
    if (result == 0)
        result = run_crew(e, (uint32_t)e->trials, trial_task, take_trial);
    if (result < 0)
        return -1;
    e->interrupted = result > 0;
    return finish(e);
}
