/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Closed forms against numbers computed elsewhere, against each other, and against what they must
 * refuse. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/theory_table.h"

int suite_theory(void);

/* Mean service 1. */
struct known {
    const char *id, *model, *asked, *metric;
    double value;
};

static const struct known known[] = {
#include "tests/unit/theory_known.def"
};

static void set(const struct theory_parameter *p, struct theory_question *q, const char *text)
{
    struct theory_list *list = theory_place(p, q);
    double *value = theory_place(p, q);
    size_t n = strcspn(text, " "), i;
    char *end;

    if (p->kind == THEORY_NUMBERS) {
        for (;; text = end + 1) {
            list->at[list->n++] = strtod(text, &end);
            if (*end != ',')
                return;
        }
    }
    for (i = 0; p->words && p->words[i]; i++)
        if (strlen(p->words[i]) == n && !strncmp(p->words[i], text, n))
            *value = (double)i;
    if (!p->words)
        *value = strtod(text, NULL);
}

/* Asks a model "rate=0.8 servers=2"; false if it has no answer. */
static bool put(const char *name, const char *asked, struct theory_answer *answer)
{
    const struct theory_model *model = theory_model(name);
    struct theory_question q = theory_question(model);
    const struct theory_parameter *p;
    char why[200];

    while (*asked) {
        size_t n = strcspn(asked, "=");

        for (p = model->parameters; p->name; p++)
            if (strlen(p->name) == n && !strncmp(p->name, asked, n))
                break;
        CU_ASSERT_PTR_NOT_NULL_FATAL(p->name);
        set(p, &q, asked + n + 1);
        asked += strcspn(asked, " ");
        asked += strspn(asked, " ");
    }
    return theory_solve(model, &q, answer, why, sizeof why);
}

static double ask(const struct known *row)
{
    struct theory_answer answer;

    return put(row->model, row->asked, &answer) ? theory_metric(&answer, row->metric) : NAN;
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
    const double services[] = { 0.5, 1.0 };
    struct theory_answer answers[10];
    int i;

    CU_ASSERT_PTR_NULL_FATAL(theory_mm1(0.8, 1.0, &answers[0]));
    CU_ASSERT_PTR_NULL_FATAL(theory_mmc(8.0, 1.0, 10, &answers[1]));
    CU_ASSERT_PTR_NULL_FATAL(theory_mmc(1.0, 1.0, 2, &answers[2])); /* both rates agree */
    CU_ASSERT_PTR_NULL_FATAL(theory_round_robin(36.0, 0.1, 4, &answers[3]));
    CU_ASSERT_PTR_NULL_FATAL(theory_jsq_d_limit(1.8, 0.5, 2, &answers[4]));
    CU_ASSERT_PTR_NULL_FATAL(theory_hedge(1.0, 2.0, 1.5, &answers[5]));
    CU_ASSERT_PTR_NULL_FATAL(theory_fan_out(1.0, 0.5, 5, 3, &answers[6]));
    CU_ASSERT_PTR_NULL_FATAL(theory_fan_out(1.0, 0.5, 5, 5, &answers[7]));
    CU_ASSERT_PTR_NULL_FATAL(theory_mm1_timeout(0.8, 1.0, 4.0, &answers[8]));
    CU_ASSERT_PTR_NULL_FATAL(theory_tandem(0.8, services, 2, &answers[9]));
    for (i = 0; i < 10; i++)
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
    CU_ASSERT_PTR_NOT_NULL(theory_hedge(1.0, 1.0, -1.0, &answer));
    CU_ASSERT_PTR_NOT_NULL(theory_retry(1.5, 3, &answer));
    CU_ASSERT_PTR_NOT_NULL(theory_retry(0.5, 0, &answer));
    CU_ASSERT_PTR_NOT_NULL(theory_fan_out(1.0, 1.0, 3, 4, &answer));
    CU_ASSERT_PTR_NOT_NULL(theory_fan_out(1.0, 1.0, 3, 0, &answer));
    CU_ASSERT_PTR_NOT_NULL(theory_mm1_timeout(1.0, 1.0, 3.0, &answer));
    CU_ASSERT_PTR_NOT_NULL(theory_mm1_timeout(0.5, 1.0, 0.0, &answer));
    CU_ASSERT_PTR_NOT_NULL(theory_breakdown(0.6, 1.0, 1.0, 1.0, &answer));
    CU_ASSERT_PTR_NOT_NULL(theory_breakdown(0.6, 1.0, 0.0, 1.0, &answer));
    CU_ASSERT_FALSE(put("tandem", "load=1 services=1,0.5", &answer));
    CU_ASSERT_FALSE(put("tandem", "load=0.5", &answer));
    CU_ASSERT_FALSE(put("two_servers", "load=0.5 services=1", &answer));
    CU_ASSERT_TRUE(put("two_servers", "load=0.5 services=1,0.5", &answer));
    CU_ASSERT_FALSE(put("breakdown", "load=1 up=1 down=1", &answer));
    CU_ASSERT_TRUE(put("breakdown", "load=0.9 up=1 down=1", &answer));
    CU_ASSERT_FALSE(put("fan_out", "parts=10 needed=11", &answer));
    CU_ASSERT_FALSE(put("mm1", "load=0.5 rate=0.5", &answer));
    CU_ASSERT_FALSE(put("mm1", "", &answer));
    CU_ASSERT_FALSE(put("mmc", "load=0.5", &answer));
    CU_ASSERT_FALSE(put("mmc", "load=0.5 servers=1.5", &answer));
    CU_ASSERT_FALSE(put("mmc", "load=0.5 servers=0", &answer));
    CU_ASSERT_FALSE(put("mmc", "load=-0.5 servers=1", &answer));
    CU_ASSERT_FALSE(put("priority", "load=0.5", &answer));
    CU_ASSERT_FALSE(put("priority", "load=0.5 shares=1,1 services=1,2,3", &answer));
    CU_ASSERT_FALSE(put("priority", "load=1 shares=1,1", &answer));
    CU_ASSERT_FALSE(put("mmpp1", "rates=0.5,0.6 switch=1", &answer));
    CU_ASSERT_FALSE(put("mmpp1", "rates=0.5,0.6 switch=1,0", &answer));
    CU_ASSERT_FALSE(put("mmpp1", "rates=0.5,1.6 switch=1,1", &answer));
    CU_ASSERT_FALSE(put("gim1", "load=0.5 interarrival=erlang scv=0.7", &answer));
    CU_ASSERT_FALSE(put("gim1", "load=0.5 interarrival=hyperexponential scv=0.7", &answer));
    CU_ASSERT_FALSE(put("redundancy_d", "load=0.5 servers=2 copies=3", &answer));
    CU_ASSERT_FALSE(put("batch", "load=0.5 batch=0.5", &answer));
    CU_ASSERT_FALSE(put("erlang_a", "rate=1 servers=1 patience=1e13", &answer));
    CU_ASSERT_FALSE(put("closed", "population=3 think=0", &answer));
    CU_ASSERT_FALSE(put("srpt", "load=1", &answer));
    CU_ASSERT_FALSE(put("srpt", "load=0.5 law=erlang scv=0.3", &answer));
    CU_ASSERT_TRUE(put("mm1", "load=0.5 service=2", &answer));
    CU_ASSERT_DOUBLE_EQUAL(answer.latency_mean, 4.0, 1e-14);
    CU_ASSERT_PTR_NULL(theory_model("mm2"));
}

/* What does not count beside the rest is refused, even where it says the preset. */
static void test_what_does_not_count(void)
{
    static const struct {
        const char *model, *refused, *instead;
    } rows[] = {
        { "gim1", "load=0.8 scv=4", "load=0.8 interarrival=hyperexponential scv=4" },
        { "gim1", "load=0.8 scv=1 interarrival=exponential", "load=0.8 interarrival=exponential" },
        { "gim1", "load=0.8 interarrival=deterministic scv=0",
          "load=0.8 interarrival=erlang scv=0.5" },
        { "srpt", "load=0.5 scv=4", "load=0.5 law=lognormal scv=4" },
        { "srpt", "load=0.5 law=uniform scv=4", "load=0.5 law=hyperexponential scv=4" },
        { "srpt", "load=0.5 law=deterministic scv=0", "load=0.5 law=erlang scv=0.5" },
        { "srpt", "load=0.5 law=exponential scv=1", "load=0.5 law=gamma scv=4" },
        { "priority", "load=0.5 shares=1,1 scv=0 scvs=4,4", "load=0.5 shares=1,1 scvs=4,4" },
        { "priority", "load=0.5 shares=1,1 service=1 services=2,3",
          "load=0.5 shares=1,1 service=2 scvs=4,4" },
        { "priority", "load=0.5 shares=1,1 services=2 service=1",
          "load=0.5 shares=1,1 services=2,3 scv=0" },
        { "jiq_limit", "load=0.5 tokens=published", "load=0.5 ratio=5 tokens=published" },
        { "jiq_limit", "load=0.5 tokens=withdrawn ratio=inf", "load=0.5 ratio=inf" },
    };
    struct theory_answer answer;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        CU_ASSERT_FALSE(put(rows[i].model, rows[i].refused, &answer));
        CU_ASSERT_TRUE(put(rows[i].model, rows[i].instead, &answer));
    }
}

/* Patience that grows for ever, or shrinks to nothing. */
static void test_limits_of_patience(void)
{
    struct theory_answer one, other;

    theory_mmc(9.0, 1.0, 10, &one);
    CU_ASSERT_PTR_NULL(theory_erlang_a(9.0, 1.0, 10, 1e10, &other));
    CU_ASSERT_DOUBLE_EQUAL(other.wait_mean, one.wait_mean, 1e-8);
    CU_ASSERT_DOUBLE_EQUAL(other.wait_probability, one.wait_probability, 1e-8);
    CU_ASSERT_PTR_NULL(theory_erlang_a(9.0, 1.0, 10, 1e-9, &other));
    CU_ASSERT_DOUBLE_EQUAL(other.cancelled, theory_erlang_loss(9.0, 10), 1e-8);
    theory_mm1(0.9, 1.0, &one);
    CU_ASSERT_PTR_NULL(theory_mm1d(0.9, 1.0, 1000.0, &other));
    CU_ASSERT_DOUBLE_EQUAL(other.wait_mean, one.wait_mean, 1e-10);
    CU_ASSERT_PTR_NULL(theory_mm1d(0.9, 1.0, 1e-9, &other));
    CU_ASSERT_DOUBLE_EQUAL(other.cancelled, theory_erlang_loss(0.9, 1), 1e-8);
    /* At load 1 the density is flat. */
    CU_ASSERT_PTR_NULL(theory_mm1d(1.0, 1.0, 8.0, &other));
    CU_ASSERT_DOUBLE_EQUAL(other.cancelled, 1.0 / 10.0, 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(other.wait_mean, 32.0 / 9.0, 1e-13);
    CU_ASSERT_PTR_NULL(theory_mm1d(1.0 + 1e-7, 1.0, 8.0, &other));
    CU_ASSERT_DOUBLE_EQUAL(other.wait_mean, 32.0 / 9.0, 1e-5);
}

/* Patience like the service: everyone leaves at the same rate, M/M/infinity. And what a great
 * overload throws away is known. */
static void test_many_impatient(void)
{
    struct theory_answer answer;

    CU_ASSERT_PTR_NULL(theory_erlang_a(120000.0, 1.0, 100000, 1.0, &answer));
    CU_ASSERT_DOUBLE_EQUAL(answer.in_system / 120000.0, 1.0, 1e-11);
    CU_ASSERT_PTR_NULL(theory_erlang_a(99000.0, 1.0, 100000, 1.0, &answer));
    CU_ASSERT_DOUBLE_EQUAL(answer.in_system / 99000.0, 1.0, 1e-11);
    CU_ASSERT_PTR_NULL(theory_erlang_a(200.0, 1.0, 100, 1e6, &answer));
    CU_ASSERT_DOUBLE_EQUAL(answer.cancelled, 0.5, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(answer.queue / 1e8, 1.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(answer.wait_mean / (1e6 * log(2.0)), 1.0, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(theory_metric(&answer, "wait.mean{all}"), 5e5, 1e-5);
}

static void test_bursts_agree(void)
{
    const double even[] = { 0.8, 0.8 }, change[] = { -1.0, 1.0, 3.0, -3.0 };
    const double root = sqrt(0.6), p = 0.5 * (1.0 + root), q = 1.0 - p, load = 0.7;
    const double fast = 2.0 * p * load, slow = 2.0 * q * load; /* H2 of scv 4 */
    const double on = p * fast + q * slow, off = fast * slow / on;
    const double stop = p * q * (fast - slow) * (fast - slow) / on;
    const double broken[] = { on, 0.0 }, breaks[] = { -stop, stop, off, -off };
    struct theory_answer one, other;

    theory_mm1(0.8, 1.0, &one);
    CU_ASSERT_PTR_NULL(theory_mmpp1(even, change, 2, 1.0, &other));
    CU_ASSERT_DOUBLE_EQUAL(other.latency_mean, one.latency_mean, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(other.wait_probability, one.wait_probability, 1e-13);
    /* An interrupted Poisson process is renewal, hyperexponential (A. Kuczura 1973). */
    CU_ASSERT_PTR_NULL(theory_gim1(load, 1.0, THEORY_UNLIMITED, 4.0, &one));
    CU_ASSERT_PTR_NULL(theory_mmpp1(broken, breaks, 2, 1.0, &other));
    CU_ASSERT_DOUBLE_EQUAL(other.latency_mean, one.latency_mean, 1e-11);
    CU_ASSERT_DOUBLE_EQUAL(other.wait_probability, one.wait_probability, 1e-12);
    CU_ASSERT(other.error > 0.0 && other.error < 1e-10);
    theory_gim1(0.9, 1.0, THEORY_UNLIMITED, 1.0, &other);
    CU_ASSERT_DOUBLE_EQUAL(other.latency_mean, 10.0, 1e-10);
    theory_gim1(0.9, 1.0, 5, 1.0, &other);
    theory_round_robin(4.5, 1.0, 5, &one);
    CU_ASSERT_EQUAL(other.latency_mean, one.latency_mean);
    theory_batch(0.8, 1.0, 0.0, 1.0, 4.0, &other);
    theory_mg1(0.8, 1.0, 4.0, &one);
    CU_ASSERT_DOUBLE_EQUAL(other.wait_mean, one.wait_mean, 1e-13);
    CU_ASSERT_DOUBLE_EQUAL(other.wait_probability, one.wait_probability, 1e-15);
}

/* Kleinrock's conservation law: no order changes the sum of load times wait, unless it interrupts
 * or looks at sizes. With equal exponential service interrupting changes no mean number. */
static void test_priorities_conserve(void)
{
    const struct theory_class classes[] = { { 0.2, 1.0, 1.0 },
                                            { 0.1, 2.0, 4.0 },
                                            { 0.3, 1.0, 0.0 } };
    const struct theory_class equal[] = { { 0.2, 1.0, 1.0 }, { 0.4, 1.0, 1.0 } };
    const double residual = 0.2 + 0.1 * 4.0 * 5.0 / 2.0 + 0.3 / 2.0;
    struct theory_answer answer, one;
    char name[32];
    double sum = 0.0;
    int i;

    CU_ASSERT_PTR_NULL(theory_priority(classes, 3, false, &answer));
    for (i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "wait.mean{class%d}", i + 1);
        sum += classes[i].rate * classes[i].service_mean * theory_metric(&answer, name);
    }
    CU_ASSERT_DOUBLE_EQUAL(sum, 0.7 * residual / 0.3, 1e-13);
    CU_ASSERT_PTR_NULL(theory_priority(equal, 2, true, &answer));
    theory_mm1(0.6, 1.0, &one);
    CU_ASSERT_DOUBLE_EQUAL(answer.in_system, one.in_system, 1e-14);
    theory_mm1(0.2, 1.0, &one);
    CU_ASSERT_DOUBLE_EQUAL(theory_metric(&answer, "latency.mean{class1}"), one.latency_mean, 1e-14);
    CU_ASSERT_PTR_NULL(theory_priority(&classes[1], 1, false, &answer));
    theory_mg1(0.1, 2.0, 4.0, &one);
    CU_ASSERT_DOUBLE_EQUAL(answer.wait_mean, one.wait_mean, 1e-14);
}

/* The shortest first is never slower than the others; with equal sizes it is FIFO. */
static void test_shortest_first(void)
{
    static const char *const laws[] = { "exponential",     "uniform",     "hyperexponential scv=16",
                                        "erlang scv=0.25", "gamma scv=2", "lognormal scv=4" };
    struct theory_answer srpt, fifo;
    char asked[80];
    size_t i;

    CU_ASSERT_TRUE(put("srpt", "load=0.9 law=deterministic", &srpt));
    theory_mg1(0.9, 1.0, 0.0, &fifo);
    CU_ASSERT_DOUBLE_EQUAL(srpt.latency_mean, fifo.latency_mean, 1e-11);
    CU_ASSERT_DOUBLE_EQUAL(srpt.wait_mean, fifo.wait_mean, 1e-11);
    for (i = 0; i < sizeof laws / sizeof *laws; i++) {
        snprintf(asked, sizeof asked, "load=0.9 law=%s", laws[i]);
        CU_ASSERT_TRUE(put("srpt", asked, &srpt));
        CU_ASSERT(srpt.latency_mean > 1.0 && srpt.latency_mean < 5.5);
        CU_ASSERT(srpt.error < 1e-8);
        snprintf(asked, sizeof asked, "load=0.001 law=%s", laws[i]);
        CU_ASSERT_TRUE(put("srpt", asked, &srpt));
        CU_ASSERT_DOUBLE_EQUAL(srpt.latency_mean, 1.0, 2e-3);
    }
    CU_ASSERT_TRUE(put("srpt", "load=0.8 service=3", &srpt));
    CU_ASSERT_TRUE(put("srpt", "load=0.8", &fifo));
    CU_ASSERT_DOUBLE_EQUAL(srpt.latency_mean, 3.0 * fifo.latency_mean, 1e-11);
}

/* Copies that never leave or leave at once, and parts of which one or all are needed. */
static void test_attempts(void)
{
    struct theory_answer one, other;

    CU_ASSERT_PTR_NULL(theory_hedge(7.0, 0.5, 1000.0, &one));
    CU_ASSERT_DOUBLE_EQUAL(one.latency_mean, 0.5, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(one.latency_stddev, 0.5, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(one.in_system, 3.5, 1e-14);
    CU_ASSERT_PTR_NULL(theory_hedge(7.0, 0.5, 0.0, &one));
    CU_ASSERT_PTR_NULL(theory_fan_out(7.0, 0.5, 2, 1, &other));
    CU_ASSERT_DOUBLE_EQUAL(one.latency_mean, other.latency_mean, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(one.latency_stddev, other.latency_stddev, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(theory_latency_quantile(&one, 0.9), theory_latency_quantile(&other, 0.9),
                           1e-12);
    CU_ASSERT_EQUAL(theory_metric(&one, "hedge.rate"), 1.0);
    CU_ASSERT(isnan(theory_metric(&one, "retry.rate")));
    /* All of 40 parts, by the closed form and by the sum over how many are done. */
    CU_ASSERT_PTR_NULL(theory_fan_out(1.0, 1.0, 40, 40, &one));
    other = one;
    other.choices = 40;
    other.needed = 39;
    CU_ASSERT(theory_latency_quantile(&other, 0.99) < theory_latency_quantile(&one, 0.99));
    CU_ASSERT_DOUBLE_EQUAL(pow(-expm1(-theory_latency_quantile(&one, 0.99)), 40.0), 0.99, 1e-13);
    CU_ASSERT_PTR_NULL(theory_retry(0.25, 1, &one));
    CU_ASSERT(one.attempts == 1.0 && one.errors == 0.25);
    CU_ASSERT_PTR_NULL(theory_retry(1.0, 7, &one));
    CU_ASSERT(one.attempts == 7.0 && one.errors == 1.0);
    CU_ASSERT_PTR_NULL(theory_retry(0.0, 7, &one));
    CU_ASSERT(one.attempts == 1.0 && one.errors == 0.0);
}

/* A server that hardly ever fails, clients with all the time, one stage: M/M/1. Down for moments
 * only, a server is a slower one that is always up. */
static void test_stages_and_breakdowns(void)
{
    const double services[] = { 0.5, 1.0, 0.25 };
    struct theory_answer one, other;

    theory_mm1(0.8, 1.0, &one);
    CU_ASSERT_PTR_NULL(theory_breakdown(0.8, 1.0, 1e12, 1.0, &other));
    CU_ASSERT_DOUBLE_EQUAL(other.latency_mean, one.latency_mean, 1e-9);
    theory_mm1(0.4, 2.0, &one);
    CU_ASSERT_PTR_NULL(theory_breakdown(0.4, 1.0, 1e-7, 1e-7, &other));
    CU_ASSERT_DOUBLE_EQUAL(other.latency_mean, one.latency_mean, 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(other.utilization, 0.4, 1e-15);
    theory_mm1(0.8, 1.0, &one);
    CU_ASSERT_PTR_NULL(theory_mm1_timeout(0.8, 1.0, 1000.0, &other));
    CU_ASSERT_DOUBLE_EQUAL(other.latency_mean, one.latency_mean, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(other.latency_stddev, one.latency_stddev, 1e-12);
    CU_ASSERT_PTR_NULL(theory_mm1_timeout(0.8, 1.0, 5.0 * log(4.0), &other));
    CU_ASSERT_DOUBLE_EQUAL(other.timeouts, 0.25, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(theory_metric(&other, "goodput"), 0.6, 1e-15);
    CU_ASSERT_EQUAL(other.throughput, 0.8);
    CU_ASSERT_PTR_NULL(theory_tandem(0.8, &services[1], 1, &other));
    CU_ASSERT_DOUBLE_EQUAL(other.latency_mean, one.latency_mean, 1e-14);
    CU_ASSERT_PTR_NULL(theory_tandem(0.8, services, 3, &other));
    CU_ASSERT_DOUBLE_EQUAL(other.latency_mean, 0.5 / 0.6 + 5.0 + 0.25 / 0.8, 1e-13);
    CU_ASSERT_DOUBLE_EQUAL(theory_metric(&other, "latency.mean{stage3}"), 0.3125, 1e-15);
    CU_ASSERT(isnan(theory_latency_quantile(&other, 0.5)));
}

/* Nothing is lost between the two: shares, use and waits fit together; a third program's numbers
 * are among the known ones. */
static void test_two_servers(void)
{
    struct theory_answer one, other;

    CU_ASSERT_PTR_NULL(theory_two_servers(2.4, 0.5, 1.0, false, &one));
    CU_ASSERT_PTR_NULL(theory_two_servers(2.4, 1.0, 0.5, false, &other));
    CU_ASSERT_DOUBLE_EQUAL(one.latency_mean, other.latency_mean, 1e-11);
    CU_ASSERT_DOUBLE_EQUAL(one.extra[0].value, other.extra[1].value, 1e-12);
    CU_ASSERT(one.error < 1e-10);
    CU_ASSERT_PTR_NULL(theory_two_servers(24.0, 0.05, 0.1, false, &other));
    CU_ASSERT_DOUBLE_EQUAL(other.latency_mean * 10.0, one.latency_mean, 1e-11);
    /* Alike servers: both rules are one. */
    CU_ASSERT_PTR_NULL(theory_two_servers(1.8, 1.0, 1.0, false, &one));
    CU_ASSERT_PTR_NULL(theory_two_servers(1.8, 1.0, 1.0, true, &other));
    CU_ASSERT_DOUBLE_EQUAL(one.latency_mean, other.latency_mean, 1e-11);
    CU_ASSERT_DOUBLE_EQUAL(one.utilization, 0.9, 1e-12);
    /* Better than dealing at random, worse than one queue. */
    theory_mmc(1.8, 1.0, 2, &other);
    CU_ASSERT(one.latency_mean > other.latency_mean && one.latency_mean < 10.0);
    CU_ASSERT_PTR_NULL(theory_two_servers(1e-6, 1.0, 1.0, false, &one));
    CU_ASSERT_DOUBLE_EQUAL(one.latency_mean, 1.0, 1e-9);
    CU_ASSERT_PTR_NOT_NULL(theory_two_servers(1.999, 1.0, 1.0, false, &one));
    CU_ASSERT_PTR_NOT_NULL(theory_two_servers(2.0, 1.0, 1.0, false, &one));
}

static void test_closed_loops(void)
{
    struct theory_answer closed, open;

    theory_mmc(9.0, 1.0, 10, &open);
    CU_ASSERT_PTR_NULL(theory_closed(1e6 / 9.0, 1.0, 10, 1000000, &closed));
    CU_ASSERT_DOUBLE_EQUAL(closed.latency_mean, open.latency_mean, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(closed.wait_probability, open.wait_probability, 1e-4);
    CU_ASSERT_PTR_NULL(theory_closed(4.0, 1.0, 1, 1, &closed));
    CU_ASSERT_DOUBLE_EQUAL(closed.throughput, 0.2, 1e-15);
    CU_ASSERT_EQUAL(closed.wait_probability, 0.0);
    CU_ASSERT_PTR_NULL(theory_closed(3.0, 0.5, 3, 40, &closed));
    CU_ASSERT_DOUBLE_EQUAL(closed.latency_mean, 40.0 / closed.throughput - 3.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(closed.utilization, closed.throughput * 0.5 / 3.0, 1e-14);
}

static void test_copies(void)
{
    struct theory_answer one, other;

    theory_mm1(0.9, 1.0, &one);
    theory_redundancy_d(9.0, 1.0, 10, 1, &other);
    CU_ASSERT_DOUBLE_EQUAL(other.latency_mean, one.latency_mean, 1e-13);
    theory_redundancy_d_limit(0.9, 1.0, 1, &other);
    CU_ASSERT_EQUAL(other.latency_mean, one.latency_mean);
    theory_fork_join(0.9, 1.0, 1, &other);
    CU_ASSERT_EQUAL(other.latency_mean, one.latency_mean);
    theory_redundancy_d(9.0, 1.0, 10, 10, &other);
    CU_ASSERT_DOUBLE_EQUAL(other.latency_mean, one.latency_mean / 10.0, 1e-14);
    theory_redundancy_d(0.8e6, 1.0, 1000000, 3, &one);
    theory_redundancy_d_limit(0.8, 1.0, 3, &other);
    CU_ASSERT_DOUBLE_EQUAL(one.latency_mean, other.latency_mean, 1e-5);
    CU_ASSERT_TRUE(other.limit);
    theory_fork_join(0.5, 1.0, 2, &one);
    CU_ASSERT_FALSE(one.approximate);
    theory_fork_join(0.5, 1.0, 3, &one);
    CU_ASSERT_TRUE(one.approximate);
}

/* Ever fewer servers a balancer: nobody ever has a token. Ever more: one always. */
static void test_idle_queues(void)
{
    struct theory_answer answer;

    CU_ASSERT_PTR_NULL(theory_jiq_limit(0.9, 1.0, 1e-6, false, &answer));
    CU_ASSERT_DOUBLE_EQUAL(answer.latency_mean, 10.0, 1e-3);
    CU_ASSERT_PTR_NULL(theory_jiq_limit(0.9, 1.0, 1e4, false, &answer));
    CU_ASSERT_DOUBLE_EQUAL(answer.latency_mean, 1.0, 1e-3);
    CU_ASSERT_PTR_NULL(theory_jiq_limit(0.45, 2.0, INFINITY, false, &answer));
    CU_ASSERT_EQUAL(answer.latency_mean, 2.0);
    CU_ASSERT_PTR_NOT_NULL(theory_jiq_limit(0.5, 1.0, 0.0, false, &answer));
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
        !CU_add_test(suite, "what does not count", test_what_does_not_count) ||
        !CU_add_test(suite, "limits of patience", test_limits_of_patience) ||
        !CU_add_test(suite, "many impatient", test_many_impatient) ||
        !CU_add_test(suite, "bursts agree", test_bursts_agree) ||
        !CU_add_test(suite, "priorities conserve", test_priorities_conserve) ||
        !CU_add_test(suite, "shortest first", test_shortest_first) ||
        !CU_add_test(suite, "attempts", test_attempts) ||
        !CU_add_test(suite, "stages and breakdowns", test_stages_and_breakdowns) ||
        !CU_add_test(suite, "two servers", test_two_servers) ||
        !CU_add_test(suite, "closed loops", test_closed_loops) ||
        !CU_add_test(suite, "copies", test_copies) ||
        !CU_add_test(suite, "idle queues", test_idle_queues))
        return -1;
    return 0;
}
