/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The express way gives what the general loop gives. Random scenarios that may go it are run both
 * ways, and all that a trial tells is compared byte by byte: metrics, histograms, counts, what each
 * server did. Ties are provoked: times that are all the same, work of 0 ns, many arrivals at one
 * instant. Scenarios one condition away must be refused it. Nothing here is up to chance: the same
 * seed makes the same scenarios. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/run/asked.h"
#include "sim/run/express.h"
#include "sim/run/plugin.h"
#include "sim/run/trial.h"
#include "sim/scenario/diagnose.h"
#include "tests/express/made_policies.h"
#include "tests/express/random_express.h"
#include "tests/property/dice.h"

struct trying {
    uint64_t seed, number;
    const struct policy_source *source;
    uint64_t same, refused, failed, requests;
    uint64_t way[4]; /* how many had links, several cores ... */
};

static void complain(struct trying *t, const char *text, const char *what)
{
    t->failed++;
    printf("FAILED: seed %" PRIu64 ", scenario %" PRIu64 ": %s\n%s\n", t->seed, t->number, what,
           text);
}

/* ---- Both ways. */

static bool same_bytes(const struct outcome *a, const struct outcome *b, const char **what)
{
    struct tally x = a->tally, y = b->tally;
    uint32_t i;

    memset(x.histogram, 0, sizeof x.histogram);
    memset(y.histogram, 0, sizeof y.histogram);
    memset(x.latency, 0, 4 * sizeof x.latency);
    memset(y.latency, 0, 4 * sizeof y.latency);
    *what = a->failed || b->failed               ? "it failed"
            : a->events != b->events             ? "the number of events"
            : a->in_system != b->in_system       ? "who is left"
            : memcmp(&x, &y, sizeof x)           ? "the tally"
            : a->values_n != b->values_n         ? "how many metrics"
            : a->histograms_n != b->histograms_n ? "how many histograms"
            : memcmp(a->values, b->values, a->values_n * sizeof a->values[0]) ? "a metric"
                                                                              : NULL;
    for (i = 0; !*what && i < a->histograms_n; i++)
        if (a->histogram[i].n != b->histogram[i].n ||
            (a->histogram[i].n &&
             memcmp(a->histogram[i].bytes, b->histogram[i].bytes, a->histogram[i].n)))
            *what = "a histogram";
    return !*what;
}

/* The first metric that differs, for people. */
static const char *first_metric(const struct metrics *m, const struct outcome *a,
                                const struct outcome *b)
{
    uint32_t i;

    for (i = 0; i < a->values_n && i < b->values_n; i++)
        if (memcmp(&a->values[i], &b->values[i], sizeof a->values[i]))
            return m->at[i].full;
    return "";
}

static uint64_t warmup_of(const struct scenario *s)
{
    return s->run.warmup == WARMUP_TIME ? UINT64_MAX : s->run.warmup_count;
}

static void run_both(struct trying *t, const char *text, const struct scenario *s,
                     const struct metrics *m, uint32_t policy)
{
    static const uint32_t aheads[] = { UINT32_MAX, 0, 1, 32 };
    struct trial trial = { .scenario = s,
                           .policy = policy,
                           .replication = (uint32_t)(t->number % 7),
                           .warmup = warmup_of(s),
                           .ahead = aheads[t->number % 4],
                           .way = ENGINE_GENERAL };
    struct outcome general, express;
    const char *what;
    char line[800];

    trial_run(&trial, m, &general);
    trial.way = ENGINE_EXPRESS;
    trial_run(&trial, m, &express);
    if (same_bytes(&general, &express, &what)) {
        t->same++;
        t->requests += general.tally.issued;
    } else {
        snprintf(line, sizeof line, "%s: %s differs: %s (%s|%s)", s->policies[policy].label, what,
                 first_metric(m, &general, &express), general.why, express.why);
        complain(t, text, line);
    }
    outcome_close(&general);
    outcome_close(&express);
}

/* Pilots keep the latency of each request. */
static void pilot_both(struct trying *t, const char *text, const struct scenario *s)
{
    struct trial trial = { .scenario = s, .ahead = UINT32_MAX, .way = ENGINE_GENERAL };
    struct warmup_found general, express;

    trial_pilot(&trial, &general);
    trial.way = ENGINE_EXPRESS;
    trial_pilot(&trial, &express);
    if (general.failed || express.failed || general.cut != express.cut ||
        general.memory != express.memory || general.found != express.found ||
        general.events != express.events)
        complain(t, text, "the pilot differs");
}

/* ---- Refused. */

static void refuse(struct trying *t, const char *text, const struct scenario *s,
                   const struct metrics *m)
{
    struct trial trial = {
        .scenario = s, .warmup = warmup_of(s), .ahead = UINT32_MAX, .way = ENGINE_EXPRESS
    };
    struct outcome out;

    trial_run(&trial, m, &out);
    if (out.failed && strstr(out.why, "cannot go the express way"))
        t->refused++;
    else
        complain(t, text, "it is not refused the express way");
    outcome_close(&out);
}

/* Queues of more years than times can say: neither way tells nonsense. */
static void try_endless(struct trying *t, const char *text, const struct scenario *s,
                        const struct metrics *m)
{
    struct trial trial = { .scenario = s, .warmup = 10, .ahead = UINT32_MAX };
    struct outcome out;

    for (trial.way = ENGINE_GENERAL; trial.way <= ENGINE_EXPRESS; trial.way++) {
        trial_run(&trial, m, &out);
        if (!out.failed || !strstr(out.why, "146 years"))
            complain(t, text, "times run out, and it goes on");
        outcome_close(&out);
    }
}

/* ---- The whole. */

enum trial_of { OPEN, REFUSED, ENDLESS };

static void try_text(struct trying *t, const char *text, enum trial_of kind)
{
    struct scenario_request request = { .policies = t->source };
    struct diagnostics *said = diagnostics_open();
    struct scenario *s = scenario_read("random.json", text, strlen(text), &request, said);
    struct metrics measured, windows;
    uint32_t i;

    if (!s || asked_open(s, &measured, &windows)) {
        complain(t, text, "it is not read");
        diagnostics_print(said, stdout, HIDE_WARNINGS);
    } else {
        for (i = 0; kind == OPEN && i < s->policies_n; i++)
            run_both(t, text, s, &measured, i);
        if (kind == OPEN && t->number % 16 == 0)
            pilot_both(t, text, s);
        if (kind == REFUSED)
            refuse(t, text, s, &measured);
        if (kind == ENDLESS)
            try_endless(t, text, s, &measured);
        metrics_close(&measured);
        metrics_close(&windows);
    }
    scenario_close(s);
    diagnostics_close(said);
}

/* Serial numbers beyond 24 bits. */
static void try_long(struct trying *t)
{
    try_text(t,
             "{ \"load\": 0.7, \"clients\": { \"service\": { \"distribution\": \"exponential\", "
             "\"mean\": \"1us\" } }, \"servers\": { \"count\": 1000 }, \"policies\": \"p2c\", "
             "\"run\": { \"requests\": 17000000, \"warmup\": 16770000 } }",
             OPEN);
}

static void try_years(struct trying *t)
{
    static const char *const servers[] = { "\"count\": 1", "\"count\": 2, \"cores\": 3" };
    char text[400];
    uint32_t i;

    for (i = 0; i < 2; i++) {
        snprintf(text, sizeof text,
                 "{ \"clients\": { \"arrivals\": { \"process\": \"deterministic\", \"rate\": 1 }, "
                 "\"service\": 1e8 }, \"servers\": { %s }, \"policies\": \"random\", \"run\": { "
                 "\"requests\": 2000, \"warmup\": 10 } }",
                 servers[i]);
        try_text(t, text, ENDLESS);
    }
}

int main(int n, char **words)
{
    struct plugins *plugins = plugins_open();
    struct policy_source built_in = plugins_source(plugins), source = made_policies(&built_in);
    struct trying t = { .seed = 1, .source = &source };
    uint64_t count = 2000, only = UINT64_MAX;
    char text[RANDOM_EXPRESS_ROOM];
    int i;

    for (i = 1; i + 1 < n; i += 2) {
        uint64_t value = strtoull(words[i + 1], NULL, 10);

        t.seed = !strcmp(words[i], "--seed") ? value : t.seed;
        count = !strcmp(words[i], "--count") ? value : count;
        only = !strcmp(words[i], "--only") ? value : only;
    }
    for (t.number = 0; t.number < count; t.number++) {
        if (only != UINT64_MAX && t.number != only)
            continue;
        try_text(&t, random_express(t.seed, t.number, text), OPEN);
        try_text(&t, random_express_wide(t.seed, t.number, text), OPEN);
        if (t.number % 4 == 0)
            try_text(&t, random_express_not(t.seed, t.number / 4, text), REFUSED);
    }
    if (only == UINT64_MAX) {
        try_years(&t);
        try_long(&t);
    }
    printf("express: %" PRIu64 " runs the same both ways, %" PRIu64 " requests, %" PRIu64
           " scenarios refused, %" PRIu64 " failed\n",
           t.same, t.requests, t.refused, t.failed);
    plugins_close(plugins);
    return t.failed > 0;
}
