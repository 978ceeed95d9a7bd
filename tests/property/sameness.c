/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A trial is a pure function: however it is run, it has the same bytes. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/live/decision_log.h"
#include "sim/run/experiment.h"
#include "tests/property/laws.h"

static bool same_moments(const struct moments *a, const struct moments *b)
{
    return a->n == b->n && a->sum == b->sum && a->squares == b->squares && a->least == b->least &&
           a->most == b->most && a->overflowed == b->overflowed;
}

static const char *difference_of_tallies(const struct tally *a, const struct tally *b)
{
    int i;

    if (a->issued != b->issued || memcmp(a->ended, b->ended, sizeof a->ended))
        return "endings";
    if (a->measured != b->measured ||
        memcmp(a->measured_ended, b->measured_ended, sizeof a->measured_ended))
        return "measured endings";
    if (a->sent != b->sent || a->measured_attempts != b->measured_attempts ||
        memcmp(a->attempts, b->attempts, sizeof a->attempts))
        return "attempts";
    if (a->retries != b->retries || a->hedges != b->hedges)
        return "further attempts";
    if (a->spent != b->spent || a->useful != b->useful || a->duplicated != b->duplicated)
        return "work";
    if (a->begun != b->begun || a->waited != b->waited || a->served != b->served)
        return "services";
    if (a->messages != b->messages)
        return "messages";
    for (i = 0; i < DURATIONS; i++)
        if (!same_moments(&a->duration[i], &b->duration[i]))
            return "durations";
    if (a->in_system != b->in_system || a->waiting != b->waiting)
        return "integrals";
    if (a->before != b->before || a->after != b->after)
        return "who is there at the borders";
    if (a->longest_queue != b->longest_queue || a->unmeasurable != b->unmeasurable)
        return "longest queue";
    return a->from != b->from || a->to != b->to ? "measured time" : NULL;
}

/* What differs, or NULL. Events are compared by those who know that they must agree. */
static const char *difference(const struct outcome *a, const struct outcome *b)
{
    const char *tallies = difference_of_tallies(&a->tally, &b->tally);
    int i;

    if (a->failed != b->failed || strcmp(a->why, b->why))
        return "the reason of failing";
    if (a->policy != b->policy || a->replication != b->replication || a->in_system != b->in_system)
        return "who it is";
    if (tallies)
        return tallies;
    if (a->values_n != b->values_n ||
        memcmp(a->values, b->values, a->values_n * sizeof a->values[0]))
        return "metrics";
    for (i = 0; a->histogram && b->histogram && i < DURATIONS; i++)
        if (a->histogram[i].n != b->histogram[i].n ||
            memcmp(a->histogram[i].bytes, b->histogram[i].bytes, a->histogram[i].n))
            return "histograms";
    return NULL;
}

/* ---- One trial, run in several ways. */

struct again {
    struct subject *subject;
    const struct metrics *metrics;
    const struct outcome *first;
};

static void run_again(struct again *a, struct trial trial, enum law law, const char *how)
{
    struct outcome out;
    const char *what;

    trial_run(&trial, a->metrics, &out);
    what = difference(a->first, &out);
    if (!what && (law == LAW_AGAIN || law == LAW_HEAP || law == LAW_PLUGIN) &&
        a->first->events != out.events)
        what = "the number of events";
    law_holds(a->subject, law, !what, "%s: %s differs", how, what);
    outcome_close(&out);
}

static void run_traced(struct again *a, struct trial trial, bool picks)
{
    FILE *out = fopen("/dev/null", "w");

    if (picks)
        trial.picks = out;
    else
        trial.log = out;
    run_again(a, trial, LAW_GENERAL, picks ? "with a trace of picks" : "with a request log");
    if (out)
        fclose(out);
}

/* ---- With a log of what its policy decides, which is then played. */

static void play_log(struct again *a, const struct policy_spec *policy, char *text, size_t length)
{
    FILE *file = fmemopen(text, length, "r");
    struct replayed r = { .picks = 0 };
    int failed = !file || decision_replay(policy, file, &r);

    law_holds(a->subject, LAW_DECISIONS, !failed && !r.first_different, "%s", r.why);
    law_holds(a->subject, LAW_DECISIONS, failed || (r.same == r.picks && r.granted == r.wishes),
              "%" PRIu64 " of %" PRIu64 " picks, %" PRIu64 " of %" PRIu64 " wishes", r.same,
              r.picks, r.granted, r.wishes);
    if (file)
        fclose(file);
}

static void run_logged(struct again *a, struct trial trial)
{
    struct scenario own = *trial.scenario;
    const struct policy_spec *policy = &own.policies[trial.policy];
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    struct decision_log *log = file ? decision_log_open(policy, file) : NULL;
    struct policy_spec *specs = calloc(own.policies_n, sizeof *specs);

    if (log && specs) {
        memcpy(specs, own.policies, own.policies_n * sizeof *specs);
        specs[trial.policy] = *decision_log_policy(log);
        own.policies = specs;
        trial.scenario = &own;
        run_again(a, trial, LAW_DECISIONS, "with a log of decisions");
        law_holds(a->subject, LAW_DECISIONS, !decision_log_close(log) && !fflush(file),
                  "the log is not written");
        play_log(a, policy, text, length);
    }
    if (file)
        fclose(file);
    free(specs);
    free(text);
}

static void all_ways(struct again *a, const struct trial *first, const struct scenario *twin)
{
    static const uint32_t distance[] = { 0, 1, 32 };
    struct trial trial = *first;
    uint32_t i;

    run_again(a, trial, LAW_AGAIN, "a second time");
    trial.queue = QUEUE_HEAP;
    run_again(a, trial, LAW_HEAP, "on a heap");
    trial.queue = QUEUE_LADDER;
    for (i = 0; first->scenario->policies[first->policy].policy->prepare && i < 3; i++) {
        trial.ahead = distance[i];
        run_again(a, trial, LAW_AHEAD, i == 0 ? "unprepared" : i == 1 ? "1 ahead" : "32 ahead");
    }
    trial.ahead = first->ahead;
    run_traced(a, trial, false);
    if (a->subject->number % 4 == 0)
        run_traced(a, trial, true);
    run_logged(a, trial);
    trial.scenario = twin;
    if (twin)
        run_again(a, trial, LAW_PLUGIN, "as a plug-in");
}

void laws_of_sameness(struct subject *s, uint32_t policy, uint32_t replication,
                      const struct scenario *twin)
{
    struct trial trial = { .scenario = s->scenario,
                           .policy = policy,
                           .replication = replication,
                           .warmup = warmup_of(s->scenario),
                           .ahead = UINT32_MAX };
    struct metrics metrics;
    struct outcome first;
    struct again again = { s, &metrics, &first };

    if (metrics_open(&metrics, NULL, 0)) {
        law_holds(s, LAW_AGAIN, false, "out of memory");
        return;
    }
    trial_run(&trial, &metrics, &first);
    all_ways(&again, &trial, twin);
    outcome_close(&first);
    metrics_close(&metrics);
}

/* ---- Experiments. */

static bool same_points(struct subject *s, const struct point *a, const struct point *b,
                        uint32_t jobs)
{
    const char *what =
        a->done != b->done || a->failed != b->failed || a->events != b->events ||
                a->warmup.cut != b->warmup.cut || a->warmup.memory != b->warmup.memory ||
                a->warmup.found != b->warmup.found || a->warmup.events != b->warmup.events
            ? "the pilot"
            : NULL;
    uint32_t r;

    for (r = 0; !what && r < a->replications; r++)
        if (a->finished[r] != b->finished[r])
            what = "which replications finished";
        else if (a->finished[r])
            what = difference(&a->outcome[r], &b->outcome[r]);
    return law_holds(s, LAW_WORKERS, !what, "%s, %u workers: %s differs", a->policy->label, jobs,
                     what);
}

static bool same_pools(const struct point *a, const struct point *b)
{
    uint32_t i;

    if (a->pooled_n != b->pooled_n)
        return false;
    for (i = 0; a->pooled_n && i < a->metrics->pools; i++)
        if (a->pooled[i].least != b->pooled[i].least || a->pooled[i].sum.n != b->pooled[i].sum.n ||
            memcmp(a->pooled[i].sum.bytes, b->pooled[i].sum.bytes, a->pooled[i].sum.n))
            return false;
    return true;
}

static bool same_intervals(const struct point *a, const struct point *b)
{
    uint32_t i;

    for (i = 0; i < a->metrics->n; i++) {
        const struct interval *x = &a->interval[i], *y = &b->interval[i];

        if (memcmp(&x->value, &y->value, sizeof x->value) ||
            memcmp(&x->low, &y->low, sizeof x->low) || memcmp(&x->high, &y->high, sizeof x->high))
            return false;
    }
    return true;
}

static void compare(struct subject *s, const struct experiment *a, const struct experiment *b)
{
    uint32_t i;
    bool same = true;

    for (i = 0; i < a->points_n; i++) {
        same_points(s, &a->points[i], &b->points[i], b->jobs);
        same = same && same_pools(&a->points[i], &b->points[i]) &&
               same_intervals(&a->points[i], &b->points[i]);
    }
    law_holds(s, LAW_WORKERS, same, "%u workers: intervals or histograms differ", b->jobs);
}

static bool run_with(struct subject *s, struct experiment *e, uint32_t jobs)
{
    bool good = experiment_open_one(e, s->scenario) == 0;

    if (good) {
        e->jobs = jobs;
        good = experiment_run(e) >= 0;
    }
    return law_holds(s, LAW_WORKERS, good, "%u workers: %s", jobs, e->why);
}

void laws_of_workers(struct subject *s)
{
    struct experiment alone, several;
    uint32_t jobs;

    s->policy = "all policies";
    if (run_with(s, &alone, 1))
        for (jobs = 2; jobs <= 3; jobs++) {
            if (run_with(s, &several, jobs))
                compare(s, &alone, &several);
            experiment_close(&several);
        }
    experiment_close(&alone);
}
