/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim run: simulate every policy of a scenario and print the comparison. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/keep.h"
#include "sim/cli/order.h"
#include "sim/cli/print.h"
#include "sim/cli/progress.h"
#include "sim/cli/whole_file.h"
#include "sim/run/plugin.h"
#include "sim/scenario/trace_file.h"

static volatile sig_atomic_t interrupt_seen;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupt_seen = 1;
}

struct run {
    const struct verb *verb;
    struct order order;
    struct plugins *plugins;
    struct diagnostics *said;
    struct scenario *scenario;
    struct experiment experiment;
    struct keep keep;
    struct progress progress;
    bool store_failed;
};

static int take(void *context, const struct cli_option *o, const char *value)
{
    struct run *run = context;

    return order_take(&run->order, run->verb, o, value);
}

static int keep(void *context, const struct experiment *e, const struct outcome *out)
{
    struct run *run = context;

    if (keep_trial(&run->keep, e, out) == 0)
        return 0;
    run->store_failed = true;
    return 1;
}

static int watch(void *context, const struct experiment *e)
{
    struct run *run = context;

    progress_tell(&run->progress, e);
    return 0;
}

static void refuse(void *context, const struct policy_spec *policy, const char *why)
{
    struct run *run = context;

    diagnose_at(run->said, SAY_ERROR, NULL, run->scenario->path, policy->place, "policy %s: %s",
                policy->label, why);
}

static int rehearse(struct run *run)
{
    unsigned how = HIDE_WARNINGS | (cli_color(stderr, run->order.plain) ? SHOW_COLOR : 0);
    int refused = experiment_rehearse(&run->experiment, refuse, run);

    if (refused > 0)
        diagnostics_print(run->said, stderr, how);
    if (refused < 0)
        cli_say("%s", run->experiment.why);
    return refused > 0 ? EXIT_USAGE : refused < 0 ? EXIT_MACHINE : EXIT_DONE;
}

static void show(struct run *run, const struct interval *intervals,
                 const struct told_windows *windows)
{
    switch (run->order.output) {
    case OUTPUT_TABLE:
        print_table(stdout, &run->experiment, intervals, cli_color(stdout, run->order.plain));
        break;
    case OUTPUT_JSON:
        print_json(stdout, &run->experiment, intervals, windows, run->said);
        break;
    case OUTPUT_CSV:
        print_csv(stdout, &run->experiment, intervals, windows);
        break;
    }
}

static int report(struct run *run)
{
    struct interval *intervals = experiment_intervals(&run->experiment);
    struct told_windows *windows = experiment_windows(&run->experiment);
    int status = EXIT_DONE;

    if (!intervals || !windows) {
        cli_say("out of memory");
        free(intervals);
        experiment_windows_close(&run->experiment, windows);
        return EXIT_MACHINE;
    }
    if (!run->store_failed && keep_intervals(&run->keep, &run->experiment, intervals, windows)) {
        cli_say("%s", run->keep.why);
        status = EXIT_MACHINE;
    }
    show(run, intervals, windows);
    free(intervals);
    experiment_windows_close(&run->experiment, windows);
    return status;
}

static int judge(struct run *run, int result)
{
    const struct experiment *e = &run->experiment;

    if (run->store_failed) {
        cli_say("%s", run->keep.why);
        return EXIT_MACHINE;
    }
    if (interrupt_seen) {
        cli_say("interrupted: %llu of %llu trials are finished and kept in %s",
                (unsigned long long)e->trials_done, (unsigned long long)e->trials,
                run->keep.directory);
        return EXIT_INTERRUPTED;
    }
    if (result < 0) {
        cli_say("%s", e->why);
        return EXIT_MACHINE;
    }
    if (result > 0) {
        cli_say("some trials have failed: %s", e->why);
        return strstr(e->why, "accounting broke") ? EXIT_ACCOUNTING : EXIT_CLAIM;
    }
    return EXIT_DONE;
}

static int simulate(struct run *run)
{
    struct experiment *e = &run->experiment;
    int result, status, shown;

    e->jobs = run->order.jobs;
    e->context = run;
    e->keep = keep;
    e->watch = watch;
    e->interrupt = &interrupt_seen;
    e->picks = run->order.picks;
    e->log = run->order.requests_log;
    progress_open(&run->progress, run->order.quiet);
    result = experiment_run(e);
    progress_close(&run->progress);
    status = judge(run, result);
    shown = report(run);
    if (status == EXIT_DONE && run->order.verbose)
        fprintf(stderr, "%.2f s of CPU in trials and pilots, %.2f s in all worker processes\n",
                e->cpu_s, e->workers_cpu_s);
    return status != EXIT_DONE ? status : shown;
}

static int run_scenario(struct run *run, int n, char **words)
{
    int status;

    if (experiment_open(&run->experiment, run->scenario)) {
        cli_say("out of memory");
        status = EXIT_MACHINE;
    } else {
        status = rehearse(run);
    }
    if (status == EXIT_DONE) {
        if (keep_open(&run->keep, run->order.out, run->scenario, n, words) == 0) {
            status = simulate(run);
        } else {
            cli_say("%s", run->keep.why);
            status = EXIT_MACHINE;
        }
        keep_close(&run->keep);
    }
    experiment_close(&run->experiment);
    return status;
}

static void catch_signals(void)
{
    struct sigaction action = { .sa_handler = on_interrupt };

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGXFSZ, SIG_IGN); /* the write fails instead, and says so */
    signal(SIGPIPE, SIG_IGN);
}

/* Is this what the run reads? */
static bool is_read(const struct run *run, const char *path)
{
    const struct scenario *s = run->scenario;
    uint32_t i;

    for (i = 0; i < s->clients_n; i++)
        if (s->clients[i].trace && is_same_file(s->clients[i].trace->path, path))
            return true;
    return is_same_file(run->order.path, path);
}

/* Traces are written over nothing that is still needed. */
static int check_traces(const struct run *run)
{
    const char *picks = run->order.picks, *log = run->order.requests_log;

    if (picks && log && (!strcmp(picks, log) || is_same_file(picks, log))) {
        cli_say("run: --trace-picks and --trace-requests need a file each");
        return EXIT_USAGE;
    }
    if ((picks && is_read(run, picks)) || (log && is_read(run, log))) {
        cli_say("run: %s is what the run reads: --trace-%s needs a file of its own",
                picks && is_read(run, picks) ? picks : log,
                picks && is_read(run, picks) ? "picks" : "requests");
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

static int run_verb(const struct verb *verb, int n, char **words)
{
    struct run *run = calloc(1, sizeof *run);
    struct policy_source source;
    int status;

    if (!run) {
        cli_say("out of memory");
        return EXIT_MACHINE;
    }
    run->verb = verb;
    status = cli_read(verb, n, words, take, run);
    run->plugins = plugins_open();
    run->said = diagnostics_open();
    if (status == 0 && (!run->plugins || !run->said)) {
        cli_say("out of memory");
        status = EXIT_MACHINE;
    }
    if (status == 0) {
        source = plugins_source(run->plugins);
        run->scenario = order_scenario(&run->order, &source, run->said, &status);
        if (run->scenario)
            status = check_traces(run);
        if (run->scenario && status == 0) {
            catch_signals();
            status = run_scenario(run, n, words);
        }
    }
    scenario_close(run->scenario);
    diagnostics_close(run->said);
    plugins_close(run->plugins);
    order_close(&run->order);
    free(run);
    return status < 0 ? EXIT_DONE : status;
}

static const struct cli_option options[] = {
    ORDER_SCENARIO_OPTIONS,
    { "jobs", 'j', "N", "worker processes (default: one a core, as memory allows)" },
    { "out", 'o', "DIR", "where results go (default: results/NAME)" },
    { "format", 0, "table|json|csv", "what standard output gets (default: table)" },
    { "trace-picks", 0, "FILE", "one JSON line a pick, of each policy's first replication" },
    { "trace-requests", 0, "FILE", "one CSV line a request, of each policy's first replication" },
    { "quiet", 'q', NULL, "no progress, no warnings" },
    { NULL, 0, NULL, NULL },
};

const struct verb verb_run = {
    .name = "run",
    .arguments = "[SCENARIO]",
    .summary = "simulate every policy and print the comparison",
    .more = "Without a file the options make a scenario:\n"
            "  lbsim run --servers 10 --load 0.9 --policy p2c --policy random\n"
            "Results go to DIR/results.sqlite, a row a replication as soon as it is finished.\n",
    .options = options,
    .run = run_verb,
};
