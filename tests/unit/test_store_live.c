/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Live runs in a store, in a directory of their own under TMPDIR. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/record/stamp.h"
#include "sim/record/store_live.h"

int suite_store_live(void);

struct place {
    char directory[256], file[300], why[512];
    struct stamp stamp;
};

static void place_open(struct place *p)
{
    char *const argument[] = { "lbsim", "validate", "a.json", NULL };
    const char *base = getenv("TMPDIR");

    snprintf(p->directory, sizeof p->directory, "%s/lbsim-live-XXXXXX", base ? base : "/tmp");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(p->directory));
    snprintf(p->file, sizeof p->file, "%s/results.sqlite", p->directory);
    CU_ASSERT_EQUAL_FATAL(stamp_open(&p->stamp, 3, argument), 0);
}

static void place_close(struct place *p)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-journal", "-lock", "-damaged" };
    char name[320];
    size_t i;

    for (i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(name, sizeof name, "%s%s", p->file, ends[i]);
        unlink(name);
    }
    CU_ASSERT_EQUAL(rmdir(p->directory), 0);
    stamp_close(&p->stamp);
}

static struct store *opened(struct place *p, enum store_mode mode)
{
    struct store *store = NULL;

    if (store_open(p->file, mode, &store, p->why, sizeof p->why))
        fprintf(stderr, "%s\n", p->why);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    return store;
}

/* Another program at the same file. */
static int outside(struct place *p, const char *script)
{
    sqlite3 *database = NULL;
    char *why = NULL;
    int code = sqlite3_open(p->file, &database);

    if (code == SQLITE_OK)
        code = sqlite3_exec(database, script, NULL, NULL, &why);
    if (why)
        fprintf(stderr, "%s\n", why);
    sqlite3_free(why);
    sqlite3_close(database);
    return code;
}

static void begin(struct place *p, struct store *store)
{
    const struct store_live_run run = { .stamp = &p->stamp,
                                        .scenario = "quick",
                                        .path = "/home/me",
                                        .seed = "7",
                                        .text = "{}",
                                        .kind = "validate",
                                        .transport = "http",
                                        .tls = true,
                                        .time_scale = 2.0,
                                        .through = "127.0.0.1:8080",
                                        .scheduler = "timer slack 1 ns" };

    CU_ASSERT_EQUAL(store_begin_live(store, &run), 0);
}

static const uint8_t bytes[] = { 1, 1, 0, 5 };
static const struct store_live_try tries[] = {
    { NULL, NULL, "ping", 0, true, "VALID", "", 1e-3, 1e-5, NAN, 0.01, 1.0, 0 },
    { NULL, NULL, "run", 0, false, "SUSPECT", "steal", 9e-3, 1e-5, 0.2, 0.01, 1.0, 3 },
};
static const struct store_live_value values[] = {
    { NULL, NULL, "measured", "latency", "p99", 0.07, 0.06, 0.08, "s" },
    { NULL, NULL, "RAW", "latency", "p99", 0.069, NAN, NAN, "s" },
    { NULL, NULL, "RAW", "latency", "mean", 0.01, NAN, NAN, "s" },
};
static const struct store_live_histogram histograms[] = { { NULL, NULL, "measured", "latency",
                                                            bytes, sizeof bytes } };

static struct store_live sample(const char *label, uint32_t position)
{
    return (struct store_live) {
        .contender = { "load=0.7", label, "p2c", position, "VALID", "", 12500, 11250, "agreed",
                       NULL },
        .tries = tries,
        .values = values,
        .histograms = histograms,
        .tries_n = 2,
        .values_n = 3,
        .histograms_n = 1,
    };
}

static void fill(struct place *p)
{
    struct store *store = opened(p, STORE_WRITE);
    const struct store_live first = sample("zz", 0), second = sample("aa", 1);

    CU_ASSERT_EQUAL(store_put_live(store, &first), -EINVAL); /* no run was begun */
    begin(p, store);
    CU_ASSERT_EQUAL(store_put_live(store, &second), 0);
    CU_ASSERT_EQUAL(store_put_live(store, &first), 0);
    store_close(store);
}

/* ---- Reading back. */

struct seen {
    uint32_t n;
    char text[600];
};

static int see_run(void *context, const void *row)
{
    const struct store_live_run *r = row;
    struct seen *seen = context;

    seen->n++;
    CU_ASSERT(r->tls && r->time_scale == 2.0);
    snprintf(seen->text, sizeof seen->text, "%s %s %s %s %s %s %s %s", r->scenario, r->path,
             r->seed, r->text, r->kind, r->transport, r->through, r->scheduler);
    CU_ASSERT_PTR_NOT_NULL(strstr(r->stamp->value[STAMP_COMMAND], "validate"));
    return 0;
}

static int see_contender(void *context, const void *row)
{
    const struct store_live_contender *c = row;
    struct seen *seen = context;
    size_t at = strlen(seen->text);

    seen->n++;
    CU_ASSERT(c->issued == 12500 && c->measured == 11250 && !c->why);
    snprintf(seen->text + at, sizeof seen->text - at, "%s %s %s %s %s,", c->point, c->label,
             c->policy, c->gate, c->verdict);
    return 0;
}

static int see_try(void *context, const void *row)
{
    const struct store_live_try *t = row;
    struct seen *seen = context;
    size_t at = strlen(seen->text);

    seen->n++;
    snprintf(seen->text + at, sizeof seen->text - at, "%s %s %u %d %s %s %g %g,", t->label,
             t->phase, t->try, t->chosen, t->gate, t->why, t->steal, (double)t->overload);
    return 0;
}

static int see_value(void *context, const void *row)
{
    const struct store_live_value *v = row;
    struct seen *seen = context;
    size_t at = strlen(seen->text);

    seen->n++;
    snprintf(seen->text + at, sizeof seen->text - at, "%s %s %s.%s %g %g %s,", v->label, v->world,
             v->metric, v->statistic, v->value, v->low, v->unit);
    return 0;
}

static int see_histogram(void *context, const void *row)
{
    const struct store_live_histogram *h = row;
    struct seen *seen = context;

    seen->n++;
    CU_ASSERT(h->n == sizeof bytes && !memcmp(h->bytes, bytes, sizeof bytes));
    CU_ASSERT_STRING_EQUAL(h->world, "measured");
    return 0;
}

static uint64_t look(struct place *p, enum store_live_table table, store_row_visit *visit,
                     struct seen *seen)
{
    struct store *store = opened(p, STORE_READ);
    uint64_t damaged = 0;

    memset(seen, 0, sizeof *seen);
    CU_ASSERT_EQUAL(store_each_live(store, table, visit, seen, &damaged), 0);
    store_close(store);
    return damaged;
}

static void test_round_trip(void)
{
    struct place p;
    struct seen seen;

    place_open(&p);
    fill(&p);
    CU_ASSERT_EQUAL(look(&p, STORE_LIVE_RUN, see_run, &seen), 0);
    CU_ASSERT_STRING_EQUAL(seen.text,
                           "quick /home/me 7 {} validate http 127.0.0.1:8080 timer slack 1 ns");
    look(&p, STORE_LIVE_CONTENDERS, see_contender, &seen);
    CU_ASSERT_STRING_EQUAL(seen.text, "load=0.7 zz p2c VALID agreed,load=0.7 aa p2c VALID agreed,");
    look(&p, STORE_LIVE_TRIES, see_try, &seen);
    CU_ASSERT_STRING_EQUAL(seen.text, "zz ping 0 1 VALID  nan 0,zz run 0 0 SUSPECT steal 0.2 3,"
                                      "aa ping 0 1 VALID  nan 0,aa run 0 0 SUSPECT steal 0.2 3,");
    look(&p, STORE_LIVE_VALUES, see_value, &seen);
    CU_ASSERT_EQUAL(seen.n, 6);
    CU_ASSERT_PTR_NOT_NULL(strstr(seen.text,
                                  "zz RAW latency.mean 0.01 nan s,zz RAW latency.p99 0.069 nan s,"
                                  "zz measured latency.p99 0.07 0.06 s,aa RAW"));
    look(&p, STORE_LIVE_HISTOGRAMS, see_histogram, &seen);
    CU_ASSERT_EQUAL(seen.n, 2);
    place_close(&p);
}

/* A second live run is the newest; the newest run of simulations is another matter. */
static void test_newest(void)
{
    struct place p;
    struct seen seen;
    struct store *store;
    const struct store_live one = sample("p2c", 0);

    place_open(&p);
    fill(&p);
    store = opened(&p, STORE_WRITE);
    begin(&p, store);
    CU_ASSERT_EQUAL(store_put_live(store, &one), 0);
    CU_ASSERT_EQUAL(store_put_live(store, &one), -EINVAL); /* the same once more */
    store_close(store);
    look(&p, STORE_LIVE_CONTENDERS, see_contender, &seen);
    CU_ASSERT_STRING_EQUAL(seen.text, "load=0.7 p2c p2c VALID agreed,");
    CU_ASSERT_EQUAL(outside(&p, "CREATE TEMP TABLE t(x CHECK(x = 3)); INSERT INTO t SELECT "
                                "count(*) FROM live_summary"),
                    SQLITE_OK);
    CU_ASSERT_EQUAL(outside(&p, "CREATE TEMP TABLE t(x CHECK(x = 0)); INSERT INTO t SELECT "
                                "count(*) FROM run"),
                    SQLITE_OK);
    place_close(&p);
}

static void test_older_store(void)
{
    struct place p;
    struct seen seen;

    place_open(&p);
    fill(&p);
    CU_ASSERT_EQUAL(outside(&p, "DROP VIEW live_summary; DROP TABLE live_run; DROP TABLE "
                                "live_contender; DROP TABLE live_try; DROP TABLE live_value; DROP "
                                "TABLE live_histogram"),
                    SQLITE_OK);
    CU_ASSERT_EQUAL(look(&p, STORE_LIVE_VALUES, see_value, &seen), 0);
    CU_ASSERT_EQUAL(seen.n, 0);
    fill(&p);
    look(&p, STORE_LIVE_VALUES, see_value, &seen);
    CU_ASSERT_EQUAL(seen.n, 6);
    place_close(&p);
}

/* Without live runs there is nothing of them in a store. */
static void test_none(void)
{
    struct place p;
    struct store *store;

    place_open(&p);
    store = opened(&p, STORE_WRITE);
    store_close(store);
    CU_ASSERT_EQUAL(outside(&p, "CREATE TEMP TABLE t(x CHECK(x = 0)); INSERT INTO t SELECT "
                                "count(*) FROM sqlite_schema WHERE name LIKE 'live%'"),
                    SQLITE_OK);
    place_close(&p);
}

static void test_damage(void)
{
    struct place p;
    struct seen seen;
    struct store *store;

    place_open(&p);
    fill(&p);
    CU_ASSERT_EQUAL(outside(&p, "UPDATE live_value SET value = 1 WHERE label = 'aa' AND world = "
                                "'RAW'; UPDATE live_histogram SET counts = x'00' WHERE label = "
                                "'zz'"),
                    SQLITE_OK);
    CU_ASSERT_EQUAL(look(&p, STORE_LIVE_VALUES, see_value, &seen), 2);
    CU_ASSERT_EQUAL(seen.n, 4);
    CU_ASSERT_EQUAL(look(&p, STORE_LIVE_HISTOGRAMS, see_histogram, &seen), 1);
    CU_ASSERT_EQUAL(seen.n, 1);
    store = opened(&p, STORE_WRITE);
    CU_ASSERT_EQUAL(store_mend(store), 0);
    store_close(store);
    CU_ASSERT_EQUAL(look(&p, STORE_LIVE_VALUES, see_value, &seen), 0);
    CU_ASSERT_EQUAL(seen.n, 4);
    CU_ASSERT_EQUAL(look(&p, STORE_LIVE_RUN, see_run, &seen), 0);
    CU_ASSERT_EQUAL(seen.n, 1);
    CU_ASSERT_EQUAL(look(&p, STORE_LIVE_TRIES, see_try, &seen), 0);
    CU_ASSERT_EQUAL(seen.n, 4);
    place_close(&p);
}

int suite_store_live(void)
{
    CU_pSuite s = CU_add_suite("store_live", NULL, NULL);

    return !s || !CU_add_test(s, "round trip", test_round_trip) ||
           !CU_add_test(s, "the newest", test_newest) ||
           !CU_add_test(s, "a store from before", test_older_store) ||
           !CU_add_test(s, "none", test_none) || !CU_add_test(s, "damage", test_damage);
}
