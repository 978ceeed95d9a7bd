/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Room for requests of several attempts, their events, and whether in the end all are accounted
 * for. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/slab.h"
#include "sim/run/guard.h"

/* ---- Is it needed? */

static bool client_needs(const struct client_spec *c)
{
    return c->retry.attempts > 1 || c->deadline != LB_NEVER || c->cancels || c->parts > 1;
}

static bool guard_needs(const struct guard_spec *g)
{
    return g->has_health || g->has_outlier || g->has_breaker || g->has_concurrency ||
           g->has_rate_limit || g->has_admission || g->sheds || !isnan(g->panic) ||
           g->in_flight != SCENARIO_UNLIMITED || g->per_server != SCENARIO_UNLIMITED ||
           g->retries != SCENARIO_UNLIMITED;
}

static bool balancer_needs(const struct balancer_spec *b)
{
    return b->attempts.timeout != LB_NEVER || b->attempts.deadline != LB_NEVER ||
           b->attempts.retry.attempts > 1 || b->attempts.hedge.most > 1 || b->queue.given ||
           guard_needs(&b->guard);
}

bool scenario_needs_trips(const struct scenario *s)
{
    uint32_t i;

    for (i = 0; i < s->clients_n; i++)
        if (client_needs(&s->clients[i]))
            return true;
    for (i = 0; i < s->balancers_n; i++)
        if (balancer_needs(&s->balancers[i]))
            return true;
    for (i = 0; i < s->servers_n; i++)
        if (s->servers[i].slow_start.window > 0 || s->servers[i].hangs > 0)
            return true;
    for (i = 0; i < s->changes_n; i++)
        if (s->changes[i].kind == CHANGE_BALANCER)
            return true;
    return false;
}

bool world_needs_trips(const struct world_order *o)
{
    return o->wire || (o->policy->policy->sees & (LB_SENDS_COPIES | LB_CUTS)) ||
           scenario_needs_trips(o->scenario);
}

/* ---- Room. */

static bool reserve(void *at, size_t each)
{
    void *memory = slab_reserve(each * EVENT_INDEX_LIMIT);

    memcpy(at, &memory, sizeof memory);
    return memory != NULL;
}

static void release(void *at, size_t each)
{
    slab_release(at, each * EVENT_INDEX_LIMIT);
}

static bool open_patrons(struct world *w)
{
    uint32_t i;

    w->patron = world_zeroed(w->scenario->clients_n, sizeof w->patron[0]);
    w->copy_key = world_zeroed(w->scenario->clients_n, sizeof w->copy_key[0]);
    for (i = 0; w->patron && w->copy_key && i < w->scenario->clients_n; i++) {
        const struct client_spec *c = &w->scenario->clients[i];

        w->copy_key[i] = stream_key(w->scenario->run.seed, w->order->replication, i, STREAM_COPY);
        if (c->retry.budgeted)
            budget_open(&w->patron[i].budget, &c->retry.budget);
    }
    return w->patron && w->copy_key;
}

int trips_open(struct world *w)
{
    bool copies = (w->order->policy->policy->sees & LB_SENDS_COPIES) != 0;

    w->retry_key = stream_key(w->scenario->run.seed, w->order->replication, 0, STREAM_RETRY);
    w->check_key = stream_key(w->scenario->run.seed, w->order->replication, 0, STREAM_CHECK);
    w->seats = world_zeroed(w->servers, sizeof w->seats[0]);
    return w->seats && open_patrons(w) && reserve(&w->trip, sizeof w->trip[0]) &&
                   reserve(&w->errand, sizeof w->errand[0]) &&
                   reserve(&w->tried, sizeof w->tried[0]) &&
                   (!copies || reserve(&w->copies, sizeof w->copies[0]))
               ? 0
               : -ENOMEM;
}

void trips_close(struct world *w)
{
    release(w->trip, sizeof w->trip[0]);
    release(w->errand, sizeof w->errand[0]);
    release(w->tried, sizeof w->tried[0]);
    release(w->copies, sizeof w->copies[0]);
    free(w->patron);
    free(w->copy_key);
    free(w->seats);
}

void trips_start(struct world *w)
{
    uint32_t i;

    for (i = 0; i < w->balancers; i++)
        guard_start(w, &w->balancer[i]);
}

/* ---- Slots. */

void trip_blank(struct world *w, uint32_t slot, enum trip_role role, uint32_t draw)
{
    w->state[slot] = JOB_LIVE;
    w->place[slot] = 0;
    w->hold[slot] = (struct job_hold) { .previous = JOB_NONE };
    w->trip[slot] = (struct trip) { .errand = JOB_NONE,
                                    .next = JOB_NONE,
                                    .first = JOB_NONE,
                                    .call = JOB_NONE,
                                    .draw = draw,
                                    .role = (uint8_t)role,
                                    .due = LB_NEVER,
                                    .hedge_at = LB_NEVER,
                                    .deadline = LB_NEVER,
                                    .cancel_at = LB_NEVER,
                                    .cut_at = LB_NEVER,
                                    .cut = LB_NEVER,
                                    .server = LB_NONE };
    w->tried[slot].n = 0;
    if (w->copies)
        w->copies[slot].n = 0;
    if (w->travel)
        w->travel[slot] = (struct job_travel) { 0, w->now };
    if (w->memo)
        w->memo[slot] = 0;
    if (w->user_of_job)
        w->user_of_job[slot] = UINT32_MAX;
}

uint32_t trip_take(struct world *w, uint32_t like, enum trip_role role, uint32_t draw)
{
    uint32_t slot = job_take(w);

    if (w->failed)
        return slot;
    w->job[slot] = w->job[like];
    w->job[slot].next = JOB_NONE;
    w->job[slot].server = LB_NONE;
    trip_blank(w, slot, role, draw);
    if (w->more)
        w->more[slot] = w->more[like];
    return slot;
}

void trip_give(struct world *w, uint32_t slot)
{
    if (w->order->wire && w->order->wire->leaves)
        w->order->wire->leaves(w->order->wire->context, w, slot);
    w->trip[slot].stage = STAGE_FREE;
    job_give(w, slot);
}

/* ---- Messages. */

uint64_t trip_message(const struct world *w, uint32_t slot, enum link_part part)
{
    return (uint64_t)w->trip[slot].draw << 3 | (uint64_t)part;
}

static uint32_t link_to(const struct world *w, uint32_t slot)
{
    const struct group *g = &w->group[w->server[w->job[slot].server].group];

    return g->spec->link != SCENARIO_NONE ? g->spec->link
                                          : w->balancer[w->job[slot].balancer].spec->link;
}

lb_time world_answer_at_balancer(struct world *w, uint32_t slot, lb_time now)
{
    lb_time back =
        link_delay(w, link_to(w, slot), w->job[slot].serial, message_of(w, slot, PART_FROM_SERVER),
                   w->bytes_key ? message_bytes(w, slot, 1) : 0.0);

    back = wire_delay(w, slot, PART_FROM_SERVER, back);
    return back < 0 ? LB_NEVER : now + back;
}

lb_time world_link_to_server(struct world *w, uint32_t slot, enum link_part part)
{
    return link_delay(w, link_to(w, slot), w->job[slot].serial, message_of(w, slot, part), 0.0);
}

lb_time world_cancel_delay(struct world *w, uint32_t slot, const struct distribution *delay)
{
    struct lb_random random;
    lb_time ns, back;

    if (!delay->kind) { /* by way of the balancer */
        ns = world_link_to_server(w, slot, PART_CANCEL);
        back = world_link_to_server(w, slot, PART_CALLED_OFF);
        return ns < 0 || back < 0 ? -1 : ns + back;
    }
    random = stream_at(w->retry_key, w->job[slot].serial, UINT64_C(6) << 56 | w->trip[slot].draw);
    ns = quantity_draw(delay, &random);
    if (ns < 0)
        world_fail(w, "a cancellation takes longer than 1e8 s");
    return ns;
}

/* ---- Events. */

void trip_step(struct world *w, struct event e)
{
    switch ((enum event_kind)event_kind(e.what)) {
    case EVENT_CANCEL:
        attempt_cancelled(w, e);
        break;
    case EVENT_CUT:
        attempt_cut(w, e);
        break;
    case EVENT_VERDICT:
        call_verdict(w, e);
        break;
    case EVENT_CHECK:
        check_step(w, e);
        break;
    case EVENT_EJECTION:
        guard_looks(w, e);
        break;
    case EVENT_RAMP:
        guard_ramps(w, e);
        break;
    case EVENT_ATTEMPT_OVER:
        attempt_over(w, e);
        break;
    case EVENT_HOLD_OVER:
        call_hold_over(w, e);
        break;
    case EVENT_CALL_OVER:
        call_over(w, e);
        break;
    case EVENT_DEADLINE:
        errand_deadline(w, e);
        break;
    case EVENT_AGAIN:
        call_again(w, e);
        break;
    case EVENT_HEDGE:
        call_hedge(w, e);
        break;
    case EVENT_TRY_AGAIN:
        errand_try_again(w, e);
        break;
    case EVENT_CALLED_OFF:
        call_called_off(w, e);
        break;
    default:
        break;
    }
}

/* ---- The account. */

uint64_t errands_inside(const struct world *w)
{
    uint64_t n = 0;
    uint32_t slot;

    for (slot = 0; slot < w->jobs; slot++)
        n += w->trip[slot].role == TRIP_ERRAND && w->errand[slot].live;
    return n;
}

static uint64_t attempts_inside(const struct world *w)
{
    uint64_t n = 0;
    uint32_t slot;

    for (slot = 0; slot < w->jobs; slot++)
        n += w->trip[slot].role == TRIP_ATTEMPT && w->trip[slot].stage != STAGE_FREE &&
             w->trip[slot].open;
    return n;
}

static uint64_t in_flight(const struct world *w)
{
    uint64_t n = 0;
    uint32_t i, seat;

    for (i = 0; i < w->balancers; i++)
        for (seat = 0; seat < w->balancer[i].view.n; seat++)
            n += w->balancer[i].inflight[seat];
    return n;
}

/* Every attempt sent has ended in one way, or is waited for; and balancers count just those. */
void attempts_judge(struct world *w)
{
    const struct tally *t = &w->tally;
    uint64_t ended = 0, inside = attempts_inside(w), believed = in_flight(w);
    int i;

    for (i = 0; i < ATTEMPT_ENDINGS; i++)
        ended += t->attempts[i];
    if (!w->failed && (t->sent != ended + inside || believed != inside))
        world_fail(w,
                   "the accounting broke: %llu attempts sent, %llu ended, %llu in flight, of which "
                   "balancers know %llu",
                   (unsigned long long)t->sent, (unsigned long long)ended,
                   (unsigned long long)inside, (unsigned long long)believed);
}
