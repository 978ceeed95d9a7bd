/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/listener.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <time.h>
#include <unistd.h>

#include "sim/live/channel_inside.h"
#include "sim/live/conduit.h"

enum { BACKLOG = 4096, TRIES = 200 };
static const struct timespec between_tries = { .tv_nsec = 10000000 };
static const struct timeval until_again = { .tv_usec = 50000 };

static int bound_socket(const struct address *address)
{
    const int on = 1;
    const int fd = socket(address->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    conduit_unpaced(fd, address); /* what is accepted is like it */
    if (!bind(fd, (const struct sockaddr *)&address->at, address->length))
        return fd;
    const int code = errno;
    close(fd);
    errno = code;
    return -1;
}

static void set_port(struct address *address, uint16_t port)
{
    if (address->at.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&address->at)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)&address->at)->sin_port = htons(port);
}

static uint16_t port_of(int fd)
{
    struct address address = { .length = sizeof address.at };

    if (getsockname(fd, (struct sockaddr *)&address.at, &address.length))
        return 0;
    return address_port(&address);
}

/* A port that the system has chosen goes back to it once nobody listens; one that is asked for by
 * its number stays. So the chosen one is asked for by a second socket, while the first holds it. */
static int bound_to_any(const struct address *address)
{
    const int first = bound_socket(address);
    struct address chosen = *address;
    int fd, code;

    if (first < 0)
        return -1;
    set_port(&chosen, port_of(first));
    fd = bound_socket(&chosen);
    code = errno;
    close(first);
    errno = code;
    return fd;
}

static int bound(const struct address *address, bool reuse)
{
    int fd = address_port(address) == 0 ? bound_to_any(address) : bound_socket(address);

    for (int i = 0; fd < 0 && reuse && errno == EADDRINUSE && i < TRIES; i++) {
        nanosleep(&between_tries, NULL);
        fd = bound_socket(address);
    }
    return fd;
}

static void update(struct listener *l)
{
    if (l->refused || l->full || l->starved)
        evconnlistener_disable(l->accepts);
    else
        evconnlistener_enable(l->accepts);
}

static void on_connection(struct evconnlistener *accepts, evutil_socket_t fd, struct sockaddr *peer,
                          int length, void *self)
{
    struct listener *l = self;

    (void)accepts;
    (void)length;
    l->came(l->owner, fd, peer);
}

static void on_again(evutil_socket_t fd, short what, void *self)
{
    struct listener *l = self;

    (void)fd;
    (void)what;
    if (l->spare < 0)
        l->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    l->starved = false;
    update(l);
}

/* Who waits would wait for ever: the reserve takes one in and turns it away. */
static void turn_away(struct listener *l)
{
    if (l->spare < 0)
        return;
    close(l->spare);
    const int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        close(fd);
    l->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void on_error(struct evconnlistener *accepts, void *self)
{
    const int code = EVUTIL_SOCKET_ERROR();
    struct listener *l = self;

    (void)accepts;
    if (code == EMFILE || code == ENFILE)
        turn_away(l);
    l->starved = true;
    update(l);
    evtimer_add(l->again, &until_again);
    l->trouble(l->owner);
}

int listener_open(struct listener *l, struct event_base *base, const struct address *address,
                  bool reuse, char *why, size_t room)
{
    int code;

    l->fd = bound(address, reuse);
    if (l->fd < 0) {
        channel_complain(&code, why, room, "bind", address, errno);
        return code;
    }
    l->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    l->again = evtimer_new(base, on_again, l);
    l->accepts = evconnlistener_new(base, on_connection, l,
                                    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, l->fd);
    if (!l->accepts || !l->again) {
        channel_complain(&code, why, room, "listen", address, errno ? errno : ENOMEM);
        if (!l->accepts)
            close(l->fd);
        listener_close(l);
        return code;
    }
    evconnlistener_set_error_cb(l->accepts, on_error);
    return 0;
}

uint16_t listener_port(const struct listener *l)
{
    return port_of(l->fd);
}

/* On Linux this ends listening, and those who waited to be accepted are reset; the port stays. */
void listener_refuse(struct listener *l)
{
    if (l->refused)
        return;
    l->refused = true;
    update(l);
    shutdown(l->fd, SHUT_RD);
}

int listener_resume(struct listener *l)
{
    if (!l->refused)
        return 0;
    if (listen(l->fd, BACKLOG))
        return -1;
    l->refused = false;
    update(l);
    return 0;
}

void listener_full(struct listener *l, bool full)
{
    if (l->full == full)
        return;
    l->full = full;
    update(l);
}

void listener_close(struct listener *l)
{
    if (l->accepts)
        evconnlistener_free(l->accepts);
    if (l->again)
        event_free(l->again);
    if (l->spare >= 0)
        close(l->spare);
    l->accepts = NULL;
    l->again = NULL;
    l->spare = -1;
}
