/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files of numbers for empirical quantities, and what hangs on tables: identity and warnings. */
#include <errno.h>
#include <unistd.h>

#include "sim/run/identity.h"
#include "tests/unit/scenario_fixture.h"

int suite_columns(void);

static const char *const head = "{ \"load\": 0.5, \"clients\": { \"service\": ";
static const char *const tail = " },\n\"servers\": {}, \"policies\": \"plain\", \"run\": { } }";

static const char plain_file[] = "0.03\n0.01\n0.02";

/* Beside the scenario, with a name that says what is in it. */
static FILE *open_known(const char *path)
{
    static const struct {
        const char *path, *text;
    } known[] = {
        { "dir/plain", plain_file },
        { "/there/plain", plain_file },
        { "dir/dressed", "# seen\r\n\r\nlatency_ms\r\n 30ms # slow\r\n10ms\r\n\r\n\t20ms\r\n" },
        { "dir/steps", "value;cumulative\n0.01;0.25\n20ms 0.25\n0.03, 1\n" },
        { "dir/sizes", "1KiB\n3072\n" },
        { "dir/header2", "first\nsecond\n1\n" },
        { "dir/misspelt", "1O.5\n1\n" },
        { "dir/nan", "nan\n1\n" },
        { "dir/three", "1 2 3\n" },
        { "dir/comments", "# nothing\n" },
        { "dir/down", "2 0.5\n1 1\n" },
        { "dir/one_more", "0.1\n0.2 1\n" },
    };
    size_t i;

    for (i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(known[i].path, path))
            return fmemopen((void *)(uintptr_t)known[i].text, strlen(known[i].text), "r");
    errno = ENOENT;
    return NULL;
}

static struct reading read_service(const char *service, FILE *(*open_file)(const char *))
{
    const struct scenario_request request = { .policies = &fake_source, .open_file = open_file };
    char text[1000];

    snprintf(text, sizeof text, "%s%s%s", head, service, tail);
    return reading_of(text, &request);
}

static struct reading read_column(const char *file)
{
    char service[200];

    snprintf(service, sizeof service, "{ \"distribution\": \"empirical\", \"file\": \"%s\" }",
             file);
    return read_service(service, open_known);
}

static void test_good(void)
{
    static const struct {
        const char *file;
        double mean, lower_half;
    } good[] = { { "plain", 0.02, 0.02 },
                 { "/there/plain", 0.02, 0.02 },
                 { "dressed", 0.02, 0.02 },
                 { "steps", 0.025, 0.03 } };
    size_t i;

    for (i = 0; i < sizeof good / sizeof *good; i++) {
        struct reading r = read_column(good[i].file);
        const struct distribution *d;

        CU_ASSERT_PTR_NOT_NULL_FATAL(r.scenario);
        d = &r.scenario->clients[0].service;
        CU_ASSERT_DOUBLE_EQUAL(d->kind->mean(d), good[i].mean, 1e-15);
        CU_ASSERT_DOUBLE_EQUAL(d->kind->quantile(d, 0.5), good[i].lower_half, 1e-15);
        CU_ASSERT_DOUBLE_EQUAL(r.scenario->clients[0].rate, 0.5 / good[i].mean, 1e-9);
        reading_end(&r);
    }
}

static void test_unit_of_bytes(void)
{
    struct reading r =
        read_service("1, \"bytes\": { \"request\": { \"distribution\": \"empirical\", "
                     "\"file\": \"sizes\" } }",
                     open_known);
    const struct distribution *d;

    CU_ASSERT_PTR_NOT_NULL_FATAL(r.scenario);
    d = &r.scenario->clients[0].request_bytes;
    CU_ASSERT_EQUAL(d->kind->mean(d), 2048.0);
    reading_end(&r);
}

static void test_bad(void)
{
    static const char *const bad[][2] = {
        { "absent", "dir/absent: cannot be read: No such file or directory" },
        { "header2", "dir/header2:2: expected a number such as \"10ms\", found \"second\"" },
        { "misspelt", "dir/misspelt:1: expected a number such as \"10ms\", found \"1O.5\"" },
        { "nan", "dir/nan:1: expected a number from 0s to 1e+18s, found nan" },
        { "three", "dir/three:1: expected one number, or two: values and cumulative" },
        { "comments", "dir/comments:1: the file ends without a number" },
        { "down", "dir/down:2: values must ascend, found 1 after 2" },
        { "one_more", "dir/one_more:2: expected one number, as in the lines before" },
    };
    char wanted[300];
    size_t i;

    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct reading r = read_column(bad[i][0]);

        snprintf(wanted, sizeof wanted, "clients.service.file: %s\n", bad[i][1]);
        CU_ASSERT_PTR_NULL(r.scenario);
        CU_ASSERT(has(&r, wanted));
        reading_end(&r);
    }
}

/* Whoever gives no open_file has no file read. */
static void test_no_files(void)
{
    struct reading r =
        read_service("{ \"distribution\": \"empirical\", \"file\": \"/etc/passwd\" }", NULL);

    CU_ASSERT_PTR_NULL(r.scenario);
    CU_ASSERT(has(&r, "no file is read here: write the numbers as values\n"));
    reading_end(&r);
}

/* The usual open_file, with more values than a scenario itself may hold. */
static void test_long_file(void)
{
    char path[] = "/tmp/lbsim-test-XXXXXX", service[200];
    const int file = mkstemp(path);
    FILE *out = file < 0 ? NULL : fdopen(file, "w");
    const struct distribution *d;
    struct reading r;
    int i;

    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    for (i = 200000; i > 0; i--)
        fprintf(out, "%dus\n", i);
    fclose(out);
    snprintf(service, sizeof service, "{ \"distribution\": \"empirical\", \"file\": \"%s\" }",
             path);
    r = read_service(service, scenario_open_file);
    unlink(path);
    CU_ASSERT_PTR_NOT_NULL_FATAL(r.scenario);
    d = &r.scenario->clients[0].service;
    CU_ASSERT_DOUBLE_EQUAL(d->kind->mean(d), 0.1000005, 1e-12);
    CU_ASSERT_EQUAL(d->kind->quantile(d, 0.25), 0.05);
    reading_end(&r);
}

static void hash_of(const char *service, uint8_t hash[IDENTITY_BYTES])
{
    struct reading r = read_service(service, NULL);
    struct identity *id;

    CU_ASSERT_PTR_NOT_NULL_FATAL(r.scenario);
    id = identity_open(r.scenario, "1");
    CU_ASSERT_PTR_NOT_NULL_FATAL(id);
    CU_ASSERT_EQUAL(identity_hash(id, &(struct identity_of) { 0 }, hash), 0);
    identity_close(id);
    reading_end(&r);
}

/* Nothing of a table is left out of what tells two trials apart. */
static void test_identity(void)
{
    uint8_t one[IDENTITY_BYTES], same[IDENTITY_BYTES], other[IDENTITY_BYTES];
    const char *const service = "{ \"distribution\": \"hyperexponential\", \"weights\": [1, 1], "
                                "\"means\": [0.1, 0.3] }, \"arrivals\": { \"process\": "
                                "\"closed\", \"population\": 3 }";

    hash_of(service, one);
    hash_of(service, same);
    hash_of("{ \"distribution\": \"hyperexponential\", \"weights\": [1, 1], "
            "\"means\": [0.15, 0.25] }, \"arrivals\": { \"process\": \"closed\", "
            "\"population\": 3 }",
            other);
    CU_ASSERT_EQUAL(memcmp(one, same, sizeof one), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(one, other, sizeof one), 0);
}

static void test_tails(void)
{
    struct reading r =
        read_service("{ \"distribution\": \"pareto\", \"shape\": 2, \"least\": 1e-3 }", NULL);

    CU_ASSERT_PTR_NOT_NULL(r.scenario);
    CU_ASSERT(has(&r, "warning: clients.service: its variance is infinite"));
    CU_ASSERT(has(&r, "[heavy_tail]"));
    reading_end(&r);
    r = read_service("{ \"distribution\": \"pareto\", \"shape\": 2.1, \"least\": 1e-3 }", NULL);
    CU_ASSERT_PTR_NOT_NULL(r.scenario);
    CU_ASSERT_PTR_NULL(strstr(r.shown, "heavy_tail"));
    reading_end(&r);
    r = read_service("{ \"distribution\": \"pareto\", \"shape\": 1, \"least\": 1e-9 }", NULL);
    CU_ASSERT_PTR_NULL(r.scenario);
    CU_ASSERT(has(&r, "clients.service: its mean is infinite"));
    reading_end(&r);
}

int suite_columns(void)
{
    CU_pSuite suite = CU_add_suite("columns", NULL, NULL);

    if (!suite || !CU_add_test(suite, "good files", test_good) ||
        !CU_add_test(suite, "unit of bytes", test_unit_of_bytes) ||
        !CU_add_test(suite, "bad files", test_bad) ||
        !CU_add_test(suite, "no files", test_no_files) ||
        !CU_add_test(suite, "long file", test_long_file) ||
        !CU_add_test(suite, "identity", test_identity) || !CU_add_test(suite, "tails", test_tails))
        return -1;
    return 0;
}
