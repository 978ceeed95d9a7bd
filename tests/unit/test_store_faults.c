/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The disk fails at the n-th call, for every n until the work needs no such call: each failure is
 * told, and whatever store_put had answered 0 for is there afterwards. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/record/stamp.h"
#include "sim/record/store.h"
#include "tests/unit/faulty_disk.h"

int suite_store_faults(void);

enum { TRIALS = 4, VALUES = 300, COUNTS = 12000, ROOM = 512 };

struct place {
    char directory[256], file[300], why[ROOM];
    struct stamp stamp;
    struct faulty_disk disk;
    char names[VALUES][16];
    uint8_t counts[COUNTS];
};

/* What the program was told. */
struct told {
    bool opened, begun;
    bool kept[TRIALS], intervals;
    uint32_t errors;  /* calls that failed */
    uint32_t unclear; /* of these: without the file's name or a cure */
};

static void place_open(struct place *place)
{
    char *const words[] = { "lbsim", NULL };
    const char *base = getenv("TMPDIR");

    snprintf(place->directory, sizeof place->directory, "%s/lbsim-faults-XXXXXX",
             base ? base : "/tmp");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(place->directory));
    snprintf(place->file, sizeof place->file, "%s/results.sqlite", place->directory);
    CU_ASSERT_EQUAL_FATAL(stamp_open(&place->stamp, 1, words), 0);
    CU_ASSERT_EQUAL_FATAL(faulty_disk_open(&place->disk), SQLITE_OK);
    for (int i = 0; i < VALUES; i++)
        snprintf(place->names[i], sizeof place->names[i], "metric%d", i);
    for (int i = 0; i < COUNTS; i++)
        place->counts[i] = (uint8_t)(i * 7);
}

static void remove_files(const struct place *place)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-journal", "-lock", "-damaged" };

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char name[320];

        snprintf(name, sizeof name, "%s%s", place->file, ends[i]);
        unlink(name);
    }
}

static void place_close(struct place *place)
{
    faulty_disk_close(&place->disk);
    remove_files(place);
    CU_ASSERT_EQUAL(rmdir(place->directory), 0);
    stamp_close(&place->stamp);
}

/* ---- The work. */

static bool is_clear(const struct place *place, const char *why)
{
    return strstr(why, place->file) &&
           (strstr(why, "run again") || strstr(why, "-o") || strstr(why, "make room"));
}

/* Whether it went well. */
static bool note(const struct place *place, struct told *told, int answer, const char *why)
{
    if (answer == 0)
        return true;
    told->errors++;
    told->unclear += !is_clear(place, why);
    return false;
}

static int put(const struct place *place, struct store *store, uint32_t which)
{
    struct store_value values[VALUES];
    struct store_histogram histogram = { "all", "latency", place->counts, COUNTS };
    struct store_trial trial = { .point = "",
                                 .policy = "p2c",
                                 .label = "p2c",
                                 .replication = which,
                                 .seed = 1,
                                 .events = 1000 + which,
                                 .values = values,
                                 .values_n = VALUES,
                                 .histograms = &histogram,
                                 .histograms_n = 1 };

    for (int i = 0; i < VALUES; i++)
        values[i] = (struct store_value) { "all", place->names[i], "mean", which + i / 3.0, "s" };
    memset(trial.hash, (int)which + 1, STORE_HASH);
    return store_put(store, &trial);
}

static int put_intervals(struct store *store)
{
    const struct store_interval interval = { "",  "p2c", "all", "metric1", "mean", TRIALS, 1.0,
                                             0.5, 1.5,   0.25,  0.95,      "t",    NULL };

    return store_put_intervals(store, &interval, 1);
}

static int begin(const struct place *place, struct store *store)
{
    const struct store_run run = { &place->stamp, "faults", "/", "1", "", "{}" };

    return store_begin_run(store, &run);
}

/* As `lbsim run` does, but that it goes on after a failure: what is kept then must count, too. */
static void work(struct place *place, struct told *told)
{
    struct store *store;

    memset(told, 0, sizeof *told);
    told->opened = note(place, told, store_open(place->file, STORE_WRITE, &store, place->why, ROOM),
                        place->why);
    if (!told->opened)
        return;
    told->begun = note(place, told, begin(place, store), store_why(store));
    for (uint32_t i = 0; told->begun && i < TRIALS; i++)
        told->kept[i] = note(place, told, put(place, store, i), store_why(store));
    if (told->begun)
        told->intervals = note(place, told, put_intervals(store), store_why(store));
    store_close(store);
}

/* ---- What is there afterwards. */

struct found {
    const struct place *place;
    bool sound[TRIALS];
    uint32_t damaged, wrong;
    char damage[ROOM];
};

static bool is_right(const struct place *place, const struct store_trial *t)
{
    bool good = t->replication < TRIALS && t->events == 1000 + t->replication &&
                t->values_n == VALUES && t->histograms_n == 1 && t->histograms[0].n == COUNTS &&
                memcmp(t->histograms[0].bytes, place->counts, COUNTS) == 0;
    double sum = 0.0, wanted = 0.0;

    for (uint32_t i = 0; good && i < VALUES; i++) {
        sum += t->values[i].value;
        wanted += t->replication + i / 3.0;
    }
    return good && sum > wanted - 1e-6 && sum < wanted + 1e-6;
}

static int take(void *context, const struct store_trial *t, const char *damage)
{
    struct found *found = context;

    if (damage) {
        found->damaged++;
        snprintf(found->damage, sizeof found->damage, "%s", damage);
    } else if (is_right(found->place, t)) {
        found->sound[t->replication] = true;
    } else {
        found->wrong++;
    }
    return 0;
}

static int count_row(void *context, const void *row)
{
    (void)row;
    ++*(uint32_t *)context;
    return 0;
}

/* Opens as the next run would. */
static void check_after(struct place *place, const struct told *told)
{
    struct found found = { .place = place };
    uint32_t intervals = 0;
    struct store *store;

    faulty_disk_set(&place->disk, FAULT_FULL, 0, false);
    CU_ASSERT_EQUAL_FATAL(store_open(place->file, STORE_WRITE, &store, place->why, ROOM), 0);
    CU_ASSERT_EQUAL(store_each(store, STORE_ALL, take, &found), 0);
    CU_ASSERT_EQUAL(found.damaged, 0);
    CU_ASSERT_EQUAL(found.wrong, 0);
    for (uint32_t i = 0; i < TRIALS; i++)
        CU_ASSERT(found.sound[i] || !told->kept[i]);
    CU_ASSERT_EQUAL(store_each_row(store, STORE_INTERVALS, count_row, &intervals), 0);
    CU_ASSERT(intervals == 1 || !told->intervals);
    CU_ASSERT_EQUAL(begin(place, store), 0);
    for (uint32_t i = 0; i < TRIALS; i++)
        CU_ASSERT_EQUAL(put(place, store, i), 0);
    store_close(store);
}

/* Whether the fault was met. One in store_close, or while the log is moved into the file, may go
 * untold: all stays in the log. */
static bool try_fault(struct place *place, enum fault fault, uint32_t at, bool for_ever)
{
    struct told told;
    bool met;

    faulty_disk_set(&place->disk, fault, at, for_ever);
    work(place, &told);
    met = place->disk.failed > 0;
    CU_ASSERT_EQUAL(told.unclear, 0);
    CU_ASSERT(met || told.errors == 0);
    check_after(place, &told);
    remove_files(place);
    return met;
}

static void sweep(enum fault fault, bool for_ever, uint32_t least)
{
    struct place place;
    uint32_t at = 1;

    place_open(&place);
    while (try_fault(&place, fault, at, for_ever))
        at++;
    CU_ASSERT(at > least);
    place_close(&place);
}

/* ---- Mending: whatever fails, nothing of what was there is lost. */

static bool try_mending(struct place *place, enum fault fault, uint32_t at)
{
    struct store *store;
    struct told told;
    bool met;

    faulty_disk_set(&place->disk, fault, 0, false);
    work(place, &told);
    CU_ASSERT_EQUAL_FATAL(told.errors, 0);
    CU_ASSERT_EQUAL_FATAL(store_open(place->file, STORE_WRITE, &store, place->why, ROOM), 0);
    faulty_disk_set(&place->disk, fault, at, false);
    note(place, &told, store_mend(store), store_why(store));
    met = place->disk.failed > 0;
    faulty_disk_set(&place->disk, fault, 0, false);
    CU_ASSERT_EQUAL(told.unclear, 0);
    CU_ASSERT(met || told.errors == 0);
    store_close(store);
    check_after(place, &told);
    remove_files(place);
    return met;
}

static void sweep_mending(enum fault fault, uint32_t least)
{
    struct place place;
    uint32_t at = 1;

    place_open(&place);
    while (try_mending(&place, fault, at))
        at++;
    CU_ASSERT(at > least);
    place_close(&place);
}

static void test_mending(void)
{
    sweep_mending(FAULT_FULL, 50);
    sweep_mending(FAULT_SYNC, 1);
}

static void test_full_once(void)
{
    sweep(FAULT_FULL, false, 50);
}

static void test_full_for_ever(void)
{
    sweep(FAULT_FULL, true, 50);
}

static void test_write_once(void)
{
    sweep(FAULT_WRITE, false, 50);
}

static void test_write_for_ever(void)
{
    sweep(FAULT_WRITE, true, 50);
}

static void test_sync(void)
{
    sweep(FAULT_SYNC, false, 1);
    sweep(FAULT_SYNC, true, 1);
}

static void test_truncate(void)
{
    sweep(FAULT_TRUNCATE, false, 1);
    sweep(FAULT_TRUNCATE, true, 1);
}

int suite_store_faults(void)
{
    CU_pSuite suite = CU_add_suite("store_faults", NULL, NULL);

    if (!suite || !CU_add_test(suite, "disk full once", test_full_once) ||
        !CU_add_test(suite, "disk full for ever", test_full_for_ever) ||
        !CU_add_test(suite, "write fails once", test_write_once) ||
        !CU_add_test(suite, "writes fail for ever", test_write_for_ever) ||
        !CU_add_test(suite, "sync fails", test_sync) ||
        !CU_add_test(suite, "truncate fails", test_truncate) ||
        !CU_add_test(suite, "mending fails", test_mending))
        return -1;
    return 0;
}
