/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Logs of decisions, kept of simulated runs: scenarios in which balancers meet all that may happen
 * to them, and logs that are changed. */
#ifndef TESTS_DECISION_FIXTURE_H
#define TESTS_DECISION_FIXTURE_H

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/live/decision_log.h"
#include "sim/live/decision_text.h"
#include "sim/run/plugin.h"
#include "sim/run/trial.h"
#include "sim/scenario/diagnose.h"

/* Keys; several balancers with links, zones, sessions, parts; faults and all that is done against
 * them; closed users who leave, and true loads. %s: policies. */
static const char *const decision_scenarios[] = {
    "{ \"load\": 0.8, \"clients\": { \"service\": { \"distribution\": \"exponential\", \"mean\": "
    "\"10ms\" }, \"key\": { \"distribution\": \"zipf\", \"items\": 50, \"exponent\": 1 } }, "
    "\"servers\": { \"count\": 10 }, \"run\": { \"requests\": 1000, \"warmup\": 100 }, "
    "\"policies\": [ %s ] }",

    "{ \"load\": 0.7, \"links\": { \"name\": \"lan\", "
    "\"latency\": { \"distribution\": \"exponential\", \"mean\": \"1ms\" }, \"loss\": 0.01 }, "
    "\"clients\": [ { \"name\": \"web\", \"share\": 3, \"service\": { \"distribution\": "
    "\"lognormal\", \"mean\": \"10ms\", \"scv\": 2 }, \"sessions\": { \"requests\": { "
    "\"distribution\": \"geometric\", \"mean\": 4 }, \"think\": \"20ms\" }, \"size_estimate\": { "
    "\"distribution\": \"uniform\", \"least\": 0.5, \"most\": 2 }, \"priority\": 2, \"zone\": "
    "\"east\", \"timeout\": \"2s\", \"link\": \"lan\" }, { \"name\": \"api\", \"share\": 1, "
    "\"service\": \"5ms\", \"key\": { \"distribution\": \"zipf\", \"items\": 30, \"exponent\": 1 "
    "}, \"fan_out\": { \"parts\": 3, \"need\": 2 }, \"zone\": \"west\", \"timeout\": \"2s\" } ], "
    "\"servers\": [ { \"name\": \"old\", \"count\": 3, \"speed\": 0.5, \"zone\": \"east\", "
    "\"discipline\": \"ps\" }, { \"name\": \"new\", \"count\": 2, \"cores\": 2, \"weight\": 3, "
    "\"zone\": \"west\", \"queue_limit\": 20 }, { \"name\": \"spare\", \"weight\": 2, \"link\": "
    "\"lan\", \"zone\": \"west\" } ], \"balancers\": { \"count\": 3, \"zones\": [\"east\", "
    "\"west\"], \"link\": \"lan\", \"spread\": \"random\" }, \"run\": { \"requests\": 1000, "
    "\"warmup\": 100 }, \"policies\": [ %s ] }",

    "{ \"load\": 0.8, \"clients\": { \"service\": { \"distribution\": \"exponential\", \"mean\": "
    "\"10ms\" }, \"key\": { \"distribution\": \"zipf\", \"items\": 40, \"exponent\": 1 }, "
    "\"timeout\": \"400ms\", \"retry\": { \"attempts\": 2 }, \"cancel\": { \"on_timeout\": true } "
    "}, \"servers\": [ { \"name\": \"a\", \"count\": 4, \"errors\": 0.05, \"slow_start\": { "
    "\"like\": \"envoy\", \"window\": \"300ms\" }, \"faults\": { \"state\": \"down\", \"every\": { "
    "\"distribution\": \"exponential\", \"mean\": \"1s\" }, \"lasts\": \"100ms\" } }, { \"name\": "
    "\"b\", \"count\": 3, \"weight\": 2, \"cores\": 2, \"warm_up\": { \"from\": 0.3, \"over\": "
    "\"200ms\" } } ], \"balancers\": { \"name\": \"lb\", \"count\": 2, \"on_none\": \"queue\", "
    "\"attempts\": { \"timeout\": \"200ms\", \"retry\": { \"attempts\": 3, \"exclude_tried\": "
    "true }, \"hedge\": { \"after\": \"30ms\", \"most\": 2 } }, \"queue\": { \"limit\": 50, "
    "\"time_limit\": \"200ms\" }, \"health\": { \"interval\": \"20ms\", \"timeout\": \"10ms\", "
    "\"rise\": 2, \"fall\": 2 }, \"outlier\": { \"like\": \"envoy\", \"consecutive\": 3, "
    "\"ejection\": \"100ms\" }, \"limits\": { \"in_flight\": 60, \"per_server\": 4 }, "
    "\"breaker\": { \"errors\": 0.5, \"window\": \"200ms\", \"open\": \"50ms\", "
    "\"least_requests\": 10 }, \"panic\": 0.3 }, \"timeline\": [ { \"at\": \"0.5s\", \"server\": "
    "\"b[0]\", \"weight\": 0, \"until\": \"0.8s\" }, { \"at\": \"0.6s\", \"server\": \"b\", "
    "\"count\": 5 }, { \"at\": \"0.7s\", \"server\": \"a[1]\", \"state\": \"drain\", \"until\": "
    "\"0.9s\" }, { \"at\": \"0.9s\", \"server\": \"a[0..2]\", \"state\": \"down\", \"until\": "
    "\"1.1s\" }, { \"at\": \"1.2s\", \"balancer\": \"lb[1]\", \"state\": \"down\", \"until\": "
    "\"1.3s\" }, { \"at\": \"1.4s\", \"server\": \"a\", \"speed\": 0.5, \"weight\": 3 } ], "
    "\"run\": { \"requests\": 1500, \"warmup\": 100 }, \"policies\": [ %s ] }",

    "{ \"clients\": { \"arrivals\": { \"process\": \"closed\", \"population\": 12, \"think\": { "
    "\"distribution\": \"exponential\", \"mean\": \"20ms\" } }, \"service\": { \"distribution\": "
    "\"exponential\", \"mean\": \"10ms\" }, \"patience\": \"100ms\" }, \"servers\": { \"count\": "
    "3, \"cores\": 2 }, \"balancers\": { \"information\": { \"kind\": \"fresh\" } }, \"run\": { "
    "\"requests\": "
    "1000, \"warmup\": 100 }, \"policies\": [ %s ] }",
};
enum { DECISION_SCENARIOS = 4 };

struct decision_log_kept {
    struct scenario *scenario;
    char *text;
    size_t length;
    struct outcome with, without; /* the log */
};

/* A scenario with one policy, as JSON; or NULL with what was said, unless it may be refused. */
static inline struct scenario *decision_scenario(const struct policy_source *source, uint32_t i,
                                                 const char *policy, bool refusable)
{
    struct scenario_request request = { .policies = source };
    struct diagnostics *said = diagnostics_open();
    struct scenario *s;
    char text[8192];

    snprintf(text, sizeof text, decision_scenarios[i], policy);
    s = scenario_read("test", text, strlen(text), &request, said);
    if (!s && !refusable)
        diagnostics_print(said, stdout, 0);
    diagnostics_close(said);
    return s;
}

static inline int decision_trial(const struct scenario *s, const struct policy_spec *policy,
                                 struct outcome *out)
{
    struct scenario own = *s;
    struct policy_spec spec = *policy;
    struct trial trial = { .scenario = &own, .warmup = s->run.warmup_count, .ahead = UINT32_MAX };
    struct metrics metrics;
    int failed = metrics_open(&metrics, NULL, 0);

    own.policies = &spec;
    own.policies_n = 1;
    if (!failed)
        failed = trial_run(&trial, &metrics, out);
    metrics_close(&metrics);
    return failed;
}

/* Runs it without a log and with one. 0, or -1: it is not to be run so. */
static inline int decision_keep(struct scenario *s, const struct policy_spec *policy,
                                struct decision_log_kept *k)
{
    struct decision_log *log;
    FILE *file;
    int failed = decision_trial(s, policy, &k->without);

    k->scenario = s;
    k->text = NULL;
    memset(&k->with, 0, sizeof k->with);
    if (failed)
        return -1;
    file = open_memstream(&k->text, &k->length);
    log = decision_log_open(policy, file);
    CU_ASSERT_PTR_NOT_NULL_FATAL(log);
    CU_ASSERT_EQUAL(decision_trial(s, decision_log_policy(log), &k->with), 0);
    CU_ASSERT_EQUAL(decision_log_close(log), 0);
    fclose(file);
    return 0;
}

static inline void decision_kept_end(struct decision_log_kept *k)
{
    outcome_close(&k->with);
    outcome_close(&k->without);
    scenario_close(k->scenario);
    free(k->text);
}

static inline int decision_play(const struct policy_spec *policy, const char *text, size_t length,
                                struct replayed *out)
{
    FILE *file = fmemopen((void *)(uintptr_t)text, length, "r");
    int failed = decision_replay(policy, file, out);

    fclose(file);
    return failed;
}

/* ---- Changing a log: its lines, and checksums that fit again. */

static inline char *decision_sealed(const char *text, size_t *length)
{
    char *out = NULL;
    FILE *file = open_memstream(&out, length);
    uint64_t number = 0;

    while (*text) {
        size_t n = strcspn(text, "\n"), body = n;

        while (body > 0 && text[body] != '~')
            body--;
        body = body ? body - 1 : n;
        fprintf(file, "%.*s ~%08x\n", (int)body, text, decision_sum(text, body, ++number));
        text += n + (text[n] == '\n');
    }
    fclose(file);
    return out;
}

#endif
