/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An inlet and an outlet on loopback, in one loop; and raw sockets that say what nobody should.
 * What is waited for is waited for until it is there, or ten seconds: no test measures time. */
#ifndef LIVE_BENCH_H
#define LIVE_BENCH_H

#include <event2/event.h>

#include "sim/live/channel.h"
#include "sim/live/secrets.h"

enum { HEARD_MOST = 256 };

/* What an inlet does with a request as soon as it comes. */
enum bench_way { WAY_ANSWER, WAY_HOLD, WAY_CLOSE, WAY_RESET, WAY_TORN, WAY_BEGIN };

struct heard {
    uint64_t ticket;
    struct parcel parcel;
    enum cause cause;
    bool failed, sent;
};

struct bench {
    struct event_base *base;
    struct channel_tls *tls;
    struct inlet *inlet;
    struct outlet *outlet;
    struct inlet_order in;
    struct outlet_order out;
    enum bench_way way;
    enum parcel_status status;
    struct parcel asked; /* the last request that came */
    uint32_t asks, lefts, begun, troubles, n;
    struct visitor *held;
    struct heard heard[HEARD_MOST];
};

/* Both sides with default limits; change `in` and `out` before they are opened. */
void bench_open(struct bench *, enum transport, bool tls);
void bench_listen(struct bench *);
void bench_connect(struct bench *); /* the outlet, to the inlet */
void bench_close(struct bench *);
void bench_answer(struct bench *, struct visitor *, const struct parcel *ask);

/* Runs the loop until *count reaches n: whether it did. */
bool bench_until(struct bench *, const uint32_t *count, uint32_t n);
/* Runs it for a while: so that what must not happen could. */
void bench_rest(struct bench *);

/* A client that says just these bytes, at once or one by one. */
int raw_open(uint16_t port);
void raw_say(struct bench *, int fd, const char *bytes, size_t n, bool one_by_one);
/* Reads until the text is there, or the peer ends (NULL: until then): bytes, and whether it ended
 * by a reset. */
size_t raw_hear(struct bench *, int fd, char *to, size_t room, const char *until, bool *reset);

#endif
