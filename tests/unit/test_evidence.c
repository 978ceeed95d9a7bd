/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Evidence out of real trials, run in this process. Fixed seeds; no test can fail by chance. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/run/evidence.h"
#include "sim/run/plugin.h"
#include "sim/scenario/claim.h"
#include "sim/scenario/diagnose.h"

int suite_evidence(void);

/* Latencies of M/M/1 are exponential, of mean 10 ms / 0.3: 0.0005 of their 99 % quantile. */
#define FASTER (-0.0005 * 0.01 / 0.3 * log(100))

/* An experiment whose points are given more replications once. */
struct trials {
    struct plugins *plugins;
    struct policy_source source;
    struct diagnostics *said;
    struct study *study;
    struct experiment e;
    uint32_t extended; /* this point, UINT32_MAX: all */
    struct interval before, after;
};

static int pool(const struct crew *crew)
{
    const struct task_signs signs = { NULL, NULL };
    struct crew_task task;
    int stop = 0;

    while (!stop && crew->next(crew->context, &task) == CREW_TASK) {
        size_t n = 0;
        void *result = crew->work(crew->context, &task, &signs, &n);

        stop = crew->take(crew->context, &task, result, n, NULL);
        free(result);
    }
    return stop;
}

static const char *unit(const char *name)
{
    (void)name;
    return "s";
}

/* The second contender less the first. */
static struct interval difference(struct trials *t)
{
    struct evidence evidence = evidence_of(&t->e);
    struct judgement j;
    bool wanted[2];

    CU_ASSERT_FATAL(judge(&evidence, &t->study->claims[0], 1, &j, wanted));
    CU_ASSERT_EQUAL(j.cases, 1);
    return j.measured;
}

static bool decide(void *context, struct experiment *e)
{
    struct trials *t = context;
    uint32_t i;

    if (e->points[0].replications > 20 || e->points[1].replications > 20)
        return false;
    t->before = difference(t);
    for (i = 0; i < 2; i++)
        if (t->extended == i || t->extended == UINT32_MAX)
            CU_ASSERT_EQUAL(experiment_extend(e, i, 40), 0);
    return true;
}

/* One server, the second time faster by 1.0005: all times are shorter by as much. */
static void run_trials(struct trials *t, uint32_t requests, uint32_t extended)
{
    struct scenario_request request = { .policies = &t->source, .metric_unit = unit };
    static const char claim[] = "[{\"difference\": [{\"at\": {\"servers.speed\": 1.0005}}, "
                                "{\"at\": {\"servers.speed\": 1}}], \"by\": \"latency.p99\", "
                                "\"max\": 0}]";
    char text[500];

    *t = (struct trials) { .plugins = plugins_open(),
                           .said = diagnostics_open(),
                           .extended = extended };
    t->source = plugins_source(t->plugins);
    snprintf(text, sizeof text,
             "{ \"load\": 0.7, \"clients\": { \"service\": { \"distribution\": \"exponential\", "
             "\"mean\": \"10ms\" } }, \"servers\": { \"name\": \"app\" }, \"policies\": "
             "\"random\", \"run\": { \"requests\": %u, \"warmup\": 100, \"replications\": 20 }, "
             "\"sweep\": { \"servers[app].speed\": [1, 1.0005] } }",
             requests);
    t->study = study_read("t.json", text, strlen(text), &request, t->said);
    if (!t->study)
        diagnostics_print(t->said, stderr, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(t->study);
    CU_ASSERT_FATAL(claims_of_text(t->study, "c.json", claim, strlen(claim), &request, t->said));
    CU_ASSERT_EQUAL_FATAL(experiment_open(&t->e, t->study), 0);
    t->e.pool = pool;
    t->e.decide = decide;
    t->e.context = t;
    CU_ASSERT_EQUAL(experiment_run(&t->e), 0);
    t->after = difference(t);
    experiment_close(&t->e);
    study_close(t->study);
    diagnostics_close(t->said);
    plugins_close(t->plugins);
}

/* Whichever contender has more replications, what is compared are those that both have. */
static void one_longer(uint32_t requests, enum interval_method method)
{
    struct trials t;
    uint32_t i;

    for (i = 0; i < 2; i++) {
        double half;

        run_trials(&t, requests, i);
        half = t.before.high - t.before.value;
        CU_ASSERT_EQUAL(t.before.method, method);
        CU_ASSERT(t.after.low < FASTER && t.after.high > FASTER);
        CU_ASSERT(t.after.n == 20 && t.before.n == 20);
        CU_ASSERT(fabs(t.after.value - t.before.value) < half);
        CU_ASSERT_DOUBLE_EQUAL((t.after.high - t.after.value) / half, 1, 0.5);
    }
}

static void test_sectioned(void)
{
    one_longer(2000, INTERVAL_SECTIONING);
}

static void test_t(void)
{
    one_longer(15000, INTERVAL_T);
}

/* Both longer: all their data count. */
static void test_both(void)
{
    struct trials t;

    run_trials(&t, 2000, UINT32_MAX);
    CU_ASSERT(t.before.n == 20 && t.after.n == 40);
    CU_ASSERT(t.after.low < FASTER && t.after.high > FASTER);
}

int suite_evidence(void)
{
    CU_pSuite s = CU_add_suite("evidence", NULL, NULL);

    return !s || !CU_add_test(s, "one longer, sectioned", test_sectioned) ||
           !CU_add_test(s, "one longer, t", test_t) || !CU_add_test(s, "both longer", test_both);
}
