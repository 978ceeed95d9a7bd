/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/scenario/units.h"

int suite_units(void);

/* The value of a text, NAN if it is refused. */
static double value(enum unit unit, const char *text)
{
    double read = NAN;

    return unit_read(unit, text, &read) ? NAN : read;
}

static void test_times(void)
{
    CU_ASSERT_EQUAL(value(UNIT_TIME, "250us"), 250e-6);
    CU_ASSERT_EQUAL(value(UNIT_TIME, "10ms"), 0.01);
    CU_ASSERT_EQUAL(value(UNIT_TIME, "9ms"), 0.009); /* as the number is written */
    CU_ASSERT_EQUAL(value(UNIT_TIME, "7ns"), 7e-9);
    CU_ASSERT_EQUAL(value(UNIT_TIME, "2s"), 2);
    CU_ASSERT_EQUAL(value(UNIT_TIME, "5min"), 300);
    CU_ASSERT_EQUAL(value(UNIT_TIME, "1h"), 3600);
    CU_ASSERT_EQUAL(value(UNIT_TIME, "1.5 h"), 5400);
    CU_ASSERT_EQUAL(value(UNIT_TIME, "1e3ms"), 1);
}

static void test_refused(void)
{
    const char *const texts[] = { "",      "s",      "10",   "10 parsecs", "-1ms",   "+1ms",
                                  "nan",   "inf",    "infs", "nans",       "0x10s",  "1.s",
                                  ".5s",   "1  ms",  " 1ms", "1ms ",       "1e999s", "1msx",
                                  "1e+ms", "1e308h", "1,5s", "1m",         "1 S" };
    size_t i;

    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (!isnan(value(UNIT_TIME, texts[i])))
            fprintf(stderr, "not refused: %s\n", texts[i]);
        CU_ASSERT(isnan(value(UNIT_TIME, texts[i])));
    }
    CU_ASSERT(isnan(value(UNIT_NONE, "1")));
    CU_ASSERT(isnan(value(UNIT_TIME, "1KiB")));
    CU_ASSERT(isnan(value(UNIT_BYTES, "1ms")));
}

static void test_others(void)
{
    CU_ASSERT_EQUAL(value(UNIT_BYTES, "64KiB"), 65536);
    CU_ASSERT_EQUAL(value(UNIT_BYTES, "2MB"), 2e6);
    CU_ASSERT_EQUAL(value(UNIT_BYTES, "2 kB"), 2000);
    CU_ASSERT_EQUAL(value(UNIT_BYTES, "10B"), 10);
    CU_ASSERT_EQUAL(value(UNIT_BANDWIDTH, "1Gbit/s"), 125e6);
    CU_ASSERT_EQUAL(value(UNIT_BANDWIDTH, "100MB/s"), 100e6);
    CU_ASSERT_EQUAL(value(UNIT_BANDWIDTH, "1KiB/s"), 1024);
    CU_ASSERT_EQUAL(value(UNIT_RATE, "900/s"), 900);
    CU_ASSERT_EQUAL(value(UNIT_RATE, "60/min"), 1);
}

static int shows(enum unit unit, double number, const char *expected)
{
    char room[40];

    return !strcmp(unit_show(unit, number, room, sizeof room), expected);
}

static void test_show(void)
{
    CU_ASSERT(shows(UNIT_TIME, 0.01, "10ms"));
    CU_ASSERT(shows(UNIT_TIME, 250e-6, "250us"));
    CU_ASSERT(shows(UNIT_TIME, 90, "1.5min"));
    CU_ASSERT(shows(UNIT_TIME, 0, "0s"));
    CU_ASSERT(shows(UNIT_TIME, 1e8, "1e+08s"));
    CU_ASSERT(shows(UNIT_BYTES, 65536, "64KiB"));
    CU_ASSERT(shows(UNIT_BYTES, 2e6, "2MB"));
    CU_ASSERT(shows(UNIT_BYTES, 1, "1B"));
    CU_ASSERT(shows(UNIT_BANDWIDTH, 125e6, "1Gbit/s"));
    CU_ASSERT(shows(UNIT_RATE, 900, "900/s"));
    CU_ASSERT(shows(UNIT_NONE, 4000000, "4000000"));
    CU_ASSERT(shows(UNIT_NONE, 0.25, "0.25"));
}

/* What is shown is read again as the same number. */
static void test_round_trip(void)
{
    static const enum unit units[] = { UNIT_TIME, UNIT_BYTES, UNIT_BANDWIDTH, UNIT_RATE };
    char room[40];
    size_t u;
    int k;

    for (u = 0; u < sizeof units / sizeof *units; u++)
        for (k = -6; k <= 9; k++) {
            const double number = 3 * pow(10, k);
            double read = value(units[u], unit_show(units[u], number, room, sizeof room));

            CU_ASSERT_DOUBLE_EQUAL(read / number, 1, 1e-5);
        }
}

int suite_units(void)
{
    CU_pSuite suite = CU_add_suite("units", NULL, NULL);

    if (!suite || !CU_add_test(suite, "times", test_times) ||
        !CU_add_test(suite, "refused", test_refused) ||
        !CU_add_test(suite, "sizes, bandwidths, rates", test_others) ||
        !CU_add_test(suite, "shown", test_show) ||
        !CU_add_test(suite, "shown and read again", test_round_trip))
        return -1;
    return 0;
}
