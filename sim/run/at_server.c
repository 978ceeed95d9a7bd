/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Servers whose departures can change, because requests share cores or interrupt each other, leave
 * before their service begins, or because the server itself changes: the discipline says when the
 * next one leaves, and an event reminds the world to look. */
#include "sim/run/trip.h"

static void *state_of(const struct group *g, uint32_t server)
{
    return g->state + (size_t)(server - g->first) * g->discipline->server_size;
}

static struct group *group_of(const struct world *w, uint32_t server)
{
    return &w->group[w->server[server].group];
}

/* Sets a reminder for the next departure. One that is already set for earlier will see to it. */
static void arm(struct world *w, struct group *g, uint32_t server)
{
    struct armed *armed = &g->armed[server - g->first];
    uint32_t job = JOB_NONE;
    lb_time due = g->discipline->due(state_of(g, server), g->jobs, &job);

    if (due == LB_NEVER || armed->time <= due)
        return;
    *armed = (struct armed) { due, armed->since, w->job[job].serial };
    queue_push(&w->queue, (struct event) { due, event_what(EVENT_LEAVE, armed->serial, server) });
}

static bool is_away(const struct condition *c, uint32_t inside)
{
    return c->state == SERVER_DOWN || (c->absent && inside == 0);
}

bool server_is_away(const struct world *w, uint32_t server)
{
    return w->condition && is_away(&w->condition[server], w->server[server].inside);
}

/* Brings the integrals up to now: `inside` requests have been there since armed->since. */
static void account(struct world *w, struct group *g, uint32_t server, uint32_t inside, lb_time now)
{
    lb_time *since = &g->armed[server - g->first].since;
    uint64_t span = tally_overlap(&w->tally, *since, now);
    uint32_t working = inside < g->cores ? inside : g->cores;

    *since = now;
    if (w->condition && is_away(&w->condition[server], inside)) {
        w->condition[server].gone += span;
        working = 0;
    }
    w->server[server].busy += span * working;
    if (!g->discipline->shares && inside > g->cores)
        w->server[server].waited += span * (inside - g->cores);
}

static void begun(struct world *w, uint32_t slot, uint32_t server, lb_time now)
{
    if (slot != JOB_NONE && w->trip)
        attempt_begins(w, slot, now);
    if (slot != JOB_NONE && w->agent)
        agent_moment(w, LB_STARTED, slot, server, now);
}

enum reply_kind reply_drawn(const struct server_spec *spec, double draw)
{
    if (draw < spec->errors)
        return REPLY_ERROR;
    if (draw < spec->errors + spec->resets)
        return REPLY_RESET;
    return draw < spec->errors + spec->resets + spec->hangs ? REPLY_NONE : REPLY_GOOD;
}

bool server_swallows(struct world *w, uint32_t slot, lb_time now)
{
    const struct server *s = &w->server[w->job[slot].server];

    if (s->inside >= w->group[s->group].limit || world_reply_kind(w, slot) != REPLY_NONE)
        return false;
    world_lose(w, slot, now);
    return true;
}

/* What the server makes of a request: its work, or what a black hole does instead. */
static struct task task_of(struct world *w, uint32_t slot)
{
    const struct job *j = &w->job[slot];
    const struct condition *c = w->condition ? &w->condition[j->server] : NULL;
    struct task task = { wire_work(w, slot), w->scenario->clients[j->client].priority };
    struct lb_random random;

    if (w->trip && w->trip[slot].role != TRIP_ATTEMPT)
        return task;
    if (!c || c->state != SERVER_BLACK_HOLE)
        return task;
    random = stream_at(w->error_key, j->serial, message_of(w, slot, 1));
    task.work = quantity_draw(&c->why->quantity, &random);
    if (task.work < 0) {
        world_fail(w, "a black hole takes longer than 1e8 s to answer");
        task.work = 0;
    }
    if (c->speed > 0.0)
        task.work = (lb_time)((double)task.work * c->speed + 0.5);
    w->place[slot] |= PLACE_DOOMED;
    return task;
}

void server_arrive(struct world *w, struct group *g, uint32_t slot, lb_time now)
{
    uint32_t server = w->job[slot].server;
    struct task task = task_of(w, slot);

    account(w, g, server, w->server[server].inside - 1, now);
    begun(w, g->discipline->arrive(state_of(g, server), g->jobs, slot, &task, now), server, now);
    arm(w, g, server);
}

/* A request has waited; a health check is nobody's. */
static void waited(struct world *w, uint32_t slot, lb_time from, lb_time to)
{
    if (!w->trip || w->trip[slot].role != TRIP_CHECK)
        feed_waited(w, &w->job[slot], from, to);
}

/* When it came here. */
lb_time world_reached_at(const struct world *w, uint32_t slot)
{
    if (w->trip)
        return w->trip[slot].reached;
    return w->job[slot].issued + (w->travel ? w->travel[slot].there : 0) +
           (w->hold ? w->hold[slot].total : 0);
}

/* A health check, or what a cancellation costs, is no request. */
static bool is_chore(const struct world *w, uint32_t slot)
{
    return w->trip && (w->trip[slot].role == TRIP_CHECK || w->trip[slot].role == TRIP_CHORE);
}

void server_look(struct world *w, struct event e)
{
    uint32_t server = event_index(e.what), slot = JOB_NONE, next;
    struct group *g = group_of(w, server);
    struct armed *armed = &g->armed[server - g->first];
    lb_time began, reached, held;

    if (armed->time != e.time || armed->serial != event_serial(e.what))
        return;
    armed->time = LB_NEVER;
    if (g->discipline->due(state_of(g, server), g->jobs, &slot) > e.time) {
        arm(w, g, server);
        return;
    }
    account(w, g, server, w->server[server].inside, e.time);
    if (!is_chore(w, slot))
        w->tally.finished += e.time > w->tally.from && e.time <= w->tally.to;
    began = g->discipline->began(g->jobs, slot);
    next = g->discipline->finish(state_of(g, server), g->jobs, slot, e.time);
    w->server[server].inside--;
    feed_server(w, server, e.time);
    arm(w, g, server);
    if (w->truth)
        truth_changed(w, server);
    if (w->agent)
        agent_moment(w, LB_FINISHED, slot, server, e.time);
    begun(w, next, server, e.time);
    held = w->hold ? w->hold[slot].total : 0;
    reached = world_reached_at(w, slot);
    waited(w, slot, reached, began);
    world_answer(w, slot, e.time, held + began - reached, e.time - began);
}

bool server_has_begun(const struct world *w, uint32_t slot)
{
    const struct group *g = group_of(w, w->job[slot].server);

    return g->discipline->began(g->jobs, slot) != LB_NEVER;
}

/* A request leaves undone, or the run ends: it has waited until its service began, or until now. */
static void waited_here(struct world *w, const struct group *g, uint32_t slot, lb_time now)
{
    lb_time began = g->discipline->began(g->jobs, slot);

    waited(w, slot, world_reached_at(w, slot), began == LB_NEVER ? now : began);
}

/* What has been done of it serves nobody. A black hole does nothing; a health check is nobody's. */
static void spent_here(struct world *w, const struct group *g, uint32_t slot, lb_time now)
{
    const struct job *j = &w->job[slot];
    double left = g->discipline->left(state_of(g, j->server), g->jobs, slot, now);
    lb_time done = j->work - (lb_time)(left + 0.5);

    if (done <= 0 || (w->place[slot] & PLACE_DOOMED) ||
        (w->trip && w->trip[slot].role == TRIP_CHECK))
        return;
    feed_spent(w, j, done);
    if (w->trip && w->trip[slot].beaten)
        feed_duplicated(w, j, done);
}

static uint32_t take_out(struct world *w, struct group *g, uint32_t slot, lb_time now)
{
    uint32_t server = w->job[slot].server, next;

    account(w, g, server, w->server[server].inside, now);
    waited_here(w, g, slot, now);
    spent_here(w, g, slot, now);
    next = g->discipline->remove(state_of(g, server), g->jobs, slot, now);
    w->server[server].inside--;
    feed_server(w, server, now);
    return next;
}

void server_remove(struct world *w, uint32_t slot, lb_time now)
{
    uint32_t server = w->job[slot].server;
    struct group *g = group_of(w, server);
    uint32_t next = take_out(w, g, slot, now);

    arm(w, g, server);
    if (w->truth)
        truth_changed(w, server);
    if (w->fresh_work)
        work_changed(w, server, now);
    begun(w, next, server, now);
}

void server_lose_all(struct world *w, uint32_t server, lb_time now)
{
    struct group *g = group_of(w, server);
    uint32_t slot;

    while ((slot = g->discipline->next(state_of(g, server), g->jobs, JOB_NONE)) != JOB_NONE) {
        take_out(w, g, slot, now);
        if (w->truth) /* before anybody hears of the loss */
            truth_changed(w, server);
        world_lose(w, slot, now);
    }
}

void server_pace(struct world *w, uint32_t server, double speed, lb_time now)
{
    struct group *g = group_of(w, server);

    account(w, g, server, w->server[server].inside, now);
    g->discipline->pace(state_of(g, server), g->jobs, speed, now);
    arm(w, g, server);
}

void server_account(struct world *w, uint32_t server, lb_time now)
{
    struct group *g = group_of(w, server);

    if (g->discipline && now > g->armed[server - g->first].since)
        account(w, g, server, w->server[server].inside, now);
}

void server_settle(struct world *w, uint32_t server, lb_time end)
{
    struct group *g = group_of(w, server);
    uint32_t slot = JOB_NONE;

    server_account(w, server, end);
    while (g->discipline &&
           (slot = g->discipline->next(state_of(g, server), g->jobs, slot)) != JOB_NONE) {
        waited_here(w, g, slot, end);
        spent_here(w, g, slot, end);
    }
}

double server_left(const struct world *w, uint32_t server, lb_time now)
{
    const struct group *g = group_of(w, server);
    uint32_t slot = JOB_NONE;
    double sum = 0.0;

    while ((slot = g->discipline->next(state_of(g, server), g->jobs, slot)) != JOB_NONE)
        sum += g->discipline->left(state_of(g, server), g->jobs, slot, now);
    return sum;
}
