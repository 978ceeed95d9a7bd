/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim export: results for other programs. */
#include <errno.h>
#include <string.h>

#include "sim/cli/cli.h"
#include "sim/cli/export.h"
#include "sim/cli/export_live.h"
#include "sim/cli/point_match.h"
#include "sim/cli/store_file.h"
#include "sim/cli/whole_file.h"
#include "sim/scenario/nearest.h"

enum form { FORM_CSV, FORM_JSON, FORM_HGRM };

struct order {
    struct export export;
    const char *path, *out;
    enum form form;
    bool live;
};

static int take_form(struct order *order, const char *value)
{
    static const char *const names[] = { "csv", "json", "hgrm" };
    int i;

    for (i = 0; i < 3; i++)
        if (!strcmp(value, names[i])) {
            order->form = (enum form)i;
            return 0;
        }
    cli_say("export: unknown format \"%s\"; expected csv, json or hgrm", value);
    return EXIT_USAGE;
}

static int add(const char *list[EXPORT_MOST], uint32_t *n, const char *value)
{
    if (*n == EXPORT_MOST) {
        cli_say("export: more than %d of one option", EXPORT_MOST);
        return EXIT_USAGE;
    }
    list[(*n)++] = value;
    return 0;
}

static int take(void *context, const struct cli_option *o, const char *value)
{
    struct order *order = context;
    struct export *e = &order->export;

    if (!o && order->path) {
        cli_say("export: one result at a time: %s or %s?", order->path, value);
        return EXIT_USAGE;
    }
    if (!o)
        order->path = value;
    else if (!strcmp(o->name, "format"))
        return take_form(order, value);
    else if (!strcmp(o->name, "out"))
        order->out = value;
    else if (!strcmp(o->name, "metric"))
        return add(e->metrics, &e->metrics_n, value);
    else if (!strcmp(o->name, "policy"))
        return add(e->policies, &e->policies_n, value);
    else if (!strcmp(o->name, "point"))
        return add(e->points, &e->points_n, value);
    else if (!strcmp(o->name, "live"))
        order->live = true;
    else
        e->replications = true;
    return 0;
}

/* ---- Is there any of what is asked for? */

static void see_row(void *context, const struct export_row *row)
{
    (void)row;
    ++*(uint32_t *)context;
}

static int refuse(const char *what, const char *value, const char *nearest)
{
    if (nearest)
        cli_say("export: the results have no %s \"%s\"; did you mean \"%s\"?", what, value,
                nearest);
    else
        cli_say("export: the results have no %s \"%s\"", what, value);
    return EXIT_USAGE;
}

static int check_policy(const struct export *e, const char *value)
{
    struct export one = { .results = e->results, .policies = { value }, .policies_n = 1 };
    struct nearest nearest = nearest_to(value);
    uint32_t i;

    for (i = 0; i < e->results->contenders_n; i++) {
        if (export_wants(&one, &e->results->contenders[i]))
            return EXIT_DONE;
        nearest_see(&nearest, e->results->contenders[i].label);
    }
    return refuse("policy", value, nearest_found(&nearest));
}

static int check_point(const struct export *e, const char *value)
{
    struct export one = { .results = e->results, .points = { value }, .points_n = 1 };
    struct nearest nearest = nearest_to(value);
    uint32_t i;

    for (i = 0; i < e->results->contenders_n; i++) {
        if (export_wants(&one, &e->results->contenders[i]))
            return EXIT_DONE;
        nearest_see(&nearest, e->results->points[e->results->contenders[i].point].name);
    }
    return refuse("point", value, nearest_found(&nearest));
}

static int check_metric(const struct export *e, const char *value)
{
    struct export one = { .results = e->results, .metrics = { value }, .metrics_n = 1 };
    static const char *const durations[] = { "latency", "wait", "service", "slowdown",
                                             "wait_slowdown" };
    struct nearest nearest = nearest_to(value);
    uint32_t i, rows = 0;
    size_t k;

    for (i = 0; i < e->results->contenders_n && rows == 0; i++) {
        const struct results_contender *c = &e->results->contenders[i];

        export_each(&one, c, see_row, &rows);
        for (k = 0; k < c->numbers_n; k++)
            nearest_see(&nearest, c->numbers[k].metric);
    }
    for (k = 0; k < sizeof durations / sizeof durations[0]; k++)
        nearest_see(&nearest, durations[k]);
    return rows ? EXIT_DONE : refuse("metric", value, nearest_found(&nearest));
}

static int check_points(const struct export *e)
{
    uint32_t i;

    for (i = 0; i < e->results->points_n; i++)
        if (points_wanted(&e->results->points[i], e->points, e->points_n))
            return EXIT_DONE;
    cli_say("export: the results have no point with all that --point asks for");
    return EXIT_USAGE;
}

static int check(const struct export *e)
{
    int status = EXIT_DONE;
    uint32_t i;

    for (i = 0; i < e->policies_n && status == EXIT_DONE; i++)
        status = check_policy(e, e->policies[i]);
    for (i = 0; i < e->points_n && status == EXIT_DONE; i++)
        status = check_point(e, e->points[i]);
    if (status == EXIT_DONE && e->points_n)
        status = check_points(e);
    for (i = 0; i < e->metrics_n && status == EXIT_DONE; i++)
        status = check_metric(e, e->metrics[i]);
    return status;
}

/* What is read must not be written. */
static int check_out(const struct order *order)
{
    const char *store = order->export.results->path;

    if (strcmp(order->out, "-") ? !is_of_store(store, order->out) : !is_standard_output(store))
        return EXIT_DONE;
    cli_say("export: %s belongs to the results that are read: -o needs another file", order->out);
    return EXIT_USAGE;
}

/* ---- Writing. */

static void put(FILE *out, const struct order *order)
{
    if (order->form == FORM_CSV)
        export_csv(out, &order->export);
    else
        export_json(out, &order->export);
}

static int write_out(const struct order *order)
{
    struct whole_file file;
    bool good;

    if (order->form == FORM_HGRM)
        return export_hgrm(&order->export, order->out);
    if (!strcmp(order->out, "-")) {
        put(stdout, order);
        return EXIT_DONE;
    }
    if (whole_file_open(&file, order->out)) {
        cli_say("export: %s: %s", order->out, strerror(errno));
        return EXIT_MACHINE;
    }
    put(file.out, order);
    good = !ferror(file.out);
    if (whole_file_end(&file, good) || !good) {
        cli_say("export: %s: %s", order->out, strerror(errno));
        return EXIT_MACHINE;
    }
    return EXIT_DONE;
}

static int export_results(struct order *order)
{
    struct results *results;
    char why[1024];
    uint32_t i;
    int status;

    if (results_open(order->path, &results, why, sizeof why)) {
        cli_say("%s", why);
        return EXIT_MACHINE;
    }
    order->export.results = results;
    for (i = 0; i < results->damage_n; i++)
        cli_say("%s", results->damage[i]);
    status = check_out(order);
    if (status == EXIT_DONE)
        status = check(&order->export);
    if (status == EXIT_DONE)
        status = write_out(order);
    if (status == EXIT_DONE && results->damage_n)
        status = EXIT_CLAIM;
    results_close(results);
    return status;
}

static int export_live_run(const struct order *order)
{
    const struct export *e = &order->export;
    const struct export_live live = { .path = order->path,
                                      .out = order->out,
                                      .form = (enum export_live_form)order->form,
                                      .policies = e->policies,
                                      .metrics = e->metrics,
                                      .points = e->points,
                                      .policies_n = e->policies_n,
                                      .metrics_n = e->metrics_n,
                                      .points_n = e->points_n };

    return export_live(&live);
}

static int run_verb(const struct verb *verb, int n, char **words)
{
    struct order order = { .out = "-" };
    int status = cli_read(verb, n, words, take, &order);

    if (status == 0 && !order.path) {
        cli_say("export: which results? For example: lbsim export results/quickstart");
        status = EXIT_USAGE;
    }
    if (status == 0 && order.form == FORM_HGRM && order.export.replications) {
        cli_say("export: --replications is of csv and json: a spectrum is of all replications");
        status = EXIT_USAGE;
    }
    if (status == 0 && order.live && order.export.replications) {
        cli_say("export: --replications is of simulations: a policy runs once over real sockets");
        status = EXIT_USAGE;
    }
    if (status == 0)
        return order.live ? export_live_run(&order) : export_results(&order);
    return status < 0 ? EXIT_DONE : status;
}

static const struct cli_option options[] = {
    { "format", 0, "csv|json|hgrm", "rows (default), lbsim-results/1, or percentile spectra" },
    { "out", 'o', "FILE", "where it goes (default: -, standard output)" },
    { "metric", 0, "M", "only latency, latency.p99 or latency.p99{web} (repeatable)" },
    { "policy", 0, "L", "only this label or policy (repeatable)" },
    { "point", 0, "P", "only points of the sweep with load=0.9 (repeatable, as --at of compare)" },
    { "live", 0, NULL, "what was measured over real sockets, and predicted of it" },
    { "replications", 0, NULL, "a row a replication; in JSON a list of them" },
    { NULL, 0, NULL, NULL },
};

const struct verb verb_export = {
    .name = "export",
    .arguments = "RESULTS",
    .summary = "results as CSV or JSON, histograms as percentile spectra",
    .more =
        "Each row of the CSV has all that it belongs to: scenario, version, seed, point, policy.\n"
        "  lbsim export results/quickstart --metric latency.p99 -o p99.csv\n"
        "Spectra (.hgrm, milliseconds) are those of HdrHistogram; several go to a directory:\n"
        "  lbsim export results/quickstart --format hgrm --metric latency -o spectra\n"
        "Of the newest live run, measured beside predicted (world):\n"
        "  lbsim export results/live_first --live --metric latency\n",
    .options = options,
    .run = run_verb,
};
