/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "sim/live/channel_inside.h"

static const char *const cause_names[CAUSES] = {
    [CAUSE_NONE] = "none",
    [CAUSE_CONNECT_REFUSED] = "connect_refused",
    [CAUSE_CONNECT_TIMEOUT] = "connect_timeout",
    [CAUSE_RESET] = "reset",
    [CAUSE_EOF] = "eof",
    [CAUSE_HTTP_4XX] = "http_4xx",
    [CAUSE_HTTP_5XX] = "http_5xx",
    [CAUSE_PARSE] = "parse",
    [CAUSE_TLS] = "tls",
    [CAUSE_FD_EXHAUSTED] = "fd_exhausted",
    [CAUSE_CLIENT_OVERLOAD] = "client_overload",
};

const char *cause_name(enum cause cause)
{
    return (unsigned)cause < CAUSES ? cause_names[cause] : "unknown";
}

struct channel_limits channel_limits_default(void)
{
    const int64_t second = 1000000000;

    return (struct channel_limits) { .connections = 4096,
                                     .each_address = 64,
                                     .header_bytes = 8192,
                                     .fields = 100,
                                     .uri_bytes = 4096,
                                     .body_bytes = 1 << 20,
                                     .header_time = 5 * second,
                                     .body_time = 10 * second,
                                     .idle_time = 60 * second,
                                     .connect_time = second,
                                     .write_time = 10 * second };
}

void channel_complain(int *told, char *why, size_t room, const char *what,
                      const struct address *address, int code)
{
    char text[64];

    *told = code;
    address_write(address, text, sizeof text);
    snprintf(why, room, "%s %s: %s", what, text, strerror(code));
}

/* OpenSSL writes to sockets as to files: to one that is broken, that would end the process. */
static void ignore_broken_pipes(void)
{
    struct sigaction now;

    if (!sigaction(SIGPIPE, NULL, &now) && now.sa_handler == SIG_DFL)
        signal(SIGPIPE, SIG_IGN);
}

/* ---- Requests come in. */

struct inlet *inlet_open(const struct inlet_order *order, int *code, char *why, size_t room)
{
    if (order->tls)
        ignore_broken_pipes();
    return order->transport == TRANSPORT_UDP ? datagram_inlet_open(order, code, why, room)
                                             : stream_inlet_open(order, code, why, room);
}

uint16_t inlet_port(const struct inlet *inlet)
{
    return inlet->port;
}

void inlet_refuse(struct inlet *inlet)
{
    inlet->table->refuse(inlet);
}

int inlet_listen(struct inlet *inlet)
{
    return inlet->table->listen(inlet);
}

bool inlet_idle(const struct inlet *inlet)
{
    return inlet->table->idle(inlet);
}

void inlet_close(struct inlet *inlet)
{
    if (inlet)
        inlet->table->close(inlet);
}

struct inlet_count inlet_count(const struct inlet *inlet)
{
    return inlet->count;
}

void inlet_count_add(struct inlet_count *sum, const struct inlet_count *n)
{
    sum->accepted += n->accepted;
    sum->requests += n->requests;
    sum->answered += n->answered;
    sum->bad += n->bad;
    sum->timed_out += n->timed_out;
    sum->dropped += n->dropped;
    sum->datagrams_lost += n->datagrams_lost;
    sum->repeated += n->repeated;
    sum->connections += n->connections;
    if (sum->receive_buffer < n->receive_buffer)
        sum->receive_buffer = n->receive_buffer;
}

void visitor_tag(struct visitor *visitor, uint64_t tag)
{
    visitor->tag = tag;
}

uint64_t visitor_tag_of(const struct visitor *visitor)
{
    return visitor->tag;
}

void visitor_begun(struct visitor *visitor, const struct parcel *parcel)
{
    visitor->inlet->table->begun(visitor, parcel);
}

void visitor_answer(struct visitor *visitor, const struct parcel *parcel)
{
    visitor->inlet->table->answer(visitor, parcel);
}

void visitor_drop(struct visitor *visitor, enum visitor_end end)
{
    visitor->inlet->table->drop(visitor, end);
}

void visitor_forsake(struct visitor *visitor)
{
    if (visitor->inlet->table->forsake)
        visitor->inlet->table->forsake(visitor);
}

/* ---- Requests go out. */

struct outlet *outlet_open(const struct outlet_order *order)
{
    if (order->tls)
        ignore_broken_pipes();
    return order->transport == TRANSPORT_UDP ? datagram_outlet_open(order)
                                             : stream_outlet_open(order);
}

void outlet_close(struct outlet *outlet)
{
    if (outlet)
        outlet->table->close(outlet);
}

void outlet_prepare(struct outlet *outlet, uint32_t connections)
{
    outlet->table->prepare(outlet, connections);
}

bool outlet_ready(const struct outlet *outlet)
{
    return outlet->table->ready(outlet);
}

struct passage *outlet_send(struct outlet *outlet, uint64_t ticket, const struct parcel *parcel)
{
    return outlet->table->send(outlet, ticket, parcel);
}

void outlet_cancel(struct outlet *outlet, struct passage *passage)
{
    outlet->table->cancel(outlet, passage);
}

void outlet_forsake(struct outlet *outlet, struct passage *passage)
{
    outlet->table->forsake(outlet, passage);
}

void outlet_forget(struct outlet *outlet)
{
    outlet->table->forget(outlet);
}

struct outlet_count outlet_count(const struct outlet *outlet)
{
    return outlet->count;
}

void outlet_count_add(struct outlet_count *sum, const struct outlet_count *n)
{
    int i;

    sum->connected += n->connected;
    sum->reused += n->reused;
    sum->resent += n->resent;
    for (i = 0; i < CAUSES; i++)
        sum->failed[i] += n->failed[i];
    sum->bad += n->bad;
    sum->late += n->late;
    sum->datagrams_lost += n->datagrams_lost;
    sum->connections += n->connections;
    sum->idle += n->idle;
    if (sum->receive_buffer < n->receive_buffer)
        sum->receive_buffer = n->receive_buffer;
}
