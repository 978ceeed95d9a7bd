/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim report: results as one page that stands alone. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/chart/chart_base.h"
#include "sim/cli/cli.h"
#include "sim/cli/export.h"
#include "sim/cli/report.h"
#include "sim/cli/store_file.h"
#include "sim/cli/whole_file.h"
#include "sim/record/store_live.h"
#include "sim/scenario/headline.h"
#include "sim/scenario/nearest.h"

enum { LIST_MOST = 64, PATH_ROOM = 4096 };

struct order {
    struct report report;
    const char *out; /* NULL: report.html beside the results */
    const char *policies[LIST_MOST], *metrics[LIST_MOST];
    uint32_t policies_n;
    char store[PATH_ROOM], page[PATH_ROOM + 16];
    struct results view; /* report.results, if there are any */
    struct export_live wanted;
    struct live_rows rows;
    bool quiet, damaged;
};

static int no_memory(void)
{
    cli_say("out of memory");
    return EXIT_MACHINE;
}

/* ---- Options. */

static int add(const char *list[LIST_MOST], uint32_t *n, const char *value)
{
    if (*n == LIST_MOST) {
        cli_say("report: more than %d of one option", LIST_MOST);
        return EXIT_USAGE;
    }
    list[(*n)++] = value;
    return 0;
}

static int take(void *context, const struct cli_option *o, const char *value)
{
    struct order *order = context;
    struct report *report = &order->report;

    if (!o && report->path) {
        cli_say("report: one result at a time: %s or %s?", report->path, value);
        return EXIT_USAGE;
    }
    if (!o)
        report->path = value;
    else if (!strcmp(o->name, "out"))
        order->out = value;
    else if (!strcmp(o->name, "title"))
        report->title = value;
    else if (!strcmp(o->name, "policy"))
        return add(order->policies, &order->policies_n, value);
    else if (!strcmp(o->name, "metric"))
        return add(order->metrics, &report->metrics_n, value);
    else
        order->quiet = true;
    return 0;
}

/* ---- Policies that are asked for. */

static bool is_wanted(const struct order *order, const char *label, const char *policy)
{
    uint32_t i;

    for (i = 0; i < order->policies_n; i++)
        if (!strcmp(order->policies[i], label) || !strcmp(order->policies[i], policy))
            return true;
    return order->policies_n == 0;
}

static int check_policy(const struct order *order, const char *name)
{
    const struct results *r = order->report.whole;
    struct nearest nearest = nearest_to(name);
    uint32_t i;

    for (i = 0; i < r->contenders_n; i++) {
        if (!strcmp(r->contenders[i].label, name) || !strcmp(r->contenders[i].policy, name))
            return EXIT_DONE;
        nearest_see(&nearest, r->contenders[i].label);
    }
    if (nearest_found(&nearest))
        cli_say("report: the results have no policy \"%s\"; did you mean \"%s\"?", name,
                nearest_found(&nearest));
    else
        cli_say("report: the results have no policy \"%s\"", name);
    return EXIT_USAGE;
}

/* The results with these policies alone: what is compared is compared among them. */
static int choose_policies(struct order *order)
{
    const struct results *whole = order->report.whole;
    struct results_contender *chosen;
    int status = EXIT_DONE;
    uint32_t i;

    for (i = 0; i < order->policies_n && status == EXIT_DONE; i++)
        status = check_policy(order, order->policies[i]);
    if (status)
        return status;
    chosen = calloc(whole->contenders_n + 1, sizeof chosen[0]);
    if (!chosen)
        return no_memory();
    order->view = *whole;
    order->view.contenders = chosen;
    order->view.contenders_n = 0;
    for (i = 0; i < whole->contenders_n; i++)
        if (is_wanted(order, whole->contenders[i].label, whole->contenders[i].policy))
            chosen[order->view.contenders_n++] = whole->contenders[i];
    order->report.results = &order->view;
    return EXIT_DONE;
}

/* ---- Reading. */

static int read_live(struct order *order)
{
    struct store *store = NULL;
    char why[1024];
    int status = EXIT_MACHINE;

    order->wanted =
        (struct export_live) { .policies = order->policies, .policies_n = order->policies_n };
    order->rows.export = &order->wanted;
    if (store_open(order->store, STORE_READ, &store, why, sizeof why)) {
        cli_say("report: %s", why);
    } else if (live_rows_read(&order->rows, store)) {
        cli_say("report: %s", order->rows.failed ? "out of memory" : store_why(store));
    } else {
        status = EXIT_DONE;
        order->damaged |= order->rows.damaged > 0;
        if (order->rows.found && order->rows.contenders_n)
            order->report.live = &order->rows;
    }
    store_close(store);
    return status;
}

/* Simulations, if there are any; a store of live runs alone is one, too. */
static int read_results(struct order *order)
{
    struct report *r = &order->report;
    char why[1024];
    uint32_t i;
    int status, failed;

    if (!results_path(r->path, order->store, sizeof order->store)) {
        cli_say("report: %.200s...: the name is too long", r->path);
        return EXIT_MACHINE;
    }
    failed = results_open(r->path, &r->whole, why, sizeof why);
    if (failed && failed != -ENODATA) {
        cli_say("report: %s", why);
        return EXIT_MACHINE;
    }
    status = read_live(order);
    if (status == EXIT_DONE && failed && !r->live) {
        cli_say("report: %s", why);
        return EXIT_MACHINE;
    }
    for (i = 0; r->whole && i < r->whole->damage_n; i++)
        cli_say("report: left out: %s", r->whole->damage[i]);
    order->damaged |= r->whole && r->whole->damage_n;
    return status;
}

static int prepare_simulations(struct order *order)
{
    struct report *r = &order->report;
    int status = choose_policies(order);

    if (status)
        return status;
    r->confidence = .95;
    if (r->results->contenders_n && r->results->contenders[0].confidence > 0.0)
        r->confidence = r->results->contenders[0].confidence;
    r->theory = report_theory_open(r->results);
    status = report_choose(r);
    if (status)
        return status;
    if (r->metric_n == 0) {
        cli_say("report: %s has no metric that a report tells", r->results->path);
        return EXIT_USAGE;
    }
    return report_judge(r) ? EXIT_DONE : no_memory();
}

static void prepare_page(struct order *order)
{
    struct report *r = &order->report;
    const char *text = r->whole ? r->whole->text : r->live->text;
    const struct chart_choice choice = { .policies = order->policies,
                                         .policies_n = order->policies_n,
                                         .point = r->point };

    r->question = headline_of(text, strlen(text), "description");
    r->source = headline_of(text, strlen(text), "source");
    if (chart_base_open(r->whole, order->store, &choice, &r->base, r->base_why, sizeof r->base_why))
        r->base = NULL;
    report_draw(r);
}

/* ---- Writing. */

/* report.html beside the results, unless said otherwise; never a file that is read. */
static int check_page(struct order *order)
{
    const char *slash = strrchr(order->store, '/');

    if (!order->out) {
        snprintf(order->page, sizeof order->page, "%.*sreport.html",
                 slash ? (int)(slash - order->store) + 1 : 0, order->store);
        order->out = order->page;
    }
    if (strcmp(order->out, "-") ? !is_of_store(order->store, order->out)
                                : !is_standard_output(order->store))
        return EXIT_DONE;
    cli_say("report: %s belongs to the results that are read: -o needs another file", order->out);
    return EXIT_USAGE;
}

static int write_page(const struct order *order)
{
    struct whole_file file;
    bool good;

    if (!strcmp(order->out, "-"))
        return report_write(stdout, &order->report) ? EXIT_MACHINE : EXIT_DONE;
    if (whole_file_open(&file, order->out) == 0) {
        good = report_write(file.out, &order->report) == 0 && !ferror(file.out);
        if (whole_file_end(&file, good) == 0 && good) {
            if (!order->quiet)
                printf("%s\n", order->out);
            return EXIT_DONE;
        }
    }
    cli_say("report: %s: %s", order->out, strerror(errno));
    return EXIT_MACHINE;
}

static int obey(struct order *order)
{
    int status = read_results(order);

    if (status == EXIT_DONE)
        status = check_page(order);
    if (status == EXIT_DONE && order->report.whole)
        status = prepare_simulations(order);
    if (status == EXIT_DONE && !report_list_policies(&order->report))
        status = no_memory();
    if (status == EXIT_DONE) {
        prepare_page(order);
        status = write_page(order);
    }
    return status == EXIT_DONE && order->damaged ? EXIT_CLAIM : status;
}

static void close_order(struct order *order)
{
    struct report *r = &order->report;

    chart_base_close(r->base);
    report_theory_close(r->theory);
    free((void *)(uintptr_t)order->view.contenders);
    free(r->policy);
    free(r->mark);
    free(r->question);
    free(r->source);
    free(r->charts);
    live_rows_close(&order->rows);
    results_close(r->whole);
}

static int run_verb(const struct verb *verb, int n, char **words)
{
    struct order *order = calloc(1, sizeof *order);
    int status;

    if (!order)
        return no_memory();
    order->report.metrics = order->metrics;
    status = cli_read(verb, n, words, take, order);
    if (status == 0 && !order->report.path) {
        cli_say("report: which results? For example: lbsim report results/quickstart");
        status = EXIT_USAGE;
    }
    if (status == 0)
        status = obey(order);
    close_order(order);
    free(order);
    return status < 0 ? EXIT_DONE : status;
}

static const struct cli_option options[] = {
    { "out", 'o', "FILE",
      "where it goes (default: report.html beside the results; -: standard "
      "output)" },
    { "title", 0, "TEXT", "instead of the scenario's name" },
    { "policy", 0, "P", "only this label or policy (repeatable); colours stay" },
    { "metric", 0, "M",
      "what the answer is about (repeatable: further columns; default: "
      "latency.p99)" },
    { "quiet", 'q', NULL, "do not say what was written" },
    { NULL, 0, NULL, NULL },
};

const struct verb verb_report = {
    .name = "report",
    .arguments = "RESULTS",
    .summary = "one page that stands alone: the answer, charts, tables, how to reproduce",
    .more = "The page is one HTML file that loads nothing: it opens from a disk, on a phone and on "
            "paper.\n"
            "  lbsim report results/quickstart\n"
            "  lbsim report results/sweep --metric latency.mean -o sweep.html\n"
            "Charts need gnuplot (package gnuplot-nox); without it the page has all the rest.\n",
    .options = options,
    .run = run_verb,
};
