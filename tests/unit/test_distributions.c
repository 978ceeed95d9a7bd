/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each kind of distribution three ways: its draws, its own mean, variance and quantiles, and the
 * distribution function as written here.
 *
 * Seeds are fixed; the bands are those that a fresh seed would leave once in a million. */
#include <CUnit/CUnit.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/arithmetic.h"
#include "models/distribution.h"
#include "tests/unit/distribution_laws.h"

int suite_distributions(void);

enum { DRAWS = 1000000, RECORDED = 10000, GRID = 1000, BINS = 20 };
enum { CONFIG_ROOM = 128, SETTINGS = 3, LIST = 5, LAW_NUMBERS = 8 };

static const double ONE_IN_A_MILLION = 4.8916; /* standard errors, both sides together */

struct setting {
    const char *name;
    double value;
};

struct list_setting {
    const char *name;
    double at[LIST];
    uint32_t n;
};

struct distribution_case {
    const char *kind;
    struct setting set[SETTINGS];
    struct list_setting first, second;
    double mean, variance, kurtosis; /* fourth central moment over squared variance */
    double (*law)(double x, const double *of);
    double of[LAW_NUMBERS];
    int lattice;       /* nonzero: the law has steps */
    double tolerance;  /* of the law and the variance; 0: 1e-13 */
    uint64_t checksum; /* of the first draws from state 42 */
};

static const struct distribution_case cases[] = {
#include "tests/unit/distribution_cases.def"
};

enum { CASES = sizeof cases / sizeof *cases };

static void put(const struct lb_param *p, char *config, double value)
{
    int64_t whole = isnan(value) ? 0 : (int64_t)value;

    if (p->type == LB_INT)
        memcpy(config + p->offset, &whole, sizeof whole);
    else if (p->type != LB_LIST)
        memcpy(config + p->offset, &value, sizeof value);
}

static void put_list(const struct lb_param *p, char *config, const struct list_setting *of)
{
    const struct lb_list list = { of->at, of->n };

    if (of->name && !strcmp(p->name, of->name))
        memcpy(config + p->offset, &list, sizeof list);
}

static double law(const struct distribution_case *c, double x)
{
    return c->law(x, c->of);
}

static double tolerance(const struct distribution_case *c)
{
    return c->tolerance > 0.0 ? c->tolerance : 1e-13;
}

/* Fills a config from the parameters' table as the scenario reader does, and makes it. */
static const char *make_case(const struct distribution_case *c, double *room,
                             struct distribution *d)
{
    const struct distribution_kind *kind = distribution_kind(c->kind);
    _Alignas(16) char config[CONFIG_ROOM] = { 0 };
    const struct lb_param *p;
    int i;

    for (p = kind->params; p->name; p++) {
        put(p, config, p->preset);
        if (p->type == LB_LIST) {
            put_list(p, config, &c->first);
            put_list(p, config, &c->second);
        }
        for (i = 0; i < SETTINGS; i++)
            if (c->set[i].name && !strcmp(p->name, c->set[i].name))
                put(p, config, c->set[i].value);
    }
    return kind->make(config, room, d);
}

static double drawn[DRAWS];

static void check_moments(const struct distribution_case *c)
{
    const double mean_error = sqrt(c->variance / DRAWS);
    const double variance_error = c->variance * sqrt((c->kurtosis - 1.0) / DRAWS);
    double mean = 0.0, variance = 0.0;
    int i;

    for (i = 0; i < DRAWS; i++)
        mean += drawn[i] / DRAWS;
    for (i = 0; i < DRAWS; i++)
        variance += (drawn[i] - c->mean) * (drawn[i] - c->mean) / DRAWS;
    if (isfinite(c->variance)) {
        CU_ASSERT(fabs(mean - c->mean) < ONE_IN_A_MILLION * mean_error);
    }
    if (isfinite(c->variance) && isfinite(c->kurtosis)) {
        CU_ASSERT(fabs(variance - c->variance) < ONE_IN_A_MILLION * variance_error);
    }
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Kolmogorov-Smirnov, on sorted draws: the greatest distance exceeds sqrt(log(2 / alpha) / (2 n))
 * with probability alpha at most (Massart 1990), whatever the law. */
static void check_law(const struct distribution_case *c, const struct distribution *d)
{
    const double limit = sqrt(log(2e6) / (2.0 * DRAWS));
    double worst = 0.0;
    uint32_t i, passed = 0;

    for (i = 1; i < GRID; i++) {
        const double border = d->kind->quantile(d, (double)i / GRID);

        while (passed < DRAWS && drawn[passed] <= border)
            passed++;
        worst = fmax(worst, fabs((double)passed / DRAWS - law(c, border)));
    }
    CU_ASSERT(worst < limit);
}

/* Chi-square over the first values of a lattice, one by one, and the rest, on sorted draws. */
static void check_steps(const struct distribution_case *c)
{
    double expected, sum = 0.0, before = 0.0, freedom = -1.0;
    uint32_t passed = 0, counted = 0, i;

    for (i = 1; i <= BINS + 1; i++) {
        const double border = i <= BINS ? (double)i : INFINITY;

        while (passed < DRAWS && drawn[passed] <= border)
            passed++;
        expected = DRAWS * ((i <= BINS ? law(c, border) : 1.0) - before);
        if (expected < 10.0 && i <= BINS)
            continue;
        before += expected / DRAWS;
        if (expected > 1e-6) {
            sum += (passed - counted - expected) * (passed - counted - expected) / expected;
            freedom++;
        } else {
            CU_ASSERT_EQUAL(passed, counted);
        }
        counted = passed;
    }
    if (freedom > 0.0) {
        CU_ASSERT(gsl_cdf_chisq_Q(sum, freedom) > 1e-6);
    }
}

static void test_draws(void)
{
    double room[4 * LIST];
    struct distribution d;
    int i;

    for (i = 0; i < CASES; i++) {
        struct lb_random random = { (uint64_t)i };

        CU_ASSERT_PTR_NULL_FATAL(make_case(&cases[i], room, &d));
        d.kind->fill(&d, &random, drawn, DRAWS);
        check_moments(&cases[i]);
        qsort(drawn, DRAWS, sizeof *drawn, compare);
        check_law(&cases[i], &d);
        if (cases[i].lattice)
            check_steps(&cases[i]);
        CU_ASSERT(drawn[0] > 0.0);
    }
}

static void test_moments_as_stated(void)
{
    double room[4 * LIST];
    struct distribution d;
    int i;

    for (i = 0; i < CASES; i++) {
        CU_ASSERT_PTR_NULL_FATAL(make_case(&cases[i], room, &d));
        CU_ASSERT_DOUBLE_EQUAL(d.kind->mean(&d), cases[i].mean, 1e-14 * cases[i].mean);
        if (isinf(cases[i].variance)) {
            CU_ASSERT_EQUAL(d.kind->variance(&d), INFINITY);
        } else {
            CU_ASSERT_DOUBLE_EQUAL(d.kind->variance(&d), cases[i].variance,
                                   tolerance(&cases[i]) * cases[i].variance);
        }
        CU_ASSERT_FALSE(distribution_is_constant(&d));
    }
}

/* The least x with P(X <= x) at least p. */
static void check_quantile(const struct distribution_case *c, double p, double x)
{
    if (!c->lattice) {
        CU_ASSERT_DOUBLE_EQUAL(law(c, x), p, tolerance(c));
        return;
    }
    CU_ASSERT(law(c, x) >= p - tolerance(c));
    CU_ASSERT(law(c, nextafter(x, 0.0)) <= p + tolerance(c));
}

static void test_quantile_inverts(void)
{
    static const double points[] = { 1e-6, 0.01, 0.1, 0.49, 0.5, 0.51, 0.9, 0.99, 0.999999 };
    double room[4 * LIST];
    struct distribution d;
    size_t j;
    int i;

    for (i = 0; i < CASES; i++) {
        CU_ASSERT_PTR_NULL_FATAL(make_case(&cases[i], room, &d));
        for (j = 0; j < sizeof points / sizeof *points; j++)
            check_quantile(&cases[i], points[j], d.kind->quantile(&d, points[j]));
        CU_ASSERT(isfinite(d.kind->quantile(&d, 1.0 - 1e-15)));
        CU_ASSERT(d.kind->quantile(&d, 1.0 - 1e-15) >= d.kind->quantile(&d, 0.999999));
    }
}

static void test_any_grouping(void)
{
    static const uint32_t groups[] = { 1, 2, 255, 0, 256, 257, 3, 512, 714 }; /* 2000 together */
    static double whole[2000], parts[2000];
    double room[4 * LIST];
    struct distribution d;
    size_t j;
    int i;

    for (i = 0; i < CASES; i++) {
        struct lb_random one = { 7 }, other = { 7 };
        uint32_t at = 0;

        CU_ASSERT_PTR_NULL_FATAL(make_case(&cases[i], room, &d));
        d.kind->fill(&d, &one, whole, 2000);
        for (j = 0; j < sizeof groups / sizeof *groups; at += groups[j++])
            d.kind->fill(&d, &other, parts + at, groups[j]);
        CU_ASSERT_EQUAL(at, 2000);
        CU_ASSERT_EQUAL(memcmp(whole, parts, sizeof whole), 0);
        CU_ASSERT_EQUAL(one.state, other.state);
    }
}

/* Any bit of any draw. */
static uint64_t checksum(const double *draws, uint32_t n)
{
    uint64_t sum = 0;
    uint32_t i;

    for (i = 0; i < n; i++)
        sum = lb_mix(sum ^ exact_bits(draws[i]));
    return sum;
}

static void test_recorded_draws(void)
{
    double room[4 * LIST];
    struct distribution d;
    int i;

    for (i = 0; i < CASES; i++) {
        struct lb_random random = { 42 };

        CU_ASSERT_PTR_NULL_FATAL(make_case(&cases[i], room, &d));
        d.kind->fill(&d, &random, drawn, RECORDED);
        CU_ASSERT_EQUAL(checksum(drawn, RECORDED), cases[i].checksum);
        if (checksum(drawn, RECORDED) != cases[i].checksum)
            printf("\n%s: draws have checksum %llx\n", cases[i].kind,
                   (unsigned long long)checksum(drawn, RECORDED));
    }
}

static int takes_one_word(const char *kind)
{
    static const char *const others[] = { "erlang", "hyperexponential", "gamma", "zipf" };
    size_t i;

    for (i = 0; i < sizeof others / sizeof *others; i++)
        if (!strcmp(kind, others[i]))
            return 0;
    return 1;
}

/* Kinds that take one word a draw turn the same words into the same order. */
static void test_common_order(void)
{
    static double reference[1000], other[1000];
    double room[4 * LIST];
    struct distribution d;
    int i, j;

    for (i = 0; i < CASES; i++) {
        struct lb_random one = { 9 }, two = { 9 };
        int inversions = 0;

        if (!takes_one_word(cases[i].kind))
            continue;
        CU_ASSERT_PTR_NULL_FATAL(make_case(&cases[1], room, &d));
        d.kind->fill(&d, &one, reference, 1000);
        CU_ASSERT_PTR_NULL_FATAL(make_case(&cases[i], room, &d));
        d.kind->fill(&d, &two, other, 1000);
        for (j = 1; j < 1000; j++)
            inversions +=
                reference[j] > reference[j - 1] ? other[j] < other[j - 1] : other[j] > other[j - 1];
        CU_ASSERT_EQUAL(inversions, 0);
        CU_ASSERT_EQUAL(one.state, two.state);
    }
}

static void test_constant(void)
{
    const struct distribution_case value = { .kind = "deterministic", .set = { { "value", 3.5 } } };
    struct distribution d, same = distribution_constant(3.5);
    struct lb_random random = { 1 };
    double out[3] = { 0.0 };

    CU_ASSERT_PTR_NULL_FATAL(make_case(&value, NULL, &d));
    CU_ASSERT_PTR_EQUAL(d.kind, same.kind);
    CU_ASSERT_EQUAL(d.p[0], same.p[0]);
    d.kind->fill(&d, &random, out, 3);
    CU_ASSERT(out[0] == 3.5 && out[1] == 3.5 && out[2] == 3.5);
    CU_ASSERT_EQUAL(random.state, 1);
    CU_ASSERT_EQUAL(d.kind->mean(&d), 3.5);
    CU_ASSERT_EQUAL(d.kind->variance(&d), 0.0);
    CU_ASSERT_EQUAL(d.kind->quantile(&d, 0.9), 3.5);
    CU_ASSERT_TRUE(distribution_is_constant(&d));
}

/* What has no spread is a constant whatever its kind. */
static void test_no_spread(void)
{
    const struct distribution_case narrow = { .kind = "uniform",
                                              .set = { { "least", 2.0 }, { "most", 2.0 } } };
    const struct distribution_case still = { .kind = "lognormal",
                                             .set = { { "mean", 2.0 }, { "scv", 0.0 } } };
    const struct distribution_case sharp = { .kind = "normal",
                                             .set = { { "mean", 2.0 }, { "stddev", 0.0 } } };
    const struct distribution_case point = {
        .kind = "triangular", .set = { { "least", 2.0 }, { "mode", 2.0 }, { "most", 2.0 } }
    };
    const struct distribution_case shut = {
        .kind = "bounded_pareto", .set = { { "shape", 1.0 }, { "least", 2.0 }, { "most", 2.0 } }
    };
    const struct distribution_case once = { .kind = "empirical",
                                            .first = { "values", { 2.0, 2.0, 2.0 }, 3 } };
    const struct distribution_case sure = { .kind = "bimodal",
                                            .first = { "values", { 2.0, 1.0 }, 2 },
                                            .second = { "weights", { 1.0, 0.0 }, 2 } };
    const struct distribution_case *all[] = {
        &narrow, &still, &sharp, &point, &shut, &once, &sure
    };
    const int all_n = sizeof all / sizeof *all;
    double room[4 * LIST];
    struct distribution d;
    double out[4];
    int i, j;

    for (i = 0; i < all_n; i++) {
        struct lb_random random = { 1 };

        CU_ASSERT_PTR_NULL_FATAL(make_case(all[i], room, &d));
        CU_ASSERT_TRUE(distribution_is_constant(&d));
        d.kind->fill(&d, &random, out, 4);
        for (j = 0; j < 4; j++)
            CU_ASSERT_EQUAL(out[j], 2.0);
    }
}

/* The least that geometric and zipf can be, and what has no mean. */
static void test_borders(void)
{
    const struct distribution_case ones[] = {
        { .kind = "geometric", .set = { { "mean", 1.0 } } },
        { .kind = "zipf", .set = { { "items", 1.0 }, { "exponent", 1.0 } } },
    };
    const struct distribution_case endless = { .kind = "pareto",
                                               .set = { { "shape", 1.0 }, { "least", 1.0 } } };
    struct lb_random random = { 5 };
    struct distribution d;
    double out[100];
    int i, j;

    for (i = 0; i < 2; i++) {
        CU_ASSERT_PTR_NULL_FATAL(make_case(&ones[i], NULL, &d));
        CU_ASSERT_TRUE(distribution_is_constant(&d));
        CU_ASSERT_EQUAL(d.kind->mean(&d), 1.0);
        CU_ASSERT_EQUAL(d.kind->quantile(&d, 0.999), 1.0);
        d.kind->fill(&d, &random, out, 100);
        for (j = 0; j < 100; j++)
            CU_ASSERT_EQUAL(out[j], 1.0);
    }
    CU_ASSERT_PTR_NULL_FATAL(make_case(&endless, NULL, &d));
    CU_ASSERT_EQUAL(d.kind->mean(&d), INFINITY);
    CU_ASSERT_EQUAL(d.kind->variance(&d), INFINITY);
}

static void test_refusals(void)
{
    static const struct {
        struct distribution_case of;
        const char *says;
    } bad[] = {
#include "tests/unit/distribution_refusals.def"
    };
    double room[4 * LIST];
    struct distribution d;
    size_t i;

    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *says = make_case(&bad[i].of, room, &d);

        CU_ASSERT_PTR_NOT_NULL_FATAL(says);
        CU_ASSERT_EQUAL(strncmp(says, bad[i].says, strlen(bad[i].says)), 0);
    }
}

static void test_kinds(void)
{
    const struct distribution_kind *const *kind;
    const struct lb_param *p;

    for (kind = distribution_kinds; *kind; kind++) {
        CU_ASSERT_PTR_EQUAL(distribution_kind((*kind)->name), *kind);
        CU_ASSERT((*kind)->summary[0] && (*kind)->formula[0]);
        CU_ASSERT((*kind)->config_size <= CONFIG_ROOM);
        for (p = (*kind)->params; p->name; p++) {
            CU_ASSERT(p->help[0] != '\0');
            CU_ASSERT(p->least < p->most);
            CU_ASSERT(p->offset < (*kind)->config_size);
        }
    }
    CU_ASSERT_EQUAL(kind - distribution_kinds, 17);
    CU_ASSERT_PTR_NULL(distribution_kind("exponental"));
}

int suite_distributions(void)
{
    CU_pSuite suite = CU_add_suite("distributions", NULL, NULL);

    if (!suite || !CU_add_test(suite, "draws", test_draws) ||
        !CU_add_test(suite, "moments as stated", test_moments_as_stated) ||
        !CU_add_test(suite, "quantile inverts", test_quantile_inverts) ||
        !CU_add_test(suite, "any grouping", test_any_grouping) ||
        !CU_add_test(suite, "recorded draws", test_recorded_draws) ||
        !CU_add_test(suite, "common order", test_common_order) ||
        !CU_add_test(suite, "constant", test_constant) ||
        !CU_add_test(suite, "no spread", test_no_spread) ||
        !CU_add_test(suite, "borders", test_borders) ||
        !CU_add_test(suite, "refusals", test_refusals) || !CU_add_test(suite, "kinds", test_kinds))
        return -1;
    return 0;
}
