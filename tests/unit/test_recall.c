/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Trials go into a store and come back as the outcomes that they were. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/cli/recall.h"
#include "sim/record/stamp.h"
#include "sim/run/asked.h"
#include "sim/run/plugin.h"
#include "sim/scenario/diagnose.h"

int suite_recall(void);

/* Two clients, two groups, windows that a run does not fill, quantiles of both, and a client whose
 * only request in many windows makes numbers that are none. */
static const char text[] =
    "{ \"name\": \"parts\", \"load\": 0.7, \"clients\": ["
    "{ \"name\": \"web\", \"service\": { \"distribution\": \"exponential\", \"mean\": 1 } },"
    "{ \"name\": \"job\", \"service\": \"3s\", \"share\": 0.004, \"timeout\": \"4s\" } ],"
    "\"servers\": [ { \"name\": \"app\", \"count\": 3, \"cores\": 2 }, { \"name\": \"db\" } ],"
    "\"policies\": [ \"random\", \"least_conn\" ],"
    "\"run\": { \"seed\": 7, \"requests\": 500, \"warmup\": 50, \"metrics\": [ "
    "\"latency.p97{web}\","
    "\"share{app[*]}\", \"latency.above{5s,web}\", \"occupancy{2,db}\" ],"
    "\"windows\": { \"every\": \"9s\", \"metrics\": [ \"in_system.mean{job}\", "
    "\"latency.mean{job}\","
    "\"latency.stddev{web}\", \"latency.p90\", \"wait.p50{job}\", \"utilization.max\" ] } } }";

struct system {
    struct plugins *plugins;
    struct policy_source source;
    struct diagnostics *said;
    struct scenario *scenario;
    struct metrics measured, windows;
    char directory[256], file[300];
    struct store *store;
};

static void system_open(struct system *s)
{
    char *const argument[] = { "lbsim", "run", NULL };
    const char *base = getenv("TMPDIR");
    char why[512];
    struct stamp stamp;
    struct store_run run = { &stamp, "parts", "/", "7", "", text };

    s->plugins = plugins_open();
    s->source = plugins_source(s->plugins);
    s->said = diagnostics_open();
    s->scenario = scenario_read("test", text, strlen(text),
                                &(struct scenario_request) { .policies = &s->source }, s->said);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s->scenario);
    CU_ASSERT_EQUAL_FATAL(asked_open(s->scenario, &s->measured, &s->windows), 0);
    snprintf(s->directory, sizeof s->directory, "%s/lbsim-recall-XXXXXX", base ? base : "/tmp");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(s->directory));
    snprintf(s->file, sizeof s->file, "%s/results.sqlite", s->directory);
    CU_ASSERT_EQUAL_FATAL(store_open(s->file, STORE_WRITE, &s->store, why, sizeof why), 0);
    CU_ASSERT_EQUAL_FATAL(stamp_open(&stamp, 2, argument), 0);
    CU_ASSERT_EQUAL_FATAL(store_begin_run(s->store, &run), 0);
    stamp_close(&stamp);
}

static void system_close(struct system *s)
{
    char lock[320];

    store_close(s->store);
    unlink(s->file);
    snprintf(lock, sizeof lock, "%s-lock", s->file);
    unlink(lock);
    CU_ASSERT_EQUAL(rmdir(s->directory), 0);
    metrics_close(&s->measured);
    metrics_close(&s->windows);
    scenario_close(s->scenario);
    diagnostics_close(s->said);
    plugins_close(s->plugins);
}

static struct trial_source source_of(const struct system *s)
{
    return (struct trial_source) { s->scenario, &s->scenario->policies[0], 50, &s->measured,
                                   &s->windows };
}

static void put(struct system *s, const struct outcome *out, uint8_t mark)
{
    struct trial_source source = source_of(s);
    struct store_trial t = { .point = "",
                             .policy = "random",
                             .label = "random",
                             .replication = out->replication,
                             .seed = 7,
                             .failed = out->failed ? out->why : NULL,
                             .events = out->events,
                             .wall_s = out->wall_s,
                             .cpu_s = out->cpu_s };
    struct trial_rows *rows = trial_rows_open(&source, out, &t);

    CU_ASSERT_PTR_NOT_NULL_FATAL(rows);
    memset(t.hash, mark, sizeof t.hash);
    CU_ASSERT_EQUAL(store_put(s->store, &t), 0);
    trial_rows_close(rows);
}

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void check_encoded(const struct encoded *a, const struct encoded *b, uint32_t n)
{
    uint32_t i;

    for (i = 0; i < n; i++) {
        CU_ASSERT_EQUAL_FATAL(a[i].n, b[i].n);
        CU_ASSERT(b[i].n == 0 || !memcmp(a[i].bytes, b[i].bytes, b[i].n));
    }
}

static void check_tally(const struct tally *a, const struct tally *b)
{
    int i;

    for (i = 0; i < ENDINGS; i++)
        CU_ASSERT_EQUAL(a->ended[i], b->ended[i]);
    for (i = 0; i < ATTEMPT_ENDINGS; i++)
        CU_ASSERT_EQUAL(a->attempts[i], b->attempts[i]);
    CU_ASSERT_EQUAL(a->sent, b->sent);
    CU_ASSERT_EQUAL(a->issued, b->issued);
    CU_ASSERT_EQUAL(a->measured, b->measured);
    CU_ASSERT(a->from == b->from && a->to == b->to);
}

static void check_windows(const struct outcome *a, const struct outcome *b, const struct metrics *m)
{
    uint32_t i;

    CU_ASSERT_EQUAL_FATAL(a->windows_n, b->windows_n);
    CU_ASSERT_EQUAL_FATAL(a->numbers_n, b->numbers_n);
    CU_ASSERT_EQUAL_FATAL(a->pools_n, b->pools_n);
    for (i = 0; i < b->numbers_n; i++) {
        CU_ASSERT(same(a->number[i].y, b->number[i].y) && same(a->number[i].n, b->number[i].n));
        if (m->at[i % m->n].kind == METRIC_SPREAD)
            CU_ASSERT(same(a->number[i].squares, b->number[i].squares));
    }
    check_encoded(a->pool, b->pool, b->pools_n);
}

struct expected {
    const struct system *system;
    const struct outcome *outcome;
    int compared;
};

static int compare(void *context, const struct store_trial *t, const char *damage)
{
    struct expected *e = context;
    const struct outcome *b = e->outcome;
    struct outcome a;
    uint32_t i;

    CU_ASSERT_PTR_NULL_FATAL(damage);
    CU_ASSERT_EQUAL_FATAL(recall_outcome(t, &e->system->measured, &e->system->windows, &a), 0);
    CU_ASSERT(a.failed == b->failed && !strcmp(a.why, b->why) && a.replication == b->replication);
    CU_ASSERT(a.events == b->events && a.cpu_s == b->cpu_s && a.wall_s == b->wall_s);
    CU_ASSERT_EQUAL(a.in_system, b->in_system);
    CU_ASSERT_EQUAL_FATAL(a.values_n, b->values_n);
    for (i = 0; i < b->values_n; i++)
        CU_ASSERT(same(a.values[i], b->values[i]));
    CU_ASSERT_EQUAL_FATAL(a.histograms_n, b->histograms_n);
    check_encoded(a.histogram, b->histogram, b->histograms_n);
    check_tally(&a.tally, &b->tally);
    check_windows(&a, b, &e->system->windows);
    outcome_close(&a);
    e->compared++;
    return 0;
}

static uint32_t count_nan(const struct outcome *out)
{
    uint32_t n = 0, i;

    for (i = 0; i < out->numbers_n; i++)
        n += out->number[i].n == 0.0 || isnan(out->number[i].y);
    return n;
}

static void run_trial(const struct system *s, uint32_t replication, struct outcome *out)
{
    const struct trial trial = { .scenario = s->scenario,
                                 .replication = replication,
                                 .warmup = 50,
                                 .ahead = UINT32_MAX,
                                 .windows = &s->windows };

    CU_ASSERT_EQUAL(trial_run(&trial, &s->measured, out), 0);
}

static void test_round_trip(void)
{
    struct system s;
    uint8_t hash[STORE_HASH];
    uint8_t i;

    system_open(&s);
    for (i = 0; i < 4; i++) {
        struct outcome out;
        struct expected expected = { &s, &out, 0 };

        run_trial(&s, i, &out);
        CU_ASSERT(out.windows_n > 3 && count_nan(&out) > 0 && s.measured.scopes > 5);
        put(&s, &out, i);
        memset(hash, i, sizeof hash);
        CU_ASSERT_EQUAL(store_read(s.store, hash, compare, &expected), 0);
        CU_ASSERT_EQUAL(expected.compared, 1);
        outcome_close(&out);
    }
    system_close(&s);
}

static void test_failed(void)
{
    struct system s;
    struct outcome out = { .failed = true, .why = "the plug-in crashed", .events = 5 };
    struct expected expected = { &s, &out, 0 };
    uint8_t hash[STORE_HASH] = { 0 };

    system_open(&s);
    put(&s, &out, 0);
    CU_ASSERT_EQUAL(store_read(s.store, hash, compare, &expected), 0);
    CU_ASSERT_EQUAL(expected.compared, 1);
    system_close(&s);
}

/* Whatever row is missing, nothing is made up for it. */
static void check_without(const struct system *s, struct store_trial t, int expected)
{
    struct outcome out;

    CU_ASSERT_EQUAL(recall_outcome(&t, &s->measured, &s->windows, &out), expected);
    outcome_close(&out);
}

static void test_missing(void)
{
    struct system s;
    struct outcome out;
    struct trial_source source;
    struct store_trial t = { .policy = "random" }, less;
    struct trial_rows *rows;
    uint32_t i;

    system_open(&s);
    source = source_of(&s);
    run_trial(&s, 0, &out);
    rows = trial_rows_open(&source, &out, &t);
    CU_ASSERT_PTR_NOT_NULL_FATAL(rows);
    check_without(&s, t, 0);
    for (i = 0; i < t.values_n; i++) {
        less = t;
        less.values_n = i;
        check_without(&s, less, i + 1 == t.values_n ? 0 : -ENOENT); /* seconds: from the times */
    }
    for (i = 1; i < 4; i++) {
        less = t;
        less.histograms_n -= i;
        check_without(&s, less, -ENOENT);
        less = t;
        less.series_n -= i;
        check_without(&s, less, -ENOENT);
    }
    less = t;
    less.params_n--;
    check_without(&s, less, -ENOENT);
    trial_rows_close(rows);
    outcome_close(&out);
    system_close(&s);
}

static void test_pilot(void)
{
    struct warmup_found found = { .cut = 500,
                                  .memory = 345,
                                  .found = true,
                                  .steady = true,
                                  .events = 9 },
                        got;
    struct store_value values[PILOT_VALUES];
    struct store_series series[PILOT_SERIES];
    struct store_trial t = { .pilot = true, .events = 9, .values = values, .values_n = 4 };

    CU_ASSERT_EQUAL(pilot_rows(&found, values, series), 0);
    CU_ASSERT_EQUAL(recall_warmup(&t, &got), 0);
    CU_ASSERT(got.cut == 500 && got.memory == 345 && got.found && got.steady && got.events == 9 &&
              !got.failed);
    t.values_n = 3;
    CU_ASSERT_EQUAL(recall_warmup(&t, &got), -ENOENT);
    t.failed = "out of memory";
    CU_ASSERT_EQUAL(recall_warmup(&t, &got), 0);
    CU_ASSERT(got.failed && !strcmp(got.why, "out of memory"));
    t.pilot = false;
    CU_ASSERT_EQUAL(recall_warmup(&t, &got), -ENOENT);
}

int suite_recall(void)
{
    CU_pSuite suite = CU_add_suite("recall", NULL, NULL);

    if (!suite || !CU_add_test(suite, "round trip", test_round_trip) ||
        !CU_add_test(suite, "failed", test_failed) ||
        !CU_add_test(suite, "missing", test_missing) || !CU_add_test(suite, "pilot", test_pilot))
        return -1;
    return 0;
}
