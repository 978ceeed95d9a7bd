/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim live: run every policy of a scenario over real sockets, on the request stream of the
 * simulation. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/cli/directory.h"
#include "sim/cli/interrupt.h"
#include "sim/cli/keep.h"
#include "sim/cli/live_length.h"
#include "sim/cli/live_progress.h"
#include "sim/cli/live_report.h"
#include "sim/cli/try_logs.h"
#include "sim/cli/validate_keep.h"
#include "sim/cli/whole_file.h"
#include "sim/live/secrets.h"
#include "sim/run/plugin.h"

enum { DIRECTORY_ROOM = 2048 };

struct live {
    const struct verb *verb;
    struct live_order order;
    struct plugins *plugins;
    struct diagnostics *said;
    struct study *study;
    struct live_report report;
    struct channel_tls *tls;
    char directory[DIRECTORY_ROOM], authority[DIRECTORY_ROOM + 32];
    struct live_progress progress;
    struct try_logs logs;
    struct kept_logs kept;
    struct timer_test timers;
    int n; /* the command line */
    char **words;
};

static int take(void *context, const struct cli_option *o, const char *value)
{
    struct live *live = context;

    return live_order_take(&live->order, live->verb, o, value);
}

static bool is_quiet(const struct live *live)
{
    return live->order.order.quiet;
}

/* What is told while it goes on: among the results where people read them. */
static FILE *aside(const struct live *live)
{
    return live->order.order.output == OUTPUT_TABLE ? stdout : stderr;
}

/* ---- While it goes on. */

static void watch(void *context, const struct live_glance *g)
{
    struct live *live = context;

    live_progress_watch(&live->progress, g);
}

static void tried(void *context, const struct session_try *t, uint32_t n)
{
    struct live *live = context;

    live_progress_tried(&live->progress, t, n);
}

static void serving(void *context, const struct live_plan *plan)
{
    struct live *live = context;

    printf("serving, until Ctrl-C:\n");
    live_print_addresses(stdout, plan, live->authority);
    fflush(stdout);
}

static const struct policy_spec *logged(void *context, uint32_t n)
{
    struct live *live = context;

    return try_logs_next(&live->logs, n);
}

/* ---- One policy. */

/* The log of the best try. */
static int keep_log(struct live *live, const struct live_told *told)
{
    if (live->logs.failed) {
        cli_say("%s: a file for the log of decisions cannot be made",
                live_told_policy(told)->label);
        return EXIT_MACHINE;
    }
    if (!live_told_run(told))
        return EXIT_DONE;
    return kept_logs_add(&live->kept, try_logs_file(&live->logs, told->session.run.best));
}

static int run_one(struct live *live, const struct live_addresses *a, struct live_told *told)
{
    struct session_order order;
    int status = live_order_session(&live->order, a, live->tls, told->contender, &order);

    if (status != EXIT_DONE)
        return status;
    order.context = live;
    order.timers = &live->timers;
    order.watch = watch;
    order.tried = tried;
    order.ready = order.serve ? serving : NULL;
    order.logged = live->kept.path ? logged : NULL;
    try_logs_begin(&live->logs, order.policy);
    if (!order.serve)
        live_progress_begin(&live->progress, told, order.tries);
    if (session_run(&order, &told->session) == 0) {
        live->report.interrupted |= told->session.interrupted;
        return keep_log(live, told);
    }
    live_progress_clear(&live->progress);
    cli_say("%s: %s", live_told_policy(told)->label, told->session.why);
    return told->session.code;
}

static int run_contender(struct live *live, struct live_told *told)
{
    struct live_addresses addresses;
    int status =
        live_addresses_open(&addresses, &live->order, live->verb, told->contender->scenario);

    if (status == EXIT_DONE)
        status = run_one(live, &addresses, told);
    try_logs_close(&live->logs);
    live_addresses_close(&addresses);
    return status;
}

/* ---- The whole. */

static void say_order(const struct live *live)
{
    static const char *const transports[] = { "HTTP", "TCP", "UDP" };
    const struct scenario *s = live->study->cells[0].scenario;
    uint32_t i;

    if (is_quiet(live))
        return;
    fprintf(aside(live), "%s over %s%s", s->name, transports[s->live.transport],
            s->live.tls ? " and TLS" : "");
    if (live->order.serve)
        fputs(":", aside(live));
    else
        fprintf(aside(live),
                ", %.4g requests a second; in this order:", session_rate(s) / s->live.time_scale);
    for (i = 0; i < live->report.n; i++)
        fprintf(aside(live), "%s %s", i ? "," : "", live_told_policy(&live->report.at[i])->label);
    fputc('\n', aside(live));
}

/* In the store, for export and charts. */
static int keep(struct live *live)
{
    struct live_keep k;
    uint32_t i;
    int failed = live_keep_open(&k, live->order.order.out, live->study);

    k.n = live->n;
    k.words = live->words;
    k.kind = "live";
    for (i = 0; i < live->report.n && !failed; i++)
        if (live_told_run(&live->report.at[i]))
            failed = live_keep(&k, &live->report.at[i], NULL);
    if (failed)
        cli_say("%s", k.keep.why);
    live_keep_close(&k);
    return failed ? EXIT_MACHINE : EXIT_DONE;
}

static int show(struct live *live)
{
    const struct order *order = &live->order.order;
    int status = live_write(&live->report, live->directory), kept = keep(live);

    status = status != EXIT_DONE ? status : kept;

    switch (order->output) {
    case OUTPUT_TABLE:
        putchar('\n');
        live_print(stdout, &live->report, order->verbose);
        break;
    case OUTPUT_JSON:
        live_print_json(stdout, &live->report);
        break;
    case OUTPUT_CSV:
        live_print_csv(stdout, &live->report);
        break;
    }
    if (status == EXIT_DONE && order->requests_log)
        status = live_write_requests(&live->report, order->requests_log);
    return status;
}

static bool any_run(const struct live *live)
{
    uint32_t i;

    for (i = 0; i < live->report.n; i++)
        if (live_told_run(&live->report.at[i]))
            return true;
    return false;
}

/* An end before its time keeps what there is. */
static int run_all(struct live *live)
{
    int status = EXIT_DONE, shown = EXIT_DONE;
    uint32_t i;

    for (i = 0; i < live->report.n && status == EXIT_DONE && !interrupt_seen(); i++)
        status = run_contender(live, &live->report.at[i]);
    if (live->order.serve) {
        if (status == EXIT_DONE && !is_quiet(live) && live->report.at[0].session.run.n)
            live_print_served(stdout, &live->report.at[0].session.run.at[0].plan);
        return status;
    }
    if (any_run(live))
        shown = show(live);
    if (status == EXIT_DONE && (live->report.interrupted || interrupt_seen())) {
        cli_say(any_run(live) ? "interrupted: only what was issued by then has been told"
                              : "interrupted before the run began: nothing was measured");
        status = EXIT_INTERRUPTED;
    }
    return status != EXIT_DONE ? status : shown;
}

/* Better now than when all has been run. */
static int check_places(const struct live *live)
{
    const int failed = directory_take(live->directory);

    if (failed) {
        cli_say("live: directory %s: %s; choose one that you may write to with -o", live->directory,
                strerror(-failed));
        return EXIT_MACHINE;
    }
    return live_order_check_log(&live->order, live->verb);
}

static int open_tls(struct live *live)
{
    const struct scenario *s = live->study->cells[0].scenario;
    char why[300];
    int failed;

    if (!s->live.tls)
        return EXIT_DONE;
    live->tls = secrets_open(why, sizeof why);
    if (!live->tls) {
        cli_say("live: %s", why);
        return EXIT_MACHINE;
    }
    if (!live->order.serve)
        return EXIT_DONE;
    snprintf(live->authority, sizeof live->authority, "%s/authority.pem", live->directory);
    failed = directory_make(live->directory);
    if (!failed)
        failed = secrets_write_authority(live->tls, live->authority);
    if (failed)
        cli_say("live: %s: %s", live->authority, strerror(-failed));
    return failed ? EXIT_MACHINE : EXIT_DONE;
}

/* Addresses are wrong, or not allowed: better now than between two policies. */
static int check_addresses(const struct live *live)
{
    int status = EXIT_DONE;
    uint32_t i;

    for (i = 0; i < live->study->cells_n && status == EXIT_DONE; i++) {
        struct live_addresses addresses;

        status = live_addresses_open(&addresses, &live->order, live->verb,
                                     live->study->cells[i].scenario);
        live_addresses_close(&addresses);
    }
    return status;
}

static int check(const struct live *live)
{
    if (live->order.serve && live->study->contenders_n > 1) {
        cli_say("live: --serve is for one policy: choose it with --policy");
        return EXIT_USAGE;
    }
    if (live->order.serve && (live->order.order.dry_run || live->order.sets_length)) {
        cli_say("live: --serve lasts until Ctrl-C: leave --dry-run, --requests and --duration out");
        return EXIT_USAGE;
    }
    if (live->order.serve &&
        (live->order.order.requests_log || live->order.order.output != OUTPUT_TABLE)) {
        cli_say("live: --serve has no results: leave --format and --trace-requests out");
        return EXIT_USAGE;
    }
    const int status = live_order_check_decisions(&live->order, live->verb, live->study);

    return status != EXIT_DONE ? status : check_addresses(live);
}

static int run_study(struct live *live)
{
    const struct study *study = live->study;
    uint32_t i;
    int status = check(live), kept;

    if (status != EXIT_DONE)
        return status;
    if (live->order.order.dry_run)
        return live_length_print(&live->order, study);
    live->report.at = calloc(study->contenders_n, sizeof live->report.at[0]);
    if (!live->report.at) {
        cli_say("out of memory");
        return EXIT_MACHINE;
    }
    live->report.study = study;
    live->report.n = study->contenders_n;
    for (i = 0; i < study->contenders_n; i++) {
        live->report.at[i].contender = &study->contenders[i];
        live->report.at[i].cell = &study->cells[study->contenders[i].cell];
    }
    keep_directory(live->directory, sizeof live->directory, live->order.order.out, study->name);
    status = open_tls(live);
    if (status == EXIT_DONE && !live->order.serve)
        status = check_places(live);
    if (status == EXIT_DONE && !live->order.serve)
        status = live_length_warn(&live->order, study);
    if (status == EXIT_DONE)
        status = kept_logs_open(&live->kept, live->order.decisions);
    if (status == EXIT_DONE) {
        say_order(live);
        status = run_all(live);
        kept = kept_logs_close(&live->kept);
        status = status != EXIT_DONE ? status : kept;
    }
    if (live->authority[0]) /* whoever trusted it has nobody to trust any more */
        unlink(live->authority);
    for (i = 0; i < live->report.n; i++)
        session_close(&live->report.at[i].session);
    free(live->report.at);
    return status;
}

static int live_verb(const struct verb *verb, int n, char **words)
{
    struct live *live = calloc(1, sizeof *live);
    struct policy_source source;
    int status;

    if (!live) {
        cli_say("out of memory");
        return EXIT_MACHINE;
    }
    live->verb = verb;
    live->n = n;
    live->words = words;
    status = cli_read(verb, n, words, take, live);
    live->plugins = plugins_open();
    live->said = diagnostics_open();
    if (status == 0 && (!live->plugins || !live->said)) {
        cli_say("out of memory");
        status = EXIT_MACHINE;
    }
    if (status == 0) {
        source = plugins_source(live->plugins);
        live->study = live_order_study(&live->order, &source, live->said, &status);
        live_progress_open(&live->progress, &live->order.order);
        if (live->study) {
            interrupt_catch();
            status = run_study(live);
        }
    }
    if (live->tls)
        secrets_close(live->tls);
    study_close(live->study);
    diagnostics_close(live->said);
    plugins_close(live->plugins);
    order_close(&live->order.order);
    free(live);
    return status < 0 ? EXIT_DONE : status;
}

static const struct cli_option options[] = {
    ORDER_SCENARIO_OPTIONS,
    LIVE_ORDER_OPTIONS,
    { "serve", 0, NULL, "no clients: serve whoever comes, and say how to come, until Ctrl-C" },
    { "threads", 0, NULL, "roles are threads of one process: in builds for tests" },
    { "dry-run", 0, NULL, "say how long it would take, and run nothing" },
    { "out", 'o', "DIR", "where results go (default: results/NAME)" },
    { "format", 0, "table|json|csv", "what standard output gets (default: table)" },
    { "trace-requests", 0, "FILE",
      "one CSV line a request, of the best run of each policy: the columns of lbsim run, then "
      "when it was where, and why it failed" },
    { "quiet", 'q', NULL, "no progress, no tries, no warnings" },
    { NULL, 0, NULL, NULL },
};

static const struct cli_refusal refusals[] = { LIVE_REFUSALS, { NULL, 0, NULL } };

const struct verb verb_live = {
    .name = "live",
    .arguments = "[SCENARIO]",
    .summary = "run the same policies, on the same requests, over real sockets",
    .more =
        "Clients, balancer and servers are processes on this machine. A ping phase and a run a\n"
        "policy; each is VALID, SUSPECT or OVERLOADED by its own overhead, and tried again.\n"
        "  lbsim live scenarios/live/first.json --policy p2c --policy random\n"
        "  lbsim live scenarios/live/first.json --policy p2c --serve\n"
        "DIR gets live.json, live.csv, a percentile spectrum (.hgrm) of each policy and, in\n"
        "results.sqlite, what lbsim export --live reads. What\n"
        "--decisions keeps, lbsim validate --replay plays back to the policies. Ctrl-C\n"
        "lets what is in flight end, and tells what there is; twice: at once. What is served with\n"
        "--serve ends by Ctrl-C as well, says what it has served, and has status 0.\n",
    .options = options,
    .refusals = refusals,
    .run = live_verb,
};
