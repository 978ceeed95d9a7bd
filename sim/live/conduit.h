/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One connection: bytes that come, bytes that go, and its end; below perhaps TLS. It reads and
 * writes by itself (a write goes to the socket at once, and waits for it only if it is full); of
 * TLS, libevent does. Functions of its owner are called from the event loop alone. */
#ifndef SIM_CONDUIT_H
#define SIM_CONDUIT_H

#include <event2/event.h>
#include <event2/event_struct.h>

#include "sim/live/channel.h"

struct ssl_st;
struct bufferevent;
struct conduit;

struct conduit_owner {
    /* What it was told to connect to is there, and has shaken hands. */
    void (*connected)(struct conduit *);
    /* Bytes have come, all of which are taken. False: the conduit has been closed. */
    bool (*bytes)(struct conduit *, const char *bytes, size_t n);
    /* All that could not be written at once has been. The conduit is good after it. */
    void (*flushed)(struct conduit *);
    /* It will carry nothing more: CAUSE_EOF, CAUSE_RESET, CAUSE_CONNECT_..., CAUSE_TLS. The owner
     * closes it. */
    void (*ended)(struct conduit *, enum cause);
};

/* Where bytes that come are put, for as long as their owner looks at them: shared by many. */
enum { CONDUIT_ROOM = 65536 };

struct conduit {
    const struct conduit_owner *owner;
    struct event_base *base;
    char *room;
    struct bufferevent *secure; /* of TLS, once the connection stands */
    struct ssl_st *ssl;         /* of TLS, before */
    struct event reads, writes;
    char *rest; /* what is to be written still ... */
    size_t rest_at, rest_n;
    uint64_t filler; /* ... and so many bytes of dots after it */
    int fd;          /* -1: closed */
    int error;       /* of connecting */
    bool connecting, shaking;
    bool written; /* at least a byte of what was given last */
};

void conduit_init(struct conduit *, struct event_base *, const struct conduit_owner *, char *room);

/* Connects; ssl (NULL: none) is its own from now on. That it failed is told by `ended`. */
void conduit_connect(struct conduit *, const struct address *, struct ssl_st *ssl);
/* Carries what has been accepted. 0, or -1: out of memory; the descriptor is closed then. */
int conduit_accept(struct conduit *, int fd, struct ssl_st *ssl);

/* For a socket that is to connect or listen. */
void conduit_unpaced(int fd, const struct address *);

/* Writes a text, and so many bytes of filler after it. */
void conduit_write(struct conduit *, const char *text, size_t n, uint64_t filler);
bool conduit_is_flushed(const struct conduit *);
/* It is about to be closed: what has been written goes out now, as far as the socket takes it. */
void conduit_hasten(struct conduit *);
/* The peer has said that it ends, and nobody has looked: an idle connection is stale. */
bool conduit_is_stale(const struct conduit *);
/* Says that nothing more is written; it reads on. */
void conduit_finish(struct conduit *);
/* Closes; `reset`: so that the peer cannot take it for a clean end. Closing twice is nothing. */
void conduit_close(struct conduit *, bool reset);

#endif
