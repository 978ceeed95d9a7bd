/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The balancer, towards servers: attempts and health checks go out, answers come back. */
#include <stdio.h>
#include <stdlib.h>

#include "sim/engine/slab.h"
#include "sim/live/role_balancer.h"

/* A ticket names a check, or the use of an attempt's slot. */
#define CHECK (UINT64_C(1) << 63)
enum { CHECK_BITS = 30 };

static uint32_t slot_of(uint64_t ticket)
{
    return (uint32_t)(ticket & (EVENT_INDEX_LIMIT - 1));
}

/* ---- Attempts go out. */

/* What is made of it when it is cancelled, by whomever. */
static lb_time cost_of(const struct world *w, uint32_t slot)
{
    const struct job *j = &w->job[slot];
    const struct copies_spec *copies = &w->balancer[j->balancer].spec->attempts.copies;

    return copies->cancel_cost > 0 ? copies->cancel_cost
                                   : w->scenario->clients[j->client].cancel_cost;
}

static uint32_t bytes_of(const struct balancer_role *b, struct world *w, uint32_t slot,
                         uint32_t which)
{
    double bytes = message_bytes(w, slot, which), most = (double)b->plan->limits.body_bytes;

    return (uint32_t)(bytes > most ? most : bytes);
}

lb_time balancer_sets_out(void *context, const struct world *w, uint32_t slot, enum link_part part,
                          lb_time delay)
{
    const struct balancer_role *b = context;

    role_moment(b->plan, w, slot, part, MOMENT_OUT);
    return delay;
}

/* Its simulated link may lose it: it counts as sent all the same. */
void balancer_dispatches(void *context, const struct world *w, uint32_t slot, lb_server server)
{
    const struct balancer_role *b = context;
    struct live_record *r = shared_record(b->plan->shared, w->job[slot].serial);

    if (w->job[slot].serial >= STRANGERS)
        b->fare->strangers_sent++;
    if (!r)
        return;
    r->attempts++;
    r->dispatched = server;
}

void balancer_closes(void *context, const struct world *w, uint32_t slot, enum attempt_ending how)
{
    const struct balancer_role *b = context;

    if (w->job[slot].serial >= STRANGERS)
        b->fare->strangers_attempts[how]++;
}

void balancer_sends(void *context, struct world *w, uint32_t slot)
{
    struct balancer_role *b = context;
    uint32_t server = w->job[slot].server;
    struct live_record *r = shared_record(b->plan->shared, w->job[slot].serial);
    struct parcel p = role_parcel(w, slot);
    struct out *out = &b->out[slot];

    p.run = b->plan->shared->run;
    p.server = server;
    p.cut = w->trip[slot].cut;
    p.cost = cost_of(w, slot);
    p.body = bytes_of(b, w, slot, 0);
    p.answer = bytes_of(b, w, slot, 1);
    out->ticket = ++b->tickets << EVENT_INDEX_BITS | slot;
    out->ticket &= ~CHECK;
    if (r) {
        r->forwarded = live_now(b->plan);
        r->balancer_links = w->now - w->trip[slot].sent;
        r->returned = LB_NEVER;
    }
    out->passage = outlet_send(b->outlet[server], out->ticket, &p);
}

void balancer_cancels(void *context, struct world *w, uint32_t slot)
{
    struct balancer_role *b = context;

    if (b->out[slot].ticket && b->out[slot].passage)
        outlet_cancel(b->outlet[w->job[slot].server], b->out[slot].passage);
    if (b->out[slot].ticket)
        role_moment(b->plan, w, slot, PART_FROM_SERVER, MOMENT_VAIN);
    b->out[slot].ticket = 0;
}

void balancer_checks(void *context, struct world *w, uint32_t server, uint32_t number, uint32_t n)
{
    struct balancer_role *b = context;
    struct parcel p = parcel_blank(number);
    struct out *out = &b->check[number];

    (void)w;
    if (out->ticket && out->passage) /* the one before has not come back, and is given up */
        outlet_cancel(b->outlet[server], out->passage);
    p.kind = PARCEL_CHECK;
    p.run = b->plan->shared->run;
    p.part = n;
    p.server = server;
    out->ticket = CHECK | (uint64_t)number << CHECK_BITS | n;
    out->passage = outlet_send(b->outlet[server], out->ticket, &p);
}

/* ---- Answers come back. */

/* What is due before it is heard may send again: its passage is another's from then on. */
static void come_back(struct balancer_role *b, uint64_t ticket, const struct reply *reply,
                      bool unwanted)
{
    const bool check = ticket & CHECK;
    const uint32_t number = (uint32_t)((ticket & ~CHECK) >> CHECK_BITS);
    const uint32_t slot = slot_of(ticket);
    struct out *out = check ? &b->check[number] : &b->out[slot];
    struct live_record *r;

    if (out->ticket == ticket)
        out->passage = NULL;
    loop_enter(&b->loop);
    if (check) {
        if (out->ticket == ticket)
            out->ticket = 0;
        wire_check_back(&b->world, number, (uint32_t)(ticket & ((1u << CHECK_BITS) - 1)),
                        reply->status == LB_OK);
    } else if (out->ticket == ticket) {
        out->ticket = 0;
        r = shared_record(b->plan->shared, b->world.job[slot].serial);
        if (r) {
            r->returned = live_now(b->plan);
            r->unwanted = unwanted;
        }
        role_moment(b->plan, &b->world, slot, PART_FROM_SERVER, MOMENT_COME);
        wire_attempt_back(&b->world, slot, reply);
    }
    loop_leave(&b->loop);
}

static bool is_external(const struct live_plan *plan, uint32_t server)
{
    return plan->backends && plan->backends[server].length;
}

/* A server that is not lbsim's has a status, and nothing else that it says of itself is believed:
 * times would be taken off the overhead, and what it calls a cut would be tried again at once. */
static void doubt(struct reply *reply)
{
    reply->wait = reply->service = reply->work = 0;
    if (reply->status == LB_CUT) {
        reply->status = LB_ERROR;
        reply->failure = FAILURE_ERROR;
    }
}

static void answered(void *context, uint64_t ticket, const struct parcel *p)
{
    const struct balancer_role *b = context;
    const uint32_t slot = slot_of(ticket);
    static const struct {
        uint32_t status;
        uint8_t failure;
    } as[] = {
        [PARCEL_OK] = { LB_OK, 0 },
        [PARCEL_ERROR] = { LB_ERROR, FAILURE_ERROR },
        [PARCEL_TIMED_OUT] = { LB_ERROR, FAILURE_ERROR },
        [PARCEL_REFUSED] = { LB_REFUSED, FAILURE_REFUSED },
        [PARCEL_REJECTED] = { LB_REFUSED, FAILURE_REJECTED },
        [PARCEL_CUT] = { LB_CUT, 0 },
        [PARCEL_BAD_REQUEST] = { LB_ERROR, FAILURE_ERROR },
    };
    struct reply reply = { .status = as[p->status].status,
                           .failure = as[p->status].failure,
                           .wait = p->wait,
                           .service = p->service,
                           .work = p->work > 0 ? p->work : 0 };

    if (!(ticket & CHECK) && b->out[slot].ticket == ticket &&
        is_external(b->plan, b->world.job[slot].server))
        doubt(&reply);
    come_back(context, ticket, &reply, p->status == PARCEL_BAD_REQUEST);
}

static void failed(void *context, uint64_t ticket, enum cause cause, bool sent)
{
    bool refused = !sent || cause == CAUSE_CONNECT_REFUSED || cause == CAUSE_CONNECT_TIMEOUT ||
                   cause == CAUSE_FD_EXHAUSTED || cause == CAUSE_CLIENT_OVERLOAD;
    struct reply reply = { .status = refused ? LB_REFUSED : LB_ERROR,
                           .failure = refused ? FAILURE_REFUSED : FAILURE_ERROR };

    come_back(context, ticket, &reply, false);
}

static void begun(void *context, uint64_t ticket)
{
    struct balancer_role *b = context;
    uint32_t slot = slot_of(ticket);

    loop_enter(&b->loop);
    if (!(ticket & CHECK) && b->out[slot].ticket == ticket)
        wire_attempt_begun(&b->world, slot);
    loop_leave(&b->loop);
}

/* ---- Opening. */

static void name_servers(struct balancer_role *b)
{
    const struct scenario *s = b->world.scenario;
    uint32_t g, i;

    for (g = 0; g < s->servers_n; g++)
        for (i = 0; i < s->servers[g].count; i++)
            snprintf(b->name[s->servers[g].first + i], sizeof b->name[0], "%.50s[%u]",
                     s->servers[g].name, i);
}

/* As many as there are requests for; but few that nobody uses, for they would leave no descriptors
 * to others. */
static struct channel_limits back_limits(const struct balancer_role *b)
{
    struct channel_limits limits = b->plan->limits;
    uint32_t idle = role_descriptors() / 2 / b->world.servers;

    limits.connections = 0;
    limits.idle = idle == 0 ? 1 : idle;
    return limits;
}

static int open_outlet(struct balancer_role *b, uint32_t server)
{
    const struct live_plan *plan = b->plan;
    bool external = is_external(plan, server);
    struct outlet_order order = {
        .base = b->loop.base,
        .transport = plan->transport,
        .tls = plan->tls,
        .address = external ? plan->backends[server]
                            : address_loopback(atomic_load(&plan->shared->server_port[server])),
        .limits = back_limits(b),
        .own = !external,
        .context = b,
        .begun = begun,
        .answer = answered,
        .failed = failed,
    };

    b->outlet[server] = outlet_open(&order);
    return b->outlet[server] ? 0 : -1;
}

int balancer_out_open(struct balancer_role *b)
{
    uint32_t i, n = b->world.servers;

    b->outlet = calloc(n, sizeof *b->outlet);
    b->name = calloc(n, sizeof *b->name);
    b->out = slab_reserve(sizeof b->out[0] * EVENT_INDEX_LIMIT);
    b->check = calloc(b->world.checks ? b->world.checks : 1, sizeof *b->check);
    if (!b->outlet || !b->name || !b->out || !b->check)
        return -1;
    name_servers(b);
    for (i = 0; i < n; i++)
        if (open_outlet(b, i))
            return -1;
    for (i = 0; i < n; i++)
        outlet_prepare(b->outlet[i], b->plan->connections / n + 1);
    return 0;
}

void balancer_out_close(struct balancer_role *b)
{
    uint32_t i;

    for (i = 0; b->outlet && i < b->world.servers; i++) {
        if (!b->outlet[i])
            continue;
        struct outlet_count n = outlet_count(b->outlet[i]);

        outlet_count_add(&b->fare->outlet, &n);
        outlet_close(b->outlet[i]);
    }
    free(b->outlet);
    free(b->name);
    free(b->check);
    slab_release(b->out, sizeof b->out[0] * EVENT_INDEX_LIMIT);
}
