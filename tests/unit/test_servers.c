/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Server models against naive ones: a list of cores, and processor sharing that takes work from
 * every job at every step. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "models/server.h"

int suite_servers(void);

/* Gaps and services of one flow; ties in some. */
struct flow {
    struct lb_random dice;
    uint32_t gap, service; /* at most; exclusive */
    uint32_t grid;         /* all times are multiples of it */
};

static lb_time next(struct flow *f, uint32_t most)
{
    return most ? (lb_time)lb_below(&f->dice, most) * f->grid : 0;
}

static const struct flow flows[] = {
    { { 1 }, 2000, 1000, 1 }, { { 2 }, 1000, 2000, 1 }, { { 3 }, 3, 3, 1 },
    { { 4 }, 4, 4, 1000 },    { { 5 }, 2, 50, 1 },      { { 6 }, 10, 1, 1 },
    { { 7 }, 1000, 5000, 7 }, { { 8 }, 0, 100, 1 },
};
enum { FLOWS = sizeof flows / sizeof flows[0], REQUESTS = 5000 };

/* ---- First in, first out. */

static void test_fifo(void)
{
    uint32_t i, k;

    for (k = 0; k < FLOWS; k++) {
        struct flow f = flows[k];
        lb_time free_at = 0, now = 0, last = 0;

        for (i = 0; i < REQUESTS; i++) {
            lb_time service = next(&f, f.service), end;

            now += next(&f, f.gap);
            end = fifo_departure(&free_at, now, service);
            last = (last > now ? last : now) + service;
            CU_ASSERT_EQUAL_FATAL(end, last);
            CU_ASSERT_EQUAL_FATAL(free_at, last);
        }
    }
}

static uint32_t earliest(const lb_time *core, uint32_t cores)
{
    uint32_t best = 0, i;

    for (i = 1; i < cores; i++)
        if (core[i] < core[best])
            best = i;
    return best;
}

static void cores_against_naive(struct flow f, uint32_t cores)
{
    lb_time *heap = calloc(cores, sizeof heap[0]), *naive = calloc(cores, sizeof naive[0]);
    lb_time now = 0;
    uint32_t i;

    CU_ASSERT_FATAL(heap && naive);
    for (i = 0; i < REQUESTS; i++) {
        lb_time service = next(&f, f.service), *core = &naive[earliest(naive, cores)];

        now += next(&f, f.gap) / cores;
        *core = (*core > now ? *core : now) + service;
        CU_ASSERT_EQUAL_FATAL(cores_departure(heap, cores, now, service), *core);
        CU_ASSERT_EQUAL_FATAL(heap[0], naive[earliest(naive, cores)]);
    }
    free(heap);
    free(naive);
}

static void test_cores(void)
{
    static const uint32_t cores[] = { 1, 2, 3, 4, 7, 16, 100 };
    uint32_t i, k;

    for (k = 0; k < FLOWS; k++)
        for (i = 0; i < sizeof cores / sizeof cores[0]; i++)
            cores_against_naive(flows[k], cores[i]);
}

/* ---- Processor sharing. */

enum { PRESENT_MOST = REQUESTS };

/* What is left of each job present; time is whole, a job leaves at the first instant when nothing
 * is left of it. */
struct naive {
    long double left[PRESENT_MOST];
    uint32_t job[PRESENT_MOST];
    uint32_t n, cores;
    double speed;
    lb_time now;
};

static long double rate(const struct naive *s)
{
    return s->n <= s->cores ? (long double)s->speed : (long double)s->speed * s->cores / s->n;
}

static void work_until(struct naive *s, lb_time now)
{
    uint32_t i;

    for (i = 0; i < s->n; i++)
        s->left[i] -= (long double)(now - s->now) * rate(s);
    s->now = now;
}

static uint32_t least_left(const struct naive *s)
{
    uint32_t best = 0, i;

    for (i = 1; i < s->n; i++)
        if (s->left[i] < s->left[best])
            best = i;
    return best;
}

static lb_time naive_due(const struct naive *s)
{
    long double left;

    if (!s->n || s->speed <= 0.0)
        return LB_NEVER;
    left = s->left[least_left(s)] / rate(s);
    return left <= 0 ? s->now : s->now + (lb_time)ceill(left);
}

/* The two sides of one comparison. */
struct sharing {
    void *server, *jobs;
    struct naive *naive;
    lb_time left[REQUESTS], naive_left[REQUESTS]; /* when each job left */
    lb_time last;
    uint32_t finished;
    bool good;
};

/* Lets the model's jobs leave that are due until `now`. */
static void run_model(struct sharing *s, lb_time now)
{
    uint32_t job = JOB_NONE;
    lb_time due;

    while ((due = discipline_ps.due(s->server, s->jobs, &job)) <= now && due != LB_NEVER) {
        s->good &= due >= s->last && job < REQUESTS && s->left[job] < 0;
        if (!s->good)
            return;
        discipline_ps.finish(s->server, s->jobs, job, due);
        s->left[job] = s->last = due;
        s->finished++;
    }
}

static void naive_remove(struct naive *n, uint32_t i)
{
    n->n--;
    n->left[i] = n->left[n->n];
    n->job[i] = n->job[n->n];
}

static void run_naive(struct naive *n, lb_time now, lb_time *left)
{
    lb_time due;

    while ((due = naive_due(n)) <= now && due != LB_NEVER) {
        uint32_t i = least_left(n);

        work_until(n, due);
        left[n->job[i]] = due;
        naive_remove(n, i);
    }
    if (now != LB_NEVER)
        work_until(n, now);
}

static void arrive(struct sharing *s, uint32_t job, lb_time work, lb_time now)
{
    struct naive *n = s->naive;

    s->good &=
        discipline_ps.arrive(s->server, s->jobs, job, &(struct task) { work, 0 }, now) == job;
    n->left[n->n] = (long double)work;
    n->job[n->n++] = job;
    s->last = now;
}

/* One job of those present on both sides is removed. */
static void take_out(struct sharing *s, uint32_t i, lb_time now)
{
    uint32_t job = s->naive->job[i];
    double left;

    if (s->left[job] >= 0)
        return;
    left = discipline_ps.left(s->server, s->jobs, job, now);
    s->good &= fabsl(left - (s->naive->left[i] > 0 ? s->naive->left[i] : 0)) < 10;
    s->good &= discipline_ps.remove(s->server, s->jobs, job, now) == JOB_NONE;
    naive_remove(s->naive, i);
    s->left[job] = s->naive_left[job] = now;
    s->finished++;
}

static void set_speed(struct sharing *s, double speed, lb_time now)
{
    discipline_ps.pace(s->server, s->jobs, speed, now);
    s->naive->speed = speed;
}

/* Jobs arrive by index here, and so must they be listed. */
static bool listed(const struct sharing *s, uint32_t present)
{
    uint32_t job = JOB_NONE, last = 0, n = 0;

    while ((job = discipline_ps.next(s->server, s->jobs, job)) != JOB_NONE) {
        if ((n && job <= last) || s->left[job] >= 0 || n == present)
            return false;
        last = job;
        n++;
    }
    return n == present;
}

/* Now and then another speed, 0 among them, and a job that goes before it is done. */
static void disturb(struct sharing *s, struct lb_random *dice, lb_time now)
{
    static const double speeds[] = { 0.0, 0.4, 1.0, 3.0, 3.0 };

    if (lb_below(dice, 10) == 0)
        set_speed(s, speeds[lb_below(dice, 5)], now);
    if (s->naive->n && lb_below(dice, 5) == 0)
        take_out(s, lb_below(dice, s->naive->n), now);
}

/* A job may leave a nanosecond later or sooner where a double rounds the other way, and that shifts
 * those after it: the more the longer they are all busy. */
static bool agree(const struct sharing *s, uint32_t n)
{
    uint32_t i;

    for (i = 0; i < n; i++)
        if (s->left[i] < 0 || llabs((long long)(s->left[i] - s->naive_left[i])) > 2 + n / 1000)
            return false;
    return s->finished == n;
}

static void share(struct flow f, uint32_t cores, double speed, uint32_t n, bool disturbed)
{
    struct lb_random dice = { cores };
    struct sharing *s = calloc(1, sizeof *s);
    lb_time now = 0;
    uint32_t i;

    CU_ASSERT_FATAL(s != NULL);
    s->server = calloc(1, discipline_ps.server_size);
    s->jobs = calloc(REQUESTS, discipline_ps.job_size);
    s->naive = calloc(1, sizeof *s->naive);
    CU_ASSERT_FATAL(s->server && s->jobs && s->naive);
    discipline_ps.open(s->server, cores, speed);
    s->naive->cores = cores;
    s->naive->speed = speed;
    s->good = true;
    for (i = 0; i < n; i++)
        s->left[i] = s->naive_left[i] = -1;
    for (i = 0; s->good && i < n; i++) {
        now += next(&f, f.gap);
        run_model(s, now);
        run_naive(s->naive, now, s->naive_left);
        arrive(s, i, next(&f, f.service), now);
        if (disturbed)
            disturb(s, &dice, now);
        if (disturbed)
            s->good &= listed(s, i + 1 - s->finished);
    }
    set_speed(s, speed, now);
    run_model(s, LB_NEVER);
    run_naive(s->naive, LB_NEVER, s->naive_left);
    CU_ASSERT(s->good);
    CU_ASSERT(agree(s, n));
    CU_ASSERT_EQUAL(discipline_ps.next(s->server, s->jobs, JOB_NONE), JOB_NONE);
    CU_ASSERT_EQUAL(discipline_ps.due(s->server, s->jobs, &i), LB_NEVER);
    free(s->naive);
    free(s->jobs);
    free(s->server);
    free(s);
}

static void test_sharing(void)
{
    static const struct {
        uint32_t cores;
        double speed;
    } kinds[] = { { 1, 1.0 }, { 1, 0.7 }, { 2, 1.0 }, { 4, 2.5 }, { UINT32_MAX, 1.0 } };
    uint32_t i, k;

    for (k = 0; k < FLOWS; k++)
        for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
            share(flows[k], kinds[i].cores, kinds[i].speed, k == 1 || k >= 6 ? 600 : REQUESTS,
                  false);
}

static void test_sharing_disturbed(void)
{
    static const uint32_t cores[] = { 1, 2, 5, 17, UINT32_MAX };
    uint32_t i, k;

    for (k = 0; k < 2; k++)
        for (i = 0; i < sizeof cores / sizeof cores[0]; i++)
            share(flows[k], cores[i], 1.0, 2000, true);
}

/* By hand: 100 and 300 of work on one core from 0, 100 more at 100. Until 100 each gets 50; then
 * three share: the first has 50 left and goes at 250, when the second has 200 and the third 50;
 * the third goes at 350; the second, with 150 left, at 500. */
static void test_sharing_by_hand(void)
{
    static const lb_time ends[] = { 250, 350, 500 };
    static const uint32_t order[] = { 0, 2, 1 };
    uint32_t i, job;
    void *server = calloc(1, discipline_ps.server_size), *jobs = calloc(3, discipline_ps.job_size);

    CU_ASSERT_FATAL(server && jobs);
    discipline_ps.open(server, 1, 1.0);
    discipline_ps.arrive(server, jobs, 0, &(struct task) { 100, 0 }, 0);
    discipline_ps.arrive(server, jobs, 1, &(struct task) { 300, 0 }, 0);
    discipline_ps.arrive(server, jobs, 2, &(struct task) { 100, 0 }, 100);
    for (i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(discipline_ps.due(server, jobs, &job), ends[i]);
        CU_ASSERT_EQUAL_FATAL(job, order[i]);
        discipline_ps.finish(server, jobs, job, ends[i]);
    }
    free(jobs);
    free(server);
}

/* At speed 0.7 one unit of work is done after 1.43 ns, which is 2: nothing is left then. */
static void test_sharing_rounds_up(void)
{
    uint32_t job = JOB_NONE;
    void *server = calloc(1, discipline_ps.server_size), *jobs = calloc(1, discipline_ps.job_size);

    CU_ASSERT_FATAL(server && jobs);
    discipline_ps.open(server, 1, 0.7);
    CU_ASSERT_EQUAL(discipline_ps.arrive(server, jobs, 0, &(struct task) { 1, 0 }, 0), 0);
    CU_ASSERT_EQUAL(discipline_ps.due(server, jobs, &job), 2);
    CU_ASSERT_DOUBLE_EQUAL(discipline_ps.left(server, jobs, 0, 1), 0.3, 1e-12);
    CU_ASSERT_EQUAL(discipline_ps.left(server, jobs, 0, 2), 0.0);
    CU_ASSERT_EQUAL(discipline_ps.began(jobs, 0), 0);
    free(jobs);
    free(server);
}

/* Equal jobs that come together leave together, the earliest arrival first. */
static void test_sharing_ties(void)
{
    enum { N = 100 };
    uint32_t i, job;
    void *server = calloc(1, discipline_ps.server_size), *jobs = calloc(N, discipline_ps.job_size);

    CU_ASSERT_FATAL(server && jobs);
    discipline_ps.open(server, 1, 1.0);
    for (i = 0; i < N; i++)
        discipline_ps.arrive(server, jobs, i * 37 % N, &(struct task) { 10, 0 }, 5);
    for (i = 0; i < N; i++) {
        CU_ASSERT_EQUAL(discipline_ps.due(server, jobs, &job), 5 + 10 * N);
        CU_ASSERT_EQUAL_FATAL(job, i * 37 % N);
        discipline_ps.finish(server, jobs, job, 5 + 10 * N);
    }
    free(jobs);
    free(server);
}

int suite_servers(void)
{
    CU_pSuite suite = CU_add_suite("servers", NULL, NULL);

    return !suite || !CU_add_test(suite, "one core, first in first out", test_fifo) ||
           !CU_add_test(suite, "several cores, first in first out", test_cores) ||
           !CU_add_test(suite, "processor sharing", test_sharing) ||
           !CU_add_test(suite, "processor sharing, speeds and removals", test_sharing_disturbed) ||
           !CU_add_test(suite, "processor sharing, by hand", test_sharing_by_hand) ||
           !CU_add_test(suite, "processor sharing, rounds up", test_sharing_rounds_up) ||
           !CU_add_test(suite, "processor sharing, ties", test_sharing_ties);
}
