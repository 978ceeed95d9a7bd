/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim-property: laws that every scenario must obey, looked at on random ones.
 *
 *   lbsim-property [--count N] [--seed S] [--only K] [--requests N] [--plugins DIR] [--out DIR]
 *                  [--file PATH] [--laws all|accounting]
 *
 * Scenarios have some thousands of requests each, or N. --laws accounting has all mechanisms at
 * work in each of them, and looks at what one run under one policy counts:
 * --laws accounting --count 1000 --requests 20000 is the long form.
 *
 * The text of a scenario that breaks a law, or of the only one, goes to DIR (.), and the options
 * that meet it again are printed; --file looks at one that is in a file. Exit status 0: all laws
 * hold; 1: one is broken; 2: bad usage. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/stream.h"
#include "sim/scenario/diagnose.h"
#include "tests/property/allocations.h"
#include "tests/property/laws.h"
#include "tests/property/random_scenario.h"

enum { DAMAGES = 20, WORKERS_EVERY = 8, CHANGE_EVERY = 2, IDLE_EVERY = 2, FEW = 100 };

struct options {
    uint64_t seed;
    uint32_t count, only, requests;
    const char *plugins, *out, *file;
    bool account; /* everything at work in each scenario, and one run of it, for its accounts */
};

/* ---- Reading. */

static struct scenario *read_text(struct subject *s, const struct policy_source *source,
                                  const char *text, size_t length, bool damaged)
{
    struct scenario_request request = { .policies = source, .open_file = scenario_open_file };
    struct diagnostics *said = diagnostics_open();
    struct scenario *scenario =
        said ? scenario_read("random.json", text, length, &request, said) : NULL;
    uint32_t errors = said ? diagnostics_errors(said) : 1;

    law_holds(s, LAW_READING, !scenario == (errors > 0), "%s, and %u errors said",
              scenario ? "accepted" : "refused", errors);
    if (errors && !damaged)
        diagnostics_print(said, stdout, HIDE_WARNINGS);
    diagnostics_close(said);
    return scenario;
}

static void read_damaged(struct subject *s, const struct policy_source *source)
{
    struct lb_random dice = stream_at(s->seed, s->number, 1);
    char *text = malloc(s->length + 1);
    uint32_t i;

    for (i = 0; text && i < DAMAGES; i++) {
        size_t length = s->length;

        memcpy(text, s->text, length);
        random_damage(&dice, text, &length);
        scenario_close(read_text(s, source, text, length, true));
    }
    free(text);
}

/* ---- One policy. */

/* The laws that look at one run; `first` is the run of the first policy that took the scenario. */
static bool observe(struct subject *s, uint32_t policy, uint32_t replication, struct witness *w)
{
    bool refused;
    int failed = witness_open(w, s->scenario, policy, replication, &refused);

    if (failed && !strncmp(w->world.why, "the run has more than ", 22)) /* windows */
        return false;
    if (failed && refused) {
        printf("scenario %u, %s: refused: %s\n", s->number, s->policy, w->world.why);
        return false;
    }
    if (!law_holds(s, LAW_RUNNING, failed == 0, "%s", w->world.why))
        return false;
    laws_of_counting(s, w);
    laws_of_requests(s, w);
    laws_of_attempts(s, w);
    if (!w->trips && !w->unsteady)
        laws_of_servers(s, w);
    laws_of_scopes(s, w);
    laws_of_lists(s, w, policy);
    return true;
}

static void try_policies(struct subject *s, const struct scenario *twin)
{
    struct witness *first = calloc(1, sizeof *first), *next = calloc(1, sizeof *next);
    uint32_t replication = s->number % s->scenario->run.replications, i;
    bool have_first = false;

    for (i = 0; first && next && i < s->scenario->policies_n; i++) {
        struct witness *w = have_first ? next : first;

        s->policy = s->scenario->policies[i].label;
        if (observe(s, i, replication, w)) {
            laws_of_sameness(s, i, replication, twin);
            if (ALLOCATIONS_COUNTED)
                laws_of_memory(s, i);
            if (have_first)
                laws_of_input(s, first, next);
            have_first = true;
        }
        if (w == next || !have_first)
            witness_close(w);
    }
    if (have_first)
        witness_close(first);
    free(first);
    free(next);
}

/* One run under one of its policies. */
static void take_account(struct subject *s)
{
    struct witness *w = calloc(1, sizeof *w);
    uint32_t policy = s->number % s->scenario->policies_n;

    s->policy = s->scenario->policies[policy].label;
    if (w && observe(s, policy, 0, w))
        s->accounts++;
    if (w)
        witness_close(w);
    free(w);
}

/* ---- One scenario. */

static char *write_random(const struct subject *s, const struct options *o, const char *plugins,
                          size_t *length)
{
    struct wish wish = { .seed = s->seed,
                         .number = s->number,
                         .requests = s->requests,
                         .plugins = plugins,
                         .trace = s->trace,
                         .mechanisms = o->account ? MECHANISMS_AT_WORK
                                                  : random_mechanisms(s->seed, s->number) };

    return random_scenario(&wish, length);
}

static struct scenario *read_twin(struct subject *s, const struct options *o,
                                  const struct policy_source *source)
{
    struct scenario *twin = NULL;
    size_t length;
    char *text = write_random(s, o, o->plugins, &length);

    if (text)
        twin = read_text(s, source, text, length, false);
    law_holds(s, LAW_PLUGIN, twin != NULL, "the scenario cannot be read with plug-ins");
    free(text);
    return twin;
}

static char *read_file(const char *path, size_t *length)
{
    FILE *in = fopen(path, "r");
    char *text = NULL;
    FILE *out = in ? open_memstream(&text, length) : NULL;
    int c;

    while (out && (c = getc(in)) != EOF)
        putc(c, out);
    if (out)
        fclose(out);
    if (in)
        fclose(in);
    else
        perror(path);
    return text;
}

static void try_scenario(struct subject *s, const struct options *o,
                         const struct policy_source *source)
{
    struct scenario *twin = NULL;

    s->faults = 0;
    s->policy = "reading";
    s->text = o->file ? read_file(o->file, &s->length) : write_random(s, o, NULL, &s->length);
    if (!s->text)
        return;
    if (o->only == s->number && !o->file)
        subject_write(s); /* it may never end */
    s->scenario = read_text(s, source, s->text, s->length, false);
    if (!o->account)
        read_damaged(s, source);
    if (s->scenario && o->plugins && !o->file && !o->account)
        twin = read_twin(s, o, source);
    if (s->scenario && o->account) {
        take_account(s);
    } else if (s->scenario) {
        try_policies(s, twin);
        if (s->number % WORKERS_EVERY == 0)
            laws_of_workers(s);
        if (s->number % CHANGE_EVERY == 0)
            laws_of_change(s, source);
        if (s->number % IDLE_EVERY == 0 && !o->file)
            laws_of_idleness(s, source);
        if (!o->file)
            laws_of_tries(s, source);
    } else {
        printf("scenario %u: refused\n", s->number);
    }
    scenario_close(twin);
    scenario_close(s->scenario);
    free(s->text);
}

/* ---- All. */

static bool read_number(const char *text, uint64_t most, uint64_t *to)
{
    char *end;

    errno = 0;
    *to = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && !*end && !errno && *to <= most;
}

static bool read_option(struct options *o, const char *name, const char *value)
{
    uint64_t number;

    if (!strcmp(name, "--plugins"))
        return (o->plugins = value) != NULL;
    if (!strcmp(name, "--file")) {
        o->only = 0;
        return (o->file = value) != NULL;
    }
    if (!strcmp(name, "--out"))
        return (o->out = value) != NULL;
    if (!strcmp(name, "--laws")) {
        o->account = !strcmp(value, "accounting");
        return o->account || !strcmp(value, "all");
    }
    if (!strcmp(name, "--seed"))
        return read_number(value, UINT64_MAX, &o->seed);
    if (!read_number(value, UINT32_MAX - 1, &number))
        return false;
    if (!strcmp(name, "--count"))
        o->count = (uint32_t)number;
    else if (!strcmp(name, "--only"))
        o->only = (uint32_t)number;
    else if (!strcmp(name, "--requests"))
        o->requests = (uint32_t)number;
    else
        return false;
    return true;
}

/* Scenarios that no policy or reader takes test nothing; so do laws that nothing falls under. */
static int verdict(const struct subject *s, const struct options *o, uint64_t *broken)
{
    uint64_t looked = 0;
    uint32_t idle = laws_print(s), i;

    for (i = 0, *broken = 0; i < LAWS; i++) {
        looked += s->looked[i];
        *broken += s->broken[i];
    }
    idle -= (o->plugins ? 0U : 1U) + (ALLOCATIONS_COUNTED ? 0U : 1U);
    if (o->account)
        printf("accounts: %u scenarios of %u\n", s->accounts, o->count);
    if (o->only == UINT32_MAX && o->count >= FEW && idle > 0 && !o->account) {
        printf("%u laws were never looked at\n", idle);
        ++*broken;
    }
    printf("properties: %" PRIu64 " passed, %" PRIu64 " failed\n", looked - *broken, *broken);
    return *broken || !looked;
}

int main(int n, char **words)
{
    struct options o = { .seed = 1, .count = 250, .only = UINT32_MAX, .out = "." };
    struct subject s = { 0 };
    struct plugins *plugins = plugins_open();
    struct policy_source source;
    uint64_t broken;
    char trace[4096];
    int i, status;

    for (i = 1; i < n; i += 2)
        if (i + 1 == n || !read_option(&o, words[i], words[i + 1])) {
            fprintf(stderr,
                    "usage: lbsim-property [--count N] [--seed S] [--only K] [--requests N] "
                    "[--plugins DIR] [--out DIR] [--file PATH] [--laws all|accounting]\n");
            return 2;
        }
    if (!plugins)
        return 1;
    source = plugins_source(plugins);
    s.seed = o.seed;
    s.requests = o.requests;
    s.folder = o.out;
    snprintf(trace, sizeof trace, "%s/property-%" PRIu64 "-trace.csv", o.out, o.seed);
    s.trace = random_trace(o.seed, trace) ? trace : NULL;
    for (s.number = 0; s.number < o.count || o.only != UINT32_MAX; s.number++) {
        if (o.only != UINT32_MAX)
            s.number = o.only;
        try_scenario(&s, &o, &source);
        if (o.only != UINT32_MAX)
            break;
    }
    status = verdict(&s, &o, &broken);
    if (status == 0)
        remove(trace); /* a failing scenario may name it */
    plugins_close(plugins);
    return status;
}
