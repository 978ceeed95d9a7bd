/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of a validation: its columns stay apart, whatever the numbers. */
#include <CUnit/Basic.h>
#include <math.h>
#include <string.h>

#include "sim/cli/validate.h"

enum { TEXT = 8192 };

/* A policy that was run, and predicted to be off by `error` everywhere. */
struct shown {
    struct policy_spec policy;
    struct server_spec group;
    struct scenario scenario;
    struct contender contender;
    struct cell cell;
    struct session_try run;
    struct live_shared *shared;
    struct validate_told told;
};

static void show(struct shown *s, double latency, double error, double same)
{
    struct validation *v = &s->told.validation;
    int level, i;

    memset(s, 0, sizeof *s);
    s->policy = (struct policy_spec) { .name = "p2c", .label = "p2c" };
    s->scenario.policies = &s->policy;
    s->contender.scenario = &s->scenario;
    s->cell.name = "";
    s->shared = shared_open(1, 1, 1);
    s->run.plan.shared = s->shared;
    s->told.live = (struct live_told) { .contender = &s->contender,
                                        .cell = &s->cell,
                                        .session.run = { .at = &s->run, .n = 1 } };
    v->verdict.bias = NAN;
    for (i = 0; i < AGREE_POINTS; i++)
        v->interval[i] = (struct interval) { .value = i == AGREE_P999 ? NAN : latency,
                                             .low = 0.9 * latency,
                                             .high = 1.1 * latency };
    for (level = 0; level < PREDICT_LEVELS; level++)
        for (i = 0; i < AGREE_POINTS; i++) {
            v->agreement[level].predicted[i] = latency * (1.0 + error);
            v->agreement[level].error[i] = error;
            v->agreement[level].same = same;
        }
}

static void printed(struct shown *s, char text[TEXT])
{
    FILE *out = fmemopen(text, TEXT, "w");

    validate_print_policy(out, &s->told, false);
    fclose(out);
    shared_close(s->shared);
}

/* Words of the line that begins with `name`; 0: there is none. */
static int words_of(const char *text, const char *name)
{
    char line[512], *word, *rest = NULL;
    const char *at = strstr(text, name);
    int n = 0;

    if (!at)
        return 0;
    snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
    for (word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        n++;
    return n;
}

static void test_apart(void)
{
    static const double errors[] = { 0.0, -0.99, 9.99, 81.0577, 102.475, 1e9 };
    static const double latencies[] = { 1.2345e-5, 0.0253, 0.9996, 123.456, 1e5 };
    static struct shown s;
    char text[TEXT];
    size_t i, k;

    for (i = 0; i < sizeof errors / sizeof errors[0]; i++)
        for (k = 0; k < sizeof latencies / sizeof latencies[0]; k++) {
            show(&s, latencies[k], errors[i], 1.0);
            printed(&s, text);
            CU_ASSERT_EQUAL(words_of(text, "  measured"), 1 + 4 * 2);
            CU_ASSERT_EQUAL(words_of(text, "  RAW"), 1 + 4 * 2 + 1 + 2);
            CU_ASSERT_EQUAL(words_of(text, "  ENV-REPLAY"), 1 + 4 * 2 + 1 + 2);
        }
}

/* Columns have a title where there is something in them. */
static void test_titles(void)
{
    static struct shown s;
    char text[TEXT];

    show(&s, 0.02, 0.01, 0.5);
    s.told.validation.foreign_balancer = true;
    printed(&s, text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, " KS     same\n"));
    CU_ASSERT_EQUAL(words_of(text, "  RAW"), 1 + 4 * 2 + 1 + 2);
    show(&s, 0.02, 0.01, NAN);
    printed(&s, text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, " KS\n"));
    CU_ASSERT_EQUAL(words_of(text, "  RAW"), 1 + 4 * 2 + 1);
}

int suite_validate_print(void);
int suite_validate_print(void)
{
    CU_pSuite suite = CU_add_suite("validate_print", NULL, NULL);

    return !suite || !CU_add_test(suite, "columns stay apart", test_apart) ||
           !CU_add_test(suite, "columns have titles", test_titles);
}
