/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The borders of measured time on the express way. Each request is counted whole when it is issued,
 * if measured time has begun by then. So who is in the system when it begins is added, as far as he
 * stays; and who is there when it ends has been counted for longer than he should. */
#include "sim/run/express_part.h"
#include "sim/run/features.h"

/* What a stay has beyond an instant at which its request has been issued. */
struct beyond {
    bool leaves;      /* its service ends later */
    bool returns;     /* its answer is at its client later */
    bool comes;       /* it reaches its server later */
    lb_time reached;  /* when that is */
    lb_time returned; /* its answer, so much later */
    lb_time busy, waited;
};

static lb_time later(lb_time a, lb_time b)
{
    return a > b ? a : b;
}

/* The stay at `place`; the one before it, if it is there no more, left before. */
static struct beyond beyond_of(const struct express *x, uint32_t server, uint32_t count,
                               uint32_t place, lb_time then)
{
    const struct stay stay = lanes_stay(&x->lanes, server, count, place);
    lb_time reached = later(stay.reached, then), start = reached;

    if (place)
        start = later(lanes_stay(&x->lanes, server, count, place - 1).leave, reached);
    return (struct beyond) {
        .leaves = stay.leave > then,
        .returns = stay.leave + x->way > then,
        .comes = stay.reached > then,
        .reached = stay.reached,
        .returned = stay.leave + x->way - then,
        .busy = stay.leave > then ? stay.leave - start : 0,
        .waited = start - reached,
    };
}

/* A queue that becomes so long only once measured time has begun. */
static void may_rise(struct world *w, uint32_t server, uint32_t count, uint32_t place,
                     lb_time reached)
{
    uint32_t left = count - lanes_later(&w->express->lanes, server, reached);

    if (left < place)
        express_rise(w, place - left, reached);
}

void express_begins(struct world *w)
{
    struct express *x = w->express;
    struct tally *t = &w->tally;
    uint32_t i, k;

    for (i = 0; i < w->servers; i++) {
        const uint32_t count = lanes_count(&x->lanes, i, express_left(x, t->from), x->way > 0);

        for (k = 0; k < count; k++) {
            struct beyond b = beyond_of(x, i, count, k, t->from);

            w->server[i].busy += (uint64_t)b.busy;
            w->server[i].waited += (uint64_t)b.waited;
            t->finished += b.leaves;
            t->before += b.returns;
            t->in_system += b.returns ? (uint64_t)b.returned : 0;
            w->homing_from += b.returns && !b.leaves;
            if (b.comes)
                may_rise(w, i, count, k, b.reached);
        }
    }
}

static void settle_longest(struct world *w)
{
    const struct express *x = w->express;
    uint64_t i;

    for (i = 0; i < x->rises; i++)
        if (x->rise[i].reached <= w->tally.to && x->rise[i].waiting > w->tally.longest_queue)
            w->tally.longest_queue = x->rise[i].waiting;
}

uint64_t express_events(const struct world *w)
{
    const struct express *x = w->express;
    uint64_t sent = w->tally.issued - x->turned_away;
    unsigned general = world_features(w->order);

    /* it is issued, and finishes; over links it also reaches its server, and replies; and in the
     * general loop it gets home */
    return w->tally.issued + sent * (x->way == 0 ? 1 : general & FEATURE_ALL ? 4 : 3);
}

void express_ends(struct world *w)
{
    struct express *x = w->express;
    struct tally *t = &w->tally;
    uint32_t i, k;

    for (i = 0; i < w->servers; i++) {
        const uint32_t count = lanes_count(&x->lanes, i, express_left(x, t->to), x->way > 0);

        for (k = 0; k < count; k++) {
            struct beyond b = beyond_of(x, i, count, k, t->to);

            w->server[i].busy -= (uint64_t)b.busy;
            w->server[i].waited -= (uint64_t)b.waited;
            t->finished -= b.leaves;
            t->after += b.returns;
            t->in_system -= b.returns ? (uint64_t)b.returned : 0;
            w->homing_to += b.returns && !b.leaves;
        }
        w->balancer[0].inflight[i] = 0;
    }
    settle_longest(w);
    w->events = express_events(w);
}
