/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The balancer, towards clients: who asks is heard, and answered once. What happens between is the
 * world's. */
#include "sim/live/role_balancer.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/engine/slab.h"
#include "sim/live/decision_log.h"

#define NOBODY UINT64_MAX

enum { DRIP_US = 5000 };

/* ---- Somebody asks. */

/* Whatever a stranger says of work, it is drawn as the first client would. */
static void adopt(struct balancer_role *b, struct parcel *p)
{
    const struct client_spec *client = &b->world.scenario->clients[0];
    struct lb_random random =
        stream_at(b->world.copy_key[0], STRANGERS + b->strangers, UINT64_C(1) << 62);

    p->id = STRANGERS + (b->strangers++ & (STRANGERS - 1));
    p->part = 0;
    p->client = 0;
    p->retried = false;
    p->work = p->size = client->service_in_trace ? 0 : quantity_draw(&client->service, &random);
}

static bool is_strange(uint64_t serial)
{
    return serial >= STRANGERS;
}

static void forsake(struct visitor *v)
{
    visitor_tag(v, NOBODY);
    visitor_forsake(v);
}

static void mark(void *context, uint32_t slot)
{
    struct balancer_role *b = context;

    if (b->asker[slot]) /* of a call that vanished: it waits in vain */
        forsake(b->asker[slot]);
    b->asker[slot] = b->visitor;
    visitor_tag(b->visitor, slot);
    role_moment(b->plan, &b->world, slot, PART_TO_BALANCER, MOMENT_COME);
}

static void turn_away(struct visitor *v, const struct parcel *asked, enum parcel_status status)
{
    struct parcel p = parcel_blank(asked->id);

    p.kind = PARCEL_ANSWER;
    p.part = asked->part;
    p.status = status;
    visitor_answer(v, &p);
}

static void let_in(struct front *front, struct visitor *v, struct parcel *p)
{
    struct balancer_role *b = front->role;
    struct live_record *r;
    struct visit visit;

    if (p->run != b->plan->shared->run)
        adopt(b, p);
    b->fare->strangers += is_strange(p->id);
    r = shared_record(b->plan->shared, p->id);
    if (r)
        r->arrived = live_now(b->plan);
    p->balancer = front->index;
    p->cut = LB_NEVER;
    visit = role_visit(p);
    b->visitor = v;
    visitor_tag(v, NOBODY);
    if (wire_call_comes(&b->world, &visit, mark, b) == JOB_NONE) {
        turn_away(v, p, PARCEL_REJECTED);
        b->fare->strangers_failed += is_strange(p->id);
    }
}

static void requested(void *context, struct visitor *v, const struct parcel *asked)
{
    struct front *front = context;
    struct balancer_role *b = front->role;
    struct parcel p = *asked;

    loop_enter(&b->loop);
    if (p.kind == PARCEL_CHECK)
        turn_away(v, &p, b->draining ? PARCEL_REFUSED : PARCEL_OK);
    else if (!b->loop.begun || b->draining || p.kind != PARCEL_REQUEST)
        turn_away(v, &p, PARCEL_REFUSED);
    else
        let_in(front, v, &p);
    loop_leave(&b->loop);
}

static void left(void *context, struct visitor *v)
{
    struct front *front = context;
    struct balancer_role *b = front->role;
    uint64_t slot = visitor_tag_of(v);

    if (slot == NOBODY)
        return;
    loop_enter(&b->loop);
    if (b->asker[slot] == v) {
        b->asker[slot] = NULL;
        wire_call_left(&b->world, (uint32_t)slot);
    }
    loop_leave(&b->loop);
}

/* ---- Its answer. */

static enum parcel_status status_of(const struct trip *t)
{
    switch ((enum failure)t->failure) {
    case FAILURE_ERROR:
        return PARCEL_ERROR;
    case FAILURE_TIMEOUT:
        return PARCEL_TIMED_OUT;
    case FAILURE_REFUSED:
        return PARCEL_REFUSED;
    case FAILURE_REJECTED:
        return PARCEL_REJECTED;
    }
    return PARCEL_OK;
}

static void count_stranger(struct balancer_role *b, const struct trip *t)
{
    if (t->failure || t->server >= b->world.servers)
        b->fare->strangers_failed++;
    else
        b->plan->shared->desk[t->server].balanced++;
}

static void answer(void *context, struct world *w, uint32_t call)
{
    struct balancer_role *b = context;
    const struct trip *t = &w->trip[call];
    struct live_record *r = shared_record(b->plan->shared, w->job[call].serial);
    struct visitor *v = b->asker[call];
    struct parcel p = parcel_blank(w->job[call].serial);

    b->asker[call] = NULL;
    if (!v)
        return;
    if (is_strange(p.id))
        count_stranger(b, t);
    p.kind = PARCEL_ANSWER;
    p.part = t->draw;
    p.status = r && r->unwanted && t->failure == FAILURE_ERROR ? PARCEL_BAD_REQUEST : status_of(t);
    p.server = t->failure ? LB_NONE : t->server;
    p.wait = t->wait;
    p.service = t->service;
    p.work = t->work;
    p.body = (uint32_t)message_bytes(w, call, 1);
    if (r) {
        if (r->returned != LB_NEVER && w->now > r->returned)
            r->balancer_links += w->now - r->returned;
        r->replied = live_now(b->plan);
    }
    visitor_answer(v, &p);
}

static const char *name_of(void *context, lb_server server)
{
    struct front *front = context;

    return server < front->role->world.servers ? front->role->name[server] : "nobody";
}

/* ---- The role. */

static void say(void *context, struct world *w, const struct message *m)
{
    struct balancer_role *b = context;

    if (b->controls)
        control_message(&b->control[b->controls > 1 ? m->server : 0], w, m);
}

static void publish(void *context, struct world *w, uint32_t balancer, uint32_t gauge)
{
    struct balancer_role *b = context;

    uint32_t i;

    (void)w;
    for (i = 0; i < b->controls; i++)
        control_gauge(&b->control[i], balancer, gauge);
}

static void time_pick(void *context, bool answered)
{
    struct balancer_role *b = context;
    int64_t now = live_monotonic();

    if (answered) {
        atomic_fetch_add_explicit(&b->fare->picks, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&b->fare->pick_ns, (uint64_t)(now - b->asked),
                                  memory_order_relaxed);
    }
    b->asked = now;
}

static bool is_idle(const struct balancer_role *b)
{
    uint32_t i;

    for (i = 0; i < b->world.balancers; i++)
        if (!inlet_idle(b->front[i].inlet))
            return false;
    return true;
}

static bool is_ready(void *context)
{
    struct balancer_role *b = context;
    uint32_t i;

    for (i = 0; i < b->world.servers; i++)
        if (!outlet_ready(b->outlet[i]))
            return false;
    return true;
}

static bool is_over(void *context)
{
    struct balancer_role *b = context;

    return b->loop.seen >= 2 || (b->loop.seen && !b->plan->serve) || (b->draining && is_idle(b));
}

static void drain(struct balancer_role *b)
{
    uint32_t i;

    b->draining = true;
    event_add(b->drip, &(struct timeval) { 0, DRIP_US });
    for (i = 0; i < b->world.balancers; i++)
        inlet_refuse(b->front[i].inlet);
}

/* The end of a long answer is no callback of ours. */
static void drip(evutil_socket_t fd, short what, void *context)
{
    struct balancer_role *b = context;

    (void)fd;
    (void)what;
    loop_enter(&b->loop);
    loop_leave(&b->loop);
}

/* Takes no more, and ends when it has answered all that it has; at once when asked again. */
static void terminate(evutil_socket_t signal, short what, void *context)
{
    struct balancer_role *b = context;

    (void)signal;
    (void)what;
    loop_enter(&b->loop);
    if (b->draining)
        b->loop.seen = 2;
    drain(b);
    loop_leave(&b->loop);
}

/* The clients have ended, if there are any. */
static void stopped(void *context, int how)
{
    (void)how;
    drain(context);
}

/* Half of what there may be is for clients: each of them may need a connection to a server, and
 * what is kept idle must leave room for that. */
static struct channel_limits front_limits(const struct balancer_role *b)
{
    struct channel_limits limits = b->plan->limits;
    uint32_t most = role_descriptors() / 2 / b->world.balancers;

    if (most == 0)
        most = 1;
    if (limits.connections == 0 || limits.connections > most)
        limits.connections = most;
    return limits;
}

static int open_front(struct balancer_role *b, uint32_t i)
{
    const struct live_plan *plan = b->plan;
    struct inlet_order order = { .base = b->loop.base,
                                 .transport = plan->transport,
                                 .tls = plan->tls,
                                 .address = plan->bind && plan->bind->length ? *plan->bind
                                                                             : address_loopback(0),
                                 .gateway = true,
                                 .limits = front_limits(b),
                                 .context = &b->front[i],
                                 .request = requested,
                                 .left = left,
                                 .name = name_of };
    int code = 0;
    char why[200];

    b->front[i].role = b;
    b->front[i].index = i;
    if (i > 0 && address_port(&order.address))
        address_set_port(&order.address, (uint16_t)(address_port(&order.address) + i));
    b->front[i].inlet = inlet_open(&order, &code, why, sizeof why);
    if (!b->front[i].inlet)
        return role_fails(b->fare, 3, "balancer: %s", why);
    atomic_store(&plan->shared->balancer_port[i], inlet_port(b->front[i].inlet));
    return 0;
}

static int open_controls(struct balancer_role *b, const int *control, uint32_t n)
{
    uint32_t i;

    b->control = calloc(n ? n : 1, sizeof *b->control);
    if (!b->control)
        return -1;
    for (i = 0; i < n; i++, b->controls++)
        if (control_open(&b->control[i], &b->loop, control[i]))
            return -1;
    return 0;
}

static int open_role(struct balancer_role *b, int leash, const int *control, uint32_t controls)
{
    uint32_t i;

    b->wire = (struct wire) { .here = WORLD_BALANCERS,
                              .adds = true,
                              .context = b,
                              .extra = role_keeps_moments(b->plan) ? balancer_sets_out : NULL,
                              .dispatched = balancer_dispatches,
                              .closed = balancer_closes,
                              .attempt = balancer_sends,
                              .cancel = balancer_cancels,
                              .verdict = answer,
                              .asks = time_pick,
                              .check = balancer_checks,
                              .message = say,
                              .gauge = publish };
    b->asker = slab_reserve(sizeof b->asker[0] * EVENT_INDEX_LIMIT);
    if (!b->asker)
        return role_fails(b->fare, 3, "balancer: out of memory");
    if (role_world(b->plan, b->fare, &b->wire, &b->order, &b->world) ||
        loop_open(&b->loop, b->plan, b->fare, &b->world, leash))
        return -1;
    b->front = calloc(b->world.balancers, sizeof *b->front);
    b->drip = event_new(b->loop.base, -1, EV_PERSIST, drip, b);
    if (!b->front || !b->drip || open_controls(b, control, controls) || balancer_out_open(b))
        return role_fails(b->fare, 3, "balancer: out of memory");
    for (i = 0; i < b->world.balancers; i++)
        if (open_front(b, i))
            return -1;
    if (leash >= 0) { /* a process of its own */
        b->term = evsignal_new(b->loop.base, SIGTERM, terminate, b);
        if (!b->term || event_add(b->term, NULL))
            return role_fails(b->fare, 3, "balancer: no signals");
    }
    return 0;
}

static void settle(struct balancer_role *b)
{
    uint64_t in_flight = 0;
    uint32_t i, seat;
    int k;

    if (world_drop_attempts(&b->world))
        role_fails(b->fare, 70, "balancer: %s", b->world.why);
    for (i = 0; i < b->world.balancers; i++)
        for (seat = 0; seat < b->world.balancer[i].view.n; seat++)
            in_flight += b->world.balancer[i].inflight[seat];
    b->fare->left_in_flight = in_flight;
    b->fare->tally = b->world.tally;
    for (k = 0; k < DURATIONS; k++)
        b->fare->tally.histogram[k] = NULL;
    for (i = 0; i < b->world.balancers; i++) {
        struct inlet_count n = inlet_count(b->front[i].inlet);

        inlet_count_add(&b->fare->inlet, &n);
    }
    role_cpu(b->fare);
}

static void close_role(struct balancer_role *b)
{
    uint32_t i;

    for (i = 0; b->front && i < b->world.balancers; i++)
        if (b->front[i].inlet)
            inlet_close(b->front[i].inlet);
    free(b->front);
    balancer_out_close(b);
    for (i = 0; i < b->controls; i++)
        control_close(&b->control[i]);
    free(b->control);
    if (b->term)
        event_free(b->term);
    if (b->drip)
        event_free(b->drip);
    loop_close(&b->loop);
    if (b->world.scenario)
        world_close(&b->world);
    slab_release(b->asker, sizeof b->asker[0] * EVENT_INDEX_LIMIT);
}

int role_balancer(const struct live_plan *plan, int leash, const int *control, uint32_t controls)
{
    struct balancer_role *b = calloc(1, sizeof *b);
    struct live_fare *fare = &plan->shared->fare[ROLE_BALANCER];
    int failed;

    if (!b)
        return role_fails(fare, 3, "balancer: out of memory");
    b->plan = plan;
    b->fare = fare;
    b->loop.context = b;
    b->loop.ready = is_ready;
    b->loop.stopped = stopped;
    b->loop.over = is_over;
    failed = open_role(b, leash, control, controls);
    if (!failed)
        failed = loop_run(&b->loop);
    if (!failed)
        settle(b);
    close_role(b);
    free(b);
    if (decision_log_finish(plan->logged))
        failed = role_fails(fare, 3, "balancer: the log of decisions cannot be written");
    if (!failed && !fare->code)
        atomic_store(&fare->state, LIVE_DONE);
    return failed || fare->code ? -1 : 0;
}
