/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who does what next: shards, twins, rounds of a precision, a choice. Nothing is simulated: trials
 * have made-up numbers, a few are in hand at once, and they finish in any order. Fixed seeds; no
 * test can fail by chance. */
#include <math.h>

#include "sim/run/chooser.h"
#include "sim/run/field.h"
#include "tests/unit/scenario_fixture.h"

int suite_experiment(void);

enum { HANDS = 7, POINTS = 256, REPLICATIONS = 512 };

/* Where the work of an experiment is done, and what was seen of it. */
struct yard {
    struct study *study;
    struct diagnostics *said;
    struct experiment e;
    struct chooser chooser;
    uint64_t dice;
    uint32_t hands;
    /* of made-up numbers: mean of a policy, how far replications lie from it, and which of a
     * policy's pilots is the first to settle */
    double mean[8], spread;
    uint32_t settles;
    /* seen */
    uint32_t pilots[POINTS], trials[POINTS][REPLICATIONS], all, late;
    uint64_t requests, warmup[16];
};

static uint32_t roll(struct yard *y, uint32_t n)
{
    y->dice = y->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(y->dice >> 33) % n;
}

static void *made_pilot(struct yard *y, const struct crew_task *task, size_t *n)
{
    struct warmup_found *found = calloc(1, sizeof *found);

    found->found = ++y->pilots[task->point] >= y->settles;
    found->cut = found->memory = 300;
    *n = sizeof *found;
    return found;
}

static double noise(uint32_t replication)
{
    return replication % 2 ? 1.0 : -1.0;
}

static void *made_trial(struct yard *y, const struct crew_task *task, size_t *n)
{
    const struct point *p = &y->e.points[task->point];
    double length = (double)(task->requests ? task->requests : (uint64_t)task->duration / 1000000);
    struct outcome out = { .values_n = p->metrics->n, .histograms_n = p->metrics->pools };
    void *block;
    uint32_t i;

    out.values = calloc(out.values_n + 1, sizeof out.values[0]);
    out.histogram = calloc(out.histograms_n + 1, sizeof out.histogram[0]);
    for (i = 0; i < out.values_n; i++)
        out.values[i] =
            y->mean[p->policy_index] + y->spread * noise(task->replication) / sqrt(length);
    out.tally.issued = task->requests;
    y->trials[task->point][task->replication]++;
    y->all++;
    y->requests += task->requests;
    y->warmup[p->round] = task->warmup;
    block = outcome_pack(&out, n);
    outcome_close(&out);
    return block;
}

static int finish_one(struct yard *y, const struct crew *crew, struct crew_task *hand, uint32_t *n)
{
    uint32_t which = roll(y, *n);
    struct crew_task task = hand[which];
    size_t size;
    void *result =
        task.what == TASK_PILOT ? made_pilot(y, &task, &size) : made_trial(y, &task, &size);
    int stop = crew->take(crew->context, &task, result, size, NULL);

    hand[which] = hand[--*n];
    free(result);
    return stop;
}

static int pool(const struct crew *crew)
{
    struct yard *y = ((struct experiment *)crew->context)->context;
    struct crew_task hand[HANDS];
    uint32_t n = 0;

    for (;;) {
        enum crew_next next = n < y->hands ? crew->next(crew->context, &hand[n]) : CREW_WAIT;

        if (next == CREW_DONE || (next == CREW_WAIT && !n)) {
            CU_ASSERT(next == CREW_DONE && n == 0);
            return 0;
        }
        n += next == CREW_TASK;
        if ((next == CREW_WAIT || roll(y, 2)) && finish_one(y, crew, hand, &n))
            return 1;
    }
}

static bool decide(void *context, struct experiment *e)
{
    return choose_decide(&((struct yard *)context)->chooser, e);
}

/* The policies are plain, two (many with d = 2) and jsq, at what `sweep` and `run` say. */
static struct yard *yard_open(const char *run, const char *sweep)
{
    static const struct scenario_request request = { .policies = &fake_source };
    struct yard *y = calloc(1, sizeof *y);
    char text[2000];

    snprintf(text, sizeof text,
             "{ \"load\": 0.5, \"clients\": { \"service\": \"10ms\" }, \"servers\": { \"name\": "
             "\"app\", \"count\": 2 }, \"policies\": [ \"plain\", { \"policy\": \"many\", "
             "\"label\": \"two\" }, \"jsq\" ], \"run\": {%s}, \"sweep\": {%s} }",
             run, sweep);
    y->said = diagnostics_open();
    y->study = study_read("dir/t.json", text, strlen(text), &request, y->said);
    if (!y->study)
        diagnostics_print(y->said, stderr, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(y->study);
    CU_ASSERT_EQUAL_FATAL(experiment_open(&y->e, y->study), 0);
    y->e.pool = pool;
    y->e.context = y;
    y->hands = HANDS;
    y->spread = 1.0;
    y->mean[0] = y->mean[1] = y->mean[2] = 1.0;
    return y;
}

static void yard_close(struct yard *y)
{
    choose_close(&y->chooser);
    experiment_close(&y->e);
    study_close(y->study);
    diagnostics_close(y->said);
    free(y);
}

/* ---- Shards. */

static void add_shard(uint32_t (*sum)[REPLICATIONS], const struct yard *y)
{
    uint32_t i, r;

    for (i = 0; i < y->e.points_n; i++)
        for (r = 0; r < REPLICATIONS; r++)
            sum[i][r] += y->trials[i][r];
}

static bool is_dealt_once(uint32_t (*sum)[REPLICATIONS], const struct experiment *e)
{
    bool good = true;
    uint32_t i, r;

    for (i = 0; i < e->points_n; i++)
        for (r = 0; r < REPLICATIONS; r++)
            good &= sum[i][r] == (e->points[i].twin == i && r < e->points[i].replications);
    return good;
}

/* Each trial is in one shard, and with equal replications no shard has two more than another. */
static void deal_out(const char *run, const char *sweep, uint32_t shards, bool even)
{
    uint32_t(*sum)[REPLICATIONS] = calloc(POINTS, sizeof sum[0]), least = UINT32_MAX, most = 0, k;
    bool good = false;

    for (k = 0; k < shards; k++) {
        struct yard *y = yard_open(run, sweep);

        y->dice = k;
        y->e.shard = k;
        y->e.shards = shards;
        CU_ASSERT_EQUAL(experiment_run(&y->e), 0);
        CU_ASSERT_EQUAL(y->all, y->e.trials);
        CU_ASSERT_EQUAL(y->all, y->e.trials_done);
        add_shard(sum, y);
        least = y->all < least ? y->all : least;
        most = y->all > most ? y->all : most;
        good = is_dealt_once(sum, &y->e);
        yard_close(y);
    }
    CU_ASSERT(good);
    CU_ASSERT(!even || most <= least + 1);
    free(sum);
}

static void test_shards(void)
{
    struct yard dice = { .dice = 1 };
    char run[100], sweep[200];
    uint32_t i;

    for (i = 0; i < 40; i++) {
        snprintf(run, sizeof run, "\"requests\": 1000, \"replications\": %u%s", 1 + roll(&dice, 13),
                 roll(&dice, 2) ? ", \"warmup\": 50" : "");
        snprintf(sweep, sizeof sweep, "\"run.seed\": \"1..%u\", \"policies[two].d\": \"1..%u\"",
                 1 + roll(&dice, 6), 1 + roll(&dice, 4));
        deal_out(run, sweep, 1 + roll(&dice, 17), true);
    }
    deal_out("\"requests\": 1000", "\"run.replications\": [1, 7, 20], \"run.seed\": \"1..3\"", 5,
             false);
}

/* A pilot serves the replications of its point: few points are torn apart. */
static void test_shards_keep_points_together(void)
{
    uint32_t pilots = 0, k;

    for (k = 0; k < 4; k++) {
        struct yard *y = yard_open("\"replications\": 10", "\"run.seed\": \"1..8\"");
        uint32_t i;

        y->e.shard = k;
        y->e.shards = 4;
        CU_ASSERT_EQUAL(experiment_run(&y->e), 0);
        for (i = 0; i < y->e.points_n; i++)
            pilots += y->pilots[i];
        yard_close(y);
    }
    CU_ASSERT_EQUAL(pilots, 24);
}

/* ---- Twins. */

/* How many points are simulated. */
static uint32_t originals(const char *run, const char *sweep)
{
    struct yard *y = yard_open(run, sweep);
    uint32_t i, n = 0;

    for (i = 0; i < y->e.points_n; i++) {
        uint32_t twin = y->e.points[i].twin;

        n += twin == i;
        CU_ASSERT(twin <= i && y->e.points[twin].twin == twin);
    }
    yard_close(y);
    return n;
}

static void test_twins(void)
{
    /* of 3 policies at 3 values of d, only one has another d */
    CU_ASSERT_EQUAL(originals("", "\"policies[two].d\": [1, 2, 3]"), 5);
    CU_ASSERT_EQUAL(originals("", "\"run.seed\": [1, 2]"), 6);
    /* the same trials, but not the same numbers of them */
    CU_ASSERT_EQUAL(originals("", "\"run.confidence\": [0.9, 0.95]"), 6);
    CU_ASSERT_EQUAL(originals("", "\"run.replications\": [10, 20]"), 6);
    CU_ASSERT_EQUAL(originals("", "\"run.precision.relative\": [0.1, 0.2]"), 6);
    CU_ASSERT_EQUAL(originals("", "\"run.precision\": [null, {\"relative\": 0.2}]"), 6);
    CU_ASSERT_EQUAL(originals("\"precision\": {\"relative\": 0.1}",
                              "\"run.precision.most_requests\": [null, 1000000, 2000000]"),
                    9);
    CU_ASSERT_EQUAL(originals("\"precision\": {\"relative\": 0.1}",
                              "\"run.precision.metrics\": {\"a\": [\"latency.mean\"], \"b\": "
                              "[\"wait.mean\"], \"c\": [\"latency.mean\"]}"),
                    6);
    /* not the same requests left out */
    CU_ASSERT_EQUAL(originals("", "\"run.warmup\": [0, 50, 100, \"1s\", \"2s\", \"auto\"]"), 18);
    /* whatever stands between them */
    CU_ASSERT_EQUAL(
        originals("", "\"policies[two].d\": [1, 2, 3], \"run.confidence\": [0.9, 0.95]"), 10);
}

static void test_twins_share(void)
{
    struct yard *y = yard_open("\"replications\": 10", "\"policies[two].d\": [1, 2, 3]");
    const struct point *first, *last;

    y->mean[0] = 3.0;
    CU_ASSERT_EQUAL(experiment_run(&y->e), 0);
    CU_ASSERT_EQUAL(y->all, 50);
    first = experiment_find(&y->e, 0, "plain");
    last = experiment_find(&y->e, 2, "plain");
    CU_ASSERT_EQUAL(y->pilots[last - y->e.points], 0);
    CU_ASSERT(last->done == 10 && last->interval == first->interval);
    CU_ASSERT_DOUBLE_EQUAL(last->interval[0].value, 3.0, 1e-9);
    CU_ASSERT_STRING_EQUAL(first->at, "policies[two].d=1");
    CU_ASSERT_STRING_EQUAL(last->at, "policies[two].d=3");
    yard_close(y);
}

/* ---- Rounds. The half-width is 2.093 spread sqrt(20/19) / sqrt(20 requests). */

static struct yard *precise(const char *run, double spread, uint32_t settles)
{
    char text[300];
    struct yard *y;

    snprintf(text, sizeof text, "%s\"replications\": 20, %s",
             strstr(run, "duration") ? "" : "\"requests\": 1000, ", run);
    y = yard_open(text, "\"where\": \"policy == plain\"");
    y->spread = spread;
    y->settles = settles;
    return y;
}

static void test_rounds(void)
{
    struct yard *y = precise("\"precision\": {\"relative\": 0.1}", 20.0, 1);
    const struct point *p = y->e.points;
    uint32_t r;

    /* 0.304 at 1000 requests; 0.0759 is the first below 0.1 / 1.1 = 0.0909 */
    CU_ASSERT_EQUAL(experiment_run(&y->e), 0);
    CU_ASSERT(p->aim == AIM_REACHED && p->round == 4 && p->requests == 16000);
    CU_ASSERT_DOUBLE_EQUAL(p->achieved, 2.0930 * 20.0 * sqrt(20.0 / 19.0) / sqrt(20.0 * 16000.0),
                           1e-5);
    CU_ASSERT(p->spent == 20 * 31000 && y->requests == 20 * 31000);
    CU_ASSERT(y->all == 100 && y->e.trials == 100 && y->e.trials_done == 100);
    for (r = 0; r < 20; r++)
        CU_ASSERT_EQUAL(y->trials[0][r], 5);
    /* the pilot's 300, or an eighth */
    CU_ASSERT_EQUAL(y->pilots[0], 1);
    CU_ASSERT(y->warmup[0] == 300 && y->warmup[1] == 300 && y->warmup[2] == 500 &&
              y->warmup[3] == 1000 && y->warmup[4] == 2000);
    yard_close(y);
}

static void test_rounds_confirmed(void)
{
    struct yard *y = precise("\"precision\": {\"relative\": 0.1}", 20.0, 1);

    y->e.confirm = true;
    CU_ASSERT_EQUAL(experiment_run(&y->e), 0);
    CU_ASSERT(y->e.points->aim == AIM_REACHED && y->e.points->round == 5);
    yard_close(y);
}

static void test_rounds_of_time(void)
{
    struct yard *y = precise("\"duration\": \"1s\", \"warmup\": \"100ms\", \"precision\": "
                             "{\"relative\": 0.1}",
                             20.0, 1);
    const struct point *p = y->e.points;

    CU_ASSERT_EQUAL(experiment_run(&y->e), 0);
    CU_ASSERT(p->aim == AIM_REACHED && p->duration == 16000000000 && p->requests == 0);
    CU_ASSERT(y->pilots[0] == 0 && y->warmup[4] == UINT64_MAX);
    yard_close(y);
}

/* The budget counts all rounds: 7 times 20000 fit, 15 times do not. */
static void test_rounds_budget(void)
{
    struct yard *y =
        precise("\"precision\": {\"relative\": 0.01, \"most_requests\": 299999}", 20.0, 1);
    const struct point *p = y->e.points;

    CU_ASSERT_EQUAL(experiment_run(&y->e), 0);
    CU_ASSERT(p->aim == AIM_MISSED && p->round == 2 && p->spent == 140000);
    CU_ASSERT(p->done == 20 && !isnan(p->interval[0].value));
    yard_close(y);
    y = precise("\"precision\": {\"relative\": 0.01, \"most_requests\": 300000}", 20.0, 1);
    CU_ASSERT_EQUAL(experiment_run(&y->e), 0);
    CU_ASSERT(y->e.points->round == 3 && y->e.points->spent == 300000);
    yard_close(y);
}

/* What has not settled is piloted anew each round, and reaches nothing. */
static void test_rounds_settle(void)
{
    struct yard *y = precise("\"precision\": {\"relative\": 0.5}", 1.0, 3);
    const struct point *p = y->e.points;

    CU_ASSERT_EQUAL(experiment_run(&y->e), 0);
    CU_ASSERT(p->aim == AIM_REACHED && p->round == 2 && y->pilots[0] == 3 && p->warmup.found);
    yard_close(y);
}

/* No mean, or no interval ever: one round. */
static void test_rounds_hopeless(void)
{
    struct yard *y = precise("\"precision\": {\"relative\": 0.5}", 1.0, 100);

    ((struct scenario *)y->e.points->scenario)->offered_load = 1.0;
    CU_ASSERT_EQUAL(experiment_run(&y->e), 0);
    CU_ASSERT(y->e.points->aim == AIM_MISSED && y->all == 20 && isinf(y->e.points->achieved));
    yard_close(y);
    y = precise("\"precision\": {\"relative\": 0.5, \"metrics\": [\"latency.mean\", "
                "\"latency.max\"]}",
                1.0, 1);
    CU_ASSERT_EQUAL(experiment_run(&y->e), 0);
    CU_ASSERT(y->e.points->aim == AIM_MISSED && y->all == 20);
    yard_close(y);
}

/* How many are in hand and who finishes first change nothing. */
static void test_order(void)
{
    static const char run[] = "\"requests\": 1000, \"replications\": 20, \"precision\": "
                              "{\"relative\": 0.1}";
    struct yard *one = yard_open(run, "\"run.seed\": \"1..5\""), *other;
    uint32_t i, k;

    one->hands = 1;
    one->spread = 20.0;
    CU_ASSERT_EQUAL(experiment_run(&one->e), 0);
    for (k = 0; k < 5; k++) {
        other = yard_open(run, "\"run.seed\": \"1..5\"");
        other->dice = k;
        other->spread = 20.0;
        CU_ASSERT_EQUAL(experiment_run(&other->e), 0);
        CU_ASSERT_EQUAL(other->all, one->all);
        for (i = 0; i < one->e.points_n; i++)
            CU_ASSERT(!memcmp(other->e.points[i].interval, one->e.points[i].interval,
                              sizeof(struct interval)));
        yard_close(other);
    }
    yard_close(one);
}

/* ---- A choice. */

static struct yard *chosen(double first, double second, double third, uint32_t settles)
{
    struct yard *y = yard_open("\"requests\": 1000, \"replications\": 3", "\"run.seed\": [1, 2]");

    y->mean[0] = first;
    y->mean[1] = second;
    y->mean[2] = third;
    y->spread = 10.0;
    y->settles = settles;
    y->chooser.metric = "latency.mean";
    y->chooser.relative = 0.01;
    CU_ASSERT_EQUAL(choose_begin(&y->chooser, &y->e), 0);
    y->e.decide = decide;
    CU_ASSERT_EQUAL(experiment_run(&y->e), 0);
    return y;
}

static void test_choice(void)
{
    struct yard *y = chosen(2.0, 1.0, 3.0, 1);
    uint32_t i;

    for (i = 0; i < 2; i++) {
        CU_ASSERT(y->chooser.choice[i].decided);
        CU_ASSERT_STRING_EQUAL(y->e.points[y->chooser.choice[i].best].policy->label, "two");
        CU_ASSERT_DOUBLE_EQUAL(y->chooser.choice[i].delta, 0.01, 1e-9);
    }
    CU_ASSERT_EQUAL(y->all, 60);
    yard_close(y);
}

static void test_choice_unsettled(void)
{
    struct yard *y = chosen(2.0, 1.0, 3.0, 100);

    CU_ASSERT(!y->chooser.choice[0].decided && !y->chooser.choice[0].selection);
    CU_ASSERT_PTR_NOT_NULL(strstr(y->chooser.choice[0].why, "settled"));
    CU_ASSERT_EQUAL(y->all, 60);
    yard_close(y);
}

/* ---- Ends early. */

static int stop_soon(void *context, const struct experiment *e)
{
    (void)context;
    return e->trials_done >= 7;
}

static void test_stopped(void)
{
    struct yard *y = yard_open("\"replications\": 10", "\"run.seed\": [1, 2]");

    y->e.watch = stop_soon;
    CU_ASSERT_EQUAL(experiment_run(&y->e), -1);
    CU_ASSERT(y->e.interrupted && y->e.trials_done == 7 && y->e.trials == 60);
    /* by replication over the policies of the first point of the sweep */
    CU_ASSERT(y->e.points[0].done > 0 && y->e.points[3].done == 0);
    CU_ASSERT_PTR_NOT_NULL(y->e.points[5].interval);
    yard_close(y);
}

int suite_experiment(void)
{
    CU_pSuite suite = CU_add_suite("experiment", NULL, NULL);

    return !suite || !CU_add_test(suite, "each trial is in one shard", test_shards) ||
           !CU_add_test(suite, "shards keep points together", test_shards_keep_points_together) ||
           !CU_add_test(suite, "who is whose twin", test_twins) ||
           !CU_add_test(suite, "twins share", test_twins_share) ||
           !CU_add_test(suite, "rounds", test_rounds) ||
           !CU_add_test(suite, "rounds, confirmed", test_rounds_confirmed) ||
           !CU_add_test(suite, "rounds of time", test_rounds_of_time) ||
           !CU_add_test(suite, "the budget of rounds", test_rounds_budget) ||
           !CU_add_test(suite, "rounds until it settles", test_rounds_settle) ||
           !CU_add_test(suite, "rounds without hope", test_rounds_hopeless) ||
           !CU_add_test(suite, "the order of finishing", test_order) ||
           !CU_add_test(suite, "a choice", test_choice) ||
           !CU_add_test(suite, "no choice of what has not settled", test_choice_unsettled) ||
           !CU_add_test(suite, "stopped", test_stopped);
}
