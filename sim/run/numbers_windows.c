/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From the outcomes of a point's replications to the numbers of each window. */
#include <stdlib.h>
#include <string.h>

#include "sim/run/experiment.h"

/* The finished replications of a point that reach a window, in their order. */
struct reaching {
    const struct outcome **at;
    const struct encoded **pool; /* of each, one at a time */
    uint32_t n, finished;
};

static void reach(const struct point *p, uint32_t window, struct reaching *those)
{
    uint32_t r;

    those->n = those->finished = 0;
    for (r = 0; r < p->room; r++) {
        those->finished += p->finished[r];
        if (p->finished[r] && window < p->outcome[r].windows_n)
            those->at[those->n++] = &p->outcome[r];
    }
}

static struct told_window tell(const struct point *p, uint32_t window, const struct reaching *those)
{
    struct window w = windows_at(&p->scenario->run.windows, window);
    struct told_window told = { w.from, w.from, those->n };
    uint32_t r;

    for (r = 0; r < those->n; r++) {
        lb_time to = those->at[r]->tally.to < w.to ? those->at[r]->tally.to : w.to;

        told.to = to > told.to ? to : told.to;
    }
    return told;
}

static struct interval of_quantile(const struct metric *m, const struct reaching *those,
                                   uint32_t pool, double confidence, struct histogram_total *room)
{
    uint32_t r;

    for (r = 0; r < those->n; r++)
        those->pool[r] = &those->at[r]->pool[pool];
    return metric_sections(m, those->pool, those->n, confidence, room);
}

/* ---- The whole. */

static struct interval of_numbers(const struct point *p, const struct reaching *those,
                                  uint32_t window, uint32_t metric, struct metric_number *column)
{
    const struct metrics *all = p->window_metrics;
    uint32_t r;

    for (r = 0; r < those->n; r++)
        column[r] = those->at[r]->number[window * all->n + metric];
    return metric_ratio(&all->at[metric], column, those->n, p->scenario->run.confidence);
}

static struct interval of_window(const struct point *p, const struct reaching *those,
                                 uint32_t window, uint32_t metric, struct metric_number *column,
                                 struct histogram_total *room)
{
    const struct metrics *all = p->window_metrics;
    const struct metric *m = &all->at[metric];
    struct interval x = m->kind == METRIC_QUANTILE
                            ? of_quantile(m, those, window * all->pools + m->part,
                                          p->scenario->run.confidence, room)
                            : of_numbers(p, those, window, metric, column);

    if (those->n < those->finished)
        metric_withdraw(&x, METRIC_TOO_SHORT);
    return x;
}

static bool tell_all(struct point *p, struct reaching *those, struct metric_number *column,
                     struct histogram_total *room)
{
    struct told_windows *told = &p->windows;
    uint32_t n = p->window_metrics->n, i, k;

    for (i = 0; i < p->room; i++)
        if (p->finished[i] && p->outcome[i].windows_n > told->n)
            told->n = p->outcome[i].windows_n;
    told->at = calloc(told->n + 1, sizeof told->at[0]);
    told->interval = calloc((size_t)told->n * n + 1, sizeof told->interval[0]);
    if (!told->at || !told->interval)
        return false;
    for (i = 0; i < told->n; i++) {
        reach(p, i, those);
        told->at[i] = tell(p, i, those);
        for (k = 0; k < n; k++)
            told->interval[(size_t)i * n + k] = of_window(p, those, i, k, column, room);
    }
    return true;
}

bool point_tell_windows(struct point *p)
{
    uint32_t most = p->replications ? p->replications : 1;
    struct reaching those = { NULL, NULL, 0, 0 };
    struct metric_number *column;
    struct histogram_total *room;
    bool good;

    if (!p->window_metrics->n)
        return true;
    those.at = calloc(most, sizeof those.at[0]);
    those.pool = calloc(most, sizeof those.pool[0]);
    column = calloc(most, sizeof column[0]);
    room = malloc(sizeof *room);
    good = those.at && those.pool && column && room && tell_all(p, &those, column, room);
    free(those.at);
    free(those.pool);
    free(column);
    free(room);
    return good;
}
