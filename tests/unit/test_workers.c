/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The pool of processes: who gets which task, and what becomes of those who die. */
#define _GNU_SOURCE
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sim/run/workers.h"

int suite_workers(void);

enum { TASKS = 64, HUGE_BYTES = 50 << 20 };

/* What a task does: in crew_task.what. */
enum {
    SQUARE,
    CRASH,
    CRASH_ONCE,
    LEAVE,
    SHUT,
    LOOP,
    SLEEP,
    NOTHING,
    HUGE_RESULT,
    HEED_STOP,
    NO_RESULT
};

/* Seen by all processes. */
struct shared {
    uint32_t begun[TASKS];
    volatile uint32_t going;
};

struct job {
    struct crew crew;
    struct shared *shared;
    uint32_t what[TASKS], tasks, asked;
    /* what was taken */
    uint64_t result[TASKS];
    size_t bytes[TASKS];
    char why[TASKS][160];
    uint32_t taken[TASKS], tries[TASKS], order[TASKS], taken_n;
    uint32_t group;     /* next() waits until all of a group are taken; 0: never */
    uint32_t waited;    /* how often it did */
    uint32_t end_after; /* results; 0: never */
    bool good;          /* no result was damaged */
};

static enum crew_next next(void *context, struct crew_task *task)
{
    struct job *j = context;

    if (j->asked >= j->tasks)
        return CREW_DONE;
    if (j->group && j->asked % j->group == 0 && j->taken_n < j->asked) {
        j->waited++;
        return CREW_WAIT;
    }
    task->what = j->what[j->asked];
    task->replication = j->asked++;
    task->requests = (uint64_t)task->replication << 40;
    task->duration = -5;
    return CREW_TASK;
}

static unsigned char byte_at(size_t i)
{
    return (unsigned char)(i * 2654435761u >> 24);
}

static void *huge(size_t *n)
{
    unsigned char *block = malloc(HUGE_BYTES);
    size_t i;

    for (i = 0; block && i < HUGE_BYTES; i++)
        block[i] = byte_at(i);
    *n = HUGE_BYTES;
    return block;
}

static void *square(const struct crew_task *task, size_t *n)
{
    uint64_t *block = malloc(sizeof *block);

    if (block)
        *block = (uint64_t)task->replication * task->replication +
                 (task->requests != (uint64_t)task->replication << 40 || task->duration != -5);
    *n = sizeof *block;
    return block;
}

static void *work(void *context, const struct crew_task *task, const struct task_signs *signs,
                  size_t *n)
{
    struct job *j = context;
    uint32_t begun = __atomic_add_fetch(&j->shared->begun[task->replication], 1, __ATOMIC_SEQ_CST);
    int fd;

    __atomic_add_fetch(&j->shared->going, 1, __ATOMIC_SEQ_CST);
    switch (task->what) {
    case CRASH_ONCE:
        if (begun > 1)
            break;
        /* fall through */
    case CRASH:
        signal(SIGSEGV, SIG_DFL); /* a sanitizer has its own way to end */
        raise(SIGSEGV);
        break;
    case LEAVE:
        _exit(3);
    case SHUT: /* as some libraries do before they start a program */
        for (fd = 0; fd < 100; fd++)
            close(fd);
        sleep(100);
        break;
    case LOOP:
        for (;;)
            ;
    case SLEEP:
        for (;;)
            usleep(1000000);
    case HEED_STOP:
        while (!*signs->stop) {
            ++*signs->progress;
            usleep(1000);
        }
        break;
    case NOTHING:
        *n = 0;
        return malloc(1);
    case HUGE_RESULT:
        return huge(n);
    case NO_RESULT:
        return NULL;
    default:;
    }
    return square(task, n);
}

static int take(void *context, const struct crew_task *task, const void *result, size_t n,
                const char *why)
{
    struct job *j = context;
    uint32_t i = task->replication;
    const unsigned char *block = result;

    j->order[j->taken_n++] = i;
    j->taken[i]++;
    j->tries[i] = task->tries;
    j->bytes[i] = n;
    if (result && n == sizeof j->result[i])
        memcpy(&j->result[i], result, n);
    for (; block && task->what == HUGE_RESULT && n--;)
        j->good = j->good && block[n] == byte_at(n);
    snprintf(j->why[i], sizeof j->why[i], "%s", why ? why : "");
    return j->end_after && j->taken_n >= j->end_after;
}

static struct job *job_open(uint32_t workers, uint32_t tasks)
{
    struct job *j = calloc(1, sizeof *j);

    CU_ASSERT_PTR_NOT_NULL_FATAL(j);
    j->shared =
        mmap(NULL, sizeof *j->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CU_ASSERT_FATAL(j->shared != MAP_FAILED);
    j->tasks = tasks;
    j->good = true;
    j->crew = (struct crew) {
        .workers = workers, .next = next, .work = work, .take = take, .context = j
    };
    return j;
}

static void job_close(struct job *j)
{
    munmap(j->shared, sizeof *j->shared);
    free(j);
}

/* The tasks that square: each taken once, begun once, and right. */
static void expect_squares(const struct job *j)
{
    uint32_t i;

    for (i = 0; i < j->tasks; i++)
        if (j->what[i] == SQUARE) {
            CU_ASSERT_EQUAL(j->taken[i], 1);
            CU_ASSERT_EQUAL(j->tries[i], 0);
            CU_ASSERT_EQUAL(j->shared->begun[i], 1);
            CU_ASSERT_EQUAL(j->result[i], (uint64_t)i * i);
            CU_ASSERT_STRING_EQUAL(j->why[i], "");
        }
}

static void test_all_taken(void)
{
    static const uint32_t workers[] = { 1, 2, 7, 200 };
    uint32_t i;

    for (i = 0; i < 4; i++) {
        struct job *j = job_open(workers[i], TASKS);

        CU_ASSERT_EQUAL(workers_run(&j->crew), 0);
        CU_ASSERT_EQUAL(j->taken_n, TASKS);
        expect_squares(j);
        job_close(j);
    }
}

static void test_no_task(void)
{
    struct job *j = job_open(3, 0);

    CU_ASSERT_EQUAL(workers_run(&j->crew), 0);
    CU_ASSERT_EQUAL(j->taken_n, 0);
    job_close(j);
}

static void test_crash(void)
{
    uint32_t workers;

    for (workers = 1; workers < 4; workers++) {
        struct job *j = job_open(workers, 12);

        j->what[0] = j->what[5] = CRASH;
        j->what[3] = CRASH_ONCE;
        j->what[11] = LEAVE;
        CU_ASSERT_EQUAL(workers_run(&j->crew), 0);
        CU_ASSERT_EQUAL(j->taken_n, 12);
        expect_squares(j);
        CU_ASSERT_EQUAL(j->shared->begun[0], 2);
        CU_ASSERT_EQUAL(j->shared->begun[5], 2);
        CU_ASSERT_EQUAL(j->taken[0], 1);
        CU_ASSERT_STRING_EQUAL(j->why[5], "the process crashed twice: Segmentation fault");
        CU_ASSERT_EQUAL(j->shared->begun[3], 2);
        CU_ASSERT_EQUAL(j->tries[3], 1);
        CU_ASSERT_EQUAL(j->result[3], 9);
        CU_ASSERT_EQUAL(j->shared->begun[11], 2);
        CU_ASSERT_STRING_EQUAL(j->why[11], "the process ended twice with status 3");
        job_close(j);
    }
}

static void test_shut(void)
{
    struct job *j = job_open(2, 8);

    j->what[2] = SHUT;
    CU_ASSERT_EQUAL(workers_run(&j->crew), 0);
    CU_ASSERT_EQUAL(j->taken_n, 8);
    CU_ASSERT_STRING_EQUAL(j->why[2], "the process crashed twice: Killed");
    expect_squares(j);
    job_close(j);
}

static void test_stuck(void)
{
    struct job *j = job_open(2, 8);

    j->what[1] = LOOP;
    j->what[4] = SLEEP;
    CU_ASSERT_EQUAL(workers_run_within(&j->crew, &(struct patience) { 0.2, 4.0, 5.0 }), 0);
    CU_ASSERT_EQUAL(j->taken_n, 8);
    expect_squares(j);
    CU_ASSERT_EQUAL(j->shared->begun[1], 1);
    CU_ASSERT_EQUAL(j->shared->begun[4], 1);
    CU_ASSERT_STRING_EQUAL(j->why[1], "no progress in 0.2 s of CPU time: it loops");
    CU_ASSERT_STRING_EQUAL(j->why[4], "no progress in 4 s: it waits for something");
    job_close(j);
}

static void test_groups(void)
{
    uint32_t workers, i;

    for (workers = 1; workers < 6; workers += 2) {
        struct job *j = job_open(workers, 30);

        j->group = 10;
        j->what[9] = j->what[19] = CRASH_ONCE; /* one that is tried again holds its group up */
        CU_ASSERT_EQUAL(workers_run(&j->crew), 0);
        CU_ASSERT_EQUAL(j->taken_n, 30);
        CU_ASSERT(j->waited >= 2);
        for (i = 0; i < 30; i++)
            CU_ASSERT_EQUAL(j->order[i] / 10, i / 10);
        expect_squares(j);
        job_close(j);
    }
}

static enum crew_next wait_for_ever(void *context, struct crew_task *task)
{
    (void)context, (void)task;
    return CREW_WAIT;
}

static void test_broken_promise(void)
{
    struct job *j = job_open(2, 1);

    j->crew.next = wait_for_ever;
    CU_ASSERT_EQUAL(workers_run(&j->crew), -EDEADLK);
    job_close(j);
}

static void test_ended_by_take(void)
{
    struct job *j = job_open(2, TASKS);

    j->end_after = 5;
    CU_ASSERT_EQUAL(workers_run(&j->crew), 1);
    CU_ASSERT(j->taken_n >= 5 && j->taken_n <= 5 + 2 * 2); /* those in hand, and the next */
    job_close(j);
}

static volatile sig_atomic_t interrupted;

static int interrupt_once_going(void *context)
{
    struct job *j = context;

    interrupted = j->shared->going >= 2;
    return 0;
}

static void test_interrupt(void)
{
    struct job *j = job_open(2, 6);

    interrupted = 0;
    j->what[0] = HEED_STOP; /* its result comes all the same */
    j->what[1] = SLEEP;     /* it does not heed, and is ended */
    j->crew.tick = interrupt_once_going;
    j->crew.interrupt = &interrupted;
    CU_ASSERT_EQUAL(workers_run_within(&j->crew, &(struct patience) { 10.0, 60.0, 2.0 }), 1);
    CU_ASSERT_EQUAL(j->taken_n, 1);
    CU_ASSERT_EQUAL(j->taken[0], 1);
    CU_ASSERT_EQUAL(j->shared->begun[2], 0);
    job_close(j);
}

static void test_sizes(void)
{
    struct job *j = job_open(2, 8);

    j->what[0] = j->what[1] = j->what[7] = NOTHING;
    j->what[2] = j->what[3] = HUGE_RESULT;
    j->what[4] = NO_RESULT;
    CU_ASSERT_EQUAL(workers_run(&j->crew), 0);
    CU_ASSERT_EQUAL(j->taken_n, 8);
    CU_ASSERT(j->bytes[0] == 0 && j->bytes[7] == 0);
    CU_ASSERT_STRING_EQUAL(j->why[0], "");
    CU_ASSERT(j->bytes[2] == HUGE_BYTES && j->bytes[3] == HUGE_BYTES);
    CU_ASSERT(j->good);
    CU_ASSERT_STRING_EQUAL(j->why[4], "out of memory");
    expect_squares(j);
    job_close(j);
}

int suite_workers(void)
{
    CU_pSuite s = CU_add_suite("workers", NULL, NULL);

    return !s || !CU_add_test(s, "all tasks are taken once", test_all_taken) ||
           !CU_add_test(s, "no task at all", test_no_task) ||
           !CU_add_test(s, "a crash is tried twice", test_crash) ||
           !CU_add_test(s, "one that shuts its pipes", test_shut) ||
           !CU_add_test(s, "loops and sleepers", test_stuck) ||
           !CU_add_test(s, "next() waits for results", test_groups) ||
           !CU_add_test(s, "next() waits for nothing", test_broken_promise) ||
           !CU_add_test(s, "take() ends it", test_ended_by_take) ||
           !CU_add_test(s, "an interrupt", test_interrupt) ||
           !CU_add_test(s, "results of any size", test_sizes);
}
