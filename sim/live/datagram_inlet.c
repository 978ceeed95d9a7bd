/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Datagrams come in at one socket. Each request is a visitor of its own; its peer leaves only by
 * saying so ("cancel"). A request that comes twice is served once: while it waits the second is
 * passed over, and for a second after its answer it gets that answer again. */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/live/datagram_guests.h"
#include "sim/live/protocol.h"

static const int64_t memory = 1000000000; /* ns */

struct datagram_inlet {
    struct inlet inlet;
    int socket;
    struct event *readable;
    struct guests guests;
    uint64_t no_room;  /* requests that came when as many waited as may */
    bool refusing;     /* its socket hears nobody but itself */
    bool busy, closed; /* in a callback; to be closed after it */
};

static struct datagram_inlet *own(struct inlet *inlet)
{
    return (struct datagram_inlet *)inlet;
}

static int64_t real_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- Answers. */

static bool send_parcel(struct datagram_inlet *i, const struct guest *guest, struct parcel parcel)
{
    char text[DATAGRAM_TEXT_MOST];
    size_t n;

    if (guest->stranger) {
        const struct inlet_order *order = &i->inlet.order;

        n = parcel_say(text, &parcel, order->name(order->context, parcel.server));
        parcel.body = 0;
    } else {
        if (parcel.body > DATAGRAM_BODY_MOST)
            parcel.body = DATAGRAM_BODY_MOST;
        parcel.id = guest->name.id; /* whoever asked knows it by what they called it */
        parcel.part = guest->name.part;
        n = datagram_write(text, &parcel, guest->name.mark);
    }
    return !datagram_send(i->socket, &guest->name.peer, text, n, parcel.body);
}

static void settle(struct datagram_inlet *i, struct guest *guest)
{
    guests_settle(&i->guests, guest, real_now() + memory);
    i->inlet.count.connections = i->guests.waiting;
}

static void inlet_begun(struct visitor *visitor, const struct parcel *parcel)
{
    struct guest *guest = (struct guest *)visitor;
    struct parcel begun = *parcel;

    begun.kind = PARCEL_BEGUN;
    begun.body = 0;
    if (!guest->stranger)
        send_parcel(own(visitor->inlet), guest, begun);
}

static bool answer(struct visitor *visitor, const struct parcel *parcel)
{
    struct datagram_inlet *i = own(visitor->inlet);
    struct guest *guest = (struct guest *)visitor;
    bool sent;

    guest->answer = *parcel;
    guest->answer.kind = PARCEL_ANSWER;
    guest->answered = true;
    sent = send_parcel(i, guest, guest->answer);
    settle(i, guest);
    return sent;
}

static bool waits(const struct visitor *visitor)
{
    return ((const struct guest *)visitor)->state == GUEST_WAITING;
}

static void inlet_answer(struct visitor *visitor, const struct parcel *parcel)
{
    struct inlet_count *count = &visitor->inlet->count;

    if (!waits(visitor))
        return;
    if (answer(visitor, parcel))
        count->answered++;
    else
        count->dropped++;
}

static void inlet_drop(struct visitor *visitor, enum visitor_end end)
{
    const struct guest_name *name = &((struct guest *)visitor)->name;
    struct parcel parcel = parcel_blank(name->id);

    (void)end;
    if (!waits(visitor))
        return;
    parcel.part = name->part;
    parcel.status = PARCEL_ERROR;
    visitor->inlet->count.dropped++;
    answer(visitor, &parcel);
}

static void inlet_forsake(struct visitor *visitor)
{
    if (!waits(visitor))
        return;
    visitor->inlet->count.dropped++;
    settle(own(visitor->inlet), (struct guest *)visitor);
}

/* ---- Requests. */

static void repeat(struct datagram_inlet *i, const struct guest *guest)
{
    i->inlet.count.repeated++;
    if (guest->answered)
        send_parcel(i, guest, guest->answer);
}

static void cancel(struct datagram_inlet *i, const struct guest_name *name)
{
    struct guest *guest = guests_find(&i->guests, name);

    if (!guest || guest->state != GUEST_WAITING)
        return;
    settle(i, guest);
    i->inlet.order.left(i->inlet.order.context, &guest->visitor);
}

static void admit(struct datagram_inlet *i, const struct guest_name *name, const struct datagram *d)
{
    struct guest *guest = d->stranger ? NULL : guests_find(&i->guests, name);

    if (guest) {
        repeat(i, guest);
        return;
    }
    guest = guests_take(&i->guests, name, d->stranger);
    if (!guest) {
        i->no_room++;
        return;
    }
    guest->visitor.inlet = &i->inlet;
    guest->stranger = d->stranger;
    i->inlet.count.requests++;
    i->inlet.count.connections = i->guests.waiting;
    i->inlet.order.request(i->inlet.order.context, &guest->visitor, &d->parcel);
}

/* A request within the limits. */
static bool good(const struct datagram_inlet *i, const struct datagram *d, size_t line)
{
    const struct channel_limits *limits = &i->inlet.order.limits;

    return d->parcel.kind != PARCEL_ANSWER && d->parcel.kind != PARCEL_BEGUN &&
           (!limits->header_bytes || line <= limits->header_bytes) &&
           (!limits->body_bytes || d->parcel.body <= limits->body_bytes);
}

static void deliver(struct datagram_inlet *i, const struct datagram_peer *from, const char *bytes,
                    size_t n, size_t whole)
{
    struct guest_name name = { .peer = *from };
    struct datagram d;

    if (datagram_read(&d, bytes, n, whole) || !good(i, &d, whole - d.parcel.body)) {
        i->inlet.count.bad++;
        return;
    }
    name.id = d.parcel.id;
    name.part = d.parcel.part;
    name.mark = d.mark;
    if (d.parcel.kind == PARCEL_CANCEL)
        cancel(i, &name);
    else
        admit(i, &name, &d);
}

static void release_inlet(struct datagram_inlet *);

static void receive(evutil_socket_t socket, short what, void *context)
{
    struct datagram_inlet *i = context;
    struct datagram_batch batch;
    int turn, k, n = DATAGRAM_BATCH;

    (void)what;
    i->busy = true;
    guests_forget(&i->guests, real_now());
    for (turn = 0; turn < DATAGRAM_TURNS && n == DATAGRAM_BATCH && !i->closed; turn++) {
        n = datagram_receive(socket, &batch);
        for (k = 0; k < n && !i->closed; k++)
            deliver(i, &batch.came[k].from, batch.came[k].bytes, batch.came[k].n,
                    batch.came[k].whole);
    }
    i->inlet.count.datagrams_lost = i->no_room + datagram_drops(socket);
    i->busy = false;
    if (i->closed)
        release_inlet(i);
}

/* ---- Refusing and listening. */

static bool own_name(int socket, struct datagram_peer *name)
{
    name->length = sizeof name->at;
    return !getsockname(socket, &name->at.any, &name->length);
}

/* A socket that is connected, here to itself, does not exist for all others: their datagrams come
 * back to them as refused. What has come is answered nevertheless. */
static void inlet_shut(struct inlet *inlet)
{
    struct datagram_inlet *i = own(inlet);
    struct datagram_peer name;

    if (!i->refusing && own_name(i->socket, &name))
        i->refusing = !connect(i->socket, &name.at.any, name.length);
}

static int inlet_reopen(struct inlet *inlet)
{
    const struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
    struct datagram_inlet *i = own(inlet);

    if (i->refusing && connect(i->socket, &nowhere, sizeof nowhere))
        return -1;
    i->refusing = false;
    return 0;
}

static bool inlet_is_idle(const struct inlet *inlet)
{
    return ((const struct datagram_inlet *)inlet)->guests.waiting == 0;
}

/* ---- Opening and closing. */

static void release_inlet(struct datagram_inlet *i)
{
    if (i->readable)
        event_free(i->readable);
    if (i->socket >= 0)
        close(i->socket);
    guests_close(&i->guests);
    free(i);
}

static void inlet_end(struct inlet *inlet)
{
    struct datagram_inlet *i = own(inlet);

    if (i->busy)
        i->closed = true;
    else
        release_inlet(i);
}

static const struct inlet_table inlet_table = { .refuse = inlet_shut,
                                                .listen = inlet_reopen,
                                                .idle = inlet_is_idle,
                                                .close = inlet_end,
                                                .begun = inlet_begun,
                                                .answer = inlet_answer,
                                                .drop = inlet_drop,
                                                .forsake = inlet_forsake };

static bool bind_to(int socket, const struct datagram_peer *name, int shared)
{
    return !setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &shared, sizeof shared) &&
           !bind(socket, &name->at.any, name->length);
}

/* A port that the system chooses is given back whenever its socket is disconnected (see
 * inlet_shut); one that is asked for by its number stays. So the chosen one is asked for by a
 * second socket while the first one holds it, and then shared no more. 0 or an errno. */
static int bind_to_any(int socket, const struct datagram_peer *name)
{
    const int first = datagram_socket(name->at.any.sa_family), alone = 0;
    struct datagram_peer chosen;
    int error = 0;

    if (first < 0)
        return -first;
    if (!bind_to(first, name, 1) || !own_name(first, &chosen) || !bind_to(socket, &chosen, 1) ||
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &alone, sizeof alone))
        error = errno;
    close(first);
    return error;
}

static int bind_socket(struct datagram_inlet *i)
{
    const struct address *address = &i->inlet.order.address;
    struct datagram_peer name = { .length = address->length };

    memcpy(&name.at, &address->at, sizeof name.at);
    if (address_port(address) == 0)
        return bind_to_any(i->socket, &name);
    return bind_to(i->socket, &name, 0) ? 0 : errno;
}

/* NULL, or what could not be done, and *error why. */
static const char *open_socket(struct datagram_inlet *i, int *error)
{
    const struct inlet_order *order = &i->inlet.order;
    struct datagram_peer name;

    i->socket = datagram_socket(order->address.at.ss_family);
    *error = i->socket < 0 ? -i->socket : 0;
    if (*error)
        return "socket";
    *error = bind_socket(i);
    if (*error || !own_name(i->socket, &name))
        return "bind";
    i->inlet.port = ntohs(name.at.v4.sin_port); /* at the same place in an address of IPv6 */
    i->inlet.count.receive_buffer = datagram_buffer(i->socket);
    i->readable = event_new(order->base, i->socket, EV_READ | EV_PERSIST, receive, i);
    *error = ENOMEM;
    return i->readable && !event_add(i->readable, NULL) ? NULL : "wait for";
}

struct inlet *datagram_inlet_open(const struct inlet_order *order, int *code, char *why,
                                  size_t room)
{
    struct datagram_inlet *i = calloc(1, sizeof *i);
    const char *what = "listen at";
    int error = ENOMEM;

    if (i) {
        i->inlet = (struct inlet) { .table = &inlet_table, .order = *order };
        i->socket = -1;
        if (!guests_open(&i->guests, order->limits.connections))
            what = open_socket(i, &error);
        if (!what)
            return &i->inlet;
        release_inlet(i);
    }
    channel_complain(code, why, room, what, &order->address, error);
    return NULL;
}
