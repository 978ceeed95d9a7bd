/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/outlook.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "sim/record/run_length.h"
#include "sim/run/field.h"
#include "sim/run/rounds.h"

enum {
    PROBES = 10,
    PROBED_MOST = 200,
    METRICS_MOST = 16,
    LEAST = 500,
    MOST = 200000,
    WARM = 5,
    EMPTY = 4,
    PARTS = 3 /* rows a number of a window */
};

/* What a row of the store takes beside what it says, about. */
#define ROW_BYTES   75.0
#define TRIAL_BYTES 2500.0

/* What the short trials of a point tell. */
struct probe {
    bool failed;
    char why[200];
    double cpu_s, requests, each, bytes, memory;
    double cpu_empty; /* s, of a trial of hardly any requests */
    uint32_t metric[METRICS_MOST], metrics;
    double mean[METRICS_MOST][PROBES];
};

struct probing {
    struct experiment *e;
    struct outlook *all;
    uint32_t next, step;
};

/* ---- In a worker. */

static struct trial probe_trial(const struct point *p, const struct scenario *s, uint32_t r,
                                const struct task_signs *signs)
{
    return (struct trial) { .scenario = s,
                            .policy = p->policy_index,
                            .replication = r,
                            .warmup = s->run.requests / WARM,
                            .ahead = UINT32_MAX,
                            .windows = p->window_metrics->n ? p->window_metrics : NULL,
                            .progress = signs->progress,
                            .stop = signs->stop };
}

/* Longer runs see more of the range of durations: measured from 1e4 to 1e6 requests. */
static double spread(const struct point *p, const struct outcome *out)
{
    return pow((double)trial_length(p->given) / (double)out->tally.issued, 0.25);
}

/* Windows are as wide as in the run, which has more of them. */
static double window_bytes(const struct point *p, const struct outcome *out)
{
    const struct windows_spec *spec = &p->scenario->run.windows;
    double bytes = (double)out->numbers_n * PARTS * ROW_BYTES;
    uint32_t i;

    for (i = 0; i < out->pools_n; i++)
        bytes += ROW_BYTES + (double)out->pool[i].n;
    return bytes *
           (spec->at_n ? 1.0 : (double)trial_length(p->scenario) / (double)out->tally.issued);
}

static void add_outcome(const struct point *p, struct probe *probe, uint32_t r,
                        const struct outcome *out)
{
    uint32_t i;

    for (i = 0; i < probe->metrics; i++)
        probe->mean[i][r] = out->values[probe->metric[i]];
    for (i = 0; i < out->histograms_n; i++)
        probe->bytes += spread(p, out) * (double)out->histogram[i].n / PROBES;
    probe->bytes += ((double)out->values_n * ROW_BYTES + TRIAL_BYTES) / PROBES;
    probe->bytes += window_bytes(p, out) / PROBES;
    probe->cpu_s += out->cpu_s;
    probe->requests += (double)out->tally.issued;
    probe->each = (double)out->tally.measured;
}

/* The first trial of a process costs more than those after it. */
static void probe_empty(const struct point *p, const struct task_signs *signs, struct probe *probe)
{
    struct scenario s = *p->given;
    uint32_t r;

    s.run.windows = p->scenario->run.windows;
    s.run.requests = WARM;
    s.run.duration = 0;
    s.changes_n = 0;
    for (r = 0; r <= EMPTY; r++) {
        struct trial trial = probe_trial(p, &s, r, signs);
        struct outcome out;

        trial_run(&trial, p->metrics, &out);
        probe->cpu_empty += r ? out.cpu_s / EMPTY : 0.0;
        outcome_close(&out);
    }
}

static void probe_point(const struct point *p, const struct task_signs *signs, struct probe *probe)
{
    struct scenario s = *p->given;
    uint64_t length = trial_length(&s) / PROBES;
    struct rusage usage;
    uint32_t r;

    s.run.requests = length < LEAST ? LEAST : length > MOST ? MOST : length;
    s.run.duration = 0;
    s.run.windows = p->scenario->run.windows;
    s.changes_n = 0;
    probe->metrics = precision_metrics(p, probe->metric, METRICS_MOST);
    probe_empty(p, signs, probe);
    for (r = 0; r < PROBES && !probe->failed; r++) {
        struct trial trial = probe_trial(p, &s, r, signs);
        struct outcome out;

        trial_run(&trial, p->metrics, &out);
        probe->failed = out.failed;
        snprintf(probe->why, sizeof probe->why, "%.199s", out.why);
        if (!out.failed)
            add_outcome(p, probe, r, &out);
        outcome_close(&out);
    }
    getrusage(RUSAGE_SELF, &usage);
    probe->memory = 1024.0 * (double)usage.ru_maxrss;
}

static void *work(void *context, const struct crew_task *task, const struct task_signs *signs,
                  size_t *n)
{
    const struct probing *g = context;
    struct probe *probe = calloc(1, sizeof *probe);

    *n = sizeof *probe;
    if (probe)
        probe_point(&g->e->points[task->point], signs, probe);
    return probe;
}

/* ---- In the caller's process. */

static bool is_original(const struct experiment *e, uint32_t i)
{
    return e->points[i].twin == i;
}

static enum crew_next next(void *context, struct crew_task *task)
{
    struct probing *g = context;

    while (g->next < g->e->points_n && !is_original(g->e, g->next))
        g->next++;
    if (g->next >= g->e->points_n)
        return CREW_DONE;
    memset(task, 0, sizeof *task);
    task->point = g->next;
    g->next += g->step;
    return CREW_TASK;
}

/* How many rounds the precision will take. */
static void forecast(const struct experiment *e, const struct point *p, const struct probe *probe,
                     struct outlook *x)
{
    const struct run_spec *run = &p->scenario->run;
    double present = (double)trial_length(p->scenario) * p->replications;
    uint32_t i;

    x->needed = NAN;
    x->metric = UINT32_MAX;
    if (isnan(run->precision.relative))
        return;
    if (p->scenario->offered_load >= 1.0) {
        x->why = "more work is offered than the servers can do";
        return;
    }
    for (i = 0; i < probe->metrics; i++) {
        struct run_length plan = run_length(probe->mean[i], PROBES, probe->each,
                                            run->precision.relative, run->confidence, present);

        if (plan.why) {
            x->why = plan.why;
        } else if (x->metric == UINT32_MAX || plan.requests > x->needed) {
            x->needed = plan.requests;
            x->rounds = plan.doublings > UINT32_MAX - 2 ? UINT32_MAX
                                                        : plan.doublings + precision_passes(e) - 1;
            x->metric = probe->metric[i];
        }
    }
}

static int take(void *context, const struct crew_task *task, const void *result, size_t n,
                const char *why)
{
    struct probing *g = context;
    const struct point *p = &g->e->points[task->point];
    const struct probe *probe = result;
    struct outlook *x = &g->all[task->point];

    (void)n;
    if (!probe || probe->failed) {
        snprintf(g->e->why, sizeof g->e->why, "%s: %s", p->policy->label, probe ? probe->why : why);
        return 1;
    }
    x->measured = true;
    x->cpu_per_trial = probe->cpu_empty;
    x->cpu_per_request = fmax(probe->cpu_s - PROBES * probe->cpu_empty, 0.0) / probe->requests;
    x->bytes = probe->bytes;
    x->memory = probe->memory;
    forecast(g->e, p, probe, x);
    return 0;
}

/* Points that were not measured have what the last one of the same policy had. */
static void fill_gaps(const struct experiment *e, struct outlook *all)
{
    uint32_t i, k;

    for (i = 0; i < e->points_n; i++) {
        if (!is_original(e, i) || all[i].measured)
            continue;
        for (k = i; k-- > 0 &&
                    !(all[k].measured && e->points[k].policy_index == e->points[i].policy_index);)
            ;
        if (k == UINT32_MAX)
            for (k = 0; k < e->points_n && !all[k].measured; k++)
                ;
        if (k < e->points_n)
            all[i] = all[k];
        all[i].measured = false;
    }
}

/* ---- What is to come, round by round. */

/* The pilot tells where a round is cut, and so which trials are its own. */
static bool has_warmup(struct point *p, const struct outlook_kept *kept)
{
    return p->scenario->run.warmup != WARMUP_AUTO ||
           (kept && kept->pilot(kept->context, p, &p->warmup));
}

/* Trials of the present round that are there, of those of this shard. */
static double count_kept(struct experiment *e, struct point *p, const struct outlook_kept *kept)
{
    double n = 0.0;
    uint32_t r;

    if (!kept)
        return 0.0;
    precision_begin(e, p);
    for (r = p->next; r < p->to; r++)
        n += kept->trial(kept->context, p, r);
    return n;
}

static void add_round(struct experiment *e, struct point *p, const struct outlook_kept *kept,
                      bool known, struct outlook *x)
{
    double there = known ? count_kept(e, p, kept) : 0.0, left = (double)(p->to - p->next) - there;
    struct scenario s = point_round(p, p->requests, p->duration);

    x->kept += there;
    x->trials += left;
    x->requests += left * (double)trial_length(&s);
}

/* Trials of all rounds, within the budget; requests; CPU. */
static void add_up(struct experiment *e, struct point *p, const struct outlook_kept *kept,
                   struct outlook *x)
{
    double round = (double)trial_length(p->scenario) * p->replications, all = round;
    bool known = has_warmup(p, kept);
    uint32_t k;

    x->trials = x->kept = x->requests = x->cpu_s = 0.0;
    add_round(e, p, kept, known, x);
    if (!known && p->next < p->to) { /* its pilot: ten of a tenth */
        x->requests += round / p->replications;
        x->cpu_s = PROBES * x->cpu_per_trial;
    }
    for (k = 0; k < x->rounds && precision_can_double(p) &&
                all + precision_next(p) <= rounds_budget(p->scenario);
         k++) {
        all += precision_next(p);
        if (!precision_double(p))
            break;
        add_round(e, p, kept, known, x);
    }
    if (k < x->rounds)
        x->rounds = UINT32_MAX;
    x->cpu_s += x->trials * x->cpu_per_trial + x->requests * x->cpu_per_request;
}

static uint32_t count_originals(const struct experiment *e)
{
    uint32_t n = 0, i;

    for (i = 0; i < e->points_n; i++)
        n += is_original(e, i);
    return n;
}

struct outlook *experiment_outlook(struct experiment *e, const struct outlook_kept *kept)
{
    struct probing g = { e, calloc(e->points_n + 1, sizeof(struct outlook)), 0, 1 };
    struct crew crew = { .workers = e->jobs ? e->jobs : 1,
                         .next = next,
                         .work = work,
                         .take = take,
                         .context = &g,
                         .interrupt = e->interrupt };
    uint32_t i;
    int result;

    g.step = count_originals(e) / PROBED_MOST + 1;
    result = g.all ? workers_run(&crew) : -1;
    if (result) {
        if (!e->why[0])
            snprintf(e->why, sizeof e->why, "%s",
                     result > 0 ? "interrupted" : "cannot start worker processes");
        free(g.all);
        return NULL;
    }
    fill_gaps(e, g.all);
    schedule_begin(e);
    for (i = 0; i < e->points_n; i++) {
        if (!is_original(e, i))
            continue;
        add_up(e, &e->points[i], kept, &g.all[i]);
    }
    return g.all;
}
