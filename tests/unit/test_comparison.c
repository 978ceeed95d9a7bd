/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Results made by hand: what is compared with what, and what is told of it. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/cell.h"
#include "sim/cli/compare_print.h"
#include "sim/cli/grid.h"
#include "sim/cli/point_match.h"

int suite_comparison(void);

enum { CONTENDERS = 4, REPLICATIONS = 12 };

/* A result with one point, whose contenders have a mean and a 90th percentile. */
struct made {
    struct results results;
    struct results_point point;
    struct results_contender contender[CONTENDERS];
    struct results_number number[CONTENDERS][3];
    struct results_replication replication[CONTENDERS][REPLICATIONS];
    struct store_interval interval[CONTENDERS][2];
    double values[CONTENDERS][REPLICATIONS];
};

/* Values of the mean: what all have in common, and a little of their own. */
static double value(uint32_t i, uint32_t r)
{
    static const double level[] = { 5, 3, 5, 9 };
    return level[i] + (r % 5) + .1 * ((r * (i + 3)) % 7);
}

static void make_contender(struct made *made, uint32_t i)
{
    static const char *const labels[] = { "random", "jsq", "p2c(d=2)", "worst" };
    static const char *const policies[] = { "random", "jsq", "p2c", "worst" };
    struct results_contender *c = &made->contender[i];
    *c = (struct results_contender) { .label = labels[i],
                                      .policy = policies[i],
                                      .replication = made->replication[i],
                                      .replications = REPLICATIONS,
                                      .numbers = made->number[i],
                                      .numbers_n = 3 };
    for (uint32_t r = 0; r < REPLICATIONS; r++) {
        made->replication[i][r] = (struct results_replication) { .number = r, .seed = 1 };
        made->values[i][r] = value(i, r);
    }
    const struct interval x = interval_t(made->values[i], REPLICATIONS, .95);
    made->interval[i][0] = (struct store_interval) {
        .n = REPLICATIONS, .value = x.value, .low = x.low, .high = x.high, .se = x.se
    };
    made->interval[i][1] = made->interval[i][0];
    made->interval[i][1].value += 1; /* that of all together */
    made->number[i][0] = (struct results_number) { "all", "latency",       "mean",
                                                   "s",   made->values[i], &made->interval[i][0] };
    made->number[i][1] = (struct results_number) { "all", "latency",       "p90",
                                                   "s",   made->values[i], &made->interval[i][1] };
    made->number[i][2] = (struct results_number) { "client:web", "latency",       "above{5s}",
                                                   "1",          made->values[i], NULL };
}

static struct made *make(void)
{
    struct made *made = calloc(1, sizeof *made);
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    made->point.name = "";
    for (uint32_t i = 0; i < CONTENDERS; i++)
        make_contender(made, i);
    made->results = (struct results) { .path = "a",
                                       .points = &made->point,
                                       .points_n = 1,
                                       .contenders = made->contender,
                                       .contenders_n = CONTENDERS };
    return made;
}

static void compare(struct comparison *c, const struct made *made, const struct made *second,
                    const char *metric, const char *base)
{
    const struct comparison_order order = { .results = &made->results,
                                            .second = second ? &second->results : NULL,
                                            .metric = metric,
                                            .base = base,
                                            .confidence = .95 };
    CU_ASSERT_EQUAL_FATAL(comparison_open(c, &order), 0);
}

static void test_names(void)
{
    struct made *made = make();
    char name[64];
    const struct results_contender *c = &made->contender[0];
    comparison_metric_name(&made->number[0][2], name, sizeof name);
    CU_ASSERT_STRING_EQUAL(name, "latency.above{5s,web}");
    CU_ASSERT_PTR_EQUAL(comparison_number(c, "latency.above{5s,web}"), &made->number[0][2]);
    CU_ASSERT_PTR_EQUAL(comparison_number(c, "latency.above{5s,client:web}"), &made->number[0][2]);
    CU_ASSERT_PTR_EQUAL(comparison_number(c, "latency.p90"), &made->number[0][1]);
    CU_ASSERT_PTR_NULL(comparison_number(c, "latency.p99"));
    made->number[0][2].statistic = "";
    made->number[0][2].scope = "server:app[3]";
    comparison_metric_name(&made->number[0][2], name, sizeof name);
    CU_ASSERT_STRING_EQUAL(name, "latency{app[3]}");
    free(made);
}

/* The same as ranking_to_base says of the same values. */
static void test_one(void)
{
    struct made *made = make();
    struct comparison c;
    compare(&c, made, NULL, "latency.mean", NULL);
    const struct ranking_difference d =
        ranking_paired(made->values[1], made->values[0], REPLICATIONS, 1 - .05 / 3);
    CU_ASSERT_STRING_EQUAL(c.base, "random");
    CU_ASSERT(c.n == 4 && c.data.contenders == 4 && c.better == -1 && !c.quantile);
    CU_ASSERT_DOUBLE_EQUAL(c.of[1].difference.absolute.low, d.absolute.low, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(c.of[1].difference.percent.high, d.percent.high, 1e-9);
    CU_ASSERT(c.of[1].best == 1 && c.of[1].worst == 1 && c.of[3].best == 4);
    CU_ASSERT(c.of[0].best == 2 && c.of[0].worst == 3);
    CU_ASSERT(c.warnings_n == 0 && c.of[0].common == REPLICATIONS);
    comparison_close(&c);
    compare(&c, made, NULL, "latency.mean", "worst");
    CU_ASSERT(c.of[0].difference.absolute.high < 0 && isnan(c.of[3].difference.absolute.low));
    comparison_close(&c);
    free(made);
}

/* Its difference is that of the values of all replications together, 1 above their means. */
static void test_quantile(void)
{
    struct made *made = make();
    struct comparison c;
    made->interval[1][1].value += 2;
    compare(&c, made, NULL, "latency.p90", NULL);
    CU_ASSERT_TRUE(c.quantile);
    CU_ASSERT_DOUBLE_EQUAL(c.of[1].difference.absolute.value,
                           made->interval[1][1].value - made->interval[0][1].value, 1e-12);
    comparison_close(&c);
    made->number[1][1].interval = NULL;
    made->interval[2][1].why = "too few values";
    compare(&c, made, NULL, "latency.p90", NULL);
    CU_ASSERT(c.data.contenders == 2 && c.of[1].best == 0 && c.of[2].best == 0);
    CU_ASSERT_STRING_EQUAL(c.of[2].difference.absolute.why, "too few values");
    CU_ASSERT_PTR_NOT_NULL(strstr(c.of[1].difference.absolute.why, "did not end"));
    CU_ASSERT(isnan(c.of[1].value.value) && !isnan(c.of[2].value.value));
    comparison_close(&c);
    made->contender[1].asked = REPLICATIONS + 1;
    compare(&c, made, NULL, "latency.p90", NULL);
    CU_ASSERT_PTR_NOT_NULL(strstr(c.of[1].value.why, "are here: part of a run"));
    comparison_close(&c);
    made->contender[1].failed = 1; /* all are there */
    compare(&c, made, NULL, "latency.p90", NULL);
    CU_ASSERT_PTR_NOT_NULL(strstr(c.of[1].value.why, "did not end"));
    comparison_close(&c);
    free(made);
}

/* A run that did not end has no summary: the replications that there are count, if they settled. */
static void test_unended(void)
{
    struct made *made = make();
    struct comparison c;
    for (uint32_t i = 0; i < CONTENDERS; i++)
        made->number[i][0].interval = NULL;
    made->contender[2].piloted = made->contender[1].piloted = made->contender[1].settled = true;
    compare(&c, made, NULL, "latency.mean", NULL);
    CU_ASSERT(c.data.contenders == 3 && c.of[1].best == 1 && c.of[2].best == 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(c.of[2].value.why, "warm-up not found"));
    CU_ASSERT_DOUBLE_EQUAL(c.of[1].value.high, made->interval[1][0].high, 1e-12);
    comparison_close(&c);
    free(made);
}

static bool warned(const struct comparison *c, const char *code)
{
    for (uint32_t i = 0; i < c->warnings_n; i++) {
        if (!strcmp(c->warnings[i].code, code))
            return true;
    }
    return false;
}

/* Contender 1 lacks replications 0 to 3, the last one 11: they are paired by number. */
static void test_unequal(void)
{
    struct made *made = make();
    struct comparison c;
    double values[8];
    made->contender[1].replication += 4;
    made->contender[1].replications -= 4;
    memcpy(values, made->values[1] + 4, sizeof values);
    made->number[1][0].at = values;
    made->contender[3].replications--;
    compare(&c, made, NULL, "latency.mean", NULL);
    const struct ranking_difference d =
        ranking_paired(made->values[1] + 4, made->values[0] + 4, 7, 1 - .05 / 3);
    CU_ASSERT_EQUAL(c.data.n, 7);
    CU_ASSERT_DOUBLE_EQUAL(c.of[1].difference.absolute.value, d.absolute.value, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(c.of[1].difference.absolute.high, d.absolute.high, 1e-12);
    CU_ASSERT(warned(&c, "unequal_replications") && warned(&c, "few_replications"));
    comparison_close(&c);
    made->contender[3].replications = 5;
    compare(&c, made, NULL, "latency.mean", NULL);
    CU_ASSERT(c.data.contenders == 0 && c.places == NULL && c.of[0].difference.absolute.why);
    comparison_close(&c);
    free(made);
}

/* Of a quantile over replications that others lack: the difference is that of those in common, as
 * if there were no others. The last values of 1 and the pooled ones are far off. */
static void test_unequal_quantile(void)
{
    struct made *made = make();
    struct comparison c;
    const uint32_t common = REPLICATIONS - 2;
    for (uint32_t r = common; r < REPLICATIONS; r++)
        made->values[1][r] = 100;
    made->interval[1][1].value = 20;
    for (uint32_t i = 0; i < CONTENDERS; i++)
        made->contender[i].replications = i == 1 ? REPLICATIONS : common;
    compare(&c, made, NULL, "latency.p90", NULL);
    const struct ranking_difference d =
        ranking_paired(made->values[1], made->values[0], common, 1 - .05 / 3);
    CU_ASSERT(c.quantile && c.data.n == common && warned(&c, "unequal_replications"));
    CU_ASSERT_DOUBLE_EQUAL(c.of[1].difference.absolute.value, d.absolute.value, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(c.of[1].difference.percent.value, d.percent.value, 1e-9);
    CU_ASSERT(c.of[1].difference.absolute.low <= d.absolute.low &&
              c.of[1].difference.absolute.high >= d.absolute.high &&
              c.of[1].difference.absolute.high < 0);
    CU_ASSERT(c.of[1].best == 1 && c.of[1].worst == 1 && c.best.best == 1);
    CU_ASSERT_EQUAL(c.of[1].value.value, 20);
    comparison_close(&c);
    free(made);
}

static void test_backfired(void)
{
    struct made *made = make();
    struct comparison c;
    for (uint32_t r = 0; r < REPLICATIONS; r++)
        made->values[1][r] = 20 - made->values[0][r];
    compare(&c, made, NULL, "latency.mean", NULL);
    CU_ASSERT(c.of[1].difference.backfired && warned(&c, "pairing_backfired"));
    comparison_close(&c);
    free(made);
}

static void test_base_missing(void)
{
    struct made *made = make();
    struct comparison c;
    made->interval[0][0].why = "none";
    compare(&c, made, NULL, "latency.mean", NULL);
    CU_ASSERT(c.data.contenders == 3 && c.of[1].best == 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(c.of[1].difference.absolute.why, "the base has no"));
    comparison_close(&c);
    free(made);
}

/* The same seed: paired. Another: Welch. */
static void test_two(void)
{
    struct made *a = make(), *b = make();
    struct comparison c;
    for (uint32_t r = 0; r < REPLICATIONS; r++)
        b->values[1][r] = value(2, r);
    compare(&c, a, b, "latency.mean", NULL);
    CU_ASSERT(c.n == 4 && c.of[1].common == REPLICATIONS && !c.of[1].welch);
    const struct ranking_difference d =
        ranking_paired(b->values[1], a->values[1], REPLICATIONS, 1 - .05 / 4);
    CU_ASSERT_DOUBLE_EQUAL(c.of[1].difference.absolute.low, d.absolute.low, 1e-12);
    CU_ASSERT(c.of[0].difference.absolute.low == 0 && c.of[0].difference.absolute.high == 0);
    comparison_close(&c);
    for (uint32_t r = 0; r < REPLICATIONS; r++)
        b->replication[1][r].seed = 2;
    compare(&c, a, b, "latency.mean", NULL);
    const struct ranking_difference w =
        ranking_welch(b->values[1], REPLICATIONS, a->values[1], REPLICATIONS, 1 - .05 / 4);
    CU_ASSERT(c.of[1].welch && !c.of[0].welch);
    CU_ASSERT_DOUBLE_EQUAL(c.of[1].difference.absolute.high, w.absolute.high, 1e-12);
    comparison_close(&c);
    b->results.contenders_n = 2;
    b->contender[0].label = "another";
    compare(&c, a, b, "latency.mean", NULL);
    CU_ASSERT(c.n == 1 && !strcmp(c.of[0].contender->label, "jsq"));
    comparison_close(&c);
    free(a);
    free(b);
}

/* The second has more replications of the same seeds, which moved its quantile. */
static void test_two_unequal(void)
{
    struct made *a = make(), *b = make();
    struct comparison c;
    const uint32_t common = REPLICATIONS - 2;
    b->interval[1][1].value += 50;
    compare(&c, a, b, "latency.p90", NULL);
    CU_ASSERT_DOUBLE_EQUAL(c.of[1].difference.absolute.value, 50, 1e-12);
    comparison_close(&c);
    for (uint32_t i = 0; i < CONTENDERS; i++)
        a->contender[i].replications = common;
    compare(&c, a, b, "latency.p90", NULL);
    CU_ASSERT(c.of[1].common == common && !c.of[1].welch && warned(&c, "unequal_replications"));
    CU_ASSERT_EQUAL(c.of[1].difference.absolute.value, 0);
    CU_ASSERT_EQUAL(c.of[1].difference.percent.value, 0);
    comparison_close(&c);
    free(a);
    free(b);
}

/* Two points of two policies each; those of another point than `point` have nothing to read. */
static void split(struct made *made, struct results_point *points, uint32_t point)
{
    for (uint32_t i = 0; i < CONTENDERS; i++) {
        made->contender[i].point = i / 2;
        made->contender[i].label = i % 2 ? "b" : "a";
        if (i / 2 != point)
            made->contender[i].numbers = NULL;
    }
    made->results.points = points;
    made->results.points_n = 2;
}

/* A comparison looks at the policies of its point only: its cost is not that of the whole sweep. */
static void test_one_point(void)
{
    struct results_point points[] = { { "load=1", NULL, 0 }, { "load=2", NULL, 0 } };
    for (uint32_t point = 0; point < 2; point++) {
        struct made *made = make();
        struct comparison c;
        split(made, points, point);
        const struct comparison_order order = {
            .results = &made->results, .point = point, .metric = "latency.mean", .confidence = .95
        };
        CU_ASSERT_EQUAL_FATAL(comparison_open(&c, &order), 0);
        CU_ASSERT(c.n == 2 && c.data.contenders == 2 && !strcmp(c.base, "a"));
        CU_ASSERT_PTR_EQUAL(c.of[0].contender, &made->contender[2 * point]);
        CU_ASSERT_PTR_EQUAL(c.of[1].contender, &made->contender[2 * point + 1]);
        comparison_close(&c);
        free(made);
    }
}

/* The second has its points in another order. */
static void test_two_points(void)
{
    struct results_point points[] = { { "load=1", NULL, 0 }, { "load=2", NULL, 0 } };
    struct results_point turned[] = { { "load=2", NULL, 0 }, { "load=1", NULL, 0 } };
    struct made *a = make(), *b = make();
    struct comparison c;
    split(a, points, 0);
    split(b, turned, 1);
    const struct comparison_order order = {
        .results = &a->results, .second = &b->results, .metric = "latency.mean", .confidence = .95
    };
    CU_ASSERT_EQUAL_FATAL(comparison_open(&c, &order), 0);
    CU_ASSERT_EQUAL_FATAL(c.n, 2);
    for (uint32_t i = 0; i < 2; i++) {
        CU_ASSERT_PTR_EQUAL(c.of[i].earlier, &a->contender[i]);
        CU_ASSERT_PTR_EQUAL(c.of[i].contender, &b->contender[2 + i]);
    }
    comparison_close(&c);
    turned[1].name = "load=3";
    CU_ASSERT_EQUAL_FATAL(comparison_open(&c, &order), 0);
    CU_ASSERT(c.n == 0 && c.warnings_n == 0);
    comparison_close(&c);
    free(a);
    free(b);
}

/* What two metrics of a point both warn of is told once, what another point does again. */
static void test_said_once(void)
{
    struct made *made = make();
    struct comparison c[3];
    for (uint32_t i = 0; i < CONTENDERS; i++)
        made->contender[i].replications = 5;
    compare(&c[0], made, NULL, "latency.mean", NULL);
    compare(&c[1], made, NULL, "latency.p90", NULL);
    made->point.name = "load=2";
    compare(&c[2], made, NULL, "latency.p90", NULL);
    c[0].point = c[1].point = "";
    const struct comparisons all = { .results = &made->results, .at = c, .n = 3 };
    CU_ASSERT_FATAL(c[0].warnings_n == 1 && c[1].warnings_n == 1 && c[2].warnings_n == 1);
    CU_ASSERT_FALSE(compare_said_before(&all, 0, 0));
    CU_ASSERT_TRUE(compare_said_before(&all, 1, 0));
    CU_ASSERT_FALSE(compare_said_before(&all, 2, 0));
    for (uint32_t i = 0; i < 3; i++)
        comparison_close(&c[i]);
    free(made);
}

/* ---- Words. */

static void check_words(void (*say)(FILE *, const struct comparison *), const struct comparison *c,
                        const char *expected)
{
    char text[400] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    say(out, c);
    fclose(out);
    CU_ASSERT_STRING_EQUAL(text, expected);
}

static void test_words(void)
{
    struct made *made = make();
    struct comparison c;
    compare(&c, made, NULL, "latency.mean", NULL);
    check_words(compare_ranking, &c,
                "1. jsq; 2. p2c(d=2) and random cannot be told apart; 4. worst");
    CU_ASSERT(c.best.possibles == 1);
    char expected[200];
    const char *nearest = comparison_label(&c, c.best.next);
    snprintf(expected, sizeof expected,
             "with 95 %% confidence the best is jsq, by at least %.3g s (%.2g %% of %s, the "
             "nearest)",
             c.best.margin, 100 * c.best.margin / c.of[c.best.next].value.value, nearest);
    check_words(compare_best, &c, expected);
    comparison_close(&c);
    memcpy(made->values[1], made->values[2], sizeof made->values[1]);
    made->interval[1][0] = made->interval[2][0];
    made->results.contenders_n = 3;
    compare(&c, made, NULL, "latency.mean", NULL);
    check_words(compare_best, &c, "with 95 % confidence any of them may be the best");
    comparison_close(&c);
    made->results.contenders_n = 4;
    compare(&c, made, NULL, "latency.mean", NULL);
    CU_ASSERT_EQUAL(c.best.possibles, 3);
    check_words(compare_best, &c, "with 95 % confidence the best is jsq, p2c(d=2) or random");
    comparison_close(&c);
    free(made);
}

static void test_stored_warnings(void)
{
    static const struct store_warning warnings[] = { { "", "", "unused_link", "no" },
                                                     { "load=2", "", "heavy_tail", "elsewhere" },
                                                     { "", "jsq", "heavy_tail", "yes" } };
    struct made *made = make();
    struct comparison c;
    uint32_t at = 0;
    made->results.warnings = warnings;
    made->results.warnings_n = 3;
    compare(&c, made, NULL, "latency.mean", NULL);
    const struct comparisons all = { .results = &made->results, .at = &c, .n = 1 };
    CU_ASSERT_PTR_EQUAL(compare_stored_warning(&all, &at), &warnings[2]);
    CU_ASSERT_PTR_NULL(compare_stored_warning(&all, &at));
    comparison_close(&c);
    free(made);
}

/* ---- Points, and numbers in tables. */

static void test_points(void)
{
    static const struct results_coordinate at[] = { { "load", "0.9", .9 },
                                                    { "servers[app].count", "10", 10 },
                                                    { "clients[0].timeout", "1s", 1 },
                                                    { "variant", "budget", NAN } };
    const struct results_point point = { "load=0.9,...", at, 4 }, none = { "", NULL, 0 };
    CU_ASSERT_TRUE(point_matches(&point, "load=0.9,..."));
    CU_ASSERT_TRUE(point_matches(&point, "load=0.9"));
    CU_ASSERT_TRUE(point_matches(&point, "load=9e-1,servers[app].count=10"));
    CU_ASSERT_TRUE(point_matches(&point, "clients[0].timeout=1000ms"));
    CU_ASSERT_TRUE(point_matches(&point, "clients[0].timeout=1"));
    CU_ASSERT_TRUE(point_matches(&point, "variant=budget"));
    CU_ASSERT_FALSE(point_matches(&point, "load=0.91"));
    CU_ASSERT_FALSE(point_matches(&point, "load"));
    CU_ASSERT_FALSE(point_matches(&point, "load=0.9,rate=3"));
    CU_ASSERT_FALSE(point_matches(&point, "variant=plain"));
    CU_ASSERT_FALSE(point_matches(&none, "load=0.9"));
}

static void test_numbers(void)
{
    char cell[GRID_CELL];
    cell_number(cell, sizeof cell, 12.3456, .456, false);
    CU_ASSERT_STRING_EQUAL(cell, "12.35 \u00b10.46");
    cell_number(cell, sizeof cell, 12.3456, .456, true);
    CU_ASSERT_STRING_EQUAL(cell, "+12.35 \u00b10.46");
    cell_number(cell, sizeof cell, 12.3456, NAN, false);
    CU_ASSERT_STRING_EQUAL(cell, "12.35");
    cell_number(cell, sizeof cell, NAN, NAN, false);
    CU_ASSERT_STRING_EQUAL(cell, "-");
    CU_ASSERT_STRING_EQUAL(grid_unit("s", .02).name, "ms");
    CU_ASSERT_STRING_EQUAL(grid_unit("s", 2).name, "s");
    CU_ASSERT_STRING_EQUAL(grid_unit("1", 2).name, "");
    CU_ASSERT_STRING_EQUAL(grid_unit("1/s", 2).name, "1/s");
}

int suite_comparison(void)
{
    static CU_TestInfo tests[] = {
        { "names of metrics", test_names },
        { "policies of one result", test_one },
        { "quantiles", test_quantile },
        { "a run that did not end", test_unended },
        { "replications in common", test_unequal },
        { "quantiles over replications in common", test_unequal_quantile },
        { "pairing that backfires", test_backfired },
        { "a base without a value", test_base_missing },
        { "two results", test_two },
        { "two results of unequal length", test_two_unequal },
        { "a point of a sweep", test_one_point },
        { "points of two results", test_two_points },
        { "warnings said once", test_said_once },
        { "ranking and best in words", test_words },
        { "stored warnings that bear on it", test_stored_warnings },
        { "points that are meant", test_points },
        { "numbers in tables", test_numbers },
        CU_TEST_INFO_NULL,
    };
    static CU_SuiteInfo suites[] = { { "comparison", NULL, NULL, NULL, NULL, tests },
                                     CU_SUITE_INFO_NULL };
    return CU_register_suites(suites);
}
