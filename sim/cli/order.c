/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/run/asked.h"
#include "sim/scenario/claim.h"

static int too_many(const struct verb *verb, const struct cli_option *o)
{
    cli_say("%s: more than %d options --%s", verb->name, ORDER_MOST, o->name);
    return EXIT_USAGE;
}

static char *own(struct order *order, const char *text)
{
    char *copy = strdup(text);

    if (copy)
        order->owned[order->owned_n++] = copy;
    return copy;
}

static int set(struct order *order, const struct verb *verb, const struct cli_option *o,
               const char *path, const char *value, const char *as_typed)
{
    if (order->settings_n == ORDER_MOST)
        return too_many(verb, o);
    order->settings[order->settings_n++] =
        (struct setting) { .path = path, .value = value, .option = as_typed };
    return 0;
}

/* Cuts PATH=VALUE in two; a path may hold an equals sign within brackets. NULL: there is none. */
static char *cut(char *path)
{
    char *at = path;
    int depth = 0;

    for (; *at && (*at != '=' || depth > 0); at++)
        depth += (*at == '[') - (*at == ']');
    if (!*at)
        return NULL;
    *at = '\0';
    return at + 1;
}

static int take_set(struct order *order, const struct verb *verb, const struct cli_option *o,
                    const char *text)
{
    char *path = order->settings_n < ORDER_MOST ? own(order, text) : NULL, *value;

    if (!path)
        return too_many(verb, o);
    value = cut(path);
    if (value)
        return set(order, verb, o, path, value, NULL);
    cli_say("%s: --set %s: expected PATH=VALUE, for example --set load=0.9", verb->name, text);
    return EXIT_USAGE;
}

static int take_sweep(struct order *order, const struct verb *verb, const struct cli_option *o,
                      const char *text)
{
    char *path = order->sweeps_n < ORDER_MOST ? own(order, text) : NULL, *value;

    if (!path)
        return too_many(verb, o);
    value = cut(path);
    if (!value) {
        cli_say("%s: --sweep %s: expected PATH=AXIS, for example --sweep load=0.5,0.7,0.9 or "
                "--sweep load='0.5..0.95 step 0.05'",
                verb->name, text);
        return EXIT_USAGE;
    }
    order->sweeps[order->sweeps_n++] = (struct setting) { .path = path, .value = value };
    return 0;
}

int order_set(struct order *order, const struct verb *verb, const struct cli_option *o,
              const char *path, const char *value)
{
    char typed[256], *copy;

    snprintf(typed, sizeof typed, "--%s%s%s", o->name, o->argument ? " " : "",
             o->argument ? value : "");
    copy = order->settings_n < ORDER_MOST ? own(order, typed) : NULL;
    return copy ? set(order, verb, o, path, value, copy) : too_many(verb, o);
}

static int take_format(struct order *order, const struct verb *verb, const char *value)
{
    static const char *const names[] = { "table", "json", "csv" };
    int i;

    for (i = 0; i < 3; i++)
        if (!strcmp(value, names[i])) {
            order->output = (enum output)i;
            return 0;
        }
    cli_say("%s: --format %s: expected table, json or csv", verb->name, value);
    return EXIT_USAGE;
}

static int take_jobs(struct order *order, const struct verb *verb, const char *value)
{
    char *end;
    long n = strtol(value, &end, 10);

    if (*end || end == value || n < 1 || n > 4096) {
        cli_say("%s: --jobs %s: expected a whole number from 1 to 4096", verb->name, value);
        return EXIT_USAGE;
    }
    order->jobs = (uint32_t)n;
    return 0;
}

static int take_shard(struct order *order, const struct verb *verb, const char *value)
{
    char *end;
    unsigned long i = strtoul(value, &end, 10), n = *end == '/' ? strtoul(end + 1, &end, 10) : 0;

    if (*end || value[strspn(value, "0123456789/")] || i < 1 || i > n || n > 1000000) {
        cli_say("%s: --shard %s: expected I/N, the I-th of N shares, as in --shard 3/16",
                verb->name, value);
        return EXIT_USAGE;
    }
    order->shard = (uint32_t)i - 1;
    order->shards = (uint32_t)n;
    return 0;
}

static int take_delta(struct order *order, const struct verb *verb, const char *value)
{
    char *end;

    order->select_delta = strtod(value, &end);
    if (*end || end == value || !(order->select_delta > 0.0) || order->select_delta >= 1.0) {
        cli_say("%s: --select-delta %s: expected a share of the best, as in --select-delta 0.01",
                verb->name, value);
        return EXIT_USAGE;
    }
    return 0;
}

static int take_engine(struct order *order, const struct verb *verb, const char *value)
{
    static const char *const ways[] = { "auto", "general", "express" };
    int i;

    for (i = 0; i < 3; i++)
        if (!strcmp(value, ways[i])) {
            order->way = i;
            return 0;
        }
    cli_say("%s: --engine %s: expected auto, general or express", verb->name, value);
    return EXIT_USAGE;
}

static int take_word(struct order *order, const struct verb *verb, const char *word)
{
    if (order->path) {
        cli_say("%s: one scenario at a time: \"%s\" and \"%s\"", verb->name, order->path, word);
        return EXIT_USAGE;
    }
    order->path = word;
    return 0;
}

int order_take(struct order *order, const struct verb *verb, const struct cli_option *o,
               const char *value)
{
    static const struct {
        const char *option, *path;
    } shorts[] = { { "load", "load" },
                   { "servers", "servers.count" },
                   { "seed", "run.seed" },
                   { "requests", "run.requests" },
                   { "duration", "run.duration" },
                   { "replications", "run.replications" },
                   { "precision", "run.precision.relative" },
                   { "transport", "live.transport" },
                   { "through", "live.through" },
                   { "through", "live.through" },
                   { "tries", "live.tries" },
                   { "connections", "live.connections" } };
    size_t i;

    if (!o)
        return take_word(order, verb, value);
    if (!strcmp(o->name, "tls"))
        return order_set(order, verb, o, "live.tls", "true");
    for (i = 0; i < sizeof shorts / sizeof shorts[0]; i++)
        if (!strcmp(o->name, shorts[i].option))
            return order_set(order, verb, o, shorts[i].path, value);
    if (!strcmp(o->name, "set"))
        return take_set(order, verb, o, value);
    if (!strcmp(o->name, "sweep"))
        return take_sweep(order, verb, o, value);
    if (!strcmp(o->name, "format"))
        return take_format(order, verb, value);
    if (!strcmp(o->name, "jobs"))
        return take_jobs(order, verb, value);
    if (!strcmp(o->name, "select-delta"))
        return take_delta(order, verb, value);
    if (!strcmp(o->name, "engine"))
        return take_engine(order, verb, value);
    if (!strcmp(o->name, "shard"))
        return take_shard(order, verb, value);
    if (!strcmp(o->name, "policy")) {
        if (order->policies_n == ORDER_MOST)
            return too_many(verb, o);
        order->policies[order->policies_n++] = value;
    } else if (!strcmp(o->name, "select-metric")) {
        order->select_metric = value;
    } else if (!strcmp(o->name, "out")) {
        order->out = value;
    } else if (!strcmp(o->name, "claims")) {
        order->claims = value;
    } else if (!strcmp(o->name, "trace-picks")) {
        order->picks = value;
    } else if (!strcmp(o->name, "trace-requests")) {
        order->requests_log = value;
    } else {
        order->confirm |= !strcmp(o->name, "confirm");
        order->dry_run |= !strcmp(o->name, "dry-run");
        order->select |= !strcmp(o->name, "select");
        order->single_run |= !strcmp(o->name, "single-run");
        order->quiet |= o->letter == 'q';
        order->verbose |= o->letter == 'v';
        order->plain |= !strcmp(o->name, "no-color");
    }
    return 0;
}

void order_close(struct order *order)
{
    while (order->owned_n)
        free(order->owned[--order->owned_n]);
}

/* ---- The scenario. */

const char *order_unreadable(const char *path)
{
    struct stat is;

    if (access(path, R_OK) || stat(path, &is))
        return strerror(errno);
    return S_ISDIR(is.st_mode) ? "is a directory" : NULL;
}

static bool readable(const char *path)
{
    const char *why = order_unreadable(path);

    if (why)
        cli_say("%s: %s", path, why);
    return !why;
}

static struct scenario_request request_of(const struct order *order,
                                          const struct policy_source *source)
{
    return (struct scenario_request) { .policies = source,
                                       .settings = order->settings,
                                       .settings_n = order->settings_n,
                                       .only = order->policies,
                                       .only_n = order->policies_n,
                                       .sweeps = order->sweeps,
                                       .sweeps_n = order->sweeps_n,
                                       .metric = asked_check,
                                       .metric_unit = asked_unit,
                                       .windows = asked_check_windows,
                                       .open_file = scenario_open_file };
}

void order_show(const struct order *order, struct diagnostics *said)
{
    unsigned how = isatty(STDERR_FILENO) || order->verbose ? SHOW_EXCERPT : 0;

    if (order->silent)
        return;
    if (cli_color(stderr, order->plain))
        how |= SHOW_COLOR;
    if (order->verbose)
        how |= SHOW_NOTES;
    if (order->quiet)
        how |= HIDE_WARNINGS;
    diagnostics_print(said, stderr, how);
}

static bool is_there(const struct order *order, int *status)
{
    *status = EXIT_USAGE;
    if (!order->path || !strcmp(order->path, "-") || readable(order->path))
        return true;
    *status = EXIT_MACHINE;
    return false;
}

struct scenario *order_scenario(const struct order *order, const struct policy_source *source,
                                struct diagnostics *said, int *status)
{
    const struct scenario_request request = request_of(order, source);
    struct scenario *scenario;

    if (!is_there(order, status))
        return NULL;
    scenario = scenario_load(order->path, &request, said);
    order_show(order, said);
    return scenario;
}

struct study *order_study(const struct order *order, const struct policy_source *source,
                          struct diagnostics *said, int *status)
{
    const struct scenario_request request = request_of(order, source);
    struct study *study;

    if (!is_there(order, status))
        return NULL;
    if (order->claims && !readable(order->claims)) {
        *status = EXIT_MACHINE;
        return NULL;
    }
    study = study_load(order->path, &request, said);
    if (study && order->claims && !claims_load(study, order->claims, &request, said)) {
        study_close(study);
        study = NULL;
    }
    order_show(order, said);
    return study;
}
