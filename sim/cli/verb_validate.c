/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim validate: every policy over real sockets, and what simulation says of the very same
 * requests, side by side, with a verdict. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/cli/interrupt.h"
#include "sim/cli/live_length.h"
#include "sim/cli/live_progress.h"
#include "sim/cli/replay_print.h"
#include "sim/cli/try_logs.h"
#include "sim/cli/validate_keep.h"
#include "sim/live/secrets.h"
#include "sim/run/plugin.h"

struct validating {
    const struct verb *verb;
    struct live_order order;
    struct plugins *plugins;
    struct diagnostics *said;
    struct study *study;
    struct validate_report report;
    struct channel_tls *tls;
    struct live_keep keep;
    struct live_progress progress;
    struct timer_test timers;
    const struct policy_spec *policy; /* being run */
    struct try_logs logs;
    struct kept_logs kept;
};

static int take(void *context, const struct cli_option *o, const char *value)
{
    struct validating *v = context;

    return live_order_take(&v->order, v->verb, o, value);
}

static bool is_table(const struct validating *v)
{
    return v->order.order.output == OUTPUT_TABLE;
}

static const struct policy_spec *logged(void *context, uint32_t n)
{
    struct validating *v = context;

    return try_logs_next(&v->logs, n);
}

/* ---- One policy. */

static void watch(void *context, const struct live_glance *g)
{
    struct validating *v = context;

    live_progress_watch(&v->progress, g);
}

static void tried(void *context, const struct session_try *t, uint32_t n)
{
    struct validating *v = context;

    live_progress_tried(&v->progress, t, n);
}

static int fail(struct validating *v, const char *why, int status)
{
    live_progress_clear(&v->progress);
    cli_say("%s: %s", v->policy->label, why);
    return status;
}

static int judge(struct validating *v, struct validate_told *told)
{
    struct session_try *run = session_best(&told->live.session.run);
    const bool foreign = run && run->plan.through;
    struct validation_order order = { .scenario = told->live.contender->scenario,
                                      .policy = v->policy,
                                      .limits = verdict_limits_default() };

    if (!run) /* it was interrupted before */
        return EXIT_DONE;
    if (!foreign)
        order.log = try_logs_file(&v->logs, told->live.session.run.best);
    if (kept_logs_add(&v->kept, order.log))
        return EXIT_MACHINE;
    if (v->logs.failed)
        return fail(v, "a file for the log of decisions cannot be made", EXIT_MACHINE);
    if (validation_of(&order, &told->live.session, &told->validation))
        return fail(v, told->validation.why, EXIT_MACHINE);
    told->done = true;
    if (is_table(v)) {
        validate_print_policy(stdout, told, cli_color(stdout, v->order.order.plain));
        fflush(stdout);
    }
    if (live_keep(&v->keep, &told->live, told))
        return fail(v, v->keep.keep.why, EXIT_MACHINE);
    return EXIT_DONE;
}

static int run_one(struct validating *v, const struct live_addresses *a, struct validate_told *told)
{
    struct session_order order;
    int status = live_order_session(&v->order, a, v->tls, told->live.contender, &order);

    if (status != EXIT_DONE)
        return status;
    v->policy = live_told_policy(&told->live);
    try_logs_begin(&v->logs, v->policy);
    order.context = v;
    order.timers = &v->timers;
    order.watch = watch;
    order.tried = tried;
    order.logged = order.through ? NULL : logged;
    live_progress_begin(&v->progress, &told->live, order.tries);
    status = session_run(&order, &told->live.session);
    if (status)
        status = fail(v, told->live.session.why, told->live.session.code);
    else
        status = judge(v, told);
    v->report.interrupted |= told->live.session.interrupted;
    try_logs_close(&v->logs);
    return status;
}

static int run_contender(struct validating *v, struct validate_told *told)
{
    struct live_addresses addresses;
    int status =
        live_addresses_open(&addresses, &v->order, v->verb, told->live.contender->scenario);

    if (status == EXIT_DONE)
        status = run_one(v, &addresses, told);
    live_addresses_close(&addresses);
    return status;
}

/* ---- All of them. */

static int rank_cell(struct validating *v, struct validate_cell *c)
{
    struct validation *of[256];
    bool valid[256];
    uint32_t i, n = c->n < 256 ? c->n : 256;

    for (i = 0; i < n; i++) {
        of[i] = &c->at[i]->validation;
        valid[i] = live_told_run(&c->at[i]->live)->gate.verdict == GATE_VALID;
    }
    if (n < 2)
        return EXIT_DONE;
    c->n = n;
    c->ranked = true;
    if (standings_of(of, valid, n, c->at[0]->live.contender->scenario, &c->standings) == 0)
        return EXIT_DONE;
    cli_say("out of memory");
    (void)v;
    return EXIT_MACHINE;
}

static int rank(struct validating *v)
{
    struct validate_report *r = &v->report;
    uint32_t i;
    int status = EXIT_DONE;

    r->cells = v->study->cells_n;
    r->cell = calloc(r->cells, sizeof r->cell[0]);
    for (i = 0; r->cell && i < r->cells; i++) {
        r->cell[i].cell = &v->study->cells[i];
        r->cell[i].at = calloc((size_t)r->n + 1, sizeof r->cell[i].at[0]);
        if (!r->cell[i].at)
            r->cells = i;
    }
    if (!r->cell || r->cells < v->study->cells_n) {
        cli_say("out of memory");
        return EXIT_MACHINE;
    }
    for (i = 0; i < r->n; i++)
        if (r->at[i].done) {
            struct validate_cell *c = &r->cell[r->at[i].live.contender->cell];

            c->at[c->n++] = &r->at[i];
        }
    for (i = 0; i < r->cells && status == EXIT_DONE; i++)
        status = rank_cell(v, &r->cell[i]);
    return status;
}

/* Disagreement counts for more than what could not be judged. */
static int status_of(const struct validate_report *r)
{
    bool unjudged = false;
    uint32_t i;

    for (i = 0; i < r->cells; i++)
        if (r->cell[i].standings.better)
            return EXIT_CLAIM;
    for (i = 0; i < r->n; i++) {
        if (r->at[i].done && r->at[i].validation.verdict.answer == VERDICT_DISAGREED)
            return EXIT_CLAIM;
        unjudged |= !r->at[i].done || r->at[i].validation.verdict.answer == VERDICT_NOT_JUDGED;
    }
    return unjudged ? EXIT_UNJUDGED : EXIT_DONE;
}

static void show(struct validating *v)
{
    switch (v->order.order.output) {
    case OUTPUT_TABLE:
        validate_print_end(stdout, &v->report);
        break;
    case OUTPUT_JSON:
        validate_print_json(stdout, &v->report);
        break;
    case OUTPUT_CSV:
        validate_print_csv(stdout, &v->report);
        break;
    }
}

/* What was measured, a line a request. */
static int write_requests(const struct validate_report *r, const char *path)
{
    struct live_report measured = { .study = r->study, .n = r->n };
    uint32_t i;
    int status;

    measured.at = calloc(r->n, sizeof measured.at[0]);
    if (!measured.at) {
        cli_say("out of memory");
        return EXIT_MACHINE;
    }
    for (i = 0; i < r->n; i++)
        measured.at[i] = r->at[i].live;
    status = live_write_requests(&measured, path);
    free(measured.at);
    return status;
}

static bool any_done(const struct validate_report *r)
{
    uint32_t i;

    for (i = 0; i < r->n; i++)
        if (r->at[i].done)
            return true;
    return false;
}

/* An end before its time keeps and tells what there is. */
static int run_all(struct validating *v)
{
    int status = EXIT_DONE, ranked;
    uint32_t i;

    for (i = 0; i < v->report.n && status == EXIT_DONE && !interrupt_seen(); i++)
        status = run_contender(v, &v->report.at[i]);
    live_progress_clear(&v->progress);
    if (!any_done(&v->report))
        return status != EXIT_DONE ? status : EXIT_INTERRUPTED;
    ranked = rank(v);
    if (ranked == EXIT_DONE)
        show(v);
    if (v->order.order.requests_log && ranked == EXIT_DONE)
        ranked = write_requests(&v->report, v->order.order.requests_log);
    if (status == EXIT_DONE && (v->report.interrupted || interrupt_seen()))
        status = EXIT_INTERRUPTED;
    if (status == EXIT_DONE)
        status = ranked;
    return status != EXIT_DONE ? status : status_of(&v->report);
}

static int open_tls(struct validating *v)
{
    char why[300];

    if (!v->study->cells[0].scenario->live.tls)
        return EXIT_DONE;
    v->tls = secrets_open(why, sizeof why);
    if (v->tls)
        return EXIT_DONE;
    cli_say("validate: %s", why);
    return EXIT_MACHINE;
}

static void close_report(struct validate_report *r)
{
    uint32_t i;

    for (i = 0; i < r->cells && r->cell; i++) {
        if (r->cell[i].ranked)
            standings_close(&r->cell[i].standings);
        free(r->cell[i].at);
    }
    free(r->cell);
    for (i = 0; i < r->n; i++) {
        validation_close(&r->at[i].validation);
        session_close(&r->at[i].live.session);
    }
    free(r->at);
}

static int open_report(struct validating *v)
{
    const struct study *study = v->study;
    struct validate_report *r = &v->report;
    uint32_t i;

    r->study = study;
    r->order = &v->order;
    r->at = calloc(study->contenders_n, sizeof r->at[0]);
    if (!r->at) {
        cli_say("out of memory");
        return EXIT_MACHINE;
    }
    r->n = study->contenders_n;
    for (i = 0; i < r->n; i++) {
        r->at[i].live.contender = &study->contenders[i];
        r->at[i].live.cell = &study->cells[study->contenders[i].cell];
    }
    return EXIT_DONE;
}

static int run_study(struct validating *v, int n, char **words)
{
    int status = open_report(v), kept;

    if (status == EXIT_DONE)
        status = live_order_check_decisions(&v->order, v->verb, v->study);
    if (status == EXIT_DONE)
        status = live_order_check_log(&v->order, v->verb);
    if (status == EXIT_DONE)
        status = live_length_warn(&v->order, v->study);
    if (status == EXIT_DONE)
        status = open_tls(v);
    if (status == EXIT_DONE && live_keep_open(&v->keep, v->order.order.out, v->study)) {
        cli_say("%s", v->keep.keep.why);
        status = EXIT_MACHINE;
    }
    v->keep.n = n;
    v->keep.words = words;
    v->keep.kind = "validate";
    if (status == EXIT_DONE)
        status = kept_logs_open(&v->kept, v->order.decisions);
    if (status == EXIT_DONE) {
        status = run_all(v);
        kept = kept_logs_close(&v->kept);
        status = kept != EXIT_DONE ? kept : status;
    }
    live_keep_close(&v->keep);
    close_report(&v->report);
    return status;
}

/* ---- A log that was kept. */

static int check_replay(const struct validating *v)
{
    const struct live_order *o = &v->order;

    if (!o->decisions && !o->order.dry_run && !o->order.requests_log && !o->port &&
        !o->server_port && !o->allow_remote && !o->own_target && !o->realtime && !o->threads &&
        !o->order.out && is_table(v))
        return EXIT_DONE;
    cli_say("validate: --replay plays a log to the policies, and runs nothing: only the scenario, "
            "--policy and what changes the scenario go with it");
    return EXIT_USAGE;
}

static int replay(const struct validating *v)
{
    const struct study *study = v->study;
    struct policy_spec *policies = calloc(study->contenders_n, sizeof policies[0]);
    int status = check_replay(v);
    uint32_t i;

    if (!policies) {
        cli_say("out of memory");
        return EXIT_MACHINE;
    }
    for (i = 0; i < study->contenders_n; i++) {
        const struct contender *c = &study->contenders[i];

        policies[i] = c->scenario->policies[c->policy];
    }
    if (status == EXIT_DONE)
        status = replay_print(stdout, stderr, v->order.replay, policies, study->contenders_n);
    free(policies);
    return status;
}

static int validate_verb(const struct verb *verb, int n, char **words)
{
    struct validating *v = calloc(1, sizeof *v);
    struct policy_source source;
    int status;

    if (!v) {
        cli_say("out of memory");
        return EXIT_MACHINE;
    }
    v->verb = verb;
    status = cli_read(verb, n, words, take, v);
    v->plugins = plugins_open();
    v->said = diagnostics_open();
    if (status == 0 && (!v->plugins || !v->said)) {
        cli_say("out of memory");
        status = EXIT_MACHINE;
    }
    if (status == 0) {
        source = plugins_source(v->plugins);
        v->study = live_order_study(&v->order, &source, v->said, &status);
        live_progress_open(&v->progress, &v->order.order);
        if (v->study && v->order.replay) {
            status = replay(v);
        } else if (v->study && v->order.order.dry_run) {
            status = live_length_print(&v->order, v->study);
        } else if (v->study) {
            interrupt_catch();
            status = run_study(v, n, words);
        }
    }
    if (v->tls)
        secrets_close(v->tls);
    study_close(v->study);
    diagnostics_close(v->said);
    plugins_close(v->plugins);
    order_close(&v->order.order);
    free(v);
    return status < 0 ? EXIT_DONE : status;
}

static const struct cli_option options[] = {
    ORDER_SCENARIO_OPTIONS,
    LIVE_ORDER_OPTIONS,
    { "replay", 0, "FILE",
      "run nothing: play a log of decisions (--decisions) to the policies of the scenario, and "
      "say whether they pick the same" },
    { "threads", 0, NULL, "roles are threads of one process: in builds for tests" },
    { "dry-run", 0, NULL, "say how long it would take, and run nothing" },
    { "trace-requests", 0, "FILE",
      "one CSV line a measured request, as of lbsim live, of the best run of each policy" },
    { "out", 'o', "DIR", "where results go (default: results/NAME)" },
    { "format", 0, "table|json|csv", "what standard output gets (default: table)" },
    { "quiet", 'q', NULL, "no progress, no tries, no warnings" },
    { NULL, 0, NULL, NULL },
};

static const struct cli_refusal refusals[] = {
    LIVE_REFUSALS,
    { "serve", 0, "lbsim live --serve serves whoever comes: there would be nothing to compare" },
    { NULL, 0, NULL },
};

const struct verb verb_validate = {
    .name = "validate",
    .arguments = "[SCENARIO]",
    .summary = "run and live together: predicted against measured, with a verdict",
    .more =
        "Each policy is run over real sockets, and the very same requests are simulated: RAW, as\n"
        "if sockets cost nothing; CALIBRATED by pings at the run's own rate; ENV-REPLAY with the\n"
        "delays that each request had. The balancer's decisions are played back to the policy: "
        "that\n"
        "cannot see inputs or draws that were wrong when they were logged, ENV-REPLAY can.\n"
        "For servers that are not lbsim's (live.backends) there is no ENV-REPLAY, and CALIBRATED\n"
        "draws services from those of pings, made at light load, that found a core free. Such\n"
        "servers are taken to be fifo, with the scenario's cores, and their services to be\n"
        "independent of the size that lbsim planned.\n"
        "Agreed: CALIBRATED within 3 % at mean, p50, p90 and p99 of a VALID run of 12,000 "
        "requests\n"
        "or more, ENV-REPLAY within 0.5 % (2 % where picks depend on servers), all decisions the\n"
        "same. The status is 0 if all agreed, 1 if one did not, 4 if one could not be judged.\n"
        "  lbsim validate scenarios/live/first.json --policy p2c --policy random\n"
        "Results go to DIR/results.sqlite; lbsim export DIR --live reads them.\n"
        "A log of decisions that was kept is played back any time, perhaps to a mended policy:\n"
        "  lbsim live scenarios/live/first.json --policy p2c --decisions p2c.log\n"
        "  lbsim validate scenarios/live/first.json --policy p2c --replay p2c.log\n"
        "The status is 0 if all picks are the same, 1 if not: the first that differs is shown,\n"
        "with what the policy saw. 2 is a damaged log, or one of another policy.\n",
    .options = options,
    .refusals = refusals,
    .run = validate_verb,
};
