/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/session.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/live/session_part.h"

enum { MACHINE = 3, BUG = 70 };

static int fail(struct live_session *s, int code, const char *why)
{
    s->code = code;
    snprintf(s->why, sizeof s->why, "%s", why);
    return -1;
}

/* ---- One try. */

static struct gate_reading reading_of(const struct session_try *t)
{
    const struct live_result *r = &t->result;
    const double scale = t->plan.time_scale;

    return (struct gate_reading) {
        .overhead = r->path[PATH_OVERHEAD].p999 * scale,
        .send = r->path[PATH_SEND].p99 * scale,
        .steal = t->supervised.steal,
        .slow_share = r->slow_share,
        .rate = r->rate_achieved / r->rate,
        .overload =
            r->account.failed[CAUSE_CLIENT_OVERLOAD] + r->account.failed[CAUSE_FD_EXHAUSTED],
        .endless = t->supervised.endless,
        .empty = r->measured_ended[ENDED_COMPLETED] == 0,
        .foreign = t->plan.through || t->plan.backends,
        .strangers = r->account.strangers + r->account.straight,
    };
}

/* What the records come to. */
static int conclude(const struct session_order *o, struct live_session *s, struct session_try *t)
{
    char why[400];

    if (live_result_of(&t->result, &t->plan, o->gate.slow))
        return fail(s, MACHINE, "out of memory");
    if (!live_account_good(&t->result, &t->plan, why, sizeof why))
        return fail(s, BUG, why);
    if (t->result.account.issued > t->plan.shared->room) {
        snprintf(why, sizeof why,
                 "%" PRIu64 " requests were issued, far more than its rates make likely: set "
                 "run.requests",
                 t->result.account.issued);
        return fail(s, MACHINE, why);
    }
    const struct gate_reading reading = reading_of(t);

    t->gate = gate_judge(&o->gate, &reading);
    return 0;
}

static int try_once(const struct session_order *o, struct live_session *s, struct session_try *t)
{
    const struct supervisor_order order = { .plan = &t->plan,
                                            .roles = o->roles,
                                            .server_port = o->server_port,
                                            .realtime = o->realtime,
                                            .threads = o->threads,
                                            .interrupt = o->interrupt,
                                            .ready = o->ready,
                                            .watch = o->watch,
                                            .context = o->context };

    t->plan.shared = shared_open(session_room(&t->plan), session_balancers(o->scenario),
                                 o->scenario->servers_total);
    if (!t->plan.shared)
        return fail(s, MACHINE, "out of memory for the records of all requests");
    if (supervise(&order, &t->supervised))
        return fail(s, t->supervised.code, t->supervised.why);
    s->interrupted |= t->supervised.interrupted;
    if (o->serve)
        return 0;
    return conclude(o, s, t);
}

/* ---- A phase. */

/* What tries are chosen by; where the overhead is not known, by how late they were sent. */
static double merit(const struct session_try *t)
{
    const struct gate_reading *r = &t->gate.reading;

    return isnan(r->overhead) ? r->send : r->overhead;
}

static bool is_better(const struct session_try *a, const struct session_try *b)
{
    if ((a->gate.verdict == GATE_VALID) != (b->gate.verdict == GATE_VALID))
        return a->gate.verdict == GATE_VALID;
    return merit(a) < merit(b);
}

static void forget(struct session_try *t)
{
    shared_close(t->plan.shared);
    t->plan.shared = NULL;
}

static void close_try(struct session_try *t)
{
    live_result_close(&t->result);
    forget(t);
    free(t->calm);
    t->calm = NULL;
}

static void choose(struct session_phase *p)
{
    const uint32_t last = p->n - 1;

    if (last == 0)
        return;
    if (is_better(&p->at[last], &p->at[p->best])) {
        forget(&p->at[p->best]);
        p->best = last;
    } else {
        forget(&p->at[last]);
    }
}

static bool is_interrupted(const struct session_order *o)
{
    return o->interrupt && *o->interrupt;
}

static int run_phase(const struct session_order *o, struct live_session *s, struct session_phase *p,
                     bool ping)
{
    while (p->n < o->tries && !is_interrupted(o)) {
        struct session_try *t = &p->at[p->n];

        if (session_plan(o, t, ping, p->n))
            return fail(s, MACHINE, "out of memory");
        p->n++;
        if (try_once(o, s, t)) { /* it tells nothing */
            close_try(t);
            p->n--;
            return -1;
        }
        choose(p);
        if (o->tried && !o->serve)
            o->tried(o->context, t, p->n - 1);
        if (o->serve || t->gate.verdict == GATE_VALID)
            break;
    }
    s->interrupted |= is_interrupted(o);
    return 0;
}

/* ---- The whole. */

/* Once is enough for a process. */
static int test_timers(const struct session_order *o, struct live_session *s)
{
    char why[200];

    if (!o->timers || o->timers->n == 0) {
        quiet_ask(false);
        if (timer_test(&s->timers, why, sizeof why))
            return fail(s, MACHINE, why);
        if (o->timers)
            *o->timers = s->timers;
    } else {
        s->timers = *o->timers;
    }
    return 0;
}

int session_run(const struct session_order *o, struct live_session *s)
{
    memset(s, 0, sizeof *s);
    s->ping.at = calloc(o->tries, sizeof s->ping.at[0]);
    s->run.at = calloc(o->tries, sizeof s->run.at[0]);
    if (!s->ping.at || !s->run.at)
        return fail(s, MACHINE, "out of memory");
    if (test_timers(o, s))
        return -1;
    if (!o->serve && session_ping_seconds(o) > 0.0 && run_phase(o, s, &s->ping, true))
        return -1;
    return s->interrupted ? 0 : run_phase(o, s, &s->run, false);
}

static void close_phase(struct session_phase *p)
{
    uint32_t i;

    for (i = 0; i < p->n; i++) {
        close_try(&p->at[i]);
    }
    free(p->at);
}

void session_close(struct live_session *s)
{
    close_phase(&s->ping);
    close_phase(&s->run);
    memset(s, 0, sizeof *s);
}

struct session_try *session_best(struct session_phase *p)
{
    return p->n && p->at[p->best].plan.shared ? &p->at[p->best] : NULL;
}
