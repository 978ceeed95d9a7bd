/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests that may be several attempts: everything that is sent ends, or is out; and what is done
 * for a request is useful, or not. */
#include <inttypes.h>
#include <stdlib.h>

#include "sim/run/trip.h"
#include "tests/property/laws.h"

static uint64_t open_attempts(const struct world *w)
{
    uint64_t n = 0;
    uint32_t slot;

    for (slot = 0; slot < w->jobs; slot++)
        n += w->trip[slot].role == TRIP_ATTEMPT && w->trip[slot].stage != STAGE_FREE &&
             w->trip[slot].open;
    return n;
}

static void sent_and_ended(struct subject *s, const struct witness *w)
{
    const struct tally *t = &w->world.tally;
    uint64_t out = open_attempts(&w->world), ended = 0;
    uint32_t i;

    for (i = 0; i < ATTEMPT_ENDINGS; i++)
        ended += t->attempts[i];
    law_holds(s, LAW_ACCOUNTING, t->sent == ended + out,
              "%" PRIu64 " attempts sent, %" PRIu64 " ended, %" PRIu64 " out", t->sent, ended, out);
    law_holds(s, LAW_ACCOUNTING, !w->spy.again && !w->spy.no_memory && w->spy.attempts == t->sent,
              "%" PRIu64 " attempts heard of twice; %u sent, and %" PRIu64 " counted", w->spy.again,
              w->spy.attempts, t->sent);
}

/* A balancer that is down hears nothing. */
static void heard(struct subject *s, const struct witness *w)
{
    const uint64_t *counted = w->world.tally.attempts;
    uint64_t n[ATTEMPT_OPEN + 1] = { 0 };
    uint32_t i;

    for (i = 0; i < w->spy.attempts; i++)
        n[w->spy.attempt[i].status]++;
    law_holds(s, LAW_ACCOUNTING,
              n[LB_OK] == counted[ATTEMPT_OK] && n[LB_ERROR] == counted[ATTEMPT_ERROR] &&
                  n[LB_TIMEOUT] == counted[ATTEMPT_TIMEOUT] &&
                  n[LB_REFUSED] + n[LB_THROTTLED] == counted[ATTEMPT_REFUSED] &&
                  n[LB_LOST] == counted[ATTEMPT_LOST] &&
                  n[LB_CANCELLED] == counted[ATTEMPT_CANCELLED] &&
                  n[LB_CUT] == counted[ATTEMPT_CUT] && n[ATTEMPT_OPEN] == open_attempts(&w->world),
              "attempts have other endings than the balancers heard");
}

/* Clients that never try again, and balancers that do: each attempt but the first of a request is
 * one after a failure, or beside another. */
static bool balancers_alone(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->clients_n; i++)
        if (s->clients[i].retry.attempts > 1 || s->clients[i].parts > 1)
            return false;
    return true;
}

static void counted(struct subject *s, const struct witness *w)
{
    const struct tally *t = &w->world.tally;
    bool cuts = (w->order.policy->policy->sees & LB_CUTS) != 0;
    uint64_t measured = 0, first = 0;
    uint32_t i;

    for (i = 0; i < w->spy.attempts; i++) {
        bool counts = w->spy.attempt[i].serial >= w->first;

        measured += counts;
        first += counts && w->spy.attempt[i].previous == UINT32_MAX;
    }
    law_holds(s, LAW_ATTEMPTS, measured == t->measured_attempts,
              "%" PRIu64 " attempts of measured requests, counted %" PRIu64, measured,
              t->measured_attempts);
    if (balancers_alone(w->scenario) && !cuts)
        law_holds(s, LAW_ATTEMPTS, first + t->retries + t->hedges == measured,
                  "%" PRIu64 " first attempts, %" PRIu64 " retries and %" PRIu64
                  " hedges, of %" PRIu64,
                  first, t->retries, t->hedges, measured);
}

static void work(struct subject *s, const struct witness *w)
{
    const struct tally *t = &w->world.tally;

    law_holds(s, LAW_WORK, t->useful <= t->spent && t->duplicated <= t->spent - t->useful,
              "%.9g s of work, of which %.9g s useful and %.9g s duplicated",
              (double)t->spent * 1e-9, (double)t->useful * 1e-9, (double)t->duplicated * 1e-9);
}

void laws_of_attempts(struct subject *s, const struct witness *w)
{
    work(s, w);
    if (!w->trips)
        return;
    sent_and_ended(s, w);
    if (!w->falling)
        heard(s, w);
    counted(s, w);
    law_holds(s, LAW_LIMITS, w->spy.over == 0, "%" PRIu64 " times, first: %s", w->spy.over,
              w->spy.bound);
}
