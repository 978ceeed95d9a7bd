/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each test works in a directory of its own under TMPDIR. Second writers and killed ones are forked
 * processes, because a lock is a matter between processes. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/record/histogram.h"
#include "sim/record/stamp.h"
#include "sim/record/store.h"

int suite_store(void);

enum { VALUES = 60, TRIALS = 6 };

struct place {
    char directory[256], file[300];
    struct stamp stamp;
    char why[512];
};

/* A trial with all its parts; the replication makes them differ. */
struct sample {
    struct store_trial trial;
    char names[VALUES][24];
    struct store_value values[VALUES];
    struct store_histogram histogram;
    uint8_t *bytes;
};

static const struct store_param params[] = { { "load", "0.9" }, { "servers[app].count", "10" } };
static const struct store_series series[] = { { "all", "queue", .5, 3 },
                                              { "all", "queue", 1, NAN } };

static void place_open(struct place *place)
{
    char *const argument[] = { "lbsim", "run", "my file's.json", NULL };
    const char *base = getenv("TMPDIR");
    snprintf(place->directory, sizeof place->directory, "%s/lbsim-store-XXXXXX",
             base ? base : "/tmp");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(place->directory));
    snprintf(place->file, sizeof place->file, "%s/results.sqlite", place->directory);
    CU_ASSERT_EQUAL_FATAL(stamp_open(&place->stamp, 3, argument), 0);
}

static void place_close(struct place *place)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-journal", "-lock" };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char name[320];
        snprintf(name, sizeof name, "%s%s", place->file, ends[i]);
        unlink(name);
    }
    CU_ASSERT_EQUAL(rmdir(place->directory), 0);
    stamp_close(&place->stamp);
}

static int begin(struct store *store, const struct place *place)
{
    const struct store_run run = { .stamp = &place->stamp,
                                   .scenario = "quick",
                                   .path = "/home/me",
                                   .seed = "18446744073709551615",
                                   .plugins = "",
                                   .text = "{\"name\": \"quick\"}" };
    return store_begin_run(store, &run);
}

static struct store *writer(struct place *place)
{
    struct store *store = NULL;
    CU_ASSERT_EQUAL_FATAL(
        store_open(place->file, STORE_WRITE, &store, place->why, sizeof place->why), 0);
    CU_ASSERT_EQUAL_FATAL(begin(store, place), 0);
    return store;
}

static struct store *reader(struct place *place)
{
    struct store *store = NULL;
    CU_ASSERT_EQUAL_FATAL(
        store_open(place->file, STORE_READ, &store, place->why, sizeof place->why), 0);
    return store;
}

static struct sample *sample_new(uint32_t replication)
{
    struct sample *s = calloc(1, sizeof *s);
    struct histogram *histogram = calloc(1, sizeof *histogram);
    s->bytes = malloc(HISTOGRAM_ENCODED_MOST);
    for (int64_t i = 0; i < 2000; i++)
        histogram_add(histogram, 1000 * i * (replication + 1));
    s->histogram = (struct store_histogram) { "all", "latency", s->bytes, 0 };
    s->histogram.n = histogram_encode(histogram, s->bytes);
    free(histogram);
    for (int i = 0; i < VALUES; i++) {
        snprintf(s->names[i], sizeof s->names[i], "metric%d", i);
        s->values[i] =
            (struct store_value) { "all", s->names[i], "mean", i + replication / 3., "s" };
    }
    s->values[1].value = NAN;
    s->values[2].value = -0.0;
    s->trial = (struct store_trial) { .point = "load=0.9",
                                      .policy = "p2c",
                                      .label = "p2c(d=2)",
                                      .replication = replication,
                                      .seed = UINT64_MAX,
                                      .events = 123456789012,
                                      .params = params,
                                      .params_n = 2,
                                      .values = s->values,
                                      .values_n = VALUES,
                                      .histograms = &s->histogram,
                                      .histograms_n = 1,
                                      .series = series,
                                      .series_n = 2,
                                      .wall_s = 1.5,
                                      .cpu_s = 1.25 };
    memset(s->trial.hash, (int)(replication * 37 + 1), STORE_HASH);
    return s;
}

static void sample_free(struct sample *s)
{
    free(s->bytes);
    free(s);
}

static void put_samples(struct store *store, uint32_t n)
{
    for (uint32_t i = n; i-- > 0;) {
        struct sample *s = sample_new(i);
        CU_ASSERT_EQUAL_FATAL(store_put(store, &s->trial), 0);
        sample_free(s);
    }
}

/* What a run has beside trials. */
static void put_rest(struct store *store)
{
    const struct store_point point = { "load=0.9", "load", "0.9", 0, .9 };
    const struct store_contender contender = { "load=0.9", "p2c(d=2)", "p2c", 0, TRIALS, .95 };
    const struct store_warning warning = { "load=0.9", "p2c(d=2)", "few_replications",
                                           "6 are few" };
    CU_ASSERT_EQUAL(store_put_points(store, &point, 1), 0);
    CU_ASSERT_EQUAL(store_put_contenders(store, &contender, 1), 0);
    CU_ASSERT_EQUAL(store_put_warnings(store, &warning, 1), 0);
}

/* What a reading met. */
struct seen {
    uint32_t sound, damaged, others;
    char damage[1024];
};

static bool same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static const struct store_value *find_value(const struct store_trial *trial, const char *metric)
{
    for (uint32_t i = 0; i < trial->values_n; i++) {
        if (strcmp(trial->values[i].metric, metric) == 0)
            return &trial->values[i];
    }
    return NULL;
}

static void check_head(const struct store_trial *a, const struct store_trial *b)
{
    CU_ASSERT_STRING_EQUAL(a->policy, b->policy);
    CU_ASSERT(a->seed == b->seed && a->events == b->events && a->pilot == b->pilot);
    CU_ASSERT((a->wall_s == b->wall_s && a->cpu_s == b->cpu_s) || isnan(a->cpu_s));
    CU_ASSERT(!a->failed == !b->failed);
    CU_ASSERT_FATAL(a->params_n == b->params_n && a->values_n == b->values_n);
    CU_ASSERT_FATAL(a->histograms_n == b->histograms_n && a->series_n == b->series_n);
}

static void check_same(const struct store_trial *a, const struct store_trial *b)
{
    check_head(a, b);
    for (uint32_t i = 0; i < b->values_n; i++) {
        const struct store_value *v = find_value(a, b->values[i].metric);
        CU_ASSERT_FATAL(v && same_number(v->value, b->values[i].value));
        CU_ASSERT_STRING_EQUAL(v->unit, b->values[i].unit);
    }
    CU_ASSERT_STRING_EQUAL(a->params[1].value, b->params[1].value);
    CU_ASSERT(same_number(a->series[1].value, b->series[1].value));
    CU_ASSERT_EQUAL_FATAL(a->histograms[0].n, b->histograms[0].n);
    CU_ASSERT_EQUAL(memcmp(a->histograms[0].bytes, b->histograms[0].bytes, b->histograms[0].n), 0);
}

/* The costs may be damaged, which is told apart. */
static int compare_content(void *context, const struct store_trial *trial, const char *damage)
{
    struct seen *seen = context;
    CU_ASSERT_PTR_NULL_FATAL(damage);
    struct sample *s = sample_new(trial->replication);
    check_same(trial, &s->trial);
    sample_free(s);
    seen->sound++;
    return 0;
}

static int compare(void *context, const struct store_trial *trial, const char *damage)
{
    CU_ASSERT(!isnan(trial->cpu_s) && !isnan(trial->wall_s));
    return compare_content(context, trial, damage);
}

static int count(void *context, const struct store_trial *trial, const char *damage)
{
    struct seen *seen = context;
    if (damage)
        snprintf(seen->damage, sizeof seen->damage, "%s", damage);
    *(damage ? trial ? &seen->damaged : &seen->others : &seen->sound) += 1;
    return 0;
}

static int stop(void *context, const struct store_trial *trial, const char *damage)
{
    (void)trial, (void)damage;
    ++*(int *)context;
    return 42;
}

/* Any SQL from outside: what another program may do to the file, or see in it. */
static int64_t outside(const struct place *place, const char *query)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *row = NULL;
    CU_ASSERT_EQUAL_FATAL(sqlite3_open(place->file, &database), SQLITE_OK);
    CU_ASSERT_EQUAL_FATAL(sqlite3_prepare_v2(database, query, -1, &row, NULL), SQLITE_OK);
    const int code = sqlite3_step(row);
    CU_ASSERT_FATAL(code == SQLITE_ROW || code == SQLITE_DONE);
    const int64_t number = code == SQLITE_ROW ? sqlite3_column_int64(row, 0) : -1;
    sqlite3_finalize(row);
    sqlite3_close(database);
    return number;
}

static void test_round_trip(void)
{
    struct place place;
    struct seen seen = { 0 };
    place_open(&place);
    struct store *store = writer(&place);
    put_samples(store, TRIALS);
    CU_ASSERT_EQUAL(store_each(store, STORE_LAST_RUN, compare, &seen), 0);
    store_close(store);
    CU_ASSERT_EQUAL(seen.sound, TRIALS);
    store = reader(&place);
    CU_ASSERT_EQUAL(store_each(store, STORE_ALL, compare, &seen), 0);
    CU_ASSERT_EQUAL(seen.sound, 2 * TRIALS);
    int stopped = 0;
    CU_ASSERT_EQUAL(store_each(store, STORE_ALL, stop, &stopped), 42);
    CU_ASSERT_EQUAL(stopped, 1);
    store_close(store);
    place_close(&place);
}

static void test_has_use_replace(void)
{
    struct place place;
    struct seen seen = { 0 };
    place_open(&place);
    struct store *store = writer(&place);
    struct sample *s = sample_new(0), *t = sample_new(1);
    s->trial.failed = "the plug-in crashed";
    s->trial.values_n = 3;
    CU_ASSERT_FALSE(store_has(store, s->trial.hash));
    CU_ASSERT_EQUAL(store_read(store, s->trial.hash, count, &seen), -ENOENT);
    CU_ASSERT_EQUAL(store_put(store, &s->trial), 0);
    CU_ASSERT_FALSE(store_has(store, s->trial.hash));
    CU_ASSERT_EQUAL(store_use(store, s->trial.hash, "load=0.9", "p2c"), -ENOENT);
    s->trial.failed = NULL;
    s->trial.values_n = VALUES;
    CU_ASSERT_EQUAL(store_put(store, &s->trial), 0);
    CU_ASSERT_EQUAL(store_put(store, &t->trial), 0);
    CU_ASSERT_TRUE(store_has(store, s->trial.hash));
    CU_ASSERT_EQUAL(store_read(store, s->trial.hash, compare, &seen), 0);
    store_close(store);
    store = writer(&place);
    CU_ASSERT_EQUAL(store_use(store, s->trial.hash, "load=0.9", "p2c"), 0);
    CU_ASSERT_EQUAL(store_each(store, STORE_LAST_RUN, compare, &seen), 0);
    CU_ASSERT_EQUAL(seen.sound, 2);
    CU_ASSERT_EQUAL(store_each(store, STORE_ALL, compare, &seen), 0);
    CU_ASSERT_EQUAL(seen.sound, 4);
    sample_free(s);
    sample_free(t);
    store_close(store);
    place_close(&place);
}

static int count_names(void *context, const struct store_trial *trial, const char *damage)
{
    CU_ASSERT_PTR_NULL(damage);
    if (strcmp(trial->point, "load=0.9") == 0 && strcmp(trial->label, "p2c(d=2)") == 0)
        ((uint32_t *)context)[0]++;
    else if (strcmp(trial->point, "load=0.5") == 0 && strcmp(trial->label, "two") == 0)
        ((uint32_t *)context)[1]++;
    else
        ((uint32_t *)context)[2] += !trial->point[0] && !trial->label[0];
    return 0;
}

/* One trial at two points of a run: it is content, and names are the run's. */
static void test_names(void)
{
    struct place place;
    uint32_t names[3] = { 0 };
    place_open(&place);
    struct store *store = writer(&place);
    struct sample *s = sample_new(0);
    put_samples(store, TRIALS);
    CU_ASSERT_EQUAL(store_use(store, s->trial.hash, "load=0.5", "two"), 0);
    CU_ASSERT_EQUAL(store_use(store, s->trial.hash, "load=0.5", "two"), 0);
    CU_ASSERT_EQUAL(store_each(store, STORE_LAST_RUN, count_names, names), 0);
    CU_ASSERT(names[0] == TRIALS && names[1] == 1 && names[2] == 0);
    CU_ASSERT_EQUAL(store_each(store, STORE_ALL, count_names, names), 0);
    CU_ASSERT(names[0] == TRIALS && names[1] == 1 && names[2] == TRIALS);
    CU_ASSERT_EQUAL(store_read(store, s->trial.hash, count_names, names), 0);
    CU_ASSERT_EQUAL(names[2], TRIALS + 1);
    sample_free(s);
    put_rest(store);
    store_close(store);
    CU_ASSERT_EQUAL(outside(&place, "SELECT count(*) FROM replications"), (TRIALS + 1) * VALUES);
    CU_ASSERT_EQUAL(outside(&place, "SELECT count(*) FROM summary"), 2 * VALUES);
    CU_ASSERT_EQUAL(outside(&place, "SELECT count(*) FROM summary JOIN point USING (point) WHERE "
                                    "path = 'load' AND number = 0.9"),
                    VALUES);
    CU_ASSERT_EQUAL(outside(&place, "SELECT replications FROM contender"), TRIALS);
    place_close(&place);
}

/* A trial that cannot be stored whole leaves nothing behind, and the store goes on working. */
static void test_all_or_nothing(void)
{
    struct place place;
    struct seen seen = { 0 };
    place_open(&place);
    struct store *store = writer(&place);
    struct sample *s = sample_new(0);
    s->values[VALUES - 1].metric = "metric0";
    CU_ASSERT_EQUAL(store_put(store, &s->trial), -EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(store_why(store), place.file));
    CU_ASSERT_EQUAL(store_each(store, STORE_ALL, count, &seen), 0);
    CU_ASSERT(seen.sound == 0 && seen.damaged == 0 && seen.others == 0);
    put_samples(store, 2);
    CU_ASSERT_EQUAL(store_each(store, STORE_ALL, compare, &seen), 0);
    CU_ASSERT_EQUAL(seen.sound, 2);
    sample_free(s);
    store_close(store);
    CU_ASSERT_EQUAL(outside(&place, "SELECT count(*) FROM param"), 4);
    place_close(&place);
}

static void test_summary(void)
{
    struct place place;
    place_open(&place);
    struct store *store = writer(&place);
    struct store_interval interval = { .point = "load=0.9",
                                       .label = "p2c(d=2)",
                                       .scope = "all",
                                       .metric = "metric5",
                                       .statistic = "mean",
                                       .n = 3,
                                       .value = 7,
                                       .low = 6,
                                       .high = 8,
                                       .se = .5,
                                       .confidence = .95,
                                       .method = "t" };
    put_samples(store, 3);
    CU_ASSERT_EQUAL(store_put_intervals(store, &interval, 1), 0);
    CU_ASSERT_EQUAL(outside(&place, "SELECT count(*) FROM summary"), VALUES);
    CU_ASSERT_EQUAL(outside(&place, "SELECT high FROM summary WHERE metric='metric5' AND n=3"), 8);
    CU_ASSERT_EQUAL(outside(&place, "SELECT value * 3 FROM summary WHERE metric='metric4'"), 13);
    CU_ASSERT_EQUAL(outside(&place, "SELECT value IS NULL FROM summary WHERE metric='metric1'"), 1);
    put_samples(store, 4);
    CU_ASSERT_EQUAL(outside(&place, "SELECT low IS NULL AND n = 4 AND why IS NOT NULL FROM summary "
                                    "WHERE metric = 'metric5'"),
                    1);
    struct sample *s = sample_new(5);
    s->trial.pilot = true;
    CU_ASSERT_EQUAL(store_put(store, &s->trial), 0);
    CU_ASSERT_EQUAL(outside(&place, "SELECT max(n) FROM summary"), 4);
    sample_free(s);
    store_close(store);
    store = writer(&place);
    CU_ASSERT_EQUAL(outside(&place, "SELECT count(*) FROM summary"), 0);
    store_close(store);
    place_close(&place);
}

/* Two runs of the same trials, in another order and after another history, hold the same rows. */
static void test_stores_compare(void)
{
    static const char *const tables[] = { "trial", "param", "value", "histogram_data", "series" };
    struct place a, b;
    place_open(&a);
    place_open(&b);
    struct store *store = writer(&a);
    put_samples(store, TRIALS);
    store_close(store);
    store_close(writer(&b));
    store = writer(&b);
    for (uint32_t i = 0; i < TRIALS; i++) {
        struct sample *s = sample_new(i);
        s->trial.wall_s = 99;
        CU_ASSERT_EQUAL(store_put(store, &s->trial), 0);
        sample_free(s);
    }
    store_close(store);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        sqlite3 *database = NULL;
        char query[1000];
        snprintf(query, sizeof query,
                 "ATTACH '%s' AS b; CREATE TEMP TABLE same AS SELECT * FROM (SELECT * FROM main.%s "
                 "EXCEPT SELECT * FROM b.%s) UNION ALL SELECT * FROM (SELECT * FROM b.%s EXCEPT "
                 "SELECT * FROM main.%s); CREATE TEMP TABLE one(n CHECK (n = 0)); INSERT INTO one "
                 "SELECT count(*) FROM same; INSERT INTO one SELECT count(*) = 0 FROM main.%s",
                 b.file, tables[i], tables[i], tables[i], tables[i], tables[i]);
        CU_ASSERT_EQUAL(sqlite3_open(a.file, &database), SQLITE_OK);
        CU_ASSERT_EQUAL(sqlite3_exec(database, query, NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(database);
    }
    place_close(&a);
    place_close(&b);
}

/* Each of these is one change that SQLite itself takes no offence at. */
static void test_tampering_is_named(void)
{
    static const struct {
        const char *query, *word;
        uint32_t damaged, others;
    } cases[] = {
        { "UPDATE value SET value = value + 1e-9 WHERE metric = 'metric7' AND value < 7.1", "p2c",
          1, 0 },
        { "UPDATE value SET unit = 'S' WHERE metric = 'metric7' AND value < 7.1", "changed", 1, 0 },
        { "DELETE FROM param WHERE name = 'load'", "changed", TRIALS, 0 },
        { "UPDATE histogram_data SET counts = zeroblob(length(counts)) WHERE trial_hash IN (SELECT "
          "trial_hash FROM trial WHERE replication = 3)",
          "replication 3", 1, 0 },
        { "UPDATE histogram_data SET counts = 1e18", "changed", TRIALS, 0 },
        { "UPDATE series SET value = 0 WHERE value IS NULL", "changed", TRIALS, 0 },
        { "UPDATE trial SET replication = 9 WHERE replication = 1", "replication 9", 1, 0 },
        { "UPDATE trial SET checksum = NULL WHERE replication = 1", "replication 1", 1, 0 },
        { "UPDATE trial SET trial_hash = randomblob(16) WHERE replication = 1", "", 2, 0 },
        { "DELETE FROM trial WHERE replication = 2", "is missing", 1, 0 },
        { "UPDATE run SET host = 'other'", "table run", 0, 1 },
        { "UPDATE run SET seed = '2'", "table run", 0, 1 },
        { "UPDATE run_trial SET label = 'jsq' WHERE trial_hash < x'02'", "table run_trial", 0, 1 },
        { "UPDATE point SET number = 0.8", "table point", 0, 1 },
        { "UPDATE contender SET position = 1", "table contender", 0, 1 },
        { "UPDATE warning SET message = ''", "table warning", 0, 1 },
        { "UPDATE cost SET cpu_s = 0 WHERE trial_hash < x'02'", "table cost", 0, 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct place place;
        struct seen seen = { 0 };
        place_open(&place);
        struct store *store = writer(&place);
        put_samples(store, TRIALS);
        put_rest(store);
        store_close(store);
        outside(&place, cases[i].query);
        store = reader(&place);
        CU_ASSERT_EQUAL(store_each(store, STORE_ALL, count, &seen), 0);
        store_close(store);
        CU_ASSERT_EQUAL(seen.damaged, cases[i].damaged);
        CU_ASSERT_EQUAL(seen.others, cases[i].others);
        CU_ASSERT(seen.sound + seen.damaged >= TRIALS);
        CU_ASSERT_PTR_NOT_NULL(strstr(seen.damage, cases[i].word));
        CU_ASSERT_PTR_NOT_NULL(strstr(seen.damage, place.file));
        place_close(&place);
    }
}

static void flip(const struct place *place, off_t at, uint8_t *kept, bool restore)
{
    const int file = open(place->file, O_RDWR | O_CLOEXEC);
    uint8_t byte;
    CU_ASSERT_EQUAL_FATAL(pread(file, &byte, 1, at), 1);
    if (!restore)
        *kept = byte;
    byte = restore ? *kept : (uint8_t)(byte ^ 0x55);
    CU_ASSERT_EQUAL_FATAL(pwrite(file, &byte, 1, at), 1);
    close(file);
}

/* As `compare`, but damage is no fault of the test. */
static int compare_sound(void *context, const struct store_trial *trial, const char *damage)
{
    return damage ? count(context, trial, damage) : compare_content(context, trial, damage);
}

/* Whatever byte of the file is flipped: every trial that is told to be sound is as it was written,
 * and the others are named. */
static void test_every_499th_byte(void)
{
    struct place place;
    struct stat file;
    uint32_t told = 0, flips = 0;
    place_open(&place);
    struct store *store = writer(&place);
    put_samples(store, TRIALS);
    store_close(store);
    CU_ASSERT_EQUAL_FATAL(stat(place.file, &file), 0);
    for (off_t at = 0; at < file.st_size; at += 499, flips++) {
        struct seen seen = { 0 };
        uint8_t kept;
        flip(&place, at, &kept, false);
        if (store_open(place.file, STORE_READ, &store, place.why, sizeof place.why) == 0) {
            CU_ASSERT_EQUAL(store_each(store, STORE_ALL, compare_sound, &seen), 0);
            CU_ASSERT_FATAL(seen.sound + seen.damaged >= TRIALS || seen.others > 0);
            store_close(store);
            told += seen.damaged + seen.others > 0;
        } else {
            CU_ASSERT_PTR_NOT_NULL(strstr(place.why, place.file));
            told++;
        }
        flip(&place, at, &kept, true);
    }
    CU_ASSERT(told > flips / 3); /* the rest is unused room */
    place_close(&place);
}

/* Whatever is done to a store: mended it holds sound rows alone, those that were sound before among
 * them, and takes the trials that it has lost. */
static void test_mend(void)
{
    static const struct {
        const char *query;
        uint32_t lost, uses;
    } cases[] = {
        { "UPDATE value SET value = value + 1e-9 WHERE metric = 'metric7' AND value < 7.1", 1, 5 },
        { "UPDATE value SET trial_hash = x'00' WHERE metric = 'metric7' AND value < 7.1", 1, 5 },
        { "UPDATE trial SET trial_hash = x'77' WHERE replication = 1", 1, 5 },
        { "DELETE FROM trial WHERE replication = 2", 1, 5 },
        { "DELETE FROM param", TRIALS, 0 },
        { "UPDATE run_trial SET label = 'jsq' WHERE trial_hash < x'02'", 0, 5 },
        { "UPDATE cost SET cpu_s = 0", 0, 6 },
        { "DELETE FROM histogram_data WHERE trial_hash < x'02'", 1, 5 },
        { "SELECT 1", 0, 6 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct place place;
        struct seen seen = { 0 }, after = { 0 };
        char aside[320];
        place_open(&place);
        struct store *store = writer(&place);
        put_samples(store, TRIALS);
        put_rest(store);
        store_close(store);
        outside(&place, cases[i].query);
        store = writer(&place);
        CU_ASSERT_EQUAL(store_mend(store), 0);
        CU_ASSERT_EQUAL(store_each(store, STORE_ALL, count, &seen), 0);
        CU_ASSERT_EQUAL(seen.sound, TRIALS - cases[i].lost);
        CU_ASSERT_EQUAL(seen.damaged + seen.others, 0);
        put_samples(store, TRIALS);
        CU_ASSERT_EQUAL(store_each(store, STORE_LAST_RUN, compare, &after), 0);
        CU_ASSERT_EQUAL(after.sound, TRIALS);
        store_close(store);
        CU_ASSERT_EQUAL(outside(&place, "SELECT count(*) FROM run_trial WHERE run_id = 1"),
                        cases[i].uses);
        CU_ASSERT_EQUAL(outside(&place, "SELECT count(*) FROM run"), 2);
        CU_ASSERT_EQUAL(outside(&place, "SELECT count(*) FROM contender"), 1);
        snprintf(aside, sizeof aside, "%s-damaged", place.file);
        CU_ASSERT_EQUAL(unlink(aside), 0);
        place_close(&place);
    }
}

static void write_file(const struct place *place, const char *bytes, size_t n)
{
    FILE *file = fopen(place->file, "we");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, n, file), n);
    fclose(file);
}

static void check_refused(struct place *place, enum store_mode mode, int error, const char *word)
{
    struct store *store;
    CU_ASSERT_EQUAL(store_open(place->file, mode, &store, place->why, sizeof place->why), error);
    CU_ASSERT_PTR_NULL(store);
    CU_ASSERT_PTR_NOT_NULL(strstr(place->why, place->file));
    CU_ASSERT_PTR_NOT_NULL(strstr(place->why, word));
}

static void test_foreign_files(void)
{
    struct place place;
    char text[5000];
    place_open(&place);
    check_refused(&place, STORE_READ, -ENOENT, "No such file");
    memset(text, 'x', sizeof text);
    write_file(&place, text, sizeof text);
    check_refused(&place, STORE_WRITE, -EBADMSG, "not a result store");
    check_refused(&place, STORE_READ, -EBADMSG, "not a result store");
    write_file(&place, "", 0);
    check_refused(&place, STORE_READ, -ENODATA, "no results");
    outside(&place, "CREATE TABLE address(name)");
    check_refused(&place, STORE_WRITE, -EBADMSG, "another program");
    CU_ASSERT_EQUAL(outside(&place, "SELECT count(*) FROM sqlite_schema"), 1);
    write_file(&place, "", 0);
    store_close(writer(&place));
    outside(&place, "PRAGMA user_version = 1");
    check_refused(&place, STORE_WRITE, -EPROTO, "version 1");
    outside(&place, "PRAGMA user_version = 7");
    check_refused(&place, STORE_WRITE, -EPROTO, "version 7");
    check_refused(&place, STORE_READ, -EPROTO, "version 7");
    place_close(&place);
    place_open(&place);
    CU_ASSERT_EQUAL(mkdir(place.file, 0777), 0);
    check_refused(&place, STORE_WRITE, -EACCES, "-o");
    CU_ASSERT_EQUAL(rmdir(place.file), 0);
    place_close(&place);
}

/* A directory that is not there stands for one that cannot be written: root may write anywhere. */
static void test_unwritable(void)
{
    struct place place;
    place_open(&place);
    char directory[256];
    memcpy(directory, place.directory, sizeof directory);
    snprintf(place.file, sizeof place.file, "%s/none/results.sqlite", directory);
    check_refused(&place, STORE_WRITE, -ENOENT, "-o");
    snprintf(place.file, sizeof place.file, "%s/results.sqlite", directory);
    if (geteuid() != 0) {
        store_close(writer(&place));
        CU_ASSERT_EQUAL(chmod(place.directory, 0555), 0);
        check_refused(&place, STORE_WRITE, -EACCES, "-o");
        struct store *store = reader(&place);
        store_close(store);
        CU_ASSERT_EQUAL(chmod(place.directory, 0755), 0);
    }
    place_close(&place);
}

/* Runs `work` in a process that then waits to be killed; returns once the work is done. */
static pid_t in_process(struct place *place, void (*work)(struct place *))
{
    int pipe_ends[2];
    char done;
    CU_ASSERT_EQUAL_FATAL(pipe(pipe_ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        work(place);
        if (write(pipe_ends[1], "", 1) == 1)
            pause();
        _exit(1);
    }
    close(pipe_ends[1]);
    CU_ASSERT_EQUAL_FATAL(read(pipe_ends[0], &done, 1), 1);
    close(pipe_ends[0]);
    return child;
}

static void kill_process(pid_t child)
{
    int status;
    kill(child, SIGKILL);
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
}

/* The leak is meant: the process dies with the store open. */
static void write_three(struct place *place)
{
    put_samples(writer(place), 3);
}

static void test_one_writer(void)
{
    struct place place;
    struct seen seen = { 0 };
    char number[32];
    place_open(&place);
    const pid_t child = in_process(&place, write_three);
    snprintf(number, sizeof number, "process %ld", (long)child);
    check_refused(&place, STORE_WRITE, -EBUSY, "in use by another lbsim");
    check_refused(&place, STORE_WRITE, -EBUSY, number);
    struct store *store = reader(&place);
    CU_ASSERT_EQUAL(store_each(store, STORE_ALL, compare, &seen), 0);
    CU_ASSERT_EQUAL(seen.sound, 3);
    store_close(store);
    kill_process(child);
    store = writer(&place);
    CU_ASSERT_EQUAL(store_each(store, STORE_ALL, compare, &seen), 0);
    CU_ASSERT_EQUAL(seen.sound, 6);
    put_samples(store, TRIALS);
    store_close(store);
    CU_ASSERT_EQUAL(outside(&place, "SELECT count(*) FROM trial"), TRIALS);
    CU_ASSERT_EQUAL(outside(&place, "SELECT count(*) FROM run"), 2);
    place_close(&place);
}

/* Puts trials until the disk, here a limit on the size of files, is full. Exit status: how many
 * went in, or 100 if the end was not a sentence that names file and cure. */
static void fill_disk(struct place *place)
{
    const struct rlimit limit = { 250000, 250000 };
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    struct store *store = writer(place);
    for (uint32_t i = 0; i < 100; i++) {
        struct sample *s = sample_new(i);
        memset(s->trial.hash, (int)i, STORE_HASH);
        const int answer = store_put(store, &s->trial);
        sample_free(s);
        if (answer == 0)
            continue;
        const char *why = store_why(store);
        const bool good = strstr(why, place->file) && strstr(why, "run again");
        store_close(store);
        _exit(good ? (int)i : 100);
    }
    _exit(100);
}

static void test_full_disk(void)
{
    struct place place;
    struct seen seen = { 0 };
    int status;
    place_open(&place);
    const pid_t child = fork();
    if (child == 0)
        fill_disk(&place);
    CU_ASSERT_EQUAL_FATAL(waitpid(child, &status, 0), child);
    CU_ASSERT_FATAL(WIFEXITED(status) && WEXITSTATUS(status) > 0 && WEXITSTATUS(status) < 100);
    struct store *store = writer(&place);
    CU_ASSERT_EQUAL(store_each(store, STORE_ALL, compare, &seen), 0);
    CU_ASSERT_EQUAL(seen.sound, WEXITSTATUS(status));
    store_close(store);
    place_close(&place);
}

/* A closed store is one file that needs no log to be read. */
static void test_nothing_is_left_beside(void)
{
    struct place place;
    place_open(&place);
    struct store *store = writer(&place);
    put_samples(store, 1);
    store_close(store);
    CU_ASSERT_EQUAL(outside(&place, "SELECT journal_mode = 'delete' FROM pragma_journal_mode"), 1);
    CU_ASSERT_EQUAL(unlink(place.file), 0);
    CU_ASSERT_EQUAL(rmdir(place.directory), 0);
    CU_ASSERT_EQUAL(mkdir(place.directory, 0777), 0);
    place_close(&place);
}

static void test_stamp(void)
{
    struct place place;
    place_open(&place);
    for (int i = 0; i < STAMP_ITEMS; i++)
        CU_ASSERT(place.stamp.value[i][0] != '\0' && stamp_name(i)[0] != '\0');
    CU_ASSERT_STRING_EQUAL(place.stamp.value[STAMP_COMMAND], "lbsim run 'my file'\\''s.json'");
    const char *created = place.stamp.value[STAMP_CREATED];
    CU_ASSERT(strlen(created) == 20 && created[10] == 'T' && created[19] == 'Z');
    store_close(writer(&place));
    CU_ASSERT_EQUAL(outside(&place, "SELECT version IS NOT NULL AND command LIKE 'lbsim run%' AND "
                                    "created LIKE '20%Z' AND length(scenario_hash) = 32 FROM run"),
                    1);
    place_close(&place);
}

int suite_store(void)
{
    CU_pSuite suite = CU_add_suite("store", NULL, NULL);
    if (!suite || !CU_add_test(suite, "round trip", test_round_trip) ||
        !CU_add_test(suite, "has, use, replace", test_has_use_replace) ||
        !CU_add_test(suite, "names", test_names) ||
        !CU_add_test(suite, "all or nothing", test_all_or_nothing) ||
        !CU_add_test(suite, "summary", test_summary) ||
        !CU_add_test(suite, "stores compare", test_stores_compare) ||
        !CU_add_test(suite, "tampering is named", test_tampering_is_named) ||
        !CU_add_test(suite, "every 499th byte", test_every_499th_byte) ||
        !CU_add_test(suite, "mend", test_mend) ||
        !CU_add_test(suite, "foreign files", test_foreign_files) ||
        !CU_add_test(suite, "unwritable", test_unwritable) ||
        !CU_add_test(suite, "one writer", test_one_writer) ||
        !CU_add_test(suite, "full disk", test_full_disk) ||
        !CU_add_test(suite, "nothing is left beside", test_nothing_is_left_beside) ||
        !CU_add_test(suite, "stamp", test_stamp))
        return -1;
    return 0;
}
