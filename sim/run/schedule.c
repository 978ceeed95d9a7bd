/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who does what next. Work goes by point of the sweep, and within one by replication over all its
 * policies, so that what an interrupted run has finished can be compared. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/run/field.h"

static bool is_original(const struct experiment *e, const struct point *p)
{
    return &e->points[p->twin] == p;
}

/* ---- Shards: each gets whole points as far as that goes, since a pilot serves all replications,
 * and takes every shards-th of them, since neighbours cost alike. So all trials stand in a row, by
 * point modulo shards, then by point, and are cut into equal parts. */

static void take_part(const struct experiment *e, struct point *p, uint64_t before, uint64_t all)
{
    uint64_t begin = all * e->shard / e->shards, end = all * (e->shard + 1) / e->shards;
    uint64_t n = p->replications;

    begin = begin > before ? begin - before : 0;
    end = end > before ? end - before : 0;
    p->next = (uint32_t)(begin < n ? begin : n);
    p->to = (uint32_t)(end < n ? end : n);
}

static bool share_out(struct experiment *e)
{
    uint64_t *before = calloc((size_t)e->shards + 1, sizeof before[0]), all;
    uint32_t i;

    if (!before)
        return false;
    for (i = 0; i < e->points_n; i++)
        if (is_original(e, &e->points[i]))
            before[i % e->shards + 1] += e->points[i].replications;
    for (i = 0; i < e->shards; i++)
        before[i + 1] += before[i];
    all = before[e->shards];
    for (i = 0; i < e->points_n; i++) {
        struct point *p = &e->points[i];

        if (!is_original(e, p))
            continue;
        take_part(e, p, before[i % e->shards], all);
        before[i % e->shards] += p->replications;
    }
    free(before);
    return true;
}

bool schedule_begin(struct experiment *e)
{
    uint32_t i;

    e->trials = e->trials_done = 0;
    for (i = 0; i < e->points_n; i++) {
        e->points[i].next = 0;
        e->points[i].to = e->points[i].replications;
    }
    if (e->shards && !share_out(e))
        return false;
    for (i = 0; i < e->points_n; i++) {
        struct point *p = &e->points[i];

        p->state = is_original(e, p) && p->next < p->to ? POINT_NEW : POINT_CLOSED;
        e->trials += p->state == POINT_NEW ? p->to - p->next : 0;
    }
    return true;
}

/* ---- Results. */

static void note_failure(struct experiment *e, const struct point *p, const struct outcome *out)
{
    if (out->failed && !e->why[0])
        snprintf(e->why, sizeof e->why, "%s%s%s, replication %u: %s", p->policy->label,
                 p->at[0] ? " at " : "", p->at, out->replication, out->why);
}

static void count_outcome(struct experiment *e, struct point *p, const struct outcome *out)
{
    p->finished[out->replication] = !out->failed;
    p->done += !out->failed;
    p->failed += out->failed;
    p->events += out->events;
    e->trials_done++;
    e->latest = (uint32_t)(p - e->points);
    note_failure(e, p, out);
}

static int keep(struct experiment *e, const struct point *p, const struct outcome *out)
{
    return e->store ? e->store->keep(e->store->context, p, out) : 0;
}

/* A trial that was not simulated: its policy's pilot has failed, and so would it. */
static int fail_trial(struct experiment *e, struct point *p, uint32_t replication)
{
    struct outcome *out = &p->outcome[replication];

    memset(out, 0, sizeof *out);
    out->failed = true;
    out->policy = p->policy_index;
    out->replication = replication;
    snprintf(out->why, sizeof out->why, "its pilot has failed: %.200s", p->warmup.why);
    count_outcome(e, p, out);
    return keep(e, p, out);
}

/* Was it simulated before? The trace of a trial comes from simulating it. */
static bool recall(struct experiment *e, struct point *p, uint32_t replication)
{
    struct outcome *out = &p->outcome[replication];

    if (!e->store || (replication == 0 && (e->picks || e->log)) ||
        !e->store->recall(e->store->context, p, replication, out))
        return false;
    out->policy = p->policy_index;
    out->replication = replication;
    count_outcome(e, p, out);
    p->recalled++;
    e->recalled++;
    return true;
}

/* ---- Handing out. */

static void fill_task(const struct experiment *e, const struct point *p, enum task_kind what,
                      uint32_t replication, struct crew_task *task)
{
    memset(task, 0, sizeof *task);
    task->what = (uint32_t)what;
    task->point = (uint32_t)(p - e->points);
    task->replication = replication;
    task->requests = p->requests;
    task->duration = p->duration;
    task->warmup = what == TASK_TRIAL ? p->cut : 0;
}

/* Opens a point whose warm-up needs no pilot, or has one in the store. */
static bool has_warmup(struct experiment *e, struct point *p)
{
    if (p->scenario->run.warmup != WARMUP_AUTO)
        return true;
    if (!e->store || !e->store->recall_pilot(e->store->context, p, &p->warmup))
        return false;
    p->piloted = true;
    return true;
}

/* True if the point's pilot is to be done. */
static bool opens(struct experiment *e, struct point *p, struct crew_task *task)
{
    if (!points_make_room(p, p->replications)) {
        p->state = POINT_CLOSED;
        p->replications = 0;
        p->failed++;
        snprintf(e->why, sizeof e->why, "out of memory");
    } else if (has_warmup(e, p)) {
        precision_begin(e, p);
        p->state = POINT_OPEN;
    } else {
        fill_task(e, p, TASK_PILOT, 0, task);
        p->state = POINT_PILOT;
        return true;
    }
    return false;
}

/* The next trial of an open point that is to be simulated; false: it has none. */
static bool hands_out(struct experiment *e, struct point *p, struct crew_task *task)
{
    while (p->next < p->to) {
        uint32_t r = p->next++;

        if (recall(e, p, r))
            continue;
        if (p->warmup.failed) {
            fail_trial(e, p, r);
            continue;
        }
        fill_task(e, p, TASK_TRIAL, r, task);
        return true;
    }
    return false;
}

/* All that was handed out of a point has come back. */
static void settle(struct experiment *e, struct point *p)
{
    p->state = POINT_CLOSED;
    if (!point_conclude(p)) {
        snprintf(e->why, sizeof e->why, "out of memory");
        p->failed++;
    } else if (!p->failed) {
        precision_goes_on(e, p);
    }
}

/* True if a point of the cell goes on. */
static bool settle_cell(struct experiment *e, uint32_t cell)
{
    bool on = false;
    uint32_t i;

    for (i = e->first[cell]; i < e->first[cell + 1]; i++) {
        struct point *p = &e->points[i];

        if (!is_original(e, p) || p->state != POINT_OPEN || p->in_hand || p->next < p->to)
            continue;
        settle(e, p);
        on |= p->state != POINT_CLOSED;
    }
    return on;
}

/* The open point of a cell that is behind the others. */
static struct point *behind(struct experiment *e, uint32_t cell)
{
    struct point *least = NULL;
    uint32_t i;

    for (i = e->first[cell]; i < e->first[cell + 1]; i++) {
        struct point *p = &e->points[i];

        if (is_original(e, p) && p->state == POINT_OPEN && p->next < p->to &&
            (!least || p->next < least->next))
            least = p;
    }
    return least;
}

static bool open_cell(struct experiment *e, uint32_t cell, struct crew_task *task)
{
    uint32_t i;

    for (i = e->first[cell]; i < e->first[cell + 1]; i++)
        if (is_original(e, &e->points[i]) && e->points[i].state == POINT_NEW &&
            opens(e, &e->points[i], task))
            return true;
    return false;
}

static bool is_closed(const struct experiment *e, uint32_t cell)
{
    uint32_t i;

    for (i = e->first[cell]; i < e->first[cell + 1]; i++)
        if (is_original(e, &e->points[i]) && e->points[i].state != POINT_CLOSED)
            return false;
    return true;
}

/* Something to do in this cell? */
static bool from_cell(struct experiment *e, uint32_t cell, struct crew_task *task)
{
    do {
        struct point *p;

        if (open_cell(e, cell, task))
            return true;
        while ((p = behind(e, cell)) != NULL)
            if (hands_out(e, p, task))
                return true;
    } while (settle_cell(e, cell));
    return false;
}

static bool from_cells(struct experiment *e, struct crew_task *task)
{
    uint32_t cell;

    while (e->open < e->cells_n && is_closed(e, e->open))
        e->open++;
    for (cell = e->open; cell < e->cells_n; cell++)
        if (!is_closed(e, cell) && from_cell(e, cell, task))
            return true;
    return false;
}

enum crew_next schedule_next(void *experiment, struct crew_task *task)
{
    struct experiment *e = experiment;

    do {
        if (from_cells(e, task)) {
            e->points[task->point].in_hand++;
            e->in_hand++;
            return CREW_TASK;
        }
    } while (!e->in_hand && e->decide && e->decide(e->context, e));
    return e->in_hand ? CREW_WAIT : CREW_DONE;
}

/* ---- Taking in. */

static int take_pilot(struct experiment *e, struct point *p, const void *result, const char *why)
{
    if (result) {
        memcpy(&p->warmup, result, sizeof p->warmup);
    } else {
        p->warmup.failed = true;
        snprintf(p->warmup.why, sizeof p->warmup.why, "%s", why);
    }
    if (p->warmup.failed && !strcmp(p->warmup.why, "interrupted")) {
        p->state = POINT_CLOSED;
        return 0;
    }
    p->piloted = true;
    p->events += p->warmup.events;
    p->cpu_s += p->warmup.cpu_s;
    e->cpu_s += p->warmup.cpu_s;
    e->events_done += p->warmup.events;
    if (p->warmup.failed && !e->why[0])
        snprintf(e->why, sizeof e->why, "%s%s%s, pilot: %s", p->policy->label,
                 p->at[0] ? " at " : "", p->at, p->warmup.why);
    precision_begin(e, p);
    p->state = POINT_OPEN;
    return e->store && !p->warmup.failed ? e->store->keep_pilot(e->store->context, p) : 0;
}

static int take_trial(struct experiment *e, struct point *p, const struct crew_task *task,
                      const void *result, const char *why)
{
    struct outcome *out = &p->outcome[task->replication];

    if (!result || !outcome_unpack(result, out)) {
        memset(out, 0, sizeof *out);
        out->failed = true;
        snprintf(out->why, sizeof out->why, "%s", why ? why : "out of memory");
    }
    out->policy = p->policy_index;
    out->replication = task->replication;
    if (out->failed && !strcmp(out->why, "interrupted"))
        return 0; /* it was asked to end: no result, and no failure */
    count_outcome(e, p, out);
    p->cpu_s += out->cpu_s;
    p->cpu_requests += out->tally.issued;
    e->cpu_s += out->cpu_s;
    e->events_done += out->events;
    return keep(e, p, out);
}

int schedule_take(void *experiment, const struct crew_task *task, const void *result, size_t n,
                  const char *why)
{
    struct experiment *e = experiment;
    struct point *p = &e->points[task->point];
    int stop;

    (void)n;
    p->in_hand--;
    e->in_hand--;
    stop = task->what == TASK_PILOT ? take_pilot(e, p, result, why)
                                    : take_trial(e, p, task, result, why);
    if (stop)
        return 1;
    return e->watch ? e->watch(e->context, e) : 0;
}

/* ---- The end. */

/* A point that repeats another has its numbers; names are its own. */
static int share(struct experiment *e, struct point *p)
{
    const struct point own = *p, *twin = &e->points[p->twin];

    *p = *twin;
    p->scenario = own.scenario;
    p->policy_index = own.policy_index;
    p->policy = own.policy;
    p->cell = own.cell;
    p->at = own.at;
    p->twin = own.twin;
    p->metrics = own.metrics;
    p->window_metrics = own.window_metrics;
    p->identity = own.identity;
    p->cpu_s = 0.0;
    return e->store && e->store->share ? e->store->share(e->store->context, p, twin) : 0;
}

int schedule_end(struct experiment *e)
{
    uint32_t i;
    int failed = 0;

    for (i = 0; i < e->points_n && !failed; i++) {
        struct point *p = &e->points[i];

        if (!is_original(e, p))
            failed = share(e, p);
        else if (!p->interval && !point_conclude(p))
            failed = -1;
    }
    if (failed < 0)
        snprintf(e->why, sizeof e->why, "out of memory");
    return failed ? -1 : 0;
}
