/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rank 0: hands out the tasks, and has a foreman of its own beside. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/run/ranks.h"
#include "sim/run/ranks_post.h"
#include "sim/run/supply.h"

enum { GRACE_S = 7 }; /* a little longer than a pool's own */

struct seat {
    bool here; /* it has said so, and is not gone */
    bool busy;
    struct crew_task task;
    double silent; /* s */
    char host[REPORT_TEXT];
};

struct ranks {
    const struct crew *crew;
    struct supply supply;
    struct foreman foreman; /* of seat 0 */
    struct outbox out;
    struct seat *seat;
    uint32_t n;
    double looked, told, ticked, heard, stopped;
    bool stop;
};

/* ---- Those who come and go. */

static void arrive(struct ranks *r, uint32_t which, const char *host)
{
    struct seat *seat = &r->seat[which];

    seat->here = true;
    seat->silent = 0.0;
    snprintf(seat->host, sizeof seat->host, "%.*s", REPORT_TEXT - 1, host);
}

/* `counts`: the task in hand may be why. */
static void lose(struct ranks *r, uint32_t which, bool counts, const char *reason)
{
    struct seat *seat = &r->seat[which];
    struct crew_task task = seat->task;
    char why[2 * REPORT_TEXT + 100];

    seat->here = false;
    if (!seat->busy)
        return;
    seat->busy = false;
    task.tries += counts;
    if (task.tries < TRIES) {
        snprintf(why, sizeof why, "rank %u on %s: %s", which, seat->host, reason);
        supply_again(&r->supply, &task, why);
        return;
    }
    snprintf(why, sizeof why, "a second process was lost over it: rank %u on %s: %s", which,
             seat->host, reason);
    if (!r->supply.early)
        supply_deliver(&r->supply, &task, NULL, 0, why);
}

/* ---- Tasks out. */

static void order_all(struct ranks *r, enum order_kind kind)
{
    struct order order = { .kind = kind };
    uint32_t i;

    for (i = 1; i < r->n; i++)
        post_send(&r->out, i, TAG_ORDER, &order, sizeof order, NULL, 0);
    r->told = post_now();
}

static void give(struct ranks *r, uint32_t which, const struct crew_task *task)
{
    struct order order = { .kind = ORDER_TASK, .task = *task };
    struct seat *seat = &r->seat[which];

    seat->busy = true;
    seat->task = *task;
    if (which == 0)
        foreman_give(&r->foreman, task);
    else if (post_send(&r->out, which, TAG_ORDER, &order, sizeof order, NULL, 0))
        lose(r, which, false, "it cannot be reached");
}

static uint32_t at_work(const struct ranks *r)
{
    uint32_t i, n = 0;

    for (i = 0; i < r->n; i++)
        n += r->seat[i].busy;
    return n;
}

static uint32_t present(const struct ranks *r)
{
    uint32_t i, n = 0;

    for (i = 0; i < r->n; i++)
        n += r->seat[i].here;
    return n;
}

static void hand_round(struct ranks *r)
{
    struct crew_task task;
    uint32_t i;

    for (i = 0; i < r->n; i++)
        if (r->seat[i].here && !r->seat[i].busy && supply_next(&r->supply, &task))
            give(r, i, &task);
    if (r->supply.waiting && !at_work(r) && !r->supply.spares)
        supply_fail(&r->supply, -EDEADLK);
    if (!supply_empty(&r->supply) && !present(r))
        supply_fail(&r->supply, -ECHILD);
}

/* ---- Results in. */

/* The seat is free for its next task before its result is digested. */
static void take(struct ranks *r, uint32_t which, const struct report *report)
{
    struct seat *seat = &r->seat[which];
    struct crew_task done = seat->task, task;

    if (!seat->busy)
        return; /* of one who was given up, and his task to another */
    done.tries = report->tries;
    seat->busy = false;
    if (seat->here && supply_next(&r->supply, &task))
        give(r, which, &task);
    supply_deliver(&r->supply, &done, report->none ? NULL : report + 1, (size_t)report->size,
                   report->none ? report->text : NULL);
}

static void hear(struct ranks *r, uint32_t which, const struct report *report)
{
    r->seat[which].silent = 0.0;
    r->heard = post_now();
    switch (report->kind) {
    case REPORT_HELLO:
        arrive(r, which, report->text);
        break;
    case REPORT_RESULT:
        take(r, which, report);
        break;
    case REPORT_BYE:
        lose(r, which, report->tries > 0, report->text);
        break;
    default:;
    }
}

static void hear_ranks(struct ranks *r)
{
    uint32_t from;
    size_t n;
    struct report *report;

    while ((report = post_next(TAG_REPORT, &from, &n))) {
        if (from < r->n && n >= sizeof *report)
            hear(r, from, report);
        free(report);
    }
}

static void hear_foreman(struct ranks *r)
{
    const struct report *report;

    if (!r->seat[0].here || !post_readable(r->foreman.reports))
        return;
    if (foreman_hear(&r->foreman) != HEARD_SOMETHING) {
        lose(r, 0, true, "its process that starts workers has died");
        return;
    }
    while ((report = foreman_report(&r->foreman))) {
        hear(r, 0, report);
        foreman_taken(&r->foreman);
    }
}

/* ---- The whole. */

/* Time in which this process itself did not run says nothing about others. */
static void miss_the_silent(struct ranks *r, double since)
{
    uint32_t i;
    char why[64];

    snprintf(why, sizeof why, "no sign of life for %d s", SILENT_S);
    for (i = 1; i < r->n; i++) {
        r->seat[i].silent += since < 1.0 ? since : 1.0;
        if (r->seat[i].here && r->seat[i].silent > SILENT_S)
            lose(r, i, true, why);
    }
}

static void watch_the_time(struct ranks *r)
{
    double now = post_now();

    miss_the_silent(r, now - r->looked);
    r->looked = now;
    if (now - r->told > ALIVE_S)
        order_all(r, ORDER_ALIVE);
    if (now - r->ticked > 1.0) {
        r->ticked = now;
        if (r->crew->tick && r->crew->tick(r->crew->context))
            r->supply.early = true;
    }
    if (r->crew->interrupt && *r->crew->interrupt)
        r->supply.early = true;
    if (r->supply.early && !r->stop) {
        r->stop = true;
        r->stopped = now;
        order_all(r, ORDER_STOP);
        foreman_stop(&r->foreman);
    }
}

static bool over(const struct ranks *r)
{
    if (!supply_empty(&r->supply))
        return false;
    return !at_work(r) || (r->stop && post_now() - r->stopped > GRACE_S);
}

static void attend(struct ranks *r)
{
    r->looked = r->told = r->ticked = r->heard = post_now();
    for (hand_round(r); !over(r); hand_round(r)) {
        hear_foreman(r);
        hear_ranks(r);
        watch_the_time(r);
        post_sweep(&r->out);
        post_nap(r->foreman.reports, r->heard);
    }
}

int ranks_run(const struct crew *crew)
{
    struct ranks r = { .crew = crew, .n = ranks_size() };
    int failed;

    if (r.n == 1)
        return workers_run(crew);
    failed = foreman_start(&r.foreman, crew); /* before MPI is started: see there */
    r.seat = calloc(r.n, sizeof r.seat[0]);
    if (!failed)
        failed = post_begin();
    if (!failed && (!r.seat || supply_open(&r.supply, crew, r.n)))
        failed = -ENOMEM;
    if (!failed) {
        arrive(&r, 0, "this host");
        attend(&r);
        failed = r.supply.error;
        order_all(&r, r.supply.early ? ORDER_END_EARLY : ORDER_END);
    }
    foreman_end(&r.foreman);
    post_close(&r.out, 2.0);
    supply_close(&r.supply);
    free(r.seat);
    return failed ? failed : r.supply.early;
}
