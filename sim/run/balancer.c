/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A balancer as its policy sees it: the view, and what the policy may ask of its host. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "sim/run/guard.h"

static struct balancer *of(struct lb_host *host)
{
    return (struct balancer *)(void *)host;
}

/* ---- What a policy may ask. */

static void wake(struct lb_host *host, lb_time at, uint64_t cookie)
{
    struct balancer *b = of(host);
    struct world *w = b->world;
    struct message m = { .report = { .at = at > w->now ? at : w->now, .cookie = cookie },
                         .balancer = b->index,
                         .life = b->life,
                         .kind = MESSAGE_WAKE };

    if (!b->policy->wake) {
        world_fail(w, "policy %s asks to be woken but has no wake callback", b->policy->name);
        return;
    }
    message_send(w, m, w->now);
}

static void probe(struct lb_host *host, lb_server seat, uint64_t cookie)
{
    struct balancer *b = of(host);
    struct message m = { .report = { .cookie = cookie, .server = seat },
                         .balancer = b->index,
                         .server = b->server_of ? b->server_of[seat] : seat,
                         .life = b->life,
                         .kind = MESSAGE_PROBE };

    if (!b->policy->report || seat >= b->view.n) {
        world_fail(b->world, "policy %s probes %s", b->policy->name,
                   b->policy->report ? "a server that is not there" : "but has no report callback");
        return;
    }
    message_send(b->world, m, b->world->now);
}

/* The job that a ticket names if it is still held here, or JOB_NONE. */
static uint32_t held_job(const struct balancer *b, uint64_t ticket)
{
    const struct world *w = b->world;
    uint32_t slot = (uint32_t)ticket & (EVENT_INDEX_LIMIT - 1);

    if (!w->hold || slot >= w->jobs || w->job[slot].serial != ticket >> EVENT_INDEX_BITS ||
        w->job[slot].balancer != b->index || !w->hold[slot].queued)
        return JOB_NONE;
    return slot;
}

static void offer_again(struct lb_host *host, uint64_t ticket)
{
    struct balancer *b = of(host);
    uint32_t slot = held_job(b, ticket);

    if (slot != JOB_NONE)
        world_offer(b->world, slot, b->world->now);
}

static uint64_t *memo(struct lb_host *host, uint64_t ticket)
{
    struct balancer *b = of(host);
    uint32_t slot = held_job(b, ticket);

    return slot != JOB_NONE && b->world->memo ? &b->world->memo[slot] : NULL;
}

static void publish(struct lb_host *host, uint32_t gauge)
{
    struct balancer *b = of(host);

    const struct wire *wire = b->world->order->wire;

    if (b->world->gauge)
        b->world->gauge[b->index] = gauge;
    if (wire && wire->gauge)
        wire->gauge(wire->context, b->world, b->index, gauge);
}

static void also(struct lb_host *host, lb_server seat, lb_time after)
{
    struct balancer *b = of(host);

    if (!b->also || seat >= b->view.n || b->also_n == b->view.n)
        world_fail(b->world, "policy %s sends %s", b->policy->name,
                   !b->also            ? "copies but does not declare LB_SENDS_COPIES"
                   : seat >= b->view.n ? "a copy to a server that is not there"
                                       : "more copies than there are servers");
    else
        b->also[b->also_n++] = (struct copy) { seat, after };
}

static void limit(struct lb_host *host, lb_time service)
{
    struct balancer *b = of(host);

    if (!(b->policy->sees & LB_CUTS) || service <= 0)
        world_fail(b->world, "policy %s cuts services short %s", b->policy->name,
                   service <= 0 ? "at once" : "but does not declare LB_CUTS");
    b->cut = service;
}

static void via(struct lb_host *host, lb_server seat)
{
    struct balancer *b = of(host);

    if (seat >= b->view.n || !(b->policy->sees & LB_FORWARDS))
        world_fail(b->world, "policy %s forwards by way of server %u, which it may not",
                   b->policy->name, seat);
    b->via = seat;
}

static void why(struct lb_host *host, lb_server seat, double score)
{
    struct balancer *b = of(host);
    const struct wire *wire = b->world->order->wire;

    if (wire && wire->candidate)
        wire->candidate(wire->context, b, seat, score);
    if (b->world->order->picks)
        trace_candidate(b->world, b, seat, score);
}

static void note(struct lb_host *host, const char *text)
{
    struct balancer *b = of(host);

    snprintf(b->note, sizeof b->note, "%s", text);
}

/* ---- What it sees. */

static uint32_t count_seats(const struct world *w, const struct balancer_spec *spec)
{
    uint32_t i, n = 0;

    for (i = 0; i < spec->groups_n; i++)
        n += w->scenario->servers[spec->groups[i]].count;
    return n;
}

static bool needs_text(const struct balancer *b)
{
    return (b->policy->sees & LB_SEES_KEY) != 0;
}

/* Is every seat usable, for ever? */
static bool all_open(const struct world *w, const struct balancer_spec *spec)
{
    uint32_t i;

    for (i = 0; i < spec->groups_n; i++)
        if (w->scenario->servers[spec->groups[i]].weight == 0 ||
            w->scenario->servers[spec->groups[i]].present <
                w->scenario->servers[spec->groups[i]].count)
            return false;
    return true;
}

static int take_arrays(const struct world *w, struct balancer *b, uint32_t n)
{
    unsigned sees = b->policy->sees;
    size_t room = n ? n : 1;

    b->inflight = calloc(room, sizeof b->inflight[0]);
    b->weight = calloc(room, sizeof b->weight[0]);
    b->slots = calloc(room, sizeof b->slots[0]);
    b->usable = calloc(room, sizeof b->usable[0]);
    if (w->trip || w->condition || !all_open(w, b->spec))
        b->open = calloc(room, sizeof b->open[0]);
    if (w->scenario->zones_n)
        b->zones = calloc(room, sizeof b->zones[0]);
    if (sees & (LB_SEES_RATE | LB_SEES_WORK))
        b->rate = calloc(room, sizeof b->rate[0]);
    if (sees & LB_SEES_WORK)
        b->free_at = calloc(room, sizeof b->free_at[0]);
    if (sees & LB_SEES_REPORTS)
        b->report = calloc(room, sizeof b->report[0]);
    if (sees & LB_SENDS_COPIES)
        b->also = calloc(room, sizeof b->also[0]);
    if (needs_text(b)) {
        b->name = calloc(room, sizeof b->name[0]);
        b->label = calloc(room, sizeof b->label[0]);
    }
    if (!b->inflight || !b->weight || !b->slots || !b->usable ||
        ((w->trip || w->condition || !all_open(w, b->spec)) && !b->open) ||
        (w->scenario->zones_n && !b->zones) ||
        ((sees & (LB_SEES_RATE | LB_SEES_WORK)) && !b->rate) ||
        ((sees & LB_SEES_WORK) && !b->free_at) || ((sees & LB_SEES_REPORTS) && !b->report) ||
        ((sees & LB_SENDS_COPIES) && !b->also) || (needs_text(b) && (!b->name || !b->label)))
        return -ENOMEM;
    return 0;
}

static int name_seat(struct balancer *b, uint32_t seat, const struct server_spec *spec, uint32_t i)
{
    char text[256];
    int n = snprintf(text, sizeof text, spec->count > 1 ? "%s[%u]" : "%s", spec->name, i);

    b->label[seat] = strdup(text);
    b->name[seat] = XXH3_64bits(text, (size_t)(n < (int)sizeof text ? n : (int)sizeof text - 1));
    return b->label[seat] ? 0 : -ENOMEM;
}

float balancer_rate(uint32_t cores, double speed)
{
    return cores == SCENARIO_UNLIMITED ? INFINITY : (float)(cores * speed);
}

static int fill_seats(struct world *w, struct balancer *b)
{
    uint32_t g, i, seat = 0;

    for (g = 0; g < b->spec->groups_n; g++) {
        const struct server_spec *spec = &w->scenario->servers[b->spec->groups[g]];

        for (i = 0; i < spec->count; i++, seat++) {
            b->weight[seat] = spec->weight;
            b->slots[seat] = spec->cores;
            if (b->rate)
                b->rate[seat] = balancer_rate(
                    spec->cores, w->condition ? w->condition[spec->first + i].speed : spec->speed);
            if (b->zones)
                b->zones[seat] = balancer_zone(w->scenario, spec->zone);
            if (b->report)
                b->report[seat].server = seat;
            if (b->label && name_seat(b, seat, spec, i))
                return -ENOMEM;
            if (spec->weight && i < spec->present)
                b->usable[b->view.usable_n++] = seat;
            if (b->open)
                b->open[seat] = spec->weight && i < spec->present;
        }
    }
    return 0;
}

static void show(struct world *w, struct balancer *b, uint32_t n)
{
    b->view.size = sizeof b->view;
    b->view.n = b->view.capacity = n;
    b->view.usable = b->usable;
    b->view.version = 1;
    b->view.balancer = b->index;
    b->view.balancers = w->balancers;
    b->view.inflight = b->inflight;
    b->view.load = w->truth && w->truth[b->spec - w->scenario->balancers]
                       ? w->truth[b->spec - w->scenario->balancers]
                       : b->inflight;
    b->own_load = b->view.load == b->inflight;
    b->view.weight = b->weight;
    b->view.slots = b->slots;
    b->view.name = b->name;
    b->view.label = b->label;
    b->view.rate = b->policy->sees & LB_SEES_RATE ? b->rate : NULL;
    b->view.zones = b->zones;
    b->view.zone = b->zone;
    b->view.free_at = b->free_at;
    b->view.report = b->report;
}

static const struct lb_host host_functions = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_host),
    .wake = wake,
    .probe = probe,
    .offer = offer_again,
    .memo = memo,
    .publish = publish,
    .also = also,
    .limit = limit,
    .via = via,
    .why = why,
    .note = note,
};

static int open_policy(struct world *w, struct balancer *b)
{
    b->setup = (struct lb_setup) {
        .size = sizeof b->setup,
        .config = w->order->policy->config,
        .view = &b->view,
        .host = &b->host,
        .random = stream_open(
            stream_key(w->scenario->run.seed, w->order->replication, b->index, STREAM_PLACE)),
    };
    b->self = b->policy->open(&b->setup);
    if (b->self || w->failed)
        return w->failed ? -EINVAL : 0;
    world_fail(w, "policy %s refuses: %s", b->policy->name,
               b->note[0] ? b->note : "it gives no reason");
    return -EINVAL;
}

static uint32_t nth_of_spec(const struct world *w, const struct balancer *b)
{
    return b->index - w->first_balancer[b->spec - w->scenario->balancers];
}

void balancer_seat_set(struct balancer *b, uint32_t seat, uint32_t weight, bool takes)
{
    b->weight[seat] = weight;
    b->open[seat] = takes && weight > 0;
    if (b->guard)
        guard_seat_set(b, seat, takes && weight > 0);
}

void balancer_seats_settle(struct world *w, struct balancer *b)
{
    uint32_t seat, n = 0;

    if (b->guard)
        guard_settle(b);
    for (seat = 0; seat < b->view.n; seat++)
        if (b->open[seat])
            b->usable[n++] = seat;
    b->view.usable_n = n;
    balancer_view_changed(w, b);
}

void balancer_view_changed(struct world *w, struct balancer *b)
{
    uint32_t i;

    b->view.version++;
    for (i = 0; i < SOURCE_RING; i++)
        w->source.ring[i].look_n = 0; /* what was looked up ahead may hold no more */
}

void balancer_fails(struct world *w, uint32_t index, bool down, lb_time now)
{
    struct balancer *b = &w->balancer[index];

    if (b->down == down || !world_has(w, WORLD_BALANCERS))
        return;
    b->down = down;
    b->life += down;
    if (down) {
        calls_vanish(w, index, now);
        return;
    }
    b->policy->close(b->self); /* it has forgotten everything */
    guard_restart(w, b, now);
    if (b->free_at)
        memset(b->free_at, 0, b->view.n * sizeof b->free_at[0]);
    if (b->report)
        for (uint32_t seat = 0; seat < b->view.n; seat++)
            b->report[seat] = (struct lb_report) { .server = seat };
    balancer_seats_settle(w, b);
    if (open_policy(w, b))
        world_fail(w, "policy %s does not open again", b->policy->name);
}

int balancer_open(struct world *w, struct balancer *b)
{
    uint32_t n = count_seats(w, b->spec);
    int failed;

    b->world = w;
    b->policy = w->order->policy->policy;
    b->host = host_functions;
    b->host.tracing = w->order->picks || (w->order->wire && w->order->wire->candidate);
    b->zone = balancer_zone(w->scenario, b->spec->zones_n
                                             ? b->spec->zones[nth_of_spec(w, b) % b->spec->zones_n]
                                             : SCENARIO_NONE);
    b->head = b->tail = b->picking = JOB_NONE;
    b->via = LB_NONE;
    b->cut = LB_NEVER;
    failed = take_arrays(w, b, n);
    if (!failed)
        failed = fill_seats(w, b);
    if (failed)
        return failed;
    show(w, b, n);
    if (w->trip)
        failed = guard_open(w, b);
    return failed ? failed : open_policy(w, b);
}

void balancer_close(struct balancer *b)
{
    uint32_t i;

    if (b->self)
        b->policy->close(b->self);
    for (i = 0; b->label && i < b->view.n; i++)
        free((char *)(uintptr_t)b->label[i]);
    guard_close(b);
    free(b->also);
    free(b->inflight);
    free(b->weight);
    free(b->slots);
    free(b->usable);
    free(b->open);
    free(b->zones);
    free(b->rate);
    free(b->free_at);
    free(b->report);
    free(b->name);
    free(b->label);
}
