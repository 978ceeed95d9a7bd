/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/property/spy.h"
#include "sim/run/trip.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/property/clockwork.h"

enum {
    LOOK_EVERY = 16,
    SMALL = 64
}; /* picks between two looks at the whole view of a large farm */

struct spied {
    struct spy *spy;
    void *self;
    const struct lb_view *view;
};

/* ---- The book. */

static bool room_for(struct spy *s, void *array, uint32_t *room, uint64_t n, size_t each)
{
    void *old, *more;
    uint32_t wanted = *room;

    if (n <= *room)
        return true;
    while (wanted < n)
        wanted = wanted ? wanted * 2 : 4096;
    memcpy(&old, array, sizeof old);
    more = realloc(old, wanted * each);
    if (!more) {
        s->no_memory = true;
        return false;
    }
    memcpy(array, &more, sizeof more);
    *room = wanted;
    return true;
}

static struct stay *stay_of(struct spy *s, uint64_t serial)
{
    if (!room_for(s, &s->stay, &s->stays_room, serial + 1, sizeof s->stay[0]))
        return NULL;
    while (s->stays <= serial)
        s->stay[s->stays++] = (struct stay) { UINT32_MAX, 0, LB_NEVER, LB_NEVER, LB_NONE, false };
    return &s->stay[serial];
}

static void strange(struct spy *s, const char *what, uint32_t seat, uint64_t is, uint64_t ought)
{
    if (s->strange++ == 0)
        snprintf(s->first, sizeof s->first,
                 "%s of seat %u is %" PRIu64 ", ought to be %" PRIu64 ", at %" PRId64 " ns", what,
                 seat, is, ought, s->world->now);
}

/* ---- The view. */

static uint32_t server_at(const struct balancer *b, uint32_t seat)
{
    return b->server_of ? b->server_of[seat] : seat;
}

static bool sees_truth(const struct spy *s, const struct balancer *b)
{
    if (b->spec->information != INFORMATION_DEFAULT)
        return b->spec->information == INFORMATION_FRESH;
    return (s->inner->sees & LB_SEES_TRUTH) != 0;
}

/* Health checks and what cancellations cost are done whatever the limit on requests. */
static uint32_t chores_at(const struct world *w, uint32_t server)
{
    uint32_t slot, n = 0;

    for (slot = 0; w->trip && slot < w->jobs; slot++)
        n += (w->trip[slot].role == TRIP_CHORE || w->trip[slot].role == TRIP_CHECK) &&
             w->trip[slot].stage == STAGE_AT_SERVER && w->job[slot].server == server;
    return n;
}

static bool is_overfull(const struct world *w, uint32_t server)
{
    uint32_t limit = w->group[w->server[server].group].limit, inside = w->server[server].inside;

    return inside > limit && inside - chores_at(w, server) > limit;
}

static void look_at(struct spy *s, const struct balancer *b, uint32_t seat, lb_time now)
{
    const struct scenario *scenario = s->world->scenario;
    uint32_t server = server_at(b, seat), weight = weight_at(scenario, server, now);
    bool usable = takes_at(scenario, server, now);

    bool watched =
        b->spec->guard.has_health || b->spec->guard.has_outlier || left_to_chance(scenario);

    if (is_overfull(s->world, server))
        strange(s, "number of requests", seat, s->world->server[server].inside,
                s->world->group[s->world->server[server].group].limit);
    if (b->view.weight[seat] != weight)
        strange(s, "weight", seat, b->view.weight[seat], weight);
    if ((!b->open || b->open[seat]) != usable && !watched)
        strange(s, "use", seat, !usable, usable);
    if (sees_truth(s, b) && b->view.load[seat] != s->world->server[server].inside)
        strange(s, "load", seat, b->view.load[seat], s->world->server[server].inside);
    if (!sees_truth(s, b) && b->view.load[seat] != b->view.inflight[seat])
        strange(s, "load", seat, b->view.load[seat], b->view.inflight[seat]);
}

static void look(struct spy *s, const struct lb_view *view, lb_time now)
{
    const struct balancer *b = &s->world->balancer[view->balancer];
    uint32_t seat, n = 0;

    if (turns_at(s->world->scenario, now))
        return;
    s->looks++;
    for (seat = 0; seat < view->n; seat++) {
        look_at(s, b, seat, now);
        if (!b->open || b->open[seat]) {
            if (n >= view->usable_n || view->usable[n] != seat)
                strange(s, "place in the list of usable ones", seat, n, seat);
            n++;
        }
    }
    if (n != view->usable_n)
        strange(s, "number of usable ones", 0, view->usable_n, n);
}

/* ---- Callbacks. */

static void *spied_open(const struct lb_setup *setup)
{
    struct spy *spy = (struct spy *)(uintptr_t)setup->config;
    struct lb_setup inner = *setup;
    struct spied *p = malloc(sizeof *p);

    if (!p)
        return NULL;
    inner.config = spy->config;
    *p = (struct spied) { spy, spy->inner->open(&inner), setup->view };
    if (p->self)
        return p;
    free(p);
    return NULL;
}

static void spied_close(void *self)
{
    struct spied *p = self;

    p->spy->inner->close(p->self);
    free(p);
}

static bool anybody_there(const struct world *w, const struct balancer *b, lb_time now)
{
    uint32_t seat;

    for (seat = 0; seat < b->view.n; seat++)
        if (present_at(w->scenario, b->server_of ? b->server_of[seat] : seat, now))
            return true;
    return false;
}

/* Does the balancer turn away what its policy has answered so? */
static bool is_turned_away(const struct world *w, const struct balancer *b, lb_server answer,
                           lb_time now)
{
    if (answer != LB_NONE)
        return answer == LB_REJECT;
    return b->spec->on_none == ON_NONE_FAIL ||
           (b->spec->on_none == ON_NONE_PANIC && !anybody_there(w, b, now));
}

static lb_server spied_pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    struct spied *p = self;
    struct stay *stay = stay_of(p->spy, request->id);
    const struct balancer *b = &p->spy->world->balancer[p->view->balancer];
    lb_server answer;

    if (request->id % LOOK_EVERY == 0 || p->view->n <= SMALL)
        look(p->spy, p->view, request->now);
    answer = p->spy->inner->pick(p->self, request, random);
    if (stay) {
        stay->answer = answer;
        stay->issued = request->issued;
        stay->offered = true;
        if (is_turned_away(p->spy->world, b, answer, request->now))
            stay->rejected = request->now;
    }
    if (stay && stay->held_since == LB_NEVER &&
        (answer == LB_HOLD || (answer == LB_NONE && b->spec->on_none == ON_NONE_QUEUE)))
        stay->held_since = request->now;
    return answer;
}

/* Of a request that may be several attempts the one that went there first and is still out. */
static struct attempt *find_open(struct spy *s, const struct stay *stay, uint32_t balancer,
                                 uint32_t server)
{
    struct attempt *found = NULL;
    uint32_t i;

    for (i = stay->attempt; i != UINT32_MAX; i = s->attempt[i].previous)
        if (s->attempt[i].status == ATTEMPT_OPEN && s->attempt[i].balancer == balancer &&
            s->attempt[i].server == server)
            found = &s->attempt[i];
    return found;
}

static void spied_sent(void *self, const struct lb_request *request, lb_server seat)
{
    struct spied *p = self;
    struct spy *s = p->spy;
    struct stay *stay = stay_of(s, request->id);

    if (stay && room_for(s, &s->attempt, &s->attempts_room, s->attempts + UINT64_C(1),
                         sizeof s->attempt[0])) {
        uint32_t previous = stay->attempt;

        s->again += previous != UINT32_MAX && !s->world->trip;
        stay->attempt = s->attempts;
        s->attempt[s->attempts++] = (struct attempt) {
            (uint32_t)request->id,
            p->view->balancer,
            server_at(&s->world->balancer[p->view->balancer], seat),
            ATTEMPT_OPEN,
            request->now,
            LB_NEVER,
            stay->held_since != LB_NEVER,
            stay->answer == LB_NONE,
            previous,
        };
    }
    if (stay && s->world->trip)
        spy_looks_at_limits(s, &s->world->balancer[p->view->balancer], request, seat);
    if (s->inner->sent)
        s->inner->sent(p->self, request, seat);
}

static void spied_done(void *self, const struct lb_outcome *outcome)
{
    struct spied *p = self;
    struct spy *s = p->spy;
    struct stay *stay = stay_of(s, outcome->request->id);
    struct balancer *b = &s->world->balancer[p->view->balancer];
    struct attempt *a = stay ? find_open(s, stay, b->index, server_at(b, outcome->server)) : NULL;

    if (!a) {
        s->again++;
    } else {
        a->status = outcome->status;
        a->done = outcome->done;
    }
    if (s->inner->done)
        s->inner->done(p->self, outcome);
}

static void spied_loaded(void *self, lb_server seat)
{
    struct spied *p = self;

    p->spy->inner->loaded(p->self, seat);
}

static void spied_changed(void *self, lb_server seat, lb_time now)
{
    struct spied *p = self;

    p->spy->inner->changed(p->self, seat, now);
}

static void spied_report(void *self, const struct lb_report *report, lb_time now)
{
    struct spied *p = self;

    p->spy->inner->report(p->self, report, now);
}

static void spied_wake(void *self, uint64_t cookie, lb_time now)
{
    struct spied *p = self;

    p->spy->inner->wake(p->self, cookie, now);
}

static uint32_t spied_prepare(const void *self, const struct lb_request *request,
                              struct lb_random random, lb_server *to, uint32_t room)
{
    const struct spied *p = self;

    return p->spy->inner->prepare(p->self, request, random, to, room);
}

static uint32_t spied_tell(const void *config, void *memory, enum lb_moment moment,
                           const struct lb_station *at, struct lb_random *random,
                           struct lb_report *say)
{
    const struct spy *s = config;

    return s->inner->agent->tell(s->config, memory, moment, at, random, say);
}

/* ---- The whole. */

void spy_open(struct spy *s, const struct policy_spec *spec, struct world *world)
{
    memset(s, 0, sizeof *s);
    s->world = world;
    s->inner = spec->policy;
    s->config = spec->config;
    s->policy = *spec->policy;
    s->policy.sees &= ~(uint32_t)(LB_LOOKS_FIRST | LB_HEARS_FAILURES); /* a spy looks at all */
    s->policy.open = spied_open;
    s->policy.close = spied_close;
    s->policy.pick = spied_pick;
    s->policy.sent = spied_sent;
    s->policy.done = spied_done;
    s->policy.loaded = s->inner->loaded ? spied_loaded : NULL;
    s->policy.changed = s->inner->changed ? spied_changed : NULL;
    s->policy.report = s->inner->report ? spied_report : NULL;
    s->policy.wake = s->inner->wake ? spied_wake : NULL;
    s->policy.prepare = s->inner->prepare ? spied_prepare : NULL;
    if (s->inner->agent) {
        s->agent = *s->inner->agent;
        s->agent.tell = spied_tell;
        s->policy.agent = &s->agent;
    }
    s->spec = *spec;
    s->spec.policy = &s->policy;
    s->spec.config = s;
}

void spy_close(struct spy *s)
{
    free(s->attempt);
    free(s->stay);
    s->attempt = NULL;
    s->stay = NULL;
}
