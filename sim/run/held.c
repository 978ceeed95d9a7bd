/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The queue of a balancer: requests that its policy holds, for which nobody suits, or that meet a
 * limit. */
#include "sim/run/guard.h"

/* Has it a place in the queue of a balancer that allows only so many? */
static bool has_room(struct world *w, struct balancer *b, uint32_t slot, lb_time now)
{
    lb_time most = b->spec->queue.time_limit;

    if (b->held >= b->spec->queue.limit) {
        call_refuse(w, slot, now);
        return false;
    }
    w->trip[slot].stage = STAGE_HELD;
    if (most != LB_NEVER)
        queue_push(&w->queue, (struct event) { now + most, event_what(EVENT_HOLD_OVER,
                                                                      w->job[slot].serial, slot) });
    return true;
}

void balancer_hold(struct world *w, struct balancer *b, uint32_t slot, lb_time now)
{
    struct job_hold *h = &w->hold[slot];

    h->offers++;
    if (h->queued)
        return; /* it keeps its place */
    if (w->trip && !has_room(w, b, slot, now))
        return;
    h->queued = true;
    h->since = now;
    if (w->place)
        w->place[slot] = PLACE_HELD;
    h->previous = b->held ? b->tail : JOB_NONE;
    w->job[slot].next = JOB_NONE;
    if (b->held)
        w->job[b->tail].next = slot;
    else
        b->head = slot;
    b->tail = slot;
    b->held++;
    feed_held(w, b, now);
    if (b->held > w->tally.longest_queue && now >= w->tally.from && now <= w->tally.to)
        w->tally.longest_queue = b->held;
}

void balancer_unqueue(struct world *w, struct balancer *b, uint32_t slot, lb_time now)
{
    struct job_hold *h = w->hold ? &w->hold[slot] : NULL;
    uint32_t next = w->job[slot].next;

    if (!h || !h->queued)
        return;
    h->queued = false;
    h->total += now - h->since;
    w->tally.waiting += tally_overlap(&w->tally, h->since, now);
    feed_waited(w, &w->job[slot], h->since, now);
    if (h->previous == JOB_NONE)
        b->head = next;
    else
        w->job[h->previous].next = next;
    if (next == JOB_NONE)
        b->tail = h->previous;
    else
        w->hold[next].previous = h->previous;
    b->held--;
    feed_held(w, b, now);
}

uint32_t balancer_next_held(const struct balancer *b)
{
    return b->spec->queue.order == QUEUE_LIFO ? b->tail : b->head;
}

void offer_held(struct world *w, struct balancer *b, lb_time now)
{
    if (b->offering || b->down || !b->held)
        return;
    b->offering = true;
    while (b->held && !w->failed && !(w->trip && guard_at_limit(b))) {
        uint32_t next = balancer_next_held(b);

        world_offer(w, next, now);
        if (b->held && balancer_next_held(b) == next)
            break;
    }
    b->offering = false;
}
