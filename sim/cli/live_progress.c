/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/live_progress.h"

#include <inttypes.h>
#include <math.h>
#include <unistd.h>

void live_progress_open(struct live_progress *p, const struct order *order)
{
    *p = (struct live_progress) { .order = order, .terminal = isatty(STDERR_FILENO) != 0 };
}

/* Among the results where people read them. */
static FILE *aside(const struct live_progress *p)
{
    return p->order->output == OUTPUT_TABLE ? stdout : stderr;
}

void live_progress_clear(struct live_progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}

void live_progress_begin(struct live_progress *p, const struct live_told *told, uint32_t tries)
{
    p->tries = tries;
    live_progress_clear(p);
    if (!p->order->quiet)
        fprintf(aside(p), "\n%s%s%s\n", live_told_policy(told)->label,
                told->cell->name[0] ? " at " : "", told->cell->name);
    fflush(aside(p));
}

void live_progress_watch(struct live_progress *p, const struct live_glance *g)
{
    if (p->order->quiet || (!p->terminal && !p->order->verbose))
        return;
    if (g->ping) {
        fprintf(stderr, "%s%5.0f of %.0f s  pings, %" PRIu64 " of them not answered yet%s",
                p->terminal ? "\r" : "", g->elapsed, g->planned, g->in_flight,
                p->terminal ? "\033[K" : "\n");
        fflush(stderr);
        p->shown = p->terminal;
        return;
    }
    fprintf(stderr, "%s%5.0f of %.0f s  %.0f/s  %" PRIu64 " in flight", p->terminal ? "\r" : "",
            g->elapsed, g->planned, g->rate, g->in_flight);
    if (!isnan(g->p99))
        fprintf(stderr, "  p99 %.3g ms", g->p99 * 1e3);
    fprintf(stderr, "  %" PRIu64 " errors", g->errors);
    if (!isnan(g->steal))
        fprintf(stderr, "  steal %.2g %%", g->steal * 100.0);
    fprintf(stderr, "%s%s", g->draining ? "  draining" : "", p->terminal ? "\033[K" : "\n");
    fflush(stderr);
    p->shown = p->terminal;
}

void live_progress_tried(struct live_progress *p, const struct session_try *t, uint32_t n)
{
    live_progress_clear(p);
    if (p->order->quiet)
        return;
    live_print_try(aside(p), t, n, p->tries);
    fflush(aside(p));
}
