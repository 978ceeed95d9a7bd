/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/joining.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/caution.h"
#include "sim/cli/cli.h"
#include "sim/cli/directory.h"
#include "sim/record/heavy_tail.h"
#include "sim/record/stamp.h"
#include "sim/record/store_live.h"
#include "sim/record/summary.h"

enum { PATH_ROOM = 4096, WHY_ROOM = 1024, LINE_MOST = 120 };

/* What runs must have in common, and who ran. */
struct made {
    char *scenario, *path, *seed, *plugins, *text, *version, *host;
};

struct join {
    struct joining *told;
    const char *const *inputs;
    uint32_t n, at;  /* how many; which is read */
    const char *out; /* directory */
    bool without_live;
    struct store *store;
    struct made first, this; /* of the first input, and of the one that is read */
    const char *first_path, *this_path;
    char why[WHY_ROOM];
};

static int complain(const struct join *j)
{
    cli_say("%s", j->why);
    return EXIT_MACHINE;
}

static int store_failed(struct join *j)
{
    snprintf(j->why, sizeof j->why, "%s", store_why(j->store));
    return complain(j);
}

/* ---- Are they shards of one run? */

static void made_end(struct made *m)
{
    free(m->scenario);
    free(m->path);
    free(m->seed);
    free(m->plugins);
    free(m->text);
    free(m->version);
    free(m->host);
    memset(m, 0, sizeof *m);
}

static int take_run(void *context, const void *row)
{
    const struct store_run *run = row;
    struct made *m = context;

    made_end(m);
    *m = (struct made) { strdup(run->scenario),
                         strdup(run->path),
                         strdup(run->seed),
                         strdup(run->plugins),
                         strdup(run->text),
                         strdup(run->stamp->value[STAMP_VERSION]),
                         strdup(run->stamp->value[STAMP_HOST]) };
    return m->scenario && m->path && m->seed && m->plugins && m->text && m->version && m->host
               ? 0
               : -ENOMEM;
}

/* The next line of a text without the space and the comma around it; the length to `n`. */
static const char *next_line(const char **text, int *n)
{
    const char *line = *text + strspn(*text, " \t\r\n");
    size_t length = strcspn(line, "\n");

    *text = line + length;
    while (length && strchr(" \t\r,", line[length - 1]))
        length--;
    *n = length < LINE_MOST ? (int)length : LINE_MOST;
    return line;
}

static bool has_line(const char *text, const char *line, int length)
{
    int n = 1;

    while (*text) {
        const char *other = next_line(&text, &n);

        if (n == length && !memcmp(other, line, (size_t)n))
            return true;
    }
    return false;
}

/* The first line that the other text has nowhere: keys may stand in another order. */
static void tell_line(const char *text, const char *other, const char *path)
{
    int n = 1;

    while (*text) {
        const char *line = next_line(&text, &n);

        if (n == 0 || has_line(other, line, n))
            continue;
        cli_say("merge: only %s has the line %.*s", path, n, line);
        return;
    }
}

static int refuse_scenario(const struct join *j)
{
    cli_say("merge: %s (%s) and %s (%s) are results of different scenarios: merge joins the "
            "shards of one, compare sets results side by side",
            j->first_path, j->first.scenario, j->this_path, j->this.scenario);
    tell_line(j->first.text, j->this.text, j->first_path);
    tell_line(j->this.text, j->first.text, j->this_path);
    return EXIT_USAGE;
}

static int check_alike(const struct join *j)
{
    const struct made *a = &j->first, *b = &j->this;

    if (strcmp(a->text, b->text) != 0)
        return refuse_scenario(j);
    if (strcmp(a->version, b->version) != 0)
        cli_say("merge: %s was made by lbsim %s, %s by %s: shards need the same version",
                j->first_path, a->version, j->this_path, b->version);
    else if (strcmp(a->plugins, b->plugins) != 0)
        cli_say("merge: %s and %s were made with different plug-ins (%s; %s)", j->first_path,
                j->this_path, a->plugins[0] ? a->plugins : "none",
                b->plugins[0] ? b->plugins : "none");
    else
        return EXIT_DONE;
    return EXIT_USAGE;
}

/* ---- Copying. */

static int copy_point(void *context, const void *row)
{
    return store_put_points(((struct join *)context)->store, row, 1);
}

static int copy_contender(void *context, const void *row)
{
    return store_put_contenders(((struct join *)context)->store, row, 1);
}

/* What follows from the trials is said anew when all are there. */
static int copy_warning(void *context, const void *row)
{
    const struct store_warning *w = row;

    if (w->label[0] && caution_by_facts(w->code))
        return 0;
    return store_put_warnings(((struct join *)context)->store, w, 1);
}

static int compare_trial(void *context, const struct store_trial *there, const char *damage)
{
    const struct store_trial *trial = context;

    return !damage && memcmp(there->checksum, trial->checksum, sizeof trial->checksum) != 0;
}

/* Names the results that a trial came from: those read before, or what was there already. */
static const char *holder_of(struct join *j, const uint8_t *hash, struct made *made)
{
    char path[PATH_ROOM], why[WHY_ROOM];
    uint32_t i;

    for (i = 0; i < j->at; i++) {
        struct store *store;
        bool has = false;

        if (!results_path(j->inputs[i], path, sizeof path) ||
            store_open(path, STORE_READ, &store, why, sizeof why))
            continue;
        has = store_has(store, hash) && store_each_row(store, STORE_RUN_ROW, take_run, made) == 0;
        store_close(store);
        if (has && made->text)
            return j->inputs[i];
    }
    return j->out;
}

static int tell_difference(struct join *j, const struct store_trial *trial)
{
    struct made made = { .text = NULL };
    const char *holder = holder_of(j, trial->hash, &made);

    cli_say("merge: %s%s%s, replication %u, differs between %s (lbsim %s on %s) and %s (lbsim %s "
            "on %s): the same trial has the same result anywhere; run it again on both machines",
            trial->label, trial->point[0] ? " at " : "", trial->point, trial->replication, holder,
            made.version ? made.version : "unknown", made.host ? made.host : "unknown",
            j->this_path, j->this.version, j->this.host);
    made_end(&made);
    return EXIT_CLAIM;
}

/* A damaged trial is told and left out: the others are joined. */
static int copy_trial(void *context, const struct store_trial *trial, const char *damage)
{
    struct join *j = context;
    int answer = 0;

    if (damage) {
        cli_say("%s", damage);
        j->told->damaged++;
        return 0;
    }
    if (!store_has(j->store, trial->hash))
        answer = store_put(j->store, trial);
    else if (!trial->failed)
        answer = store_read(j->store, trial->hash, compare_trial,
                            (void *)(uintptr_t)(const void *)trial);
    if (answer > 0)
        return tell_difference(j, trial);
    if (answer == 0 && store_has(j->store, trial->hash))
        answer = store_use(j->store, trial->hash, trial->point, trial->label);
    return answer;
}

static int copy_all(struct join *j, struct store *from)
{
    int answer = store_each_row(from, STORE_POINTS, copy_point, j);

    if (answer == 0)
        answer = store_each_row(from, STORE_CONTENDERS, copy_contender, j);
    if (answer == 0)
        answer = store_each_row(from, STORE_WARNINGS, copy_warning, j);
    if (answer == 0)
        answer = store_each(from, STORE_LAST_RUN, copy_trial, j);
    if (answer >= 0)
        return answer;
    cli_say("%s", store_why(j->store)[0] ? store_why(j->store) : store_why(from));
    return EXIT_MACHINE;
}

static int begin(struct join *j, int words_n, char **words)
{
    const struct made *m = &j->first;
    char file[PATH_ROOM];
    struct stamp stamp;
    struct store_run run = { &stamp, m->scenario, m->path, m->seed, m->plugins, m->text };
    int answer = directory_make(j->out);

    if (answer) {
        cli_say("merge: directory %s cannot be made: %s", j->out, strerror(-answer));
        return EXIT_MACHINE;
    }
    snprintf(file, sizeof file, "%.4000s/results.sqlite", j->out);
    if (store_open(file, STORE_WRITE, &j->store, j->why, sizeof j->why) ||
        directory_write(j->out, "scenario.json", m->text, j->why, sizeof j->why))
        return complain(j);
    if (stamp_open(&stamp, words_n, words)) {
        cli_say("out of memory");
        return EXIT_MACHINE;
    }
    answer = store_begin_run(j->store, &run) ? store_failed(j) : EXIT_DONE;
    stamp_close(&stamp);
    return answer;
}

static int read_run(struct join *j, struct store *from, struct made *made)
{
    if (store_each_row(from, STORE_RUN_ROW, take_run, made)) {
        cli_say("%s", store_why(from));
        return EXIT_MACHINE;
    }
    if (!made->text) {
        cli_say("%s: holds no run, or a damaged one", j->this_path);
        return EXIT_MACHINE;
    }
    return EXIT_DONE;
}

static int refuse_live(const char *given)
{
    cli_say("merge: %s has results of live runs, which are of the machine that measured them and "
            "cannot be joined: lbsim export %s --live reads them; --without-live joins the "
            "simulations alone",
            given, given);
    return EXIT_USAGE;
}

static int open_input(struct join *j, const char *given, struct store **from)
{
    char path[PATH_ROOM];

    j->this_path = given;
    if (!results_path(given, path, sizeof path)) {
        cli_say("merge: %.200s...: the name is too long", given);
        return EXIT_USAGE;
    }
    if (store_open(path, STORE_READ, from, j->why, sizeof j->why))
        return complain(j);
    if (store_has_live(*from) && !j->without_live)
        return refuse_live(given);
    return read_run(j, *from, &j->this);
}

/* All are looked at before anything is written. */
static int check_inputs(struct join *j)
{
    int status = EXIT_DONE;
    for (j->at = 0; j->at < j->n && status == EXIT_DONE; j->at++) {
        struct store *from = NULL;

        status = open_input(j, j->inputs[j->at], &from);
        if (status == EXIT_DONE && j->at == 0) {
            j->first = j->this;
            memset(&j->this, 0, sizeof j->this);
            j->first_path = j->inputs[0];
        } else if (status == EXIT_DONE) {
            status = check_alike(j);
        }
        store_close(from);
    }
    return status;
}

static int copy_inputs(struct join *j)
{
    int status = EXIT_DONE;
    for (j->at = 0; j->at < j->n && status == EXIT_DONE; j->at++) {
        struct store *from = NULL;

        status = open_input(j, j->inputs[j->at], &from);
        if (status == EXIT_DONE)
            status = copy_all(j, from);
        store_close(from);
    }
    return status;
}

/* ---- The summary. */

static uint64_t sum(const struct results_contender *c, const char *metric, const char *statistic)
{
    const struct results_number *number = results_find(c, "all", metric, statistic);
    uint64_t total = 0;
    uint32_t i;

    for (i = 0; number && i < c->replications; i++)
        total += number->at[i] > 0.0 ? (uint64_t)number->at[i] : 0;
    return total;
}

static bool has_heavy_tail(struct results *r, uint32_t contender, struct heavy_tail *tail)
{
    const struct results_contender *c = &r->contenders[contender];
    const struct results_number *number = results_find(c, "all", "service", "max");
    struct histogram_total *total = malloc(sizeof *total);
    double most = 0.0;
    uint64_t least;
    uint32_t i;
    bool heavy;

    for (i = 0; number && i < c->replications; i++)
        most = fmax(most, number->at[i]);
    heavy = total && most > 0.0 &&
            results_pool(r, contender, "all", "service", total, &least) == 0 &&
            heavy_tail(total, (int64_t)llround(most * 1e9), tail);
    free(total);
    return heavy;
}

static int put_warnings(struct join *j, struct results *r, uint32_t contender)
{
    const struct results_contender *c = &r->contenders[contender];
    struct heavy_tail tail;
    struct caution_facts facts = { .done = c->replications,
                                   .asked = c->asked,
                                   .issued = sum(c, "requests", "issued"),
                                   .completed = sum(c, "requests", "completed"),
                                   .measured = sum(c, "measured", "requests"),
                                   .in_system = sum(c, "requests", "in_system"),
                                   .piloted = c->piloted,
                                   .settled = c->settled,
                                   .offered_load = c->offered_load,
                                   .drifts = summary_drifts(c),
                                   .heavy = has_heavy_tail(r, contender, &tail) ? tail.why : NULL };
    struct caution said[CAUTIONS_MOST];
    uint32_t n = cautions_by(&facts, said), i;
    int answer = 0;

    for (i = 0; i < n && answer == 0; i++) {
        const struct store_warning w = { r->points[c->point].name, c->label, said[i].code,
                                         said[i].text };

        answer = store_put_warnings(j->store, &w, 1);
    }
    return answer;
}

static int sum_up_contender(struct join *j, struct results *r, uint32_t i)
{
    const struct results_contender *c = &r->contenders[i];
    const struct store_interval *rows;
    struct summary *summary;
    size_t n;

    j->told->trials += c->replications;
    j->told->missing += c->asked > c->replications ? c->asked - c->replications : 0;
    j->told->unknown |= c->asked == 0;
    if (summary_open(r, i, &summary, &rows, &n)) {
        cli_say("%s", results_why(r)[0] ? results_why(r) : "out of memory");
        return EXIT_MACHINE;
    }
    if (store_put_intervals(j->store, rows, n) || put_warnings(j, r, i)) {
        summary_close(summary);
        return store_failed(j);
    }
    summary_close(summary);
    return EXIT_DONE;
}

static int sum_up(struct join *j)
{
    struct results *results;
    int status = EXIT_DONE;
    uint32_t i;

    if (results_open(j->out, &results, j->why, sizeof j->why))
        return complain(j);
    for (i = 0; i < results->contenders_n && status == EXIT_DONE; i++)
        status = sum_up_contender(j, results, i);
    results_close(results);
    return status;
}

int joining_run(struct joining *told, const char *const *inputs, uint32_t n, const char *out,
                bool without_live, int words_n, char **words)
{
    struct join j = {
        .told = told, .inputs = inputs, .n = n, .out = out, .without_live = without_live
    };
    int status = check_inputs(&j);

    memset(told, 0, sizeof *told);
    if (status == EXIT_DONE)
        status = begin(&j, words_n, words);
    if (status == EXIT_DONE)
        status = copy_inputs(&j);
    if (status == EXIT_DONE)
        status = sum_up(&j);
    store_close(j.store);
    made_end(&j.first);
    made_end(&j.this);
    return status;
}
