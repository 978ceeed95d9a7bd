/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim list: the names of what there is. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "models/policies.h"
#include "sim/chart/chart.h"
#include "sim/cli/caution.h"
#include "sim/cli/cli.h"
#include "sim/run/asked.h"
#include "sim/scenario/topic.h"

static void list_policies(void)
{
    uint32_t i;

    for (i = 0; policies[i]; i++) {
        const struct lb_alias *a;

        printf("%-18s %-16s %s\n", policies[i]->name, policies[i]->family, policies[i]->summary);
        for (a = policies[i]->aliases; a && a->name; a++)
            printf(a->settings[0] ? "  = %-32s %s\n" : "  = %s\n", a->name, a->settings);
    }
}

static void list_metrics(void)
{
    char full[128];
    struct metric m;
    uint32_t i;

    for (i = 0; metric_name_at(i, &m); i++) {
        snprintf(full, sizeof full, "%s%s%s%s", m.name, m.statistic[0] ? "." : "", m.statistic,
                 asked_threshold(&m));
        printf("%-26s %-9s %s\n", full, m.unit, m.summary);
    }
    fputs("\nAny percentile is a metric: latency.p97.5. A name in braces makes it that of a "
          "client, a "
          "server\ngroup, one server, a zone or a balancer: latency.p99{web}, share{app}, "
          "share{app[3]}, share{app[*]},\nlatency.above{1s,web}; where it means two things, "
          "{client:web}, {servers:web}, {server:web[3]},\n{zone:web}, {balancer:web}. "
          "`lbsim explain METRIC` says what it is told of.\n"
          "Results have clients and groups anyway; run.metrics asks for more, run.windows for "
          "windows of time.\n",
          stdout);
}

static void list_charts(void)
{
    const struct chart *chart;

    for (uint32_t i = 0; (chart = chart_at(i)); i++)
        printf("%-12s %s\n", chart->name, chart->summary);
}

static void list_warnings(void)
{
    size_t i;

    for (i = 0; caution_codes[i][0]; i++)
        printf("%-22s %s\n", caution_codes[i][0], caution_codes[i][1]);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Scenario files below a directory, in order. */
static void list_files(const char *directory, int depth)
{
    char *names[1024], path[4096];
    DIR *dir = opendir(directory);
    const struct dirent *entry;
    size_t n = 0, i;

    while (dir && n < 1024 && (entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            names[n++] = strdup(entry->d_name);
    if (dir)
        closedir(dir);
    qsort(names, n, sizeof names[0], by_name);
    for (i = 0; i < n; i++) {
        struct stat is;

        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        if (depth < 4 && stat(path, &is) == 0 && S_ISDIR(is.st_mode))
            list_files(path, depth + 1);
        else if (strlen(path) > 5 && !strcmp(path + strlen(path) - 5, ".json") &&
                 strcmp(names[i], "schema.json"))
            puts(path);
        free(names[i]);
    }
}

static bool list_topic(const char *topic)
{
    struct topic_entry entry;
    int width = 18;
    uint32_t i;

    for (i = 0; topic_at(topic, i, &entry); i++)
        width = strlen(entry.name) > (size_t)width ? (int)strlen(entry.name) : width;
    for (i = 0; topic_at(topic, i, &entry); i++)
        printf("%-*s %s\n", width, entry.name, entry.summary);
    return i > 0;
}

static int take(void *context, const struct cli_option *o, const char *value)
{
    const char **topic = context;

    if (o || *topic) {
        cli_say("list: one topic at a time");
        return EXIT_USAGE;
    }
    *topic = value;
    return 0;
}

static int run_verb(const struct verb *verb, int n, char **words)
{
    const char *topic = NULL;
    int status = cli_read(verb, n, words, take, &topic);

    if (status)
        return status < 0 ? EXIT_DONE : status;
    if (!topic) {
        cli_help(verb, stdout);
        return EXIT_DONE;
    }
    if (!strcmp(topic, "policies"))
        list_policies();
    else if (!strcmp(topic, "metrics"))
        list_metrics();
    else if (!strcmp(topic, "charts"))
        list_charts();
    else if (!strcmp(topic, "warnings"))
        list_warnings();
    else if (!strcmp(topic, "scenarios"))
        list_files("scenarios", 0);
    else if (!list_topic(topic)) {
        cli_say("list: unknown topic \"%s\"; known: %s", topic, verb->arguments);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

const struct verb verb_list = {
    .name = "list",
    .arguments = "policies|distributions|arrivals|disciplines|links|mechanisms|metrics|charts|"
                 "warnings|scenarios",
    .summary = "the names of what there is; `lbsim explain NAME` tells more",
    .run = run_verb,
};
