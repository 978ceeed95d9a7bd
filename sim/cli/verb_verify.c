/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim verify: run scenarios and judge what they expect. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/cli/interrupt.h"
#include "sim/cli/verify.h"
#include "sim/cli/whole_file.h"
#include "sim/run/launch.h"
#include "sim/run/plugin.h"

struct verify {
    const struct verb *verb;
    struct order order;
    const char *junit_path;
    bool quick;
    char **paths; /* files and directories as given, then the files ... */
    uint32_t paths_n;
    char **names; /* ... and what the scenarios of those that were read are called */
    struct whole_file junit;
    struct tally_of_claims all;
    uint32_t judged, files; /* claims; files printed */
};

/* ---- What is to be verified. */

static int add_path(struct verify *verify, const char *path)
{
    char **grown = realloc(verify->paths, (verify->paths_n + 1) * sizeof *grown);

    if (grown)
        verify->paths = grown;
    if (grown && (grown[verify->paths_n] = strdup(path)) != NULL) {
        verify->paths_n++;
        return 0;
    }
    cli_say("out of memory");
    return EXIT_MACHINE;
}

static int take(void *context, const struct cli_option *o, const char *value)
{
    struct verify *verify = context;

    if (!o)
        return add_path(verify, value);
    if (!strcmp(o->name, "junit"))
        verify->junit_path = value;
    else if (!strcmp(o->name, "quick"))
        verify->quick = true;
    else
        return order_take(&verify->order, verify->verb, o, value);
    return 0;
}

static bool is_directory(const char *path)
{
    struct stat is;

    return stat(path, &is) == 0 && S_ISDIR(is.st_mode);
}

static int is_scenario(const struct dirent *entry)
{
    const size_t n = strlen(entry->d_name);

    return n > 5 && entry->d_name[0] != '.' && !strcmp(entry->d_name + n - 5, ".json") &&
           strcmp(entry->d_name, "schema.json") != 0;
}

/* All files *.json of a directory, by name. */
static int add_directory(struct verify *verify, const char *path)
{
    const size_t length = strlen(path);
    const char *between = length && path[length - 1] == '/' ? "" : "/";
    struct dirent **entry;
    int n = scandir(path, &entry, is_scenario, alphasort), i, status = 0;
    char file[4096];

    if (n < 0) {
        cli_say("%s: %s", path, strerror(errno));
        return EXIT_MACHINE;
    }
    if (!n) {
        cli_say("verify: %s has no scenario of its own, *.json: directories within it are not "
                "searched",
                path);
        status = EXIT_USAGE;
    }
    for (i = 0; i < n; i++) {
        snprintf(file, sizeof file, "%s%s%s", path, between, entry[i]->d_name);
        status = status ? status : add_path(verify, file);
        free(entry[i]);
    }
    free(entry);
    return status;
}

/* Directories become the files in them. */
static int spread_out(struct verify *verify)
{
    char **given = verify->paths;
    const uint32_t n = verify->paths_n;
    int status = 0;
    uint32_t i;

    verify->paths = NULL;
    verify->paths_n = 0;
    for (i = 0; i < n; i++) {
        if (!status)
            status = is_directory(given[i]) ? add_directory(verify, given[i])
                                            : add_path(verify, given[i]);
        free(given[i]);
    }
    free(given);
    return status;
}

/* ---- One after the other. */

static void show(struct verify *verify, const struct verified *v)
{
    const struct tally_of_claims c = verified_count(v);

    verified_add(&verify->all, &c);
    if (verify->order.output == OUTPUT_JSON) {
        fputs(verify->files ? ",\n" : "", stdout);
        verify_json(stdout, v);
    } else
        verify_table(stdout, v, cli_color(stdout, verify->order.plain));
    if (verify->junit.out)
        verify_junit(verify->junit.out, v);
    fflush(stdout);
    verify->files++;
    verify->judged += v->study->claims_n;
}

static int verify_one(struct verify *verify, uint32_t i, const struct policy_source *source, int n,
                      char **words)
{
    const struct earlier earlier = { verify->paths, verify->names, i };
    const char *path = verify->paths[i];
    struct verified v;
    int status;

    verify->order.path = path;
    status = verify_file(&v, &verify->order, source, &earlier, verify->quick, n, words);
    if (v.study)
        verify->names[i] = strdup(v.study->name);
    if (v.study && v.judgement && status <= EXIT_CLAIM)
        show(verify, &v);
    else if (status != EXIT_DONE && verify->junit.out)
        verify_junit_error(verify->junit.out, path, v.study, v.why);
    else if (status == EXIT_DONE && !verify->order.quiet)
        fprintf(stderr, "%s: it expects nothing\n", path);
    verified_close(&v);
    return status;
}

static int verify_all(struct verify *verify, const struct policy_source *source, int n,
                      char **words)
{
    const bool json = verify->order.output == OUTPUT_JSON;
    int status = EXIT_DONE;
    uint32_t i;

    if (json)
        fputs("{ \"format\": \"lbsim-verify/1\", \"lbsim\": \"" LBSIM_VERSION "\", \"files\": [\n",
              stdout);
    for (i = 0; i < verify->paths_n && !interrupt_seen(); i++) {
        const int one = verify_one(verify, i, source, n, words);

        status = one > status ? one : status;
    }
    for (; i < verify->paths_n && verify->junit.out; i++)
        verify_junit_error(verify->junit.out, verify->paths[i], NULL,
                           "interrupted before it was judged");
    if (json)
        fputs("\n] }\n", stdout);
    else if (verify->files > 1)
        verify_summary(stdout, "all files", &verify->all);
    if (status == EXIT_DONE && !verify->judged) {
        cli_say(
            "verify: there is no claim to judge: write some under \"expect\", or give --claims");
        status = EXIT_USAGE;
    }
    return status;
}

/* ---- The whole. */

static int open_junit(struct verify *verify)
{
    if (!verify->junit_path)
        return 0;
    if (whole_file_open(&verify->junit, verify->junit_path)) {
        cli_say("%s: %s", verify->junit_path, strerror(errno));
        return EXIT_MACHINE;
    }
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"lbsim verify\">\n",
          verify->junit.out);
    return 0;
}

static int close_junit(struct verify *verify, int status)
{
    if (!verify->junit.out)
        return status;
    fputs("</testsuites>\n", verify->junit.out);
    if (whole_file_end(&verify->junit, true) == 0)
        return status;
    cli_say("%s: %s", verify->junit_path, strerror(errno));
    return EXIT_MACHINE;
}

static int check(const struct verify *verify)
{
    const struct launch launch = launch_seen();

    if (launch.size > 1) {
        if (launch.rank == 0)
            cli_say("verify: each rank would judge everything: leave mpirun out; lbsim run shares "
                    "its work among ranks");
    } else if (!verify->paths_n)
        cli_say("verify: name a scenario, or a directory of them");
    else if (verify->order.output == OUTPUT_CSV)
        cli_say("verify: --format csv: expected table or json");
    else
        return 0;
    return EXIT_USAGE;
}

static int obey(struct verify *verify, int n, char **words)
{
    struct plugins *plugins = plugins_open();
    struct policy_source source;
    int status = plugins ? spread_out(verify) : EXIT_MACHINE;

    verify->names = calloc(verify->paths_n + 1, sizeof *verify->names);
    if (status == 0 && !verify->names)
        status = EXIT_MACHINE;
    if (!plugins || !verify->names)
        cli_say("out of memory");
    if (status == 0)
        status = open_junit(verify);
    if (status == 0) {
        source = plugins_source(plugins);
        interrupt_catch();
        status = close_junit(verify, verify_all(verify, &source, n, words));
    }
    plugins_close(plugins);
    return status;
}

static int run_verb(const struct verb *verb, int n, char **words)
{
    struct verify *verify = calloc(1, sizeof *verify);
    int status;

    if (!verify) {
        cli_say("out of memory");
        return EXIT_MACHINE;
    }
    verify->verb = verb;
    status = cli_read(verb, n, words, take, verify);
    if (status == 0)
        status = check(verify);
    if (status == 0)
        status = obey(verify, n, words);
    while (verify->paths_n) {
        free(verify->paths[--verify->paths_n]);
        if (verify->names)
            free(verify->names[verify->paths_n]);
    }
    free(verify->paths);
    free(verify->names);
    order_close(&verify->order);
    free(verify);
    return status < 0 ? EXIT_DONE : status;
}

static const struct cli_option options[] = {
    ORDER_SCENARIO_OPTIONS,
    ORDER_REPLICATIONS,
    { "jobs", 'j', "N", "worker processes (default: one a core, as memory allows)" },
    { "claims", 0, "FILE", "judge these claims instead: a list, or an object with \"expect\"" },
    { "quick", 0, NULL,
      "a tenth of the requests (with windows or a timeline: of the replications)" },
    { "junit", 0, "FILE", "write the verdicts as JUnit XML, too" },
    { "out", 'o', "DIR", "keep the results, in DIR/NAME of each scenario (default: nowhere)" },
    { "format", 0, "table|json", "what standard output gets (default: table)" },
    { "quiet", 'q', NULL, "no progress, no warnings, only claims that do not hold" },
    { NULL, 0, NULL, NULL },
};

const struct verb verb_verify = {
    .name = "verify",
    .arguments = "FILE|DIR ...",
    .summary = "run scenarios and judge the claims in their \"expect\"",
    .more =
        "A claim holds, does not, or is undecided. Undecided ones are given more replications,\n"
        "twice as many each time, as far as run.precision.most_requests goes (20 times what\n"
        "the scenario itself would take, unless told); but not where no mean exists.\n"
        "Of a directory, the files *.json in it are run, not those of directories within.\n"
        "Exit status 0: all hold; 1: some do not, or are undecided. Claims of severity \"info\"\n"
        "never count. With --policy, --set or --sweep, claims about what is not run are left\n"
        "out.\n"
        "  lbsim verify scenarios/theory --junit theory.xml\n",
    .options = options,
    .run = run_verb,
};
