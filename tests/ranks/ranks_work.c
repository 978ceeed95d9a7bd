/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Work of a kind that a test can check, to be started by mpirun or alone:
 *
 *     lbsim-ranks TASKS MS [crash=TASK] [once=TASK] [loop=TASK] [foreman=TASK] [huge=TASK]
 *                 [kill=RANK] [stop=RANK] [absent=RANK] [burn=0] [end=RESULTS] [rounds=N]
 *
 * Each task lasts MS milliseconds, with `burn` of CPU time, and returns a number. Of the tasks
 * named, `crash` crashes, `once` does so the first time, `loop` loops, `foreman` kills the process
 * that has started its own, `huge` returns 50 MB. Of the ranks named, `kill` is killed during its
 * first task, `stop` stands still from then on for 40 s, `absent` leaves before the work. `end`
 * ends early after so many results. Rank 0 prints what came of each task, in order, and what the
 * pool returned. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/run/ranks.h"

enum { MOST = 1000, HUGE_BYTES = 50 << 20, WHY = 400 };
enum { CRASH, ONCE, LOOP, FOREMAN, KILL, STOP, HUGE_ONE, BURN, END, ROUNDS, ABSENT, WORDS };

struct plan {
    uint32_t tasks, ms, round, asked, taken;
    uint32_t special[WORDS];
    pid_t rank;  /* this rank's process, which its worker strikes */
    bool worked; /* this worker has done a task */
    char told[MOST][WHY];
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static enum crew_next next(void *context, struct crew_task *task)
{
    struct plan *p = context;

    task->point = p->round;
    task->replication = p->asked++;
    return task->replication < p->tasks ? CREW_TASK : CREW_DONE;
}

static void strike(const struct plan *p, int number)
{
    fprintf(stderr, "rank %u is struck\n", ranks_rank());
    kill(p->rank, number);
    sleep(40);
    kill(p->rank, SIGCONT);
}

static void misbehave(const struct plan *p, const struct crew_task *task, bool worked)
{
    uint32_t i = task->replication;

    if (i == p->special[CRASH] || (i == p->special[ONCE] && task->tries == 0))
        raise(SIGSEGV);
    while (i == p->special[LOOP])
        ;
    if (task->tries == 0 && i == p->special[FOREMAN])
        kill(getppid(), SIGKILL);
    if (!worked && ranks_rank() == p->special[KILL])
        strike(p, SIGKILL);
    if (!worked && ranks_rank() == p->special[STOP])
        strike(p, SIGSTOP);
}

static uint64_t cpu_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Not by asking the clock all the time, which would be system calls. */
static void burn(uint32_t ms)
{
    uint64_t until = cpu_ms() + ms;
    volatile uint32_t i;

    while (cpu_ms() < until)
        for (i = 0; i < 100000; i++)
            ;
}

static void *work(void *context, const struct crew_task *task, const struct task_signs *signs,
                  size_t *n)
{
    struct plan *p = context; /* this process's own copy */
    const struct timespec ms = { 0, 1000000 };
    uint32_t i;
    uint64_t *result;

    for (i = 0; p->special[BURN] && i < p->ms && !*signs->stop; i++) {
        nanosleep(&ms, NULL);
        ++*signs->progress;
    }
    if (!p->special[BURN])
        burn(p->ms);
    misbehave(p, task, p->worked);
    p->worked = true;
    *n = task->replication == p->special[HUGE_ONE] ? HUGE_BYTES : sizeof *result;
    result = calloc(1, *n);
    if (result)
        result[*n / sizeof *result - 1] = (task->point + 1) * 1000003ull * task->replication;
    return result;
}

static int take(void *context, const struct crew_task *task, const void *result, size_t n,
                const char *why)
{
    struct plan *p = context;
    char *told = p->told[task->replication];
    uint64_t number;

    if (told[0]) {
        snprintf(told, WHY, "taken twice");
    } else if (result) {
        memcpy(&number, (const char *)result + n - sizeof number, sizeof number);
        snprintf(told, WHY, "%" PRIu64 " in %zu bytes", number, n);
    } else {
        snprintf(told, WHY, "%s", why);
    }
    if (++p->taken == 1)
        fprintf(stderr, "the first result is taken\n");
    return p->taken == p->special[END];
}

static int read_words(struct plan *p, int n, char **words)
{
    static const char *const name[] = { "crash", "once", "loop", "foreman", "kill",  "stop",
                                        "huge",  "burn", "end",  "rounds",  "absent" };
    int i, j;

    if (n < 3)
        return -1;
    memset(p->special, 0xff, sizeof p->special);
    p->special[ROUNDS] = 1;
    p->tasks = (uint32_t)atoi(words[1]);
    p->ms = (uint32_t)atoi(words[2]);
    for (i = 3; i < n; i++) {
        char *value = strchr(words[i], '=');

        for (j = 0; value && j < WORDS; j++)
            if (!strncmp(words[i], name[j], (size_t)(value - words[i])))
                p->special[j] = (uint32_t)atoi(value + 1);
    }
    return p->tasks > MOST ? -1 : 0;
}

static int run_rounds(struct plan *p)
{
    struct crew crew = { .workers = 2,
                         .next = next,
                         .work = work,
                         .take = take,
                         .context = p,
                         .interrupt = &interrupted };
    int result = 0;
    uint32_t i;

    for (p->round = 0; p->round < p->special[ROUNDS] && result == 0; p->round++) {
        p->asked = 0;
        if (ranks_rank() > 0) {
            result = ranks_serve(&crew);
            printf("rank %u must not be heard\n", ranks_rank());
            continue;
        }
        result = ranks_run(&crew);
        for (i = 0; i < p->tasks; i++)
            printf("%u.%u: %s\n", p->round, i, p->told[i][0] ? p->told[i] : "not taken");
        memset(p->told, 0, sizeof p->told);
    }
    if (ranks_rank() == 0)
        printf("returned %d\n", result);
    return result < 0;
}

int main(int n, char **words)
{
    struct plan *p = calloc(1, sizeof *p);
    char why[400];
    int status = 0;

    if (!p || read_words(p, n, words))
        return 2;
    p->rank = getpid();
    signal(SIGTERM, on_signal);
    if (ranks_begin(why, sizeof why)) {
        if (ranks_rank() == 0)
            fprintf(stderr, "%s\n", why);
        return 2;
    }
    if (ranks_rank() != p->special[ABSENT])
        status = run_rounds(p);
    ranks_end();
    free(p);
    return status;
}
