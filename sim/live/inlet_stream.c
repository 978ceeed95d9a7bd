/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/live/inlet_stream.h"

enum {
    IGNORED_MOST = 1 << 16, /* bytes that are thrown away before a connection is reset */
    AHEAD_MOST = 1 << 16    /* bytes of lines that wait for their turn, likewise */
};

static struct guest *guest_of(struct conduit *c)
{
    return (struct guest *)(void *)((char *)c - offsetof(struct guest, conduit));
}

/* The connection is lost; whoever has its request is told. */
static void guest_lost(struct guest *g, bool reset)
{
    struct stream_inlet *in = guest_inlet(g);

    if (g->stage == STAGE_ASKED) {
        g->stage = STAGE_ENDING;
        in->asked--;
        in->inlet.order.left(in->inlet.order.context, &g->visitor);
    }
    if (g->conduit.fd >= 0)
        guest_end(g, reset);
}

/* ---- What goes out. */

/* Nothing more is said; the peer may read all of it before the connection goes. */
static void guest_finish(struct guest *g)
{
    g->stage = STAGE_ENDING;
    g->ignored = 0;
    request_reset(&g->reader);
    if (!conduit_is_flushed(&g->conduit)) {
        patience_set(&g->patience, AWAIT_WRITE);
        return;
    }
    conduit_finish(&g->conduit);
    patience_set(&g->patience, AWAIT_END);
}

static void guest_refuse(struct guest *g, uint16_t status)
{
    struct stream_inlet *in = guest_inlet(g);
    char text[MESSAGE_MOST];
    const size_t n = in->protocol->bad_write(text, status);

    if (status == 408)
        in->inlet.count.timed_out++;
    else
        in->inlet.count.bad++;
    if (n > 0)
        conduit_write(&g->conduit, text, n, 0);
    guest_finish(g);
}

/* An answer is on its way; what came before it was due is heard now. */
static void guest_goes_on(struct guest *g)
{
    g->stage = STAGE_READING;
    patience_set(&g->patience, AWAIT_IDLE);
    if (g->ahead_n > 0)
        event_active(&g->turn, EV_TIMEOUT, 0);
    else if (g->heard_all)
        guest_finish(g);
}

/* An answer has been written, at least in part. */
static void guest_answered(struct guest *g)
{
    if (g->last) {
        guest_finish(g);
        return;
    }
    request_reset(&g->reader);
    if (conduit_is_flushed(&g->conduit)) {
        guest_goes_on(g);
        return;
    }
    g->stage = STAGE_WRITING;
    patience_set(&g->patience, AWAIT_WRITE);
}

static void on_flushed(struct conduit *c)
{
    struct guest *g = guest_of(c);

    if (g->stage == STAGE_WRITING) {
        if (g->last)
            guest_finish(g);
        else
            guest_goes_on(g);
    } else if (g->stage == STAGE_ENDING && g->patience.await == AWAIT_WRITE) {
        guest_finish(g);
    }
}

/* ---- What comes in. */

/* Lines that a person sends before the present one is answered wait for their turn. */
static void guest_keep(struct guest *g, const char *bytes, size_t n)
{
    char *ahead = g->ahead_n + n <= AHEAD_MOST ? realloc(g->ahead, g->ahead_n + n) : NULL;

    if (!ahead) {
        guest_lost(g, true);
        return;
    }
    memcpy(ahead + g->ahead_n, bytes, n);
    g->ahead = ahead;
    g->ahead_n += n;
}

/* Bytes behind a request of HTTP that has no answer yet. An empty line is nothing. More than that
 * is another request: it is not read, and the connection ends with the present answer, which says
 * so. Nothing can come to be answered in the wrong order, or twice. */
static void guest_ignore(struct guest *g, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n && !g->last; i++)
        g->last = bytes[i] != '\r' && bytes[i] != '\n';
    g->ignored += n < IGNORED_MOST ? (uint32_t)n : IGNORED_MOST;
    if (g->ignored > IGNORED_MOST)
        guest_lost(g, true);
}

/* Bytes that nobody has asked for yet. */
static void guest_defers(struct guest *g, const char *bytes, size_t n)
{
    if (guest_inlet(g)->protocol == &protocol_line)
        guest_keep(g, bytes, n);
    else
        guest_ignore(g, bytes, n);
}

static void guest_asks(struct guest *g, const char *rest, size_t n)
{
    struct stream_inlet *in = guest_inlet(g);
    const struct inlet_order *order = &in->inlet.order;

    g->stage = STAGE_ASKED;
    g->visitor.tag = 0;
    g->stranger = !g->reader.ours;
    g->last = !g->reader.keep;
    g->ignored = 0;
    patience_set(&g->patience, AWAIT_NOTHING);
    in->asked++;
    in->inlet.count.requests++;
    if (n > 0)
        guest_defers(g, rest, n);
    if (g->stage == STAGE_ASKED)
        order->request(order->context, &g->visitor, &g->reader.parcel);
}

static void guest_continue(struct guest *g)
{
    char text[MESSAGE_MOST];
    const size_t n = guest_inlet(g)->protocol->continue_write(text);

    if (n > 0)
        conduit_write(&g->conduit, text, n, 0);
}

static void guest_reads(struct guest *g, const char *bytes, size_t n)
{
    struct stream_inlet *in = guest_inlet(g);

    while (n > 0) {
        enum news news;
        const size_t used =
            in->protocol->request_read(&g->reader, &in->inlet.order.limits, bytes, n, &news);

        bytes += used;
        n -= used;
        if (news == NEWS_WHOLE) {
            guest_asks(g, bytes, n);
            return;
        }
        if (news == NEWS_BAD) {
            guest_refuse(g, g->reader.bad);
            return;
        }
        if (news == NEWS_CONTINUE && n == 0)
            guest_continue(g);
    }
    if (request_is_begun(&g->reader))
        patience_set(&g->patience, g->reader.in_body ? AWAIT_BODY : AWAIT_HEADER);
}

static bool on_bytes(struct conduit *c, const char *bytes, size_t n)
{
    struct guest *g = guest_of(c);
    struct stream_inlet *in = guest_inlet(g);
    bool there;

    guests_enter(in);
    if (g->stage == STAGE_WRITING && conduit_is_flushed(c))
        on_flushed(c);
    if (g->stage == STAGE_READING && g->ahead_n == 0) {
        guest_reads(g, bytes, n);
    } else if (g->stage == STAGE_ENDING) {
        g->ignored += n < IGNORED_MOST ? (uint32_t)n : IGNORED_MOST;
        if (g->ignored > 16 * IGNORED_MOST)
            guest_end(g, true);
    } else {
        guest_defers(g, bytes, n);
    }
    there = g->conduit.fd >= 0;
    guests_leave(in);
    return there;
}

/* The turn of lines that have waited. */
static void on_turn(evutil_socket_t fd, short what, void *self)
{
    struct guest *g = self;
    struct stream_inlet *in = guest_inlet(g);
    char *bytes = g->ahead;
    const size_t n = g->ahead_n;

    (void)fd;
    (void)what;
    g->ahead = NULL;
    g->ahead_n = 0;
    guests_enter(in);
    guest_reads(g, bytes, n);
    if (g->heard_all && g->stage == STAGE_READING && g->ahead_n == 0)
        guest_finish(g);
    guests_leave(in);
    free(bytes);
}

/* `echo hello | nc -N` says that it has nothing more to say, and waits for its answer. Who has gone
 * altogether says the same, so it does not wait for ever. lbsim's own say by the same sign that
 * they want none. */
static bool is_half_closed(const struct guest *g, enum cause cause)
{
    const bool writing =
        g->stage == STAGE_WRITING || (g->stage == STAGE_ENDING && g->patience.await == AWAIT_WRITE);

    return cause == CAUSE_EOF && (g->stage == STAGE_ASKED || writing || g->ahead_n > 0) &&
           g->stranger && !g->conduit.secure;
}

static void on_ended(struct conduit *c, enum cause cause)
{
    struct guest *g = guest_of(c);
    struct stream_inlet *in = guest_inlet(g);

    guests_enter(in);
    if (is_half_closed(g, cause)) {
        event_del(&c->reads);
        g->heard_all = true;
        g->last |= in->protocol == &protocol_http;
        if (g->stage == STAGE_ASKED)
            patience_set(&g->patience, AWAIT_IDLE);
    } else {
        guest_lost(g, cause != CAUSE_EOF);
    }
    guests_leave(in);
}

static const struct conduit_owner owner = { .bytes = on_bytes,
                                            .flushed = on_flushed,
                                            .ended = on_ended };

static void on_come(void *self, int fd, const struct sockaddr *peer)
{
    struct guest *g = guest_new(self, fd, peer, &owner);
    struct stream_inlet *in = self;

    if (g)
        event_assign(&g->turn, in->inlet.order.base, -1, 0, on_turn, g);
}

static void on_trouble(void *self)
{
    const struct inlet_order *order = &((struct stream_inlet *)self)->inlet.order;

    if (order->trouble)
        order->trouble(order->context, CAUSE_FD_EXHAUSTED);
}

/* ---- Deadlines. */

static void guest_late(struct guest *g)
{
    if (g->patience.await == AWAIT_HEADER || g->patience.await == AWAIT_BODY)
        guest_refuse(g, 408);
    else if (g->stage == STAGE_ASKED)
        guest_lost(g, false);
    else
        guest_end(g, g->patience.await == AWAIT_WRITE);
}

static void on_walk(evutil_socket_t fd, short what, void *self)
{
    struct stream_inlet *in = self;
    const int64_t now = patience_now();
    struct guest *next;

    (void)fd;
    (void)what;
    guests_enter(in);
    for (struct guest *g = in->guests; g; g = next) {
        next = g->next;
        if (patience_ends(&g->patience, &in->inlet.order.limits, now))
            guest_late(g);
    }
    if (in->guests)
        event_add(in->walk, &in->pace);
    guests_leave(in);
}

/* ---- What channel.h asks for. Who is just leaving is not answered any more. */

/* Whoever asked knows it by the number that they gave it. */
static struct parcel as_asked(const struct guest *g, const struct parcel *p)
{
    struct parcel named = *p;

    named.id = g->reader.parcel.id;
    named.part = g->reader.parcel.part;
    return named;
}

static void visitor_is_begun(struct visitor *v, const struct parcel *p)
{
    struct guest *g = (struct guest *)v;
    char text[MESSAGE_MOST];

    const struct parcel named = as_asked(g, p);

    if (g->reader.ours && g->stage == STAGE_ASKED)
        conduit_write(&g->conduit, text, guest_inlet(g)->protocol->begun_write(text, &named), 0);
}

static size_t write_answer(const struct guest *g, const struct parcel *p, char text[MESSAGE_MOST],
                           uint64_t *filler)
{
    const struct parcel named = as_asked(g, p);
    const struct stream_inlet *in = guest_inlet(g);
    const struct inlet_order *order = &in->inlet.order;
    const struct manner manner = { .name = p->server != LB_NONE && order->name
                                               ? order->name(order->context, p->server)
                                               : NULL,
                                   .keep = !g->last,
                                   .ours = g->reader.ours,
                                   .head_only = g->reader.head_only,
                                   .gateway = order->gateway };

    return in->protocol->answer_write(text, &named, &manner, filler);
}

static void visitor_is_answered(struct visitor *v, const struct parcel *p)
{
    struct guest *g = (struct guest *)v;
    struct stream_inlet *in = guest_inlet(g);
    char text[MESSAGE_MOST];
    uint64_t filler;
    size_t n;

    if (g->stage != STAGE_ASKED)
        return;
    n = write_answer(g, p, text, &filler);
    in->asked--;
    in->inlet.count.answered++;
    conduit_write(&g->conduit, text, n, filler);
    guest_answered(g);
}

/* Half of an answer's head, and then no more. */
static void tear(struct guest *g)
{
    struct parcel p = g->reader.parcel;
    char text[MESSAGE_MOST];
    uint64_t filler;

    p.kind = PARCEL_ANSWER;
    p.status = PARCEL_OK;
    p.body = p.answer;
    conduit_write(&g->conduit, text, write_answer(g, &p, text, &filler) / 2, 0);
    conduit_hasten(&g->conduit);
}

static void visitor_is_dropped(struct visitor *v, enum visitor_end end)
{
    struct guest *g = (struct guest *)v;
    struct stream_inlet *in = guest_inlet(g);

    if (g->stage != STAGE_ASKED)
        return;
    in->asked--;
    in->inlet.count.dropped++;
    g->stage = STAGE_ENDING;
    if (end == VISITOR_TORN)
        tear(g);
    guest_end(g, end != VISITOR_CLOSE);
}

static void inlet_is_refused(struct inlet *inlet)
{
    listener_refuse(&((struct stream_inlet *)inlet)->listener);
}

static int inlet_listens(struct inlet *inlet)
{
    return listener_resume(&((struct stream_inlet *)inlet)->listener);
}

static bool inlet_is_idle(const struct inlet *inlet)
{
    const struct stream_inlet *in = (const struct stream_inlet *)inlet;

    if (in->asked > 0)
        return false;
    for (const struct guest *g = in->guests; g; g = g->next)
        if (!conduit_is_flushed(&g->conduit))
            return false;
    return true;
}

static void inlet_is_closed(struct inlet *inlet)
{
    struct stream_inlet *in = (struct stream_inlet *)inlet;

    if (in->closed)
        return;
    guests_enter(in);
    in->closed = true;
    listener_close(&in->listener);
    event_del(in->walk);
    while (in->guests)
        guest_end(in->guests, false);
    guests_leave(in);
}

static const struct inlet_table table = { .refuse = inlet_is_refused,
                                          .listen = inlet_listens,
                                          .idle = inlet_is_idle,
                                          .close = inlet_is_closed,
                                          .begun = visitor_is_begun,
                                          .answer = visitor_is_answered,
                                          .drop = visitor_is_dropped };

struct inlet *stream_inlet_open(const struct inlet_order *order, int *code, char *why, size_t room)
{
    struct stream_inlet *in = calloc(1, sizeof *in);
    const int64_t pace = patience_walk(&order->limits);

    *code = ENOMEM;
    snprintf(why, room, "out of memory");
    if (!in || !(in->walk = evtimer_new(order->base, on_walk, in))) {
        free(in);
        return NULL;
    }
    in->inlet.table = &table;
    in->inlet.order = *order;
    in->protocol = order->transport == TRANSPORT_HTTP ? &protocol_http : &protocol_line;
    in->pace =
        (struct timeval) { .tv_sec = pace / 1000000000, .tv_usec = pace % 1000000000 / 1000 };
    in->listener.owner = in;
    in->listener.came = on_come;
    in->listener.trouble = on_trouble;
    *code =
        listener_open(&in->listener, order->base, &order->address, order->reuse_port, why, room);
    if (*code) {
        guests_enter(in);
        in->closed = true;
        guests_leave(in);
        return NULL;
    }
    in->inlet.port = listener_port(&in->listener);
    return &in->inlet;
}
