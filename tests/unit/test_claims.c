/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "tests/unit/study_fixture.h"

int suite_claims(void);

static const char base[] =
    "{ \"load\": 0.5, \"clients\": { \"service\": \"10ms\" },\n"
    "  \"servers\": { \"name\": \"app\", \"count\": 2 },\n"
    "  \"policies\": [ \"plain\", { \"policy\": \"many\", \"d\": 3 }, \"jsq\" ],\n"
    "  \"run\": { \"requests\": 50000, \"warmup\": 5000, \"replications\": 20,\n"
    "           \"windows\": { \"every\": \"1s\", \"metrics\": [ \"latency.mean\" ] } } }";
static const double loads[] = { 0.5, 0.7, 0.9 }, counts[] = { 1, 10 };

static struct made_study *swept(void)
{
    struct made_study *m = made_open(base);

    made_axis(m, 0, "load", loads, 3);
    made_axis(m, 1, "servers[app].count", counts, 2);
    made_cells(m);
    return m;
}

/* The words of a claim that options left out of the run. */
static bool left_out_as(struct made_study *m, const char *text, const char *wanted)
{
    char words[CLAIM_WORDS], *shown;
    bool good = made_claims(m, text, true, &shown);

    good = good && m->study.claims_n && m->study.claims[0].left_out;
    if (good && strcmp(claim_words(&m->study.claims[0], words), wanted) != 0) {
        fprintf(stderr, "said: %s\n", words);
        good = false;
    }
    free(shown);
    return good;
}

static void test_left_out_words(void)
{
    struct made_study *m = swept();

    CU_ASSERT(left_out_as(m,
                          "[{'ratio': ['gone', {'policy': 'jsq', 'at': {'load': 0.8}}],"
                          " 'by': 'latency.mean', 'at': {'zone': 'east'}, 'max': 2}]",
                          "latency.mean: gone / jsq at load=0.8 at zone=east <= 2"));
    CU_ASSERT(left_out_as(m, "[{'metric': 'latency.mean', 'policy': 'gone', 'min': 0}]",
                          "latency.mean of gone >= 0s"));
    CU_ASSERT(left_out_as(m,
                          "[{'monotone': 'latency.mean', 'along': 'zone',"
                          " 'direction': 'decreasing'}]",
                          "latency.mean decreases along zone"));
    CU_ASSERT(left_out_as(m,
                          "[{'crossing': ['plain', 'jsq'], 'by': 'latency.mean', 'along': 'load',"
                          " 'between': [0.95, 0.97]}]",
                          "plain and jsq cross by latency.mean along load between 0.95 and 0.97"));
    made_close(m);
}

/* The claim that a text reads as; the study is closed by the caller. */
static const struct claim *one(struct made_study *m, const char *text)
{
    char *shown;
    const bool good = made_claims(m, text, false, &shown);

    if (!good)
        fprintf(stderr, "%s: %s\n", text, shown);
    free(shown);
    return good && m->study.claims_n ? &m->study.claims[0] : NULL;
}

static void test_value(void)
{
    struct made_study *m = swept();
    const struct claim *c =
        one(m, "[{'metric': 'latency.mean', 'policy': 'many', 'at': {'load': 0.9000000000001},"
               " 'value': '26.14ms', 'tolerance': 0.01, 'kind': 'exact', 'source': 'me'}]");
    char words[CLAIM_WORDS];

    CU_ASSERT_PTR_NOT_NULL_FATAL(c);
    CU_ASSERT(c->form == CLAIM_VALUE && c->rule == RULE_TOLERANCE && c->kind == KIND_EXACT);
    CU_ASSERT_STRING_EQUAL(c->metric, "latency.mean");
    CU_ASSERT_DOUBLE_EQUAL(c->value, 0.02614, 1e-15);
    CU_ASSERT(c->tolerance == 0.01 && isnan(c->error) && isnan(c->least) && isnan(c->most));
    CU_ASSERT_STRING_EQUAL(c->policy, "many(d=3)"); /* the only one of that name */
    CU_ASSERT(c->at_n == 1 && c->at[0].number == 0.9 && !c->info && !c->windowed);
    CU_ASSERT_STRING_EQUAL(claim_words(c, words),
                           "latency.mean of many(d=3) at load=0.9 = 26.14ms within 1 %");
    c = one(m, "{'expect': {'metric': 'goodput', 'min': 5, 'max': '10/s', 'severity': 'info',"
               " 'window': {'from': '1s', 'to': 3}, 'at': {'load': 0.5, 'servers.count': 10}}}");
    CU_ASSERT_PTR_NOT_NULL_FATAL(c);
    CU_ASSERT(c->least == 5 && c->most == 10 && c->info && c->windowed && !c->policy);
    CU_ASSERT(c->from == 1000000000 && c->to == 3000000000 && c->at_n == 2);
    CU_ASSERT_STRING_EQUAL(c->at[1].path, "servers[app].count");
    c = one(m, "[{'metric': 'rejected.rate', 'value': 0.1, 'tolerance': 'ci'}]");
    CU_ASSERT(c && c->rule == RULE_CI && c->kind == KIND_NONE);
    c = one(m, "[{'metric': 'latency.p99', 'value': 0.1, 'error': '1ms'}]");
    CU_ASSERT(c && c->rule == RULE_ERROR && c->error == 0.001);
    c = one(m, "[{'warning': 'unstable', 'absent': true, 'at': {'servers[0].count': '10'}}]");
    CU_ASSERT(c && c->form == CLAIM_WARNING && c->absent && c->at_n == 1);
    made_close(m);
}

static void test_comparisons(void)
{
    struct made_study *m = swept();
    const struct claim *c = one(m, "[{'order': ['jsq', 'many', 'plain'], 'by': 'latency.mean'}]");
    char words[CLAIM_WORDS];

    CU_ASSERT(c && c->form == CLAIM_ORDER && c->operands == 3);
    c = one(m, "[{'ratio': ['jsq', {'policy': 'plain', 'at': {'load': 0.5}}], 'by': 'latency.mean',"
               " 'at': {'servers[app].count': 10}, 'max': 2}]");
    CU_ASSERT_PTR_NOT_NULL_FATAL(c);
    CU_ASSERT(c->form == CLAIM_RATIO && c->operands == 2 && c->most == 2);
    CU_ASSERT(c->operand[1].at_n == 1 && c->operand[1].at[0].number == 0.5);
    CU_ASSERT_STRING_EQUAL(claim_words(c, words),
                           "latency.mean: jsq / plain at load=0.5 at servers[app].count=10 <= 2");
    c = one(m, "[{'difference': [{'at': {'load': 0.9}}, {'at': {'load': 0.5}}],"
               " 'by': 'latency.mean', 'min': '1ms'}]");
    CU_ASSERT(c && c->form == CLAIM_DIFFERENCE && !c->operand[0].policy && c->least == 0.001);
    c = one(m, "[{'monotone': 'latency.mean', 'along': 'load', 'direction': 'increasing'}]");
    CU_ASSERT(c && c->form == CLAIM_MONOTONE && c->direction == DIRECTION_INCREASING);
    CU_ASSERT_STRING_EQUAL(c->along, "load");
    c = one(m, "[{'crossing': ['plain', 'jsq'], 'by': 'latency.mean', 'along': 'load',"
               " 'between': [0.6, 0.8]}]");
    CU_ASSERT(c && c->form == CLAIM_CROSSING && c->low == 0.6 && c->high == 0.8);
    c = one(m, "[{'metric': 'recovery.time', 'of': 'latency.mean', 'after': '10s', 'level': 1.2,"
               " 'relative_to': {'from': '2s', 'to': '5s'}, 'max': '8s'}]");
    CU_ASSERT_PTR_NOT_NULL_FATAL(c);
    CU_ASSERT(c->recovery.after == 10000000000 && c->recovery.given && c->most == 8);
    CU_ASSERT(c->recovery.every == 1000000000);
    made_close(m);
}

static int wrong(const char *text, const char *words)
{
    struct made_study *m = swept();
    char *shown;
    int good = !made_claims(m, text, false, &shown) && strstr(shown, words);

    if (!good)
        fprintf(stderr, "expected: %s\nshown: %s\n", words, shown);
    free(shown);
    made_close(m);
    return good;
}

static void test_wrong_values(void)
{
    CU_ASSERT(wrong("[{'metric': 'latency.mean', 'valeu': 3}]",
                    "claims.json:1:29: error: expect[0].valeu: unknown key; did you mean "
                    "\"value\"?"));
    CU_ASSERT(wrong("[{'metric': 'nonsense', 'value': 3, 'tolerance': 'ci'}]",
                    "expect[0].metric: unknown metric \"nonsense\""));
    CU_ASSERT(wrong("[{'metric': 'share{app[*]}', 'max': 3}]", "[*] means several"));
    CU_ASSERT(wrong("[{'metric': 'rejected.rate', 'max': '3ms'}]", "max: expected a number"));
    CU_ASSERT(wrong("[{'metric': 'latency.mean', 'max': '3 parsecs'}]", "max: "));
    CU_ASSERT(wrong("[{'metric': 'latency.mean', 'value': 3}]", "how close?"));
    CU_ASSERT(wrong("[{'metric': 'latency.mean', 'tolerance': 3}]", "goes with value"));
    CU_ASSERT(wrong("[{'metric': 'latency.mean', 'value': 3, 'tolerance': 0.1, 'error': 1}]",
                    "take one"));
    CU_ASSERT(wrong("[{'metric': 'latency.mean', 'value': 3, 'tolerance': 'cl'}]",
                    "expected a number such as 0.01, or \"ci\", found \"cl\""));
    CU_ASSERT(wrong("[{'metric': 'latency.mean', 'value': 3, 'tolerance': 0}]",
                    "nothing simulated is exact"));
    CU_ASSERT(wrong("[{'metric': 'latency.mean', 'value': 0, 'tolerance': 0.1}]",
                    "a relative tolerance of 0 is 0"));
    CU_ASSERT(wrong("[{'metric': 'latency.mean', 'value': 3, 'error': -1}]", "not negative"));
    CU_ASSERT(wrong("[{'metric': 'latency.mean'}]", "nothing is claimed of it"));
    CU_ASSERT(wrong("[{'metric': 'latency.mean', 'min': 3, 'max': 2}]", "is below min"));
    CU_ASSERT(wrong("[{'value': 3, 'tolerance': 0.1}]", "it claims nothing"));
    CU_ASSERT(wrong("[{'metric': 'latency.mean', 'warning': 'x', 'max': 3}]", "write two claims"));
    CU_ASSERT(wrong("[{'metric': 'latency.mean', 'max': 3, 'along': 'load'}]",
                    "along: does not go with metric"));
    CU_ASSERT(wrong("[{'metric': 'latency.mean', 'max': 3, 'kind': 'exakt'}]",
                    "unknown kind \"exakt\"; did you mean \"exact\"?"));
    CU_ASSERT(wrong("[{'metric': 'latency.mean', 'max': 3, 'window': {'from': 2, 'to': 1}}]",
                    "window: it ends before it begins"));
    CU_ASSERT(wrong("3", "expect: expected an object or a list of objects"));
    CU_ASSERT(wrong("{'claims': []}", "expected a list of claims, or an object with \"expect\""));
    CU_ASSERT(wrong("[{]", "error"));
}

static void test_wrong_places(void)
{
    CU_ASSERT(wrong("[{'metric': 'latency.mean', 'max': 3, 'policy': 'jqs'}]",
                    "expect[0].policy: no policy is labelled \"jqs\"; did you mean \"jsq\"?"));
    CU_ASSERT(wrong("[{'metric': 'latency.mean', 'max': 3, 'at': {'laod': 0.9}}]",
                    "expect[0].at.laod: nothing sweeps \"laod\"; did you mean \"load\"?"));
    CU_ASSERT(wrong("[{'metric': 'latency.mean', 'max': 3, 'at': {'load': 0.8}}]",
                    "no point of the sweep is at 0.8; the axis has 0.5, 0.7, 0.9"));
    CU_ASSERT(wrong("[{'metric': 'latency.mean', 'max': 3, 'at': 3}]", "at: expected an object"));
    CU_ASSERT(wrong("[{'order': ['jsq'], 'by': 'latency.mean'}]", "a list of two or more"));
    CU_ASSERT(wrong("[{'ratio': ['jsq', 'many', 'plain'], 'by': 'latency.mean', 'max': 1}]",
                    "a list of two, [A, B]"));
    CU_ASSERT(wrong("[{'order': ['jsq', 'many']}]", "by is missing beside order"));
    CU_ASSERT(wrong("[{'order': ['jsq', 'mani'], 'by': 'latency.mean'}]",
                    "expect[0].order[1]: no policy is labelled"));
    CU_ASSERT(wrong("[{'order': ['jsq', {'policy': 'many', 'on': 3}], 'by': 'latency.mean'}]",
                    "known here: policy, at"));
    CU_ASSERT(wrong("[{'order': ['jsq', {'at': {'load': 0.5}}], 'by': 'latency.mean'}]",
                    "name a policy in each of them, or in none"));
    CU_ASSERT(wrong("[{'order': ['jsq', 'many'], 'policy': 'jsq', 'by': 'latency.mean'}]",
                    "the operands say which policies"));
    CU_ASSERT(wrong("[{'monotone': 'latency.mean', 'along': 'load'}]", "direction is missing"));
    CU_ASSERT(wrong("[{'monotone': 'latency.mean', 'along': 'speed', 'direction': 'increasing'}]",
                    "nothing sweeps \"speed\""));
    CU_ASSERT(wrong("[{'crossing': ['jsq', 'many'], 'by': 'latency.mean', 'along': 'load'}]",
                    "between is missing"));
    CU_ASSERT(wrong("[{'crossing': ['jsq', 'many'], 'by': 'latency.mean', 'along': 'load', "
                    "'between': [0.4, 0.8]}]",
                    "the axis has no value up to the first"));
    CU_ASSERT(wrong("[{'crossing': ['jsq', 'many'], 'by': 'latency.mean', 'along': 'load', "
                    "'between': [0.8, 0.8]}]",
                    "the first is below the second"));
    CU_ASSERT(wrong("[{'metric': 'recovery.time', 'of': 'latency.mean', 'max': 3}]",
                    "recovery.time wants of"));
    CU_ASSERT(wrong("[{'metric': 'recovery.time', 'of': 'goodput', 'after': 1, 'level': 0.9, "
                    "'relative_to': {'from': 1, 'to': 2}, 'max': 3}]",
                    "of: is not told in windows"));
    CU_ASSERT(wrong("[{'metric': 'recovery.time', 'of': 'latency.mean', 'after': 1, 'level': 0.9, "
                    "'max': 3}]",
                    "without a timeline relative_to"));
    CU_ASSERT(wrong("[{'metric': 'latency.mean', 'level': 1, 'max': 3}]",
                    "level: goes with \"metric\": \"recovery.time\""));
}

/* With options the run may lack what claims are about: they are left out, and nothing is wrong. */
static void test_left_out(void)
{
    static const char *const texts[] = {
        "[{'metric': 'latency.mean', 'max': 3, 'policy': 'sed'}]",
        "[{'metric': 'latency.mean', 'max': 3, 'at': {'load': 0.8}}]",
        "[{'metric': 'latency.mean', 'max': 3, 'at': {'speed': 0.8}}]",
        "[{'order': ['jsq', 'sed'], 'by': 'latency.mean'}]",
    };
    uint32_t i;

    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct made_study *m = swept();
        char *shown;

        CU_ASSERT(made_claims(m, texts[i], true, &shown));
        CU_ASSERT_PTR_NOT_NULL(m->study.claims[0].left_out);
        free(shown);
        made_close(m);
    }
}

/* In a zip one axis goes with the other; what no point has cannot be reached. */
static void test_moves(void)
{
    struct made_study *m = swept();
    const struct coordinate load = m->place[0][1], count = m->place[1][1];

    CU_ASSERT_EQUAL(study_move(&m->study, 0, &load, 1), 2);
    CU_ASSERT_EQUAL(study_move(&m->study, 0, &count, 1), 1);
    CU_ASSERT_EQUAL(study_move(&m->study, 3, &load, 1), 3);
    made_close(m);
}

static struct made_study *windowed(const char *windows, const char *claims)
{
    char text[1000];
    struct made_study *m;
    char *shown;

    snprintf(text, sizeof text,
             "{ \"load\": 0.5, \"clients\": { \"service\": \"10ms\" }, \"servers\": {},"
             " \"policies\": [ \"plain\" ], \"run\": { \"requests\": 9000 %s } }",
             windows);
    m = made_open(text);
    made_cells(m);
    CU_ASSERT(made_claims(m, claims, false, &shown));
    free(shown);
    return m;
}

static void test_pieces(void)
{
    struct made_study *m =
        windowed(", \"windows\": { \"at\": [ { \"from\": 1, \"to\": 4 } ],"
                 " \"metrics\": [ \"queue.mean\" ] }",
                 "[{'metric': 'latency.mean', 'max': 1, 'window': {'from': 3, 'to': 6}},"
                 " {'metric': 'goodput', 'max': 1, 'window': {'from': 8, 'to': 9}},"
                 " {'metric': 'latency.p97', 'max': 1}]");
    const struct scenario *s = m->cell[0].scenario;
    const lb_time second = 1000000000;
    char why[200];
    uint32_t first = 9;

    CU_ASSERT(claims_prepare(&m->study, why, sizeof why));
    CU_ASSERT_EQUAL_FATAL(s->run.windows.at_n, 4); /* 1-3, 3-4, 4-6, 8-9 */
    CU_ASSERT(s->run.windows.at[1].from == 3 * second && s->run.windows.at[1].to == 4 * second);
    CU_ASSERT(s->run.windows.at[3].from == 8 * second && s->run.windows.at[3].to == 9 * second);
    CU_ASSERT_EQUAL(s->run.windows.metrics_n, 3);
    CU_ASSERT(s->run.metrics_n == 1 && !strcmp(s->run.metrics[0], "latency.p97"));
    CU_ASSERT_EQUAL(claim_pieces(s, (struct window) { 3 * second, 6 * second }, &first), 2);
    CU_ASSERT_EQUAL(first, 1);
    CU_ASSERT_EQUAL(claim_pieces(s, (struct window) { 6 * second, 7 * second }, &first), 0);
    made_close(m);
}

static void test_grid(void)
{
    static const char grid[] = ", \"windows\": { \"every\": 1, \"metrics\": [ \"queue.mean\" ] }";
    static const char bounded[] =
        ", \"windows\": { \"every\": 1, \"to\": 3, \"metrics\": [ \"queue.mean\" ] }";
    struct made_study *m =
        windowed(grid, "[{'metric': 'queue.mean', 'max': 1, 'window': {'from': 3, 'to': 6}}]");
    char why[200];
    uint32_t first = 9;

    CU_ASSERT(claims_prepare(&m->study, why, sizeof why));
    CU_ASSERT_EQUAL(m->cell[0].scenario->run.windows.every, 1000000000);
    CU_ASSERT_EQUAL(
        claim_pieces(m->cell[0].scenario, (struct window) { 3000000000, 6000000000 }, &first), 3);
    CU_ASSERT_EQUAL(first, 3);
    made_close(m);
    m = windowed(grid, "[{'metric': 'queue.mean', 'max': 1, 'window': {'from': 3, 'to': 6.5}}]");
    CU_ASSERT(!claims_prepare(&m->study, why, sizeof why));
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "from 3s to 6.5s cuts those of run.windows (every 1s)"));
    made_close(m);
    m = windowed(bounded, "[{'metric': 'queue.mean', 'max': 1, 'window': {'from': 2.5, 'to': 4}}]");
    CU_ASSERT(claims_prepare(&m->study, why, sizeof why));
    CU_ASSERT_EQUAL(m->cell[0].scenario->run.windows.at_n, 5); /* 0, 1, 2, 2.5, 3-4 */
    CU_ASSERT_EQUAL(m->cell[0].scenario->run.windows.every, 0);
    made_close(m);
}

static void test_shorten(void)
{
    struct made_study *m = made_open("{ \"load\": 0.5, \"clients\": { \"service\": \"10ms\" },"
                                     " \"servers\": {}, \"policies\": [ \"plain\" ],"
                                     " \"run\": { \"requests\": 50000, \"warmup\": 5000 } }");

    made_cells(m);
    study_shorten(&m->study);
    CU_ASSERT_EQUAL(m->cell[0].scenario->run.requests, 5000);
    CU_ASSERT_EQUAL(m->cell[0].scenario->run.warmup_count, 500);
    CU_ASSERT_EQUAL(m->cell[0].scenario->run.replications, 20);
    study_shorten(&m->study);
    CU_ASSERT_EQUAL(m->cell[0].scenario->run.requests, 1000);
    made_close(m);
    m = swept(); /* windows have their own times */
    study_shorten(&m->study);
    CU_ASSERT_EQUAL(m->cell[0].scenario->run.requests, 50000);
    CU_ASSERT_EQUAL(m->cell[0].scenario->run.replications, 10);
    made_close(m);
}

int suite_claims(void)
{
    CU_pSuite s = CU_add_suite("claims", NULL, NULL);

    return !s || !CU_add_test(s, "values", test_value) ||
           !CU_add_test(s, "comparisons", test_comparisons) ||
           !CU_add_test(s, "values that are wrong", test_wrong_values) ||
           !CU_add_test(s, "places that are wrong", test_wrong_places) ||
           !CU_add_test(s, "left out", test_left_out) ||
           !CU_add_test(s, "words of what is left out", test_left_out_words) ||
           !CU_add_test(s, "moves", test_moves) || !CU_add_test(s, "pieces", test_pieces) ||
           !CU_add_test(s, "windows in a row", test_grid) ||
           !CU_add_test(s, "a tenth", test_shorten);
}
