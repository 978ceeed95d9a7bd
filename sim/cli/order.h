/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the user orders of verbs that take a scenario: the file, changes to it, and how to run. */
#ifndef SIM_ORDER_H
#define SIM_ORDER_H

#include "sim/cli/cli.h"
#include "sim/scenario/diagnose.h"
#include "sim/scenario/study.h"

enum { ORDER_MOST = 256 }; /* options of one kind on a command line */

enum output { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_CSV };

struct order {
    const char *path; /* of the scenario, or NULL */
    struct setting settings[ORDER_MOST];
    uint32_t settings_n;
    struct setting sweeps[ORDER_MOST];
    uint32_t sweeps_n;
    const char *policies[ORDER_MOST];
    uint32_t policies_n;
    char *owned[4 * ORDER_MOST]; /* texts made here */
    uint32_t owned_n;
    const char *out, *picks, *requests_log;
    const char *claims; /* a file of claims in place of the scenario's, or NULL */
    enum output output;
    uint32_t jobs;
    uint32_t shard, shards; /* --shard 3/16 is 2 of 16; shards 0: none */
    bool confirm, single_run, dry_run, select;
    const char *select_metric;  /* NULL: latency.mean */
    double select_delta;        /* 0: the default */
    int way;                    /* enum engine_way */
    bool silent;                /* another rank says it */
    bool quiet, verbose, plain; /* plain: no colour */
};

/* The options that every verb with a scenario takes, to be listed in its table. */
#define ORDER_SCENARIO_OPTIONS                                                                     \
    { "policy", 0, "P", "only this policy: a name, or name:key=value,key=value (repeatable)" },    \
        { "set", 0, "PATH=VALUE",                                                                  \
          "override one value: --set load=0.9, --set servers[app].count=50" },                     \
        { "sweep", 0, "PATH=AXIS",                                                                 \
          "go through values: --sweep load=0.5,0.9, --sweep load='0.5..0.95 step 0.05', --sweep "  \
          "servers.count='10..1000 log 5' (repeatable)" },                                         \
        { "load", 0, "X", "the same as --set load=X" },                                            \
        { "servers", 0, "N", "the same as --set servers.count=N" },                                \
        { "seed", 0, "N", "the seed of all random streams" },                                      \
        { "requests", 0, "N", "requests a replication, the warm-up included" },                    \
        { "duration", 0, "T", "instead of requests: model time a replication (\"60s\")" },         \
        { "verbose", 'v', NULL, "say more" },                                                      \
    {                                                                                              \
        "no-color", 0, NULL, "no colour (NO_COLOR does the same)"                                  \
    }

/* Of those among them that simulate, or may. */
#define ORDER_REPLICATIONS                                                                         \
    {                                                                                              \
        "replications", 0, "N", "independent replications"                                         \
    }

/* How to run: of the verbs that simulate. */
#define ORDER_RUN_OPTIONS                                                                          \
    { "precision", 0, "R",                                                                         \
      "go on until each mean is known to R of itself, as in --precision 0.02" },                   \
        { "confirm", 0, NULL, "the precision must be met twice in a row" },                        \
        { "shard", 0, "I/N", "only this share of the trials; lbsim merge joins the shares" },      \
    {                                                                                              \
        "jobs", 'j', "N", "worker processes (default: one a core, as memory allows)"               \
    }

/* Takes one option or word; EXIT_USAGE after saying what is wrong. Others than those above: jobs,
 * out, format, quiet, trace-picks, trace-requests. */
int order_take(struct order *, const struct verb *, const struct cli_option *, const char *value);
/* An option that stands for a --set. */
int order_set(struct order *, const struct verb *, const struct cli_option *, const char *path,
              const char *value);
void order_close(struct order *);

/* Prints what was said, as much of it as is wanted, to standard error. */
void order_show(const struct order *, struct diagnostics *);
/* Why a file cannot be read, or NULL. */
const char *order_unreadable(const char *path);
/* Reads the scenario that is ordered; errors and warnings go to standard error. `source` says where
 * policies come from. NULL: it was not good, and *status says what to exit with. */
struct scenario *order_scenario(const struct order *, const struct policy_source *,
                                struct diagnostics *, int *status);
/* The same of a whole study, with all points of its sweep. */
struct study *order_study(const struct order *, const struct policy_source *, struct diagnostics *,
                          int *status);

#endif
