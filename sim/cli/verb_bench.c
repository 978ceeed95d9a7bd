/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim bench: the program's own speed. Whole scenarios run beside two loops written by hand for
 * just this model (tests/bench/): the skeleton, a general engine stripped of everything but the
 * order of events, and the floor, which has no events at all. Ours runs the general way, and where
 * it may the express way, which has no departures either. They take turns; what counts is the ratio
 * within a round, for machines drift. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/bench_sweep.h"
#include "sim/cli/cli.h"
#include "sim/cli/contest.h"
#include "sim/cli/interrupt.h"
#include "sim/cli/order.h"
#include "sim/run/express.h"

enum { ROUNDS_MOST = 99, SIZES_MOST = 16 };

struct bench {
    const struct verb *verb;
    uint32_t sizes[SIZES_MOST], sizes_n;
    const char *policies[SIZES_MOST];
    uint32_t policies_n;
    uint32_t rounds; /* 0: as the size advises */
    double links;    /* 0, 2, or both (negative) */
    bool all;        /* histograms of all durations */
    bool json;
    bool sweep; /* not the loops: a whole run */
    struct contest contest;
};

static int whole(const struct bench *b, const char *option, const char *value, long most,
                 uint32_t *to)
{
    char *end;
    long n = strtol(value, &end, 10);

    if (*end || end == value || n < 1 || n > most) {
        cli_say("%s: --%s %s: expected a whole number from 1 to %ld", b->verb->name, option, value,
                most);
        return EXIT_USAGE;
    }
    *to = (uint32_t)n;
    return 0;
}

static int take_links(struct bench *b, const char *value)
{
    if (strcmp(value, "0") && strcmp(value, "2")) {
        cli_say("bench: --links %s: expected 0 or 2", value);
        return EXIT_USAGE;
    }
    b->links = atof(value);
    return 0;
}

static int take_policy(struct bench *b, const char *value)
{
    static const char *const known[] = { "random", "round_robin", "p2c", "jsq" };
    size_t i;

    for (i = 0; i < 4; i++)
        if (!strcmp(known[i], value) && b->policies_n < SIZES_MOST) {
            b->policies[b->policies_n++] = known[i];
            return 0;
        }
    cli_say("bench: --policy %s: expected random, round_robin, p2c or jsq", value);
    return EXIT_USAGE;
}

static int take(void *context, const struct cli_option *o, const char *value)
{
    struct bench *b = context;

    if (!o) {
        cli_say("bench: takes options only, found \"%s\"", value);
        return EXIT_USAGE;
    }
    if (!strcmp(o->name, "servers")) {
        if (b->sizes_n == SIZES_MOST) {
            cli_say("bench: at most %d sizes", SIZES_MOST);
            return EXIT_USAGE;
        }
        return whole(b, o->name, value, 4000000, &b->sizes[b->sizes_n++]);
    }
    if (!strcmp(o->name, "rounds"))
        return whole(b, o->name, value, ROUNDS_MOST, &b->rounds);
    if (!strcmp(o->name, "policy"))
        return take_policy(b, value);
    if (!strcmp(o->name, "links"))
        return take_links(b, value);
    if (!strcmp(o->name, "format")) {
        b->json = !strcmp(value, "json");
        if (!b->json && strcmp(value, "table")) {
            cli_say("bench: --format %s: expected table or json", value);
            return EXIT_USAGE;
        }
    }
    b->all |= !strcmp(o->name, "all-durations");
    b->sweep |= !strcmp(o->name, "sweep");
    return 0;
}

static void defaults(struct bench *b)
{
    static const uint32_t sizes[] = { 1, 10, 100, 1000, 10000, 100000, 1000000 };
    static const char *const policies[] = { "random", "round_robin", "p2c", "jsq" };
    size_t i;

    for (i = 0; b->sizes_n == 0 && i < sizeof sizes / sizeof sizes[0]; i++)
        b->sizes[i] = sizes[i];
    b->sizes_n = b->sizes_n ? b->sizes_n : (uint32_t)(sizeof sizes / sizeof sizes[0]);
    for (i = 0; b->policies_n == 0 && i < 4; i++)
        b->policies[i] = policies[i];
    b->policies_n = b->policies_n ? b->policies_n : 4;
}

/* ---- One case. */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, uint32_t n)
{
    qsort(values, n, sizeof values[0], compare_doubles);
    return n ? values[n / 2] : NAN;
}

/* Requests a second, and shares of the references' speeds; NAN: there is no such thing. */
struct row {
    double general, express, skeleton, floor;
    double general_skeleton, express_skeleton, general_floor, express_floor;
    double general_mb, express_mb;
};

/* What one round, or the median of all, is made of. */
enum { GENERAL, EXPRESS, SKELETON, FLOOR, RUNNERS };

struct rounds {
    double speed[RUNNERS][ROUNDS_MOST];
    double memory[RUNNERS];
    uint32_t n;
};

static int one_round(struct bench *b, struct contest_case c, bool express, struct rounds *r)
{
    struct contest_time t[RUNNERS] = { { NAN, NAN }, { NAN, NAN }, { NAN, NAN }, { NAN, NAN } };
    int i;

    c.way = ENGINE_GENERAL;
    if (contest_ours(&b->contest, &c, &t[GENERAL]) ||
        contest_reference(&b->contest, "skeleton", &c, &t[SKELETON]))
        return -1;
    c.way = ENGINE_EXPRESS;
    if (express && contest_ours(&b->contest, &c, &t[EXPRESS]))
        return -1;
    if (strcmp(c.policy, "jsq") != 0 && contest_reference(&b->contest, "floor", &c, &t[FLOOR]))
        return -1;
    for (i = 0; i < RUNNERS; i++) {
        r->speed[i][r->n] = t[i].requests_per_s;
        r->memory[i] = t[i].memory_mb;
    }
    r->n++;
    return 0;
}

static double median_ratio(const struct rounds *r, int above, int below)
{
    double ratio[ROUNDS_MOST];
    uint32_t i;

    for (i = 0; i < r->n; i++)
        ratio[i] = r->speed[above][i] / r->speed[below][i];
    return isnan(ratio[0]) ? NAN : median(ratio, r->n);
}

static double median_speed(struct rounds *r, int runner)
{
    return isnan(r->speed[runner][0]) ? NAN : median(r->speed[runner], r->n);
}

static int measure(struct bench *b, const struct contest_case *c, uint32_t rounds, struct row *row)
{
    struct rounds r = { .n = 0 };
    bool express = strcmp(c->policy, "jsq") != 0; /* it looks at all servers */

    while (r.n < rounds)
        if (one_round(b, *c, express, &r))
            return -1;
    *row = (struct row) { .general_skeleton = median_ratio(&r, GENERAL, SKELETON),
                          .express_skeleton = median_ratio(&r, EXPRESS, SKELETON),
                          .general_floor = median_ratio(&r, GENERAL, FLOOR),
                          .express_floor = median_ratio(&r, EXPRESS, FLOOR),
                          .general_mb = r.memory[GENERAL],
                          .express_mb = r.memory[EXPRESS] };
    row->general = median_speed(&r, GENERAL);
    row->express = median_speed(&r, EXPRESS);
    row->skeleton = median_speed(&r, SKELETON);
    row->floor = median_speed(&r, FLOOR);
    return 0;
}

/* ---- Printing. */

static void print_field(const char *name, double x, const char *format)
{
    printf(", \"%s\": ", name);
    if (isnan(x))
        fputs("null", stdout);
    else
        printf(format, x);
}

static void print_json_row(const struct contest_case *c, const struct row *r, bool first)
{
    printf("%s\n  {\"case\": \"%s\", \"servers\": %u, \"links\": %u", first ? "" : ",", c->policy,
           c->servers, c->links);
    print_field("express_per_s", r->express, "%.0f");
    print_field("general_per_s", r->general, "%.0f");
    print_field("skeleton_per_s", r->skeleton, "%.0f");
    print_field("floor_per_s", r->floor, "%.0f");
    print_field("express_ratio_skeleton", r->express_skeleton, "%.4f");
    print_field("general_ratio_skeleton", r->general_skeleton, "%.4f");
    print_field("express_ratio_floor", r->express_floor, "%.4f");
    print_field("general_ratio_floor", r->general_floor, "%.4f");
    print_field("express_memory_mb", r->express_mb, "%.1f");
    print_field("general_memory_mb", r->general_mb, "%.1f");
    putchar('}');
}

static void print_cell(double x, int width, int digits)
{
    if (isnan(x))
        printf(" %*s", width, "-");
    else
        printf(" %*.*f", width, digits, x);
}

static void print_table_row(const struct contest_case *c, const struct row *r)
{
    printf("%-12s %8u %5u", c->policy, c->servers, c->links);
    print_cell(1e9 / r->express, 8, 1);
    print_cell(1e9 / r->general, 8, 1);
    print_cell(1e9 / r->skeleton, 8, 1);
    print_cell(1e9 / r->floor, 8, 1);
    print_cell(r->express_skeleton, 9, 2);
    print_cell(r->express_floor, 7, 2);
    print_cell(r->general_skeleton, 9, 2);
    print_cell(r->general_floor, 7, 2);
    print_cell(r->express_mb, 8, 1);
    print_cell(r->general_mb, 8, 1);
    putchar('\n');
    fflush(stdout);
}

/* Requests that take about a quarter of a second, and rounds enough for a median. */
static uint64_t requests_for(uint32_t servers)
{
    return servers <= 10000 ? 2000000 : servers <= 100000 ? 4000000 : 8 * (uint64_t)servers;
}

static int run_cases(struct bench *b)
{
    uint32_t p, s, links;
    bool first = true;

    for (links = 0; links <= 2; links += 2)
        for (p = 0; p < b->policies_n; p++)
            for (s = 0; s < b->sizes_n; s++) {
                uint32_t n = b->sizes[s];
                struct contest_case c = { b->policies[p], n, links, requests_for(n), b->all, 0 };
                struct row row = { 0 };

                if (b->links >= 0.0 && fabs(b->links - links) > 0.5)
                    continue;
                if (measure(b, &c, b->rounds ? b->rounds : n <= 10000 ? 5 : 3, &row)) {
                    cli_say("bench: %s", b->contest.why);
                    return EXIT_MACHINE;
                }
                if (b->json)
                    print_json_row(&c, &row, first);
                else
                    print_table_row(&c, &row);
                first = false;
            }
    return EXIT_DONE;
}

static int run_sweep(bool json)
{
    struct sweep_cost c;
    char why[512];
    double share;

    if (bench_sweep(&c, why, sizeof why)) {
        cli_say("bench: %s", why);
        return interrupt_seen() ? EXIT_INTERRUPTED : EXIT_MACHINE;
    }
    share = c.all_s > 0.0 ? 1.0 - c.trials_s / c.all_s : NAN;
    if (json)
        printf("{\"trials\": %u, \"trials_s\": %.6f, \"workers_s\": %.6f, \"all_s\": %.6f, "
               "\"wall_s\": %.6f, \"coordination\": %.6f}\n",
               c.trials, c.trials_s, c.workers_s, c.all_s, c.wall_s, share);
    else
        printf("a sweep of %u trials of %.2f s each, pilots included; CPU time\n\n"
               "trials and pilots        %9.3f s\n"
               "all worker processes     %9.3f s\n"
               "all processes            %9.3f s\n"
               "store, statistics, coordination %.2f %%\n",
               c.trials, c.trials_s / c.trials, c.trials_s, c.workers_s, c.all_s, 100.0 * share);
    return EXIT_DONE;
}

static int run_verb(const struct verb *verb, int n, char **words)
{
    struct bench b = { .verb = verb, .links = -1.0 };
    int status = cli_read(verb, n, words, take, &b);

    if (status)
        return status < 0 ? EXIT_DONE : status;
    if (b.sweep)
        return run_sweep(b.json);
    defaults(&b);
    if (b.json)
        fputs("{\"rows\": [", stdout);
    else
        puts(
            "FIFO servers, Poisson arrivals, exponential service, load 0.9; CPU time of one core,\n"
            "medians of rounds in turn; a ratio of 1 is as fast as the hand-written loop\n\n"
            "                                  ns a request               express   of    "
            "general   of    memory MB\n"
            "policy        servers links  express  general skeleton    floor skeleton   floor "
            " skeleton   floor  express  general");
    status = run_cases(&b);
    if (b.json)
        puts("\n]}");
    return status;
}

static const struct cli_option options[] = {
    { "servers", 0, "N", "only this size (repeatable; default 1, 10, ... 1000000)" },
    { "policy", 0, "P", "only this policy: random, round_robin, p2c, jsq (repeatable)" },
    { "links", 0, "0|2", "only without links, or only with one there and one back" },
    { "rounds", 0, "N", "rounds a case (default 5; 3 from 100,000 servers on)" },
    { "all-durations", 0, NULL, "histograms of wait, service and slowdowns too, as a run keeps" },
    { "sweep", 0, NULL, "instead: what a sweep costs beside its trials, about 20 s of CPU time" },
    { "format", 0, "table|json", "default: table" },
    { NULL, 0, NULL, NULL },
};

const struct verb verb_bench = {
    .name = "bench",
    .arguments = "",
    .summary = "the program's own speed, beside hand-written reference loops",
    .more = "  lbsim bench --policy p2c --servers 1000\n",
    .options = options,
    .run = run_verb,
};
