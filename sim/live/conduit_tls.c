/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/conduit_tls.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

enum { FILL_AT_ONCE = 1 << 18 }; /* bytes that a peer who does not read may make us keep */

static void on_readable(struct bufferevent *b, void *self)
{
    struct conduit *c = self;
    struct evbuffer *in = bufferevent_get_input(b);
    int n;

    while ((n = evbuffer_remove(in, c->room, CONDUIT_ROOM)) > 0)
        if (!c->owner->bytes(c, c->room, (size_t)n))
            return;
}

static void fill(struct conduit *c)
{
    struct evbuffer *out = bufferevent_get_output(c->secure);

    while (c->filler > 0 && evbuffer_get_length(out) < FILL_AT_ONCE) {
        size_t n;
        const char *dots = conduit_dots(c->filler, &n);

        if (evbuffer_add_reference(out, dots, n, NULL, NULL)) {
            shutdown(c->fd, SHUT_RDWR);
            return;
        }
        c->filler -= n;
    }
}

static void on_drained(struct bufferevent *b, void *self)
{
    struct conduit *c = self;

    (void)b;
    c->written = true;
    fill(c);
    if (!c->shaking && conduit_is_flushed(c))
        c->owner->flushed(c);
}

static void on_event(struct bufferevent *b, short what, void *self)
{
    struct conduit *c = self;

    if (what & BEV_EVENT_CONNECTED) {
        c->shaking = false;
        if (c->owner->connected)
            c->owner->connected(c);
    } else if (c->shaking || ((what & BEV_EVENT_ERROR) && bufferevent_get_openssl_error(b))) {
        c->owner->ended(c, CAUSE_TLS);
    } else {
        c->owner->ended(c, what & BEV_EVENT_EOF ? CAUSE_EOF : CAUSE_RESET);
    }
}

int conduit_tls_start(struct conduit *c, bool accepting)
{
    const enum bufferevent_ssl_state state =
        accepting ? BUFFEREVENT_SSL_ACCEPTING : BUFFEREVENT_SSL_CONNECTING;

    c->shaking = true;
    c->secure = bufferevent_openssl_socket_new(c->base, c->fd, c->ssl, state,
                                               BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
    c->ssl = NULL;
    if (!c->secure)
        return -1;
    bufferevent_openssl_set_allow_dirty_shutdown(c->secure, 1);
    bufferevent_setwatermark(c->secure, EV_READ, 0, CONDUIT_ROOM);
    bufferevent_setcb(c->secure, on_readable, on_drained, on_event, c);
    return bufferevent_enable(c->secure, EV_READ | EV_WRITE);
}

void conduit_tls_write(struct conduit *c, const char *text, size_t n, uint64_t filler)
{
    if (bufferevent_write(c->secure, text, n))
        shutdown(c->fd, SHUT_RDWR);
    c->filler += filler;
    fill(c);
}

bool conduit_tls_is_flushed(const struct conduit *c)
{
    return evbuffer_get_length(bufferevent_get_output(c->secure)) == 0;
}

void conduit_tls_hasten(struct conduit *c)
{
    struct evbuffer *out = bufferevent_get_output(c->secure);
    const int n = (int)evbuffer_get_length(out);

    if (n > 0 && !c->shaking)
        SSL_write(bufferevent_openssl_get_ssl(c->secure), evbuffer_pullup(out, n), n);
    ERR_clear_error();
}

void conduit_tls_finish(struct conduit *c)
{
    SSL_shutdown(bufferevent_openssl_get_ssl(c->secure));
    ERR_clear_error();
}

void conduit_tls_close(struct conduit *c, bool reset)
{
    if (c->secure) {
        if (!reset && !c->shaking)
            conduit_tls_finish(c);
        bufferevent_free(c->secure);
        c->fd = -1; /* it has closed it */
    }
    if (c->ssl)
        SSL_free(c->ssl);
    c->secure = NULL;
    c->ssl = NULL;
}
