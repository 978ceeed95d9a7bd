/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim check: only read and check scenarios, simulate nothing. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "sim/cli/order.h"
#include "sim/run/plugin.h"
#include "sim/scenario/live_contradiction.h"

struct check {
    const struct verb *verb;
    struct order order;
    const char *paths[ORDER_MOST];
    uint32_t paths_n;
    bool live;
};

static int take(void *context, const struct cli_option *o, const char *value)
{
    struct check *check = context;

    if (o && !strcmp(o->name, "live")) {
        check->live = true;
        return 0;
    }
    if (o)
        return order_take(&check->order, check->verb, o, value);
    if (check->paths_n == ORDER_MOST) {
        cli_say("check: more than %d files", ORDER_MOST);
        return EXIT_USAGE;
    }
    check->paths[check->paths_n++] = value;
    return 0;
}

/* "24 points x 4 policies", or how many there are in all if points differ in that. */
static void print_size(const struct study *study)
{
    const uint32_t policies = study->contenders_n / study->cells_n;
    uint32_t i;

    for (i = 0; i < study->contenders_n; i++)
        if (study->contenders[i].cell != i / policies)
            break;
    if (i == study->contenders_n)
        printf("%u points x %u polic%s", study->cells_n, policies, policies == 1 ? "y" : "ies");
    else
        printf("%u points, %u policies at them in all", study->cells_n, study->contenders_n);
}

static void print_good(const struct study *study, const char *path, bool warned)
{
    const struct scenario *first = study->cells[0].scenario;

    printf("%s: good: ", path);
    if (study->axes_n)
        print_size(study);
    else
        printf("%u server%s, %u polic%s", first->servers_present,
               first->servers_present == 1 ? "" : "s", first->policies_n,
               first->policies_n == 1 ? "y" : "ies");
    printf("%s\n", warned ? ", with warnings" : "");
}

/* How many descriptors a process may have open; 0: not known. */
static uint64_t descriptors(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_max == RLIM_INFINITY ? 0 : limit.rlim_max;
}

static int check_live(const struct check *check, const struct study *study, bool *warned)
{
    struct diagnostics *said = diagnostics_open();
    int status = EXIT_MACHINE;

    if (said) {
        live_study_contradictions(study, descriptors(), said);
        order_show(&check->order, said);
        status = diagnostics_errors(said) ? EXIT_USAGE : EXIT_DONE;
        *warned |= diagnostics_warnings(said) > 0;
    }
    diagnostics_close(said);
    return status;
}

static int check_one(struct check *check, const char *path, const struct policy_source *source)
{
    struct diagnostics *said = diagnostics_open();
    struct study *study = NULL;
    int status = EXIT_MACHINE;
    bool warned;

    check->order.path = path;
    if (said)
        study = order_study(&check->order, source, said, &status);
    if (study) {
        warned = diagnostics_warnings(said);
        status = check->live ? check_live(check, study, &warned) : EXIT_DONE;
        if (status == EXIT_DONE && !check->order.quiet)
            print_good(study, path, warned);
    }
    study_close(study);
    diagnostics_close(said);
    return status;
}

static int run_verb(const struct verb *verb, int n, char **words)
{
    struct check *check = calloc(1, sizeof *check);
    struct plugins *plugins = plugins_open();
    struct policy_source source;
    int status = EXIT_MACHINE;
    uint32_t i;

    if (check && plugins) {
        check->verb = verb;
        status = cli_read(verb, n, words, take, check);
        source = plugins_source(plugins);
        if (status == 0 && check->paths_n == 0) {
            cli_say("check: name a scenario file");
            status = EXIT_USAGE;
        }
        for (i = 0; status >= 0 && i < check->paths_n; i++) {
            int one = check_one(check, check->paths[i], &source);

            status = one > status ? one : status;
        }
        order_close(&check->order);
    }
    plugins_close(plugins);
    free(check);
    return status < 0 ? EXIT_DONE : status;
}

static const struct cli_option options[] = {
    ORDER_SCENARIO_OPTIONS,
    ORDER_REPLICATIONS,
    { "live", 0, NULL, "say too what stands against running it over real sockets" },
    { "quiet", 'q', NULL, "errors only" },
    { NULL, 0, NULL, NULL },
};

const struct verb verb_check = {
    .name = "check",
    .arguments = "FILE ...",
    .summary = "only read and check scenarios, simulate nothing",
    .more = "All errors of a file are shown together, those of all points of its sweep too; exit\n"
            "status 2 if there is one.\n",
    .options = options,
    .run = run_verb,
};
