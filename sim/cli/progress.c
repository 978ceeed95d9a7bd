/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/progress.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "sim/cli/interrupt.h"

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

/* How wide the interval is that the finished replications of a point would give. */
static void print_half_width(const struct point *p)
{
    double *values = malloc((p->room + 1) * sizeof values[0]);
    uint32_t metric = metrics_find(p->metrics, "latency.mean"), n;
    struct interval x;

    if (!values)
        return;
    n = point_values(p, metric, values, NULL);
    x = interval_t(values, n, p->scenario->run.confidence);
    free(values);
    fprintf(stderr, "%s%s%s", p->at, p->at[0] ? " " : "", p->policy->label);
    if (n > 1 && !isnan(x.low) && x.value > 0.0)
        fprintf(stderr, " \u00b1%.2g %%", 50.0 * (x.high - x.low) / x.value);
    if (p->aim == AIM_OPEN)
        fprintf(stderr, " (round %u)", p->round + 1);
    fputs("  ", stderr);
}

static void print_state(const struct experiment *e, double spent)
{
    double share = e->trials ? (double)e->trials_done / (double)e->trials : 0.0;
    double rest = experiment_rest(e);

    fprintf(stderr, "%3.0f%%  %" PRIu64 "/%" PRIu64 " trials  %.1f M events/s  ",
            floor(100.0 * share), e->trials_done, e->trials,
            spent > 0.0 ? (double)e->events_done / spent / 1e6 : 0.0);
    if (e->trials_done)
        print_half_width(&e->points[e->latest]);
    if (isnan(rest))
        fputs("finding the warm-up", stderr);
    else
        print_rest(rest);
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
    bool asked = interrupt_asked();
    bool due = !p->quiet && t - p->last >= (p->terminal ? 0.2 : (double)PLAIN_EVERY_S);

    if (!asked && !due)
        return;
    p->last = t;
    if (p->terminal && !p->quiet)
        print_bar(e);
    print_state(e, spent);
    fputs(p->terminal && !asked ? "\033[K" : "\n", stderr);
    fflush(stderr);
    p->shown = p->terminal && !asked;
}

void progress_close(struct progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}
