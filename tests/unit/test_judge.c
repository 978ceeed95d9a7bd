/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Judging with made-up numbers: replication r of a contender has its mean plus the noise of r,
 * +-noise in turn, the same for all (so that pairs cancel), plus its own, +-own in another order.
 */
#include <math.h>

#include "sim/run/estimate.h"
#include "tests/unit/study_fixture.h"

int suite_judge(void);

static const char base[] =
    "{ \"load\": 0.5, \"clients\": { \"service\": \"10ms\" }, \"servers\": { \"name\": \"app\" },\n"
    "  \"policies\": [ \"plain\", \"many\", \"jsq\" ],\n"
    "  \"run\": { \"windows\": { \"every\": \"1s\", \"metrics\": [ \"latency.mean\", \"goodput\" ] "
    "} } }";

enum { PLAIN, MANY, JSQ, POLICIES };

struct numbers {
    struct made_study *made;
    double mean[FIXTURE_MOST], noise, own;
    uint32_t n, replications[FIXTURE_MOST];
    double window[32], window_noise; /* mean of each window of a second */
    bool largest;
    const char *hopeless, *code;
    lb_time settled, end;
    bool wanted[FIXTURE_MOST];
    uint32_t look;
};

static uint32_t count(void *context, uint32_t contender)
{
    const struct numbers *n = context;

    return n->replications[contender] ? n->replications[contender] : n->n;
}

static double window_mean(const struct numbers *n, const struct window *w)
{
    const uint32_t from = (uint32_t)(w->from / 1000000000), to = (uint32_t)(w->to / 1000000000);
    double sum = 0;
    uint32_t i;

    for (i = from; i < to; i++)
        sum += n->window[i];
    return sum / (to - from);
}

static bool estimate(void *context, uint32_t contender, const char *metric, const struct window *w,
                     uint32_t n, struct estimate *out)
{
    struct numbers *numbers = context;
    const double middle = w ? window_mean(numbers, w) : numbers->mean[contender];
    const double noise = w ? numbers->window_noise : numbers->noise;
    double *values = malloc(n * sizeof *values);
    uint32_t r;

    (void)metric;
    *out = (struct estimate) { .deviation = NULL,
                               .hopeless = numbers->hopeless,
                               .exact = numbers->largest };
    for (r = 0; r < n; r++)
        values[r] = middle + (r & 1 ? -noise : noise) +
                    (w ? 0 : ((r + contender) & 2 ? -1 : 1) * numbers->own);
    out->at = interval_t(values, n, 0.95);
    for (r = 0; r < n; r++)
        values[r] -= out->at.value;
    if (out->at.why)
        free(values);
    else
        out->deviation = values;
    return true;
}

static bool is_warned(void *context, uint32_t contender, const char *code)
{
    const struct numbers *n = context;

    return n->code && contender != JSQ && !strcmp(n->code, code);
}

static lb_time settled(void *context, uint32_t contender)
{
    (void)contender;
    return ((struct numbers *)context)->settled;
}

static lb_time ending(void *context, uint32_t contender)
{
    (void)contender;
    return ((struct numbers *)context)->end;
}

/* The verdict on a text's only claim. */
static struct judgement judged(struct numbers *n, const char *text)
{
    const struct evidence evidence = { .context = n,
                                       .study = &n->made->study,
                                       .look = n->look,
                                       .replications = count,
                                       .estimate = estimate,
                                       .warned = is_warned,
                                       .settled = settled,
                                       .end = ending };
    struct judgement out = { .verdict = VERDICT_FAIL };
    char *shown;

    if (!made_claims(n->made, text, false, &shown))
        fprintf(stderr, "%s: %s\n", text, shown);
    else {
        memset(n->wanted, 0, sizeof n->wanted);
        judge(&evidence, &n->made->study.claims[0], judge_family(&n->made->study), &out, n->wanted);
    }
    free(shown);
    return out;
}

static bool is_about(const struct numbers *n, const struct judgement *j, const char *wanted)
{
    char *where = judge_where(&n->made->study, j);
    const bool same = where && !strcmp(where, wanted);

    free(where);
    return same;
}

static enum verdict verdict(struct numbers *n, const char *text)
{
    return judged(n, text).verdict;
}

/* Three policies at one point: 10, 20 and 30 ms, 20 replications, se 1/sqrt(19) ms with noise 1. */
static struct numbers three(void)
{
    struct numbers n = { .made = made_open(base), .n = 20, .noise = 0.001 };

    made_cells(n.made);
    n.mean[PLAIN] = 0.03;
    n.mean[MANY] = 0.02;
    n.mean[JSQ] = 0.01;
    n.end = 20000000000;
    return n;
}

static void test_tolerance(void)
{
    struct numbers n = three();
    struct judgement j;

    CU_ASSERT_EQUAL(verdict(&n, "[{'metric': 'latency.mean', 'policy': 'plain', 'value': '30ms',"
                                " 'tolerance': 0.05}]"),
                    VERDICT_PASS); /* 30 +- 0.48 */
    CU_ASSERT_EQUAL(verdict(&n, "[{'metric': 'latency.mean', 'policy': 'plain', 'value': '30ms',"
                                " 'tolerance': 0.01}]"),
                    VERDICT_UNDECIDED);
    CU_ASSERT(n.wanted[PLAIN] && !n.wanted[MANY] && !n.wanted[JSQ]);
    j = judged(&n, "[{'metric': 'latency.mean', 'policy': 'plain', 'value': '20ms',"
                   " 'tolerance': 0.4}]");
    CU_ASSERT_EQUAL(j.verdict, VERDICT_FAIL);
    CU_ASSERT(!n.wanted[PLAIN] && j.cases == 1);
    CU_ASSERT(is_about(&n, &j, "plain"));
    CU_ASSERT_DOUBLE_EQUAL(j.measured.high - j.measured.value, 0.001 * 2.093024 / sqrt(19), 1e-9);
    n.n = 9;
    CU_ASSERT_EQUAL(verdict(&n, "[{'metric': 'latency.mean', 'policy': 'plain', 'value': '30ms',"
                                " 'tolerance': 0.5}]"),
                    VERDICT_UNDECIDED);
    made_close(n.made);
}

static void test_bounds(void)
{
    struct numbers n = three();

    CU_ASSERT_EQUAL(verdict(&n, "[{'metric': 'latency.mean', 'min': '9ms', 'max': '31ms'}]"),
                    VERDICT_PASS);
    CU_ASSERT_EQUAL(verdict(&n, "[{'metric': 'latency.mean', 'max': '30.1ms'}]"),
                    VERDICT_UNDECIDED);
    CU_ASSERT(n.wanted[PLAIN] && !n.wanted[MANY]); /* the others are decided */
    CU_ASSERT_EQUAL(verdict(&n, "[{'metric': 'latency.mean', 'max': '25ms'}]"), VERDICT_FAIL);
    CU_ASSERT_EQUAL(verdict(&n, "[{'metric': 'latency.mean', 'min': '11ms'}]"), VERDICT_FAIL);
    CU_ASSERT_EQUAL(verdict(&n, "[{'metric': 'latency.mean', 'min': '10ms'}]"), VERDICT_UNDECIDED);
    n.largest = true; /* of a maximum all that is known was seen */
    n.n = 3;
    CU_ASSERT_EQUAL(verdict(&n, "[{'metric': 'queue.max', 'max': 0.0304}]"), VERDICT_PASS);
    CU_ASSERT_EQUAL(verdict(&n, "[{'metric': 'queue.max', 'max': 0.03}]"), VERDICT_FAIL);
    made_close(n.made);
}

static void test_ci(void)
{
    static const char near_one[] = "[{'metric': 'latency.mean', 'policy': 'plain',"
                                   " 'value': '30.5ms', 'tolerance': 'ci'}]";
    static const char near_two[] = "[{'metric': 'latency.mean', 'policy': 'plain',"
                                   " 'value': '30.5ms', 'tolerance': 'ci'},"
                                   "{'metric': 'latency.mean', 'value': 1, 'tolerance': 'ci'}]";
    struct numbers n = three();

    CU_ASSERT_EQUAL(verdict(&n, near_one), VERDICT_FAIL); /* beyond 0.48 */
    CU_ASSERT(!n.wanted[PLAIN]);
    CU_ASSERT_EQUAL(verdict(&n, near_two), VERDICT_PASS); /* 4 comparisons: 0.63 */
    CU_ASSERT_EQUAL(judge_family(&n.made->study), 4);
    CU_ASSERT_EQUAL(verdict(&n, "[{'metric': 'latency.mean', 'policy': 'plain',"
                                " 'value': '30.4ms', 'tolerance': 'ci'}]"),
                    VERDICT_PASS);
    n.n = 5;
    CU_ASSERT_EQUAL(verdict(&n, near_one), VERDICT_UNDECIDED);
    CU_ASSERT(n.wanted[PLAIN]);
    n.n = 20;
    n.noise = 0; /* no spread at all: the value itself */
    CU_ASSERT_EQUAL(verdict(&n, "[{'metric': 'latency.mean', 'policy': 'plain', 'value': '30ms',"
                                " 'tolerance': 'ci'}]"),
                    VERDICT_PASS);
    made_close(n.made);
}

static void test_error(void)
{
    struct numbers n = three();

    CU_ASSERT_EQUAL(verdict(&n, "[{'metric': 'latency.mean', 'policy': 'plain', 'value': '31ms',"
                                " 'error': '0.9ms'}]"), /* hypot(0.48, 0.9) = 1.02 */
                    VERDICT_PASS);
    CU_ASSERT_EQUAL(verdict(&n, "[{'metric': 'latency.mean', 'policy': 'plain', 'value': '31ms',"
                                " 'error': '0.8ms'}]"),
                    VERDICT_FAIL);
    made_close(n.made);
}

static void test_order(void)
{
    static const char right[] = "[{'order': ['jsq', 'many', 'plain'], 'by': 'latency.mean'}]";
    struct numbers n = three();
    struct judgement j;

    n.noise = 1; /* common to all: pairs do not feel it */
    n.own = 0.001;
    CU_ASSERT_EQUAL(verdict(&n, right), VERDICT_PASS);
    j = judged(&n, "[{'order': ['jsq', 'plain', 'many'], 'by': 'latency.mean'}]");
    CU_ASSERT_EQUAL(j.verdict, VERDICT_FAIL);
    CU_ASSERT(is_about(&n, &j, "plain, many"));
    n.mean[MANY] = 0.0299;
    CU_ASSERT_EQUAL(verdict(&n, right), VERDICT_UNDECIDED);
    CU_ASSERT(n.wanted[PLAIN] && n.wanted[MANY] && !n.wanted[JSQ]);
    CU_ASSERT_EQUAL(verdict(&n, "[{'order': ['plain', 'jsq'], 'by': 'goodput'}]"), VERDICT_PASS);
    j = judged(&n, "[{'order': ['plain', 'jsq'], 'by': 'utilization.mean'}]");
    CU_ASSERT(j.verdict == VERDICT_UNDECIDED && j.hopeless && !n.wanted[PLAIN]);
    n.replications[JSQ] = 12; /* the others have 20: the first 12 make pairs */
    CU_ASSERT_EQUAL(verdict(&n, "[{'order': ['jsq', 'plain'], 'by': 'latency.mean'}]"),
                    VERDICT_PASS);
    n.replications[JSQ] = 8;
    CU_ASSERT_EQUAL(verdict(&n, "[{'order': ['jsq', 'plain'], 'by': 'latency.mean'}]"),
                    VERDICT_UNDECIDED);
    made_close(n.made);
}

static void test_ratio(void)
{
    struct numbers n = three();
    struct judgement j;

    n.noise = 0.0001;
    j = judged(&n, "[{'ratio': ['plain', 'jsq'], 'by': 'latency.mean', 'value': 3,"
                   " 'tolerance': 0.02}]");
    CU_ASSERT_EQUAL(j.verdict, VERDICT_PASS);
    /* by the delta method z = noise (1 - 3) / 10 ms = 0.02: +-0.02 t / sqrt(19) */
    CU_ASSERT_DOUBLE_EQUAL(j.measured.high - j.measured.value, 0.02 * 2.093024 / sqrt(19), 1e-8);
    CU_ASSERT_EQUAL(verdict(&n, "[{'ratio': ['plain', 'jsq'], 'by': 'latency.mean', 'max': 2.9}]"),
                    VERDICT_FAIL);
    CU_ASSERT_EQUAL(verdict(&n, "[{'ratio': ['plain', 'jsq'], 'by': 'latency.mean', 'max': 3}]"),
                    VERDICT_UNDECIDED);
    CU_ASSERT_EQUAL(verdict(&n, "[{'ratio': ['plain', 'jsq'], 'by': 'latency.mean',"
                                " 'value': 3.005, 'tolerance': 'ci'}]"),
                    VERDICT_PASS);
    CU_ASSERT_EQUAL(verdict(&n, "[{'difference': ['plain', 'jsq'], 'by': 'latency.mean',"
                                " 'value': '20ms', 'tolerance': 0.0001}]"),
                    VERDICT_PASS); /* the noise is common */
    CU_ASSERT_EQUAL(verdict(&n, "[{'difference': ['jsq', 'plain'], 'by': 'latency.mean',"
                                " 'min': '1ms'}]"),
                    VERDICT_FAIL);
    n.mean[JSQ] = 0.00001;
    n.noise = 0.001;
    j = judged(&n, "[{'ratio': ['plain', 'jsq'], 'by': 'latency.mean', 'min': 1}]");
    CU_ASSERT_EQUAL(j.verdict, VERDICT_UNDECIDED);
    CU_ASSERT_STRING_EQUAL(j.why, "what it is divided by may be 0");
    made_close(n.made);
}

/* At seeds of their own, contenders are not paired. */
static void test_welch(void)
{
    struct numbers n = three();
    struct scenario other = *n.made->reading.scenario;

    n.noise = 0.02;
    CU_ASSERT_EQUAL(verdict(&n, "[{'order': ['jsq', 'many'], 'by': 'latency.mean'}]"),
                    VERDICT_PASS);
    other.run.seed = 99;
    n.made->contender[JSQ].scenario = &other;
    CU_ASSERT_EQUAL(verdict(&n, "[{'order': ['jsq', 'many'], 'by': 'latency.mean'}]"),
                    VERDICT_UNDECIDED);
    made_close(n.made);
}

static void test_hopeless(void)
{
    struct numbers n = three();
    struct judgement j;

    n.hopeless = "no mean exists";
    j = judged(&n, "[{'metric': 'latency.mean', 'value': '30ms', 'tolerance': 0.5}]");
    CU_ASSERT(j.verdict == VERDICT_UNDECIDED && j.hopeless);
    CU_ASSERT_STRING_EQUAL(j.why, "no mean exists");
    CU_ASSERT(!n.wanted[PLAIN] && !n.wanted[MANY] && !n.wanted[JSQ]);
    made_close(n.made);
}

static void test_warnings(void)
{
    struct numbers n = three();

    n.code = "unstable"; /* of all but jsq */
    CU_ASSERT_EQUAL(verdict(&n, "[{'warning': 'unstable', 'policy': 'many'}]"), VERDICT_PASS);
    CU_ASSERT_EQUAL(verdict(&n, "[{'warning': 'unstable'}]"), VERDICT_FAIL);
    CU_ASSERT_EQUAL(verdict(&n, "[{'warning': 'heavy_tail', 'absent': true}]"), VERDICT_PASS);
    CU_ASSERT_EQUAL(verdict(&n, "[{'warning': 'unstable', 'absent': true}]"), VERDICT_FAIL);
    made_close(n.made);
}

static const double loads[] = { 0.5, 0.7, 0.9 }, counts[] = { 1, 10 };

/* Contender (load, count, policy) has the index (2 load + count) 3 + policy. */
static struct numbers swept(void)
{
    struct numbers n = { .made = made_open(base), .n = 20, .noise = 1, .own = 0.001 };
    uint32_t i;

    made_axis(n.made, 0, "load", loads, 3);
    made_axis(n.made, 1, "servers[app].count", counts, 2);
    made_cells(n.made);
    for (i = 0; i < 18; i++) /* plain rises steeply with load, jsq slowly */
        n.mean[i] = i % 3 == PLAIN ? 0.01 * (i / 6 + 1) : 0.015 + 0.004 * (i / 6);
    return n;
}

static void test_monotone(void)
{
    static const char rises[] =
        "[{'monotone': 'latency.mean', 'along': 'load', 'direction': 'increasing'}]";
    static const char falls[] = "[{'monotone': 'latency.mean', 'along': 'load',"
                                " 'direction': 'decreasing', 'policy': 'jsq'}]";
    struct numbers n = swept();
    struct judgement j = judged(&n, rises);

    CU_ASSERT_EQUAL(j.verdict, VERDICT_PASS);
    CU_ASSERT_EQUAL(j.cases, 12); /* 2 steps, 3 policies, 2 counts */
    CU_ASSERT_EQUAL(verdict(&n, falls), VERDICT_FAIL);
    n.mean[14] = n.mean[8]; /* jsq, load 0.7 and 0.9, count 1 */
    CU_ASSERT_EQUAL(verdict(&n, rises), VERDICT_UNDECIDED);
    CU_ASSERT(n.wanted[14] && n.wanted[8] && !n.wanted[2] && !n.wanted[17]);
    made_close(n.made);
}

static void test_crossing(void)
{
    static const char text[] = "[{'crossing': ['plain', 'jsq'], 'by': 'latency.mean',"
                               " 'along': 'load', 'between': [0.5, 0.75],"
                               " 'at': {'servers.count': 10}}]";
    struct numbers n = swept();

    CU_ASSERT_EQUAL(verdict(&n, text), VERDICT_PASS); /* 10 < 15 ms at 0.5, 30 > 23 at 0.9 */
    n.mean[5] = 0.005;                                /* jsq at 0.5, count 10: better already */
    CU_ASSERT_EQUAL(verdict(&n, text), VERDICT_FAIL);
    n.mean[5] = n.mean[3];
    CU_ASSERT_EQUAL(verdict(&n, text), VERDICT_UNDECIDED);
    CU_ASSERT(n.wanted[5] && n.wanted[3] && !n.wanted[15] && !n.wanted[17]);
    made_close(n.made);
}

static void test_points(void)
{
    struct numbers n = swept();
    struct judgement j = judged(&n, "[{'ratio': [{'policy': 'plain', 'at': {'load': 0.9}},"
                                    " {'policy': 'plain', 'at': {'load': 0.5}}],"
                                    " 'by': 'latency.mean', 'min': 1}]");

    CU_ASSERT_EQUAL(j.cases, 2); /* counts */
    j = judged(&n, "[{'difference': [{'at': {'load': 0.9}}, {'at': {'load': 0.5}}],"
                   " 'by': 'latency.mean', 'min': '5ms'}]");
    CU_ASSERT(j.verdict == VERDICT_PASS && j.cases == 6); /* counts, policies */
    j = judged(&n, "[{'metric': 'latency.mean', 'max': 100}]");
    CU_ASSERT_EQUAL(j.cases, 18);
    j = judged(&n, "[{'order': ['jsq', 'plain'], 'by': 'latency.mean', 'at': {'load': 0.9}}]");
    CU_ASSERT(j.verdict == VERDICT_PASS && j.cases == 2);
    made_close(n.made);
}

/* A sweep with holes: load 0.5 with count 10 alone, 0.9 with count 1 alone. What is compared
 * nowhere does not hold. */
static void test_nowhere(void)
{
    struct numbers n = swept();
    struct judgement j;

    n.made->at[0][1] = n.made->place[1][1];
    n.made->at[5][1] = n.made->place[1][0];
    j = judged(&n, "[{'order': [{'policy': 'plain', 'at': {'load': 0.5}},"
                   " {'policy': 'plain', 'at': {'load': 0.9}}], 'by': 'latency.mean'}]");
    CU_ASSERT(j.verdict == VERDICT_UNDECIDED && j.hopeless && j.cases == 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(j.why, "no points to compare"));
    made_close(n.made);
}

/* Each later look is twice as strict. */
static void test_looks(void)
{
    struct numbers n = three();
    struct judgement j;

    n.look = 3;
    j = judged(&n, "[{'metric': 'latency.mean', 'policy': 'plain', 'max': 1}]");
    CU_ASSERT_DOUBLE_EQUAL(j.measured.high - j.measured.value,
                           0.001 / sqrt(19) * interval_t_quantile(1 - 0.05 / 8, 19), 1e-12);
    made_close(n.made);
}

/* Each point is judged at its own confidence; two of them at the higher one. */
static void test_confidence(void)
{
    struct numbers n = { .made = made_open(base), .n = 20, .noise = 0.001 };
    struct scenario sure = *n.made->reading.scenario;
    const double half = 0.001 / sqrt(19);
    struct judgement j;
    uint32_t i;

    made_axis(n.made, 0, "load", (const double[]) { 0.5, 0.9 }, 2);
    made_cells(n.made);
    sure.run.confidence = 0.99;
    for (i = 3; i < 6; i++)
        n.made->contender[i].scenario = &sure;
    for (i = 0; i < 6; i++)
        n.mean[i] = 0.01;
    j = judged(&n,
               "[{'metric': 'latency.mean', 'policy': 'plain', 'max': 1, 'at': {'load': 0.5}}]");
    CU_ASSERT_DOUBLE_EQUAL(j.measured.high - 0.01, half * interval_t_quantile(0.95, 19), 1e-12);
    j = judged(&n,
               "[{'metric': 'latency.mean', 'policy': 'plain', 'max': 1, 'at': {'load': 0.9}}]");
    CU_ASSERT_DOUBLE_EQUAL(j.measured.high - 0.01, half * interval_t_quantile(0.99, 19), 1e-12);
    j = judged(&n, "[{'difference': [{'policy': 'plain', 'at': {'load': 0.5}}, {'policy': 'plain',"
                   " 'at': {'load': 0.9}}], 'by': 'latency.mean', 'max': 1}]");
    CU_ASSERT_DOUBLE_EQUAL(j.measured.confidence, 0.99, 1e-12);
    made_close(n.made);
}

/* 10 ms until 5 s, 100 until 8, then 40, 15, 11, 10 ... */
static void test_recovery(void)
{
    static const char text[] =
        "[{'metric': 'recovery.time', 'of': 'latency.mean', 'after': '8s', 'level': 1.2,"
        " 'relative_to': {'from': 1, 'to': 5}, 'policy': 'jsq', 'max': '%gs'}]";
    struct numbers n = three();
    struct judgement j;
    char claim[300];
    uint32_t i;

    for (i = 0; i < 32; i++)
        n.window[i] = i < 5 ? 0.01 : i < 8 ? 0.1 : i == 8 ? 0.04 : i == 9 ? 0.015 : 0.011;
    n.window_noise = 1e-5;
    snprintf(claim, sizeof claim, text, 3.0);
    j = judged(&n, claim);
    CU_ASSERT(j.verdict == VERDICT_PASS && j.measured.value == 3 && j.measured.high == 3);
    snprintf(claim, sizeof claim, text, 2.5);
    CU_ASSERT_EQUAL(verdict(&n, claim), VERDICT_FAIL);
    n.window[18] = 0.0121; /* a bump: is it above 12 ms? */
    n.window_noise = 1e-3;
    snprintf(claim, sizeof claim, text, 8.0);
    j = judged(&n, claim);
    CU_ASSERT(j.verdict == VERDICT_UNDECIDED && j.measured.value == 12 && j.measured.low == 3);
    n.window_noise = 1e-5;
    n.window[18] = 0.011;
    n.window[19] = 0.1; /* at the end of the run it is not recovered */
    j = judged(&n, claim);
    CU_ASSERT(j.verdict == VERDICT_FAIL && isinf(j.measured.value));
    n.end = 8500000000;
    j = judged(&n, claim);
    CU_ASSERT(j.verdict == VERDICT_UNDECIDED && j.hopeless);
    made_close(n.made);
}

/* A window without an interval (here: a mean of nothing) may be anything. */
static void test_untold(void)
{
    static const char text[] =
        "[{'metric': 'recovery.time', 'of': 'latency.mean', 'after': '8s', 'level': 1.2,"
        " 'relative_to': {'from': 1, 'to': 5}, 'policy': 'jsq', %s}]";
    struct numbers n = three();
    struct judgement j;
    char claim[300];
    uint32_t i;

    for (i = 0; i < 32; i++)
        n.window[i] = i < 8 ? 0.01 : i < 10 ? 0.04 : 0.011;
    n.window_noise = 1e-5;
    n.window[8] = NAN; /* before one that is not normal: it does not matter */
    snprintf(claim, sizeof claim, text, "'max': '3s', 'min': '3s'");
    CU_ASSERT_EQUAL(verdict(&n, claim), VERDICT_PASS);
    n.window[19] = NAN; /* the last one */
    snprintf(claim, sizeof claim, text, "'max': '8s'");
    j = judged(&n, claim);
    CU_ASSERT(j.verdict == VERDICT_UNDECIDED && !j.hopeless && n.wanted[JSQ]);
    CU_ASSERT(j.measured.low == 3 && isinf(j.measured.high));
    CU_ASSERT_STRING_EQUAL(j.why, "it may be above max: 2 of 12 windows have no interval (at least "
                                  "one replication has no such value)");
    snprintf(claim, sizeof claim, text, "'min': '1000s'");
    CU_ASSERT_EQUAL(verdict(&n, claim), VERDICT_UNDECIDED);
    snprintf(claim, sizeof claim, text, "'value': '3s', 'tolerance': 0.1");
    CU_ASSERT_EQUAL(verdict(&n, claim), VERDICT_UNDECIDED);
    snprintf(claim, sizeof claim, text, "'max': '2s'");
    CU_ASSERT_EQUAL(verdict(&n, claim), VERDICT_FAIL); /* window 9 has an interval */
    made_close(n.made);
}

int suite_judge(void)
{
    CU_pSuite s = CU_add_suite("judge", NULL, NULL);

    return !s || !CU_add_test(s, "tolerance", test_tolerance) ||
           !CU_add_test(s, "min and max", test_bounds) || !CU_add_test(s, "ci", test_ci) ||
           !CU_add_test(s, "error", test_error) || !CU_add_test(s, "order", test_order) ||
           !CU_add_test(s, "ratio and difference", test_ratio) ||
           !CU_add_test(s, "unpaired", test_welch) || !CU_add_test(s, "hopeless", test_hopeless) ||
           !CU_add_test(s, "nowhere", test_nowhere) || !CU_add_test(s, "warnings", test_warnings) ||
           !CU_add_test(s, "monotone", test_monotone) ||
           !CU_add_test(s, "crossing", test_crossing) || !CU_add_test(s, "points", test_points) ||
           !CU_add_test(s, "looks", test_looks) || !CU_add_test(s, "confidence", test_confidence) ||
           !CU_add_test(s, "recovery", test_recovery) ||
           !CU_add_test(s, "recovery, not all told", test_untold);
}
