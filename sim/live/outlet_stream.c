/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/outlet_stream.h"

#include <stdio.h>
#include <stdlib.h>

enum { BACK_OFF_LEAST = 1000000, BACK_OFF_MOST = 100000000 }; /* ns */

static struct link *link_of(struct conduit *c)
{
    return (struct link *)(void *)((char *)c - offsetof(struct link, conduit));
}

/* ---- What goes out. */

static void link_ask(struct link *l)
{
    struct stream_outlet *out = link_outlet(l);
    char text[MESSAGE_MOST];
    uint64_t filler;
    const size_t n = out->protocol->request_write(text, &l->ask, &out->asking, &filler);

    l->stage = LINK_BUSY;
    conduit_write(&l->conduit, text, n, filler);
    patience_set(&l->patience, conduit_is_flushed(&l->conduit) ? AWAIT_NOTHING : AWAIT_WRITE);
}

static void on_flushed(struct conduit *c)
{
    struct link *l = link_of(c);

    if (l->patience.await == AWAIT_WRITE)
        patience_set(&l->patience, AWAIT_NOTHING);
}

/* ---- Failures. */

/* Somebody who refuses is asked again later and later: nobody is helped by a storm of those who
 * connect in vain. What is asked meanwhile fails at once. */
static void back_off(struct stream_outlet *out)
{
    const int64_t twice = 2 * out->back_off;

    out->back_off = twice > BACK_OFF_MOST ? BACK_OFF_MOST : twice;
    if (out->back_off < BACK_OFF_LEAST)
        out->back_off = BACK_OFF_LEAST;
    out->refused_until = patience_now() + out->back_off;
}

/* The connection is lost, and the passage on it. */
static void link_fail(struct link *l, enum cause cause)
{
    struct stream_outlet *out = link_outlet(l);
    const struct outlet_order *order = &out->outlet.order;
    const bool wanted = l->wanted;
    const bool sent = l->stage == LINK_BUSY;
    const uint64_t ticket = l->passage.ticket;

    if (l->stage == LINK_OPENING &&
        (cause == CAUSE_CONNECT_REFUSED || cause == CAUSE_CONNECT_TIMEOUT))
        back_off(out);
    out->outlet.count.failed[cause]++;
    link_end(l, cause != CAUSE_EOF);
    if (wanted)
        order->failed(order->context, ticket, cause, sent);
}

static void doomed_remove(struct stream_outlet *out, struct link **at)
{
    *at = (*at)->idle_next;
    if (!*at)
        out->doomed_end = at;
}

/* Those of whom it is told may be asked for again in vain at once: they come in the next round. */
static void on_tell(evutil_socket_t fd, short what, void *self)
{
    struct stream_outlet *out = self;
    uint32_t n = 0;

    (void)fd;
    (void)what;
    links_enter(out);
    for (struct link *l = out->doomed; l; l = l->idle_next)
        n++;
    for (; n > 0 && out->doomed; n--) {
        struct link *l = out->doomed;

        doomed_remove(out, &out->doomed);
        link_fail(l, l->doom);
    }
    links_leave(out);
}

/* The failure is told from the event loop. */
static void link_doom(struct link *l, enum cause cause)
{
    struct stream_outlet *out = link_outlet(l);

    l->stage = LINK_DOOMED;
    l->doom = cause;
    l->idle_next = NULL;
    *out->doomed_end = l;
    out->doomed_end = &l->idle_next;
    event_active(out->tell, EV_TIMEOUT, 0);
}

static void link_open(struct link *l)
{
    if (!link_connect(l))
        link_doom(l, CAUSE_TLS);
}

/* A connection that was kept may have been ended by the peer before the request reached it. The
 * request goes out once more if that cannot make anybody work twice: nothing was written, or the
 * peer is one of others, whose idle connections end when they like (R-C6, RFC 9110, 9.2.2). */
static bool link_retry(struct link *l)
{
    struct stream_outlet *out = link_outlet(l);
    const bool safe = !l->conduit.written || (!out->outlet.order.own && l->ask.body == 0);

    if (!l->wanted || !l->reused || l->reader.any || !safe)
        return false;
    conduit_close(&l->conduit, true);
    out->outlet.count.connections--;
    out->outlet.count.resent++;
    link_open(l);
    return true;
}

/* ---- What comes in. */

static void on_connected(struct conduit *c)
{
    struct link *l = link_of(c);
    struct stream_outlet *out = link_outlet(l);

    out->opening--;
    out->back_off = out->refused_until = 0;
    out->outlet.count.connected++;
    if (l->wanted)
        link_ask(l);
    else
        link_rest(l);
}

static void link_answered(struct link *l)
{
    struct stream_outlet *out = link_outlet(l);
    const struct outlet_order *order = &out->outlet.order;
    const struct parcel parcel = l->reader.parcel;
    const uint64_t ticket = l->passage.ticket;
    const bool wanted = l->wanted;

    if (l->reader.keep && conduit_is_flushed(&l->conduit) &&
        (order->limits.idle == 0 || out->outlet.count.idle < order->limits.idle)) {
        answer_reset(&l->reader);
        link_rest(l);
    } else {
        link_end(l, false);
    }
    if (wanted)
        order->answer(order->context, ticket, &parcel);
}

static void link_begun(struct link *l)
{
    const struct outlet_order *order = &l->outlet->order;

    if (order->begun && l->wanted && l->reader.parcel.id == l->ask.id)
        order->begun(order->context, l->passage.ticket);
}

/* What lbsim answers says which request it is for: another one's answer would be believed. */
static bool is_mine(const struct link *l)
{
    return !l->reader.ours || l->reader.parcel.id == l->ask.id;
}

static void link_reads(struct link *l, const char *bytes, size_t n)
{
    struct stream_outlet *out = link_outlet(l);

    while (n > 0 && l->stage == LINK_BUSY) {
        enum news news;
        const size_t used =
            out->protocol->answer_read(&l->reader, &out->outlet.order.limits, bytes, n, &news);

        bytes += used;
        n -= used;
        if (news == NEWS_BEGUN) {
            link_begun(l);
            if (l->conduit.fd < 0) /* cancelled by whoever was told */
                return;
        } else if (news == NEWS_BAD || (news == NEWS_WHOLE && !is_mine(l))) {
            link_fail(l, CAUSE_PARSE);
            return;
        } else if (news == NEWS_WHOLE) {
            l->reader.keep = l->reader.keep && n == 0;
            link_answered(l);
            return;
        }
    }
}

static bool on_bytes(struct conduit *c, const char *bytes, size_t n)
{
    struct link *l = link_of(c);
    struct stream_outlet *out = link_outlet(l);
    bool there;

    links_enter(out);
    if (l->stage == LINK_BUSY)
        link_reads(l, bytes, n);
    else
        link_end(l, true); /* nobody has asked */
    there = l->conduit.fd >= 0;
    links_leave(out);
    return there;
}

static void link_cut_off(struct link *l, enum cause cause)
{
    struct stream_outlet *out = link_outlet(l);

    if (l->stage == LINK_IDLE) {
        link_end(l, false);
    } else if (l->stage == LINK_OPENING) {
        link_fail(l, cause);
    } else if (cause == CAUSE_EOF && out->protocol->answer_end(&l->reader) == NEWS_WHOLE &&
               is_mine(l)) {
        link_answered(l);
    } else if (!link_retry(l)) {
        link_fail(l, cause);
    }
}

static void on_ended(struct conduit *c, enum cause cause)
{
    struct link *l = link_of(c);
    struct stream_outlet *out = link_outlet(l);

    links_enter(out);
    link_cut_off(l, cause);
    links_leave(out);
}

static const struct conduit_owner owner = {
    .connected = on_connected, .bytes = on_bytes, .flushed = on_flushed, .ended = on_ended
};

static void on_walk(evutil_socket_t fd, short what, void *self)
{
    struct stream_outlet *out = self;
    const int64_t now = patience_now();
    struct link *l;

    (void)fd;
    (void)what;
    links_enter(out);
    for (l = out->links; l; l = l->next)
        l->late = patience_ends(&l->patience, &out->outlet.order.limits, now);
    l = out->links;
    while (l && !out->closed)
        if (l->late) { /* whoever is told may end any other */
            link_fail(l, l->stage == LINK_OPENING ? CAUSE_CONNECT_TIMEOUT : CAUSE_RESET);
            l = out->links;
        } else {
            l = l->next;
        }
    if (out->links && !out->closed)
        event_add(out->walk, &out->pace);
    links_leave(out);
}

/* ---- What channel.h asks for. */

/* Ends a connection whose request nobody waits for, to make room: whether there was one. */
static bool end_forsaken(struct stream_outlet *out)
{
    struct link *l = out->links, *oldest = NULL;

    for (; l; l = l->next) /* the newest comes first */
        if (l->stage == LINK_BUSY && !l->wanted)
            oldest = l;
    if (oldest)
        link_end(oldest, true);
    return oldest != NULL;
}

static enum cause hindrance(struct stream_outlet *out)
{
    const uint32_t most = out->outlet.order.limits.connections;

    if (most > 0 && out->outlet.count.connections >= most && !end_forsaken(out))
        return CAUSE_CLIENT_OVERLOAD;
    if (out->refused_until > 0 && patience_now() < out->refused_until)
        return CAUSE_CONNECT_REFUSED;
    return CAUSE_NONE;
}

static struct passage *send_one(struct outlet *outlet, uint64_t ticket, const struct parcel *p)
{
    struct stream_outlet *out = (struct stream_outlet *)outlet;
    struct link *l = link_wake(out);
    const bool awake = l != NULL;
    enum cause cause;

    if (!l && !(l = link_new(out, &owner)))
        return NULL;
    l->passage.ticket = ticket;
    l->ask = *p;
    l->wanted = true;
    if (awake) {
        outlet->count.reused++;
        link_ask(l);
    } else if ((cause = hindrance(out)) != CAUSE_NONE) {
        link_doom(l, cause);
    } else {
        link_open(l);
    }
    return &l->passage;
}

static void cancel(struct outlet *outlet, struct passage *passage)
{
    struct stream_outlet *out = (struct stream_outlet *)outlet;
    struct link *l = (struct link *)passage, **at = &out->doomed;

    l->wanted = false;
    if (l->stage == LINK_DOOMED) {
        while (*at != l)
            at = &(*at)->idle_next;
        doomed_remove(out, at);
        link_end(l, true);
    } else if (l->stage == LINK_BUSY) {
        link_end(l, true);
    } /* else it will be there for the next one */
}

/* Its connection is kept for an answer that may come still; one that is not there yet will be there
 * for the next request. */
static void forsake(struct outlet *outlet, struct passage *passage)
{
    struct link *l = (struct link *)passage;

    if (l->stage == LINK_DOOMED)
        cancel(outlet, passage);
    else
        l->wanted = false;
}

static void prepare(struct outlet *outlet, uint32_t connections)
{
    struct stream_outlet *out = (struct stream_outlet *)outlet;
    struct link *l;

    for (; connections > 0 && !hindrance(out) && (l = link_new(out, &owner)); connections--)
        link_open(l);
}

static bool ready(const struct outlet *outlet)
{
    return ((const struct stream_outlet *)outlet)->opening == 0;
}

static void forget(struct outlet *outlet)
{
    struct stream_outlet *out = (struct stream_outlet *)outlet;

    out->back_off = out->refused_until = 0;
    while (out->idle)
        link_end(out->idle, false);
}

static void outlet_is_closed(struct outlet *outlet)
{
    struct stream_outlet *out = (struct stream_outlet *)outlet;

    if (out->closed)
        return;
    links_enter(out);
    out->closed = true;
    event_del(out->walk);
    event_del(out->tell);
    while (out->links)
        link_end(out->links, out->links->stage == LINK_BUSY);
    out->doomed = NULL;
    out->doomed_end = &out->doomed;
    links_leave(out);
}

static const struct outlet_table table = { .close = outlet_is_closed,
                                           .prepare = prepare,
                                           .ready = ready,
                                           .send = send_one,
                                           .cancel = cancel,
                                           .forsake = forsake,
                                           .forget = forget };

/* The name of the peer as HTTP and TLS want it. */
static void set_host(struct stream_outlet *out)
{
    const struct outlet_order *order = &out->outlet.order;

    if (order->host)
        snprintf(out->asking.host, sizeof out->asking.host, "%s", order->host);
    else
        address_write(&order->address, out->asking.host, sizeof out->asking.host);
}

struct outlet *stream_outlet_open(const struct outlet_order *order)
{
    struct stream_outlet *out = calloc(1, sizeof *out);
    const int64_t pace = patience_walk(&order->limits);

    if (!out)
        return NULL;
    out->outlet.table = &table;
    out->outlet.order = *order;
    out->protocol = order->transport == TRANSPORT_HTTP ? &protocol_http : &protocol_line;
    out->pace =
        (struct timeval) { .tv_sec = pace / 1000000000, .tv_usec = pace % 1000000000 / 1000 };
    out->doomed_end = &out->doomed;
    set_host(out);
    out->walk = evtimer_new(order->base, on_walk, out);
    out->tell = event_new(order->base, -1, 0, on_tell, out);
    if (out->walk && out->tell)
        return &out->outlet;
    links_enter(out);
    out->closed = true;
    links_leave(out);
    return NULL;
}
