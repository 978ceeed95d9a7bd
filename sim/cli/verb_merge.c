/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim merge: the results of several machines or shards become one. */
#include <inttypes.h>
#include <string.h>

#include "sim/cli/cli.h"
#include "sim/cli/joining.h"
#include "sim/cli/whole_file.h"
#include "sim/record/results.h"

enum { INPUTS_MOST = 4096, PATH_ROOM = 4096 };

struct merge {
    const char *inputs[INPUTS_MOST];
    uint32_t n;
    const char *out;
    bool quiet, without_live;
};

static int take(void *context, const struct cli_option *o, const char *value)
{
    struct merge *m = context;

    if (o && o->letter == 'o') {
        m->out = value;
    } else if (o && o->letter == 'q') {
        m->quiet = true;
    } else if (o) {
        m->without_live = true;
    } else if (m->n == INPUTS_MOST) {
        cli_say("merge: more than %d results: join some of them first", INPUTS_MOST);
        return EXIT_USAGE;
    } else {
        m->inputs[m->n++] = value;
    }
    return 0;
}

/* What is read must not be written. */
static int check(const struct merge *m)
{
    char out[PATH_ROOM], in[PATH_ROOM];
    uint32_t i;

    if (m->n == 0 || !m->out) {
        cli_say("merge: %s; for example: lbsim merge shard1 shard2 -o all",
                m->out ? "no results are named" : "where to? name a directory with -o");
        return EXIT_USAGE;
    }
    snprintf(out, sizeof out, "%.4000s/results.sqlite", m->out);
    for (i = 0; i < m->n; i++) {
        if (results_path(m->inputs[i], in, sizeof in) && is_same_file(in, out)) {
            cli_say("merge: %s is read: -o needs another directory", m->inputs[i]);
            return EXIT_USAGE;
        }
    }
    return EXIT_DONE;
}

static void tell(const struct merge *m, const struct joining *told)
{
    if (!m->quiet)
        fprintf(stderr, "%" PRIu64 " trials of %u %s in %s\n", told->trials, m->n,
                m->n == 1 ? "result" : "results", m->out);
    if (told->missing)
        fprintf(stderr,
                "%" PRIu64 " trials are missing: lbsim run %s/scenario.json -o %s runs them\n",
                told->missing, m->out, m->out);
    if (told->unknown && !m->quiet)
        fputs("how many trials the whole run has is not known\n", stderr);
    if (told->damaged)
        fprintf(stderr, "%u damaged rows or trials were left out\n", told->damaged);
}

static int run_verb(const struct verb *verb, int n, char **words)
{
    struct merge merge = { .n = 0 };
    struct joining told;
    int status = cli_read(verb, n, words, take, &merge);

    if (status == 0)
        status = check(&merge);
    if (status)
        return status < 0 ? EXIT_DONE : status;
    status = joining_run(&told, merge.inputs, merge.n, merge.out, merge.without_live, n, words);
    if (status != EXIT_DONE)
        return status;
    tell(&merge, &told);
    return told.damaged ? EXIT_CLAIM : EXIT_DONE;
}

static const struct cli_option options[] = {
    { "out", 'o', "DIR", "where the joined results go" },
    { "without-live", 0, NULL, "leave results of live runs out: they cannot be joined" },
    { "quiet", 'q', NULL, "say only what is wrong" },
    { NULL, 0, NULL, NULL },
};

const struct verb verb_merge = {
    .name = "merge",
    .arguments = "RESULTS ... -o DIR",
    .summary = "join the results of several machines or shards into one",
    .more =
        "RESULTS are directories that runs of one scenario made with -o, or files in them:\n"
        "  lbsim merge shard1 shard2 shard3 -o all\n"
        "The result is row by row that of a single run. Damaged trials are named and left out.\n",
    .options = options,
    .run = run_verb,
};
