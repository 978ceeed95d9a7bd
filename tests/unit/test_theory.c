/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Closed forms against numbers computed elsewhere, against each other, and against what they must
 * refuse. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/theory.h"

int suite_theory(void);

/* Mean service 1. `extra` is the scv, or how many queues are compared. */
struct known {
    const char *id, *model;
    double rate;
    int servers, places;
    double extra;
    const char *metric;
    double value;
};

static const struct known known[] = {
#include "tests/unit/theory_known.def"
};

static double value_of(const struct known *row, const struct theory_parameter *p)
{
    if (!strcmp(p->name, "rate"))
        return row->rate;
    if (!strcmp(p->name, "servers"))
        return row->servers;
    if (!strcmp(p->name, "places"))
        return row->places;
    if (!strcmp(p->name, "scv") || !strcmp(p->name, "choices"))
        return row->extra;
    return p->preset;
}

static double ask(const struct known *row)
{
    const struct theory_model *model = theory_model(row->model);
    double values[8] = { 0.0 };
    struct theory_answer answer;
    const struct theory_parameter *p;

    for (p = model->parameters; p->name; p++)
        values[p - model->parameters] = value_of(row, p);
    return theory_solve(model, values, &answer) ? NAN : theory_metric(&answer, row->metric);
}

static void test_known_numbers(void)
{
    size_t i;

    for (i = 0; i < sizeof known / sizeof *known; i++)
        if (!(fabs(ask(&known[i]) / known[i].value - 1.0) < 1e-10)) {
            CU_FAIL("a closed form gives another number");
            fprintf(stderr, "%s: %.15g, not %.15g\n", known[i].id, ask(&known[i]), known[i].value);
        }
    CU_ASSERT_EQUAL(i, sizeof known / sizeof *known);
}

/* The mean is the area under the quantiles: the law and the means come from different formulas. */
static double mean_of_quantiles(const struct theory_answer *answer)
{
    enum { STEPS = 20000 };
    double sum = 0.0;
    int i;

    /* p = 1 - v^2 flattens the end where the quantile grows without bound. */
    for (i = 0; i < STEPS; i++) {
        const double v = (i + 0.5) / STEPS;

        sum += theory_latency_quantile(answer, 1.0 - v * v) * 2.0 * v / STEPS;
    }
    return sum;
}

static void test_laws_have_their_means(void)
{
    struct theory_answer answers[5];
    int i;

    CU_ASSERT_PTR_NULL_FATAL(theory_mm1(0.8, 1.0, &answers[0]));
    CU_ASSERT_PTR_NULL_FATAL(theory_mmc(8.0, 1.0, 10, &answers[1]));
    CU_ASSERT_PTR_NULL_FATAL(theory_mmc(1.0, 1.0, 2, &answers[2])); /* both rates agree */
    CU_ASSERT_PTR_NULL_FATAL(theory_round_robin(36.0, 0.1, 4, &answers[3]));
    CU_ASSERT_PTR_NULL_FATAL(theory_jsq_d_limit(1.8, 0.5, 2, &answers[4]));
    for (i = 0; i < 5; i++)
        CU_ASSERT_DOUBLE_EQUAL(mean_of_quantiles(&answers[i]) / answers[i].latency_mean, 1.0, 1e-5);
}

static void test_special_cases_agree(void)
{
    struct theory_answer one, other;

    theory_mm1(0.7, 1.0, &one);
    theory_mg1(0.7, 1.0, 1.0, &other);
    CU_ASSERT_DOUBLE_EQUAL(other.latency_mean, one.latency_mean, 1e-14);
    theory_mmc(0.7, 1.0, 1, &other);
    CU_ASSERT_DOUBLE_EQUAL(other.latency_stddev, one.latency_stddev, 1e-13);
    theory_round_robin(0.7, 1.0, 1, &other);
    CU_ASSERT_DOUBLE_EQUAL(other.wait_mean, one.wait_mean, 1e-13);
    theory_jsq_d_limit(0.7, 1.0, 1, &other);
    CU_ASSERT_EQUAL(other.latency_mean, one.latency_mean);
    theory_mmck(0.7, 1.0, 1, 10000, &other);
    CU_ASSERT_DOUBLE_EQUAL(other.latency_mean, one.latency_mean, 1e-13);
    CU_ASSERT_DOUBLE_EQUAL(other.wait_probability, one.wait_probability, 1e-13);
    theory_dm1(0.9, 1.0, &one);
    theory_round_robin(0.9e6, 1.0, 1000000, &other);
    CU_ASSERT_DOUBLE_EQUAL(other.latency_mean, one.latency_mean, 1e-5);
    theory_erlang_b(8.0, 1.0, 10, &one);
    theory_mmck(8.0, 1.0, 10, 0, &other);
    CU_ASSERT_DOUBLE_EQUAL(other.rejected, one.rejected, 1e-15);
    CU_ASSERT_EQUAL(other.wait_mean, 0.0);
}

/* M/M/1/K at load 1: all K + 1 numbers equally likely; far above it, all places always taken. */
static void test_finite_room(void)
{
    struct theory_answer answer;

    CU_ASSERT_PTR_NULL(theory_mmck(1.0, 1.0, 1, 9, &answer));
    CU_ASSERT_DOUBLE_EQUAL(answer.rejected, 1.0 / 11.0, 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(answer.in_system, 5.0, 1e-13);
    CU_ASSERT_PTR_NULL(theory_mmck(100.0, 1.0, 1, 5000, &answer));
    CU_ASSERT_DOUBLE_EQUAL(answer.rejected, 0.99, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(answer.utilization, 1.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(answer.in_system, 5001.0 - 1.0 / 99.0, 1e-6);
    CU_ASSERT_PTR_NULL(theory_mmck(10.0, 1.0, 100000, 10, &answer));
    CU_ASSERT_EQUAL(answer.rejected, 0.0);
    CU_ASSERT_EQUAL(answer.wait_probability, 0.0);
    CU_ASSERT_STRING_EQUAL(answer.model, "M/M/100000/100010");
}

static void test_units(void)
{
    struct theory_answer answer;

    CU_ASSERT_PTR_NULL(theory_mmc(8000.0, 0.001, 10, &answer));
    CU_ASSERT_DOUBLE_EQUAL(answer.utilization, 0.8, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(answer.in_system, 8000.0 * answer.latency_mean, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(answer.latency_mean, answer.wait_mean + 0.001, 1e-18);
    CU_ASSERT_EQUAL(answer.throughput, 8000.0);
    CU_ASSERT_DOUBLE_EQUAL(theory_metric(&answer, "queue.mean"), 8000.0 * answer.wait_mean, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(theory_metric(&answer, "latency.p99.9"),
                           theory_latency_quantile(&answer, 0.999), 1e-15);
    CU_ASSERT(isnan(theory_metric(&answer, "latency.p")));
    CU_ASSERT(isnan(theory_metric(&answer, "latency.p50x")));
    CU_ASSERT(isnan(theory_metric(&answer, "latency.p100")));
    CU_ASSERT(isnan(theory_metric(&answer, "latency.max")));
    CU_ASSERT(isnan(theory_metric(&answer, "slowdown.mean")));
}

static void test_far_tail_near_saturation(void)
{
    struct theory_answer answer;

    CU_ASSERT_PTR_NULL(theory_mmc(9.9999, 1.0, 10, &answer));
    CU_ASSERT(isfinite(theory_latency_quantile(&answer, 0.999999)));
    CU_ASSERT_DOUBLE_EQUAL(theory_latency_quantile(&answer, 0.999999) /
                               theory_wait_quantile(&answer, 0.999999),
                           1.0, 1e-4);
}

static void test_refusals(void)
{
    const double both[] = { 0.5, 0.5, 1.0 }, neither[] = { NAN, NAN, 1.0 };
    const double load[] = { 0.5, NAN, 2.0 }, no_servers[] = { 0.5, NAN, 1.0, NAN };
    struct theory_answer answer;

    CU_ASSERT_PTR_NOT_NULL(theory_mm1(1.0, 1.0, &answer));
    CU_ASSERT_PTR_NOT_NULL(theory_mm1(-1.0, 1.0, &answer));
    CU_ASSERT_PTR_NOT_NULL(theory_mm1(0.5, 0.0, &answer));
    CU_ASSERT_PTR_NOT_NULL(theory_mm1(NAN, 1.0, &answer));
    CU_ASSERT_PTR_NOT_NULL(theory_mg1(0.5, 1.0, -0.1, &answer));
    CU_ASSERT_PTR_NOT_NULL(theory_mmc(10.0, 1.0, 10, &answer));
    CU_ASSERT_PTR_NOT_NULL(theory_mmc(1.0, 1.0, 0, &answer));
    CU_ASSERT_PTR_NOT_NULL(theory_random(5.0, 1.0, 1.0, 5, &answer));
    CU_ASSERT_PTR_NOT_NULL(theory_jsq_d_limit(0.5, 1.0, 0, &answer));
    CU_ASSERT_PTR_NOT_NULL(theory_solve(theory_model("mm1"), both, &answer));
    CU_ASSERT_PTR_NOT_NULL(theory_solve(theory_model("mm1"), neither, &answer));
    CU_ASSERT_PTR_NOT_NULL(theory_solve(theory_model("mmc"), no_servers, &answer));
    CU_ASSERT_PTR_NULL(theory_solve(theory_model("mm1"), load, &answer));
    CU_ASSERT_DOUBLE_EQUAL(answer.latency_mean, 4.0, 1e-14);
    CU_ASSERT_PTR_NULL(theory_model("mm2"));
}

static struct theory_case plain(const char *policy, uint32_t servers)
{
    return (struct theory_case) { .rate = 0.9 * servers,
                                  .service_mean = 1.0,
                                  .service_scv = 1.0,
                                  .service_exponential = true,
                                  .servers = servers,
                                  .cores = 1,
                                  .queue_limit = THEORY_UNLIMITED,
                                  .alike = true,
                                  .undisturbed = true,
                                  .balancers = 1,
                                  .policy = policy,
                                  .choices = 2 };
}

/* The name of the closed form, "" if none. */
static const char *name_for(const struct theory_case *c)
{
    static struct theory_answer answer;

    return theory_for(c, &answer) ? answer.model : "";
}

static void test_match_policies(void)
{
    static const struct {
        const char *policy;
        uint32_t servers;
        const char *model;
    } expected[] = {
        { "random", 10, "M/M/1" },
        { "weighted_random", 10, "M/M/1" },
        { "round_robin", 10, "E10/M/1" },
        { "smooth_wrr", 3, "E3/M/1" },
        { "lwl", 10, "M/M/10" },
        { "central_queue", 10, "M/M/10" },
        { "p2c", 100, "limit d=2" },
        { "p2c", 10, "" },
        { "jsq", 10, "" },
        { "jiq", 10, "" },
        { "least_conn", 10, "" },
        { "weight_budget", 1, "" },
        { "jsq", 1, "M/M/1" },
        { "p2c", 1, "M/M/1" },
        { "./mine.so", 1, "" },
    };
    size_t i;

    for (i = 0; i < sizeof expected / sizeof *expected; i++) {
        const struct theory_case c = plain(expected[i].policy, expected[i].servers);

        CU_ASSERT_STRING_EQUAL(name_for(&c), expected[i].model);
    }
}

static void test_match_servers(void)
{
    struct theory_case c = plain("random", 4);

    c.processor_sharing = true;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "M/M/1-PS");
    c.service_exponential = false;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "M/G/1-PS");
    c.cores = 2;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "M/G/2-PS");
    c = plain("random", 4);
    c.queue_limit = 3;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "M/M/1/4");
    c.cores = 2;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "M/M/2/5");
    c.service_exponential = false;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "");
    c.queue_limit = 0;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "M/G/2/2");
    c = plain("jsq", 1);
    c.cores = 8;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "M/M/8");
    c = plain("round_robin", 5);
    c.processor_sharing = true;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "E5/M/1-PS");
    c.deterministic_arrivals = true;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "D/M/1-PS");
}

static void test_match_refuses(void)
{
    struct theory_case c = plain("lwl", 10);

    c.balancers = 2;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "");
    c = plain("lwl", 10);
    c.processor_sharing = true;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "");
    c = plain("lwl", 10);
    c.service_exponential = false;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "");
    c = plain("random", 10);
    c.alike = false;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "");
    c = plain("random", 10);
    c.undisturbed = false;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "");
    c = plain("random", 10);
    c.deterministic_arrivals = true;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "");
    c = plain("random", 10);
    c.rate = 10.0;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "");
}

static void test_match_numbers(void)
{
    struct theory_case c = plain("random", 10);
    struct theory_answer answer;

    CU_ASSERT_TRUE(theory_for(&c, &answer));
    CU_ASSERT_DOUBLE_EQUAL(answer.latency_mean, 10.0, 1e-13);
    CU_ASSERT_DOUBLE_EQUAL(answer.in_system, 90.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(answer.throughput, 9.0, 1e-14);
    CU_ASSERT_FALSE(answer.limit);
    CU_ASSERT_DOUBLE_EQUAL(theory_metric(&answer, "latency.p50"), 10.0 * log(2.0), 1e-12);
    c.processor_sharing = true;
    CU_ASSERT_TRUE(theory_for(&c, &answer));
    CU_ASSERT(isnan(theory_metric(&answer, "latency.p50")));
    CU_ASSERT(isnan(answer.wait_mean));
    c = plain("p2c", 1000);
    CU_ASSERT_TRUE(theory_for(&c, &answer));
    CU_ASSERT_TRUE(answer.limit);
    CU_ASSERT_DOUBLE_EQUAL(answer.in_system, 900.0 * answer.latency_mean, 1e-9);
}

static void test_case_service(void)
{
    const struct distribution constant = distribution_constant(0.5);
    struct distribution d = { .kind = distribution_kind("exponential"), .p = { 0.5 } };
    struct theory_case c = plain("random", 1);

    theory_case_service(&c, &d, 2.0);
    CU_ASSERT_EQUAL(c.service_mean, 0.25);
    CU_ASSERT_TRUE(c.service_exponential);
    d = (struct distribution) { .kind = distribution_kind("erlang"), .p = { 4.0, 0.5 } };
    theory_case_service(&c, &d, 1.0);
    CU_ASSERT_FALSE(c.service_exponential);
    CU_ASSERT_EQUAL(c.service_scv, 0.25);
    d.p[0] = 1.0;
    theory_case_service(&c, &d, 1.0);
    CU_ASSERT_TRUE(c.service_exponential);
    theory_case_service(&c, &constant, 1.0);
    CU_ASSERT_FALSE(c.service_exponential);
    CU_ASSERT_STRING_EQUAL(name_for(&c), "M/D/1");
}

int suite_theory(void)
{
    CU_pSuite suite = CU_add_suite("theory", NULL, NULL);

    if (!suite || !CU_add_test(suite, "known numbers", test_known_numbers) ||
        !CU_add_test(suite, "laws have their means", test_laws_have_their_means) ||
        !CU_add_test(suite, "special cases agree", test_special_cases_agree) ||
        !CU_add_test(suite, "finite room", test_finite_room) ||
        !CU_add_test(suite, "units", test_units) ||
        !CU_add_test(suite, "far tail", test_far_tail_near_saturation) ||
        !CU_add_test(suite, "refusals", test_refusals) ||
        !CU_add_test(suite, "match policies", test_match_policies) ||
        !CU_add_test(suite, "match servers", test_match_servers) ||
        !CU_add_test(suite, "match refuses", test_match_refuses) ||
        !CU_add_test(suite, "match numbers", test_match_numbers) ||
        !CU_add_test(suite, "service of a case", test_case_service))
        return -1;
    return 0;
}
