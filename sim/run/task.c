/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a worker does with a task: a rehearsal, a pilot or a trial. It sees the experiment as it was
 * when the crew began, so all that changes later stands in the task. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/run/field.h"

enum { WHY_ROOM = 256 };

static struct trial trial_of(const struct experiment *e, const struct point *p,
                             const struct scenario *scenario, const struct crew_task *task,
                             const struct task_signs *signs)
{
    return (struct trial) { .scenario = scenario,
                            .policy = p->policy_index,
                            .replication = task->replication,
                            .warmup = task->warmup,
                            .point = p->at,
                            .queue = e->queue,
                            .ahead = e->ahead,
                            .way = e->way,
                            .windows = p->window_metrics->n ? p->window_metrics : NULL,
                            .progress = signs->progress,
                            .stop = signs->stop };
}

static void *rehearse(const struct trial *trial, size_t *n)
{
    char *why = calloc(1, WHY_ROOM);

    *n = WHY_ROOM;
    if (why)
        trial_rehearse(trial, why, *n);
    return why;
}

static void *pilot(const struct trial *trial, size_t *n)
{
    struct warmup_found *found = calloc(1, sizeof *found);

    if (found)
        trial_pilot(trial, found);
    *n = sizeof *found;
    return found;
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

static void *run(const struct experiment *e, const struct point *p, struct trial *trial,
                 const struct crew_task *task, size_t *n)
{
    struct outcome out;
    void *block;

    if (task->replication == 0) {
        trial->picks = trace_file(e->picks, task->point);
        trial->log = trace_file(e->log, task->point);
    }
    trial_run(trial, p->metrics, &out);
    if (!traces_well(trial) && !out.failed) {
        out.failed = true;
        snprintf(out.why, sizeof out.why, "the trace cannot be written: %s", strerror(errno));
    }
    block = outcome_pack(&out, n);
    outcome_close(&out);
    return block;
}

const char *experiment_general_why(const struct experiment *e, uint32_t point)
{
    const struct point *p = &e->points[point];
    const struct crew_task task = { .replication = 1 };
    const struct task_signs signs = { .progress = NULL };
    struct scenario scenario = point_round(p, p->requests, p->duration);
    struct trial trial = trial_of(e, p, &scenario, &task, &signs);

    trial.warmup = p->cut;
    return trial_general_why(&trial, p->metrics);
}

void *task_work(void *experiment, const struct crew_task *task, const struct task_signs *signs,
                size_t *n)
{
    const struct experiment *e = experiment;
    const struct point *p = &e->points[task->point];
    struct scenario scenario = point_round(p, task->requests, task->duration);
    struct trial trial = trial_of(e, p, &scenario, task, signs);

    switch (task->what) {
    case TASK_REHEARSAL:
        return rehearse(&trial, n);
    case TASK_PILOT:
        return pilot(&trial, n);
    default:
        return run(e, p, &trial, task, n);
    }
}
