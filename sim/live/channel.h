/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sockets. An inlet is where requests come in: it listens, receives, and its visitors are answered.
 * An outlet is where they go out: a pool of connections to one address, or one socket for
 * datagrams. Behind each stands what the transport makes of a parcel: HTTP/1.1 (llhttp reads it), a
 * line of text, a datagram; below, TLS perhaps.
 *
 * One request at a time is on a connection. Callbacks come from the event loop, never from within a
 * function of this header. Once TLS is used the process ignores SIGPIPE. Errors of the peer end its
 * connection; errors of this machine (no more descriptors, say) are told by `trouble` or `failed`.
 */
#ifndef SIM_CHANNEL_H
#define SIM_CHANNEL_H

#include <sys/socket.h>

#include "sim/live/parcel.h"

struct event_base;
struct channel_tls; /* secrets.h */

enum transport { TRANSPORT_HTTP, TRANSPORT_TCP, TRANSPORT_UDP };

struct address {
    struct sockaddr_storage at;
    socklen_t length; /* 0: none */
};

/* "127.0.0.1:8080", "[::1]:8080", "localhost:8080" (loopback names alone are looked up; others need
 * numbers). 0, or -1 with `why`. */
int address_read(struct address *, const char *text, char *why, size_t room);
/* A port of 127.0.0.1; 0: any that is free. */
struct address address_loopback(uint16_t port);
bool address_is_loopback(const struct address *);
void address_set_port(struct address *, uint16_t port);
uint16_t address_port(const struct address *);
/* "127.0.0.1:8080"; room 64 is enough. */
void address_write(const struct address *, char *text, size_t room);

/* Why a request that went out got no answer, and of what an inlet complains: also the sub-causes
 * of failed requests. */
enum cause {
    CAUSE_NONE,
    CAUSE_CONNECT_REFUSED,
    CAUSE_CONNECT_TIMEOUT,
    CAUSE_RESET,
    CAUSE_EOF,
    CAUSE_HTTP_4XX,
    CAUSE_HTTP_5XX,
    CAUSE_PARSE,
    CAUSE_TLS,
    CAUSE_FD_EXHAUSTED,
    CAUSE_CLIENT_OVERLOAD, /* more connections or requests in flight than there may be */
    CAUSES
};
const char *cause_name(enum cause); /* "connect_refused" */

/* What a peer may ask for. Durations in real nanoseconds, all of streams; 0: no limit. */
struct channel_limits {
    uint32_t connections;  /* of an inlet or an outlet; beyond: not accepted until one
                              closes, or failed with CAUSE_CLIENT_OVERLOAD */
    uint32_t idle;         /* of an outlet: connections kept for later; beyond: closed; 0: no
                              limit */
    uint32_t each_address; /* of an inlet's connections, from one address (not of loopback;
                              not of datagrams, whose sender may say any) */
    uint32_t header_bytes, fields; /* 8192, 100 */
    uint32_t uri_bytes;            /* 4096 */
    uint64_t body_bytes;           /* 1 MiB */
    int64_t header_time;           /* from the first byte of a request to the end of its head: 5 s.
                                      A silent connection is not timed by it */
    int64_t body_time;             /* to the end of its body: 10 s */
    int64_t idle_time;             /* of an inlet's connection between requests: 60 s */
    int64_t connect_time;          /* of an outlet: 1 s */
    int64_t write_time;            /* a peer that does not read: 10 s */
};
struct channel_limits channel_limits_default(void);

/* ---- Requests come in. */

struct inlet;
struct visitor; /* a request that is to be answered */

struct inlet_order {
    struct event_base *base;
    enum transport transport;
    const struct channel_tls *tls; /* NULL: none */
    struct address address;
    struct channel_limits limits;
    bool reuse_port; /* the address was in use by this very server until now */
    bool gateway;    /* its answers come from others: PARCEL_ERROR is 502, not 500 */
    void *context;
    /* A whole request has come. `visitor` is good until it is answered, dropped, or `left` is
     * called for it. A request without lbsim's own fields has client LB_NONE, work -1, an id of 0,
     * and as key the number in its path or line, or a hash of it. */
    void (*request)(void *context, struct visitor *, const struct parcel *);
    /* Its peer is gone, or does not want it any more. Until this returns it may be answered or
     * dropped, and nothing comes of it. */
    void (*left)(void *context, struct visitor *);
    /* The name of a server, for answers that people read ("app[3]"). */
    const char *(*name)(void *context, lb_server);
    /* Something is amiss with this machine; the inlet goes on when it can. May be NULL. */
    void (*trouble)(void *context, enum cause);
};

/* Binds and listens. NULL with `why` ("bind 127.0.0.1:9000: Address already in use") and *code: an
 * errno. */
struct inlet *inlet_open(const struct inlet_order *, int *code, char *why, size_t room);
uint16_t inlet_port(const struct inlet *);
/* Takes no new connections from now on (they are refused), or does again: the same port. 0 or -1.
 */
void inlet_refuse(struct inlet *);
int inlet_listen(struct inlet *);
bool inlet_idle(const struct inlet *); /* nothing unanswered, nothing unwritten */
void inlet_close(struct inlet *);

void visitor_tag(struct visitor *, uint64_t tag); /* for whoever asks below; 0 at first */
uint64_t visitor_tag_of(const struct visitor *);
void visitor_begun(struct visitor *, const struct parcel *); /* HTTP: 102; a line; a datagram */
/* Of both, `id` and `part` are those that it asked with, whatever the parcel says. */
void visitor_answer(struct visitor *, const struct parcel *);
/* The connection is closed without an answer: cleanly, by a reset, or by a reset in the middle of
 * an answer. A datagram says as much: an answer whose status is an error. */
enum visitor_end { VISITOR_CLOSE, VISITOR_RESET, VISITOR_TORN };
void visitor_drop(struct visitor *, enum visitor_end);
/* It will never be answered, and is not told. Of streams it stays until `left` is called for it,
 * since its connection does; of datagrams it is no more. */
void visitor_forsake(struct visitor *);

struct inlet_count {
    uint64_t accepted, requests, answered, bad, timed_out, dropped;
    uint64_t datagrams_lost; /* came when there was no room, of the kernel or of `connections` */
    uint64_t repeated;       /* datagrams that came again: they are not served again */
    uint64_t receive_buffer; /* of datagrams: bytes that the kernel grants, as it counts them */
    uint32_t connections;    /* of datagrams: requests that wait for their answers */
};
struct inlet_count inlet_count(const struct inlet *);
void inlet_count_add(struct inlet_count *, const struct inlet_count *); /* the larger buffer */

/* ---- Requests go out. */

struct outlet;
struct passage; /* a request that has gone out and is not answered */

struct outlet_order {
    struct event_base *base;
    enum transport transport;
    struct channel_tls *tls; /* NULL: none */
    struct address address;
    const char *host; /* for HTTP's Host and TLS's name; NULL: the address */
    struct channel_limits limits;
    bool own; /* the peer is lbsim: it understands fields, methods and bodies as they are */
    void *context;
    void (*begun)(void *context, uint64_t ticket); /* may be NULL */
    /* The answer; after it, or `failed`, the passage is no more. */
    void (*answer)(void *context, uint64_t ticket, const struct parcel *);
    /* No answer will come. `sent`: the peer may have begun to work on it. A request that a reused
     * connection lost before a byte of an answer has been sent once more already (R-C6), unless it
     * has a body or the peer is lbsim and may have read it: lbsim ends no connection by mistake. */
    void (*failed)(void *context, uint64_t ticket, enum cause, bool sent);
};

struct outlet *outlet_open(const struct outlet_order *); /* NULL: out of memory */
void outlet_close(struct outlet *);
/* Opens so many connections beforehand, shaking hands; `outlet_ready` once all are there, or have
 * failed (then outlet_count says so). */
void outlet_prepare(struct outlet *, uint32_t connections);
bool outlet_ready(const struct outlet *);
/* Sends; opens a connection if none is free (the one used last comes first). A datagram is lost in
 * silence, unless nobody listens there, and its body is no longer than one carries. NULL: out of
 * memory. */
struct passage *outlet_send(struct outlet *, uint64_t ticket, const struct parcel *);
/* The answer is not wanted: its connection is closed, or a datagram says so. No callback. */
void outlet_cancel(struct outlet *, struct passage *);
/* Nobody waits for its answer any more, and its peer is not told. No callback. Its connection is
 * kept for the answer; where no more connections may be, the oldest such one is closed. */
void outlet_forsake(struct outlet *, struct passage *);
/* The peer has been started anew: idle connections are stale, no back-off holds. */
void outlet_forget(struct outlet *);

struct outlet_count {
    uint64_t connected, reused, resent, failed[CAUSES];
    uint64_t bad, late;      /* of datagrams: none of lbsim's; answers that nobody waits for */
    uint64_t datagrams_lost; /* as of an inlet */
    uint64_t receive_buffer;
    uint32_t connections, idle;
};
struct outlet_count outlet_count(const struct outlet *);
void outlet_count_add(struct outlet_count *, const struct outlet_count *);

#endif
