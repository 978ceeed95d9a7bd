/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which closed form is found for what is simulated, and which is not. */
#include <CUnit/CUnit.h>
#include <math.h>

#include "models/theory_case.h"

int suite_theory_match(void);

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

    return theory_match(c, &answer) ? "" : answer.model;
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
        { "jiq", 400, "limit jiq" },
        { "jiq", 100, "" },
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

    c.discipline = THEORY_SHARED;
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
    c.discipline = THEORY_SHARED;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "E5/M/1-PS");
    c.arrivals = THEORY_EQUAL;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "D/M/1-PS");
}

static void test_match_refuses(void)
{
    struct theory_case c = plain("lwl", 10);

    c.balancers = 2;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "");
    c = plain("lwl", 10);
    c.discipline = THEORY_SHARED;
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
    c.arrivals = THEORY_EQUAL;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "");
    c = plain("random", 10);
    c.rate = 10.0;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "");
}

static void test_match_numbers(void)
{
    struct theory_case c = plain("random", 10);
    struct theory_answer answer;

    CU_ASSERT_PTR_NULL(theory_match(&c, &answer));
    CU_ASSERT_DOUBLE_EQUAL(answer.latency_mean, 10.0, 1e-13);
    CU_ASSERT_DOUBLE_EQUAL(answer.in_system, 90.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(answer.throughput, 9.0, 1e-14);
    CU_ASSERT_FALSE(answer.limit);
    CU_ASSERT_DOUBLE_EQUAL(theory_metric(&answer, "latency.p50"), 10.0 * log(2.0), 1e-12);
    c.discipline = THEORY_SHARED;
    CU_ASSERT_PTR_NULL(theory_match(&c, &answer));
    CU_ASSERT(isnan(theory_metric(&answer, "latency.p50")));
    CU_ASSERT(isnan(answer.wait_mean));
    c = plain("p2c", 1000);
    CU_ASSERT_PTR_NULL(theory_match(&c, &answer));
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

static void test_match_arrivals(void)
{
    const double rates[] = { 0.1, 1.7 }, change[] = { -1.0, 1.0, 1.0, -1.0 };
    struct theory_case c = plain("random", 1);

    c.arrivals = THEORY_RENEWAL;
    c.gap_phases = 3;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "E3/M/1");
    c.gap_phases = THEORY_UNLIMITED;
    c.gap_scv = 4.0;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "H2/M/1");
    c.servers = 2;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "");
    c = plain("random", 1);
    c.arrivals = THEORY_BATCHES;
    c.batch_mean = 3.0;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "M^[X]/G/1");
    c.discipline = THEORY_SHARED;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "M^[X]/G/1-PS");
    c.service_exponential = false;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "");
    c = plain("random", 1);
    c.arrivals = THEORY_MODULATED;
    c.rates = rates;
    c.generator = change;
    c.states = 2;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "MMPP2/M/1");
    c.servers = 4; /* dealt at random: each server sees the same chain at a quarter of the rates */
    CU_ASSERT_STRING_EQUAL(name_for(&c), "MMPP2/M/1");
}

static void test_match_closed(void)
{
    struct theory_case c = plain("central_queue", 4);
    struct theory_answer answer;

    c.arrivals = THEORY_CLOSED;
    c.rate = 0.0;
    c.population = 20;
    c.think_mean = 4.0;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "M/M/4//20");
    CU_ASSERT_PTR_NULL(theory_match(&c, &answer));
    CU_ASSERT_DOUBLE_EQUAL(answer.in_system, 20.0 - answer.throughput * 4.0, 1e-12);
    c.policy = "random";
    CU_ASSERT_STRING_EQUAL(name_for(&c), "");
    c.servers = 1;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "M/M/1//20");
    c.service_exponential = false;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "");
    c.discipline = THEORY_SHARED;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "M/M/1//20-PS");
    CU_ASSERT_PTR_NULL(theory_match(&c, &answer));
    CU_ASSERT(isnan(answer.wait_mean));
}

static void test_match_disciplines(void)
{
    const struct theory_class classes[] = { { 1.8, 1.0, 1.0 }, { 1.8, 1.0, 1.0 } };
    struct distribution d = { .kind = distribution_kind("exponential"), .p = { 1.0 } };
    struct theory_case c = plain("random", 4);
    struct theory_answer answer, one;

    c.discipline = THEORY_NEWEST;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "M/G/1-LCFS-PR");
    c.discipline = THEORY_PRIORITIES;
    c.classes = classes;
    c.classes_n = 2;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "M/G/1 priority");
    CU_ASSERT_PTR_NULL(theory_match(&c, &answer));
    CU_ASSERT_DOUBLE_EQUAL(answer.throughput, 3.6, 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(answer.in_system, 36.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(answer.queue, 32.4, 1e-12);
    c = plain("random", 4);
    c.discipline = THEORY_SHORTEST;
    theory_case_service(&c, &d, 2.0);
    CU_ASSERT_PTR_NULL(theory_match(&c, &answer));
    CU_ASSERT_PTR_NULL(theory_srpt(0.45, &d, &one));
    CU_ASSERT_DOUBLE_EQUAL(answer.latency_mean, one.latency_mean / 2.0, 1e-13);
    CU_ASSERT_DOUBLE_EQUAL(answer.in_system, 4.0 * one.in_system, 1e-12);
    c.cores = 2;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "");
    c = plain("jsq", 4);
    c.discipline = THEORY_NEWEST;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "");
    c = plain("random", 4);
    c.cores = THEORY_UNLIMITED;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "M/G/inf");
}

static void test_match_patience(void)
{
    struct theory_case c = plain("central_queue", 4);
    struct theory_answer answer;

    c.patience = THEORY_PATIENCE_EXPONENTIAL;
    c.patience_mean = 2.0;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "M/M/4+M");
    c.policy = "lwl";
    CU_ASSERT_STRING_EQUAL(name_for(&c), "");
    c.policy = "random";
    CU_ASSERT_STRING_EQUAL(name_for(&c), "M/M/1+M");
    CU_ASSERT_PTR_NULL(theory_match(&c, &answer));
    CU_ASSERT_DOUBLE_EQUAL(answer.throughput, 3.6 * (1.0 - answer.cancelled), 1e-13);
    CU_ASSERT_DOUBLE_EQUAL(answer.queue, 3.6 * theory_metric(&answer, "wait.mean{all}"), 1e-12);
    c.patience = THEORY_PATIENCE_EQUAL;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "M/M/1+D");
    c.cores = 2;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "");
    c = plain("random", 1);
    c.patience = THEORY_PATIENCE_EQUAL;
    c.service_exponential = false;
    CU_ASSERT_STRING_EQUAL(name_for(&c), "");
}

int suite_theory_match(void)
{
    CU_pSuite suite = CU_add_suite("theory_match", NULL, NULL);

    if (!suite || !CU_add_test(suite, "policies", test_match_policies) ||
        !CU_add_test(suite, "servers", test_match_servers) ||
        !CU_add_test(suite, "refuses", test_match_refuses) ||
        !CU_add_test(suite, "numbers", test_match_numbers) ||
        !CU_add_test(suite, "arrivals", test_match_arrivals) ||
        !CU_add_test(suite, "closed", test_match_closed) ||
        !CU_add_test(suite, "disciplines", test_match_disciplines) ||
        !CU_add_test(suite, "patience", test_match_patience) ||
        !CU_add_test(suite, "service of a case", test_case_service))
        return -1;
    return 0;
}
