/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim run: simulate every policy of a scenario, at every point of its sweep, and print the
 * comparison. */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/dry_run.h"
#include "sim/cli/interrupt.h"
#include "sim/cli/keep.h"
#include "sim/cli/order.h"
#include "sim/cli/print.h"
#include "sim/cli/progress.h"
#include "sim/cli/run_check.h"
#include "sim/run/chooser.h"
#include "sim/run/plugin.h"
#include "sim/run/ranks.h"

struct run {
    const struct verb *verb;
    struct order order;
    struct plugins *plugins;
    struct diagnostics *said;
    struct study *study;
    struct experiment experiment;
    struct keep keep;
    struct progress progress;
    struct chooser chooser;
};

static int take(void *context, const struct cli_option *o, const char *value)
{
    struct run *run = context;

    return order_take(&run->order, run->verb, o, value);
}

static int watch(void *context, const struct experiment *e)
{
    struct run *run = context;

    progress_tell(&run->progress, e);
    return 0;
}

static void lost(void *context, const struct point *p, uint32_t replication, bool pilot,
                 const char *why)
{
    char which[40] = "pilot";

    (void)context;
    if (!pilot)
        snprintf(which, sizeof which, "replication %" PRIu32, replication);
    cli_say("%s%s%s, %s: %s; it is tried once more", p->policy->label, p->at[0] ? " at " : "",
            p->at, which, why);
}

static bool decide(void *context, struct experiment *e)
{
    struct run *run = context;

    return choose_decide(&run->chooser, e);
}

static void refuse(void *context, const struct point *p, const char *why)
{
    struct run *run = context;

    diagnose_at(run->said, SAY_ERROR, NULL, run->study->path, p->policy->place, "policy %s%s%s: %s",
                p->policy->label, p->at[0] ? " at " : "", p->at, why);
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

/* ---- What came out. */

static void show(struct run *run)
{
    switch (run->order.output) {
    case OUTPUT_TABLE:
        print_table(stdout, &run->experiment, cli_color(stdout, run->order.plain));
        if (run->order.select)
            print_choices(stdout, &run->experiment, &run->chooser);
        break;
    case OUTPUT_JSON:
        print_json(stdout, &run->experiment, run->said, run->order.select ? &run->chooser : NULL);
        break;
    case OUTPUT_CSV:
        print_csv(stdout, &run->experiment);
        break;
    }
}

/* A shard has numbers of its own replications only: they mean little before the merge. */
static void show_shard(const struct run *run)
{
    const struct experiment *e = &run->experiment;

    if (run->order.output == OUTPUT_JSON) {
        printf("{ \"format\": \"lbsim-share/1\", \"share\": %u, \"of\": %u, \"trials\": %" PRIu64
               ", \"finished\": %" PRIu64 ", \"directory\": ",
               e->shard + 1, e->shards, e->trials, e->trials_done);
        print_json_text(stdout, run->keep.directory);
        puts(" }");
    } else if (!run->order.quiet)
        printf("share %u of %u: %" PRIu64 " of %" PRIu64 " trials finished, kept in %s\n"
               "lbsim merge joins the shares\n",
               e->shard + 1, e->shards, e->trials_done, e->trials, run->keep.directory);
}

/* Without memory some points have no numbers. */
static bool is_told(const struct experiment *e)
{
    uint32_t i;

    for (i = 0; i < e->points_n; i++)
        if (!e->points[i].interval)
            return false;
    return true;
}

static int report(struct run *run)
{
    if (!is_told(&run->experiment)) {
        cli_say("out of memory");
        return EXIT_MACHINE;
    }
    if (!run->keep.failed && keep_summary(&run->keep, &run->experiment, run->said)) {
        cli_say("%s", run->keep.why);
        return EXIT_MACHINE;
    }
    if (run->experiment.shards)
        show_shard(run);
    else
        show(run);
    return EXIT_DONE;
}

/* How many trials it takes until a precision or a choice, nobody knows. */
static void say_interrupted(const struct run *run)
{
    const struct experiment *e = &run->experiment;
    char of[32] = "";
    bool open = run->order.select;
    uint32_t i;

    for (i = 0; i < e->points_n; i++)
        open |= e->points[i].aim != AIM_NONE;
    if (!open)
        snprintf(of, sizeof of, " of %" PRIu64, e->trials);
    cli_say("interrupted: %" PRIu64 "%s trials are finished and kept in %s; the same command goes "
            "on from there",
            e->trials_done, of, run->keep.directory);
}

static int judge(struct run *run, int result)
{
    const struct experiment *e = &run->experiment;
    uint32_t i;

    if (run->keep.failed) {
        cli_say("%s", run->keep.why);
        return EXIT_MACHINE;
    }
    if (interrupt_seen()) {
        say_interrupted(run);
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
    for (i = 0; i < e->points_n; i++)
        if (e->points[i].aim == AIM_MISSED)
            return EXIT_CLAIM;
    for (i = 0; run->order.select && i < run->chooser.cells; i++)
        if (!run->chooser.choice[i].decided)
            return EXIT_CLAIM;
    return EXIT_DONE;
}

/* Which way the trials took, and why. */
static void say_ways(const struct experiment *e)
{
    uint32_t i;

    for (i = 0; i < e->points_n; i++) {
        const char *why = experiment_general_why(e, i);

        fprintf(stderr, "%s%s%s: %s%s\n", e->points[i].at, e->points[i].at[0] ? ", " : "",
                e->points[i].policy->label, why ? "the general way: " : "the express way",
                why ? why : "");
    }
}

static int simulate(struct run *run)
{
    struct experiment *e = &run->experiment;
    int result, status, shown;

    progress_open(&run->progress, run->order.quiet);
    result = experiment_run(e);
    progress_close(&run->progress);
    status = judge(run, result);
    shown = report(run);
    if (e->recalled && !run->order.quiet)
        fprintf(stderr, "%" PRIu64 " of %" PRIu64 " trials were there already, in %s\n",
                e->recalled, e->trials_done, run->keep.directory);
    if (status == EXIT_DONE && run->order.verbose)
        say_ways(e);
    if (status == EXIT_DONE && run->order.verbose)
        fprintf(stderr, "%.2f s of CPU in trials and pilots, %.2f s in all worker processes\n",
                e->cpu_s, e->workers_cpu_s);
    return status != EXIT_DONE ? status : shown;
}

/* ---- The whole. */

static void set_up(struct run *run)
{
    struct experiment *e = &run->experiment;

    e->jobs = run->order.jobs;
    e->shard = run->order.shard;
    e->shards = run->order.shards;
    e->confirm = run->order.confirm;
    e->way = run->order.way;
    if (!e->shards)
        e->pool = ranks_run;
    e->context = run;
    e->watch = watch;
    e->lost = lost;
    e->interrupt = interrupt_flag();
    e->picks = run->order.picks;
    e->log = run->order.requests_log;
}

static int begin_choice(struct run *run)
{
    run->chooser.metric = run->order.select_metric ? run->order.select_metric : "latency.mean";
    run->chooser.relative = run->order.select_delta > 0.0 ? run->order.select_delta : 0.01;
    if (choose_begin(&run->chooser, &run->experiment)) {
        cli_say("run: --select: %s", run->chooser.why);
        return EXIT_USAGE;
    }
    run->experiment.decide = decide;
    return EXIT_DONE;
}

static int keep_and_simulate(struct run *run, int n, char **words)
{
    int status = EXIT_MACHINE;

    if (keep_open(&run->keep, run->order.out, run->study->name) == 0 &&
        keep_begin(&run->keep, &run->experiment, n, words) == 0)
        status = simulate(run);
    else
        cli_say("%s", run->keep.why);
    keep_close(&run->keep);
    return status;
}

static int plan(struct run *run)
{
    if (dry_run(stdout, &run->experiment, run->order.out, run->order.output == OUTPUT_JSON) == 0)
        return EXIT_DONE;
    cli_say("%s", run->experiment.why);
    return interrupt_seen() ? EXIT_INTERRUPTED : EXIT_MACHINE;
}

/* One of the ranks that only work: what is wrong, rank 0 says. */
static int serve(struct run *run)
{
    int result = experiment_serve(&run->experiment, ranks_serve);

    if (result < 0)
        cli_say("rank %u: %s", ranks_rank(), strerror(-result));
    return result < 0 ? EXIT_MACHINE : EXIT_DONE;
}

static int run_study(struct run *run, int n, char **words)
{
    int status;
    int (*open)(struct experiment *, const struct study *) =
        run->order.single_run ? experiment_open_single : experiment_open;

    if (open(&run->experiment, run->study)) {
        cli_say("out of memory");
        status = EXIT_MACHINE;
    } else {
        set_up(run);
        status = run->order.select ? begin_choice(run) : EXIT_DONE;
        if (status == EXIT_DONE)
            status = ranks_rank() ? serve(run) : rehearse(run);
    }
    if (status == EXIT_DONE && run->order.dry_run) {
        status = plan(run);
        experiment_close(&run->experiment);
        return status;
    }
    if (status == EXIT_DONE && !ranks_rank())
        status = keep_and_simulate(run, n, words);
    choose_close(&run->chooser);
    experiment_close(&run->experiment);
    return status;
}

/* Under mpirun: rank 0 alone says what there is to say, and to a file, whatever it looks like. */
static int join_ranks(struct run *run)
{
    char why[400];

    if (run->order.shards)
        return EXIT_DONE;
    if (ranks_begin(why, sizeof why)) {
        if (ranks_rank() == 0)
            cli_say("%s", why);
        return EXIT_USAGE;
    }
    run->order.plain |= ranks_size() > 1;
    run->order.silent = ranks_rank() > 0;
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
    if (status == 0)
        status = join_ranks(run);
    if (status == 0) {
        source = plugins_source(run->plugins);
        run->study = order_study(&run->order, &source, run->said, &status);
        if (run->study)
            status = run_check(&run->order, run->study);
        if (run->study && status == 0) {
            interrupt_catch();
            status = run_study(run, n, words);
        }
    }
    ranks_end();
    study_close(run->study);
    diagnostics_close(run->said);
    plugins_close(run->plugins);
    order_close(&run->order);
    free(run);
    return status < 0 ? EXIT_DONE : status;
}

static const struct cli_option options[] = {
    ORDER_SCENARIO_OPTIONS,
    ORDER_REPLICATIONS,
    ORDER_RUN_OPTIONS,
    { "single-run", 0, NULL, "one long run a policy instead of replications: batch means" },
    { "select", 0, NULL, "find the best policy (KN) and stop spending on the others" },
    { "select-metric", 0, "M", "best by this metric (default: latency.mean)" },
    { "select-delta", 0, "R", "the relative difference that matters (default: 0.01)" },
    { "dry-run", 0, NULL, "how long, how much memory and disk it would take; simulates little" },
    { "out", 'o', "DIR", "where results go (default: results/NAME)" },
    { "format", 0, "table|json|csv", "what standard output gets (default: table)" },
    { "trace-picks", 0, "FILE", "one JSON line a pick, of each policy's first replication" },
    { "trace-requests", 0, "FILE", "one CSV line a request, of each policy's first replication" },
    { "engine", 0, "auto|express|general",
      "the way trials take; the results are the same, and auto knows when express is open" },
    { "quiet", 'q', NULL, "no progress, no warnings" },
    { NULL, 0, NULL, NULL },
};

const struct verb verb_run = {
    .name = "run",
    .arguments = "[SCENARIO]",
    .summary = "simulate every policy and print the comparison",
    .more = "Without a file the options make a scenario:\n"
            "  lbsim run --servers 10 --load 0.9 --policy p2c --policy random\n"
            "Results go to DIR/results.sqlite, a row a replication as soon as it is finished; the\n"
            "same command again goes on from there.\n",
    .options = options,
    .run = run_verb,
};
