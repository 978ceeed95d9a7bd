/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/progress.h"

#include <inttypes.h>
#include <time.h>
#include <unistd.h>

enum { BAR = 24, PLAIN_EVERY_S = 30 };

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void progress_open(struct progress *p, bool quiet)
{
    *p =
        (struct progress) { .terminal = isatty(STDERR_FILENO) != 0, .quiet = quiet, .last = now() };
}

static void print_rest(double seconds)
{
    if (seconds < 3600.0)
        fprintf(stderr, "ETA %02d:%02d", (int)seconds / 60, (int)seconds % 60);
    else
        fprintf(stderr, "ETA %d:%02d h", (int)(seconds / 3600.0), (int)(seconds / 60.0) % 60);
}

static void print_state(const struct experiment *e, double spent)
{
    double share = e->trials ? (double)e->trials_done / (double)e->trials : 0.0;

    fprintf(stderr, "%3.0f%%  %" PRIu64 "/%" PRIu64 " trials  %.1f M events/s  ", 100.0 * share,
            e->trials_done, e->trials, (double)e->events_done / spent / 1e6);
    if (e->trials_done == 0)
        fputs("finding the warm-up", stderr);
    else
        print_rest(spent / share - spent);
}

static void print_bar(const struct experiment *e)
{
    int full = e->trials ? (int)((double)BAR * (double)e->trials_done / (double)e->trials) : 0, i;

    fputs("\r[", stderr);
    for (i = 0; i < BAR; i++)
        fputc(i < full ? '=' : i == full ? '>' : ' ', stderr);
    fputs("] ", stderr);
}

void progress_tell(struct progress *p, const struct experiment *e)
{
    double t = now(), spent = t - e->started;

    if (p->quiet || spent <= 0.0 || t - p->last < (p->terminal ? 0.2 : (double)PLAIN_EVERY_S))
        return;
    p->last = t;
    if (p->terminal)
        print_bar(e);
    print_state(e, spent);
    fputs(p->terminal ? "\033[K" : "\n", stderr);
    fflush(stderr);
    p->shown = p->terminal;
}

void progress_close(struct progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}
