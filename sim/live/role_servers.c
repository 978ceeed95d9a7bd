/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Emulated servers: the server models of the simulation behind sockets. A service ends at its
 * nominal instant, max(reached, busy) + work for first-in first-out, however late the process is
 * woken; so lateness never adds up. */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/engine/slab.h"
#include "sim/live/control.h"
#include "sim/live/loop.h"
#include "sim/run/trip.h"

#define NOBODY UINT64_MAX

struct servers_role;

/* One server, as its inlet's context. */
struct door {
    struct servers_role *role;
    struct inlet *inlet;
    uint32_t server;
    char name[64];
};

struct servers_role {
    const struct live_plan *plan;
    struct live_fare *fare;
    uint32_t first, count;
    bool again;
    struct world world;
    struct world_order order;
    struct wire wire;
    struct loop loop;
    struct control control;
    struct door *door;
    struct visitor *visitor;  /* who comes */
    struct visitor **asker;   /* by slot of an attempt */
    struct visitor **checker; /* by number of a check */
    uint64_t strangers;
};

static struct door *door_of(const struct servers_role *s, uint32_t server)
{
    return server - s->first < s->count ? &s->door[server - s->first] : NULL;
}

static enum server_state state_of(const struct world *w, uint32_t server)
{
    if (w->condition && w->condition[server].absent)
        return SERVER_DOWN;
    return w->condition ? w->condition[server].state : SERVER_UP;
}

/* ---- Somebody comes. */

/* A stranger comes straight to a server: whatever it says, its work is drawn. */
static void adopt(struct servers_role *s, const struct door *door, struct parcel *p)
{
    const struct client_spec *client = &s->world.scenario->clients[0];
    struct lb_random random =
        stream_at(s->world.copy_key[0], STRANGERS + s->strangers, UINT64_C(3) << 61);

    p->id = STRANGERS + (s->strangers++ & (STRANGERS - 1));
    p->part = 0;
    p->client = p->balancer = 0;
    p->cut = LB_NEVER;
    p->cost = 0;
    p->retried = false;
    p->work = p->size = client->service_in_trace ? 0 : quantity_draw(&client->service, &random);
    s->plan->shared->desk[door->server].strangers++;
}

static void forsake(struct visitor *v)
{
    visitor_tag(v, NOBODY);
    visitor_forsake(v);
}

static lb_time sets_out(void *context, const struct world *w, uint32_t slot, enum link_part part,
                        lb_time delay)
{
    const struct servers_role *s = context;

    role_moment(s->plan, w, slot, part, MOMENT_OUT);
    return delay;
}

static void mark(void *context, uint32_t slot)
{
    struct servers_role *s = context;

    if (s->asker[slot]) /* of one that was lost: it waits in vain */
        forsake(s->asker[slot]);
    s->asker[slot] = s->visitor;
    visitor_tag(s->visitor, slot);
    role_moment(s->plan, &s->world, slot, PART_TO_SERVER, MOMENT_COME);
}

static void say(struct visitor *v, uint64_t id, uint32_t part, enum parcel_status status)
{
    struct parcel p = parcel_blank(id);

    p.kind = PARCEL_ANSWER;
    p.part = part;
    p.status = status;
    visitor_answer(v, &p);
}

static void check_comes(struct servers_role *s, struct door *door, struct visitor *v,
                        const struct parcel *p)
{
    enum server_state state = state_of(&s->world, door->server);

    visitor_tag(v, NOBODY);
    if (p->run != s->plan->shared->run || p->id >= s->world.checks || !s->loop.begun) {
        if (state == SERVER_DOWN || state == SERVER_REFUSE)
            visitor_drop(v, VISITOR_RESET);
        else if (state != SERVER_HANG)
            say(v, p->id, p->part, PARCEL_OK);
        else
            forsake(v);
        return;
    }
    if (s->checker[p->id])
        visitor_drop(s->checker[p->id], VISITOR_CLOSE);
    s->checker[p->id] = v;
    visitor_tag(v, NOBODY - 1 - p->id);
    wire_check_comes(&s->world, (uint32_t)p->id, p->part);
}

static void attempt_comes(struct servers_role *s, struct door *door, struct visitor *v,
                          struct parcel *p)
{
    struct live_record *r;
    struct visit visit;

    if (p->run != s->plan->shared->run)
        adopt(s, door, p);
    p->server = door->server;
    r = shared_record(s->plan->shared, p->id);
    if (r) {
        r->reached = s->world.now;
        r->server = door->server;
    }
    visit = role_visit(p);
    s->visitor = v;
    visitor_tag(v, NOBODY);
    if (wire_attempt_comes(&s->world, &visit, mark, s) == JOB_NONE)
        visitor_drop(v, VISITOR_RESET);
}

static void requested(void *context, struct visitor *v, const struct parcel *asked)
{
    struct door *door = context;
    struct servers_role *s = door->role;
    struct parcel p = *asked;

    loop_enter(&s->loop);
    if (p.kind == PARCEL_CHECK)
        check_comes(s, door, v, &p);
    else if (!s->loop.begun || p.kind != PARCEL_REQUEST)
        say(v, p.id, p.part, PARCEL_REFUSED);
    else
        attempt_comes(s, door, v, &p);
    loop_leave(&s->loop);
}

static void left(void *context, struct visitor *v)
{
    struct door *door = context;
    struct servers_role *s = door->role;
    uint64_t slot = visitor_tag_of(v);

    if (slot == NOBODY)
        return;
    loop_enter(&s->loop);
    if (slot > EVENT_INDEX_LIMIT) {
        s->checker[NOBODY - 1 - slot] = NULL;
    } else if (s->asker[slot] == v) {
        s->asker[slot] = NULL;
        wire_attempt_left(&s->world, (uint32_t)slot);
    }
    loop_leave(&s->loop);
}

/* ---- Answers. */

static void begins(void *context, struct world *w, uint32_t slot)
{
    struct servers_role *s = context;
    struct parcel p = parcel_blank(w->job[slot].serial);
    const struct balancer_spec *balancer =
        s->plan->through ? NULL : w->balancer[w->job[slot].balancer].spec;

    if (!balancer || balancer->attempts.copies.cancel != COPIES_CANCEL_ON_START || !s->asker[slot])
        return; /* nobody wants to know */
    p.kind = PARCEL_BEGUN;
    p.part = w->trip[slot].draw;
    visitor_begun(s->asker[slot], &p);
}

static enum parcel_status status_of(const struct trip *t)
{
    switch ((enum lb_status)t->status) {
    case LB_OK:
        return PARCEL_OK;
    case LB_CUT:
        return PARCEL_CUT;
    case LB_REFUSED:
        return t->failure == FAILURE_REJECTED ? PARCEL_REJECTED : PARCEL_REFUSED;
    default:
        return PARCEL_ERROR;
    }
}

static void answer(void *context, struct world *w, uint32_t slot)
{
    struct servers_role *s = context;
    const struct job *j = &w->job[slot];
    const struct trip *t = &w->trip[slot];
    struct live_record *r = shared_record(s->plan->shared, j->serial);
    struct visitor *v = s->asker[slot];
    struct parcel p = parcel_blank(j->serial);

    s->asker[slot] = NULL;
    if (!v)
        return;
    p.kind = PARCEL_ANSWER;
    p.part = t->draw;
    p.status = status_of(t);
    p.server = j->server;
    p.wait = t->wait;
    p.service = t->service;
    p.work = t->work;
    p.body = (uint32_t)message_bytes(w, slot, 1);
    if (r) {
        const lb_time end = t->reached + t->wait + t->service;

        r->due = end < w->now ? end : w->now;
        r->server_link = w->now - r->due;
        r->answered = live_now(s->plan);
    }
    if (p.status == PARCEL_REFUSED)
        visitor_drop(v, VISITOR_RESET);
    else if (p.status == PARCEL_ERROR && world_reply_kind(w, slot) == REPLY_RESET)
        visitor_drop(v, VISITOR_TORN);
    else
        visitor_answer(v, &p);
}

/* Where the server is down the connection breaks; an answer that its link lost never comes. */
static void lose(void *context, struct world *w, uint32_t slot)
{
    struct servers_role *s = context;
    struct visitor *v = s->asker[slot];

    if (v && state_of(w, w->job[slot].server) == SERVER_DOWN)
        visitor_drop(v, VISITOR_RESET);
    else if (v)
        forsake(v);
    s->asker[slot] = NULL;
}

static void checked(void *context, struct world *w, uint32_t number, uint32_t n, bool good)
{
    struct servers_role *s = context;
    struct visitor *v = s->checker[number];

    (void)w;
    s->checker[number] = NULL;
    if (v)
        say(v, number, n, good ? PARCEL_OK : PARCEL_ERROR);
}

static void changes(void *context, struct world *w, uint32_t server)
{
    struct servers_role *s = context;
    struct door *door = door_of(s, server);
    enum server_state state = state_of(w, server);

    if (!door)
        return;
    if (state == SERVER_DOWN || state == SERVER_REFUSE)
        inlet_refuse(door->inlet);
    else if (inlet_listen(door->inlet))
        role_fails(s->fare, 3, "server %s: it cannot listen any more", door->name);
}

/* What was said before this process began has been heard. */
static void tell(void *context, struct world *w, const struct message *m)
{
    struct servers_role *s = context;

    if (!s->again || s->loop.early == 0)
        control_message(&s->control, w, m);
}

/* ---- The role. */

static bool is_over(void *context)
{
    struct servers_role *s = context;

    return s->loop.seen >= 1; /* who asks them has ended before */
}

static void stopped(void *context, int how)
{
    (void)context;
    (void)how;
}

static const char *name_of(void *context, lb_server server)
{
    struct door *door = context;

    (void)server;
    return door->name;
}

static int open_door(struct servers_role *s, struct door *door, uint32_t server)
{
    const struct live_plan *plan = s->plan;
    const struct server_spec *spec = &plan->scenario->servers[s->world.server[server].group];
    _Atomic uint16_t *port = &plan->shared->server_port[server];
    struct inlet_order order = { .base = s->loop.base,
                                 .transport = plan->transport,
                                 .tls = plan->tls,
                                 .address = address_loopback(atomic_load(port)),
                                 .limits = plan->limits,
                                 .reuse_port = s->again,
                                 .context = door,
                                 .request = requested,
                                 .left = left,
                                 .name = name_of };
    int code = 0;
    char why[200];

    door->role = s;
    door->server = server;
    snprintf(door->name, sizeof door->name, "%.50s[%u]", spec->name, server - spec->first);
    door->inlet = inlet_open(&order, &code, why, sizeof why);
    if (!door->inlet)
        return role_fails(s->fare, 3, "server %s: %s", door->name, why);
    atomic_store(port, inlet_port(door->inlet));
    return 0;
}

static int open_role(struct servers_role *s, int leash, int control)
{
    uint32_t i;

    s->wire = (struct wire) { .here = WORLD_SERVERS,
                              .adds = true,
                              .context = s,
                              .extra = role_keeps_moments(s->plan) ? sets_out : NULL,
                              .begun = begins,
                              .answer = answer,
                              .lost = lose,
                              .checked = checked,
                              .condition = changes,
                              .message = tell };
    s->asker = slab_reserve(sizeof s->asker[0] * EVENT_INDEX_LIMIT);
    s->checker = slab_reserve(sizeof s->checker[0] * EVENT_INDEX_LIMIT);
    if (!s->asker || !s->checker)
        return role_fails(s->fare, 3, "servers: out of memory");
    if (role_world(s->plan, s->fare, &s->wire, &s->order, &s->world) ||
        loop_open(&s->loop, s->plan, s->fare, &s->world, leash))
        return -1;
    s->loop.early = s->again;
    s->door = calloc(s->count, sizeof *s->door);
    if (!s->door || control_open(&s->control, &s->loop, control))
        return role_fails(s->fare, 3, "servers: out of memory");
    for (i = 0; i < s->count; i++) {
        bool external = s->plan->backends && s->plan->backends[s->first + i].length;

        if (!external && open_door(s, &s->door[i], s->first + i))
            return -1;
    }
    return 0;
}

static void account(struct servers_role *s)
{
    uint32_t i;

    for (i = 0; i < s->count; i++) {
        struct inlet_count n;

        if (!s->door[i].inlet)
            continue;
        n = inlet_count(s->door[i].inlet);
        inlet_count_add(&s->plan->shared->desk[s->first + i].inlet, &n);
    }
    role_cpu(s->fare);
}

static void close_role(struct servers_role *s)
{
    uint32_t i;

    for (i = 0; s->door && i < s->count; i++)
        if (s->door[i].inlet)
            inlet_close(s->door[i].inlet);
    free(s->door);
    control_close(&s->control);
    loop_close(&s->loop);
    if (s->world.scenario)
        world_close(&s->world);
    slab_release(s->asker, sizeof s->asker[0] * EVENT_INDEX_LIMIT);
    slab_release(s->checker, sizeof s->checker[0] * EVENT_INDEX_LIMIT);
}

int role_servers(const struct live_plan *plan, uint32_t first, uint32_t count, bool again,
                 int leash, int control)
{
    struct servers_role *s = calloc(1, sizeof *s);
    struct live_fare *fare = &plan->shared->fare[ROLE_SERVERS];
    int failed;

    if (!s)
        return role_fails(fare, 3, "servers: out of memory");
    s->plan = plan;
    s->fare = fare;
    s->first = first;
    s->count = count;
    s->again = again;
    s->loop.context = s;
    s->loop.stopped = stopped;
    s->loop.over = is_over;
    failed = open_role(s, leash, control);
    if (!failed)
        failed = loop_run(&s->loop);
    if (!failed)
        account(s);
    close_role(s);
    free(s);
    if (!failed && !fare->code)
        atomic_store(&fare->state, LIVE_DONE);
    return failed || fare->code ? -1 : 0;
}
