/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The clients: an open loop by the plan, with intended instants, sizes and keys of the simulation's
 * own streams. A request is issued late if it must be, and never left out. */
#include <stdlib.h>
#include <time.h>

#include "sim/engine/slab.h"
#include "sim/live/loop.h"
#include "sim/run/trip.h"

struct clients {
    const struct live_plan *plan;
    struct live_fare *fare;
    struct world world;
    struct world_order order;
    struct wire wire;
    struct loop loop;
    struct outlet **outlet; /* by balancer */
    uint32_t outlets;
    uint64_t tickets;
    struct sent {
        struct passage *passage; /* NULL: it is no more, or never was */
        uint64_t ticket;         /* 0: nobody waits for it */
    } * sent;                    /* by slot of a call */
};

static uint32_t slot_of(uint64_t ticket)
{
    return (uint32_t)(ticket & (EVENT_INDEX_LIMIT - 1));
}

static struct live_record *record_of(struct clients *c, const struct world *w, uint32_t slot)
{
    return shared_record(c->plan->shared, w->job[slot].serial);
}

/* ---- Requests go out. */

/* Bytes as drawn, as far as a body may go. */
static uint32_t body_of(const struct live_plan *plan, double bytes)
{
    double most = (double)plan->limits.body_bytes;

    return (uint32_t)(bytes > most ? most : bytes);
}

static lb_time sets_out(void *context, const struct world *w, uint32_t slot, enum link_part part,
                        lb_time delay)
{
    const struct clients *c = context;

    role_moment(c->plan, w, slot, part, MOMENT_OUT);
    return delay;
}

static void send_call(void *context, struct world *w, uint32_t call)
{
    struct clients *c = context;
    struct live_record *r = record_of(c, w, call);
    struct parcel p = role_parcel(w, call);
    struct sent *sent = &c->sent[call];

    p.run = c->plan->shared->run;
    if (c->plan->ping)
        p.work = p.size = 0;
    p.body = body_of(c->plan, message_bytes(w, call, 0));
    p.answer = body_of(c->plan, message_bytes(w, call, 1));
    sent->ticket = ++c->tickets << EVENT_INDEX_BITS | call;
    if (r && r->sent == LB_NEVER) {
        r->intended = w->job[call].issued;
        r->client = w->job[call].client;
        r->sent = live_now(c->plan);
        r->client_link = w->now - w->job[call].issued;
        atomic_fetch_add_explicit(&c->fare->issued, 1, memory_order_relaxed);
    }
    if (r)
        r->tries++;
    sent->passage = outlet_send(c->outlet[w->job[call].balancer % c->outlets], sent->ticket, &p);
}

static void call_off(void *context, struct world *w, uint32_t call)
{
    struct clients *c = context;

    if (c->sent[call].ticket && c->sent[call].passage)
        outlet_cancel(c->outlet[w->job[call].balancer % c->outlets], c->sent[call].passage);
    if (c->sent[call].ticket)
        role_moment(c->plan, w, call, PART_TO_CLIENT, MOMENT_VAIN);
    c->sent[call].ticket = 0;
}

/* Its answer may still come, to nobody. */
static void forsake(void *context, struct world *w, uint32_t call)
{
    struct clients *c = context;

    if (c->sent[call].ticket && c->sent[call].passage)
        outlet_forsake(c->outlet[w->job[call].balancer % c->outlets], c->sent[call].passage);
    if (c->sent[call].ticket)
        role_moment(c->plan, w, call, PART_TO_CLIENT, MOMENT_VAIN);
    c->sent[call].ticket = 0;
}

static void request_is_over(void *context, const struct world *w, uint32_t slot, enum ending how,
                            lb_time when, lb_time wait, lb_time service)
{
    struct clients *c = context;
    struct live_record *r = record_of(c, w, slot);

    atomic_fetch_add_explicit(&c->fare->ended[how], 1, memory_order_relaxed);
    if (!r)
        return;
    if (r->intended == LB_NEVER) { /* it was lost on its way to the balancer, or ended there */
        r->intended = w->job[slot].issued;
        atomic_fetch_add_explicit(&c->fare->issued, 1, memory_order_relaxed);
    }
    r->done = when;
    r->wait = wait;
    r->service = service;
    r->work = w->job[slot].work;
    r->key = w->more ? w->more[slot].key : 0;
    r->balancer = w->job[slot].balancer;
    if (how == ENDED_COMPLETED)
        r->cause = CAUSE_NONE;
    atomic_store_explicit(&r->ended, (uint8_t)(1 + (int)how), memory_order_release);
}

/* ---- Answers come back. */

static uint8_t failure_of(enum parcel_status status)
{
    static const uint8_t failures[] = {
        [PARCEL_OK] = 0,
        [PARCEL_ERROR] = FAILURE_ERROR,
        [PARCEL_TIMED_OUT] = FAILURE_TIMEOUT,
        [PARCEL_REFUSED] = FAILURE_REFUSED,
        [PARCEL_REJECTED] = FAILURE_REJECTED,
        [PARCEL_CUT] = FAILURE_ERROR,
        [PARCEL_BAD_REQUEST] = FAILURE_ERROR,
    };

    return failures[status];
}

/* Its passage may carry another request by the time that this one's own time-out has been heard. */
static void verdict(struct clients *c, uint64_t ticket, const struct reply *reply, enum cause cause)
{
    uint32_t call = slot_of(ticket);
    struct live_record *r;

    if (c->sent[call].ticket == ticket)
        c->sent[call].passage = NULL;
    loop_enter(&c->loop);
    if (c->sent[call].ticket == ticket) {
        c->sent[call].ticket = 0;
        r = record_of(c, &c->world, call);
        if (r && reply->failure)
            r->cause = (uint8_t)cause;
        if (r && !reply->failure)
            r->served = reply->server;
        role_moment(c->plan, &c->world, call, PART_TO_CLIENT, MOMENT_COME);
        wire_verdict(&c->world, call, reply);
    }
    loop_leave(&c->loop);
}

static lb_time at_most(lb_time t, lb_time most)
{
    return t < most ? t : most;
}

/* A balancer that is not lbsim's may say anything: nobody waited for longer than the request was
 * out. */
static void doubt(struct clients *c, uint64_t ticket, struct reply *reply)
{
    const uint32_t call = slot_of(ticket);
    const struct live_record *r =
        c->sent[call].ticket == ticket ? record_of(c, &c->world, call) : NULL;
    const lb_time out = r ? live_now(c->plan) - r->sent : 0;

    reply->wait = at_most(reply->wait, out);
    reply->service = at_most(reply->service, out - reply->wait);
    if (reply->server >= c->world.servers)
        reply->server = LB_NONE;
}

static void answered(void *context, uint64_t ticket, const struct parcel *p)
{
    struct clients *c = context;
    struct reply reply = { .failure = failure_of(p->status),
                           .server = p->server,
                           .wait = p->wait,
                           .service = p->service,
                           .work = p->work > 0 ? p->work : 0 };

    if (c->plan->through)
        doubt(c, ticket, &reply);
    verdict(c, ticket, &reply, p->status == PARCEL_BAD_REQUEST ? CAUSE_HTTP_4XX : CAUSE_HTTP_5XX);
}

static void failed(void *context, uint64_t ticket, enum cause cause, bool sent)
{
    bool refused = cause == CAUSE_CONNECT_REFUSED || cause == CAUSE_CONNECT_TIMEOUT ||
                   cause == CAUSE_FD_EXHAUSTED || cause == CAUSE_CLIENT_OVERLOAD;
    struct reply reply = { .failure = refused ? FAILURE_REFUSED : FAILURE_ERROR,
                           .server = LB_NONE };

    (void)sent;
    verdict(context, ticket, &reply, cause);
}

/* ---- The role. */

/* Where not one of the connections that were to be opened is there, no request would get through.
 */
static bool is_reached(struct clients *c, uint32_t balancer)
{
    const struct live_plan *plan = c->plan;
    const struct outlet_count n = outlet_count(c->outlet[balancer]);
    uint32_t k = 0;

    if (plan->transport == TRANSPORT_UDP || plan->connections == 0 || n.connected > 0)
        return true;
    while (k < CAUSES - 1 && n.failed[k] == 0)
        k++;
    role_fails(c->fare, 3, "clients: there is no way to the balancer: %s",
               cause_name((enum cause)k));
    return false;
}

static bool is_ready(void *context)
{
    struct clients *c = context;
    uint32_t i;

    for (i = 0; i < c->outlets; i++)
        if (!outlet_ready(c->outlet[i]))
            return false;
    for (i = 0; i < c->outlets; i++)
        if (!is_reached(c, i))
            return false;
    return true;
}

static bool is_over(void *context)
{
    struct clients *c = context;

    atomic_store_explicit(&c->fare->in_flight, c->world.in_flight, memory_order_relaxed);
    if (c->loop.begun && world_has_issued(&c->world))
        atomic_store_explicit(&c->fare->all_issued, true, memory_order_relaxed);
    return c->loop.seen >= 2 || (c->loop.begun && world_is_done(&c->world));
}

static void stopped(void *context, int how)
{
    struct clients *c = context;

    world_issue_no_more(&c->world);
    if (how >= 2)
        world_cancel_all(&c->world);
}

static int open_outlets(struct clients *c)
{
    const struct live_plan *plan = c->plan;
    uint32_t i;

    c->outlets = plan->through ? 1 : plan->shared->balancers;
    c->outlet = calloc(c->outlets, sizeof *c->outlet);
    for (i = 0; c->outlet && i < c->outlets; i++) {
        struct outlet_order order = {
            .base = c->loop.base,
            .transport = plan->transport,
            .tls = plan->tls,
            .address = plan->through
                           ? *plan->through
                           : address_loopback(atomic_load(&plan->shared->balancer_port[i])),
            .limits = plan->limits,
            .own = !plan->through,
            .context = c,
            .answer = answered,
            .failed = failed,
        };

        if (!plan->through && plan->bind && plan->bind->length) {
            order.address = *plan->bind;
            address_set_port(&order.address, atomic_load(&plan->shared->balancer_port[i]));
        }
        c->outlet[i] = outlet_open(&order);
        if (!c->outlet[i])
            return role_fails(c->fare, 3, "clients: out of memory");
        outlet_prepare(c->outlet[i], plan->connections);
    }
    return c->outlet ? 0 : role_fails(c->fare, 3, "clients: out of memory");
}

static int open_clients(struct clients *c, int leash)
{
    c->wire = (struct wire) { .here = WORLD_CLIENTS,
                              .adds = true,
                              .context = c,
                              .extra = role_keeps_moments(c->plan) ? sets_out : NULL,
                              .ended = request_is_over,
                              .call = send_call,
                              .called_off = call_off,
                              .forsaken = forsake };
    c->sent = slab_reserve(sizeof c->sent[0] * EVENT_INDEX_LIMIT);
    if (!c->sent)
        return role_fails(c->fare, 3, "clients: out of memory");
    if (role_world(c->plan, c->fare, &c->wire, &c->order, &c->world) ||
        loop_open(&c->loop, c->plan, c->fare, &c->world, leash))
        return -1;
    return open_outlets(c);
}

static void tell(struct clients *c)
{
    uint32_t i;

    c->fare->tally = c->world.tally;
    for (i = 0; i < DURATIONS; i++)
        c->fare->tally.histogram[i] = NULL;
    for (i = 0; i < c->outlets; i++) {
        struct outlet_count n = outlet_count(c->outlet[i]);

        outlet_count_add(&c->fare->outlet, &n);
    }
    role_cpu(c->fare);
}

static void close_clients(struct clients *c)
{
    uint32_t i;

    for (i = 0; c->outlet && i < c->outlets; i++)
        if (c->outlet[i])
            outlet_close(c->outlet[i]);
    free(c->outlet);
    loop_close(&c->loop);
    if (c->world.scenario)
        world_close(&c->world);
    slab_release(c->sent, sizeof c->sent[0] * EVENT_INDEX_LIMIT);
}

int role_clients(const struct live_plan *plan, int leash)
{
    struct clients *c = calloc(1, sizeof *c);
    struct live_fare *fare = &plan->shared->fare[ROLE_CLIENTS];
    int failed;

    if (!c)
        return role_fails(fare, 3, "clients: out of memory");
    c->plan = plan;
    c->fare = fare;
    c->loop.context = c;
    c->loop.ready = is_ready;
    c->loop.stopped = stopped;
    c->loop.over = is_over;
    failed = open_clients(c, leash);
    if (!failed)
        failed = loop_run(&c->loop);
    if (!failed) {
        if (c->loop.seen >= 2)
            world_cancel_all(&c->world);
        if (world_end(&c->world))
            failed = role_fails(fare, 70, "%s", c->world.why);
        tell(c);
    }
    close_clients(c);
    free(c);
    if (!failed)
        atomic_store(&fare->state, LIVE_DONE);
    return failed;
}
