/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim compare: the policies of stored results against each other, or two results. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/cli.h"
#include "sim/cli/compare_print.h"
#include "sim/cli/point_match.h"
#include "sim/scenario/nearest.h"

enum { LIST_MOST = 64 };

struct compare {
    const struct verb *verb;
    const char *paths[2], *base, *format;
    const char *metrics[LIST_MOST], *places[LIST_MOST];
    uint32_t paths_n, metrics_n, places_n;
    struct results *results[2];
    bool plain;
    struct comparisons all;
};

static int take_repeated(const char **list, uint32_t *n, const char *name, const char *value)
{
    if (*n == LIST_MOST) {
        cli_say("compare: more than %d of --%s", LIST_MOST, name);
        return EXIT_USAGE;
    }
    list[(*n)++] = value;
    return 0;
}

static int take_confidence(struct compare *x, const char *value)
{
    char *end;
    x->all.confidence = strtod(value, &end);
    if (end != value && *end == '%' && !end[1])
        x->all.confidence /= 100;
    else if (*end)
        x->all.confidence = NAN;
    if (x->all.confidence > 0 && x->all.confidence < 1)
        return 0;
    cli_say("compare: --confidence %s: expected a number between 0 and 1, such as 0.99", value);
    return EXIT_USAGE;
}

static int take_format(struct compare *x, const char *value)
{
    x->format = value;
    if (!strcmp(value, "table") || !strcmp(value, "json") || !strcmp(value, "csv"))
        return 0;
    cli_say("compare: --format %s: expected table, json or csv", value);
    return EXIT_USAGE;
}

static int take_path(struct compare *x, const char *value)
{
    if (x->paths_n == 2) {
        cli_say("compare: \"%s\" is a third: one result, or two", value);
        return EXIT_USAGE;
    }
    x->paths[x->paths_n++] = value;
    return 0;
}

static int take(void *context, const struct cli_option *o, const char *value)
{
    struct compare *x = context;
    if (!o)
        return take_path(x, value);
    if (!strcmp(o->name, "metric"))
        return take_repeated(x->metrics, &x->metrics_n, o->name, value);
    if (!strcmp(o->name, "at"))
        return take_repeated(x->places, &x->places_n, o->name, value);
    if (!strcmp(o->name, "confidence"))
        return take_confidence(x, value);
    if (!strcmp(o->name, "format"))
        return take_format(x, value);
    if (!strcmp(o->name, "base"))
        x->base = value;
    x->all.all_pairs |= !strcmp(o->name, "all-pairs");
    x->all.quiet |= !strcmp(o->name, "quiet");
    x->plain |= !strcmp(o->name, "no-color");
    return 0;
}

/* ---- Is what was asked for there? */

static int open_results(struct compare *x)
{
    char why[1024];
    for (uint32_t i = 0; i < x->paths_n; i++) {
        if (results_open(x->paths[i], &x->results[i], why, sizeof why)) {
            cli_say("compare: %s", why);
            return EXIT_MACHINE;
        }
        for (uint32_t k = 0; k < x->results[i]->damage_n; k++)
            cli_say("compare: %s: left out: %s", x->paths[i], x->results[i]->damage[k]);
    }
    x->all.results = x->results[0];
    x->all.second = x->results[1];
    return 0;
}

/* That of the run, unless one was given. */
static void choose_confidence(struct compare *x)
{
    const struct results *results = x->results[0];
    if (x->all.confidence > 0)
        return;
    x->all.confidence = .95;
    for (uint32_t i = 0; i < results->contenders_n; i++) {
        const struct results_contender *contender = &results->contenders[i];
        if (contender->intervals_n > 0 && contender->intervals[0].confidence > 0) {
            x->all.confidence = contender->intervals[0].confidence;
            return;
        }
    }
}

static bool has_metric(const struct results *results, const char *name)
{
    for (uint32_t i = 0; i < results->contenders_n; i++) {
        if (comparison_number(&results->contenders[i], name))
            return true;
    }
    return false;
}

static int unknown_metric(const struct results *results, const char *name)
{
    struct nearest nearest = nearest_to(name);
    char known[2][512]; /* the nearest, and the one that is looked at */
    uint32_t now = 0;
    for (uint32_t i = 0; i < results->contenders_n; i++) {
        for (uint32_t k = 0; k < results->contenders[i].numbers_n; k++) {
            comparison_metric_name(&results->contenders[i].numbers[k], known[now],
                                   sizeof known[now]);
            nearest_see(&nearest, known[now]);
            now = nearest.best == known[now] ? 1 - now : now;
        }
    }
    if (nearest_found(&nearest))
        cli_say("compare: %s has no metric \"%s\"; did you mean \"%s\"?", results->path, name,
                nearest_found(&nearest));
    else
        cli_say("compare: %s has no metric \"%s\": name it in run.metrics of the scenario",
                results->path, name);
    return EXIT_USAGE;
}

/* Two metrics that every run has, unless some were asked for. */
static int choose_metrics(struct compare *x)
{
    static const char *const usual[] = { "latency.mean", "latency.p99" };
    const bool asked = x->metrics_n > 0;
    for (uint32_t i = 0; i < 2 && !asked; i++) {
        if (has_metric(x->results[0], usual[i]))
            x->metrics[x->metrics_n++] = usual[i];
    }
    for (uint32_t i = 0; i < x->metrics_n; i++) {
        for (uint32_t k = 0; k < x->paths_n; k++) {
            if (!has_metric(x->results[k], x->metrics[i]))
                return unknown_metric(x->results[k], x->metrics[i]);
        }
    }
    return 0;
}

/* A base given by the name of a policy, where that has but one label. */
static const char *label_of_policy(const struct results *results, const char *policy)
{
    const char *label = NULL;
    for (uint32_t i = 0; i < results->contenders_n; i++) {
        const struct results_contender *contender = &results->contenders[i];
        if (strcmp(contender->policy, policy))
            continue;
        if (label && strcmp(label, contender->label))
            return NULL;
        label = contender->label;
    }
    return label;
}

static int find_base(struct compare *x)
{
    const struct results *results = x->results[0];
    struct nearest nearest = nearest_to(x->base);
    for (uint32_t i = 0; i < results->contenders_n; i++) {
        if (!strcmp(results->contenders[i].label, x->base))
            return 0;
        nearest_see(&nearest, results->contenders[i].label);
    }
    if (label_of_policy(results, x->base)) {
        x->base = label_of_policy(results, x->base);
        return 0;
    }
    if (nearest_found(&nearest))
        cli_say("compare: --base %s: no such policy in %s; did you mean \"%s\"?", x->base,
                results->path, nearest_found(&nearest));
    else
        cli_say("compare: --base %s: no such policy in %s; the first is \"%s\"", x->base,
                results->path, results->contenders[0].label);
    return EXIT_USAGE;
}

static int check_base(struct compare *x)
{
    if (x->results[1] && (x->base || x->all.all_pairs)) {
        cli_say("compare: --%s goes with one result; of two, the second is compared with the first",
                x->base ? "base" : "all-pairs");
        return EXIT_USAGE;
    }
    return x->base ? find_base(x) : 0;
}

static bool wanted(const struct compare *x, const struct results_point *point)
{
    return points_wanted(point, x->places, x->places_n);
}

/* Each may be there, and yet no point have all of them. */
static int check_together(const struct compare *x)
{
    const struct results *results = x->results[0];
    for (uint32_t k = 0; k < results->points_n; k++) {
        if (wanted(x, &results->points[k]))
            return 0;
    }
    cli_say("compare: no point in %s has all that --at asks for", results->path);
    return EXIT_USAGE;
}

static int check_places(const struct compare *x)
{
    const struct results *results = x->results[0];
    for (uint32_t i = 0; i < x->places_n; i++) {
        bool found = false;
        for (uint32_t k = 0; k < results->points_n && !found; k++)
            found = point_matches(&results->points[k], x->places[i]);
        if (found)
            continue;
        if (results->points_n == 1 && !*results->points[0].name)
            cli_say("compare: --at %s: %s has no sweep, just one point", x->places[i],
                    results->path);
        else
            cli_say("compare: --at %s: no such point in %s; it has %u, the first is %s",
                    x->places[i], results->path, results->points_n, results->points[0].name);
        return EXIT_USAGE;
    }
    return check_together(x);
}

/* ---- Comparing. */

static bool in_second(const struct compare *x, const struct results_point *point)
{
    bool found = !x->results[1];
    for (uint32_t i = 0; !found && i < x->results[1]->points_n; i++)
        found = !strcmp(x->results[1]->points[i].name, point->name);
    return found;
}

static int compare_point(struct compare *x, uint32_t point)
{
    for (uint32_t i = 0; i < x->metrics_n; i++) {
        const struct comparison_order order = { .results = x->results[0],
                                                .second = x->results[1],
                                                .point = point,
                                                .metric = x->metrics[i],
                                                .base = x->base,
                                                .confidence = x->all.confidence };
        if (comparison_open(&x->all.at[x->all.n++], &order))
            return -1;
    }
    return 0;
}

static int compare_all(struct compare *x)
{
    const struct results *results = x->results[0];
    x->all.at = calloc((size_t)results->points_n * x->metrics_n + 1, sizeof x->all.at[0]);
    if (!x->all.at)
        return -1;
    for (uint32_t i = 0; i < results->points_n; i++) {
        if (wanted(x, &results->points[i]) && in_second(x, &results->points[i]) &&
            compare_point(x, i))
            return -1;
    }
    return 0;
}

static int print(const struct compare *x)
{
    if (!strcmp(x->format, "json"))
        compare_json(stdout, &x->all);
    else if (!strcmp(x->format, "csv"))
        compare_csv(stdout, &x->all);
    else if (!compare_table(stdout, &x->all))
        return -1;
    return 0;
}

/* How many of a result's policies, at points that are wanted, the other does not have. */
static uint32_t alone(const struct compare *x, const struct results *of,
                      const struct results *other)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < of->contenders_n; i++) {
        const struct results_point *point = &of->points[of->contenders[i].point];
        n += wanted(x, point) &&
             results_contender_at(other, point->name, of->contenders[i].label) == UINT32_MAX;
    }
    return n;
}

static void tell_alone(const struct compare *x)
{
    const struct results *a = x->results[0], *b = x->results[1];
    const uint32_t first = b ? alone(x, a, b) : 0, second = b ? alone(x, b, a) : 0;
    if (first + second > 0 && !x->all.quiet)
        cli_say("compare: left out: %u of the first that the second does not have, %u of the "
                "second that the first does not have (policies at points)",
                first, second);
}

/* What was left out has been told. */
static bool is_damaged(const struct compare *x)
{
    return x->results[0]->damage_n || (x->results[1] && x->results[1]->damage_n);
}

/* Two results may have nothing in common. */
static int check_any(const struct compare *x)
{
    for (uint32_t i = 0; i < x->all.n; i++) {
        if (x->all.at[i].n > 0)
            return 0;
    }
    cli_say("compare: no policy at a point that both have");
    return EXIT_USAGE;
}

static int obey(struct compare *x)
{
    if (x->paths_n == 0) {
        cli_say("compare: name one result, or two: a directory or results.sqlite");
        return EXIT_USAGE;
    }
    int status = open_results(x);
    if (status)
        return status;
    choose_confidence(x);
    x->all.color = cli_color(stdout, x->plain);
    status = choose_metrics(x);
    status = status ? status : check_base(x);
    status = status ? status : check_places(x);
    if (status)
        return status;
    if (compare_all(x)) {
        cli_say("out of memory");
        return EXIT_MACHINE;
    }
    status = check_any(x);
    if (!status)
        tell_alone(x);
    if (!status && print(x)) {
        cli_say("out of memory");
        return EXIT_MACHINE;
    }
    return status ? status : is_damaged(x) ? EXIT_CLAIM : EXIT_DONE;
}

static int run_verb(const struct verb *verb, int n, char **words)
{
    struct compare x = { .verb = verb, .format = "table" };
    int status = cli_read(verb, n, words, take, &x);
    if (status == 0)
        status = obey(&x);
    for (uint32_t i = 0; i < x.all.n; i++)
        comparison_close(&x.all.at[i]);
    free(x.all.at);
    results_close(x.results[0]);
    results_close(x.results[1]);
    return status < 0 ? EXIT_DONE : status;
}

static const struct cli_option options[] = {
    { "metric", 0, "M", "what to compare (repeatable; default: latency.mean and latency.p99)" },
    { "base", 0, "LABEL", "the policy that others are compared with (default: the first)" },
    { "all-pairs", 0, NULL, "every policy with every other" },
    { "at", 0, "POINT",
      "only at points with load=0.9, or load=0.9,servers.count=10 (repeatable: all must hold)" },
    { "confidence", 0, "C", "of all differences of a column together (default: that of the run)" },
    { "format", 0, "table|json|csv", "what standard output gets (default: table)" },
    { "quiet", 'q', NULL, "no warnings" },
    { "no-color", 0, NULL, "no colour (NO_COLOR does the same)" },
    { NULL, 0, NULL, NULL },
};

const struct verb verb_compare = {
    .name = "compare",
    .arguments = "RESULTS [RESULTS]",
    .summary = "policies, or two results, against each other: paired differences and ranking",
    .more =
        "  lbsim compare results/quickstart\n"
        "  lbsim compare results/quickstart --base jsq --metric latency.p99 --at load=0.9\n"
        "  lbsim compare results/before results/after\n"
        "Policies have met the same requests, so they are compared replication by replication. "
        "Intervals\nare widened until all differences of a column hold together; ranks do, too. "
        "Several --at\nof one axis are alternatives.\n",
    .options = options,
    .run = run_verb,
};
