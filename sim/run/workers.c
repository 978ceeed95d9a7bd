/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "sim/run/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/run/inbox.h"
#include "sim/run/labour.h"
#include "sim/run/supply.h"

enum { TICK_MS = 1000, WHY_ROOM = 160 };

struct worker {
    pid_t pid;     /* 0: no process */
    int tasks[2];  /* a pipe to it. The end to read stays open, so that a dead worker is noticed in
                      one place only: where results are read */
    int results;   /* a pipe from it */
    bool busy;     /* has `task` in hand, or on the way to it */
    bool arriving; /* the header of the result of `coming` is here, the whole is not */
    struct crew_task task, coming;
    struct result_header header;
    struct inbox inbox;
    bool fresh;              /* to be looked at for the first time since it was heard of */
    uint64_t seen;           /* progress at the last look */
    double cpu_then, silent; /* CPU time when it last moved, s; real time since, s */
    enum { NOT_KILLED, KILLED_LOOPING, KILLED_BLOCKED } killed;
};

struct board {
    _Alignas(64) int stop;
    struct post post[];
};

struct pool {
    const struct crew *crew;
    struct supply supply;
    struct patience patience;
    struct board *board;
    struct worker *worker;
    struct pollfd *poll;
    int start_error; /* -errno of the last process that could not be started */
};

/* ---- One worker. */

/* What is the coordinator's is none of the worker's business. Open ends of others would also keep
 * these from seeing that there are no more tasks. */
static void settle_in(const struct pool *p, pid_t parent)
{
    uint32_t i;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before it was asked for the signal */
        _exit(1);
    signal(SIGINT, SIG_IGN);
    dup2(STDERR_FILENO, STDOUT_FILENO); /* what a plug-in prints is no result */
    for (i = 0; i < p->crew->workers; i++)
        if (p->worker[i].pid) {
            close(p->worker[i].results);
            close(p->worker[i].tasks[0]);
            if (p->worker[i].tasks[1] >= 0)
                close(p->worker[i].tasks[1]);
        }
}

static void close_both(int ends[2])
{
    if (ends[0] >= 0)
        close(ends[0]);
    if (ends[1] >= 0)
        close(ends[1]);
}

/* Puts a process into an empty place. */
static int start(struct pool *p, uint32_t which)
{
    struct worker *w = &p->worker[which];
    int results[2] = { -1, -1 }, tasks[2] = { -1, -1 };
    pid_t pid = -1, parent = getpid();

    fflush(NULL); /* else the process could print what is still in the buffers */
    if (pipe2(results, O_CLOEXEC) == 0 && pipe2(tasks, O_CLOEXEC) == 0)
        pid = fork();
    if (pid < 0) {
        int failed = -errno;

        close_both(results);
        close_both(tasks);
        return failed;
    }
    if (pid == 0) {
        settle_in(p, parent);
        close(results[0]);
        close(tasks[1]);
        labour(p->crew, &p->board->post[which], &p->board->stop, tasks[0], results[1]);
    }
    close(results[1]);
    fcntl(results[0], F_SETPIPE_SZ, PIPE_BYTES); /* a wish */
    w->pid = pid;
    w->results = results[0];
    memcpy(w->tasks, tasks, sizeof tasks);
    w->busy = w->arriving = false;
    w->inbox.n = 0;
    w->killed = NOT_KILLED;
    p->poll[which] = (struct pollfd) { w->results, POLLIN, 0 };
    return 0;
}

static void hand_out(struct worker *w, const struct crew_task *task)
{
    w->task = *task;
    w->busy = true;
    w->fresh = true;
    /* It fits, as the pipe is empty; and what a dead worker does not read comes back with it. */
    write_all(w->tasks[1], task, sizeof *task);
}

/* No more tasks: an idle worker ends by itself. */
static void dismiss(struct worker *w)
{
    if (w->tasks[1] >= 0)
        close(w->tasks[1]);
    w->tasks[1] = -1;
}

/* ---- Who gets which task. */

static bool idle(const struct worker *w)
{
    return w->pid && !w->busy && w->tasks[1] >= 0;
}

static bool at_work(const struct pool *p)
{
    uint32_t i;

    for (i = 0; i < p->crew->workers; i++)
        if (p->worker[i].busy || p->worker[i].arriving)
            return true;
    return false;
}

/* Tasks for all who have none: for those who wait, then for new processes in empty places. */
static void hand_round(struct pool *p)
{
    struct crew_task task;
    uint32_t i;

    for (i = 0; i < p->crew->workers; i++)
        if (idle(&p->worker[i]) && supply_next(&p->supply, &task))
            hand_out(&p->worker[i], &task);
    for (i = 0; i < p->crew->workers; i++) {
        if (p->worker[i].pid || !supply_next(&p->supply, &task))
            continue;
        p->start_error = start(p, i);
        if (p->start_error) { /* fewer will do, if there are any */
            supply_return(&p->supply, &task);
            break;
        }
        hand_out(&p->worker[i], &task);
    }
    if (p->supply.waiting && !p->supply.spares && !at_work(p))
        supply_fail(&p->supply, -EDEADLK); /* the caller has broken its promise */
    for (i = 0; i < p->crew->workers; i++)
        if (idle(&p->worker[i]) && supply_empty(&p->supply))
            dismiss(&p->worker[i]);
}

/* ---- What comes back. */

/* As soon as the worker is heard of it is free for its next task. */
static void begin_arrival(struct pool *p, struct worker *w)
{
    struct crew_task task;

    w->coming = w->task;
    w->arriving = true;
    w->busy = false;
    if (supply_next(&p->supply, &task))
        hand_out(w, &task);
}

/* Hands on every whole result in the buffer. */
static void digest(struct pool *p, struct worker *w)
{
    size_t at = 0;

    for (;;) {
        if (!w->arriving) {
            if (w->inbox.n - at < sizeof w->header)
                break;
            memcpy(&w->header, w->inbox.data + at, sizeof w->header);
            at += sizeof w->header;
            begin_arrival(p, w);
        }
        if (w->inbox.n - at < w->header.size)
            break;
        w->arriving = false;
        supply_deliver(&p->supply, &w->coming, w->header.lost ? NULL : w->inbox.data + at,
                       w->header.size, w->header.lost ? "out of memory" : NULL);
        at += w->header.size;
    }
    inbox_drop(&w->inbox, at);
}

/* Reads what is there: the rest of what is arriving, or a result of common size. */
static enum heard hear(struct worker *w)
{
    size_t wanted = PIPE_BYTES + sizeof w->header;

    if (w->arriving && w->header.size > wanted)
        wanted = w->header.size;
    w->fresh = true;
    return inbox_read(&w->inbox, w->results, wanted);
}

/* ---- Those who die. */

static void tell_why(const struct pool *p, const struct worker *w, int status, uint32_t tries,
                     char why[WHY_ROOM])
{
    const char *twice = tries > 1 ? " twice" : "";

    if (w->killed == KILLED_LOOPING)
        snprintf(why, WHY_ROOM, "no progress in %g s of CPU time: it loops", p->patience.looping);
    else if (w->killed == KILLED_BLOCKED)
        snprintf(why, WHY_ROOM, "no progress in %g s: it waits for something", p->patience.blocked);
    else if (WIFSIGNALED(status))
        snprintf(why, WHY_ROOM, "the process crashed%s: %s", twice, strsignal(WTERMSIG(status)));
    else
        snprintf(why, WHY_ROOM, "the process ended%s with status %d", twice, WEXITSTATUS(status));
}

static void lose(struct pool *p, const struct worker *w, const struct crew_task *lost, int status)
{
    struct crew_task task = *lost;
    char why[WHY_ROOM];

    task.tries++;
    if (p->supply.early)
        return;
    tell_why(p, w, status, task.tries, why);
    if (!w->killed && task.tries < TRIES) {
        supply_again(&p->supply, &task, why);
        return;
    }
    supply_deliver(&p->supply, &task, NULL, 0, why);
}

/* A worker has closed its end, or was killed. It may only have closed it: then it is killed now. */
static void bury(struct pool *p, uint32_t which)
{
    struct worker *w = &p->worker[which];
    bool arriving = w->arriving, busy = w->busy;
    int status = 0;

    kill(w->pid, SIGKILL);
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        w->killed = NOT_KILLED; /* it had died before */
    close(w->results);
    close_both(w->tasks);
    w->pid = 0;
    w->busy = w->arriving = false;
    p->poll[which].fd = -1;
    if (busy && arriving) /* the task has not been begun */
        supply_return(&p->supply, &w->task);
    if (arriving)
        lose(p, w, &w->coming, status);
    else if (busy)
        lose(p, w, &w->task, status);
}

/* ---- Those who do not move. */

static double cpu_of(pid_t pid)
{
    struct timespec t;
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t))
        return 0.0;
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Looks at all who work, `since` seconds after the last time. */
static void end_the_stuck(struct pool *p, double since)
{
    uint32_t i;

    for (i = 0; i < p->crew->workers; i++) {
        struct worker *w = &p->worker[i];
        uint64_t progress = p->board->post[i].progress;
        double cpu;

        if (!w->pid || !(w->busy || w->arriving))
            continue;
        cpu = cpu_of(w->pid);
        if (w->fresh || progress != w->seen) {
            w->fresh = false;
            w->seen = progress;
            w->cpu_then = cpu;
            w->silent = 0.0;
            continue;
        }
        w->silent += since;
        if (cpu - w->cpu_then > p->patience.looping)
            w->killed = KILLED_LOOPING;
        else if (w->silent > p->patience.blocked)
            w->killed = KILLED_BLOCKED;
        if (w->killed)
            bury(p, i);
    }
}

/* Those who were asked to end and do not. */
static void end_all(struct pool *p)
{
    uint32_t i;

    for (i = 0; i < p->crew->workers; i++)
        if (p->worker[i].pid)
            bury(p, i);
}

/* ---- The whole. */

static double wall(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool anyone(const struct pool *p)
{
    uint32_t i;

    for (i = 0; i < p->crew->workers; i++)
        if (p->worker[i].pid)
            return true;
    return false;
}

static void listen(struct pool *p)
{
    int ready = poll(p->poll, p->crew->workers, TICK_MS);
    uint32_t i;

    for (i = 0; ready > 0 && i < p->crew->workers; i++) {
        struct worker *w = &p->worker[i];
        enum heard heard;

        if (!w->pid || !(p->poll[i].revents & (POLLIN | POLLHUP | POLLERR)))
            continue;
        heard = hear(w);
        if (heard == HEARD_SOMETHING)
            digest(p, w);
        else if (heard == HEARD_END)
            bury(p, i);
        else
            supply_fail(&p->supply, -ENOMEM);
    }
}

static void attend(struct pool *p)
{
    double ticked = wall(), stopped = 0.0;

    for (hand_round(p); anyone(p); hand_round(p)) {
        double now;

        listen(p);
        now = wall();
        if (now - ticked >= 0.9 * TICK_MS / 1000.0) {
            /* however long this process itself was kept or stopped: they may have been too */
            end_the_stuck(p, now - ticked < 2.0 ? now - ticked : 2.0);
            ticked = now;
            if (p->crew->tick && p->crew->tick(p->crew->context))
                p->supply.early = true;
        }
        if (p->crew->interrupt && *p->crew->interrupt)
            p->supply.early = true;
        if (p->supply.early && !p->board->stop) {
            p->board->stop = 1;
            stopped = now;
        }
        if (p->supply.early && now - stopped > p->patience.grace)
            end_all(p);
    }
}

static void dissolve(struct pool *p, size_t bytes)
{
    uint32_t i;

    for (i = 0; p->worker && i < p->crew->workers; i++)
        free(p->worker[i].inbox.data);
    free(p->worker);
    free(p->poll);
    supply_close(&p->supply);
    if (p->board != MAP_FAILED)
        munmap(p->board, bytes);
}

int workers_run_within(const struct crew *crew, const struct patience *patience)
{
    size_t bytes = sizeof(struct board) + crew->workers * sizeof(struct post);
    struct pool p = { .crew = crew, .patience = *patience };
    uint32_t i;
    int result = -ENOMEM;

    p.board = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    p.worker = calloc(crew->workers, sizeof p.worker[0]);
    p.poll = calloc(crew->workers, sizeof p.poll[0]);
    if (p.board != MAP_FAILED && p.worker && p.poll &&
        !supply_open(&p.supply, crew, 2 * crew->workers)) {
        for (i = 0; i < crew->workers; i++)
            p.poll[i].fd = -1;
        attend(&p);
        result = p.supply.error    ? p.supply.error
                 : p.supply.early  ? 1
                 : p.supply.spares ? p.start_error
                                   : 0;
    }
    dissolve(&p, bytes);
    return result;
}

int workers_run(const struct crew *crew)
{
    return workers_run_within(crew, &(struct patience) { 10.0, 60.0, 5.0 });
}
