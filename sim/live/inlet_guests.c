/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/live/inlet_stream.h"
#include "sim/live/secrets.h"

struct stream_inlet *guest_inlet(const struct guest *g)
{
    return (struct stream_inlet *)g->visitor.inlet;
}

static void bury(struct stream_inlet *in)
{
    while (in->grave) {
        struct guest *g = in->grave;

        in->grave = g->next;
        free(g);
    }
}

static void inlet_free(struct stream_inlet *in)
{
    bury(in);
    event_free(in->walk);
    free(in);
}

void guests_enter(struct stream_inlet *in)
{
    in->depth++;
}

void guests_leave(struct stream_inlet *in)
{
    if (--in->depth > 0)
        return;
    if (in->closed)
        inlet_free(in);
    else
        bury(in);
}

void guest_end(struct guest *g, bool reset)
{
    struct stream_inlet *in = guest_inlet(g);

    conduit_close(&g->conduit, reset);
    event_del(&g->turn);
    free(g->ahead);
    g->ahead = NULL;
    g->ahead_n = 0;
    request_reset(&g->reader);
    if (g->previous)
        g->previous->next = g->next;
    else
        in->guests = g->next;
    if (g->next)
        g->next->previous = g->previous;
    g->next = in->grave;
    in->grave = g;
    in->inlet.count.connections--;
    if (!in->closed)
        listener_full(&in->listener, false);
    if (in->depth == 0)
        bury(in);
}

static bool one_too_many(const struct stream_inlet *in, const struct in6_addr *peer)
{
    const uint32_t most = in->inlet.order.limits.each_address;
    uint32_t n = 0;

    if (most == 0 || IN6_IS_ADDR_LOOPBACK(peer))
        return false;
    for (const struct guest *g = in->guests; g; g = g->next)
        n += IN6_ARE_ADDR_EQUAL(&g->peer, peer) ? 1u : 0u;
    return n >= most;
}

/* Its address as one of IPv6; all of loopback as ::1. */
static struct in6_addr peer_of(const struct sockaddr *peer)
{
    struct address address = { .length = sizeof(struct sockaddr_in6) };
    struct in6_addr in6 = IN6ADDR_LOOPBACK_INIT;

    memcpy(&address.at, peer,
           peer->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in));
    if (address_is_loopback(&address))
        return in6;
    if (peer->sa_family == AF_INET6)
        return ((const struct sockaddr_in6 *)&address.at)->sin6_addr;
    memset(in6.s6_addr, 0, 10);
    memset(in6.s6_addr + 10, 0xff, 2);
    memcpy(in6.s6_addr + 12, &((const struct sockaddr_in *)&address.at)->sin_addr, 4);
    return in6;
}

struct guest *guest_new(struct stream_inlet *in, int fd, const struct sockaddr *address,
                        const struct conduit_owner *owner)
{
    const struct channel_tls *tls = in->inlet.order.tls;
    const struct in6_addr peer = peer_of(address);
    struct guest *g = one_too_many(in, &peer) ? NULL : calloc(1, sizeof *g);
    struct ssl_st *ssl = g && tls ? secrets_accept(tls) : NULL;

    if (!g || (tls && !ssl)) {
        free(g);
        close(fd);
        return NULL;
    }
    g->visitor.inlet = &in->inlet;
    g->peer = peer;
    conduit_init(&g->conduit, in->inlet.order.base, owner, in->room);
    if (conduit_accept(&g->conduit, fd, ssl)) {
        free(g);
        return NULL;
    }
    patience_set(&g->patience, AWAIT_IDLE);
    g->next = in->guests;
    if (g->next)
        g->next->previous = g;
    in->guests = g;
    in->inlet.count.accepted++;
    if (++in->inlet.count.connections == in->inlet.order.limits.connections)
        listener_full(&in->listener, true);
    if (!event_pending(in->walk, EV_TIMEOUT, NULL))
        event_add(in->walk, &in->pace);
    return g;
}
