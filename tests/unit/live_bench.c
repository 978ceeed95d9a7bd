/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live_bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* One round of the loop, which lasts a few milliseconds at most. */
static void turn(struct bench *b)
{
    const struct timeval little = { .tv_usec = 2000 };

    event_base_loopexit(b->base, &little);
    event_base_loop(b->base, EVLOOP_ONCE);
}

void bench_answer(struct bench *b, struct visitor *v, const struct parcel *ask)
{
    struct parcel p = parcel_blank(ask->id);

    p.kind = PARCEL_ANSWER;
    p.status = b->status;
    p.server = 3;
    p.wait = 1250000;
    p.service = 5021000;
    p.body = ask->answer;
    visitor_answer(v, &p);
}

static void on_request(void *context, struct visitor *v, const struct parcel *p)
{
    struct bench *b = context;

    b->asks++;
    b->asked = *p;
    switch (b->way) {
    case WAY_ANSWER:
        bench_answer(b, v, p);
        break;
    case WAY_BEGIN:
        visitor_begun(v, p);
        /* fallthrough */
    case WAY_HOLD:
        b->held = v;
        break;
    case WAY_CLOSE:
        visitor_drop(v, VISITOR_CLOSE);
        break;
    case WAY_RESET:
        visitor_drop(v, VISITOR_RESET);
        break;
    case WAY_TORN:
        visitor_drop(v, VISITOR_TORN);
        break;
    }
}

static void on_left(void *context, struct visitor *v)
{
    struct bench *b = context;

    b->lefts++;
    if (b->held == v)
        b->held = NULL;
}

static const char *on_name(void *context, lb_server server)
{
    (void)context;
    return server == 3 ? "app[3]" : "other";
}

static void on_trouble(void *context, enum cause cause)
{
    struct bench *b = context;

    b->troubles += cause == CAUSE_FD_EXHAUSTED;
}

static void on_begun(void *context, uint64_t ticket)
{
    struct bench *b = context;

    (void)ticket;
    b->begun++;
}

static void on_answer(void *context, uint64_t ticket, const struct parcel *p)
{
    struct bench *b = context;

    if (b->n < HEARD_MOST)
        b->heard[b->n] = (struct heard) { .ticket = ticket, .parcel = *p };
    b->n++;
}

static void on_failed(void *context, uint64_t ticket, enum cause cause, bool sent)
{
    struct bench *b = context;

    if (b->n < HEARD_MOST)
        b->heard[b->n] =
            (struct heard) { .ticket = ticket, .cause = cause, .failed = true, .sent = sent };
    b->n++;
}

void bench_open(struct bench *b, enum transport transport, bool tls)
{
    char why[256];

    *b = (struct bench) { .base = event_base_new() };
    b->tls = tls ? secrets_open(why, sizeof why) : NULL;
    b->in = (struct inlet_order) { .base = b->base,
                                   .transport = transport,
                                   .tls = b->tls,
                                   .address = address_loopback(0),
                                   .limits = channel_limits_default(),
                                   .context = b,
                                   .request = on_request,
                                   .left = on_left,
                                   .name = on_name,
                                   .trouble = on_trouble };
    b->out = (struct outlet_order) { .base = b->base,
                                     .transport = transport,
                                     .tls = b->tls,
                                     .limits = channel_limits_default(),
                                     .own = true,
                                     .context = b,
                                     .begun = on_begun,
                                     .answer = on_answer,
                                     .failed = on_failed };
}

void bench_listen(struct bench *b)
{
    char why[256];
    int code;

    b->inlet = inlet_open(&b->in, &code, why, sizeof why);
    if (!b->inlet)
        fprintf(stderr, "%s\n", why);
}

void bench_connect(struct bench *b)
{
    if (b->inlet)
        b->out.address = address_loopback(inlet_port(b->inlet));
    b->outlet = outlet_open(&b->out);
}

void bench_close(struct bench *b)
{
    outlet_close(b->outlet);
    inlet_close(b->inlet);
    for (int i = 0; i < 4; i++)
        turn(b);
    if (b->tls)
        secrets_close(b->tls);
    event_base_free(b->base);
}

bool bench_until(struct bench *b, const uint32_t *count, uint32_t n)
{
    const int64_t end = now_ms() + 10000;

    while (*count < n && now_ms() < end)
        turn(b);
    return *count == n;
}

void bench_rest(struct bench *b)
{
    for (int i = 0; i < 20; i++)
        turn(b);
}

int raw_open(uint16_t port)
{
    const struct address to = address_loopback(port);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to.at, to.length)) {
        close(fd);
        return -1;
    }
    return fd;
}

void raw_say(struct bench *b, int fd, const char *bytes, size_t n, bool one_by_one)
{
    for (size_t i = 0, step; i < n; i += step) {
        step = one_by_one ? 1 : n - i;
        if (send(fd, bytes + i, step, MSG_NOSIGNAL) < 0)
            return;
        if (one_by_one)
            event_base_loop(b->base, EVLOOP_NONBLOCK);
    }
}

size_t raw_hear(struct bench *b, int fd, char *to, size_t room, const char *until, bool *reset)
{
    const int64_t end = now_ms() + 10000;
    size_t n = 0;

    *reset = false;
    to[0] = '\0';
    while (n + 1 < room && now_ms() < end && !(until && strstr(to, until))) {
        const ssize_t got = recv(fd, to + n, room - 1 - n, MSG_DONTWAIT);

        if (got == 0)
            break;
        if (got < 0 && errno != EAGAIN) {
            *reset = true;
            break;
        }
        if (got > 0)
            to[n += (size_t)got] = '\0';
        else
            turn(b);
    }
    return n;
}
