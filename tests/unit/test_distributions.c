/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each kind of distribution three ways: its draws, its own mean, variance and quantiles, and the
 * distribution function as written here.
 *
 * Seeds are fixed; the bands are those that a fresh seed would leave once in a million. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/arithmetic.h"
#include "models/distribution.h"

int suite_distributions(void);

enum { DRAWS = 1000000, GRID = 1000, CONFIG_ROOM = 128, SETTINGS = 2, LIST = 3 };

static const double ONE_IN_A_MILLION = 4.8916; /* standard errors, both sides together */

struct setting {
    const char *name;
    double value;
};

struct distribution_case {
    const char *kind;
    struct setting set[SETTINGS];
    double mean, variance, kurtosis; /* fourth central moment over squared variance */
    double (*below)(double x);       /* P(X <= x) */
    double weights[LIST], means[LIST];
    uint32_t list_n;
    uint64_t first[5]; /* bits of the first draws from state 42 */
};

static double exponential_2(double x)
{
    return -expm1(-x / 2.0);
}

static double uniform_1_3(double x)
{
    return (x - 1.0) / 2.0;
}

static double erlang_4(double x)
{
    const double r = 4.0 * x;

    return 1.0 - exp(-r) * (1.0 + r * (1.0 + r / 2.0 * (1.0 + r / 3.0)));
}

static double erlang_100(double x)
{
    double sum = 0.0;
    int i;

    for (i = 0; i < 100; i++)
        sum += exp(i * log(100.0 * x) - 100.0 * x - lgamma(i + 1.0));
    return 1.0 - sum;
}

/* Balanced means, mean 1, scv 4: p = (1 + sqrt(3/5)) / 2, rates 2 p and 2 (1 - p). */
static double hyperexponential_4(double x)
{
    const double p = 0.5 + 0.5 * sqrt(0.6);

    return 1.0 - p * exp(-2.0 * p * x) - (1.0 - p) * exp(-2.0 * (1.0 - p) * x);
}

static double hyperexponential_lists(double x)
{
    return 1.0 - 0.2 * exp(-x / 10.0) - 0.3 * exp(-x / 0.1) - 0.5 * exp(-x);
}

static double lognormal(double x, double scv)
{
    const double variance = log(1.0 + scv);

    return erfc(-(log(x) + variance / 2.0) / sqrt(2.0 * variance)) / 2.0;
}

static double lognormal_quarter(double x)
{
    return lognormal(x, 0.25);
}

static double lognormal_4(double x)
{
    return lognormal(x, 4.0);
}

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

static void put_list(const struct lb_param *p, char *config, const struct distribution_case *c)
{
    const struct lb_list list = { !strcmp(p->name, "weights") ? c->weights : c->means, c->list_n };

    memcpy(config + p->offset, &list, sizeof list);
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
        if (p->type == LB_LIST)
            put_list(p, config, c);
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
    CU_ASSERT(fabs(mean - c->mean) < ONE_IN_A_MILLION * mean_error);
    CU_ASSERT(fabs(variance - c->variance) < ONE_IN_A_MILLION * variance_error);
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Kolmogorov-Smirnov: the greatest distance exceeds sqrt(log(2 / alpha) / (2 n)) with probability
 * alpha at most (Massart 1990). */
static void check_law(const struct distribution *d)
{
    const double limit = sqrt(log(2e6) / (2.0 * DRAWS));
    double worst = 0.0;
    uint32_t i, passed = 0;

    qsort(drawn, DRAWS, sizeof *drawn, compare);
    for (i = 1; i < GRID; i++) {
        const double p = (double)i / GRID, border = d->kind->quantile(d, p);

        while (passed < DRAWS && drawn[passed] <= border)
            passed++;
        worst = fmax(worst, fabs((double)passed / DRAWS - p));
    }
    CU_ASSERT(worst < limit);
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
        check_law(&d);
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
        CU_ASSERT_DOUBLE_EQUAL(d.kind->variance(&d), cases[i].variance, 1e-13 * cases[i].variance);
        CU_ASSERT_FALSE(distribution_is_constant(&d));
    }
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
            CU_ASSERT_DOUBLE_EQUAL(cases[i].below(d.kind->quantile(&d, points[j])), points[j],
                                   1e-13);
        CU_ASSERT(isfinite(d.kind->quantile(&d, 1.0 - 1e-15)));
        CU_ASSERT(d.kind->quantile(&d, 1.0 - 1e-15) > d.kind->quantile(&d, 0.999999));
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

static void test_recorded_draws(void)
{
    double room[4 * LIST], out[5];
    struct distribution d;
    int i, j;

    for (i = 0; i < CASES; i++) {
        struct lb_random random = { 42 };

        CU_ASSERT_PTR_NULL_FATAL(make_case(&cases[i], room, &d));
        d.kind->fill(&d, &random, out, 5);
        for (j = 0; j < 5; j++)
            CU_ASSERT_EQUAL(exact_bits(out[j]), cases[i].first[j]);
    }
}

/* Kinds that take one word a draw turn the same words into the same order. */
static void test_common_order(void)
{
    static const int single[] = { 0, 2, 7, 8 };
    static double reference[1000], other[1000];
    double room[4 * LIST];
    struct distribution d;
    size_t i, j;

    for (i = 0; i < sizeof single / sizeof *single; i++) {
        struct lb_random one = { 9 }, two = { 9 };
        int inversions = 0;

        CU_ASSERT_PTR_NULL_FATAL(make_case(&cases[1], room, &d));
        d.kind->fill(&d, &one, reference, 1000);
        CU_ASSERT_PTR_NULL_FATAL(make_case(&cases[single[i]], room, &d));
        d.kind->fill(&d, &two, other, 1000);
        for (j = 1; j < 1000; j++)
            inversions += (reference[j] > reference[j - 1]) != (other[j] > other[j - 1]);
        CU_ASSERT_EQUAL(inversions, 0);
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
    const struct distribution_case *both[] = { &narrow, &still };
    struct distribution d;
    double out[4];
    int i, j;

    for (i = 0; i < 2; i++) {
        struct lb_random random = { 1 };

        CU_ASSERT_PTR_NULL_FATAL(make_case(both[i], NULL, &d));
        CU_ASSERT_TRUE(distribution_is_constant(&d));
        d.kind->fill(&d, &random, out, 4);
        for (j = 0; j < 4; j++)
            CU_ASSERT_EQUAL(out[j], 2.0);
    }
}

static void test_refusals(void)
{
    static const struct {
        struct distribution_case of;
        const char *says;
    } bad[] = {
        { { .kind = "deterministic" }, "value is missing" },
        { { .kind = "exponential" }, "mean is missing" },
        { { .kind = "exponential", .set = { { "mean", 0.0 } } }, "mean must be above 0" },
        { { .kind = "uniform", .set = { { "least", 1.0 } } }, "most is missing" },
        { { .kind = "uniform", .set = { { "least", 2.0 }, { "most", 1.0 } } }, "most must not" },
        { { .kind = "erlang", .set = { { "mean", 1.0 } } }, "phases is missing" },
        { { .kind = "erlang", .set = { { "phases", 2.0 } } }, "mean is missing" },
        { { .kind = "erlang", .set = { { "mean", 1.0 }, { "phases", 1001.0 } } },
          "phases must be at most 1000" },
        { { .kind = "lognormal", .set = { { "mean", 1.0 } } }, "scv is missing" },
        { { .kind = "lognormal", .set = { { "mean", 1.0 }, { "scv", -1.0 } } }, "scv must lie" },
        { { .kind = "hyperexponential" }, "mean is missing" },
        { { .kind = "hyperexponential", .set = { { "mean", 1.0 }, { "scv", 0.5 } } },
          "scv must be at least 1 for a hyperexponential; below 1 use erlang" },
        { { .kind = "hyperexponential",
            .set = { { "mean", 1.0 } },
            .weights = { 1.0 },
            .means = { 1.0 },
            .list_n = 1 },
          "give either" },
        { { .kind = "hyperexponential", .weights = { 0.0 }, .means = { 1.0 }, .list_n = 1 },
          "at least one of weights" },
        { { .kind = "hyperexponential", .weights = { 1.0 }, .means = { 0.0 }, .list_n = 1 },
          "every one of means" },
        { { .kind = "hyperexponential", .weights = { -1.0 }, .means = { 1.0 }, .list_n = 1 },
          "every one of weights" },
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
        !CU_add_test(suite, "refusals", test_refusals) || !CU_add_test(suite, "kinds", test_kinds))
        return -1;
    return 0;
}
