/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "sim/run/foreman.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/run/labour.h"

enum { LOOKS = 800, LOOK_MS = 10 }; /* at one that is ending; longer than a pool's patience */

/* ---- In his process. */

struct desk {
    const struct crew *crew; /* the rank's */
    int orders, reports;
    bool in_hand;
};

static enum crew_next next(void *context, struct crew_task *task)
{
    struct desk *desk = context;

    if (desk->in_hand)
        return CREW_WAIT;
    desk->in_hand = read_task(desk->orders, task);
    return desk->in_hand ? CREW_TASK : CREW_DONE;
}

static void *work(void *context, const struct crew_task *task, const struct task_signs *signs,
                  size_t *n)
{
    const struct desk *desk = context;

    return desk->crew->work(desk->crew->context, task, signs, n);
}

static int take(void *context, const struct crew_task *task, const void *result, size_t n,
                const char *why)
{
    struct desk *desk = context;
    struct report report = {
        .kind = REPORT_RESULT, .none = result == NULL, .tries = task->tries, .size = result ? n : 0
    };

    desk->in_hand = false;
    snprintf(report.text, sizeof report.text, "%s", why ? why : "");
    return !write_all(desk->reports, &report, sizeof report) ||
           !write_all(desk->reports, result, (size_t)report.size);
}

static _Noreturn void lead(const struct crew *crew, volatile sig_atomic_t *stop, int orders,
                           int reports)
{
    struct desk desk = { crew, orders, reports, false };
    struct crew own = {
        .workers = 1, .next = next, .work = work, .take = take, .context = &desk, .interrupt = stop
    };

    signal(SIGINT, SIG_IGN); /* the rank says when to stop */
    signal(SIGTERM, SIG_IGN);
    _exit(workers_run(&own) < 0);
}

/* ---- In the rank's. */

static void close_end(int *end)
{
    if (*end >= 0)
        close(*end);
    *end = -1;
}

static void forget(struct foreman *f)
{
    close_end(&f->orders[0]);
    close_end(&f->orders[1]);
    close_end(&f->reports);
    free(f->inbox.data);
    if (f->stop)
        munmap((void *)f->stop, sizeof *f->stop);
    f->inbox = (struct inbox) { NULL, 0, 0 };
    f->stop = NULL;
    f->pid = 0;
}

static bool furnish(struct foreman *f, int *says)
{
    int reports[2];
    void *stop =
        mmap(NULL, sizeof *f->stop, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    f->stop = stop == MAP_FAILED ? NULL : stop;
    if (!f->stop || pipe2(f->orders, O_CLOEXEC) || pipe2(reports, O_CLOEXEC))
        return false;
    fcntl(reports[0], F_SETPIPE_SZ, PIPE_BYTES); /* a wish */
    f->reports = reports[0];
    *says = reports[1];
    return true;
}

int foreman_start(struct foreman *f, const struct crew *crew)
{
    int says = -1, failed = 0;
    pid_t parent = getpid();

    *f = (struct foreman) { .orders = { -1, -1 }, .reports = -1 };
    fflush(NULL);
    f->pid = furnish(f, &says) ? fork() : -1;
    if (f->pid < 0)
        failed = -errno;
    if (f->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        close_end(&f->orders[1]);
        close_end(&f->reports);
        lead(crew, f->stop, f->orders[0], says);
    }
    close_end(&says);
    if (failed)
        forget(f);
    return failed;
}

void foreman_give(struct foreman *f, const struct crew_task *task)
{
    write_all(f->orders[1], task, sizeof *task); /* if he is dead, his reports end */
}

void foreman_stop(struct foreman *f)
{
    if (f->stop)
        *f->stop = 1;
}

const struct report *foreman_report(const struct foreman *f)
{
    const struct report *report = (const void *)f->inbox.data;

    if (f->inbox.n < sizeof *report || f->inbox.n - sizeof *report < report->size)
        return NULL;
    return report;
}

enum heard foreman_hear(struct foreman *f)
{
    const struct report *report = (const void *)f->inbox.data;
    size_t wanted = sizeof *report + PIPE_BYTES;

    if (f->inbox.n >= sizeof *report && report->size > PIPE_BYTES)
        wanted = sizeof *report + report->size;
    return inbox_read(&f->inbox, f->reports, wanted);
}

void foreman_taken(struct foreman *f)
{
    inbox_drop(&f->inbox, sizeof(struct report) + foreman_report(f)->size);
}

void foreman_end(struct foreman *f)
{
    const struct timespec look = { 0, LOOK_MS * 1000000 };
    int looks;

    if (!f->pid)
        return;
    *f->stop = 1;
    close_end(&f->orders[1]);
    for (looks = 0; looks < LOOKS && waitpid(f->pid, NULL, WNOHANG) == 0; looks++)
        nanosleep(&look, NULL);
    if (looks == LOOKS) {
        kill(f->pid, SIGKILL);
        waitpid(f->pid, NULL, 0);
    }
    forget(f);
}
