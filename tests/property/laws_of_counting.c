/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a world counted, counted once more from its request log. Everything is whole numbers, so
 * everything must agree exactly. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/run/features.h"
#include "tests/property/laws.h"

/* The part of [start, end] in measured time. */
static uint64_t overlap(const struct witness *w, lb_time start, lb_time end)
{
    lb_time from = start > w->from ? start : w->from, to = end < w->to ? end : w->to;

    return to > from ? (uint64_t)(to - from) : 0;
}

/* Requests in a balancer's queue whose clients have not left. */
static uint64_t held_at(const struct world *w, const struct balancer *b)
{
    uint32_t slot = b->head, i;
    uint64_t n = 0;

    for (i = 0; i < b->held; i++, slot = w->job[slot].next)
        n += !w->state || w->state[slot] != JOB_ABANDONED;
    return n;
}

/* Requests that wait for servers that will never come. */
static uint64_t held_for_nobody(const struct witness *w)
{
    uint64_t n = 0;
    uint32_t i;

    for (i = 0; i < w->world.balancers; i++)
        if (w->world.balancer[i].view.usable_n == 0)
            n += held_at(&w->world, &w->world.balancer[i]);
    return n;
}

static void requests_add_up(struct subject *s, const struct witness *w)
{
    const struct tally *t = &w->world.tally;
    uint64_t ended[ENDINGS + 1] = { 0 }, sum = w->world.in_flight, i;

    for (i = 0; i < w->n; i++)
        ended[w->at[i].ended]++;
    for (i = 0; i < ENDINGS; i++)
        sum += t->ended[i];
    law_holds(s, LAW_ACCOUNTING, t->issued == sum, "%" PRIu64 " issued, %" PRIu64 " accounted for",
              t->issued, sum);
    law_holds(s, LAW_ACCOUNTING,
              !memcmp(ended, t->ended, sizeof t->ended) &&
                  ended[STILL_INSIDE] == w->world.in_flight,
              "the log has other endings than the tally");
    law_holds(s, LAW_ACCOUNTING, !w->bad && !w->repeated,
              "%" PRIu64 " bad lines in the log, %" PRIu64 " repeated", w->bad, w->repeated);
    law_holds(s, LAW_ACCOUNTING, w->world.in_flight <= held_for_nobody(w),
              "%" PRIu64 " requests never end", w->world.in_flight);
    law_holds(s, LAW_ACCOUNTING,
              w->scenario->run.duration || t->issued == w->scenario->run.requests ||
                  scenario_may_dry(w->scenario) || (w->closed && held_for_nobody(w)),
              "%" PRIu64 " issued of %" PRIu64, t->issued, w->scenario->run.requests);
}

/* Every attempt comes back to its balancer once, as what it was counted. */
static void attempts_are_heard_of(struct subject *s, const struct witness *w, uint64_t inside)
{
    const uint64_t *counted = w->world.tally.attempts;
    uint64_t heard[ATTEMPT_OPEN + 1] = { 0 }, in_flight = 0;
    uint32_t i, k;

    for (i = 0; i < w->spy.attempts; i++)
        heard[w->spy.attempt[i].status]++;
    for (i = 0; i < w->world.balancers; i++)
        for (k = 0; k < w->world.balancer[i].view.n; k++)
            in_flight += w->world.balancer[i].inflight[k];
    law_holds(s, LAW_ACCOUNTING,
              !w->spy.again && !w->spy.no_memory && w->spy.attempts == w->world.tally.sent,
              "%" PRIu64 " attempts sent or heard of twice", w->spy.again);
    law_holds(s, LAW_ACCOUNTING,
              heard[LB_OK] == counted[ATTEMPT_OK] && heard[LB_ERROR] == counted[ATTEMPT_ERROR] &&
                  heard[LB_REFUSED] == counted[ATTEMPT_REFUSED] &&
                  heard[LB_CANCELLED] == counted[ATTEMPT_CANCELLED] &&
                  heard[LB_LOST] + heard[LB_TIMEOUT] == counted[ATTEMPT_LOST],
              "attempts have other endings than the balancers heard");
    law_holds(s, LAW_ACCOUNTING, in_flight == inside && heard[ATTEMPT_OPEN] == inside,
              "%" PRIu64 " in flight for the balancers, %" PRIu64 " not heard of, %" PRIu64
              " under way",
              in_flight, heard[ATTEMPT_OPEN], inside);
}

static void attempts_add_up(struct subject *s, const struct witness *w)
{
    const struct tally *t = &w->world.tally;
    uint64_t inside = w->on_the_way, ended = 0;
    uint32_t i;

    for (i = 0; i < w->world.servers; i++)
        inside += w->world.server[i].inside;
    for (i = 0; i < ATTEMPT_ENDINGS; i++)
        ended += t->attempts[i];
    law_holds(s, LAW_ACCOUNTING, t->sent == ended + inside,
              "%" PRIu64 " sent, %" PRIu64 " ended, %" PRIu64 " under way", t->sent, ended, inside);
    law_holds(s, LAW_ACCOUNTING, w->timeouts || inside == 0,
              "%" PRIu64 " at servers when all had ended", inside);
    attempts_are_heard_of(s, w, inside);
}

/* Little's law in its exact form: integral of N(t) over the measured time = sum over requests of
 * the part of their sojourn that lies in it. */
static void littles_law(struct subject *s, const struct witness *w)
{
    moments_wide sum = 0;
    uint64_t i;

    if (w->world.in_flight != held_for_nobody(w) && w->world.in_flight)
        return;
    for (i = 0; i < w->n; i++)
        sum += w->at[i].ended == STILL_INSIDE
                   ? overlap(w, w->at[i].issued, LB_NEVER)
                   : overlap(w, w->at[i].issued, w->at[i].issued + w->at[i].latency);
    law_holds(s, LAW_LITTLE, sum == w->world.tally.in_system,
              "sojourns in measured time: %" PRIu64 " ns, integral: %" PRIu64 " ns", (uint64_t)sum,
              (uint64_t)w->world.tally.in_system);
}

/* Who is there when measured time begins, and when it ends; those who never leave count at its end
 * alone. */
static void borders_are_counted(struct subject *s, const struct witness *w)
{
    const struct tally *t = &w->world.tally;
    uint64_t before = 0, after = 0, i;

    if (t->from >= t->to)
        return;
    for (i = 0; i < w->n; i++) {
        const struct logged *r = &w->at[i];

        if (r->ended != STILL_INSIDE)
            before += i < w->world.warmup && r->issued + r->latency > t->from;
        after += r->ended == STILL_INSIDE || r->issued + r->latency > t->to;
    }
    law_holds(s, LAW_ACCOUNTING, before == t->before && after == t->after,
              "in the system at the borders: %" PRIu64 " and %" PRIu64 ", counted %" PRIu64
              " and %" PRIu64,
              before, after, t->before, t->after);
}

/* When a request that was held is held no more; LB_NEVER: to the end. */
static lb_time held_until(const struct witness *w, uint32_t serial)
{
    const struct attempt *a = attempt_of(w, serial);
    const struct logged *r = &w->at[serial];

    if (a || w->spy.stay[serial].rejected != LB_NEVER)
        return a ? a->sent : w->spy.stay[serial].rejected;
    return r->ended == ENDED_CANCELLED ? r->issued + r->latency : LB_NEVER;
}

static void waiting_time(struct subject *s, const struct witness *w)
{
    moments_wide sum = 0, counted = w->world.tally.waiting;
    uint32_t i;

    for (i = 0; i < w->spy.stays; i++)
        if (w->spy.stay[i].held_since != LB_NEVER)
            sum += overlap(w, w->spy.stay[i].held_since, held_until(w, i));
    if (sum || counted)
        law_holds(s, LAW_WAITING, sum == counted,
                  "held in measured time: %" PRIu64 " ns, integral: %" PRIu64 " ns", (uint64_t)sum,
                  (uint64_t)counted);
}

/* ---- Durations. */

struct recount {
    struct moments duration[DURATIONS];
    struct histogram *histogram[DURATIONS];
    uint64_t n, ended[ENDINGS], unmeasurable;
    uint64_t *worked; /* by server */
};

static int64_t ratio(lb_time above, lb_time below)
{
    return (int64_t)((double)above / (double)below * (double)TALLY_RATIO_ONE + 0.5);
}

static void add(struct recount *c, enum duration which, int64_t value)
{
    moments_add(&c->duration[which], value);
    histogram_add(c->histogram[which], value);
}

/* The service time that a request would have alone on a core of its server. */
static lb_time alone(const struct scenario *s, const struct logged *r)
{
    uint32_t g = 0;

    while (r->server - s->servers[g].first >= s->servers[g].count)
        g++;
    if (s->servers[g].speed >= 1.0 && s->servers[g].speed <= 1.0)
        return r->work;
    return (lb_time)((double)r->work / s->servers[g].speed + 0.5);
}

static void add_completed(struct recount *c, const struct scenario *s, const struct logged *r)
{
    lb_time service = alone(s, r);

    add(c, DURATION_LATENCY, r->latency);
    add(c, DURATION_WAIT, r->wait);
    add(c, DURATION_SERVICE, r->service);
    c->worked[r->server] += (uint64_t)r->work;
    if (service == 0) {
        c->unmeasurable++;
        return;
    }
    add(c, DURATION_SLOWDOWN, ratio(r->latency, service));
    add(c, DURATION_WAIT_SLOWDOWN, ratio(r->wait, service));
}

static bool recount(struct recount *c, const struct witness *w)
{
    uint64_t i;

    memset(c, 0, sizeof *c);
    c->worked = calloc(w->world.servers + 1, sizeof c->worked[0]);
    for (i = 0; i < DURATIONS; i++) {
        c->duration[i] = MOMENTS_EMPTY;
        c->histogram[i] = calloc(1, sizeof *c->histogram[i]);
        if (!c->histogram[i] || !c->worked)
            return false;
    }
    for (i = w->first; i < w->n; i++) {
        if (w->at[i].ended == STILL_INSIDE)
            continue;
        c->ended[w->at[i].ended]++;
        if (w->at[i].ended == ENDED_COMPLETED)
            add_completed(c, w->scenario, &w->at[i]);
    }
    return true;
}

static void recount_close(struct recount *c)
{
    int i;

    for (i = 0; i < DURATIONS; i++)
        free(c->histogram[i]);
    free(c->worked);
}

static bool same_moments(const struct moments *a, const struct moments *b)
{
    return a->n == b->n && a->sum == b->sum && a->squares == b->squares && a->least == b->least &&
           a->most == b->most && a->overflowed == b->overflowed;
}

static void tally_of_log(struct subject *s, const struct witness *w)
{
    const struct tally *t = &w->world.tally;
    struct recount c;
    uint32_t i;
    bool same;

    if (!recount(&c, w)) {
        law_holds(s, LAW_TALLY, false, "out of memory");
        recount_close(&c);
        return;
    }
    for (i = 0; i < DURATIONS; i++)
        law_holds(s, LAW_TALLY,
                  same_moments(&c.duration[i], &t->duration[i]) &&
                      !memcmp(c.histogram[i], t->histogram[i], sizeof *c.histogram[i]),
                  "duration %u: %" PRIu64 " in the log, %" PRIu64 " counted, or other values", i,
                  c.duration[i].n, t->duration[i].n);
    same = !memcmp(c.ended, t->measured_ended, sizeof c.ended) && c.unmeasurable == t->unmeasurable;
    law_holds(s, LAW_TALLY, same,
              "measured endings: %" PRIu64 " completed in the log, %" PRIu64 " counted", c.ended[0],
              t->measured_ended[0]);
    for (i = 0, same = true; !w->trips && i < w->world.servers; i++)
        same &= c.worked[i] == w->world.server[i].worked;
    law_holds(s, LAW_TALLY, same, "the servers' work is other than in the log");
    recount_close(&c);
}

/* ---- Work. */

/* What answers served a client; what was sent to servers, and of it what they have answered. */
static void work_adds_up(struct subject *s, const struct witness *w)
{
    const struct tally *t = &w->world.tally;
    moments_wide useful = 0, sent = 0, answered = 0;
    uint64_t i;

    if (w->world.trip)
        return;
    for (i = w->first; i < w->n; i++) {
        const struct attempt *a = attempt_of(w, (uint32_t)i);
        uint64_t work = w->at[i].ended == STILL_INSIDE ? 0 : (uint64_t)w->at[i].work;

        if (w->at[i].ended == STILL_INSIDE && a)
            return; /* the log does not say what it needs */
        useful += w->at[i].ended == ENDED_COMPLETED ? work : 0;
        sent += a ? work : 0;
        answered += a && (a->status == LB_OK || a->status == LB_ERROR) ? work : 0;
    }
    law_holds(s, LAW_TALLY, t->useful == useful,
              "%" PRIu64 " ns of useful work, in the log %" PRIu64, (uint64_t)t->useful,
              (uint64_t)useful);
    law_holds(s, LAW_TALLY, t->useful <= t->spent && t->spent <= sent,
              "%" PRIu64 " ns of work done, %" PRIu64 " of use, %" PRIu64 " asked of servers",
              (uint64_t)t->spent, (uint64_t)t->useful, (uint64_t)sent);
    if (w->calm && !w->lossy)
        law_holds(s, LAW_TALLY, t->spent == answered,
                  "%" PRIu64 " ns of work done, %" PRIu64 " for answers", (uint64_t)t->spent,
                  (uint64_t)answered);
    law_holds(s, LAW_TALLY, t->retries == 0 && t->hedges == 0 && t->duplicated == 0,
              "attempts beyond the first that nobody asked for");
}

void laws_of_counting(struct subject *s, const struct witness *w)
{
    requests_add_up(s, w);
    if (!w->trips)
        attempts_add_up(s, w);
    littles_law(s, w);
    borders_are_counted(s, w);
    if (!w->trips)
        waiting_time(s, w);
    tally_of_log(s, w);
    work_adds_up(s, w);
}
