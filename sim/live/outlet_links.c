/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "sim/live/outlet_stream.h"
#include "sim/live/secrets.h"

enum {
    FRESH = 1000000000
}; /* ns: who was used so lately is not looked at before it is used again */

struct stream_outlet *link_outlet(const struct link *l)
{
    return (struct stream_outlet *)l->outlet;
}

static void bury(struct stream_outlet *out)
{
    while (out->grave) {
        struct link *l = out->grave;

        out->grave = l->next;
        free(l);
    }
}

void links_enter(struct stream_outlet *out)
{
    out->depth++;
}

void links_leave(struct stream_outlet *out)
{
    if (--out->depth > 0)
        return;
    bury(out);
    if (!out->closed)
        return;
    if (out->walk)
        event_free(out->walk);
    if (out->tell)
        event_free(out->tell);
    free(out);
}

struct link *link_new(struct stream_outlet *out, const struct conduit_owner *owner)
{
    struct link *l = calloc(1, sizeof *l);

    if (!l)
        return NULL;
    l->outlet = &out->outlet;
    conduit_init(&l->conduit, out->outlet.order.base, owner, out->room);
    l->next = out->links;
    if (l->next)
        l->next->previous = l;
    out->links = l;
    if (!event_pending(out->walk, EV_TIMEOUT, NULL))
        event_add(out->walk, &out->pace);
    return l;
}

/* Of lbsim's own servers TLS knows the name; of others it is the one asked for, or the address. */
static struct ssl_st *tls_for(const struct stream_outlet *out)
{
    const struct outlet_order *order = &out->outlet.order;
    const bool own = order->own && !order->host;

    return secrets_connect(order->tls, own ? NULL : out->asking.host);
}

bool link_connect(struct link *l)
{
    struct stream_outlet *out = link_outlet(l);
    const struct outlet_order *order = &out->outlet.order;
    struct ssl_st *ssl = order->tls ? tls_for(out) : NULL;

    if (order->tls && !ssl)
        return false;
    l->stage = LINK_OPENING;
    l->reused = false;
    answer_reset(&l->reader);
    out->opening++;
    out->outlet.count.connections++;
    patience_set(&l->patience, AWAIT_CONNECT);
    conduit_connect(&l->conduit, &order->address, ssl);
    return true;
}

static void idle_remove(struct link *l)
{
    struct stream_outlet *out = link_outlet(l);

    if (l->idle_previous)
        l->idle_previous->idle_next = l->idle_next;
    else
        out->idle = l->idle_next;
    if (l->idle_next)
        l->idle_next->idle_previous = l->idle_previous;
    l->idle_next = l->idle_previous = NULL;
    out->outlet.count.idle--;
}

void link_end(struct link *l, bool reset)
{
    struct stream_outlet *out = link_outlet(l);

    if (l->stage == LINK_IDLE)
        idle_remove(l);
    if (l->stage == LINK_OPENING)
        out->opening--;
    if (l->stage != LINK_DOOMED)
        out->outlet.count.connections--;
    conduit_close(&l->conduit, reset);
    answer_reset(&l->reader);
    if (l->previous)
        l->previous->next = l->next;
    else
        out->links = l->next;
    if (l->next)
        l->next->previous = l->previous;
    l->next = out->grave;
    out->grave = l;
    if (out->depth == 0)
        bury(out);
}

void link_rest(struct link *l)
{
    struct stream_outlet *out = link_outlet(l);

    l->stage = LINK_IDLE;
    l->wanted = false;
    l->idle_since = patience_now();
    patience_set(&l->patience, AWAIT_NOTHING);
    l->idle_previous = NULL;
    l->idle_next = out->idle;
    if (out->idle)
        out->idle->idle_previous = l;
    out->idle = l;
    out->outlet.count.idle++;
}

struct link *link_wake(struct stream_outlet *out)
{
    while (out->idle) {
        struct link *l = out->idle;

        if (patience_now() - l->idle_since > FRESH && conduit_is_stale(&l->conduit)) {
            link_end(l, false);
            continue;
        }
        idle_remove(l);
        l->stage = LINK_BUSY;
        l->reused = true;
        return l;
    }
    return NULL;
}
