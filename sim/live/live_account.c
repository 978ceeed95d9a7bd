/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every request and every attempt is accounted for, twice: by those who counted, and by the records
 * that were written one by one. */
#include <inttypes.h>
#include <stdio.h>

#include "sim/live/live_result_part.h"

/* What the records say. */
static struct live_account by_records(const struct live_shared *s)
{
    struct live_account a = { 0 };
    uint64_t i;

    for (i = 0; i < s->room && s->record[i].intended != LB_NEVER; i++) {
        const struct live_record *r = &s->record[i];

        a.issued++;
        if (r->ended == 0 || r->ended > ENDINGS) {
            a.in_system++;
            continue;
        }
        a.ended[r->ended - 1]++;
        if (r->ended == 1 + ENDED_FAILED && r->cause < CAUSES)
            a.failed[r->cause]++;
    }
    return a;
}

static void take_channels(struct live_account *a, const struct live_shared *s)
{
    const struct live_fare *fare = s->fare;
    uint32_t i;

    inlet_count_add(&a->inlet, &fare[ROLE_BALANCER].inlet);
    for (i = 0; i < s->servers; i++)
        inlet_count_add(&a->inlet, &s->desk[i].inlet);
    outlet_count_add(&a->outlet, &fare[ROLE_CLIENTS].outlet);
    outlet_count_add(&a->outlet, &fare[ROLE_BALANCER].outlet);
}

static void take_strangers(struct live_account *a, const struct live_shared *s)
{
    uint32_t i;

    a->strangers = s->fare[ROLE_BALANCER].strangers;
    for (i = 0; i < s->servers; i++)
        a->straight += s->desk[i].strangers;
}

void live_account_take(struct live_account *a, const struct live_plan *plan)
{
    const struct tally *clients = &plan->shared->fare[ROLE_CLIENTS].tally;
    const struct live_fare *balancer = &plan->shared->fare[ROLE_BALANCER];
    const struct tally *t = &balancer->tally;
    int i;

    *a = by_records(plan->shared);
    take_channels(a, plan->shared);
    take_strangers(a, plan->shared);
    a->issued = a->in_system = clients->issued;
    for (i = 0; i < ENDINGS; i++) {
        a->ended[i] = clients->ended[i];
        a->in_system -= clients->ended[i];
    }
    if (plan->through)
        return;
    a->sent = t->sent - balancer->strangers_sent;
    for (i = 0; i < ATTEMPT_ENDINGS; i++)
        a->attempts[i] = t->attempts[i] - balancer->strangers_attempts[i];
    a->in_flight = balancer->left_in_flight;
}

static uint64_t sum(const uint64_t *of, int n)
{
    uint64_t all = 0;

    while (n > 0)
        all += of[--n];
    return all;
}

static bool clients_good(const struct live_account *a, char *why, size_t room)
{
    if (a->in_system == 0)
        return true;
    snprintf(why, room, "the accounting broke: %" PRIu64 " requests issued, %" PRIu64 " ended",
             a->issued, sum(a->ended, ENDINGS));
    return false;
}

static bool records_good(const struct live_account *a, const struct live_plan *plan, char *why,
                         size_t room)
{
    const struct live_account r = by_records(plan->shared);
    int i;

    if (a->issued > plan->shared->room)
        return true; /* there are not records for all */
    for (i = 0; i < ENDINGS; i++)
        if (a->ended[i] != r.ended[i])
            break;
    if (i == ENDINGS && a->issued == r.issued && sum(r.failed, CAUSES) == r.ended[ENDED_FAILED])
        return true;
    snprintf(why, room,
             "the accounting broke: %" PRIu64 " requests issued and %" PRIu64 " completed, but "
             "their records say %" PRIu64 " and %" PRIu64 ", and %" PRIu64 " of %" PRIu64
             " failures have a cause",
             a->issued, a->ended[ENDED_COMPLETED], r.issued, r.ended[ENDED_COMPLETED],
             sum(r.failed, CAUSES), r.ended[ENDED_FAILED]);
    return false;
}

bool live_account_good(const struct live_result *result, const struct live_plan *plan, char *why,
                       size_t room)
{
    const struct live_account *a = &result->account;
    const uint64_t ended = sum(a->attempts, ATTEMPT_ENDINGS);

    if (!clients_good(a, why, room) || !records_good(a, plan, why, room))
        return false;
    if (a->sent == ended && a->in_flight == 0)
        return true;
    snprintf(why, room,
             "the accounting broke: %" PRIu64 " attempts sent, %" PRIu64 " ended, and balancers "
             "count %" PRIu64 " in flight when all is over",
             a->sent, ended, a->in_flight);
    return false;
}
