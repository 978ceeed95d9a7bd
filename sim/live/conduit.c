/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/conduit.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sim/live/conduit_tls.h"

#define LINE  "...............................................................\n"
#define LINES LINE LINE LINE LINE LINE LINE LINE LINE
static const char dots[] = LINES LINES LINES LINES LINES LINES LINES;
#undef LINE
#undef LINES
enum { DOTS = sizeof dots - 1, PARTS = 17 };

const char *conduit_dots(uint64_t wanted, size_t *n)
{
    *n = wanted < DOTS ? (size_t)wanted : DOTS;
    return dots;
}

static bool plain_flush(struct conduit *);

static enum cause cause_of(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return CAUSE_CONNECT_REFUSED;
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
        return CAUSE_CONNECT_TIMEOUT;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL: /* no more local ports */
        return CAUSE_FD_EXHAUSTED;
    default:
        return CAUSE_RESET;
    }
}

static void on_read(evutil_socket_t fd, short what, void *self)
{
    struct conduit *c = self;
    const ssize_t n = recv(fd, c->room, CONDUIT_ROOM, 0);

    (void)what;
    if (n > 0)
        c->owner->bytes(c, c->room, (size_t)n);
    else if (n == 0)
        c->owner->ended(c, CAUSE_EOF);
    else if (errno != EAGAIN && errno != EINTR)
        c->owner->ended(c, CAUSE_RESET);
}

static void on_connected(struct conduit *c)
{
    int error = c->error;
    socklen_t length = sizeof error;

    c->connecting = false;
    if (!error && getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length))
        error = errno;
    if (error) {
        c->owner->ended(c, cause_of(error));
    } else if (c->ssl) {
        if (conduit_tls_start(c, false))
            c->owner->ended(c, CAUSE_TLS);
    } else {
        event_add(&c->reads, NULL);
        c->owner->connected(c);
    }
}

static void on_write(evutil_socket_t fd, short what, void *self)
{
    struct conduit *c = self;

    (void)fd;
    (void)what;
    if (c->connecting)
        on_connected(c);
    else if (plain_flush(c))
        c->owner->flushed(c);
}

void conduit_init(struct conduit *c, struct event_base *base, const struct conduit_owner *owner,
                  char *room)
{
    *c = (struct conduit) { .owner = owner, .base = base, .room = room, .fd = -1 };
}

static void take_up(struct conduit *c, int fd)
{
    const int on = 1;

    c->fd = fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    event_assign(&c->reads, c->base, fd, EV_READ | EV_PERSIST, on_read, c);
    event_assign(&c->writes, c->base, fd, EV_WRITE, on_write, c);
}

/* On loopback nothing is lost and nothing needs pacing; pacing, which some systems do to all, would
 * delay messages. Where it cannot be had the connection works as well. */
void conduit_unpaced(int fd, const struct address *address)
{
    static const char plain[] = "reno";

    if (address_is_loopback(address))
        setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, plain, sizeof plain - 1);
}

/* The reuse of addresses lets a server come back to a port that this end was given by chance. */
static int begin(struct conduit *c, const struct address *to)
{
    const int on = 1;
    const int fd = socket(to->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return errno;
    take_up(c, fd);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    conduit_unpaced(fd, to);
    if (connect(fd, (const struct sockaddr *)&to->at, to->length) && errno != EINPROGRESS)
        return errno;
    return 0;
}

void conduit_connect(struct conduit *c, const struct address *to, struct ssl_st *ssl)
{
    c->connecting = true;
    c->ssl = ssl;
    c->error = begin(c, to);
    if (c->fd < 0)
        event_assign(&c->writes, c->base, -1, 0, on_write, c);
    if (c->error || event_add(&c->writes, NULL)) {
        c->error = c->error ? c->error : ENOMEM;
        event_active(&c->writes, EV_WRITE, 0);
    }
}

int conduit_accept(struct conduit *c, int fd, struct ssl_st *ssl)
{
    c->ssl = ssl;
    take_up(c, fd);
    if (ssl ? conduit_tls_start(c, true) : event_add(&c->reads, NULL)) {
        conduit_close(c, true);
        return -1;
    }
    return 0;
}

/* Writes as much as the socket takes: how much, or 0. A broken connection takes all: what comes of
 * it is told when it is read. */
static size_t push(struct conduit *c, const char *text, size_t n, uint64_t filler)
{
    struct iovec part[PARTS] = { { .iov_base = (void *)(uintptr_t)text, .iov_len = n } };
    struct msghdr message = { .msg_iov = part, .msg_iovlen = 1 };
    size_t all = n;
    ssize_t done;

    while (filler > 0 && message.msg_iovlen < PARTS) {
        struct iovec *next = &part[message.msg_iovlen++];

        next->iov_base = (void *)(uintptr_t)conduit_dots(filler, &next->iov_len);
        filler -= next->iov_len;
        all += next->iov_len;
    }
    if (message.msg_iovlen == 1)
        done = send(c->fd, text, n, MSG_NOSIGNAL);
    else
        done = sendmsg(c->fd, &message, MSG_NOSIGNAL);
    if (done > 0)
        c->written = true;
    if (done >= 0)
        return (size_t)done;
    return errno == EAGAIN || errno == EINTR ? 0 : all;
}

/* Writes from the rest. True: there is none any more. */
static bool plain_flush(struct conduit *c)
{
    while (c->rest_at < c->rest_n || c->filler > 0) {
        const size_t n = c->rest_n - c->rest_at;
        const size_t done = push(c, c->rest + c->rest_at, n, c->filler);

        if (done == 0) {
            event_add(&c->writes, NULL);
            return false;
        }
        c->rest_at += done < n ? done : n;
        c->filler -= done < n ? 0 : done - n;
    }
    free(c->rest);
    c->rest = NULL;
    c->rest_at = c->rest_n = 0;
    return true;
}

/* Keeps a text behind what is kept already. Without memory the connection is of no use. */
static bool keep(struct conduit *c, const char *text, size_t n)
{
    char *rest = realloc(c->rest, c->rest_n + n + 1);

    if (!rest) {
        shutdown(c->fd, SHUT_RDWR);
        return false;
    }
    memcpy(rest + c->rest_n, text, n);
    c->rest = rest;
    c->rest_n += n;
    return true;
}

void conduit_write(struct conduit *c, const char *text, size_t n, uint64_t filler)
{
    size_t done;

    c->written = false;
    if (c->secure) {
        conduit_tls_write(c, text, n, filler);
        return;
    }
    done = conduit_is_flushed(c) ? push(c, text, n, filler) : 0;
    if (done == n + filler)
        return;
    if (keep(c, text + (done < n ? done : n), done < n ? n - done : 0)) {
        c->filler += filler - (done < n ? 0 : done - n);
        plain_flush(c);
    }
}

bool conduit_is_flushed(const struct conduit *c)
{
    if (c->secure)
        return c->filler == 0 && conduit_tls_is_flushed(c);
    return c->rest_at == c->rest_n && c->filler == 0;
}

void conduit_hasten(struct conduit *c)
{
    if (c->secure)
        conduit_tls_hasten(c);
}

bool conduit_is_stale(const struct conduit *c)
{
    char byte;
    const ssize_t n = recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

void conduit_finish(struct conduit *c)
{
    if (c->secure)
        conduit_tls_finish(c);
    shutdown(c->fd, SHUT_WR);
}

void conduit_close(struct conduit *c, bool reset)
{
    const struct linger at_once = { .l_onoff = 1 };

    if (c->connecting || c->fd >= 0)
        event_del(&c->writes);
    c->connecting = c->shaking = false;
    if (c->fd >= 0) {
        event_del(&c->reads);
        if (reset)
            setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    conduit_tls_close(c, reset);
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    free(c->rest);
    c->rest = NULL;
    c->rest_at = c->rest_n = 0;
    c->filler = 0;
}
