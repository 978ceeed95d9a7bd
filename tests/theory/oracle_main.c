/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim-oracles: simulates what theory can answer, and compares. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/run/plugin.h"
#include "tests/theory/oracle_judge.h"
#include "tests/theory/oracle_run.h"

enum { FULL = 10, ROWS_MOST = 32, EXIT_BAD_USAGE = 2 };

struct judging {
    struct oracle_effort effort;
    char **ids; /* what to run; ended by NULL; empty: everything */
    bool list;
    double *scores; /* one a scenario */
    uint32_t scores_n;
    uint32_t passed, failed, limits;
};

/* ---- Which rows. */

static bool is_asked(const struct judging *j, const struct oracle_row *row)
{
    char **id;

    if (!j->ids[0])
        return true;
    for (id = j->ids; *id; id++)
        if (!strncmp(row->id, *id, strlen(*id)))
            return true;
    return false;
}

static bool any_asked(const struct judging *j, const struct oracle_scenario *s)
{
    const struct oracle_row *row;

    for (row = s->rows; row->id; row++)
        if (is_asked(j, row))
            return true;
    return false;
}

static bool is_known(const char *id)
{
    char *alone[] = { (char *)(uintptr_t)id, NULL };
    struct judging j = { .ids = alone };
    size_t i;

    for (i = 0; i < oracle_scenarios_n; i++)
        if (any_asked(&j, &oracle_scenarios[i]))
            return true;
    return false;
}

/* ---- Listing. */

static void list_scenario(struct judging *j, const struct oracle_scenario *s)
{
    const struct oracle_row *row;

    if (s->run)
        printf("%s (%s; %u,000 replications)\n", s->name, s->source,
               s->thousands * j->effort.times);
    else
        printf("%s (%s; %u replications of %u,000 requests)\n", s->name, s->source,
               (unsigned)ORACLE_REPLICATIONS, s->thousands * j->effort.times);
    for (row = s->rows; row->id; row++)
        if (is_asked(j, row)) {
            printf("  %-30s %-18s %-7s %.10g\n", row->id, row->metric, oracle_kind_name(row->kind),
                   row->value);
            j->limits += row->kind == ORACLE_LIMIT;
            j->passed += row->kind != ORACLE_LIMIT;
        }
}

/* ---- Judging. */

static void print_row(const struct oracle_row *row, const struct interval *measured,
                      const char *verdict)
{
    double half = (measured->high - measured->low) / 2.0;

    printf("  %-30s %-18s %12.7g ", row->id, row->metric, row->value);
    printf("%12.7g ±%-9.2g", measured->value, half);
    if (row->kind == ORACLE_LIMIT)
        printf(" %+6.2f %%", 100.0 * (measured->value / row->value - 1.0));
    else
        printf(" z %+5.2f  ", oracle_score(row, measured));
    printf(" %s%s%s\n", verdict, measured->why ? ": " : "", measured->why ? measured->why : "");
}

static const char *verdict_of(const struct oracle_row *row, const struct interval *measured)
{
    if (!oracle_agrees(row, measured))
        return "beyond";
    if (row->kind == ORACLE_LIMIT)
        return "within tolerance";
    return row->value >= measured->low && row->value <= measured->high ? "inside" : "outside";
}

static void count(struct judging *j, const struct oracle_row *row, bool agrees)
{
    j->failed += !agrees;
    j->limits += agrees && row->kind == ORACLE_LIMIT;
    j->passed += agrees && row->kind != ORACLE_LIMIT;
}

/* Rows that did not agree the first time, under another seed. */
static void judge_again(struct judging *j, const struct oracle_scenario *s, const bool *again)
{
    struct oracle_effort effort = j->effort;
    struct interval measured[ROWS_MOST];
    const struct oracle_row *row;
    char why[512] = "";
    bool ran;

    effort.seed++;
    ran = oracle_run(s, &effort, measured, why, sizeof why) == 0;
    printf("  again, with a second seed:%s%s\n", ran ? "" : " ", why);
    for (row = s->rows; row->id; row++) {
        const struct interval *m = &measured[row - s->rows];

        if (!again[row - s->rows])
            continue;
        if (ran)
            print_row(row, m, oracle_agrees(row, m) ? verdict_of(row, m) : "FAILED");
        count(j, row, ran && oracle_agrees(row, m));
    }
}

static void judge_rows(struct judging *j, const struct oracle_scenario *s,
                       const struct interval *measured)
{
    bool again[ROWS_MOST] = { false }, any = false;
    const struct oracle_row *row;

    for (row = s->rows; row->id; row++) {
        const struct interval *m = &measured[row - s->rows];

        if (!is_asked(j, row))
            continue;
        print_row(row, m, verdict_of(row, m));
        if (oracle_agrees(row, m))
            count(j, row, true);
        else
            any = again[row - s->rows] = true;
    }
    if (any)
        judge_again(j, s, again);
}

static void judge_scenario(struct judging *j, const struct oracle_scenario *s)
{
    struct interval measured[ROWS_MOST];
    const struct oracle_row *row;
    char why[512];

    printf("%s (%s)\n", s->name, s->source);
    fflush(stdout);
    if (oracle_run(s, &j->effort, measured, why, sizeof why)) {
        printf("  FAILED: %s\n", why);
        for (row = s->rows; row->id; row++)
            j->failed += is_asked(j, row);
        return;
    }
    if (s->rows[0].kind != ORACLE_LIMIT && !measured[0].why)
        j->scores[j->scores_n++] = oracle_score(&s->rows[0], &measured[0]);
    judge_rows(j, s, measured);
}

static void judge_together(struct judging *j)
{
    struct oracle_summary s;

    if (j->scores_n < 2)
        return;
    s = oracle_summarize(j->scores, j->scores_n);
    printf("\nOne score a scenario, %u in all (a faultless program fails here about once in 100 "
           "runs):\n",
           s.n);
    printf("  mean                %+.3f  within ±%.3f\n", s.mean, s.mean_most);
    printf("  standard deviation   %.3f  within 1 ±%.3f\n", s.spread, s.spread_most);
    printf("  outside 95 %%         %-5u  at most %.0f\n", s.outside, s.outside_most);
    j->passed += 3 - s.failed;
    j->failed += s.failed;
}

static int run(struct judging *j)
{
    size_t i;

    for (i = 0; i < oracle_scenarios_n; i++)
        if (any_asked(j, &oracle_scenarios[i])) {
            if (j->list)
                list_scenario(j, &oracle_scenarios[i]);
            else
                judge_scenario(j, &oracle_scenarios[i]);
        }
    if (j->list) {
        printf("%u rows, and %u limits judged by a tolerance\n", j->passed, j->limits);
        return 0;
    }
    judge_together(j);
    printf("limits within their tolerance, not counted below: %u\n", j->limits);
    printf("oracles: %u passed, %u failed\n", j->passed, j->failed);
    return j->failed > 0;
}

/* ---- The command line. */

static const char help[] =
    "usage: lbsim-oracles [--full] [--list] [--seed N] [--jobs N] [ID ...]\n"
    "Simulates scenarios whose answer theory knows, and judges what comes out. An ID is the\n"
    "beginning of a row's: mm1, jsq.n2.\n"
    "  --full    runs of ten times the length, or ten times as many: about 50 minutes of CPU "
    "instead of 5\n"
    "  --list    print the rows, simulate nothing\n"
    "  --seed N  other random numbers (default 1)\n"
    "  --jobs N  worker processes (default: one a core)\n";

static int read_number(const char *option, const char *text, uint64_t least, uint64_t most,
                       uint64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 10);
    if (errno == 0 && end != text && !*end && text[0] != '-' && *value >= least && *value <= most)
        return 0;
    fprintf(stderr, "lbsim-oracles: --%s %s: expected a whole number from %llu to %llu\n", option,
            text, (unsigned long long)least, (unsigned long long)most);
    return EXIT_BAD_USAGE;
}

/* 0; -1 if help was asked for; or EXIT_BAD_USAGE. */
static int read_options(struct judging *j, int n, char **words)
{
    static const struct option options[] = {
        { "full", no_argument, NULL, 'f' },       { "list", no_argument, NULL, 'l' },
        { "seed", required_argument, NULL, 's' }, { "jobs", required_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },       { NULL, 0, NULL, 0 },
    };
    uint64_t number;
    int c, bad = 0;

    while (!bad && (c = getopt_long(n, words, "j:h", options, NULL)) != -1) {
        if (c == 'h')
            return -1;
        if (c == '?')
            return EXIT_BAD_USAGE;
        j->list |= c == 'l';
        j->effort.times = c == 'f' ? FULL : j->effort.times;
        if (c == 's' && !(bad = read_number("seed", optarg, 0, UINT64_C(1) << 53, &number)))
            j->effort.seed = number;
        if (c == 'j' && !(bad = read_number("jobs", optarg, 1, 4096, &number)))
            j->effort.jobs = (uint32_t)number;
    }
    j->ids = words + optind;
    return bad;
}

static int check_ids(char **ids)
{
    for (; *ids; ids++)
        if (!is_known(*ids)) {
            fprintf(stderr, "lbsim-oracles: no row begins with \"%s\"; --list prints them\n", *ids);
            return EXIT_BAD_USAGE;
        }
    return 0;
}

int main(int n, char **words)
{
    struct judging j = { .effort = { .seed = 1, .times = 1 } };
    struct plugins *plugins;
    struct policy_source source;
    int status = read_options(&j, n, words);

    if (status == 0)
        status = check_ids(j.ids);
    if (status) {
        fputs(status < 0 ? help : "", stdout);
        return status < 0 ? 0 : status;
    }
    plugins = plugins_open();
    j.scores = calloc(oracle_scenarios_n, sizeof j.scores[0]);
    if (plugins && j.scores) {
        source = plugins_source(plugins);
        j.effort.policies = &source;
        status = run(&j);
    } else {
        fprintf(stderr, "lbsim-oracles: out of memory\n");
        status = 3;
    }
    free(j.scores);
    plugins_close(plugins);
    return status;
}
