/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "sim/run/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    PIPE_BYTES = 1 << 20,
    TICK_MS = 1000,
    STUCK_S = 10,
    BLOCKED_S = 60,
    GRACE_S = 5,
    NO_TASK = -1
};

/* What the processes share. */
struct post {
    volatile uint64_t progress;
    _Atomic int64_t task; /* in hand, or NO_TASK */
};
struct board {
    _Atomic uint32_t next;
    int stop;
    struct post post[];
};

struct header {
    uint32_t task;
    uint32_t lost; /* the result would not fit memory */
    uint64_t size;
};

struct worker {
    pid_t pid;
    int pipe;
    unsigned char *buffer;
    size_t n, room;
    uint64_t seen;              /* progress at the last look */
    double cpu_then, wall_then; /* at the last progress, s */
    enum { NOT_KILLED, KILLED_LOOPING, KILLED_BLOCKED } killed;
};

struct pool {
    const struct crew *crew;
    struct board *board;
    struct worker *worker;
    struct pollfd *poll;
    bool early;
};

/* ---- In the worker. */

static bool write_all(int pipe, const void *data, size_t n)
{
    const char *at = data;

    while (n) {
        ssize_t done = write(pipe, at, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        at += done;
        n -= (size_t)done;
    }
    return true;
}

static bool send_result(int pipe, uint32_t task, void *result, size_t n)
{
    struct header header = { task, result == NULL, result ? n : 0 };
    char *whole = result ? malloc(sizeof header + n) : NULL;
    bool good;

    if (!whole) {
        header = (struct header) { task, 1, 0 };
        free(result);
        return write_all(pipe, &header, sizeof header);
    }
    memcpy(whole, &header, sizeof header);
    memcpy(whole + sizeof header, result, n);
    free(result);
    good = write_all(pipe, whole, sizeof header + n);
    free(whole);
    return good;
}

static void labour(const struct pool *p, uint32_t which, int pipe)
{
    struct board *board = p->board;
    struct post *post = &board->post[which];
    struct task_signs signs = { &post->progress, &board->stop };
    bool good = true;

    signal(SIGINT, SIG_IGN);
    dup2(STDERR_FILENO, STDOUT_FILENO); /* what a plug-in prints is no result */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (good && !board->stop) {
        uint32_t task = atomic_fetch_add(&board->next, 1);
        size_t n = 0;
        void *result;

        if (task >= p->crew->tasks)
            break;
        atomic_store(&post->task, task);
        result = p->crew->work(p->crew->context, task, &signs, &n);
        good = send_result(pipe, task, result, n);
        atomic_store(&post->task, NO_TASK);
    }
    _exit(good ? 0 : 1);
}

/* ---- In the caller's process. */

static double wall(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int start(struct pool *p, uint32_t which)
{
    struct worker *w = &p->worker[which];
    int ends[2];

    if (pipe(ends))
        return -errno;
    fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES); /* a wish */
    atomic_store(&p->board->post[which].task, NO_TASK);
    w->pid = fork();
    if (w->pid < 0) {
        close(ends[0]);
        close(ends[1]);
        return -errno;
    }
    if (w->pid == 0) {
        close(ends[0]);
        labour(p, which, ends[1]);
    }
    close(ends[1]);
    w->pipe = ends[0];
    w->n = 0;
    w->seen = p->board->post[which].progress;
    w->cpu_then = 0.0;
    w->wall_then = wall();
    w->killed = NOT_KILLED;
    p->poll[which] = (struct pollfd) { w->pipe, POLLIN, 0 };
    return 0;
}

static void deliver(struct pool *p, uint32_t task, const void *result, size_t n, const char *why)
{
    if (p->crew->take(p->crew->context, task, result, n, why))
        p->early = true;
}

/* Hands on every whole message in the buffer. */
static void digest(struct pool *p, struct worker *w)
{
    size_t at = 0;

    while (w->n - at >= sizeof(struct header)) {
        struct header header;

        memcpy(&header, w->buffer + at, sizeof header);
        if (w->n - at - sizeof header < header.size)
            break;
        deliver(p, header.task, header.lost ? NULL : w->buffer + at + sizeof header, header.size,
                header.lost ? "out of memory" : NULL);
        at += sizeof header + header.size;
    }
    memmove(w->buffer, w->buffer + at, w->n - at);
    w->n -= at;
}

/* Reads what is there. False: the worker has closed its end. */
static bool read_some(struct worker *w)
{
    ssize_t n;

    if (w->room - w->n < PIPE_BYTES) {
        unsigned char *more = realloc(w->buffer, w->room + 2 * PIPE_BYTES);

        if (!more)
            return false;
        w->buffer = more;
        w->room += 2 * PIPE_BYTES;
    }
    do
        n = read(w->pipe, w->buffer + w->n, w->room - w->n);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return false;
    w->n += (size_t)n;
    return true;
}

/* A worker has ended: well, or in the middle of a task. Another takes its place if there is work.
 */
static void bury(struct pool *p, uint32_t which)
{
    struct worker *w = &p->worker[which];
    int64_t task = atomic_load(&p->board->post[which].task);
    char why[128];
    int status = 0;

    close(w->pipe);
    p->poll[which].fd = -1;
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
        ;
    w->pid = 0;
    if (task == NO_TASK || p->board->stop)
        return;
    if (w->killed == KILLED_LOOPING)
        snprintf(why, sizeof why, "no progress in %d s of CPU time: it loops", STUCK_S);
    else if (w->killed == KILLED_BLOCKED)
        snprintf(why, sizeof why, "no progress in %d s: it waits for something", BLOCKED_S);
    else if (WIFSIGNALED(status))
        snprintf(why, sizeof why, "the process crashed: %s", strsignal(WTERMSIG(status)));
    else
        snprintf(why, sizeof why, "the process ended with status %d", WEXITSTATUS(status));
    deliver(p, (uint32_t)task, NULL, 0, why);
    if (!p->early && atomic_load(&p->board->next) < p->crew->tasks && start(p, which))
        p->early = true;
}

static double cpu_of(pid_t pid)
{
    struct timespec t;
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t))
        return 0.0;
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void end_the_stuck(struct pool *p)
{
    uint32_t i;

    for (i = 0; i < p->crew->workers; i++) {
        struct worker *w = &p->worker[i];
        double cpu, now = wall();

        if (!w->pid)
            continue;
        cpu = cpu_of(w->pid);
        if (p->board->post[i].progress != w->seen ||
            atomic_load(&p->board->post[i].task) == NO_TASK) {
            w->seen = p->board->post[i].progress;
            w->cpu_then = cpu;
            w->wall_then = now;
        } else if (cpu - w->cpu_then > STUCK_S || now - w->wall_then > BLOCKED_S) {
            w->killed = cpu - w->cpu_then > STUCK_S ? KILLED_LOOPING : KILLED_BLOCKED;
            kill(w->pid, SIGKILL);
        }
    }
}

static bool anyone(const struct pool *p)
{
    uint32_t i;

    for (i = 0; i < p->crew->workers; i++)
        if (p->worker[i].pid)
            return true;
    return false;
}

/* Those who were asked to end and do not. */
static void end_all(const struct pool *p)
{
    uint32_t i;

    for (i = 0; i < p->crew->workers; i++)
        if (p->worker[i].pid)
            kill(p->worker[i].pid, SIGKILL);
}

static void attend(struct pool *p)
{
    double ticked = wall(), stopped = 0.0;

    while (anyone(p)) {
        uint32_t i;
        int ready = poll(p->poll, p->crew->workers, TICK_MS);

        for (i = 0; ready > 0 && i < p->crew->workers; i++) {
            struct worker *w = &p->worker[i];

            if (!w->pid || !(p->poll[i].revents & (POLLIN | POLLHUP | POLLERR)))
                continue;
            if (read_some(w))
                digest(p, w);
            else
                bury(p, i);
        }
        if (wall() - ticked >= 0.9 * TICK_MS / 1000.0) {
            ticked = wall();
            end_the_stuck(p);
            if (p->crew->tick && p->crew->tick(p->crew->context))
                p->early = true;
        }
        if (p->crew->interrupt && *p->crew->interrupt)
            p->early = true;
        if (p->early && !p->board->stop) {
            p->board->stop = 1;
            stopped = wall();
        }
        if (p->early && wall() - stopped > GRACE_S)
            end_all(p);
    }
}

static void dismiss(struct pool *p, size_t bytes)
{
    uint32_t i;

    for (i = 0; p->worker && i < p->crew->workers; i++)
        free(p->worker[i].buffer);
    free(p->worker);
    free(p->poll);
    if (p->board != MAP_FAILED)
        munmap(p->board, bytes);
}

int workers_run(const struct crew *crew)
{
    size_t bytes = sizeof(struct board) + crew->workers * sizeof(struct post);
    struct pool p = { .crew = crew };
    uint32_t i;
    int failed = 0;

    p.board = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    p.worker = calloc(crew->workers, sizeof p.worker[0]);
    p.poll = calloc(crew->workers, sizeof p.poll[0]);
    if (p.board == MAP_FAILED || !p.worker || !p.poll) {
        dismiss(&p, bytes);
        return -ENOMEM;
    }
    for (i = 0; i < crew->workers; i++)
        p.poll[i].fd = -1;
    fflush(NULL); /* else each process would print what is still in the buffers */
    for (i = 0; i < crew->workers && !failed; i++)
        failed = start(&p, i);
    if (failed && i > 1)
        failed = 0; /* fewer will do */
    attend(&p);
    dismiss(&p, bytes);
    return failed ? failed : p.early;
}
