/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A sweep of three points by two policies is put into a store and read back. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/record/results.h"

int suite_results(void);

enum { POINTS = 3, POLICIES = 2, REPLICATIONS = 4 };

static const char *const points[POINTS] = { "load=0.5,n=9", "load=0.5,n=10", "load=0.9,n=9" };
static const char *const labels[POLICIES] = { "zebra", "ant" };

struct place {
    char directory[256], file[300], why[512];
    struct results *results;
};

static void place_open(struct place *place)
{
    const char *base = getenv("TMPDIR");

    snprintf(place->directory, sizeof place->directory, "%s/lbsim-results-XXXXXX",
             base ? base : "/tmp");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(place->directory));
    snprintf(place->file, sizeof place->file, "%s/results.sqlite", place->directory);
    place->results = NULL;
}

static void place_close(struct place *place)
{
    char lock[320];

    results_close(place->results);
    unlink(place->file);
    snprintf(lock, sizeof lock, "%s-lock", place->file);
    unlink(lock);
    CU_ASSERT_EQUAL(rmdir(place->directory), 0);
}

static struct store *writer(struct place *place)
{
    char *const argument[] = { "lbsim", "run", NULL };
    struct store *store = NULL;
    struct stamp stamp;

    CU_ASSERT_EQUAL_FATAL(
        store_open(place->file, STORE_WRITE, &store, place->why, sizeof place->why), 0);
    CU_ASSERT_EQUAL_FATAL(stamp_open(&stamp, 2, argument), 0);
    const struct store_run run = { &stamp, "study", "/home/me", "7", "", "{ }" };
    CU_ASSERT_EQUAL_FATAL(store_begin_run(store, &run), 0);
    stamp_close(&stamp);
    return store;
}

static void put_coordinates(struct store *store)
{
    const struct store_point coordinates[] = {
        { points[0], "load", "0.5", 0, .5 }, { points[0], "n", "9", 1, 9 },
        { points[1], "load", "0.5", 2, .5 }, { points[1], "n", "10", 3, 10 },
        { points[2], "load", "0.9", 4, .9 }, { points[2], "n", "9", 5, 9 },
    };
    struct store_contender contenders[POINTS * POLICIES];
    const struct store_warning warning = { points[1], "ant", "few_replications", "4 are few" };

    for (uint32_t i = 0; i < POINTS * POLICIES; i++)
        contenders[i] = (struct store_contender) {
            points[i / POLICIES], labels[i % POLICIES], "p2c", i, REPLICATIONS, .9
        };
    CU_ASSERT_EQUAL(store_put_points(store, coordinates, 6), 0);
    CU_ASSERT_EQUAL(store_put_contenders(store, contenders, POINTS * POLICIES), 0);
    CU_ASSERT_EQUAL(store_put_warnings(store, &warning, 1), 0);
}

static double value_at(uint32_t contender, uint32_t replication)
{
    return contender == 3 && replication == 2 ? NAN : (double)(100 * contender + replication);
}

/* The later replications first: the order of writing is no matter. */
static void put_trial(struct store *store, uint32_t contender, uint32_t replication,
                      const char *failed)
{
    static const struct store_param params[] = { { "offered_load", "0.25" }, { "warmup", "12" } };
    static uint8_t bytes[HISTOGRAM_ENCODED_MOST];
    struct histogram *h = calloc(1, sizeof *h);
    const struct store_value values[] = {
        { "servers:app", "share", "", .5, "1" },
        { "all", "latency", "mean", value_at(contender, replication), "s" },
        { "all", "only", "one", replication, "s" },
    };
    struct store_trial t = { .point = points[contender / POLICIES],
                             .label = labels[contender % POLICIES],
                             .policy = "p2c",
                             .replication = replication,
                             .seed = 7,
                             .failed = failed,
                             .events = 11,
                             .params = params,
                             .params_n = 2,
                             .values = values,
                             .values_n = failed             ? 0
                                         : replication == 1 ? 3
                                                            : 2,
                             .wall_s = 1 };
    struct store_histogram histogram = { "all", "latency", bytes, 0 };

    for (uint32_t i = 0; i <= replication; i++)
        histogram_add(h, 100 + i);
    histogram.n = histogram_encode(h, bytes);
    free(h);
    t.histograms = &histogram;
    t.histograms_n = failed ? 0 : 1;
    memset(t.hash, (int)(1 + contender * 16 + replication), STORE_HASH);
    CU_ASSERT_EQUAL(store_put(store, &t), 0);
}

static void put_pilot(struct store *store, uint32_t contender)
{
    const struct store_value values[] = { { "all", "warmup", "cut", 12, "requests" },
                                          { "all", "warmup", "found", 1, "1" },
                                          { "all", "warmup", "memory", 5, "requests" } };
    struct store_trial t = { .point = points[contender / POLICIES],
                             .label = labels[contender % POLICIES],
                             .policy = "p2c",
                             .pilot = true,
                             .values = values,
                             .values_n = 3 };

    memset(t.hash, (int)(200 + contender), STORE_HASH);
    CU_ASSERT_EQUAL(store_put(store, &t), 0);
}

static void put_study(struct place *place)
{
    struct store *store = writer(place);

    put_coordinates(store);
    for (uint32_t c = POINTS * POLICIES; c-- > 0;) {
        for (uint32_t r = REPLICATIONS; r-- > 0;)
            put_trial(store, c, r, NULL);
        const struct store_interval interval = { points[c / POLICIES],
                                                 labels[c % POLICIES],
                                                 "all",
                                                 "latency",
                                                 "mean",
                                                 REPLICATIONS,
                                                 7,
                                                 6,
                                                 8,
                                                 .5,
                                                 .95,
                                                 "t",
                                                 NULL };
        CU_ASSERT_EQUAL(store_put_intervals(store, &interval, 1), 0);
        put_pilot(store, c);
    }
    store_close(store);
}

static struct results *read_back(struct place *place, const char *path)
{
    CU_ASSERT_EQUAL_FATAL(results_open(path, &place->results, place->why, sizeof place->why), 0);
    return place->results;
}

static void check_contender(const struct results *r, uint32_t i)
{
    const struct results_contender *c = &r->contenders[i];
    const struct results_number *n = results_find(c, "all", "latency", "mean");

    CU_ASSERT_EQUAL_FATAL(c->point, i / POLICIES);
    CU_ASSERT_STRING_EQUAL(c->label, labels[i % POLICIES]);
    CU_ASSERT_STRING_EQUAL(c->policy, "p2c");
    CU_ASSERT(c->asked == REPLICATIONS && c->failed == 0 && c->confidence == .9 &&
              c->offered_load == .25);
    CU_ASSERT(c->piloted && c->settled && c->cut == 12 && c->memory == 5);
    CU_ASSERT_EQUAL_FATAL(c->replications, REPLICATIONS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(n);
    CU_ASSERT_STRING_EQUAL(n->unit, "s");
    CU_ASSERT(n->interval && n->interval->high == 8);
    for (uint32_t k = 0; k < REPLICATIONS; k++) {
        CU_ASSERT(n->at[k] == value_at(i, k) || (isnan(n->at[k]) && isnan(value_at(i, k))));
        CU_ASSERT(c->replication[k].number == k && c->replication[k].warmup == 12);
        CU_ASSERT_EQUAL(c->replication[k].seed, 7);
    }
    n = results_find(c, "all", "only", "one");
    CU_ASSERT(n && isnan(n->at[0]) && n->at[1] == 1 && isnan(n->at[3]) && !n->interval);
    n = results_find(c, "servers:app", "share", "");
    CU_ASSERT(n && n->at[3] == .5);
    CU_ASSERT_PTR_NULL(results_find(c, "all", "share", ""));
    CU_ASSERT_EQUAL(results_contender_at(r, points[i / POLICIES], labels[i % POLICIES]), i);
}

static void check_places(const struct results *r)
{
    uint32_t first;

    for (uint32_t i = 0; i < POINTS; i++) {
        CU_ASSERT(results_at_point(r, i, &first) == POLICIES && first == i * POLICIES);
        for (uint32_t near = 0; near <= POINTS; near++)
            CU_ASSERT_EQUAL(results_point_at(r, points[i], near), i);
    }
    CU_ASSERT_EQUAL(results_at_point(r, POINTS, &first), 0);
    CU_ASSERT_EQUAL(results_point_at(r, "elsewhere", UINT32_MAX), UINT32_MAX);
    CU_ASSERT_EQUAL(results_contender_at(r, "elsewhere", labels[0]), UINT32_MAX);
}

static void test_reading(void)
{
    struct place place;

    place_open(&place);
    put_study(&place);
    const struct results *r = read_back(&place, place.directory);
    CU_ASSERT_STRING_EQUAL(r->scenario, "study");
    CU_ASSERT_STRING_EQUAL(r->seed, "7");
    CU_ASSERT_STRING_EQUAL(r->text, "{ }");
    CU_ASSERT_STRING_EQUAL(r->stamp[STAMP_COMMAND], "lbsim run");
    CU_ASSERT(r->complete && r->damage_n == 0);
    CU_ASSERT_EQUAL_FATAL(r->points_n, POINTS);
    for (uint32_t i = 0; i < POINTS; i++) {
        CU_ASSERT_STRING_EQUAL(r->points[i].name, points[i]);
        CU_ASSERT_EQUAL_FATAL(r->points[i].at_n, 2);
        CU_ASSERT_STRING_EQUAL(r->points[i].at[0].path, "load");
        CU_ASSERT_STRING_EQUAL(r->points[i].at[1].path, "n");
    }
    CU_ASSERT(r->points[1].at[1].number == 10 && !strcmp(r->points[1].at[1].text, "10"));
    CU_ASSERT_EQUAL_FATAL(r->contenders_n, POINTS * POLICIES);
    for (uint32_t i = 0; i < POINTS * POLICIES; i++)
        check_contender(r, i);
    CU_ASSERT_EQUAL(results_contender_at(r, points[0], "bee"), UINT32_MAX);
    check_places(r);
    CU_ASSERT_EQUAL_FATAL(r->warnings_n, 1);
    CU_ASSERT_STRING_EQUAL(r->warnings[0].code, "few_replications");
    place_close(&place);
}

static void test_pools(void)
{
    struct histogram_total *total = calloc(1, sizeof *total);
    struct place place;
    uint64_t least;

    place_open(&place);
    put_study(&place);
    struct results *r = read_back(&place, place.file);
    CU_ASSERT_EQUAL(results_pool(r, 2, "all", "latency", total, &least), 0);
    CU_ASSERT(total->n == 1 + 2 + 3 + 4 && least == 1);
    CU_ASSERT_EQUAL(results_pool(r, 2, "client:only", "latency", total, &least), 0);
    CU_ASSERT(total->n == 10);
    CU_ASSERT_EQUAL(results_pool(r, 2, "all", "wait", total, &least), 0);
    CU_ASSERT(total->n == 0 && least == 0);
    free(total);
    place_close(&place);
}

static void outside(const struct place *place, const char *query)
{
    sqlite3 *database = NULL;

    CU_ASSERT_EQUAL_FATAL(sqlite3_open(place->file, &database), SQLITE_OK);
    CU_ASSERT_EQUAL(sqlite3_exec(database, query, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

/* A damaged trial is named and left out, and its contender's summary is no longer told. */
static void test_damage(void)
{
    struct place place;

    place_open(&place);
    put_study(&place);
    outside(&place, "UPDATE value SET value = 4 WHERE value = 203");
    const struct results *r = read_back(&place, place.file);
    CU_ASSERT_EQUAL_FATAL(r->damage_n, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(r->damage[0], "replication 3"));
    CU_ASSERT_PTR_NOT_NULL(strstr(r->damage[0], points[1]));
    CU_ASSERT_EQUAL(r->contenders[2].replications, REPLICATIONS - 1);
    CU_ASSERT_PTR_NULL(results_find(&r->contenders[2], "all", "latency", "mean")->interval);
    CU_ASSERT_FALSE(r->complete);
    check_contender(r, 1);
    check_contender(r, 3);
    place_close(&place);
}

/* Without rows of points and contenders: numbers within names go by value. */
static void test_order_without_rows(void)
{
    struct place place;

    place_open(&place);
    put_study(&place);
    outside(&place, "DELETE FROM point");
    outside(&place, "DELETE FROM contender");
    outside(&place, "DELETE FROM interval");
    const struct results *r = read_back(&place, place.file);
    CU_ASSERT_EQUAL_FATAL(r->contenders_n, POINTS * POLICIES);
    for (uint32_t i = 0; i < POINTS; i++)
        CU_ASSERT_STRING_EQUAL(r->points[i].name, points[i]);
    CU_ASSERT_STRING_EQUAL(r->contenders[0].label, "ant");
    CU_ASSERT_STRING_EQUAL(r->contenders[1].label, "zebra");
    CU_ASSERT_EQUAL(r->contenders[1].point, 0);
    CU_ASSERT_FALSE(r->complete);
    place_close(&place);
}

static void test_incomplete(void)
{
    struct place place;

    place_open(&place);
    struct store *store = writer(&place);
    put_coordinates(store);
    put_trial(store, 4, 1, NULL);
    put_trial(store, 4, 2, "the plug-in crashed");
    store_close(store);
    const struct results *r = read_back(&place, place.file);
    CU_ASSERT_EQUAL_FATAL(r->contenders_n, POINTS * POLICIES);
    CU_ASSERT_FALSE(r->complete);
    CU_ASSERT(r->contenders[4].replications == 1 && r->contenders[4].failed == 1);
    CU_ASSERT(r->contenders[0].replications == 0 && r->contenders[0].numbers_n == 0);
    CU_ASSERT_EQUAL(r->contenders[4].replication[0].number, 1);
    place_close(&place);
}

static void check_refused(struct place *place, const char *path, int error, const char *word)
{
    CU_ASSERT_EQUAL(results_open(path, &place->results, place->why, sizeof place->why), error);
    CU_ASSERT_PTR_NULL(place->results);
    CU_ASSERT_PTR_NOT_NULL(strstr(place->why, place->file));
    CU_ASSERT_PTR_NOT_NULL(strstr(place->why, word));
}

static void test_refusals(void)
{
    struct place place;
    char foreign[2000];
    FILE *file;

    place_open(&place);
    check_refused(&place, place.directory, -ENOENT, "No such file");
    file = fopen(place.file, "we");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fclose(file);
    check_refused(&place, place.directory, -ENODATA, "no results");
    memset(foreign, 'x', sizeof foreign);
    file = fopen(place.file, "we");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fwrite(foreign, 1, sizeof foreign, file);
    fclose(file);
    check_refused(&place, place.file, -EBADMSG, "not a result store");
    unlink(place.file);
    store_close(writer(&place));
    check_refused(&place, place.file, -ENODATA, "no finished trial");
    outside(&place, "UPDATE run SET host = 'other'");
    check_refused(&place, place.file, -EBADMSG, "table run");
    outside(&place, "DELETE FROM run");
    check_refused(&place, place.file, -ENODATA, "no run");
    outside(&place, "PRAGMA user_version = 1");
    check_refused(&place, place.file, -EPROTO, "version 1");
    place_close(&place);
}

int suite_results(void)
{
    CU_pSuite suite = CU_add_suite("results", NULL, NULL);

    if (!suite || !CU_add_test(suite, "reading", test_reading) ||
        !CU_add_test(suite, "pools", test_pools) || !CU_add_test(suite, "damage", test_damage) ||
        !CU_add_test(suite, "order without rows", test_order_without_rows) ||
        !CU_add_test(suite, "incomplete", test_incomplete) ||
        !CU_add_test(suite, "refusals", test_refusals))
        return -1;
    return 0;
}
