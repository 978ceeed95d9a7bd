/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Verdicts by hand; validations of runs that are made up. */
#include <math.h>

#include "sim/live/validation.h"
#include "tests/unit/made_run.h"

int suite_validation(void);

/* ---- Verdicts. */

struct bench {
    struct gate gate;
    struct agreement calibrated, replayed;
    struct replayed decisions;
    struct band band;
    struct verdict_reading reading;
};

static struct agreement errors(double mean, double p50, double p90, double p99)
{
    struct agreement a = { .error = { mean, p50, p90, p99, NAN } };
    int i;

    for (i = 0; i < AGREE_POINTS; i++) {
        a.measured[i] = 0.01;
        a.predicted[i] = 0.01 * (1.0 + a.error[i]);
    }
    return a;
}

static void bench_set(struct bench *b)
{
    const struct gate_limits limits = gate_limits_default();
    const struct gate_reading good = { 5e-3, 1e-4, 0.0, 0.01, 1.0, 0, false, false, false, 0 };

    *b = (struct bench) { .gate = gate_judge(&limits, &good),
                          .calibrated = errors(0.01, -0.02, 0.0, 0.029),
                          .replayed = errors(0.0, 0.0, -0.004, 0.0),
                          .decisions = { .calls = 9, .picks = 5, .same = 5 } };
    b->reading = (struct verdict_reading) { .gate = &b->gate,
                                            .requests = 12000,
                                            .service = 0.005,
                                            .overhead = 0.0001,
                                            .latency = 0.01,
                                            .stateless = true,
                                            .calibrated = &b->calibrated,
                                            .replayed = &b->replayed,
                                            .decisions = &b->decisions };
}

static int says(const struct bench *b, enum verdict_answer answer, const char *words)
{
    const struct verdict_limits limits = verdict_limits_default();
    const struct verdict v = verdict_of(&limits, &b->reading);

    if (v.answer == answer && strstr(v.why, words))
        return 1;
    fprintf(stderr, "%s: %s\n", verdict_answer_name(v.answer), v.why);
    return 0;
}

static void test_verdicts(void)
{
    struct interval errors_known[AGREE_POINTS] = { { .low = -1.0, .high = 1.0 } };
    struct bench b;

    bench_set(&b);
    CU_ASSERT(says(&b, VERDICT_AGREED, ""));
    b.calibrated.error[AGREE_P99] = -0.031;
    CU_ASSERT(says(&b, VERDICT_DISAGREED, "CALIBRATED is off by -3.1 % at p99, more than 3 %"));
    errors_known[AGREE_P99] = (struct interval) { .low = -0.06, .high = -0.002 };
    b.reading.calibrated_error = errors_known;
    CU_ASSERT(says(&b, VERDICT_NOT_JUDGED, "off by -3.1 +-2.9 % at p99, which may be chance"));
    errors_known[AGREE_P99].high = -0.0301;
    CU_ASSERT(says(&b, VERDICT_DISAGREED, "CALIBRATED is off by -3.1 % at p99"));
    b.reading.service = 0.0044;
    CU_ASSERT(says(&b, VERDICT_NOT_JUDGED, "with services of 4.40 ms, below 5 ms"));
    bench_set(&b);
    b.reading.requests = 11999;
    CU_ASSERT(says(&b, VERDICT_NOT_JUDGED, "11999 requests are too few: 12000"));
    bench_set(&b);
    b.reading.calibrated = NULL;
    b.reading.uncalibrated = "its pings were not VALID";
    CU_ASSERT(says(&b, VERDICT_NOT_JUDGED, "no prediction is calibrated: its pings"));
    bench_set(&b);
    b.calibrated.error[0] = b.calibrated.error[1] = b.calibrated.error[2] = b.calibrated.error[3] =
        NAN;
    CU_ASSERT(says(&b, VERDICT_NOT_JUDGED, "no request completed"));
}

/* On whatever machine. */
static void test_fidelity(void)
{
    struct interval errors_known[AGREE_POINTS] = { { .low = -1.0, .high = 1.0 } };
    struct bench b;

    bench_set(&b);
    b.gate.verdict = GATE_SUSPECT;
    b.gate.faults = GATE_STEAL;
    CU_ASSERT(says(&b, VERDICT_NOT_JUDGED, "no try was VALID: the best is SUSPECT, steal"));
    b.replayed.error[AGREE_P50] = 0.0051;
    CU_ASSERT(says(&b, VERDICT_DISAGREED,
                   "ENV-REPLAY is off by +0.51 % at p50, more than 0.5 % (picks depend on the "
                   "order of requests)"));
    b.reading.stateless = false;
    CU_ASSERT(says(&b, VERDICT_NOT_JUDGED, "VALID"));
    b.replayed.error[AGREE_P50] = -0.021;
    CU_ASSERT(says(&b, VERDICT_DISAGREED, "more than 2.0 % (picks depend on what servers do)"));
    b.gate.verdict = GATE_OVERLOADED;
    CU_ASSERT(says(&b, VERDICT_NOT_JUDGED, "OVERLOADED"));
    b.decisions.same = 4;
    b.decisions.first_different = 17;
    CU_ASSERT(says(&b, VERDICT_DISAGREED,
                   "4 of 5 decisions are the same (the first that is not: "
                   "entry 17"));
    bench_set(&b);
    b.replayed.error[AGREE_P99] = 0.008;
    errors_known[AGREE_P99] = (struct interval) { .low = 0.001, .high = 0.015 };
    b.reading.replay_error = errors_known;
    CU_ASSERT(says(&b, VERDICT_AGREED, "")); /* by chance, perhaps */
    errors_known[AGREE_P99].low = 0.006;
    CU_ASSERT(says(&b, VERDICT_DISAGREED, "off by +0.80 % at p99"));
    bench_set(&b);
    b.replayed.error[AGREE_P99] = -0.155; /* of a prediction that is guessed, for the most part */
    b.reading.drawn = 0.01;
    CU_ASSERT(says(&b, VERDICT_AGREED, ""));
    b.reading.drawn = 0.009;
    CU_ASSERT(says(&b, VERDICT_DISAGREED, "ENV-REPLAY is off by -15.50 % at p99"));
    bench_set(&b);
    b.replayed.differ = 0.006;
    CU_ASSERT(says(&b, VERDICT_DISAGREED, "0.60 % of the requests end otherwise"));
    b.reading.replayed = NULL;
    b.reading.decisions = NULL;
    CU_ASSERT(says(&b, VERDICT_AGREED, ""));
    b.calibrated.lost = 0.029;
    CU_ASSERT(says(&b, VERDICT_AGREED, ""));
    b.calibrated.lost = 0.031;
    CU_ASSERT(says(&b, VERDICT_DISAGREED,
                   "3.10 % of the requests more than predicted did not complete, beyond 3 %"));
    b.calibrated.lost = -0.031;
    CU_ASSERT(says(&b, VERDICT_DISAGREED, "more than predicted did complete"));
}

static void test_band(void)
{
    struct bench b;
    int i;

    bench_set(&b);
    b.reading.band = &b.band;
    CU_ASSERT(says(&b, VERDICT_AGREED, "")); /* there is none */
    b.band.seeds = BAND_SEEDS;
    for (i = 0; i < AGREE_POINTS; i++) {
        b.band.low[i] = 0.009;
        b.band.high[i] = 0.011;
    }
    b.calibrated.error[0] = 0.5; /* one prediction says nothing */
    CU_ASSERT(says(&b, VERDICT_AGREED, "all within the band"));
    b.band.low[AGREE_P99] = 0.0099;
    b.band.high[AGREE_P99] = 0.0166;
    b.band.width[AGREE_P99] = 0.21;
    CU_ASSERT(says(&b, VERDICT_NOT_JUDGED, "at p99 is wider than +-20 %: run longer"));
    b.band.low[AGREE_MEAN] = 0.0102; /* 2 % beside it: pings are no closer than 3 % */
    b.band.low[AGREE_P99] = 0.009;
    b.band.high[AGREE_P99] = 0.011;
    b.band.width[AGREE_P99] = 0.1;
    CU_ASSERT(says(&b, VERDICT_AGREED, "all within the band"));
    b.band.low[AGREE_MEAN] = 0.0104;
    CU_ASSERT(says(&b, VERDICT_DISAGREED, "mean, measured 10.000 ms, lies outside the band"));
    b.band.low[AGREE_MEAN] = 0.009;
    b.calibrated.lost = 0.05; /* of those that completed the latencies are right */
    CU_ASSERT(says(&b, VERDICT_DISAGREED, "5.00 % of the requests more than predicted did not"));
}

static void test_bias(void)
{
    const struct verdict_limits limits = verdict_limits_default();
    struct bench b;

    bench_set(&b);
    CU_ASSERT(isnan(verdict_of(&limits, &b.reading).bias));
    b.reading.service = 0.001;
    CU_ASSERT_DOUBLE_EQUAL(verdict_of(&limits, &b.reading).bias, -0.01, 1e-12);
}

/* ---- Runs that are made up. */

static const char text[] =
    "{\"load\": 0.7, \"clients\": {\"arrivals\": {\"process\": \"poisson\"}, \"service\":"
    " {\"distribution\": \"exponential\", \"mean\": \"5ms\"}}, \"servers\": {\"count\": 8},"
    "\"policies\": [\"random\", \"p2c\", \"round_robin\"],"
    "\"run\": {\"seed\": 5, \"requests\": 12500}}";

enum { N = 12500, PINGS = 1000 };

struct pretence {
    struct made_run m;
    struct live_session session;
    struct session_try ping, run;
    FILE *log;
    struct validation v;
};

/* Takes over the records of what was made last. */
static void keep_try(struct pretence *p, struct session_try *t)
{
    const struct gate_limits limits = gate_limits_default();
    const struct gate_reading good = { 5e-3, 1e-4, 0.0, 0.01, 1.0, 0, false, false, false, 0 };

    *t = (struct session_try) { .plan = p->m.plan, .gate = gate_judge(&limits, &good) };
    p->m.plan.shared = NULL;
    CU_ASSERT_EQUAL_FATAL(live_result_of(&t->result, &t->plan, limits.slow), 0);
}

static void drop_try(struct session_try *t)
{
    live_result_close(&t->result);
    shared_close(t->plan.shared);
}

/* Pings that take 0.1 ms a way, and a run that takes `way` s. */
static void pretend(struct pretence *p, uint32_t policy, double way, const struct address *through)
{
    struct decision_log *log;
    int i;

    memset(p, 0, sizeof *p);
    made_open(&p->m, text);
    for (i = 0; i < 4; i++)
        p->m.mean[i] = 0.0001;
    made_go(&p->m, policy, PINGS);
    keep_try(p, &p->ping);
    for (i = 0; i < 4; i++)
        p->m.mean[i] = way;
    p->log = tmpfile();
    log = decision_log_open(&p->m.reading.scenario->policies[policy], p->log);
    p->m.logged = decision_log_policy(log);
    p->m.random.state = 77;
    made_go(&p->m, policy, N);
    CU_ASSERT_EQUAL(decision_log_close(log), 0);
    keep_try(p, &p->run);
    p->run.plan.through = through;
    p->session.ping = (struct session_phase) { &p->ping, 1, 0 };
    p->session.run = (struct session_phase) { &p->run, 1, 0 };
}

static void validate(struct pretence *p, uint32_t policy)
{
    const struct validation_order order = { .scenario = p->m.reading.scenario,
                                            .policy = &p->m.reading.scenario->policies[policy],
                                            .log = p->run.plan.through ? NULL : p->log,
                                            .limits = verdict_limits_default() };

    if (validation_of(&order, &p->session, &p->v))
        fprintf(stderr, "%s\n", p->v.why);
}

static void end(struct pretence *p)
{
    validation_close(&p->v);
    drop_try(&p->ping);
    drop_try(&p->run);
    fclose(p->log);
    made_close(&p->m);
}

static int judged(const struct pretence *p, enum verdict_answer answer, const char *words)
{
    if (p->v.verdict.answer == answer && strstr(p->v.verdict.why, words) && !p->v.why[0])
        return 1;
    fprintf(stderr, "%s: %s %s\n", verdict_answer_name(p->v.verdict.answer), p->v.verdict.why,
            p->v.why);
    return 0;
}

static void test_agreed(void)
{
    struct pretence p;
    uint32_t policy;

    for (policy = 0; policy < 2; policy++) {
        pretend(&p, policy, 0.0001, NULL);
        validate(&p, policy);
        CU_ASSERT(judged(&p, VERDICT_AGREED, ""));
        CU_ASSERT(p.v.agreement[PREDICT_REPLAY].same >= 1.0);
        CU_ASSERT(p.v.agreement[PREDICT_REPLAY].ks <= 0.0);
        CU_ASSERT(p.v.agreement[PREDICT_RAW].error[AGREE_P50] < -0.02);
        CU_ASSERT(fabs(p.v.agreement[PREDICT_CALIBRATED].error[AGREE_P50]) < 0.02);
        CU_ASSERT_EQUAL(p.v.stateless, policy == 0);
        CU_ASSERT(p.v.decided && p.v.decisions.picks == N && p.v.decisions.same == N);
        CU_ASSERT(p.v.interval[AGREE_MEAN].low < p.v.interval[AGREE_MEAN].value &&
                  p.v.interval[AGREE_MEAN].high > p.v.interval[AGREE_MEAN].value);
        CU_ASSERT(isnan(p.v.interval[AGREE_P999].value));
        /* what both worlds share cancels */
        CU_ASSERT(p.v.error[PREDICT_CALIBRATED][AGREE_MEAN].se <
                  0.2 * p.v.interval[AGREE_MEAN].se / p.v.interval[AGREE_MEAN].value);
        CU_ASSERT_DOUBLE_EQUAL(p.v.calibration.median, 0.000367, 0.00002); /* Erlang of 4 */
        CU_ASSERT_EQUAL(p.v.spectrum[PREDICT_RAW]->n, N - N / 10);
        CU_ASSERT(p.v.share[0] > 0.1 && p.v.share[0] < 0.15);
        end(&p);
    }
}

/* One prediction of p2c's p99 is off by chance; the mean of several is what other draws lead to. */
static void test_paths(void)
{
    struct predict_order order;
    struct calibration pings;
    struct agreement a, b;
    struct prediction one;
    struct pretence p;
    double sum = 0.0, differ = 0.0;
    uint32_t i;

    pretend(&p, 1, 0.0001, NULL);
    validate(&p, 1);
    CU_ASSERT_EQUAL_FATAL(calibrate(&pings, &p.ping.plan, 2e-3), 0);
    order = predict_order_of(&p.run.plan, &p.m.reading.scenario->policies[1]);
    order.level = PREDICT_CALIBRATED;
    order.calibration = &pings;
    for (i = 0; i < VALIDATION_PATHS; i++) {
        order.path = i;
        CU_ASSERT_EQUAL_FATAL(predict(&order, &one), 0);
        CU_ASSERT_EQUAL(agree_fates(&one.fates, &p.v.measured, false, i ? &b : &a), 0);
        sum += i ? b.predicted[AGREE_P99] : a.predicted[AGREE_P99];
        differ += i ? fabs(b.predicted[AGREE_P99] - a.predicted[AGREE_P99]) : 0.0;
        prediction_close(&one);
    }
    CU_ASSERT(differ > 0.0);
    CU_ASSERT_DOUBLE_EQUAL(p.v.agreement[PREDICT_CALIBRATED].predicted[AGREE_P99],
                           sum / VALIDATION_PATHS, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(p.v.error[PREDICT_CALIBRATED][AGREE_P99].value,
                           p.v.agreement[PREDICT_CALIBRATED].error[AGREE_P99], 1e-12);
    calibration_close(&pings);
    end(&p);
}

static void test_disagreed(void)
{
    struct pretence p;

    pretend(&p, 1, 0.0005, NULL);
    validate(&p, 1);
    CU_ASSERT(judged(&p, VERDICT_DISAGREED, "CALIBRATED is off by -"));
    CU_ASSERT(p.v.agreement[PREDICT_REPLAY].same >= 1.0);
    validation_close(&p.v);
    p.ping.gate.verdict = GATE_SUSPECT;
    validate(&p, 1);
    CU_ASSERT(judged(&p, VERDICT_NOT_JUDGED, "its pings were not VALID"));
    validation_close(&p.v);
    p.run.gate.verdict = GATE_SUSPECT;
    validate(&p, 1);
    CU_ASSERT(judged(&p, VERDICT_NOT_JUDGED, "no try was VALID"));
    end(&p);
}

/* Other things than the policy decided. */
static void test_false_log(void)
{
    struct pretence p, other;

    pretend(&p, 0, 0.0001, NULL);
    pretend(&other, 2, 0.0001, NULL);
    validate(&p, 0);
    validation_close(&p.v);
    fclose(p.log);
    p.log = other.log;
    validate(&p, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(p.v.why, "cannot be played back"));
    other.log = tmpfile();
    end(&other);
    end(&p);
}

static void test_through(void)
{
    static const struct address at = { .length = 1 };
    struct pretence p;

    pretend(&p, 1, 0.0001, &at);
    validate(&p, 1);
    CU_ASSERT(judged(&p, VERDICT_AGREED, "within the band"));
    CU_ASSERT_EQUAL(p.v.band.seeds, BAND_SEEDS);
    CU_ASSERT(p.v.band.low[AGREE_P50] < p.v.band.high[AGREE_P50]);
    CU_ASSERT_PTR_NOT_NULL(p.v.missing[PREDICT_REPLAY]);
    CU_ASSERT(!p.v.decided);
    end(&p);
    pretend(&p, 2, 0.0001, &at);
    validate(&p, 2);
    CU_ASSERT(judged(&p, VERDICT_AGREED, ""));
    CU_ASSERT_EQUAL(p.v.band.seeds, 0);
    end(&p);
}

/* ---- Standings. */

static void test_standings(void)
{
    static const bool valid[] = { true, true };
    struct pretence p[2];
    struct validation *v[] = { &p[0].v, &p[1].v };
    struct standings s;
    struct fates swapped;
    uint32_t i;

    for (i = 0; i < 2; i++) {
        pretend(&p[i], i, 0.0001, NULL);
        validate(&p[i], i);
    }
    CU_ASSERT_EQUAL_FATAL(standings_of(v, valid, 2, p[0].m.reading.scenario, &s), 0);
    CU_ASSERT_EQUAL(s.level, PREDICT_CALIBRATED);
    for (i = 0; i < 2; i++) {
        CU_ASSERT(s.measured[i][0].policy == 1 && s.predicted[i][0].policy == 1);
        CU_ASSERT(s.measured[i][0].apart && s.predicted[i][0].apart && s.same[i]);
        CU_ASSERT(s.measured[i][0].less.value < -0.3 && s.measured[i][0].less.high < 0.0);
    }
    CU_ASSERT_PTR_NULL(s.better);
    standings_close(&s);

    swapped = p[0].v.predicted[PREDICT_CALIBRATED];
    p[0].v.predicted[PREDICT_CALIBRATED] = p[1].v.predicted[PREDICT_CALIBRATED];
    p[1].v.predicted[PREDICT_CALIBRATED] = swapped;
    CU_ASSERT_EQUAL_FATAL(standings_of(v, valid, 2, p[0].m.reading.scenario, &s), 0);
    CU_ASSERT(!s.same[0] && !s.same[1]);
    CU_ASSERT_STRING_EQUAL(s.better, "p2c");
    CU_ASSERT_STRING_EQUAL(s.worse, "random");
    standings_close(&s);
    CU_ASSERT_EQUAL_FATAL(
        standings_of(v, (const bool[]) { true, false }, 2, p[0].m.reading.scenario, &s), 0);
    CU_ASSERT(!s.same[0] && !s.better);
    standings_close(&s);
    p[0].v.missing[PREDICT_CALIBRATED] = "none";
    CU_ASSERT_EQUAL_FATAL(standings_of(v, valid, 1, p[0].m.reading.scenario, &s), 0);
    CU_ASSERT(s.level == PREDICT_RAW && s.same[0] && !s.measured[0][0].apart);
    standings_close(&s);
    end(&p[0]);
    end(&p[1]);
}

/* In the middle is one that nobody can be told apart from: the first and the last are, and stand
 * the other way round in the simulation. */
static void test_standings_of_three(void)
{
    enum { REQUESTS = 1600 };
    static const struct policy_spec policy[3] = { { .label = "a" },
                                                  { .label = "b" },
                                                  { .label = "c" } };
    static const bool valid[3] = { true, true, true };
    static const lb_time more[2][3] = { { 0, 20000, 40000 }, { 40000, 20000, 0 } };
    const struct scenario scenario = { .run = { .seed = 1, .confidence = 0.95 } };
    struct validation v[3] = { { .policy = &policy[0] },
                               { .policy = &policy[1] },
                               { .policy = &policy[2] } };
    struct validation *of[3] = { &v[0], &v[1], &v[2] };
    struct standings s;
    int p, world, i;

    for (p = 0; p < 3; p++)
        for (world = 0; world < 2; world++) {
            struct fates *f = world ? &v[p].predicted[PREDICT_CALIBRATED] : &v[p].measured;

            *f = (struct fates) { .at = calloc(REQUESTS, sizeof f->at[0]), .n = REQUESTS };
            for (i = 0; i < REQUESTS; i++)
                f->at[i] =
                    (struct fate) { .latency = 10 * 1000000 + i % 7 * 1000 + more[world][p] +
                                               (p == 1 ? (i / 100 % 2 ? 1000000 : -1000000) : 0),
                                    .ended = 1 + ENDED_COMPLETED };
        }
    CU_ASSERT_EQUAL_FATAL(standings_of(of, valid, 3, &scenario, &s), 0);
    CU_ASSERT(s.measured[0][0].policy == 0 && s.measured[0][2].policy == 2);
    CU_ASSERT(!s.measured[0][0].apart && !s.measured[0][1].apart);
    CU_ASSERT(!s.same[0]);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s.better);
    CU_ASSERT_STRING_EQUAL(s.better, "a");
    CU_ASSERT_STRING_EQUAL(s.worse, "c");
    standings_close(&s);
    for (p = 0; p < 3; p++) {
        fates_close(&v[p].measured);
        fates_close(&v[p].predicted[PREDICT_CALIBRATED]);
    }
}

int suite_validation(void)
{
    CU_pSuite s = CU_add_suite("validation", NULL, NULL);

    return !s || !CU_add_test(s, "verdicts", test_verdicts) ||
           !CU_add_test(s, "verdicts of fidelity", test_fidelity) ||
           !CU_add_test(s, "verdicts by a band", test_band) ||
           !CU_add_test(s, "short services", test_bias) || !CU_add_test(s, "agreed", test_agreed) ||
           !CU_add_test(s, "CALIBRATED is several predictions", test_paths) ||
           !CU_add_test(s, "disagreed", test_disagreed) ||
           !CU_add_test(s, "the log of another policy", test_false_log) ||
           !CU_add_test(s, "through a foreign balancer", test_through) ||
           !CU_add_test(s, "standings", test_standings) ||
           !CU_add_test(s, "standings of three that are close", test_standings_of_three);
}
