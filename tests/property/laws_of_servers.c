/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What must hold at each server: it is simulated once more from what reached it, and compared. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/property/clockwork.h"
#include "tests/property/laws.h"
#include "tests/property/replay.h"

/* ---- One server. */

static bool as_heard(const struct guest *g, lb_time on)
{
    const struct attempt *a = g->attempt;

    switch (a->status) {
    case LB_OK:
        return g->fate == FATE_SERVED;
    case LB_ERROR:
        return g->fate == FATE_ERROR;
    case LB_REFUSED:
        return (g->fate == FATE_SHUT_OUT || g->fate == FATE_NO_PLACE) && a->done == g->ended + on;
    case LB_CANCELLED:
        return g->fate == FATE_TAKEN && g->began == LB_NEVER;
    case LB_LOST:
    case LB_TIMEOUT:
        return g->fate == FATE_LOST;
    default:
        return g->fate == FATE_INSIDE;
    }
}

/* To the nanosecond, as the balancer heard it and as the log has it. */
static bool as_served(const struct witness *w, const struct guest *g, lb_time on)
{
    const struct logged *r = &w->at[g->attempt->serial];

    if (g->fate != FATE_SERVED && g->fate != FATE_ERROR)
        return true;
    if (g->attempt->done != g->ended + on)
        return false;
    return r->ended != ENDED_COMPLETED || (r->service == g->ended - g->began &&
                                           (g->attempt->held || r->wait == g->began - g->reached));
}

static enum law law_of(const struct server_spec *spec)
{
    static const enum law laws[] = { [DISCIPLINE_FIFO] = LAW_FIFO,
                                     [DISCIPLINE_LIFO] = LAW_LIFO,
                                     [DISCIPLINE_PS] = LAW_SHARING,
                                     [DISCIPLINE_SRPT] = LAW_SRPT,
                                     [DISCIPLINE_PRIORITY] = LAW_PRIORITY };

    return laws[spec->discipline];
}

static lb_time way_to(const struct witness *w, const struct attempt *a)
{
    return constant_delay(w->scenario, server_link(w->scenario, a->server, a->balancer));
}

static void compare(struct subject *s, const struct replay *r)
{
    const struct server *counted = &r->w->world.server[r->server];
    uint64_t gone = r->w->world.condition ? r->w->world.condition[r->server].gone : 0;
    uint64_t fates = 0, times = r->wrong;
    uint32_t i;

    for (i = 0; i < r->guests; i++) {
        lb_time on = way_to(r->w, r->guest[i].attempt);

        fates += !as_heard(&r->guest[i], on);
        times += !as_served(r->w, &r->guest[i], on);
    }
    law_holds(s, LAW_FATE, fates == 0, "%" PRIu64 " of %u requests at server %u fare otherwise",
              fates, r->guests, r->server);
    law_holds(s, law_of(r->spec), times == 0,
              "%" PRIu64 " of %u services at server %u begin or end at another instant", times,
              r->guests, r->server);
    law_holds(s, LAW_BUSY,
              r->busy == counted->busy && r->waited == counted->waited && r->gone == gone,
              "server %u was busy for %" PRIu64 " ns, waited at for %" PRIu64
              " ns and away for %" PRIu64 " ns; counted %" PRIu64 ", %" PRIu64 " and %" PRIu64,
              r->server, r->busy, r->waited, r->gone, counted->busy, counted->waited, gone);
}

/* ---- All servers. */

static void arrive(const struct witness *w, struct guest *g, const struct attempt *a, lb_time on)
{
    const struct logged *r = &w->at[a->serial];
    bool answered = a->status == LB_OK || a->status == LB_ERROR;

    *g = (struct guest) {
        .attempt = a,
        .reached = a->sent + on,
        .work = r->work,
        .removed = a->status == LB_CANCELLED ? a->done : LB_NEVER,
        .left = answered ? a->done - on : LB_NEVER,
        .order = on > 0 ? a->serial : (uint64_t)(a - w->spy.attempt),
        .priority = w->scenario->clients[r->client].priority,
        .phase = on > 0                 ? REACH_LINKED
                 : a->held              ? REACH_UNCLEAR
                 : a->sent == r->issued ? REACH_ISSUED
                                        : REACH_OFFERED,
        .began = LB_NEVER,
        .ended = LB_NEVER,
        .since = LB_NEVER,
        .end = LB_NEVER,
    };
}

static struct replay *replays_of(const struct witness *w, struct guest *room)
{
    struct replay *all = calloc(w->world.servers + UINT64_C(1), sizeof all[0]);
    uint32_t i;

    for (i = 0; all && i < w->spy.attempts; i++)
        all[w->spy.attempt[i].server].guests++;
    for (i = 0; all && i < w->world.servers; i++) {
        all[i].w = w;
        all[i].server = i;
        all[i].spec = &w->scenario->servers[group_at(w->scenario, i)];
        all[i].guest = room;
        room += all[i].guests;
        all[i].guests = 0;
    }
    for (i = 0; all && i < w->spy.attempts; i++) {
        const struct attempt *a = &w->spy.attempt[i];
        lb_time on = way_to(w, a);

        if (on < 0 || w->at[a->serial].ended == STILL_INSIDE)
            all[a->server].unclear = true;
        else if (a->status != LB_CANCELLED || a->done >= a->sent + on)
            arrive(w, &all[a->server].guest[all[a->server].guests++], a, on);
    }
    return all;
}

static void longest_queue(struct subject *s, const struct witness *w, uint64_t most)
{
    if (!w->holds && w->order.warmup == 0)
        law_holds(s, LAW_QUEUE, most == w->world.tally.longest_queue,
                  "the longest queue was %" PRIu64 ", counted %" PRIu64, most,
                  w->world.tally.longest_queue);
}

static bool judge_servers(struct subject *s, const struct witness *w)
{
    struct guest *room = calloc(w->spy.attempts + UINT64_C(1), sizeof room[0]);
    struct replay *all = room ? replays_of(w, room) : NULL;
    bool clear = all != NULL;
    uint64_t most = 0;
    uint32_t i;

    for (i = 0; all && i < w->world.servers; i++) {
        bool good = !all[i].unclear && replay_run(&all[i]);

        if (good && !all[i].unclear)
            compare(s, &all[i]);
        else
            clear = false;
        most = all[i].longest > most ? all[i].longest : most;
    }
    if (clear)
        longest_queue(s, w, most);
    free(all);
    free(room);
    return room && all;
}

/* ---- One queue for all: while anybody waits every core is busy. */

struct step {
    lb_time time;
    int64_t by;
};

/* Who leaves goes before who comes. */
static int by_time(const void *a, const void *b)
{
    const struct step *x = a, *y = b;

    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->by > y->by) - (x->by < y->by);
}

static void central(struct subject *s, const struct witness *w)
{
    struct step *wait = malloc((2 * w->n + 1) * sizeof wait[0]);
    struct step *work = malloc((2 * w->n + 1) * sizeof work[0]);
    int64_t cores = 0, waiting = 0, working = 0;
    uint64_t i, n = 0, m = 0, idle = 0;
    uint32_t g;

    for (g = 0; g < w->scenario->servers_n; g++)
        if (w->scenario->servers[g].weight)
            cores += (int64_t)w->scenario->servers[g].count * w->scenario->servers[g].cores;
    for (i = 0; wait && work && i < w->n; i++) {
        const struct logged *r = &w->at[i];

        wait[n++] = (struct step) { r->issued, 1 };
        wait[n++] = (struct step) { r->started, -1 };
        work[m++] = (struct step) { r->started, 1 };
        work[m++] = (struct step) { r->left, -1 };
    }
    if (wait && work && n) {
        qsort(wait, n, sizeof wait[0], by_time);
        qsort(work, m, sizeof work[0], by_time);
    }
    for (i = 0, m = 0; wait && work && i < n;) {
        lb_time now = wait[i].time;

        for (; i < n && wait[i].time == now; i++)
            waiting += wait[i].by;
        for (; m < 2 * w->n && work[m].time <= now; m++)
            working += work[m].by;
        idle += waiting > 0 && working < cores;
    }
    free(wait);
    free(work);
    law_holds(s, LAW_CENTRAL, idle == 0, "%" PRIu64 " times a request waits while a core is free",
              idle);
}

static bool is_central(const struct witness *w)
{
    const struct scenario *s = w->scenario;

    return !strcmp(w->order.policy->policy->name, "central_queue") && w->calm && w->told &&
           !w->timeouts && !w->linked && w->fifo && s->balancers_n == 1 &&
           s->balancers[0].count == 1 && s->balancers[0].groups_n == s->servers_n;
}

void laws_of_servers(struct subject *s, const struct witness *w)
{
    if (w->order.policy->policy->sees & LB_FORWARDS)
        return;
    law_holds(s, LAW_FATE, judge_servers(s, w), "out of memory");
    if (is_central(w))
        central(s, w);
}
