/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Datagrams go out from one connected socket, however many requests are in flight. Each has a
 * passage in a table of fixed slots, and its mark says which: an answer finds it in one step, and
 * one that nobody waits for any more finds nobody.
 *
 * A datagram that is lost is lost in silence: its request waits for the time-out of whoever sent
 * it. But where nobody listens at all, the kernel returns the datagram, and its own request fails
 * with CAUSE_CONNECT_REFUSED, and no other. */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/live/channel_inside.h"
#include "sim/live/datagram.h"

enum { CHUNK_BITS = 8, CHUNK = 1 << CHUNK_BITS, CHUNKS = 1 << 12 };
enum { SLOT_BITS = 20, SEND_TRIES = 3 };
static const uint32_t nobody = UINT32_MAX;

enum passage_state {
    PASSAGE_FREE,
    PASSAGE_FLYING,
    PASSAGE_FAILING, /* `failed` is called from the loop */
    PASSAGE_UNWANTED /* it was failing, and nobody wants to hear of it */
};

struct datagram_passage {
    struct passage passage;
    uint64_t mark; /* the slot in its last SLOT_BITS, a serial number above */
    uint64_t id;
    uint32_t part;
    uint32_t slot;
    uint32_t next; /* that is free; that fails */
    uint8_t state, cause;
};

struct datagram_outlet {
    struct outlet outlet;
    int socket; /* -1: there is none yet */
    struct event *readable, *failing;
    struct datagram_passage *chunk[CHUNKS]; /* passages do not move */
    uint32_t chunks, flying;
    uint32_t free, failing_first, failing_last;
    uint64_t serial;
    bool busy, closed; /* in a callback; to be closed after it */
};

static struct datagram_outlet *own(struct outlet *outlet)
{
    return (struct datagram_outlet *)outlet;
}

/* ---- Slots. */

static bool grow(struct datagram_outlet *o)
{
    struct datagram_passage *chunk;
    uint32_t i;

    if (o->chunks == CHUNKS || !(chunk = calloc(CHUNK, sizeof *chunk)))
        return false;
    for (i = CHUNK; i-- > 0;) {
        chunk[i].slot = (o->chunks << CHUNK_BITS) + i;
        chunk[i].next = o->free;
        o->free = chunk[i].slot;
    }
    o->chunk[o->chunks++] = chunk;
    return true;
}

static struct datagram_passage *passage_at(struct datagram_outlet *o, uint32_t slot)
{
    return &o->chunk[slot >> CHUNK_BITS][slot & (CHUNK - 1)];
}

static struct datagram_passage *take(struct datagram_outlet *o, uint64_t ticket,
                                     const struct parcel *parcel)
{
    struct datagram_passage *p;

    if (o->free == nobody && !grow(o))
        return NULL;
    p = passage_at(o, o->free);
    o->free = p->next;
    p->passage.ticket = ticket;
    p->mark = ++o->serial << SLOT_BITS | p->slot;
    p->id = parcel->id;
    p->part = parcel->part;
    p->state = PASSAGE_FLYING;
    o->flying++;
    o->outlet.count.idle = 0;
    return p;
}

/* It is in flight no more. */
static void land(struct datagram_outlet *o)
{
    o->flying--;
    o->outlet.count.idle = o->flying == 0;
}

static void release(struct datagram_outlet *o, struct datagram_passage *p)
{
    if (p->state == PASSAGE_FLYING)
        land(o);
    p->state = PASSAGE_FREE;
    p->next = o->free;
    o->free = p->slot;
}

/* The passage in flight that has this mark, or NULL. */
static struct datagram_passage *find(struct datagram_outlet *o, uint64_t mark)
{
    const uint32_t slot = (uint32_t)(mark & ((1u << SLOT_BITS) - 1));
    struct datagram_passage *p;

    if (slot >> CHUNK_BITS >= o->chunks)
        return NULL;
    p = passage_at(o, slot);
    return p->mark == mark && p->state == PASSAGE_FLYING ? p : NULL;
}

/* ---- What fails. It is told from the loop, in order. */

static void fail(struct datagram_outlet *o, struct datagram_passage *p, enum cause cause)
{
    land(o);
    p->state = PASSAGE_FAILING;
    p->cause = (uint8_t)cause;
    p->next = nobody;
    if (o->failing_first == nobody)
        o->failing_first = p->slot;
    else
        passage_at(o, o->failing_last)->next = p->slot;
    o->failing_last = p->slot;
    event_active(o->failing, EV_TIMEOUT, 1);
}

static void release_outlet(struct datagram_outlet *o);

static void begin_callbacks(struct datagram_outlet *o)
{
    o->busy = true;
}

static void end_callbacks(struct datagram_outlet *o)
{
    o->busy = false;
    if (o->closed)
        release_outlet(o);
}

/* Those that fail from now on, in callbacks, wait for the next turn of the loop. */
static void tell_failed(evutil_socket_t none, short what, void *context)
{
    struct datagram_outlet *o = context;
    uint32_t slot = o->failing_first;

    (void)none;
    (void)what;
    o->failing_first = o->failing_last = nobody;
    begin_callbacks(o);
    while (slot != nobody && !o->closed) {
        struct datagram_passage *p = passage_at(o, slot);
        const bool wanted = p->state == PASSAGE_FAILING;
        const uint64_t ticket = p->passage.ticket;
        const enum cause cause = (enum cause)p->cause;

        slot = p->next;
        release(o, p);
        if (!wanted)
            continue;
        o->outlet.count.failed[cause]++;
        o->outlet.order.failed(o->outlet.order.context, ticket, cause, false);
    }
    end_callbacks(o);
}

static void take_returned(struct datagram_outlet *o)
{
    char text[DATAGRAM_ROOM];
    ssize_t n;

    while ((n = datagram_returned(o->socket, text, sizeof text)) >= 0) {
        struct datagram_passage *p = find(o, datagram_mark(text, (size_t)n));

        if (p)
            fail(o, p, CAUSE_CONNECT_REFUSED);
    }
}

/* ---- What comes back. */

static void deliver(struct datagram_outlet *o, const char *bytes, size_t n, size_t whole)
{
    const struct outlet_order *order = &o->outlet.order;
    struct datagram_passage *p;
    struct datagram d;
    uint64_t ticket;

    if (datagram_read(&d, bytes, n, whole) || !d.mark ||
        (order->own && d.parcel.kind != PARCEL_ANSWER && d.parcel.kind != PARCEL_BEGUN)) {
        o->outlet.count.bad++;
        return;
    }
    p = find(o, d.mark);
    if (!p) {
        o->outlet.count.late++;
        return;
    }
    ticket = p->passage.ticket;
    if (d.parcel.kind == PARCEL_BEGUN) {
        if (order->begun)
            order->begun(order->context, ticket);
        return;
    }
    release(o, p);
    d.parcel.kind = PARCEL_ANSWER; /* a peer that is not lbsim may give back what it got */
    order->answer(order->context, ticket, &d.parcel);
}

static void receive(evutil_socket_t socket, short what, void *context)
{
    struct datagram_outlet *o = context;
    struct datagram_batch batch;
    int turn, i, n = DATAGRAM_BATCH;

    (void)what;
    begin_callbacks(o);
    for (turn = 0; turn < DATAGRAM_TURNS && n == DATAGRAM_BATCH && !o->closed; turn++) {
        n = datagram_receive(socket, &batch);
        if (n <= 0) /* woken for something else, then */
            take_returned(o);
        for (i = 0; i < n && !o->closed; i++)
            deliver(o, batch.came[i].bytes, batch.came[i].n, batch.came[i].whole);
    }
    o->outlet.count.datagrams_lost = datagram_drops(socket);
    end_callbacks(o);
}

/* ---- Sending. */

static enum cause cause_of(int error)
{
    switch (error) {
    case 0:
        return CAUSE_NONE;
    case EMFILE:
    case ENFILE:
        return CAUSE_FD_EXHAUSTED;
    case EAGAIN:
    case ENOBUFS:
    case ENOMEM:
    case EMSGSIZE:
        return CAUSE_CLIENT_OVERLOAD;
    default:
        return CAUSE_CONNECT_REFUSED;
    }
}

/* 0 or an errno. */
static int open_socket(struct datagram_outlet *o)
{
    const struct outlet_order *order = &o->outlet.order;
    const struct sockaddr *at = (const struct sockaddr *)&order->address.at;
    int error = 0;

    if (o->socket >= 0)
        return 0;
    o->socket = datagram_socket(at->sa_family);
    if (o->socket < 0) {
        error = -o->socket;
        o->socket = -1;
        return error;
    }
    if (connect(o->socket, at, order->address.length) ||
        datagram_want_returns(o->socket, at->sa_family))
        error = errno;
    else if (event_assign(o->readable, order->base, o->socket, EV_READ | EV_PERSIST, receive, o) ||
             event_add(o->readable, NULL))
        error = ENOMEM;
    if (error) {
        close(o->socket);
        o->socket = -1;
        return error;
    }
    o->outlet.count.connected++;
    o->outlet.count.connections = 1;
    o->outlet.count.receive_buffer = datagram_buffer(o->socket);
    return 0;
}

/* An error that the socket has to tell is one of an earlier datagram, and nothing was sent: that
 * one is told, and this one tried again. */
static int send_text(struct datagram_outlet *o, const char *text, size_t n, uint32_t body)
{
    int error = open_socket(o), tries;

    for (tries = 0; !error && tries < SEND_TRIES; tries++) {
        error = datagram_send(o->socket, NULL, text, n, body);
        if (error != ECONNREFUSED && error != EHOSTUNREACH && error != ENETUNREACH)
            return error;
        take_returned(o);
        if (tries + 1 < SEND_TRIES)
            error = 0;
    }
    return error;
}

static struct passage *outlet_post(struct outlet *outlet, uint64_t ticket,
                                   const struct parcel *parcel)
{
    struct datagram_outlet *o = own(outlet);
    struct datagram_passage *p = take(o, ticket, parcel);
    const uint32_t most = outlet->order.limits.connections;
    struct parcel asked = *parcel;
    char text[DATAGRAM_TEXT_MOST];
    enum cause cause;
    size_t n;

    if (!p)
        return NULL;
    if (most && o->flying > most) {
        fail(o, p, CAUSE_CLIENT_OVERLOAD);
        return &p->passage;
    }
    if (asked.body > DATAGRAM_BODY_MOST)
        asked.body = DATAGRAM_BODY_MOST;
    n = datagram_write(text, &asked, p->mark);
    cause = cause_of(send_text(o, text, n, asked.body));
    if (cause != CAUSE_NONE && p->state == PASSAGE_FLYING)
        fail(o, p, cause);
    return &p->passage;
}

static void outlet_leave(struct outlet *outlet, struct passage *passage)
{
    struct datagram_passage *p = (struct datagram_passage *)passage;

    if (p->state == PASSAGE_FLYING)
        release(own(outlet), p);
    else
        p->state = PASSAGE_UNWANTED; /* it is in the list of those that fail */
}

static void outlet_call_off(struct outlet *outlet, struct passage *passage)
{
    struct datagram_passage *p = (struct datagram_passage *)passage;
    struct parcel parcel = parcel_blank(p->id);
    char text[DATAGRAM_TEXT_MOST];

    if (p->state == PASSAGE_FLYING) {
        parcel.kind = PARCEL_CANCEL;
        parcel.part = p->part;
        send_text(own(outlet), text, datagram_write(text, &parcel, p->mark), 0);
    }
    outlet_leave(outlet, passage);
}

/* ---- Opening and closing. */

static void outlet_make_ready(struct outlet *outlet, uint32_t connections)
{
    const int error = connections ? open_socket(own(outlet)) : 0;

    if (error)
        outlet->count.failed[cause_of(error)]++;
}

static bool outlet_is_ready(const struct outlet *outlet)
{
    (void)outlet;
    return true;
}

/* What the dead peer's machine has returned is told; it says nothing of the new one. */
static void outlet_start_anew(struct outlet *outlet)
{
    if (own(outlet)->socket >= 0)
        take_returned(own(outlet));
}

static void release_outlet(struct datagram_outlet *o)
{
    uint32_t i;

    if (o->readable)
        event_free(o->readable);
    if (o->failing)
        event_free(o->failing);
    if (o->socket >= 0)
        close(o->socket);
    for (i = 0; i < o->chunks; i++)
        free(o->chunk[i]);
    free(o);
}

static void outlet_end(struct outlet *outlet)
{
    struct datagram_outlet *o = own(outlet);

    if (o->busy)
        o->closed = true;
    else
        release_outlet(o);
}

static const struct outlet_table outlet_table = { .close = outlet_end,
                                                  .prepare = outlet_make_ready,
                                                  .ready = outlet_is_ready,
                                                  .send = outlet_post,
                                                  .cancel = outlet_call_off,
                                                  .forsake = outlet_leave,
                                                  .forget = outlet_start_anew };

struct outlet *datagram_outlet_open(const struct outlet_order *order)
{
    struct datagram_outlet *o = calloc(1, sizeof *o);

    if (!o)
        return NULL;
    o->outlet = (struct outlet) { .table = &outlet_table, .order = *order };
    o->socket = -1;
    o->free = o->failing_first = o->failing_last = nobody;
    o->readable = event_new(order->base, -1, 0, receive, o);
    o->failing = event_new(order->base, -1, 0, tell_failed, o);
    if (o->readable && o->failing)
        return &o->outlet;
    release_outlet(o);
    return NULL;
}
