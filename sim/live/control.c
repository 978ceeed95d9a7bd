/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/control.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>

/* As sent: both ends are this program. */
struct letter {
    struct message message;
    lb_time sent;
    uint32_t balancer, gauge;
    bool is_gauge;
};

static void receive(struct control *c, const struct letter *l)
{
    const struct message *m = &l->message;

    if (l->is_gauge) {
        wire_gauge_comes(c->loop->world, l->balancer, l->gauge);
        return;
    }
    shared_talk(c->loop->plan->shared,
                &(struct live_talk) { l->sent, c->loop->world->now, m->server, m->balancer,
                                      (uint32_t)m->kind });
    wire_message_comes(c->loop->world, m);
}

static void readable(evutil_socket_t fd, short what, void *context)
{
    struct control *c = context;
    struct letter letter;
    ssize_t n;

    (void)what;
    loop_enter(c->loop);
    while ((n = recv(fd, &letter, sizeof letter, MSG_DONTWAIT)) == (ssize_t)sizeof letter)
        if (c->loop->begun)
            receive(c, &letter);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        event_del(c->readable);
    loop_leave(c->loop);
}

int control_open(struct control *c, struct loop *loop, int fd)
{
    c->loop = loop;
    c->fd = fd;
    if (fd < 0)
        return 0;
    c->readable = event_new(loop->base, fd, EV_READ | EV_PERSIST, readable, c);
    return c->readable && !event_add(c->readable, NULL) ? 0 : -1;
}

void control_close(struct control *c)
{
    if (c->readable)
        event_free(c->readable);
}

static bool put(struct control *c, const struct letter *l)
{
    bool sent = !c->muted && c->fd >= 0 &&
                send(c->fd, l, sizeof *l, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof *l;

    c->lost += !sent && !c->muted;
    return sent;
}

void control_message(struct control *c, struct world *w, const struct message *m)
{
    struct letter letter;

    memset(&letter, 0, sizeof letter);
    letter.message = *m;
    letter.sent = w->now;
    if (!put(c, &letter) && m->kind == MESSAGE_PROBE)
        wire_probe_failed(w, m);
}

void control_gauge(struct control *c, uint32_t balancer, uint32_t gauge)
{
    struct letter letter;

    memset(&letter, 0, sizeof letter);
    letter.is_gauge = true;
    letter.balancer = balancer;
    letter.gauge = gauge;
    put(c, &letter);
}
