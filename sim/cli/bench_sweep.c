/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/bench_sweep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "sim/cli/interrupt.h"
#include "sim/cli/keep.h"
#include "sim/run/plugin.h"
#include "sim/scenario/diagnose.h"
#include "sim/scenario/study.h"

static const char scenario_text[] =
    "{ \"name\": \"bench\", \"load\": 0.9, \"clients\": { \"service\": { \"distribution\": "
    "\"exponential\", \"mean\": \"1ms\" } }, \"servers\": { \"count\": 10 }, \"policies\": [ "
    "\"random\", \"p2c\" ], \"sweep\": { \"load\": [ 0.7, 0.9 ] }, \"run\": { \"seed\": 1, "
    "\"requests\": 12000000, \"replications\": 4 } }";

static double cpu_of(int who)
{
    struct rusage usage;

    getrusage(who, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static double cpu_of_all(void)
{
    return cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN);
}

static double wall(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int give_up(char *why, size_t room, const char *reason)
{
    snprintf(why, room, "%s", reason);
    return -1;
}

static void refuse(void *context, const struct point *p, const char *why)
{
    (void)context, (void)p, (void)why;
}

/* As `lbsim run` does: rehearse, keep each trial, conclude, keep the summary. */
static int run_kept(struct experiment *e, struct keep *k, struct diagnostics *said,
                    const char *directory, char *why, size_t room)
{
    char *words[] = { "lbsim", "bench", "--sweep", NULL };

    if (experiment_rehearse(e, refuse, NULL))
        return give_up(why, room, "the scenario of the benchmark is refused");
    if (keep_open(k, directory, "bench") || keep_begin(k, e, 3, words))
        return give_up(why, room, k->why);
    if (experiment_run(e))
        return give_up(why, room, interrupt_seen() ? "interrupted" : k->failed ? k->why : e->why);
    return keep_summary(k, e, said) ? give_up(why, room, k->why) : 0;
}

static int run_study(const struct study *study, struct diagnostics *said, const char *directory,
                     struct sweep_cost *cost, char *why, size_t room)
{
    struct experiment experiment;
    struct keep *keep = calloc(1, sizeof *keep);
    int failed = -1;

    if (!keep)
        return give_up(why, room, "out of memory");
    if (experiment_open(&experiment, study) == 0) {
        experiment.interrupt = interrupt_flag();
        failed = run_kept(&experiment, keep, said, directory, why, room);
    } else {
        give_up(why, room, "out of memory");
    }
    cost->trials = (unsigned)experiment.trials_done;
    cost->trials_s = experiment.cpu_s;
    cost->workers_s = experiment.workers_cpu_s;
    experiment_close(&experiment);
    keep_close(keep);
    free(keep);
    return failed;
}

static int run_within(const char *directory, struct sweep_cost *cost, char *why, size_t room)
{
    struct plugins *plugins = plugins_open();
    struct diagnostics *said = diagnostics_open();
    struct policy_source source = plugins_source(plugins);
    struct scenario_request request = { .policies = &source };
    struct study *study = NULL;
    int failed = -1;

    if (plugins && said)
        study = study_read("bench", scenario_text, sizeof scenario_text - 1, &request, said);
    if (study)
        failed = run_study(study, said, directory, cost, why, room);
    else
        give_up(why, room, "the scenario of the benchmark is refused");
    study_close(study);
    diagnostics_close(said);
    plugins_close(plugins);
    return failed;
}

static void remove_all(const char *directory)
{
    static const char *const names[] = { "results.sqlite", "results.sqlite-wal",
                                         "results.sqlite-shm", "results.sqlite-lock",
                                         "scenario.json" };
    char path[600];
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
    rmdir(directory);
}

int bench_sweep(struct sweep_cost *cost, char *why, size_t room)
{
    const char *base = getenv("TMPDIR");
    char directory[512];
    double cpu = cpu_of_all(), began = wall();
    int failed;

    memset(cost, 0, sizeof *cost);
    snprintf(directory, sizeof directory, "%.480s/lbsim-bench-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(directory)) {
        snprintf(why, room, "%.100s: %s", directory, strerror(errno));
        return -1;
    }
    interrupt_catch();
    failed = run_within(directory, cost, why, room);
    remove_all(directory);
    cost->all_s = cpu_of_all() - cpu;
    cost->wall_s = wall() - began;
    return failed;
}
