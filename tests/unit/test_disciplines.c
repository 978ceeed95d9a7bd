/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The disciplines that give a core to one job each: against a server that decides anew at each
 * step, to the last bit; against the known departures; and by hand. */
#include <CUnit/CUnit.h>
#include <stdlib.h>

#include "naive_server.h"

int suite_disciplines(void);

static const struct discipline *const with_cores[] = { &discipline_fifo, &discipline_lifo,
                                                       &discipline_srpt, &discipline_priority,
                                                       &discipline_priority_preemptive };
enum { WITH_CORES = sizeof with_cores / sizeof with_cores[0] };

/* ---- Random traces. */

struct habits {
    uint32_t gap, work; /* at most; exclusive */
    uint32_t priorities;
    uint32_t inside; /* at most this many */
    bool rounds;     /* any speed, else 0 and 1 alone */
};

static const struct habits habits[] = {
    { 40, 100, 3, 12, false }, { 3, 4, 2, 40, false },        { 100, 1000, 1000, 40, false },
    { 40, 100, 3, 12, true },  { 1000, 100000, 3, 40, true }, { 2, 30, 1, 60, true },
};
enum { HABITS = sizeof habits / sizeof habits[0], STEPS = 250, SEEDS = 20 };

struct trace {
    const struct discipline *d;
    const struct habits *habits;
    unsigned char *server, *jobs; /* the model */
    struct naive_server naive;
    struct lb_random dice;
    bool taken[GUESTS_MOST];
    lb_time now, work[GUESTS_MOST];
    double done, given; /* work that the jobs got, work that the cores gave */
    uint64_t ends;      /* that were rounded, at most half a ns each */
    bool good;
};

static bool same(double a, double b)
{
    return a <= b && a >= b;
}

static uint32_t served(const struct trace *t)
{
    uint32_t n = t->naive.n;

    return n < t->naive.cores ? n : t->naive.cores;
}

static void pass(struct trace *t, lb_time now)
{
    t->given += (double)(now - t->now) * t->naive.speed * served(t);
    t->now = now;
}

/* All that can be asked, of every job inside. What is left a little later tells who is served. */
static void compare(struct trace *t)
{
    const struct discipline *d = t->d;
    uint32_t a = JOB_NONE, b = JOB_NONE, i, job = JOB_NONE;
    lb_time due = d->due(t->server, t->jobs, &a);

    t->good &= due == naive_due(&t->naive, &b) && a == b && due >= t->now;
    for (i = 0; i < t->naive.n && t->good; i++) {
        job = d->next(t->server, t->jobs, job);
        t->good &=
            job == t->naive.inside[i] && d->began(t->jobs, job) == t->naive.guest[job].began &&
            same(d->left(t->server, t->jobs, job, t->now), guest_left(&t->naive, job, t->now)) &&
            same(d->left(t->server, t->jobs, job, t->now + 7),
                 guest_left(&t->naive, job, t->now + 7));
    }
    t->good &= t->good && d->next(t->server, t->jobs, job) == JOB_NONE;
}

/* What a state held must not be looked at once its job has left. */
static void forget(struct trace *t, uint32_t job)
{
    memset(t->jobs + job * t->d->job_size, 0xa5, t->d->job_size);
    t->taken[job] = false;
}

static void let_go(struct trace *t, uint32_t job, bool done)
{
    uint32_t started;

    t->done += (double)t->work[job] - t->d->left(t->server, t->jobs, job, t->now);
    started = (done ? t->d->finish : t->d->remove)(t->server, t->jobs, job, t->now);
    t->good &= started == naive_leave(&t->naive, job, t->now);
    t->ends++;
    forget(t, job);
    compare(t);
}

/* Who is due goes; who is due at the very instant only if the coin says so. */
static void finish_until(struct trace *t, lb_time now)
{
    uint32_t job = JOB_NONE;
    lb_time due;

    while (t->good && (due = t->d->due(t->server, t->jobs, &job)) <= now && due != LB_NEVER) {
        if (due == now && lb_below(&t->dice, 3) == 0)
            break;
        pass(t, due);
        let_go(t, job, true);
    }
    pass(t, now);
}

static void arrive(struct trace *t)
{
    uint32_t job = lb_below(&t->dice, GUESTS_MOST), started;
    struct task task = { lb_below(&t->dice, t->habits->work),
                         lb_below(&t->dice, t->habits->priorities) };

    if (t->naive.n >= t->habits->inside)
        return;
    while (t->taken[job])
        job = (job + 1) % GUESTS_MOST;
    t->taken[job] = true;
    t->work[job] = task.work;
    started = t->d->arrive(t->server, t->jobs, job, &task, t->now);
    t->good &= started == naive_arrive(&t->naive, job, &task, t->now);
    compare(t);
}

static void change_speed(struct trace *t)
{
    static const double speeds[] = { 0.0, 1.0, 1.0, 0.25, 0.3, 2.0, 3.7, 1e-3 };
    double speed = speeds[lb_below(&t->dice, t->habits->rounds ? 8 : 3)];

    t->ends += t->naive.n;
    t->d->pace(t->server, t->jobs, speed, t->now);
    naive_pace(&t->naive, speed, t->now);
    compare(t);
}

static void step(struct trace *t)
{
    uint32_t dice = lb_below(&t->dice, 100);

    finish_until(t, t->now + lb_below(&t->dice, t->habits->gap));
    if (dice < 70)
        arrive(t);
    else if (dice < 82 && t->naive.n)
        let_go(t, t->naive.inside[lb_below(&t->dice, t->naive.n)], false);
    else if (dice < 92)
        change_speed(t);
}

/* Whole work at speed 0 and 1 is exact; else an end is at most half a ns off at a speed below 4. */
static void conclude(struct trace *t)
{
    double slack = t->habits->rounds ? 2.0 * (double)t->ends : 0.0;

    t->d->pace(t->server, t->jobs, 1.0, t->now);
    naive_pace(&t->naive, 1.0, t->now);
    while (t->good && t->naive.n)
        finish_until(t, t->now + t->habits->work);
    CU_ASSERT(t->good);
    CU_ASSERT(t->given - t->done <= slack && t->done - t->given <= slack);
}

static void follow(const struct discipline *d, const struct habits *h, uint32_t cores,
                   uint64_t seed)
{
    struct trace t = {
        .d = d,
        .habits = h,
        .server = calloc(1, d->server_size),
        .jobs = calloc(GUESTS_MOST, d->job_size),
        .naive = { .discipline = d->name, .rounds = h->rounds, .speed = 1.0, .cores = cores },
        .dice = { seed },
        .good = true
    };
    uint32_t i;

    CU_ASSERT_FATAL(t.server && t.jobs);
    for (i = 0; i < GUESTS_MOST; i++)
        forget(&t, i);
    d->open(t.server, cores, 1.0);
    for (i = 0; i < STEPS && t.good; i++)
        step(&t);
    conclude(&t);
    free(t.server);
    free(t.jobs);
}

static const uint32_t cores_tried[] = { 1, 2, 5, 17, UINT32_MAX };
enum { CORES_TRIED = sizeof cores_tried / sizeof cores_tried[0] };

static void test_traces(void)
{
    uint32_t d, h, c, seed;

    for (d = 0; d < WITH_CORES; d++)
        for (h = 0; h < HABITS; h++)
            for (c = 0; c < CORES_TRIED; c++)
                for (seed = 0; seed < SEEDS; seed++)
                    follow(with_cores[d], &habits[h], cores_tried[c], seed * 1000 + h);
}

/* ---- First in, first out, where the departures are known at once. */

static void fifo_against_known(uint32_t cores, double speed, uint64_t seed)
{
    enum { N = 3000 };
    const struct discipline *d = &discipline_fifo;
    lb_time free_at = 0, *core = calloc(cores, sizeof core[0]), *left = calloc(N, sizeof left[0]);
    void *server = calloc(1, d->server_size), *jobs = calloc(N, d->job_size);
    lb_time now = 0, due;
    struct lb_random dice = { seed };
    uint32_t i, job = JOB_NONE;

    CU_ASSERT_FATAL(core && left && server && jobs);
    d->open(server, cores, speed);
    for (i = 0; i <= N; i++) {
        struct task task = { lb_below(&dice, 1000), 0 };
        lb_time service = (lb_time)((double)task.work / speed + 0.5);

        now = i < N ? now + lb_below(&dice, (uint32_t)(1100 / speed) / cores + 1) : LB_NEVER;
        while ((due = d->due(server, jobs, &job)) <= now && due != LB_NEVER) {
            CU_ASSERT_EQUAL_FATAL(due, left[job]);
            d->finish(server, jobs, job, due);
        }
        if (i == N)
            break;
        left[i] = cores_departure(core, cores, now, service);
        if (cores == 1)
            CU_ASSERT_EQUAL_FATAL(fifo_departure(&free_at, now, service), left[i]);
        d->arrive(server, jobs, i, &task, now);
    }
    CU_ASSERT_EQUAL(d->next(server, jobs, JOB_NONE), JOB_NONE);
    free(jobs);
    free(server);
    free(left);
    free(core);
}

static void test_fifo_known(void)
{
    static const double speeds[] = { 1.0, 0.7, 0.25, 3.0, 12.5 };
    static const uint32_t cores[] = { 1, 2, 3, 5, 17, 64 };
    uint32_t i, k;

    for (i = 0; i < sizeof cores / sizeof cores[0]; i++)
        for (k = 0; k < sizeof speeds / sizeof speeds[0]; k++)
            fifo_against_known(cores[i], speeds[k], i * 10 + k);
}

/* ---- By hand. */

struct bench {
    const struct discipline *d;
    void *server, *jobs;
};

static struct bench bench_open(const struct discipline *d, uint32_t cores)
{
    struct bench b = { d, calloc(1, d->server_size), calloc(16, d->job_size) };

    CU_ASSERT_FATAL(b.server && b.jobs);
    d->open(b.server, cores, 1.0);
    return b;
}

static void bench_close(struct bench *b)
{
    CU_ASSERT_EQUAL(b->d->next(b->server, b->jobs, JOB_NONE), JOB_NONE);
    free(b->server);
    free(b->jobs);
}

/* Job `job` comes at `now`; `started` begins. */
static void comes(struct bench *b, lb_time now, uint32_t job, lb_time work, uint32_t priority,
                  uint32_t started)
{
    CU_ASSERT_EQUAL(b->d->arrive(b->server, b->jobs, job, &(struct task) { work, priority }, now),
                    started);
}

/* The next to leave is `job`, at `now`; `started` begins. */
static void goes(struct bench *b, lb_time now, uint32_t job, uint32_t started)
{
    uint32_t due = JOB_NONE;

    CU_ASSERT_EQUAL(b->d->due(b->server, b->jobs, &due), now);
    CU_ASSERT_EQUAL_FATAL(due, job);
    CU_ASSERT_EQUAL(b->d->finish(b->server, b->jobs, job, now), started);
}

/* One core, slots against the order of arrival: 9 serves 10; 8 is taken out of the queue, then 9
 * out of service at 4, so that 7 has 4 to 24. At half speed from 14 on its last 10 take 20. */
static void test_fifo_by_hand(void)
{
    struct bench b = bench_open(&discipline_fifo, 1);

    comes(&b, 0, 9, 10, 0, 9);
    comes(&b, 0, 8, 10, 0, JOB_NONE);
    comes(&b, 1, 7, 20, 0, JOB_NONE);
    comes(&b, 1, 6, 5, 0, JOB_NONE);
    CU_ASSERT_EQUAL(b.d->remove(b.server, b.jobs, 8, 2), JOB_NONE);
    CU_ASSERT_EQUAL(b.d->remove(b.server, b.jobs, 9, 4), 7);
    b.d->pace(b.server, b.jobs, 0.5, 14);
    CU_ASSERT_EQUAL(b.d->began(b.jobs, 7), 4);
    CU_ASSERT_EQUAL(b.d->began(b.jobs, 6), LB_NEVER);
    goes(&b, 34, 7, 6);
    goes(&b, 44, 6, JOB_NONE);
    bench_close(&b);
}

/* One core: 0 has 10 to do and is interrupted at 3 by 1, which is interrupted at 4 by 2. They
 * leave 2 at 6, 1 at 10 (4 left), 0 at 17 (7 left). Two cores: 2 interrupts 0, the oldest, which
 * goes on when 2 is done. */
static void test_lifo_by_hand(void)
{
    struct bench b = bench_open(&discipline_lifo, 1);

    comes(&b, 0, 0, 10, 0, 0);
    comes(&b, 3, 1, 5, 0, 1);
    comes(&b, 4, 2, 2, 0, 2);
    goes(&b, 6, 2, JOB_NONE);
    goes(&b, 10, 1, JOB_NONE);
    goes(&b, 17, 0, JOB_NONE);
    bench_close(&b);
    b = bench_open(&discipline_lifo, 2);
    comes(&b, 0, 0, 10, 0, 0);
    comes(&b, 2, 1, 20, 0, 1);
    comes(&b, 4, 2, 3, 0, 2);
    goes(&b, 7, 2, JOB_NONE);
    goes(&b, 13, 0, JOB_NONE);
    goes(&b, 22, 1, JOB_NONE);
    bench_close(&b);
}

/* One core: 0 has 10 to do, at 2 has 8 left. 1 with 8 does not interrupt, 2 with 3 does; at 5 then
 * 0 and 1 have 8 each and the earlier goes on. Two cores: 3 interrupts 1, which has the most left.
 */
static void test_srpt_by_hand(void)
{
    struct bench b = bench_open(&discipline_srpt, 1);

    comes(&b, 0, 0, 10, 0, 0);
    comes(&b, 2, 1, 8, 0, JOB_NONE);
    comes(&b, 2, 2, 3, 0, 2);
    goes(&b, 5, 2, JOB_NONE);
    goes(&b, 13, 0, 1);
    goes(&b, 21, 1, JOB_NONE);
    bench_close(&b);
    b = bench_open(&discipline_srpt, 2);
    comes(&b, 0, 0, 10, 0, 0);
    comes(&b, 0, 1, 30, 0, 1);
    comes(&b, 1, 2, 29, 0, JOB_NONE);
    comes(&b, 5, 3, 24, 0, 3);
    goes(&b, 10, 0, JOB_NONE);
    goes(&b, 29, 3, 2);
    goes(&b, 35, 1, JOB_NONE);
    goes(&b, 58, 2, JOB_NONE);
    bench_close(&b);
}

/* One core: class 1 is served while 5 and 3 come in; without interruption the order is 0, then 5
 * (the highest), then 3, then 1. With it 3 interrupts at 1 and 5 at 2; 0 goes on before 3, which is
 * of its own class and later. */
static void test_priority_by_hand(void)
{
    struct bench b = bench_open(&discipline_priority, 1);

    comes(&b, 0, 0, 10, 1, 0);
    comes(&b, 0, 3, 4, 1, JOB_NONE);
    comes(&b, 1, 1, 2, 3, JOB_NONE);
    comes(&b, 2, 2, 5, 5, JOB_NONE);
    goes(&b, 10, 0, 2);
    goes(&b, 15, 2, 1);
    goes(&b, 17, 1, 3);
    goes(&b, 21, 3, JOB_NONE);
    bench_close(&b);
    b = bench_open(&discipline_priority_preemptive, 1);
    comes(&b, 0, 0, 10, 1, 0);
    comes(&b, 0, 3, 4, 1, JOB_NONE);
    comes(&b, 1, 1, 2, 3, 1);
    comes(&b, 2, 2, 5, 5, 2);
    comes(&b, 3, 4, 1, 5, JOB_NONE);
    goes(&b, 7, 2, 4);
    goes(&b, 8, 4, JOB_NONE);
    goes(&b, 9, 1, JOB_NONE);
    goes(&b, 18, 0, 3);
    goes(&b, 22, 3, JOB_NONE);
    bench_close(&b);
}

/* At speed 0 nobody leaves, an arrival takes the free core and the next waits or interrupts: here 2
 * is younger, shorter and of a higher priority than 0 and 1, which have 6 left each. */
static void stands_still(const struct discipline *d)
{
    struct bench b = bench_open(d, 2);
    bool waits = d == &discipline_fifo || d == &discipline_priority;
    uint32_t job = JOB_NONE, victim = d == &discipline_lifo ? 0 : 1;

    comes(&b, 0, 0, 10, 1, 0);
    d->pace(b.server, b.jobs, 0.0, 4);
    CU_ASSERT_EQUAL(d->due(b.server, b.jobs, &job), LB_NEVER);
    comes(&b, 5, 1, 6, 1, 1);
    comes(&b, 6, 2, 3, 2, waits ? JOB_NONE : 2);
    CU_ASSERT_EQUAL(d->due(b.server, b.jobs, &job), LB_NEVER);
    CU_ASSERT_EQUAL(d->left(b.server, b.jobs, 0, 1000), 6.0);
    d->pace(b.server, b.jobs, 1.0, 100);
    if (waits) {
        goes(&b, 106, 0, 2);
        goes(&b, 106, 1, JOB_NONE);
        goes(&b, 109, 2, JOB_NONE);
    } else {
        goes(&b, 103, 2, JOB_NONE);
        goes(&b, 106, 1 - victim, JOB_NONE);
        goes(&b, 109, victim, JOB_NONE);
    }
    bench_close(&b);
}

static void test_standstill(void)
{
    uint32_t i;

    for (i = 0; i < WITH_CORES; i++)
        stands_still(with_cores[i]);
}

/* ---- All of them. */

/* With a core for everybody the discipline does not matter, processor sharing included. */
static void test_unlimited(void)
{
    static const uint32_t enough[] = { 8, UINT32_MAX };
    uint32_t i, k;

    for (i = 0; disciplines[i]; i++)
        for (k = 0; k < 2; k++) {
            struct bench b = bench_open(disciplines[i], enough[k]);

            comes(&b, 0, 5, 100, 1, 5);
            comes(&b, 10, 4, 20, 2, 4);
            comes(&b, 10, 3, 20, 3, 3);
            comes(&b, 20, 2, 500, 0, 2);
            goes(&b, 30, 4, JOB_NONE);
            goes(&b, 30, 3, JOB_NONE);
            b.d->pace(b.server, b.jobs, 0.0, 40);
            b.d->pace(b.server, b.jobs, 2.0, 50);
            CU_ASSERT_EQUAL(b.d->left(b.server, b.jobs, 5, 60), 40.0);
            CU_ASSERT_EQUAL(b.d->began(b.jobs, 5), 0);
            CU_ASSERT_EQUAL(b.d->remove(b.server, b.jobs, 2, 60), JOB_NONE);
            goes(&b, 80, 5, JOB_NONE);
            bench_close(&b);
        }
}

static void test_table(void)
{
    uint32_t i;

    for (i = 0; disciplines[i]; i++) {
        CU_ASSERT(disciplines[i]->server_size < 80);
        CU_ASSERT(disciplines[i]->shares == (disciplines[i] == &discipline_ps));
    }
    CU_ASSERT_EQUAL(i, WITH_CORES + 1);
}

int suite_disciplines(void)
{
    CU_pSuite suite = CU_add_suite("disciplines", NULL, NULL);

    return !suite || !CU_add_test(suite, "against a naive server", test_traces) ||
           !CU_add_test(suite, "first in first out: the known departures", test_fifo_known) ||
           !CU_add_test(suite, "first in first out, by hand", test_fifo_by_hand) ||
           !CU_add_test(suite, "last in first out, by hand", test_lifo_by_hand) ||
           !CU_add_test(suite, "shortest remaining first, by hand", test_srpt_by_hand) ||
           !CU_add_test(suite, "priorities, by hand", test_priority_by_hand) ||
           !CU_add_test(suite, "speed 0", test_standstill) ||
           !CU_add_test(suite, "a core for everybody", test_unlimited) ||
           !CU_add_test(suite, "the table", test_table);
}
